/* test_stream.c - the grammar of a log: each test is a row of event words and what they mean.
 *
 *   words: g GTID of MySQL, t tagged, a anonymous, m MariaDB GTID, s MariaDB standalone GTID,
 *   B BEGIN, C COMMIT, R ROLLBACK, S SAVEPOINT, T ROLLBACK TO, X XA START, Z XA COMMIT, q other
 *   query, p payload, r rows, e rows with the statement's end, i intvar, x xid, P xa prepare,
 *   f format description, F rotate, h heartbeat, n incident, u unknown, U unknown but ignorable
 *   steps: . outside, ( begin, - inside, ) commit; ! error at the last word */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/stream.h"
#include "unit.h"

enum { BODY_MAX = 128 };

struct word {
    char letter;
    uint8_t type;
    uint16_t flags;
    const char *query;
};

static const struct word words[] = {
    { 'g', EVENT_GTID, 0, NULL },
    { 't', EVENT_GTID_TAGGED, 0, NULL },
    { 'a', EVENT_ANONYMOUS_GTID, 0, NULL },
    { 'm', EVENT_MARIADB_GTID, 0, NULL },
    { 's', EVENT_MARIADB_GTID, 0, NULL },
    { 'B', EVENT_QUERY, 0, "BEGIN" },
    { 'C', EVENT_QUERY, 0, "COMMIT" },
    { 'R', EVENT_QUERY, 0, "ROLLBACK" },
    { 'S', EVENT_QUERY, 0, "SAVEPOINT `a`" },
    { 'T', EVENT_QUERY, 0, "ROLLBACK TO `a`" },
    { 'X', EVENT_QUERY, 0, "XA START X'78',X'',1" },
    { 'Z', EVENT_QUERY, 0, "XA COMMIT X'78',X'',1" },
    { 'q', EVENT_QUERY, 0, "CREATE TABLE t (a INT)" },
    { 'p', EVENT_TRANSACTION_PAYLOAD, 0, NULL },
    { 'r', EVENT_WRITE_ROWS, 0, NULL },
    { 'e', EVENT_WRITE_ROWS, 0, NULL },
    { 'i', EVENT_INTVAR, 0, NULL },
    { 'x', EVENT_XID, 0, NULL },
    { 'P', EVENT_XA_PREPARE, 0, NULL },
    { 'f', EVENT_FORMAT_DESCRIPTION, 0, NULL },
    { 'F', EVENT_ROTATE, 0, NULL },
    { 'h', EVENT_HEARTBEAT, 0, NULL },
    { 'n', EVENT_INCIDENT, 0, NULL },
    { 'u', 99, 0, NULL },
    { 'U', 99, EVENT_FLAG_IGNORABLE, NULL },
};

static const struct word *word_of(char letter)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (words[i].letter == letter)
            return &words[i];
    fail_msg("no word %c", letter);
    return NULL;
}

static void body_of(const struct word *word, struct buf *body)
{
    /* version, size, nothing that must be known; uuid; number 5; a tag of one letter */
    static const uint8_t tagged[] = { 2, 0, 0, 2, 2, 0, 0, 0, 0, 0,    0, 0,
                                      0, 0, 0, 0, 0, 0, 0, 0, 4, 0x14, 6, 2 };
    uint8_t bytes[BODY_MAX] = { 0 };
    switch (word->letter) {
    case 'g':
        bytes[17] = 5;
        buf_append(body, bytes, 25);
        break;
    case 't':
        buf_append(body, tagged, sizeof tagged);
        buf_str(body, "t");
        body->data[1] = (uint8_t)(body->len * 2);
        break;
    case 'm':
    case 's':
        bytes[0] = 6;
        bytes[12] = word->letter == 's';
        buf_append(body, bytes, 19);
        break;
    case 'e':
        bytes[6] = 1;
        buf_append(body, bytes, 10);
        break;
    case 'f':
        bytes[0] = 4;
        memcpy(bytes + 2, "9.7.4", 6);
        bytes[56] = EVENT_HEADER_SIZE;
        bytes[57 + 42] = CHECKSUM_NONE;
        buf_append(body, bytes, 57 + 42 + 1);
        break;
    case 'n':
        buf_append(body, "\x01\x00\x04lost", 7);
        break;
    default:
        if (word->query == NULL) {
            buf_append(body, bytes, 25);
            break;
        }
        buf_append(body, bytes, 14);
        buf_str(body, word->query);
    }
}

