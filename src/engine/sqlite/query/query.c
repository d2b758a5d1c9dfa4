/* query.c - the operations of engine/query.h: connections, and the life of a statement.
 *
 * A statement is parsed once and compiled at every run, against the catalog and the values of that
 * moment: a schema change, or a parameter of another type, needs no further care. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/clock.h"
#include "engine/sqlite/query/write.h"
#include "engine/sqlite/query/aggregate.h"
#include "engine/sqlite/query/call.h"
#include "engine/sqlite/query/generate.h"
#include "engine/sqlite/foreign_check.h"
#include "engine/sqlite/query/schema_tables.h"
#include "binlog/temporal.h"
#include "sql/charset.h"

#define COMPILED_BYTES_MAX ((size_t)1 << 30)
enum { CELL_BYTES_MAX = 256, LOADS_MAX = 5, STEPS_BETWEEN_LOOKS = 4000 };

/* ---- connections ---- */

static bool is_cancelled(const struct query_connection *connection)
{
    return connection->cancelled != NULL && atomic_load(connection->cancelled);
}

static bool is_over_time(const struct query_connection *connection)
{
    return connection->until_us != 0 && clock_monotonic_us() > connection->until_us;
}

static bool end_over_time(const struct query_connection *connection, struct err *err)
{
    if (connection->engine->flavour == FLAVOUR_MARIADB)
        return problem(err, PROBLEM_STATEMENT_TIME,
                       "Query execution was interrupted (max_statement_time exceeded)");
    return problem(err, PROBLEM_EXECUTION_TIME,
                   "Query execution was interrupted, maximum statement execution time exceeded");
}

/* SQLite takes a whole transaction back when a statement that writes is interrupted: only searches
 * are. */
static int on_progress(void *arg)
{
    struct query_connection *connection = arg;
    if (!connection->is_searching)
        return false;
    /* steps are counted over all runs of a kept statement: the first look may come at any time */
    connection->is_late = connection->hurries && connection->looks++ > 0;
    return connection->is_late || is_cancelled(connection) || is_over_time(connection);
}

static void op_hurry(struct query_connection *connection, bool on)
{
    connection->hurries = on;
    connection->is_late = false;
    connection->looks = 0;
}

static void op_watch(struct query_connection *connection, const atomic_bool *cancelled)
{
    connection->cancelled = cancelled;
}

static void op_close(struct query_connection *connection)
{
    if (connection == NULL)
        return;
    kept_query_clear(connection);
    for (unsigned i = 0; i < MARK_COUNT; i++)
        sqlite3_finalize(connection->marks[i]);
    kept_clear(connection);
    authorize_unregister(connection);
    collate_unregister(connection);
    call_unregister(connection);
    aggregate_unregister(connection);
    list_unregister(connection);
    json_aggregates_unregister(connection);
    sqlite3_progress_handler(connection->db, 0, NULL, NULL);
    sqlite_reader_free(connection->reader);
    arena_clear(&connection->scratch);
    free(connection);
}

static bool op_open(struct engine *base, enum query_access access, struct query_connection **out,
                    struct err *err)
{
    struct sqlite_engine *engine = sqlite_engine_of(base);
    struct query_connection *connection = memory_new(sizeof *connection);
    if (access == QUERY_WRITE)
        generate_close(engine); /* it has such a connection, too */
    if (access == QUERY_READ && !sqlite_reader_open(engine->path, &connection->reader, err)) {
        free(connection);
        return false;
    }
    connection->engine = access == QUERY_READ ? sqlite_reader_engine(connection->reader) : engine;
    connection->db = connection->engine->db;
    arena_init(&connection->scratch, COMPILED_BYTES_MAX);
    collate_register(connection);
    session_register(connection);
    subquery_register(connection);
    recursive_register(connection);
    schema_rows_register(connection);
    authorize_register(connection);
    call_register(connection);
    aggregate_register(connection);
    list_register(connection);
    json_aggregates_register(connection);
    sqlite3_progress_handler(connection->db, STEPS_BETWEEN_LOOKS, on_progress, connection);
    *out = connection;
    return true;
}

