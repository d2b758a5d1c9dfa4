/* rows.h - rows events: WRITE, UPDATE, DELETE, v1 (23-25, MariaDB), v2 (30-32, MySQL) and updates
 * with partial JSON (39, MySQL).
 *
 * Body: table id (6), flags (2), v2: extra length (2, with itself) and extra data; column count
 * (lenenc), a bitmap of the columns present in the before image (write: the after image), for
 * updates a second one for the after image; then rows: a null bitmap over the present columns, then
 * the values. Everything is borrowed from the event. MariaDB's compressed rows (166-171) are to be
 * unpacked first. Not thread-safe: a struct rows belongs to its reader. Usage:
 *
 *     struct rows rows;
 *     if (!rows_decode(event, &rows, err) || !rows_bind(&rows, types, count, err)) …
 *     while (rows_next(&rows, before, after, &more, err) && more) …
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/event.h"
#include "binlog/value.h"

enum rows_kind { ROWS_WRITE, ROWS_UPDATE, ROWS_DELETE };
enum {
    ROWS_STATEMENT_END = 0x1,
    ROWS_NO_FOREIGN_KEY_CHECKS = 0x2,
    ROWS_RELAXED_UNIQUE_CHECKS = 0x4,
    ROWS_SQL_FOREIGN_KEY = 0x10, /* MySQL 9.6+: the cascades' rows are in the log themselves */
};

struct rows {
    enum rows_kind kind;
    bool partial_json; /* PARTIAL_UPDATE_ROWS: after images begin with value options */
    uint64_t table_id;
    uint16_t flags;
    unsigned column_count;
    struct bytes before_present; /* UPDATE, DELETE; bit i: column i is in the image */
    struct bytes after_present;  /* WRITE, UPDATE */
    unsigned before_count;       /* bits set: as many null bits has each row */
    unsigned after_count;
    size_t head_size;   /* of the body: all before the first row */
    struct reader data; /* rows not read yet */
    const struct column_type *types;
    unsigned row_index; /* of the row that rows_next gives next, from 0 */
};

bool rows_is_rows_event(uint8_t type); /* of the kinds decoded here */
bool rows_decode(const struct event *event, struct rows *out, struct err *err) MUST_CHECK;
/* types are borrowed until the last rows_next. ERR_CORRUPT when count is not the event's: table map
 * and rows do not belong together. */
bool rows_bind(struct rows *rows, const struct column_type *types, unsigned count,
               struct err *err) MUST_CHECK;
/* The next row's values, one per column (VALUE_ABSENT where the image has none); before is
 * untouched for WRITE, after for DELETE. *more false: there was no further row. Allocates nothing.
 * A part of a JSON document is VALUE_JSON_DIFF. */
bool rows_next(struct rows *rows, struct value *before, struct value *after, bool *more,
               struct err *err) MUST_CHECK;

/* ---- writing, with full images ---- */
struct rows_head {
    enum rows_kind kind;
    uint64_t table_id;
    uint16_t flags;
    unsigned column_count;
    bool is_v1; /* as MariaDB writes them */
};
/* Begins a body; images follow it (an update's: before, after). Returns the event's type. */
uint8_t rows_encode(const struct rows_head *head, struct buf *body);
/* No value may be ABSENT. ERR_CONFLICT: one does not fit its column. */
bool rows_encode_image(const struct column_type *types, const struct value *values, unsigned count,
                       struct buf *body, struct err *err) MUST_CHECK;
