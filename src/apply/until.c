/* until.c - see until.h. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/until.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void until_copy(const struct until *from, struct until *out)
{
    *out = *from;
    out->gtids = from->gtids == NULL ? NULL : gtid_set_copy(from->gtids);
}

void until_clear(struct until *until)
{
    gtid_set_free(until->gtids);
    *until = (struct until){ 0 };
}

/* "binlog.000009" after "binlog.000007". */
static bool is_later_name(const char *name, const char *than)
{
    const char *dot = strrchr(name, '.');
    size_t base = dot == NULL ? 0 : (size_t)(dot - name) + 1;
    return dot != NULL && strncmp(name, than, base) == 0 && strchr(than + base, '.') == NULL &&
           strtoull(name + base, NULL, 10) > strtoull(than + base, NULL, 10);
}

bool until_check(const struct until *until, const struct store *store, struct err *err)
{
    char newest[LOG_NAME_MAX + 1];
    uint64_t file;
    if (until->kind != UNTIL_PLACE || store_find_file(store, until->file, &file))
        return true;
    store_file_name(store, store_appended_end(store).file, newest);
    return is_later_name(until->file, newest) ||
           err_set(err, ERR_CONFLICT,
                   "UNTIL names the file '%s': the log here does not hold it, and it does not come "
                   "after '%s', the newest one here",
                   until->file, newest);
}

/* ---- MariaDB's positions ---- */

/* All domains of the position, but for one (NULL: none), stand where it says. */
static bool domains_are_reached(const struct until *until, const struct gtid_set *done,
                                const struct gtid *except)
{
    struct gtid at;
    for (size_t i = 0; gtid_set_last_at(until->gtids, i, &at); i++)
        if ((except == NULL || except->domain != at.domain) && !gtid_set_covers(done, &at))
            return false;
    return true;
}

bool until_has_reached(const struct until *until, const struct gtid_set *done)
{
    return domains_are_reached(until, done, NULL);
}

bool until_never(const struct until *until, const struct gtid *gtid, struct err *err)
{
    char text[GTID_TEXT_MAX];
    struct gtid named;
    char advice[100] = "its place in that domain is another one";
    if (!gtid_set_last_in_domain(until->gtids, gtid->domain, &named))
        snprintf(advice, sizeof advice, "domain %u has to be named, too", gtid->domain);
    return err_set(err, ERR_CONFLICT,
                   "UNTIL names a position that this log never had: %s comes before all of it is "
                   "reached, and nothing can be left out here: %s. Name a position of the source "
                   "(@@gtid_binlog_pos), with all of its domains",
                   gtid_text(gtid, text), advice);
}

static bool judge_mariadb(const struct until *until, const struct gtid_set *done,
                          const struct gtid *gtid, bool *stop, struct err *err)
{
    struct gtid at;
    bool is_named = gtid_set_last_in_domain(until->gtids, gtid->domain, &at);
    bool is_past = !is_named || gtid->seq > at.seq;
    bool is_met = is_named && until->kind == UNTIL_BEFORE && gtid->seq == at.seq;
    if (!is_past && !is_met)
        return true;
    *stop = domains_are_reached(until, done, gtid);
    return *stop || until_never(until, gtid, err);
}

/* ---- both flavours ---- */

static bool have_common(const struct gtid_set *a, const struct gtid_set *b)
{
    AUTO(gtid_set) rest = NULL;
    if (gtid_set_is_empty(a) || gtid_set_kind(a) != gtid_set_kind(b))
        return false;
    rest = gtid_set_copy(a);
    gtid_set_subtract(rest, b);
    return gtid_set_count(rest) < gtid_set_count(a);
}

static bool gtids_are_reached(const struct until *until, const struct gtid_set *done)
{
    bool is_mariadb = gtid_set_kind(until->gtids) == GTID_MARIADB;
    if (is_mariadb)
        return until_has_reached(until, done);
    return until->kind == UNTIL_BEFORE ? have_common(until->gtids, done)
                                       : gtid_set_contains_all(done, until->gtids);
}

bool until_is_reached(const struct until *until, const struct gtid_set *done,
                      const struct store *store, struct log_pos at)
{
    struct log_pos place = { .offset = until->offset };
    switch (until->kind) {
    case UNTIL_NOTHING:
        break;
    case UNTIL_PLACE:
        return store_find_file(store, until->file, &place.file) && log_pos_compare(at, place) >= 0;
    case UNTIL_BEFORE:
    case UNTIL_AFTER:
        return gtids_are_reached(until, done);
    }
    return false;
}

bool until_judge(const struct until *until, const struct gtid_set *done, const struct gtid *gtid,
                 bool *stop, struct err *err)
{
    *stop = false;
    if (until->gtids == NULL || gtid_set_contains(done, gtid))
        return true;
    if (gtid->kind == GTID_NONE)
        return err_set(err, ERR_CONFLICT,
                       "UNTIL names GTIDs, and this transaction has none: name a file and offset");
    if (gtid->kind == GTID_MARIADB)
        return judge_mariadb(until, done, gtid, stop, err);
    *stop = until->kind == UNTIL_BEFORE && gtid_set_contains(until->gtids, gtid);
    return true;
}
