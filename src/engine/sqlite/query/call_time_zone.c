/* call_time_zone.c - functions that go between times and instants: seconds since 1970, and times in
 * other zones. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/time_argument.h"

static const char between_zones[] = "a time that the zone has twice, or not at all";

/* ---- seconds since 1970 ---- */

static bool eval_unix_timestamp(struct evaluation *e, struct datum *out)
{
    struct datum t;
    uint64_t micros;
    if (!time_argument(e, 0, REP_DATETIME, &t))
        return false;
    if (t.rep == REP_NULL)
        return true;
    if (!zone_instant(e->call->query->session->time_zone, &t.time, &micros))
        return evaluation_refuse(e, between_zones);
    if (micros / 1000000 > INT32_MAX)
        return evaluation_refuse(e, "UNIX_TIMESTAMP beyond 2038");
    if (e->call->type.rep == REP_INT) {
        *out = datum_int((int64_t)(micros / 1000000));
        return true;
    }
    struct number number = number_of(false, micros);
    number.scale = 6;
    *out = datum_number(number_round(&number, e->call->type.scale, ROUND_DOWN));
    return true;
}

bool call_unix_timestamp(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed arg;
    struct call call = { .eval = eval_unix_timestamp, .args = &arg, .count = 1 };
    struct value now = { .kind = VALUE_INT, .u = c->session->now_us / 1000000 };
    enum rep rep;
    if (e->count == 0) {
        compile_constant(c, &now, out);
        return true;
    }
    if (!compile_expr(c, e->args, &arg) || !number_rep(c, &arg, &rep))
        return false;
    if (arg.rep == REP_TIME || (arg.rep == REP_TEXT && !arg.is_constant))
        return compile_refuse(c, "UNIX_TIMESTAMP of a TIME, or of a text that is no constant");
    unsigned scale = arg.rep == REP_DATETIME ? arg.scale : 0;
    if (arg.rep == REP_TEXT && arg.value.kind == VALUE_TEXT &&
        memchr(arg.value.bytes.data, '.', arg.value.bytes.len) != NULL)
        return compile_refuse(c, "UNIX_TIMESTAMP of a text with a fraction");
    call.type = scale > 0 ? typed_decimal(11 + scale, scale) : typed_int(11, true);
    return compile_call(c, &call, out);
}

static bool eval_from_unixtime(struct evaluation *e, struct datum *out)
{
    struct number number, million = number_of(false, 1000000);
    bool negative;
    uint64_t micros;
    if (!datum_to_number(e, &e->args[0], &number))
        return false;
    number = number_round(&number, 6, ROUND_HALF_UP);
    number = number_multiply(&number, &million);
    if (!number_integer(&number, &negative, &micros) || (negative && micros > 0) ||
        micros / 1000000 > INT32_MAX)
        return true;
    *out = (struct datum){ .rep = REP_DATETIME, .scale = e->call->type.scale };
    return zone_wall(e->call->query->session->time_zone, micros, &out->time,
                     &e->connection->problem);
}

bool call_from_unixtime(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct typed args[2], when;
    struct call call = { .eval = eval_from_unixtime,
                         .args = args,
                         .count = 1,
                         .type = { .rep = REP_DATETIME, .is_nullable = true } };
    if (!compile_expr(c, e->args, &args[0]))
        return false;
    if (args[0].rep != REP_INT && args[0].rep != REP_DECIMAL && !is_null(&args[0]))
        return compile_refuse(c, "FROM_UNIXTIME of what is no integer and no DECIMAL");
    call.type.scale = args[0].rep != REP_DECIMAL ? 0 : args[0].scale > 6 ? 6 : args[0].scale;
    if (e->count == 1)
        return compile_call(c, &call, out);
    return compile_call(c, &call, &when) && compile_expr(c, e->args->next, &args[1]) &&
           compile_date_format(c, &when, &args[1], out);
}

/* ---- another zone ---- */

/* 3001-01-18 23:59:59.999999, the last that MySQL 8.0.28 and later convert */
static const uint64_t converted_max = 32536771199999999;

static const char *zone_argument(struct evaluation *e, unsigned i)
{
    struct bytes text = datum_to_text(&e->args[i], e->arena);
    return arena_strn(e->arena, text.data, text.len);
}

/* CONVERT_TZ(time, from, to): NULL for a zone that is not known, as on a server whose tables of
 * zones are empty; what is before 1970 or too late stays as it is. */
bool eval_convert_tz(struct evaluation *e, struct datum *out)
{
    struct datum t;
    uint64_t micros;
    if (!time_argument(e, 0, REP_DATETIME, &t))
        return false;
    const char *from = zone_argument(e, 1), *to = zone_argument(e, 2);
    if (t.rep == REP_NULL || !zone_is_known(from) || !zone_is_known(to))
        return true;
    if (!zone_instant(from, &t.time, &micros))
        return evaluation_refuse(e, between_zones);
    *out = t;
    out->scale = e->call->type.scale;
    return micros == 0 || micros > converted_max ||
           zone_wall(to, micros, &out->time, &e->connection->problem);
}

bool type_convert_tz(struct compiler *c, struct call *call)
{
    call->number = REP_DATETIME;
    return type_temporal(c, call);
}
