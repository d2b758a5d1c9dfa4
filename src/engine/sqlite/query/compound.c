/* compound.c - all of a SELECT: WITH, set operations, and what stands behind them.
 *
 * Columns of a union that are of several types become what all of them can be, as in CASE.
 * INTERSECT binds tighter than UNION and EXCEPT; SQLite goes from left to right, so runs of it
 * become members of their own. ORDER BY and LIMIT of the whole are those of a SELECT around it. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "engine/sqlite/query/call.h"
#include "sql/names.h"

/* ---- one type of two ---- */

static bool is_same_storage(const struct typed *a, const struct typed *b)
{
    return a->column != NULL && b->column != NULL && a->column->type == b->column->type &&
           a->column->precision == b->column->precision && a->column->scale == b->column->scale &&
           a->column->length == b->column->length && a->storage->form == b->storage->form &&
           a->column->label_count == b->column->label_count &&
           a->column->is_unsigned == b->column->is_unsigned &&
           a->column->zerofill == b->column->zerofill;
}

static bool same_labels(const struct typed *a, const struct typed *b)
{
    for (unsigned i = 0; i < a->column->label_count; i++)
        if (strcmp(a->column->labels[i], b->column->labels[i]) != 0)
            return false;
    return true;
}

/* Values that both keep in the same form, of a type that is more than this form says. */
static bool is_same(const struct typed *a, const struct typed *b)
{
    if (!is_same_storage(a, b) || !same_labels(a, b))
        return false;
    return a->rep != REP_TEXT || strcasecmp(a->collation, b->collation) == 0;
}

static bool is_number(const struct typed *t)
{
    return t->rep == REP_INT || t->rep == REP_DECIMAL || t->rep == REP_REAL;
}

/* A FLOAT as a text has as many digits as the column has room for; bytes that are written there are
 * a text of the other's charset. */
static bool can_merge(const struct typed *a, const struct typed *b)
{
    bool is_other = is_shown_otherwise(a) || (a->is_single && !is_number(b));
    bool is_literal = a->rep == REP_BYTES && a->column == NULL && b->rep != REP_BYTES;
    return !is_other && !is_literal;
}

/* a becomes what both are. */
static bool merge_type(struct compiler *c, struct typed *a, const struct typed *b)
{
    bool is_nullable = a->is_nullable || b->is_nullable;
    const struct typed *left = is_null(a) ? b : a;
    if (is_null(a) || is_null(b)) {
        if (left->column != NULL && left->column->zerofill)
            return compile_refuse(c, "UNION, EXCEPT and INTERSECT of ZEROFILL and NULL");
        *a = *left;
    } else if (!is_same(a, b)) {
        if (!can_merge(a, b) || !can_merge(b, a))
            return compile_refuse(c, "UNION, EXCEPT and INTERSECT of columns of these types");
        if (!merge_types(c, a, b, a))
            return false;
        a->storage = NULL;
    }
    a->is_nullable = is_nullable;
    return true;
}

/* ---- members ---- */

struct member {
    const struct select *select;
    struct output out;
    struct buf sql;
};

static bool compile_member(struct compiler *c, struct member *member)
{
    struct scope saved;
    const struct select *select = member->select;
    scope_enter(c, &saved);
    c->outer = saved.outer;
    if (select->inner != NULL)
        buf_str(&member->sql, "SELECT * FROM (");
    bool ok = select->inner != NULL
                  ? compile_query(c, select->inner, &member->out, &member->sql)
                  : compile_block(c, select, BLOCK_MEMBER, &member->out, &member->sql);
    if (select->inner != NULL)
        buf_str(&member->sql, ")");
    scope_leave(c, &saved);
    return ok;
}

static bool merge_members(struct compiler *c, const struct member *members, unsigned count,
                          struct output *out)
{
    *out = members[0].out;
    out->types = arena_alloc(c->arena, (out->count + 1) * sizeof *out->types);
    if (out->count > 0)
        memcpy(out->types, members[0].out.types, out->count * sizeof *out->types);
    for (unsigned m = 1; m < count; m++) {
        if (out->count != members[m].out.count)
            return compile_fail(c, PROBLEM_COLUMNS_NUMBER,
                                "The used SELECT statements have a different number of columns");
        for (unsigned i = 0; i < out->count; i++)
            if (!merge_type(c, &out->types[i], &members[m].out.types[i]))
                return false;
    }
    return true;
}

