/* fence.c - read_only and super_read_only: who may write here.
 *
 * Setting it is a turn of the writer's, between two statements, and answered when nothing waits for
 * a flush any more: from then on nobody whom it is meant for commits, and what was acknowledged
 * before is in the log. It waits for no open transaction: that one's COMMIT is refused, and rolls
 * it back, as on a server. */
// SPDX-License-Identifier: Apache-2.0
#include "execute/state.h"

enum { LOCKED_OR_ACTIVE = 1192, READ_ONLY_NODE = 1290 };

enum execute_read_only executor_read_only(const struct executor *x)
{
    return (enum execute_read_only)atomic_load(&x->read_only);
}

bool fence_lets(const struct execution *e)
{
    enum execute_read_only fence = executor_read_only(e->executor);
    return executor_writer(e->executor) != NULL && fence != EXECUTE_SUPER_READ_ONLY &&
           (fence == EXECUTE_WRITABLE || e->role == ROLE_admin);
}

bool fence_allows(const struct execution *e, struct err *err)
{
    const struct execute_writer *writer = executor_writer(e->executor);
    if (fence_lets(e))
        return true;
    if (writer == NULL)
        return err_refuse(
            err, READ_ONLY_NODE,
            "The MySQL server is running with the --read-only option so it cannot execute "
            "this statement: this node follows a source, which has to be written to");
    bool is_super = executor_read_only(e->executor) == EXECUTE_SUPER_READ_ONLY;
    return err_refuse(err, READ_ONLY_NODE,
                      "The %s server is running with the --%s option so it cannot execute this "
                      "statement",
                      writer->flavour == FLAVOUR_MARIADB ? "MariaDB" : "MySQL",
                      is_super ? "super-read-only" : "read-only");
}

bool fence_set(struct execution *e, struct err *err)
{
    if (e->stage == TRANSACTION_WRITING || e->has_begun || e->lock != LOCK_NONE)
        return err_refuse(err, LOCKED_OR_ACTIVE,
                          "Can't execute the given command because you have active locked tables "
                          "or an active transaction");
    atomic_store(&e->executor->read_only, (unsigned)e->request.read_only);
    return true;
}
