/* transaction.c - a client's transaction, on a worker's thread.
 *
 *   NONE ──first read──> READING ──first write──> WRITING ──> committed or rolled back ──> NONE
 *
 * What is read before the first write is of one snapshot (READ COMMITTED: each statement of its
 * own; SERIALIZABLE: reading is writing). From the first write (or SELECT … FOR UPDATE) on it is
 * alone: nobody else writes, and it reads the newest rows and its own. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "execute"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/log.h"
#include "execute/state.h"

enum { NO_SAVEPOINT = 1305, LOCK_WAIT_TIMEOUT = 1205, COMMIT_FAILED = 1180 };

static const struct execute_writer *writer_of(const struct execution *e)
{
    return executor_writer(e->executor);
}

bool transaction_is_wanted(const struct execution *e)
{
    return e->has_begun || !e->autocommit;
}

/* BEGIN has the last word; without it the session's setting counts. */
bool transaction_is_read_only(const struct execution *e)
{
    return e->has_begun ? e->is_read_only : e->request.is_read_only;
}

/* ---- begin ---- */

bool transaction_read(struct execution *e, struct err *err)
{
    if (e->stage != TRANSACTION_NONE)
        return true;
    enum reader_result result = readers_take(e, err);
    if (result == READER_NONE_FREE)
        return err_refuse(err, LOCK_WAIT_TIMEOUT,
                          "Lock wait timeout exceeded; try restarting transaction: %d transactions "
                          "read at the same time",
                          EXECUTE_READERS_MAX);
    if (result == READER_FAILED ||
        !e->executor->options.engine->ops->query->snapshot_begin(e->reader, err)) {
        readers_give_back(e);
        return false;
    }
    e->stage = TRANSACTION_READING;
    return true;
}

static void savepoint_name(const struct savepoint *savepoint, char out[24])
{
    snprintf(out, 24, "client %u", savepoint->number);
}

static bool set_in_engine(struct execution *e, struct savepoint *savepoint, struct err *err)
{
    char name[24];
    struct engine *engine = e->executor->options.engine;
    savepoint_name(savepoint, name);
    savepoint->mark = writer_of(e)->mark(writer_of(e)->arg);
    return engine->ops->savepoint(engine, name, err);
}

bool transaction_write(struct execution *e, struct err *err)
{
    const struct execute_writer *writer = writer_of(e);
    if (e->stage == TRANSACTION_WRITING)
        return true;
    if (!writer->begin(writer->arg, err)) {
        if (err->code == ERR_CONFLICT) /* another program has the database's lock */
            err->server_errno = LOCK_WAIT_TIMEOUT;
        return false;
    }
    readers_give_back(e);
    e->stage = TRANSACTION_WRITING;
    executor_own(e->executor, e);
    for (unsigned i = 0; i < e->savepoint_count; i++)
        if (!set_in_engine(e, &e->savepoints[i], err)) {
            transaction_lose(e);
            return false;
        }
    return true;
}

/* ---- end ---- */

static void is_over(struct execution *e)
{
    readers_give_back(e);
    if (e->stage == TRANSACTION_WRITING)
        executor_own(e->executor, NULL);
    e->stage = TRANSACTION_NONE;
    e->has_begun = false;
    e->is_read_only = false;
    e->is_lost = false;
    e->savepoint_count = 0;
}

/* Whether it is in the log nobody knows: the node ends, and its start finds out. */
void transaction_word_failure(struct err *err)
{
    err->server_errno = COMMIT_FAILED;
    (void)err_wrap(err, "Got error during COMMIT, and this node stops writing: whether this "
                        "transaction is there is known after its next start");
}

static void fail(struct execution *e, struct err *err)
{
    const struct executor_options *o = &e->executor->options;
    o->on_failure(err, o->arg);
    transaction_word_failure(err);
}

bool transaction_commit(struct execution *e, struct err *err)
{
    const struct execute_writer *writer = writer_of(e);
    bool ok = true;
    if (e->stage == TRANSACTION_WRITING && !fence_allows(e, err)) {
        transaction_rollback(e);
        return false;
    }
    if (e->stage == TRANSACTION_WRITING) {
        ok = writer->log(writer->arg, &e->gtid, err);
        e->is_logged = ok;
        if (!ok && writer->has_failed(writer->arg))
            fail(e, err);
    }
    is_over(e);
    return ok;
}

