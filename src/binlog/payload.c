/* payload.c - see payload.h. One function unpacks, one cuts events, and a stream of its own says
 * whether their order is that of one transaction. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/payload.h"
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "base/buf.h"
#include "base/memory.h"
#include "base/reader.h"
#include "binlog/stream.h"

enum {
    PIECE = 1 << 20,        /* an event's size is believed so far ahead of its bytes */
    EVENT_KEPT = 256 << 10, /* room that is kept between events */
    CONTEXT_KEPT = 4 << 20, /* a window that is kept between payloads: level 3 needs 2 MiB */
};

struct payload_reader {
    ZSTD_DCtx *zstd;
    enum payload_compression compression;
    ZSTD_inBuffer in;
    bool at_frame_end;
    uint64_t left;    /* of the uncompressed size */
    struct buf event; /* unpacked */
    struct stream stream;
    bool is_committed;
};

/* What a server puts into a payload. */
static const bool may_be_inside[256] = {
    [EVENT_QUERY] = true,
    [EVENT_INTVAR] = true,
    [EVENT_RAND] = true,
    [EVENT_USER_VAR] = true,
    [EVENT_ROWS_QUERY] = true,
    [EVENT_TABLE_MAP] = true,
    [EVENT_WRITE_ROWS_V1] = true,
    [EVENT_UPDATE_ROWS_V1] = true,
    [EVENT_DELETE_ROWS_V1] = true,
    [EVENT_WRITE_ROWS] = true,
    [EVENT_UPDATE_ROWS] = true,
    [EVENT_DELETE_ROWS] = true,
    [EVENT_PARTIAL_UPDATE_ROWS] = true,
    [EVENT_XID] = true,
    [EVENT_XA_PREPARE] = true,
    [EVENT_IGNORABLE] = true,
};

struct payload_reader *payload_reader_new(void)
{
    struct payload_reader *reader = memory_new(sizeof *reader);
    buf_init(&reader->event, (size_t)EVENT_SIZE_MAX + PIECE);
    return reader;
}

void payload_reader_free(struct payload_reader *reader)
{
    if (reader == NULL)
        return;
    ZSTD_freeDCtx(reader->zstd);
    buf_clear(&reader->event);
    free(reader);
}

static bool open_zstd(struct payload_reader *reader, struct err *err)
{
    if (ZSTD_sizeof_DCtx(reader->zstd) > CONTEXT_KEPT) {
        ZSTD_freeDCtx(reader->zstd);
        reader->zstd = NULL;
    }
    if (reader->zstd == NULL)
        reader->zstd = ZSTD_createDCtx();
    if (reader->zstd == NULL ||
        ZSTD_isError(ZSTD_DCtx_reset(reader->zstd, ZSTD_reset_session_and_parameters)) ||
        ZSTD_isError(
            ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, PAYLOAD_WINDOW_LOG_MAX)))
        return err_set(err, ERR_SYSTEM, "zstd cannot be set up: out of memory");
    return true;
}

bool payload_reader_start(struct payload_reader *reader, const struct payload_event *payload,
                          struct err *err)
{
    reader->compression = payload->compression;
    reader->in = (ZSTD_inBuffer){ payload->payload.data, payload->payload.len, 0 };
    reader->at_frame_end = true;
    reader->left = payload->uncompressed_size;
    reader->is_committed = false;
    buf_reset(&reader->event);
    stream_init(&reader->stream);
    reader->stream.has_format = true;
    reader->stream.inside = true; /* the GTID event stands before the payload */
    return payload->compression != PAYLOAD_ZSTD || open_zstd(reader, err);
}

/* ---- unpacking ---- */

static bool zstd_failed(size_t result, struct err *err)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return err_set(err, ERR_UNSUPPORTED,
                       "its zstd window is larger than %u MiB: set "
                       "binlog_transaction_compression_level_zstd lower on the source, and make a "
                       "new copy of it",
                       (1u << PAYLOAD_WINDOW_LOG_MAX) >> 20);
    return err_set(err, ERR_CORRUPT, "its zstd stream is broken: %s", ZSTD_getErrorName(result));
}

/* One step forward. *stuck: there was nothing left to do it with. */
static bool zstd_step(struct payload_reader *reader, ZSTD_outBuffer *out, bool *stuck,
                      struct err *err)
{
    size_t in_before = reader->in.pos;
    size_t out_before = out->pos;
    size_t result = ZSTD_decompressStream(reader->zstd, out, &reader->in);
    if (ZSTD_isError(result))
        return zstd_failed(result, err);
    *stuck = reader->in.pos == in_before && out->pos == out_before;
    reader->at_frame_end = result == 0;
    return true;
}

