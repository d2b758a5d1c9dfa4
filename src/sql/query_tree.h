/* query_tree.h - SELECT, INSERT, REPLACE, UPDATE, DELETE, SHOW as trees: what was written, before
 * any catalog is asked.
 *
 * query_parse builds one; everything lives in its arena. Names are as written; a name that was not
 * written is NULL. Depth and size are bounded: whoever walks a tree may recurse. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "sql/ddl.h"

enum {
    QUERY_DEPTH_MAX = 200,     /* nodes from the root of an expression; parentheses; selects */
    QUERY_ITEMS_MAX = 4096,    /* columns of a list */
    QUERY_NODES_MAX = 4000000, /* nodes of a statement: a large multi-row INSERT has many */
};

enum operator_name {
#define OPERATOR(name, level, word, keyword, text) OPERATOR_##name,
#include "sql/operators.def"
#undef OPERATOR
    OPERATOR_COUNT
};
const char *operator_text(enum operator_name op);

enum time_unit {
#define TIME_UNIT(name, part, digits) UNIT_##name,
#include "sql/time_units.def"
#undef TIME_UNIT
    UNIT_COUNT
};

enum expr_kind {
    EXPR_NULL,
    EXPR_INTEGER,    /* number */
    EXPR_DECIMAL,    /* text: digits */
    EXPR_REAL,       /* text: with an exponent */
    EXPR_BOOLEAN,    /* number: TRUE, FALSE */
    EXPR_TEXT,       /* text (UTF-8); name: the introducer's charset or NULL */
    EXPR_BYTES,      /* text: x'…', b'…', 0x…; number: 0 = x'…', which is never one */
    EXPR_TEMPORAL,   /* text; name: "date", "time", "timestamp" */
    EXPR_PARAMETER,  /* number: from 0 */
    EXPR_COLUMN,     /* db, table, name */
    EXPR_STAR,       /* db, table: t.*, * */
    EXPR_VARIABLE,   /* name: @name */
    EXPR_SYSTEM,     /* name, number: 1 = global */
    EXPR_OPERATOR,   /* op, args */
    EXPR_LIKE,       /* args: text, pattern[, escape]; negated */
    EXPR_BETWEEN,    /* args: value, low, high; negated */
    EXPR_IN,         /* args: value, list…; or args: value and select; negated */
    EXPR_IS,         /* args: value; name: "null", "true", "false"; negated */
    EXPR_CASE,       /* args: [operand if number], when, then …[, else if negated] */
    EXPR_CAST,       /* args: value; type */
    EXPR_COLLATE,    /* args: value; name */
    EXPR_FUNCTION,   /* name, args */
    EXPR_EXISTS,     /* select */
    EXPR_SUBQUERY,   /* select */
    EXPR_QUANTIFIED, /* op, args: value; select; number: 1 = ALL */
    EXPR_ROW,        /* args */
    EXPR_INTERVAL,   /* args: amount; unit */
    EXPR_UNIT,       /* unit: an argument of TIMESTAMPDIFF, EXTRACT */
    EXPR_DEFAULT,    /* DEFAULT, DEFAULT(name) */
    EXPR_NEW_VALUE,  /* VALUES(name) */
};

enum cast_kind {
    CAST_SIGNED,
    CAST_UNSIGNED,
    CAST_CHAR,
    CAST_BINARY,
    CAST_DATE,
    CAST_TIME,
    CAST_DATETIME,
    CAST_DECIMAL,
    CAST_REAL,
    CAST_JSON,
    CAST_YEAR
};

struct cast_type {
    enum cast_kind kind;
    bool has_length;
    uint32_t length; /* CHAR, BINARY; DECIMAL: digits */
    uint8_t scale;
    const char *charset; /* CONVERT … USING, CAST(… AS CHAR CHARACTER SET …), or NULL */
};

struct order_item {
    struct order_item *next;
    struct expr *expr;
    bool descending;
};

struct window {
    struct window *next; /* of a WINDOW clause */
    const char *name;    /* of itself; in OVER: of the one it stands for or refines */
    struct expr *partition;
    struct order_item *order;
    const char *frame; /* "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", made of our own words */
};

