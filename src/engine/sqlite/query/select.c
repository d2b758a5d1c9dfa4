/* select.c - SELECT on tables: joins, conditions, GROUP BY, ORDER BY, LIMIT. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"
#include "sql/names.h"

static bool compile_source(struct compiler *c, const struct source *source, bool is_written,
                           bool is_outer, struct buf *sql)
{
    static const char *const words[] = { [JOIN_INNER] = " JOIN ", [JOIN_LEFT] = " LEFT JOIN " };
    const char *on;
    if (source->kind == SOURCE_SELECT)
        return compile_refuse(c, "a derived table");
    if (source->kind == SOURCE_TABLE) {
        struct relation *relation = scope_add_table(c, source, is_written);
        if (relation == NULL)
            return false;
        relation->is_outer = is_outer;
        db_quote_name(sql, relation->table->sqlite_name);
        buf_printf(sql, " AS %s", relation->sql_alias);
        return true;
    }
    if (source->join == JOIN_RIGHT || source->natural || source->using_count > 0)
        return compile_refuse(c, "RIGHT JOIN, NATURAL JOIN and USING");
    if (source->right->kind == SOURCE_JOIN)
        return compile_refuse(c, "a join in parentheses");
    if (!compile_source(c, source->left, is_written, is_outer, sql))
        return false;
    buf_str(sql, words[source->join]);
    if (!compile_source(c, source->right, is_written, is_outer || source->join == JOIN_LEFT, sql))
        return false;
    if (source->on == NULL)
        return true;
    if (!compile_condition(c, source->on, &on))
        return false;
    buf_printf(sql, " ON %s", on);
    return true;
}

bool compile_sources(struct compiler *c, const struct source *source, bool is_written,
                     struct buf *sql)
{
    for (const struct source *s = source; s != NULL; s = s->next) {
        buf_str(sql, s == source ? " FROM " : " CROSS JOIN ");
        if (s != source && s->kind == SOURCE_JOIN)
            return compile_refuse(c, "a join behind a comma");
        if (!compile_source(c, s, is_written, false, sql))
            return false;
    }
    return true;
}

static const struct select_item *item_of(const struct compiler *c, const struct expr *expr)
{
    const struct select_item *item = c->tree->select != NULL ? c->tree->select->items : NULL;
    uint64_t place = 1;
    for (; item != NULL; item = item->next, place++) {
        if (expr->kind == EXPR_INTEGER && expr->number == place)
            return item;
        if (expr->kind == EXPR_COLUMN && expr->table == NULL && item->alias != NULL &&
            sql_name_equal(item->alias, expr->name))
            return item;
    }
    return NULL;
}

static bool compile_key(struct compiler *c, const struct expr *expr, struct buf *sql)
{
    struct typed typed;
    const char *key;
    const struct select_item *item = item_of(c, expr);
    if (item == NULL && expr->kind == EXPR_INTEGER)
        return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%llu' in 'order clause'",
                            (unsigned long long)expr->number);
    if (!compile_expr(c, item != NULL ? item->expr : expr, &typed) || !sort_key(c, &typed, &key))
        return false;
    buf_str(sql, key);
    return true;
}

static bool limit_number(struct compiler *c, const struct expr *expr, uint64_t *out)
{
    *out = expr->number;
    if (expr->kind == EXPR_INTEGER)
        return true;
    if (c->values == NULL) {
        *out = 0;
        return true;
    }
    const struct value *value = &c->values[expr->number];
    if ((value->kind != VALUE_INT && value->kind != VALUE_UINT) ||
        (value->kind == VALUE_INT && value->i < 0))
        return compile_fail(c, PROBLEM_SYNTAX, "LIMIT takes a number that is not negative");
    *out = value->u;
    return true;
}

static bool compile_limit(struct compiler *c, const struct limit *limit, struct buf *sql)
{
    uint64_t count = 0, offset = 0;
    if (limit->count == NULL)
        return true;
    if (!limit_number(c, limit->count, &count) ||
        (limit->offset != NULL && !limit_number(c, limit->offset, &offset)))
        return false;
    if (count > INT64_MAX)
        count = INT64_MAX;
    if (offset > INT64_MAX)
        offset = INT64_MAX;
    buf_printf(sql, " LIMIT %llu OFFSET %llu", (unsigned long long)count,
               (unsigned long long)offset);
    return true;
}

bool compile_order_and_limit(struct compiler *c, const struct order_item *order,
                             const struct limit *limit, struct buf *sql)
{
    for (const struct order_item *o = order; o != NULL; o = o->next) {
        buf_str(sql, o == order ? " ORDER BY " : ",");
        if (!compile_key(c, o->expr, sql))
            return false;
        buf_str(sql, o->descending ? " DESC" : "");
    }
    return compile_limit(c, limit, sql);
}

struct output {
    struct typed *types; /* in the arena, doubled where it is full */
    const struct select_item **items;
    unsigned count, room;
};

