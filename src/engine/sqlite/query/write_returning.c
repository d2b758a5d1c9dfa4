/* write_returning.c - RETURNING: what a statement that writes tells of its rows.
 *
 * The items are expressions over the row as it is written, or as it was before it went; what they
 * give is kept until the statement is over, and stepped through then. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_equal.h"
#include "engine/sqlite/query/write.h"

/* The items over the relations at hand. */
static bool compile_items_of(struct compiler *c, struct output *out)
{
    unsigned tables = c->table_count;
    if (!compile_items(c, c->tree->returning, out))
        return false;
    if (c->table_count > tables)
        return compile_refuse(c, "a subquery in RETURNING");
    return !c->has_aggregate ||
           compile_fail(c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
}

bool write_describe_returning(struct compiler *c)
{
    struct output out = { 0 };
    if (c->tree->returning == NULL)
        return true;
    if (!compile_items_of(c, &out))
        return false;
    compile_keep_output(c, &out);
    return true;
}

static bool read_row(struct writing *w, sqlite3_stmt *stmt, const struct output *out,
                     struct value *row)
{
    struct compiler *c = w->c;
    AUTO_BUF cell = db_sql();
    for (unsigned i = 0; i < out->count; i++) {
        if (!read_result(c->query, stmt, (int)i, &out->types[i], &cell, &row[i], c->err))
            return false;
        if (value_has_bytes(row[i].kind))
            row[i].bytes = arena_copy(&c->query->arena, row[i].bytes);
    }
    return write_check_room(w);
}

static struct value *new_row(struct query *q, unsigned columns)
{
    struct returned *returned = &q->returned;
    if (returned->count == returned->room) {
        returned->room = returned->room > 0 ? 2 * returned->room : 16;
        struct value **rows = arena_alloc_raw(&q->arena, returned->room * sizeof *rows);
        if (returned->count > 0)
            memcpy(rows, returned->rows, returned->count * sizeof *rows);
        returned->rows = rows;
    }
    struct value *row = arena_alloc(&q->arena, (columns + 1) * sizeof *row);
    returned->rows[returned->count++] = row;
    return row;
}

static bool select_row(struct writing *w)
{
    struct compiler *c = w->c;
    struct output out = { 0 };
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AUTO_BUF sql = db_sql();
    if (!compile_items_of(c, &out))
        return false;
    for (unsigned i = 0; i < out.count; i++)
        buf_printf(&sql, "%s%s", i > 0 ? "," : "SELECT ",
                   out.types[i].is_constant ? compile_bound(c, NULL, &out.types[i].value)
                                            : out.types[i].sql);
    bool ok = query_prepare_sql(c, &sql, &stmt) && query_next(c->query, stmt, &row, c->err) &&
              row && read_row(w, stmt, &out, new_row(c->query, out.count));
    kept_give(c->connection, stmt);
    c->failed = c->failed || !ok;
    return ok;
}

bool write_return(struct writing *w, const struct value *row)
{
    struct compiler *c = w->c;
    struct relation self = *w->relation;
    struct scope saved;
    unsigned bound = c->query->bound_count;
    if (c->tree->returning == NULL)
        return true;
    if (c->query->returned.count == WRITE_ROWS_MAX)
        return compile_refuse(c, "returning more than 1,000,000 rows");
    scope_enter(c, &saved);
    c->outer = NULL;
    self.row = row;
    self.next = NULL;
    c->relations = &self;
    bool ok = select_row(w);
    scope_leave(c, &saved);
    c->query->bound_count = bound;
    return ok;
}
