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

/* Whose collation wins where texts meet: the least. Unknown: of a column or a literal. */
enum {
    COERCE_UNKNOWN,
    COERCE_EXPLICIT,
    COERCE_NONE,
    COERCE_COLUMN,
    COERCE_SYSTEM,
    COERCE_LITERAL,
    COERCE_NUMBER
};

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
    const char *collation; /* REP_TEXT */
    uint8_t coercion;
    bool is_json;                    /* a REP_TEXT that is a JSON value */
    bool is_boolean;                 /* a REP_INT that is true or false inside JSON */
    bool is_bits;                    /* a REP_BYTES of b'…' or 0x…: a number among numbers */
    bool is_single;                  /* a REP_REAL of FLOAT: six digits are shown */
    const struct column_def *column; /* of a table, or NULL */
    const struct storage *storage;   /* its */
    const struct table_def *table;
    const char *alias; /* of the table */
    const struct engine_table *engine_table;
    struct value value;
};

enum { KEPT_MAX = 64, KEPT_QUERIES_MAX = 32 };
struct kept {
    sqlite3_stmt *stmt;
    uint32_t hash;
    bool is_used;
    uint64_t last_use;
};

enum write_mark { MARK_SET, MARK_RELEASE, MARK_GO_BACK, MARK_COUNT };

struct query_connection {
    struct sqlite_engine *engine; /* the reader's own, or the writer */
    struct sqlite_reader *reader; /* NULL: the writer */
    sqlite3 *db;
    bool in_snapshot;
    struct err problem; /* what a function or collation complained about */
    bool is_compiling;  /* only what reads rows may be prepared */
    struct kept kept[KEPT_MAX];
    uint64_t kept_uses;
    struct query *queries[KEPT_QUERIES_MAX]; /* kept_query.c's */
    uint64_t query_uses;
    sqlite3_stmt *marks[MARK_COUNT]; /* write.c's */
    int64_t recursive_rows;
    struct query_session *session; /* of the statement that runs */
    bool has_insert_id;            /* it called LAST_INSERT_ID(value) */
    struct arena scratch;          /* of a call's result */
    const atomic_bool *cancelled;  /* NULL: nobody may */
    bool hurries, is_late;         /* it may search for a moment only; it took longer */
    unsigned looks;                /* of on_progress, while it hurries */
    uint64_t until_us;             /* as the session's of the statement that runs */
    bool is_searching;             /* SQLite runs a SELECT, which may be interrupted */
};

struct schema_rows;
/* A constant that a statement binds: in a column's stored form, or as it is. */
struct bound {
    const struct storage *storage; /* NULL: as it is */
    void *pointer;                 /* instead of a value */
    const char *pointer_type;
    struct value value;
};
enum { BOUND_MAX = 30000 };

struct query {
    struct query_connection *connection;
    struct query_session *session;
    struct query_tree *tree;
    struct query_tree *shown; /* the SELECT that a SHOW is */
    struct arena arena;       /* of what was compiled */
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
    uint64_t row_count; /* given so far */
    struct found_rows { /* SQL_CALC_FOUND_ROWS: SQLite has no LIMIT, all are counted */
        bool is_asked;
        uint64_t skipped, most, count;
    } found;
    struct returned { /* RETURNING: kept in the arena until they are asked for */
        struct value **rows;
        size_t count, room, given;
    } returned;
    /* kept_query.c's: */
    const char *text; /* NULL: it is not kept; in the tree's arena, as the names of: */
    size_t text_len;
    struct query_description prepared; /* what prepare told */
    uint64_t catalog_changes;          /* the engine's then */
    uint64_t last_use;
    bool has_run; /* to its end, without an error */
};

/* What a SELECT gives, in the arena. */
struct output {
    struct typed *types;
    const char **names;
    const struct select_item **items; /* NULL: of a star */
    unsigned count, room;
    bool is_step; /* of a recursive WITH, inside itself */
};

/* A member of FROM: a table, or what a SELECT gives. */
struct relation {
    struct relation *next;
    struct relation *older; /* of the whole statement's */
    const char *name;       /* alias */
    const char *sql_alias;
    struct engine_table *table;  /* NULL: `output` */
    const struct output *output; /* its columns, as they are called outside */
    const struct value *row;     /* columns are these values, but for those that are absent */
    unsigned *merged;            /* per column: MERGED_ or the number of its USING; NULL: none */
    bool is_schema;              /* a view in MySQL's information_schema */
    bool is_outer;               /* may be a row of NULLs */
};
enum { MERGED_NOT = 0, MERGED_HIDDEN = UINT16_MAX };

/* A name that WITH gives. */
struct with {
    struct with *next;
    const struct cte *cte;
    bool is_recursive;
    struct scope *scope;          /* where it stands */
    const struct output *running; /* of a recursive one, inside itself */
    const char *sql_name;
};

