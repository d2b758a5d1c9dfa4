/* test_charset.c - conversion to UTF-8 is what the servers say: for every one-, two-, three- and
 * four-byte sequence of every set, the number of valid ones and a checksum over all of them (code,
 * then UTF-8, in order) equal those read from MariaDB 10.11, 11.8 and MySQL 9.7. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/charset.h"
#include <libdeflate.h>
#include <stdlib.h>
#include "unit.h"

enum { SCRATCH_MAX = 1 << 20 };

struct golden {
    const char *name;
    unsigned size;       /* bytes of a character */
    unsigned first_from; /* bytes it may start with */
    unsigned first_to;
    unsigned count;
    uint32_t crc;
};

static const struct golden golden[] = {
    { "ascii", 1, 0, 255, 128, 1361676069u },
    { "armscii8", 1, 0, 255, 256, 2692217196u },
    { "cp1250", 1, 0, 255, 251, 3751063951u },
    { "cp1251", 1, 0, 255, 255, 100118493u },
    { "cp1256", 1, 0, 255, 248, 2681521064u },
    { "cp1257", 1, 0, 255, 244, 1957990473u },
    { "cp850", 1, 0, 255, 256, 3391411528u },
    { "cp852", 1, 0, 255, 256, 311230920u },
    { "cp866", 1, 0, 255, 256, 2122770707u },
    { "dec8", 1, 0, 255, 242, 3379210222u },
    { "geostd8", 1, 0, 255, 215, 4203600646u },
    { "greek", 1, 0, 255, 250, 2197920956u },
    { "hebrew", 1, 0, 255, 220, 1020656592u },
    { "hp8", 1, 0, 255, 255, 293481521u },
    { "keybcs2", 1, 0, 255, 256, 130523994u },
    { "koi8r", 1, 0, 255, 256, 4115107349u },
    { "koi8u", 1, 0, 255, 256, 2891366944u },
    { "latin1", 1, 0, 255, 256, 3947588552u },
    { "latin2", 1, 0, 255, 256, 3047774365u },
    { "latin5", 1, 0, 255, 256, 598873483u },
    { "latin7", 1, 0, 255, 256, 962946887u },
    { "macce", 1, 0, 255, 256, 3606142901u },
    { "macroman", 1, 0, 255, 256, 2618049112u },
    { "swe7", 1, 0, 255, 127, 4133384464u },
    { "tis620", 1, 0, 255, 247, 343447112u },
    { "big5", 1, 128, 255, 0, 0 },
    { "big5", 2, 128, 255, 13717, 1187857790u },
    { "gbk", 1, 128, 255, 0, 0 },
    { "gbk", 2, 128, 255, 21791, 558539775u },
    { "gb2312", 1, 128, 255, 0, 0 },
    { "gb2312", 2, 128, 255, 7445, 4076854199u },
    { "gb18030", 1, 128, 255, 0, 0 },
    { "gb18030", 2, 128, 255, 23940, 3144594189u },
    { "sjis", 1, 128, 255, 63, 663468548u },
    { "sjis", 2, 128, 255, 6879, 1447658317u },
    { "cp932", 1, 128, 255, 63, 663468548u },
    { "cp932", 2, 128, 255, 9604, 1797005146u },
    { "ujis", 1, 128, 255, 0, 0 },
    { "ujis", 2, 128, 255, 7882, 4074794076u },
    { "ujis", 3, 0x8f, 0x8f, 7007, 1151513002u },
    { "eucjpms", 1, 128, 255, 0, 0 },
    { "eucjpms", 2, 128, 255, 7965, 1216348237u },
    { "eucjpms", 3, 0x8f, 0x8f, 7113, 772362830u },
    { "euckr", 1, 128, 255, 0, 0 },
    { "euckr", 2, 128, 255, 17048, 4041808528u },
};

/* The characters in UTF-8: a two-byte sequence may also be two characters of one byte. */
static unsigned characters(struct bytes utf8)
{
    unsigned count = 0;
    for (size_t i = 0; i < utf8.len; i++)
        count += (utf8.data[i] & 0xc0) != 0x80;
    return count;
}

