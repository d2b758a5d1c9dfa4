/* gtid_wait.c - see gtid_wait.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/gtid_wait.h"
#include "base/clock.h"

void gtid_wait_begin(struct gtid_wait *wait, struct gtid_set *wanted, uint64_t timeout_ms)
{
    wait->wanted = wanted;
    wait->until_ms = timeout_ms == UINT64_MAX ? UINT64_MAX : clock_monotonic_ms() + timeout_ms;
}

void gtid_wait_end(struct gtid_wait *wait)
{
    gtid_set_free(wait->wanted);
    wait->wanted = NULL;
}

/* A position of MariaDB's is reached when each of its domains has come so far. */
static bool has_come(const struct gtid_set *done, const struct gtid_set *wanted)
{
    struct gtid gtid;
    if (gtid_set_kind(wanted) != GTID_MARIADB)
        return gtid_set_contains_all(done, wanted);
    for (size_t i = 0; gtid_set_last_at(wanted, i, &gtid); i++)
        if (!gtid_set_covers(done, &gtid))
            return false;
    return true;
}

bool gtid_wait_is_reached(const struct gtid_wait *wait, const struct session_source *source,
                          struct store *store, bool by_log)
{
    struct err err;
    AUTO(gtid_set) done = NULL;
    const char *applied = source->applied_gtids;
    bool is_known = by_log
                        ? store_gtids_before(store, store_durable_end(store), &done, &err)
                        : applied != NULL && gtid_set_parse(applied, source->flavour, &done, &err);
    return is_known && has_come(done, wait->wanted);
}

bool gtid_wait_is_over(const struct gtid_wait *wait)
{
    return clock_monotonic_ms() >= wait->until_ms;
}
