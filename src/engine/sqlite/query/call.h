/* call.h - what SQLite cannot reckon as MySQL does: calls of our own inside its statements.
 *
 * binlogd_call(?n, a, b, …) is one SQLite function; ?n is bound to a struct call, which knows the
 * types of the arguments, of the result, and how to get it. Arguments that are constants are in the
 * call itself. A call of constants alone is reckoned at once and is a constant. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/datum.h"
#include "sql/weights.h"

typedef bool call_fn(struct evaluation *e, struct datum *out);

enum call_flags {
    CALL_TAKES_NULL = 1, /* else any NULL among the arguments gives NULL */
    CALL_VOLATILE = 2,   /* another result each time */
    CALL_COUNTS_BITS = 4 /* a BIT column is a number to it */
};

struct call {
    call_fn *eval;
    unsigned flags;
    struct typed type; /* of the result */
    struct typed *args;
    unsigned count;
    struct datum *constants; /* of arguments that are */
    struct query *query;
    bool is_strict;        /* a statement that writes: warnings are errors */
    bool is_silent;        /* described only */
    int number;            /* what eval makes of it */
    const char *collation; /* of comparisons */
};

void call_register(struct query_connection *connection);
void call_unregister(struct query_connection *connection);
/* eval, flags, type, args, count and number are the caller's; the rest is filled in. */
bool compile_call(struct compiler *c, const struct call *call, struct typed *out);
/* The same for a single argument, or two. */
bool compile_call_1(struct compiler *c, call_fn *eval, const struct typed *arg, struct typed type,
                    struct typed *out);
bool compile_call_2(struct compiler *c, call_fn *eval, const struct typed *a, const struct typed *b,
                    struct typed type, struct typed *out);
/* SQLite's text of a value in its plain form: constants bound, columns out of their stored form. */
const char *plain_sql(struct compiler *c, const struct typed *typed);
/* A constant NULL. */
static inline bool is_null(const struct typed *typed)
{
    return typed->rep == REP_NULL || (typed->is_constant && typed->value.kind == VALUE_NULL);
}
/* An INT or whatever else as a constant. */
void compile_constant(struct compiler *c, const struct value *value, struct typed *out);

/* typing.c: types of results */
struct typed typed_int(unsigned digits, bool is_nullable);
struct typed typed_real(void);
struct typed typed_decimal(unsigned digits, unsigned scale);
struct typed typed_bool(void);
/* The collation that texts are compared by, and the result has; false: 1267, or refused. */
bool merge_collations(struct compiler *c, const struct typed *a, const struct typed *b,
                      const char **collation, uint8_t *coercion);
/* Digits and scale as a number. */
void number_shape(const struct typed *typed, unsigned *digits, unsigned *scale);
/* The type that values of both can have, as CASE and UNION need. */
bool merge_types(struct compiler *c, const struct typed *a, const struct typed *b,
                 struct typed *out);
/* Does a table's column of this type show more than its value says? Of YEAR, BIT, ZEROFILL. */
bool is_shown_otherwise(const struct typed *typed);
/* Characters that the value takes as text, at most. */
uint32_t text_length(const struct typed *typed);
/* b'101' where a number is wanted. */
void bits_as_number(struct compiler *c, struct typed *typed);
/* MariaDB shows a BIT as a number where it is not a table's column any more. */
void bit_as_number(struct compiler *c, struct typed *typed);
/* Columns whose texts are not made here: BIT, DECIMAL and DOUBLE with ZEROFILL. Refused. */
bool check_printable(struct compiler *c, const struct typed *typed);
/* Which numbers arithmetic makes of it: REP_INT, REP_DECIMAL or REP_REAL; else refused. */
bool number_rep(struct compiler *c, const struct typed *typed, enum rep *out);

/* operators */
bool arithmetic_of(struct compiler *c, int op, const struct typed args[2], struct typed *out);
bool compile_arithmetic(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_negate(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_bits(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_xor(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_case(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_cast(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_collate(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_like(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_temporal_literal(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_interval_sum(struct compiler *c, const struct expr *expr, struct typed *out);
/* The value as a truth in SQLite: INTEGER or NULL. */
const char *truth_sql(struct compiler *c, const struct typed *typed);
/* -1, 0, 1, NULL by MySQL's rules, of values that SQLite does not compare alike. */
bool compile_compare_call(struct compiler *c, const char *op, const struct typed *a,
                          const struct typed *b, const char **sql);
/* By the call's collation. */
bool compare_texts(struct evaluation *e, struct bytes a, struct bytes b, int *order);
bool same_characters(struct evaluation *e, uint32_t a, uint32_t b, bool *same);
bool datum_compare(struct evaluation *e, const struct datum *a, const struct datum *b, int *order);
/* What a DECIMAL or TIME of an expression sorts by in SQLite. */
bool compile_order_key(struct compiler *c, const struct typed *typed, const char **sql);
/* What SQLite's own integers are, and constants that compare with them as integers do. */
bool is_bare_integer(const struct typed *typed);
bool whole_constant(const struct typed *typed, struct value *out);
/* Bytes that are the same where all values are; NULL where one is. */
bool compile_row_key(struct compiler *c, const struct expr *first, const char **sql);
/* To a type that merge_types gave. */
bool convert_to(struct compiler *c, const struct typed *in, const struct typed *type,
                struct typed *out);
bool eval_convert(struct evaluation *e, struct datum *out);
