/* query_internal.h - what the files of this folder share: connection, query, typed expressions.
 *
 * A typed expression is SQLite's text of it and what its value is, in one of few forms ("rep"). No
 * text of a client ever becomes SQLite's: names are quoted and looked up in the catalog, literals
 * are quoted or bound. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/memory.h"
#include "engine/query.h"
#include "engine/sqlite/reader.h"
#include "engine/sqlite/state.h"
#include "sql/query_tree.h"

enum problem {
#define PROBLEM(name, number, state) PROBLEM_##name = (number),
#include "engine/sqlite/query/problems.def"
#undef PROBLEM
};
/* Always false. */
bool problem(struct err *err, enum problem number, const char *format, ...) PRINTF_LIKE(3, 4);

/* How a value stands in SQLite while a statement runs. */
enum rep {
    REP_NULL,
    REP_INT,     /* INTEGER; above 2^63-1: TEXT of 20 digits, as in a column */
    REP_REAL,    /* REAL */
    REP_DECIMAL, /* TEXT: digits with a point, no zeros in front */
    REP_TEXT,    /* TEXT in UTF-8 */
    REP_BYTES,   /* BLOB */
    REP_DATE,    /* TEXT, as all temporals: the servers' own */
    REP_TIME,
    REP_DATETIME, /* also TIMESTAMP, in the session's time zone */
    REP_COUNT
};

enum { COERCE_EXPLICIT, COERCE_NONE, COERCE_COLUMN, COERCE_SYSTEM, COERCE_LITERAL, COERCE_NUMBER };

/* An expression as SQLite has it. Columns of tables stay in their stored form. */
struct typed {
    const char *sql;
    enum rep rep;
    bool is_unsigned;
    bool is_nullable;
    bool is_constant; /* `value` is it */
    uint8_t digits;   /* of numbers: at most so many */
    uint8_t scale;
    uint32_t length;
    const char *collation;           /* REP_TEXT */
    const struct column_def *column; /* of a table, or NULL */
    const struct storage *storage;   /* its */
    const struct table_def *table;
    const char *alias; /* of the table */
    struct value value;
};

struct query_connection {
    struct sqlite_engine *engine; /* the reader's own, or the writer */
    struct sqlite_reader *reader; /* NULL: the writer */
    sqlite3 *db;
    bool in_snapshot;
    struct err problem; /* what a function or collation complained about */
};

/* A constant that a statement binds: in a column's stored form, or as it is. */
struct bound {
    const struct storage *storage; /* NULL: as it is */
    struct value value;
};
enum { BOUND_MAX = 30000 };

struct query {
    struct query_connection *connection;
    struct query_session *session;
    struct query_tree *tree;
    struct arena arena; /* of what was compiled */
    const struct value *values;
    sqlite3_stmt *stmt;
    bool owns_snapshot;
    struct query_description description;
    struct typed *types;
    struct value *row;
    struct buf *cells;
    unsigned cell_count;
    struct bound *bound;
    unsigned bound_count, bound_room;
    struct value **shown; /* rows of SHOW, in the arena */
    unsigned shown_count, shown_room, shown_next;
};

struct relation {
    struct relation *next;
    const char *name; /* alias */
    const char *sql_alias;
    struct engine_table *table;
    bool is_outer; /* may be a row of NULLs */
};

struct compiler {
    struct query *query;
    struct query_connection *connection;
    struct query_session *session;
    struct query_tree *tree;
    struct arena *arena;
    const struct value *values; /* of the parameters; NULL: not known yet */
    struct err *err;
    bool failed;
    bool is_describing; /* nothing runs: names and types are asked for */
    bool has_aggregate, has_plain_column;
    struct relation *relations, **relations_end;
    unsigned relation_count;
    struct query_table tables[64];
    unsigned table_count;
};

/* problem.c */
bool compile_refuse(struct compiler *c, const char *what); /* 1235; false */
bool compile_fail(struct compiler *c, enum problem number, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* scope.c */
struct relation *scope_add_table(struct compiler *c, const struct source *source, bool is_written);
bool scope_find(struct compiler *c, const struct expr *name, struct typed *out);
void column_typed(struct compiler *c, const struct relation *relation, unsigned column,
                  struct typed *out);
/* expression.c */
bool compile_expr(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_condition(struct compiler *c, const struct expr *expr, const char **sql);
/* An own parameter of the statement with that value. */
const char *compile_bound(struct compiler *c, const struct storage *storage,
                          const struct value *value);
/* comparison.c */
bool compile_comparison(struct compiler *c, const char *op, struct typed a, struct typed b,
                        const char **sql);
bool sort_key(struct compiler *c, const struct typed *typed, const char **sql);
/* function.c */
bool compile_function(struct compiler *c, const struct expr *expr, struct typed *out);
/* select.c */
bool compile_select(struct compiler *c);
bool compile_sources(struct compiler *c, const struct source *source, bool is_written,
                     struct buf *sql);
bool compile_order_and_limit(struct compiler *c, const struct order_item *order,
                             const struct limit *limit, struct buf *sql);
/* describe.c */
void describe_column(const struct typed *type, const struct select_item *item,
                     struct query_column *out);
/* store.c: a value for a column, by MySQL's rules; bytes may live in the arena. */
bool store_convert(struct compiler *c, const struct column_def *column, const struct value *in,
                   struct value *out);
/* read.c: what a column of a statement holds. */
bool read_result(struct query *query, sqlite3_stmt *stmt, int index, const struct typed *type,
                 struct buf *cell, struct value *out, struct err *err);
bool read_stored(sqlite3_stmt *stmt, int index, const struct storage *storage, struct arena *arena,
                 struct value *out, struct err *err);
/* write.c */
bool write_run(struct compiler *c, struct query_outcome *outcome);
/* zone.c */
bool zone_local(const struct query_session *session, uint64_t micros, struct time_parts *out,
                struct err *err);
/* show.c */
bool show_run(struct compiler *c);
/* collate.c */
void collate_register(struct query_connection *connection);
const char *collate_name(const char *collation); /* in SQLite; NULL: not done here */
/* query.c */
bool query_prepare_sql(struct compiler *c, struct buf *sql, sqlite3_stmt **out);
bool query_next(struct query *query, sqlite3_stmt *stmt, bool *row, struct err *err);
extern const struct engine_query_ops sqlite_query_ops;