/* A column of a member as the type of all; texts are the same by that type's collation. */
static bool fit_member(struct compiler *c, unsigned column, struct typed *t, void *arg)
{
    const struct output *out = arg;
    const struct typed *type = &out->types[column];
    const char *before = t->sql, *collate;
    bool is_kept = type->column != NULL && t->column != NULL;
    bool is_text = type->rep == REP_TEXT && !is_kept;
    bool is_other =
        is_text && (t->rep != REP_TEXT || strcasecmp(t->collation, type->collation) != 0);
    if (is_kept || is_null(t))
        return true;
    if (!convert_to(c, t, type, t))
        return false;
    t->sql = plain_sql(c, t);
    if (!is_text || (t->sql == before && !is_other))
        return !c->failed;
    collate = collate_name(c->arena, type->collation);
    if (collate == NULL)
        return compile_fail(c, PROBLEM_NOT_SUPPORTED, "comparing texts by %s: not supported here",
                            type->collation);
    t->sql = arena_printf(c->arena, "%s COLLATE %s", t->sql, collate);
    return true;
}

/* INTERSECT binds tighter: a run of it is a member of its own. */
static void write_members(const struct member *members, unsigned count, struct buf *sql)
{
    static const char *const words[] = { [SET_NONE] = "",
                                         [SET_UNION] = " UNION ",
                                         [SET_UNION_ALL] = " UNION ALL ",
                                         [SET_EXCEPT] = " EXCEPT ",
                                         [SET_INTERSECT] = " INTERSECT " };
    for (unsigned m = 0; m < count; m++) {
        bool is_in_run = members[m].select->operation == SET_INTERSECT;
        bool begins_run =
            !is_in_run && m + 1 < count && members[m + 1].select->operation == SET_INTERSECT;
        bool ends_run =
            is_in_run && (m + 1 == count || members[m + 1].select->operation != SET_INTERSECT);
        buf_str(sql, words[members[m].select->operation]);
        buf_str(sql, begins_run ? "SELECT * FROM (" : "");
        buf_append(sql, members[m].sql.data, members[m].sql.len);
        buf_str(sql, ends_run ? ")" : "");
        sql->failed = sql->failed || members[m].sql.failed;
    }
}

static bool compile_terms(struct compiler *c, const struct select *select, struct output *out,
                          struct buf *sql)
{
    unsigned count = 0, m = 0;
    for (const struct select *s = select; s != NULL; s = s->next)
        count++;
    struct member *members = memory_new(count * sizeof *members);
    bool ok = true;
    for (; m < count; m++, select = select->next) {
        members[m] = (struct member){ .select = select, .sql = db_sql() };
        ok = ok && compile_member(c, &members[m]);
    }
    ok = ok && merge_members(c, members, count, out);
    for (m = 0; m < count && ok; m++)
        ok = output_wrap(c, &members[m].out, fit_member, out, &members[m].sql);
    if (ok)
        write_members(members, count, sql);
    for (m = 0; m < count; m++)
        buf_clear(&members[m].sql);
    free(members);
    return ok;
}

/* The rows of the whole are those of a member: dates that one has may not be another's NULLs. */
static bool compile_compound(struct compiler *c, const struct select *select, struct output *out,
                             struct buf *sql)
{
    AUTO_BUF body = db_sql();
    if (!compile_terms(c, select, out, &body))
        return false;
    if (select->order == NULL && select->limit.count == NULL) {
        buf_append(sql, body.data, body.len);
        return true;
    }
    struct output *whole = arena_alloc(c->arena, sizeof *whole);
    *whole = *out;
    struct relation *relation = scope_add_output(c, "", whole);
    if (relation == NULL)
        return false;
    c->select = NULL;
    buf_str(sql, "SELECT ");
    for (unsigned i = 0; i < out->count; i++)
        buf_printf(sql, "%s%s.c%u AS c%u", i > 0 ? "," : "", relation->sql_alias, i + 1, i + 1);
    buf_str(sql, " FROM (");
    buf_append(sql, body.data, body.len);
    buf_printf(sql, ") AS %s", relation->sql_alias);
    return compile_order_and_limit(c, select->order, &select->limit, sql);
}

