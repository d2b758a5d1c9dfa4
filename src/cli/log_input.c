/* log_input.c - a window of bytes that moves over the log; events are borrowed from it. With
 * threads it is one block after the other (store/blocks.h), without a buffer that is filled as
 * needed. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_input.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "binlog/payload.h"
#include "cli/log_bytes.h"
#include "store/blocks.h"

/* An event's size is believed a piece at a time: a lie costs no more memory than the log has. A
 * piece stays in the processor's cache. */
enum { PIECE = 256 << 10 };

struct log_input {
    const char *name;
    struct log_follow *live; /* a server's log; NULL: bytes are read */
    struct log_bytes *bytes;
    unsigned threads;      /* that may read ahead, beside the caller's */
    struct blocks *blocks; /* NULL: nobody does */
    const char *file;
    struct buf buffer;   /* without blocks */
    struct bytes window; /* of the buffer, or the block */
    size_t at;           /* of the next event in the window */
    size_t checked;      /* checksums before there are right */
    uint64_t offset;     /* of the same event in the log */
    bool has_magic;
    bool has_format;
    bool is_encrypted; /* all after the event that says so */
    struct format format;
    struct payload_reader *payload;
    struct event_place payload_place;
    bool in_payload;
};

static struct log_input *new_input(const char *name)
{
    struct log_input *input = memory_new(sizeof *input);
    input->name = name;
    input->file = name;
    input->payload = payload_reader_new();
    buf_init(&input->buffer, (size_t)EVENT_SIZE_MAX + 2 * PIECE);
    return input;
}

struct log_input *log_input_open(const char *name, unsigned threads, struct err *err)
{
    struct log_bytes *bytes = log_bytes_open(name, err);
    if (bytes == NULL)
        return NULL;
    struct log_input *input = new_input(name);
    input->bytes = bytes;
    input->threads = threads > 1 && log_bytes_is_worth_threads(bytes) ? threads - 1 : 0;
    return input;
}

struct log_input *log_input_of_server(const char *name, struct log_follow *live)
{
    struct log_input *input = new_input(name);
    input->live = live;
    input->has_magic = true;
    return input;
}

bool log_input_is_idle(const struct log_input *input)
{
    return input->live != NULL && log_follow_is_idle(input->live);
}

void log_input_close(struct log_input *input)
{
    if (input == NULL)
        return;
    blocks_free(input->blocks);
    log_bytes_close(input->bytes);
    log_follow_close(input->live);
    payload_reader_free(input->payload);
    buf_clear(&input->buffer);
    free(input);
}

static bool read_piece(void *arg, void *out, size_t n, size_t *got, struct err *err)
{
    return log_bytes_read(arg, out, n, got, err);
}

/* The buffer's next n bytes, or as many as there are. */
static bool fill_buffer(struct log_input *input, size_t n, struct err *err)
{
    struct buf *buffer = &input->buffer;
    size_t left = input->window.len - input->at;
    if (input->at > 0)
        memmove(buffer->data, buffer->data + input->at, left);
    buffer->len = left;
    input->at = 0;
    for (size_t got = 1; buffer->len < n && got > 0; buffer->len += got) {
        uint8_t *room = buf_reserve(buffer, PIECE);
        if (room == NULL)
            return err_set(err, ERR_CORRUPT, "an event of more than %u bytes", EVENT_SIZE_MAX);
        if (!log_bytes_read(input->bytes, room, PIECE, &got, err))
            return false;
    }
    input->window = buf_bytes(buffer);
    return true;
}

/* No event stands in two blocks: what is left of the last one is torn. */
static bool next_block(struct log_input *input, struct err *err)
{
    struct block block;
    if (!blocks_next(input->blocks, &block, err))
        return false;
    if (block.bytes.len == 0)
        return true;
    input->window = block.bytes;
    input->checked = block.checked;
    input->at = 0;
    return true;
}

/* Makes the next n bytes stand in the window; *left: how many do, less than n at the log's end. */
static inline bool fill(struct log_input *input, size_t n, size_t *left, struct err *err)
{
    *left = input->window.len - input->at;
    if (*left >= n)
        return true;
    if (!(input->blocks != NULL ? next_block(input, err) : fill_buffer(input, n, err)))
        return false;
    *left = input->window.len - input->at;
    return true;
}

static bool torn(size_t got, size_t size, struct err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "the file ends inside an event: %zu bytes of %zu are there (a server that is "
                   "writing it, or one that crashed)",
                   got, size);
}