void transaction_rollback(struct execution *e)
{
    const struct execute_writer *writer = writer_of(e);
    if (e->stage == TRANSACTION_WRITING)
        writer->rollback(writer->arg);
    is_over(e);
}

/* After a failure, not at the client's will: it has to learn of it before it goes on. */
void transaction_lose(struct execution *e)
{
    bool wants_more = transaction_is_wanted(e);
    bool had_begun = e->has_begun;
    transaction_rollback(e);
    e->is_lost = wants_more;
    e->has_begun = had_begun;
}

void transaction_end_statement(struct execution *e)
{
    const struct execute_writer *writer = writer_of(e);
    if (e->stage == TRANSACTION_WRITING)
        writer->end_statement(writer->arg);
}

/* ---- savepoints ---- */

static unsigned find(const struct execution *e, const char *name)
{
    unsigned i = e->savepoint_count;
    while (i > 0 && strcasecmp(e->savepoints[i - 1].name, name) != 0)
        i--;
    return i; /* one past it; 0: none */
}

static bool none(const char *name, struct err *err)
{
    return err_refuse(err, NO_SAVEPOINT, "SAVEPOINT %s does not exist", name);
}

static void forget(struct execution *e, unsigned i)
{
    memmove(&e->savepoints[i], &e->savepoints[i + 1],
            (e->savepoint_count - i - 1) * sizeof *e->savepoints);
    e->savepoint_count--;
}

bool transaction_savepoint(struct execution *e, const char *name, struct err *err)
{
    if (!transaction_is_wanted(e)) /* it would end with this statement */
        return true;
    unsigned old = find(e, name);
    if (old > 0)
        forget(e, old - 1);
    if (e->savepoint_count == EXECUTE_SAVEPOINTS_MAX)
        return err_refuse(err, 1235, "more than %d savepoints in a transaction: not supported here",
                          EXECUTE_SAVEPOINTS_MAX);
    e->savepoints = memory_resize(e->savepoints, (e->savepoint_count + 1) * sizeof *e->savepoints);
    struct savepoint *savepoint = &e->savepoints[e->savepoint_count];
    *savepoint = (struct savepoint){ .number = ++e->savepoint_numbers };
    snprintf(savepoint->name, sizeof savepoint->name, "%s", name);
    if (e->stage == TRANSACTION_WRITING && !set_in_engine(e, savepoint, err))
        return false;
    e->savepoint_count++;
    return true;
}

/* rollback_to or release of the engine's. False: the transaction is lost. */
static bool end_in_engine(struct execution *e, const struct savepoint *savepoint,
                          bool (*end)(struct engine *, const char *, struct err *), struct err *err)
{
    char name[24];
    savepoint_name(savepoint, name);
    if (end(e->executor->options.engine, name, err))
        return true;
    transaction_lose(e);
    return false;
}

bool transaction_rollback_to(struct execution *e, const char *name, struct err *err)
{
    const struct engine_ops *ops = e->executor->options.engine->ops;
    unsigned at = find(e, name);
    if (at == 0)
        return none(name, err);
    const struct savepoint *savepoint = &e->savepoints[at - 1];
    if (e->stage == TRANSACTION_WRITING) {
        if (!end_in_engine(e, savepoint, ops->rollback_to, err))
            return false;
        writer_of(e)->go_back(writer_of(e)->arg, savepoint->mark);
    }
    e->savepoint_count = at;
    return true;
}

/* Those that came after it go with it, as in the engine. */
bool transaction_release(struct execution *e, const char *name, struct err *err)
{
    const struct engine_ops *ops = e->executor->options.engine->ops;
    unsigned at = find(e, name);
    if (at == 0)
        return none(name, err);
    if (e->stage == TRANSACTION_WRITING &&
        !end_in_engine(e, &e->savepoints[at - 1], ops->release, err))
        return false;
    e->savepoint_count = at - 1;
    return true;
}
