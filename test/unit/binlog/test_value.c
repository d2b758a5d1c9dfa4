/* test_value.c - single values: the shapes on the wire, compressed content, text for people. Values
 * of every type as real servers wrote them are in test_rows_servers.c. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/column.h"
#include "binlog/value_number.h"
#include "binlog/value_text.h"

enum { TEXT_MAX = 1 << 16 };

struct wire_case {
    struct column_type type;
    const char *bytes;
    size_t size;
    const char *printed;
};

static const struct wire_case cases[] = {
    { { .type = COLUMN_TINY }, "\x80", 1, "-128" },
    { { .type = COLUMN_TINY, .is_unsigned = true }, "\x80", 1, "128" },
    { { .type = COLUMN_SHORT }, "\x00\x80", 2, "-32768" },
    { { .type = COLUMN_INT24 }, "\xfb\xff\xff", 3, "-5" },
    { { .type = COLUMN_INT24, .is_unsigned = true }, "\xfb\xff\xff", 3, "16777211" },
    { { .type = COLUMN_LONG, .is_unsigned = true }, "\xff\xff\xff\xff", 4, "4294967295" },
    { { .type = COLUMN_LONGLONG }, "\0\0\0\0\0\0\0\x80", 8, "-9223372036854775808" },
    { { .type = COLUMN_LONGLONG, .is_unsigned = true },
      "\xff\xff\xff\xff\xff\xff\xff\xff",
      8,
      "18446744073709551615" },
    { { .type = COLUMN_FLOAT, .length = 4 }, "\x00\x00\xc0\x3f", 4, "1.5" },
    { { .type = COLUMN_FLOAT, .length = 4 }, "\xcd\xcc\xcc\x3d", 4, "0.1" },
    { { .type = COLUMN_DOUBLE, .length = 8 }, "\0\0\0\0\0\0\x04\xc0", 8, "-2.5" },
    { { .type = COLUMN_NEWDECIMAL, .precision = 10, .scale = 4 },
      "\x80\x04\xd2\x15\xe0",
      5,
      "1234.5600" },
    { { .type = COLUMN_BIT, .length = 1 }, "\x01", 1, "1" },
    { { .type = COLUMN_BIT, .length = 9 }, "\x01\x01", 2, "257" },
    { { .type = COLUMN_BIT, .length = 64 },
      "\x01\x02\x03\x04\x05\x06\x07\x08",
      8,
      "72623859790382856" },
    { { .type = COLUMN_ENUM, .length = 2 }, "\x2c\x01", 2, "300" },
    { { .type = COLUMN_SET, .length = 8 }, "\x01\x02\0\0\0\0\0\x80", 8, "9223372036854776321" },
    { { .type = COLUMN_YEAR }, "\xff", 1, "2155" },
    { { .type = COLUMN_YEAR }, "\x00", 1, "0" },
    { { .type = COLUMN_DATE }, "\x5d\xd0\x0f", 3, "'2024-02-29'" },
    { { .type = COLUMN_TIME2 }, "\x4b\x91\x05", 3, "'-838:59:59'" },
    { { .type = COLUMN_TIME2, .scale = 2 }, "\x7f\xff\xff\xff", 4, "'-00:00:00.01'" },
    { { .type = COLUMN_TIME2, .scale = 3 }, "\x7f\xef\x7c\xee\x30", 5, "'-01:02:03.456'" },
    { { .type = COLUMN_TIME2, .scale = 6 }, "\x4b\x91\x05\xf0\xbd\xc1", 6, "'-838:59:58.999999'" },
    { { .type = COLUMN_DATETIME2, .scale = 1 },
      "\x99\xb2\xba\xc8\xb8\x46",
      6,
      "'2024-02-29 12:34:56.7'" },
    { { .type = COLUMN_DATETIME2, .scale = 4 },
      "\x80\0\0\0\0\0\0",
      7,
      "'0000-00-00 00:00:00.0000'" },
    { { .type = COLUMN_TIMESTAMP2, .scale = 2 },
      "\x65\xe0\x79\xf0\x4e",
      5,
      "'2024-02-29 12:34:56.78'" },
    { { .type = COLUMN_TIMESTAMP2 }, "\xff\xff\xff\xff", 4, "'2106-02-07 06:28:15'" },
    { { .type = COLUMN_TIMESTAMP2 }, "\0\0\0\0", 4, "'0000-00-00 00:00:00'" },
    { { .type = COLUMN_STRING, .length = 40 }, "\x03\x61\x20\x62", 4, "'a b'" },
    { { .type = COLUMN_STRING, .length = 1020 }, "\x02\x00\xc3\xa9", 4, "'\xc3\xa9'" },
    { { .type = COLUMN_STRING, .length = 8, .is_binary = true },
      "\x04\x01\x02\x00\x03",
      5,
      "X'01020003'" },
    { { .type = COLUMN_VARCHAR, .length = 255 }, "\x02'\\", 3, "'\\'\\\\'" },
    { { .type = COLUMN_VARCHAR, .length = 256 }, "\x01\x00\n", 3, "'\\x0a'" },
    { { .type = COLUMN_BLOB, .length = 2, .is_binary = true }, "\x02\x00\x00\xff", 4, "X'00ff'" },
    { { .type = COLUMN_BLOB, .length = 4 }, "\x01\0\0\0x", 5, "'x'" },
    { { .type = COLUMN_JSON, .length = 4 }, "\x02\0\0\0\x04\x01", 6, "'true'" },
    { { .type = COLUMN_JSON, .length = 4 }, "\0\0\0\0", 4, "'null'" },
    { { .type = COLUMN_VECTOR, .length = 4 }, "\x04\0\0\0\0\0\x80\x3f", 8, "X'0000803f'" },
    { { .type = COLUMN_GEOMETRY, .length = 4 }, "\x04\0\0\0\0\0\0\0", 8, "X'00000000'" },
    { { .type = COLUMN_VARCHAR_COMPRESSED, .length = 801 },
      "\x0b\x00\x89\xc8\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00",
      13,
      NULL },
    { { .type = COLUMN_TIME }, "\x40\xe2\x01", 3, "'12:34:56'" },
    { { .type = COLUMN_TIMESTAMP }, "\x01\0\0\0", 4, "'1970-01-01 00:00:01'" },
};

/* On the heap without a byte to spare, so that a sanitizer sees overreads. */
static uint8_t *exact_copy(const char *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, bytes, size);
    return copy;
}

