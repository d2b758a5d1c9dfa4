/* test_dump.c - a stream of events: whole in one packet, over many packets, in any chunks. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/dump.h"
#include <stdlib.h>
#include "server_side.h"
#include "unit.h"
#include "wire/packet.h"

enum { BUFFER = DUMP_BUFFER_MIN, HEADER = 19 };

/* An event of len bytes with a body that tells places apart. */
static void make_event(uint8_t *to, size_t len, uint8_t type)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)(i * 31 + type);
    to[4] = type;
    for (unsigned i = 0; i < 4; i++)
        to[9 + i] = (uint8_t)(len >> (8 * i));
}

/* prefix: what stands before the event in its packet. */
static void say_event(struct buf *out, uint8_t *sequence, struct bytes prefix, size_t len)
{
    uint8_t *payload = malloc(prefix.len + len);
    memcpy(payload, prefix.data, prefix.len);
    make_event(payload + prefix.len, len, (uint8_t)(len % 200));
    packet_encode(bytes_of(payload, prefix.len + len), sequence, out);
    free(payload);
}

struct outcome {
    unsigned events;
    unsigned acks;
    bool end;
    bool failed;
};

/* Feeds bytes in chunks and checks that every event is whole and as make_event made it. */
static void run(void **unit_state, struct dump *dump, struct bytes bytes, size_t chunk,
                struct outcome *out, struct err *err)
{
    static uint8_t event[40 << 20];
    size_t have = 0;
    *out = (struct outcome){ 0 };
    for (;;) {
        struct dump_piece piece;
        enum dump_status status;
        bool promised = dump_has_next(dump);
        if (!dump_next(dump, &piece, &status, err)) {
            out->failed = true;
            return;
        }
        CHECK(promised == (status != DUMP_NEEDS_BYTES));
        if (status == DUMP_END) {
            out->end = true;
            return;
        }
        if (status == DUMP_NEEDS_BYTES) {
            size_t size;
            uint8_t *room = dump_room(dump, &size);
            size_t n = bytes.len < size ? bytes.len : size;
            n = n < chunk ? n : chunk;
            if (n == 0)
                return;
            memcpy(room, bytes.data, n);
            dump_received(dump, n);
            bytes.data += n;
            bytes.len -= n;
            continue;
        }
        CHECK(piece.first == (have == 0));
        CHECK(!piece.first || piece.bytes.len >= HEADER);
        memcpy(event + have, piece.bytes.data, piece.bytes.len);
        have += piece.bytes.len;
        if (!piece.last)
            continue;
        uint8_t *want = malloc(have);
        make_event(want, have, (uint8_t)(have % 200));
        CHECK(memcmp(event, want, have) == 0);
        free(want);
        out->events++;
        out->acks += piece.ack_wanted;
        have = 0;
    }
}

static void run_all(void **unit_state, const struct buf *stream, bool semi_sync, unsigned events,
                    unsigned acks)
{
    static const size_t chunks[] = { 1, 3, 19, 100, 1023, 1 << 30 };
    for (size_t i = 0; i < ARRAY_COUNT(chunks); i++) {
        struct outcome out;
        struct dump dump;
        struct err err;
        if (stream->len / chunks[i] > 1 << 20)
            continue;
        dump_init(&dump, BUFFER, semi_sync);
        run(unit_state, &dump, buf_bytes(stream), chunks[i], &out, &err);
        CHECK_OK(!out.failed, err);
        CHECK(out.events == events && out.acks == acks && out.end);
        dump_clear(&dump);
    }
}

TEST(dump, events_come_out_whole_whatever_the_chunks)
{
    struct bytes prefix = bytes_of("", 1);
    struct buf stream;
    uint8_t sequence = 1;
    buf_init(&stream, 1 << 20);
    for (size_t len = HEADER; len < 300; len++)
        say_event(&stream, &sequence, prefix, len);
    for (size_t len = BUFFER - 10; len < BUFFER + 10; len++)
        say_event(&stream, &sequence, prefix, len);
    packet_encode(bytes_of("\xfe\x00\x00\x02\x00", 5), &sequence, &stream);
    run_all(unit_state, &stream, false, 300 - HEADER + 20, 0);
    buf_clear(&stream);
}

