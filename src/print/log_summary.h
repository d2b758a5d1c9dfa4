/* log_summary.h - what a log holds, in numbers: per table, the biggest and the longest
 * transactions, and how many there were over time. Pure; memory grows with the number of tables
 * only. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"
#include "print/row_tables.h"

struct log_summary;
struct log_summary *log_summary_new(const struct row_scope *scope);
void log_summary_free(struct log_summary *summary); /* NULL is allowed */
/* Every event in order, those inside a payload after it (place->in_payload). */
bool log_summary_event(struct log_summary *summary, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       struct err *err) MUST_CHECK;
/* No event follows. */
void log_summary_finish(struct log_summary *summary);
/* Appends it for people, or as one JSON object. */
void log_summary_print(const struct log_summary *summary, struct buf *out);
void log_summary_print_json(const struct log_summary *summary, struct buf *out);
