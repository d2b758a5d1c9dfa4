/* aggregate.h - what is known of a group while its rows come. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/datum.h"

struct group { /* zeroed by SQLite */
    const struct aggregate *aggregate;
    uint64_t count;
    struct number sum;
    double real;
    struct datum kept;
    uint8_t *kept_bytes;
    size_t kept_room;
};

void list_register(struct query_connection *connection);
void list_unregister(struct query_connection *connection);
void aggregate_register(struct query_connection *connection);
void aggregate_unregister(struct query_connection *connection);
