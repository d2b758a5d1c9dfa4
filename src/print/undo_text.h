/* undo_text.h - what takes a log's changes back: for each rows event the BINLOG statement of its
 * inverse (deletes for inserts, updates turned round, its rows in reverse).
 *
 * Events go in forwards; each piece of text belongs before all that were given out earlier. What
 * cannot be taken back is an error: DDL, statements, XA transactions that were only prepared, rows
 * without all their columns. Pure; one thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/describe.h"
#include "binlog/event.h"
#include "print/row_tables.h"

struct undo_text;
struct undo_text *undo_text_new(const struct row_scope *scope);
void undo_text_free(struct undo_text *undo); /* NULL is allowed */
/* Appends the event's piece to out, or nothing. */
bool undo_text_event(struct undo_text *undo, const struct event *event, const struct format *format,
                     struct buf *out, struct err *err) MUST_CHECK;
/* Inside a transaction whose end was not seen: its pieces are not to be used. */
bool undo_text_is_open(const struct undo_text *undo);
/* What comes before all pieces, and after them. */
void undo_text_begin(const struct undo_text *undo, struct buf *out);
void undo_text_end(struct buf *out);