TEST(value, reads_and_prints_as_the_servers_show_it)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t *copy = exact_copy(cases[i].bytes, cases[i].size);
        struct reader r = reader_of(bytes_of(copy, cases[i].size));
        struct value value;
        struct buf out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        CHECK_OK(value_decode(&cases[i].type, &r, &value, &err), err);
        CHECK(reader_left(&r) == 0);
        value_print(&value, &cases[i].type, &out);
        if (cases[i].printed != NULL)
            CHECK_STR(buf_cstr(&out), cases[i].printed);
        buf_clear(&out);
        free(copy);
    }
}

static bool is_read_only(uint8_t type)
{
    return type == COLUMN_VARCHAR_COMPRESSED || type == COLUMN_TIME || type == COLUMN_TIMESTAMP;
}

TEST(value, is_written_as_it_was_read)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct bytes wire = bytes_of(cases[i].bytes, cases[i].size);
        struct reader r = reader_of(wire);
        struct value value;
        struct buf out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        CHECK_OK(value_decode(&cases[i].type, &r, &value, &err), err);
        if (is_read_only(cases[i].type.type)) {
            CHECK(!value_encode(&cases[i].type, &value, &out, &err));
        } else {
            CHECK_OK(value_encode(&cases[i].type, &value, &out, &err), err);
            CHECK(bytes_equal(buf_bytes(&out), wire));
        }
        buf_clear(&out);
    }
}

