/* test_samples.c - every event of every sample log, written by the real servers, goes through all
 * that a log's reader does with it; and every decoder meets every cut and every flipped bit. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/describe.h"
#include "binlog/file_event.h"
#include "binlog/gtid_event.h"
#include "binlog/gtid_set.h"
#include "binlog/query.h"
#include "binlog/rotate.h"
#include "binlog/statement_event.h"
#include "binlog/stream.h"
#include "binlog/transaction_event.h"
#include "samples.h"

enum { SCRATCH_MAX = 1 << 24 };

static bool run_query(const struct event *event, struct err *err)
{
    struct query_event query;
    struct buf scratch;
    buf_init(&scratch, SCRATCH_MAX);
    bool ok = query_decode(event, &scratch, &query, err);
    buf_clear(&scratch);
    return ok;
}

static bool run_gtid(const struct event *event, struct err *err)
{
    struct gtid_event gtid;
    return gtid_event_decode(event, &gtid, err);
}

static bool run_file(const struct event *event, struct err *err)
{
    struct file_event file;
    return file_event_decode(event, &file, err);
}

static bool run_rotate(const struct event *event, struct err *err)
{
    struct rotate_event rotate;
    return rotate_decode(event, &rotate, err);
}

static bool run_set(const struct event *event, struct err *err)
{
    AUTO(gtid_set) set = NULL;
    return gtid_set_decode(event->body, &set, err);
}

static bool run_list(const struct event *event, struct err *err)
{
    AUTO(gtid_set) set = NULL;
    return gtid_list_decode(event->body, &set, err);
}

static bool run_xid(const struct event *event, struct err *err)
{
    uint64_t xid;
    return xid_decode(event, &xid, err);
}

static bool run_xa(const struct event *event, struct err *err)
{
    struct xa_prepare_event xa;
    return xa_prepare_decode(event, &xa, err);
}

static bool run_payload(const struct event *event, struct err *err)
{
    struct payload_event payload;
    return payload_decode(event, &payload, err);
}

static bool run_text(const struct event *event, struct err *err)
{
    struct bytes text;
    return statement_text_decode(event, &text, err);
}

static bool run_intvar(const struct event *event, struct err *err)
{
    struct intvar_event intvar;
    return intvar_decode(event, &intvar, err);
}

static bool run_rand(const struct event *event, struct err *err)
{
    struct rand_event rand;
    return rand_decode(event, &rand, err);
}

static bool run_user_var(const struct event *event, struct err *err)
{
    struct user_var_event var;
    return user_var_decode(event, &var, err);
}

static bool run_load(const struct event *event, struct err *err)
{
    struct load_event load;
    return load_event_decode(event, &load, err);
}

static bool run_format(const struct event *event, struct err *err)
{
    struct format format;
    return format_decode(event->raw, &format, err);
}

static bool (*const decoders[256])(const struct event *, struct err *) = {
    [EVENT_FORMAT_DESCRIPTION] = run_format,
    [EVENT_QUERY] = run_query,
    [EVENT_QUERY_COMPRESSED] = run_query,
    [EVENT_EXECUTE_LOAD_QUERY] = run_query,
    [EVENT_GTID] = run_gtid,
    [EVENT_ANONYMOUS_GTID] = run_gtid,
    [EVENT_GTID_TAGGED] = run_gtid,
    [EVENT_MARIADB_GTID] = run_gtid,
    [EVENT_ROTATE] = run_rotate,
    [EVENT_BINLOG_CHECKPOINT] = run_file,
    [EVENT_HEARTBEAT] = run_file,
    [EVENT_HEARTBEAT_V2] = run_file,
    [EVENT_PREVIOUS_GTIDS] = run_set,
    [EVENT_GTID_LIST] = run_list,
    [EVENT_XID] = run_xid,
    [EVENT_XA_PREPARE] = run_xa,
    [EVENT_TRANSACTION_PAYLOAD] = run_payload,
    [EVENT_ROWS_QUERY] = run_text,
    [EVENT_ANNOTATE_ROWS] = run_text,
    [EVENT_INTVAR] = run_intvar,
    [EVENT_RAND] = run_rand,
    [EVENT_USER_VAR] = run_user_var,
    [EVENT_BEGIN_LOAD_QUERY] = run_load,
    [EVENT_APPEND_BLOCK] = run_load,
    [EVENT_DELETE_FILE] = run_load,
};

TEST(samples, have_whole_transactions_and_right_checksums)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample s;
        struct event event;
        struct stream stream;
        struct err err = { .code = ERR_NONE };
        size_t begins = 0;
        size_t commits = 0;
        sample_open(samples[i], &s);
        stream_init(&stream);
        while (sample_next(&s, &event)) {
            enum stream_step step;
            CHECK(event_checksum_ok(event.raw, event.header.type == EVENT_FORMAT_DESCRIPTION
                                                   ? CHECKSUM_CRC32
                                                   : s.format.checksum));
            CHECK_OK(stream_feed(&stream, &event, &step, &err), err);
            begins += step == STREAM_BEGIN;
            commits += step == STREAM_COMMIT;
            CHECK(stream.inside == (step == STREAM_BEGIN || step == STREAM_INSIDE));
        }
        CHECK(!stream.inside);
        CHECK(begins == commits && begins > 0);
        sample_close(&s);
    }
}

TEST(samples, are_decoded_event_by_event)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample s;
        struct event event;
        struct err err = { .code = ERR_NONE };
        sample_open(samples[i], &s);
        while (sample_next(&s, &event)) {
            CHECK(event_type_handling(event.header.type) == HANDLING_DECODED);
            if (decoders[event.header.type] != NULL)
                CHECK_OK(decoders[event.header.type](&event, &err), err);
        }
        sample_close(&s);
    }
}

TEST(samples, are_described_on_one_line_of_utf8)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample s;
        struct event event;
        sample_open(samples[i], &s);
        while (sample_next(&s, &event)) {
            struct buf text;
            buf_init(&text, SCRATCH_MAX);
            event_describe(&event, &s.format, &text);
            CHECK(strstr(buf_cstr(&text), "cannot be decoded") == NULL);
            CHECK(strchr(buf_cstr(&text), '\n') == NULL);
            buf_reset(&text);
            event_describe_json(&event, &s.format, &(struct event_place){ 4, 4, false }, &text);
            CHECK(text.len > 2 && text.data[0] == '{' && text.data[text.len - 1] == '}');
            CHECK(!text.failed);
            buf_clear(&text);
        }
        sample_close(&s);
    }
}

/* One of each type and sample is enough: the decoders see the same shapes again and again. */
static bool is_new_type(bool seen[256], const struct event *event)
{
    bool is_new = !seen[event->header.type];
    seen[event->header.type] = true;
    return is_new;
}

