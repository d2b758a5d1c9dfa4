/* Collations: keys sort as texts compare, for texts at random; and some that everybody knows. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/weights.h"
#include <stdlib.h>
#include "unit.h"

static uint64_t state = 88172645463325252u;

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static struct bytes random_text(char room[64])
{
    static const char *const parts[] = { "a", "A", "b",  " ", "  ", "\t", "z", "é", "É",
                                         "ß", "s", "ss", "ж", "日", "😀",  "-", "0", "\x01" };
    size_t len = 0;
    for (uint64_t n = any() % 6; n > 0; n--) {
        const char *part = parts[any() % ARRAY_COUNT(parts)];
        memcpy(room + len, part, strlen(part));
        len += strlen(part);
    }
    return bytes_of(room, len);
}

static int order(const char *collation, const char *a, const char *b)
{
    int out = 9;
    if (!weights_compare(weights_of(collation), bytes_of_str(a), bytes_of_str(b), &out))
        return 8;
    return out;
}

static int compare_keys(const struct buf *a, const struct buf *b)
{
    size_t shorter = a->len < b->len ? a->len : b->len;
    int found = shorter > 0 ? memcmp(a->data, b->data, shorter) : 0;
    if (found == 0)
        found = a->len < b->len ? -1 : a->len > b->len;
    return found < 0 ? -1 : found > 0;
}

TEST(weights, keys_sort_as_texts_compare)
{
    char x[64], y[64];
    struct buf a, b;
    buf_init(&a, 4096);
    buf_init(&b, 4096);
    for (unsigned k = 0; weights_at(k) != NULL; k++) {
        const struct weights *w = weights_at(k);
        for (unsigned i = 0; i < 20000; i++) {
            struct bytes left = random_text(x), right = random_text(y);
            int found = 0;
            buf_reset(&a);
            buf_reset(&b);
            if (!weights_key(w, left, &a) || !weights_key(w, right, &b))
                continue; /* beyond ASCII, where only that is known */
            CHECK(weights_compare(w, left, right, &found));
            if (compare_keys(&a, &b) != found)
                fail_msg("%s: '%.*s' '%.*s'", weights_name(w), (int)left.len, x, (int)right.len, y);
        }
    }
    buf_clear(&a);
    buf_clear(&b);
}

TEST(weights, collations_have_their_own_mind)
{
    CHECK(order("utf8mb4_general_ci", "ABC", "abc  ") == 0);
    CHECK(order("utf8mb4_general_ci", "é", "E") == 0);
    CHECK(order("utf8mb4_general_ci", "ß", "s") == 0);
    CHECK(order("utf8mb4_general_ci", "a\t", "a") < 0);
    CHECK(order("utf8mb4_unicode_ci", "ß", "SS") == 0);
    CHECK(order("utf8mb4_bin", "a", "a ") == 0);
    CHECK(order("utf8mb4_bin", "a", "A") > 0);
    CHECK(order("utf8mb4_0900_ai_ci", "a", "a ") < 0);
    CHECK(order("utf8mb4_0900_ai_ci", "É", "e") == 0);
    CHECK(order("utf8mb4_uca1400_ai_ci", "a", "a ") == 0);
}

TEST(weights, what_is_not_known_is_told)
{
    CHECK(order("latin1_swedish_ci", "é", "e") == 8);
    CHECK(order("latin1_swedish_ci", "E", "e") == 0);
    CHECK(order("utf8mb4_0900_ai_ci", "e\xcc\x81", "é") == 8); /* e and a combining accent */
    CHECK(weights_of("utf8mb4_czech_ci") == NULL);
    CHECK(weights_of("latin1_german1_ci") == NULL);
}

UNIT_MAIN(RUN(weights, keys_sort_as_texts_compare), RUN(weights, collations_have_their_own_mind),
          RUN(weights, what_is_not_known_is_told))
