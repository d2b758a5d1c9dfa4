/* test_json_diff.c - changes of JSON documents: where paths lead, what stays as it is, and lists
 * and texts that are none. What MySQL makes of the same is compared in e2e/test_partial_json.py. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/json_diff.h"
#include "unit.h"

enum { REPLACE, INSERT, REMOVE };

/* 7, "x", null, [] as json.h's binary form */
#define SEVEN "\x05\x07\x00"
#define TEXT  "\x0c\x01x"
#define NUL   "\x04\x00"
#define EMPTY "\x02\x00\x00\x04\x00"

struct change {
    uint8_t operation;
    const char *path;
    const char *value;
    size_t value_len;
};

static void put(struct buf *list, const struct change *change)
{
    buf_u8(list, change->operation);
    buf_lenenc_bytes(list, bytes_of_str(change->path));
    if (change->operation != REMOVE)
        buf_lenenc_bytes(list, bytes_of(change->value, change->value_len));
}

#define CHANGE(operation, path, value)                                                             \
    {                                                                                              \
        operation, path, value, sizeof(value) - 1                                                  \
    }
static const struct {
    const char *document;
    struct change change;
    const char *want; /* NULL: the document is another one */
} cases[] = {
    { "{\"a\": 1, \"b\": 2.50}", CHANGE(REPLACE, "$.a", SEVEN), "{\"a\": 7, \"b\": 2.50}" },
    { "{\"a\": 1, \"b\": 2.50}", CHANGE(REPLACE, "$.b", TEXT), "{\"a\": 1, \"b\": \"x\"}" },
    { "{\"a\": {\"b\": [1, [2, 3]]}}", CHANGE(REPLACE, "$.a.b[1][0]", NUL),
      "{\"a\": {\"b\": [1, [null, 3]]}}" },
    { "5", CHANGE(REPLACE, "$", EMPTY), "[]" },
    { "[1, 2, 3]", CHANGE(REPLACE, "$[last]", SEVEN), "[1, 2, 7]" },
    { "[1, 2, 3]", CHANGE(REPLACE, "$[last-2]", SEVEN), "[7, 2, 3]" },
    { "[1, 2, 3]", CHANGE(REPLACE, " $ [ last - 2 ] ", SEVEN), "[7, 2, 3]" },
    { "[1, 2, 3]", CHANGE(REPLACE, "$[last-3]", SEVEN), NULL },
    { "[1, 2, 3]", CHANGE(REPLACE, "$[3]", SEVEN), NULL },
    { "[]", CHANGE(REPLACE, "$[last]", SEVEN), NULL },
    { "{\"a\": 1}", CHANGE(REPLACE, "$.b", SEVEN), NULL },
    { "{\"a\": 1}", CHANGE(REPLACE, "$[1]", SEVEN), NULL },
    { "[1]", CHANGE(REPLACE, "$.a", SEVEN), NULL },
    /* what is no array is an array of one */
    { "{\"a\": 1}", CHANGE(REPLACE, "$.a[0]", SEVEN), "{\"a\": 7}" },
    { "{\"a\": 1}", CHANGE(REPLACE, "$[0].a[last]", SEVEN), "{\"a\": 7}" },
    { "{\"a\": 1}", CHANGE(REPLACE, "$.a[last-1]", SEVEN), NULL },
    /* names as they are written, and as they are quoted */
    { "{\"a b\": 1}", CHANGE(REPLACE, "$.\"a b\"", SEVEN), "{\"a b\": 7}" },
    { "{\"\": 1, \"\\n\\\"\\\\\": 2}", CHANGE(REPLACE, "$.\"\\n\\\"\\\\\"", SEVEN),
      "{\"\": 1, \"\\n\\\"\\\\\": 7}" },
    { "{\"\": 1}", CHANGE(REMOVE, "$.\"\"", ""), "{}" },
    { "{\"\\u0001\": 1}", CHANGE(REPLACE, "$.\"\\u0001\"", SEVEN), "{\"\\u0001\": 7}" },
    { "{\"\xc3\xa9\": [1]}", CHANGE(REPLACE, "$.\xc3\xa9[0]", SEVEN), "{\"\xc3\xa9\": [7]}" },
    { "{\"a\": \"}, \\\"b\\\": 1\", \"b\": 2}", CHANGE(REPLACE, "$.b", SEVEN),
      "{\"a\": \"}, \\\"b\\\": 1\", \"b\": 7}" },
    /* removing takes one comma */
    { "[1, 2, 3]", CHANGE(REMOVE, "$[0]", ""), "[2, 3]" },
    { "[1, 2, 3]", CHANGE(REMOVE, "$[1]", ""), "[1, 3]" },
    { "[1, 2, 3]", CHANGE(REMOVE, "$[2]", ""), "[1, 2]" },
    { "[1]", CHANGE(REMOVE, "$[0]", ""), "[]" },
    { "{\"a\": 1, \"b\": {\"c\": 1}}", CHANGE(REMOVE, "$.a", ""), "{\"b\": {\"c\": 1}}" },
    { "{\"a\": 1, \"b\": {\"c\": 1}}", CHANGE(REMOVE, "$.b.c", ""), "{\"a\": 1, \"b\": {}}" },
    { "{\"a\": 1}", CHANGE(REMOVE, "$", ""), NULL },
    /* members by length, then by bytes; cells up to the end and behind it */
    { "{}", CHANGE(INSERT, "$.a", SEVEN), "{\"a\": 7}" },
    { "{\"b\": 1, \"aa\": 2}", CHANGE(INSERT, "$.a", SEVEN), "{\"a\": 7, \"b\": 1, \"aa\": 2}" },
    { "{\"b\": 1, \"aa\": 2}", CHANGE(INSERT, "$.c", SEVEN), "{\"b\": 1, \"c\": 7, \"aa\": 2}" },
    { "{\"b\": 1, \"aa\": 2}", CHANGE(INSERT, "$.ab", SEVEN), "{\"b\": 1, \"aa\": 2, \"ab\": 7}" },
    { "{\"\\\"\": 1, \"zz\": 2}", CHANGE(INSERT, "$.b", SEVEN),
      "{\"\\\"\": 1, \"b\": 7, \"zz\": 2}" },
    { "{\"b\": 1}", CHANGE(INSERT, "$.\"\\t\"", SEVEN), "{\"\\t\": 7, \"b\": 1}" },
    { "{\"a\": 1}", CHANGE(INSERT, "$.a", SEVEN), NULL },
    { "[]", CHANGE(INSERT, "$[0]", SEVEN), "[7]" },
    { "[1, 2]", CHANGE(INSERT, "$[0]", SEVEN), "[7, 1, 2]" },
    { "[1, 2]", CHANGE(INSERT, "$[1]", SEVEN), "[1, 7, 2]" },
    { "[1, 2]", CHANGE(INSERT, "$[2]", SEVEN), "[1, 2, 7]" },
    { "[1, 2]", CHANGE(INSERT, "$[99]", SEVEN), "[1, 2, 7]" },
    { "[1, 2]", CHANGE(INSERT, "$[last]", SEVEN), "[1, 7, 2]" },
    { "[1, 2]", CHANGE(INSERT, "$[last-9]", SEVEN), "[7, 1, 2]" },
    { "{\"a\": [[]]}", CHANGE(INSERT, "$.a[0][0]", TEXT), "{\"a\": [[\"x\"]]}" },
    { "5", CHANGE(INSERT, "$[1]", SEVEN), NULL },
    { "[1]", CHANGE(INSERT, "$.a", SEVEN), NULL },
    { "[1]", CHANGE(INSERT, "$", SEVEN), NULL },
};

