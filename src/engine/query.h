/* query.h - MySQL's SQL on the rows of an engine: one statement's text to rows, or to changed rows.
 *
 *   connection   a thread's own way to the rows: a reader (its own snapshots), or the engine's one
 *                writer, inside the engine's begin … commit
 *   session      what a statement's meaning depends on, and what it leaves behind
 *   query        a statement, prepared: bind, run, step … until there is no further row
 *
 * Errors that a server would answer with carry its number in err.server_errno (1064, 1062 …; the
 * code is ERR_REFUSED), and query_state() has the SQLSTATE. Any other code is the engine's own
 * failure. What is not supported is 1235: nothing is answered that MySQL would answer otherwise.
 *
 * A statement that writes is atomic: when run fails, what it changed is taken back inside the open
 * transaction (capture of row changes must go back as well). One thread per connection. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdatomic.h>
#include "base/arena.h"
#include "engine/engine.h"

enum {
    QUERY_TEXT_MAX = 64 << 20,      /* bytes of a statement */
    QUERY_PARAMETERS_MAX = 65535,   /* ? in a statement */
    QUERY_WARNINGS_MAX = 64,        /* that are kept; the rest are counted */
    QUERY_VARIABLES_MAX = 1024,     /* user variables of a session */
    QUERY_VARIABLE_BYTES = 4 << 20, /* all their values */
};

struct query_warning {
    const char *level; /* "Warning", "Note" */
    uint16_t number;
    char text[256];
};

struct query_variables; /* @name */

/* GET_LOCK and its family, as they were called. */
enum query_lock_call {
    QUERY_LOCK_GET = 1,
    QUERY_LOCK_RELEASE,
    QUERY_LOCK_RELEASE_ALL,
    QUERY_LOCK_IS_FREE,
    QUERY_LOCK_HOLDER
};
enum { QUERY_LOCK_SECONDS_MAX = 31536000 };
struct query_lock {
    enum query_lock_call what;
    struct bytes name; /* until the call is over */
    bool ignores_case; /* of it: MySQL's */
    uint64_t wait_ms;  /* of GET */
    bool is_null;      /* the answer */
    uint64_t answer;
};

/* Filled by the session stage. Texts are borrowed: they live as long as any query of theirs runs.
 */
struct query_session {
    const char *db;        /* "": none */
    uint64_t sql_mode;     /* SQL_MODE_ bits of query.h and lexer.h, as in query events */
    const char *collation; /* collation_connection: of literals */
    const char *time_zone; /* "SYSTEM", "+02:00", "UTC" */
    const char *version;   /* VERSION() */
    const char *user;      /* USER(): "name@host" */
    const char *account;   /* CURRENT_USER() */
    uint64_t connection_id;
    uint64_t now_us;   /* when the statement began, UTC; set before each run */
    uint64_t until_us; /* monotonic: a search that takes longer ends, with 3024 or 1969; 0: none */
    bool safe_updates; /* unused so far */
    const char *databases; /* whose tables the account may see, as account.h has them; NULL: all */
    /* @@name and @@global.name as text or number; NULL, or false: 1193. The value may use arena. */
    bool (*system_variable)(const char *name, bool is_global, struct value *out,
                            struct arena *arena, void *arg);
    void *arg;
    /* False: err.text; the statement fails with 1235, or is run again by whoever made it wait. */
    bool (*named_lock)(struct query_lock *lock, void *arg, struct err *err);
    void *named_lock_arg;
    /* Kept by the engine: */
    uint64_t last_insert_id; /* LAST_INSERT_ID() */
    int64_t row_count;       /* ROW_COUNT() */
    uint64_t found_rows;     /* FOUND_ROWS() */
    struct query_variables *variables;
    unsigned warning_count;         /* of the last statement; also those that are not kept */
    struct query_warning *warnings; /* those that are kept; owned */
    unsigned warning_room;
};

enum {
    SQL_MODE_PIPES_AS_CONCAT = 1u << 1,
    SQL_MODE_IGNORE_SPACE = 1u << 3,
    SQL_MODE_ONLY_FULL_GROUP_BY = 1u << 5,
    SQL_MODE_NO_UNSIGNED_SUBTRACTION = 1u << 6,
    SQL_MODE_NO_AUTO_VALUE_ON_ZERO = 1u << 19,
    SQL_MODE_NO_ZERO_IN_DATE = 1u << 23,
    SQL_MODE_NO_ZERO_DATE = 1u << 24,
    SQL_MODE_ALLOW_INVALID_DATES = 1u << 25,
    SQL_MODE_ERROR_FOR_DIVISION_BY_ZERO = 1u << 26,
};

/* utf8mb4_general_ci, time zone SYSTEM, strict mode, no database. */
void query_session_init(struct query_session *session);
void query_session_clear(struct query_session *session);
void query_session_warn(struct query_session *session, const char *level, uint16_t number,
                        const char *format, ...) PRINTF_LIKE(4, 5);
/* NULL: never set. Lives until it is set again. Names have no case. */
const struct value *query_variable(const struct query_session *session, const char *name);
/* ERR_REFUSED: too many, or too large. Copies the value: NULL, INT, UINT, DOUBLE, TEXT (UTF-8),
 * BLOB. */
