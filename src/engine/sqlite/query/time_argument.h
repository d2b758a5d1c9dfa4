/* time_argument.h - what the files of functions of dates and times share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/function.h"
#include "sql/time_text.h"

#define DAY_MICROS 86400000000ll

/* An argument as a date or time. *out is NULL, with a warning, where it is none. */
bool time_argument(struct evaluation *e, unsigned i, enum rep rep, struct datum *out);
/* Microseconds since the year 0 of a date and time; of a time, since midnight, with its sign. */
int64_t total_micros(const struct time_parts *t);
int64_t clock_micros(const struct time_parts *t);
void set_clock(struct time_parts *t, uint64_t micros); /* hours from 0 on */
/* false: not in the years 1 to 9999 */
bool datetime_of_micros(int64_t micros, struct time_parts *out);
/* 0 = Monday */
unsigned weekday_of(const struct time_parts *t);
/* WEEK(t, mode); *year: the one that the week belongs to */
unsigned week_of(const struct time_parts *t, unsigned mode, unsigned *year);
unsigned day_of_year(const struct time_parts *t);
bool compile_date_format(struct compiler *c, const struct typed *when, const struct typed *format,
                         struct typed *out);
extern const char *const month_names[12], *const day_names[7];

/* An interval: parts with a sign. */
struct interval {
    bool negative;
    int64_t parts[7]; /* year, month, day, hour, minute, second, microsecond */
    bool has_clock, has_micros;
};
bool interval_of(struct evaluation *e, const struct datum *amount, enum time_unit unit,
                 struct interval *out);
bool interval_add(struct time_parts *t, const struct interval *interval, bool subtract);
bool unit_has_clock(enum time_unit unit);
bool unit_has_micros(enum time_unit unit);
