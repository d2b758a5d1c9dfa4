/* function_type.c - types of what functions give, from those of their arguments. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/function.h"
#include "sql/charset.h"

static bool all_numbers(struct compiler *c, const struct call *call)
{
    enum rep rep;
    for (unsigned i = 0; i < call->count; i++)
        if (!number_rep(c, &call->args[i], &rep))
            return false;
    return true;
}

bool type_int(struct compiler *c, struct call *call)
{
    (void)c;
    call->type = typed_int(call->number > 0 ? (unsigned)call->number : 20, true);
    return true;
}

bool type_uint(struct compiler *c, struct call *call)
{
    if (!type_int(c, call))
        return false;
    call->type.is_unsigned = true;
    return true;
}

bool type_real(struct compiler *c, struct call *call)
{
    call->type = typed_real();
    return all_numbers(c, call);
}

bool type_number_sign(struct compiler *c, struct call *call)
{
    call->type = typed_int(1, true);
    return all_numbers(c, call);
}

/* One collation for all texts; bytes are not among them. */
bool arg_text_collation(struct compiler *c, struct call *call)
{
    struct typed merged = { .rep = REP_NULL };
    for (unsigned i = 0; i < call->count; i++) {
        const struct typed *arg = &call->args[i];
        struct typed as_text = *arg;
        if (!check_printable(c, arg))
            return false;
        if (arg->rep == REP_BYTES || arg->is_json)
            return compile_refuse(c, "this function of bytes or JSON");
        if (arg->rep != REP_TEXT)
            continue;
        if (merged.rep == REP_NULL) {
            merged = as_text;
            continue;
        }
        if (!merge_collations(c, &merged, &as_text, &merged.collation, &merged.coercion))
            return false;
        merged.column = NULL;
    }
    call->collation = merged.rep == REP_TEXT ? merged.collation : c->session->collation;
    call->type.collation = call->collation;
    call->type.coercion = merged.coercion;
    if (merged.coercion == COERCE_UNKNOWN)
        call->type.coercion = merged.column != NULL ? COERCE_COLUMN : COERCE_LITERAL;
    return true;
}

static bool text_of_length(struct compiler *c, struct call *call, uint64_t length)
{
    call->type = (struct typed){ .rep = REP_TEXT, .is_nullable = true };
    call->type.length = length > TEXT_RESULT_MAX ? TEXT_RESULT_MAX : (uint32_t)length;
    return arg_text_collation(c, call);
}

/* As long as all arguments together. */
bool type_text(struct compiler *c, struct call *call)
{
    uint64_t length = 0;
    for (unsigned i = 0; i < call->count; i++)
        length += text_length(&call->args[i]);
    return text_of_length(c, call, length);
}

bool type_text_first(struct compiler *c, struct call *call)
{
    return text_of_length(c, call, text_length(&call->args[0]));
}

/* Results that are digits and the like, in the connection's collation; arguments may be bytes. */
bool type_text_ascii(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_TEXT,
                                 .is_nullable = true,
                                 .length = call->number > 0 ? (uint32_t)call->number
                                                            : 2 * text_length(&call->args[0]),
                                 .collation = c->session->collation,
                                 .coercion = COERCE_LITERAL };
    return check_utf8(c, call);
}

bool type_any_text(struct compiler *c, struct call *call)
{
    return type_int(c, call) && check_utf8(c, call);
}

bool type_bytes(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_BYTES,
                                 .is_nullable = true,
                                 .length = text_length(&call->args[0]) };
    return check_utf8(c, call);
}

bool check_utf8(struct compiler *c, const struct call *call)
{
    for (unsigned i = 0; i < call->count; i++) {
        const struct typed *arg = &call->args[i];
        if (!check_printable(c, arg))
            return false;
        bool is_other = arg->rep == REP_TEXT && arg->collation != NULL &&
                        strncasecmp(arg->collation, "utf8", 4) != 0 &&
                        strncasecmp(arg->collation, "ascii", 5) != 0;
        if (is_other)
            return compile_refuse(c, "counting the bytes of another character set than UTF-8");
    }
    return true;
}