static void make_room(struct compiler *c, struct output *out)
{
    struct output wider = { .count = out->count, .room = out->room > 0 ? 2 * out->room : 16 };
    wider.types = arena_alloc_raw(c->arena, wider.room * sizeof *wider.types);
    wider.items = arena_alloc_raw(c->arena, wider.room * sizeof *wider.items);
    if (out->count > 0) {
        memcpy(wider.types, out->types, out->count * sizeof *out->types);
        memcpy(wider.items, out->items, out->count * sizeof *out->items);
    }
    *out = wider;
}

static bool add_output(struct compiler *c, struct output *out, const struct select_item *item,
                       const struct typed *typed)
{
    if (out->count == 2000)
        return compile_refuse(c, "more than 2,000 columns in a result");
    if (out->count == out->room)
        make_room(c, out);
    out->types[out->count] = *typed;
    out->items[out->count++] = item;
    return true;
}

static bool add_star(struct compiler *c, struct output *out, const struct select_item *item)
{
    unsigned before = out->count;
    const char *table = item->expr->table;
    for (const struct relation *r = c->relations; r != NULL; r = r->next) {
        if (table != NULL && strcmp(table, r->name) != 0)
            continue;
        for (unsigned i = 0; i < r->table->def->column_count; i++) {
            struct typed typed;
            column_typed(c, r, i, &typed);
            if (!typed.column->invisible && !add_output(c, out, NULL, &typed))
                return false;
        }
    }
    c->has_plain_column = true;
    if (out->count > before)
        return true;
    return compile_fail(c, PROBLEM_UNKNOWN_TABLE, "Unknown table '%s'",
                        table != NULL ? table : "*");
}

static bool compile_items(struct compiler *c, const struct select *select, struct output *out)
{
    for (const struct select_item *item = select->items; item != NULL; item = item->next) {
        struct typed typed;
        if (item->expr->kind == EXPR_STAR) {
            if (!add_star(c, out, item))
                return false;
            continue;
        }
        if (!compile_expr(c, item->expr, &typed) || !add_output(c, out, item, &typed))
            return false;
    }
    return true;
}

static bool compile_grouping(struct compiler *c, const struct select *select, struct buf *sql)
{
    const char *having;
    for (const struct expr *e = select->group; e != NULL; e = e->next) {
        buf_str(sql, e == select->group ? " GROUP BY " : ",");
        if (!compile_key(c, e, sql))
            return false;
    }
    if (select->having == NULL)
        return true;
    if (!compile_condition(c, select->having, &having))
        return false;
    buf_printf(sql, " HAVING %s", having);
    return true;
}

/* Grouped columns must stand in GROUP BY as they are: what else MySQL accepts (columns that depend
 * on them) is refused, and so is picking any row of a group. */
static bool check_grouping(struct compiler *c, const struct select *select,
                           const struct output *out)
{
    if (!c->has_aggregate && select->group == NULL)
        return true;
    for (unsigned i = 0; i < out->count; i++) {
        const struct select_item *item = out->items[i];
        bool is_grouped =
            item != NULL && (out->types[i].is_constant || item->expr->kind == EXPR_FUNCTION);
        for (const struct expr *e = select->group; e != NULL && !is_grouped; e = e->next)
            is_grouped =
                (item != NULL && item_of(c, e) == item) ||
                (e->kind == EXPR_COLUMN && item != NULL && item->expr->kind == EXPR_COLUMN &&
                 sql_name_equal(e->name, item->expr->name));
        if (!is_grouped)
            return compile_fail(c, PROBLEM_GROUP_BY,
                                "Expression #%u of SELECT list is not in GROUP BY clause", i + 1);
    }
    return select->having == NULL || compile_refuse(c, "HAVING");
}

