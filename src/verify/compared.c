/* compared.c - see compared.h. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/compared.h"
#include "base/reader.h"

enum { LENGTH_SIZE = 4 };

static unsigned column_count(const struct compared *table, bool key_only)
{
    return key_only ? table->key.count : table->def->column_count;
}

static const struct column_def *column_at(const struct compared *table, bool key_only, unsigned i)
{
    return &table->def->columns[key_only ? table->key.columns[i] : i];
}

void compared_columns(const struct compared *table, bool key_only, struct buf *sql)
{
    for (unsigned i = 0; i < column_count(table, key_only); i++) {
        buf_str(sql, i == 0 ? "" : ", ");
        form_expression(column_at(table, key_only, i), sql);
    }
}

void compared_columns_stored(const struct compared *table, bool key_only, struct buf *sql)
{
    for (unsigned i = 0; i < column_count(table, key_only); i++) {
        buf_str(sql, i == 0 ? "" : ", ");
        db_quote_name(sql, column_at(table, key_only, i)->name);
    }
}

/* Opens a field, and closes it when its value is there. */
static size_t field_begin(struct buf *out)
{
    buf_le(out, 0, LENGTH_SIZE);
    return out->len;
}

static void field_end(struct buf *out, size_t from)
{
    uint32_t len = (uint32_t)(out->len - from);
    if (!out->failed)
        for (unsigned i = 0; i < LENGTH_SIZE; i++)
            out->data[from - LENGTH_SIZE + i] = (uint8_t)(len >> (8 * i));
}

bool compared_field(struct bytes *fields, struct bytes *out)
{
    struct reader r = reader_of(*fields);
    if (fields->len == 0)
        return false;
    *out = reader_bytes(&r, reader_u32(&r));
    *fields = reader_rest(&r);
    return true;
}

static struct bytes field_at(struct bytes fields, unsigned column)
{
    struct bytes field = { NULL, 0 };
    for (unsigned i = 0; i <= column; i++)
        (void)compared_field(&fields, &field);
    return field;
}

static struct bytes key_of(const struct compared *table, struct bytes fields, struct arena *arena)
{
    AUTO_BUF key;
    buf_init(&key, fields.len + (size_t)table->key.count * LENGTH_SIZE + 1);
    for (unsigned i = 0; i < table->key.count; i++) {
        struct bytes field = field_at(fields, table->key.columns[i]);
        buf_le(&key, field.len, LENGTH_SIZE);
        buf_append(&key, field.data, field.len);
    }
    return arena_copy(arena, buf_bytes(&key));
}

static void keep_row(const struct compared *table, bool key_only, const struct buf *scratch,
                     struct arena *arena, struct compared_row *out)
{
    *out = (struct compared_row){ .fields = arena_copy(arena, buf_bytes(scratch)) };
    if (key_only)
        out->key = out->fields;
    else if (table->has_key)
        out->key = key_of(table, out->fields, arena);
}

void compared_from_source(const struct compared *table, const struct bytes *sent, bool key_only,
                          struct buf *scratch, struct arena *arena, struct compared_row *out)
{
    buf_reset(scratch);
    for (unsigned i = 0; i < column_count(table, key_only); i++) {
        size_t from = field_begin(scratch);
        form_from_source(column_at(table, key_only, i), sent[i], scratch);
        field_end(scratch, from);
    }
    keep_row(table, key_only, scratch, arena, out);
}

void compared_from_stored(const struct compared *table, sqlite3_stmt *stmt, bool key_only,
                          struct buf *scratch, struct arena *arena, struct compared_row *out)
{
    buf_reset(scratch);
    for (unsigned i = 0; i < column_count(table, key_only); i++) {
        size_t from = field_begin(scratch);
        form_from_stored(column_at(table, key_only, i), stmt, (int)i, scratch);
        field_end(scratch, from);
    }
    keep_row(table, key_only, scratch, arena, out);
}

bool compared_equal(const struct compared *table, struct bytes a, struct bytes b)
{
    struct bytes x, y;
    if (bytes_equal(a, b))
        return true;
    for (unsigned i = 0; compared_field(&a, &x) && compared_field(&b, &y); i++)
        if (!form_equal(&table->def->columns[i], x, y))
            return false;
    return true;
}

/* ---- keys ---- */

bool compared_find(const struct compared *table, sqlite3 *db, sqlite3_stmt **out, struct err *err)
{
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT ");
    compared_columns_stored(table, false, &sql);
    buf_str(&sql, " FROM ");
    db_quote_name(&sql, table->sqlite_name);
    for (unsigned i = 0; i < table->key.count; i++) {
        buf_str(&sql, i == 0 ? " WHERE " : " AND ");
        db_quote_name(&sql, column_at(table, true, i)->name);
        buf_str(&sql, "=?");
    }
    return db_prepare(db, buf_cstr(&sql), out, err);
}

bool compared_bind_key(const struct compared *table, struct bytes key, sqlite3_stmt *stmt,
                       struct err *err)
{
    struct bytes field;
    for (unsigned i = 0; compared_field(&key, &field); i++)
        if (!form_bind(column_at(table, true, i), field, stmt, (int)i + 1, err))
            return false;
    return true;
}

void compared_key_condition(const struct compared *table, struct bytes key, struct buf *sql)
{
    struct bytes field;
    for (unsigned i = 0; compared_field(&key, &field); i++) {
        const struct column_def *column = column_at(table, true, i);
        buf_str(sql, i == 0 ? "" : " AND ");
        select_identifier(sql, column->name);
        buf_str(sql, " = ");
        form_literal(column, field, sql);
    }
}

void compared_print_key(const struct compared *table, const struct compared_row *row,
                        struct buf *out)
{
    enum { SHOWN_COLUMNS = 8 };
    bool key_only = row->key.len > 0;
    struct bytes fields = key_only ? row->key : row->fields;
    struct bytes field;
    for (unsigned i = 0; i < SHOWN_COLUMNS && compared_field(&fields, &field); i++) {
        buf_printf(out, "%s%s = ", i == 0 ? "" : ", ", column_at(table, key_only, i)->name);
        form_print(field, out);
    }
    buf_str(out, fields.len > 0 ? ", …" : "");
}

void compared_print_differences(const struct compared *table, struct bytes source,
                                struct bytes replica, struct buf *out)
{
    struct bytes x, y;
    const char *comma = "";
    for (unsigned i = 0; compared_field(&source, &x) && compared_field(&replica, &y); i++) {
        const struct column_def *column = &table->def->columns[i];
        if (form_equal(column, x, y))
            continue;
        buf_printf(out, "%s%s: ", comma, column->name);
        form_print(y, out);
        buf_str(out, " here, ");
        form_print(x, out);
        buf_str(out, " at the source");
        comma = "; ";
    }
}
