/* change_json.h - a log as JSON lines, one object a changed row: docs/formats/cat.md. Pure: events
 * in, text out. Memory: the largest event and the text of its largest row. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"
#include "print/row_tables.h"
#include "print/text_out.h"

struct change_json;
/* file: how the log is named in each object. */
struct change_json *change_json_new(const char *file, const struct row_scope *scope);
void change_json_free(struct change_json *printer); /* NULL is allowed */
/* Appends what the event says: lines for its rows or its statement, or nothing. Lines of rows
 * before one that cannot be read are there when it fails. */
bool change_json_event(struct change_json *printer, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       const struct text_out *out, struct err *err) MUST_CHECK;