static bool op_snapshot_begin(struct query_connection *connection, struct err *err)
{
    bool changed = true;
    if (connection->reader == NULL || connection->in_snapshot)
        return true;
    for (unsigned i = 0; i < LOADS_MAX && changed; i++) {
        if (!sqlite_reader_begin(connection->reader, &changed, err))
            return false;
        if (!changed)
            break;
        sqlite_reader_end(connection->reader);
        if (connection->hurries)
            return err_set(err, ERR_CANCELLED, "the schema has changed");
        if (!sqlite_reader_load(connection->reader, err))
            return false;
    }
    if (changed)
        return err_set(err, ERR_CONFLICT, "the schema changes faster than it can be read");
    connection->in_snapshot = true;
    return true;
}

static void op_snapshot_end(struct query_connection *connection)
{
    if (connection->reader == NULL || !connection->in_snapshot)
        return;
    sqlite_reader_end(connection->reader);
    connection->in_snapshot = false;
}

/* ---- statements for SQLite ---- */

static bool bind_plain(sqlite3_stmt *stmt, int index, const struct value *value)
{
    bool is_bytes = value->kind == VALUE_TEXT || value->kind == VALUE_BLOB;
    const char *data = is_bytes && value->bytes.len > 0 ? (const char *)value->bytes.data : "";
    if (value->kind == VALUE_TEXT)
        return sqlite3_bind_text64(stmt, index, data, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8) == SQLITE_OK;
    if (value->kind == VALUE_BLOB)
        return sqlite3_bind_blob64(stmt, index, data, value->bytes.len, SQLITE_STATIC) == SQLITE_OK;
    if (value->kind == VALUE_DOUBLE || value->kind == VALUE_FLOAT)
        return sqlite3_bind_double(stmt, index, value->d) == SQLITE_OK;
    if (value->kind == VALUE_INT || value->kind == VALUE_UINT)
        return sqlite3_bind_int64(stmt, index, value->i) == SQLITE_OK;
    /* a constant that goes through to the result (read_result knows it): only that it is there */
    return value->kind == VALUE_NULL ? sqlite3_bind_null(stmt, index) == SQLITE_OK
                                     : sqlite3_bind_int(stmt, index, 1) == SQLITE_OK;
}

static bool bind_all(struct query *q, sqlite3_stmt *stmt, struct err *err)
{
    for (unsigned i = 0; i < q->bound_count; i++) {
        const struct bound *b = &q->bound[i];
        int index = (int)i + 1;
        if (index > sqlite3_bind_parameter_count(stmt))
            break; /* of a part that was not used */
        if (b->pointer != NULL)
            sqlite3_bind_pointer(stmt, index, b->pointer, b->pointer_type, NULL);
        else if (b->storage != NULL
                     ? !storage_bind(b->storage, stmt, index, &b->value, err)
                     : !bind_plain(stmt, index, &b->value) &&
                           !db_error(q->connection->db, SQLITE_ERROR, err, "a constant"))
            return false;
    }
    return true;
}

bool query_prepare_sql(struct compiler *c, struct buf *sql, sqlite3_stmt **out)
{
    sqlite3_stmt *stmt = NULL;
    if (c->failed)
        return false;
    if (sql->failed)
        return compile_refuse(c, "a statement as long as this");
    const char *text = buf_cstr(sql);
    int rc = SQLITE_OK;
    stmt = kept_take(c->connection, text, sql->len);
    c->connection->is_compiling = true;
    if (stmt == NULL)
        rc = sqlite3_prepare_v3(c->connection->db, text, (int)sql->len + 1, 0, &stmt, NULL);
    c->connection->is_compiling = false;
    if (rc == SQLITE_ERROR || rc == SQLITE_TOOBIG ||
        rc == SQLITE_AUTH) /* too deep, too many columns … */
        problem(c->err, PROBLEM_NOT_SUPPORTED, "a statement that SQLite does not take (%.200s)",
                sqlite3_errmsg(c->connection->db));
    else if (rc != SQLITE_OK)
        db_error(c->connection->db, rc, c->err, "%.200s", buf_cstr(sql));
    bool ok = rc == SQLITE_OK && bind_all(c->query, stmt, c->err);
    c->failed = c->failed || !ok;
    if (!ok)
        kept_give(c->connection, stmt);
    else
        *out = stmt;
    return ok;
}

