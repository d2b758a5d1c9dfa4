/* test_glob.c - patterns of names. */
// SPDX-License-Identifier: Apache-2.0
#include "base/glob.h"
#include "unit.h"

static bool matches(const char *pattern, const char *text, enum glob_letters letters)
{
    return glob_matches(bytes_of_str(pattern), bytes_of_str(text), letters);
}

TEST(glob, stars_and_question_marks_stand_for_others)
{
    static const struct {
        const char *pattern, *text;
        bool exact, any_case;
    } rows[] = {
        { "shop", "shop", true, true },
        { "shop", "Shop", false, true },
        { "shop", "shop2", false, false },
        { "shop", "sho", false, false },
        { "sh?p", "ship", true, true },
        { "sh?p", "shp", false, false },
        { "*", "", true, true },
        { "", "", true, true },
        { "", "a", false, false },
        { "a*b*c", "aXbXbXc", true, true },
        { "a*b*c", "aXbXbX", false, false },
        { "**a", "a", true, true },
        { "tmp_*", "tmpX1", false, false },
        { "?", "", false, false },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        CHECK(matches(rows[i].pattern, rows[i].text, GLOB_EXACT) == rows[i].exact);
        CHECK(matches(rows[i].pattern, rows[i].text, GLOB_ANY_CASE) == rows[i].any_case);
    }
}

TEST(glob, a_pattern_is_spelled_as_like_does)
{
    struct buf like;
    buf_init(&like, 100);
    glob_print_like(bytes_of_str("my_db?%*\\"), &like);
    CHECK_STR(buf_cstr(&like), "my\\_db_\\%%\\\\");
    buf_clear(&like);
}

UNIT_MAIN(RUN(glob, stars_and_question_marks_stand_for_others),
          RUN(glob, a_pattern_is_spelled_as_like_does))
