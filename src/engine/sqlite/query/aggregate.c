/* aggregate.c - aggregates: SQLite's own where they are MySQL's, else binlogd_collect, which takes
 * the values of a group, of one type, and makes of them what a struct aggregate says. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/aggregate.h"
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include "engine/sqlite/query/function.h"

static const char name[] = "binlogd_collect";
static const char pointer[] = "binlogd_aggregate";

/* ---- sums ---- */

static bool add_number(struct evaluation *e, struct group *group, const struct datum *value)
{
    struct number number;
    if (!datum_to_number(e, value, &number))
        return false;
    group->sum = number_add(&group->sum, &number);
    return number_digits(&group->sum) <= NUMBER_DIGITS_MAX + NUMBER_SCALE_MAX ||
           evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "DECIMAL value is out of range");
}

static bool add_real(struct evaluation *e, struct group *group, const struct datum *value)
{
    double real;
    if (!datum_to_real(e, value, &real))
        return false;
    group->real += real;
    return true;
}

static bool sum_step(struct evaluation *e, struct group *group, const struct datum *value)
{
    group->count++;
    return e->call->type.rep == REP_REAL ? add_real(e, group, value) : add_number(e, group, value);
}

enum { IS_SUM, IS_AVERAGE, AVERAGE_DIGITS = 4 };

static bool sum_final(struct evaluation *e, struct group *group, struct datum *out)
{
    bool is_average = e->call->number == IS_AVERAGE;
    if (group->count == 0)
        return true;
    if (e->call->type.rep == REP_REAL) {
        *out = datum_real(is_average ? group->real / (double)group->count : group->real);
        return isfinite(out->d) ||
               evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "DOUBLE value is out of range");
    }
    struct number count = number_of(false, group->count);
    struct number result =
        is_average ? number_divide(&group->sum, &count, AVERAGE_DIGITS, e->call->type.scale)
                   : number_round(&group->sum, e->call->type.scale, ROUND_HALF_UP);
    if (!number_fits(&result))
        return evaluation_fail(e, PROBLEM_VALUE_OUT_OF_RANGE, "DECIMAL value is out of range");
    *out = datum_number(result);
    return true;
}

/* ---- the least and the greatest ---- */

static bool keep(struct group *group, const struct datum *value)
{
    group->kept = *value;
    group->count = 1;
    if (!datum_has_bytes(value))
        return true;
    if (group->kept_room < value->bytes.len) {
        group->kept_room = 2 * value->bytes.len;
        group->kept_bytes = memory_resize(group->kept_bytes, group->kept_room);
    }
    if (value->bytes.len > 0)
        memcpy(group->kept_bytes, value->bytes.data, value->bytes.len);
    group->kept.bytes = bytes_of(group->kept_bytes, value->bytes.len);
    return true;
}

static bool extreme_step(struct evaluation *e, struct group *group, const struct datum *value)
{
    int order = 0;
    if (group->count == 0)
        return keep(group, value);
    if (!datum_compare(e, value, &group->kept, &order))
        return false;
    return order * e->call->number <= 0 || keep(group, value);
}

static bool extreme_final(struct evaluation *e, struct group *group, struct datum *out)
{
    (void)e;
    *out = group->count > 0 ? group->kept : datum_null();
    return true;
}

/* ---- the SQLite function ---- */

static bool begin(sqlite3_context *context, const struct aggregate *aggregate, struct evaluation *e)
{
    struct query_connection *connection = sqlite3_user_data(context);
    if (aggregate == NULL) {
        sqlite3_result_error(context, "binlogd_collect is for binlogd alone", -1);
        return false;
    }
    *e = (struct evaluation){ .call = &aggregate->call,
                              .arena = &connection->scratch,
                              .connection = connection };
    arena_reset(&connection->scratch);
    return true;
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct group *group = sqlite3_aggregate_context(context, sizeof *group);
    const struct aggregate *aggregate =
        count > 1 ? sqlite3_value_pointer(values[0], pointer) : NULL;
    struct evaluation e;
    struct datum value;
    if (group == NULL || !begin(context, aggregate, &e))
        return;
    group->aggregate = aggregate;
    bool ok = datum_read(e.connection, aggregate->call.query->session, &aggregate->call.args[0],
                         values[1], &value);
    if (ok && value.rep != REP_NULL)
        ok = aggregate->step(&e, group, &value);
    if (!ok)
        sqlite3_result_error(context, e.connection->problem.text, -1);
}

static void final(sqlite3_context *context)
{
    struct group *group = sqlite3_aggregate_context(context, 0);
    struct evaluation e;
    struct datum out = datum_null();
    if (group == NULL || group->aggregate == NULL) {
        sqlite3_result_null(context);
        return;
    }
    if (begin(context, group->aggregate, &e)) {
        if (group->aggregate->final(&e, group, &out))
            datum_result(context, &out);
        else
            sqlite3_result_error(context, e.connection->problem.text, -1);
    }
    free(group->kept_bytes);
    group->kept_bytes = NULL;
}

void aggregate_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, connection, NULL, step, final,
                               NULL);
}

void aggregate_unregister(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
}

/* ---- compiled ---- */

bool compile_argument(struct compiler *c, const struct expr *e, struct typed *out)
{
    bool before = c->has_plain_column;
    c->has_aggregate = true;
    if (!compile_expr(c, e->args, out))
        return false;
    c->has_plain_column = before;
    return true;
}

