/* compound.c - all of a SELECT: WITH, set operations, and what stands behind them.
 *
 * Members of a union agree on the form of each column, or the statement is refused. INTERSECT binds
 * tighter than UNION and EXCEPT; SQLite goes from left to right, so runs of it become members of
 * their own. ORDER BY and LIMIT of the whole are those of a SELECT around it. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"
#include "sql/names.h"

/* ---- one type of two ---- */

static bool is_same_storage(const struct typed *a, const struct typed *b)
{
    return a->column != NULL && b->column != NULL && a->column->type == b->column->type &&
           a->column->precision == b->column->precision && a->column->scale == b->column->scale &&
           a->column->length == b->column->length && a->storage->form == b->storage->form &&
           a->column->label_count == b->column->label_count &&
           a->column->is_unsigned == b->column->is_unsigned;
}

static bool same_labels(const struct typed *a, const struct typed *b)
{
    for (unsigned i = 0; i < a->column->label_count; i++)
        if (strcmp(a->column->labels[i], b->column->labels[i]) != 0)
            return false;
    return true;
}

/* Do the values of both mean the same without their column's help? */
static bool is_plain(const struct typed *t)
{
    static const enum sql_type others[] = { SQL_TIME, SQL_TIMESTAMP, SQL_DECIMAL, SQL_BIT,
                                            SQL_JSON, SQL_UUID,      SQL_INET4,   SQL_INET6,
                                            SQL_ENUM, SQL_SET,       SQL_BINARY,  SQL_FLOAT };
    for (size_t i = 0; t->column != NULL && i < ARRAY_COUNT(others); i++)
        if (t->column->type == others[i])
            return false;
    return true;
}

static bool refuse_types(struct compiler *c)
{
    return compile_refuse(c, "UNION, EXCEPT and INTERSECT of columns of these types");
}

static bool merge_texts(struct compiler *c, struct typed *a, const struct typed *b, bool a_bare,
                        bool b_bare)
{
    if (a_bare && !b_bare)
        a->collation = b->collation;
    else if (!b_bare && strcasecmp(a->collation, b->collation) != 0)
        return refuse_types(c);
    return true;
}

/* a becomes what both are. */
static bool merge_type(struct compiler *c, struct typed *a, const struct typed *b)
{
    bool nullable = a->is_nullable || b->is_nullable;
    bool a_bare = a->column == NULL, b_bare = b->column == NULL;
    if (b->rep == REP_NULL || a->rep == REP_NULL) {
        if (a->rep == REP_NULL)
            *a = *b;
        a->is_nullable = true;
        return true;
    }
    if (a->rep != b->rep)
        return refuse_types(c);
    bool is_same = is_same_storage(a, b) && same_labels(a, b);
    if (!is_same && (!is_plain(a) || !is_plain(b)))
        return refuse_types(c);
    if (a->rep == REP_TEXT && !merge_texts(c, a, b, a_bare, b_bare))
        return false;
    if (a->rep == REP_INT && a->is_unsigned != b->is_unsigned &&
        (a->is_unsigned ? a->digits : b->digits) > 18)
        return refuse_types(c);
    if (!is_same && (a->rep == REP_INT || a->rep == REP_TEXT || a->rep == REP_BYTES))
        a->column = NULL;
    if (a->rep == REP_DECIMAL && a->scale != b->scale)
        return refuse_types(c);
    if (!is_same)
        a->column = NULL;
    a->is_unsigned = a->is_unsigned && b->is_unsigned;
    a->digits = a->digits > b->digits ? a->digits : b->digits;
    a->scale = a->scale > b->scale ? a->scale : b->scale;
    a->length = a->length > b->length ? a->length : b->length;
    a->is_nullable = nullable;
    return true;
}

static bool merge_output(struct compiler *c, struct output *out, const struct output *member)
{
    if (out->count == 0) {
        *out = *member;
        return true;
    }
    if (out->count != member->count)
        return compile_fail(c, PROBLEM_COLUMNS_NUMBER,
                            "The used SELECT statements have a different number of columns");
    for (unsigned i = 0; i < out->count; i++)
        if (!merge_type(c, &out->types[i], &member->types[i]))
            return false;
    return true;
}

/* ---- members ---- */

static bool compile_member(struct compiler *c, const struct select *select, struct output *out,
                           struct buf *sql)
{
    struct scope saved;
    struct output member = { 0 };
    scope_enter(c, &saved);
    c->outer = saved.outer;
    if (select->inner != NULL)
        buf_str(sql, "SELECT * FROM (");
    bool ok = select->inner != NULL ? compile_query(c, select->inner, &member, sql)
                                    : compile_block(c, select, BLOCK_MEMBER, &member, sql);
    if (select->inner != NULL)
        buf_str(sql, ")");
    scope_leave(c, &saved);
    return ok && merge_output(c, out, &member);
}

/* A member, or a run of them between INTERSECTs. *next: what follows. */
static bool compile_term(struct compiler *c, const struct select *select,
                         const struct select **next, struct output *out, struct buf *sql)
{
    AUTO_BUF run = db_sql();
    unsigned count = 0;
    do {
        buf_str(&run, count++ > 0 ? " INTERSECT " : "");
        if (!compile_member(c, select, out, &run))
            return false;
        select = select->next;
    } while (select != NULL && select->operation == SET_INTERSECT);
    buf_str(sql, count > 1 ? "SELECT * FROM (" : "");
    buf_append(sql, run.data, run.len);
    buf_str(sql, count > 1 ? ")" : "");
    *next = select;
    return true;
}

static bool compile_terms(struct compiler *c, const struct select *select, struct output *out,
                          struct buf *sql)
{
    static const char *const words[] = { [SET_NONE] = "",
                                         [SET_UNION] = " UNION ",
                                         [SET_UNION_ALL] = " UNION ALL ",
                                         [SET_EXCEPT] = " EXCEPT ",
                                         [SET_INTERSECT] = "" };
    for (const struct select *next; select != NULL; select = next) {
        buf_str(sql, words[select->operation]);
        if (!compile_term(c, select, &next, out, sql))
            return false;
    }
    return true;
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
