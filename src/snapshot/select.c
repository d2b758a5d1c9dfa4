/* snapshot/select.c - SELECT texts: columns as expressions, keys as literals, ranges as conditions.
 */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/select.h"
#include <string.h>
#include "sql/types.h"

void select_identifier(struct buf *out, const char *name)
{
    buf_u8(out, '`');
    for (; *name != '\0'; name++) {
        if (*name == '`')
            buf_u8(out, '`');
        buf_u8(out, (uint8_t)*name);
    }
    buf_u8(out, '`');
}

void select_table_name(struct buf *out, const struct table_def *table)
{
    select_identifier(out, table->db);
    buf_u8(out, '.');
    select_identifier(out, table->name);
}

enum literal_kind {
    LITERAL_NONE,
    LITERAL_NUMBER,
    LITERAL_TEXT,
    LITERAL_BYTES,
    LITERAL_QUOTED,
    LITERAL_UUID,
    LITERAL_INET4,
    LITERAL_INET6,
};

/* NONE: types that compare in ways a literal does not show (ENUM by index, FLOAT by rounding …). */
static enum literal_kind literal_kind(const struct column_def *column)
{
    switch (column->type) {
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_MEDIUMINT:
    case SQL_INT:
    case SQL_BIGINT:
    case SQL_DECIMAL:
        return LITERAL_NUMBER;
    case SQL_CHAR:
    case SQL_VARCHAR:
        return column->charset != NULL && strcmp(column->charset, "binary") != 0 ? LITERAL_TEXT
                                                                                 : LITERAL_BYTES;
    case SQL_BINARY:
    case SQL_VARBINARY:
        return LITERAL_BYTES;
    case SQL_DATE:
    case SQL_DATETIME:
    case SQL_TIMESTAMP:
        return LITERAL_QUOTED;
    case SQL_UUID:
        return LITERAL_UUID;
    case SQL_INET4:
        return LITERAL_INET4;
    case SQL_INET6:
        return LITERAL_INET6;
    case SQL_FLOAT:
    case SQL_DOUBLE:
    case SQL_BIT:
    case SQL_YEAR:
    case SQL_TIME:
    case SQL_TINYTEXT:
    case SQL_TEXT:
    case SQL_MEDIUMTEXT:
    case SQL_LONGTEXT:
    case SQL_TINYBLOB:
    case SQL_BLOB:
    case SQL_MEDIUMBLOB:
    case SQL_LONGBLOB:
    case SQL_ENUM:
    case SQL_SET:
    case SQL_JSON:
    case SQL_GEOMETRY:
    case SQL_VECTOR:
        break;
    }
    return LITERAL_NONE;
}

static bool is_integer(enum sql_type type)
{
    return type == SQL_TINYINT || type == SQL_SMALLINT || type == SQL_MEDIUMINT ||
           type == SQL_INT || type == SQL_BIGINT;
}

bool chunk_key_of(const struct table_def *table, struct chunk_key *out)
{
    const struct key_def *key = table_def_row_key(table);
    if (key == NULL || key->part_count > CHUNK_KEY_COLUMNS_MAX || key->invisible ||
        table->system_versioned || table->is_sequence)
        return false; /* of a versioned table one key has many rows */
    struct chunk_key found = { .index_name = key->name, .count = key->part_count };
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct key_part *part = &key->parts[i];
        int column = part->column == NULL ? -1 : table_def_column(table, part->column);
        if (column < 0 || part->prefix != 0 || part->descending ||
            literal_kind(&table->columns[column]) == LITERAL_NONE)
            return false;
        found.columns[i] = (unsigned)column;
    }
    const struct column_def *first = &table->columns[found.columns[0]];
    found.first_is_integer = is_integer(first->type);
    found.first_is_unsigned = first->is_unsigned;
    *out = found;
    return true;
}

static void put_hex(struct buf *out, struct bytes value)
{
    static const char digits[] = "0123456789abcdef";
    buf_str(out, "X'");
    for (size_t i = 0; i < value.len; i++) {
        buf_u8(out, (uint8_t)digits[value.data[i] >> 4]);
        buf_u8(out, (uint8_t)digits[value.data[i] & 15]);
    }
    buf_u8(out, '\'');
}

static bool is_printed_value(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] == 0 || strchr("0123456789abcdefABCDEF+-.: ", value.data[i]) == NULL)
            return false;
    return value.len > 0;
}

/* Bytes as the type's own text: groups of hex digits, or of decimal ones for INET4. */
static void put_groups(struct buf *out, enum literal_kind kind, struct bytes value)
{
    buf_u8(out, '\'');
    for (size_t i = 0; i < value.len; i++) {
        const bool uuid_gap = i == 4 || i == 6 || i == 8 || i == 10;
        if (kind == LITERAL_UUID && uuid_gap)
            buf_u8(out, '-');
        if (kind == LITERAL_INET6 && i > 0 && i % 2 == 0)
            buf_u8(out, ':');
        if (kind == LITERAL_INET4 && i > 0)
            buf_u8(out, '.');
        buf_printf(out, kind == LITERAL_INET4 ? "%u" : "%02x", value.data[i]);
    }
    buf_u8(out, '\'');
}

/* A literal's bytes come from the source: what does not look like a printed number or time is
 * given as hex, which no quoting rule can break out of. */
void select_literal(struct buf *out, const struct column_def *column, struct bytes value)
{
    enum literal_kind kind = literal_kind(column);
    if (kind == LITERAL_UUID || kind == LITERAL_INET4 || kind == LITERAL_INET6) {
        put_groups(out, kind, value);
        return;
    }
    if (kind == LITERAL_TEXT)
        buf_printf(out, "_%s ", column->charset);
    if (kind == LITERAL_TEXT || kind == LITERAL_BYTES || !is_printed_value(value)) {
        put_hex(out, value);
        return;
    }
    if (kind == LITERAL_QUOTED)
        buf_u8(out, '\'');
    buf_append(out, value.data, value.len);
    if (kind == LITERAL_QUOTED)
        buf_u8(out, '\'');
}