struct expr {
    enum expr_kind kind;
    enum operator_name op;
    uint16_t depth;
    bool negated;
    bool distinct; /* of an aggregate */
    enum time_unit unit;
    unsigned count; /* of args */
    uint64_t number;
    const char *db, *table, *name;
    struct bytes text;
    struct expr *args, *next;
    struct select *select;
    struct cast_type *cast;
    struct order_item *order; /* GROUP_CONCAT */
    struct window *over;      /* OVER (…) */
};

struct select_item {
    struct select_item *next;
    struct expr *expr;
    const char *alias; /* NULL: none */
    const char *text;  /* as written */
};

enum join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT };
struct source {
    struct source *next; /* of a list that commas separate */
    enum { SOURCE_TABLE, SOURCE_SELECT, SOURCE_JOIN } kind;
    const char *db, *name, *alias;
    struct select *select;
    const char **column_names; /* of a derived table: (a, b) behind its alias */
    unsigned column_name_count;
    struct source *left, *right;
    enum join_kind join;
    bool natural;
    struct expr *on;
    const char **using;
    unsigned using_count;
};

struct cte {
    struct cte *next;
    const char *name;
    const char **column_names;
    unsigned column_name_count;
    struct select *select;
};

struct limit {
    struct expr *count, *offset; /* integers or parameters; NULL: not said */
};

enum set_operation { SET_NONE, SET_UNION, SET_UNION_ALL, SET_EXCEPT, SET_INTERSECT };
struct select {
    struct select *next;          /* of a union: the next member */
    enum set_operation operation; /* between this and the one before it */
    struct select *inner; /* (SELECT …) with a tail of its own: everything else here is the tail */
    struct cte *ctes;
    bool recursive;
    bool distinct;
    bool calc_found_rows;
    struct select_item *items;
    unsigned item_count;
    struct source *from;
    struct expr *where;
    struct expr *group;
    bool rollup;
    struct expr *having;
    struct window *windows;
    /* Of the first member: they are those of the whole. */
    struct order_item *order;
    struct limit limit;
    bool locks;
    bool is_for_update; /* it locks to write */
    const char **into;  /* @names */
    unsigned into_count;
};

struct assignment {
    struct assignment *next;
    const char *db, *table, *name;
    struct expr *expr;
};

enum tree_kind {
    TREE_SELECT,
    TREE_INSERT,
    TREE_REPLACE,
    TREE_UPDATE,
    TREE_DELETE,
    TREE_SHOW,
    TREE_DO
};

enum show_kind {
#define SHOW(name, words) SHOW_##name,
#include "sql/shows.def"
#undef SHOW
};

struct insert_row {
    struct insert_row *next;
    struct expr *values;
    unsigned count;
};

struct query_tree {
    struct arena arena;
    struct ddl_session session;
    enum tree_kind kind;
    unsigned parameter_count;
    bool ignore;
    bool explains;            /* EXPLAIN of it: nothing is read or written */
    struct select *select;    /* SELECT; INSERT … SELECT; DO: its items */
    struct select *returning; /* INSERT, REPLACE, DELETE: its items; NULL: none */
    /* INSERT, REPLACE: */
    const char *db, *table;
    const char **columns; /* NULL: all */
    unsigned column_count;
    struct insert_row *rows;
    const char *row_alias; /* AS new */
    struct assignment *on_duplicate;
    /* UPDATE, DELETE: */
    struct source *from;
    struct source *targets; /* DELETE a, b FROM …; NULL: the one of `from` */
    struct assignment *assignments;
    struct expr *where;
    struct order_item *order;
    struct limit limit;
    /* SHOW: db, table; */
    enum show_kind show;
    bool full;
    bool if_exists;
    struct expr *like; /* EXPR_TEXT; SHOW … WHERE: where */
};

/* Version comments, quoting and charset by the session. ERR_UNSUPPORTED, with server_errno 1064
 * where the text is no MySQL that is known here, 1235 where it is, but not done. */
bool query_parse(struct bytes text, const struct ddl_session *session, struct query_tree **out,
                 struct err *err) MUST_CHECK;
void query_tree_free(struct query_tree *tree);
AUTO_DEFINE(query_tree);
/* One expression, as generated columns, defaults and checks have it. Owned by the tree. */
bool query_parse_expression(struct bytes text, const struct ddl_session *session,
                            struct query_tree **out, struct expr **expr,
                            struct err *err) MUST_CHECK;
