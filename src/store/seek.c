/* seek.c - where "everything in this set" ends in the log.
 *
 * Goes backwards through the GTID indexes: the start is the earliest point whose transactions are
 * not all done. It stops at the first file (from the end) of which the set says that all before it
 * is done. MariaDB: a domain's position stands for everything of that domain up to it in the log,
 * whichever server wrote it; so once the position's own GTID has been met, the domain is done
 * for all that lies before. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/memory.h"
#include "store/state.h"

struct seek {
    const struct gtid_set *done;
    uint32_t *met; /* MariaDB domains whose position was met already, from the log's end */
    size_t met_count;
    struct log_pos start;
};

static bool domain_met(const struct seek *seek, uint32_t domain)
{
    for (size_t i = 0; i < seek->met_count; i++)
        if (seek->met[i] == domain)
            return true;
    return false;
}

static void meet_domain(struct seek *seek, const struct gtid_run *run)
{
    struct gtid last;
    if (run->first.kind != GTID_MARIADB || domain_met(seek, run->first.domain) ||
        !gtid_set_last_in_domain(seek->done, run->first.domain, &last) ||
        last.server != run->first.server || last.seq < run->first.seq || last.seq > run->last)
        return;
    if ((seek->met_count & (seek->met_count - 1)) == 0)
        seek->met = memory_resize(seek->met, (seek->met_count == 0 ? 1 : seek->met_count * 2) *
                                                 sizeof *seek->met);
    seek->met[seek->met_count++] = run->first.domain;
}

static bool gtid_done(const struct seek *seek, const struct gtid *gtid)
{
    if (gtid->kind == GTID_MARIADB && domain_met(seek, gtid->domain))
        return true;
    return gtid_set_contains(seek->done, gtid);
}

static bool run_done(const struct seek *seek, const struct gtid_run *run)
{
    struct gtid gtid = run->first;
    gtid.seq = run->last;
    if (!gtid_done(seek, &gtid))
        return false;
    if (run->first.kind == GTID_MARIADB) /* a position: what is before it in the run is done */
        return true;
    for (gtid.seq = run->first.seq; gtid.seq < run->last; gtid.seq++)
        if (!gtid_done(seek, &gtid))
            return false;
    return true;
}

/* Anonymous transactions are in no set: a point that has one is never done. */
static bool point_done(struct seek *seek, const struct gtid_point *point)
{
    uint64_t named = 0;
    bool done = true;
    for (size_t i = point->runs.count; i > 0; i--) {
        const struct gtid_run *run = &point->runs.items[i - 1];
        named += run->last - run->first.seq + 1;
        done = run_done(seek, run) && done;
        meet_domain(seek, run);
    }
    return done && named == point->runs.transactions;
}

/* Is everything before the file done? The set's text has one item an origin; for MariaDB only the
 * last one of each domain counts. */
static bool before_done(const struct seek *seek, const char *before, bool *done, struct err *err)
{
    AUTO(gtid_set) set = NULL;
    struct buf text;
    if (!gtid_set_from_text(before, &set, err))
        return false;
    *done = gtid_set_contains_all(seek->done, set);
    if (*done || gtid_set_kind(set) != GTID_MARIADB)
        return true;
    buf_init(&text, GTID_SET_TEXT_MAX);
    gtid_set_print_position(set, &text);
    *done = true;
    for (const char *p = buf_cstr(&text); *p != 0 && *done; p += *p == ',') {
        struct gtid gtid = { .kind = GTID_MARIADB };
        char *end;
        gtid.domain = (uint32_t)strtoul(p, &end, 10);
        gtid.server = (uint32_t)strtoul(end + 1, &end, 10);
        gtid.seq = strtoull(end + 1, &end, 10);
        *done = gtid_done(seek, &gtid) || gtid_set_covers(seek->done, &gtid);
        p = end;
    }
    buf_clear(&text);
    return true;
}

static bool seek_file(struct store *store, struct seek *seek, struct log_pos limit, bool *finished,
                      struct err *err)
{
    struct gtid_index index;
    if (!store_points_to(store, limit, &index, err))
        return false;
    for (size_t i = index.count; i > 0; i--) {
        uint64_t from = i > 1 ? index.points[i - 2].end : BINLOG_MAGIC_SIZE;
        if (!point_done(seek, &index.points[i - 1]))
            seek->start = (struct log_pos){ limit.file, from };
    }
    bool ok = before_done(seek, index.before, finished, err);
    gtid_index_clear(&index);
    return ok;
}

static bool seek_log(struct store *store, struct seek *seek, struct err *err)
{
    struct shared *shared = store->shared;
    bool finished = false;
    struct log_pos limit = seek->start;
    while (!finished) {
        if (!seek_file(store, seek, limit, &finished, err))
            return false;
        if (finished)
            return true;
        if (limit.file == store_first_file(store))
            return err_set(err, ERR_CONFLICT,
                           "the log in %s begins after transactions that are asked for: they were "
                           "purged, or were never in it; start from a newer copy of the data",
                           store->dir);
        limit.file--;
        pthread_mutex_lock(&shared->lock);
        limit.offset = shared_limit(shared, limit.file);
        pthread_mutex_unlock(&shared->lock);
    }
    return true;
}

bool cursor_open_after(struct store *store, const struct gtid_set *done, const char *reader_name,
                       struct cursor **out, struct err *err)
{
    struct seek seek = { .done = done, .start = store_durable_end(store) };
    if (seek.start.offset == 0) { /* no file yet: wait for the first one */
        seek.start.offset = BINLOG_MAGIC_SIZE;
        return cursor_open_at(store, seek.start, reader_name, out, err);
    }
    bool ok = seek_log(store, &seek, err);
    free(seek.met);
    return ok && cursor_open_at(store, seek.start, reader_name, out, err);
}

bool store_gtids_before(struct store *store, struct log_pos at, struct gtid_set **out,
                        struct err *err)
{
    struct gtid_index index;
    struct gtid_set *set = NULL;
    if (store_durable_end(store).offset == 0) { /* no file yet */
        *out = gtid_set_new();
        return true;
    }
    if (!store_points_to(store, at, &index, err))
        return false;
    bool ok = gtid_set_from_text(index.before, &set, err);
    for (size_t i = 0; ok && i < index.count; i++)
        ok = gtid_point_add_to(&index.points[i], set, err);
    gtid_index_clear(&index);
    if (ok)
        *out = set;
    else
        gtid_set_free(set);
    return ok;
}
