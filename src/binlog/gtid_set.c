/* gtid_set.c - the algebra of GTID sets; invariants in gtid_set_internal.h.
 *
 * Adding the next number of the origin touched last changes one interval's end in place: that is
 * what every commit does. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid_set.h"
#include <assert.h>
#include <stdlib.h>
#include "base/bug.h"
#include "base/memory.h"
#include "binlog/gtid_set_internal.h"

struct gtid_set *gtid_set_new(void)
{
    return memory_new(sizeof(struct gtid_set));
}

void gtid_set_clear(struct gtid_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->origins[i].intervals);
    free(set->origins);
    free(set->lasts);
    *set = (struct gtid_set){ 0 };
}

void gtid_set_free(struct gtid_set *set)
{
    if (set == NULL)
        return;
    gtid_set_clear(set);
    free(set);
}

struct gtid_set *gtid_set_copy(const struct gtid_set *set)
{
    struct gtid_set *copy = gtid_set_new();
    gtid_set_union(copy, set);
    return copy;
}

enum gtid_kind gtid_set_kind(const struct gtid_set *set)
{
    return set->kind;
}

bool gtid_set_is_empty(const struct gtid_set *set)
{
    return set->count == 0;
}

/* Room for one more element of `unit` bytes. */
static void *grow(void *items, size_t count, size_t *size, size_t unit)
{
    if (count < *size)
        return items;
    *size = *size == 0 ? 4 : *size * 2;
    return memory_resize(items, *size * unit);
}

static int number_compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int origin_compare(const struct gtid *a, const struct gtid *b)
{
    if (a->kind == GTID_MARIADB)
        return a->domain != b->domain ? number_compare(a->domain, b->domain)
                                      : number_compare(a->server, b->server);
    int order = memcmp(a->uuid, b->uuid, sizeof a->uuid);
    return order != 0 ? order : strcmp(a->tag, b->tag);
}

