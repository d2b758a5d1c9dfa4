/* grouping.c - what a SELECT with groups may show: what is grouped by, what depends on it, and
 * aggregates (1055, 1140), as ONLY_FULL_GROUP_BY has it. Without that mode any row of the group is
 * taken, as MySQL does. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"
#include "sql/names.h"

bool expr_is_aggregate(const struct expr *expr)
{
    static const char *const names[] = {
        "count",       "sum",      "avg",     "min",      "max",           "group_concat",
        "bit_and",     "bit_or",   "bit_xor", "std",      "stddev",        "stddev_pop",
        "stddev_samp", "variance", "var_pop", "var_samp", "json_arrayagg", "json_objectagg",
        "any_value"
    };
    for (size_t i = 0; expr->kind == EXPR_FUNCTION && i < ARRAY_COUNT(names); i++)
        if (strcasecmp(names[i], expr->name) == 0)
            return expr->over == NULL;
    return false;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && sql_name_equal(a, b));
}

/* A name with its table is the same as without. */
static bool same_column(const struct expr *a, const struct expr *b)
{
    bool same_table = a->table == NULL || b->table == NULL || strcmp(a->table, b->table) == 0;
    return same_table && same_text(a->name, b->name);
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind != b->kind || a->op != b->op || a->negated != b->negated ||
        a->distinct != b->distinct || a->unit != b->unit || a->count != b->count ||
        a->number != b->number)
        return false;
    if (a->select != NULL || b->select != NULL || a->over != NULL || b->over != NULL ||
        a->cast != NULL || b->cast != NULL || a->order != NULL || b->order != NULL)
        return a == b;
    if (a->kind == EXPR_COLUMN)
        return same_column(a, b);
    if (!same_text(a->name, b->name) || !bytes_equal(a->text, b->text))
        return false;
    const struct expr *x = a->args, *y = b->args;
    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (!expr_equal(x, y))
            return false;
    return x == y;
}

struct grouping {
    struct compiler *c;
    const struct select *select;
    const char *missing; /* the column that is not grouped */
};

/* What stands in GROUP BY: an item's place or alias is the item. */
static const struct expr *grouped(const struct grouping *g, const struct expr *e)
{
    uint64_t place = 1;
    for (const struct select_item *i = g->select->items; i != NULL; i = i->next, place++) {
        if (e->kind == EXPR_INTEGER && e->number == place)
            return i->expr;
        if (e->kind == EXPR_COLUMN && e->table == NULL && i->alias != NULL &&
            sql_name_equal(i->alias, e->name))
            return i->expr->kind == EXPR_COLUMN || i->expr->kind == EXPR_FUNCTION ||
                           i->expr->kind == EXPR_OPERATOR
                       ? i->expr
                       : e;
    }
    return e;
}

static bool is_grouped_column(const struct grouping *g, const struct relation *relation,
                              unsigned column)
{
    for (const struct expr *e = g->select->group; e != NULL; e = e->next) {
        const struct expr *by = grouped(g, e);
        struct relation *other = NULL;
        unsigned at = 0;
        const struct expr *forms[] = { by, e };
        for (unsigned i = 0; i < ARRAY_COUNT(forms); i++)
            if (forms[i]->kind == EXPR_COLUMN && scope_resolve(g->c, forms[i], &other, &at) &&
                other == relation && at == column)
                return true;
    }
    return false;
}

/* All columns of a key that names a row are grouped: then the others depend on them. */
static bool depends_on_key(const struct grouping *g, const struct relation *relation)
{
    if (relation->table == NULL || relation->table->key == NULL || g->select->group == NULL ||
        g->select->rollup)
        return false;
    for (unsigned i = 0; i < relation->table->key_count; i++)
        if (!is_grouped_column(g, relation, relation->table->key[i]))
            return false;
    return true;
}

static bool is_determined(struct grouping *g, const struct expr *e);

static bool is_determined_column(struct grouping *g, const struct expr *e)
{
    struct relation *relation = NULL;
    unsigned column;
    if (!scope_resolve(g->c, e, &relation, &column) || relation == NULL)
        return true; /* an alias, or of an outer SELECT */
    if (is_grouped_column(g, relation, column) || depends_on_key(g, relation))
        return true;
    g->missing = e->name;
    return false;
}

static bool is_determined(struct grouping *g, const struct expr *e)
{
    for (const struct expr *by = g->select->group; by != NULL; by = by->next)
        if (expr_equal(grouped(g, by), e))
            return true;
    if (expr_is_aggregate(e))
        return true;
    if (e->kind == EXPR_COLUMN)
        return is_determined_column(g, e);
    if (e->kind == EXPR_STAR) {
        g->missing = "*";
        return false;
    }
    for (const struct expr *arg = e->args; arg != NULL; arg = arg->next)
        if (!is_determined(g, arg))
            return false;
    return true;
}

static bool is_star_determined(struct grouping *g)
{
    for (const struct relation *r = g->c->relations; r != NULL; r = r->next)
        for (unsigned i = 0; i < relation_columns(r); i++)
            if (!is_grouped_column(g, r, i) && !depends_on_key(g, r))
                return false;
    return true;
}

static bool not_grouped(struct grouping *g, const char *clause, unsigned place)
{
    if (g->select->group == NULL)
        return compile_fail(g->c, PROBLEM_WITHOUT_GROUP,
                            "In aggregated query without GROUP BY, expression #%u of %s contains "
                            "nonaggregated column '%s'",
                            place, clause, g->missing);
    return compile_fail(g->c, PROBLEM_GROUP_BY,
                        "Expression #%u of %s is not in GROUP BY clause and contains "
                        "nonaggregated column '%s'",
                        place, clause, g->missing);
}

bool check_grouping(struct compiler *c, const struct select *select, const struct output *out)
{
    struct grouping g = { c, select, "" };
    unsigned place = 0;
    (void)out;
    if (!c->has_aggregate && select->group == NULL)
        return true;
    if ((c->session->sql_mode & SQL_MODE_ONLY_FULL_GROUP_BY) == 0 && !select->rollup)
        return true;
    for (const struct select_item *i = select->items; i != NULL; i = i->next) {
        bool ok = i->expr->kind == EXPR_STAR ? is_star_determined(&g) : is_determined(&g, i->expr);
        place++;
        if (!ok && !c->failed)
            return not_grouped(&g, "SELECT list", place);
    }
    place = 0;
    for (const struct order_item *o = select->order; o != NULL && select->next == NULL;
         o = o->next) {
        place++;
        if (o->expr->kind != EXPR_INTEGER && !is_determined(&g, grouped(&g, o->expr)) && !c->failed)
            return not_grouped(&g, "ORDER BY clause", place);
    }
    if (select->having != NULL && !is_determined(&g, select->having) && !c->failed)
        return compile_fail(c, PROBLEM_NOT_GROUPED,
                            "Non-grouping field '%s' is used in HAVING clause", g.missing);
    return !c->failed;
}
