/* feed.c - a feed's life and its inner loop: the log's bytes into packets.
 *
 * What is plain (no GTIDs to compare, no answers wanted, checksums kept) is copied event by event
 * with a packet header between, and nothing of it is looked at but type and size. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "serve"
#include "serve/feed.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "serve/feed_internal.h"

enum { TYPE_AT = 4, SIZE_AT = 9, FLAGS_AT = 17, PLAIN_EVENT_MAX = 1 << 20 };

static uint32_t read_le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- life ---- */

static bool is_same_replica(const struct serve_request *a, const struct serve_request *b)
{
    if (a->server_id == 0 || b->server_id == 0)
        return false;
    if (a->uuid[0] != 0 || b->uuid[0] != 0)
        return strcmp(a->uuid, b->uuid) == 0;
    return a->server_id == b->server_id;
}

/* The newest connection of a replica is the one that lives: the older one may be half dead. */
static void replace_older(struct feed *feed)
{
    char places[1200];
    for (struct feed *other = feed->next; other != NULL; other = other->next) {
        if (other->ending || !is_same_replica(&other->request, &feed->request))
            continue;
        feed_refuse(other, REFUSAL_REPLACED, refusal_places(other, places));
        if (feed->serve->options.topology != NULL)
            topology_retire(feed->serve->options.topology, other->key);
        other->waits = false;
        other->wake.wake(other->wake.arg);
    }
}

static void join(struct feed *feed)
{
    struct serve *serve = feed->serve;
    feed->next = serve->feeds;
    if (feed->next != NULL)
        feed->next->previous = feed;
    serve->feeds = feed;
    if (serve->options.topology == NULL)
        return;
    const struct serve_request *r = &feed->request;
    struct topology_replica facts = { .server_id = r->server_id,
                                      .port = r->port,
                                      .semi_sync = r->semi_sync,
                                      .since_us = clock_wall_us() };
    snprintf(facts.uuid, sizeof facts.uuid, "%s", r->uuid);
    snprintf(facts.host, sizeof facts.host, "%s", r->host);
    feed->key = topology_add(serve->options.topology, &facts);
}

static void own_request(struct feed *feed, const struct serve_request *request)
{
    feed->request = *request;
    feed->request.uuid = feed->uuid = memory_str(request->uuid);
    feed->request.host = feed->host = memory_str(request->host);
    feed->request.file = feed->file = memory_str(request->file);
    if (request->gtids != NULL)
        feed->request.gtids = feed->gtids = gtid_set_copy(request->gtids);
    if (request->until != NULL)
        feed->request.until = feed->until = gtid_set_copy(request->until);
}

struct feed *feed_open(struct serve *serve, const struct serve_request *request,
                       struct feed_wake wake)
{
    struct feed *feed = memory_new(sizeof *feed);
    feed->serve = serve;
    feed->wake = wake;
    own_request(feed, request);
    feed->said_ms = clock_monotonic_ms();
    weave_init(&feed->weave, request->semi_sync);
    buf_init(&feed->made, FEED_MADE_MAX);
    judge_init(feed);
    join(feed);
    replace_older(feed);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    struct serve *serve = feed->serve;
    *(feed->previous != NULL ? &feed->previous->next : &serve->feeds) = feed->next;
    if (feed->next != NULL)
        feed->next->previous = feed->previous;
    if (serve->options.topology != NULL)
        topology_remove(serve->options.topology, feed->key);
    cursor_free(feed->cursor);
    buf_clear(&feed->made);
    gtid_set_free(feed->state);
    gtid_set_free(feed->gtids);
    gtid_set_free(feed->until);
    free(feed->ends);
    free(feed->uuid);
    free(feed->host);
    free(feed->file);
    free(feed->domains);
    free(feed);
}

struct log_pos feed_place(const struct feed *feed)
{
    return feed->cursor != NULL ? cursor_event_end(feed->cursor) : feed->start;
}

