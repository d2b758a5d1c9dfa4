/* index_check.c - each point's place and runs must be what the walk finds. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/index_check.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void index_check_open(struct index_check *check, struct files *files, const char *dir,
                      const char *name, uint64_t number, struct faults *faults)
{
    struct err err;
    bool found = false;
    *check = (struct index_check){ .active = false };
    snprintf(check->shown, sizeof check->shown, "%s" GTID_INDEX_SUFFIX, name);
    if (!gtid_index_load(files, dir, name, number, &check->index, &found, &err)) {
        enum fault_kind kind =
            err.code == ERR_CORRUPT ? FAULT_KIND_GTID_INDEX : FAULT_KIND_UNREADABLE;
        faults_add(faults, kind, check->shown, FAULT_NOWHERE, "", "%s", err.text);
        return;
    }
    if (found)
        check->active = true;
    else
        faults_add(faults, FAULT_KIND_INDEX_MISSING, check->shown, FAULT_NOWHERE, "",
                   "there is no GTID index of %s", name);
}

static void wrong(struct index_check *check, struct faults *faults, const char *what)
{
    const struct gtid_point *point = &check->index.points[check->next];
    faults_add(faults, FAULT_KIND_GTID_INDEX, check->shown, FAULT_NOWHERE, "",
               "its point %zu, for offset %" PRIu64 " of the log, %s", check->next + 1, point->end,
               what);
    check->active = false;
}

static bool runs_equal(const struct gtid_runs *a, const struct gtid_runs *b)
{
    if (a->count != b->count || a->transactions != b->transactions)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!gtid_equal(&a->items[i].first, &b->items[i].first) ||
            a->items[i].last != b->items[i].last)
            return false;
    return true;
}

void index_check_commit(struct index_check *check, const struct gtid *gtid)
{
    if (check->active && check->next < check->index.count)
        gtid_runs_add(&check->runs, gtid);
}

void index_check_boundary(struct index_check *check, uint64_t end, struct faults *faults)
{
    if (!check->active || check->next == check->index.count)
        return;
    const struct gtid_point *point = &check->index.points[check->next];
    if (end < point->end)
        return;
    if (end > point->end)
        wrong(check, faults, "stands inside a transaction");
    else if (!runs_equal(&check->runs, &point->runs))
        wrong(check, faults, "does not name the transactions before it");
    else
        check->next++;
    gtid_runs_clear(&check->runs);
}

void index_check_close(struct index_check *check, uint64_t end, bool is_limit,
                       struct faults *faults)
{
    if (!check->active || check->next == check->index.count)
        return;
    const struct gtid_point *point = &check->index.points[check->next];
    if (point->end <= end)
        wrong(check, faults, "stands inside a transaction");
    else if (!is_limit)
        faults_add(faults, FAULT_KIND_LOST_END, check->index.name, end, "",
                   "it ends at %" PRIu64 ", but was synced up to %" PRIu64, end,
                   check->index.points[check->index.count - 1].end);
}

void index_check_clear(struct index_check *check)
{
    gtid_index_clear(&check->index);
    gtid_runs_clear(&check->runs);
}
