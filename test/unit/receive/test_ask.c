/* test_ask.c - from where a source is asked for its log. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "receive/ask.h"

static struct ask_facts usual(void)
{
    return (struct ask_facts){
        .stored = "binlog.000007",
        .end = 5000,
        .first = "",
        .told = "",
        .server = "a",
        .is_known = true,
        .holds_file = true,
        .has_gtids = true,
    };
}

static void check_place(const struct ask_facts *facts, const char *file, uint64_t offset,
                        unsigned server)
{
    struct err err;
    struct ask ask;
    assert_true(ask_choose(facts, &ask, &err));
    assert_int_equal(ask.by, ASK_BY_PLACE);
    assert_string_equal(ask.file, file);
    assert_int_equal(ask.offset, offset);
    assert_int_equal(ask.server, server);
}

static void check_by_gtid(const struct ask_facts *facts)
{
    struct err err;
    struct ask ask;
    assert_true(ask_choose(facts, &ask, &err));
    assert_int_equal(ask.by, ASK_BY_GTID);
    assert_string_equal(ask.file, "");
}

static void check_refused(const struct ask_facts *facts, const char *words)
{
    struct err err;
    struct ask ask;
    assert_false(ask_choose(facts, &ask, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_non_null(strstr(err.text, words));
}

TEST(ask, an_empty_log_begins_where_the_data_stands)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    facts.stored = "";
    check_place(&facts, "", 4, 1);
    facts.first = "binlog.000003";
    check_place(&facts, "binlog.000003", 4, 1);
    facts.is_known = false;
    check_refused(&facts, "another server");
}

TEST(ask, the_same_server_is_asked_for_the_logs_end)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    check_place(&facts, "binlog.000007", 5000, 1);
    facts.stored = "binlog~2.000007";
    check_place(&facts, "binlog.000007", 5000, 2);
}

TEST(ask, another_server_or_a_purged_file_is_asked_by_gtid)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    facts.is_known = false;
    check_by_gtid(&facts);
    facts = usual();
    facts.holds_file = false;
    check_by_gtid(&facts);
    facts.has_gtids = false;
    check_refused(&facts, "without GTIDs nothing tells");
}

TEST(ask, an_end_past_4_gib_is_found_by_gtid)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    facts.end = UINT32_MAX;
    check_place(&facts, "binlog.000007", UINT32_MAX, 1);
    facts.end++;
    check_by_gtid(&facts);
    facts.has_gtids = false;
    check_refused(&facts, "below 4 GiB");
}

TEST(ask, the_file_that_was_told_is_fetched_whole)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    facts.end = (uint64_t)5 << 30;
    facts.told = "binlog.000008";
    check_place(&facts, "binlog.000008", 4, 1);
    facts.told = "binlog.000007"; /* nothing came after it yet */
    check_place(&facts, "binlog.000007", 4, 2);
    facts.is_known = false;
    facts.told = "binlog.000002";
    check_place(&facts, "binlog.000002", 4, 2);
}

TEST(ask, a_server_whose_files_began_anew_is_refused)
{
    (void)unit_state;
    struct ask_facts facts = usual();
    facts.holds_file = false;
    facts.told = "binlog.000001";
    check_refused(&facts, "begun anew");
    facts.told = "renamed.000001"; /* log_bin was changed */
    check_place(&facts, "renamed.000001", 4, 2);
}

UNIT_MAIN(RUN(ask, an_empty_log_begins_where_the_data_stands),
          RUN(ask, the_same_server_is_asked_for_the_logs_end),
          RUN(ask, another_server_or_a_purged_file_is_asked_by_gtid),
          RUN(ask, an_end_past_4_gib_is_found_by_gtid),
          RUN(ask, the_file_that_was_told_is_fetched_whole),
          RUN(ask, a_server_whose_files_began_anew_is_refused))
