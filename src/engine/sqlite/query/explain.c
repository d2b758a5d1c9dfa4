/* explain.c - EXPLAIN: the statement is compiled as if it were to run, SQLite says how it would
 * search, and that is shown as MySQL shows its own plans. Nothing of the statement is run. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/explain.h"
#include "engine/sqlite/query/schema_tables.h"

/* ---- what is explained ---- */

static bool search_of_written(struct compiler *c, struct buf *sql)
{
    const struct query_tree *tree = c->tree;
    bool is_joined = tree->from->kind != SOURCE_TABLE || tree->from->next != NULL;
    const char *where = NULL;
    buf_str(sql, "SELECT 1");
    if (!compile_sources(c, tree->from, true, sql))
        return false;
    for (const struct assignment *a = tree->assignments; a != NULL; a = a->next) {
        struct expr name = { .kind = EXPR_COLUMN, .db = a->db, .table = a->table, .name = a->name };
        struct typed ignored;
        if (!scope_find(c, &name, &ignored) ||
            (a->expr->kind != EXPR_DEFAULT && !compile_expr(c, a->expr, &ignored)))
            return false;
    }
    if (tree->where != NULL && !compile_condition(c, tree->where, &where))
        return false;
    if (where != NULL)
        buf_printf(sql, " WHERE %s", where);
    return is_joined || compile_order_and_limit(c, tree->order, &tree->limit, sql);
}

static bool search_of_select(struct compiler *c, struct buf *sql)
{
    struct output out = { 0 };
    struct scope saved;
    scope_enter(c, &saved);
    c->outer = NULL;
    bool ok = compile_query(c, c->tree->select, &out, sql);
    scope_leave(c, &saved);
    return ok;
}

/* The statement that searches; empty: nothing is searched. */
static bool search_of(struct compiler *c, struct explained_list *list, struct buf *sql)
{
    const struct query_tree *tree = c->tree;
    struct source target = { .db = tree->db, .name = tree->table };
    if (tree->kind == TREE_UPDATE || tree->kind == TREE_DELETE)
        return search_of_written(c, sql);
    if (tree->kind == TREE_SELECT)
        return search_of_select(c, sql);
    if (scope_add_table(c, &target, true) == NULL)
        return false;
    struct explained *row = explained_add(c, list);
    row->select = 1;
    row->select_type = tree->kind == TREE_REPLACE ? "REPLACE" : "INSERT";
    row->table = tree->table;
    row->type = "ALL";
    return tree->select == NULL || search_of_select(c, sql);
}

/* ---- the plan ---- */

static bool add_node(struct compiler *c, struct plan *plan, sqlite3_stmt *stmt)
{
    enum { COLUMN_ID, COLUMN_PARENT, COLUMN_UNUSED, COLUMN_DETAIL };
    if (plan->count == PLAN_NODES_MAX)
        return compile_refuse(c, "a plan of more than 4096 lines");
    plan->nodes[plan->count++] =
        (struct plan_node){ .id = sqlite3_column_int(stmt, COLUMN_ID),
                            .parent = sqlite3_column_int(stmt, COLUMN_PARENT),
                            .detail = arena_str(c->arena, db_column_text(stmt, COLUMN_DETAIL)) };
    return true;
}

static bool read_plan(struct compiler *c, const struct buf *search, struct plan *plan)
{
    sqlite3_stmt *stmt = NULL;
    bool row = true;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "EXPLAIN QUERY PLAN ");
    buf_append(&sql, search->data, search->len);
    plan->nodes = arena_alloc(c->arena, PLAN_NODES_MAX * sizeof *plan->nodes);
    bool ok = query_prepare_sql(c, &sql, &stmt);
    while (ok && (ok = query_next(c->query, stmt, &row, c->err)) && row)
        ok = add_node(c, plan, stmt);
    kept_give(c->connection, stmt);
    c->query->bound_count = 0;
    c->failed = c->failed || !ok;
    return ok;
}

static const char *top_word(const struct compiler *c)
{
    bool is_mysql = c->connection->engine->flavour == FLAVOUR_MYSQL;
    if (!is_mysql)
        return NULL;
    return c->tree->kind == TREE_UPDATE ? "UPDATE" : c->tree->kind == TREE_DELETE ? "DELETE" : NULL;
}

/* ---- its rows ---- */

