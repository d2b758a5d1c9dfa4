/* describe.c - the columns of a result as column definitions have them. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/call.h"
#include "sql/charset.h"
#include "sql/types.h"

enum {
    FLAG_NOT_NULL = 1,
    FLAG_PRI_KEY = 2,
    FLAG_UNIQUE_KEY = 4,
    FLAG_MULTIPLE_KEY = 8,
    FLAG_BLOB = 16,
    FLAG_UNSIGNED = 32,
    FLAG_ZEROFILL = 64,
    FLAG_BINARY = 128,
    FLAG_ENUM = 256,
    FLAG_AUTO_INCREMENT = 512,
    FLAG_SET = 2048
};
enum { COLLATION_BINARY = 63, COLLATION_UTF8MB4 = 45, UTF8MB4_BYTES = 4 };

static uint16_t key_flags(const struct table_def *table, const char *column)
{
    static const uint16_t flags[] = {
        [KEY_PRIMARY] = FLAG_PRI_KEY,      [KEY_UNIQUE] = FLAG_UNIQUE_KEY,
        [KEY_PLAIN] = FLAG_MULTIPLE_KEY,   [KEY_FULLTEXT] = FLAG_MULTIPLE_KEY,
        [KEY_SPATIAL] = FLAG_MULTIPLE_KEY, [KEY_VECTOR] = 0
    };
    uint16_t found = 0;
    for (unsigned i = 0; i < table->key_count; i++) {
        const struct key_def *key = &table->keys[i];
        bool is_first = key->part_count > 0 && key->parts[0].column != NULL &&
                        strcasecmp(key->parts[0].column, column) == 0;
        bool is_part = false;
        for (unsigned p = 0; p < key->part_count && key->kind == KEY_PRIMARY; p++)
            is_part = is_part || strcasecmp(key->parts[p].column, column) == 0;
        if (is_part)
            found |= FLAG_PRI_KEY;
        else if (is_first)
            found |= key->kind == KEY_UNIQUE && key->part_count > 1 ? FLAG_MULTIPLE_KEY
                                                                    : flags[key->kind];
    }
    return found;
}

/* Digits, a sign, a point. */
static uint32_t number_length(const struct typed *t)
{
    enum { BIGINT_LENGTH = 21 };
    unsigned digits, scale;
    if (t->is_boolean)
        return 1;
    number_shape(t, &digits, &scale);
    uint32_t length = digits + 1 + (scale > 0);
    return t->rep == REP_INT && length > BIGINT_LENGTH ? BIGINT_LENGTH : length;
}

/* Texts that may be long are BLOBs on the wire, as columns of TEXT are. */
static void describe_text(const struct typed *t, struct query_column *out)
{
    enum { VARCHAR_BYTES_MAX = 65535 };
    bool fits = t->length <= UINT32_MAX / UTF8MB4_BYTES;
    out->charset = COLLATION_UTF8MB4;
    out->length = fits ? t->length * UTF8MB4_BYTES : UINT32_MAX;
    if (t->column == NULL && out->length > VARCHAR_BYTES_MAX) {
        out->type = COLUMN_BLOB;
        out->flags |= FLAG_BLOB;
    }
    if (t->is_json) {
        out->type = COLUMN_JSON;
        out->charset = COLLATION_BINARY;
        out->length = UINT32_MAX;
        out->flags |= FLAG_BLOB;
    }
}

static void describe_type(const struct typed *t, struct query_column *out)
{
    enum { FLOAT_LENGTH = 12 };
    static const struct {
        uint8_t type;
        uint32_t length;
    } types[] = {
        [REP_NULL] = { COLUMN_NULL, 0 },          [REP_INT] = { COLUMN_LONGLONG, 21 },
        [REP_REAL] = { COLUMN_DOUBLE, 22 },       [REP_DECIMAL] = { COLUMN_NEWDECIMAL, 67 },
        [REP_TEXT] = { COLUMN_VAR_STRING, 0 },    [REP_BYTES] = { COLUMN_VAR_STRING, 0 },
        [REP_DATE] = { COLUMN_DATE, 10 },         [REP_TIME] = { COLUMN_TIME, 10 },
        [REP_DATETIME] = { COLUMN_DATETIME, 19 },
    };
    out->type = types[t->rep].type;
    out->length = types[t->rep].length > 0 ? types[t->rep].length : t->length;
    out->decimals = t->scale;
    out->charset = COLLATION_BINARY;
    if (t->rep == REP_REAL)
        out->decimals = 31;
    if (t->is_single) {
        out->type = COLUMN_FLOAT;
        out->length = FLOAT_LENGTH;
    }
    if (t->rep == REP_INT || t->rep == REP_DECIMAL)
        out->length = number_length(t);
    if (t->rep == REP_TEXT)
        describe_text(t, out);
    if ((t->rep == REP_TIME || t->rep == REP_DATETIME) && t->scale > 0)
        out->length += t->scale + 1u;
}

