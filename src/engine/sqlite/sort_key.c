/* sort_key.c - see sort_key.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/sort_key.h"
#include <stdio.h>
#include "sql/weights.h"

enum { NAME_MAX_BYTES = 64, KEY_BYTES_MAX = 64 << 20 };

static void key_of(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct weights *weights = sqlite3_user_data(context);
    AUTO_BUF key;
    buf_init(&key, KEY_BYTES_MAX);
    if (count != 1 || sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    const void *text = sqlite3_value_text(values[0]);
    struct bytes bytes = bytes_of(text, (size_t)sqlite3_value_bytes(values[0]));
    if (!weights_key(weights, bytes, &key)) {
        buf_reset(&key);
        buf_u8(&key, UINT8_MAX);
    }
    if (key.failed)
        sqlite3_result_error_toobig(context);
    else
        sqlite3_result_blob64(context, key.len > 0 ? (const void *)key.data : "", key.len,
                              SQLITE_TRANSIENT);
}

static void name_of(const struct weights *weights, char name[NAME_MAX_BYTES])
{
    snprintf(name, NAME_MAX_BYTES, "binlogd_key_%s", weights_name(weights));
}

void sort_key_register(sqlite3 *db)
{
    char name[NAME_MAX_BYTES];
    for (unsigned i = 0; weights_at(i) != NULL; i++) {
        union {
            const struct weights *weights;
            void *argument;
        } as = { weights_at(i) };
        name_of(as.weights, name);
        sqlite3_create_function_v2(db, name, 1,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                   as.argument, key_of, NULL, NULL, NULL);
    }
}

const char *sort_key_function(struct arena *arena, const char *collation)
{
    char name[NAME_MAX_BYTES];
    const struct weights *weights = collation != NULL ? weights_of(collation) : NULL;
    if (weights == NULL || weights_only_ascii(weights))
        return NULL;
    name_of(weights, name);
    return arena_str(arena, name);
}

bool sort_key_is_total(const char *collation)
{
    const struct weights *weights = weights_of(collation);
    return weights != NULL && weights_are_total(weights);
}

static const struct column_def *text_column(const struct table_def *def,
                                            const struct key_part *part)
{
    int at = part->column != NULL ? table_def_column(def, part->column) : -1;
    if (at < 0 || storage_form_of(&def->columns[at]) != FORM_TEXT)
        return NULL;
    const struct charset *charset = charset_by_name(def->columns[at].charset);
    return charset == NULL || charset_is_binary(charset) ? NULL : &def->columns[at];
}

static const char *collation_of(const struct column_def *column)
{
    if (column->collation != NULL && column->collation[0] != '\0')
        return column->collation;
    const struct charset *charset = charset_by_name(column->charset);
    return charset != NULL ? charset_default_collation(charset) : NULL;
}

bool sort_key_is_possible(const struct table_def *def, const struct key_def *key)
{
    bool has_text = false;
    if (key->kind != KEY_PRIMARY && key->kind != KEY_UNIQUE && key->kind != KEY_PLAIN)
        return false;
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct column_def *column = text_column(def, &key->parts[i]);
        int at = key->parts[i].column != NULL ? table_def_column(def, key->parts[i].column) : -1;
        if (at < 0)
            return false;
        if (column == NULL)
            continue;
        const char *collation = collation_of(column);
        const struct weights *weights = collation != NULL ? weights_of(collation) : NULL;
        if (weights == NULL || weights_only_ascii(weights))
            return false;
        has_text = true;
    }
    return has_text;
}

void sort_key_name(const struct engine_table *table, const struct key_def *key, struct buf *name)
{
    buf_printf(name, "ix%lld.%s#texts", (long long)table->id, key->name);
}

static void add_part(const struct table_def *def, const struct key_def *key, unsigned part,
                     struct buf *sql)
{
    const struct key_part *p = &key->parts[part];
    const struct column_def *column = text_column(def, p);
    char function[NAME_MAX_BYTES];
    bool is_cut = p->prefix > 0 && key->kind != KEY_PLAIN;
    buf_str(sql, part > 0 ? "," : "(");
    if (column != NULL) {
        name_of(weights_of(collation_of(column)), function);
        buf_printf(sql, "%s(%s", function, is_cut ? "substr(" : "");
    }
    db_quote_name(sql, def->columns[table_def_column(def, p->column)].name);
    if (column != NULL && is_cut)
        buf_printf(sql, ",1,%u)", p->prefix);
    if (column != NULL)
        buf_str(sql, ")");
}

bool sort_key_exists(const struct engine_table *table, const struct key_def *key)
{
    sqlite3_stmt *stmt = NULL;
    AUTO_BUF sql = db_sql();
    AUTO_BUF name = db_sql();
    sort_key_name(table, key, &name);
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, table->sqlite_name);
    buf_str(&sql, " INDEXED BY ");
    db_quote_name(&sql, buf_cstr(&name));
    bool exists =
        sqlite3_prepare_v2(table->engine->db, buf_cstr(&sql), -1, &stmt, NULL) == SQLITE_OK;
    sqlite3_finalize(stmt);
    return exists;
}

static void parts(const struct table_def *def, const struct key_def *key, struct buf *sql)
{
    for (unsigned i = 0; i < key->part_count; i++)
        add_part(def, key, i, sql);
    buf_str(sql, ")");
}

bool sort_key_is_kept(const struct table_def *before, const struct table_def *after,
                      const struct key_def *key)
{
    AUTO_BUF old = db_sql();
    AUTO_BUF new = db_sql();
    if (!sort_key_is_possible(before, key))
        return true; /* there is none */
    parts(before, key, &old);
    for (unsigned i = 0; i < after->key_count; i++) {
        const struct key_def *other = &after->keys[i];
        buf_reset(&new);
        if (strcmp(other->name, key->name) != 0 || !sort_key_is_possible(after, other))
            continue;
        parts(after, other, &new);
        return strcmp(buf_cstr(&old), buf_cstr(&new)) == 0;
    }
    return false;
}

static bool create(const struct engine_table *table, const struct key_def *key, struct err *err)
{
    AUTO_BUF sql = db_sql();
    AUTO_BUF name = db_sql();
    sort_key_name(table, key, &name);
    buf_str(&sql, "CREATE INDEX ");
    db_quote_name(&sql, buf_cstr(&name));
    buf_str(&sql, " ON ");
    db_quote_name(&sql, table->sqlite_name);
    parts(table->def, key, &sql);
    return db_exec_buf(table->engine->db, &sql, err) ||
           err_wrap(err, "key %s of %s.%s", key->name, table->def->db, table->def->name);
}

bool sort_key_create(struct engine_table *table, struct err *err)
{
    for (unsigned i = 0; i < table->def->key_count; i++) {
        const struct key_def *key = &table->def->keys[i];
        if (sort_key_is_possible(table->def, key) && !sort_key_exists(table, key) &&
            !create(table, key, err))
            return false;
    }
    return true;
}
