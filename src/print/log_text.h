/* log_text.h - a log as mysqlbinlog and mariadb-binlog print it, event by event: where it stands,
 * its header, what it says; rows as lines of comments, or as BINLOG statements for replay.
 *
 * What the source wrote cannot end a comment's line or a statement. Times are local, as theirs.
 * Pure but for the time zone; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"
#include "print/row_tables.h"
#include "print/text_out.h"

struct log_text_options {
    bool row_lines;  /* ### INSERT INTO … */
    bool with_types; /* … with each column's type */
    bool statements; /* BINLOG '…': what cannot be replayed is an error */
    bool readable;   /* with statements: INSERT, UPDATE, DELETE instead of BINLOG */
    bool without_gtids;
    struct row_scope scope;
};

struct log_text;
struct log_text *log_text_new(const struct log_text_options *options);
void log_text_free(struct log_text *text); /* NULL is allowed */
/* Before the first event and after the last one. */
void log_text_begin(struct log_text *text, struct buf *out);
void log_text_end(struct log_text *text, struct buf *out);
/* Every event in order, those inside a payload after it (place->in_payload). */
bool log_text_event(struct log_text *text, const struct event *event, const struct format *format,
                    const struct event_place *place, const struct text_out *out,
                    struct err *err) MUST_CHECK;
