/* receive_internal.h - what the files of this stage share: the receiver and its three duties. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include "binlog/stream.h"
#include "net/connection.h"
#include "net/nudge.h"
#include "receive/ask.h"
#include "receive/decide.h"
#include "receive/overlap.h"
#include "receive/receive.h"

/* What a source says of itself before it streams. */
struct source_answers {
    enum flavour flavour;
    char identity[64];
    char version[64];
    char system_time_zone[64];
    char binlog_format[RECEIVE_FORMAT_MAX + 1];
    uint32_t domain_id; /* MariaDB's gtid_domain_id */
    uint32_t server_id;
    enum checksum checksum; /* of what it sends before the first format description */
    bool semi_sync;         /* it speaks it, and was told that we do */
    bool has_gtids;         /* MySQL: gtid_mode is ON; MariaDB: always */
    bool is_known;          /* the server that the store's newest file came from */
    bool holds_our_file;
    uint64_t our_file_size;             /* there; when it holds it and says so */
    char oldest_file[LOG_NAME_MAX + 1]; /* "": not told */
};

struct receive {
    struct receive_options options;
    pthread_mutex_t lock; /* guards status */
    struct receive_status status;
    struct nudge *moved; /* the durable end, or what replicas below have acknowledged */
    struct store_watch watch;
    bool has_streamed;
    uint64_t corrupt_offset; /* a place that failed its checksum once: a second time is final */
    char corrupt_file[LOG_NAME_MAX + 1];
    char fetch_whole[LOG_NAME_MAX + 1]; /* a GTID answer pointed into this file: fetch it from its
                                           first byte; "" */
    char identity[64]; /* of the server that the store's newest file came from; "" = unknown */
};

/* questions.c: the session variables and the checks that come before a dump. */
bool questions_ask(struct receive *receive, struct connection *connection,
                   struct source_answers *answers, struct err *err) MUST_CHECK;
/* questions.c: registers and requests the dump. */
bool questions_request(struct receive *receive, struct connection *connection,
                       struct source_answers *answers, const struct ask *ask,
                       struct err *err) MUST_CHECK;

/* pump.c: appends what the source sends until the connection ends. `fault` says whose it was. */
struct pump_task {
    const struct ask *ask;
    const struct source_answers *answers;
    struct overlap *overlap; /* what is held from ask->offset on; NULL: nothing */
};
void pump_run(struct receive *receive, struct connection *connection, const struct pump_task *task,
              enum receive_fault *fault, struct err *err);

/* receive.c */
bool receive_adopt_source(struct receive *receive, const char *identity,
                          struct err *err) MUST_CHECK;
struct receive_progress {
    const char *file;
    uint64_t offset;
    uint32_t timestamp;
    uint64_t bytes, transactions; /* since the last note */
    uint64_t gtid_count;
};
void receive_note_acknowledged(struct receive *receive);
void receive_note_progress(struct receive *receive, const struct receive_progress *progress);
