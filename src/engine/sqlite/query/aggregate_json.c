/* aggregate_json.c - JSON_ARRAYAGG and JSON_OBJECTAGG: a document that grows with the group.
 *
 * binlogd_json(pointer, [name,] value). Of members with one name the last stays, as in MySQL. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/aggregate.h"
#include "engine/sqlite/query/call_json.h"

static const char name[] = "binlogd_json";
static const char pointer[] = "binlogd_json_of";
enum { ARGUMENTS_MAX = 2, GROUP_BYTES_MAX = 256 << 20 };

struct growing {
    const struct call *call;
    struct arena *arena;
    struct json_node root;
    struct json_node **end; /* of an array */
};

static bool add(struct evaluation *e, struct growing *growing)
{
    struct json_node *node;
    bool is_object = e->call->count > 1;
    for (unsigned i = 0; i < e->call->count; i++)
        if (datum_has_bytes(&e->args[i]))
            e->args[i].bytes = arena_copy(e->arena, e->args[i].bytes);
    if (growing->arena->used > GROUP_BYTES_MAX)
        return evaluation_refuse(e, "a JSON document of more than 256 MiB");
    if (is_object && e->args[0].rep == REP_NULL)
        return evaluation_fail(e, PROBLEM_JSON_NULL_KEY,
                               "JSON documents may not contain NULL member names.");
    if (!json_of_value(e, is_object, &node))
        return false;
    if (is_object) {
        json_put_member(&growing->root, node, arg_text(e, 0));
        return true;
    }
    node->next = NULL;
    *growing->end = node;
    growing->end = &node->next;
    growing->root.count++;
    return true;
}

static void begin(struct growing *growing, const struct call *call)
{
    growing->call = call;
    growing->arena = memory_new(sizeof *growing->arena);
    arena_init(growing->arena, (size_t)GROUP_BYTES_MAX * 2);
    growing->root = (struct json_node){ .is_container = true, .is_object = call->count > 1 };
    growing->end = &growing->root.first;
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct growing *growing = sqlite3_aggregate_context(context, sizeof *growing);
    const struct call *call = count > 1 ? sqlite3_value_pointer(values[0], pointer) : NULL;
    struct datum args[ARGUMENTS_MAX];
    bool ok = true;
    if (growing == NULL || call == NULL || count != (int)call->count + 1) {
        sqlite3_result_error(context, "binlogd_json is for binlogd alone", -1);
        return;
    }
    if (growing->call == NULL)
        begin(growing, call);
    struct evaluation e = {
        .call = call, .args = args, .arena = growing->arena, .connection = connection
    };
    for (unsigned i = 0; i < call->count && ok; i++)
        ok = datum_read(connection, call->query->session, &call->args[i], values[i + 1], &args[i]);
    if (!ok || !add(&e, growing))
        sqlite3_result_error(context, connection->problem.text, -1);
}

static void final(sqlite3_context *context)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct growing *growing = sqlite3_aggregate_context(context, 0);
    struct datum out = datum_null();
    if (growing == NULL || growing->call == NULL) {
        sqlite3_result_null(context);
        return;
    }
    struct evaluation e = { .call = growing->call,
                            .arena = &connection->scratch,
                            .connection = connection };
    arena_reset(&connection->scratch);
    if (json_give(&e, &growing->root, &out))
        datum_result(context, &out);
    else
        sqlite3_result_error(context, connection->problem.text, -1);
    arena_clear(growing->arena);
    free(growing->arena);
    *growing = (struct growing){ 0 };
}

void json_aggregates_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, connection, NULL, step, final,
                               NULL);
}

void json_aggregates_unregister(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
}

/* ---- compiled ---- */

static bool compile_growing(struct compiler *c, const struct expr *e, type_fn *type,
                            struct typed *out)
{
    struct call *call = arena_alloc(c->arena, sizeof *call);
    bool before = c->has_plain_column;
    AUTO_BUF sql = db_sql();
    c->has_aggregate = true;
    if (e->distinct)
        return compile_refuse(c, "DISTINCT inside this aggregate");
    *call = (struct call){ .query = c->query, .is_silent = c->is_describing };
    call->args = arena_alloc(c->arena, ARGUMENTS_MAX * sizeof *call->args);
    for (const struct expr *a = e->args; a != NULL; a = a->next)
        if (!compile_expr(c, a, &call->args[call->count++]))
            return false;
    c->has_plain_column = before;
    if (!type(c, call))
        return false;
    for (unsigned i = 0; i < call->count; i++) {
        struct typed *arg = &call->args[i];
        buf_printf(&sql, ",%s", arg->is_constant ? plain_sql(c, arg) : arg->sql);
        arg->column = arg->is_constant ? NULL : arg->column;
        arg->is_constant = false;
    }
    *out = call->type;
    out->sql =
        arena_printf(c->arena, "%s(%s%s)", name, compile_pointer(c, call, pointer), buf_cstr(&sql));
    return !c->failed;
}

bool call_json_arrayagg(struct compiler *c, const struct expr *e, struct typed *out)
{
    return compile_growing(c, e, type_json_values, out);
}

bool call_json_objectagg(struct compiler *c, const struct expr *e, struct typed *out)
{
    return compile_growing(c, e, type_json_object, out);
}