/* Positions: texts compared by their collation. */
bool type_search(struct compiler *c, struct call *call)
{
    unsigned digits = call->number > 0 ? (unsigned)call->number : 11;
    if (!arg_text_collation(c, call))
        return false;
    call->type = typed_int(digits, true);
    return true;
}

/* ABS and such: as the argument. */
bool type_same_number(struct compiler *c, struct call *call)
{
    enum rep rep;
    const struct typed *arg = &call->args[0];
    unsigned digits, scale;
    if (!number_rep(c, arg, &rep))
        return false;
    number_shape(arg, &digits, &scale);
    call->type = rep == REP_REAL  ? typed_real()
                 : rep == REP_INT ? typed_int(digits, true)
                                  : typed_decimal(digits, scale);
    call->type.is_unsigned = rep == REP_INT && arg->is_unsigned;
    return true;
}

/* CEIL, FLOOR: integers of numbers whose digits fit. */
bool type_whole(struct compiler *c, struct call *call)
{
    enum { INT_DIGITS = 18 };
    unsigned digits, scale;
    if (!type_same_number(c, call))
        return false;
    if (call->type.rep != REP_DECIMAL)
        return true;
    number_shape(&call->args[0], &digits, &scale);
    call->type = digits - scale < INT_DIGITS ? typed_int(digits - scale + 1, true)
                                             : typed_decimal(digits - scale + 1, 0);
    return true;
}

/* ROUND, TRUNCATE: a constant number of digits decides the scale. */
bool type_rounded(struct compiler *c, struct call *call)
{
    struct datum places;
    enum rep rep;
    if (!type_same_number(c, call))
        return false;
    if (call->count == 1) {
        if (call->type.rep == REP_DECIMAL)
            call->type = typed_decimal(call->type.digits - call->type.scale + 1u, 0);
        return true;
    }
    if (!number_rep(c, &call->args[1], &rep))
        return false;
    if (call->type.rep != REP_DECIMAL)
        return true;
    bool is_whole = call->args[1].rep == REP_INT || call->args[1].rep == REP_REAL;
    if (!call->args[1].is_constant || !is_whole)
        return is_null(&call->args[1]) ||
               compile_refuse(c, "rounding a DECIMAL to a number of digits that is no constant");
    datum_of_value(&call->args[1], &places);
    if (places.rep == REP_REAL) /* as parameters are sent */
        places = datum_int(places.d > 0 ? (int64_t)(places.d < 100 ? places.d : 100) : -1);
    if (places.rep != REP_INT)
        return true;
    unsigned scale = places.i < 0                  ? 0
                     : places.i < call->type.scale ? (unsigned)places.i
                                                   : call->type.scale;
    call->type = typed_decimal(call->type.digits - call->type.scale + scale + 1u, scale);
    return true;
}

/* GREATEST, LEAST: one type for all. */
bool type_greatest(struct compiler *c, struct call *call)
{
    struct typed merged = call->args[0];
    bool has_text = false, has_other = false;
    for (unsigned i = 0; i < call->count; i++) {
        has_text = has_text || call->args[i].rep == REP_TEXT;
        has_other = has_other || (call->args[i].rep != REP_TEXT && !is_null(&call->args[i]));
        if (i > 0 && !merge_types(c, &merged, &call->args[i], &merged))
            return false;
        if (call->args[i].rep == REP_BYTES)
            return compile_refuse(c, "GREATEST and LEAST of bytes");
    }
    if (has_text && has_other)
        return compile_refuse(c, "GREATEST and LEAST of texts and other values");
    call->type = merged;
    call->type.column = NULL;
    call->type.is_constant = false;
    call->type.is_nullable = true;
    call->collation = merged.collation;
    return true;
}
