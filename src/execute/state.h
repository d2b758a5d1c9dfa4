/* state.h - what the files of this stage share: a client's execution, and the executor's queues. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "base/memory.h"
#include "binlog/gtid.h"
#include "execute/execute.h"
#include "sql/lexer.h"

/* Whose an execution is. The executor's lock guards it; executor.c alone changes it. */
enum execution_state {
    EXECUTION_IDLE,    /* the loop's */
    EXECUTION_WAITS,   /* in a queue */
    EXECUTION_RUNS,    /* a worker's */
    EXECUTION_READY,   /* in the list of those that have packets */
    EXECUTION_SENDING, /* the loop's, which sends them */
    EXECUTION_GONE,    /* the loop's, to be freed */
};
enum place { PLACE_READER, PLACE_WRITER };

enum transaction_stage {
    TRANSACTION_NONE,    /* nothing was read or written in it */
    TRANSACTION_READING, /* `reader` is its snapshot */
    TRANSACTION_WRITING, /* the executor's owner */
};

/* LOCK TABLES … READ, … WRITE, and FLUSH TABLES WITH READ LOCK. */
enum execute_lock { LOCK_NONE, LOCK_READ, LOCK_WRITE, LOCK_ALL };

struct savepoint {
    char name[EXECUTE_NAME_MAX + 1];
    unsigned number; /* its name in the engine */
    uint64_t mark;   /* the writer's */
};

struct execution {
    struct executor *executor;
    void *tag;
    enum account_role role;
    char *databases; /* whose tables it may use, as account.h has them; NULL: all */
    struct query_session session;
    char db[EXECUTE_NAME_MAX + 1];
    char user[2 * EXECUTE_NAME_MAX]; /* "user@host" */
    char account[2 * EXECUTE_NAME_MAX];
    char version[EXECUTE_NAME_MAX + 1];
    /* the executor's: */
    enum execution_state state;
    enum place place; /* where it waits or runs */
    bool is_here;     /* the loop's thread runs it: it may not take long */
    bool was_long;    /* it was given up there */
    bool has_left;
    struct execution *next;
    uint64_t deadline_ms; /* while it waits to write, or for a connection */
    atomic_bool is_cancelled;
    /* the transaction: */
    bool autocommit;
    bool has_begun; /* BEGIN was said */
    bool is_read_only;
    bool is_lost;   /* a failure has taken it back: only its end may follow */
    bool is_logged; /* what was committed waits for the writer's flush, and the answer with it */
    enum transaction_stage stage;
    enum execute_lock lock;    /* held by it; a worker's */
    unsigned named_locks;      /* that it holds; named_locks.c's */
    bool must_wait;            /* its statement has come to a named lock of another's, */
    uint64_t lock_until_ms;    /* and waits so long; 0: it does not yet */
    uint64_t locks_seen;       /* how many had been released by then */
    struct kept_rows *cursors; /* open ones */
    struct savepoint *savepoints;
    unsigned savepoint_count, savepoint_numbers;
    /* the statement: */
    struct execute_request request; /* text is owned */
    char *text;
    uint64_t text_hash;              /* here.c's; 0: not to be run there */
    uint64_t turn, others;           /* here.c's: its last one's number, and whose came between */
    struct buf converted;            /* the text in UTF-8, where it was not */
    struct query_connection *reader; /* its own while it reads; in a transaction until its end */
    struct query *query;             /* with rows to come */
    struct arena columns_arena;
    struct result_column *columns; /* of the result, as the client sees them */
    struct value *values;          /* a row in its character set */
    unsigned column_count;
    struct buf scratch, piece; /* texts of that row */
    struct buf out;            /* packets */
    uint8_t number;            /* of the next one */
    uint64_t rows;
    unsigned parameter_count; /* of what was prepared */
    struct gtid gtid;         /* of what it committed */
    bool is_whole;
    bool ok;
};

struct execution_queue {
    struct execution *first, **end;
};

/* GET_LOCK */
struct named_lock {
    char *name;
    const struct execution *holder;
    unsigned count; /* how often it was taken */
    struct named_lock *next;
};

enum { EXECUTE_QUICK_TEXTS = 1024 };
struct quick_text {
    atomic_uint_least64_t hash; /* its last bit 0: it was tried and was too long */
    atomic_uint took_us;        /* about */
};

