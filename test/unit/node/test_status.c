/* test_status.c - the verdict over a node's facts, case by case. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include <unistd.h>
#include "node/status.h"

static char gtids[] = "0-1-100";

static struct node_facts streaming(void)
{
    struct node_facts f = {
        .version = "1", .engine = "sqlite", .address = "db:3306", .server_uuid = "u", .error = ""
    };
    f.now_us = 2000000000;
    f.apply.state = "waiting";
    f.apply.error = "";
    f.receive.state = RECEIVE_STREAMING;
    f.receive.connects = 1;
    f.receive.gtid_count = 100;
    f.apply.wanted = true;
    f.apply.running = true;
    f.apply.gtids = gtids;
    f.apply.gtid_count = 100;
    snprintf(f.apply.file, sizeof f.apply.file, "binlog.000003");
    f.apply.offset = 4711;
    return f;
}

TEST(status, a_node_that_has_applied_everything_and_hears_the_source_has_no_lag)
{
    struct node_facts f = streaming();
    f.apply.last_timestamp = 1000; /* an idle source: its last transaction is long ago */
    struct node_verdict v;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_FOLLOWING);
    CHECK(v.lag_known && v.lag_s == 0);
    CHECK(v.lag_transactions_known && v.lag_transactions == 0);
}

TEST(status, a_part_that_was_stopped_pauses_the_node_and_its_failure_is_the_reason)
{
    struct node_facts f = streaming();
    struct node_verdict v;
    f.apply_is_stopped = true;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_PAUSED);
    CHECK(strstr(v.reason, "START REPLICA") != NULL);
    f.apply.error = "an event is not understood";
    status_judge(&f, &v);
    CHECK_STR(v.reason, "an event is not understood");
    f.apply_is_stopped = false;
    f.receive_is_stopped = true;
    snprintf(f.receive.error, sizeof f.receive.error, "diverged");
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_PAUSED);
    CHECK_STR(v.reason, "diverged");
}

TEST(status, a_backlog_counts_in_seconds_and_transactions)
{
    struct node_facts f = streaming();
    f.behind = true;
    f.apply.last_timestamp = 1990;
    f.apply.gtid_count = 60;
    struct node_verdict v;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_CATCHING_UP);
    CHECK(v.lag_known && v.lag_s == 10);
    CHECK(v.lag_transactions == 40);
}

TEST(status, a_wanted_delay_is_no_backlog_and_lags_by_the_age_of_what_waits)
{
    struct node_facts f = streaming();
    struct node_verdict v;
    f.behind = true;
    f.apply.last_timestamp = 10;
    f.apply.delayed_commit_us = f.now_us - 600 * UINT64_C(1000000);
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_FOLLOWING);
    CHECK(v.lag_known && v.lag_s == 600);
    CHECK(strstr(v.reason, "SOURCE_DELAY") != NULL);
}

TEST(status, an_unreachable_source_is_waited_for_and_the_lag_grows)
{
    struct node_facts f = streaming();
    f.receive.state = RECEIVE_BACKOFF;
    f.apply.last_timestamp = 1900;
    struct node_verdict v;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_WAITING);
    CHECK(v.lag_known && v.lag_s == 100);
}

TEST(status, a_source_without_gtids_has_no_lag_in_transactions)
{
    struct node_facts f = streaming();
    f.receive.gtid_count = 0;
    struct node_verdict v;
    status_judge(&f, &v);
    CHECK(!v.lag_transactions_known);
}

TEST(status, copying_and_stopping_come_before_all_else)
{
    struct node_facts f = streaming();
    struct node_verdict v;
    f.copy.running = true;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_COPYING);
    f.stopping = true;
    f.error = "the disk is full";
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_STOPPED);
    CHECK_STR(v.reason, "the disk is full");
}

TEST(status, a_copy_whose_tables_are_not_known_yet_counts_none)
{
    struct node_facts f = streaming();
    char line[512];
    f.copy.running = true;
    f.copy.phase = "locking";
    status_line(&f, 0, line, sizeof line);
    CHECK_STR(line, "copying: taking a consistent point");
    f.copy.phase = "copying";
    f.copy.table_count = 3;
    f.copy.eta_s = -1;
    status_line(&f, 0, line, sizeof line);
    CHECK(strncmp(line, "copying: table 1 of 3", 21) == 0);
}

TEST(status, words_that_are_no_utf_8_do_not_cost_the_file)
{
    struct node_facts f = streaming();
    struct err err;
    char dir[] = "/tmp/binlogd-status-XXXXXX";
    char path[64];
    char text[4096];
    assert_non_null(mkdtemp(dir));
    f.error = "statement \"INSERT \xfc\": cut \xc3";
    CHECK_OK(status_write(dir, &f, &err), err);
    snprintf(path, sizeof path, "%s/status.json", dir);
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    CHECK(strstr(text, "INSERT ?\\\": cut ?") != NULL);
    unlink(path);
    rmdir(dir);
}

TEST(status, a_replica_that_has_not_begun_to_apply_is_starting)
{
    struct node_facts f = streaming();
    struct node_verdict v;
    f.apply.file[0] = 0;
    status_judge(&f, &v);
    CHECK(v.phase == PHASE_STARTING);
    CHECK(!v.lag_known);
}

TEST(status, the_line_says_place_gtids_and_lag)
{
    struct node_facts f = streaming();
    char line[512];
    status_line(&f, 1234.4, line, sizeof line);
    CHECK_STR(line, "following: at binlog.000003:4711 0-1-100, lag 0.0 s, 1234 trx/s");
}

TEST(status, the_file_is_written_whole)
{
    char dir[] = "/tmp/binlogd-status-XXXXXX";
    char path[128];
    char text[4096] = "";
    struct err err;
    struct node_facts f = streaming();
    CHECK(mkdtemp(dir) != NULL);
    CHECK_OK(status_write(dir, &f, &err), err);
    snprintf(path, sizeof path, "%s/status.json", dir);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    CHECK(strstr(text, "\"state\": \"following\"") != NULL);
    CHECK(strstr(text, "\"gtids\": \"0-1-100\"") != NULL);
    unlink(path);
    rmdir(dir);
}

UNIT_MAIN(RUN(status, a_node_that_has_applied_everything_and_hears_the_source_has_no_lag),
          RUN(status, a_part_that_was_stopped_pauses_the_node_and_its_failure_is_the_reason),
          RUN(status, a_backlog_counts_in_seconds_and_transactions),
          RUN(status, a_wanted_delay_is_no_backlog_and_lags_by_the_age_of_what_waits),
          RUN(status, an_unreachable_source_is_waited_for_and_the_lag_grows),
          RUN(status, a_source_without_gtids_has_no_lag_in_transactions),
          RUN(status, copying_and_stopping_come_before_all_else),
          RUN(status, a_copy_whose_tables_are_not_known_yet_counts_none),
          RUN(status, words_that_are_no_utf_8_do_not_cost_the_file),
          RUN(status, a_replica_that_has_not_begun_to_apply_is_starting),
          RUN(status, the_line_says_place_gtids_and_lag), RUN(status, the_file_is_written_whole))