static const struct {
    const char *name;
    enum rep rep;
    uint8_t digits, scale;
    uint16_t length;
    bool is_mysql; /* MariaDB has none */
} columns[] = {
    { "id", REP_INT, 18, 0, 20, false },        { "select_type", REP_TEXT, 0, 0, 19, false },
    { "table", REP_TEXT, 0, 0, 64, false },     { "partitions", REP_TEXT, 0, 0, 1024, true },
    { "type", REP_TEXT, 0, 0, 10, false },      { "possible_keys", REP_TEXT, 0, 0, 4096, false },
    { "key", REP_TEXT, 0, 0, 4096, false },     { "key_len", REP_TEXT, 0, 0, 64, false },
    { "ref", REP_TEXT, 0, 0, 1024, false },     { "rows", REP_INT, 18, 0, 20, false },
    { "filtered", REP_DECIMAL, 5, 2, 5, true }, { "Extra", REP_TEXT, 0, 0, 255, false },
};

static const char *extra_of(struct compiler *c, const struct explained *row)
{
    const struct {
        bool is_there;
        const char *text;
    } notes[] = {
        { row->has_no_table, "No tables used" },  { row->uses_where, "Using where" },
        { row->uses_index, "Using index" },       { row->uses_temporary, "Using temporary" },
        { row->uses_filesort, "Using filesort" },
    };
    AUTO_BUF text = db_sql();
    for (size_t i = 0; i < ARRAY_COUNT(notes); i++)
        if (notes[i].is_there)
            buf_printf(&text, "%s%s", text.len > 0 ? "; " : "", notes[i].text);
    bool is_null = text.len == 0 && c->connection->engine->flavour == FLAVOUR_MYSQL;
    return is_null ? NULL : arena_str(c->arena, buf_cstr(&text));
}

static void put_number(struct schema_fill *fill, int64_t number, bool is_there)
{
    if (is_there)
        put_int(fill, number);
    else
        put_null(fill);
}

static bool put_row(struct schema_fill *fill, const struct explained *row)
{
    struct compiler *c = fill->c;
    bool is_mysql = c->connection->engine->flavour == FLAVOUR_MYSQL;
    put_number(fill, row->select, row->select > 0);
    put_text(fill, row->select_type);
    put_text(fill, row->table);
    if (is_mysql)
        put_null(fill);
    put_text(fill, row->type);
    put_text(fill, row->key);
    put_text(fill, row->key);
    put_text(fill, row->key_length > 0 ? arena_printf(c->arena, "%u", row->key_length) : NULL);
    put_text(fill, row->ref);
    put_number(fill, row->rows, row->rows >= 0);
    if (is_mysql)
        put_text(fill, row->rows >= 0 ? "100.00" : NULL);
    put_text(fill, extra_of(c, row));
    return end_row(fill);
}

static bool name_columns(struct compiler *c, struct output *out)
{
    bool is_mysql = c->connection->engine->flavour == FLAVOUR_MYSQL;
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        struct typed typed = { .rep = columns[i].rep,
                               .is_nullable = true,
                               .digits = columns[i].digits,
                               .scale = columns[i].scale,
                               .length = columns[i].length };
        if (typed.rep == REP_TEXT)
            typed.collation = "utf8mb4_general_ci";
        if ((is_mysql || !columns[i].is_mysql) &&
            !output_add(c, out, &typed, columns[i].name, NULL))
            return false;
    }
    return true;
}

static bool show_rows(struct compiler *c, const struct explained_list *list,
                      const struct output *out)
{
    struct schema_rows *rows = arena_alloc(c->arena, sizeof *rows);
    struct schema_fill fill = { .c = c, .out = rows };
    AUTO_BUF sql = db_sql();
    rows->width = out->count;
    for (unsigned i = 0; i < list->count; i++)
        if (!put_row(&fill, &list->rows[i]))
            return false;
    buf_str(&sql, "SELECT ");
    for (unsigned i = 0; i < out->count; i++)
        buf_printf(&sql, "%sc%u", i > 0 ? "," : "", i + 1);
    buf_printf(&sql, " FROM mysql_rows(%s)", compile_rows(c, rows));
    return query_prepare_sql(c, &sql, &c->query->stmt);
}

bool compile_explain(struct compiler *c)
{
    struct explained_list list = { 0 };
    struct plan plan = { 0 };
    struct output out = { 0 };
    AUTO_BUF search = db_sql();
    const struct query_tree *tree = c->tree;
    bool has_where = tree->where != NULL || (tree->select != NULL && tree->select->where != NULL);
    if (!search_of(c, &list, &search) || !name_columns(c, &out))
        return false;
    compile_keep_output(c, &out);
    if (c->is_describing)
        return true;
    if (search.len > 0 && !read_plan(c, &search, &plan))
        return false;
    explain_plan(c, &plan, top_word(c), has_where, &list);
    return show_rows(c, &list, &out);
}
