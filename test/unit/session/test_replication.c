/* test_replication.c - START, STOP and CHANGE of replication: what reaches the node, and what is
 * refused before it. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "session_pair.h"

static struct account account; /* made once */

static void open_talk(struct talk *talk, enum flavour flavour)
{
    if (!talk_open(talk, flavour, &account))
        fail_msg("%s", talk->err.text);
}

struct asked {
    const char *sql;
    enum session_action action;
    unsigned parts;
};

TEST(replication, start_and_stop_name_parts_in_both_vocabularies)
{
    static const struct asked rows[] = {
        { "START REPLICA", SESSION_START, SESSION_ALL_PARTS },
        { "START SLAVE SQL_THREAD", SESSION_START, SESSION_APPLY },
        { "stop replica io_thread", SESSION_STOP, SESSION_RECEIVE },
        { "STOP SLAVE IO_THREAD, SQL_THREAD", SESSION_STOP, SESSION_ALL_PARTS },
        { "STOP REPLICA FOR CHANNEL ''", SESSION_STOP, SESSION_ALL_PARTS },
        { "STOP SLAVE '' SQL_THREAD", SESSION_STOP, SESSION_APPLY },
        { "STOP ALL SLAVES", SESSION_STOP, SESSION_ALL_PARTS },
        { "RESET REPLICA ALL", SESSION_RESET, 0 },
        { "reset slave all for channel ''", SESSION_RESET, 0 },
    };
    struct talk talk;
    open_talk(&talk, FLAVOUR_MARIADB);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(talk_sql(&talk, rows[i].sql) == 0);
        CHECK(talk.asked == i + 1);
        CHECK(talk.control.action == rows[i].action && talk.control.parts == rows[i].parts);
        session_answer(talk.session, NULL);
        CHECK(talk_hear(&talk) > 0 && talk.number == 0);
    }
    talk_close(&talk);
}

TEST(replication, change_takes_what_it_names_and_bounds_it)
{
    struct talk talk;
    open_talk(&talk, FLAVOUR_MYSQL);
    CHECK(talk_sql(&talk, "CHANGE REPLICATION SOURCE TO SOURCE_HOST='db2', SOURCE_PORT=3307, "
                          "SOURCE_HEARTBEAT_PERIOD=2.5, SOURCE_AUTO_POSITION=1, SOURCE_DELAY=0, "
                          "IGNORE_SERVER_IDS=(), GET_SOURCE_PUBLIC_KEY=1 FOR CHANNEL ''") == 0);
    CHECK(talk.asked == 1 && talk.control.action == SESSION_CHANGE);
    CHECK_STR(talk.texts[SESSION_CHANGE_host], "db2");
    CHECK(talk.control.number[SESSION_CHANGE_port] == 3307);
    CHECK(talk.control.number[SESSION_CHANGE_heartbeat_ms] == 2500);
    CHECK(talk.control.given[SESSION_CHANGE_get_public_key]);
    CHECK(!talk.control.given[SESSION_CHANGE_user]);
    CHECK(talk_sql(&talk, "CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD=''") == 0);
    CHECK(talk.control.given[SESSION_CHANGE_password] && talk.asked == 2);
    talk_close(&talk);
}

TEST(replication, start_may_name_its_end)
{
    static const struct {
        const char *sql;
        enum session_until_kind kind;
        uint64_t offset;
        const char *text;
    } rows[] = {
        { "START REPLICA UNTIL SQL_AFTER_GTIDS = 'a:1-5'", SESSION_UNTIL_AFTER, 0, "a:1-5" },
        { "start replica sql_thread until sql_before_gtids='a:7' FOR CHANNEL ''",
          SESSION_UNTIL_BEFORE, 0, "a:7" },
        { "START SLAVE UNTIL MASTER_LOG_FILE='b.2', MASTER_LOG_POS=5000000000", SESSION_UNTIL_PLACE,
          5000000000, "b.2" },
        { "START REPLICA UNTIL SOURCE_LOG_FILE='b.3', SOURCE_LOG_POS=4", SESSION_UNTIL_PLACE, 4,
          "b.3" },
        { "START SLAVE UNTIL MASTER_GTID_POS='0-1-7'", SESSION_UNTIL_POSITION, 0, "0-1-7" },
        { "START SLAVE", SESSION_UNTIL_NOTHING, 0, "" },
    };
    struct talk talk;
    open_talk(&talk, FLAVOUR_MARIADB);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(talk_sql(&talk, rows[i].sql) == 0);
        CHECK(talk.asked == i + 1 && talk.control.until.kind == rows[i].kind);
        CHECK(talk.control.until.offset == rows[i].offset);
        CHECK_STR(talk.until, rows[i].text);
        session_answer(talk.session, NULL);
        CHECK(talk_hear(&talk) > 0 && talk.number == 0);
    }
    talk_close(&talk);
}

