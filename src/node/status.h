/* status.h - how a node is: facts from its stages, judged, and written to DATA/status.json.
 *
 * status_judge is pure: the same facts give the same word, lag and reason. The file is what
 * `binlogd status` reads and what a monitoring system may read; its fields are described in
 * docs/operate/status.md. Times are microseconds since 1970 or seconds, as their names say. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#include "apply/apply.h"
#include "base/err.h"
#include "receive/receive.h"

/* What the node is doing, as one word. */
enum node_phase {
    PHASE_STARTING,
    PHASE_COPYING, /* the first copy */
    PHASE_CATCHING_UP,
    PHASE_FOLLOWING, /* everything received is applied (a relay: stored) */
    PHASE_PRIMARY,   /* no source: it takes writes */
    PHASE_WAITING,   /* the source cannot be reached; what is here is applied */
    PHASE_PAUSED,    /* a part was stopped, over the port or by a failure; the node goes on */
    PHASE_STOPPED,
};
const char *node_phase_name(enum node_phase phase);

struct copy_facts {
    bool running;
    const char *phase; /* "connecting", "locking", "copying", "finishing" */
    uint64_t rows_done;
    uint64_t rows_estimated;
    double rows_per_s;
    int64_t eta_s; /* -1: not known */
    unsigned tables_done;
    unsigned table_count;
};

struct apply_facts {
    bool wanted; /* the node has an engine */
    bool running;
    char file[LOG_NAME_MAX + 1]; /* the engine's position in the log here */
    uint64_t offset;
    char *gtids; /* text; borrowed; NULL: none */
    uint64_t gtid_count;
    uint64_t transactions; /* since the start of this process */
    uint64_t rows;
    uint32_t last_timestamp; /* source's clock, of the last applied transaction; 0: none yet */
    bool repairing;          /* inside the range that a resumed copy left */
    struct apply_prepared prepared; /* XA transactions */
    const char *state;              /* one word of the stage itself; "" when not running */
    const char *error;              /* why it stopped while the node goes on; "" */
    unsigned delay_s;               /* a transaction is applied when it is so old */
    uint64_t delayed_commit_us;     /* of the one that is too young; 0: none */
};

struct node_facts {
    const char *version;
    const char *engine;  /* "sqlite", "none" */
    const char *address; /* "db1:3306" */
    uint64_t now_us;     /* wall clock */
    uint64_t now_ms;     /* monotonic */
    uint64_t started_us;
    uint32_t server_id;
    const char *server_uuid;
    bool stopping;
    bool is_primary;
    const char *error; /* why the node stopped; "" */
    struct receive_status receive;
    struct copy_facts copy;
    struct apply_facts apply;
    char durable_file[LOG_NAME_MAX + 1];
    uint64_t durable_offset;
    uint64_t log_size_bytes;
    char oldest_file[LOG_NAME_MAX + 1];
    const char *listen;       /* the port's address as it was asked for; NULL: none */
    unsigned connections;     /* clients and replicas logged in to it */
    unsigned replicas;        /* of them follow the log */
    unsigned acks_wanted;     /* a primary: replicas that a commit waits for */
    uint64_t acks_waiting_ms; /* how long one waits by now; 0: none does */
    bool receive_is_stopped;  /* while the node goes on */
    bool apply_is_stopped;
    bool behind; /* the log's durable end is past the engine's position */
};

struct node_verdict {
    enum node_phase phase;
    bool lag_known;
    double lag_s;
    bool lag_transactions_known;
    uint64_t lag_transactions;
    const char *reason; /* a sentence: why it lags or waits */
};
void status_judge(const struct node_facts *facts, struct node_verdict *verdict);

/* The line for a person: "following: at binlog.000003:4711 0-1-100, lag 0.0 s, 1200 trx/s". */
void status_line(const struct node_facts *facts, double transactions_per_s, char *line,
                 size_t size);
bool status_write(const char *data_dir, const struct node_facts *facts, struct err *err) MUST_CHECK;
