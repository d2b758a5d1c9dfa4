/* demo_load.h - the clients of `binlogd demo`: orders, one transaction each, written through the
 * primary's port; what was acknowledged, and when.
 *
 * A client that loses its connection makes another one and goes on with the next order: that one
 * may be there or not, and nobody promised it. Any thread may ask while it runs. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/demo_node.h"

enum { DEMO_WRITERS = 2, DEMO_ITEMS = 100, DEMO_ORDERS_MAX = 1000000 };

struct demo_load;
bool demo_load_schema(const struct demo_node *primary, const struct demo_place *place,
                      struct err *err) MUST_CHECK; /* database shop, its tables and items */
struct demo_load *demo_load_start(const struct demo_node *primary, const struct demo_place *place);
/* The clients have ended; false: one of them met an error that is none of a lost connection. */
bool demo_load_stop(struct demo_load *load, struct err *err) MUST_CHECK;
void demo_load_free(struct demo_load *load); /* NULL is allowed; stopped before */

uint64_t demo_load_acknowledged(const struct demo_load *load);    /* orders */
bool demo_load_has(const struct demo_load *load, uint64_t order); /* acknowledged? */
/* The largest number of an order that was acknowledged. */
uint64_t demo_load_newest(const struct demo_load *load);
/* How long the first order behind `seen` has been acknowledged; 0: there is none. */
uint64_t demo_load_age_us(const struct demo_load *load, uint64_t seen);
