/* cast.c - CAST, CONVERT, BINARY, COLLATE, and literals of dates and times. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/call_json.h"
#include "sql/charset.h"
#include "sql/time_text.h"

enum { CAST_CHAR_MAX = 64 << 20 };

static bool eval_cast_integer(struct evaluation *e, struct datum *out)
{
    bool negative, is_unsigned = e->call->type.is_unsigned;
    uint64_t magnitude;
    const struct datum *in = &e->args[0];
    if (!datum_to_integer(e, in, &negative, &magnitude))
        return false;
    if (in->rep == REP_INT) {
        *out = *in;
        out->is_unsigned = is_unsigned;
        return true;
    }
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : is_unsigned ? UINT64_MAX : INT64_MAX;
    bool is_text = datum_has_bytes(in);
    if (magnitude > most) {
        if (in->rep == REP_REAL)
            return evaluation_refuse(e, "CAST of a DOUBLE that does not fit");
        if (!is_text &&
            !evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Truncated incorrect DECIMAL value"))
            return false;
        if (is_text && magnitude > most && !is_unsigned && !negative) {
            *out = (struct datum){ .rep = REP_INT, .u = magnitude };
            return true;
        }
        magnitude = most;
    }
    *out = (struct datum){ .rep = REP_INT,
                           .is_unsigned = is_unsigned,
                           .u = negative ? 0 - magnitude : magnitude };
    return true;
}

/* From 1 on; 0: none. */
static unsigned label_place(const struct column_def *column, struct bytes text)
{
    for (unsigned i = 0; i < column->label_count; i++)
        if (bytes_equal(bytes_of_str(column->labels[i]), text))
            return i + 1;
    return 0;
}

/* The place of an ENUM's label. Its error value, 0, reads as an empty label does. */
static bool eval_cast_enum(struct evaluation *e, struct datum *out)
{
    struct bytes text = e->args[0].bytes;
    unsigned place = label_place(e->call->args[0].column, text);
    if (place > 0 && text.len == 0)
        return evaluation_refuse(e, "CAST of an ENUM with an empty label");
    *out = (struct datum){ .rep = REP_INT, .is_unsigned = e->call->type.is_unsigned, .u = place };
    return true;
}

static bool eval_cast_set(struct evaluation *e, struct datum *out)
{
    struct bytes rest = e->args[0].bytes;
    uint64_t bits = 0;
    while (rest.len > 0) {
        const uint8_t *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.data);
        size_t step = comma == NULL ? len : len + 1;
        unsigned place = label_place(e->call->args[0].column, bytes_of(rest.data, len));
        if (place == 0)
            return evaluation_refuse(e, "CAST of a SET with a label that is not its own");
        bits |= UINT64_C(1) << (place - 1);
        rest = bytes_of(rest.data + step, rest.len - step);
    }
    *out = (struct datum){ .rep = REP_INT, .is_unsigned = e->call->type.is_unsigned, .u = bits };
    return true;
}

static bool eval_cast_decimal(struct evaluation *e, struct datum *out)
{
    const struct typed *type = &e->call->type;
    struct number number;
    if (!datum_to_number(e, &e->args[0], &number))
        return false;
    number = number_round(&number, type->scale, ROUND_HALF_UP);
    if (number_digits(&number) - type->scale > (unsigned)type->digits - type->scale)
        return evaluation_refuse(e, "CAST to a DECIMAL that has no room for the value");
    *out = datum_number(number);
    return true;
}

static bool eval_cast_real(struct evaluation *e, struct datum *out)
{
    out->rep = REP_REAL;
    return datum_to_real(e, &e->args[0], &out->d);
}

static struct bytes first_characters(struct bytes text, size_t count)
{
    struct bytes rest = text;
    while (rest.len > 0 && count-- > 0)
        (void)utf8_next(&rest);
    return bytes_of(text.data, text.len - rest.len);
}

static bool is_utf8(struct bytes text)
{
    struct buf scratch;
    struct bytes utf8;
    struct err ignored;
    buf_init(&scratch, 1);
    bool ok = charset_to_utf8(charset_by_name("utf8mb4"), text, &scratch, &utf8, &ignored);
    buf_clear(&scratch);
    return ok;
}