static bool read_magic(struct log_input *input, struct err *err)
{
    uint8_t magic[BINLOG_MAGIC_SIZE];
    size_t have = 0;
    for (size_t got = 1; have < sizeof magic && got > 0; have += got)
        if (!log_bytes_read(input->bytes, magic + have, sizeof magic - have, &got, err))
            return false;
    if (have < BINLOG_MAGIC_SIZE || memcmp(magic, BINLOG_MAGIC, BINLOG_MAGIC_SIZE) != 0)
        return err_set(err, ERR_CORRUPT,
                       "it is no binary log: it does not start with fe 62 69 6e "
                       "(an encrypted log starts with fd)");
    input->offset = BINLOG_MAGIC_SIZE;
    input->has_magic = true;
    if (input->threads > 0)
        input->blocks =
            blocks_new(&(struct blocks_input){ read_piece, input->bytes }, input->threads);
    return true;
}

/* One whole event, still in the window: most stand there already. */
static bool read_raw(struct log_input *input, struct bytes *raw, bool *more, struct err *err)
{
    struct event_header header;
    size_t got = 0;
    *more = event_is_whole(bytes_of(input->window.data + input->at, input->window.len - input->at),
                           raw);
    if (*more)
        return true;
    if (!fill(input, EVENT_HEADER_SIZE, &got, err))
        return false;
    *more = got > 0;
    if (got == 0)
        return true;
    if (got < EVENT_HEADER_SIZE)
        return torn(got, EVENT_HEADER_SIZE, err);
    *raw = bytes_of(input->window.data + input->at, got);
    if (!event_header_decode(*raw, &header, err) || !fill(input, header.size, &got, err))
        return false;
    if (got < header.size)
        return torn(got, header.size, err);
    *raw = bytes_of(input->window.data + input->at, header.size);
    return true;
}

static bool read_live(struct log_input *input, struct bytes *raw, bool *more, struct err *err)
{
    struct log_live_event event = { { NULL, 0 }, input->file, input->offset };
    if (!log_follow_next(input->live, &event, more, err))
        return false;
    *raw = event.raw;
    input->file = event.file;
    input->offset = event.pos;
    return true;
}

static bool decode(struct log_input *input, struct bytes raw, struct event *event, struct err *err)
{
    uint8_t type = raw.data[EVENT_TYPE_OFFSET];
    if (type == EVENT_FORMAT_DESCRIPTION) {
        if (!format_decode(raw, &input->format, err))
            return false;
        input->has_format = true;
    }
    if (!input->has_format)
        return err_set(err, ERR_CORRUPT, "the first event is %s, not a format description",
                       event_type_name(type));
    if (input->is_encrypted)
        return err_set(err, ERR_UNSUPPORTED,
                       "from here on the file is encrypted (encrypt_binlog): only its server can "
                       "read it (mariadb-binlog --read-from-remote-server)");
    input->is_encrypted = type == EVENT_START_ENCRYPTION && input->live == NULL; /* sent in clear */
    if (input->at + raw.len > input->checked && !event_checksum_ok(raw, input->format.checksum))
        return err_set(err, ERR_CORRUPT, "the checksum of this %s event is wrong",
                       event_type_name(type));
    return event_decode(raw, &input->format, event, err);
}

static bool open_payload(struct log_input *input, const struct log_input_event *holder,
                         struct err *err)
{
    struct payload_event payload;
    if (!payload_decode(&holder->event, &payload, err) ||
        !payload_reader_start(input->payload, &payload, err))
        return false;
    input->payload_place = holder->place;
    input->payload_place.in_payload = true;
    input->in_payload = true;
    return true;
}

/* *more false: the payload has no further event. */
static bool next_inside(struct log_input *input, struct log_input_event *out, bool *more,
                        struct err *err)
{
    if (!payload_reader_next(input->payload, &out->event, more, err))
        return err_wrap(err, "Transaction_payload event");
    input->in_payload = *more;
    out->file = input->file;
    out->place = input->payload_place;
    return true;
}

static bool next_in_file(struct log_input *input, struct log_input_event *out, bool *more,
                         struct err *err)
{
    struct bytes raw = { NULL, 0 };
    if (!(input->live != NULL ? read_live : read_raw)(input, &raw, more, err) ||
        (*more && !decode(input, raw, &out->event, err)))
        return false;
    if (!*more)
        return true;
    out->place = (struct event_place){ input->offset, input->offset + raw.len, false };
    if (out->event.header.type == EVENT_TRANSACTION_PAYLOAD && !open_payload(input, out, err))
        return false;
    out->file = input->file;
    input->at += input->live == NULL ? raw.len : 0;
    input->offset += raw.len;
    return true;
}

bool log_input_next(struct log_input *input, struct log_input_event *out, bool *more,
                    struct err *err)
{
    if (!input->has_magic && !read_magic(input, err))
        return err_wrap(err, "%s", input->name);
    out->format = &input->format;
    if (input->in_payload) {
        if (!next_inside(input, out, more, err))
            return err_wrap(err, "%s at %llu", input->name,
                            (unsigned long long)input->payload_place.pos);
        if (*more)
            return true;
    }
    return next_in_file(input, out, more, err) ||
           err_wrap(err, "%s at %llu", input->name, (unsigned long long)input->offset);
}
