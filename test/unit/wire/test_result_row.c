/* test_result_row.c - rows and definitions as a server sends them, against bytes of the protocol
 * and against the client's decoders. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/result_row.h"
#include <stdlib.h>
#include "unit.h"
#include "wire/packet.h"
#include "wire/result.h"

static struct result_column column(uint8_t type, uint8_t decimals)
{
    return (struct result_column){ .db = "shop",
                                   .table = "i",
                                   .org_table = "item",
                                   .name = "c",
                                   .org_name = "column",
                                   .charset = 45,
                                   .length = 5,
                                   .type = type,
                                   .flags = 1,
                                   .decimals = decimals };
}

static struct value text_value(const char *text)
{
    return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of_str(text) };
}

static const struct time_parts moment = {
    .year = 2024, .month = 2, .day = 29, .hour = 23, .minute = 59, .second = 58, .micro = 120000
};

/* Each value, its column, the text and the bytes behind the NULL bits. */
static const struct sample {
    uint8_t type;
    uint8_t decimals;
    struct value value;
    const char *text;
    const char *binary;
    size_t binary_len;
} samples[] = {
#define BYTES(text) text, sizeof(text) - 1
    { COLUMN_TINY, 0, { .kind = VALUE_INT, .i = -128 }, "-128", BYTES("\x80") },
    { COLUMN_TINY, 0, { .kind = VALUE_UINT, .u = 255 }, "255", BYTES("\xff") },
    { COLUMN_SHORT, 0, { .kind = VALUE_INT, .i = -2 }, "-2", BYTES("\xfe\xff") },
    { COLUMN_YEAR, 0, { .kind = VALUE_UINT, .u = 0 }, "0000", BYTES("\x00\x00") },
    { COLUMN_INT24, 0, { .kind = VALUE_INT, .i = -1 }, "-1", BYTES("\xff\xff\xff\xff") },
    { COLUMN_LONG, 0, { .kind = VALUE_UINT, .u = 258 }, "258", BYTES("\x02\x01\x00\x00") },
    { COLUMN_LONGLONG,
      0,
      { .kind = VALUE_UINT, .u = UINT64_MAX },
      "18446744073709551615",
      BYTES("\xff\xff\xff\xff\xff\xff\xff\xff") },
    { COLUMN_FLOAT,
      31,
      { .kind = VALUE_FLOAT, .d = 16777216 },
      "16777200",
      BYTES("\x00\x00\x80\x4b") },
    { COLUMN_FLOAT, 2, { .kind = VALUE_FLOAT, .d = 1.5 }, "1.50", BYTES("\x00\x00\xc0\x3f") },
    { COLUMN_DOUBLE,
      31,
      { .kind = VALUE_DOUBLE, .d = 1e300 },
      "1e300",
      BYTES("\x9c\x75\x00\x88\x3c\xe4\x37\x7e") },
    { COLUMN_DATE,
      0,
      { .kind = VALUE_DATE, .time = moment },
      "2024-02-29",
      BYTES("\4\xe8\7\2\x1d") },
    { COLUMN_DATE, 0, { .kind = VALUE_DATE }, "0000-00-00", BYTES("\0") },
    { COLUMN_DATETIME,
      3,
      { .kind = VALUE_DATETIME, .time = moment },
      "2024-02-29 23:59:58.120",
      BYTES("\x0b\xe8\x07\x02\x1d\x17\x3b\x3a\xc0\xd4\x01\x00") },
    { COLUMN_TIMESTAMP,
      0,
      { .kind = VALUE_DATETIME, .time = { .year = 1970, .month = 1, .day = 2, .second = 1 } },
      "1970-01-02 00:00:01",
      BYTES("\x07\xb2\x07\x01\x02\x00\x00\x01") },
    { COLUMN_TIME, 0, { .kind = VALUE_TIME }, "00:00:00", BYTES("\0") },
    { COLUMN_TIME,
      0,
      { .kind = VALUE_TIME, .time = { .negative = true, .hour = 838, .minute = 59, .second = 59 } },
      "-838:59:59",
      BYTES("\x08\x01\x22\x00\x00\x00\x16\x3b\x3b") },
    { COLUMN_TIME,
      6,
      { .kind = VALUE_TIME, .time = { .micro = 1 } },
      "00:00:00.000001",
      BYTES("\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00") },
    { COLUMN_NEWDECIMAL,
      2,
      { .kind = VALUE_TEXT, .bytes = { (const uint8_t *)"-1.50", 5 } },
      "-1.50",
      BYTES("\5-1.50") },
    { COLUMN_VAR_STRING,
      0,
      { .kind = VALUE_INT, .i = 7 },
      "7",
      BYTES("\1"
            "7") },
    { COLUMN_BIT,
      0,
      { .kind = VALUE_BLOB, .bytes = { (const uint8_t *)"A", 1 } },
      "A",
      BYTES("\1A") },
};

TEST(rows, carry_every_type_as_text_and_binary)
{
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct sample *s = &samples[i];
        struct result_column c = column(s->type, s->decimals);
        struct bytes got;
        buf_reset(&out);
        CHECK_OK(result_row_text(&c, &s->value, 1, &out, &err), err);
        CHECK_OK(text_row_decode(buf_bytes(&out), &got, 1, &err), err);
        CHECK(bytes_equal_str(got, s->text));
        buf_reset(&out);
        CHECK_OK(result_row_binary(&c, &s->value, 1, &out, &err), err);
        CHECK(out.len == 2 + s->binary_len && memcmp(out.data, "\0\0", 2) == 0);
        CHECK(memcmp(out.data + 2, s->binary, s->binary_len) == 0);
    }
    buf_clear(&out);
}

