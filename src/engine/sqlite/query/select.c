/* select.c - one SELECT: what it gives, conditions, GROUP BY, ORDER BY, LIMIT. */
// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include "binlog/temporal.h"
#include "engine/sqlite/query/call.h"
#include "sql/names.h"

static const struct select_item *item_of(const struct compiler *c, const struct expr *expr)
{
    const struct select_item *item = c->select != NULL ? c->select->items : NULL;
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

/* ORDER BY looks for an alias first, GROUP BY for a column. */
static bool item_for(struct compiler *c, const struct expr *expr, bool is_group,
                     const struct select_item **item)
{
    struct relation *relation = NULL;
    unsigned column;
    *item = item_of(c, expr);
    if (*item != NULL && is_group && expr->kind == EXPR_COLUMN) {
        if (!scope_resolve(c, expr, &relation, &column))
            return false;
        if (relation != NULL)
            *item = NULL;
    }
    if (*item != NULL && (*item)->expr->kind == EXPR_STAR)
        return compile_refuse(c, "a place of * in ORDER BY or GROUP BY");
    if (*item == NULL && expr->kind == EXPR_INTEGER)
        return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%llu' in '%s clause'",
                            (unsigned long long)expr->number, is_group ? "group" : "order");
    return true;
}

static bool compile_key(struct compiler *c, const struct expr *expr, bool is_group, struct buf *sql)
{
    struct typed typed;
    const char *key;
    const struct select_item *item;
    if (!item_for(c, expr, is_group, &item))
        return false;
    bool knew = c->knows_aliases;
    c->knows_aliases = knew || (item == NULL && !is_group && expr->kind != EXPR_COLUMN);
    bool ok =
        compile_expr(c, item != NULL ? item->expr : expr, &typed) && sort_key(c, &typed, &key);
    c->knows_aliases = knew;
    if (ok)
        buf_str(sql, key);
    return ok;
}

/* What a whole SELECT gives is sorted by its places and names alone. */
static bool compile_place(struct compiler *c, const struct expr *expr, struct buf *sql)
{
    struct typed typed;
    const char *key;
    const struct relation *whole = c->relations;
    if (expr->kind == EXPR_INTEGER) {
        if (expr->number == 0 || expr->number > whole->output->count)
            return compile_fail(c, PROBLEM_UNKNOWN_COLUMN,
                                "Unknown column '%llu' in 'order clause'",
                                (unsigned long long)expr->number);
        column_typed(c, whole, (unsigned)expr->number - 1, &typed);
    } else if (!compile_expr(c, expr, &typed)) {
        return false;
    }
    if (!sort_key(c, &typed, &key))
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
    uint64_t count = INT64_MAX, offset = 0;
    bool is_counted = c->select != NULL && c->select->calc_found_rows;
    if (limit->count == NULL && !is_counted)
        return true;
    if ((limit->count != NULL && !limit_number(c, limit->count, &count)) ||
        (limit->offset != NULL && !limit_number(c, limit->offset, &offset)))
        return false;
    if (count > INT64_MAX)
        count = INT64_MAX;
    if (offset > INT64_MAX)
        offset = INT64_MAX;
    if (is_counted) {
        c->query->found = (struct found_rows){ .is_asked = true, .skipped = offset, .most = count };
        return true;
    }
    buf_printf(sql, " LIMIT %llu OFFSET %llu", (unsigned long long)count,
               (unsigned long long)offset);
    return true;
}

bool compile_order_and_limit(struct compiler *c, const struct order_item *order,
                             const struct limit *limit, struct buf *sql)
{
    for (const struct order_item *o = order; o != NULL; o = o->next) {
        buf_str(sql, o == order ? " ORDER BY " : ",");
        bool ok = c->select == NULL && c->relations != NULL && c->relations->output != NULL
                      ? compile_place(c, o->expr, sql)
                      : compile_key(c, o->expr, false, sql);
        if (!ok)
            return false;
        buf_str(sql, o->descending ? " DESC" : "");
    }
    return compile_limit(c, limit, sql);
}

