/* test_payload.c - the events inside TRANSACTION_PAYLOAD: real ones, and all that may not be. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/payload.h"
#include "payload_maker.h"
#include "samples.h"

static const enum payload_compression kinds[] = { PAYLOAD_ZSTD, PAYLOAD_NONE };

struct told {
    unsigned count;
    uint64_t bytes;
    uint8_t types[64];
};

/* Reads a payload to its end. */
static bool read_payload(struct payload_event *payload, struct told *told, struct err *err)
{
    AUTO(payload_reader) reader = payload_reader_new();
    struct event event;
    bool more = true;
    *told = (struct told){ 0 };
    if (!payload_reader_start(reader, payload, err))
        return false;
    for (;;) {
        if (!payload_reader_next(reader, &event, &more, err))
            return false;
        if (!more)
            return true;
        if (told->count < sizeof told->types)
            told->types[told->count] = event.header.type;
        told->count++;
        told->bytes += event.raw.len;
        if (event.raw.len != EVENT_HEADER_SIZE + event.body.len)
            fail_msg("an event inside a payload has a checksum");
    }
}

static bool read_body(struct bytes body, struct told *told, struct err *err)
{
    struct event event = { .header.type = EVENT_TRANSACTION_PAYLOAD, .body = body };
    struct payload_event payload;
    return payload_decode(&event, &payload, err) && read_payload(&payload, told, err);
}

/* ---- making one ---- */

static void put_event(struct buf *events, uint8_t type, uint16_t flags, struct bytes body)
{
    struct event_header header = { .timestamp = 1, .type = type, .server_id = 7, .flags = flags };
    event_append(events, &header, body, CHECKSUM_NONE);
}

static void put_query(struct buf *events, const char *text)
{
    struct buf body;
    buf_init(&body, 4096);
    buf_append(&body, (uint8_t[13]){ [8] = 1 }, 13);
    buf_append(&body, "d", 2);
    buf_str(&body, text);
    put_event(events, EVENT_QUERY, 0, buf_bytes(&body));
    buf_clear(&body);
}

static void put_xid(struct buf *events)
{
    put_event(events, EVENT_XID, 0, bytes_of("\1\0\0\0\0\0\0", 8));
}

static void put_begin(struct buf *events)
{
    buf_init(events, 64 << 20);
    put_query(events, "BEGIN");
}

static void put_transaction(struct buf *events)
{
    put_begin(events);
    put_event(events, EVENT_ROWS_QUERY, EVENT_FLAG_IGNORABLE, bytes_of_str("\4text"));
    put_query(events, "SAVEPOINT a");
    put_xid(events);
}

/* Is a transaction of BEGIN, the event, XID taken, packed as it is and compressed? */
static bool takes(uint8_t type, uint16_t flags, struct bytes body, struct err *err)
{
    bool taken[ARRAY_COUNT(kinds)];
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf events, packed;
        struct told told;
        put_begin(&events);
        put_event(&events, type, flags, body);
        put_xid(&events);
        buf_init(&packed, 1 << 20);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        taken[i] = read_body(buf_bytes(&packed), &told, err);
        buf_clear(&events);
        buf_clear(&packed);
    }
    assert_int_equal(taken[0], taken[1]);
    return taken[0];
}

/* ---- tests ---- */

TEST(payload, of_a_real_server_gives_its_events_and_no_byte_more)
{
    struct sample s;
    struct event event;
    unsigned count = 0;
    sample_open("mysql-9.7/compressed", &s);
    while (sample_next(&s, &event)) {
        struct payload_event payload;
        struct told told;
        struct err err;
        if (event.header.type != EVENT_TRANSACTION_PAYLOAD)
            continue;
        count++;
        CHECK_OK(payload_decode(&event, &payload, &err), err);
        CHECK_OK(read_payload(&payload, &told, &err), err);
        CHECK(told.bytes == payload.uncompressed_size);
        CHECK(told.types[0] == EVENT_QUERY);
    }
    CHECK(count >= 2);
    sample_close(&s);
}

TEST(payload, gives_the_same_events_compressed_or_not)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf events, packed;
        struct told told;
        struct err err;
        put_transaction(&events);
        buf_init(&packed, 1 << 20);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        CHECK_OK(read_body(buf_bytes(&packed), &told, &err), err);
        CHECK(told.count == 4 && told.bytes == events.len);
        CHECK(told.types[1] == EVENT_ROWS_QUERY && told.types[3] == EVENT_XID);
        buf_clear(&events);
        buf_clear(&packed);
    }
}

