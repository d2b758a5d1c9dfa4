/* prepared.h - XA transactions that are prepared and neither committed nor rolled back: their
 * events, kept by the engine until it is known what becomes of them.
 *
 *   XA PREPARE    engine_prepared_begin, engine_prepared_keep …, commit with the position
 *   XA COMMIT     engine_prepared_next … (the events are applied), engine_prepared_forget
 *   XA ROLLBACK   engine_prepared_forget
 *
 * Promise: what was kept is there after any crash exactly when the position is past its XA PREPARE.
 * Memory: one event at a time. All calls but next and each: inside begin … commit. The engine's
 * thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/xa.h"
#include "engine/engine.h"

struct prepared {
    const char *xid;  /* as xa_id_text gives it */
    const char *gtid; /* of the XA PREPARE; "" without GTIDs */
    const char *file; /* where that stands in the log */
    uint64_t offset;
};

/* An event of a prepared transaction: a table map, or rows. */
struct prepared_event {
    uint8_t type;
    const char *shape; /* of a table map: the caller's words about the table; else "" */
    struct bytes body;
};

/* Reads the events in their order: zero `after` first. The buffers are the caller's. */
struct prepared_reader {
    const char *xid;
    int64_t after;
    uint8_t type;
    struct buf shape;
    struct buf body;
};

struct engine_prepared_ops {
    bool (*begin)(struct engine *, const struct prepared *, struct err *);
    bool (*keep)(struct engine *, const char *xid, const struct prepared_event *, struct err *);
    bool (*next)(struct engine *, struct prepared_reader *, bool *more, struct err *);
    bool (*forget)(struct engine *, const char *xid, bool *found, struct err *);
    bool (*each)(struct engine *, void (*see)(const struct prepared *, void *), void *arg,
                 struct err *);
};

/* ERR_CONFLICT when one of that name is there already. */
static inline MUST_CHECK bool
engine_prepared_begin(struct engine *engine, const struct prepared *prepared, struct err *err)
{
    return engine->ops->prepared->begin(engine, prepared, err);
}

static inline MUST_CHECK bool engine_prepared_keep(struct engine *engine, const char *xid,
                                                   const struct prepared_event *event,
                                                   struct err *err)
{
    return engine->ops->prepared->keep(engine, xid, event, err);
}

/* *more false: there is no further event; none at all for a name that is not there. */
static inline MUST_CHECK bool engine_prepared_next(struct engine *engine,
                                                   struct prepared_reader *reader, bool *more,
                                                   struct err *err)
{
    return engine->ops->prepared->next(engine, reader, more, err);
}

static inline MUST_CHECK bool engine_prepared_forget(struct engine *engine, const char *xid,
                                                     bool *found, struct err *err)
{
    return engine->ops->prepared->forget(engine, xid, found, err);
}

/* Oldest first. */
static inline MUST_CHECK bool engine_prepared_each(struct engine *engine,
                                                   void (*see)(const struct prepared *, void *),
                                                   void *arg, struct err *err)
{
    return engine->ops->prepared->each(engine, see, arg, err);
}