TEST(replication, what_cannot_be_done_is_refused_before_the_node_is_asked)
{
    static const struct {
        const char *sql;
        uint16_t number;
        const char *word;
    } rows[] = {
        { "START REPLICA IO_THREAD UNTIL SQL_AFTER_GTIDS='x'", 1277, "UNTIL" },
        { "START REPLICA UNTIL SQL_BEFORE_GTIDS=''", 1277, "UNTIL" },
        { "START SLAVE UNTIL MASTER_LOG_FILE='a'", 1277, "UNTIL" },
        { "START SLAVE UNTIL MASTER_LOG_FILE='a', MASTER_LOG_POS='4'", 1064, "" },
        { "START SLAVE UNTIL RELAY_LOG_FILE='a', RELAY_LOG_POS=4", 1235, "SOURCE_LOG_FILE" },
        { "START REPLICA UNTIL SQL_AFTER_MTS_GAPS", 1235, "gaps" },
        { "START REPLICA UNTIL SQL_AFTER_GTIDS", 1064, "" },
        { "START REPLICA UNTIL NOON", 1064, "" },
        { "STOP REPLICA UNTIL SQL_AFTER_GTIDS='x'", 1064, "" },
        { "START REPLICA UNTIL SQL_AFTER_GTIDS='x' USER='a'", 1235, "account" },
        { "START REPLICA USER='a' PASSWORD='b'", 1235, "account" },
        { "STOP REPLICA FOR CHANNEL 'two'", 1235, "one source" },
        { "STOP SLAVE 'two'", 1235, "one source" },
        { "STOP REPLICA NOW", 1064, "" },
        { "CHANGE MASTER TO MASTER_LOG_FILE='a'", 1235, "say where to go on" },
        { "CHANGE MASTER TO MASTER_USE_GTID=no", 1235, "found by GTID" },
        { "CHANGE MASTER TO MASTER_PORT=65536", 1210, "Incorrect value" },
        { "CHANGE MASTER TO MASTER_PORT='1'", 1064, "" },
        { "CHANGE MASTER TO MASTER_HEARTBEAT_PERIOD=99999999", 1210, "Incorrect value" },
        { "CHANGE MASTER TO MASTER_NONSENSE=1", 1235, "NONSENSE" },
        { "CHANGE MASTER TO IGNORE_SERVER_IDS=(1,2)", 1235, "whole log" },
        { "CHANGE MASTER TO", 1064, "" },
        { "RESET REPLICA", 1235, "CHANGE REPLICATION SOURCE TO" },
        { "RESET SLAVE ALL FOR CHANNEL 'x'", 1235, "one source" },
        { "FLUSH BINARY LOGS", 1235, "on the source" },
    };
    struct talk talk;
    open_talk(&talk, FLAVOUR_MARIADB);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_sql(&talk, rows[i].sql);
        if (talk.number != rows[i].number || strstr(talk.said, rows[i].word) == NULL)
            fail_msg("%s: %u %s", rows[i].sql, talk.number, talk.said);
    }
    CHECK(talk.asked == 0);
    talk_close(&talk);
}

TEST(replication, what_the_node_says_is_the_answer)
{
    struct talk talk;
    struct err err = { 0 };
    open_talk(&talk, FLAVOUR_MYSQL);
    err_set(&talk.refusal, ERR_CONFLICT, "the node is starting");
    talk_sql(&talk, "START REPLICA");
    CHECK(talk.number == 1235);
    CHECK_STR(talk.said, "the node is starting");
    talk.refusal = (struct err){ 0 };
    CHECK(talk_sql(&talk, "START REPLICA") == 0);
    err_set(&err, ERR_CONFLICT, "it runs");
    err.server_errno = 3021;
    session_answer(talk.session, &err);
    talk_hear(&talk);
    CHECK(talk.number == 3021);
    CHECK_STR(talk.said, "it runs");
    talk_close(&talk);
}

UNIT_MAIN(RUN(replication, start_and_stop_name_parts_in_both_vocabularies),
          RUN(replication, change_takes_what_it_names_and_bounds_it),
          RUN(replication, start_may_name_its_end),
          RUN(replication, what_cannot_be_done_is_refused_before_the_node_is_asked),
          RUN(replication, what_the_node_says_is_the_answer))
