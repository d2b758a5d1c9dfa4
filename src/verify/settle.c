/* settle.c - rows that did not agree, looked at until it is known whether they differ.
 *
 * First without a lock. Then with: the rows (and the gaps where one is missing) are locked against
 * change at the source, its place in the log is read, the replica gets there, a snapshot of it is
 * taken, and the lock is given back. What differs then differs. It must do so twice: MySQL may show
 * a commit's row before its GTID. Where rows cannot be locked (another storage engine, no
 * privilege) a row counts as different when neither side of it changed over three looks. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/memory.h"
#include "net/cancel.h"
#include "net/connection.h"
#include "verify/compare.h"

enum {
    ROUNDS = 10,
    KEYS_A_TIME = 100,
    HOLD_MS = 2000, /* how long rows are kept locked at most */
    PAUSE_MS = 200,
    LOCKED_LOOKS = 2,
    STABLE_LOOKS = 3,
    ER_LOCK_WAIT_TIMEOUT = 1205,
    ER_LOCK_DEADLOCK = 1213,
};

struct look {
    struct bytes source; /* fields; empty: no such row */
    struct bytes replica;
};

struct suspect {
    struct compared_row row; /* its key */
    bool settled;
    unsigned locked_looks; /* with a lock, each time different */
    unsigned stable_looks; /* as the look before, and different */
    uint64_t hash;         /* of both sides, at the last look */
};

struct settle {
    struct compare *compare;
    struct suspect *suspects;
    size_t count;
    struct arena arena; /* of one batch */
    bool can_lock;
};

static uint64_t hash_of(const struct look *look)
{
    uint64_t hash = 14695981039346656037u;
    const struct bytes parts[] = { look->source, look->replica };
    for (size_t part = 0; part < ARRAY_COUNT(parts); part++) {
        for (size_t i = 0; i < parts[part].len; i++)
            hash = (hash ^ parts[part].data[i]) * 1099511628211u;
        hash = (hash ^ parts[part].len) * 1099511628211u;
    }
    return hash;
}

static void say(struct settle *settle, const struct suspect *suspect, const struct look *look)
{
    struct compare *compare = settle->compare;
    struct against_table *counts = compare->counts;
    struct buf key, detail;
    buf_init(&key, 1 << 16);
    buf_init(&detail, 1 << 20);
    enum difference_kind kind = look->source.len == 0    ? DIFFERENCE_EXTRA
                                : look->replica.len == 0 ? DIFFERENCE_MISSING
                                                         : DIFFERENCE_CHANGED;
    uint64_t *count = kind == DIFFERENCE_EXTRA     ? &counts->extra
                      : kind == DIFFERENCE_MISSING ? &counts->missing
                                                   : &counts->changed;
    *count += 1;
    compared_print_key(&compare->table, &suspect->row, &key);
    if (kind == DIFFERENCE_CHANGED)
        compared_print_differences(&compare->table, look->source, look->replica, &detail);
    compare_report(compare, kind, buf_cstr(&key), buf_cstr(&detail));
    buf_clear(&key);
    buf_clear(&detail);
}

static void judge(struct settle *settle, struct suspect *suspect, const struct look *look,
                  bool locked)
{
    bool both = look->source.len > 0 && look->replica.len > 0;
    bool equal = both ? compared_equal(&settle->compare->table, look->source, look->replica)
                      : look->source.len == look->replica.len;
    if (equal) {
        suspect->settled = true;
        return;
    }
    uint64_t hash = hash_of(look);
    suspect->stable_looks = hash == suspect->hash ? suspect->stable_looks + 1 : 1;
    suspect->hash = hash;
    suspect->locked_looks += locked;
    if (suspect->locked_looks >= LOCKED_LOOKS ||
        (!settle->can_lock && suspect->stable_looks >= STABLE_LOOKS)) {
        suspect->settled = true;
        say(settle, suspect, look);
    }
}

/* ---- one batch ---- */

struct batch {
    struct suspect *items[KEYS_A_TIME];
    struct look looks[KEYS_A_TIME];
    size_t count;
};

static void note_source_row(struct settle *settle, struct batch *batch, const struct bytes *sent)
{
    struct compared_row row;
    compared_from_source(&settle->compare->table, sent, false, &settle->compare->scratch,
                         &settle->arena, &row);
    for (size_t i = 0; i < batch->count; i++)
        if (bytes_equal(batch->items[i]->row.key, row.key))
            batch->looks[i].source = row.fields;
}

static bool read_source(struct settle *settle, struct batch *batch, bool locked, struct err *err)
{
    struct compare *compare = settle->compare;
    compare_select(compare, false);
    buf_str(&compare->sql, " WHERE (");
    for (size_t i = 0; i < batch->count; i++) {
        buf_str(&compare->sql, i == 0 ? "" : ") OR (");
        compared_key_condition(&compare->table, batch->items[i]->row.key, &compare->sql);
    }
    buf_str(&compare->sql, locked ? ") LOCK IN SHARE MODE" : ")");
    if (!connection_query(compare->connection, buf_cstr(&compare->sql), err))
        return false;
    for (;;) {
        const struct bytes *sent = NULL;
        bool row = false;
        if (!connection_next_row(compare->connection, &row, &sent, err))
            return false;
        if (!row)
            return true;
        note_source_row(settle, batch, sent);
    }
}