/* Sizes of the types that the log carries as fixed bytes; 0: another type. */
static unsigned fixed_bytes(enum sql_type type)
{
    if (type == SQL_UUID || type == SQL_INET6)
        return 16;
    return type == SQL_INET4 ? 4 : 0;
}

static void put_column(struct buf *out, const struct column_def *column)
{
    const bool number =
        column->type == SQL_BIT || column->type == SQL_ENUM || column->type == SQL_SET;
    const unsigned fixed = fixed_bytes(column->type);
    buf_str(out, number || fixed > 0 ? "CAST(" : "");
    select_identifier(out, column->name);
    if (number)
        buf_str(out, " AS UNSIGNED)");
    else if (fixed > 0)
        buf_printf(out, " AS BINARY(%u))", fixed);
    else if (column->type == SQL_FLOAT || column->type == SQL_DOUBLE)
        buf_str(out, " * 1e0"); /* a product keeps -0, and drops the (M,D) of the display */
    else if (column->type == SQL_DECIMAL && column->zerofill)
        buf_str(out, " + 0"); /* without the display's zeros */
}

struct column_type select_column_type(const struct column_def *column, enum flavour flavour)
{
    const bool text = sql_type_class(column->type) == TYPE_TEXT;
    const bool in_binary = column->charset != NULL && strcmp(column->charset, "binary") == 0;
    struct column_type type = {
        .type = (uint8_t)sql_type_wire(column->type),
        .is_unsigned = column->is_unsigned,
        .is_binary = !text || in_binary,
        .nullable = column->nullable,
        .length = column->length > UINT16_MAX ? UINT16_MAX : (uint16_t)column->length,
        .precision = column->precision,
        .scale = column->scale,
    };
    if (column->type == SQL_ENUM || column->type == SQL_SET) {
        type.type = column->type == SQL_ENUM ? COLUMN_ENUM : COLUMN_SET;
        type.length = 8;
    }
    if (column->type == SQL_VECTOR && flavour == FLAVOUR_MARIADB)
        type.type = COLUMN_VARCHAR; /* as its log has it */
    if (fixed_bytes(column->type) > 0)
        type.length = (uint16_t)fixed_bytes(column->type);
    return type;
}

/* a > x OR (a = x AND b > y) …, behind a >= x, which every optimizer reads as a range */
static void put_after(struct buf *out, const struct table_def *table, const struct chunk_key *key,
                      const char *after)
{
    const char *literals[CHUNK_KEY_COLUMNS_MAX];
    int lengths[CHUNK_KEY_COLUMNS_MAX];
    for (unsigned i = 0; i < key->count; i++) {
        size_t len = strcspn(after, "\t");
        literals[i] = after;
        lengths[i] = (int)len;
        after += len + (after[len] == '\t' ? 1 : 0);
    }
    select_identifier(out, table->columns[key->columns[0]].name);
    buf_printf(out, " %s %.*s", key->count == 1 ? ">" : ">=", lengths[0], literals[0]);
    if (key->count == 1)
        return;
    buf_str(out, " AND (");
    for (unsigned last = 0; last < key->count; last++) {
        buf_str(out, last == 0 ? "(" : " OR (");
        for (unsigned i = 0; i <= last; i++) {
            buf_str(out, i == 0 ? "" : " AND ");
            select_identifier(out, table->columns[key->columns[i]].name);
            buf_printf(out, " %s %.*s", i == last ? ">" : "=", lengths[i], literals[i]);
        }
        buf_u8(out, ')');
    }
    buf_u8(out, ')');
}

void select_along(struct buf *out, const struct table_def *table, const struct chunk_key *key,
                  const struct select_range *range)
{
    buf_str(out, " FORCE INDEX (");
    select_identifier(out, key->index_name);
    buf_u8(out, ')');
    const char *word = " WHERE ";
    const char *first = table->columns[key->columns[0]].name;
    const bool has_after = range->after != NULL && range->after[0] != '\0';
    if (has_after) {
        buf_str(out, word);
        put_after(out, table, key, range->after);
        word = " AND ";
    } else if (range->from != NULL && range->from[0] != '\0') {
        buf_str(out, word);
        select_identifier(out, first);
        buf_printf(out, " >= %s", range->from);
        word = " AND ";
    }
    if (range->to != NULL && range->to[0] != '\0') {
        buf_str(out, word);
        select_identifier(out, first);
        buf_printf(out, " <= %s", range->to);
    }
    buf_str(out, " ORDER BY ");
    for (unsigned i = 0; i < key->count; i++) {
        buf_str(out, i == 0 ? "" : ", ");
        select_identifier(out, table->columns[key->columns[i]].name);
    }
    if (range->limit != 0)
        buf_printf(out, " LIMIT %llu", (unsigned long long)range->limit);
}

void select_rows(struct buf *out, const struct table_def *table, const struct chunk_key *key,
                 const struct select_range *range)
{
    buf_str(out, "SELECT ");
    for (unsigned i = 0; i < table->column_count; i++) {
        buf_str(out, i == 0 ? "" : ", ");
        put_column(out, &table->columns[i]);
    }
    buf_str(out, " FROM ");
    select_table_name(out, table);
    if (table->system_versioned)
        buf_str(out, " FOR SYSTEM_TIME ALL");
    if (key != NULL)
        select_along(out, table, key, range);
}