TEST(value, that_does_not_fit_its_column_is_not_written)
{
    static const struct {
        struct column_type type;
        struct value value;
    } misfits[] = {
        { { .type = COLUMN_TINY }, { .kind = VALUE_INT, .i = 128 } },
        { { .type = COLUMN_TINY }, { .kind = VALUE_UINT, .u = 1 } },
        { { .type = COLUMN_INT24, .is_unsigned = true }, { .kind = VALUE_UINT, .u = 1 << 24 } },
        { { .type = COLUMN_BIT, .length = 3 }, { .kind = VALUE_UINT, .u = 8 } },
        { { .type = COLUMN_ENUM, .length = 1 }, { .kind = VALUE_UINT, .u = 256 } },
        { { .type = COLUMN_YEAR }, { .kind = VALUE_INT, .i = 1900 } },
        { { .type = COLUMN_YEAR }, { .kind = VALUE_INT, .i = 2156 } },
        { { .type = COLUMN_VARCHAR, .length = 1 },
          { .kind = VALUE_TEXT, .bytes = { (const uint8_t *)"ab", 2 } } },
        { { .type = COLUMN_TIMESTAMP2 }, { .kind = VALUE_TIMESTAMP, .u = UINT64_MAX } },
        { { .type = COLUMN_DOUBLE }, { .kind = VALUE_FLOAT, .d = 1 } },
        { { .type = COLUMN_JSON, .length = 4 }, { .kind = VALUE_TEXT } },
    };
    for (size_t i = 0; i < ARRAY_COUNT(misfits); i++) {
        struct buf out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        CHECK(!value_encode(&misfits[i].type, &misfits[i].value, &out, &err));
        CHECK(err.code == ERR_CONFLICT && out.len == 0);
        buf_clear(&out);
    }
}

TEST(value, cut_anywhere_is_corrupt)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        for (size_t size = 0; size < cases[i].size; size++) {
            uint8_t *copy = exact_copy(cases[i].bytes, size);
            struct reader r = reader_of(bytes_of(copy, size));
            struct value value;
            struct err err;
            CHECK(!value_decode(&cases[i].type, &r, &value, &err));
            CHECK(err.code == ERR_CORRUPT);
            free(copy);
        }
    }
}

TEST(value, with_flipped_bits_is_corrupt_or_another_value)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        for (size_t bit = 0; bit < cases[i].size * 8; bit++) {
            char bytes[64];
            memcpy(bytes, cases[i].bytes, cases[i].size);
            bytes[bit / 8] ^= (char)(1u << bit % 8);
            uint8_t *copy = exact_copy(bytes, cases[i].size);
            struct reader r = reader_of(bytes_of(copy, cases[i].size));
            struct value value;
            struct buf out;
            struct err err;
            buf_init(&out, TEXT_MAX);
            if (value_decode(&cases[i].type, &r, &value, &err))
                value_print(&value, &cases[i].type, &out);
            else
                CHECK(err.code == ERR_CORRUPT);
            buf_clear(&out);
            free(copy);
        }
    }
}

