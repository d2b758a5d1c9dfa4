/* comparison.c - comparisons in the stored form, so that SQLite's indexes serve them. A constant is
 * converted to the column's form; where it has none there, the comparison is refused. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"

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

static bool refuse(struct compiler *c)
{
    return compile_refuse(c, "a comparison of values of these types");
}

/* " COLLATE name", or "" for what is no text. */
static bool collate_clause(struct compiler *c, const struct typed *text, const char **out)
{
    *out = "";
    if (text->rep != REP_TEXT)
        return true;
    const char *name = collate_name(text->collation);
    if (name == NULL)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED,
                            "comparing texts by %s: not supported here (the _bin and _general_ci "
                            "collations are)",
                            text->collation);
    *out = arena_printf(c->arena, " COLLATE %s", name);
    return true;
}

static bool is_comparable_column(const struct typed *t)
{
    return t->column == NULL || (t->column->type != SQL_JSON && t->column->type != SQL_UUID &&
                                 t->column->type != SQL_INET4 && t->column->type != SQL_INET6 &&
                                 t->column->type != SQL_SET);
}

static bool is_bare_integer(const struct typed *t)
{
    return t->rep == REP_INT && (t->column == NULL || t->storage->form == FORM_INTEGER);
}

static bool with_integer(struct compiler *c, const char *op, const struct typed *a,
                         const struct typed *b, const char **sql)
{
    struct value value = b->value;
    if (b->rep != REP_INT || (value.kind == VALUE_UINT && value.u > INT64_MAX))
        return refuse(c);
    *sql = arena_printf(c->arena, "(%s %s %s)", a->sql, op, compile_bound(c, NULL, &value));
    return true;
}

/* Would storing the constant keep what it is? MySQL compares an integer with '5.5', and a FLOAT
 * with 0.1, as doubles. */
static bool is_exact(const struct typed *a, const struct typed *b)
{
    enum { DOUBLE_DIGITS = 15 };
    if (a->rep == REP_INT)
        return b->rep == REP_INT;
    if (a->column == NULL)
        return a->rep == REP_TEXT;
    if (a->column->type == SQL_FLOAT)
        return false;
    if (a->rep == REP_DECIMAL && b->rep == REP_TEXT)
        return b->value.bytes.len <= DOUBLE_DIGITS;
    if (a->column->type == SQL_BINARY)
        return b->length == a->length;
    return true;
}

/* A constant against a column: as it would be stored there, if it can be stored unchanged. */
static bool with_stored(struct compiler *c, const char *op, const struct typed *a,
                        const struct typed *b, const char **sql)
{
    struct value value;
    struct typed as = *b;
    const char *collate;
    bool is_text = a->rep == REP_TEXT;
    if (!is_exact(a, b))
        return refuse(c);
    if (!collate_clause(c, a, &collate))
        return false;
    if (is_text) {
        if (b->rep != REP_TEXT)
            return refuse(c);
        *sql = arena_printf(c->arena, "(%s %s %s%s)", a->sql, op, compile_bound(c, NULL, &as.value),
                            collate);
        return true;
    }
    if (!store_convert(c, a->column, &as.value, &value)) {
        c->failed = false;
        return refuse(c);
    }
    *sql = arena_printf(c->arena, "(%s %s %s)", a->sql, op, compile_bound(c, a->storage, &value));
    return true;
}

static bool is_same_form(const struct typed *a, const struct typed *b)
{
    if (a->rep == REP_INT && b->rep == REP_INT)
        return true;
    if (a->rep == REP_TEXT && b->rep == REP_TEXT)
        return strcasecmp(a->collation, b->collation) == 0;
    return a->column != NULL && b->column != NULL && a->column->type == b->column->type &&
           a->column->precision == b->column->precision && a->scale == b->scale &&
           a->column->length == b->column->length;
}

bool compile_comparison(struct compiler *c, const char *op, struct typed a, struct typed b,
                        const char **sql)
{
    const char *collate;
    if (a.is_constant && (!b.is_constant || (a.rep == REP_NULL && b.rep != REP_NULL)))
        return compile_comparison(c, flipped(op), b, a, sql);
    op = operator_of(op);
    if (!is_comparable_column(&a) || !is_comparable_column(&b))
        return refuse(c);
    if (b.rep == REP_NULL) {
        const char *left = a.is_constant ? compile_bound(c, NULL, &a.value) : a.sql;
        *sql = arena_printf(c->arena, "(%s %s NULL)", left, op);
        return true;
    }
    if (a.is_constant) {
        if (a.rep != REP_INT || b.rep != REP_INT)
            return refuse(c);
        a.sql = compile_bound(c, NULL, &a.value);
        return with_integer(c, op, &a, &b, sql);
    }
    if (b.is_constant && is_bare_integer(&a) && (a.column == NULL || b.rep == REP_INT))
        return with_integer(c, op, &a, &b, sql);
    if (b.is_constant)
        return a.column != NULL || (a.rep == REP_TEXT && b.rep == REP_TEXT)
                   ? with_stored(c, op, &a, &b, sql)
                   : refuse(c);
    if (!is_same_form(&a, &b))
        return refuse(c);
    if (!collate_clause(c, &a, &collate))
        return false;
    *sql = arena_printf(c->arena, "(%s %s %s%s)", a.sql, op, b.sql, collate);
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

bool sort_key(struct compiler *c, const struct typed *typed, const char **sql)
{
    const char *collate;
    if (typed->is_constant) {
        *sql = "NULL";
        return true;
    }
    if (typed->column != NULL && typed->column->type == SQL_ENUM) {
        *sql = label_order(c, typed);
        return true;
    }
    if (!is_comparable_column(typed))
        return compile_refuse(c, "sorting or grouping by SET, JSON, UUID, INET4 and INET6");
    if (!collate_clause(c, typed, &collate))
        return false;
    *sql = arena_printf(c->arena, "%s%s", typed->sql, collate);
    return true;
}