TEST(json_diff, changes_what_its_path_leads_to_and_nothing_else)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct buf list, out;
        struct err err = { 0 };
        buf_init(&list, 1000);
        buf_init(&out, 1000);
        put(&list, &cases[i].change);
        bool done = json_diff_apply(bytes_of_str(cases[i].document), buf_bytes(&list), &out, &err);
        if (cases[i].want == NULL) {
            if (done || err.code != ERR_CONFLICT)
                fail_msg("%s in %s: %s", cases[i].change.path, cases[i].document,
                         done ? buf_cstr(&out) : err.text);
        } else {
            if (!done)
                fail_msg("%s in %s: %s", cases[i].change.path, cases[i].document, err.text);
            CHECK_STR(buf_cstr(&out), cases[i].want);
        }
        buf_clear(&list);
        buf_clear(&out);
    }
}

/* A list of three changes, and what it makes of LIST_DOCUMENT. */
#define LIST_DOCUMENT "{\"a\": [1, 2], \"bc\": \"\xc3\xa9\"}"
static void put_list(struct buf *list)
{
    static const struct change changes[] = { CHANGE(INSERT, "$.\"d\\\"\"", EMPTY),
                                             CHANGE(INSERT, "$.\"d\\\"\"[0]", SEVEN),
                                             CHANGE(REMOVE, "$.a[last]", "") };
    buf_init(list, 1000);
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++)
        put(list, &changes[i]);
}