TEST(payload, cut_at_any_byte_is_corrupt)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf events, packed;
        struct told told;
        struct err err;
        put_transaction(&events);
        buf_init(&packed, 1 << 20);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        for (size_t len = 0; len < packed.len; len++) {
            uint8_t *exact = malloc(len + 1);
            memcpy(exact, packed.data, len);
            CHECK(!read_body(bytes_of(exact, len), &told, &err) && err.code == ERR_CORRUPT);
            free(exact);
        }
        struct event event = { .header.type = EVENT_TRANSACTION_PAYLOAD,
                               .body = buf_bytes(&packed) };
        struct payload_event payload;
        CHECK_OK(payload_decode(&event, &payload, &err), err);
        size_t whole = payload.payload.len;
        for (size_t len = 0; len < whole; len++) { /* behind a header that agrees */
            payload.payload.len = len;
            if (kinds[i] == PAYLOAD_NONE)
                payload.uncompressed_size = len;
            CHECK(!read_payload(&payload, &told, &err) && err.code == ERR_CORRUPT);
        }
        buf_clear(&events);
        buf_clear(&packed);
    }
}

TEST(payload, with_any_bit_flipped_is_whole_or_refused)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf events, packed;
        struct told told;
        struct err err;
        put_transaction(&events);
        buf_init(&packed, 1 << 20);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        for (size_t bit = 0; bit < packed.len * 8; bit++) {
            packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (read_body(buf_bytes(&packed), &told, &err))
                CHECK(told.bytes == events.len);
            packed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        buf_clear(&events);
        buf_clear(&packed);
    }
}

static void check_zstd(void **unit_state, struct bytes stream, uint64_t size, enum err_code want,
                       const char *words)
{
    struct payload_event payload = { PAYLOAD_ZSTD, size, stream };
    struct told told;
    struct err err = { 0 };
    CHECK(!read_payload(&payload, &told, &err));
    CHECK(err.code == want);
    if (strstr(err.text, words) == NULL)
        fail_msg("%s", err.text);
}

TEST(payload, whose_size_is_not_the_declared_one_is_corrupt)
{
    struct buf events;
    uint8_t packed[2000] = { 0 };
    put_transaction(&events);
    size_t len = ZSTD_compress(packed, sizeof packed, events.data, events.len, 1);
    check_zstd(unit_state, bytes_of(packed, len), events.len + 1, ERR_CORRUPT, "cut off");
    check_zstd(unit_state, bytes_of(packed, len), events.len + 19, ERR_CORRUPT, "before the size");
    check_zstd(unit_state, bytes_of(packed, len), events.len - 1, ERR_CORRUPT, "cut off");
    check_zstd(unit_state, bytes_of(packed, len + 4), events.len, ERR_CORRUPT, "broken");
    put_query(&events, "BEGIN"); /* hidden behind the declared end */
    size_t more = ZSTD_compress(packed, sizeof packed, events.data, events.len, 1);
    check_zstd(unit_state, bytes_of(packed, more), events.len - 39, ERR_CORRUPT, "more bytes");
    buf_clear(&events);
}

TEST(payload, may_be_several_frames_and_unpacks_again_with_the_same_reader)
{
    AUTO(payload_reader) reader = payload_reader_new();
    struct buf events;
    uint8_t packed[2000];
    struct err err;
    put_transaction(&events);
    size_t len = ZSTD_compress(packed, sizeof packed, events.data, 50, 1);
    len += ZSTD_compress(packed + len, sizeof packed - len, events.data + 50, events.len - 50, 1);
    struct payload_event payload = { PAYLOAD_ZSTD, events.len, bytes_of(packed, len) };
    for (unsigned round = 0; round < 3; round++) {
        struct event event;
        bool more = true;
        unsigned count = 0;
        CHECK_OK(payload_reader_start(reader, &payload, &err), err);
        for (; more; count++)
            CHECK_OK(payload_reader_next(reader, &event, &more, &err), err);
        CHECK(count == 5);
        CHECK_OK(payload_reader_start(reader, &payload, &err), err); /* left in the middle */
        CHECK_OK(payload_reader_next(reader, &event, &more, &err), err);
    }
    buf_clear(&events);
}

