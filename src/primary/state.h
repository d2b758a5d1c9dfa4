/* state.h - what the files of this stage share. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "binlog/gtid_event.h"
#include "binlog/query.h"
#include "binlog/table_map.h"
#include "primary/cache.h"
#include "primary/primary.h"
#include "primary/write_keys.h"
#include "primary/write_set.h"

/* A table as the log names it, until the schema changes. */
struct logged_table {
    struct logged_table *next;
    const struct engine_table *table;
    struct table_map map; /* in the primary's table_arena */
    struct write_keys keys;
};

/* The transaction at hand: events without end position and checksum. */
struct transaction {
    struct cache events;
    struct buf body;            /* of the event being made */
    struct logged_table *table; /* of the group at the end of events; NULL: none is open */
    uint64_t rows_at;           /* where the group's last rows event begins; 0: none yet */
    enum change rows_kind;      /* what that event holds */
    uint64_t head;              /* bytes at its start that change nothing */
    uint32_t timestamp;
};

struct log_form;

struct primary {
    struct primary_options options;
    const struct log_form *form;
    struct transaction transaction;
    bool is_open; /* a transaction */
    unsigned
        logged; /* transactions in the engine's open one, and in the log: primary_flush is due */
    bool has_failed;
    struct arena table_arena;
    struct logged_table *tables;
    uint64_t next_table_id;
    struct gtid gtid;         /* the last one given */
    struct position position; /* the engine's */
    int64_t sequence_number;  /* in the newest file */
    int64_t group_start;      /* of those with the newest commit id, the first one's; 0: none */
    uint64_t commit_id;
    struct write_set writes; /* of the transaction at hand, and of those before it in that file */
    struct buf out;          /* an event on its way into the store */
};

/* ---- table.c ---- */
/* NULL: err is set. */
struct logged_table *logged_table_get(struct primary *primary, const struct engine_table *table,
                                      const struct table_def *def, struct err *err);
void logged_tables_forget(struct primary *primary);

/* ---- transaction.c ---- */
bool transaction_init(struct transaction *transaction, const struct cache_options *options,
                      struct err *err) MUST_CHECK;
void transaction_clear(struct transaction *transaction);
void transaction_start(struct transaction *transaction, uint64_t now_us);
void transaction_close_group(struct transaction *transaction);
bool transaction_add_change(struct primary *primary, struct logged_table *table,
                            const struct row_change *change, struct err *err) MUST_CHECK;
/* The body is in transaction->body. */
bool transaction_add(struct primary *primary, uint8_t type, uint16_t flags,
                     struct err *err) MUST_CHECK;

/* ---- logform.c ---- */
/* What servers of one flavour write otherwise than those of the other. */
struct log_form {
    bool has_begin; /* BEGIN behind the GTID of what is no schema change */
    bool rows_are_v1;
    /* The events behind the format description of a file that begins. */
    bool (*put_head)(struct primary *primary, struct err *err);
    /* What is not there yet: GTID and clock are. */
    void (*fill_gtid)(struct primary *primary, bool is_ddl, struct gtid_event *event);
    /* Of its body; rest: of all events with their headers and checksums, but for this body. */
    uint64_t (*gtid_bytes)(bool is_ddl, uint64_t rest);
    void (*fill_schema)(uint64_t xid, struct query_event *query);
};
const struct log_form *log_form_of(enum flavour flavour);

/* ---- logfile.c ---- */
/* The body is in transaction.body. */
bool logfile_put(struct primary *primary, uint8_t type, struct err *err) MUST_CHECK;
/* The head of a new file: format description, and the GTIDs that came before. */
bool logfile_start(struct primary *primary, const char *name, struct err *err) MUST_CHECK;
/* The head of the newest file, or the rest of it: a crash may have come before it was whole. */
bool logfile_finish_head(struct primary *primary, struct err *err) MUST_CHECK;
/* GTID, then what the transaction holds; not durable yet. */
bool logfile_write(struct primary *primary, bool is_ddl, struct err *err) MUST_CHECK;
uint64_t logfile_size(const struct primary *primary,
                      bool is_ddl); /* bytes that logfile_write writes */
/* The next file, after one of another server's, which stays as it is. */
bool logfile_follow_on(struct primary *primary, struct err *err) MUST_CHECK;
bool logfile_rotate(struct primary *primary, struct err *err) MUST_CHECK;
bool logfile_rotate_if_full(struct primary *primary, struct err *err) MUST_CHECK;
