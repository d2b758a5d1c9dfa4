/* call.c - see call.h: the SQLite function, and how a call becomes text or a constant. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/call.h"

static const char name[] = "binlogd_call";
enum { ARGUMENTS_MAX = 100 }; /* SQLite's: 127 */

static bool take_arguments(struct evaluation *e, sqlite3_value **values, bool *has_null)
{
    const struct call *call = e->call;
    unsigned given = 0;
    *has_null = false;
    for (unsigned i = 0; i < call->count; i++) {
        if (call->args[i].is_constant)
            e->args[i] = call->constants[i];
        else if (!datum_read(e->connection, call->query->session, &call->args[i], values[given++],
                             &e->args[i]))
            return false;
        *has_null = *has_null || e->args[i].rep == REP_NULL;
    }
    return true;
}

static bool evaluate(struct evaluation *e, sqlite3_value **values, struct datum *out)
{
    bool has_null;
    *out = datum_null();
    if (!take_arguments(e, values, &has_null))
        return false;
    if (has_null && (e->call->flags & CALL_TAKES_NULL) == 0)
        return true;
    return e->call->eval(e, out);
}

static void run(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct datum args[ARGUMENTS_MAX], out;
    const struct call *call = count > 0 ? sqlite3_value_pointer(values[0], name) : NULL;
    if (call == NULL) {
        sqlite3_result_error(context, "binlogd_call is for binlogd alone", -1);
        return;
    }
    struct evaluation e = { .call = call,
                            .args = args,
                            .arena = &connection->scratch,
                            .connection = connection,
                            .context = context };
    arena_reset(&connection->scratch);
    if (evaluate(&e, values + 1, &out))
        datum_result(context, &out);
    else
        sqlite3_result_error(context, connection->problem.text, -1);
}

void call_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, connection, run, NULL, NULL,
                               NULL);
}

void call_unregister(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
}

void compile_constant(struct compiler *c, const struct value *value, struct typed *out)
{
    static const enum rep reps[] = {
        [VALUE_ABSENT] = REP_NULL,
        [VALUE_NULL] = REP_NULL,
        [VALUE_INT] = REP_INT,
        [VALUE_UINT] = REP_INT,
        [VALUE_FLOAT] = REP_REAL,
        [VALUE_DOUBLE] = REP_REAL,
        [VALUE_DECIMAL] = REP_DECIMAL,
        [VALUE_DATE] = REP_DATE,
        [VALUE_TIME] = REP_TIME,
        [VALUE_DATETIME] = REP_DATETIME,
        [VALUE_TIMESTAMP] = REP_DATETIME,
        [VALUE_TEXT] = REP_TEXT,
        [VALUE_BLOB] = REP_BYTES,
    };
    *out = (struct typed){ .rep = reps[value->kind], .is_constant = true, .value = *value };
    out->is_nullable = out->rep == REP_NULL;
    out->is_unsigned = value->kind == VALUE_UINT && value->u > INT64_MAX;
    if (out->rep == REP_INT) {
        uint64_t left = value->kind == VALUE_INT && value->i < 0 ? 0 - value->u : value->u;
        for (; left > 0 || out->digits == 0; left /= 10)
            out->digits++;
    }
    if ((out->rep == REP_TIME || out->rep == REP_DATETIME) && value->time.micro > 0)
        out->scale = 6;
    if (out->rep == REP_TEXT)
        out->collation = c->session->collation;
    if (out->rep == REP_TEXT || out->rep == REP_BYTES)
        out->length = (uint32_t)value->bytes.len;
    if (out->rep == REP_TEXT)
        out->length = (uint32_t)text_characters(value->bytes);
}

static void fold(struct compiler *c, struct call *call, struct typed *out)
{
    struct query_connection *connection = c->connection;
    struct datum args[ARGUMENTS_MAX], result;
    struct evaluation e = {
        .call = call, .args = args, .arena = &connection->scratch, .connection = connection
    };
    if (c->is_describing) { /* parameters are not known yet: only the type is asked for */
        out->is_constant = out->is_nullable = true;
        out->value = (struct value){ .kind = VALUE_NULL };
        return;
    }
    arena_reset(&connection->scratch);
    connection->problem.code = ERR_NONE;
    if (!evaluate(&e, NULL, &result)) {
        *c->err = connection->problem;
        connection->problem.code = ERR_NONE;
        c->failed = true;
        return;
    }
    out->is_constant = true;
    datum_to_value(&result, c->arena, &out->value);
    if (result.rep == REP_NULL) {
        out->is_nullable = true;
        return;
    }
    out->rep = result.rep;
    out->is_unsigned = result.rep == REP_INT && result.is_unsigned;
}

