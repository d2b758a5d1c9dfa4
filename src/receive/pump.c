/* pump.c - events from a connection into the store: the receiver's inner loop.
 *
 * Promises: (1) what is stored is byte for byte the source's file: each event is checked to start
 * where the file ends, and its CRC32 is verified; (2) what the source makes up for the connection
 * (artificial rotates, heartbeats, repeated format descriptions) is understood and not stored; (3)
 * a mark is set only at a transaction's end or outside of one; (4) memory does not grow with the
 * size of an event; (5) nothing is stored before what the source sends of the end of the log here
 * was the same. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "receive"
#include "receive/receive_internal.h"
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "binlog/rotate.h"
#include "receive/acknowledge.h"
#include "receive/naming.h"

enum { REPORT_BYTES = 16 << 20, ACK_BYTES = 256 << 10 };

/* An event on its way, in one or more pieces. */
struct incoming {
    struct event_header header;
    bool stored; /* or not: it is no part of the file, or held already */
    bool held;   /* its like is in the store: they are compared */
    bool differs;
    enum stream_step step;
    bool ack_wanted; /* semi-sync: the source waits for an answer */
    uint32_t seen;   /* bytes so far */
    uint32_t crc;    /* of the bytes before the checksum */
    uint8_t tail[EVENT_CHECKSUM_SIZE];
};

struct pump {
    struct receive *receive;
    struct store *store;
    const struct ask *ask;
    const struct source_answers *source;
    enum receive_fault fault;
    struct overlap *overlap; /* NULL: all that is held was compared */
    struct stream stream;
    enum checksum checksum; /* of the events that come now */
    char file[LOG_NAME_MAX + 1];
    uint64_t offset;   /* where the next stored event starts in the source's file */
    bool wrote_all;    /* the log here, which is not empty, is all of this server */
    bool awaits_first; /* no transaction came yet of the file that was asked for */
    bool start_file;   /* the next format description opens `file` in the store */
    uint32_t made;     /* when the file that goes on here was made; 0: not known */
    struct incoming in;
    struct acknowledge ack;
    uint32_t timestamp;
    uint64_t bytes, transactions; /* not yet told to the status */
    uint64_t looked_at;           /* the offset where it was looked what may be acknowledged */
};

static bool pump_source_error(struct pump *p, struct err *err)
{
    p->fault = FAULT_SOURCE;
    return err_wrap(err, "source log %s at %llu", p->file, (unsigned long long)p->offset);
}

static bool pump_diverged(struct pump *p, const char *what, struct err *err)
{
    err_set(
        err, ERR_CONFLICT,
        "the source has diverged: %s. It lost its tail in a crash, was restored from a backup or "
        "was reset. Compare the two, then make a new copy into an empty --data directory",
        what);
    return pump_source_error(p, err);
}

/* ---- which file the stream is in ---- */

static bool same_place(const struct pump *p, const struct rotate_event *rotate)
{
    return strcmp(p->file, rotate->file) == 0 && rotate->offset == p->offset;
}

/* An artificial rotate names the file that the events after it belong to. */
static bool pump_artificial_rotate(struct pump *p, const struct event *event, struct err *err)
{
    struct rotate_event rotate;
    if (!rotate_decode(event, &rotate, err))
        return pump_source_error(p, err);
    if (p->ask->by == ASK_BY_GTID) {
        snprintf(p->receive->fetch_whole, sizeof p->receive->fetch_whole, "%s", rotate.file);
        return err_set(err, ERR_CANCELLED, "by GTID the source points into its file %s",
                       rotate.file);
    }
    if (same_place(p, &rotate))
        return true;
    if (rotate.offset != BINLOG_MAGIC_SIZE || strcmp(p->file, rotate.file) == 0) {
        err_set(err, ERR_PROTOCOL, "it was asked for this place and starts at %s:%llu", rotate.file,
                (unsigned long long)rotate.offset);
        return pump_source_error(p, err);
    }
    snprintf(p->file, sizeof p->file, "%s", rotate.file);
    p->offset = BINLOG_MAGIC_SIZE;
    p->start_file = true;
    return true;
}

