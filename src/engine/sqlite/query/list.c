/* list.c - rows of values compared: (a, b) = (1, 2), (a, b) IN ((1, 2), …).
 *
 * Column by column: = is all of them, < is the first that differs. Alternatives are joined as a
 * balanced tree, since SQLite bounds an expression's depth, not its size. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"

enum { ALTERNATIVES_MAX = 10000 };

static bool wrong_width(struct compiler *c, const struct expr *row)
{
    return compile_fail(c, PROBLEM_OPERAND_COLUMNS, "Operand should contain %u column(s)",
                        row->kind == EXPR_ROW ? row->count : 1);
}

static bool compare_values(struct compiler *c, const char *op, const struct expr *a,
                           const struct expr *b, const char **sql)
{
    struct typed left, right;
    if (a->kind == EXPR_ROW || b->kind == EXPR_ROW)
        return compile_operands(c, op, a, b, sql);
    return compile_expr(c, a, &left) && compile_expr(c, b, &right) &&
           compile_comparison(c, op, left, right, sql);
}

/* a = x AND b = y AND … */
static bool compare_all(struct compiler *c, const char *op, const struct expr *a,
                        const struct expr *b, struct buf *sql)
{
    const struct expr *x = a->args, *y = b->args;
    for (const char *one; x != NULL; x = x->next, y = y->next) {
        if (!compare_values(c, op, x, y, &one))
            return false;
        buf_printf(sql, "%s%s", x == a->args ? "" : " AND ", one);
    }
    return true;
}

/* a < x OR (a = x AND (b < y OR …)); the last decides whether equal will do. */
static bool compare_in_order(struct compiler *c, const char *op, const struct expr *x,
                             const struct expr *y, struct buf *sql)
{
    const char strict[2] = { op[0], 0 };
    const char *less, *same;
    if (x->next == NULL) {
        if (!compare_values(c, op, x, y, &less))
            return false;
        buf_str(sql, less);
        return true;
    }
    if (!compare_values(c, strict, x, y, &less) || !compare_values(c, "=", x, y, &same))
        return false;
    buf_printf(sql, "(%s OR (%s AND ", less, same);
    if (!compare_in_order(c, op, x->next, y->next, sql))
        return false;
    buf_str(sql, "))");
    return true;
}

static bool compare_rows(struct compiler *c, const char *op, const struct expr *a,
                         const struct expr *b, const char **out)
{
    AUTO_BUF sql = db_sql();
    bool is_equal = strcmp(op, "=") == 0 || strcmp(op, "<=>") == 0, differs = strcmp(op, "<>") == 0;
    buf_str(&sql, differs ? "(NOT (" : "(");
    bool ok = is_equal || differs ? compare_all(c, differs ? "=" : op, a, b, &sql)
                                  : compare_in_order(c, op, a->args, b->args, &sql);
    buf_str(&sql, differs ? "))" : ")");
    *out = arena_str(c->arena, buf_cstr(&sql));
    return ok;
}

bool compile_operands(struct compiler *c, const char *op, const struct expr *a,
                      const struct expr *b, const char **sql)
{
    if (a->kind != EXPR_ROW && b->kind != EXPR_ROW)
        return compare_values(c, op, a, b, sql);
    if (b->kind == EXPR_SUBQUERY)
        return compile_row_subquery(c, op, a, b, sql);
    if (a->kind == EXPR_SUBQUERY)
        return compile_row_subquery(c, op, b, a, sql);
    if (a->kind != b->kind || a->count != b->count)
        return wrong_width(c, a);
    return compare_rows(c, op, a, b, sql);
}

static void join(const char *const *terms, size_t count, struct buf *sql)
{
    if (count == 1) {
        buf_str(sql, terms[0]);
        return;
    }
    buf_str(sql, "(");
    join(terms, count / 2, sql);
    buf_str(sql, " OR ");
    join(terms + count / 2, count - count / 2, sql);
    buf_str(sql, ")");
}

bool compile_rows_in(struct compiler *c, const struct expr *in, struct typed *out)
{
    AUTO_BUF sql = db_sql();
    if (in->count > ALTERNATIVES_MAX)
        return compile_refuse(c, "IN with more than 10,000 rows");
    const char **terms = arena_alloc(c->arena, in->count * sizeof *terms);
    size_t count = 0;
    for (const struct expr *e = in->args->next; e != NULL; e = e->next)
        if (!compile_operands(c, "=", in->args, e, &terms[count++]))
            return false;
    join(terms, count, &sql);
    if (sql.failed)
        return compile_refuse(c, "an IN as long as this");
    *out = (struct typed){ .rep = REP_INT, .is_nullable = true, .digits = 1 };
    out->sql = arena_printf(c->arena, in->negated ? "(NOT %s)" : "%s", buf_cstr(&sql));
    return true;
}
