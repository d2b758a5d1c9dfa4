/* heap.c - a table whose rows have no key to ask a server by: as a heap of rows, each a digest.
 *
 * Both sides are read whole and the digests compared as sorted lists. First as it comes; where that
 * finds a difference, at one place: the table is locked at the source until a snapshot of it is
 * taken and the replica has got there too, then both are read at leisure. 16 bytes of memory a
 * row and side. */
// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "net/cancel.h"
#include "net/connection.h"
#include "verify/compare.h"

enum {
    DIGEST_SIZE = 16,
    ROWS_MAX = 100000000,
    LOOSE_TRIES = 2,
    LOCKED_TRIES = 5,
    HOLD_MS = 5000,
    SHOWN_MAX = 1000,
    PAUSE_MS = 300,
};

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

struct side {
    struct digest *digests;
    size_t count;
    size_t cap;
};

struct heap {
    struct compare *compare;
    struct side source;
    struct side replica;
    struct arena arena;
    bool showing; /* second reading: rows are shown, not gathered */
    size_t shown;
};

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_SIZE);
}

/* In a form that is equal for equal documents; numbers in JSON are compared by their text here. */
static bool gather(struct side *side, const struct compared_row *row, struct err *err)
{
    if (side->count == ROWS_MAX)
        return err_set(err, ERR_UNSUPPORTED,
                       "it has no key that servers can be asked along, and more than %d rows: it "
                       "cannot be compared",
                       ROWS_MAX);
    if (side->count == side->cap) {
        side->cap = side->cap == 0 ? 1024 : 2 * side->cap;
        side->digests = memory_resize(side->digests, side->cap * sizeof *side->digests);
    }
    crypto_generichash(side->digests[side->count++].bytes, DIGEST_SIZE, row->fields.data,
                       row->fields.len, NULL, 0);
    return true;
}

/* Shows the row when its digest is one of those that only this side has; each once. */
static void show(struct heap *heap, struct side *only, const struct compared_row *row,
                 enum difference_kind kind)
{
    struct digest digest;
    crypto_generichash(digest.bytes, DIGEST_SIZE, row->fields.data, row->fields.len, NULL, 0);
    struct digest *found = only->count == 0 ? NULL
                                            : bsearch(&digest, only->digests, only->count,
                                                      sizeof digest, compare_digests);
    if (found == NULL || heap->shown == SHOWN_MAX)
        return;
    size_t at = (size_t)(found - only->digests);
    memmove(found, found + 1, (only->count - at - 1) * sizeof digest);
    only->count--;
    heap->shown++;
    struct buf text;
    buf_init(&text, 1 << 20);
    compared_print_key(&heap->compare->table, row, &text);
    compare_report(heap->compare, kind, buf_cstr(&text), "");
    buf_clear(&text);
}

static bool take(struct heap *heap, struct side *side, const struct compared_row *row,
                 struct err *err)
{
    bool is_source = side == &heap->source;
    if (!heap->showing)
        return gather(side, row, err);
    show(heap, side, row, is_source ? DIFFERENCE_MISSING : DIFFERENCE_EXTRA);
    return true;
}

static bool read_source(struct heap *heap, struct err *err)
{
    struct compare *compare = heap->compare;
    compare_select(compare, false);
    if (compare->table.def->system_versioned)
        buf_str(&compare->sql, " FOR SYSTEM_TIME ALL");
    if (!connection_query(compare->connection, buf_cstr(&compare->sql), err))
        return false;
    for (;;) {
        const struct bytes *sent = NULL;
        struct compared_row row;
        bool more = false;
        if (!connection_next_row(compare->connection, &more, &sent, err))
            return false;
        if (!more)
            return true;
        arena_reset(&heap->arena);
        compared_from_source(&compare->table, sent, false, &compare->scratch, &heap->arena, &row);
        if (!take(heap, &heap->source, &row, err))
            return false;
    }
}

/* The snapshot is open. */
static bool read_replica(struct heap *heap, struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    struct compare *compare = heap->compare;
    sqlite3 *db = sqlite_reader_db(compare->reader);
    bool more = true;
    buf_str(&sql, "SELECT ");
    compared_columns_stored(&compare->table, false, &sql);
    buf_str(&sql, " FROM ");
    db_quote_name(&sql, compare->table.sqlite_name);
    if (!db_prepare(db, buf_cstr(&sql), &stmt, err))
        return false;
    while (more) {
        struct compared_row row;
        if (!db_step(db, stmt, &more, err))
            return false;
        if (!more)
            break;
        arena_reset(&heap->arena);
        compared_from_stored(&compare->table, stmt, false, &compare->scratch, &heap->arena, &row);
        if (!take(heap, &heap->replica, &row, err))
            return false;
    }
    return true;
}

/* ---- comparing ---- */

