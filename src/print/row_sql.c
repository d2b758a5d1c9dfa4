/* row_sql.c - see row_sql.h. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_sql.h"
#include <inttypes.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/column.h"
#include "binlog/value_equal.h"
#include "print/json_value.h"
#include "print/put.h"
#include "print/session_sql.h"
#include "print/sql_value.h"

enum { SCRATCH_MAX = 1 << 30 };

struct row_sql {
    struct value *before, *after;
    struct json_scratch scratch;
    struct buf document;
    bool is_set; /* the session is as here */
    uint16_t flags;
    uint32_t timestamp;
    enum flavour flavour;
};

/* A row on its way. */
struct row {
    const struct row_table *table;
    const struct value *before, *after;
    struct buf *out;
};

struct row_sql *row_sql_new(void)
{
    struct row_sql *sql = memory_new(sizeof *sql);
    sql->before = memory_new(TABLE_COLUMNS_MAX * sizeof *sql->before);
    sql->after = memory_new(TABLE_COLUMNS_MAX * sizeof *sql->after);
    json_scratch_init(&sql->scratch);
    buf_init(&sql->document, SCRATCH_MAX);
    return sql;
}

void row_sql_free(struct row_sql *sql)
{
    if (sql == NULL)
        return;
    free(sql->before);
    free(sql->after);
    json_scratch_clear(&sql->scratch);
    buf_clear(&sql->document);
    free(sql);
}

void row_sql_forget(struct row_sql *sql)
{
    sql->is_set = false;
}

/* ---- the session ---- */

/* Where the log holds what cascades have done, they are not to be done again. */
static void put_session(struct row_sql *sql, const struct event *event, uint16_t flags,
                        struct buf *out)
{
    bool no_keys = (flags & (ROWS_NO_FOREIGN_KEY_CHECKS | ROWS_SQL_FOREIGN_KEY)) != 0;
    bool relaxed = (flags & ROWS_RELAXED_UNIQUE_CHECKS) != 0;
    flags &= ROWS_NO_FOREIGN_KEY_CHECKS | ROWS_SQL_FOREIGN_KEY | ROWS_RELAXED_UNIQUE_CHECKS;
    if (!sql->is_set)
        buf_str(out,
                "/*!\\C utf8mb4 */" LOG_DELIMITER "\n"
                "SET NAMES utf8mb4, @@session.time_zone='+00:00', @@session.sql_mode="
                "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'" LOG_DELIMITER "\n");
    if (!sql->is_set || flags != sql->flags)
        buf_printf(out, "SET @@session.foreign_key_checks=%d, @@session.unique_checks=%d%s\n",
                   !no_keys, !relaxed, LOG_DELIMITER);
    if (!sql->is_set || event->header.timestamp != sql->timestamp)
        buf_printf(out, "SET TIMESTAMP=%" PRIu32 "%s\n", event->header.timestamp, LOG_DELIMITER);
    sql->is_set = true;
    sql->flags = flags;
    sql->timestamp = event->header.timestamp;
}

/* ---- columns ---- */

static void put_name(const struct row_table *table, unsigned column, struct buf *out)
{
    name_sql_put(table->map.metadata[column].name, out);
}

static bool is_generated(const struct row_table *table, unsigned column)
{
    return table->def != NULL && table->def->columns[column].generated != GENERATED_NO;
}

/* The server would set it by itself where an update does not name it. */
static bool may_set_itself(const struct row_table *table, unsigned column)
{
    uint8_t type = table->map.types[column].type;
    if (table->def != NULL)
        return table->def->columns[column].on_update_now;
    return type == COLUMN_TIMESTAMP || type == COLUMN_TIMESTAMP2 || type == COLUMN_DATETIME ||
           type == COLUMN_DATETIME2;
}

static bool check_names(const struct row_table *table, struct err *err)
{
    for (unsigned i = 0; i < table->map.column_count; i++)
        if (table->map.metadata[i].name.data == NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "the log does not name the columns of %s.%s: give its CREATE TABLE, as "
                           "it was then, in a file with --schema, have the source log them "
                           "(binlog_row_metadata = FULL), or leave out --readable",
                           table->db, table->name);
    return true;
}

