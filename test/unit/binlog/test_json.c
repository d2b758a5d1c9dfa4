/* test_json.c - binary JSON against MySQL's own text: test/data/json/documents.txt holds, a line
 * each, the hex of a column value as it stood in a row event and the text that SELECT gave for it.
 */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/json.h"

enum { LINE_MAX_BYTES = 1 << 18, TEXT_MAX = 1 << 20 };

static uint8_t *bytes_of_hex(const char *hex, size_t len)
{
    uint8_t *bytes = malloc(len / 2 + 1); /* on the heap, so that a sanitizer sees overreads */
    for (size_t i = 0; i < len / 2; i++) {
        char two[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        bytes[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return realloc(bytes, len / 2 > 0 ? len / 2 : 1);
}

struct document {
    uint8_t *binary;
    size_t size;
    const char *text;
};

/* Calls check for every line. Returns how many there were. */
static unsigned each_document(void (*check)(const struct document *document, void **unit_state))
{
    char *line = malloc(LINE_MAX_BYTES);
    FILE *file = fopen(TEST_DATA "/json/documents.txt", "r");
    unsigned count = 0;
    assert_non_null(file);
    while (fgets(line, LINE_MAX_BYTES, file) != NULL) {
        char *tab = strchr(line, '\t');
        assert_non_null(tab);
        tab[strcspn(tab, "\n")] = 0;
        struct document document = { bytes_of_hex(line, (size_t)(tab - line)),
                                     (size_t)(tab - line) / 2, tab + 1 };
        check(&document, NULL);
        free(document.binary);
        count++;
    }
    fclose(file);
    free(line);
    return count;
}

static void check_text(const struct document *document, void **unit_state)
{
    struct buf out;
    struct err err;
    buf_init(&out, TEXT_MAX);
    CHECK_OK(json_text(bytes_of(document->binary, document->size), &out, &err), err);
    CHECK_STR(buf_cstr(&out), document->text);
    buf_clear(&out);
}

TEST(json, prints_every_document_as_the_server_does)
{
    CHECK(each_document(check_text) > 400);
}

static void check_cuts(const struct document *document, void **unit_state)
{
    struct buf out;
    struct err err;
    if (document->size > 600)
        return;
    for (size_t size = 0; size < document->size; size++) {
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, document->binary, size);
        cut = realloc(cut, size > 0 ? size : 1);
        buf_init(&out, TEXT_MAX);
        if (!json_text(bytes_of(cut, size), &out, &err))
            CHECK(err.code == ERR_CORRUPT);
        buf_clear(&out);
        free(cut);
    }
}

static unsigned same_bytes;

/* Text does not tell opaque values (0f: decimals, dates, …) from numbers and strings, nor numbers
 * that came from unsigned columns from others: those print the same. */
static void check_binary(const struct document *document, void **unit_state)
{
    struct buf out, text;
    struct err err;
    struct bytes binary = bytes_of(document->binary, document->size);
    buf_init(&out, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    CHECK_OK(json_binary(bytes_of_str(document->text), &out, &err), err);
    if (bytes_equal(buf_bytes(&out), binary)) {
        same_bytes++;
    } else {
        CHECK_OK(json_text(buf_bytes(&out), &text, &err), err);
        if (binary.len > 0 && memchr(binary.data, 0x0f, binary.len) == NULL)
            CHECK_STR(buf_cstr(&text), document->text);
    }
    buf_clear(&out);
    buf_clear(&text);
}

TEST(json, is_written_as_the_server_does_as_far_as_text_tells)
{
    unsigned count = each_document(check_binary);
    CHECK(same_bytes > count / 2);
}

TEST(json, text_of_any_form_is_read_and_sorted)
{
    static const char *const pairs[][2] = {
        { " { \"bb\" :1,\"a\":[ ] , \"c\":{}}\n", "{\"a\": [], \"c\": {}, \"bb\": 1}" },
        { "{\"a\":1,\"a\":2}", "{\"a\": 2}" },
        { "\"\\u00e9\\ud83d\\ude00\\/\\n\"", "\"\xc3\xa9\xf0\x9f\x98\x80/\\n\"" },
        { "[-32769,65536,9223372036854775807,18446744073709551615,18446744073709551616,-0.5e1]",
          "[-32769, 65536, 9223372036854775807, 18446744073709551615, 1.8446744073709552e19, "
          "-5.0]" },
    };
    static const char *const bad[] = { "",      "{",     "[1,]",        "{\"a\"}", "01",    "1.",
                                       "nul",   "\"a",   "\"\\x\"",     "1 2",     "[1 2]", "-",
                                       "1e999", "{a:1}", "\"\\ud800\"", "\"\n\"",  "'a'",   "+1" };
    struct buf out, text;
    struct err err;
    buf_init(&out, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        buf_reset(&out);
        buf_reset(&text);
        CHECK_OK(json_binary(bytes_of_str(pairs[i][0]), &out, &err), err);
        CHECK_OK(json_text(buf_bytes(&out), &text, &err), err);
        CHECK_STR(buf_cstr(&text), pairs[i][1]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        if (json_binary(bytes_of_str(bad[i]), &out, &err) || err.code != ERR_CORRUPT)
            fail_msg("%s was taken", bad[i]);
    buf_clear(&out);
    buf_clear(&text);
}

TEST(json, is_written_to_the_servers_depth_and_no_deeper)
{
    char text[2 * JSON_DEPTH_MAX + 3];
    struct buf out;
    struct err err;
    buf_init(&out, TEXT_MAX);
    for (unsigned depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * (size_t)depth] = 0;
        CHECK(json_binary(bytes_of_str(text), &out, &err) == (depth == JSON_DEPTH_MAX));
    }
    CHECK(err.code == ERR_UNSUPPORTED);
    buf_clear(&out);
}

TEST(json, cut_anywhere_is_corrupt_or_a_shorter_value)
{
    CHECK(each_document(check_cuts) > 400);
}

static void check_flips(const struct document *document, void **unit_state)
{
    struct buf out;
    struct err err;
    if (document->size > 250)
        return;
    for (size_t bit = 0; bit < document->size * 8; bit++) {
        document->binary[bit / 8] ^= (uint8_t)(1u << bit % 8);
        buf_init(&out, 4096);
        if (!json_text(bytes_of(document->binary, document->size), &out, &err))
            CHECK(err.code == ERR_CORRUPT || err.code == ERR_UNSUPPORTED);
        buf_clear(&out);
        document->binary[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(json, flipped_bits_are_corrupt_or_another_document)
{
    CHECK(each_document(check_flips) > 400);
}

TEST(json, no_bytes_are_the_json_null)
{
    struct buf out;
    struct err err;
    buf_init(&out, 16);
    CHECK_OK(json_text(bytes_of("", 0), &out, &err), err);
    CHECK_STR(buf_cstr(&out), "null");
    buf_clear(&out);
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Arrays in arrays, `depth` of them, the innermost empty. */
static size_t nested_arrays(uint8_t *out, unsigned depth)
{
    size_t size = 1 + depth * 7 - 3;
    out[0] = 2;
    for (unsigned level = 0; level + 1 < depth; level++) {
        uint8_t *array = out + 1 + level * 7;
        put(array, 1, 2);
        put(array + 2, size - 1 - level * 7, 2);
        array[4] = 2;
        put(array + 5, 7, 2);
    }
    put(out + 1 + (depth - 1) * 7, 0, 2);
    put(out + 1 + (depth - 1) * 7 + 2, 4, 2);
    return size;
}

TEST(json, is_read_to_the_servers_depth_and_no_deeper)
{
    uint8_t bytes[1024];
    struct buf out;
    struct err err;
    buf_init(&out, TEXT_MAX);
    size_t size = nested_arrays(bytes, JSON_DEPTH_MAX);
    CHECK_OK(json_text(bytes_of(bytes, size), &out, &err), err);
    CHECK(out.len == 2 * JSON_DEPTH_MAX);
    size = nested_arrays(bytes, JSON_DEPTH_MAX + 1);
    CHECK(!json_text(bytes_of(bytes, size), &out, &err));
    CHECK(err.code == ERR_CORRUPT);
    buf_clear(&out);
}

TEST(json, that_points_back_at_itself_ends)
{
    /* [x, x, x, …] where every x is the same inner array, fifty levels of it */
    enum { LEVELS = 50, WIDTH = 3, ENTRY = 3, SIZE = 4 + WIDTH * ENTRY };
    uint8_t bytes[1 + LEVELS * SIZE + 4] = { 2 };
    struct buf out;
    struct err err;
    for (unsigned level = 0; level < LEVELS; level++) {
        uint8_t *array = bytes + 1 + level * SIZE;
        put(array, WIDTH, 2);
        put(array + 2, sizeof bytes - 1 - level * SIZE, 2);
        for (unsigned i = 0; i < WIDTH; i++) {
            array[4 + i * ENTRY] = 2;
            put(array + 5 + i * ENTRY, SIZE, 2);
        }
    }
    put(bytes + sizeof bytes - 2, 4, 2);
    buf_init(&out, 4096);
    CHECK(!json_text(bytes_of(bytes, sizeof bytes), &out, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    buf_clear(&out);
}

TEST(json, larger_than_64_kib_has_wide_offsets)
{
    /* {"a": -70000, "b": "xxx…"} as the server lays it out: numbers of 4 bytes stand inline */
    enum { TEXT = 70000, HEAD = 8 + 2 * 6 + 2 * 5, SIZE = HEAD + 2 + 3 + TEXT };
    uint8_t *bytes = calloc(1, 1 + SIZE);
    uint8_t *object = bytes + 1;
    struct buf out;
    struct err err;
    bytes[0] = 1;
    put(object, 2, 4);
    put(object + 4, SIZE, 4);
    put(object + 8, HEAD, 4);
    put(object + 12, 1, 2);
    put(object + 14, HEAD + 1, 4);
    put(object + 18, 1, 2);
    object[20] = 7;
    put(object + 21, (uint64_t)-70000, 4);
    object[25] = 0x0c;
    put(object + 26, HEAD + 2, 4);
    memcpy(object + HEAD, "ab", 2);
    object[HEAD + 2] = 0x80 | (TEXT & 0x7f);
    object[HEAD + 3] = 0x80 | (TEXT >> 7 & 0x7f);
    object[HEAD + 4] = TEXT >> 14;
    memset(object + HEAD + 5, 'x', TEXT);
    buf_init(&out, TEXT_MAX);
    CHECK_OK(json_text(bytes_of(bytes, 1 + SIZE), &out, &err), err);
    CHECK(out.len == strlen("{\"a\": -70000, \"b\": \"\"}") + TEXT);
    CHECK(memcmp(out.data, "{\"a\": -70000, \"b\": \"xx", 22) == 0);
    buf_clear(&out);
    free(bytes);
}

UNIT_MAIN(RUN(json, prints_every_document_as_the_server_does),
          RUN(json, is_written_as_the_server_does_as_far_as_text_tells),
          RUN(json, text_of_any_form_is_read_and_sorted),
          RUN(json, is_written_to_the_servers_depth_and_no_deeper),
          RUN(json, cut_anywhere_is_corrupt_or_a_shorter_value),
          RUN(json, flipped_bits_are_corrupt_or_another_document),
          RUN(json, no_bytes_are_the_json_null),
          RUN(json, is_read_to_the_servers_depth_and_no_deeper),
          RUN(json, that_points_back_at_itself_ends),
          RUN(json, larger_than_64_kib_has_wide_offsets))
