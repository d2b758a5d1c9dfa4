/* datum.h - one value while an expression is reckoned: MySQL's types and conversions between them.
 *
 * Bytes are borrowed from SQLite's value, the statement's constants, or the evaluation's arena.
 * Conversions follow MySQL's for implicit ones: what is cut off is warning 1292, an error where a
 * statement writes strictly. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/query_internal.h"
#include "sql/number.h"

struct datum {
    enum rep rep; /* REP_NULL: NULL */
    bool is_unsigned;
    uint8_t scale;  /* of temporals: digits of the second to show */
    uint8_t zeros;  /* of a column's integers: digits to show at least */
    bool is_single; /* of a FLOAT column: six digits are shown */
    union {
        int64_t i; /* REP_INT */
        uint64_t u;
        double d;
        struct number number;   /* REP_DECIMAL */
        struct bytes bytes;     /* REP_TEXT, REP_BYTES */
        struct time_parts time; /* REP_DATE, REP_TIME, REP_DATETIME */
    };
};

struct evaluation {
    const struct call *call;
    struct datum *args; /* call->count */
    struct arena *arena;
    struct query_connection *connection;
    sqlite3_context *context; /* NULL: of constants */
};

/* Of an expression's result. false: connection->problem says what. */
bool datum_read(struct query_connection *connection, const struct query_session *session,
                const struct typed *type, sqlite3_value *value, struct datum *out);
void datum_result(sqlite3_context *context, const struct datum *datum);
/* Between datums and the values of constants. */
void datum_of_value(const struct typed *type, struct datum *out);
void datum_to_value(const struct datum *datum, struct arena *arena, struct value *out);

static inline struct datum datum_null(void)
{
    return (struct datum){ .rep = REP_NULL };
}
static inline struct datum datum_int(int64_t i)
{
    return (struct datum){ .rep = REP_INT, .i = i };
}
static inline struct datum datum_uint(uint64_t u)
{
    return (struct datum){ .rep = REP_INT, .is_unsigned = true, .u = u };
}
static inline struct datum datum_real(double d)
{
    return (struct datum){ .rep = REP_REAL, .d = d };
}
static inline struct datum datum_number(struct number number)
{
    return (struct datum){ .rep = REP_DECIMAL, .number = number, .scale = number.scale };
}
static inline struct datum datum_text(struct bytes bytes)
{
    return (struct datum){ .rep = REP_TEXT, .bytes = bytes };
}
static inline bool datum_has_bytes(const struct datum *datum)
{
    return datum->rep == REP_TEXT || datum->rep == REP_BYTES;
}
static inline bool datum_is_temporal(const struct datum *datum)
{
    return datum->rep >= REP_DATE;
}

/* All of these: false: failed. The datum is not NULL. */
bool datum_to_real(struct evaluation *e, const struct datum *in, double *out);
bool datum_to_number(struct evaluation *e, const struct datum *in, struct number *out);
/* Rounded; texts: the digits in front. */
bool datum_to_integer(struct evaluation *e, const struct datum *in, bool *negative,
                      uint64_t *magnitude);
/* In 64 bits with a sign: what is larger becomes the largest. */
bool datum_to_int64(struct evaluation *e, const struct datum *in, int64_t *out);
struct bytes datum_to_text(const struct datum *in, struct arena *arena);
bool datum_truth(struct evaluation *e, const struct datum *in, bool *out);
/* rep: REP_DATE, REP_TIME or REP_DATETIME. *is_valid false: it is none (no warning is given). */
bool datum_to_temporal(struct evaluation *e, const struct datum *in, enum rep rep,
                       struct datum *out, bool *is_valid);

/* Always false. */
bool evaluation_fail(struct evaluation *e, enum problem number, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool evaluation_refuse(struct evaluation *e, const char *what);
/* false: an error here, as statements that write strictly have it. */
bool evaluation_warn(struct evaluation *e, enum problem number, const char *format, ...)
    PRINTF_LIKE(3, 4);