bool feed_is_semi_sync(const struct feed *feed)
{
    return feed->request.semi_sync;
}

uint64_t feed_due_ms(const struct feed *feed)
{
    uint64_t period_ms = feed->request.heartbeat_us / 1000;
    if (feed->request.heartbeat_us == 0 || feed->cursor == NULL || feed->ending)
        return NEVER_MS;
    return feed->said_ms + (period_ms > 0 ? period_ms : 1);
}

bool feed_acknowledge(struct feed *feed, const char *file, uint64_t offset)
{
    struct log_pos place = { .offset = offset };
    if (!store_find_file(feed->serve->options.store, file, &place.file) ||
        log_pos_compare(place, feed_place(feed)) > 0)
        return false;
    if (feed->serve->options.topology != NULL)
        topology_acked(feed->serve->options.topology, feed->key, place);
    return true;
}

/* ---- events of the log ---- */

static bool broken(struct feed *feed, const struct feed_event *event, struct err *err)
{
    err_wrap(err, "%s at %" PRIu64, cursor_file_name(feed->cursor), event->offset);
    feed_refuse(feed, REFUSAL_BROKEN, err->text);
    return false;
}

static void put_size(uint8_t *at, uint32_t size)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(size >> (8 * i));
}

/* Its frame goes out at once; what follows of it, as there is room. */
static void pass(struct feed *feed, const struct feed_event *event, bool ack_wanted,
                 struct feed_room *room)
{
    uint8_t head[EVENT_HEADER_SIZE];
    uint32_t tail = feed->strips ? (uint32_t)EVENT_CHECKSUM_SIZE : 0;
    memcpy(head, event->data, sizeof head);
    put_size(head + SIZE_AT, event->size - tail);
    weave_begin(&feed->weave, event->size - tail, ack_wanted, room);
    weave_pass(&feed->weave, head, sizeof head, room);
    feed->left = event->size - EVENT_HEADER_SIZE - tail;
    feed->beyond = tail;
}

/* Decides about one event. *used: bytes of it that are through. False: nothing more of the block
 * may be used now. */
static bool take_event(struct feed *feed, const struct feed_event *event, size_t *used,
                       struct feed_room *room)
{
    struct err err = { 0 };
    bool ack_wanted = false;
    *used = 0;
    switch (judge_event(feed, event, &ack_wanted, &err)) {
    case VERDICT_PASS:
        pass(feed, event, ack_wanted, room);
        *used = EVENT_HEADER_SIZE;
        return true;
    case VERDICT_DROP:
        feed->beyond = event->size;
        return feed->made.len == 0;
    case VERDICT_WAIT:
        return false;
    case VERDICT_JUMP:
        cursor_take_raw(feed->cursor, feed->start.offset - event->offset);
        return false;
    case VERDICT_FAILED:
        return broken(feed, event, &err);
    }
    return false;
}

static bool look(struct feed *feed, const uint8_t *data, size_t have, struct feed_event *event)
{
    struct err err;
    *event = (struct feed_event){ .data = data,
                                  .have = have,
                                  .size = read_le32(data + SIZE_AT),
                                  .type = data[TYPE_AT],
                                  .flags = (uint16_t)(data[FLAGS_AT] | data[FLAGS_AT + 1] << 8),
                                  .offset = event->offset,
                                  .limit = event->limit };
    uint32_t least = EVENT_HEADER_SIZE + (feed->strips ? (uint32_t)EVENT_CHECKSUM_SIZE : 0);
    if (event->size >= least && event->size <= EVENT_SIZE_MAX &&
        event->size <= event->limit - event->offset)
        return true;
    err_set(&err, ERR_CORRUPT, "an event of %u bytes cannot be there: the file is damaged",
            event->size);
    return broken(feed, event, &err);
}

static bool is_plain(const struct feed *feed)
{
    return !feed->request.semi_sync && !feed->strips && !feed->skipping && !feed->in_head &&
           !feed->owes_note && feed->has_format;
}