bool query_next(struct query *q, sqlite3_stmt *stmt, bool *row, struct err *err)
{
    struct err *complaint = &q->connection->problem;
    complaint->code = ERR_NONE;
    q->connection->is_searching = sqlite3_stmt_readonly(stmt);
    q->connection->until_us = q->session->until_us;
    bool ok = db_step(q->connection->db, stmt, row, err);
    q->connection->is_searching = false;
    if (!ok && q->connection->is_late)
        return err_set(err, ERR_TIMEOUT, "it takes longer than a moment");
    if (!ok && is_cancelled(q->connection))
        return problem(err, PROBLEM_INTERRUPTED, "Query execution was interrupted");
    if (!ok && is_over_time(q->connection))
        return end_over_time(q->connection, err);
    if (complaint->code == ERR_NONE)
        return ok;
    *err = *complaint;
    return false;
}

/* ---- the life of a statement ---- */

static void op_reset(struct query *q)
{
    kept_give(q->connection, q->stmt);
    q->stmt = NULL;
    if (q->owns_snapshot)
        op_snapshot_end(q->connection);
    q->owns_snapshot = false;
}

static void cells_free(struct query *q)
{
    for (unsigned i = 0; i < q->cell_count; i++)
        buf_clear(&q->cells[i]);
    free(q->cells);
    q->cells = NULL;
    q->cell_count = 0;
}

void query_free(struct query *q)
{
    if (q == NULL)
        return;
    query_tree_free(q->tree);
    arena_clear(&q->arena);
    free(q->bound);
    query_tree_free(q->shown);
    free(q);
}

static void op_free(struct query *q)
{
    if (q == NULL)
        return;
    op_reset(q);
    cells_free(q);
    if (!kept_query_give(q))
        query_free(q);
}

void query_keep_names(struct query_description *d, struct arena *arena)
{
    struct query_column *columns = arena_alloc(arena, (d->column_count + 1) * sizeof *columns);
    struct query_table *tables = arena_alloc(arena, (d->table_count + 1) * sizeof *tables);
    for (unsigned i = 0; i < d->column_count; i++) {
        columns[i] = d->columns[i];
        columns[i].name = arena_str(arena, d->columns[i].name);
        columns[i].org_name = arena_str(arena, d->columns[i].org_name);
        columns[i].table = arena_str(arena, d->columns[i].table);
        columns[i].org_table = arena_str(arena, d->columns[i].org_table);
        columns[i].db = arena_str(arena, d->columns[i].db);
    }
    for (unsigned i = 0; i < d->table_count; i++)
        tables[i] =
            (struct query_table){ arena_str(arena, d->tables[i].db),
                                  arena_str(arena, d->tables[i].name), d->tables[i].is_written };
    d->columns = columns;
    d->tables = tables;
}

/* Names are kept: the catalog may be read again while they are shown. */
static void keep_names(struct compiler *c)
{
    struct query_description *d = &c->query->description;
    d->tables = c->tables;
    d->table_count = c->table_count;
    query_keep_names(d, c->arena);
}

static void begin_compiling(struct query *q, struct compiler *c, struct err *err)
{
    static const enum query_kind kinds[] = {
        [TREE_SELECT] = QUERY_SELECT, [TREE_INSERT] = QUERY_INSERT, [TREE_REPLACE] = QUERY_REPLACE,
        [TREE_UPDATE] = QUERY_UPDATE, [TREE_DELETE] = QUERY_DELETE, [TREE_SHOW] = QUERY_SHOW,
        [TREE_DO] = QUERY_DO,
    };
    arena_reset(&q->arena);
    q->bound_count = 0;
    q->description =
        (struct query_description){ .kind = q->tree->explains ? QUERY_SHOW : kinds[q->tree->kind],
                                    .parameter_count = q->tree->parameter_count };
    *c = (struct compiler){ .query = q,
                            .connection = q->connection,
                            .session = q->session,
                            .tree = q->tree,
                            .arena = &q->arena,
                            .err = err };
    c->relations_end = &c->relations;
}

/* Which tables a statement that writes means. */
static bool name_tables(struct compiler *c)
{
    struct source target = { .db = c->tree->db, .name = c->tree->table };
    AUTO_BUF ignored = db_sql();
    bool ok = c->tree->from != NULL ? compile_sources(c, c->tree->from, true, &ignored)
                                    : scope_add_table(c, &target, true) != NULL;
    return ok && write_describe_returning(c);
}

static bool compile_show(struct compiler *c)
{
    struct query_tree *translated = NULL;
    if (!show_translate(c, &translated))
        return false;
    query_tree_free(c->query->shown);
    c->query->shown = translated;
    c->tree = translated;
    return compile_select(c);
}

