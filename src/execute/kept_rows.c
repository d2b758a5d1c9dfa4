/* kept_rows.c - a result that waits to be fetched: the payloads of its rows, one behind the other,
 * each with its length (u32) in front.
 *
 * The rows are those of the moment the statement ran, as MySQL's materialized cursors have them: a
 * cursor holds no snapshot and no transaction, and outlives COMMIT. Of a large one KEPT_MAX bytes
 * are in memory and the rest in a file without a name. Workers only, but for closing. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "execute/state.h"
#include "wire/packet.h"
#include "wire/result_encode.h"

enum {
    KEPT_MAX = 64 * 1024, /* bytes of a cursor in memory */
    CURSORS_MAX = 64,     /* open ones of a session */
    NO_OPEN_CURSOR = 1421,
    TOO_MANY = 1461,
    DISK_FULL = 1021,
    HEAD_SIZE = 4,
};
#define FILE_MAX ((uint64_t)4 << 30) /* bytes of a cursor on disk */

struct kept_rows {
    struct kept_rows *next;
    uint32_t statement_id;
    struct buf kept; /* before it is flushed; then what was read ahead */
    size_t at;       /* in kept: the next row */
    FILE *file;      /* NULL: all of it is kept */
    uint64_t written;
};

struct kept_rows *kept_rows_new(uint32_t statement_id)
{
    struct kept_rows *cursor = memory_new(sizeof *cursor);
    cursor->statement_id = statement_id;
    buf_init(&cursor->kept, KEPT_MAX);
    return cursor;
}

void kept_rows_free(struct kept_rows *cursor)
{
    if (cursor == NULL)
        return;
    if (cursor->file != NULL)
        fclose(cursor->file);
    buf_clear(&cursor->kept);
    free(cursor);
}

/* ---- filling ---- */

static bool write_out(struct kept_rows *cursor, struct bytes bytes, struct err *err)
{
    if (cursor->written + bytes.len > FILE_MAX)
        return err_refuse(err, DISK_FULL, "a cursor of more than 4 GiB: fetch less, with LIMIT");
    cursor->written += bytes.len;
    return fwrite(bytes.data, 1, bytes.len, cursor->file) == bytes.len ||
           err_refuse(err, DISK_FULL, "Disk full: a cursor's rows cannot be kept");
}

static bool spill(struct kept_rows *cursor, struct err *err)
{
    if (cursor->file != NULL)
        return true;
    cursor->file = tmpfile();
    if (cursor->file == NULL)
        return err_refuse(err, DISK_FULL, "Disk full: no temporary file for a cursor's rows");
    bool ok = write_out(cursor, buf_bytes(&cursor->kept), err);
    buf_clear(&cursor->kept);
    return ok;
}

bool kept_rows_append(struct kept_rows *cursor, struct bytes row, struct err *err)
{
    uint8_t bytes[HEAD_SIZE];
    struct buf head = { .data = bytes, .cap = sizeof bytes, .max = sizeof bytes };
    buf_le(&head, row.len, HEAD_SIZE);
    bool is_small = cursor->file == NULL && row.len <= KEPT_MAX &&
                    cursor->kept.len + row.len + HEAD_SIZE <= KEPT_MAX;
    if (is_small) {
        buf_append(&cursor->kept, bytes, HEAD_SIZE);
        buf_append(&cursor->kept, row.data, row.len);
        return true;
    }
    return spill(cursor, err) && write_out(cursor, buf_bytes(&head), err) &&
           write_out(cursor, row, err);
}

/* ---- a session's ---- */

static struct kept_rows **place_of(struct execution *e, uint32_t statement_id)
{
    struct kept_rows **at = &e->cursors;
    while (*at != NULL && (*at)->statement_id != statement_id)
        at = &(*at)->next;
    return at;
}

void execution_close_cursor(struct execution *e, uint32_t statement_id)
{
    struct kept_rows **at = place_of(e, statement_id);
    struct kept_rows *cursor = *at;
    if (statement_id == 0) {
        kept_rows_clear(e);
        return;
    }
    if (cursor != NULL)
        *at = cursor->next;
    kept_rows_free(cursor);
}

void kept_rows_clear(struct execution *e)
{
    while (e->cursors != NULL) {
        struct kept_rows *next = e->cursors->next;
        kept_rows_free(e->cursors);
        e->cursors = next;
    }
}

bool kept_rows_add(struct execution *e, struct kept_rows *taken, struct err *err)
{
    unsigned count = 0;
    for (const struct kept_rows *cursor = e->cursors; cursor != NULL; cursor = cursor->next)
        count++;
    bool ok = (taken->file == NULL ||
               (fflush(taken->file) == 0 && fseek(taken->file, 0, SEEK_SET) == 0)) ||
              err_refuse(err, DISK_FULL, "Disk full: a cursor's rows cannot be kept");
    if (ok && count == CURSORS_MAX)
        ok = err_refuse(err, TOO_MANY, "Can't open more than %d cursors in a session", CURSORS_MAX);
    if (!ok) {
        kept_rows_free(taken);
        return false;
    }
    taken->next = e->cursors;
    e->cursors = taken;
    return true;
}

/* ---- fetching ---- */

static bool read_bytes(struct kept_rows *cursor, uint8_t *out, size_t size)
{
    if (cursor->file != NULL)
        return fread(out, 1, size, cursor->file) == size;
    if (cursor->kept.len - cursor->at < size)
        return false;
    memcpy(out, cursor->kept.data + cursor->at, size);
    cursor->at += size;
    return true;
}

enum fetched { FETCHED_ROW, FETCHED_END, FETCHED_FAILED };

static enum fetched put_row(struct execution *e, struct kept_rows *cursor)
{
    uint8_t head[HEAD_SIZE];
    if (!read_bytes(cursor, head, HEAD_SIZE))
        return cursor->file != NULL && ferror(cursor->file) ? FETCHED_FAILED : FETCHED_END;
    size_t size =
        (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    size_t at = packet_open(&e->out);
    uint8_t *room = buf_reserve(&e->out, size);
    if (room == NULL || !read_bytes(cursor, room, size))
        return FETCHED_FAILED;
    e->out.len += size;
    packet_close(&e->out, at, &e->number);
    return FETCHED_ROW;
}

/* After the last row, not with it: the client learns of the end by asking for more. */
enum step kept_rows_fetch(struct execution *e, struct err *err)
{
    struct kept_rows *cursor = *place_of(e, e->request.cursor);
    if (cursor == NULL) {
        (void)err_refuse(err, NO_OPEN_CURSOR, "The statement (%u) has no open cursor.",
                         e->request.cursor);
        return statement_end_error(e, err);
    }
    for (; e->request.row_count > 0; e->request.row_count--) {
        if (e->out.len >= EXECUTE_CHUNK)
            return STEP_OUTPUT;
        enum fetched fetched = put_row(e, cursor);
        if (fetched == FETCHED_ROW)
            continue;
        execution_close_cursor(e, e->request.cursor);
        if (fetched == FETCHED_FAILED) {
            buf_reset(&e->out);
            (void)err_refuse(err, DISK_FULL, "a cursor's rows cannot be read again");
            return statement_end_error(e, err);
        }
        results_end_with(e, STATUS_LAST_ROW_SENT);
        return STEP_OUTPUT;
    }
    results_end_with(e, STATUS_CURSOR_EXISTS);
    return STEP_OUTPUT;
}
