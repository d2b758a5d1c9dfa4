/* schema.h - the source's databases and tables as definitions, read before the consistent point and
 * checked after it: what is the same on both sides was the same at the point.
 *
 * A definition that cannot be parsed is refused for a copied table and passed over with a warning
 * for one that is not. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "engine/engine.h"
#include "snapshot/probe.h"
#include "sql/catalog.h"

struct connection;

struct schema_table {
    struct table_def *def; /* NULL: not copied, and not readable */
    char *printed;         /* the definition as table_def_print has it: to compare */
    const struct source_table *source;
    bool kept;
};
struct schema_database {
    const char *name;
    const char *charset;
    const char *collation;
};
struct schema {
    struct arena arena;
    struct schema_database *databases;
    unsigned database_count;
    struct schema_table *tables; /* in the order of facts.tables */
    unsigned table_count;
};
void schema_init(struct schema *schema);
void schema_clear(struct schema *schema);

typedef bool keep_fn(const char *db, const char *table, void *arg);

/* facts: with every table, also those that are not kept. Its tables are borrowed.
 * ERR_CONFLICT: the schema moved while it was read. */
bool schema_read(struct connection *connection, const struct source_facts *facts, keep_fn *keep,
                 void *keep_arg, struct schema *out, struct err *err) MUST_CHECK;
/* ERR_CONFLICT when a table came, went, or has another definition now. */
bool schema_check_list(struct connection *connection, const struct schema *schema,
                       struct err *err) MUST_CHECK;
bool schema_check_table(struct connection *connection, const struct source_facts *facts,
                        const struct schema_table *table, struct err *err) MUST_CHECK;
/* ERR_CONFIG naming tables whose copy could not be made exact. */
bool schema_check_copyable(const struct schema *schema, struct err *err) MUST_CHECK;
bool schema_table_is_keyless(const struct schema_table *table);
bool schema_table_is_transactional(const struct schema_table *table);
/* "`a`.`b` READ, …" of the kept tables. */
void schema_lock_list(const struct schema *schema, struct buf *out);
/* Databases and tables into the engine. ERR_CONFLICT: an unfinished copy has other ones. */
bool schema_load(const struct schema *schema, struct engine *engine, struct err *err) MUST_CHECK;