bool compile_aggregate(struct compiler *c, const struct aggregate *given, const struct typed *arg,
                       struct typed *out)
{
    struct aggregate *aggregate = arena_alloc(c->arena, sizeof *aggregate);
    *aggregate = *given;
    aggregate->call.query = c->query;
    aggregate->call.is_silent = c->is_describing;
    aggregate->call.args = arena_alloc(c->arena, sizeof *arg);
    aggregate->call.args[0] = *arg;
    aggregate->call.count = 1;
    const char *value = arg->sql;
    if (arg->is_constant) {
        value = plain_sql(c, arg);
        aggregate->call.args[0].is_constant = false;
        aggregate->call.args[0].column = NULL;
    }
    *out = aggregate->call.type;
    out->sql =
        arena_printf(c->arena, "%s(%s,%s)", name, compile_pointer(c, aggregate, pointer), value);
    return !c->failed;
}

static bool give_count(struct compiler *c, bool distinct, const char *sql, struct typed *out)
{
    *out = typed_int(18, false);
    out->sql = arena_printf(c->arena, "count(%s%s)", distinct ? "DISTINCT " : "", sql);
    return !c->failed;
}

/* COUNT(DISTINCT a, b) */
static bool count_rows(struct compiler *c, const struct expr *e, struct typed *out)
{
    bool before = c->has_plain_column;
    const char *key;
    c->has_aggregate = true;
    if (!e->distinct)
        return compile_fail(c, PROBLEM_SYNTAX, "COUNT takes one value without DISTINCT");
    if (!compile_row_key(c, e->args, &key))
        return false;
    c->has_plain_column = before;
    return give_count(c, true, key, out);
}

bool call_count(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg = { .sql = "*" };
    if (e->count > 1)
        return count_rows(c, e, out);
    if (e->args->kind != EXPR_STAR && !compile_argument(c, e, &arg))
        return false;
    c->has_aggregate = true;
    if (arg.is_constant)
        arg.sql = compile_bound(c, NULL, &arg.value);
    if (e->distinct && e->args->kind != EXPR_STAR && !arg.is_constant &&
        !sort_key(c, &arg, &arg.sql))
        return false;
    return give_count(c, e->distinct, arg.sql, out);
}

/* Integers of few digits: SQLite adds in 63 bits and reports what does not fit; 11 digits leave
 * room for 90 million rows. */
static bool is_small(const struct typed *arg)
{
    enum { DIGITS_MAX = 11 };
    return !arg->is_constant && arg->rep == REP_INT && arg->digits <= DIGITS_MAX;
}

static bool distinct_refused(struct compiler *c)
{
    return compile_refuse(c, "DISTINCT inside this aggregate");
}

bool call_sum(struct compiler *c, const struct expr *e, struct typed *out)
{
    enum { SUM_DIGITS = 22 };
    struct typed arg;
    enum rep rep;
    unsigned digits, scale;
    bool is_average = strcasecmp(e->name, "avg") == 0;
    struct aggregate aggregate = { .step = sum_step, .final = sum_final };
    if (!compile_argument(c, e, &arg) || !number_rep(c, &arg, &rep))
        return false;
    if (!is_average && is_small(&arg)) {
        *out = (struct typed){ .sql = arena_printf(c->arena, "sum(%s%s)",
                                                   e->distinct ? "DISTINCT " : "", arg.sql),
                               .rep = REP_DECIMAL,
                               .digits = (uint8_t)(arg.digits + SUM_DIGITS),
                               .is_nullable = true };
        return true;
    }
    if (e->distinct)
        return distinct_refused(c);
    number_shape(&arg, &digits, &scale);
    if (is_average)
        scale =
            scale + AVERAGE_DIGITS > NUMBER_SCALE_MAX ? NUMBER_SCALE_MAX : scale + AVERAGE_DIGITS;
    aggregate.call.type =
        rep == REP_REAL ? typed_real()
                        : typed_decimal(digits + (is_average ? AVERAGE_DIGITS : SUM_DIGITS), scale);
    aggregate.call.number = is_average ? IS_AVERAGE : IS_SUM;
    return compile_aggregate(c, &aggregate, &arg, out);
}

/* It is shown without the zeros that a table's column has in front. */
static void extreme_column(struct compiler *c, struct typed *arg)
{
    bit_as_number(c, arg);
    if (arg->column != NULL && (arg->column->type == SQL_YEAR || arg->column->zerofill) &&
        arg->rep == REP_INT)
        arg->column = NULL;
}

/* The least and the greatest are in the stored form's own order, but for labels, texts and what
 * expressions made. */
bool call_extreme(struct compiler *c, const struct expr *e, struct typed *out)
{
    const char *key;
    bool is_min = strcasecmp(e->name, "min") == 0;
    struct typed arg;
    struct aggregate aggregate = { .step = extreme_step, .final = extreme_final };
    if (!compile_argument(c, e, &arg) || !sort_key(c, &arg, &key))
        return false;
    bool is_enum = arg.column != NULL && arg.column->type == SQL_ENUM;
    bool is_native = !arg.is_constant && !is_enum && arg.rep != REP_TEXT &&
                     (arg.column != NULL || (arg.rep != REP_DECIMAL && arg.rep != REP_TIME));
    if (is_enum)
        return compile_refuse(c, "MIN and MAX of an ENUM");
    if (e->over == NULL)
        extreme_column(c, &arg);
    if (is_native) {
        *out = arg;
        out->sql = arena_printf(c->arena, "%s(%s)", is_min ? "min" : "max", arg.sql);
        out->is_nullable = true;
        return true;
    }
    aggregate.call.type = arg;
    aggregate.call.type.column = NULL;
    aggregate.call.type.is_constant = false;
    aggregate.call.type.is_nullable = true;
    aggregate.call.number = is_min ? -1 : 1;
    aggregate.call.collation = arg.collation;
    return compile_aggregate(c, &aggregate, &arg, out);
}