static bool read_replica(struct settle *settle, struct batch *batch, struct err *err)
{
    AUTO_STMT find = NULL;
    struct compare *compare = settle->compare;
    sqlite3 *db = sqlite_reader_db(compare->reader);
    if (!compared_find(&compare->table, db, &find, err))
        return false;
    for (size_t i = 0; i < batch->count; i++) {
        struct compared_row row;
        bool found = false;
        if (!compared_bind_key(&compare->table, batch->items[i]->row.key, find, err) ||
            !db_step(db, find, &found, err))
            return false;
        if (found) {
            compared_from_stored(&compare->table, find, false, &compare->scratch, &settle->arena,
                                 &row);
            batch->looks[i].replica = row.fields;
        }
        sqlite3_reset(find);
    }
    return true;
}

static bool is_busy(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_LOCK_WAIT_TIMEOUT || err->server_errno == ER_LOCK_DEADLOCK);
}

/* *looked false: this time nothing is known; another round may be luckier. */
static bool look_at(struct settle *settle, struct batch *batch, bool locked, bool *looked,
                    struct err *err)
{
    struct compare *compare = settle->compare;
    struct err ignored;
    *looked = false;
    arena_reset(&settle->arena);
    if (locked && !connection_execute(compare->connection, "START TRANSACTION", err))
        return false;
    bool ok = read_source(settle, batch, locked, err);
    bool busy = !ok && is_busy(err);
    ok = ok && agree_now(&compare->agree, locked ? HOLD_MS : 0, looked, err);
    if (locked && (ok || err->code != ERR_CANCELLED) &&
        !connection_execute(compare->connection, "ROLLBACK", ok ? err : &ignored))
        ok = false;
    if (busy)
        return true;
    if (!ok || !*looked)
        return ok;
    ok = read_replica(settle, batch, err);
    sqlite_reader_end(compare->reader);
    return ok;
}

static bool settle_batch(struct settle *settle, struct batch *batch, bool locked, struct err *err)
{
    bool looked = false;
    if (!look_at(settle, batch, locked, &looked, err))
        return false;
    for (size_t i = 0; looked && i < batch->count; i++)
        judge(settle, batch->items[i], &batch->looks[i], locked);
    return true;
}

/* ---- rounds ---- */

static bool settle_round(struct settle *settle, bool locked, size_t *left, struct err *err)
{
    *left = 0;
    for (size_t i = 0; i < settle->count;) {
        struct batch batch = { .count = 0 };
        for (; i < settle->count && batch.count < KEYS_A_TIME; i++)
            if (!settle->suspects[i].settled)
                batch.items[batch.count++] = &settle->suspects[i];
        if (batch.count == 0)
            break;
        if (!settle_batch(settle, &batch, locked, err) || !compare_pause(settle->compare, err))
            return false;
        for (size_t j = 0; j < batch.count; j++)
            *left += !batch.items[j]->settled;
    }
    return true;
}

static int compare_suspects(const void *a, const void *b)
{
    const struct bytes x = ((const struct suspect *)a)->row.key;
    const struct bytes y = ((const struct suspect *)b)->row.key;
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : x.len < y.len ? -1 : x.len > y.len;
}

/* Both passes may have found a row. */
static void take_suspects(struct settle *settle)
{
    const struct suspects *found = &settle->compare->suspects;
    settle->suspects = memory_new((found->count + 1) * sizeof *settle->suspects);
    for (size_t i = 0; i < found->count; i++)
        settle->suspects[i].row = found->rows[i];
    qsort(settle->suspects, found->count, sizeof *settle->suspects, compare_suspects);
    for (size_t i = 0; i < found->count; i++)
        if (settle->count == 0 ||
            !bytes_equal(settle->suspects[settle->count - 1].row.key, settle->suspects[i].row.key))
            settle->suspects[settle->count++] = settle->suspects[i];
}

bool settle_run(struct compare *compare, struct err *err)
{
    struct settle settle = { .compare = compare, .can_lock = compare->table.is_transactional };
    size_t left = compare->suspects.count;
    bool ok = true;
    arena_init(&settle.arena, (size_t)4 << 30);
    take_suspects(&settle);
    for (unsigned round = 0; ok && left > 0 && round < ROUNDS; round++) {
        ok = settle_round(&settle, round > 0 && settle.can_lock, &left, err);
        if (ok && left > 0 && cancel_sleep(compare->options->cancel, PAUSE_MS))
            ok = err_set(err, ERR_CANCELLED, "stopped");
    }
    compare->counts->unsettled += ok ? left : 0;
    free(settle.suspects);
    arena_clear(&settle.arena);
    return ok;
}
