/* convert_internal.h - what convert.c, convert_number.c and convert_text.c share: a conversion is
 * one function for a pair of stored forms. Each sets the result, or refuses the value with an error
 * that names it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/convert.h"

typedef void convert_fn(sqlite3_context *context, sqlite3_value *value,
                        const struct column_def *from, const struct column_def *to);

void convert_refuse(sqlite3_context *context, sqlite3_value *value, const struct column_def *to);
void convert_result(sqlite3_context *context, const void *text, size_t len);
struct bytes convert_text_of(sqlite3_value *value);
bool convert_fits_integer(const struct column_def *to, bool negative, uint64_t magnitude);
/* A number in the stored form of an integer; it fits. */
void convert_integer_result(sqlite3_context *context, bool negative, uint64_t magnitude);
/* Decimal text as the column stores it, rounded half away from zero, as the servers do in every
 * SQL mode; false when it is no number or has too many digits before the point. */
bool convert_rescale(struct bytes text, const struct column_def *to, char out[STORAGE_DECIMAL_MAX],
                     size_t *out_len);
/* "1234.5" as an integer, rounded likewise; false when it is none, or beyond 64 bits. */
bool convert_round(struct bytes text, bool *negative, uint64_t *magnitude);

/* Can every value of inner be one of outer? */
bool convert_range_holds(const struct column_def *outer, const struct column_def *inner);

/* Between numbers, and numbers as text. */
convert_fn convert_integer, convert_integer_to_text, convert_integer_to_real, convert_real,
    convert_to_decimal, convert_decimal_to_text, convert_decimal_to_integer,
    convert_decimal_to_real;
/* From text to the type whose own text it is. */
convert_fn convert_text_to_integer, convert_text_to_decimal, convert_text_to_real,
    convert_text_to_date, convert_text_to_datetime;
/* Between bytes and the text that they are in the column's character set. */
convert_fn convert_bytes_to_text, convert_text_to_blob, convert_text_to_binary;
/* The date of a date and time. */
convert_fn convert_datetime_to_date;
