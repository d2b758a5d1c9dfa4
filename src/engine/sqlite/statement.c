/* statement.c - see statement.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/statement.h"
#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"

struct statement {
    struct engine_table *table;
    struct statement *next_of_table;
    struct statement *newer, *older; /* of all the engine's */
    sqlite3_stmt *stmt;
    enum statement_kind kind;
    uint64_t masks[]; /* set, where */
};

static void unlink_by_age(struct sqlite_engine *engine, struct statement *s)
{
    if (s->newer != NULL)
        s->newer->older = s->older;
    else
        engine->newest = s->older;
    if (s->older != NULL)
        s->older->newer = s->newer;
    else
        engine->oldest = s->newer;
}

static void link_as_newest(struct sqlite_engine *engine, struct statement *s)
{
    s->newer = NULL;
    s->older = engine->newest;
    if (engine->newest != NULL)
        engine->newest->newer = s;
    else
        engine->oldest = s;
    engine->newest = s;
}

static void statement_free(struct statement *s)
{
    struct statement **at = &s->table->statements;
    while (*at != s)
        at = &(*at)->next_of_table;
    *at = s->next_of_table;
    unlink_by_age(s->table->engine, s);
    s->table->engine->statement_count--;
    sqlite3_finalize(s->stmt);
    free(s);
}

void statements_drop(struct engine_table *table)
{
    while (table->statements != NULL)
        statement_free(table->statements);
}

static void name_list(struct buf *sql, const struct engine_table *table, const uint64_t *mask,
                      const char *between, const char *after)
{
    const char *separator = "";
    for (unsigned i = 0; i < table->def->column_count; i++) {
        if (!mask_has(mask, i))
            continue;
        buf_str(sql, separator);
        db_quote_name(sql, table->def->columns[i].name);
        buf_str(sql, after);
        separator = between;
    }
}

static void where_row(struct buf *sql, const struct engine_table *table, const uint64_t *where)
{
    if (table->key == NULL) {
        buf_printf(sql, " WHERE %s=(SELECT %s FROM ", table->rowid_name, table->rowid_name);
        db_quote_name(sql, table->sqlite_name);
        buf_str(sql, " WHERE ");
        name_list(sql, table, where, " AND ", " IS ?");
        buf_str(sql, " LIMIT 1)");
        return;
    }
    for (unsigned i = 0; i < table->key_count; i++) {
        buf_str(sql, i > 0 ? " AND " : " WHERE ");
        db_quote_name(sql, table->def->columns[table->key[i]].name);
        buf_str(sql, "=?");
    }
}

static void value_list(struct buf *sql, unsigned columns, unsigned rows)
{
    for (unsigned row = 0; row < rows; row++) {
        buf_str(sql, row > 0 ? ",(?" : "(?");
        for (unsigned i = 1; i < columns; i++)
            buf_str(sql, ",?");
        buf_str(sql, ")");
    }
}

/* OR FAIL: what would let SQLite take the rows back alone is a copy of every page they touch. */
static const struct {
    const char *verb;
    unsigned rows; /* of its VALUES; 0: it has none */
} forms[] = {
    [STATEMENT_INSERT] = { "INSERT INTO ", 1 },
    [STATEMENT_INSERT_SOME] = { "INSERT OR FAIL INTO ", INSERT_SOME_ROWS },
    [STATEMENT_INSERT_MANY] = { "INSERT OR FAIL INTO ", INSERT_MANY_ROWS },
    [STATEMENT_REPLACE] = { "INSERT OR REPLACE INTO ", 1 },
    [STATEMENT_UPDATE] = { "UPDATE ", 0 },
    [STATEMENT_UPDATE_REPLACE] = { "UPDATE OR REPLACE ", 0 },
    [STATEMENT_DELETE] = { "DELETE FROM ", 0 },
    [STATEMENT_SELECT] = { "SELECT ", 0 },
};

static void write_sql(struct buf *sql, const struct engine_table *table, enum statement_kind kind,
                      struct statement_columns columns)
{
    buf_str(sql, forms[kind].verb);
    if (kind == STATEMENT_SELECT) {
        name_list(sql, table, columns.set, ",", "");
        buf_str(sql, " FROM ");
    }
    db_quote_name(sql, table->sqlite_name);
    if (forms[kind].rows > 0) {
        buf_str(sql, "(");
        name_list(sql, table, columns.set, ",", "");
        buf_str(sql, ")VALUES");
        value_list(sql, table->def->column_count, forms[kind].rows);
        return;
    }
    if (kind == STATEMENT_UPDATE || kind == STATEMENT_UPDATE_REPLACE) {
        buf_str(sql, " SET ");
        name_list(sql, table, columns.set, ",", "=?");
    }
    where_row(sql, table, columns.where);
}

static bool same(const struct statement *s, enum statement_kind kind,
                 struct statement_columns columns)
{
    size_t words = s->table->mask_words;
    return s->kind == kind && memcmp(s->masks, columns.set, words * sizeof *s->masks) == 0 &&
           memcmp(s->masks + words, columns.where, words * sizeof *s->masks) == 0;
}

static bool prepare(struct engine_table *table, enum statement_kind kind,
                    struct statement_columns columns, struct err *err)
{
    struct sqlite_engine *engine = table->engine;
    size_t words = table->mask_words;
    sqlite3_stmt *stmt = NULL;
    AUTO_BUF sql = db_sql();
    if (engine->statement_count >= STATEMENTS_MAX)
        statement_free(engine->oldest);
    write_sql(&sql, table, kind, columns);
    if (sql.failed)
        return err_set(err, ERR_UNSUPPORTED, "table %s: too many columns", table->sqlite_name);
    if (!db_prepare(engine->db, buf_cstr(&sql), &stmt, err))
        return err_wrap(err, "table %s", table->sqlite_name);
    struct statement *s = memory_new(sizeof *s + 2 * words * sizeof s->masks[0]);
    s->table = table;
    s->kind = kind;
    s->stmt = stmt;
    memcpy(s->masks, columns.set, words * sizeof s->masks[0]);
    memcpy(s->masks + words, columns.where, words * sizeof s->masks[0]);
    s->next_of_table = table->statements;
    table->statements = s;
    link_as_newest(engine, s);
    engine->statement_count++;
    return true;
}

bool statement_get(struct engine_table *table, enum statement_kind kind,
                   struct statement_columns columns, sqlite3_stmt **out, struct err *err)
{
    struct statement **at = &table->statements;
    while (*at != NULL && !same(*at, kind, columns))
        at = &(*at)->next_of_table;
    if (*at == NULL) {
        if (!prepare(table, kind, columns, err))
            return false;
    } else if (*at != table->statements) {
        struct statement *found = *at;
        *at = found->next_of_table;
        found->next_of_table = table->statements;
        table->statements = found;
    }
    struct statement *s = table->statements;
    if (s != table->engine->newest) {
        unlink_by_age(table->engine, s);
        link_as_newest(table->engine, s);
    }
    *out = s->stmt;
    return true;
}