/* Whole events, verbatim: where a replica that catches up spends its time. Returns bytes used. */
static size_t pass_plain(struct feed *feed, struct bytes block, struct feed_room *room)
{
    size_t used = 0;
    uint8_t sequence = feed->weave.sequence;
    uint8_t *out = room->data + room->len;
    const uint8_t *end = room->data + room->size;
    while (block.len - used >= EVENT_HEADER_SIZE) {
        const uint8_t *at = block.data + used;
        uint32_t size = read_le32(at + SIZE_AT);
        if (feed->actions[at[TYPE_AT]] != ACTION_PASS || size < EVENT_HEADER_SIZE ||
            size > block.len - used || size > PLAIN_EVENT_MAX ||
            (size_t)(end - out) < (size_t)size + WEAVE_HEADER + 1)
            break;
        put_size(out, (size + 1) | (uint32_t)sequence++ << 24);
        out[WEAVE_HEADER] = 0;
        memcpy(out + WEAVE_HEADER + 1, at, size);
        out += WEAVE_HEADER + 1 + size;
        used += size;
    }
    room->len = (size_t)(out - room->data);
    feed->weave.sequence = sequence;
    return used;
}

/* Goes on with an event that was begun. */
static size_t go_on(struct feed *feed, struct bytes rest, struct feed_room *room)
{
    size_t n = feed->left < rest.len ? feed->left : rest.len;
    if (feed->weave.is_open) {
        n = weave_pass(&feed->weave, rest.data, n, room);
        feed->left -= (uint32_t)n;
        return n;
    }
    n = feed->beyond < rest.len ? feed->beyond : rest.len;
    feed->beyond -= (uint32_t)n;
    return n;
}

static bool is_begun(const struct feed *feed)
{
    return feed->weave.is_open || feed->beyond > 0;
}

/* Uses what it can of a block that starts at the cursor's place. */
static void pass_block(struct feed *feed, const struct raw_block *block, struct feed_room *room)
{
    size_t used = 0;
    size_t taken = 0;
    bool on = true;
    uint64_t start = cursor_event_end(feed->cursor).offset;
    while (on && used < block->len && room->size - room->len >= FEED_ROOM_LEAST) {
        struct bytes rest = bytes_of(block->data + used, block->len - used);
        if (is_begun(feed)) {
            used += go_on(feed, rest, room);
            continue;
        }
        if (is_plain(feed))
            used += pass_plain(feed, rest, room);
        struct feed_event event = { .offset = start + used, .limit = block->limit };
        size_t have = block->len - used;
        if (have < EVENT_HEADER_SIZE || room->size - room->len < FEED_ROOM_LEAST)
            break;
        if (!look(feed, block->data + used, have, &event))
            break;
        size_t need = event.size < FEED_LOOK_MAX ? event.size : (size_t)FEED_LOOK_MAX;
        if (have < need)
            break;
        cursor_take_raw(feed->cursor, used - taken); /* notes and jumps go by the cursor */
        taken = used;
        size_t n;
        on = take_event(feed, &event, &n, room);
        used += n;
    }
    if (on)
        cursor_take_raw(feed->cursor, used - taken);
}

/* ---- turns ---- */

/* What is made up goes before anything else. True when none of it is left. */
static bool drain_made(struct feed *feed, struct feed_room *room)
{
    size_t left = feed->made.len - feed->made_taken;
    size_t space = room->size - room->len;
    size_t n = left < space ? left : space;
    if (n > 0)
        memcpy(room->data + room->len, feed->made.data + feed->made_taken, n);
    room->len += n;
    feed->made_taken += n;
    if (n < left)
        return false;
    buf_clear(&feed->made); /* idle feeds are many */
    feed->made_taken = 0;
    return true;
}