/* Leaves in each side what only it has. */
static void keep_only(struct side *a, struct side *b)
{
    size_t i = 0, j = 0, a_left = 0, b_left = 0;
    if (a->count > 0)
        qsort(a->digests, a->count, sizeof *a->digests, compare_digests);
    if (b->count > 0)
        qsort(b->digests, b->count, sizeof *b->digests, compare_digests);
    while (i < a->count || j < b->count) {
        int order = i == a->count   ? 1
                    : j == b->count ? -1
                                    : compare_digests(&a->digests[i], &b->digests[j]);
        if (order < 0)
            a->digests[a_left++] = a->digests[i++];
        else if (order > 0)
            b->digests[b_left++] = b->digests[j++];
        else
            i++, j++;
    }
    a->count = a_left;
    b->count = b_left;
}

static bool gather_both(struct heap *heap, bool is_open, struct err *err)
{
    bool reached = is_open;
    heap->source.count = heap->replica.count = 0;
    bool ok = read_source(heap, err);
    if (ok && !is_open)
        ok = agree_now(&heap->compare->agree, 0, &reached, err);
    ok = ok && read_replica(heap, err);
    heap->compare->counts->rows = heap->source.count;
    return ok;
}

static bool is_equal(struct heap *heap)
{
    keep_only(&heap->source, &heap->replica);
    return heap->source.count == 0 && heap->replica.count == 0;
}

/* Both snapshots are still open: the same rows come again, and those that differ are shown. */
static bool report(struct heap *heap, struct err *err)
{
    struct against_table *counts = heap->compare->counts;
    counts->missing = heap->source.count;
    counts->extra = heap->replica.count;
    heap->showing = true;
    return read_source(heap, err) && read_replica(heap, err);
}

/* ---- one place ---- */

/* Holds the table's writers, over a connection of its own; *denied: the account may not. */
static bool lock_table(struct heap *heap, bool *denied, struct err *err)
{
    struct buf sql;
    struct err why;
    *denied = false;
    buf_init(&sql, 4096);
    buf_str(&sql, "LOCK TABLES ");
    select_table_name(&sql, heap->compare->table.def);
    buf_str(&sql, " READ");
    bool ok = connection_execute(heap->compare->control, buf_cstr(&sql), err);
    buf_clear(&sql);
    if (ok || err->code != ERR_REFUSED)
        return ok;
    if (connection_execute(heap->compare->control, "FLUSH TABLES WITH READ LOCK", &why))
        return true;
    *denied = true;
    return false;
}

static bool unlock(struct heap *heap, struct err *err)
{
    return connection_execute(heap->compare->control, "UNLOCK TABLES", err);
}

/* The lock is held: a snapshot of the source, and the replica at its place. Then the lock goes,
 * unless the storage engine knows no snapshots: that is read while it is locked. */
static bool look_locked(struct heap *heap, bool *equal, bool *reached, struct err *err)
{
    struct compare *compare = heap->compare;
    if (!connection_execute(compare->connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                            err) ||
        !agree_now(&compare->agree, HOLD_MS, reached, err))
        return false;
    if (!*reached)
        return true;
    if (compare->table.is_transactional && !unlock(heap, err))
        return false;
    if (!gather_both(heap, true, err))
        return false;
    *equal = is_equal(heap);
    return *equal || report(heap, err);
}

static bool try_locked(struct heap *heap, bool *equal, bool *settled, struct err *err)
{
    bool denied = false;
    bool reached = false;
    struct err after;
    if (!lock_table(heap, &denied, err))
        return denied;
    bool ok = look_locked(heap, equal, &reached, err);
    sqlite_reader_end(heap->compare->reader);
    bool ended = unlock(heap, &after) &&
                 (!ok || connection_execute(heap->compare->connection, "ROLLBACK", &after));
    if (ok && !ended)
        *err = after;
    *settled = ok && reached;
    return ok && ended;
}

static bool settle(struct heap *heap, struct err *err)
{
    bool equal = false;
    for (unsigned i = 0; i < LOCKED_TRIES; i++) {
        bool settled = false;
        if (!try_locked(heap, &equal, &settled, err))
            return false;
        if (settled)
            return true;
        if (cancel_sleep(heap->compare->options->cancel, PAUSE_MS))
            return err_set(err, ERR_CANCELLED, "stopped");
    }
    heap->compare->counts->unsettled++;
    return true;
}

static bool compare_loosely(struct heap *heap, bool *equal, struct err *err)
{
    for (unsigned i = 0; i < LOOSE_TRIES && !*equal; i++) {
        bool ok = gather_both(heap, false, err);
        sqlite_reader_end(heap->compare->reader);
        if (!ok || !compare_pause(heap->compare, err))
            return false;
        *equal = is_equal(heap);
    }
    return true;
}

bool heap_run(struct compare *compare, struct err *err)
{
    struct heap heap = { .compare = compare };
    bool equal = false;
    arena_init(&heap.arena, (size_t)4 << 30);
    bool ok = compare_loosely(&heap, &equal, err) && (equal || settle(&heap, err));
    compare->rows_done += compare->counts->rows;
    free(heap.source.digests);
    free(heap.replica.digests);
    arena_clear(&heap.arena);
    return ok;
}
