/* apply_fixture.h - a store filled with made transactions, an engine beside it, and the applier run
 * over it until the log's end. Tables have two columns: id INT, v VARCHAR(20). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "../engine/engine_fixture.h"
#include "apply/apply.h"
#include "binlog/column.h"
#include "binlog/rows.h"
#include "log_maker.h"
#include "payload_maker.h"

struct apply_fixture {
    struct fixture f;
    char log_dir[64];
    struct log_maker log;
    size_t written; /* marks that are in the store */
    struct store *store;
    struct cancel *cancel;
    struct apply_options options;
    struct apply_status status;
    uint64_t seq;
};

static inline void apply_fixture_init_on(struct apply_fixture *a, enum flavour flavour,
                                         struct files *files)
{
    struct store_options options = { .dir = a->log_dir, .files = files };
    memset(a, 0, sizeof *a);
    dir_make(a->log_dir);
    fixture_init(&a->f, flavour, true);
    if (!fixture_ddl(&a->f, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))"))
        fail_msg("%s", a->f.err.text);
    log_maker_init(&a->log, flavour, NULL);
    a->cancel = cancel_new();
    if (!store_open(&options, &a->store, &a->f.err) ||
        !store_start_file(a->store, "b.000001", &a->f.err))
        fail_msg("%s", a->f.err.text);
    /* the table above was made by hand: the log begins after it */
    struct position start = { .file = "b.000001", .offset = BINLOG_MAGIC_SIZE };
    fixture_begin(&a->f);
    if (!a->f.engine->ops->commit(a->f.engine, &start, &a->f.err))
        fail_msg("%s", a->f.err.text);
}

static inline void apply_fixture_init(struct apply_fixture *a, enum flavour flavour)
{
    apply_fixture_init_on(a, flavour, NULL);
}

static inline void apply_fixture_clear(struct apply_fixture *a)
{
    apply_status_clear(&a->status);
    fixture_clear(&a->f);
    store_free(a->store);
    cancel_free(a->cancel);
    log_maker_clear(&a->log);
    dir_remove(a->log_dir);
}

/* ---- making transactions ---- */

static inline void log_gtid(struct apply_fixture *a, bool standalone)
{
    struct gtid_event event = { .gtid = log_maker_gtid(a->log.flavour, ++a->seq) };
    struct buf body;
    if (a->log.flavour == FLAVOUR_MARIADB)
        event.flags = standalone ? MARIADB_GTID_STANDALONE : MARIADB_GTID_TRANSACTIONAL;
    buf_init(&body, 4096);
    uint8_t type = gtid_event_encode(&event, &body);
    log_maker_event(&a->log, type, buf_bytes(&body));
    buf_clear(&body);
}

static inline void log_begin(struct apply_fixture *a)
{
    log_gtid(a, false);
    if (a->log.flavour == FLAVOUR_MYSQL)
        log_maker_query(&a->log, "BEGIN", 0);
}

static inline void log_end(struct apply_fixture *a)
{
    struct gtid gtid = log_maker_gtid(a->log.flavour, a->seq);
    log_maker_event(&a->log, EVENT_XID, bytes_of(&a->seq, sizeof a->seq));
    log_maker_mark(&a->log, &gtid);
}

static inline void log_ddl(struct apply_fixture *a, const char *text)
{
    struct gtid gtid = log_maker_gtid(a->log.flavour, a->seq + 1);
    char qualified[1000];
    log_gtid(a, true);
    snprintf(qualified, sizeof qualified, "%s", text);
    log_maker_query(&a->log, qualified, 0);
    log_maker_mark(&a->log, &gtid);
}

/* id INT NOT NULL, v VARCHAR(20): 80 bytes in utf8mb4 */
static inline void log_table_map(struct apply_fixture *a, uint64_t id, const char *table)
{
    struct buf body;
    buf_init(&body, 4096);
    buf_le(&body, id, 6);
    buf_le(&body, 1, 2);
    buf_u8(&body, 4);
    buf_append(&body, "shop", 5);
    buf_u8(&body, (uint8_t)strlen(table));
    buf_append(&body, table, strlen(table) + 1);
    buf_append(&body, (uint8_t[]){ 2, COLUMN_LONG, COLUMN_VARCHAR, 2, 80, 0, 2 }, 7);
    log_maker_event(&a->log, EVENT_TABLE_MAP, buf_bytes(&body));
    buf_clear(&body);
}

static inline void put_row(struct buf *body, int id, const char *v)
{
    buf_u8(body, v == NULL ? 2 : 0);
    buf_le(body, (uint32_t)id, 4);
    if (v == NULL)
        return;
    buf_u8(body, (uint8_t)strlen(v));
    buf_str(body, v);
}