bool query_variable_set(struct query_session *session, const char *name, const struct value *value,
                        struct err *err) MUST_CHECK;
/* foreign_key_checks is not 0. */
bool query_session_checks_keys(const struct query_session *session);
const char *query_state(uint16_t number); /* SQLSTATE of an error; "HY000" when it has no other */

enum query_kind {
    QUERY_SELECT,
    QUERY_INSERT,
    QUERY_REPLACE,
    QUERY_UPDATE,
    QUERY_DELETE,
    QUERY_SHOW, /* SHOW and DESCRIBE of the schema */
    QUERY_DO,   /* DO, or SELECT … INTO @x: no rows */
};

/* A result's column as a column definition packet has it. */
struct query_column {
    const char *name;     /* the alias, or the text as written */
    const char *org_name; /* "" for expressions */
    const char *table;    /* the alias */
    const char *org_table;
    const char *db;
    uint8_t type;     /* enum column_wire_type as result sets have it: NEWDECIMAL, VAR_STRING … */
    uint16_t charset; /* collation id; 63 for numbers, dates and bytes */
    uint32_t length;  /* display length; texts: bytes in the collation's charset */
    uint16_t flags;   /* NOT_NULL 1, PRI_KEY 2, UNIQUE_KEY 4, … as on the wire */
    uint8_t decimals; /* 31 for floating point without digits */
    bool is_unsigned; /* also in flags */
};

struct query_table {
    const char *db;
    const char *name;
    bool is_written;
};

/* 1142, in the servers' words. */
bool query_deny(const struct query_session *session, const char *command,
                const struct query_table *table, struct err *err);
const char *query_command(enum query_kind kind, bool is_written); /* as GRANT names it */

/* Lives as long as the query, and until it is run again. */
struct query_description {
    enum query_kind kind;
    unsigned parameter_count;
    unsigned column_count; /* 0: no result set */
    const struct query_column *columns;
    unsigned table_count; /* for privileges; information_schema is not among them */
    const struct query_table *tables;
    bool locks; /* SELECT … FOR UPDATE, LOCK IN SHARE MODE */
    bool is_for_update;
};

/* Of a run that gives no rows. */
struct query_outcome {
    uint64_t matched;   /* rows found (UPDATE), or as `changed` */
    uint64_t changed;   /* affected rows as MySQL counts them */
    uint64_t insert_id; /* for the OK packet; 0: none */
    char info[128];     /* "Records: 3  Duplicates: 0  Warnings: 0", or "" */
};

enum query_access {
    QUERY_READ, /* own read-only connection */
    QUERY_WRITE /* the engine's: only its thread, only inside begin … commit for what writes */
};

struct query_connection;
struct query;

struct foreign_list;

struct engine_query_ops {
    bool (*open)(struct engine *, enum query_access, struct query_connection **out, struct err *);
    /* A reader on its own, on another thread than the engine's; path: the database. */
    void (*close)(struct query_connection *);
    /* While *cancelled is true (any thread sets it; NULL: never) what searches ends with 1317; a
     * row that is being changed is changed. */
    void (*watch)(struct query_connection *, const atomic_bool *cancelled);
    /* Readers, while on: what searches for longer than a moment fails with ERR_TIMEOUT, and what
     * has to read the catalog first with ERR_CANCELLED; it is as if it had not run. */
    void (*hurry)(struct query_connection *, bool on);
    /* Readers: everything between is of one commit. Without it each statement sees the newest. */
    bool (*snapshot_begin)(struct query_connection *, struct err *);
    void (*snapshot_end)(struct query_connection *);
    bool (*prepare)(struct query_connection *, struct bytes text, struct query_session *,
                    struct query **out, struct err *);
    /* A statement of that text that was freed after it had run well, or NULL: as prepared, but that
     * what is told of its columns before it runs may be another session's. */
    struct query *(*again)(struct query_connection *, struct bytes text, struct query_session *);
    const struct query_description *(*describe)(const struct query *);
    /* values: parameter_count of them, NULL when that is 0; borrowed until the next run or free.
     * INT, UINT, FLOAT, DOUBLE, DATE, TIME, DATETIME, TEXT (UTF-8), BLOB, NULL.
     * With a result set: rows follow by step. Else it is done, and outcome says what. A schema
     * change since prepare is noticed: the description is then another one. */
    bool (*run)(struct query *, const struct value *values, struct query_outcome *, struct err *);
    /* *row NULL: no further row. Else column_count values until the next step: NULL, INT, UINT
     * (also YEAR), FLOAT, DOUBLE, DATE, TIME, DATETIME (also TIMESTAMP, in the session's zone),
     * BLOB (also BIT: big-endian), and TEXT in UTF-8 for all others (DECIMAL: its digits). */
    bool (*step)(struct query *, const struct value **row, struct err *);
    void (*reset)(struct query *); /* ends a result set that was not read to its end */
    void (*free)(struct query *);
    /* Around a schema change of our own, inside its transaction: which foreign keys there are, and
     * then, whether all may stand. ERR_REFUSED, with the server's number: take the change back. */
    struct foreign_list *(*foreign_keys)(struct engine *);
    bool (*check_foreign_keys)(struct engine *, const struct foreign_list *before, struct err *);
    void (*foreign_keys_free)(struct foreign_list *);
};
