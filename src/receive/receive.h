/* receive.h - follows a source: its log, as it is sent, into the store.
 *
 * receive_run is a thread's whole life: connect, ask, request the log from where the store ends,
 * append, and again after a backoff when the connection breaks. It returns when it was cancelled
 * (true) or when going on would be wrong (false): a purged position, a diverged or unsuitable
 * source, a store that failed, and, until the first stream has begun, anything that a person must
 * set right (password, privilege, host).
 *
 * Where to start. The store's end is a file and an offset of the source's: the same server is asked
 * for exactly that. Another server (its uuid or server id differs) is asked by GTID which of its
 * files comes next, and that file is then fetched from its first byte, so that every stored file is
 * whole. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"
#include "net/cancel.h"
#include "net/source_address.h"
#include "store/store.h"

enum receive_state {
#define STATE(name, word, next, sentence) RECEIVE_##name,
#include "receive/states.def"
#undef STATE
};
const char *receive_state_name(enum receive_state state);
const char *receive_state_sentence(enum receive_state state);

/* Who is asked to be the source. */
struct receive_peer {
    enum flavour flavour;
    const char *identity; /* MySQL: its uuid */
    uint32_t server_id;
};

struct receive_options {
    const struct source_address *address;
    struct store *store;
    struct cancel *cancel;
    uint32_t server_id;
    const char *server_uuid; /* ours, 36 characters: MySQL sources want one */
    const char *report_host; /* "" */
    uint16_t report_port;
    bool rows_only; /* refuse a source that logs changes as statements */
    char first_file[LOG_NAME_MAX +
                    1];       /* where an empty store starts; "" = the source's oldest file */
    char source_identity[64]; /* of the server the store was filled from ("uuid" or "server_id:N");
                                 "" = unknown */
    bool semi_sync;           /* acknowledge to a source that can wait for it */
    unsigned ack_after; /* ... only what so many replicas below have acknowledged; 0: at once */
    /* The place that k replicas below have; with ack_after. Tell changes by receive_look_again. */
    struct log_pos (*acked_below)(unsigned k, void *arg);
    unsigned heartbeat_ms;   /* asked of the source; three missed ones break the connection */
    unsigned backoff_max_ms; /* the first wait is 100 ms, each next one twice as long */
    /* The source is another one than source_identity, or is met for the first time: keep its name,
     * durably. On the first meeting it comes before the log's first file; an error ends receiving.
     */
    bool (*on_source)(const char *identity, struct err *err, void *arg);
    /* That server follows this node: it is asked again until it does not. NULL: nobody does. */
    bool (*is_replica)(const struct receive_peer *source, void *arg);
    /* What the source says of its system's time zone, before its log is read. */
    void (*on_time_zone)(const char *name, void *arg);
    void *arg;
};

enum { RECEIVE_FORMAT_MAX = 31 };
struct receive_status {
    enum receive_state state;
    char source_identity[64];
    char server_version[64]; /* "" until the source has answered once */
    enum flavour flavour;    /* of that */
    uint32_t server_id;      /* the source's; 0: not asked yet */
    char binlog_format[RECEIVE_FORMAT_MAX + 1];
    uint32_t domain_id;          /* MariaDB's gtid_domain_id */
    bool has_gtids;              /* MySQL's gtid_mode is ON; MariaDB: always */
    char file[LOG_NAME_MAX + 1]; /* the source's: where the receiver reads */
    uint64_t offset;
    uint64_t bytes; /* received since the start */
    uint64_t transactions;
    uint64_t
        gtid_count; /* transactions that the store's GTID set counts; 0: a source without GTIDs */
    uint64_t connects;
    bool semi_sync;            /* the source was told that this connection acknowledges */
    uint64_t acknowledgements; /* sent to the source */
    uint64_t last_event_ms;    /* monotonic: when anything, heartbeats too, last arrived */
    uint32_t last_timestamp;   /* source's clock, of the last event stored */
    char error[512];           /* the last failure since the log streamed; "" */
};

struct receive;
struct receive *receive_new(const struct receive_options *options);
void receive_free(struct receive *receive); /* NULL is allowed */
AUTO_DEFINE(receive);
bool receive_run(struct receive *receive, struct err *err) MUST_CHECK;
void receive_look_again(struct receive *receive); /* any thread: acked_below may have moved */
void receive_status(struct receive *receive, struct receive_status *out); /* any thread */