TEST(rows, tell_null_from_empty)
{
    struct result_column columns[8];
    struct value values[8];
    struct bytes got[8];
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    for (unsigned i = 0; i < 8; i++) {
        columns[i] = column(COLUMN_VAR_STRING, 0);
        values[i] = i % 7 == 0 ? (struct value){ .kind = VALUE_NULL } : text_value("");
    }
    CHECK_OK(result_row_text(columns, values, 8, &out, &err), err);
    CHECK_OK(text_row_decode(buf_bytes(&out), got, 8, &err), err);
    CHECK(got[0].data == NULL && got[1].data != NULL && got[1].len == 0 && got[7].data == NULL);
    buf_reset(&out);
    CHECK_OK(result_row_binary(columns, values, 8, &out, &err), err);
    /* the bits of the first and the eighth column, two further on, then six empty texts */
    CHECK(out.len == 9 && memcmp(out.data, "\x00\x04\x02\0\0\0\0\0\0", 9) == 0);
    buf_clear(&out);
}

TEST(rows, refuse_what_a_column_cannot_hold)
{
    static const struct {
        uint8_t type;
        struct value value;
    } wrong[] = { { COLUMN_TINY, { .kind = VALUE_INT, .i = -129 } },
                  { COLUMN_TINY, { .kind = VALUE_UINT, .u = 256 } },
                  { COLUMN_LONG, { .kind = VALUE_INT, .i = INT64_MIN } },
                  { COLUMN_LONG, { .kind = VALUE_UINT, .u = UINT64_C(1) << 32 } },
                  { COLUMN_LONGLONG, { .kind = VALUE_DOUBLE, .d = 1 } },
                  { COLUMN_DOUBLE, { .kind = VALUE_DATE } },
                  { COLUMN_DATE, { .kind = VALUE_TIME } },
                  { COLUMN_TIME, { .kind = VALUE_DATE } },
                  { COLUMN_VAR_STRING, { .kind = VALUE_ABSENT } } };
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct result_column c = column(wrong[i].type, 0);
        CHECK(!result_row_binary(&c, &wrong[i].value, 1, &out, &err));
        CHECK(err.code == ERR_UNSUPPORTED);
    }
    buf_clear(&out);
}

TEST(rows, fill_up_with_zeros_where_the_column_says_so)
{
    struct result_column c = column(COLUMN_LONG, 0);
    struct value value = { .kind = VALUE_UINT, .u = 42 };
    struct buf out;
    struct err err;
    c.flags |= RESULT_ZEROFILL;
    buf_init(&out, 1000);
    CHECK_OK(result_row_text(&c, &value, 1, &out, &err), err);
    CHECK(bytes_equal_str(buf_bytes(&out), "\5"
                                           "00042"));
    buf_clear(&out);
}

TEST(rows, stop_at_the_bound_of_their_buffer)
{
    struct result_column c = column(COLUMN_VAR_STRING, 0);
    struct value value = text_value("longer than eight bytes");
    struct err err;
    for (size_t max = 0; max < 24; max++) {
        struct buf out;
        buf_init(&out, max);
        CHECK_OK(result_row_binary(&c, &value, 1, &out, &err), err);
        CHECK(out.failed && out.len <= max);
        buf_clear(&out);
    }
}

TEST(columns, are_read_back_by_a_client)
{
    struct result_column c = column(COLUMN_DATETIME, 6);
    struct column_definition got;
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    result_column_encode(&c, &out);
    CHECK_OK(column_definition_decode(buf_bytes(&out), &got, &err), err);
    CHECK(bytes_equal_str(got.table, "i") && bytes_equal_str(got.name, "c"));
    CHECK(got.charset == 45 && got.length == 5 && got.type == COLUMN_DATETIME && got.flags == 1 &&
          got.decimals == 6);
    buf_clear(&out);
}

/* What packet_encode makes of a payload, packet_open and packet_close make in place. */
TEST(packets, closed_in_place_are_those_of_a_copy)
{
    static const size_t sizes[] = {
        0, 5, PACKET_FULL - 1, PACKET_FULL, PACKET_FULL + 3, 2 * PACKET_FULL + 1
    };
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        struct buf copied, in_place;
        uint8_t first = 254, second = 254;
        uint8_t *payload = malloc(sizes[i] + 1);
        for (size_t at = 0; at < sizes[i]; at++)
            payload[at] = (uint8_t)(at * 7 + at / 251);
        buf_init(&copied, sizes[i] + 100);
        buf_init(&in_place, sizes[i] + 100);
        packet_encode(bytes_of(payload, sizes[i]), &first, &copied);
        size_t place = packet_open(&in_place);
        buf_append(&in_place, payload, sizes[i]);
        packet_close(&in_place, place, &second);
        CHECK(first == second && bytes_equal(buf_bytes(&copied), buf_bytes(&in_place)));
        free(payload);
        buf_clear(&copied);
        buf_clear(&in_place);
    }
}

UNIT_MAIN(RUN(rows, carry_every_type_as_text_and_binary), RUN(rows, tell_null_from_empty),
          RUN(rows, refuse_what_a_column_cannot_hold),
          RUN(rows, fill_up_with_zeros_where_the_column_says_so),
          RUN(rows, stop_at_the_bound_of_their_buffer), RUN(columns, are_read_back_by_a_client),
          RUN(packets, closed_in_place_are_those_of_a_copy))
