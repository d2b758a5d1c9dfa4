/* feed_internal.h - what the files of this stage share: the feed and its duties. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/stream.h"
#include "serve/feed.h"
#include "serve/weave.h"

enum {
    SERVE_BLOCK = 256 << 10,    /* read at once */
    FEED_LOOK_MAX = 16 << 10,   /* of an event, as much as deciding about it may take */
    FEED_FORMAT_MAX = 4 << 10,  /* a format description */
    FEED_MADE_MAX = 16 << 20,   /* what is made up at once; one packet */
    FEED_TURN_BYTES = 16 << 20, /* read, not only sent, before others have their turn */
    FEED_ACK_WINDOW = 64 << 10, /* commits so near to the durable end are worth an answer */
    FEED_NAME_MAX = 400,
};
#define NEVER_MS UINT64_MAX

struct serve {
    struct serve_options options;
    uint8_t *block;
    struct feed *feeds;    /* newest first */
    struct gtid_set *held; /* what the log holds up to held_to */
    struct log_pos held_to;
};

/* What is done with an event, by its type. */
enum action {
    ACTION_PASS, /* verbatim */
    ACTION_DROP,
    ACTION_FORMAT,
    ACTION_FILE, /* verbatim; it stands outside of transactions, at a file's head too */
    ACTION_GTID, /* begins a transaction: sent, skipped or told in older words */
};

/* MariaDB: where the replica stands in a domain that this log knows. */
struct domain_wait {
    struct gtid at;
    bool reached;
};

struct feed {
    struct serve *serve;
    struct feed *next, *previous;
    struct feed_wake wake;
    struct serve_request request; /* its texts and set are these: */
    char *uuid, *host, *file;
    struct gtid_set *gtids;
    uint64_t key;          /* in the topology */
    struct cursor *cursor; /* NULL: refused */
    struct weave weave;
    struct buf made; /* packets made up here, sent before anything else */
    size_t made_taken;
    bool started; /* there was a file to start in */
    bool ending;  /* after what is made nothing comes */
    bool waits;   /* nothing to send; wake it */
    bool in_head; /* before the file's first transaction: the place to start is not reached */
    struct log_pos start; /* where to go on after the head */
    struct format format;
    bool has_format;
    bool strips;            /* checksums are taken away: the replica knows none */
    uint32_t left;          /* of the event at hand that is to be passed on */
    uint32_t beyond;        /* ... and then to be passed over: its checksum, or all of it */
    bool skipping;          /* inside a transaction that it has */
    bool owes_note;         /* something was skipped: tell it where the stream is now */
    struct gtid_set *state; /* MariaDB, while skipping: what lies before the place */
    struct domain_wait *domains;
    size_t domain_count;
    struct gtid_set *until; /* MariaDB: the end that it named; NULL: none */
    struct domain_wait *ends;
    size_t end_count;
    bool is_last;         /* the transaction at hand, or none: the end is behind it */
    struct stream stream; /* semi-sync: where transactions end */
    bool has_passed;      /* semi-sync: it was sent a transaction, and will answer */
    uint64_t said_ms;     /* when anything was sent last */
    uint8_t actions[256];
};

/* An event as far as it is in the block. */
struct feed_event {
    const uint8_t *data;
    size_t have;
    uint32_t size;
    uint8_t type;
    uint16_t flags;
    uint64_t offset; /* where it starts in the file */
    uint64_t limit;
};

/* ---- made.c: events that only a stream has ---- */
void made_rotate(struct feed *feed, const char *file, uint64_t offset);
bool made_format(struct feed *feed, const struct feed_event *event, struct err *err) MUST_CHECK;
void made_heartbeat(struct feed *feed);
enum { GTID_LIST_PLAIN = 0, GTID_LIST_UNTIL_REACHED = 1 << 28 }; /* in the list's count */
void made_gtid_list(struct feed *feed, uint32_t flag);
/* A MariaDB GTID event in the words of a replica that does not know it. */
void made_begin(struct feed *feed, const struct feed_event *event);
void made_end(struct feed *feed);

/* ---- refuse.c ---- */
enum refusal {
#define REFUSAL(name, mysql_code, mariadb_code, mysql, mariadb) REFUSAL_##name,
#include "serve/refusals.def"
#undef REFUSAL
};
/* The feed's last word. detail: what fills the %s. */
void feed_refuse(struct feed *feed, enum refusal refusal, const char *detail);
/* "the first event 'b.000001' at 4711, the last event read from ..." */
const char *refusal_places(const struct feed *feed, char out[1200]);

/* ---- start.c: from the request to the first place, or to a refusal ---- */
void feed_start(struct feed *feed);

/* ---- end.c: the end that a replica named ---- */
void end_prepare(struct feed *feed); /* feed->state: what lies before the place to start */
/* A transaction begins: is it not to be sent? Only where there is such an end. */
bool end_leaves_out(struct feed *feed, const struct gtid *gtid);
void end_come_to(struct feed *feed, const struct gtid *gtid); /* then, once */
/* Between transactions. True: the stream ends here. */
bool end_stream(struct feed *feed);

/* ---- judge.c: what is sent of the log ---- */
void judge_init(struct feed *feed);
enum verdict {
    VERDICT_PASS,
    VERDICT_DROP, /* what was made up, if anything, stands for the event */
    VERDICT_WAIT, /* what was made up goes first: ask again */
    VERDICT_JUMP, /* the file's head is over: go on at feed->start */
    VERDICT_FAILED,
};
enum verdict judge_event(struct feed *feed, const struct feed_event *event, bool *ack_wanted,
                         struct err *err) MUST_CHECK;
/* Tells the replica where the stream stands after what was skipped, if it was not told yet. */
bool judge_note(struct feed *feed);

/* ---- serve.c ---- */
bool serve_held(struct serve *serve, const struct gtid_set **held, struct err *err) MUST_CHECK;
