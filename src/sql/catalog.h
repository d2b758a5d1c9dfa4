/* catalog.h - the schema of the source as of a point in its log: databases, tables, columns, keys.
 *
 * It is changed only by the source's DDL (ddl.h) and by a snapshot's SHOW CREATE TABLE, and is kept
 * beside the position. A table's definition is stored as text (table_print) and read back by the
 * parser, so there is one reader of definitions. Names are UTF-8 as MySQL shows them; databases and
 * tables compare by bytes, columns without case (ASCII and simple Unicode folding are enough: MySQL
 * forbids twins). Not thread-safe: it belongs to whoever holds the engine. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "binlog/gtid.h" /* enum flavour */

/* One row per column type of the three servers: see types.def (name, wire types, storage class). */
enum sql_type {
    SQL_TINYINT,
    SQL_SMALLINT,
    SQL_MEDIUMINT,
    SQL_INT,
    SQL_BIGINT,
    SQL_FLOAT,
    SQL_DOUBLE,
    SQL_DECIMAL,
    SQL_BIT,
    SQL_YEAR,
    SQL_DATE,
    SQL_TIME,
    SQL_DATETIME,
    SQL_TIMESTAMP,
    SQL_CHAR,
    SQL_VARCHAR,
    SQL_TINYTEXT,
    SQL_TEXT,
    SQL_MEDIUMTEXT,
    SQL_LONGTEXT,
    SQL_BINARY,
    SQL_VARBINARY,
    SQL_TINYBLOB,
    SQL_BLOB,
    SQL_MEDIUMBLOB,
    SQL_LONGBLOB,
    SQL_ENUM,
    SQL_SET,
    SQL_JSON,
    SQL_GEOMETRY,
    SQL_VECTOR,
    SQL_UUID,
    SQL_INET4,
    SQL_INET6, /* MariaDB */
};

enum generated { GENERATED_NO, GENERATED_VIRTUAL, GENERATED_STORED };

/* MariaDB's system versioning: which end of a row's life a column holds. */
enum row_edge { ROW_EDGE_NONE, ROW_EDGE_START, ROW_EDGE_END };

struct column_def {
    char *name;
    enum sql_type type;
    uint32_t length;   /* characters (CHAR, VARCHAR), bytes (BINARY, VARBINARY), bits (BIT),
                          dimensions (VECTOR), digits shown (integers; 0: the server shows none) */
    uint8_t precision; /* DECIMAL */
    uint8_t scale;     /* DECIMAL; fractional digits of TIME, DATETIME, TIMESTAMP */
    bool is_unsigned;
    bool zerofill;
    bool nullable;
    bool auto_increment;
    bool invisible;
    bool compressed; /* MariaDB COMPRESSED columns */
    bool on_update_now;
    enum generated generated;
    bool default_is_expression; /* of default_text */
    bool geometry_has_srid;
    bool unversioned;       /* WITHOUT SYSTEM VERSIONING */
    enum row_edge row_edge; /* filled by the source; never has a default */
    char *charset;   /* text types, ENUM, SET: "utf8mb4"; "binary"; resolved, never NULL for them */
    char *collation; /* resolved or "" */
    char **labels;   /* ENUM, SET: UTF-8 */
    unsigned label_count;
    /* NULL: none, or DEFAULT NULL. The literal's value as the column would show it (BIT as a
     * decimal number), or, when default_is_expression, MySQL text: CURRENT_TIMESTAMP(6), x'00ff'
     * (bytes that a C string cannot hold), or an expression as written. */
    char *default_text;
    char *generated_text; /* the expression, as written */
    char *comment;        /* NULL: none */
    char *geometry_kind;  /* "point", … for SQL_GEOMETRY */
    uint32_t srid;
};

enum key_kind { KEY_PRIMARY, KEY_UNIQUE, KEY_PLAIN, KEY_FULLTEXT, KEY_SPATIAL, KEY_VECTOR };
struct key_part {
    char *column;     /* NULL when it is an expression */
    char *expression; /* functional key part, as written */
    uint32_t prefix;  /* 0: the whole column */
    bool descending;
};
struct key_def {
    char *name; /* "PRIMARY" for the primary key; MySQL's generated name where none was given */
    enum key_kind kind;
    bool invisible;
    bool without_overlaps; /* of the table's period, beside the parts */
    bool generated;        /* made for a foreign key: gives way to a key that covers it */
    struct key_part *parts;
    unsigned part_count;
};