TEST(value, that_cannot_be_is_corrupt)
{
    static const struct wire_case impossible[] = {
        { { .type = COLUMN_DATE }, "\xa0\x01\x00", 3, "month 13" },
        { { .type = COLUMN_TIME2, .scale = 2 }, "\x80\x00\x00\x64", 4, "fraction of 100/100" },
        { { .type = COLUMN_TIME2 }, "\x80\x00\x3c", 3, "second 60" },
        { { .type = COLUMN_TIME2, .scale = 7 }, "\x80\x00\x00\x00\x00\x00\x00", 7, "scale 7" },
        { { .type = COLUMN_DATETIME2 }, "\x00\x00\x00\x00\x00", 5, "negative" },
        { { .type = COLUMN_DATETIME2, .scale = 6 }, "\x80\0\0\0\0\x0f\x42\x40", 8, "1000000" },
        { { .type = COLUMN_TIMESTAMP2, .scale = 4 }, "\0\0\0\1\x27\x10", 6, "10000/10000" },
        { { .type = COLUMN_BIT, .length = 9 }, "\x02\x00", 2, "ten bits" },
        { { .type = COLUMN_BIT, .length = 65 }, "\0\0\0\0\0\0\0\0\0", 9, "65 bits" },
        { { .type = COLUMN_ENUM, .length = 0 }, "\x01", 1, "no bytes" },
        { { .type = COLUMN_SET, .length = 9 }, "\0\0\0\0\0\0\0\0\0", 9, "nine bytes" },
        { { .type = COLUMN_BLOB, .length = 5 }, "\0\0\0\0\0", 5, "length of 5 bytes" },
        { { .type = COLUMN_VECTOR, .length = 1 }, "\x03\0\0\0", 4, "3/4 of a float" },
        { { .type = COLUMN_NEWDECIMAL, .precision = 5, .scale = 6 }, "\x80\0\0", 3, "5,6" },
        { { .type = COLUMN_DATETIME }, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, "no such day" },
        { { .type = COLUMN_TIME }, "\xff\xff\x7f", 3, "838 hours and more" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(impossible); i++) {
        struct reader r = reader_of(bytes_of(impossible[i].bytes, impossible[i].size));
        struct value value;
        struct err err;
        if (value_decode(&impossible[i].type, &r, &value, &err))
            fail_msg("%s was taken", impossible[i].printed);
        CHECK(err.code == ERR_CORRUPT);
    }
}

TEST(value, of_types_that_no_reader_knows_is_refused)
{
    static const uint8_t types[] = {
        COLUMN_DECIMAL, COLUMN_NULL, COLUMN_NEWDATE, COLUMN_TYPED_ARRAY, 100, 243, 244
    };
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        struct column_type type = { .type = types[i] };
        struct reader r = reader_of(bytes_of_str("12345678"));
        struct value value;
        struct err err;
        CHECK(!value_decode(&type, &r, &value, &err));
        CHECK(err.code == ERR_UNSUPPORTED);
    }
}

TEST(value, compressed_content_comes_out_whole)
{
    static const struct {
        const char *stored;
        size_t size;
        const char *content;
    } columns[] = {
        { "", 0, "" },
        { "\0short", 6, "short" },
        { "\x89\xc8\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00", 11, NULL }, /* 'comp' fifty times */
        { "\x81\x05\x78\x9c\x4b\x4c\x4a\x4e\x49\x05\x00\x05\xc8\x01\xf0", 15, "abcde" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        struct buf out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        CHECK_OK(value_decompress(bytes_of(columns[i].stored, columns[i].size), &out, &err), err);
        if (columns[i].content != NULL)
            CHECK_STR(buf_cstr(&out), columns[i].content);
        else
            CHECK(out.len == 200 && memcmp(out.data, "compcomp", 8) == 0);
        buf_clear(&out);
    }
}

TEST(value, compressed_content_that_lies_is_refused)
{
    static const struct {
        const char *stored;
        size_t size;
        enum err_code code;
    } columns[] = {
        { "\x90\x00", 2, ERR_UNSUPPORTED },                 /* method 9 */
        { "\x88", 1, ERR_CORRUPT },                         /* size in no bytes */
        { "\x8d\0\0\0\0\1\0", 7, ERR_CORRUPT },             /* size in five bytes */
        { "\x8c\xff\xff\xff\xff\x4b\x04", 7, ERR_CORRUPT }, /* 4 GiB in two bytes */
        { "\x89\xc7\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00", 11, ERR_CORRUPT }, /* one byte less */
        { "\x89\xc9\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00", 11, ERR_CORRUPT }, /* one byte more */
        { "\x81\xc8\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00", 11, ERR_CORRUPT }, /* not zlib */
        { "\x89", 1, ERR_CORRUPT },
    };
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        struct buf out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        CHECK(!value_decompress(bytes_of(columns[i].stored, columns[i].size), &out, &err));
        CHECK(err.code == columns[i].code);
        CHECK(out.len == 0);
        buf_clear(&out);
    }
}

TEST(value, compressed_content_larger_than_the_buffer_is_refused)
{
    struct buf out;
    struct err err;
    buf_init(&out, 199);
    CHECK(!value_decompress(bytes_of("\x89\xc8\x4b\xce\xcf\x2d\x48\x1e\x06\x18\x00", 11), &out,
                            &err));
    CHECK(err.code == ERR_CORRUPT);
    buf_clear(&out);
}