/* The event with a body of exactly these bytes, in memory of its own. */
static void decode_body(const struct event *event, struct bytes body)
{
    struct err err;
    struct buf text;
    uint8_t *copy = malloc(body.len > 0 ? body.len : 1);
    if (body.len > 0)
        memcpy(copy, body.data, body.len);
    struct event changed = *event;
    changed.body = bytes_of(copy, body.len);
    (void)decoders[event->header.type](&changed, &err);
    buf_init(&text, SCRATCH_MAX);
    if (event->header.type != EVENT_FORMAT_DESCRIPTION)
        event_describe(&changed, NULL, &text);
    buf_clear(&text);
    free(copy);
}

static void cut_and_flip(const struct event *event)
{
    for (size_t len = 0; len < event->body.len; len++)
        decode_body(event, bytes_of(event->body.data, len));
    uint8_t *flipped = malloc(event->body.len > 0 ? event->body.len : 1);
    if (event->body.len > 0)
        memcpy(flipped, event->body.data, event->body.len);
    for (size_t bit = 0; bit < event->body.len * 8; bit++) {
        flipped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        decode_body(event, bytes_of(flipped, event->body.len));
        flipped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    free(flipped);
}

TEST(samples, cut_or_flipped_anywhere_give_an_error_or_a_value)
{
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample s;
        struct event event;
        bool seen[256] = { false };
        sample_open(samples[i], &s);
        while (sample_next(&s, &event))
            if (decoders[event.header.type] != NULL && is_new_type(seen, &event))
                cut_and_flip(&event);
        sample_close(&s);
    }
    CHECK(true);
}

TEST(samples, torn_anywhere_never_end_a_transaction_that_has_not_ended)
{
    struct sample s;
    struct event event;
    struct stream stream;
    struct err err = { .code = ERR_NONE };
    enum stream_step step = STREAM_OUTSIDE;
    sample_open("mysql-9.7/misc_fk_partition", &s);
    stream_init(&stream);
    struct event first = { .raw = { NULL, 0 } };
    while (sample_next(&s, &event)) {
        if (event.header.type == EVENT_FORMAT_DESCRIPTION)
            first = event;
        CHECK_OK(stream_feed(&stream, &event, &step, &err), err);
        struct stream next_file = stream;
        bool ok = stream_feed(&next_file, &first, &step, &err);
        CHECK(ok == !stream.inside);
        CHECK(ok || err.code == ERR_CORRUPT);
    }
    sample_close(&s);
}

TEST(samples, of_an_encrypted_file_stop_where_the_key_is_missing)
{
    struct sample s;
    struct event event;
    struct stream stream;
    struct err err = { .code = ERR_NONE };
    enum stream_step step;
    bool ok = true;
    sample_open("mariadb-10.11/encrypted", &s);
    stream_init(&stream);
    while (ok && sample_next(&s, &event))
        ok = stream_feed(&stream, &event, &step, &err);
    CHECK(!ok && err.code == ERR_UNSUPPORTED);
    CHECK(strstr(err.text, "encrypted") != NULL);
    sample_close(&s);
}

UNIT_MAIN(RUN(samples, have_whole_transactions_and_right_checksums),
          RUN(samples, are_decoded_event_by_event), RUN(samples, are_described_on_one_line_of_utf8),
          RUN(samples, cut_or_flipped_anywhere_give_an_error_or_a_value),
          RUN(samples, torn_anywhere_never_end_a_transaction_that_has_not_ended),
          RUN(samples, of_an_encrypted_file_stop_where_the_key_is_missing))