TEST(json_diff, each_change_sees_what_those_before_it_made)
{
    struct buf list, out;
    struct err err;
    put_list(&list);
    buf_init(&out, 1000);
    CHECK_OK(json_diff_apply(bytes_of_str(LIST_DOCUMENT), buf_bytes(&list), &out, &err), err);
    CHECK_STR(buf_cstr(&out), "{\"a\": [1], \"bc\": \"\xc3\xa9\", \"d\\\"\": [7]}");
    CHECK_OK(json_diff_apply(bytes_of_str(LIST_DOCUMENT), bytes_of(NULL, 0), &out, &err), err);
    CHECK_STR(buf_cstr(&out), LIST_DOCUMENT);
    buf_clear(&list);
    buf_clear(&out);
}

TEST(json_diff, of_a_list_cut_at_any_byte_or_with_any_bit_flipped_does_no_harm)
{
    struct buf list, out;
    struct err err;
    put_list(&list);
    buf_init(&out, 1000);
    size_t whole = 0; /* cuts between two changes leave a list */
    for (size_t len = 0; len < list.len; len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, list.data, len);
        if (json_diff_apply(bytes_of_str(LIST_DOCUMENT), bytes_of(exact, len), &out, &err))
            whole++;
        else
            CHECK(err.code == ERR_CORRUPT);
        free(exact);
    }
    CHECK(whole == 3);
    for (size_t bit = 0; bit < list.len * 8; bit++) {
        list.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!json_diff_apply(bytes_of_str(LIST_DOCUMENT), buf_bytes(&list), &out, &err);
        list.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_clear(&list);
    buf_clear(&out);
}

TEST(json_diff, of_a_text_cut_at_any_byte_is_refused)
{
    struct buf list, out;
    struct err err;
    size_t size = strlen(LIST_DOCUMENT);
    put_list(&list);
    buf_init(&out, 1000);
    for (size_t len = 0; len < size; len++) {
        char *exact = malloc(len + 1);
        memcpy(exact, LIST_DOCUMENT, len);
        CHECK(!json_diff_apply(bytes_of(exact, len), buf_bytes(&list), &out, &err));
        free(exact);
    }
    char text[] = LIST_DOCUMENT;
    for (size_t bit = 0; bit < size * 8; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        (void)!json_diff_apply(bytes_of(text, size), buf_bytes(&list), &out, &err);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
    buf_clear(&list);
    buf_clear(&out);
}

TEST(json_diff, with_a_path_that_no_server_writes_is_corrupt)
{
    static const char *const paths[] = { "",          "a",
                                         "$a",        "$.",
                                         "$.*",       "$**.a",
                                         "$[*]",      "$[1",
                                         "$[]",       "$[1 to 2]",
                                         "$[-1]",     "$[4294967296]",
                                         "$[last-]",  "$.\"a",
                                         "$.\"\\x\"", "$.\"\\u0100\"",
                                         "$..a",      "$[99999999999999999999]" };
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        struct change change = CHANGE(REPLACE, "", SEVEN);
        struct buf list, out;
        struct err err;
        change.path = paths[i];
        buf_init(&list, 1000);
        buf_init(&out, 1000);
        put(&list, &change);
        CHECK(!json_diff_apply(bytes_of_str("{\"a\": 1}"), buf_bytes(&list), &out, &err));
        if (err.code != ERR_CORRUPT)
            fail_msg("%s: %s", paths[i], err.text);
        buf_clear(&list);
        buf_clear(&out);
    }
}

TEST(json_diff, that_outgrows_its_room_says_so)
{
    struct change change = CHANGE(INSERT, "$[1]", SEVEN);
    struct buf list, out;
    struct err err;
    buf_init(&list, 1000);
    buf_init(&out, 5);
    put(&list, &change);
    CHECK(!json_diff_apply(bytes_of_str("[123]"), buf_bytes(&list), &out, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    buf_clear(&list);
    buf_clear(&out);
}

UNIT_MAIN(RUN(json_diff, changes_what_its_path_leads_to_and_nothing_else),
          RUN(json_diff, each_change_sees_what_those_before_it_made),
          RUN(json_diff, of_a_list_cut_at_any_byte_or_with_any_bit_flipped_does_no_harm),
          RUN(json_diff, of_a_text_cut_at_any_byte_is_refused),
          RUN(json_diff, with_a_path_that_no_server_writes_is_corrupt),
          RUN(json_diff, that_outgrows_its_room_says_so))