TEST(payload, that_promises_more_than_it_can_give_is_not_believed)
{
    /* an event of 1 GiB whose bytes are not there, in 2^30 declared bytes */
    static const uint8_t header[19] = { [4] = EVENT_QUERY, [12] = 0x40 };
    struct buf body;
    struct told told;
    struct err err;
    uint8_t packed[100];
    size_t len = ZSTD_compress(packed, sizeof packed, header, sizeof header, 1);
    check_zstd(unit_state, bytes_of(packed, len), (uint64_t)1 << 30, ERR_CORRUPT, "ends");
    buf_init(&body, 1000);
    payload_wrap(&body, PAYLOAD_ZSTD, PAYLOAD_SIZE_MAX, bytes_of(packed, len));
    CHECK(!read_body(buf_bytes(&body), &told, &err) && err.code == ERR_CORRUPT);
    CHECK(strstr(err.text, "cannot give") != NULL);
    buf_clear(&body);
}

TEST(payload, with_a_window_of_more_than_128_mib_is_not_unpacked)
{
    /* magic, no content size, window 2^28, a last raw block of one byte */
    static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 9, 0, 0, 'a' };
    check_zstd(unit_state, bytes_of(frame, sizeof frame), 20, ERR_UNSUPPORTED, "128 MiB");
    static const uint8_t highest[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 9, 0, 0, 'a' };
    check_zstd(unit_state, bytes_of(highest, sizeof highest), 20, ERR_CORRUPT, "ends");
}

TEST(payload, holds_only_what_a_server_puts_there)
{
    static const uint8_t good[] = { EVENT_ROWS_QUERY,    EVENT_TABLE_MAP,
                                    EVENT_WRITE_ROWS,    EVENT_UPDATE_ROWS,
                                    EVENT_DELETE_ROWS,   EVENT_PARTIAL_UPDATE_ROWS,
                                    EVENT_IGNORABLE,     EVENT_INTVAR,
                                    EVENT_RAND,          EVENT_USER_VAR,
                                    EVENT_WRITE_ROWS_V1, EVENT_UPDATE_ROWS_V1,
                                    EVENT_DELETE_ROWS_V1 };
    struct err err;
    for (unsigned type = 0; type < 256; type++) {
        if (type == EVENT_QUERY || type == EVENT_XID || type == EVENT_XA_PREPARE)
            continue; /* their place counts: below */
        bool is_good = memchr(good, (int)type, sizeof good) != NULL;
        CHECK(takes((uint8_t)type, 0, bytes_of_str("12345678"), &err) == is_good);
        CHECK(is_good || err.code == ERR_CORRUPT);
    }
    CHECK(takes(200, EVENT_FLAG_IGNORABLE, bytes_of_str("unknown"), &err));
    CHECK(!takes(EVENT_GTID, EVENT_FLAG_IGNORABLE, bytes_of_str("known"), &err));
}

TEST(payload, is_one_transaction)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf events, packed;
        struct told told;
        struct err err;
        buf_init(&packed, 1 << 20);
        payload_body(&packed, kinds[i], bytes_of(NULL, 0));
        CHECK(!read_body(buf_bytes(&packed), &told, &err) && err.code == ERR_CORRUPT);
        put_begin(&events);
        buf_reset(&packed);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        CHECK(!read_body(buf_bytes(&packed), &told, &err));
        CHECK(strstr(err.text, "no end") != NULL);
        put_query(&events, "BEGIN");
        buf_reset(&packed);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        CHECK(!read_body(buf_bytes(&packed), &told, &err) && err.code == ERR_CORRUPT);
        buf_clear(&events);
        put_transaction(&events);
        put_xid(&events);
        buf_reset(&packed);
        payload_body(&packed, kinds[i], buf_bytes(&events));
        CHECK(!read_body(buf_bytes(&packed), &told, &err));
        CHECK(strstr(err.text, "follows the end") != NULL);
        buf_clear(&events);
        buf_clear(&packed);
    }
}

UNIT_MAIN(RUN(payload, of_a_real_server_gives_its_events_and_no_byte_more),
          RUN(payload, gives_the_same_events_compressed_or_not),
          RUN(payload, cut_at_any_byte_is_corrupt),
          RUN(payload, with_any_bit_flipped_is_whole_or_refused),
          RUN(payload, whose_size_is_not_the_declared_one_is_corrupt),
          RUN(payload, may_be_several_frames_and_unpacks_again_with_the_same_reader),
          RUN(payload, that_promises_more_than_it_can_give_is_not_believed),
          RUN(payload, with_a_window_of_more_than_128_mib_is_not_unpacked),
          RUN(payload, holds_only_what_a_server_puts_there), RUN(payload, is_one_transaction))