static bool gives_nothing(const struct query_tree *tree)
{
    if (tree->explains)
        return false;
    return tree->kind == TREE_DO || (tree->kind == TREE_SELECT && tree->select->into_count > 0);
}

static bool describe(struct query *q, struct err *err)
{
    struct compiler c;
    if (!op_snapshot_begin(q->connection, err))
        return false;
    begin_compiling(q, &c, err);
    c.is_describing = true;
    bool ok = q->tree->explains              ? compile_explain(&c)
              : q->tree->kind == TREE_SELECT ? compile_select(&c)
              : q->tree->kind == TREE_SHOW   ? compile_show(&c)
              : q->tree->kind == TREE_DO     ? compile_select(&c)
                                             : name_tables(&c);
    if (gives_nothing(q->tree)) {
        q->description.kind = QUERY_DO;
        q->description.column_count = 0;
    }
    keep_names(&c);
    return ok && !c.failed;
}

static bool op_prepare(struct query_connection *connection, struct bytes text,
                       struct query_session *session, struct query **out, struct err *err)
{
    struct ddl_session as = { .db = session->db,
                              .flavour = connection->engine->flavour,
                              .charset = "utf8mb4",
                              .sql_mode = session->sql_mode };
    struct query *q = memory_new(sizeof *q);
    bool had_snapshot = connection->in_snapshot;
    arena_init(&q->arena, COMPILED_BYTES_MAX);
    q->connection = connection;
    q->session = session;
    bool ok = text.len <= QUERY_TEXT_MAX
                  ? query_parse(text, &as, &q->tree, err) && describe(q, err)
                  : problem(err, PROBLEM_NOT_SUPPORTED, "a statement of more than %d bytes",
                            QUERY_TEXT_MAX);
    if (!had_snapshot)
        op_snapshot_end(connection);
    if (!ok) {
        op_free(q);
        return false;
    }
    kept_query_note(q, text);
    *out = q;
    return true;
}

/* The catalog that it was prepared by is the snapshot's, which has to be open. */
static struct query *op_again(struct query_connection *connection, struct bytes text,
                              struct query_session *session)
{
    bool is_current = connection->reader == NULL || connection->in_snapshot;
    return is_current ? kept_query_take(connection, text, session) : NULL;
}

static const struct query_description *op_describe(const struct query *q)
{
    return &q->description;
}

static void make_cells(struct query *q)
{
    cells_free(q);
    q->cell_count = q->description.column_count;
    q->cells = memory_new((q->cell_count + 1) * sizeof *q->cells);
    for (unsigned i = 0; i < q->cell_count; i++)
        buf_init(&q->cells[i], CELL_BYTES_MAX);
    q->row = arena_alloc(&q->arena, (q->cell_count + 1) * sizeof *q->row);
}

/* Past those that SQL_CALC_FOUND_ROWS only counts. */
static bool next_row(struct query *q, bool *more, struct err *err)
{
    struct found_rows *found = &q->found;
    if (!found->is_asked)
        return query_next(q, q->stmt, more, err);
    do {
        if (!query_next(q, q->stmt, more, err))
            return false;
        found->count += *more;
    } while (*more && (found->count <= found->skipped || q->row_count >= found->most));
    return true;
}

/* Of a statement that has written. */
static bool give_returned(struct query *q, const struct value **row)
{
    struct returned *returned = &q->returned;
    *row = returned->given < returned->count ? returned->rows[returned->given++] : NULL;
    return true;
}

static bool op_step(struct query *q, const struct value **row, struct err *err)
{
    if (q->tree->returning != NULL && !q->tree->explains)
        return give_returned(q, row);
    bool more = false;
    bool was_open = q->stmt != NULL;
    bool ok = was_open && next_row(q, &more, err);
    for (unsigned i = 0; ok && more && i < q->cell_count; i++)
        ok = read_result(q, q->stmt, (int)i, &q->types[i], &q->cells[i], &q->row[i], err);
    *row = ok && more ? q->row : NULL;
    q->row_count += ok && more;
    if (was_open)
        q->session->found_rows = q->found.is_asked ? q->found.count : q->row_count;
    q->has_run = ok && was_open && !more;
    if (!ok || !more)
        op_reset(q);
    return ok || !was_open;
}