static void make_room(struct compiler *c, struct output *out)
{
    struct output wider = { .count = out->count, .room = out->room > 0 ? 2 * out->room : 16 };
    wider.types = arena_alloc_raw(c->arena, wider.room * sizeof *wider.types);
    wider.names = arena_alloc_raw(c->arena, wider.room * sizeof *wider.names);
    wider.items = arena_alloc_raw(c->arena, wider.room * sizeof *wider.items);
    if (out->count > 0) {
        memcpy(wider.types, out->types, out->count * sizeof *out->types);
        memcpy(wider.names, out->names, out->count * sizeof *out->names);
        memcpy(wider.items, out->items, out->count * sizeof *out->items);
    }
    *out = wider;
}

bool output_add(struct compiler *c, struct output *out, const struct typed *typed, const char *name,
                const struct select_item *item)
{
    if (out->count == 2000)
        return compile_refuse(c, "more than 2,000 columns in a result");
    if (out->count == out->room)
        make_room(c, out);
    out->types[out->count] = *typed;
    out->names[out->count] = name;
    out->items[out->count++] = item;
    return true;
}

bool output_wrap(struct compiler *c, struct output *out, fit_fn *fit, void *arg, struct buf *sql)
{
    AUTO_BUF body = db_sql();
    AUTO_BUF items = db_sql();
    unsigned name = ++c->relation_count;
    bool is_changed = false;
    for (unsigned i = 0; i < out->count; i++) {
        struct typed *t = &out->types[i];
        const char *before = t->sql = arena_printf(c->arena, "r%u.c%u", name, i + 1);
        t->engine_table = NULL;
        if (!fit(c, i, t, arg))
            return false;
        is_changed = is_changed || t->sql != before;
        buf_printf(&items, "%s%s AS c%u", i > 0 ? "," : "", t->sql, i + 1);
    }
    if (!is_changed)
        return true;
    buf_append(&body, sql->data, sql->len);
    buf_reset(sql);
    buf_printf(sql, "SELECT %s FROM (", buf_cstr(&items));
    buf_append(sql, body.data, body.len);
    buf_printf(sql, ") AS r%u", name);
    return (!body.failed && !items.failed) || compile_refuse(c, "a statement as long as this");
}

static unsigned merged_as(const struct relation *relation, unsigned column, bool is_named)
{
    return relation->merged != NULL && !is_named ? relation->merged[column] : MERGED_NOT;
}

/* The columns that USING number `merged` gives, or those of no USING. */
static bool add_star_columns(struct compiler *c, struct output *out, const char *table,
                             unsigned merged)
{
    for (const struct relation *r = c->relations; r != NULL; r = r->next) {
        if (table != NULL && strcmp(table, r->name) != 0)
            continue;
        for (unsigned i = 0; i < relation_columns(r); i++) {
            struct typed typed;
            if (merged_as(r, i, table != NULL) != merged)
                continue;
            column_typed(c, r, i, &typed);
            bool is_shown = r->table == NULL || !r->table->def->columns[i].invisible;
            if (is_shown && !output_add(c, out, &typed, relation_column_name(r, i), NULL))
                return false;
        }
    }
    return true;
}

/* What USING merged comes first, that of the last join before that of those in it. */
static bool add_star(struct compiler *c, struct output *out, const struct select_item *item)
{
    unsigned before = out->count;
    const char *table = item->expr->table;
    for (unsigned merged = c->merge_count; merged > 0 && table == NULL; merged--)
        if (!add_star_columns(c, out, table, merged))
            return false;
    if (!add_star_columns(c, out, table, MERGED_NOT))
        return false;
    c->has_plain_column = true;
    if (out->count > before)
        return true;
    return compile_fail(c, PROBLEM_UNKNOWN_TABLE, "Unknown table '%s'",
                        table != NULL ? table : "*");
}

