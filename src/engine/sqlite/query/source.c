/* source.c - FROM: tables, what WITH names, derived tables, and their joins.
 *
 * A RIGHT JOIN is a LEFT JOIN the other way round. USING and NATURAL become conditions on both
 * sides' columns; of the two columns one stands for both, and the other is hidden from bare names
 * and from the star. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/query/schema_tables.h"

struct joining {
    bool is_written;
    bool is_outer; /* rows of it may be missing */
};

static bool compile_source(struct compiler *c, const struct source *source, struct joining how,
                           struct buf *sql);

static bool add_output(struct compiler *c, const struct source *source, const struct output *out,
                       const struct buf *body, bool is_outer, struct buf *sql)
{
    struct relation *relation =
        scope_add_output(c, source->alias != NULL ? source->alias : source->name, out);
    if (relation == NULL)
        return false;
    relation->is_outer = is_outer;
    buf_append(sql, body->data, body->len);
    buf_printf(sql, " AS %s", relation->sql_alias);
    return true;
}

/* Its names are its own: it sees what stands outside of the SELECT, and none of its neighbours. */
static bool compile_derived(struct compiler *c, const struct source *source, struct joining how,
                            struct buf *sql)
{
    struct scope saved;
    struct output *out = arena_alloc(c->arena, sizeof *out);
    AUTO_BUF body = db_sql();
    scope_enter(c, &saved);
    c->outer = saved.outer;
    buf_str(&body, "(");
    bool ok = compile_query(c, source->select, out, &body);
    buf_str(&body, ")");
    scope_leave(c, &saved);
    if (!ok)
        return false;
    if (source->column_name_count > 0 && source->column_name_count != out->count)
        return compile_fail(c, PROBLEM_COLUMN_LIST,
                            "In definition of view, derived table or common table expression, "
                            "SELECT list and column names list have different column counts");
    for (unsigned i = 0; i < source->column_name_count; i++)
        out->names[i] = source->column_names[i];
    return add_output(c, source, out, &body, how.is_outer, sql);
}

static bool compile_named(struct compiler *c, const struct source *source, struct with *with,
                          struct joining how, struct buf *sql)
{
    struct output *out = arena_alloc(c->arena, sizeof *out);
    AUTO_BUF body = db_sql();
    return compile_with_name(c, with, out, &body) &&
           add_output(c, source, out, &body, how.is_outer, sql);
}

static bool compile_schema(struct compiler *c, const struct source *source, struct joining how,
                           struct buf *sql)
{
    struct output *out = arena_alloc(c->arena, sizeof *out);
    AUTO_BUF body = db_sql();
    if (!schema_table(c, source->name, out, &body) ||
        !add_output(c, source, out, &body, how.is_outer, sql))
        return false;
    c->newest->is_schema = strcasecmp(source->name, "ENGINES") != 0; /* no view of MySQL's */
    return true;
}

static bool compile_table(struct compiler *c, const struct source *source, struct joining how,
                          struct buf *sql)
{
    const char *db = source->db != NULL ? source->db : c->session->db;
    struct with *with = source->db == NULL ? with_find(c, source->name) : NULL;
    if (with != NULL)
        return compile_named(c, source, with, how, sql);
    if (schema_is_own(db))
        return compile_schema(c, source, how, sql);
    struct relation *relation = scope_add_table(c, source, how.is_written);
    if (relation == NULL)
        return false;
    relation->is_outer = how.is_outer;
    db_quote_name(sql, relation->table->sqlite_name);
    buf_printf(sql, " AS %s", relation->sql_alias);
    return true;
}

/* ---- USING, NATURAL ---- */

/* The relations from `first` up to, not with, `end`. */
struct side {
    struct relation *first, *end;
};

static bool find_in_side(struct compiler *c, struct side side, const char *name,
                         struct relation **relation, unsigned *column)
{
    *relation = NULL;
    for (struct relation *r = side.first; r != side.end; r = r->next) {
        int found = relation_find(r, name);
        if (found < 0 || (r->merged != NULL && r->merged[found] == MERGED_HIDDEN))
            continue;
        if (*relation != NULL)
            return compile_fail(c, PROBLEM_AMBIGUOUS, "Column '%s' in from clause is ambiguous",
                                name);
        *relation = r;
        *column = (unsigned)found;
    }
    return true;
}

static void merge(struct compiler *c, struct relation *relation, unsigned column, unsigned how)
{
    if (relation->merged == NULL)
        relation->merged =
            arena_alloc(c->arena, relation_columns(relation) * sizeof *relation->merged);
    relation->merged[column] = how;
}

