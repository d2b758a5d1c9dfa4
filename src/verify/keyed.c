/* keyed.c - a table with a key: its rows at the source looked for here, then its rows here looked
 * for at the source. Neither pass depends on how the other side orders its keys. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/clock.h"
#include "base/memory.h"
#include "net/connection.h"
#include "verify/compare.h"

enum {
    ROWS_FIRST = 1000,
    ROWS_MOST = 50000,
    ROWS_LEAST = 16,
    BYTES_MOST = 8 << 20,
    GROWTH = 4,
    KEYS_A_TIME = 500,
};

struct chunk {
    struct compared_row *rows;
    size_t count;
    size_t cap;
    uint64_t bytes;
};

static void chunk_add(struct chunk *chunk, const struct compared_row *row)
{
    if (chunk->count == chunk->cap) {
        chunk->cap = chunk->cap == 0 ? 256 : 2 * chunk->cap;
        chunk->rows = memory_resize(chunk->rows, chunk->cap * sizeof *chunk->rows);
    }
    chunk->rows[chunk->count++] = *row;
    chunk->bytes += row->fields.len;
}

static bool read_source(struct compare *compare, bool key_only, struct chunk *chunk,
                        struct err *err)
{
    struct connection *connection = compare->connection;
    chunk->count = 0;
    chunk->bytes = 0;
    arena_reset(&compare->rows);
    if (compare->sql.failed)
        return err_set(err, ERR_UNSUPPORTED, "the statement that reads it is too long");
    if (!connection_query(connection, buf_cstr(&compare->sql), err))
        return false;
    for (;;) {
        const struct bytes *sent = NULL;
        struct compared_row row;
        bool more = false;
        if (!connection_next_row(connection, &more, &sent, err))
            return false;
        if (!more)
            return true;
        compared_from_source(&compare->table, sent, key_only, &compare->scratch, &compare->rows,
                             &row);
        chunk_add(chunk, &row);
    }
}

/* ---- the source's rows, here ---- */

/* Finds the row here and compares. The snapshot is open. */
static bool check_row(struct compare *compare, sqlite3_stmt *find, const struct compared_row *row,
                      struct arena *arena, struct err *err)
{
    struct compared_row here;
    bool found = false;
    arena_reset(arena);
    if (!compared_bind_key(&compare->table, row->key, find, err) ||
        !db_step(sqlite_reader_db(compare->reader), find, &found, err))
        return false;
    bool equal = false;
    if (found) {
        compared_from_stored(&compare->table, find, false, &compare->scratch, arena, &here);
        equal = compared_equal(&compare->table, row->fields, here.fields);
    }
    sqlite3_reset(find);
    return equal || suspects_add(&compare->suspects, row->key, err);
}

static bool check_chunk(struct compare *compare, const struct chunk *chunk, struct err *err)
{
    bool reached = false;
    sqlite3_stmt *find = NULL;
    struct arena arena;
    if (!agree_now(&compare->agree, 0, &reached, err))
        return false;
    arena_init(&arena, (size_t)4 << 30);
    bool ok = compared_find(&compare->table, sqlite_reader_db(compare->reader), &find, err);
    for (size_t i = 0; ok && i < chunk->count; i++)
        ok = check_row(compare, find, &chunk->rows[i], &arena, err);
    sqlite3_finalize(find);
    arena_clear(&arena);
    sqlite_reader_end(compare->reader);
    return ok;
}

/* A chunk takes the source about chunk_us, and is bounded in bytes. */
static uint64_t next_limit(const struct compare *compare, const struct chunk *chunk, uint64_t took)
{
    double rows = (double)chunk->count;
    double in_time = rows * (double)compare->options->chunk_us / (double)(took + 1);
    double in_bytes = rows * BYTES_MOST / (double)(chunk->bytes + 1);
    double next = in_time < in_bytes ? in_time : in_bytes;
    next = next < rows * GROWTH ? next : rows * GROWTH;
    return next < ROWS_LEAST ? ROWS_LEAST : next > ROWS_MOST ? ROWS_MOST : (uint64_t)next;
}

/* The last key as literals separated by tabs: what select_along goes on after. */
static void note_last(const struct compare *compare, const struct chunk *chunk, struct buf *after)
{
    struct bytes key = chunk->rows[chunk->count - 1].key;
    struct bytes field;
    const struct compared *table = &compare->table;
    buf_reset(after);
    for (unsigned i = 0; compared_field(&key, &field); i++) {
        buf_str(after, i == 0 ? "" : "\t");
        form_literal(&table->def->columns[table->key.columns[i]], field, after);
    }
}

static bool source_chunk(struct compare *compare, struct chunk *chunk, struct buf *after,
                         uint64_t *limit, struct err *err)
{
    struct select_range range = { .after = buf_cstr(after), .limit = *limit };
    compare_select(compare, false);
    select_along(&compare->sql, compare->table.def, &compare->table.key, &range);
    uint64_t started = clock_monotonic_us();
    if (!read_source(compare, false, chunk, err))
        return false;
    uint64_t took = clock_monotonic_us() - started;
    if (chunk->count > 0 && !check_chunk(compare, chunk, err))
        return false;
    compare->counts->rows += chunk->count;
    compare->rows_done += chunk->count;
    if (chunk->count < *limit) {
        *limit = 0;
        return true;
    }
    note_last(compare, chunk, after);
    *limit = next_limit(compare, chunk, took);
    return true;
}

