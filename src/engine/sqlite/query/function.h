/* function.h - how a function is described in functions.def, and what its files share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/call.h"

/* From the arguments' types: the result's, the collation; or refuses. */
typedef bool type_fn(struct compiler *c, struct call *call);

enum { TEXT_RESULT_MAX = 64 << 20 }; /* bytes; MySQL: max_allowed_packet */

/* types: function_type.c. number: digits, or what the function makes of it */
type_fn type_int, type_uint, type_real, type_text, type_text_first, type_text_ascii, type_bytes,
    type_same_number, type_rounded, type_greatest, type_search, type_whole, type_any_text,
    type_field, type_number_sign, type_part, type_week, type_date, type_temporal, type_sec_to_time,
    type_json, type_json_documents, type_json_values, type_json_object, type_json_changes,
    type_json_text, type_json_int, type_lock, type_regexp, type_regexp_place, type_regexp_text,
    type_addtime, type_timediff, type_timestamp_sum, type_maketime, type_convert_tz,
    type_uuid_bytes;
/* Texts among the arguments must be UTF-8 where bytes are counted. */
bool check_utf8(struct compiler *c, const struct call *call);
bool arg_text_collation(struct compiler *c, struct call *call);

static inline struct bytes arg_text(struct evaluation *e, unsigned i)
{
    return datum_to_text(&e->args[i], e->arena);
}
/* NULL and warning 1301 where it would be longer than TEXT_RESULT_MAX. */
bool too_long_result(struct evaluation *e, struct datum *out);
/* A result of the type that the call says: text or bytes. */
static inline void give_text(struct evaluation *e, struct bytes bytes, struct datum *out)
{
    *out = (struct datum){ .rep = e->call->type.rep, .bytes = bytes };
}

#define FUNCTION(name, least, most, flags, type, eval, number) call_fn eval_##eval;
#define SPECIAL(name, least, most, handler)                                                        \
    bool call_##handler(struct compiler *c, const struct expr *e, struct typed *out);
#include "engine/sqlite/query/functions.def"
#undef FUNCTION
#undef SPECIAL
bool call_concat(struct compiler *c, const struct expr *expr, struct typed *out); /* || */
bool call_json_arrow(struct compiler *c, const struct expr *e, struct typed *out);