static bool merge_column(struct compiler *c, const struct source *join, const char *name,
                         struct side sides[2], struct buf *on)
{
    struct relation *r[2];
    unsigned column[2];
    struct typed typed[2];
    const char *sql;
    for (unsigned i = 0; i < 2; i++) {
        if (!find_in_side(c, sides[i], name, &r[i], &column[i]))
            return false;
        if (r[i] == NULL)
            return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s' in 'from clause'",
                                name);
        column_typed(c, r[i], column[i], &typed[i]);
    }
    if (!compile_comparison(c, "=", typed[0], typed[1], &sql))
        return false;
    unsigned kept = join->join == JOIN_RIGHT ? 1 : 0;
    merge(c, r[kept], column[kept], c->merge_count);
    merge(c, r[1 - kept], column[1 - kept], MERGED_HIDDEN);
    buf_printf(on, "%s%s", on->len > 0 ? " AND " : "", sql);
    return true;
}

static bool merge_natural(struct compiler *c, const struct source *join, struct side sides[2],
                          struct buf *on)
{
    for (struct relation *r = sides[0].first; r != sides[0].end; r = r->next) {
        for (unsigned i = 0; i < relation_columns(r); i++) {
            const char *name = relation_column_name(r, i);
            struct relation *other;
            unsigned column;
            if (r->merged != NULL && r->merged[i] == MERGED_HIDDEN)
                continue;
            if (!find_in_side(c, sides[1], name, &other, &column) ||
                (other != NULL && !merge_column(c, join, name, sides, on)))
                return false;
        }
    }
    return true;
}

static bool compile_merging(struct compiler *c, const struct source *join, struct side sides[2],
                            struct buf *on)
{
    c->merge_count++;
    if (join->natural)
        return merge_natural(c, join, sides, on);
    for (unsigned i = 0; i < join->using_count; i++)
        if (!merge_column(c, join, join->using[i], sides, on))
            return false;
    return true;
}

/* ---- joins ---- */

static bool compile_condition_of(struct compiler *c, const struct source *join,
                                 struct side sides[2], struct buf *sql)
{
    const char *condition = NULL;
    AUTO_BUF on = db_sql();
    if (join->natural || join->using_count > 0) {
        if (!compile_merging(c, join, sides, &on))
            return false;
        condition = on.len > 0 ? buf_cstr(&on) : NULL;
    } else if (join->on != NULL && !compile_condition(c, join->on, &condition)) {
        return false;
    }
    if (condition != NULL)
        buf_printf(sql, " ON %s", condition);
    else if (join->join != JOIN_INNER)
        buf_str(sql, " ON 1");
    return true;
}

static void add_operand(struct buf *sql, const struct buf *operand, bool is_join)
{
    buf_str(sql, is_join ? "(" : "");
    buf_append(sql, operand->data, operand->len);
    buf_str(sql, is_join ? ")" : "");
}

static bool compile_join(struct compiler *c, const struct source *join, struct joining how,
                         struct buf *sql)
{
    AUTO_BUF left = db_sql();
    AUTO_BUF right = db_sql();
    bool is_right = join->join == JOIN_RIGHT;
    struct joining of_left = how, of_right = how;
    of_left.is_outer = how.is_outer || is_right;
    of_right.is_outer = how.is_outer || join->join == JOIN_LEFT;
    struct relation **start = c->relations_end;
    if (!compile_source(c, join->left, of_left, &left))
        return false;
    struct relation **middle = c->relations_end;
    if (!compile_source(c, join->right, of_right, &right))
        return false;
    struct side sides[2] = { { *start, *middle }, { *middle, NULL } };
    if (is_right)
        add_operand(sql, &right, join->right->kind == SOURCE_JOIN);
    else
        buf_append(sql, left.data, left.len);
    buf_str(sql, join->join == JOIN_INNER ? " JOIN " : " LEFT JOIN ");
    if (is_right)
        add_operand(sql, &left, join->left->kind == SOURCE_JOIN);
    else
        add_operand(sql, &right, join->right->kind == SOURCE_JOIN);
    return compile_condition_of(c, join, sides, sql);
}

static bool compile_source(struct compiler *c, const struct source *source, struct joining how,
                           struct buf *sql)
{
    switch (source->kind) {
    case SOURCE_TABLE:
        return compile_table(c, source, how, sql);
    case SOURCE_SELECT:
        return compile_derived(c, source, how, sql);
    case SOURCE_JOIN:
        return compile_join(c, source, how, sql);
    }
    return false;
}

bool compile_sources(struct compiler *c, const struct source *source, bool is_written,
                     struct buf *sql)
{
    for (const struct source *s = source; s != NULL; s = s->next) {
        AUTO_BUF one = db_sql();
        if (!compile_source(c, s, (struct joining){ .is_written = is_written }, &one))
            return false;
        buf_str(sql, s == source ? " FROM " : " JOIN ");
        add_operand(sql, &one, s != source && s->kind == SOURCE_JOIN);
    }
    return true;
}