static bool forward(struct compare *compare, struct chunk *chunk, struct err *err)
{
    struct buf after;
    uint64_t limit = ROWS_FIRST;
    bool ok = true;
    buf_init(&after, 16 << 20);
    while (ok && limit > 0)
        ok = source_chunk(compare, chunk, &after, &limit, err) && compare_pause(compare, err);
    buf_clear(&after);
    return ok;
}

/* ---- the rows here, at the source ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct bytes x = ((const struct compared_row *)a)->key;
    const struct bytes y = ((const struct compared_row *)b)->key;
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : x.len < y.len ? -1 : x.len > y.len;
}

static bool suspect_absent(struct compare *compare, const struct chunk *here,
                           const struct chunk *there, struct err *err)
{
    for (size_t i = 0; i < here->count; i++) {
        bool found = there->count > 0 && bsearch(&here->rows[i], there->rows, there->count,
                                                 sizeof *there->rows, compare_keys) != NULL;
        if (!found && !suspects_add(&compare->suspects, here->rows[i].key, err))
            return false;
    }
    return true;
}

static void select_keys(struct compare *compare, const struct chunk *here)
{
    compare_select(compare, true);
    buf_str(&compare->sql, " WHERE (");
    for (size_t i = 0; i < here->count; i++) {
        buf_str(&compare->sql, i == 0 ? "" : ") OR (");
        compared_key_condition(&compare->table, here->rows[i].key, &compare->sql);
    }
    buf_u8(&compare->sql, ')');
}

/* Keys after the last one in SQLite's order. */
static void select_stored_keys(const struct compare *compare, bool goes_on, struct buf *sql)
{
    const struct compared *table = &compare->table;
    struct buf keys;
    buf_init(&keys, 1 << 20);
    compared_columns_stored(table, true, &keys);
    buf_printf(sql, "SELECT %s FROM ", buf_cstr(&keys));
    db_quote_name(sql, table->sqlite_name);
    if (goes_on) {
        buf_printf(sql, " WHERE (%s) > (", buf_cstr(&keys));
        for (unsigned i = 0; i < table->key.count; i++)
            buf_str(sql, i == 0 ? "?" : ",?");
        buf_u8(sql, ')');
    }
    buf_printf(sql, " ORDER BY %s LIMIT %d", buf_cstr(&keys), KEYS_A_TIME);
    buf_clear(&keys);
}

static bool read_stored_keys(struct compare *compare, struct bytes after, struct chunk *out,
                             struct arena *arena, struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    sqlite3 *db = sqlite_reader_db(compare->reader);
    bool row = true;
    out->count = 0;
    select_stored_keys(compare, after.len > 0, &sql);
    if (!db_prepare(db, buf_cstr(&sql), &stmt, err) ||
        (after.len > 0 && !compared_bind_key(&compare->table, after, stmt, err)))
        return false;
    while (row) {
        struct compared_row key;
        if (!db_step(db, stmt, &row, err))
            return false;
        if (!row)
            break;
        compared_from_stored(&compare->table, stmt, true, &compare->scratch, arena, &key);
        chunk_add(out, &key);
    }
    return true;
}

static bool here_chunk(struct compare *compare, struct chunk *here, struct arena *arena,
                       struct bytes after, struct err *err)
{
    bool changed = false;
    if (!sqlite_reader_begin(compare->reader, &changed, err))
        return false;
    bool ok = !changed || err_set(err, ERR_CONFLICT, "the replica's schema has changed");
    ok = ok && read_stored_keys(compare, after, here, arena, err);
    sqlite_reader_end(compare->reader);
    return ok;
}

static bool backward(struct compare *compare, struct chunk *there, struct err *err)
{
    struct chunk here = { .count = 0 };
    struct buf last;
    struct arena arena;
    bool ok = true;
    buf_init(&last, 16 << 20);
    arena_init(&arena, (size_t)1 << 30);
    do {
        arena_reset(&arena);
        ok = here_chunk(compare, &here, &arena, buf_bytes(&last), err);
        if (!ok || here.count == 0)
            break;
        select_keys(compare, &here);
        ok = read_source(compare, true, there, err);
        if (ok && there->count > 0)
            qsort(there->rows, there->count, sizeof *there->rows, compare_keys);
        buf_reset(&last);
        buf_append(&last, here.rows[here.count - 1].key.data, here.rows[here.count - 1].key.len);
        ok = ok && suspect_absent(compare, &here, there, err) && compare_pause(compare, err);
    } while (ok && here.count == KEYS_A_TIME);
    free(here.rows);
    arena_clear(&arena);
    buf_clear(&last);
    return ok;
}

bool keyed_run(struct compare *compare, struct err *err)
{
    struct chunk chunk = { .count = 0 };
    bool ok = forward(compare, &chunk, err) && backward(compare, &chunk, err);
    free(chunk.rows);
    return ok;
}
