/* generate.c - see generate.h. The expression is the source's, and only the source knows for sure
 * what it gives: so the row that is here is computed first, and must give what the source once
 * computed for it. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/generate.h"
#include <stdlib.h>
#include "binlog/table_map.h"
#include "binlog/value_equal.h"
#include "engine/sqlite/query/write.h"
#include "engine/sqlite/statement.h"
#include "engine/sqlite/tables.h"

#define GENERATE_BYTES_MAX ((size_t)1 << 30)

/* Kept from row to row, so that what was compiled is. */
struct generator {
    struct query_connection *connection;
    struct query_session session;
    struct query query;
    struct query_tree statement; /* an UPDATE, as strict as any */
};

static struct generator *generator_of(struct sqlite_engine *engine, struct err *err)
{
    struct generator *g = engine->generator;
    if (g != NULL)
        return g;
    g = memory_new(sizeof *g);
    if (!sqlite_query_ops.open(&engine->base, QUERY_WRITE, &g->connection, err)) {
        free(g);
        return NULL;
    }
    query_session_init(&g->session);
    g->session.time_zone = ""; /* none: what depends on it is refused */
    arena_init(&g->query.arena, GENERATE_BYTES_MAX);
    g->query.connection = g->connection;
    g->query.session = &g->session;
    g->statement.kind = TREE_UPDATE;
    return engine->generator = g;
}

void generate_close(struct sqlite_engine *engine)
{
    struct generator *g = engine->generator;
    if (g == NULL)
        return;
    engine->generator = NULL;
    sqlite_query_ops.close(g->connection);
    query_session_clear(&g->session);
    arena_clear(&g->query.arena);
    free(g->query.bound);
    free(g);
}

static void begin(struct generator *g, struct compiler *c, struct err *err)
{
    arena_reset(&g->query.arena);
    g->query.bound_count = 0;
    g->connection->session = &g->session;
    *c = (struct compiler){ .query = &g->query,
                            .connection = g->connection,
                            .session = &g->session,
                            .tree = &g->statement,
                            .arena = &g->query.arena,
                            .err = err };
    c->relations_end = &c->relations;
}

/* All columns of the row as it is here. */
static bool read_row(struct writing *w, const struct value *before, struct value *row,
                     bool *is_there)
{
    struct engine_table *table = w->table;
    uint64_t all[TABLE_COLUMNS_MAX / 64] = { 0 };
    uint64_t where[TABLE_COLUMNS_MAX / 64] = { 0 };
    struct err *err = w->c->err;
    sqlite3_stmt *stmt;
    for (unsigned i = 0; i < w->def->column_count; i++)
        mask_add(all, i);
    if (table->key == NULL)
        rows_mask_present(table, before, where);
    if (!statement_get(table, STATEMENT_SELECT, (struct statement_columns){ all, where }, &stmt,
                       err) ||
        !rows_bind_where(table, stmt, 1, before, err))
        return false;
    bool ok = db_step(table->engine->db, stmt, is_there, err);
    for (unsigned i = 0; ok && *is_there && i < w->def->column_count; i++)
        ok = read_stored(stmt, (int)i, &table->columns[i], w->c->arena, &row[i], err);
    sqlite3_reset(stmt);
    return ok;
}

static bool refuse(const struct writing *w, const char *column, const char *why)
{
    struct err *err = w->c->err;
    err->server_errno = 0;
    return err_set(err, ERR_UNSUPPORTED,
                   "table %s.%s: a change of what the generated column %s is made of came without "
                   "its new value, as MariaDB from 11.8.9 on logs it, and %s: exclude the table",
                   w->def->db, w->def->name, column, why);
}

/* What the compiler, or a function, has said becomes the reason. */
static bool refuse_expression(const struct writing *w)
{
    struct err why = *w->c->err;
    unsigned column = 0;
    while (w->def->columns[column].generated == GENERATED_NO)
        column++;
    return refuse(w, w->def->columns[column].name, why.text);
}

/* The row as it is here gives the values that the source once computed. */
static bool check_known(struct writing *w, const struct value *row)
{
    struct value *computed = arena_alloc(w->c->arena, w->def->column_count * sizeof *computed);
    memcpy(computed, row, w->def->column_count * sizeof *computed);
    if (!write_rules_apply(w, computed))
        return refuse_expression(w);
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (!value_equal(&computed[i], &row[i]))
            return refuse(
                w, w->def->columns[i].name,
                "computing it for the row as it was gives another value than the source's");
    return true;
}

/* after: what the change says; the generated columns that it lacks are put there. */
static bool complete(struct writing *w, const struct value *here, struct value *after)
{
    unsigned count = w->def->column_count;
    struct value *row = arena_alloc(w->c->arena, count * sizeof *row);
    for (unsigned i = 0; i < count; i++)
        row[i] = after[i].kind == VALUE_ABSENT ? here[i] : after[i];
    if (!write_rules_apply(w, row))
        return refuse_expression(w);
    for (unsigned i = 0; i < count; i++)
        if (w->def->columns[i].generated != GENERATED_NO && after[i].kind == VALUE_ABSENT)
            after[i] = row[i];
    return true;
}

static bool fill(struct writing *w, const struct row_change *change, struct value *after)
{
    struct value *here = arena_alloc(w->c->arena, w->def->column_count * sizeof *here);
    bool is_there = false;
    if (!write_rules_open_generated(w))
        return refuse_expression(w);
    if (!read_row(w, change->before, here, &is_there))
        return false;
    return !is_there || /* the change itself will say so */
           (check_known(w, here) && complete(w, here, after));
}

bool generate_change(struct engine_table *table, const struct row_change *change, struct err *err)
{
    struct generator *g = generator_of(table->engine, err);
    struct compiler c;
    if (g == NULL || !tables_open(table, err))
        return false;
    begin(g, &c, err);
    size_t size = table->def->column_count * sizeof *change->after;
    struct value *after = arena_alloc(c.arena, size);
    struct row_change completed = { change->kind, change->before, after };
    struct source target = { .db = table->def->db, .name = table->def->name };
    struct writing w = { .c = &c, .table = table, .def = table->def };
    memcpy(after, change->after, size);
    w.relation = scope_add_table(&c, &target, true);
    bool ok = w.relation != NULL && fill(&w, change, after);
    write_rules_clear(&w);
    return ok && rows_change(table, &completed, CHANGE_STRICT, err);
}
