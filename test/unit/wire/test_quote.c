/* test_quote.c - literals that no sql_mode reads in another way. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/quote.h"
#include "unit.h"

static const char *quoted(struct buf *out, const void *text, size_t len)
{
    buf_reset(out);
    quote_literal(bytes_of(text, len), out);
    return buf_cstr(out);
}
#define CHECK_QUOTED(text, want) CHECK_STR(quoted(&out, text, sizeof(text) - 1), want)

TEST(quote, plain_text_doubles_its_quotes)
{
    struct buf out;
    buf_init(&out, 1000);
    CHECK_QUOTED("", "''");
    CHECK_QUOTED("it's", "'it''s'");
    CHECK_QUOTED("'", "''''");
    CHECK_QUOTED("h\xc3\xa9llo \xf0\x9f\x98\x80 \"q\" `b`",
                 "'h\xc3\xa9llo \xf0\x9f\x98\x80 \"q\" `b`'");
    buf_clear(&out);
}

TEST(quote, a_backslash_or_control_character_is_spelled_in_hex)
{
    struct buf out;
    buf_init(&out, 1000);
    CHECK_QUOTED("\\", "_utf8mb4 X'5c'");
    CHECK_QUOTED("a\0b", "_utf8mb4 X'610062'");
    CHECK_QUOTED("\\' OR 1", "_utf8mb4 X'5c27204f522031'");
    CHECK_QUOTED("\x7f", "_utf8mb4 X'7f'");
    buf_clear(&out);
}

TEST(quote, what_is_not_utf8_is_binary)
{
    struct buf out;
    buf_init(&out, 1000);
    CHECK_QUOTED("\xff", "X'ff'");
    CHECK_QUOTED("\xc3", "X'c3'");             /* cut off */
    CHECK_QUOTED("\xe9'", "X'e927'");          /* latin1 */
    CHECK_QUOTED("\xc0\xa7", "X'c0a7'");       /* an overlong quote */
    CHECK_QUOTED("\xe0\x80\xa7", "X'e080a7'"); /* another */
    CHECK_QUOTED("\xf0\x80\x80\xa7", "X'f08080a7'");
    CHECK_QUOTED("\xed\xa0\x80", "X'eda080'"); /* a surrogate */
    CHECK_QUOTED("\xf4\x90\x80\x80", "X'f4908080'");
    buf_clear(&out);
}

UNIT_MAIN(RUN(quote, plain_text_doubles_its_quotes),
          RUN(quote, a_backslash_or_control_character_is_spelled_in_hex),
          RUN(quote, what_is_not_utf8_is_binary))