TEST(value, text_that_does_not_fit_its_column_is_refused)
{
    static const struct {
        struct column_type type;
        const char *text;
    } texts[] = {
        { { .type = COLUMN_TINY }, "128" },
        { { .type = COLUMN_TINY }, "-129" },
        { { .type = COLUMN_TINY, .is_unsigned = true }, "256" },
        { { .type = COLUMN_TINY, .is_unsigned = true }, "-1" },
        { { .type = COLUMN_LONGLONG }, "9223372036854775808" },
        { { .type = COLUMN_LONGLONG, .is_unsigned = true }, "18446744073709551616" },
        { { .type = COLUMN_LONG }, "" },
        { { .type = COLUMN_LONG }, "-" },
        { { .type = COLUMN_LONG }, "1.0" },
        { { .type = COLUMN_DOUBLE }, "1e400" },
        { { .type = COLUMN_DOUBLE }, "nan" },
        { { .type = COLUMN_DOUBLE }, "0x10" },
        { { .type = COLUMN_DOUBLE }, "" },
        { { .type = COLUMN_FLOAT }, "3.5e38" },
        { { .type = COLUMN_NEWDECIMAL, .precision = 4, .scale = 2 }, "100.00" },
        { { .type = COLUMN_BIT, .length = 1 }, "2" },
        { { .type = COLUMN_BIT, .length = 1 }, "\x01" },
        { { .type = COLUMN_ENUM, .length = 1 }, "red" },
        { { .type = COLUMN_SET, .length = 8 }, "-9.223372036854775e18" },
        { { .type = COLUMN_YEAR }, "1900" },
        { { .type = COLUMN_DATE }, "2024-02-29 00:00:00" },
        { { .type = COLUMN_TIMESTAMP2 }, "1969-12-31 23:59:59" },
        { { .type = COLUMN_VECTOR }, "[1,2]" },
        { { .type = COLUMN_JSON }, "" },
    };
    struct arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct value value;
        struct err err;
        if (value_from_text(&texts[i].type, bytes_of_str(texts[i].text), &arena, &value, &err))
            fail_msg("\"%s\" was taken for type %u", texts[i].text, texts[i].type.type);
        CHECK(err.code == ERR_CORRUPT);
    }
    arena_clear(&arena);
}

TEST(value, null_and_absent_print_differently)
{
    struct buf out;
    struct value value = { .kind = VALUE_NULL };
    buf_init(&out, 64);
    value_print(&value, NULL, &out);
    value.kind = VALUE_ABSENT;
    value_print(&value, NULL, &out);
    CHECK_STR(buf_cstr(&out), "NULL(absent)");
    buf_clear(&out);
}

TEST(value, floats_print_with_the_digits_they_need_and_no_more)
{
    static const struct {
        float number;
        const char *text;
    } floats[] = { { 0.1f, "0.1" },
                   { 16777216.0f, "16777216" },
                   { 3.4028235e38f, "3.4028235e38" },
                   { 1e-45f, "1e-45" },
                   { -0.0f, "-0" },
                   { 1.0f / 3, "0.33333334" },
                   { 123456.79f, "123456.79" } };
    for (size_t i = 0; i < ARRAY_COUNT(floats); i++) {
        char text[NUMBER_TEXT_MAX];
        CHECK(float_text(floats[i].number, text) == strlen(floats[i].text));
        CHECK_STR(text, floats[i].text);
    }
}

UNIT_MAIN(RUN(value, reads_and_prints_as_the_servers_show_it),
          RUN(value, is_written_as_it_was_read),
          RUN(value, that_does_not_fit_its_column_is_not_written),
          RUN(value, cut_anywhere_is_corrupt),
          RUN(value, with_flipped_bits_is_corrupt_or_another_value),
          RUN(value, that_cannot_be_is_corrupt),
          RUN(value, of_types_that_no_reader_knows_is_refused),
          RUN(value, compressed_content_comes_out_whole),
          RUN(value, compressed_content_that_lies_is_refused),
          RUN(value, compressed_content_larger_than_the_buffer_is_refused),
          RUN(value, text_that_does_not_fit_its_column_is_refused),
          RUN(value, null_and_absent_print_differently),
          RUN(value, floats_print_with_the_digits_they_need_and_no_more))
