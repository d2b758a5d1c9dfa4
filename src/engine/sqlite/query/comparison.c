/* comparison.c - comparisons in the stored form, so that SQLite's indexes serve them. A constant is
 * converted to the column's form; where it has none there, the comparison is refused. */
// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <strings.h>
#include "engine/sqlite/query/call.h"
#include "engine/sqlite/query/json_order.h"
#include "engine/sqlite/query/stored_text.h"
#include "engine/sqlite/query/text_key.h"
#include "engine/sqlite/sort_key.h"

static const char *operator_of(const char *op)
{
    return strcmp(op, "<=>") == 0 ? "IS" : op;
}

static const char *flipped(const char *op)
{
    static const char *const pairs[][2] = {
        { "<", ">" },
        { ">", "<" },
        { "<=", ">=" },
        { ">=", "<=" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
        if (strcmp(op, pairs[i][0]) == 0)
            return pairs[i][1];
    return op;
}

/* " COLLATE name", or "" for what is no text. */
static bool collate_clause(struct compiler *c, const struct typed *text, const char *collation,
                           const char **out)
{
    *out = "";
    if (text->rep != REP_TEXT)
        return true;
    const char *name = collate_name(c->arena, collation);
    if (name == NULL)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED,
                            "comparing texts by %s: not supported here (the _bin, _general_ci, "
                            "_unicode_ci, _0900_ai_ci and _uca1400_ai_ci collations are)",
                            collation);
    *out = arena_printf(c->arena, " COLLATE %s", name);
    return true;
}

static bool is_comparable_column(const struct typed *t)
{
    static const enum sql_type others[] = { SQL_UUID, SQL_INET4, SQL_INET6, SQL_SET };
    for (size_t i = 0; t->column != NULL && i < ARRAY_COUNT(others); i++)
        if (t->column->type == others[i])
            return false;
    return true;
}

/* Its stored form is what SQLite's integers are. */
bool is_bare_integer(const struct typed *t)
{
    return t->rep == REP_INT && (t->column == NULL || t->storage->form == FORM_INTEGER);
}

/* A constant that is a whole number below 10^15: an integer compares with it exactly, whether MySQL
 * would take doubles or not. */
bool whole_constant(const struct typed *t, struct value *out)
{
    enum { DOUBLE_DIGITS = 15 };
    struct number number;
    bool negative;
    uint64_t magnitude;
    *out = t->value;
    if (t->rep == REP_INT)
        return t->value.kind != VALUE_UINT || t->value.u <= INT64_MAX;
    if (t->rep == REP_REAL && fabs(t->value.d) < 1e15 && rint(t->value.d) == t->value.d) {
        *out = (struct value){ .kind = VALUE_INT, .i = (int64_t)t->value.d };
        return true;
    }
    if ((t->rep != REP_TEXT && t->rep != REP_DECIMAL) || t->value.kind != VALUE_TEXT ||
        t->value.bytes.len == 0 || t->value.bytes.len > DOUBLE_DIGITS ||
        !number_read(t->value.bytes, &number) || !number_integer(&number, &negative, &magnitude))
        return false;
    struct number whole = number_of(negative, magnitude);
    *out = (struct value){ .kind = VALUE_INT, .u = negative ? 0 - magnitude : magnitude };
    return number_compare(&number, &whole) == 0;
}

/* A text or a double that is a number of at most 15 digits: with a DECIMAL of so many, exact
 * comparison and that of doubles are the same. */
static bool as_decimal(struct compiler *c, const struct typed *t, struct typed *out)
{
    enum { DOUBLE_DIGITS = 15 };
    struct number number;
    char text[NUMBER_ROOM];
    struct bytes digits = t->rep == REP_REAL ? real_text(t->value.d, c->arena) : t->value.bytes;
    if ((t->rep != REP_REAL && t->rep != REP_TEXT) || !number_read(digits, &number) ||
        number_digits(&number) > DOUBLE_DIGITS)
        return false;
    *out = (struct typed){ .rep = REP_DECIMAL, .is_constant = true };
    out->value =
        (struct value){ .kind = VALUE_TEXT,
                        .bytes = arena_copy(c->arena, bytes_of(text, number_text(&number, text))) };
    return true;
}

/* A constant as the column stores it, if that is the same value. false: it is not. */
static bool stored_constant(struct compiler *c, const struct typed *a, const struct typed *b,
                            struct value *out)
{
    enum { DOUBLE_DIGITS = 15 };
    const struct column_def *column = a->column;
    struct typed decimal;
    if (column->type == SQL_DECIMAL && column->precision <= DOUBLE_DIGITS &&
        as_decimal(c, b, &decimal))
        b = &decimal;
    bool is_number = b->rep == REP_INT || b->rep == REP_DECIMAL;
    bool is_temporal = column->type == SQL_DATE || column->type == SQL_DATETIME ||
                       column->type == SQL_TIME || column->type == SQL_TIMESTAMP;
    bool can =
        (column->type == SQL_DECIMAL && is_number) || (column->type == SQL_DOUBLE && is_number) ||
        (column->type == SQL_DOUBLE && b->rep == REP_REAL) || (a->rep == REP_INT && is_number) ||
        (is_temporal && (b->rep == REP_TEXT || b->rep == a->rep ||
                         (b->rep == REP_DATE && a->rep == REP_DATETIME))) ||
        (a->rep == REP_BYTES && b->rep == REP_BYTES && column->type != SQL_BINARY);
    return can && store_unchanged(c, column, b, out);
}

static bool with_column(struct compiler *c, const char *op, const struct typed *a,
                        const struct typed *b, const char **sql)
{
    struct value value;
    if (is_bare_integer(a) && whole_constant(b, &value))
        *sql = arena_printf(c->arena, "(%s %s %s)", a->sql, op, compile_bound(c, NULL, &value));
    else if (a->column != NULL && stored_constant(c, a, b, &value))
        *sql =
            arena_printf(c->arena, "(%s %s %s)", a->sql, op, compile_bound(c, a->storage, &value));
    else
        return compile_compare_call(c, op, a, b, sql);
    return true;
}

const char *compile_side(struct compiler *c, const struct typed *t)
{
    return t->is_constant ? compile_bound(c, NULL, &t->value) : t->sql;
}

static bool texts(struct compiler *c, const char *op, const struct typed *a, const struct typed *b,
                  const char **sql)
{
    const char *collation, *collate;
    uint8_t coercion;
    if (!merge_collations(c, a, b, &collation, &coercion))
        return false;
    if (!collate_clause(c, a, collation, &collate))
        return false;
    if (text_key_serves(a, op, collation))
        return compile_text_key(c, op, a, b, collation, sql);
    if (text_key_serves(b, op, collation))
        return compile_text_key(c, flipped(op), b, a, collation, sql);
    *sql =
        arena_printf(c->arena, "(%s %s %s%s)", compile_side(c, a), op, compile_side(c, b), collate);
    return true;
}

/* Of the same column type, or made by SQLite alike. */
static bool is_same_form(const struct typed *a, const struct typed *b)
{
    if (a->rep != b->rep)
        return false;
    if (a->rep == REP_INT || a->rep == REP_REAL)
        return true;
    if (a->column == NULL && b->column == NULL)
        return a->rep == REP_DATE || a->rep == REP_BYTES ||
               (a->rep == REP_DATETIME && a->scale == b->scale);
    return a->column != NULL && b->column != NULL && a->column->type == b->column->type &&
           a->column->precision == b->column->precision && a->scale == b->scale &&
           a->column->length == b->column->length && a->column->type != SQL_TIMESTAMP;
}

static bool is_enum(const struct typed *t)
{
    return t->column != NULL && t->column->type == SQL_ENUM;
}

/* A label among the column's: it is stored as it is written there. false: not one, or several. */
static bool with_label(struct compiler *c, const char *op, const struct typed *a,
                       const struct typed *b, const char **sql)
{
    const char *collation;
    uint8_t coercion;
    unsigned found = 0, label = 0;
    if (strcmp(op, "=") != 0 || !is_enum(a) || !b->is_constant || b->rep != REP_TEXT ||
        !merge_collations(c, a, b, &collation, &coercion) || weights_of(collation) == NULL)
        return false;
    for (unsigned i = 0; i < a->column->label_count; i++) {
        int order = 1;
        if (!weights_compare(weights_of(collation), b->value.bytes,
                             bytes_of_str(a->column->labels[i]), &order))
            return false;
        found += order == 0;
        label = order == 0 ? i : label;
    }
    if (found != 1 || a->column->labels[label][0] == '\0')
        return false;
    struct value text = { .kind = VALUE_TEXT, .bytes = bytes_of_str(a->column->labels[label]) };
    *sql = arena_printf(c->arena, "(%s = %s)", a->sql, compile_bound(c, NULL, &text));
    return true;
}

static bool with_null(struct compiler *c, const char *op, const struct typed *a, const char **sql)
{
    *sql = arena_printf(c->arena, "(%s %s NULL)", compile_side(c, a), op);
    return true;
}

void bits_as_number(struct compiler *c, struct typed *typed)
{
    enum { BYTE_BITS = 8 };
    struct value number = { .kind = VALUE_UINT };
    struct bytes bytes = typed->value.bytes;
    if (!typed->is_constant || !typed->is_bits || bytes.len > sizeof number.u)
        return;
    for (size_t i = 0; i < bytes.len; i++)
        number.u = number.u << BYTE_BITS | bytes.data[i];
    compile_constant(c, &number, typed);
}

static bool is_number(const struct typed *t)
{
    return t->rep == REP_INT || t->rep == REP_DECIMAL || t->rep == REP_REAL;
}

bool compile_comparison(struct compiler *c, const char *op, struct typed a, struct typed b,
                        const char **sql)
{
    if (is_number(&a))
        bits_as_number(c, &b);
    else if (is_number(&b))
        bits_as_number(c, &a);
    if (a.is_constant && (!b.is_constant || (is_null(&a) && !is_null(&b))))
        return compile_comparison(c, flipped(op), b, a, sql);
    op = operator_of(op);
    if (is_null(&b))
        return with_null(c, op, &a, sql);
    if (is_document(&a) || is_document(&b) || !is_comparable_column(&a) ||
        !is_comparable_column(&b))
        return compile_compare_call(c, op, &a, &b, sql);
    if (with_label(c, op, &a, &b, sql))
        return true;
    if (a.rep == REP_TEXT && b.rep == REP_TEXT && !is_enum(&a) && !is_enum(&b))
        return texts(c, op, &a, &b, sql);
    if (a.is_constant)
        return compile_compare_call(c, op, &a, &b, sql);
    if (b.is_constant)
        return with_column(c, op, &a, &b, sql);
    if (!is_same_form(&a, &b) || is_enum(&a))
        return compile_compare_call(c, op, &a, &b, sql);
    *sql = arena_printf(c->arena, "(%s %s %s)", a.sql, op, b.sql);
    return true;
}

/* ENUM sorts by the place of its label. */
static const char *label_order(struct compiler *c, const struct typed *typed)
{
    AUTO_BUF sql = db_sql();
    buf_printf(&sql, "CASE %s", typed->sql);
    for (unsigned i = 0; i < typed->column->label_count; i++) {
        struct value label = { .kind = VALUE_TEXT,
                               .bytes = bytes_of_str(typed->column->labels[i]) };
        buf_printf(&sql, " WHEN %s THEN %u", compile_bound(c, NULL, &label), i + 1);
    }
    buf_printf(&sql, " ELSE iif(%s IS NULL,NULL,0) END", typed->sql);
    return arena_str(c->arena, buf_cstr(&sql));
}

/* In the stored form where that sorts as MySQL does. */
bool sort_key(struct compiler *c, const struct typed *typed, const char **sql)
{
    const char *collate;
    bool is_made = typed->column == NULL && (typed->rep == REP_DECIMAL || typed->rep == REP_TIME);
    if (typed->is_constant) {
        *sql = "NULL";
        return true;
    }
    if (is_enum(typed)) {
        *sql = label_order(c, typed);
        return true;
    }
    if (is_document(typed))
        return compile_json_key(c, typed, sql);
    if (!is_comparable_column(typed))
        return compile_refuse(c, "sorting or grouping by SET, UUID, INET4 and INET6");
    if (is_made)
        return compile_order_key(c, typed, sql);
    if (compile_text_order(c, typed, sql))
        return true;
    if (!collate_clause(c, typed, typed->collation, &collate))
        return false;
    *sql = arena_printf(c->arena, "%s%s", typed->sql, collate);
    return true;
}
