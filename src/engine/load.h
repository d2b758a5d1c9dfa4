/* load.h - the first copy: fills an engine from a snapshot of the source, resumable.
 *
 *   engine_load_begin              an empty engine, or one whose copy did not finish
 *     engine_load_database …       every database, with its defaults
 *     engine_load_table …          every table: the catalog's entry, and an empty table if kept
 *       engine_load_rows …         in any number of calls
 *       engine_load_chunk_commit   the rows so far and the progress text, in one commit
 *   engine_load_finish             indexes and views; the position; the copy is complete
 *
 * Until engine_load_finish has returned true, position.file stays "" over any crash: such an engine
 * must not be applied to. After a crash, engine_load_begin(fresh: false) keeps what was committed
 * and engine_load_progress tells how far each table is. The thread that owns the engine calls. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/engine.h"

struct engine_load_ops {
    bool (*begin)(struct engine *, enum flavour, bool fresh, struct err *);
    bool (*database)(struct engine *, const char *db, const char *charset, const char *collation,
                     struct err *);
    bool (*table)(struct engine *, const struct table_def *, bool with_rows, struct err *);
    bool (*rows)(struct engine *, struct engine_table *, const struct value *values,
                 unsigned row_count, struct err *);
    bool (*restart_table)(struct engine *, struct engine_table *, struct err *);
    bool (*chunk_commit)(struct engine *, struct engine_table *, const char *progress,
                         struct err *);
    bool (*progress)(struct engine *, const char *db, const char *name, struct buf *text,
                     struct err *);
    bool (*finish)(struct engine *, const struct position *, struct err *);
};

/* ERR_CONFLICT when the engine holds a complete copy: remove the data directory first. fresh: what
 * an unfinished copy left is dropped. flavour: the source's; it rules the catalog from now on. */
static inline MUST_CHECK bool engine_load_begin(struct engine *engine, enum flavour flavour,
                                                bool fresh, struct err *err)
{
    return engine->ops->load->begin(engine, flavour, fresh, err);
}

/* charset, collation: the database's defaults; collation may be "". */
static inline MUST_CHECK bool engine_load_database(struct engine *engine, const char *db,
                                                   const char *charset, const char *collation,
                                                   struct err *err)
{
    return engine->ops->load->database(engine, db, charset, collation, err);
}

/* with_rows false: a table that is not replicated; only the catalog knows it. Calling it again for
 * a table that a resumed copy has already, with the same definition, changes nothing; with another
 * definition it is ERR_CONFLICT (the schema moved: start over, fresh). engine->ops->table then
 * finds the table. */
static inline MUST_CHECK bool engine_load_table(struct engine *engine,
                                                const struct table_def *table, bool with_rows,
                                                struct err *err)
{
    return engine->ops->load->table(engine, table, with_rows, err);
}

/* values: row after row, one value per column of the definition, in order, as a row image or
 * value_from_text (binlog/value_text.h) gives them. A row whose key is there already is replaced: a
 * chunk may be loaded again. A table without a key has nothing to tell a repeated row by: clear it
 * with engine_load_restart_table. */
static inline MUST_CHECK bool engine_load_rows(struct engine *engine, struct engine_table *table,
                                               const struct value *values, unsigned row_count,
                                               struct err *err)
{
    return engine->ops->load->rows(engine, table, values, row_count, err);
}

/* Drops the rows and the progress of one table (not yet committed: the next chunk commit does). */
static inline MUST_CHECK bool engine_load_restart_table(struct engine *engine,
                                                        struct engine_table *table, struct err *err)
{
    return engine->ops->load->restart_table(engine, table, err);
}

/* Commits rows and progress (the caller's own words, e.g. the last key) together. table NULL: a
 * note about the copy as a whole, which engine_load_progress gives back for db "" and name "". */
static inline MUST_CHECK bool engine_load_chunk_commit(struct engine *engine,
                                                       struct engine_table *table,
                                                       const char *progress, struct err *err)
{
    return engine->ops->load->chunk_commit(engine, table, progress, err);
}

/* text becomes the table's last progress text, "" when nothing of it was committed. */
static inline MUST_CHECK bool engine_load_progress(struct engine *engine, const char *db,
                                                   const char *name, struct buf *text,
                                                   struct err *err)
{
    return engine->ops->load->progress(engine, db, name, text, err);
}

/* position.file must not be "". Durable when it returns true. An engine without any table may be
 * finished at once: the log is then applied from the position on. */
static inline MUST_CHECK bool engine_load_finish(struct engine *engine,
                                                 const struct position *position, struct err *err)
{
    return engine->ops->load->finish(engine, position, err);
}
