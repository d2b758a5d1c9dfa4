/* ddl.h - the source's statements as changes of the catalog.
 *
 * ddl_parse turns one statement into a struct ddl: an ordered list of table changes, or a statement
 * kind that has no effect on rows or columns. ddl_apply then changes the catalog, reporting each
 * change with the definition before and after it, so that an engine can do the same to its tables
 * in the same transaction. Version comments count as the text inside them when the flavour runs it
 * (MySQL and MariaDB number versions differently; "M!" is MariaDB's own).
 *
 * What cannot be parsed is ERR_UNSUPPORTED and the sentence quotes where the parser stood. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/catalog.h"

enum ddl_kind {
    DDL_BEGIN,
    DDL_COMMIT,
    DDL_ROLLBACK,
    DDL_SAVEPOINT,
    DDL_XA,      /* transaction words in query events */
    DDL_SCHEMA,  /* CREATE/ALTER/DROP/RENAME/TRUNCATE TABLE, CREATE/DROP INDEX, CREATE/ALTER/DROP
                    DATABASE */
    DDL_NO_ROWS, /* views, routines, triggers, events, users, grants, SET, ANALYZE, FLUSH …:
                    recorded and passed over */
    DDL_DML, /* INSERT, UPDATE, DELETE, REPLACE, LOAD, CALL …: a statement-format change: must be
                refused */
};

/* The session the statement ran in, from its query event. */
struct ddl_session {
    const char *db; /* default database; "" when none */
    enum flavour flavour;
    const char *charset;          /* of the statement's text: "utf8mb4"; NULL: utf8mb4 */
    const char *server_collation; /* collation_server: default of new databases; NULL: utf8mb4 */
    /* MariaDB's character_set_collations: "utf8mb4=utf8mb4_uca1400_ai_ci,…"; NULL: its built-in
     * defaults */
    const char *charset_collations;
    uint64_t sql_mode; /* ANSI_QUOTES (bit 2), NO_BACKSLASH_ESCAPES (bit 20), IGNORE_SPACE … */
    uint32_t server_version; /* 90704, 101119: which version comments run; 0: all */
    bool explicit_defaults_for_timestamp;
    /* The source has carried it out: what it renames that is no table here is a view, or a
     * temporary table of MariaDB's, and is passed over. Else it is ERR_CONFLICT. */
    bool from_log;
    bool generate_invisible_pk; /* MySQL: the server added one; the statement text then says so */
    /* Are the table's rows wanted? NULL: of every table. Statements that change rows which the log
     * does not name are refused where they are (ALTER TABLE … DROP PARTITION). */
    bool (*keep)(const char *db, const char *table, void *arg);
    void *keep_arg;
};

struct ddl; /* owns its memory */
bool ddl_parse(struct bytes text, const struct ddl_session *session, struct ddl **out,
               struct err *err) MUST_CHECK;
void ddl_free(struct ddl *ddl);
AUTO_DEFINE(ddl);
enum ddl_kind ddl_kind(const struct ddl *ddl);
const char *ddl_verb(const struct ddl *ddl); /* "ALTER TABLE": for log lines */

/* What it does to a table, or (table NULL) a database, as GRANT would name it. */
struct ddl_need {
    const char *command; /* "CREATE", "SELECT"; NULL with a database */
    const char *db;      /* "": none is said, and none is the session's */
    const char *table;
};
typedef bool ddl_need_fn(const struct ddl_need *need, void *arg);
/* Stops and returns false when visit does. */
bool ddl_each_need(const struct ddl *ddl, ddl_need_fn *visit, void *arg);

/* Does MySQL take it from a client, where the catalog is so? ERR_REFUSED, with its number and
 * words; what ddl_apply finds is not looked at here. */
bool ddl_check(const struct ddl *ddl, const struct catalog *catalog, struct err *err) MUST_CHECK;
/* 1701: it empties a table that another one's foreign key refers to. */
bool ddl_check_truncated(const struct ddl *ddl, const struct catalog *catalog,
                         struct err *err) MUST_CHECK;
/* A SELECT that must find no row, or the change is refused with that number. */
struct ddl_question {
    struct bytes select;
    uint16_t number;
    const char *sentence; /* with one %s: the name */
    const char *name;
};
typedef bool ddl_question_fn(const struct ddl_question *question, void *arg);
/* Before ddl_apply: what rows must fulfil. Stops and returns false when answer does. */
bool ddl_each_question(const struct ddl *ddl, const struct catalog *catalog,
                       ddl_question_fn *answer, void *arg);
/* After ddl_apply: would MySQL have made these definitions? Else the change must go back. */
bool ddl_check_made(const struct ddl *ddl, const struct catalog *catalog,
                    struct err *err) MUST_CHECK;

enum change_kind {
    CHANGE_CREATE_TABLE, /* after */
    CHANGE_ALTER_TABLE,  /* before, after, column_from: definition changed, rows stay */
    CHANGE_RENAME_TABLE, /* before, after */
    CHANGE_DROP_TABLE,   /* before */
    CHANGE_TRUNCATE,     /* before: all rows go */
    CHANGE_CREATE_DATABASE,
    CHANGE_DROP_DATABASE,
    CHANGE_ALTER_DATABASE, /* db */
};

struct schema_change {
    enum change_kind kind;
    const char *db;
    const struct table_def *before; /* as in the catalog now, or NULL */
    const struct table_def *after;  /* as it will be, or NULL */
    /* ALTER: for each column of `after`, the index in `before` of the column that its values come
     * from, or -1: a new column, filled with its default. */
    const int *column_from;
    bool rewrites_rows; /* ALTER changed types, charsets, labels or added stored columns: values may
                           need converting */
};

/* Called for each change, in order, before the catalog itself changes. False stops: err is then
 * set. */
typedef bool schema_change_fn(const struct schema_change *change, void *arg, struct err *err);

/* All or nothing: when it fails, the catalog is as it was before the statement. DROP DATABASE tells
 * of each of its tables (CHANGE_DROP_TABLE), then of itself; a table whose parent changes its name
 * or columns is told as altered, with column_from one to one. An ALTER that changes nothing is not
 * told. A table renamed to a name that is not kept is told as dropped. ERR_CONFLICT when the
 * statement contradicts the catalog (no such table, a column twice …): the catalog is then not the
 * source's any more. IF EXISTS / IF NOT EXISTS are honoured. `keep` (may be NULL) says whether a
 * table is replicated: changes of others touch the catalog only (the callback is not called). */
bool ddl_apply(const struct ddl *ddl, struct catalog *catalog,
               bool (*keep)(const char *db, const char *table, void *), schema_change_fn *change,
               void *arg, struct err *err) MUST_CHECK;

/* SHOW CREATE TABLE's text as a definition. db: where it lives. */
bool ddl_parse_table(struct bytes create_table, const struct ddl_session *session,
                     struct table_def **out, struct err *err) MUST_CHECK;