/* A crash may have left the file begun, with nothing in it but its magic. */
static bool is_begun(const struct store *store, const char *name)
{
    return strcmp(store_write_name(store), name) == 0 &&
           store_write_end(store).offset == BINLOG_MAGIC_SIZE;
}

/* A log is never without a name of whose it is: its first file comes after that. Another source is
 * named when its first file is here: what stands before that is asked of the old one. */
static bool start_stored(struct pump *p, const char *stored, struct err *err)
{
    bool is_first = store_write_name(p->store)[0] == 0;
    const char *source = p->source->identity;
    return (!is_first || receive_adopt_source(p->receive, source, err)) &&
           (is_begun(p->store, stored) || store_start_file(p->store, stored, err)) &&
           receive_adopt_source(p->receive, source, err);
}

static bool begin_file(struct pump *p, struct err *err)
{
    char stored[LOG_NAME_MAX + 1];
    p->start_file = false;
    p->fault = FAULT_STORE;
    if (!naming_stored_name(p->file, p->ask->server, stored, err) || !start_stored(p, stored, err))
        return false;
    p->fault = FAULT_CONNECTION;
    log_info("receiving %s from its first byte%s%s", p->file,
             strcmp(stored, p->file) == 0 ? "" : " as ",
             strcmp(stored, p->file) == 0 ? "" : stored);
    return true;
}

/* When the store's newest file was made, by its own first event; 0: it has none yet. */
static bool read_made(struct store *store, uint32_t *made, struct err *err)
{
    AUTO(cursor) cursor = NULL;
    struct event event;
    struct log_pos start = { store_write_end(store).file, BINLOG_MAGIC_SIZE };
    *made = 0;
    if (!store_sync(store, err) || !cursor_open(store, start, "receive", &cursor, err))
        return false;
    enum cursor_result result = cursor_next(cursor, &event, err);
    if (result == CURSOR_EVENT)
        *made = event.header.timestamp;
    return result != CURSOR_ERROR;
}

/* A server that was reset writes other files under the same names. Its GTIDs may cover ours again
 * and an event may start where ours end: only the file's age tells. */
static bool check_same_file(struct pump *p, const struct event *event, struct err *err)
{
    char what[160];
    if (p->start_file)
        p->made = event->header.timestamp;
    if (p->made == 0 || p->made == event->header.timestamp)
        return true;
    snprintf(what, sizeof what,
             "this is another file than the one here of that name (it was made at %u, the one here "
             "at %u, in seconds since 1970)",
             event->header.timestamp, p->made);
    return pump_diverged(p, what, err);
}

static bool pump_format(struct pump *p, const struct event *event, struct err *err)
{
    enum stream_step step;
    if (!check_same_file(p, event, err))
        return false;
    if (!stream_feed(&p->stream, event, &step, err))
        return pump_source_error(p, err);
    p->checksum = p->stream.format.checksum;
    p->in.step = step;
    p->in.stored = p->start_file;
    return !p->start_file || begin_file(p, err);
}

/* ---- one event ---- */

static bool is_artificial(const struct event_header *h)
{
    return h->type == EVENT_HEARTBEAT || h->type == EVENT_HEARTBEAT_V2 ||
           (h->flags & EVENT_FLAG_ARTIFICIAL) != 0;
}

static bool check_place(struct pump *p, struct err *err)
{
    const struct event_header *h = &p->in.header;
    if (p->start_file || !p->stream.has_format)
        err_set(err, ERR_PROTOCOL, "a %s event came before the file's format description",
                event_type_name(h->type));
    else if (h->end_pos != 0 && h->end_pos != (uint32_t)(p->offset + h->size))
        err_set(err, ERR_PROTOCOL,
                "a %s event of %u bytes says that it ends at %u: the stream has a gap",
                event_type_name(h->type), h->size, h->end_pos);
    else if (h->type == EVENT_START_ENCRYPTION)
        err_set(err, ERR_UNSUPPORTED,
                "the source encrypts its binary logs (encrypt_binlog=ON), and such a file cannot "
                "be stored as it is: set encrypt_binlog = OFF in the source's option file, restart "
                "it, and begin after this file, with an empty --data directory");
    else
        return true;
    return pump_source_error(p, err);
}

