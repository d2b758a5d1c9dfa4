/* json_order.h - how JSON values compare, as in MySQL:
 * https://dev.mysql.com/doc/refman/8.4/en/json.html#json-comparison
 *
 * null < numbers < strings < objects < arrays < booleans. Numbers by their value, strings by their
 * bytes, arrays by their first cells that differ, objects are equal or in an order of no meaning.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/call.h"

struct json_node;

/* A column of type JSON, or what a function makes of one. */
static inline bool is_document(const struct typed *t)
{
    return t->is_json || (t->column != NULL && t->column->type == SQL_JSON);
}

/* Below 0, 0, above 0. */
int json_order(const struct json_node *a, const struct json_node *b);
/* Of a call's two arguments, neither of them NULL: one that is no document is taken for a scalar.
 */
bool json_compare(struct evaluation *e, int *order);
/* SQL that sorts, and groups, as the documents do; arrays and objects are refused when one comes.
 */
bool compile_json_key(struct compiler *c, const struct typed *typed, const char **sql);