static bool unpack(struct payload_reader *reader, void *to, size_t n, struct err *err)
{
    ZSTD_outBuffer out = { to, n, 0 };
    bool stuck = false;
    while (out.pos < n) {
        if (!zstd_step(reader, &out, &stuck, err))
            return false;
        if (stuck)
            return err_set(err, ERR_CORRUPT,
                           "its zstd stream ends %llu bytes before the size that it declares",
                           (unsigned long long)(reader->left - out.pos));
    }
    reader->left -= n;
    return true;
}

/* What is left of the stream now may end its frame, and nothing else. */
static bool check_stream_end(struct payload_reader *reader, struct err *err)
{
    uint8_t more;
    bool stuck = false;
    while (!reader->at_frame_end || reader->in.pos < reader->in.size) {
        ZSTD_outBuffer out = { &more, 1, 0 };
        if (!zstd_step(reader, &out, &stuck, err))
            return false;
        if (out.pos > 0)
            return err_set(err, ERR_CORRUPT, "its zstd stream gives more bytes than it declares");
        if (stuck)
            return err_set(err, ERR_CORRUPT, "its zstd stream has no end");
    }
    return true;
}

/* Makes n more bytes of the event. */
static bool read_packed(struct payload_reader *reader, size_t n, struct err *err)
{
    while (n > 0) {
        size_t part = n < PIECE ? n : PIECE;
        uint8_t *room = buf_reserve(&reader->event, part);
        if (room == NULL)
            return err_set(err, ERR_CORRUPT, "an event of more than %u bytes is in it",
                           EVENT_SIZE_MAX);
        if (!unpack(reader, room, part, err))
            return false;
        reader->event.len += part;
        n -= part;
    }
    return true;
}

/* The next n bytes of the event whose first bytes are `so_far`. */
static bool read_more(struct payload_reader *reader, size_t n, struct bytes *event, struct err *err)
{
    if (n > reader->left)
        return err_set(err, ERR_CORRUPT, "its last event is cut off");
    if (reader->compression == PAYLOAD_ZSTD) {
        if (!read_packed(reader, n, err))
            return false;
        *event = buf_bytes(&reader->event);
        return true;
    }
    if (event->len == 0)
        event->data = (const uint8_t *)reader->in.src + reader->in.pos;
    event->len += n;
    reader->in.pos += n;
    reader->left -= n;
    return true;
}

/* ---- events ---- */

static bool check_event(struct payload_reader *reader, const struct event *event, struct err *err)
{
    enum stream_step step;
    uint8_t type = event->header.type;
    bool may_be_ignored =
        !event_type_is_known(type) && (event->header.flags & EVENT_FLAG_IGNORABLE) != 0;
    if (!may_be_inside[type] && !may_be_ignored)
        return err_set(err, ERR_CORRUPT,
                       "a %s event (code %u) is in it, which no server puts there",
                       event_type_name(type), type);
    if (reader->is_committed)
        return err_set(err, ERR_CORRUPT, "a %s event follows the end of its transaction",
                       event_type_name(type));
    if (!stream_feed(&reader->stream, event, &step, err))
        return err_set(err, ERR_CORRUPT, "a %s event is in it where no server writes one",
                       event_type_name(type));
    reader->is_committed = step == STREAM_COMMIT;
    return true;
}

static bool finish(struct payload_reader *reader, struct err *err)
{
    if (!reader->is_committed)
        return err_set(err, ERR_CORRUPT, "its transaction has no end");
    return reader->compression != PAYLOAD_ZSTD || check_stream_end(reader, err);
}

bool payload_reader_next(struct payload_reader *reader, struct event *event, bool *more,
                         struct err *err)
{
    struct event_header header;
    struct bytes raw = { 0 };
    static const struct format no_checksum = { .checksum = CHECKSUM_NONE };
    if (reader->event.cap > EVENT_KEPT)
        buf_clear(&reader->event);
    buf_reset(&reader->event);
    if (reader->left == 0) {
        *more = false;
        return finish(reader, err);
    }
    if (!read_more(reader, EVENT_HEADER_SIZE, &raw, err) ||
        !event_header_decode(raw, &header, err) ||
        !read_more(reader, header.size - EVENT_HEADER_SIZE, &raw, err) ||
        !event_decode(raw, &no_checksum, event, err) || !check_event(reader, event, err))
        return false;
    *more = true;
    return true;
}