/* ---- what is held already ---- */

/* The source's own words may name another cause, such as a packet larger than it may send now. */
static void explain_refusal(const struct pump *p, struct err *err)
{
    enum { CANNOT_READ_LOG = 1236 };
    bool at_once = p->overlap != NULL && p->offset == p->ask->offset;
    if (at_once && err->code == ERR_REFUSED && err->server_errno == CANNOT_READ_LOG &&
        !decide_is_id_clash(err))
        err_wrap(err,
                 "asked again for what it sent from %s at %llu, the source refuses; if its log "
                 "changed there, the source has diverged",
                 p->file, (unsigned long long)p->offset);
}

/* Is it the second time that what came for this place is wrong? Once it may have been the way. */
static bool is_wrong_again(struct pump *p)
{
    struct receive *r = p->receive;
    bool again = r->corrupt_offset == p->offset && strcmp(r->corrupt_file, p->file) == 0;
    snprintf(r->corrupt_file, sizeof r->corrupt_file, "%s", p->file);
    r->corrupt_offset = p->offset;
    return again;
}

static bool other_content(struct pump *p, struct err *err)
{
    if (is_wrong_again(p))
        return pump_diverged(p, "what it has here is not what it sent to this node before", err);
    return err_set(err, ERR_CORRUPT,
                   "source log %s at %llu: what came is not what is held from there; asking again",
                   p->file, (unsigned long long)p->offset);
}

/* The event at hand must be the next one held. */
static bool match_held(struct pump *p, struct err *err)
{
    uint32_t size;
    p->fault = FAULT_STORE;
    if (!overlap_next(p->overlap, &size, err))
        return false;
    p->fault = FAULT_CONNECTION;
    p->in.held = size != 0;
    p->in.differs = size != 0 && size != p->in.header.size;
    if (size == 0)
        p->overlap = NULL;
    return true;
}

/* A server names each of its transactions once: where all of the log here is of this one, what it
 * sends now is new. MariaDB lets a session choose the number, so there only the first transaction
 * of a file tells. */
static bool check_is_new(struct pump *p, struct err *err)
{
    char gtid[GTID_TEXT_MAX];
    char what[GTID_TEXT_MAX + 100];
    bool tells = p->wrote_all && (p->stream.gtid.kind == GTID_MYSQL || p->awaits_first);
    p->awaits_first = false;
    if (!tells || !gtid_set_contains(store_gtids(p->store), &p->stream.gtid))
        return true;
    snprintf(what, sizeof what, "it gives the name %s to another transaction",
             gtid_text(&p->stream.gtid, gtid));
    return pump_diverged(p, what, err);
}

/* The first piece decides: is the event stored, and where does it leave the transaction? A piece
 * that is not the whole event still holds its beginning, which is all that boundaries are read
 * from. */
static bool event_begin(struct pump *p, struct bytes piece, bool whole, struct err *err)
{
    p->in = (struct incoming){ 0 };
    if (!event_header_decode(piece, &p->in.header, err))
        return pump_source_error(p, err);
    const struct event_header *h = &p->in.header;
    size_t tail = whole && p->checksum == CHECKSUM_CRC32 && h->type != EVENT_FORMAT_DESCRIPTION
                      ? (size_t)EVENT_CHECKSUM_SIZE
                      : 0;
    if (piece.len < EVENT_HEADER_SIZE + tail || (whole && piece.len != h->size)) {
        err_set(err, ERR_PROTOCOL, "an event of %u bytes came as %zu bytes", h->size, piece.len);
        return pump_source_error(p, err);
    }
    struct event event = { .header = *h,
                           .raw = piece,
                           .body = bytes_of(piece.data + EVENT_HEADER_SIZE,
                                            piece.len - EVENT_HEADER_SIZE - tail) };
    if (h->type == EVENT_ROTATE && is_artificial(h))
        return pump_artificial_rotate(p, &event, err);
    if (h->type == EVENT_FORMAT_DESCRIPTION)
        return pump_format(p, &event, err);
    if (is_artificial(h))
        return true;
    if (p->overlap != NULL && !match_held(p, err))
        return false;
    if (p->in.held)
        return true;
    if (!check_place(p, err))
        return false;
    p->in.stored = true;
    if (!stream_feed(&p->stream, &event, &p->in.step, err))
        return pump_source_error(p, err);
    return p->in.step != STREAM_BEGIN || check_is_new(p, err);
}

