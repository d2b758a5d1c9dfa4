/* session.c - functions that change their session: LAST_INSERT_ID(value). */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"

static void call_set_insert_id(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    (void)count;
    if (connection->session != NULL) {
        connection->session->last_insert_id = (uint64_t)sqlite3_value_int64(values[0]);
        connection->has_insert_id = true;
    }
    sqlite3_result_value(context, values[0]);
}

void session_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, "mysql_set_insert_id", 1, SQLITE_UTF8, connection,
                               call_set_insert_id, NULL, NULL, NULL);
}

bool compile_last_insert_id(struct compiler *c, const struct expr *expr, struct typed *out)
{
    enum { DIGITS = 18 };
    struct typed value;
    if (expr->count != 1 || !compile_expr(c, expr->args, &value))
        return compile_fail(c, PROBLEM_WRONG_ARGUMENTS,
                            "Incorrect parameter count in the call to native function "
                            "'LAST_INSERT_ID'");
    if (value.rep != REP_INT || (value.column != NULL && value.storage->form == FORM_BIG_UNSIGNED))
        return compile_refuse(c, "LAST_INSERT_ID of anything but an integer");
    const char *sql = value.is_constant ? compile_bound(c, NULL, &value.value) : value.sql;
    *out = (struct typed){ .sql = arena_printf(c->arena, "mysql_set_insert_id(%s)", sql),
                           .rep = REP_INT,
                           .is_unsigned = true,
                           .is_nullable = value.is_nullable,
                           .digits = value.digits > 0 ? value.digits : DIGITS };
    return !c->failed;
}