/* ---- WITH ---- */

static struct with *with_add(struct compiler *c, const struct cte *cte)
{
    struct with *with = arena_alloc(c->arena, sizeof *with);
    with->next = c->with;
    with->cte = cte;
    with->scope = c->outer;
    c->with = with;
    return with;
}

struct with *with_find(struct compiler *c, const char *name)
{
    struct with *with = c->with;
    while (with != NULL && strcmp(with->cte->name, name) != 0)
        with = with->next;
    return with;
}

bool with_name_columns(struct compiler *c, const struct cte *cte, struct output *out)
{
    if (cte->column_name_count > 0 && cte->column_name_count != out->count)
        return compile_fail(c, PROBLEM_COLUMN_LIST,
                            "In definition of view, derived table or common table expression, "
                            "SELECT list and column names list have different column counts");
    for (unsigned i = 0; i < cte->column_name_count; i++)
        out->names[i] = cte->column_names[i];
    return true;
}

/* What stands there stands for its text: each use is compiled anew. */
bool compile_with_name(struct compiler *c, struct with *with, struct output *out, struct buf *sql)
{
    struct scope saved;
    struct with *all = c->with;
    if (with->running != NULL) { /* itself, inside itself */
        *out = *with->running;
        buf_str(sql, with->sql_name);
        return true;
    }
    scope_enter(c, &saved);
    c->outer = with->scope;
    c->with = with->next; /* it knows those in front of it */
    buf_str(sql, "(");
    bool ok = with_is_recursive(with) ? compile_recursive(c, with, out, sql)
                                      : compile_query(c, with->cte->select, out, sql);
    buf_str(sql, ")");
    c->with = all;
    scope_leave(c, &saved);
    return ok && with_name_columns(c, with->cte, out);
}

/* ---- whole ---- */

static bool is_simple(const struct select *select)
{
    return select->inner == NULL && select->next == NULL;
}

static bool compile_any(struct compiler *c, const struct select *select, enum block block,
                        struct output *out, struct buf *sql)
{
    struct with *before = c->with;
    for (struct cte *cte = select->ctes; cte != NULL; cte = cte->next)
        with_add(c, cte)->is_recursive = select->recursive;
    bool ok = is_simple(select) ? compile_block(c, select, block, out, sql)
                                : compile_compound(c, select, out, sql);
    c->with = before;
    return ok && !c->failed;
}

bool compile_query(struct compiler *c, const struct select *select, struct output *out,
                   struct buf *sql)
{
    return compile_any(c, select, BLOCK_NESTED, out, sql);
}

void compile_keep_output(struct compiler *c, const struct output *out)
{
    struct query *q = c->query;
    struct query_column *columns = arena_alloc(c->arena, (out->count + 1) * sizeof *columns);
    q->types = arena_alloc(c->arena, (out->count + 1) * sizeof *q->types);
    if (out->count > 0)
        memcpy(q->types, out->types, out->count * sizeof *q->types);
    for (unsigned i = 0; i < out->count; i++)
        describe_column(&q->types[i], out->names[i], &columns[i]);
    q->description.columns = columns;
    q->description.column_count = out->count;
}

bool compile_select(struct compiler *c)
{
    const struct select *select = c->tree->select;
    struct output out = { 0 };
    AUTO_BUF sql = db_sql();
    if (!compile_any(c, select, BLOCK_WHOLE, &out, &sql))
        return false;
    compile_keep_output(c, &out);
    c->query->description.locks = select->locks;
    c->query->description.is_for_update = select->is_for_update;
    return c->is_describing || query_prepare_sql(c, &sql, &c->query->stmt);
}
