/* probe.h - what a source says about itself: gathered over one connection, judged elsewhere.
 *
 * Every setting is asked for by name and may be unknown to the server (NULL here): nothing is
 * concluded from version numbers. What the account may not see is recorded as such, so that the
 * doctor can name the missing privilege. Everything lives in the facts' arena. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "binlog/gtid.h"
#include "snapshot/grants.h"

struct connection;

struct source_variables {
#define VARIABLE(name) const char *name;
#include "snapshot/variables.def"
#undef VARIABLE
};

struct source_log_file {
    const char *name;
    uint64_t size_bytes;
};

/* A registered replica: SHOW REPLICAS, SHOW SLAVE HOSTS. */
struct source_replica {
    uint32_t server_id;
    const char *host;
    uint16_t port;
};

/* A base table, sequence or partition set that the account sees; system schemas are left out. */
struct source_table {
    const char *db;
    const char *name;
    const char *engine; /* "" when the server cannot open it */
    uint64_t rows;      /* the server's estimate */
    uint64_t size_bytes;
    bool is_sequence;
    bool has_row_key; /* a primary key, or a UNIQUE key of whole NOT NULL columns */
    bool cascades;    /* some foreign key of it changes its rows by itself */
    bool is_computed; /* it has generated columns; not asked of servers that log them */
};

/* Where the source's log ends, as its own status statement says. */
struct source_status {
    char file[256];
    uint64_t offset;
    const char *gtids; /* MySQL: executed set; MariaDB: binlog state; "" when it has none */
};

struct source_facts {
    struct arena arena;
    enum flavour flavour;
    const char *version; /* "9.7.4-2", "10.11.19-MariaDB" */
    uint32_t version_number;
    const char *user; /* CURRENT_USER(): the account that privileges belong to */
    bool encrypted;
    struct source_variables variables;
    struct privileges privileges;
    bool has_status; /* status and log_files could be read */
    struct source_status status;
    const char *gtid_purged; /* MySQL; "" when empty or unknown */
    struct source_log_file *log_files;
    unsigned log_file_count;
    struct source_replica *replicas;
    unsigned replica_count;
    bool has_replicas; /* the list could be read */
    struct source_table *tables;
    unsigned table_count;
    unsigned view_count;
};

void source_facts_init(struct source_facts *facts);
void source_facts_clear(struct source_facts *facts); /* ready for use again */

enum probe_scope {
    PROBE_SERVER, /* settings, status, privileges */
    PROBE_TABLES, /* and the tables: slow where there are very many */
};
/* keep (may be NULL) says which tables are followed; others are not listed. */
bool source_probe(struct connection *connection, enum probe_scope scope,
                  bool (*keep)(const char *db, const char *table, void *arg), void *keep_arg,
                  struct source_facts *facts, struct err *err) MUST_CHECK;

/* The pieces that a snapshot asks for again and again. gtids lives in the arena. */
bool probe_status(struct connection *connection, struct arena *arena, struct source_status *out,
                  struct err *err) MUST_CHECK;
bool probe_is_system_schema(const char *db);
/* InnoDB, RocksDB, TokuDB: rows are read as of a consistent snapshot. */
bool probe_engine_is_transactional(const char *engine);
/* The log of this server leaves generated columns out of update images, whatever binlog_row_image
 * says. */
bool probe_omits_generated(const struct source_facts *facts);