enum fk_action { FK_NO_ACTION, FK_RESTRICT, FK_CASCADE, FK_SET_NULL, FK_SET_DEFAULT };
struct fk_def {
    char *name;
    char **columns;
    unsigned column_count;
    char *parent_db;
    char *parent_table;
    char **parent_columns;
    unsigned parent_column_count; /* as column_count; 0 until known: the parent's primary key */
    enum fk_action on_delete, on_update;
};

enum { SEQUENCE_COLUMNS = 8 };

struct check_def {
    char *name;   /* NULL: MariaDB's unnamed check of a column */
    char *column; /* the column whose attribute it is (MariaDB), or NULL */
    char *expression;
    bool enforced;
};

struct table_def {
    char *db;
    char *name;
    struct column_def *columns;
    unsigned column_count;
    struct key_def *keys;
    unsigned key_count;
    struct fk_def *fks;
    unsigned fk_count;
    struct check_def *checks; /* for showing and naming: the source has applied them */
    unsigned check_count;
    char *period_name; /* MariaDB's application-time period, or NULL */
    char *period_start, *period_end;
    char *engine;    /* "InnoDB"; "" when not said */
    char *charset;   /* default for its columns; resolved */
    char *collation; /* or "" */
    char *comment;
    bool is_sequence;      /* MariaDB CREATE SEQUENCE */
    bool system_versioned; /* MariaDB: hidden row_start/row_end are in columns, invisible */
    /* Of a CREATE SEQUENCE only: the row that the source makes without a row event, as texts by
     * column (SEQUENCE_COLUMNS of them). Neither printed nor compared nor copied. */
    char **sequence_row;
    uint64_t first_number; /* AUTO_INCREMENT of the statement at hand, 0: not said; treated alike */
    char *partition_text;  /* as last written as a whole (PARTITION BY …), or NULL */
    struct arena arena;    /* owns everything above */
};

struct table_def *table_def_new(void);
void table_def_free(struct table_def *table); /* NULL is allowed */
AUTO_DEFINE(table_def);
struct table_def *table_def_copy(const struct table_def *table);
/* Same columns, keys, constraints and options, name and database aside. */
bool table_def_equal(const struct table_def *a, const struct table_def *b);
/* A CREATE TABLE statement in MySQL's dialect that parses back (ddl_parse_table, sql_mode 0,
 * version 0, explicit_defaults_for_timestamp) to an equal definition. */
void table_def_print(const struct table_def *table, struct buf *out);
/* "decimal(10,2) unsigned": a column's type as SHOW COLUMNS has it. */
void column_type_print(const struct column_def *column, struct buf *out);
int table_def_column(const struct table_def *table, const char *name);      /* index or -1 */
const struct key_def *table_def_primary_key(const struct table_def *table); /* NULL: none */
/* The key that names a row: the primary key, else a UNIQUE key of NOT NULL whole columns, else
 * NULL. */
const struct key_def *table_def_row_key(const struct table_def *table);

struct catalog;
struct catalog *catalog_new(enum flavour flavour);
void catalog_free(struct catalog *catalog);
AUTO_DEFINE(catalog);
enum flavour catalog_flavour(const struct catalog *catalog);
const struct table_def *catalog_table(const struct catalog *catalog, const char *db,
                                      const char *name);
/* Takes ownership of the definition; replaces one of that name. Creates the database where it is
 * missing. */
void catalog_put_table(struct catalog *catalog, struct table_def *table);
bool catalog_drop_table(struct catalog *catalog, const char *db, const char *name);
/* Takes the definition out and hands it over; NULL: there is none. */
struct table_def *catalog_take_table(struct catalog *catalog, const char *db, const char *name);
bool catalog_has_database(const struct catalog *catalog, const char *db);
void catalog_put_database(struct catalog *catalog, const char *db, const char *charset,
                          const char *collation);
void catalog_drop_database(struct catalog *catalog, const char *db);
const char *catalog_database_charset(const struct catalog *catalog,
                                     const char *db); /* NULL: unknown database */
const char *catalog_database_collation(const struct catalog *catalog, const char *db);
/* In name order. Stops and returns false when visit does. */
bool catalog_each_table(const struct catalog *catalog,
                        bool (*visit)(const struct table_def *, void *), void *arg);
bool catalog_each_database(const struct catalog *catalog,
                           bool (*visit)(const char *db, const char *charset, const char *collation,
                                         void *),
                           void *arg);
unsigned catalog_tables_named(const struct catalog *catalog,
                              const char *name); /* in how many databases */
