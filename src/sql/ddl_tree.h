/* ddl_tree.h - a parsed statement: steps, each on one table or database, each with its items.
 *
 * Private to src/sql: the parser (ddl_*.c) builds it, ddl_apply.c and table_build.c read it. It
 * knows nothing of the catalog: charsets, key names and column positions are as the text has them,
 * and NULL or 0 where it is silent. Everything lives in the ddl's arena. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/ddl.h"

enum {
    DDL_TEXT_MAX = 16 << 20,  /* bytes of one statement that is parsed (not: classified) */
    DDL_STEP_MAX = 1 << 16,   /* tables of one statement */
    DDL_ITEM_MAX = 1 << 14,   /* clauses of one table */
    DDL_COLUMN_MAX = 4096,    /* columns of one table; parts of one key */
    DDL_KEY_MAX = 512,        /* keys of one table, its foreign keys' included */
    DDL_LABEL_MAX = 65535,    /* of one ENUM */
    DDL_DEPTH_MAX = 500,      /* parentheses in parentheses */
    DDL_NAME_BYTES_MAX = 256, /* 64 characters */
};

enum default_kind {
    DEFAULT_UNSAID,
    DEFAULT_NULL,
    DEFAULT_TEXT,       /* 'text': the value */
    DEFAULT_NUMBER,     /* 1.5, TRUE as 1 */
    DEFAULT_BITS,       /* x'..', b'..': the bytes, a number for a numeric column */
    DEFAULT_NOW,        /* CURRENT_TIMESTAMP or CURRENT_TIMESTAMP(n) */
    DEFAULT_EXPRESSION, /* its text, outer parentheses aside */
};

/* A column as written; `def` holds what needs no context. */
struct column_spec {
    struct column_def def; /* charset, collation: as written or NULL */
    uint64_t size;         /* the number in parentheses */
    bool has_size;         /* there was one */
    bool has_scale;        /* and a second one */
    bool national;         /* utf8mb3 */
    bool binary_collation; /* the BINARY attribute: the charset's _bin */
    bool is_bool;          /* BOOL, BOOLEAN */
    bool is_json_alias;    /* MariaDB's JSON: LONGTEXT */
    bool null_said, not_null_said;
    enum default_kind default_kind;
    struct bytes default_value;
    bool is_primary, is_unique;
};

enum place { PLACE_NONE, PLACE_FIRST, PLACE_AFTER };

enum item_kind {
    ITEM_ADD_COLUMN,    /* column, place, other = after */
    ITEM_CHANGE_COLUMN, /* name, column, place, other */
    ITEM_DROP_COLUMN,   /* name */
    ITEM_RENAME_COLUMN, /* name, other = new */
    ITEM_SET_DEFAULT,   /* name, column: its default; none: DROP DEFAULT */
    ITEM_SET_INVISIBLE, /* name, flag */
    ITEM_ADD_KEY,       /* key */
    ITEM_DROP_KEY,      /* name */
    ITEM_RENAME_KEY,    /* name, other */
    ITEM_HIDE_KEY,      /* name, flag: invisible, ignored */
    ITEM_ADD_FK,        /* fk; name = the index name in it */
    ITEM_DROP_FK,
    ITEM_ADD_CHECK, /* check; name: the column it was written at, or NULL */
    ITEM_DROP_CHECK,
    ITEM_ENFORCE_CHECK,   /* name, flag */
    ITEM_DROP_CONSTRAINT, /* name: a key, foreign key or check */
    ITEM_ADD_PERIOD,      /* name, other = start, third = end */
    ITEM_SYSTEM_PERIOD,   /* other = start, third = end */
    ITEM_DROP_PERIOD,     /* name, NULL: SYSTEM_TIME */
    ITEM_VERSIONING,      /* flag: add or drop */
    ITEM_CONVERT_CHARSET, /* name = charset or NULL (the database's), other = collation or NULL */
    ITEM_CHARSET,         /* name = charset, NULL: DEFAULT */
    ITEM_COLLATE,         /* name */
    ITEM_ENGINE,          /* name */
    ITEM_COMMENT,         /* name */
    ITEM_SEQUENCE,        /* flag */
    ITEM_FIRST_NUMBER,    /* number: AUTO_INCREMENT */
    ITEM_PARTITION,       /* name = text; NULL: REMOVE PARTITIONING */
    ITEM_ADD_PARTITIONS,  /* name = text of the definitions, or a count */
    ITEM_RENAME_TABLE,    /* name, third = db */
};

struct ddl_item {
    struct ddl_item *next;
    enum item_kind kind;
    const struct ddl_item *within; /* the column that a key or check was written in, or NULL */
    bool if_exists;                /* or if not exists: passed over where it does not apply */
    bool flag;
    const char *name, *other, *third;
    enum place place;
    struct column_spec *column;
    struct key_def *key;
    struct fk_def *fk;
    struct check_def *check;
    char **row; /* ITEM_SEQUENCE: the first row, or NULL */
    uint64_t number;
};

enum step_kind {
    STEP_CREATE_TABLE, /* items */
    STEP_CREATE_LIKE,  /* other_db, other */
    STEP_ALTER_TABLE,  /* items */
    STEP_RENAME_TABLE, /* other_db, other */
    STEP_DROP_TABLE,
    STEP_TRUNCATE,
    STEP_CREATE_DATABASE, /* items: ITEM_CHARSET, ITEM_COLLATE */
    STEP_ALTER_DATABASE,
    STEP_DROP_DATABASE,
    STEP_DROP_SEQUENCE,
};

struct ddl_step {
    struct ddl_step *next;
    enum step_kind kind;
    const char *db;    /* resolved; "" when the statement and the session name none */
    const char *table; /* NULL: a database step */
    const char *other_db, *other;
    bool if_exists, if_not_exists, or_replace;
    struct ddl_item *items, **items_end;
    unsigned item_count;
};

struct ddl {
    enum ddl_kind kind;
    char verb[40];
    struct ddl_session session; /* its texts are copies */
    struct ddl_step *steps, **steps_end;
    unsigned step_count;
    struct arena arena;
};
