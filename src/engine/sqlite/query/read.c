/* read.c - SQLite's values as result values, and as values of a column again. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/temporal.h"
#include "binlog/value_equal.h"
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/query/stored_text.h"
#include "engine/sqlite/storage_read.h"

static struct bytes text_at(sqlite3_stmt *stmt, int index)
{
    const unsigned char *text = sqlite3_column_text(stmt, index);
    return bytes_of(text, (size_t)sqlite3_column_bytes(stmt, index));
}

static bool not_here(const struct column_def *column, struct err *err)
{
    return problem(err, PROBLEM_NOT_SUPPORTED,
                   "values of column '%s' in this place: not supported "
                   "here",
                   column != NULL ? column->name : "?");
}

static struct bytes plain(struct bytes stored, struct buf *cell,
                          struct bytes (*print)(struct bytes, char *, size_t))
{
    buf_reset(cell);
    char *room = (char *)buf_reserve(cell, stored.len + 1);
    return room != NULL ? print(stored, room, stored.len) : stored;
}

static void read_integer(sqlite3_stmt *stmt, int index, bool is_unsigned, struct value *out)
{
    *out = (struct value){ .kind = is_unsigned ? VALUE_UINT : VALUE_INT };
    if (sqlite3_column_type(stmt, index) == SQLITE_TEXT)
        out->u = strtoull((const char *)sqlite3_column_text(stmt, index), NULL, 10);
    else
        out->i = sqlite3_column_int64(stmt, index);
}

/* BIT is shown as its bytes, the highest first. */
static void show_bits(const struct column_def *column, struct buf *cell, struct value *out)
{
    enum { BYTE_BITS = 8 };
    unsigned bits = column->length > 0 ? column->length : 1;
    buf_reset(cell);
    for (unsigned left = (bits + BYTE_BITS - 1) / BYTE_BITS; left > 0; left--)
        buf_u8(cell, (uint8_t)(out->u >> (left - 1) * BYTE_BITS));
    *out = (struct value){ .kind = VALUE_BLOB, .bytes = buf_bytes(cell) };
}

static bool read_temporal(struct bytes text, enum rep rep, struct value *out, struct err *err)
{
    if (rep == REP_DATE) {
        out->kind = VALUE_DATE;
        return temporal_parse_date(text, &out->time, err);
    }
    out->kind = rep == REP_TIME ? VALUE_TIME : VALUE_DATETIME;
    return rep == REP_TIME ? temporal_parse_time(text, &out->time, err)
                           : temporal_parse_datetime(text, &out->time, err);
}

/* In the session's zone. */
static bool read_timestamp(struct query *query, struct bytes text, struct value *out,
                           struct err *err)
{
    uint64_t micros = 0;
    out->kind = VALUE_DATETIME;
    return temporal_parse_timestamp(text, &micros, err) &&
           zone_local(query->session, micros, &out->time, err);
}

bool read_result(struct query *query, sqlite3_stmt *stmt, int index, const struct typed *type,
                 struct buf *cell, struct value *out, struct err *err)
{
    if (sqlite3_column_type(stmt, index) == SQLITE_NULL) {
        *out = (struct value){ .kind = VALUE_NULL };
        return true;
    }
    if (type->is_constant) {
        *out = type->value;
        return true;
    }
    const struct column_def *column = type->column;
    if (column != NULL && (column->type == SQL_INET4 || column->type == SQL_INET6))
        return not_here(column, err);
    if (type->rep == REP_INT) {
        read_integer(stmt, index, type->is_unsigned, out);
        if (column != NULL && column->type == SQL_BIT)
            show_bits(column, cell, out);
        return true;
    }
    *out = (struct value){ .kind = VALUE_TEXT };
    if (type->rep == REP_REAL && column != NULL && column->zerofill)
        return not_here(column, err);
    if (type->rep == REP_REAL) {
        out->kind = type->is_single ? VALUE_FLOAT : VALUE_DOUBLE;
        out->d = sqlite3_column_double(stmt, index);
        return true;
    }
    if (type->rep == REP_BYTES) {
        out->kind = VALUE_BLOB;
        const void *blob = sqlite3_column_blob(stmt, index);
        out->bytes = bytes_of(blob, (size_t)sqlite3_column_bytes(stmt, index));
        return true;
    }
    if (column != NULL && column->type == SQL_ENUM &&
        sqlite3_column_type(stmt, index) == SQLITE_INTEGER) {
        out->bytes = bytes_of_str("");
        return true;
    }
    struct bytes text = text_at(stmt, index);
    if (column != NULL && column->type == SQL_TIMESTAMP)
        return read_timestamp(query, text, out, err);
    if (type->rep == REP_DATE || type->rep == REP_TIME || type->rep == REP_DATETIME)
        return read_temporal(
            type->rep == REP_TIME && column != NULL ? plain(text, cell, stored_time) : text,
            type->rep, out, err);
    bool is_filled = column != NULL && column->zerofill; /* as the stored form is */
    out->bytes = type->rep == REP_DECIMAL && !is_filled ? plain(text, cell, stored_decimal) : text;
    return true;
}

bool read_stored(sqlite3_stmt *stmt, int index, const struct storage *storage, struct arena *arena,
                 struct value *out, struct err *err)
{
    if (!storage_read(storage, sqlite3_column_value(stmt, index), arena, out, err))
        return err->code == ERR_UNSUPPORTED ? not_here(storage->column, err) : false;
    if (value_has_bytes(out->kind)) /* they live as long as SQLite stands on the row */
        out->bytes = arena_copy(arena, out->bytes);
    return true;
}
