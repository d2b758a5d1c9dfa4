/* node.h - one node: a log, an engine, and at most one source, composed and run. Without a source
 * it is a primary: its log is its own, and its port takes writes.
 *
 * DATA/ holds node.json (who this node is and whom it follows), log/ (the store), data.db (the
 * SQLite engine) and status.json (how it is, rewritten once a second). One process at a time:
 * log/lock. node_run owns the threads receive and apply and returns when the node was stopped
 * (true) or cannot go on (false: the sentence says why and what to do). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "net/source_address.h"
#include "node/filter.h"
#include "store/store.h"

enum node_engine { NODE_ENGINE_SQLITE, NODE_ENGINE_NONE };
/* Of the log that a primary writes. KEPT: that of its data; MySQL's while there is none. */
enum node_flavour { NODE_FLAVOUR_KEPT, NODE_FLAVOUR_MYSQL, NODE_FLAVOUR_MARIADB };

struct node_options {
    const char *data_dir;
    const struct source_address *source; /* NULL: none, a primary */
    uint32_t server_id;                  /* 0: chosen once at random and kept in node.json */
    enum node_engine engine;
    enum node_flavour flavour;
    const char *first_file; /* where a relay's empty log starts; NULL: the source's oldest file */
    const struct filter *filter; /* which tables are replicated; NULL: all */
    const char *report_host;     /* shown in the source's list of replicas; "" */
    uint16_t report_port;
    unsigned copy_connections;
    unsigned copy_chunk_rows;
    uint64_t copy_max_bytes_per_s; /* 0: no limit */
    uint64_t page_cache_bytes;
    uint64_t binlog_cache_bytes; /* of a transaction of its own */
    uint64_t binlog_cache_bytes_max;
    uint64_t batch_bytes; /* of changes gathered for one commit when lagging */
    unsigned batch_transactions;
    struct purge_limits keep_log;
    unsigned sync_after_us;
    bool semi_sync;
    unsigned ack_after; /* 0: what is synced here is acknowledged */
    unsigned heartbeat_ms;
    unsigned backoff_max_ms;
    const char *listen; /* "127.0.0.1:3307"; NULL: no port */
    const char *listen_cert;
    const char *listen_key;
    bool allow_plaintext;
    unsigned max_connections;
    uint64_t send_timeout_ms;
    /* Called about once a second on node_run's thread with one line for a person; NULL: no such
     * line. */
    void (*on_line)(const char *line, void *arg);
    void *on_line_arg;
};

struct node;
bool node_open(const struct node_options *options, struct node **out, struct err *err) MUST_CHECK;
void node_free(struct node *node); /* NULL is allowed */
AUTO_DEFINE(node);
bool node_run(struct node *node, struct err *err) MUST_CHECK;
void node_reload(struct node *node); /* any thread, and signal handlers: the port's certificate */
void node_stop(struct node *node);   /* any thread, and signal handlers: node_run returns soon */
