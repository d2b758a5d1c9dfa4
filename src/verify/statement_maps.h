/* statement_maps.h - the table maps of the statement that a log stands in: rows must come after the
 * map that names their table, and have as many columns.
 *
 * A rows event with the flag "end of statement" ends their life. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"

struct statement_maps {
    struct mapped_table *tables;
    size_t count;
    size_t cap;
};
void statement_maps_clear(struct statement_maps *maps);
/* The transaction has ended. */
void statement_maps_reset(struct statement_maps *maps);
/* Any event. ERR_CORRUPT: rows without their map, or the body of either is cut off. */
bool statement_maps_feed(struct statement_maps *maps, const struct event *event,
                         struct err *err) MUST_CHECK;
