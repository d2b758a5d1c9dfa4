/* session.h - the command phase: what a logged-in client asks, answered as the source would answer
 * it, from this node's own log and state.
 *
 * One struct session per connection; all of them belong to the listener's loop thread and none of
 * their functions blocks. Statements are rows of statements.def, system variables of variables.def.
 * What is not known is refused with the error a server gives (1235, 1193) and a line in the log: an
 * invented answer would mislead a replica.
 *
 * A relay looks like its source: version, GTIDs, GTID mode, checksum and log files are the
 * source's. Its server_id and server_uuid are its own, since a replica and its source must differ
 * in them, and since chains of nodes find loops by them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid.h"
#include "engine/query.h"
#include "net/listener.h"
#include "session/settings.h"
#include "store/store.h"
#include "topology/topology.h"
#include "wire/replica_request.h"

enum { SESSION_NAME_MAX = 255, SESSION_VERSION_MAX = 63 };

/* What does not change while the node runs. */
struct session_node {
    uint32_t server_id;
    const char *server_uuid;
    const char *program; /* "binlogd 0.1.0" */
    const char *data_dir;
    const char *log_dir;
    const char *host_name;
    uint16_t port;
    uint64_t started_ms; /* monotonic */
    uint64_t send_timeout_s;
    const char *wild_do_table; /* as Replicate_Wild_Do_Table shows what is kept; "" */
    const char *wild_ignore_table;
};

enum session_running { SESSION_NO, SESSION_CONNECTING, SESSION_YES };

/* Who may not write, at a node that is, or may become, a primary. */
enum session_read_only { SESSION_WRITABLE, SESSION_READ_ONLY, SESSION_SUPER_READ_ONLY };

/* START ... UNTIL. */
enum session_until_kind {
    SESSION_UNTIL_NOTHING,
    SESSION_UNTIL_PLACE,    /* SOURCE_LOG_FILE and SOURCE_LOG_POS */
    SESSION_UNTIL_BEFORE,   /* SQL_BEFORE_GTIDS */
    SESSION_UNTIL_AFTER,    /* SQL_AFTER_GTIDS */
    SESSION_UNTIL_POSITION, /* MASTER_GTID_POS: MariaDB's word for AFTER */
};

/* What is followed, and how far: a copy. */
struct session_source {
    enum flavour flavour;
    enum session_read_only read_only; /* as it was set; a replica's rows are its source's anyway */
    bool is_primary; /* nothing is followed: of what is below, only version means something */
    char version[SESSION_VERSION_MAX + 1]; /* "" before anything is known of the source */
    char system_time_zone[SESSION_NAME_MAX + 1];
    bool has_gtids; /* MySQL's gtid_mode is ON */
    char binlog_format[SESSION_VERSION_MAX + 1];
    uint32_t domain_id; /* MariaDB's gtid_domain_id */
    char host[SESSION_NAME_MAX + 1];
    uint16_t port;
    char user[SESSION_NAME_MAX + 1];
    bool uses_tls;
    bool verifies_tls;
    char ssl_ca[SESSION_NAME_MAX + 1]; /* "" where it is not set, as all of these */
    char ssl_capath[SESSION_NAME_MAX + 1];
    char ssl_cert[SESSION_NAME_MAX + 1];
    char ssl_cipher[SESSION_NAME_MAX + 1];
    char ssl_key[SESSION_NAME_MAX + 1];
    char tls_version[SESSION_NAME_MAX + 1];
    char public_key_path[SESSION_NAME_MAX + 1];
    bool gets_public_key;
    unsigned retry_s; /* the longest pause between attempts */
    unsigned heartbeat_ms;
    unsigned delay_s;                    /* SOURCE_DELAY */
    bool is_delaying;                    /* the next transaction is too young, */
    uint64_t remaining_delay_s;          /* by so much */
    uint32_t server_id;                  /* 0: it was not reached yet */
    char identity[SESSION_NAME_MAX + 1]; /* its server_uuid, or id@host:port */
    const char *state;                   /* one sentence */
    enum session_running receiving;
    enum session_running applying;
    char read_file[LOG_NAME_MAX + 1]; /* received up to */
    uint64_t read_offset;
    char applied_file[LOG_NAME_MAX + 1];
    uint64_t applied_offset;
    bool lag_is_known;
    uint64_t lag_s;
    uint32_t received_time; /* the source's clock at the last event that came; 0: none yet */
    uint32_t applied_time;  /* and at the last transaction that was applied */
    char receive_error[512];
    char apply_error[512];
    const char *apply_state; /* one word or sentence */
    enum session_until_kind until;
    char until_file[LOG_NAME_MAX + 1];
    uint64_t until_offset;
    char *applied_gtids; /* the engine's; NULL: what is in the log is what there is; to free */
};