/* One row: before (not for inserts), after (not for deletes). */
static inline void log_row(struct apply_fixture *a, uint64_t table, enum rows_kind kind,
                           const struct value *before, const struct value *after)
{
    static const uint8_t v1[] = { EVENT_WRITE_ROWS_V1, EVENT_UPDATE_ROWS_V1, EVENT_DELETE_ROWS_V1 };
    static const uint8_t v2[] = { EVENT_WRITE_ROWS, EVENT_UPDATE_ROWS, EVENT_DELETE_ROWS };
    const struct value *images[] = { before, after };
    bool is_mysql = a->log.flavour == FLAVOUR_MYSQL;
    struct buf body;
    buf_init(&body, 4096);
    buf_le(&body, table, 6);
    buf_le(&body, ROWS_STATEMENT_END, 2);
    if (is_mysql)
        buf_le(&body, 2, 2);
    buf_u8(&body, 2);
    for (unsigned i = 0; i < 2; i++)
        if (images[i] != NULL)
            buf_u8(&body, 3);
    for (unsigned i = 0; i < 2; i++) {
        char text[32];
        if (images[i] == NULL)
            continue;
        bool is_null = images[i][1].kind == VALUE_NULL;
        if (!is_null)
            snprintf(text, sizeof text, "%.*s", (int)images[i][1].bytes.len,
                     (const char *)images[i][1].bytes.data);
        put_row(&body, (int)images[i][0].i, is_null ? NULL : text);
    }
    log_maker_event(&a->log, is_mysql ? v2[kind] : v1[kind], buf_bytes(&body));
    buf_clear(&body);
}

static inline void log_insert(struct apply_fixture *a, uint64_t table, int id, const char *v)
{
    log_row(a, table, ROWS_WRITE, NULL, ROW(v_int(id), v_text(v)));
}

static inline void log_update(struct apply_fixture *a, uint64_t table, int id, int new_id,
                              const char *v, const char *new_v)
{
    log_row(a, table, ROWS_UPDATE, ROW(v_int(id), v_text(v)), ROW(v_int(new_id), v_text(new_v)));
}

static inline void log_delete(struct apply_fixture *a, uint64_t table, int id, const char *v)
{
    log_row(a, table, ROWS_DELETE, ROW(v_int(id), v_text(v)), NULL);
}

/* A whole transaction with one insert into t. */
static inline void log_one_insert(struct apply_fixture *a, int id, const char *v)
{
    log_begin(a);
    log_table_map(a, 1, "t");
    log_insert(a, 1, id, v);
    log_end(a);
}

/* Puts the events that were logged from offset `from` on into one payload event. */
static inline void log_pack(struct apply_fixture *a, size_t from,
                            enum payload_compression compression)
{
    struct buf events, body;
    struct err err;
    buf_init(&events, 64 << 20);
    buf_init(&body, 64 << 20);
    for (size_t at = from; at < a->log.bytes.len;) {
        struct event_header header;
        struct bytes rest = bytes_of(a->log.bytes.data + at, a->log.bytes.len - at);
        if (!event_header_decode(rest, &header, &err))
            fail_msg("%s", err.text);
        at += header.size;
        size_t len = header.size - EVENT_HEADER_SIZE - EVENT_CHECKSUM_SIZE;
        header.end_pos = 0;
        event_append(&events, &header, bytes_of(rest.data + EVENT_HEADER_SIZE, len), CHECKSUM_NONE);
    }
    a->log.bytes.len = from;
    payload_body(&body, compression, buf_bytes(&events));
    log_maker_event(&a->log, EVENT_TRANSACTION_PAYLOAD, buf_bytes(&body));
    buf_clear(&events);
    buf_clear(&body);
}

/* ---- running ---- */

struct stop_at {
    struct store *store;
    struct cancel *cancel;
};

static inline void stop_at_end(const struct position *position, void *arg)
{
    struct stop_at *stop = arg;
    struct log_pos at = { .offset = position->offset };
    if (store_find_file(stop->store, position->file, &at.file) &&
        log_pos_compare(at, store_durable_end(stop->store)) >= 0)
        cancel_fire(stop->cancel);
}

/* Applies all that was made so far. */
static inline bool apply_all(struct apply_fixture *a)
{
    struct stop_at stop = { a->store, a->cancel };
    a->options.store = a->store;
    a->options.engine = a->f.engine;
    a->options.cancel = a->cancel;
    a->options.on_commit = stop_at_end;
    a->options.on_commit_arg = &stop;
    if (!log_maker_write(&a->log, a->store, a->written, a->log.mark_count, 0, &a->f.err) ||
        !store_sync(a->store, &a->f.err))
        fail_msg("%s", a->f.err.text);
    a->written = a->log.mark_count;
    AUTO(apply) apply = apply_new(&a->options);
    bool done = apply_run(apply, &a->f.err);
    apply_status(apply, &a->status);
    cancel_free(a->cancel);
    a->cancel = cancel_new();
    return done;
}

#define ROWS_OF_T "SELECT * FROM \"shop.t\" ORDER BY id"
