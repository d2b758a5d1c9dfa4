/* store.c - a value for a column by MySQL's rules: ranges, lengths, labels, in strict mode whatever
 * sql_mode says. What is neither stored nor an error of MySQL's is refused. Numbers:
 * store_number.c; dates and times: store_time.c. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/store.h"
#include <stdio.h>
#include "binlog/json.h"
#include "engine/sqlite/query/call.h"
#include "engine/sqlite/query/stored_text.h"
#include "sql/charset.h"
#include "sql/types.h"
#include "sql/weights.h"

enum { TEXT_SHOWN = 128 };

bool store_out_of_range(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_OUT_OF_RANGE, "Out of range value for column '%s' at row 1",
                        s->column->name);
}

bool store_truncated(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_DATA_TRUNCATED, "Data truncated for column '%s' at row 1",
                        s->column->name);
}

bool store_too_long(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_DATA_TOO_LONG, "Data too long for column '%s' at row 1",
                        s->column->name);
}

bool store_incorrect(const struct storing *s, enum problem number, const char *type)
{
    struct bytes text = bytes_of_str("");
    (void)store_as_text(s, &text);
    int len = text.len > TEXT_SHOWN ? TEXT_SHOWN : (int)text.len;
    return compile_fail(s->c, number, "Incorrect %s value: '%.*s' for column '%s' at row 1", type,
                        len, len > 0 ? (const char *)text.data : "", s->column->name);
}

bool store_cannot(const struct storing *s)
{
    return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                        "storing this kind of value in column '%s': not supported here",
                        s->column->name);
}

void store_note(const struct storing *s)
{
    query_session_warn(s->c->session, "Note", PROBLEM_DATA_TRUNCATED,
                       "Data truncated for column '%s' at row 1", s->column->name);
}

bool store_as_text(const struct storing *s, struct bytes *out)
{
    struct typed typed;
    struct datum datum;
    if (s->in->kind == VALUE_TEXT || s->in->kind == VALUE_BLOB) {
        *out = s->in->bytes;
        return true;
    }
    if (s->in->kind == VALUE_TIMESTAMP || s->in->kind == VALUE_DECIMAL)
        return store_cannot(s);
    compile_constant(s->c, s->in, &typed);
    typed.is_unsigned = s->in->kind == VALUE_UINT;
    datum_of_value(&typed, &datum);
    *out = datum_to_text(&datum, s->c->arena);
    return true;
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0x80)
            return false;
    return true;
}

static size_t bytes_limit(enum sql_type type)
{
    static const struct {
        enum sql_type type;
        size_t limit;
    } limits[] = {
        { SQL_TINYTEXT, 255 },        { SQL_TINYBLOB, 255 },        { SQL_TEXT, 65535 },
        { SQL_BLOB, 65535 },          { SQL_MEDIUMTEXT, 16777215 }, { SQL_MEDIUMBLOB, 16777215 },
        { SQL_LONGTEXT, 1000000000 }, { SQL_LONGBLOB, 1000000000 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++)
        if (limits[i].type == type)
            return limits[i].limit;
    return 0;
}

/* Do the bytes of an ASCII text mean the same in the charset? */
static bool keeps_ascii(const char *charset)
{
    static const char *const others[] = { "ucs2", "utf16", "utf32", "swe7" };
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        if (strncmp(charset, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

/* A charset that is UTF-8, perhaps without the characters of four bytes. */
static bool is_utf8(const char *charset, struct bytes text)
{
    if (strcmp(charset, "utf8mb4") == 0)
        return true;
    if (strcmp(charset, "utf8mb3") != 0 && strcmp(charset, "utf8") != 0)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] >= 0xf0)
            return false;
    return true;
}

bool store_text(const struct storing *s, struct value *out)
{
    struct bytes text, utf8;
    struct buf scratch;
    struct err ignored;
    if (!store_as_text(s, &text))
        return false;
    text = arena_copy(s->c->arena, text);
    buf_init(&scratch, 1);
    bool is_valid = charset_to_utf8(charset_by_name("utf8mb4"), text, &scratch, &utf8, &ignored);
    buf_clear(&scratch);
    if (!is_valid)
        return store_incorrect(s, PROBLEM_INCORRECT_VALUE, "string");
    if (!is_utf8(s->column->charset, text) && (!is_ascii(text) || !keeps_ascii(s->column->charset)))
        return compile_fail(s->c, PROBLEM_NOT_SUPPORTED,
                            "column '%s': texts beyond ASCII in the charset %s: not supported here",
                            s->column->name, s->column->charset);
    bool is_char = s->column->type == SQL_CHAR || s->column->type == SQL_VARCHAR;
    size_t most = bytes_limit(s->column->type);
    if (s->column->type == SQL_CHAR)
        while (text.len > 0 && text.data[text.len - 1] == ' ')
            text.len--;
    if (is_char ? text_characters(text) > s->column->length : text.len > most)
        return store_too_long(s);
    *out = (struct value){ .kind = VALUE_TEXT, .bytes = text };
    return true;
}

bool store_bytes(const struct storing *s, struct value *out)
{
    struct bytes text;
    size_t most = bytes_limit(s->column->type);
    if (!store_as_text(s, &text))
        return false;
    if (text.len > (most > 0 ? most : s->column->length))
        return store_too_long(s);
    *out = (struct value){ .kind = VALUE_BLOB, .bytes = arena_copy(s->c->arena, text) };
    return true;
}

/* ---- ENUM, SET, JSON ---- */

/* By the column's collation; false: none, or an error (c->failed). */
static bool find_label(const struct storing *s, struct bytes text, unsigned *out)
{
    const struct weights *weights =
        s->column->collation != NULL ? weights_of(s->column->collation) : NULL;
    for (unsigned i = 0; i < s->column->label_count; i++) {
        struct bytes label = bytes_of_str(s->column->labels[i]);
        int order = bytes_equal(text, label) ? 0 : 1;
        if (order != 0 && weights == NULL)
            continue;
        if (order != 0 && !weights_compare(weights, text, label, &order)) {
            store_cannot(s);
            return false;
        }
        *out = i;
        if (order == 0)
            return true;
    }
    return false;
}

static bool label_number(const struct storing *s, uint64_t *out)
{
    struct number number;
    bool negative, whole;
    if (s->in->kind == VALUE_INT || s->in->kind == VALUE_UINT) {
        *out = s->in->u;
        return s->in->kind == VALUE_UINT || s->in->i >= 0;
    }
    struct bytes digits = number_prefix(s->in->bytes, false, &whole);
    return whole && number_read(digits, &number) && number_integer(&number, &negative, out) &&
           !negative;
}

static bool is_label_value(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_INT || value->kind == VALUE_UINT;
}

bool store_enum(const struct storing *s, struct value *out)
{
    unsigned label = 0;
    uint64_t number;
    if (!is_label_value(s->in))
        return store_cannot(s);
    *out = (struct value){ .kind = VALUE_UINT };
    if (s->in->kind == VALUE_TEXT && find_label(s, s->in->bytes, &label)) {
        out->u = label + 1;
        return true;
    }
    if (s->c->failed)
        return false;
    if (!label_number(s, &number) || number == 0 || number > s->column->label_count)
        return store_truncated(s);
    out->u = number;
    return true;
}

bool store_set(const struct storing *s, struct value *out)
{
    uint64_t number;
    unsigned label;
    struct bytes rest = s->in->bytes;
    if (!is_label_value(s->in))
        return store_cannot(s);
    *out = (struct value){ .kind = VALUE_UINT };
    while (s->in->kind == VALUE_TEXT && rest.len > 0) {
        const uint8_t *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma != NULL ? (size_t)(comma - rest.data) : rest.len;
        if (!find_label(s, bytes_of(rest.data, len), &label))
            break;
        out->u |= (uint64_t)1 << label;
        len += comma != NULL;
        rest = bytes_of(rest.data + len, rest.len - len);
    }
    if (s->c->failed)
        return false;
    if (s->in->kind == VALUE_TEXT && rest.len == 0)
        return true;
    unsigned count = s->column->label_count;
    if (!label_number(s, &number) || (count < 64 && number >> count != 0))
        return store_truncated(s);
    out->u = number;
    return true;
}

bool store_json(const struct storing *s, struct value *out)
{
    AUTO_BUF binary;
    struct err ignored;
    buf_init(&binary, QUERY_TEXT_MAX);
    if (s->in->kind != VALUE_TEXT)
        return store_cannot(s);
    if (!json_binary(s->in->bytes, &binary, &ignored))
        return compile_fail(s->c, PROBLEM_INVALID_JSON, "Invalid JSON text for column '%s'",
                            s->column->name);
    *out =
        (struct value){ .kind = VALUE_JSON, .bytes = arena_copy(s->c->arena, buf_bytes(&binary)) };
    return true;
}

static const struct {
    enum sql_type type;
    store_fn *store;
} stores[] = {
    { SQL_TINYINT, store_integer },     { SQL_SMALLINT, store_integer },
    { SQL_MEDIUMINT, store_integer },   { SQL_INT, store_integer },
    { SQL_BIGINT, store_integer },      { SQL_YEAR, store_year },
    { SQL_FLOAT, store_real },          { SQL_DOUBLE, store_real },
    { SQL_DECIMAL, store_decimal },     { SQL_CHAR, store_text },
    { SQL_VARCHAR, store_text },        { SQL_TINYTEXT, store_text },
    { SQL_TEXT, store_text },           { SQL_MEDIUMTEXT, store_text },
    { SQL_LONGTEXT, store_text },       { SQL_BINARY, store_bytes },
    { SQL_VARBINARY, store_bytes },     { SQL_TINYBLOB, store_bytes },
    { SQL_BLOB, store_bytes },          { SQL_MEDIUMBLOB, store_bytes },
    { SQL_LONGBLOB, store_bytes },      { SQL_DATE, store_date },
    { SQL_TIME, store_time },           { SQL_DATETIME, store_datetime },
    { SQL_ENUM, store_enum },           { SQL_SET, store_set },
    { SQL_TIMESTAMP, store_timestamp }, { SQL_BIT, store_bit },
    { SQL_JSON, store_json },
};

bool store_convert(struct compiler *c, const struct column_def *column, const struct value *in,
                   struct value *out)
{
    struct storing s = { c, column, in };
    if (in->kind == VALUE_NULL) {
        *out = *in;
        return column->nullable ||
               compile_fail(c, PROBLEM_NOT_NULL, "Column '%s' cannot be null", column->name);
    }
    for (size_t i = 0; i < ARRAY_COUNT(stores); i++)
        if (stores[i].type == column->type)
            return stores[i].store(&s, out);
    return store_cannot(&s);
}

static struct value exact_value(const struct typed *typed)
{
    struct value value = typed->value;
    if (value.kind == VALUE_UINT && value.u <= INT64_MAX)
        value.kind = VALUE_INT;
    return value;
}

/* Does the column keep every digit of a number? */
static bool keeps_digits(const struct column_def *column, const struct typed *typed)
{
    struct number number, rounded;
    if (typed->rep == REP_INT || column->type == SQL_DOUBLE)
        return true;
    if (typed->rep != REP_DECIMAL || !number_read(typed->value.bytes, &number))
        return typed->rep == REP_REAL && column->type == SQL_DOUBLE;
    rounded = number_round(&number, column->type == SQL_DECIMAL ? column->scale : 0, ROUND_DOWN);
    return number_compare(&number, &rounded) == 0;
}

/* Does a temporal column keep all parts? */
static bool keeps_parts(struct compiler *c, const struct column_def *column,
                        const struct typed *typed)
{
    struct call call = { .is_silent = true, .query = c->query };
    struct evaluation e = { .call = &call, .arena = c->arena, .connection = c->connection };
    struct datum in, out;
    bool is_valid;
    uint32_t unit = 1;
    enum rep rep = column->type == SQL_TIME ? REP_TIME : REP_DATETIME;
    datum_of_value(typed, &in);
    if (in.rep == REP_NULL || (rep == REP_TIME) != (in.rep == REP_TIME || in.rep == REP_TEXT))
        if (in.rep != REP_TEXT)
            return false;
    bool ok = datum_to_temporal(&e, &in, rep, &out, &is_valid) && is_valid;
    c->connection->problem.code = ERR_NONE;
    for (unsigned i = column->scale; i < 6; i++)
        unit *= 10;
    bool has_clock = out.time.hour > 0 || out.time.minute > 0 || out.time.second > 0;
    if (column->type == SQL_DATE)
        return ok && !has_clock && out.time.micro == 0;
    return ok && out.time.micro % unit == 0;
}

bool store_unchanged(struct compiler *c, const struct column_def *column, const struct typed *typed,
                     struct value *out)
{
    struct value in = exact_value(typed);
    bool is_number = typed->rep == REP_INT || typed->rep == REP_DECIMAL || typed->rep == REP_REAL;
    unsigned warnings = c->session->warning_count;
    struct err err = *c->err;
    if (is_number ? !keeps_digits(column, typed)
                  : typed->rep != REP_BYTES && !keeps_parts(c, column, typed))
        return false;
    bool ok = store_convert(c, column, &in, out);
    c->session->warning_count = warnings;
    if (!ok) {
        c->failed = false;
        *c->err = err;
    }
    return ok;
}