TEST(dump, an_event_goes_on_over_packets)
{
    static const size_t sizes[] = { PACKET_FULL - 2, PACKET_FULL - 1, PACKET_FULL,
                                    (size_t)PACKET_FULL * 2 - 1, (size_t)PACKET_FULL * 2 };
    struct buf stream;
    uint8_t sequence = 1;
    buf_init(&stream, (size_t)200 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        say_event(&stream, &sequence, bytes_of("", 1), sizes[i]);
    packet_encode(bytes_of("\xfe\x00\x00\x02\x00", 5), &sequence, &stream);
    struct outcome out;
    struct dump dump;
    struct err err;
    dump_init(&dump, DUMP_BUFFER_SIZE, false);
    run(unit_state, &dump, buf_bytes(&stream), 1 << 30, &out, &err);
    CHECK_OK(!out.failed, err);
    CHECK(out.events == ARRAY_COUNT(sizes) && out.end);
    dump_clear(&dump);
    buf_clear(&stream);
}

TEST(dump, an_event_that_fits_the_buffer_is_one_piece)
{
    struct buf stream;
    uint8_t sequence = 1;
    struct dump dump;
    struct dump_piece piece;
    enum dump_status status;
    struct err err;
    buf_init(&stream, 1 << 20);
    for (unsigned i = 0; i < 20; i++)
        say_event(&stream, &sequence, bytes_of("", 1), 700);
    dump_init(&dump, BUFFER, false);
    struct bytes left = buf_bytes(&stream);
    for (unsigned events = 0; events < 20;) {
        CHECK_OK(dump_next(&dump, &piece, &status, &err), err);
        if (status == DUMP_PIECE) {
            CHECK(piece.first && piece.last && piece.bytes.len == 700);
            events++;
            continue;
        }
        size_t size;
        uint8_t *room = dump_room(&dump, &size);
        size_t n = left.len < size ? left.len : size;
        memcpy(room, left.data, n);
        dump_received(&dump, n);
        left = bytes_of(left.data + n, left.len - n);
    }
    dump_clear(&dump);
    buf_clear(&stream);
}

TEST(dump, semi_sync_marks_are_taken_off_and_numbers_may_start_again_after_an_ack)
{
    struct buf stream;
    uint8_t sequence = 1;
    buf_init(&stream, 1 << 20);
    say_event(&stream, &sequence, bytes_of("\x00\xef\x00", 3), 40);
    say_event(&stream, &sequence, bytes_of("\x00\xef\x01", 3), 50);
    sequence = 1;
    say_event(&stream, &sequence, bytes_of("\x00\xef\x01", 3), 60); /* numbered anew */
    say_event(&stream, &sequence, bytes_of("\x00\xef\x00", 3), 70); /* and not */
    packet_encode(bytes_of("\xfe\x00\x00\x02\x00", 5), &sequence, &stream);
    run_all(unit_state, &stream, true, 4, 2);
    buf_clear(&stream);
}

static void check_fails(void **unit_state, const void *data, size_t len, bool semi_sync)
{
    struct outcome out;
    struct dump dump;
    struct err err;
    dump_init(&dump, BUFFER, semi_sync);
    run(unit_state, &dump, bytes_of(data, len), 1 << 30, &out, &err);
    CHECK(out.failed && err.code == ERR_PROTOCOL);
    dump_clear(&dump);
}

TEST(dump, what_breaks_the_rules_is_a_protocol_error)
{
    struct buf stream;
    uint8_t sequence = 2;
    buf_init(&stream, 1 << 20);
    say_event(&stream, &sequence, bytes_of("", 1), 40); /* number 2 comes first */
    check_fails(unit_state, stream.data, stream.len, false);
    stream.data[3] = 1;
    check_fails(unit_state, stream.data, stream.len, true); /* no semi-sync mark */
    stream.data[4 + 1 + 9]++;                               /* the event says it is longer */
    check_fails(unit_state, stream.data, stream.len, false);
    stream.data[4 + 1 + 9] -= 2; /* or shorter */
    check_fails(unit_state, stream.data, stream.len, false);
    check_fails(unit_state, "\x01\x00\x00\x01\x00", 5, false); /* no event in it */
    check_fails(unit_state, "\x00\x00\x00\x01", 4, false);
    check_fails(unit_state, "\x05\x00\x00\x01\xfb/etc", 9, false);
    buf_clear(&stream);
}

TEST(dump, an_error_packet_is_a_refusal)
{
    struct buf stream;
    struct outcome out;
    struct dump dump;
    struct err err;
    buf_init(&stream, 1000);
    SERVER_SAYS(&stream, 1, "\xff\xd4\x04#HY000Could not find first log file name");
    dump_init(&dump, BUFFER, true);
    run(unit_state, &dump, buf_bytes(&stream), 5, &out, &err);
    CHECK(out.failed && err.code == ERR_REFUSED && err.server_errno == 1236);
    CHECK_STR(err.text, "error 1236 (HY000): Could not find first log file name");
    dump_clear(&dump);
    buf_clear(&stream);
}

TEST(dump, any_flipped_bit_of_the_framing_is_an_error_an_end_or_a_wait)
{
    struct buf stream;
    uint8_t sequence = 1;
    buf_init(&stream, 1000);
    say_event(&stream, &sequence, bytes_of("", 1), 40);
    say_event(&stream, &sequence, bytes_of("", 1), 41);
    for (size_t bit = 0; bit < (PACKET_HEADER_SIZE + 1) * 8; bit++) {
        struct outcome out;
        struct dump dump;
        struct err err;
        stream.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        dump_init(&dump, BUFFER, false);
        run(unit_state, &dump, buf_bytes(&stream), 1 << 30, &out, &err);
        CHECK(out.events == 0);
        dump_clear(&dump);
        stream.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_clear(&stream);
}

UNIT_MAIN(RUN(dump, events_come_out_whole_whatever_the_chunks),
          RUN(dump, an_event_goes_on_over_packets),
          RUN(dump, an_event_that_fits_the_buffer_is_one_piece),
          RUN(dump, semi_sync_marks_are_taken_off_and_numbers_may_start_again_after_an_ack),
          RUN(dump, what_breaks_the_rules_is_a_protocol_error),
          RUN(dump, an_error_packet_is_a_refusal),
          RUN(dump, any_flipped_bit_of_the_framing_is_an_error_an_end_or_a_wait))
