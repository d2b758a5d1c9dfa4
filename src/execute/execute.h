/* execute.h - SQL of clients on the rows of this node, away from the port's loop.
 *
 *   loop thread   execution_start ──> queue ──> a reader's thread, or the writer's
 *                 executor_next   <── ready <── packets, ready to be sent
 *                 execution_go_on: they are on their way, make more (or: the answer is through)
 *
 * One struct execution per client: its transaction, its settings (query_session) and one statement
 * at a time. It belongs to the loop thread from executor_next to execution_start or _go_on, and to
 * a worker in between.
 *
 * Promises. (1) Nothing here blocks the loop thread, or takes it longer than a moment. (2) One
 * transaction writes at a time; who else wants to write waits, at most lock_wait_s (1205). (3) A
 * client that leaves is rolled back, however far it was. (4) An answer of any size takes
 * EXECUTE_CHUNK bytes, or one row: no further row is read before the client has taken what is
 * there. (5) What writes goes through struct execute_writer, and is acknowledged when that has made
 * it safe: one flush for all that is ready by then. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/query.h"
#include "wire/account.h"
#include "wire/result_row.h"

enum {
    EXECUTE_CHUNK = 128 * 1024, /* bytes of an answer that are made at a time */
    EXECUTE_ROW_MAX = 48 << 20, /* bytes of a row in an answer */
    EXECUTE_SAVEPOINTS_MAX = 1000,
    EXECUTE_READERS_MAX =
        128, /* connections: results and read transactions that are open at once */
    EXECUTE_NAME_MAX = 255,
};

/* A schema change, as the log is to have it. */
struct execute_schema_change {
    struct bytes text; /* UTF-8 */
    const struct ddl *ddl;
    const char *db;
    const char *time_zone;
    uint64_t sql_mode;
    uint64_t now_us;
    uint32_t thread_id;
    bool ignores_foreign_keys; /* foreign_key_checks = 0 */
};

/* What makes the rows writable: log first. One thread at a time calls: the writer's, or the loop's
 * for the transaction that has it. The meaning is primary.h's.
 */
struct execute_writer {
    enum flavour flavour; /* of the log, and so of schema changes */
    bool (*begin)(void *arg, struct err *err);
    void (*end_statement)(void *arg);
    uint64_t (*mark)(void *arg);
    void (*go_back)(void *arg, uint64_t mark);
    /* The transaction is over; it is safe, and seen, when `flush` has returned true. */
    bool (*log)(void *arg, struct gtid *out, struct err *err);
    bool (*flush)(void *arg, struct err *err);
    void (*rollback)(void *arg);
    bool (*change_schema)(void *arg, const struct execute_schema_change *change, struct gtid *out,
                          struct err *err);
    bool (*rotate)(void *arg, struct err *err); /* flushes; the log's next file begins */
    bool (*has_failed)(void *arg);
    /* Between transactions, often. */
    bool (*rest)(void *arg, bool is_idle, struct err *err);
    void *arg;
};

struct executor_options {
    struct engine *engine; /* its thread is the writer's, where there is one */
    const struct execute_writer
        *writer;                 /* NULL: only the source changes these rows (1290), so far */
    unsigned readers;            /* threads; 0: 2 */
    void (*on_ready)(void *arg); /* any thread: executor_next has something */
    /* The writer's thread: nothing can be written any more. */
    void (*on_failure)(const struct err *err, void *arg);
    void *arg;
};

struct executor;
struct executor *executor_new(const struct executor_options *options);
bool executor_start(struct executor *executor, struct err *err) MUST_CHECK; /* its threads */
/* From now on rows are written here: they had no writer until now. Any thread; once. */
bool executor_allow_writes(struct executor *executor, const struct execute_writer *writer,
                           struct err *err) MUST_CHECK;
/* The way back: nobody begins to write any more. Any one thread. True: nobody writes, and
 * executor_forbid_writes may follow; else ask again, or let them go on with `on` false. */
bool executor_hold_writes(struct executor *executor, bool on);
/* From now on rows have no writer (1290). */
void executor_forbid_writes(struct executor *executor);
/* read_only, and super_read_only: EXECUTE_FENCE sets it. */
enum execute_read_only {
    EXECUTE_WRITABLE,
    EXECUTE_READ_ONLY, /* but for the role admin */
    EXECUTE_SUPER_READ_ONLY
};
enum execute_read_only executor_read_only(const struct executor *executor); /* any thread */
/* Ends them; whoever has left is gone then. After the loop thread has ended. */
void executor_stop(struct executor *executor);
void executor_free(struct executor *executor); /* NULL is allowed */
AUTO_DEFINE(executor);
void executor_tick(
    struct executor *executor); /* any thread, about once a second: who waits too long? */

/* ---- the loop thread ---- */

