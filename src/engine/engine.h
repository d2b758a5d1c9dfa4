/* engine.h - where applied data lives: rows, schema and position, changed in one transaction.
 *
 * Promise: after any crash the engine's rows, catalog and position are those of one and the same
 * commit. One thread at a time may call an engine (the apply thread, or the snapshot before it).
 * engine/sqlite is the embedded one; others keep the same promises. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "binlog/gtid_set.h"
#include "binlog/value.h"
#include "sql/catalog.h"
#include "sql/ddl.h"

/* How far the engine's data is. */
struct position {
    char file[256];         /* the source's log file; "" before the first copy */
    uint64_t offset;        /* the next event's offset in it */
    struct gtid_set *gtids; /* applied; owned; may be empty when the source has no GTIDs */
    /* Until this place changes may meet rows that a resumed copy already holds: they are applied as
     * "make it so" (upsert, delete if there). file "" = strict, the rule. */
    char repair_until_file[256];
    uint64_t repair_until_offset;
    char source_uuid[40]; /* server_uuid (MySQL), "server_id:N" (MariaDB) of the source copied from
                           */
    uint64_t last_commit_us; /* source's commit time of the last applied transaction, 0 unknown */
};
void position_clear(struct position *position);

enum change { CHANGE_INSERT, CHANGE_UPDATE, CHANGE_DELETE };
enum change_mode { CHANGE_STRICT, CHANGE_REPAIR };

/* A table as the engine knows it; lives until the schema changes or the engine is freed. */
struct engine_table;

/* A row change. before: UPDATE, DELETE; after: INSERT, UPDATE. One value per column of the
 * definition, in order; VALUE_ABSENT where the image lacks the column. Text in the column's
 * charset. */
struct row_change {
    enum change kind;
    const struct value *before;
    const struct value *after;
};

/* What a DDL statement means beyond its text. */
struct ddl_context {
    bool (*keep)(const char *db, const char *table, void *); /* NULL: every table is replicated */
    void *keep_arg;
    uint64_t now_us;       /* when it ran at the source: CURRENT_TIMESTAMP of a new column */
    const char *time_zone; /* of its session: "+02:00", "SYSTEM", …; NULL: unknown */
    uint64_t
        last_instant_us; /* the end of a row that has not ended (MariaDB's system versioning) */
};

/* Row changes told as they happen, whoever made them: `change`, statements, their cascades and what
 * REPLACE takes away; not schema changes, and nothing that leaves a row as it is. Images are full;
 * values live until the call returns. What was told goes back when the caller rolls back, to a
 * savepoint too: that is the caller's to know. False, or a change that cannot be told: neither
 * prepare nor commit succeeds any more in this transaction. */
struct engine_capture {
    bool (*on_change)(struct engine_table *table, const struct row_change *change, void *arg,
                      struct err *err);
    void *arg;
};

struct engine;
struct engine_load_ops;     /* load.h */
struct engine_prepared_ops; /* prepared.h */
struct engine_query_ops;    /* query.h */
struct engine_ops {
    const char *name;
    const struct engine_load_ops *load;
    const struct engine_prepared_ops *prepared;
    const struct engine_query_ops *query;
    const struct catalog *(*catalog)(struct engine *);
    bool (*position)(struct engine *, struct position *out, struct err *);
    bool (*begin)(struct engine *, struct err *);
    /* NULL when the catalog has no such table. */
    struct engine_table *(*table)(struct engine *, const char *db, const char *name);
    const struct table_def *(*table_def)(struct engine_table *);
    /* False: the catalog knows the table but its rows are not kept here (filtered, or never
     * copied). */
    bool (*has_rows)(struct engine_table *);
    /* Foreign keys of other tables would make change_cascading of this one change their rows. */
    bool (*is_cascade_parent)(struct engine_table *);
    /* ERR_CONFLICT (strict): the row to change is missing, or the one to insert is there; the
     * sentence names table and key. Inside begin … commit. */
    bool (*change)(struct engine *, struct engine_table *, const struct row_change *,
                   enum change_mode, struct err *);
    /* As change (strict) of rows to insert, one after the other, but quicker. Their bytes must live
     * until it returns; after a failure some of them may be in. */
    bool (*insert)(struct engine *, struct engine_table *, const struct value *const *rows,
                   unsigned count, struct err *);
    /* As change, for a source whose foreign keys act inside its storage engine (MariaDB, MySQL up
     * to 9.5): what ON DELETE and ON UPDATE do to the child tables is done here too. */
    bool (*change_cascading)(struct engine *, struct engine_table *, const struct row_change *,
                             enum change_mode, struct err *);
    /* As change (strict), for an update that lacks generated columns although it changes what they
     * are made of: they are computed. ERR_UNSUPPORTED where the row that is here does not show that
     * this gives what the source has. May be NULL. */
    bool (*change_generating)(struct engine *, struct engine_table *, const struct row_change *,
                              struct err *);
    /* Catalog and tables change together. Statements without effect on rows or columns
     * (DDL_NO_ROWS) change nothing. Every engine_table is void afterwards. Inside begin … commit.
     */
    bool (*ddl)(struct engine *, const struct ddl *, const struct ddl_context *, struct err *);
    /* From now on; NULL: no more. Outside of begin … commit. */
    void (*capture)(struct engine *, const struct engine_capture *);
    /* Inside begin … commit: a name for what is done so far; and back to it, or ERR_CONFLICT. A
     * name that is set again is its newest place. Not for going back over ddl. */
    bool (*savepoint)(struct engine *, const char *name, struct err *);
    /* What could not be told (capture) since then is forgotten. */
    bool (*rollback_to)(struct engine *, const char *name, struct err *);
    bool (*release)(struct engine *, const char *name, struct err *); /* it and those after it */
    /* What of a commit can be done before it, so that the commit is short: nothing but commit (with
     * the same position) or rollback may follow; or a savepoint, and all of it anew. May be NULL.
     */
    bool (*prepare)(struct engine *, const struct position *, struct err *);
    bool (*commit)(struct engine *, const struct position *, struct err *);
    void (*rollback)(struct engine *);
    /* Makes the last commit durable (SQLite: checkpoint with sync); purge may then go up to it. */
    bool (*sync)(struct engine *, struct err *);
    void (*free)(struct engine *);
};
struct engine {
    const struct engine_ops *ops;
};
static inline void engine_free(struct engine *engine)
{
    if (engine != NULL)
        engine->ops->free(engine);
}
AUTO_DEFINE(engine);
