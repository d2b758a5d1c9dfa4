/* test_pattern.c - LIKE as SHOW has it. */
// SPDX-License-Identifier: Apache-2.0
#include "session/state.h"
#include "unit.h"

TEST(like, matches_as_the_servers_do)
{
    static const struct {
        const char *text, *pattern;
        bool matches;
    } rows[] = {
        { "gtid_mode", "gtid%", true },
        { "gtid_mode", "GTID_MODE", true },
        { "gtid_mode", "%mode", true },
        { "gtid_mode", "gtid_mod", false },
        { "gtid_mode", "gtid\\_mode", true },
        { "gtidxmode", "gtid\\_mode", false },
        { "gtidxmode", "gtid_mode", true },
        { "", "%", true },
        { "", "", true },
        { "", "_", false },
        { "aaaaab", "%a%b", true },
        { "aaaaa", "%a%b", false },
        { "50%", "50\\%", true },
        { "a\\", "a\\", true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (like_matches(bytes_of_str(rows[i].text), bytes_of_str(rows[i].pattern)) !=
            rows[i].matches)
            fail_msg("'%s' LIKE '%s'", rows[i].text, rows[i].pattern);
    CHECK(!like_matches(bytes_of_str("x"), bytes_of_str("%%%%%y")));
}

UNIT_MAIN(RUN(like, matches_as_the_servers_do))