/* PURGE BINARY LOGS. */
struct session_purge {
    const char *to_file; /* up to, not with; NULL: */
    uint64_t before_s;   /* files whose last event is older than that */
    unsigned dropped;    /* out */
    char held[256];      /* out: who still needs a file that should go, or "" */
};

/* START, STOP, CHANGE, RESET ALL of replication: what is asked of the node. */
enum session_action { SESSION_START, SESSION_STOP, SESSION_CHANGE, SESSION_RESET };
enum { SESSION_RECEIVE = 1, SESSION_APPLY = 2, SESSION_ALL_PARTS = 3 };
enum session_change {
#define CHANGE(item, word, kind, least, most) SESSION_CHANGE_##item,
#include "session/change_options.def"
#undef CHANGE
    SESSION_CHANGES
};
struct session_until {
    enum session_until_kind kind;
    const char *text; /* the file, or the GTIDs; the statement's */
    uint64_t offset;
};
struct session_control {
    enum session_action action;
    unsigned parts;                    /* of START and STOP */
    struct session_until until;        /* of START */
    bool given[SESSION_CHANGES];       /* of CHANGE: the others stay as they are */
    const char *text[SESSION_CHANGES]; /* TEXT; the statement's */
    uint64_t number[SESSION_CHANGES];  /* NUMBER; SECONDS in milliseconds */
};

/* What is asked of who answers SQL on the rows. */
enum session_run_kind {
    SESSION_RUN_STATEMENT,
    SESSION_RUN_PREPARE, /* what has it, how many parameters? the answer to COM_STMT_PREPARE */
    SESSION_RUN_EXECUTE, /* a statement with its parameters; rows are binary */
    SESSION_RUN_USE,
    SESSION_RUN_AUTOCOMMIT,
    SESSION_RUN_FENCE, /* SET GLOBAL read_only */
    SESSION_RUN_RESET,
    SESSION_RUN_LOGIN, /* as a new session, in the database `text` if that is not empty */
    SESSION_RUN_FIELDS,
    SESSION_RUN_FETCH
};
struct session_run {
    enum session_run_kind kind;
    struct bytes text;              /* the statement; a database's name */
    const struct charset *charset;  /* of the text */
    const struct charset *results;  /* that texts in rows are wanted in; NULL: UTF-8 */
    uint32_t statement_id;          /* of PREPARE */
    uint32_t cursor;                /* of EXECUTE: its rows are to be fetched; 0: they are sent */
    uint32_t row_count;             /* of FETCH */
    struct bytes changes;           /* for the OK, if it is one */
    bool tells_gtids;               /* and the transaction's own */
    const struct value *parameters; /* of EXECUTE; until session_done */
    unsigned lock_wait_s;
    uint64_t time_limit_us; /* 0: none */
    bool limits_writes;
    enum isolation isolation; /* of a transaction that begins now */
    bool is_read_only;
    bool is_on;
    enum session_read_only read_only; /* of FENCE */
    bool has_more;                    /* statements that came with it */
};

/* POSITION: MariaDB's, the last GTID of each domain. */
enum session_gtids { GTIDS_EXECUTED, GTIDS_PURGED, GTIDS_POSITION };