struct execute_client {
    uint64_t id;
    const char *user; /* copied, as all of these */
    const char *host;
    const char *version; /* VERSION() */
    enum account_role role;
    const char *databases; /* that the role holds for, as account.h has them; NULL: all */
    void *tag;             /* execution_tag */
};
/* Begins without a database: EXECUTE_LOGIN. */
struct execution *execution_new(struct executor *executor, const struct execute_client *client);
/* The same connection, another user and role (id, version and tag stay): EXECUTE_LOGIN is next. */
void execution_become(struct execution *execution, const struct execute_client *client);
void *execution_tag(const struct execution *execution);
/* Its settings, while it is the loop thread's. */
struct query_session *execution_session(struct execution *execution);
bool execution_is_idle(const struct execution *execution); /* no statement is at work */
/* Of that statement; 0: all. While it is idle. */
void execution_close_cursor(struct execution *execution, uint32_t statement_id);
bool execution_autocommits(const struct execution *execution);
void execution_cancel(struct execution *execution); /* KILL QUERY: 1317, soon */
/* It has a transaction open that writes, or has locked tables. */
bool execution_holds_writer(const struct execution *execution);
/* Others wait for its transaction, and it for its client's next statement. NULL: nobody. */
struct execution *executor_awaited(struct executor *executor);
/* The client is gone: rolls back. executor_next gives it once more, to be freed. */
void execution_leave(struct execution *execution);
void execution_free(struct execution *execution);

/* A row as a packet's payload: result_row_text of COM_QUERY, result_row_binary. */
typedef bool execute_encode_row(const struct result_column *columns, const struct value *values,
                                unsigned count, struct buf *out, struct err *err);

enum execute_kind {
    EXECUTE_STATEMENT,
    EXECUTE_PREPARE,    /* the answer is that of COM_STMT_PREPARE */
    EXECUTE_USE,        /* text: a database */
    EXECUTE_AUTOCOMMIT, /* is_on */
    EXECUTE_RESET,      /* as a new session, but for who it is and its database */
    EXECUTE_LOGIN,  /* as a new session in the database `text`, or in none; its OK is no packet */
    EXECUTE_FENCE,  /* read_only: who may write from now on */
    EXECUTE_FETCH,  /* row_count rows of the cursor `cursor` */
    EXECUTE_FIELDS, /* text: a table, NUL, a pattern; the answer is that of COM_FIELD_LIST */
};
/* What a transaction that reads sees, beside its own changes. */
enum execute_isolation {
    EXECUTE_NEWEST, /* each statement the newest commit: READ COMMITTED */
    EXECUTE_STABLE, /* all of them one commit: REPEATABLE READ */
    EXECUTE_SERIAL, /* and nobody else writes meanwhile: SERIALIZABLE */
};
struct execute_request {
    enum execute_kind kind;
    struct bytes text;              /* copied */
    const struct charset *charset;  /* of the text; NULL: UTF-8 */
    const struct charset *results;  /* of texts in rows; NULL: UTF-8 */
    const struct value *parameters; /* of ?; borrowed until the statement is over */
    execute_encode_row *encode_row;
    uint32_t statement_id;  /* of PREPARE */
    uint32_t cursor;        /* a statement's id: its rows are kept for FETCH; 0: they are sent */
    uint32_t row_count;     /* of FETCH */
    uint8_t number;         /* of the answer's first packet */
    unsigned lock_wait_s;   /* for its turn to write, or a connection to read with */
    uint64_t time_limit_us; /* that it may search for rows; 0: no limit */
    bool limits_writes;     /* also of statements that write */
    enum execute_isolation isolation; /* of the transaction it begins */
    bool is_read_only;                /* that one, unless BEGIN says otherwise */
    bool is_on;
    enum execute_read_only read_only; /* of FENCE */
    bool deprecates_eof;
    bool counts_found;    /* affected rows are those found, not those changed */
    bool has_more;        /* another statement follows it */
    bool tells_gtids;     /* the OK tells the GTID of the transaction it ends */
    struct bytes changes; /* of the session, for the OK (tracked.h); copied */
};
/* execution_is_idle; from here on it is a worker's. */
void execution_start(struct execution *execution, const struct execute_request *request);
/* The same; true: it was run here and now, and is as what executor_next gives. What is quick is run
 * so, for waking a thread would take longer; no longer than a moment. */
bool execution_try(struct execution *execution, const struct execute_request *request);

/* Whoever has packets to send, or is gone; NULL: nobody. */
struct execution *executor_next(struct executor *executor);
bool execution_is_gone(const struct execution *execution);
struct execute_output {
    struct bytes packets; /* until execution_go_on */
    uint8_t next_number;
    uint16_t status; /* of the session, where the answer is whole */
    bool is_whole;
    bool ok;                  /* it is no error */
    unsigned parameter_count; /* of PREPARE */
};
void execution_output(const struct execution *execution, struct execute_output *out);
void execution_go_on(struct execution *execution); /* idle again, if the answer is whole */
