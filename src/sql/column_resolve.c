/* column_resolve.c - the servers' silent decisions about a column: charsets, sizes that are not
 * said, types that give way to others, what may be NULL. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/column_resolve.h"
#include "sql/table_def.h"
#include "sql/types.h"

enum {
    VARCHAR_BYTES_MAX = 65535,
    DECIMAL_DIGITS = 10,
    DECIMAL_DIGITS_MAX = 65,
    CHAR_MAX = 255,
    BIT_MAX = 64,
    VECTOR_DIMENSIONS = 2048,
};
#define TEXT_BYTES_MAX UINT32_MAX

/* Digits that an integer shows: signed, unsigned. */
static const uint8_t integer_widths[][2] = {
    [SQL_TINYINT] = { 4, 3 }, [SQL_SMALLINT] = { 6, 5 }, [SQL_MEDIUMINT] = { 9, 8 },
    [SQL_INT] = { 11, 10 },   [SQL_BIGINT] = { 20, 20 },
};

/* MySQL 8.0.19 and later show a width only where it means something. */
static uint32_t integer_width(const struct column_spec *spec, enum flavour flavour)
{
    const struct column_def *def = &spec->def;
    uint32_t own = integer_widths[def->type][def->is_unsigned ? 1 : 0];
    uint32_t said = spec->is_bool ? 1 : spec->has_size && spec->size > 0 ? (uint32_t)spec->size : 0;
    if (flavour == FLAVOUR_MARIADB || def->zerofill)
        return said > 0 ? said : own;
    return def->type == SQL_TINYINT && said == 1 && !def->is_unsigned ? 1 : 0;
}

enum sql_type column_text_type(uint64_t bytes, bool binary)
{
    static const uint64_t limits[] = { 255, 65535, 16777215 };
    unsigned size = 0;
    while (size < ARRAY_COUNT(limits) && bytes > limits[size])
        size++;
    return (enum sql_type)((binary ? SQL_TINYBLOB : SQL_TINYTEXT) + (int)size);
}

static bool too_big(const struct column_def *column, uint64_t size, struct err *err)
{
    enum { COLUMN_TOO_LONG = 1074 };
    err_set(err, ERR_UNSUPPORTED, "column %s: %s(%llu) is larger than any server allows",
            column->name, sql_type_name(column->type), (unsigned long long)size);
    err->server_errno = COLUMN_TOO_LONG;
    return false;
}

/* CHAR, VARCHAR, BINARY, VARBINARY. */
static bool resolve_string_size(const struct column_spec *spec, unsigned char_bytes,
                                struct column_def *out, struct err *err)
{
    uint64_t size = spec->has_size ? spec->size : 1;
    bool fixed = out->type == SQL_CHAR || out->type == SQL_BINARY;
    bool binary = out->type == SQL_BINARY || out->type == SQL_VARBINARY;
    if (size > TEXT_BYTES_MAX / 4 || (fixed && size > CHAR_MAX))
        return too_big(out, size, err);
    if (!fixed && size * char_bytes > VARCHAR_BYTES_MAX)
        out->type = column_text_type(size * char_bytes, binary); /* as sql_mode without STRICT */
    else
        out->length = (uint32_t)size;
    return true;
}

enum { PRECISION_TOO_LARGE = 1426, SCALE_TOO_LARGE = 1427 };

static bool resolve_decimal(const struct column_spec *spec, struct column_def *out, struct err *err)
{
    uint64_t digits = spec->has_size && spec->size > 0 ? spec->size : DECIMAL_DIGITS;
    if (digits > DECIMAL_DIGITS_MAX || out->scale > digits) {
        err_set(err, ERR_UNSUPPORTED, "column %s: decimal(%llu,%u) is none", out->name,
                (unsigned long long)digits, out->scale);
        err->server_errno = digits > DECIMAL_DIGITS_MAX ? PRECISION_TOO_LARGE : SCALE_TOO_LARGE;
        return false;
    }
    out->precision = (uint8_t)digits;
    return true;
}

static bool resolve_bits(const struct column_spec *spec, struct column_def *out, struct err *err)
{
    uint64_t bits = spec->has_size && spec->size > 0 ? spec->size : 1;
    if (bits > BIT_MAX)
        return too_big(out, bits, err);
    out->length = (uint32_t)bits;
    return true;
}

static bool resolve_vector(const struct column_spec *spec, struct column_def *out, struct err *err)
{
    uint64_t size = spec->has_size ? spec->size : VECTOR_DIMENSIONS;
    if (size > VARCHAR_BYTES_MAX)
        return too_big(out, size, err);
    out->length = (uint32_t)size;
    return true;
}