/* Where the column's own type says more than the form of its values. */
static void describe_stored(const struct typed *t, struct query_column *out)
{
    static const struct {
        enum sql_type type;
        uint8_t wire;
        uint32_t length;
    } rows[] = {
        { SQL_TINYINT, COLUMN_TINY, 4 },
        { SQL_SMALLINT, COLUMN_SHORT, 6 },
        { SQL_MEDIUMINT, COLUMN_INT24, 9 },
        { SQL_INT, COLUMN_LONG, 11 },
        { SQL_BIGINT, COLUMN_LONGLONG, 20 },
        { SQL_YEAR, COLUMN_YEAR, 4 },
        { SQL_BIT, COLUMN_BIT, 0 },
        { SQL_CHAR, COLUMN_STRING, 0 },
        { SQL_BINARY, COLUMN_STRING, 0 },
        { SQL_ENUM, COLUMN_STRING, 0 },
        { SQL_SET, COLUMN_STRING, 0 },
        { SQL_TIMESTAMP, COLUMN_TIMESTAMP, 0 },
        { SQL_TINYTEXT, COLUMN_BLOB, 255 },
        { SQL_TEXT, COLUMN_BLOB, 65535 },
        { SQL_MEDIUMTEXT, COLUMN_BLOB, 16777215 },
        { SQL_LONGTEXT, COLUMN_BLOB, UINT32_MAX },
        { SQL_TINYBLOB, COLUMN_BLOB, 255 },
        { SQL_BLOB, COLUMN_BLOB, 65535 },
        { SQL_MEDIUMBLOB, COLUMN_BLOB, 16777215 },
        { SQL_LONGBLOB, COLUMN_BLOB, UINT32_MAX },
        { SQL_JSON, COLUMN_JSON, UINT32_MAX },
        { SQL_GEOMETRY, COLUMN_GEOMETRY, UINT32_MAX },
    };
    const struct column_def *column = t->column;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].type != column->type)
            continue;
        out->type = rows[i].wire;
        if (rows[i].length > 0)
            out->length = rows[i].length;
    }
    if (t->rep == REP_INT && column->length > 0)
        out->length = column->length;
    if (t->rep == REP_DECIMAL)
        out->length = column->precision + 2u;
    if (column->zerofill)
        out->flags |= FLAG_ZEROFILL;
    if (sql_type_is_blob(column->type))
        out->flags |= FLAG_BLOB;
    if (column->type == SQL_ENUM || column->type == SQL_SET)
        out->flags |= column->type == SQL_ENUM ? FLAG_ENUM : FLAG_SET;
    if (column->auto_increment)
        out->flags |= FLAG_AUTO_INCREMENT;
    out->flags |= key_flags(t->table, column->name);
}

void describe_column(const struct typed *t, const char *name, struct query_column *out)
{
    *out = (struct query_column){ .org_name = "", .table = "", .org_table = "", .db = "" };
    describe_type(t, out);
    if (t->column != NULL) {
        describe_stored(t, out);
        out->org_name = t->column->name;
        out->table = t->alias;
        out->org_table = t->table->name;
        out->db = t->table->db;
    }
    out->name = name;
    out->is_unsigned = t->is_unsigned;
    out->flags |=
        (uint16_t)((t->is_nullable ? 0 : FLAG_NOT_NULL) | (t->is_unsigned ? FLAG_UNSIGNED : 0) |
                   (out->charset == COLLATION_BINARY ? FLAG_BINARY : 0));
}
