/* test_decide.c - what follows a failure, case by case, and how long is waited. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "receive/decide.h"

static struct err refused(uint16_t number, const char *text)
{
    struct err err;
    (void)err_set(&err, ERR_REFUSED, "%s", text);
    err.server_errno = number;
    return err;
}

static enum verdict decide(const struct failure_facts *facts, enum err_code code)
{
    struct err err;
    (void)err_set(&err, code, "something");
    return decide_after_failure(facts, &err);
}

/* Rows: how far the receiver had come; columns: what the failure was. */
TEST(decide, after_a_broken_connection_what_was_followed_before_is_tried_again)
{
    static const struct {
        bool has_streamed, is_known;
        enum err_code code;
        enum verdict verdict;
    } cases[] = {
        { false, false, ERR_SYSTEM, VERDICT_STOP },   /* nobody has ever followed that */
        { false, false, ERR_TIMEOUT, VERDICT_STOP },  /* an unknown name */
        { false, false, ERR_PROTOCOL, VERDICT_STOP }, /* a web server */
        { false, true, ERR_SYSTEM, VERDICT_RETRY },   /* the source is down while we start */
        { false, true, ERR_TIMEOUT, VERDICT_RETRY },  /* so are the names */
        { false, true, ERR_PROTOCOL, VERDICT_RETRY },
        { false, true, ERR_CONFIG, VERDICT_STOP }, /* an option: soon told */
        { false, true, ERR_UNSUPPORTED, VERDICT_STOP },
        { true, false, ERR_SYSTEM, VERDICT_RETRY },
        { true, true, ERR_PROTOCOL, VERDICT_RETRY },
        { true, true, ERR_TIMEOUT, VERDICT_RETRY },
        { true, true, ERR_CORRUPT, VERDICT_RETRY }, /* a checksum: once */
        { true, true, ERR_CONFIG, VERDICT_RETRY },  /* a privilege was revoked: it may come back */
        { true, true, ERR_CONFLICT, VERDICT_STOP }, /* diverged, purged */
        { false, false, ERR_CONFLICT, VERDICT_STOP },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct failure_facts facts = { .has_streamed = cases[i].has_streamed,
                                       .is_known = cases[i].is_known };
        CHECK(decide(&facts, cases[i].code) == cases[i].verdict);
    }
}

TEST(decide, a_store_or_a_source_at_fault_ends_it_however_far_it_had_come)
{
    struct failure_facts facts = { .has_streamed = true, .is_known = true };
    facts.fault = FAULT_STORE;
    CHECK(decide(&facts, ERR_SYSTEM) == VERDICT_STOP);
    facts.fault = FAULT_SOURCE;
    CHECK(decide(&facts, ERR_PROTOCOL) == VERDICT_STOP);
}

TEST(decide, being_asked_to_stop_comes_before_all_else)
{
    struct failure_facts facts = { .fault = FAULT_STORE, .cancelled = true, .fetches_whole = true };
    CHECK(decide(&facts, ERR_SYSTEM) == VERDICT_CANCELLED);
    facts.cancelled = false;
    CHECK(decide(&facts, ERR_CANCELLED) == VERDICT_RETRY_NOW);
}

TEST(decide, a_purged_position_is_a_conflict_at_any_time_and_says_what_to_do)
{
    for (int streamed = 0; streamed < 2; streamed++) {
        struct failure_facts facts = { .has_streamed = streamed, .is_known = true };
        struct err err = refused(1236, "Could not find first log file name");
        CHECK(decide_after_failure(&facts, &err) == VERDICT_STOP);
        CHECK(err.code == ERR_CONFLICT);
        CHECK(strstr(err.text, "empty --data directory") != NULL);
    }
}

TEST(decide, an_account_that_is_refused_is_the_users_to_set_right_until_the_log_has_streamed)
{
    static const uint16_t numbers[] = { 1044, 1045, 1130, 1142, 1227, 1698, 1862, 3118 };
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct failure_facts facts = { .is_known = true };
        struct err err = refused(numbers[i], "Access denied");
        CHECK(decide_is_account_error(&err));
        CHECK(decide_after_failure(&facts, &err) == VERDICT_STOP);
        CHECK(err.code == ERR_CONFIG);
        facts.has_streamed = true;
        err = refused(numbers[i], "Access denied");
        CHECK(decide_after_failure(&facts, &err) == VERDICT_RETRY);
    }
}

TEST(decide, a_server_that_is_full_or_shuts_down_is_tried_again)
{
    static const uint16_t numbers[] = { 1040, 1053, 1203 };
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        struct failure_facts facts = { .is_known = true };
        struct err err = refused(numbers[i], "Too many connections");
        CHECK(!decide_is_account_error(&err));
        CHECK(decide_after_failure(&facts, &err) == VERDICT_RETRY);
    }
}

TEST(decide, two_replicas_with_one_id_are_told_so_and_wait_longer_each_time)
{
    struct failure_facts facts = { .has_streamed = true, .server_id = 4711 };
    struct err errs[] = {
        refused(4052, "A slave with the same server_id is already connected"),
        refused(1236,
                "A replica with the same server_uuid/server_id as this replica has connected"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        CHECK(decide_after_failure(&facts, &errs[i]) == VERDICT_RETRY);
        CHECK(strstr(errs[i].text, "4711") != NULL);
        CHECK(strstr(errs[i].text, "--server-id") != NULL);
        unsigned wait = 0;
        for (unsigned expected = WAIT_FIRST_MS; expected <= 3200; expected *= 2) {
            wait = decide_wait_ms(wait, 60000, true, &errs[i]);
            assert_int_equal(wait, expected);
        }
    }
}

TEST(decide, waits_double_up_to_the_limit_and_start_over_after_something_came)
{
    struct err err = refused(2013, "the server closed the connection");
    unsigned wait = 0;
    static const unsigned expected[] = { 100, 200, 400, 800, 1000, 1000 };
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        wait = decide_wait_ms(wait, 1000, false, &err);
        CHECK(wait == expected[i]);
    }
    assert_int_equal(decide_wait_ms(wait, 1000, true, &err), WAIT_FIRST_MS);
    assert_int_equal(decide_wait_ms(3000000000u, 4000000000u, false, &err), 4000000000u);
}

UNIT_MAIN(RUN(decide, after_a_broken_connection_what_was_followed_before_is_tried_again),
          RUN(decide, a_store_or_a_source_at_fault_ends_it_however_far_it_had_come),
          RUN(decide, being_asked_to_stop_comes_before_all_else),
          RUN(decide, a_purged_position_is_a_conflict_at_any_time_and_says_what_to_do),
          RUN(decide,
              an_account_that_is_refused_is_the_users_to_set_right_until_the_log_has_streamed),
          RUN(decide, a_server_that_is_full_or_shuts_down_is_tried_again),
          RUN(decide, two_replicas_with_one_id_are_told_so_and_wait_longer_each_time),
          RUN(decide, waits_double_up_to_the_limit_and_start_over_after_something_came))
