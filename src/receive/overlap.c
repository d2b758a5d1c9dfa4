/* overlap.c - see overlap.h. */
// SPDX-License-Identifier: Apache-2.0
#include "receive/overlap.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "binlog/stream.h"

struct overlap {
    struct cursor *cursor;
    struct event event; /* the one at hand, of the cursor's */
};

/* From a transaction boundary on: where the last transaction begins, or, where that is too far
 * back, the first of its events that is not. */
static bool find_start(struct cursor *cursor, uint64_t end, uint64_t *start, struct err *err)
{
    struct stream stream;
    struct event event;
    enum cursor_result result;
    stream_init(&stream);
    stream.has_format = true;
    stream.format = *cursor_format(cursor);
    *start = end;
    while ((result = cursor_next(cursor, &event, err)) == CURSOR_EVENT) {
        enum stream_step step;
        uint64_t at = cursor_event_start(cursor).offset;
        if (!stream_feed(&stream, &event, &step, err))
            return false;
        if (step == STREAM_BEGIN || (step != STREAM_OUTSIDE && end - *start > OVERLAP_MAX))
            *start = at;
    }
    return result == CURSOR_END;
}

bool overlap_open(struct store *store, struct overlap **out, uint64_t *start, struct err *err)
{
    AUTO(cursor) cursor = NULL;
    struct log_pos end = store_write_end(store);
    struct log_pos at = { end.file, end.offset - 1 };
    if (!store_sync(store, err) || !store_boundary_before(store, at, &at.offset, err) ||
        !cursor_open(store, at, "receive", &cursor, err) ||
        !find_start(cursor, end.offset, start, err))
        return false;
    *out = NULL;
    if (*start == end.offset)
        return true;
    AUTO(overlap) overlap = memory_new(sizeof *overlap);
    at.offset = *start;
    if (!cursor_open(store, at, "receive", &overlap->cursor, err))
        return false;
    *out = overlap;
    overlap = NULL;
    return true;
}

void overlap_free(struct overlap *overlap)
{
    if (overlap == NULL)
        return;
    cursor_free(overlap->cursor);
    free(overlap);
}

bool overlap_next(struct overlap *overlap, uint32_t *size, struct err *err)
{
    enum cursor_result result = cursor_next(overlap->cursor, &overlap->event, err);
    *size = result == CURSOR_EVENT ? overlap->event.header.size : 0;
    return result != CURSOR_ERROR;
}

bool overlap_agrees(const struct overlap *overlap, struct bytes piece, uint32_t seen)
{
    struct bytes held = overlap->event.raw;
    return piece.len <= held.len - seen && memcmp(held.data + seen, piece.data, piece.len) == 0;
}