/* CRC32 over all but the last four bytes, in whatever pieces they come. */
static void checksum_feed(struct incoming *in, struct bytes piece)
{
    uint32_t covered = in->header.size - EVENT_CHECKSUM_SIZE;
    size_t plain = in->seen >= covered ? 0 : covered - in->seen;
    if (plain > piece.len)
        plain = piece.len;
    in->crc = libdeflate_crc32(in->crc, piece.data, plain);
    for (size_t i = plain; i < piece.len; i++)
        in->tail[in->seen + i - covered] = piece.data[i];
}

static bool checksum_wrong(struct pump *p, struct err *err)
{
    bool again = is_wrong_again(p);
    p->fault = again ? FAULT_SOURCE : FAULT_CONNECTION;
    return err_set(err, ERR_CORRUPT, "source log %s at %llu: the checksum of a %s event is wrong%s",
                   p->file, (unsigned long long)p->offset, event_type_name(p->in.header.type),
                   again ? " (fetched twice): the source's own file is damaged" : "");
}

static bool checksum_check(struct pump *p, struct err *err)
{
    const struct incoming *in = &p->in;
    uint32_t said = (uint32_t)in->tail[0] | (uint32_t)in->tail[1] << 8 |
                    (uint32_t)in->tail[2] << 16 | (uint32_t)in->tail[3] << 24;
    return said == in->crc ? true : checksum_wrong(p, err);
}

/* What looks wrong in an event whose checksum is wrong says nothing of the source yet. */
static bool blame_the_way(struct pump *p, const struct dump_piece *piece, struct err *err)
{
    if (p->fault != FAULT_SOURCE || !piece->last || p->checksum != CHECKSUM_CRC32 ||
        piece->bytes.len < EVENT_HEADER_SIZE + EVENT_CHECKSUM_SIZE ||
        event_checksum_ok(piece->bytes, CHECKSUM_CRC32))
        return false;
    return checksum_wrong(p, err);
}

/* The answer to it may have been lost with the connection: the source waits for one again. */
static void held_end(struct pump *p)
{
    p->offset += p->in.header.size;
    if (p->in.ack_wanted && p->offset == store_write_end(p->store).offset)
        acknowledge_want(&p->ack);
}

static bool event_end(struct pump *p, struct err *err)
{
    struct incoming *in = &p->in;
    if (in->seen != in->header.size) {
        err_set(err, ERR_PROTOCOL, "an event of %u bytes came as %u bytes", in->header.size,
                in->seen);
        return pump_source_error(p, err);
    }
    bool checked = p->checksum == CHECKSUM_CRC32 || in->header.type == EVENT_FORMAT_DESCRIPTION;
    if (in->stored && checked && !checksum_check(p, err))
        return false;
    if (in->held && in->differs)
        return other_content(p, err);
    if (in->held)
        held_end(p);
    if (!in->stored)
        return true;
    p->offset += in->header.size;
    p->bytes += in->header.size;
    if (in->header.timestamp != 0)
        p->timestamp = in->header.timestamp;
    p->fault = FAULT_STORE;
    bool commit = in->step == STREAM_COMMIT;
    if ((commit || in->step == STREAM_OUTSIDE) &&
        !store_mark(p->store, commit ? &p->stream.gtid : NULL, err))
        return false;
    p->fault = FAULT_CONNECTION;
    p->transactions += commit;
    if (in->ack_wanted)
        acknowledge_want(&p->ack);
    return true;
}