static bool writes(const struct compiler *c)
{
    return c->tree->kind == TREE_INSERT || c->tree->kind == TREE_REPLACE ||
           c->tree->kind == TREE_UPDATE || c->tree->kind == TREE_DELETE;
}

static void add_arguments(struct compiler *c, struct call *call, struct buf *sql)
{
    for (unsigned i = 0; i < call->count; i++) {
        if (call->args[i].is_constant)
            datum_of_value(&call->args[i], &call->constants[i]);
        else
            buf_printf(sql, ",%s", call->args[i].sql);
    }
    (void)c;
}

bool compile_call(struct compiler *c, const struct call *given, struct typed *out)
{
    AUTO_BUF sql = db_sql();
    bool is_constant = (given->flags & CALL_VOLATILE) == 0;
    if (c->failed)
        return false;
    if (given->count > ARGUMENTS_MAX)
        return compile_refuse(c, "a function with more than 100 arguments");
    struct call *call = arena_alloc(c->arena, sizeof *call);
    *call = *given;
    call->query = c->query;
    call->is_strict = writes(c) && !c->tree->ignore && !c->is_describing;
    call->is_silent = c->is_describing;
    call->args = arena_alloc(c->arena, (given->count + 1) * sizeof *call->args);
    call->constants = arena_alloc(c->arena, (given->count + 1) * sizeof *call->constants);
    for (unsigned i = 0; i < given->count; i++) {
        call->args[i] = given->args[i];
        is_constant = is_constant && given->args[i].is_constant;
    }
    add_arguments(c, call, &sql);
    *out = call->type;
    out->column = NULL;
    out->engine_table = NULL;
    if (is_constant) {
        fold(c, call, out);
        return !c->failed;
    }
    const char *mark = compile_pointer(c, call, name);
    out->sql = arena_printf(c->arena, "%s(%s%s)", name, mark, buf_cstr(&sql));
    if (sql.failed)
        return compile_refuse(c, "an expression as long as this");
    return !c->failed;
}

bool compile_call_1(struct compiler *c, call_fn *eval, const struct typed *arg, struct typed type,
                    struct typed *out)
{
    struct typed args[1] = { *arg };
    struct call call = { .eval = eval, .type = type, .args = args, .count = 1 };
    return compile_call(c, &call, out);
}

bool compile_call_2(struct compiler *c, call_fn *eval, const struct typed *a, const struct typed *b,
                    struct typed type, struct typed *out)
{
    struct typed args[2] = { *a, *b };
    struct call call = { .eval = eval, .type = type, .args = args, .count = 2 };
    return compile_call(c, &call, out);
}

static bool eval_plain(struct evaluation *e, struct datum *out)
{
    *out = e->args[0];
    return true;
}

const char *plain_sql(struct compiler *c, const struct typed *typed)
{
    struct typed plain;
    if (typed->is_constant && typed->rep != REP_DECIMAL && typed->rep < REP_DATE &&
        !(typed->rep == REP_INT && typed->is_unsigned))
        return compile_bound(c, NULL, &typed->value);
    bool is_plain = typed->column == NULL || typed->rep == REP_REAL || (typed->rep == REP_INT) ||
                    typed->rep == REP_BYTES ||
                    (typed->rep == REP_TEXT && typed->column->type != SQL_ENUM &&
                     typed->column->type != SQL_INET4 && typed->column->type != SQL_INET6) ||
                    typed->column->type == SQL_DATE || typed->column->type == SQL_DATETIME;
    if (is_plain && !typed->is_constant)
        return typed->sql;
    struct typed args[1] = { *typed };
    struct call call = { .eval = eval_plain,
                         .type = *typed,
                         .args = args,
                         .count = 1,
                         .flags = typed->is_constant ? CALL_VOLATILE : 0 };
    call.type.column = NULL;
    call.type.is_constant = false;
    return compile_call(c, &call, &plain) ? plain.sql : "NULL";
}