static void take(const struct charset *charset, const uint8_t *code, unsigned size,
                 struct buf *scratch, struct golden *sum)
{
    struct bytes out;
    struct err err;
    if (!charset_to_utf8(charset, bytes_of(code, size), scratch, &out, &err)) {
        if (err.code != ERR_CORRUPT)
            fail_msg("%s", err.text);
        return;
    }
    if (characters(out) != 1)
        return;
    sum->count++;
    sum->crc = libdeflate_crc32(sum->crc, code, size);
    sum->crc = libdeflate_crc32(sum->crc, out.data, out.len);
}

TEST(charset, converts_every_character_as_the_servers_do)
{
    struct buf scratch;
    buf_init(&scratch, SCRATCH_MAX);
    for (size_t i = 0; i < ARRAY_COUNT(golden); i++) {
        const struct golden *want = &golden[i];
        const struct charset *charset = charset_by_name(want->name);
        struct golden sum = { .count = 0 };
        CHECK(charset != NULL && charset_max_bytes(charset) >= want->size);
        uint32_t tails = 1u << 8 * (want->size - 1);
        for (unsigned first = want->first_from; first <= want->first_to; first++)
            for (uint32_t tail = 0; tail < tails; tail++) {
                uint8_t code[3] = { (uint8_t)first };
                for (unsigned k = 1; k < want->size; k++)
                    code[k] = (uint8_t)(tail >> 8 * (want->size - 1 - k));
                take(charset, code, want->size, &scratch, &sum);
            }
        if (sum.count != want->count || sum.crc != want->crc)
            fail_msg("%s of %u bytes: %u valid, checksum %u", want->name, want->size, sum.count,
                     sum.crc);
    }
    buf_clear(&scratch);
}

TEST(charset, converts_all_of_gb18030_as_the_server_does)
{
    const struct charset *charset = charset_by_name("gb18030");
    struct golden sum = { .count = 0 };
    struct buf scratch;
    buf_init(&scratch, SCRATCH_MAX);
    for (unsigned n = 0; n < 126 * 10 * 126 * 10; n++) {
        const uint8_t code[4] = { (uint8_t)(0x81 + n / 12600), (uint8_t)(0x30 + n / 1260 % 10),
                                  (uint8_t)(0x81 + n / 10 % 126), (uint8_t)(0x30 + n % 10) };
        take(charset, code, 4, &scratch, &sum);
    }
    CHECK(sum.count == 1087996 && sum.crc == 3025253207u);
    buf_clear(&scratch);
}

static bool text_becomes(const char *charset, const char *text, size_t len, const char *want)
{
    struct buf scratch;
    struct bytes out;
    struct err err;
    buf_init(&scratch, SCRATCH_MAX);
    uint8_t *exact = malloc(len); /* so that a sanitizer sees reads past the end */
    memcpy(exact, text, len);
    if (!charset_to_utf8(charset_by_name(charset), bytes_of(exact, len), &scratch, &out, &err))
        fail_msg("%s", err.text);
    if (!bytes_equal_str(out, want))
        fail_msg("%s: %.*s instead of %s", charset, (int)out.len, (const char *)out.data, want);
    free(exact);
    buf_clear(&scratch);
    return true;
}

TEST(charset, converts_mixed_text)
{
    CHECK(text_becomes("latin1", "caf\xe9 \x80 and much more text than a word", 37,
                       "caf\xc3\xa9 \xe2\x82\xac and much more text than a word"));
    CHECK(text_becomes("sjis", "a\x83\x5c\xb1z", 5, "a\xe3\x82\xbd\xef\xbd\xb1z"));
    CHECK(text_becomes("sjis", "\x81\x5f", 2, "\\"));
    CHECK(text_becomes("ujis", "x\xf5\xa1\xa1\xa1y", 6, "x\xee\x80\x80\xe3\x80\x80y"));
    CHECK(text_becomes("big5",
                       "1\xa4\xa4\xc6\xa5\xa4\xe5"
                       "2",
                       8,
                       "1\xe4\xb8\xad\xe3\x81\x81\xe6\x96\x87"
                       "2"));
    CHECK(text_becomes("gb18030", "\x94\x39\xfc\x36", 4, "\xf0\x9f\x98\x80"));
    CHECK(text_becomes("swe7", "sm\\rg", 5, "sm\xc3\x96rg"));
    CHECK(text_becomes("ucs2", "\0A\x20\xac", 4, "A\xe2\x82\xac"));
    CHECK(text_becomes("utf16", "\0A\xd8\x3d\xde\x00", 6, "A\xf0\x9f\x98\x80"));
    CHECK(text_becomes("utf16le", "A\0\x3d\xd8\x00\xde", 6, "A\xf0\x9f\x98\x80"));
    CHECK(text_becomes("utf32", "\0\0\0A\0\x01\xf6\x00", 8, "A\xf0\x9f\x98\x80"));
}