static bool pump_piece(struct pump *p, const struct dump_piece *piece, struct err *err)
{
    if (piece->first && !event_begin(p, piece->bytes, piece->last, err))
        return blame_the_way(p, piece, err);
    struct incoming *in = &p->in;
    if (piece->bytes.len > in->header.size - in->seen) {
        err_set(err, ERR_PROTOCOL, "an event of %u bytes came with more", in->header.size);
        return pump_source_error(p, err);
    }
    if (in->held && !in->differs)
        in->differs = !overlap_agrees(p->overlap, piece->bytes, in->seen);
    if (in->stored) {
        checksum_feed(in, piece->bytes);
        p->fault = FAULT_STORE;
        if (!store_write(p->store, piece->bytes, err))
            return false;
        p->fault = FAULT_CONNECTION;
    }
    in->ack_wanted = piece->ack_wanted;
    in->seen += (uint32_t)piece->bytes.len;
    return piece->last ? event_end(p, err) : true;
}

static void pump_report(struct pump *p)
{
    struct receive_progress progress = {
        .file = p->file,
        .offset = p->offset,
        .timestamp = p->timestamp,
        .bytes = p->bytes,
        .transactions = p->transactions,
        .gtid_count = gtid_set_count(store_gtids(p->store)),
    };
    receive_note_progress(p->receive, &progress);
    p->bytes = 0;
    p->transactions = 0;
}

/* Nothing more to read for now: make what there is durable, and tell the status. */
static bool pump_pause(struct pump *p, struct err *err)
{
    p->fault = FAULT_STORE;
    if (!store_flush(p->store, err))
        return false;
    p->fault = FAULT_CONNECTION;
    pump_report(p);
    return acknowledge_send(&p->ack, err) && acknowledge_until_readable(&p->ack, err);
}

/* The source does not pause: what is durable meanwhile is answered all the same. */
static bool pump_on(struct pump *p, struct err *err)
{
    if (p->bytes >= REPORT_BYTES)
        pump_report(p);
    if (p->offset - p->looked_at < ACK_BYTES || !acknowledge_is_due(&p->ack))
        return true;
    p->looked_at = p->offset;
    return acknowledge_send(&p->ack, err);
}

void pump_run(struct receive *receive, struct connection *connection, const struct pump_task *task,
              enum receive_fault *fault, struct err *err)
{
    const struct ask *ask = task->ask;
    struct pump p = { .receive = receive,
                      .store = receive->options.store,
                      .ask = ask,
                      .source = task->answers,
                      .overlap = task->overlap,
                      .awaits_first = task->overlap == NULL,
                      .checksum = task->answers->checksum,
                      .offset = ask->offset };
    p.wrote_all = ask->server == 1 && task->answers->is_known && store_write_name(p.store)[0] != 0;
    stream_init(&p.stream);
    acknowledge_init(&p.ack, receive, connection);
    snprintf(p.file, sizeof p.file, "%s", ask->file);
    p.start_file = ask->by == ASK_BY_PLACE && ask->offset == BINLOG_MAGIC_SIZE;
    p.fault = FAULT_STORE;
    bool ok = ask->by == ASK_BY_GTID || p.start_file || read_made(p.store, &p.made, err);
    while (ok) {
        struct dump_piece piece;
        bool more = false;
        bool end = false;
        p.fault = FAULT_CONNECTION;
        ok = connection_next_piece(connection, &piece, &more, &end, err);
        if (ok && end)
            ok = err_set(err, ERR_PROTOCOL, "the source ended the stream");
        ok = ok && pump_piece(&p, &piece, err);
        if (ok)
            ok = more ? pump_on(&p, err) : pump_pause(&p, err);
    }
    pump_report(&p);
    explain_refusal(&p, err);
    *fault = p.fault;
}
