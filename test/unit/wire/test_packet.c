/* test_packet.c - framing: one packet, many, and payloads that go on over 16 MiB. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/packet.h"
#include <stdlib.h>
#include "unit.h"

#define ANY_SIZE ((size_t)100 * 1024 * 1024)

static void receive(struct packet_input *in, struct bytes bytes)
{
    while (bytes.len > 0) {
        size_t size;
        uint8_t *room = packet_input_room(in, &size);
        size_t n = bytes.len < size ? bytes.len : size;
        memcpy(room, bytes.data, n);
        packet_input_received(in, n);
        bytes.data += n;
        bytes.len -= n;
    }
}

TEST(packet, payloads_come_out_as_they_went_in_whatever_the_chunks)
{
    struct buf wire;
    buf_init(&wire, 1000);
    uint8_t sequence = 0;
    packet_encode(bytes_of_str("first"), &sequence, &wire);
    packet_encode(bytes_of_str(""), &sequence, &wire);
    packet_encode(bytes_of_str("third"), &sequence, &wire);
    CHECK(sequence == 3);
    for (size_t cut = 0; cut <= wire.len; cut++) {
        static const char *const want[] = { "first", "", "third" };
        struct packet_input in;
        struct bytes payload;
        struct err err;
        unsigned found_count = 0;
        packet_input_init(&in);
        for (unsigned half = 0; half < 2; half++) {
            bool found = true;
            receive(&in, half == 0 ? bytes_of(wire.data, cut)
                                   : bytes_of(wire.data + cut, wire.len - cut));
            for (;;) {
                CHECK_OK(packet_input_next(&in, ANY_SIZE, &payload, &found, &err), err);
                if (!found)
                    break;
                CHECK(bytes_equal_str(payload, want[found_count]));
                found_count++;
            }
        }
        CHECK(found_count == 3);
        CHECK(packet_input_pending(&in) == 0);
        packet_input_clear(&in);
    }
    buf_clear(&wire);
}

/* As a connection does it: asks after each piece, so that the room is made by what the header says.
 */
static struct bytes receive_payload(struct packet_input *in, struct bytes *wire, void **unit_state)
{
    struct bytes payload;
    struct err err;
    for (bool found = false; !found;) {
        size_t n = wire->len < 1 << 20 ? wire->len : 1 << 20;
        receive(in, bytes_of(wire->data, n));
        *wire = bytes_of(wire->data + n, wire->len - n);
        CHECK_OK(packet_input_next(in, ANY_SIZE, &payload, &found, &err), err);
        CHECK(found || wire->len > 0);
    }
    return payload;
}

static void check_round_trip(void **unit_state, size_t len, unsigned packets)
{
    uint8_t *data = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    struct buf wire;
    buf_init(&wire, ANY_SIZE);
    uint8_t sequence = 250;
    packet_encode(bytes_of(data, len), &sequence, &wire);
    CHECK(sequence == (uint8_t)(250 + packets));
    CHECK(wire.len == len + packets * PACKET_HEADER_SIZE);
    packet_encode(bytes_of_str("next"), &sequence, &wire);
    struct packet_input in;
    packet_input_init(&in);
    in.sequence = 250;
    struct bytes left = buf_bytes(&wire);
    CHECK(bytes_equal(receive_payload(&in, &left, unit_state), bytes_of(data, len)));
    CHECK(bytes_equal_str(receive_payload(&in, &left, unit_state), "next"));
    packet_input_clear(&in);
    buf_clear(&wire);
    free(data);
}

TEST(packet, a_payload_of_16_mib_goes_on_in_the_next_packet)
{
    check_round_trip(unit_state, PACKET_FULL - 1, 1);
    check_round_trip(unit_state, PACKET_FULL, 2);
    check_round_trip(unit_state, PACKET_FULL + 1, 2);
    check_round_trip(unit_state, (size_t)PACKET_FULL * 2, 3);
}

TEST(packet, a_wrong_number_is_a_protocol_error)
{
    struct packet_input in;
    struct bytes payload;
    struct err err;
    bool found;
    packet_input_init(&in);
    receive(&in, bytes_of("\x01\x00\x00\x05\x00", 5));
    CHECK(!packet_input_next(&in, ANY_SIZE, &payload, &found, &err));
    CHECK(err.code == ERR_PROTOCOL);
    CHECK_STR(err.text, "packet number 5 came where number 0 was due");
    packet_input_clear(&in);
}

TEST(packet, an_error_packet_may_have_any_number)
{
    struct packet_input in;
    struct bytes payload;
    struct err err;
    bool found = true;
    packet_input_init(&in);
    receive(&in, bytes_of("\x03\x00\x00\x05", 4));
    CHECK_OK(packet_input_next(&in, ANY_SIZE, &payload, &found, &err), err);
    CHECK(!found); /* its first byte is not here yet */
    receive(&in, bytes_of("\xff\x15\x04", 3));
    CHECK_OK(packet_input_next(&in, ANY_SIZE, &payload, &found, &err), err);
    CHECK(found && payload.len == 3);
    packet_input_clear(&in);
}

TEST(packet, what_is_larger_than_allowed_is_refused_by_its_header_alone)
{
    struct packet_input in;
    struct bytes payload;
    struct err err;
    bool found;
    packet_input_init(&in);
    receive(&in, bytes_of("\x01\x04\x00\x00", 4));
    CHECK(!packet_input_next(&in, 1024, &payload, &found, &err));
    CHECK(err.code == ERR_PROTOCOL);
    packet_input_clear(&in);
}

TEST(packet, memory_grows_with_the_packet_at_hand_and_is_given_back)
{
    struct packet_input in;
    struct bytes payload;
    struct err err;
    bool found;
    size_t size;
    uint8_t sequence = 0;
    struct buf wire;
    buf_init(&wire, ANY_SIZE);
    packet_input_init(&in);
    uint8_t *big = calloc(1, 3 << 20);
    packet_encode(bytes_of(big, 3 << 20), &sequence, &wire);
    receive(&in, bytes_of(wire.data, 4));
    CHECK_OK(packet_input_next(&in, ANY_SIZE, &payload, &found, &err), err);
    packet_input_room(&in, &size);
    CHECK(in.cap >= 3 << 20 && in.cap < 4 << 20);
    receive(&in, bytes_of(wire.data + 4, wire.len - 4));
    CHECK_OK(packet_input_next(&in, ANY_SIZE, &payload, &found, &err), err);
    CHECK(found && payload.len == 3 << 20);
    packet_input_room(&in, &size);
    CHECK(in.cap <= 1 << 20);
    packet_input_clear(&in);
    buf_clear(&wire);
    free(big);
}

UNIT_MAIN(RUN(packet, payloads_come_out_as_they_went_in_whatever_the_chunks),
          RUN(packet, a_payload_of_16_mib_goes_on_in_the_next_packet),
          RUN(packet, a_wrong_number_is_a_protocol_error),
          RUN(packet, an_error_packet_may_have_any_number),
          RUN(packet, what_is_larger_than_allowed_is_refused_by_its_header_alone),
          RUN(packet, memory_grows_with_the_packet_at_hand_and_is_given_back))