TEST(charset, borrows_text_that_is_right_already)
{
    static const char *const sets[] = { "latin1", "ascii", "utf8mb3", "utf8mb4",
                                        "sjis",   "gbk",   "binary" };
    const struct bytes text = bytes_of_str("plain text, long enough for more than one step of it");
    for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
        struct buf scratch;
        struct bytes out;
        struct err err;
        buf_init(&scratch, 0);
        CHECK_OK(charset_to_utf8(charset_by_name(sets[i]), text, &scratch, &out, &err), err);
        CHECK(out.data == text.data && out.len == text.len);
    }
}

TEST(charset, refuses_what_is_no_character)
{
    static const struct {
        const char *charset;
        const char *text;
        size_t len;
    } rows[] = {
        { "utf8mb4", "ab\xc3", 3 },
        { "utf8mb4", "\xed\xa0\x80", 3 },
        { "utf8mb4", "\xc0\x80", 2 },
        { "utf8mb4", "\xf4\x90\x80\x80", 4 },
        { "utf8mb3", "\xf0\x9f\x98\x80", 4 },
        { "ascii", "abc\x80", 4 },
        { "cp1250", "\x81", 1 },
        { "swe7", "\x7f", 1 },
        { "swe7", "\x80", 1 },
        { "ucs2", "\0", 1 },
        { "ucs2", "\xd8\x3d\xde\x00", 4 },
        { "utf16", "\xd8\x3d", 2 },
        { "utf16", "\xd8\x3d\0A", 4 },
        { "utf16", "\xde\x00\xd8\x3d", 4 },
        { "utf16le", "\x3d\xd8\0", 3 },
        { "utf32", "\0\x11\0\0", 4 },
        { "utf32", "\0\0\xd8\0", 4 },
        { "utf32", "\0\0\0", 3 },
        { "sjis", "\x83", 1 },
        { "sjis", "ok\xfd", 3 },
        { "big5", "\xc8\x40", 2 },
        { "big5", "\xa4", 1 },
        { "ujis", "\x8f\xa2", 2 },
        { "ujis", "\x8e", 1 },
        { "euckr", "\xb0\x30", 2 },
        { "gbk", "\x81\x7f", 2 },
        { "gb18030", "\x81\x30\x81", 3 },
        { "gb2312", "\xff\xa1", 2 },
        { "eucjpms", "\x8e\xe0", 2 },
        { "binary", "\xff", 1 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf scratch;
        struct bytes out = { NULL, 77 };
        struct err err;
        buf_init(&scratch, SCRATCH_MAX);
        if (charset_to_utf8(charset_by_name(rows[i].charset), bytes_of(rows[i].text, rows[i].len),
                            &scratch, &out, &err))
            fail_msg("row %zu of %s passes", i, rows[i].charset);
        CHECK(err.code == ERR_CORRUPT && out.len == 77);
        buf_clear(&scratch);
    }
}

TEST(charset, cut_anywhere_is_right_up_to_there_or_corrupt)
{
    static const struct {
        const char *charset;
        const char *text;
        size_t len;
    } rows[] = {
        { "gb18030", "a\xb0\xa1\x94\x39\xfc\x36z", 8 },
        { "eucjpms", "\x8f\xb0\xa1\xa4\xa2\x8e\xb1", 7 },
        { "utf16", "\0A\xd8\x3d\xde\x00", 6 },
        { "utf8mb4", "h\xc3\xa9\xf0\x9f\x98\x80", 7 },
        { "big5", "\xa4\xa4\xc6\xa5", 4 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        for (size_t len = 0; len <= rows[i].len; len++) {
            struct buf scratch;
            struct bytes out;
            struct err err = { .code = ERR_NONE };
            uint8_t *exact = malloc(len + 1);
            memcpy(exact, rows[i].text, len);
            exact = realloc(exact, len > 0 ? len : 1);
            buf_init(&scratch, SCRATCH_MAX);
            bool ok = charset_to_utf8(charset_by_name(rows[i].charset), bytes_of(exact, len),
                                      &scratch, &out, &err);
            CHECK(ok || err.code == ERR_CORRUPT);
            buf_clear(&scratch);
            free(exact);
        }
}

TEST(charset, that_outgrows_its_scratch_is_unsupported)
{
    struct buf scratch;
    struct bytes out;
    struct err err;
    buf_init(&scratch, 8);
    CHECK(!charset_to_utf8(charset_by_name("latin1"), bytes_of_str("\xe9\xe9\xe9"), &scratch, &out,
                           &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    buf_clear(&scratch);
}

TEST(charset, is_found_by_name_and_collation)
{
    static const struct {
        unsigned id;
        const char *charset;
        const char *collation;
    } rows[] = {
        { 8, "latin1", "latin1_swedish_ci" },         { 33, "utf8mb3", "utf8mb3_general_ci" },
        { 45, "utf8mb4", "utf8mb4_general_ci" },      { 63, "binary", "binary" },
        { 255, "utf8mb4", "utf8mb4_0900_ai_ci" },     { 309, "utf8mb4", "utf8mb4_0900_bin" },
        { 248, "gb18030", "gb18030_chinese_ci" },     { 1025, "big5", "big5_chinese_nopad_ci" },
        { 2048, "utf8mb3", "utf8mb3_uca1400_ai_ci" }, { 2304, "utf8mb4", "utf8mb4_uca1400_ai_ci" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct charset *charset = charset_by_name(rows[i].charset);
        CHECK(charset != NULL);
        CHECK(charset_by_collation_id(rows[i].id) == charset);
        CHECK(charset_by_collation(rows[i].collation) == charset);
        CHECK_STR(charset_collation_name(rows[i].id), rows[i].collation);
    }
    CHECK(charset_by_name("UTF8") == charset_by_name("utf8mb3"));
    CHECK(charset_by_name("LATIN1") == charset_by_name("latin1"));
    CHECK(charset_by_collation("utf8_general_ci") == charset_by_name("utf8mb3"));
    CHECK(charset_by_collation("utf16_croatian_mysql561_ci") == charset_by_name("utf16"));
    CHECK(charset_by_name("klingon") == NULL && charset_by_collation("klingon_ci") == NULL);
    CHECK(charset_by_collation_id(0) == NULL && charset_by_collation_id(100000) == NULL);
    CHECK(charset_is_binary(charset_by_collation_id(63)));
    CHECK_STR(charset_default_collation(charset_by_name("utf8mb4")), "utf8mb4_0900_ai_ci");
    CHECK_STR(charset_name(charset_by_collation_id(45)), "utf8mb4");
}

TEST(collations, are_sorted_so_that_each_id_is_found)
{
    unsigned found = 0;
    for (unsigned id = 0; id < 4096; id++)
        found += charset_by_collation_id(id) != NULL;
    CHECK(found == 1311);
}

UNIT_MAIN(RUN(charset, converts_every_character_as_the_servers_do),
          RUN(charset, converts_all_of_gb18030_as_the_server_does),
          RUN(charset, converts_mixed_text), RUN(charset, borrows_text_that_is_right_already),
          RUN(charset, refuses_what_is_no_character),
          RUN(charset, cut_anywhere_is_right_up_to_there_or_corrupt),
          RUN(charset, that_outgrows_its_scratch_is_unsupported),
          RUN(charset, is_found_by_name_and_collation),
          RUN(collations, are_sorted_so_that_each_id_is_found))
