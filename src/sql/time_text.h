/* time_text.h - dates and times as people and programs write them, read as the servers do.
 *
 * The servers read almost anything. Read here: parts of the usual widths with their delimiters
 * (2024-2-9, 24/02/09 7:5:3.25, 2024-02-09T07:05:03), and digits in one run (20240209070503). What
 * a server might read otherwise is TIME_TEXT_UNSURE. Calendars are checked: no 30th of February.
 * Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/value.h"

enum time_text { TIME_TEXT_OK, TIME_TEXT_WRONG, TIME_TEXT_UNSURE };

/* *scale: digits behind the second, at most 6 (more are rounded). *has_clock: not only a date. */
enum time_text time_text_datetime(struct bytes text, struct time_parts *out, unsigned *scale,
                                  bool *has_clock);
/* [-][days ]hh:mm[:ss[.f]], [-]hhmmss[.f]; hours up to 838. */
enum time_text time_text_time(struct bytes text, struct time_parts *out, unsigned *scale);
/* YYYYMMDD, YYMMDD, YYYYMMDDhhmmss, YYMMDDhhmmss; false: none of them. */
bool time_number_datetime(uint64_t number, struct time_parts *out, bool *has_clock);
/* hhmmss */
bool time_number_time(bool negative, uint64_t number, struct time_parts *out);

unsigned calendar_days_in(unsigned year, unsigned month);
bool calendar_has(const struct time_parts *parts); /* that day, and no part is zero */
/* Days since the year 0, as TO_DAYS counts. */
int64_t calendar_days(unsigned year, unsigned month, unsigned day);
void calendar_date(int64_t days, struct time_parts *out); /* year, month, day only */