/* ---- which row ---- */

static bool has_key(const struct row *row)
{
    const struct table_map *map = &row->table->map;
    for (unsigned i = 0; i < map->primary_key_count; i++)
        if (row->before[map->primary_key[i]].kind == VALUE_ABSENT)
            return false;
    return map->primary_key_count > 0;
}

static bool put_by_key(const struct row *row, struct err *err)
{
    const struct table_map *map = &row->table->map;
    for (unsigned i = 0; i < map->primary_key_count; i++) {
        unsigned column = map->primary_key[i];
        put(row->out, i == 0 ? " WHERE " : " AND ", i == 0 ? 7 : 5);
        put_name(row->table, column, row->out);
        bool is_null = row->before[column].kind == VALUE_NULL;
        put(row->out, is_null ? "<=>" : "=", is_null ? 3 : 1);
        if (!sql_value_put(row->table, column, &row->before[column], SQL_COMPARED, row->out, err))
            return false;
    }
    return true;
}

static bool is_text(const struct row_table *table, unsigned column, const struct value *value)
{
    uint8_t type = table->map.types[column].type;
    return value->kind == VALUE_TEXT || (value->kind == VALUE_UINT && type == COLUMN_ENUM);
}

/* One column exactly: case and spaces count. */
static bool put_exact(struct row_sql *sql, const struct row *row, unsigned column, struct err *err)
{
    const struct value *value = &row->before[column];
    const char *collation =
        sql->flavour == FLAVOUR_MARIADB ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
    if (value->kind == VALUE_JSON || value->kind == VALUE_GEOMETRY)
        return err_set(err, ERR_UNSUPPORTED,
                       "%s.%s has no key that is known, and a JSON or geometry column: nothing "
                       "names one of its rows in SQL; leave out --readable",
                       row->table->db, row->table->name);
    size_t from = row->out->len;
    put_name(row->table, column, row->out);
    put(row->out, "<=>", 3);
    size_t literal = row->out->len;
    if (!sql_value_put(row->table, column, value, SQL_COMPARED, row->out, err))
        return false;
    if (!is_text(row->table, column, value) || row->out->failed)
        return true;
    if (row->out->data[literal] == '\'') {
        buf_printf(row->out, " COLLATE %s", collation);
        return true;
    }
    if (value->compressed || value->kind != VALUE_TEXT) /* _latin1 X'…' */
        return true;
    row->out->len = from;
    put(row->out, "CAST(", 5);
    put_name(row->table, column, row->out);
    put(row->out, " AS BINARY)<=>X'", 16);
    put_hex(value->bytes, row->out);
    put_byte(row->out, '\'');
    return true;
}

static bool put_where(struct row_sql *sql, const struct row *row, struct err *err)
{
    bool first = true;
    if (has_key(row))
        return put_by_key(row, err);
    for (unsigned i = 0; i < row->table->map.column_count; i++) {
        if (row->before[i].kind == VALUE_ABSENT)
            continue;
        put(row->out, first ? " WHERE " : " AND ", first ? 7 : 5);
        first = false;
        if (!put_exact(sql, row, i, err))
            return false;
    }
    return !first || err_set(err, ERR_UNSUPPORTED, "nothing in the log names the row");
}

/* ---- statements ---- */

static void put_table(const char *words, const struct row *row)
{
    buf_str(row->out, words);
    name_sql_put(row->table->map.db, row->out);
    put_byte(row->out, '.');
    name_sql_put(row->table->map.table, row->out);
}