static void cross_file(struct feed *feed)
{
    char name[LOG_NAME_MAX + 1];
    if (end_stream(feed))
        return;
    cursor_next_file(feed->cursor);
    feed->in_head = false;
    feed->skipping = false;
    store_file_name(feed->serve->options.store, feed_place(feed).file, name);
    made_rotate(feed, name, BINLOG_MAGIC_SIZE);
}

/* Everything is sent, and none of it was new: what it came with is as good as its answer, which it
 * may have given a connection that is gone. */
static void note_had_all(struct feed *feed)
{
    struct topology *topology = feed->serve->options.topology;
    if (feed->request.semi_sync && !feed->has_passed && feed->has_format && topology != NULL)
        topology_acked(topology, feed->key, feed_place(feed));
}

/* Everything is sent. False: and nothing is to be said about that. */
static bool say_at_end(struct feed *feed)
{
    const struct serve_request *r = &feed->request;
    if (feed->has_format && (end_stream(feed) || judge_note(feed)))
        return true;
    if ((r->flags & SERVE_DUMP_NON_BLOCKING) != 0 || r->server_id == 0) {
        made_end(feed);
        return true;
    }
    uint64_t now = clock_monotonic_ms();
    if (now < feed_due_ms(feed) || cursor_file_name(feed->cursor)[0] == 0)
        return false;
    made_heartbeat(feed);
    feed->said_ms = now;
    return true;
}

/* The end of an event that needs no more bytes of the log. */
static void finish_event(struct feed *feed, struct feed_room *room)
{
    if (feed->weave.is_open && feed->left == 0)
        weave_pass(&feed->weave, NULL, 0, room);
    if (!feed->weave.is_open && feed->beyond > 0) {
        cursor_take_raw(feed->cursor, feed->beyond);
        feed->beyond = 0;
    }
}

enum turn { TURN_ON, TURN_FULL, TURN_QUIET, TURN_OVER };

static enum turn read_log(struct feed *feed, struct feed_room *room, size_t *read)
{
    struct err err;
    size_t wanted = room->size - room->len + FEED_LOOK_MAX;
    struct raw_block block = { .data = feed->serve->block,
                               .size = wanted < SERVE_BLOCK ? wanted : (size_t)SERVE_BLOCK };
    switch (cursor_read_raw(feed->cursor, &block, &err)) {
    case RAW_BYTES:
        *read += block.len;
        pass_block(feed, &block, room);
        return TURN_ON;
    case RAW_FILE_END:
        cross_file(feed);
        return TURN_ON;
    case RAW_WAIT:
        note_had_all(feed);
        return say_at_end(feed) ? TURN_ON : TURN_QUIET;
    case RAW_ERROR:
        break;
    }
    feed_refuse(feed, REFUSAL_BROKEN, err.text);
    return TURN_ON;
}

static enum turn take_turn(struct feed *feed, struct feed_room *room, size_t *read)
{
    if (!drain_made(feed, room))
        return TURN_FULL;
    if (feed->ending)
        return TURN_OVER;
    if (room->size - room->len < FEED_ROOM_LEAST || *read >= FEED_TURN_BYTES)
        return TURN_FULL;
    if (!feed->started) {
        if (store_durable_end(feed->serve->options.store).offset == 0)
            return TURN_QUIET; /* the log has no file yet */
        feed_start(feed);
        return TURN_ON;
    }
    finish_event(feed, room);
    return read_log(feed, room, read);
}

enum feed_result feed_fill(struct feed *feed, struct feed_room *room)
{
    enum turn turn;
    size_t before = room->len;
    size_t read = 0;
    do
        turn = take_turn(feed, room, &read);
    while (turn == TURN_ON);
    if (room->len > before) {
        feed->said_ms = clock_monotonic_ms();
        if (feed->serve->options.topology != NULL)
            topology_sent(feed->serve->options.topology, feed->key, feed_place(feed));
    }
    feed->waits = turn == TURN_QUIET;
    if (turn == TURN_OVER)
        return FEED_END;
    return turn == TURN_QUIET ? FEED_WAIT : FEED_MORE;
}