/* Dates and times are variables as texts. */
static struct value variable_value(const struct value *value, const struct query_column *column,
                                   char text[TEMPORAL_TEXT_MAX])
{
    size_t len = 0;
    if (value->kind == VALUE_DATE)
        len = temporal_date_text(&value->time, text);
    else if (value->kind == VALUE_TIME)
        len = temporal_time_text(&value->time, column->decimals, text);
    else if (value->kind == VALUE_DATETIME)
        len = temporal_datetime_text(&value->time, column->decimals, text);
    else
        return *value;
    return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of((const uint8_t *)text, len) };
}

static bool set_variables(struct query *q, const struct value *row, struct err *err)
{
    const struct select *select = q->tree->select;
    char text[TEMPORAL_TEXT_MAX];
    if (q->cell_count != select->into_count)
        return problem(err, PROBLEM_COLUMNS_NUMBER,
                       "The used SELECT statements have a different number of columns");
    for (unsigned i = 0; i < select->into_count; i++) {
        struct value value = variable_value(&row[i], &q->description.columns[i], text);
        if (!query_variable_set(q->session, select->into[i], &value, err))
            return false;
    }
    return true;
}

/* SELECT … INTO @a, @b, and DO: at most one row, which nobody sees. */
static bool take_row(struct query *q, struct query_outcome *outcome, struct err *err)
{
    const struct value *row = NULL;
    bool sets = q->tree->kind == TREE_SELECT;
    q->description.kind = QUERY_DO;
    if (!op_step(q, &row, err) || (row != NULL && sets && !set_variables(q, row, err)))
        return false;
    q->description.column_count = 0;
    outcome->changed = outcome->matched = row != NULL && sets;
    if (row == NULL) {
        if (sets)
            query_session_warn(q->session, "Warning", PROBLEM_NO_ROW,
                               "No data - zero rows fetched, selected, or processed");
        return true;
    }
    if (!op_step(q, &row, err))
        return false;
    return row == NULL ||
           problem(err, PROBLEM_TOO_MANY_ROWS, "Result consisted of more than one row");
}

static bool op_run(struct query *q, const struct value *values, struct query_outcome *outcome,
                   struct err *err)
{
    struct compiler c;
    op_reset(q);
    q->row_count = 0;
    q->found.is_asked = false;
    q->returned = (struct returned){ 0 };
    q->connection->recursive_rows = 0;
    q->connection->session = q->session;
    q->connection->has_insert_id = false;
    *outcome = (struct query_outcome){ 0 };
    err->server_errno = 0;
    q->owns_snapshot = q->connection->reader != NULL && !q->connection->in_snapshot;
    if (!op_snapshot_begin(q->connection, err)) {
        q->owns_snapshot = false;
        return false;
    }
    begin_compiling(q, &c, err);
    c.values = values;
    bool reads = q->tree->explains || q->tree->kind == TREE_SELECT || q->tree->kind == TREE_SHOW ||
                 q->tree->kind == TREE_DO;
    bool has_rows = reads && !gives_nothing(q->tree);
    bool ok = q->tree->explains            ? compile_explain(&c)
              : q->tree->kind == TREE_SHOW ? compile_show(&c)
              : reads                      ? compile_select(&c)
                                           : write_run(&c, outcome);
    ok = ok && !c.failed;
    keep_names(&c);
    if (ok && reads)
        make_cells(q);
    if (ok && has_rows) {
        q->session->row_count = -1;
        return true; /* has_run: when its last row was given */
    }
    if (ok && reads)
        ok = take_row(q, outcome, err);
    op_reset(q);
    q->session->row_count = ok && q->tree->returning == NULL ? (int64_t)outcome->changed : -1;
    q->has_run = ok;
    return ok;
}

static struct foreign_list *op_foreign_keys(struct engine *engine)
{
    return foreign_list_new(sqlite_engine_of(engine)->catalog);
}

static bool op_check_foreign_keys(struct engine *engine, const struct foreign_list *before,
                                  struct err *err)
{
    return foreign_check(sqlite_engine_of(engine), before, err);
}

const struct engine_query_ops sqlite_query_ops = {
    .open = op_open,
    .close = op_close,
    .watch = op_watch,
    .hurry = op_hurry,
    .snapshot_begin = op_snapshot_begin,
    .snapshot_end = op_snapshot_end,
    .prepare = op_prepare,
    .again = op_again,
    .describe = op_describe,
    .run = op_run,
    .step = op_step,
    .reset = op_reset,
    .free = op_free,
    .foreign_keys = op_foreign_keys,
    .check_foreign_keys = op_check_foreign_keys,
    .foreign_keys_free = foreign_list_free,
};