static bool resolve_size(const struct column_spec *spec, const struct ddl_session *session,
                         struct column_def *out, struct err *err)
{
    unsigned char_bytes = sql_type_has_charset(out->type) ? collation_char_bytes(out->charset) : 1;
    if (sql_type_class(out->type) == TYPE_INTEGER) {
        out->length = integer_width(spec, session->flavour);
        return out->length <= CHAR_MAX || too_big(out, out->length, err);
    }
    if (out->type == SQL_DECIMAL)
        return resolve_decimal(spec, out, err);
    if (sql_type_class(out->type) == TYPE_REAL && spec->has_scale)
        out->precision = (uint8_t)spec->size;
    if (out->type == SQL_BIT)
        return resolve_bits(spec, out, err);
    if (out->type == SQL_VECTOR)
        return resolve_vector(spec, out, err);
    if (out->type == SQL_CHAR || out->type == SQL_VARCHAR || out->type == SQL_BINARY ||
        out->type == SQL_VARBINARY)
        return resolve_string_size(spec, char_bytes, out, err);
    if ((out->type == SQL_TEXT || out->type == SQL_BLOB) && spec->has_size && spec->size > 0) {
        if (spec->size > TEXT_BYTES_MAX)
            return too_big(out, spec->size, err);
        out->type = column_text_type(spec->size * char_bytes, out->type == SQL_BLOB);
    }
    return true;
}

/* CHAR CHARACTER SET binary is BINARY, and so on; ENUM and SET stay. */
static enum sql_type without_charset(enum sql_type type)
{
    if (type == SQL_CHAR)
        return SQL_BINARY;
    if (type == SQL_VARCHAR)
        return SQL_VARBINARY;
    if (type >= SQL_TINYTEXT && type <= SQL_LONGTEXT)
        return (enum sql_type)(type - SQL_TINYTEXT + SQL_TINYBLOB);
    return type;
}

static void resolve_charset(const struct column_spec *spec, const struct ddl_session *session,
                            struct collation table, struct arena *arena, struct column_def *out)
{
    struct collation said = { spec->def.charset, spec->def.collation };
    if (spec->national)
        said.charset = "utf8mb3";
    if (spec->is_json_alias)
        said = (struct collation){ "utf8mb4", "utf8mb4_bin" };
    struct collation c = { "", "" };
    if (sql_type_has_charset(out->type))
        c = collation_settle(session->flavour, session->charset_collations, said, table, arena);
    if (strcmp(c.charset, "binary") == 0)
        out->type = without_charset(out->type);
    if (sql_type_has_charset(out->type) && spec->binary_collation)
        c.collation = collation_binary(c.charset, arena);
    bool keeps = sql_type_has_charset(out->type);
    out->charset = arena_str(arena, keeps ? c.charset : NULL);
    out->collation = arena_str(arena, keeps ? c.collation : "");
}

static void strip_labels(struct column_def *out)
{
    for (unsigned i = 0; i < out->label_count; i++) {
        size_t n = strlen(out->labels[i]);
        while (n > 0 && out->labels[i][n - 1] == ' ' && strcmp(out->charset, "binary") != 0)
            out->labels[i][--n] = 0;
    }
}

static bool resolve_nullable(const struct column_spec *spec, const struct ddl_session *session)
{
    if (spec->not_null_said || spec->def.row_edge != ROW_EDGE_NONE)
        return false;
    return spec->null_said || spec->def.type != SQL_TIMESTAMP ||
           session->explicit_defaults_for_timestamp || spec->def.generated != GENERATED_NO;
}

bool column_resolve(const struct column_spec *spec, const struct ddl_session *session,
                    struct collation table, struct arena *arena, struct column_def *out,
                    struct err *err)
{
    struct column_def def;
    column_def_copy(&def, &spec->def, arena);
    def.scale = spec->def.scale;
    def.nullable = resolve_nullable(spec, session);
    resolve_charset(spec, session, table, arena, &def);
    if (!resolve_size(spec, session, &def, err))
        return false;
    strip_labels(&def);
    default_resolve(spec, arena, &def);
    *out = def;
    return true;
}

void column_convert(struct column_def *column, struct collation to, struct arena *arena)
{
    bool text = sql_type_has_charset(column->type) && strcmp(column->charset, "binary") != 0;
    if (!text)
        return;
    uint64_t before = collation_char_bytes(column->charset);
    uint64_t now = collation_char_bytes(to.charset);
    column->charset = arena_str(arena, to.charset);
    column->collation = arena_str(arena, to.collation);
    static const uint64_t limits[] = { 255, 65535, 16777215, UINT32_MAX };
    if (column->type >= SQL_TINYTEXT && column->type <= SQL_LONGTEXT)
        column->type = column_text_type(limits[column->type - SQL_TINYTEXT] / before * now, false);
    if (column->type == SQL_VARCHAR && column->length * now > VARCHAR_BYTES_MAX) {
        column->type = column_text_type(column->length * now, false);
        column->length = 0;
    }
    if (strcmp(to.charset, "binary") == 0)
        column->type = without_charset(column->type);
    if (!sql_type_has_charset(column->type)) {
        column->charset = NULL;
        column->collation = arena_str(arena, "");
    }
}
