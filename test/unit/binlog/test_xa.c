/* test_xa.c - names of XA transactions and the statements that carry them. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/xa.h"
#include "unit.h"

static const char commit_text[] = "XA COMMIT X'6162',X'ff00',7";

static bool parse(const char *text, struct xa_statement *out)
{
    struct err err;
    return xa_statement_parse(bytes_of_str(text), out, &err);
}

TEST(xa, the_four_statements_are_read)
{
    static const struct {
        const char *text;
        enum xa_verb verb;
        const char *id;
    } rows[] = {
        { "XA START X'61',X'',1", XA_START, "X'61',X'',1" },
        { "XA END X'',X'',0", XA_END, "X'',X'',0" },
        { "xa commit x'AB',x'cd',-1", XA_COMMIT, "X'ab',X'cd',-1" },
        { "XA ROLLBACK X'61',X'62',4294967295", XA_ROLLBACK, "X'61',X'62',-1" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct xa_statement s;
        CHECK(parse(rows[i].text, &s));
        CHECK(s.verb == rows[i].verb);
        CHECK_STR(s.id, rows[i].id);
    }
}

TEST(xa, no_other_text_is_taken_for_one)
{
    static const char *const texts[] = {
        "",
        "XA",
        "XA RECOVER",
        "XA PREPARE X'61',X'',1",
        "XA COMMIT X'61',X'',1 ONE PHASE",
        "XA COMMIT X'61',X'',",
        "XA COMMIT X'61',X'',-",
        "XA COMMIT X'6',X'',1",
        "XA COMMIT X'6g',X'',1",
        "XA COMMIT X'61'",
        "XA COMMIT 'a','b',1",
        "XA COMMIT X'61',X'',4294967296",
        "XA COMMIT X'61',X'',99999999999999999999999999",
        "XA COMMIT X'61'X'',1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct xa_statement s;
        struct err err;
        CHECK(!xa_statement_parse(bytes_of_str(texts[i]), &s, &err));
        CHECK(err.code == ERR_UNSUPPORTED);
    }
}

TEST(xa, the_longest_name_fits_and_a_longer_one_is_refused)
{
    char text[400] = "XA START X'";
    char want[XA_TEXT_MAX];
    uint8_t part[XA_PART_MAX];
    struct xa_statement s;
    memset(part, 0xee, sizeof part);
    struct xa_id id = { INT32_MIN, bytes_of(part, sizeof part), bytes_of(part, sizeof part) };
    (void)xa_id_text(&id, want);
    snprintf(text, sizeof text, "XA START %s", want);
    CHECK(parse(text, &s));
    CHECK_STR(s.id, want);
    snprintf(text, sizeof text, "XA START X'ee%s", want + 2);
    CHECK(!parse(text, &s));
}

TEST(xa, a_cut_or_flipped_statement_never_gives_the_same_name)
{
    struct xa_statement whole;
    char text[sizeof commit_text];
    CHECK(parse(commit_text, &whole));
    for (size_t len = 0; len + 1 < sizeof commit_text; len++) {
        struct xa_statement s;
        struct err err;
        CHECK(!xa_statement_parse(bytes_of(commit_text, len), &s, &err));
    }
    for (size_t bit = 0; bit < (sizeof commit_text - 1) * 8; bit++) {
        struct xa_statement s;
        memcpy(text, commit_text, sizeof text);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        bool is_case = strcasecmp(text, commit_text) == 0;
        if (parse(text, &s) && !is_case)
            CHECK(s.verb != whole.verb || strcmp(s.id, whole.id) != 0);
    }
}

UNIT_MAIN(RUN(xa, the_four_statements_are_read), RUN(xa, no_other_text_is_taken_for_one),
          RUN(xa, the_longest_name_fits_and_a_longer_one_is_refused),
          RUN(xa, a_cut_or_flipped_statement_never_gives_the_same_name))