struct executor {
    struct executor_options options;
    pthread_t *reader_threads;
    unsigned reader_count;
    pthread_t writer_thread;
    bool has_writer_thread;
    struct query_connection *writer; /* the engine's own connection; the writer's thread's */
    _Atomic(const struct execute_writer *) changes; /* NULL: nothing is written here */
    struct quick_text quick[EXECUTE_QUICK_TEXTS];   /* here.c's */
    uint64_t here_window_us, here_spent_us, turns;  /* the loop thread's */
    struct buf room;       /* of the last answer's packets, for the next one; the loop thread's */
    atomic_uint read_only; /* enum execute_read_only; fence.c's */
    pthread_mutex_t lock;  /* guards what follows */
    pthread_cond_t reader_wake, writer_wake;
    bool is_stopping;
    struct execution_queue reads, writes;
    struct execution_queue fences; /* set read_only: they have the writer's next turn */
    unsigned readers_at_work;
    struct execution_queue starved; /* wait for a reader's connection */
    struct execution_queue ready;
    struct execution_queue locked; /* wait for a named lock */
    struct named_lock *named_locks;
    unsigned named_lock_count;
    uint64_t locks_released;       /* so far */
    struct execution_queue logged; /* wait for the flush */
    unsigned logged_count;         /* transactions; also of clients that have left since */
    uint64_t logged_us;            /* since when */
    unsigned flushed_together;     /* by the last flush, */
    uint64_t flush_us;             /* which took so long */
    struct execution *owner;       /* whose transaction writes; NULL: nobody's */
    struct execution *locker;      /* who has locked tables: nobody else may write */
    struct execution nobody;       /* as locker: executor_hold_writes */
    bool writer_runs;              /* a statement */
    bool writes_here;              /* the loop's thread runs the owner's */
    bool ends_writing;
    struct query_connection *idle_readers[EXECUTE_READERS_MAX];
    unsigned idle_reader_count;
    unsigned open_readers;
};

/* ---- queue.c; under the lock ---- */
void queue_init(struct execution_queue *queue);
void queue_add(struct execution_queue *queue, struct execution *execution);
bool queue_remove(struct execution_queue *queue, struct execution *execution); /* was it there? */
struct execution *queue_take(struct execution_queue *queue); /* NULL: nobody waits */

/* ---- writer.c ---- */
void *writer_main(void *executor);

/* ---- executor.c ---- */
/* With the lock. */
void executor_make_ready(struct executor *executor, struct execution *execution,
                         enum execution_state state);
/* One turn on a worker's thread; called and left with the lock. */
void executor_run_one(struct executor *executor, struct execution *execution, enum place place);
const struct execute_writer *executor_writer(struct executor *executor);
void executor_own(struct executor *executor, struct execution *owner); /* the writer's thread */
/* The writer's thread, at its turn; NULL: any worker's, who has it. */
void executor_lock(struct executor *executor, struct execution *locker);

bool executor_has_free_reader(struct executor *executor);
/* Whoever waits for a named lock looks again; with the executor's lock. */
void executor_wake_locked(struct executor *executor);

/* ---- named_locks.c: GET_LOCK and its family ---- */
bool named_locks_call(struct query_lock *lock, void *execution, struct err *err);
void named_locks_release_all(struct execution *execution); /* without the executor's lock */

/* ---- here.c: what the loop's own thread runs ---- */
void here_count(struct execution *execution); /* a statement of its has come */
uint64_t here_hash(const struct execution *execution);
bool here_may_run(const struct execution *execution); /* where it reads; the loop thread's */
/* A reader has run it, in so long. */
void here_note(const struct execution *execution, uint64_t took_us);
void here_ran(const struct execution *execution, uint64_t took_us); /* the loop's thread has */

/* ---- readers.c: connections of those who read ---- */
enum reader_result { READER_OK, READER_NONE_FREE, READER_FAILED };
/* Into execution->reader. Where is_here: one that is open already, or ERR_CANCELLED. */
enum reader_result readers_take(struct execution *execution, struct err *err);
void readers_give_back(struct execution *execution); /* also where there is none */
void readers_hurry(struct execution *execution);     /* as is_here says */
void readers_close(struct executor *executor);

/* ---- statement.c: one turn of a statement, on a worker ---- */
enum step {
    STEP_OUTPUT,    /* packets are there */
    STEP_LOGGED,    /* they are, and may be sent after the flush */
    STEP_TO_WRITER, /* it has to run there */
    STEP_NO_READER, /* no connection was free */
    STEP_LOCKED,    /* another one holds a named lock; as if it had not run */
    STEP_TO_READER, /* it takes longer than it may here; as if it had not run */
};
enum place statement_place(const struct execution *execution);
enum step statement_step(struct execution *execution, enum place place);
/* It neither begins nor ends a transaction that writes: the loop's thread may run it. */
bool statement_may_run_here(const struct execution *execution, enum place place);
/* A transaction of its own, which waits for no client: it may share a flush. */
bool statement_may_share(const struct execution *execution);
/* Nothing of it has happened that would happen twice. */
bool statement_may_begin_anew(const struct execution *execution);
void statement_fail_flush(struct execution *execution, const struct err *err);
/* It waited too long for its turn: an answer. */
void statement_expire(struct execution *execution);
void statement_abandon(struct execution *execution); /* the client has left */
/* Lets go of what the statement has open. */
void statement_close(struct execution *execution);
enum step statement_end_error(struct execution *execution, struct err *err);
/* A statement of our own, into execution->query; NULL: it has been answered, or has to wait. */
enum step statement_prepare_own(struct execution *execution, struct bytes text, struct err *err);