static bool eval_cast_text(struct evaluation *e, struct datum *out)
{
    struct bytes text = datum_to_text(&e->args[0], e->arena), cut = text;
    if (e->args[0].rep == REP_BYTES && !is_utf8(text))
        return evaluation_refuse(e, "bytes that are no UTF-8 as a text");
    if (e->call->number >= 0)
        cut = first_characters(text, (size_t)e->call->number);
    if (cut.len < text.len &&
        !evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Truncated incorrect CHAR(%d) value",
                         e->call->number))
        return false;
    *out = datum_text(cut);
    return true;
}

static bool eval_cast_bytes(struct evaluation *e, struct datum *out)
{
    struct bytes text = datum_to_text(&e->args[0], e->arena);
    int length = e->call->number;
    if (length >= 0 && text.len > (size_t)length &&
        !evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Truncated incorrect BINARY(%d) value",
                         length))
        return false;
    if (length >= 0) {
        uint8_t *padded = arena_alloc(e->arena, (size_t)length + 1);
        memcpy(padded, text.data, text.len < (size_t)length ? text.len : (size_t)length);
        text = bytes_of(padded, (size_t)length);
    }
    *out = (struct datum){ .rep = REP_BYTES, .bytes = text };
    return true;
}

static const char *rep_name(enum rep rep)
{
    return rep == REP_DATE ? "date" : rep == REP_TIME ? "time" : "datetime";
}

static bool eval_cast_temporal(struct evaluation *e, struct datum *out)
{
    bool is_valid;
    enum rep rep = e->call->type.rep;
    if (!datum_to_temporal(e, &e->args[0], rep, out, &is_valid))
        return false;
    if (!is_valid || (rep != REP_TIME && !calendar_has(&out->time))) {
        struct bytes text = datum_to_text(&e->args[0], e->arena);
        *out = datum_null();
        return evaluation_warn(e, PROBLEM_TRUNCATED_WRONG_VALUE, "Incorrect %s value: '%.*s'",
                               rep_name(rep), text.len > 100 ? 100 : (int)text.len,
                               (const char *)text.data);
    }
    uint32_t unit = 1;
    for (unsigned i = e->call->type.scale; i < 6; i++)
        unit *= 10;
    if (rep != REP_DATE && out->time.micro % unit != 0)
        return evaluation_refuse(e, "CAST that rounds the fraction of a second");
    out->scale = e->call->type.scale;
    return true;
}

static bool cast_to_text(struct compiler *c, const struct cast_type *to, const struct typed *arg,
                         struct call *call)
{
    call->eval = eval_cast_text;
    call->number = to->has_length && to->length < CAST_CHAR_MAX ? (int)to->length : -1;
    call->type = (struct typed){ .rep = REP_TEXT,
                                 .is_nullable = true,
                                 .length = text_length(arg),
                                 .coercion = COERCE_COLUMN,
                                 .collation = c->session->collation };
    if (to->has_length)
        call->type.length = to->length;
    if (to->charset != NULL && strncasecmp(to->charset, "utf8", 4) != 0)
        return compile_refuse(c, "CAST and CONVERT to another character set than utf8mb4");
    if (to->charset != NULL && arg->rep == REP_TEXT && arg->collation != NULL &&
        strncasecmp(arg->collation, "utf8mb4", 7) == 0)
        call->type.collation = arg->collation;
    return true;
}

static bool cast_call(struct compiler *c, const struct cast_type *to, const struct typed *arg,
                      struct call *call)
{
    unsigned digits = to->has_length ? to->length : 10;
    switch (to->kind) {
    case CAST_SIGNED:
    case CAST_UNSIGNED:
        call->eval = eval_cast_integer;
        call->type = typed_int(20, true);
        call->type.is_unsigned = to->kind == CAST_UNSIGNED;
        return true;
    case CAST_DECIMAL:
        if (digits == 0 || digits > NUMBER_DIGITS_MAX || to->scale > NUMBER_SCALE_MAX ||
            to->scale > digits)
            return compile_refuse(c, "CAST to such a DECIMAL");
        call->eval = eval_cast_decimal;
        call->type = typed_decimal(digits, to->scale);
        return true;
    case CAST_REAL:
        call->eval = eval_cast_real;
        call->type = typed_real();
        return true;
    case CAST_CHAR:
        return cast_to_text(c, to, arg, call);
    case CAST_BINARY:
        call->eval = eval_cast_bytes;
        call->number = to->has_length && to->length < CAST_CHAR_MAX ? (int)to->length : -1;
        call->type =
            (struct typed){ .rep = REP_BYTES, .is_nullable = true, .length = text_length(arg) };
        return true;
    case CAST_DATE:
    case CAST_TIME:
    case CAST_DATETIME:
        call->eval = eval_cast_temporal;
        call->type = (struct typed){ .rep = to->kind == CAST_DATE   ? REP_DATE
                                            : to->kind == CAST_TIME ? REP_TIME
                                                                    : REP_DATETIME,
                                     .is_nullable = true,
                                     .scale = to->has_length ? (uint8_t)to->length : 0 };
        return call->type.scale <= 6 || compile_refuse(c, "CAST to such a fraction");
    case CAST_JSON:
        if (c->connection->engine->flavour != FLAVOUR_MYSQL)
            break; /* MariaDB has no such type */
        call->eval = eval_cast_json;
        return type_json_values(c, call);
    case CAST_YEAR:
        break;
    }
    return compile_refuse(c, "CAST to YEAR, and with MariaDB's flavour to JSON");
}

