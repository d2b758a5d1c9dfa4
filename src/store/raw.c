/* raw.c - the log's bytes as they stand in its files, for who passes them on.
 *
 * The same cursor, without its decoding: no buffer of its own, one pread a block, nothing looked
 * at. What stands between two places where events start is for the caller to find. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>
#include "store/state.h"

/* What scan.c keeps between two events: whoever reads raw does without, and idle ones are many. */
static void drop_buffers(struct scan *scan)
{
    free(scan->buffer);
    free(scan->large);
    scan->buffer = NULL;
    scan->large = NULL;
    scan->start = 0;
    scan->end = 0;
}

/* At the limit that is known: raises it. */
static enum raw_result look_further(struct cursor *cursor)
{
    bool has_next = false;
    uint64_t limit = cursor_limit(cursor, &has_next);
    if (limit > cursor->event_end) {
        cursor->scan.limit = limit;
        return RAW_BYTES;
    }
    return has_next ? RAW_FILE_END : RAW_WAIT;
}

enum raw_result cursor_read_raw(struct cursor *cursor, struct raw_block *block, struct err *err)
{
    struct scan *scan = &cursor->scan;
    drop_buffers(scan);
    if (!cursor->is_open) {
        bool is_there;
        if (!cursor_open_file(cursor, cursor->event_end, &is_there, err)) {
            err_wrap(err, "log reader %s", cursor->reader_name);
            return RAW_ERROR;
        }
        if (!is_there)
            return RAW_WAIT;
        drop_buffers(scan);
    }
    enum raw_result result = scan->limit > cursor->event_end ? RAW_BYTES : look_further(cursor);
    if (result != RAW_BYTES)
        return result;
    uint64_t left = scan->limit - cursor->event_end;
    size_t n = left < block->size ? (size_t)left : block->size;
    if (!files_read_at(scan->files, scan->fd, block->data, n, (off_t)cursor->event_end, &block->len,
                       err)) {
        err_wrap(err, "%s", cursor->file_name);
        return RAW_ERROR;
    }
    block->limit = scan->limit;
    if (block->len == n)
        return RAW_BYTES;
    err_set(err, ERR_CORRUPT, "%s ends at %" PRIu64 " instead of %" PRIu64 ": it was cut short",
            cursor->file_name, cursor->event_end + block->len, scan->limit);
    return RAW_ERROR;
}

void cursor_take_raw(struct cursor *cursor, uint64_t size)
{
    cursor->event_end += size;
    cursor->event_start = cursor->event_end;
    cursor->scan.pos = cursor->event_end;
}

void cursor_next_file(struct cursor *cursor)
{
    cursor_cross(cursor);
}