/* ---- words.c: BEGIN, COMMIT, SAVEPOINT … ---- */
bool words_are_transaction(struct bytes text, uint64_t sql_mode);
/* A name, quoted or not, and the token behind it. */
bool words_take_name(struct lexer *lexer, struct token *token, char out[EXECUTE_NAME_MAX + 1]);
bool words_run(struct execution *execution, struct bytes text, struct err *err);

/* ---- locks.c ---- */
bool locks_are_meant(struct bytes text, uint64_t sql_mode);
/* *to_writer: nothing was done yet, it has to run there. */
bool locks_run(struct execution *execution, struct bytes text, enum place place, bool *to_writer,
               struct err *err);
void locks_release(struct execution *execution);
void locks_begin_transaction(struct execution *execution); /* BEGIN ends LOCK TABLES */
bool locks_allow_writing(const struct execution *execution, struct err *err);

/* ---- transaction.c ---- */
bool transaction_is_wanted(const struct execution *execution); /* more than this statement */
bool transaction_is_read_only(const struct execution *execution);
bool transaction_read(struct execution *execution, struct err *err); /* opens its snapshot */
bool transaction_write(struct execution *execution, struct err *err);
bool transaction_commit(struct execution *execution, struct err *err);
void transaction_word_failure(struct err *err);
void transaction_rollback(struct execution *execution);
void transaction_lose(struct execution *execution);
void transaction_end_statement(struct execution *execution);
bool transaction_savepoint(struct execution *execution, const char *name, struct err *err);
bool transaction_rollback_to(struct execution *execution, const char *name, struct err *err);
bool transaction_release(struct execution *execution, const char *name, struct err *err);

/* ---- execution.c ---- */
void execution_reset_session(struct execution *execution);
void execution_copy_texts(struct execution *execution); /* the request's */

/* ---- schema.c ---- */
/* On any worker: may it run, and does it have to? */
bool schema_may_run(const struct execution *execution, struct bytes text, struct err *err);
bool schema_run(struct execution *execution, struct bytes text, struct err *err);

/* ---- fence.c ---- */
bool fence_lets(const struct execution *execution);                    /* may it write? */
bool fence_allows(const struct execution *execution, struct err *err); /* 1290 */
bool fence_set(struct execution *execution, struct err *err);

/* ---- access.c: what an account's role lets it do ---- */
bool access_check(const struct execution *execution, const struct query_description *description,
                  struct err *err);
/* May it be in that database? */
bool access_check_database(const struct execution *execution, const char *name, struct err *err);
bool access_check_schema(const struct execution *execution, const struct ddl *ddl, struct err *err);
/* LOCK TABLES; is_written: … WRITE */
bool access_check_lock(const struct execution *execution, const struct query_table *table,
                       struct err *err);

/* ---- fields.c ---- */
enum step fields_answer(struct execution *execution, struct err *err);

/* ---- kept_rows.c: results that are kept for COM_STMT_FETCH ---- */
struct kept_rows;
struct kept_rows *kept_rows_new(uint32_t statement_id);
void kept_rows_free(struct kept_rows *cursor); /* NULL is allowed */
/* A row's payload. */
bool kept_rows_append(struct kept_rows *cursor, struct bytes row, struct err *err);
bool kept_rows_add(struct execution *execution, struct kept_rows *taken, struct err *err);
void kept_rows_clear(struct execution *execution);
enum step kept_rows_fetch(struct execution *execution, struct err *err);

/* ---- answer.c: packets into execution->out ---- */
uint16_t answer_status(const struct execution *execution);
void answer_begin(struct execution *execution);
void answer_ok(struct execution *execution, const struct query_outcome *outcome);
void answer_error(struct execution *execution, const struct err *err);
void answer_end(struct execution *execution);                       /* of columns, or rows */
void answer_end_with(struct execution *execution, uint16_t status); /* and more of the status */

/* ---- results.c ---- */
/* Of the columns that a COM_FIELD_LIST asks for, in their order. */
struct results_defaults {
    const char **names;
    const char **texts;
    unsigned count;
};
/* The columns, for rows that are kept instead of sent. */
void results_describe(struct execution *execution, const struct query_description *description);
bool results_keep_row(struct execution *execution, const struct value *row,
                      struct kept_rows *cursor, struct err *err);
void results_cursor(struct execution *execution); /* the answer: columns, and that there is one */
void results_begin(struct execution *execution, const struct query_description *description);
/* The whole answer to a COM_STMT_PREPARE. */
/* The whole answer to a COM_FIELD_LIST; a default is NULL where there is none. */
void results_fields(struct execution *execution, const struct query_description *description,
                    const struct results_defaults *defaults);
void results_prepared(struct execution *execution, const struct query_description *description);
bool results_row(struct execution *execution, const struct value *row, struct err *err);
void results_end(struct execution *execution);
void results_end_with(struct execution *execution, uint16_t status);