static bool feed(struct stream *stream, char letter, enum stream_step *step, struct err *err)
{
    const struct word *word = word_of(letter);
    struct event_header header = { .type = word->type, .flags = word->flags };
    struct event event;
    struct buf body;
    struct buf raw;
    buf_init(&body, BODY_MAX);
    buf_init(&raw, 2 * BODY_MAX);
    body_of(word, &body);
    event_append(&raw, &header, buf_bytes(&body), CHECKSUM_NONE);
    bool ok =
        event_decode(buf_bytes(&raw), NULL, &event, err) && stream_feed(stream, &event, step, err);
    buf_clear(&body);
    buf_clear(&raw);
    return ok;
}

static enum err_code run(const char *letters, const char *steps)
{
    static const char marks[] = {
        [STREAM_OUTSIDE] = '.', [STREAM_BEGIN] = '(', [STREAM_INSIDE] = '-', [STREAM_COMMIT] = ')'
    };
    struct stream stream;
    struct err err = { .code = ERR_NONE };
    stream_init(&stream);
    for (size_t i = 0; letters[i] != 0; i++) {
        enum stream_step step;
        bool ok = feed(&stream, letters[i], &step, &err);
        if (!ok && steps[i] == '!' && letters[i + 1] == 0)
            return err.code;
        if (!ok)
            fail_msg("%s: %c at %zu: %s", letters, letters[i], i, err.text);
        if (marks[step] != steps[i])
            fail_msg("%s: %c at %zu is %c", letters, letters[i], i, marks[step]);
    }
    return ERR_NONE;
}

struct row {
    const char *letters;
    const char *steps;
    enum err_code code;
};

static void run_all(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (run(rows[i].letters, rows[i].steps) != rows[i].code)
            fail_msg("%s gives another error", rows[i].letters);
}

TEST(stream, of_mysql_has_whole_transactions)
{
    static const struct row rows[] = {
        { "fgBrrexF", ".(----).", ERR_NONE },
        { "fgqgqF", ".()().", ERR_NONE },
        { "fgBSrTexgq", ".(-----)()", ERR_NONE },
        { "fgBqC", ".(--)", ERR_NONE },
        { "fgBqR", ".(--)", ERR_NONE },
        { "fgXrPgZ", ".(--)()", ERR_NONE },
        { "fgBqrex", ".(----)", ERR_NONE },
        { "fgpgp", ".()()", ERR_NONE },
        { "ftBextq", ".(--)()", ERR_NONE },
        { "faBexaq", ".(--)()", ERR_NONE },
        { "fgiq", ".(-)", ERR_NONE },
        { "fgBiqx", ".(---)", ERR_NONE },
        { "fgXrZ", ".(--)", ERR_NONE },
        { "fgBhrUex", ".(-.---)", ERR_NONE },
        { "fgqffgq", ".()..()", ERR_NONE },
        { "fUgq", "..()", ERR_NONE },
    };
    run_all(rows, ARRAY_COUNT(rows));
    CHECK(true);
}

TEST(stream, of_mariadb_has_whole_transactions)
{
    static const struct row rows[] = {
        { "fmrexF", ".(--).", ERR_NONE },     { "fsqsq", ".()()", ERR_NONE },
        { "fsiq", ".(-)", ERR_NONE },         { "fmqC", ".(-)", ERR_NONE },
        { "fmqR", ".(-)", ERR_NONE },         { "fmSrTex", ".(----)", ERR_NONE },
        { "fmreqPsZ", ".(---)()", ERR_NONE }, { "fmqrex", ".(---)", ERR_NONE },
        { "fmBqC", ".(--)", ERR_NONE },       { "fsre", ".(-)", ERR_NONE },
    };
    run_all(rows, ARRAY_COUNT(rows));
    CHECK(true);
}