/* A column of labels as their numbers; those that are integers are all that is asked for. */
static bool cast_labels(const struct cast_type *to, const struct typed *arg, struct call *call)
{
    const struct column_def *column = arg->column;
    if (column == NULL || (column->type != SQL_ENUM && column->type != SQL_SET) ||
        (to->kind != CAST_SIGNED && to->kind != CAST_UNSIGNED))
        return false;
    call->eval = column->type == SQL_ENUM ? eval_cast_enum : eval_cast_set;
    call->type = typed_int(20, true);
    call->type.is_unsigned = to->kind == CAST_UNSIGNED;
    return true;
}

bool compile_cast(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed arg;
    if (!compile_expr(c, expr->args, &arg))
        return false;
    struct call call = { .args = &arg, .count = 1 };
    enum rep rep;
    if (cast_labels(expr->cast, &arg, &call))
        return compile_call(c, &call, out);
    bool is_text = expr->cast->kind == CAST_CHAR || expr->cast->kind == CAST_BINARY;
    bool is_json = expr->cast->kind == CAST_JSON;
    if (is_text ? !check_printable(c, &arg) : !is_json && !number_rep(c, &arg, &rep))
        return false;
    return cast_call(c, expr->cast, &arg, &call) && compile_call(c, &call, out);
}

bool compile_collate(struct compiler *c, const struct expr *expr, struct typed *out)
{
    const struct charset *charset = charset_by_collation(expr->name);
    if (!compile_expr(c, expr->args, out))
        return false;
    if (charset == NULL)
        return compile_fail(c, PROBLEM_UNKNOWN_COLLATION, "Unknown collation: '%s'", expr->name);
    if (out->rep != REP_TEXT)
        return compile_refuse(c, "COLLATE of what is no text");
    if (charset_by_collation(out->collation) != charset && !out->is_constant)
        return compile_fail(c, PROBLEM_COLLATION_CHARSET,
                            "COLLATION '%s' is not valid for CHARACTER SET '%s'", expr->name,
                            charset_name(charset_by_collation(out->collation)));
    out->collation = expr->name;
    out->coercion = COERCE_EXPLICIT;
    return true;
}

/* DATE '…', TIME '…', TIMESTAMP '…' */
bool compile_temporal_literal(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct value value = { .kind = VALUE_DATE };
    unsigned scale = 0;
    bool has_clock = false;
    bool is_time = strcmp(expr->name, "time") == 0, is_date = strcmp(expr->name, "date") == 0;
    enum time_text read = is_time ? time_text_time(expr->text, &value.time, &scale)
                                  : time_text_datetime(expr->text, &value.time, &scale, &has_clock);
    if (read == TIME_TEXT_UNSURE)
        return compile_refuse(c, "a date or time written like this");
    bool is_zero = !is_time && read == TIME_TEXT_OK && !calendar_has(&value.time);
    if (read != TIME_TEXT_OK || is_zero || (!is_time && has_clock == is_date))
        return compile_fail(c, PROBLEM_WRONG_VALUE, "Incorrect %s value: '%.*s'",
                            is_date   ? "DATE"
                            : is_time ? "TIME"
                                      : "DATETIME",
                            (int)(expr->text.len > 100 ? 100 : expr->text.len),
                            (const char *)expr->text.data);
    value.kind = is_time ? VALUE_TIME : is_date ? VALUE_DATE : VALUE_DATETIME;
    compile_constant(c, &value, out);
    out->scale = (uint8_t)scale;
    return true;
}
