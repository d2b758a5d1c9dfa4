/* feed_fixture.h - a log of three files of ten transactions, a feed on it, and a client that takes
 * its packets apart the way a replica does. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "../store/place.h"
#include "serve/feed.h"
#include "wire/dump.h"

enum { SEEN_MAX = 1024, FIXTURE_ROOM = 64 << 10 };

struct seen {
    uint8_t type;
    uint16_t flags;
    uint32_t end_pos;
    uint32_t size;
    uint32_t crc;
    bool ack_wanted;
};

struct fixture {
    struct place place;
    struct log_maker logs[3];
    struct topology *topology;
    struct serve *serve;
    struct feed *feed;
    struct serve_request request;
    struct seen seen[SEEN_MAX];
    size_t count;
    struct buf bytes; /* of all events */
    struct err error; /* the stream's end with an error packet */
    bool ended;
    size_t room; /* given at each turn */
    unsigned wakes;
};

static inline void fixture_wake(void *arg)
{
    ((struct fixture *)arg)->wakes++;
}

static inline void fixture_init_on(struct fixture *f, enum flavour flavour, struct files *files)
{
    memset(f, 0, sizeof *f);
    place_init_on(&f->place, files);
    write_three_files(&f->place, f->logs, flavour);
    f->topology = topology_new();
    struct serve_options options = { .store = f->place.store,
                                     .server_id = 99,
                                     .server_uuid = "99999999-1111-1111-1111-111111111111",
                                     .topology = f->topology };
    f->serve = serve_new(&options);
    f->room = FIXTURE_ROOM;
    f->request = (struct serve_request){
        .peer = flavour == FLAVOUR_MYSQL ? SERVE_PEER_MYSQL : SERVE_PEER_MARIADB,
        .capability = 4,
        .server_id = 5,
        .uuid = flavour == FLAVOUR_MYSQL ? "55555555-1111-1111-1111-111111111111" : "",
        .host = "test",
        .file = "",
        .offset = 4,
        .flags = SERVE_DUMP_RICH_EVENTS,
        .checksum = SERVE_CHECKSUM_CRC32,
    };
    buf_init(&f->bytes, 256 << 20);
}

static inline void fixture_init(struct fixture *f, enum flavour flavour)
{
    fixture_init_on(f, flavour, NULL);
}

static inline void fixture_clear(struct fixture *f)
{
    feed_free(f->feed);
    serve_free(f->serve);
    topology_free(f->topology);
    clear_three(f->logs);
    place_clear(&f->place);
    buf_clear(&f->bytes);
}

static inline void fixture_note(struct fixture *f, const struct dump_piece *piece)
{
    if (piece->first) {
        struct event_header h;
        struct err err;
        if (f->count == SEEN_MAX || !event_header_decode(piece->bytes, &h, &err))
            fail_msg("no event header");
        f->seen[f->count++] =
            (struct seen){ h.type, h.flags, h.end_pos, h.size, 0, piece->ack_wanted };
    }
    buf_append(&f->bytes, piece->bytes.data, piece->bytes.len);
}

/* Takes apart what came; packet numbers and lengths are checked by the client's own decoder. */
static inline void fixture_receive(struct fixture *f, struct dump *dump, struct bytes bytes)
{
    while (bytes.len > 0 && !f->ended) {
        size_t size;
        uint8_t *room = dump_room(dump, &size);
        size_t n = size < bytes.len ? size : bytes.len;
        memcpy(room, bytes.data, n);
        dump_received(dump, n);
        bytes = bytes_of(bytes.data + n, bytes.len - n);
        for (;;) {
            struct dump_piece piece;
            enum dump_status status;
            if (!dump_next(dump, &piece, &status, &f->error)) {
                f->ended = true;
                return;
            }
            if (status == DUMP_NEEDS_BYTES)
                break;
            if (status == DUMP_END) {
                f->ended = true;
                return;
            }
            fixture_note(f, &piece);
        }
    }
}

/* Runs the feed until it waits or ends. Returns what it said last. */
static inline enum feed_result fixture_run(struct fixture *f, struct dump *dump)
{
    uint8_t *data = malloc(f->room);
    enum feed_result result = FEED_MORE;
    while (result == FEED_MORE) {
        struct feed_room room = { data, f->room, 0 };
        result = feed_fill(f->feed, &room);
        fixture_receive(f, dump, bytes_of(data, room.len));
    }
    free(data);
    return result;
}

static inline enum feed_result fixture_dump(struct fixture *f)
{
    struct dump dump;
    dump_init(&dump, DUMP_BUFFER_SIZE, f->request.semi_sync);
    f->feed = feed_open(f->serve, &f->request, (struct feed_wake){ fixture_wake, f });
    enum feed_result result = fixture_run(f, &dump);
    dump_clear(&dump);
    return result;
}

static inline size_t fixture_count(const struct fixture *f, uint8_t type)
{
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += f->seen[i].type == type;
    return n;
}
