/* store.h - what the files that store values share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/query_internal.h"

struct storing {
    struct compiler *c;
    const struct column_def *column;
    const struct value *in; /* not NULL */
};
typedef bool store_fn(const struct storing *s, struct value *out);

/* Errors of MySQL's; always false. */
bool store_out_of_range(const struct storing *s);
bool store_too_long(const struct storing *s);
bool store_truncated(const struct storing *s);
bool store_incorrect(const struct storing *s, enum problem number, const char *type);
bool store_cannot(const struct storing *s);
/* Not an error in any mode: something that does not matter was cut off. */
void store_note(const struct storing *s);
/* The value as text; numbers as their digits. In the arena where it is made. */
bool store_as_text(const struct storing *s, struct bytes *out);

store_fn store_integer, store_year, store_real, store_decimal, store_bit;
store_fn store_date, store_time, store_datetime, store_timestamp;
store_fn store_text, store_bytes, store_enum, store_set, store_json;