static bool put_insert(struct row_sql *sql, const struct row *row, struct err *err)
{
    const char *before = " (";
    (void)sql;
    put_table("INSERT INTO ", row);
    for (unsigned i = 0; i < row->table->map.column_count; i++) {
        if (row->after[i].kind == VALUE_ABSENT || is_generated(row->table, i))
            continue;
        buf_str(row->out, before);
        put_name(row->table, i, row->out);
        before = ", ";
    }
    buf_str(row->out, before[0] == ' ' ? " () VALUES (" : ") VALUES (");
    before = "";
    for (unsigned i = 0; i < row->table->map.column_count; i++) {
        if (row->after[i].kind == VALUE_ABSENT || is_generated(row->table, i))
            continue;
        buf_str(row->out, before);
        before = ", ";
        if (!sql_value_put(row->table, i, &row->after[i], SQL_STORED, row->out, err))
            return false;
    }
    put_byte(row->out, ')');
    return true;
}

/* The document after a partial update of it. */
static bool put_changed(struct row_sql *sql, const struct row *row, unsigned column,
                        struct err *err)
{
    const struct value *before = &row->before[column];
    buf_reset(&sql->document);
    if (before->kind != VALUE_JSON ||
        !json_put_changed(before->bytes, row->after[column].bytes, &sql->scratch, &sql->document))
        return err_set(err, ERR_UNSUPPORTED,
                       "only parts of a JSON document of %s.%s are in the log; leave out "
                       "--readable",
                       row->table->db, row->table->name);
    struct value whole = { .kind = VALUE_JSON_TEXT, .bytes = buf_bytes(&sql->document) };
    return sql_value_put(row->table, column, &whole, SQL_STORED, row->out, err);
}

static bool is_equal(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && (a->kind == VALUE_NULL || value_equal(a, b));
}

/* Only what changes, and what would change by itself. */
static bool put_update(struct row_sql *sql, const struct row *row, struct err *err)
{
    const char *comma = " SET ";
    put_table("UPDATE ", row);
    for (unsigned i = 0; i < row->table->map.column_count; i++) {
        const struct value *after = &row->after[i];
        bool is_absent = after->kind == VALUE_ABSENT;
        bool is_same = is_absent || is_equal(&row->before[i], after);
        if ((is_same && !may_set_itself(row->table, i)) || is_generated(row->table, i))
            continue;
        buf_str(row->out, comma);
        comma = ", ";
        put_name(row->table, i, row->out);
        put_byte(row->out, '=');
        if (is_same)
            put_name(row->table, i, row->out);
        else if (after->kind == VALUE_JSON_DIFF
                     ? !put_changed(sql, row, i, err)
                     : !sql_value_put(row->table, i, after, SQL_STORED, row->out, err))
            return false;
    }
    if (comma[1] == 'S') { /* nothing changes: a column is set to itself */
        buf_str(row->out, comma);
        put_name(row->table, 0, row->out);
        put_byte(row->out, '=');
        put_name(row->table, 0, row->out);
    }
    if (!put_where(sql, row, err))
        return false;
    buf_str(row->out, " LIMIT 1");
    return true;
}

static bool put_delete(struct row_sql *sql, const struct row *row, struct err *err)
{
    put_table("DELETE FROM ", row);
    if (!put_where(sql, row, err))
        return false;
    buf_str(row->out, " LIMIT 1");
    return true;
}

bool row_sql_put(struct row_sql *sql, const struct event *event, struct rows *rows,
                 const struct row_table *table, const struct text_out *out, struct err *err)
{
    static bool (*const putters[])(struct row_sql *, const struct row *, struct err *) = {
        [ROWS_WRITE] = put_insert,
        [ROWS_UPDATE] = put_update,
        [ROWS_DELETE] = put_delete,
    };
    struct row row = { table, sql->before, sql->after, out->buf };
    sql->flavour = table->flavour;
    if (!check_names(table, err))
        return false;
    put_session(sql, event, rows->flags, out->buf);
    for (bool more = true;;) {
        if (!rows_next(rows, sql->before, sql->after, &more, err))
            return false;
        if (!more)
            return true;
        size_t from = out->buf->len;
        if (!putters[rows->kind](sql, &row, err)) {
            out->buf->len = from; /* half a statement is none */
            return false;
        }
        buf_str(out->buf, LOG_DELIMITER "\n");
        text_out_check(out);
    }
}