/* How what was run ended. */
struct session_result {
    bool ok;
    unsigned parameter_count; /* of PREPARE */
};

struct session;
struct gtid_set;

/* Statements that came, in all and by their first word (counts.def). */
enum session_count {
#define COUNT(word, name) SESSION_COUNT_##word,
#include "session/counts.def"
#undef COUNT
    SESSION_COUNTS
};
struct session_counts {
    uint64_t questions;
    uint64_t kinds[SESSION_COUNTS];
};

/* What the node does for its sessions; functions may be NULL where nothing stands behind them. */
struct session_host {
    const struct session_node *node;
    struct session_counts *counts; /* of all sessions; NULL: not kept */
    struct store *store;
    struct listener *listener;
    struct topology *topology;
    struct session *(*session_of)(struct peer *peer);
    void (*describe)(struct session_source *out, void *arg);
    /* The GTIDs that the log holds and came before it, as text of the source's flavour. */
    bool (*gtids)(enum session_gtids which, struct buf *out, struct err *err, void *arg);
    /* MariaDB's BINLOG_GTID_POS: where GTIDs stand at a place of the log. */
    bool (*gtid_position)(const char *file, uint64_t offset, struct buf *out, struct err *err,
                          void *arg);
    bool (*purge)(struct session_purge *purge, struct err *err, void *arg);
    /* Takes it, for session_answer later, or says why not: err's server_errno, 0: 1235. */
    bool (*control)(struct peer *peer, const struct session_control *control, struct err *err,
                    void *arg);
    /* Takes the set; when it is done here or the time is over (UINT64_MAX: never) session_waited
     * follows. */
    void (*wait_for_gtids)(struct peer *peer, struct gtid_set *wanted, uint64_t timeout_ms,
                           void *arg);
    /* SQL on the rows: the answer is given elsewhere, session_done follows. NULL: there are no
     * rows. */
    void (*run)(struct peer *peer, const struct session_run *run, void *arg);
    /* Of that prepared statement; 0: all. */
    void (*close_cursor)(struct peer *peer, uint32_t statement_id, void *arg);
    void (*interrupt)(struct peer *peer, void *arg); /* KILL QUERY of what `run` was given */
    void (*on_register)(struct peer *peer, const struct replica_request *request, void *arg);
    /* Starts the stream: nothing but peer's output is the session's until the peer closes. */
    void (*on_dump)(struct peer *peer, const struct replica_request *request, void *arg);
    void *arg;
};

/* settings: its own, of who runs its SQL; they are the session's while nothing runs. */
struct session *session_new(const struct session_host *host, struct peer *peer,
                            struct query_session *settings);
void session_free(struct session *session); /* NULL is allowed */
/* The answer to a login, and to a change of user: OK, or why its database cannot be used. */
void session_log_in(struct session *session);
AUTO_DEFINE(session);
/* One command and its answer. */
void session_command(struct session *session, uint8_t command, struct bytes payload);
/* What `run` was given is answered, and the server's status is of after it. True: it goes on with
 * another statement that came with that one, and is to be told again. */
bool session_done(struct session *session, const struct session_result *result);
/* @@name, on the thread that runs its SQL. False: there is none. */
bool session_system_variable(const struct session *session, const char *name, bool is_global,
                             struct value *out, struct arena *arena);
/* The answer to what `control` has taken; err NULL: it is done. True: it goes on with another
 * statement, as session_done. */
bool session_answer(struct session *session, const struct err *err);
/* The end of wait_for_gtids. True: it goes on with another statement, as session_done. */
bool session_waited(struct session *session, bool reached);
void session_end_dump(struct session *session); /* its stream is over; commands may come again */
/* What the client has told so far. */
const struct replica_request *session_request(const struct session *session);
/* For SHOW PROCESSLIST: "Sleep", "Binlog Dump GTID". */
const char *session_doing(const struct session *session);
