/* aggregate.h - what is known of a group while its rows come. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/call.h"

struct group { /* zeroed by SQLite */
    const struct aggregate *aggregate;
    uint64_t count;
    struct number sum;
    double real;
    double mean; /* of a variance; `real`: the squares */
    uint64_t bits;
    struct datum kept;
    uint8_t *kept_bytes;
    size_t kept_room;
};

struct aggregate {
    struct call call; /* first */
    bool (*step)(struct evaluation *, struct group *, const struct datum *);
    bool (*final)(struct evaluation *, struct group *, struct datum *);
};

/* aggregate.c: its one argument, and a call of SQLite's function with it. The type is the call's.
 */
bool compile_argument(struct compiler *c, const struct expr *e, struct typed *out);
bool compile_aggregate(struct compiler *c, const struct aggregate *given, const struct typed *arg,
                       struct typed *out);

void list_register(struct query_connection *connection);
void list_unregister(struct query_connection *connection);
void aggregate_register(struct query_connection *connection);
void aggregate_unregister(struct query_connection *connection);
void json_aggregates_register(struct query_connection *connection);
void json_aggregates_unregister(struct query_connection *connection);
