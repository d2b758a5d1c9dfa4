/* test_decimal.c - packed decimals as they stood in real logs, and what is refused. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "binlog/decimal.h"

static const struct {
    struct decimal_type type;
    const char *packed;
    size_t size;
    const char *text;
} samples[] = {
    { { 10, 4 }, "\x80\x04\xd2\x15\xe0", 5, "1234.5600" },
    { { 10, 4 }, "\x70\xbd\xc0\xd8\xf0", 5, "-999999.9999" },
    { { 5, 0 }, "\x80\x00\x2a", 3, "42" },
    { { 5, 0 }, "\x7e\x79\x60", 3, "-99999" },
    { { 8, 3 }, "\x7f\xff\xf3\xfe\xa6", 5, "-12.345" },
    { { 5, 3 }, "\x8c\x01\x59", 3, "12.345" },
    { { 1, 1 }, "\x80", 1, "0.0" },
    { { 1, 1 }, "\x85", 1, "0.5" },
    { { 18, 18 }, "\x80\x00\x00\x00\x00\x00\x00\x01", 8, "0.000000000000000001" },
    { { 65, 30 },
      "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff"
      "\xff\xff\xff\xff\xff\xff\xfe",
      30,
      "-1.000000000000000000000000000001" },
};

TEST(decimal, of_real_logs_reads_and_packs_to_the_same_bytes)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct bytes packed = bytes_of(samples[i].packed, samples[i].size);
        uint8_t again[DECIMAL_PACKED_MAX];
        char text[DECIMAL_TEXT_MAX];
        size_t len;
        struct err err;
        CHECK(decimal_packed_size(samples[i].type) == samples[i].size);
        CHECK_OK(decimal_text(samples[i].type, packed, text, &len, &err), err);
        CHECK_STR(text, samples[i].text);
        CHECK(len == strlen(text));
        CHECK_OK(decimal_pack(samples[i].type, bytes_of_str(text), again, &err), err);
        CHECK(memcmp(again, samples[i].packed, samples[i].size) == 0);
    }
}

TEST(decimal, of_the_wrong_size_or_with_too_large_a_group_is_corrupt)
{
    char text[DECIMAL_TEXT_MAX];
    struct err err;
    struct decimal_type type = { 10, 4 };
    for (size_t size = 0; size < 8; size++) {
        bool ok = decimal_text(type, bytes_of("\x80\x04\xd2\x15\xe0\x00\x00\x00", size), text, NULL,
                               &err);
        CHECK(ok == (size == 5));
        CHECK(ok || err.code == ERR_CORRUPT);
    }
    CHECK(!decimal_text(type, bytes_of("\x80\x04\xd2\x27\x10", 5), text, NULL, &err)); /* 10000 */
    CHECK(err.code == ERR_CORRUPT);
    CHECK(!decimal_text((struct decimal_type){ 4, 5 }, bytes_of("\x80", 1), text, NULL, &err));
    CHECK(!decimal_text((struct decimal_type){ 0, 0 }, bytes_of("\x80", 1), text, NULL, &err));
    CHECK(!decimal_text((struct decimal_type){ 82, 0 }, bytes_of("\x80", 1), text, NULL, &err));
}

TEST(decimal, with_flipped_bits_is_corrupt_or_another_number)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        for (size_t bit = 0; bit < samples[i].size * 8; bit++) {
            uint8_t packed[DECIMAL_PACKED_MAX];
            char text[DECIMAL_TEXT_MAX];
            struct err err;
            memcpy(packed, samples[i].packed, samples[i].size);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (!decimal_text(samples[i].type, bytes_of(packed, samples[i].size), text, NULL, &err))
                CHECK(err.code == ERR_CORRUPT);
        }
    }
}

TEST(decimal, text_of_any_shape_packs_to_the_canonical_form)
{
    static const struct {
        const char *text;
        const char *canonical;
    } cases[] = { { "+1.5", "1.50" }, { "0001.5", "1.50" }, { ".5", "0.50" },    { "5.", "5.00" },
                  { "-0", "0.00" },   { "-0.00", "0.00" },  { "-.01", "-0.01" }, { "0", "0.00" } };
    struct decimal_type type = { 4, 2 };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t packed[DECIMAL_PACKED_MAX];
        char text[DECIMAL_TEXT_MAX];
        struct err err;
        CHECK_OK(decimal_pack(type, bytes_of_str(cases[i].text), packed, &err), err);
        CHECK_OK(decimal_text(type, bytes_of(packed, 2), text, NULL, &err), err);
        CHECK_STR(text, cases[i].canonical);
    }
}

TEST(decimal, text_that_is_no_number_or_does_not_fit_is_refused_not_rounded)
{
    static const char *const texts[] = { "",      "-",   "+",     ".",      "1.2.3", "1e5",
                                         " 1",    "1 ",  "0x1",   "--1",    "abc",   "100",
                                         "1.234", "999", "1.000", "-100.0", "NULL" };
    struct decimal_type type = { 4, 2 };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        uint8_t packed[DECIMAL_PACKED_MAX];
        struct err err;
        CHECK(!decimal_pack(type, bytes_of_str(texts[i]), packed, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
}

UNIT_MAIN(RUN(decimal, of_real_logs_reads_and_packs_to_the_same_bytes),
          RUN(decimal, of_the_wrong_size_or_with_too_large_a_group_is_corrupt),
          RUN(decimal, with_flipped_bits_is_corrupt_or_another_number),
          RUN(decimal, text_of_any_shape_packs_to_the_canonical_form),
          RUN(decimal, text_that_is_no_number_or_does_not_fit_is_refused_not_rounded))