/* Index of the origin, or of the place where it belongs. */
static size_t origin_find(const struct gtid_set *set, const struct gtid *id, bool *found)
{
    size_t low = 0;
    size_t high = set->count;
    *found = true;
    if (set->hot < set->count && origin_compare(&set->origins[set->hot].id, id) == 0)
        return set->hot;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = origin_compare(&set->origins[middle].id, id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

static struct origin *origin_get(struct gtid_set *set, const struct gtid *id)
{
    bool found;
    size_t at = origin_find(set, id, &found);
    if (!found) {
        set->origins = grow(set->origins, set->count, &set->size, sizeof *set->origins);
        memmove(&set->origins[at + 1], &set->origins[at], (set->count - at) * sizeof *set->origins);
        set->origins[at] = (struct origin){ .id = *id };
        set->origins[at].id.seq = 0;
        set->count++;
        set->kind = id->kind;
    }
    set->hot = at;
    return &set->origins[at];
}

/* The first interval that ends at or after number. */
static size_t interval_find(const struct origin *origin, uint64_t number)
{
    size_t low = 0;
    size_t high = origin->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (origin->intervals[middle].end < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void interval_insert(struct origin *origin, size_t at, struct interval interval)
{
    origin->intervals =
        grow(origin->intervals, origin->count, &origin->size, sizeof *origin->intervals);
    memmove(&origin->intervals[at + 1], &origin->intervals[at],
            (origin->count - at) * sizeof *origin->intervals);
    origin->intervals[at] = interval;
    origin->intervals[at].end += BUG(INTERVAL_OFF_BY_ONE);
    origin->count++;
}

static void interval_remove(struct origin *origin, size_t at, size_t n)
{
    memmove(&origin->intervals[at], &origin->intervals[at + n],
            (origin->count - at - n) * sizeof *origin->intervals);
    origin->count -= n;
}

static void origin_add(struct origin *origin, uint64_t start, uint64_t end)
{
    struct interval *last = origin->count > 0 ? &origin->intervals[origin->count - 1] : NULL;
    if (last != NULL && last->end == start) {
        last->end = end;
        return;
    }
    size_t at = interval_find(origin, start);
    if (at == origin->count || origin->intervals[at].start > end) {
        interval_insert(origin, at, (struct interval){ start, end });
        return;
    }
    struct interval *into = &origin->intervals[at];
    if (start < into->start)
        into->start = start;
    if (end <= into->end)
        return;
    into->end = end;
    size_t n = 0; /* neighbours that the longer interval now reaches */
    while (at + 1 + n < origin->count && origin->intervals[at + 1 + n].start <= end)
        n++;
    if (n > 0 && origin->intervals[at + n].end > end)
        into->end = origin->intervals[at + n].end;
    interval_remove(origin, at + 1, n);
}

static size_t last_find(const struct gtid_set *set, uint32_t domain)
{
    size_t low = 0;
    size_t high = set->last_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->lasts[middle].domain < domain)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool last_exists(const struct gtid_set *set, size_t at, uint32_t domain)
{
    return at < set->last_count && set->lasts[at].domain == domain;
}

static void last_set(struct gtid_set *set, const struct gtid *gtid)
{
    size_t at = last_find(set, gtid->domain);
    if (!last_exists(set, at, gtid->domain)) {
        set->lasts = grow(set->lasts, set->last_count, &set->last_size, sizeof *set->lasts);
        memmove(&set->lasts[at + 1], &set->lasts[at], (set->last_count - at) * sizeof *set->lasts);
        set->last_count++;
    }
    set->lasts[at] = *gtid;
}

bool gtid_set_last_in_domain(const struct gtid_set *set, uint32_t domain, struct gtid *out)
{
    size_t at = last_find(set, domain);
    if (!last_exists(set, at, domain))
        return false;
    *out = set->lasts[at];
    return true;
}

bool gtid_set_last_at(const struct gtid_set *set, size_t i, struct gtid *out)
{
    if (i >= set->last_count)
        return false;
    *out = set->lasts[i];
    return true;
}

bool gtid_set_add_interval(struct gtid_set *set, const struct gtid *origin, uint64_t start,
                           uint64_t end, struct err *err)
{
    uint64_t limit = origin->kind == GTID_MYSQL ? GTID_NUMBER_END_MYSQL : GTID_NUMBER_END_MARIADB;
    if (set->kind != GTID_NONE && set->kind != origin->kind)
        return err_set(err, ERR_CONFLICT,
                       "gtid set: a set of %s GTIDs cannot take one of the other flavour",
                       set->kind == GTID_MYSQL ? "MySQL" : "MariaDB");
    if (start == 0 || start >= end || end > limit)
        return err_set(err, ERR_CORRUPT, "gtid set: no numbers from %llu to before %llu exist",
                       (unsigned long long)start, (unsigned long long)end);
    origin_add(origin_get(set, origin), start, end);
    if (origin->kind == GTID_MARIADB) {
        struct gtid last = *origin;
        last.seq = end - 1;
        last_set(set, &last);
    }
    return true;
}

bool gtid_set_add(struct gtid_set *set, const struct gtid *gtid, struct err *err)
{
    if (gtid->kind == GTID_NONE)
        return true;
    if (gtid->seq == UINT64_MAX)
        return err_set(err, ERR_CORRUPT, "gtid set: number 2^64 - 1 is out of range");
    return gtid_set_add_interval(set, gtid, gtid->seq, gtid->seq + 1, err);
}

bool gtid_set_add_range(struct gtid_set *set, const struct gtid *first, uint64_t last,
                        struct err *err)
{
    if (first->kind == GTID_NONE)
        return true;
    if (last == UINT64_MAX)
        return err_set(err, ERR_CORRUPT, "gtid set: number 2^64 - 1 is out of range");
    return gtid_set_add_interval(set, first, first->seq, last + 1, err);
}

bool gtid_set_add_up_to(struct gtid_set *set, const struct gtid *gtid, struct err *err)
{
    if (gtid->kind == GTID_NONE)
        return true;
    if (gtid->seq == UINT64_MAX)
        return err_set(err, ERR_CORRUPT, "gtid set: number 2^64 - 1 is out of range");
    return gtid_set_add_interval(set, gtid, 1, gtid->seq + 1, err);
}

uint64_t gtid_set_count(const struct gtid_set *set)
{
    uint64_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->origins[i].count; k++)
            count += set->origins[i].intervals[k].end - set->origins[i].intervals[k].start;
    return count;
}

bool gtid_set_contains(const struct gtid_set *set, const struct gtid *gtid)
{
    if (gtid->kind == GTID_NONE || gtid->kind != set->kind || gtid->seq == UINT64_MAX)
        return false;
    bool found;
    size_t at = origin_find(set, gtid, &found);
    if (!found)
        return false;
    const struct origin *origin = &set->origins[at];
    size_t i = interval_find(origin, gtid->seq + 1);
    return i < origin->count && origin->intervals[i].start <= gtid->seq;
}

bool gtid_set_covers(const struct gtid_set *set, const struct gtid *gtid)
{
    struct gtid last;
    if (gtid->kind == GTID_MARIADB && gtid_set_last_in_domain(set, gtid->domain, &last) &&
        gtid->seq <= last.seq)
        return true;
    return gtid_set_contains(set, gtid);
}

/* Both lists are sorted and without adjacent intervals: each of b lies in exactly one of a. */
static bool origin_contains_all(const struct origin *a, const struct origin *b)
{
    size_t i = 0;
    for (size_t k = 0; k < b->count; k++) {
        while (i < a->count && a->intervals[i].end < b->intervals[k].end)
            i++;
        if (i == a->count || a->intervals[i].start > b->intervals[k].start)
            return false;
    }
    return true;
}

bool gtid_set_contains_all(const struct gtid_set *set, const struct gtid_set *subset)
{
    if (subset->count > 0 && subset->kind != set->kind)
        return false;
    for (size_t i = 0; i < subset->count; i++) {
        bool found;
        size_t at = origin_find(set, &subset->origins[i].id, &found);
        if (!found || !origin_contains_all(&set->origins[at], &subset->origins[i]))
            return false;
    }
    return true;
}

bool gtid_set_equal(const struct gtid_set *a, const struct gtid_set *b)
{
    return gtid_set_contains_all(a, b) && gtid_set_contains_all(b, a);
}

static uint64_t highest(const struct origin *origin)
{
    return origin->intervals[origin->count - 1].end - 1;
}

static bool gtid_same(const struct gtid *a, const struct gtid *b)
{
    return a->domain == b->domain && a->server == b->server && a->seq == b->seq;
}

bool gtid_set_reads_equal(const struct gtid_set *a, const struct gtid_set *b)
{
    if (a->kind != GTID_MARIADB || b->kind != GTID_MARIADB)
        return gtid_set_equal(a, b);
    bool same = a->count == b->count && a->last_count == b->last_count;
    for (size_t i = 0; same && i < a->count; i++)
        same = origin_compare(&a->origins[i].id, &b->origins[i].id) == 0 &&
               highest(&a->origins[i]) == highest(&b->origins[i]);
    for (size_t i = 0; same && i < a->last_count; i++)
        same = gtid_same(&a->lasts[i], &b->lasts[i]);
    return same;
}

void gtid_set_union(struct gtid_set *set, const struct gtid_set *other)
{
    assert(set->kind == other->kind || set->count == 0 || other->count == 0);
    for (size_t i = 0; i < other->count && set != other; i++) {
        struct origin *into = origin_get(set, &other->origins[i].id);
        for (size_t k = 0; k < other->origins[i].count; k++)
            origin_add(into, other->origins[i].intervals[k].start,
                       other->origins[i].intervals[k].end);
    }
    for (size_t i = 0; i < other->last_count && set != other; i++) {
        struct gtid mine;
        if (!gtid_set_last_in_domain(set, other->lasts[i].domain, &mine) ||
            mine.seq < other->lasts[i].seq)
            last_set(set, &other->lasts[i]);
    }
}

/* Cuts [start, end) out of the intervals from index `at` on; returns where the next cut may begin.
 */
static size_t origin_cut(struct origin *origin, size_t at, uint64_t start, uint64_t end)
{
    while (at < origin->count && origin->intervals[at].end <= start)
        at++;
    if (at < origin->count && origin->intervals[at].start < start) {
        uint64_t old_end = origin->intervals[at].end;
        origin->intervals[at].end = start;
        at++;
        if (old_end > end) {
            interval_insert(origin, at, (struct interval){ end, old_end });
            return at;
        }
    }
    size_t n = 0;
    while (at + n < origin->count && origin->intervals[at + n].end <= end)
        n++;
    interval_remove(origin, at, n);
    if (at < origin->count && origin->intervals[at].start < end)
        origin->intervals[at].start = end;
    return at;
}

/* After numbers went away: a domain's last GTID that is gone becomes its highest that is left. */
static void lasts_restore(struct gtid_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->last_count; i++) {
        struct gtid last = set->lasts[i];
        bool exists = gtid_set_contains(set, &last);
        if (!exists)
            last.seq = 0;
        for (size_t k = 0; k < set->count && !exists; k++) {
            const struct origin *origin = &set->origins[k];
            uint64_t highest = origin->intervals[origin->count - 1].end - 1;
            if (origin->id.domain != last.domain || highest <= last.seq)
                continue;
            last = origin->id;
            last.seq = highest;
        }
        if (last.seq > 0)
            set->lasts[kept++] = last;
    }
    set->last_count = kept;
}

void gtid_set_subtract(struct gtid_set *set, const struct gtid_set *other)
{
    assert(set->kind == other->kind || set->count == 0 || other->count == 0);
    if (set == other || set->count == 0) {
        gtid_set_clear(set);
        return;
    }
    for (size_t i = 0; i < other->count; i++) {
        bool found;
        size_t at = origin_find(set, &other->origins[i].id, &found);
        size_t from = 0;
        for (size_t k = 0; found && k < other->origins[i].count; k++)
            from = origin_cut(&set->origins[at], from, other->origins[i].intervals[k].start,
                              other->origins[i].intervals[k].end);
    }
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->origins[i].count > 0)
            set->origins[kept++] = set->origins[i];
        else
            free(set->origins[i].intervals);
    }
    set->count = kept;
    set->hot = 0;
    if (kept == 0)
        set->kind = GTID_NONE;
    lasts_restore(set);
}