/* What names mean inside of one SELECT. */
struct scope {
    struct scope *outer; /* where names are looked for that are not found */
    struct relation *relations, **relations_end;
    const struct select *select; /* whose aliases are known */
    bool has_aggregate, has_plain_column;
    bool knows_aliases; /* HAVING: they are columns, too */
};

/* Of GROUP BY the first `level` are grouped by, the others rolled up. */
struct rollup {
    const struct select *select;
    unsigned level;
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
    bool is_describing;                   /* nothing runs: names and types are asked for */
    bool has_aggregate, has_plain_column; /* of the SELECT at hand, as those below */
    struct relation *relations, **relations_end;
    const struct select *select;
    bool knows_aliases;
    struct scope *outer;
    const struct rollup *rollup; /* the level of WITH ROLLUP that is compiled; or NULL */
    bool is_rolling;             /* what is rolled up is NULL here: in items and HAVING */
    struct relation *fresh;      /* the row to insert: VALUES(column) */
    struct with *with;           /* newest first */
    struct with *stepping;       /* the recursive one whose step is compiled */
    unsigned relation_count;     /* of the statement: names them */
    struct relation *newest;     /* of all of the statement */
    unsigned merge_count;
    struct query_table tables[64];
    unsigned table_count;
};

/* problem.c */
bool compile_refuse(struct compiler *c, const char *what); /* 1235; false */
bool compile_fail(struct compiler *c, enum problem number, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* scope.c */
struct relation *scope_add_table(struct compiler *c, const struct source *source, bool is_written);
/* What a SELECT gives, under a name. */
struct relation *scope_add_output(struct compiler *c, const char *name, const struct output *out);
bool scope_find(struct compiler *c, const struct expr *name, struct typed *out);
/* Of the SELECT at hand alone; not found: *relation NULL. False: failed. */
bool scope_resolve(struct compiler *c, const struct expr *name, struct relation **relation,
                   unsigned *column);
/* A SELECT in another: names are new until scope_leave. */
void scope_enter(struct compiler *c, struct scope *saved);
void scope_leave(struct compiler *c, const struct scope *saved);
unsigned relation_columns(const struct relation *relation);
const char *relation_column_name(const struct relation *relation, unsigned column);
int relation_find(const struct relation *relation, const char *name); /* -1: none */
void column_typed(struct compiler *c, const struct relation *relation, unsigned column,
                  struct typed *out);
/* expression.c */
bool compile_expr(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_condition(struct compiler *c, const struct expr *expr, const char **sql);
/* An own parameter of the statement with that value. */
const char *compile_bound(struct compiler *c, const struct storage *storage,
                          const struct value *value);
/* A parameter that is a pointer to something of ours. */
const char *compile_pointer(struct compiler *c, void *pointer, const char *type);
const char *compile_rows(struct compiler *c, const struct schema_rows *rows);
/* typing.c */
size_t text_characters(struct bytes text);
/* comparison.c */
bool compile_comparison(struct compiler *c, const char *op, struct typed a, struct typed b,
                        const char **sql);
const char *compile_side(struct compiler *c, const struct typed *t); /* constants are bound */
bool sort_key(struct compiler *c, const struct typed *typed, const char **sql);
/* function.c */
bool compile_function(struct compiler *c, const struct expr *expr, struct typed *out);
/* select.c: one SELECT without what stands around it */
enum block { BLOCK_WHOLE, BLOCK_NESTED, BLOCK_MEMBER /* of a union: rows are compared */ };
bool compile_block(struct compiler *c, const struct select *select, enum block block,
                   struct output *out, struct buf *sql);
bool compile_items(struct compiler *c, const struct select *select, struct output *out);
bool compile_order_and_limit(struct compiler *c, const struct order_item *order,
                             const struct limit *limit, struct buf *sql);
bool output_add(struct compiler *c, struct output *out, const struct typed *typed, const char *name,
                const struct select_item *item);
/* A SELECT around `sql`, whose columns `fit` makes what is wanted of them; none where all stay. */
typedef bool fit_fn(struct compiler *c, unsigned column, struct typed *typed, void *arg);
bool output_wrap(struct compiler *c, struct output *out, fit_fn *fit, void *arg, struct buf *sql);
/* grouping.c */
bool check_grouping(struct compiler *c, const struct select *select, const struct output *out);
bool expr_equal(const struct expr *a, const struct expr *b);
bool expr_is_aggregate(const struct expr *expr);
/* rollup.c */
bool compile_rollup(struct compiler *c, const struct select *select, struct output *out,
                    struct buf *sql);
bool rollup_is_null(struct compiler *c, const struct expr *expr);
bool rollup_write_keys(struct compiler *c, struct buf *sql);
/* source.c */
bool compile_sources(struct compiler *c, const struct source *source, bool is_written,
                     struct buf *sql);
/* compound.c: all of a SELECT, with WITH and UNION; the statement's own, and one inside another */
bool compile_select(struct compiler *c);
void compile_keep_output(struct compiler *c, const struct output *out);
bool compile_query(struct compiler *c, const struct select *select, struct output *out,
                   struct buf *sql);
struct with *with_find(struct compiler *c, const char *name);
bool compile_with_name(struct compiler *c, struct with *with, struct output *out, struct buf *sql);
bool with_name_columns(struct compiler *c, const struct cte *cte, struct output *out);
/* explain.c: the plan of the statement as the rows that MySQL shows */
bool compile_explain(struct compiler *c);
/* recursive.c */
bool with_is_recursive(const struct with *with);
bool compile_recursive(struct compiler *c, struct with *with, struct output *out, struct buf *sql);
bool recursive_item(struct compiler *c, unsigned i, const struct typed *t, const char **sql);
bool recursive_step(struct compiler *c, struct buf *sql);
void recursive_register(struct query_connection *connection);
/* list.c: two operands, which may be rows; a row IN rows */
bool compile_operands(struct compiler *c, const char *op, const struct expr *a,
                      const struct expr *b, const char **sql);
bool compile_rows_in(struct compiler *c, const struct expr *in, struct typed *out);
/* subquery.c */
bool compile_scalar(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_exists(struct compiler *c, const struct expr *expr, struct typed *out);
bool compile_quantified(struct compiler *c, const struct expr *expr, struct typed *out);
/* (a, b) = (SELECT …) of one row, or none: NULL */
bool compile_row_subquery(struct compiler *c, const char *op, const struct expr *row,
                          const struct expr *subquery, const char **sql);
void subquery_register(struct query_connection *connection);
/* window.c */
bool compile_window(struct compiler *c, const struct expr *expr, struct typed *out);
/* describe.c */
void describe_column(const struct typed *type, const char *name, struct query_column *out);
/* store.c: a value for a column, by MySQL's rules; bytes may live in the arena. */
bool store_convert(struct compiler *c, const struct column_def *column, const struct value *in,
                   struct value *out);
/* A constant for a column that keeps it as it is; false: it does not, and nothing has failed. */
bool store_unchanged(struct compiler *c, const struct column_def *column, const struct typed *typed,
                     struct value *out);
/* read.c: what a column of a statement holds. */
bool read_result(struct query *query, sqlite3_stmt *stmt, int index, const struct typed *type,
                 struct buf *cell, struct value *out, struct err *err);
bool read_stored(sqlite3_stmt *stmt, int index, const struct storage *storage, struct arena *arena,
                 struct value *out, struct err *err);
/* session.c */
bool compile_last_insert_id(struct compiler *c, const struct expr *expr, struct typed *out);
void session_register(struct query_connection *connection);
/* write_insert.c */
bool compile_new_value(struct compiler *c, const struct expr *expr, struct typed *out);
/* write.c */
bool write_run(struct compiler *c, struct query_outcome *outcome);
/* zone.c */
bool zone_is_known(const char *zone);
/* In the session's zone; 0 is the zero date. */
bool zone_local(const struct query_session *session, uint64_t micros, struct time_parts *out,
                struct err *err);
/* 0 is the first instant of 1970. */
bool zone_wall(const char *zone, uint64_t micros, struct time_parts *out, struct err *err);
/* The instant of a time in a zone, microseconds since 1970, 0 before; false: none, or two. */
bool zone_instant(const char *zone, const struct time_parts *local, uint64_t *out);
/* show.c: the SELECT that a SHOW is; owned by the caller */
bool show_translate(struct compiler *c, struct query_tree **out);
/* collate.c */
void collate_register(struct query_connection *connection);
void collate_unregister(struct query_connection *connection);
const char *collate_name(struct arena *arena,
                         const char *collation); /* in SQLite; NULL: not done here */
/* authorize.c */
void authorize_register(struct query_connection *connection);
void authorize_unregister(struct query_connection *connection);
/* kept.c: a statement of that text that nobody uses, or NULL; and back again */
sqlite3_stmt *kept_take(struct query_connection *connection, const char *text, size_t len);
void kept_give(struct query_connection *connection, sqlite3_stmt *stmt);
void kept_clear(struct query_connection *connection);
/* kept_query.c: as prepared, but for another session; or NULL */
struct query *kept_query_take(struct query_connection *connection, struct bytes text,
                              struct query_session *session);
void kept_query_note(struct query *query, struct bytes text); /* it was prepared from that */
bool kept_query_give(struct query *query); /* false: it is not kept, and still the caller's */
void kept_query_clear(struct query_connection *connection);
/* query.c */
void query_free(struct query *query); /* for good */
void query_keep_names(struct query_description *description, struct arena *arena);
/* query.c: *out goes back by kept_give */
bool query_prepare_sql(struct compiler *c, struct buf *sql, sqlite3_stmt **out);
bool query_next(struct query *query, sqlite3_stmt *stmt, bool *row, struct err *err);
extern const struct engine_query_ops sqlite_query_ops;