TEST(stream, refuses_an_order_that_no_server_writes)
{
    static const struct row rows[] = {
        { "g", "!", ERR_CORRUPT },       { "fq", ".!", ERR_CORRUPT },
        { "fx", ".!", ERR_CORRUPT },     { "fr", ".!", ERR_CORRUPT },
        { "fgg", ".(!", ERR_CORRUPT },   { "fgr", ".(!", ERR_CORRUPT },
        { "fgx", ".(!", ERR_CORRUPT },   { "fgBB", ".(-!", ERR_CORRUPT },
        { "fgBX", ".(-!", ERR_CORRUPT }, { "fgBf", ".(-!", ERR_CORRUPT },
        { "fgF", ".(!", ERR_CORRUPT },   { "fgBp", ".(-!", ERR_CORRUPT },
        { "fgBg", ".(-!", ERR_CORRUPT }, { "fmm", ".(!", ERR_CORRUPT },
        { "fmp", ".(!", ERR_CORRUPT },   { "fmf", ".(!", ERR_CORRUPT },
        { "fp", ".!", ERR_CORRUPT },     { "fsx", ".(!", ERR_CORRUPT },
    };
    run_all(rows, ARRAY_COUNT(rows));
    CHECK(true);
}

TEST(stream, stops_at_what_may_not_be_passed_on)
{
    static const struct row rows[] = {
        { "fn", ".!", ERR_UNSUPPORTED },
        { "fgn", ".(!", ERR_UNSUPPORTED },
        { "fu", ".!", ERR_UNSUPPORTED },
        { "fgBu", ".(-!", ERR_UNSUPPORTED },
    };
    run_all(rows, ARRAY_COUNT(rows));
    CHECK(true);
}

TEST(stream, refuses_every_code_that_it_does_not_know_unless_it_may_be_ignored)
{
    for (unsigned code = 0; code < 256; code++) {
        for (unsigned inside = 0; inside < 2; inside++) {
            struct stream stream;
            struct err err;
            enum stream_step step;
            struct event event = { .header.type = (uint8_t)code };
            event.body = bytes_of_str("\x01");
            stream_init(&stream);
            CHECK_OK(feed(&stream, 'f', &step, &err), err);
            if (inside != 0)
                CHECK_OK(feed(&stream, 'g', &step, &err), err);
            if (event_type_handling((uint8_t)code) != HANDLING_REFUSED)
                continue;
            CHECK(!stream_feed(&stream, &event, &step, &err));
            event.header.flags = EVENT_FLAG_IGNORABLE;
            bool passes = stream_feed(&stream, &event, &step, &err);
            CHECK(passes == !event_type_is_known((uint8_t)code));
            CHECK(!passes || step == (inside != 0 ? STREAM_INSIDE : STREAM_OUTSIDE));
        }
    }
}

TEST(stream, says_which_transaction_it_is_in)
{
    struct stream stream;
    struct err err;
    enum stream_step step;
    stream_init(&stream);
    CHECK_OK(feed(&stream, 'f', &step, &err), err);
    CHECK(stream.has_format && !stream.inside);
    CHECK_OK(feed(&stream, 's', &step, &err), err);
    CHECK(stream.inside && stream.standalone && stream.gtid.kind == GTID_MARIADB);
    CHECK_OK(feed(&stream, 'q', &step, &err), err);
    CHECK_OK(feed(&stream, 'g', &step, &err), err);
    CHECK(!stream.standalone && stream.gtid.kind == GTID_MYSQL && stream.gtid.seq == 5);
    CHECK_OK(feed(&stream, 'q', &step, &err), err);
    CHECK(stream.standalone && !stream.inside && stream.gtid.seq == 5);
    CHECK_OK(feed(&stream, 'm', &step, &err), err);
    CHECK(stream.in_statement_group && stream.gtid.seq == 6);
}

TEST(stream, stays_where_it_was_after_an_error)
{
    struct stream stream;
    struct err err;
    enum stream_step step;
    stream_init(&stream);
    CHECK_OK(feed(&stream, 'f', &step, &err), err);
    CHECK_OK(feed(&stream, 'g', &step, &err), err);
    CHECK_OK(feed(&stream, 'B', &step, &err), err);
    CHECK(!feed(&stream, 'f', &step, &err) && step == STREAM_INSIDE);
    CHECK_OK(feed(&stream, 'x', &step, &err), err);
    CHECK(step == STREAM_COMMIT);
}

UNIT_MAIN(RUN(stream, of_mysql_has_whole_transactions),
          RUN(stream, of_mariadb_has_whole_transactions),
          RUN(stream, refuses_an_order_that_no_server_writes),
          RUN(stream, stops_at_what_may_not_be_passed_on),
          RUN(stream, refuses_every_code_that_it_does_not_know_unless_it_may_be_ignored),
          RUN(stream, says_which_transaction_it_is_in),
          RUN(stream, stays_where_it_was_after_an_error))