static bool check_supported(struct compiler *c, const struct select *select)
{
    const char *what = select->next != NULL                        ? "UNION, EXCEPT and INTERSECT"
                       : select->inner != NULL                     ? "a SELECT in parentheses"
                       : select->ctes != NULL                      ? "WITH"
                       : select->windows != NULL                   ? "WINDOW"
                       : select->rollup                            ? "WITH ROLLUP"
                       : select->into_count > 0                    ? "SELECT … INTO"
                       : select->calc_found_rows                   ? "SQL_CALC_FOUND_ROWS"
                       : select->distinct && select->group != NULL ? "DISTINCT with GROUP BY"
                                                                   : NULL;
    return what == NULL || compile_refuse(c, what);
}

static void keep_output(struct compiler *c, const struct output *out)
{
    struct query *q = c->query;
    struct query_column *columns = arena_alloc(c->arena, (out->count + 1) * sizeof *columns);
    q->types = arena_alloc(c->arena, (out->count + 1) * sizeof *q->types);
    if (out->count > 0)
        memcpy(q->types, out->types, out->count * sizeof *q->types);
    for (unsigned i = 0; i < out->count; i++)
        describe_column(&q->types[i], out->items[i], &columns[i]);
    q->description.columns = columns;
    q->description.column_count = out->count;
}

/* SELECT DISTINCT is sorted by what it shows: other rows may be gone. */
static bool check_distinct(struct compiler *c, const struct select *select)
{
    for (const struct order_item *o = select->order; select->distinct && o != NULL; o = o->next) {
        bool is_shown = item_of(c, o->expr) != NULL;
        for (const struct select_item *i = select->items; i != NULL && !is_shown; i = i->next)
            is_shown = i->expr->kind == EXPR_COLUMN && o->expr->kind == EXPR_COLUMN &&
                       sql_name_equal(i->expr->name, o->expr->name);
        if (!is_shown)
            return compile_refuse(c, "DISTINCT sorted by what it does not show");
    }
    return true;
}

static bool write_items(struct compiler *c, const struct select *select, const struct output *out,
                        struct buf *sql)
{
    buf_str(sql, select->distinct ? "SELECT DISTINCT " : "SELECT ");
    for (unsigned i = 0; i < out->count; i++) {
        const struct typed *t = &out->types[i];
        const char *text = t->is_constant ? compile_bound(c, NULL, &t->value) : t->sql;
        bool by_collation = select->distinct && t->rep == REP_TEXT && !t->is_constant &&
                            (t->column == NULL || t->column->type != SQL_ENUM);
        if (by_collation && !sort_key(c, t, &text))
            return false;
        buf_printf(sql, "%s%s", i > 0 ? "," : "", text);
    }
    return true;
}

static bool compile_from(struct compiler *c, const struct select *select, struct output *out,
                         struct buf *sql)
{
    AUTO_BUF tail = db_sql();
    const char *where = NULL;
    if (select->from != NULL && !compile_sources(c, select->from, false, &tail))
        return false;
    if (select->where != NULL && !compile_condition(c, select->where, &where))
        return false;
    if (c->has_aggregate)
        return compile_fail(c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
    if (where != NULL)
        buf_printf(&tail, " WHERE %s", where);
    if (!compile_items(c, select, out) || !check_grouping(c, select, out) ||
        !compile_grouping(c, select, &tail) ||
        !compile_order_and_limit(c, select->order, &select->limit, &tail))
        return false;
    if (!check_distinct(c, select) || !write_items(c, select, out, sql))
        return false;
    buf_append(sql, tail.data, tail.len);
    return !c->failed;
}

bool compile_select(struct compiler *c)
{
    const struct select *select = c->tree->select;
    struct output out = { 0 };
    AUTO_BUF sql = db_sql();
    if (!check_supported(c, select) || !compile_from(c, select, &out, &sql))
        return false;
    keep_output(c, &out);
    c->query->description.locks = select->locks;
    return c->is_describing || query_prepare_sql(c, &sql, &c->query->stmt);
}