/* MySQL's information_schema calls its columns as they are called there, whatever is asked for. */
static const char *schema_name(struct compiler *c, const struct expr *name)
{
    struct relation *relation = NULL; /* it stays so where the name is an outer column's */
    unsigned column = 0;
    bool is_schema = c->connection->engine->flavour == FLAVOUR_MYSQL &&
                     scope_resolve(c, name, &relation, &column) && relation != NULL &&
                     relation->is_schema;
    return is_schema ? relation_column_name(relation, column) : name->name;
}

static const char *item_name(struct compiler *c, const struct select_item *item)
{
    if (item->alias != NULL)
        return item->alias;
    return item->expr->kind == EXPR_COLUMN ? schema_name(c, item->expr) : item->text;
}

bool compile_items(struct compiler *c, const struct select *select, struct output *out)
{
    for (const struct select_item *item = select->items; item != NULL; item = item->next) {
        struct typed typed;
        if (item->expr->kind == EXPR_STAR) {
            if (!add_star(c, out, item))
                return false;
            continue;
        }
        if (!compile_expr(c, item->expr, &typed) ||
            !output_add(c, out, &typed, item_name(c, item), item))
            return false;
    }
    return true;
}

static bool compile_grouping(struct compiler *c, const struct select *select, struct buf *sql)
{
    const char *having;
    unsigned place = 0, most = c->rollup != NULL ? c->rollup->level : UINT_MAX;
    if (c->rollup != NULL && most == 0 && c->connection->engine->flavour == FLAVOUR_MARIADB)
        buf_str(sql, " GROUP BY NULL");
    for (const struct expr *e = select->group; e != NULL && place < most; e = e->next, place++) {
        buf_str(sql, e == select->group ? " GROUP BY " : ",");
        if (!compile_key(c, e, true, sql))
            return false;
    }
    if (select->having == NULL)
        return true;
    c->knows_aliases = true;
    c->is_rolling = c->rollup != NULL;
    bool ok = compile_condition(c, select->having, &having);
    c->knows_aliases = c->is_rolling = false;
    if (!ok)
        return false;
    /* without groups and aggregates it is a condition on rows */
    if (select->group == NULL && !c->has_aggregate)
        return compile_refuse(c, "HAVING without GROUP BY");
    buf_printf(sql, " HAVING %s", having);
    return true;
}

static bool check_supported(struct compiler *c, const struct select *select, enum block block)
{
    bool is_inside = select->calc_found_rows && (block != BLOCK_WHOLE || select->into_count > 0);
    return !is_inside || compile_refuse(c, "SQL_CALC_FOUND_ROWS inside of a larger statement");
}

/* SELECT DISTINCT is sorted by what it shows: other rows may be gone. Without ONLY_FULL_GROUP_BY
 * it goes by any of those that are alike. */
static bool check_distinct(struct compiler *c, const struct select *select)
{
    if ((c->session->sql_mode & SQL_MODE_ONLY_FULL_GROUP_BY) == 0)
        return true;
    for (const struct order_item *o = select->order; select->distinct && o != NULL; o = o->next) {
        bool is_shown = item_of(c, o->expr) != NULL;
        for (const struct select_item *i = select->items; i != NULL && !is_shown; i = i->next)
            is_shown = expr_equal(i->expr, o->expr);
        if (!is_shown)
            return compile_refuse(
                c, "DISTINCT sorted by what it does not show, with ONLY_FULL_GROUP_BY");
    }
    return true;
}

