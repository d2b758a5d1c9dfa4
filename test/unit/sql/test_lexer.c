/* test_lexer.c - tokens as the two flavours cut them. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "sql/lexer.h"
#include "unit.h"

/* The tokens, canonical, with a bar between them; "!" for one that is none. */
static const char *cut_as(const char *text, enum flavour flavour, uint32_t version, uint64_t mode)
{
    static char shown[1024];
    struct lexer lexer;
    struct buf out;
    buf_init(&out, sizeof shown - 1);
    lexer_init(&lexer, bytes_of_str(text), flavour, version, mode);
    for (struct token t = lexer_next(&lexer); t.kind != TOKEN_END; t = lexer_next(&lexer)) {
        if (out.len > 0)
            buf_u8(&out, '|');
        if (t.kind == TOKEN_BAD) {
            buf_u8(&out, '!');
            break;
        }
        token_print(&lexer, &t, &out);
    }
    snprintf(shown, sizeof shown, "%s", buf_cstr(&out));
    buf_clear(&out);
    return shown;
}

static const char *cut(const char *text)
{
    return cut_as(text, FLAVOUR_MYSQL, 90704, 0);
}

TEST(lexer, keywords_are_sorted_and_found_in_any_case)
{
    for (int i = KEYWORD_NONE + 2; i < KEYWORD_COUNT; i++)
        CHECK(strcmp(keyword_text((enum keyword)(i - 1)), keyword_text((enum keyword)i)) < 0);
    for (int i = KEYWORD_NONE + 1; i < KEYWORD_COUNT; i++)
        CHECK(keyword_of(bytes_of_str(keyword_text((enum keyword)i))) == (enum keyword)i);
    CHECK(keyword_of(bytes_of_str("tAbLe")) == KW_TABLE);
    CHECK(keyword_of(bytes_of_str("tables_")) == KEYWORD_NONE);
    CHECK(keyword_is_reserved(KW_TABLE) && !keyword_is_reserved(KW_COMMENT));
}

TEST(lexer, words_numbers_and_punctuation_come_apart)
{
    CHECK_STR(cut("a b,c(1)=2"), "a|b|,|c|(|1|)|=|2");
    CHECK_STR(cut("1 1.5 .5 1e3 1.5e-3 1E+2"), "1|1.5|.5|1e3|1.5e-3|1E+2");
    CHECK_STR(cut("1a 1e e1 1e5x $x _y ü"), "1a|1e|e1|1e5x|$x|_y|ü");
    CHECK_STR(cut("db.1t t.1e3"), "db|.|1t|t|.|1e3");
    CHECK_STR(cut("0x4d 0b01 0xz 0X4d"), "0x4d|0b01|0xz|0X4d");
    CHECK_STR(cut("x'4D' b'01' N'n'"), "x'4D'|b'01'|N'n'");
    CHECK_STR(cut("x'4' b'2'"), "!");
}

TEST(lexer, quotes_and_escapes_are_read_in_every_mode)
{
    CHECK_STR(cut("`a``b` 'it''s' \"q\"\"q\""), "`a``b`|'it''s'|'q\"q'");
    CHECK_STR(cut("'a\\'b\\\\' 'n\\n'"), "'a''b\\\\'|'n\n'");
    CHECK_STR(cut("'50\\%'"), "'50\\\\%'");
    CHECK_STR(cut_as("\"a\"\"b\"", FLAVOUR_MYSQL, 0, SQL_MODE_ANSI_QUOTES), "`a\"b`");
    CHECK_STR(cut_as("'a\\' 'b'", FLAVOUR_MYSQL, 0, SQL_MODE_NO_BACKSLASH_ESCAPES), "'a\\\\'|'b'");
    CHECK_STR(cut("'open"), "!");
    CHECK_STR(cut("`open"), "!");
}

TEST(lexer, comments_are_white_space)
{
    CHECK_STR(cut("a /* x */ b -- y\nc # z\nd--e"), "a|b|c|d|-|-|e");
    CHECK_STR(cut("a /*+ hint */ b --"), "a|b");
    CHECK_STR(cut("a /* open"), "a|!");
}

TEST(lexer, version_comments_run_by_flavour_and_version)
{
    CHECK_STR(cut("a /*!50100 b */ c"), "a|b|c");
    CHECK_STR(cut("a /*! b */ c"), "a|b|c");
    CHECK_STR(cut("a /*!99999 b /* c */ d */ e"), "a|e");
    CHECK_STR(cut("a /*!090704 b */ /*!090705 c */"), "a|b");
    CHECK_STR(cut("a /*M!100100 b */ c"), "a|c");
    CHECK_STR(cut("a /*!50100 b /*!50503 c */ d */ e"), "a|b|c|d|e");
    CHECK_STR(cut_as("a /*M!100100 b */ c", FLAVOUR_MARIADB, 101119, 0), "a|b|c");
    CHECK_STR(cut_as("a /*M!110000 b */ c", FLAVOUR_MARIADB, 101119, 0), "a|c");
    CHECK_STR(cut_as("a /*!50701 b */ /*!80000 c */ /*!100100 d */", FLAVOUR_MARIADB, 101119, 0),
              "a|d");
    CHECK_STR(cut_as("a /*!99999 b */ c", FLAVOUR_MYSQL, 0, 0), "a|b|c");
    CHECK_STR(cut_as("/*M!999999\\- a */ /*!999999 b */ c", FLAVOUR_MARIADB, 0, 0), "c");
    CHECK_STR(cut_as("/*M!999999\\- a */ /*!999999 b */ c", FLAVOUR_MYSQL, 0, 0), "c");
    CHECK_STR(cut("a /*!50100 b"), "a|b|!");
}

TEST(lexer, every_cut_of_a_text_ends)
{
    static const char text[] =
        "CREATE /*!50100 `t``` */ 'a\\'b' \"c\" x'4d' 0x4d 1.5e-3 N'x' /* y */ -- z\n#";
    for (size_t from = 0; from < sizeof text; from++)
        for (size_t to = from; to < sizeof text; to++) {
            struct lexer lexer;
            struct buf out;
            unsigned tokens = 0;
            char *copy = malloc(to - from + 1);
            memcpy(copy, text + from, to - from);
            buf_init(&out, 4096);
            lexer_init(&lexer, bytes_of(copy, to - from), FLAVOUR_MYSQL, 0, 0);
            struct token t = lexer_next(&lexer);
            for (; t.kind != TOKEN_END && t.kind != TOKEN_BAD; t = lexer_next(&lexer), tokens++)
                token_print(&lexer, &t, &out);
            CHECK(tokens <= to - from);
            buf_clear(&out);
            free(copy);
        }
}

UNIT_MAIN(RUN(lexer, keywords_are_sorted_and_found_in_any_case),
          RUN(lexer, words_numbers_and_punctuation_come_apart),
          RUN(lexer, quotes_and_escapes_are_read_in_every_mode),
          RUN(lexer, comments_are_white_space),
          RUN(lexer, version_comments_run_by_flavour_and_version),
          RUN(lexer, every_cut_of_a_text_ends))