/* A constant as a value of SQLite's, in its form. */
static bool constant_sql(struct compiler *c, struct typed *t, const char **sql)
{
    char text[TEMPORAL_TEXT_MAX];
    struct value value = t->value;
    size_t len = 0;
    bool is_plain = value.kind == VALUE_NULL || value.kind == VALUE_INT ||
                    value.kind == VALUE_UINT || value.kind == VALUE_DOUBLE ||
                    value.kind == VALUE_FLOAT || value.kind == VALUE_TEXT ||
                    value.kind == VALUE_BLOB;
    if (value.kind == VALUE_DATE)
        len = temporal_date_text(&value.time, text);
    else if (value.kind == VALUE_DATETIME)
        len = temporal_datetime_text(&value.time, t->scale, text);
    else if (!is_plain)
        return compile_refuse(c, "a constant of this type inside of a larger statement");
    if (value.kind == VALUE_UINT && value.u > INT64_MAX)
        value = (struct value){ .kind = VALUE_TEXT,
                                .bytes = bytes_of_str(
                                    arena_printf(c->arena, "%llu", (unsigned long long)value.u)) };
    if (len > 0)
        value = (struct value){ .kind = VALUE_TEXT,
                                .bytes = bytes_of_str(arena_strn(c->arena, text, len)) };
    *sql = compile_bound(c, NULL, &value);
    t->is_constant = false;
    return true;
}

/* Texts are the same or not by their collation. */
static bool distinct_text(struct compiler *c, const struct typed *t, const char **sql)
{
    bool is_label =
        t->column != NULL && (t->column->type == SQL_ENUM || t->column->type == SQL_SET);
    if (t->column != NULL && t->column->type == SQL_JSON)
        return compile_refuse(c, "DISTINCT and UNION of JSON");
    if (t->rep != REP_TEXT || is_label)
        return true;
    const char *name = collate_name(c->arena, t->collation);
    if (name == NULL)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED, "comparing texts by %s: not supported here",
                            t->collation);
    *sql = arena_printf(c->arena, "%s COLLATE %s", *sql, name);
    return true;
}

static bool write_items(struct compiler *c, const struct select *select, enum block block,
                        struct output *out, struct buf *sql)
{
    bool is_step = c->stepping != NULL && c->stepping->cte->select->next == select;
    buf_str(sql, select->distinct ? "SELECT DISTINCT " : "SELECT ");
    for (unsigned i = 0; i < out->count; i++) {
        struct typed *t = &out->types[i];
        const char *text = t->sql;
        if (select->distinct)
            bit_as_number(c, t);
        if (t->is_constant && block == BLOCK_WHOLE)
            text = compile_bound(c, NULL, &t->value);
        else if (t->is_constant && !constant_sql(c, t, &text))
            return false;
        else if ((select->distinct || block == BLOCK_MEMBER) && !distinct_text(c, t, &text))
            return false;
        if (is_step && !recursive_item(c, i, t, &text))
            return false;
        buf_printf(sql, "%s%s", i > 0 ? "," : "", text);
        if (block != BLOCK_WHOLE)
            buf_printf(sql, " AS c%u", i + 1);
    }
    if (c->rollup != NULL && !rollup_write_keys(c, sql))
        return false;
    return !is_step || recursive_step(c, sql);
}

bool compile_block(struct compiler *c, const struct select *select, enum block block,
                   struct output *out, struct buf *sql)
{
    AUTO_BUF tail = db_sql();
    const char *where = NULL;
    if (select->rollup && c->rollup == NULL)
        return compile_rollup(c, select, out, sql);
    c->select = select;
    if (!check_supported(c, select, block) ||
        (select->from != NULL && !compile_sources(c, select->from, false, &tail)) ||
        (select->where != NULL && !compile_condition(c, select->where, &where)))
        return false;
    if (c->has_aggregate)
        return compile_fail(c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
    if (where != NULL)
        buf_printf(&tail, " WHERE %s", where);
    c->is_rolling = c->rollup != NULL;
    bool ok = compile_items(c, select, out);
    c->is_rolling = false;
    if (!ok || !compile_grouping(c, select, &tail))
        return false;
    bool is_alone = select->next == NULL && select->operation == SET_NONE && c->rollup == NULL;
    if (is_alone && !compile_order_and_limit(c, select->order, &select->limit, &tail))
        return false;
    if (!check_grouping(c, select, out) || !check_distinct(c, select) ||
        !write_items(c, select, block, out, sql))
        return false;
    buf_append(sql, tail.data, tail.len);
    return !c->failed;
}
