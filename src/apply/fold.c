/* fold.c - see fold.h.
 *
 * An entry is one row, found by the hash of its table and key. It says whether the row was there
 * before the batch (existed) and whether it is there now (exists), and what to set:
 *
 *   existed exists   net change
 *      no     yes    insert
 *      yes    yes    update of the columns that are not ABSENT; replace after a delete
 *      yes    no     delete
 *      no     no     nothing
 */
// SPDX-License-Identifier: Apache-2.0
#include "apply/fold.h"
#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/value_equal.h"

/* Room for the largest event beside what callers hold back. */
#define FOLD_ARENA_MAX ((size_t)4 << 30)
enum { SLOTS_FIRST = 1 << 12, KEY_PARTS_MAX = 32 };

struct fold_entry {
    struct fold_entry *next_of_table;
    struct value *key;   /* key_count of them */
    struct value *after; /* one per column, when it exists */
    bool existed;
    bool exists;
    bool replaced; /* deleted, then inserted: columns it does not name get their defaults */
    bool moves_unique;
};

/* The changes of one table; lives until the flush. */
struct fold_table {
    struct fold_table *next;
    struct apply_table *table;
    struct engine_table *target;
    struct fold_entry *entries;
    size_t count;
};

struct slot {
    uint64_t hash;
    struct fold_entry *entry;
    struct engine_table *target;
};

struct fold {
    struct arena arena;
    struct fold_table *tables;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t used;
    struct sort_item *items;
    size_t item_cap;
};

struct sort_item {
    uint64_t order; /* first bytes of the key: most comparisons end here */
    struct fold_entry *entry;
};

struct fold *fold_new(void)
{
    struct fold *fold = memory_new(sizeof *fold);
    arena_init(&fold->arena, FOLD_ARENA_MAX);
    fold->slot_count = SLOTS_FIRST;
    fold->slots = memory_new(fold->slot_count * sizeof *fold->slots);
    return fold;
}

void fold_free(struct fold *fold)
{
    if (fold == NULL)
        return;
    arena_clear(&fold->arena);
    free(fold->slots);
    free(fold->items);
    free(fold);
}

size_t fold_used(const struct fold *fold)
{
    return fold->arena.used;
}

bool fold_is_empty(const struct fold *fold)
{
    return fold->used == 0;
}

/* A backlog makes the table large; each small commit after it would clear all of it again. */
static void clear_slots(struct fold *fold)
{
    if (fold->slot_count > SLOTS_FIRST && fold->used * 8 < fold->slot_count) {
        free(fold->slots);
        fold->slot_count = SLOTS_FIRST;
        fold->slots = memory_new(fold->slot_count * sizeof *fold->slots);
    } else {
        memset(fold->slots, 0, fold->slot_count * sizeof *fold->slots);
    }
    fold->used = 0;
}

void fold_reset(struct fold *fold)
{
    for (struct fold_table *t = fold->tables; t != NULL; t = t->next)
        t->table->folded = NULL;
    fold->tables = NULL;
    clear_slots(fold);
    arena_reset(&fold->arena);
}

/* ---- finding a row ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, struct bytes bytes)
{
    uint64_t word;
    size_t at = 0;
    for (; at + sizeof word <= bytes.len; at += sizeof word) {
        memcpy(&word, bytes.data + at, sizeof word);
        hash = mix(hash, word);
    }
    word = 0;
    if (at < bytes.len)
        memcpy(&word, bytes.data + at, bytes.len - at);
    return mix(mix(hash, word), bytes.len);
}

static uint64_t mix_value(uint64_t hash, const struct value *value)
{
    if (value_has_bytes(value->kind))
        return mix_bytes(hash, value->bytes);
    if (value->kind == VALUE_DATE || value->kind == VALUE_TIME || value->kind == VALUE_DATETIME) {
        const struct time_parts *t = &value->time;
        uint64_t date = (uint64_t)t->year << 16 | (uint64_t)t->month << 8 | t->day;
        uint64_t time = (uint64_t)t->hour << 16 | (uint64_t)t->minute << 8 | t->second;
        return mix(mix(mix(hash, date), time), t->micro * 2ull + t->negative);
    }
    return mix(hash, value->u);
}

static uint64_t hash_key(const struct apply_table *table, const struct value *row)
{
    uint64_t hash = (uint64_t)(uintptr_t)table->target;
    for (unsigned i = 0; i < table->key_count; i++)
        hash = mix_value(hash, &row[table->key[i]]);
    return hash | 1; /* 0 marks no hash */
}

static bool key_equal(const struct apply_table *table, const struct fold_entry *entry,
                      const struct value *row)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (!value_equal(&entry->key[i], &row[table->key[i]]))
            return false;
    return true;
}

static void grow(struct fold *fold)
{
    size_t count = fold->slot_count * 2;
    struct slot *slots = memory_new(count * sizeof *slots);
    for (size_t i = 0; i < fold->slot_count; i++) {
        if (fold->slots[i].entry == NULL)
            continue;
        size_t at = fold->slots[i].hash & (count - 1);
        while (slots[at].entry != NULL)
            at = (at + 1) & (count - 1);
        slots[at] = fold->slots[i];
    }
    free(fold->slots);
    fold->slots = slots;
    fold->slot_count = count;
}

static struct fold_table *find_table(const struct fold *fold, const struct apply_table *table)
{
    if (table->folded != NULL)
        return table->folded;
    struct fold_table *t = fold->tables;
    while (t != NULL && t->target != table->target) /* may be under another table id */
        t = t->next;
    return t;
}

bool fold_holds(const struct fold *fold, const struct apply_table *table)
{
    return find_table(fold, table) != NULL;
}

static struct fold_table *table_of(struct fold *fold, struct apply_table *table)
{
    struct fold_table *found = find_table(fold, table);
    if (found != NULL)
        return found;
    struct fold_table *made = arena_alloc(&fold->arena, sizeof *made);
    made->table = table;
    made->target = table->target;
    made->next = fold->tables;
    fold->tables = made;
    table->folded = made;
    return made;
}

/* ---- copies ---- */

static size_t bytes_in(const struct value *values, unsigned count)
{
    size_t size = 0;
    for (unsigned i = 0; i < count; i++)
        if (value_has_bytes(values[i].kind))
            size += values[i].bytes.len;
    return size;
}

/* One allocation for the bytes of all values. */
static void copy_values(struct fold *fold, struct value *to, const struct value *from,
                        unsigned count)
{
    size_t size = bytes_in(from, count);
    uint8_t *room = size > 0 ? arena_alloc_raw(&fold->arena, size) : NULL;
    for (unsigned i = 0; i < count; i++) {
        to[i] = from[i];
        if (!value_has_bytes(from[i].kind) || from[i].bytes.len == 0)
            continue;
        memcpy(room, from[i].bytes.data, from[i].bytes.len);
        to[i].bytes.data = room;
        room += from[i].bytes.len;
    }
}

static struct value *copy_row(struct fold *fold, const struct value *row, unsigned count)
{
    struct value *copy = arena_alloc_raw(&fold->arena, count * sizeof *copy);
    copy_values(fold, copy, row, count);
    return copy;
}

/* The entry of row's key; made (and *is_new) when the batch has not met it yet. */
static struct fold_entry *entry_of(struct fold *fold, struct apply_table *table,
                                   const struct value *row, bool *is_new)
{
    if ((fold->used + 1) * 2 > fold->slot_count)
        grow(fold);
    uint64_t hash = hash_key(table, row);
    size_t at = hash & (fold->slot_count - 1);
    *is_new = false;
    for (; fold->slots[at].entry != NULL; at = (at + 1) & (fold->slot_count - 1))
        if (fold->slots[at].hash == hash && fold->slots[at].target == table->target &&
            key_equal(table, fold->slots[at].entry, row))
            return fold->slots[at].entry;
    struct value key[KEY_PARTS_MAX];
    for (unsigned i = 0; i < table->key_count; i++)
        key[i] = row[table->key[i]];
    struct fold_table *folded = table_of(fold, table);
    struct fold_entry *entry = arena_alloc(&fold->arena, sizeof *entry);
    entry->key = copy_row(fold, key, table->key_count);
    entry->next_of_table = folded->entries;
    folded->entries = entry;
    folded->count++;
    fold->slots[at] = (struct slot){ hash, entry, table->target };
    fold->used++;
    *is_new = true;
    return entry;
}

/* ---- adding ---- */

static bool contradiction(const struct apply_table *table, const char *what, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "%s of a row of %s.%s that %s", what, table->def->db,
                   table->def->name,
                   what[0] == 'i' ? "an earlier change put there" : "an earlier change removed");
}

static bool add_insert(struct fold *fold, struct apply_table *table, const struct value *after,
                       struct err *err)
{
    bool is_new;
    struct fold_entry *entry = entry_of(fold, table, after, &is_new);
    if (!is_new && entry->exists)
        return contradiction(table, "insert", err);
    entry->exists = true;
    entry->replaced = entry->existed;
    entry->after = copy_row(fold, after, table->map.column_count);
    return true;
}

static bool add_delete(struct fold *fold, struct apply_table *table, const struct value *before,
                       struct err *err)
{
    bool is_new;
    struct fold_entry *entry = entry_of(fold, table, before, &is_new);
    if (is_new)
        entry->existed = true;
    else if (!entry->exists)
        return contradiction(table, "delete", err);
    entry->exists = false;
    entry->after = NULL;
    entry->moves_unique = false;
    return true;
}

static void merge(struct fold *fold, struct value *into, const struct value *after, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (after[i].kind != VALUE_ABSENT)
            copy_values(fold, &into[i], &after[i], 1);
}

static bool add_update(struct fold *fold, struct apply_table *table,
                       const struct row_change *change, bool moves_unique, struct err *err)
{
    bool is_new;
    struct fold_entry *entry = entry_of(fold, table, change->before, &is_new);
    if (is_new) {
        entry->existed = entry->exists = true;
        entry->after = copy_row(fold, change->after, table->map.column_count);
    } else if (!entry->exists) {
        return contradiction(table, "update", err);
    } else {
        merge(fold, entry->after, change->after, table->map.column_count);
    }
    entry->moves_unique = entry->moves_unique || moves_unique;
    return true;
}

static bool is_whole(const struct apply_table *table, const struct value *row)
{
    for (unsigned i = 0; i < table->map.column_count; i++)
        if (row[i].kind == VALUE_ABSENT)
            return false;
    return true;
}

static bool has_diff(const struct apply_table *table, const struct value *after)
{
    for (unsigned i = 0; i < table->map.column_count; i++)
        if (after[i].kind == VALUE_JSON_DIFF)
            return true;
    return false;
}

static bool key_moves(const struct apply_table *table, const struct row_change *change)
{
    for (unsigned i = 0; i < table->key_count; i++) {
        const struct value *after = &change->after[table->key[i]];
        if (after->kind != VALUE_ABSENT && !value_equal(after, &change->before[table->key[i]]))
            return true;
    }
    return false;
}

static bool unique_moves(const struct apply_table *table, const struct row_change *change)
{
    for (unsigned i = 0; table->unique != NULL && i < table->map.column_count; i++)
        if ((table->unique[i / 64] >> (i % 64) & 1) != 0 && change->after[i].kind != VALUE_ABSENT &&
            !value_equal(&change->after[i], &change->before[i]))
            return true;
    return false;
}

/* Columns that stay as they are need not be kept, nor written: an index over them is then left
 * alone. `after` is the caller's row buffer. */
static void drop_unchanged(const struct apply_table *table, const struct row_change *change)
{
    for (unsigned i = 0; i < table->map.column_count; i++)
        if (value_equal(&change->before[i], &table->after[i]))
            table->after[i].kind = VALUE_ABSENT;
}

enum fold_result fold_add(struct fold *fold, struct apply_table *table,
                          const struct row_change *change, struct err *err)
{
    assert(table->key != NULL && table->key_count <= KEY_PARTS_MAX);
    bool done = false;
    if (change->kind == CHANGE_INSERT) {
        done = add_insert(fold, table, change->after, err);
    } else if (change->kind == CHANGE_DELETE) {
        done = add_delete(fold, table, change->before, err);
    } else {
        bool moves_key = key_moves(table, change);
        bool moves_unique = unique_moves(table, change);
        if (((moves_key || moves_unique) && !is_whole(table, change->after)) ||
            has_diff(table, change->after))
            return FOLD_REFUSED;
        if (!moves_key && !moves_unique)
            drop_unchanged(table, change);
        done = moves_key ? add_delete(fold, table, change->before, err) &&
                               add_insert(fold, table, change->after, err)
                         : add_update(fold, table, change, moves_unique, err);
    }
    return done ? FOLD_DONE : FOLD_FAILED;
}

/* ---- flushing ---- */

static uint64_t order_of(const struct value *value)
{
    uint64_t order = 0;
    if (value->kind == VALUE_INT)
        return (uint64_t)value->i ^ (uint64_t)1 << 63;
    if (!value_has_bytes(value->kind))
        return value->u;
    for (size_t i = 0; i < 8; i++)
        order = order << 8 | (i < value->bytes.len ? value->bytes.data[i] : 0);
    return order;
}

/* By the key's first column, and in it as good as it goes: order is for speed alone. */
static uint64_t order_of_key(const struct value *first, const struct value *second)
{
    uint64_t order = order_of(first);
    return second == NULL ? order : order << 20 ^ (order_of(second) & 0xfffff);
}

bool fold_is_in_order(const struct apply_table *table, const struct value *const *rows,
                      unsigned count)
{
    uint64_t last = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t order = order_of_key(&rows[i][table->key[0]],
                                      table->key_count > 1 ? &rows[i][table->key[1]] : NULL);
        if (order < last)
            return false;
        last = order;
    }
    return true;
}

static int compare_items(const void *left, const void *right)
{
    const struct sort_item *a = left, *b = right;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void sort_entries(struct fold *fold, const struct fold_table *folded)
{
    size_t at = 0;
    if (folded->count > fold->item_cap) {
        fold->item_cap = folded->count;
        fold->items = memory_resize(fold->items, fold->item_cap * sizeof *fold->items);
    }
    for (struct fold_entry *e = folded->entries; e != NULL; e = e->next_of_table) {
        uint64_t order = order_of_key(&e->key[0], folded->table->key_count > 1 ? &e->key[1] : NULL);
        fold->items[at++] = (struct sort_item){ order, e };
    }
    qsort(fold->items, at, sizeof *fold->items, compare_items);
}

enum phase {
    PHASE_ALL,  /* of a table whose rows do not hinder each other */
    PHASE_GIVE, /* deletes, and rows whose UNIQUE values change */
    PHASE_STAY, /* updates that touch no UNIQUE value */
    PHASE_TAKE, /* inserts, and those rows again */
};

struct flush {
    struct engine *engine;
    const struct fold_table *folded;
    struct value *before;                    /* the key's columns; the others are ABSENT */
    bool is_unique;                          /* of a table with UNIQUE keys beside its row key */
    const struct value *inserts[FOLD_GROUP]; /* written together; before their phase ends */
    unsigned insert_count;
    struct err *err;
};

static bool write_change(const struct flush *flush, enum change kind,
                         const struct fold_entry *entry)
{
    const struct apply_table *table = flush->folded->table;
    for (unsigned i = 0; i < table->key_count; i++)
        flush->before[table->key[i]] = entry->key[i];
    struct row_change change = { kind, flush->before, entry->after };
    return flush->engine->ops->change(flush->engine, flush->folded->target, &change, CHANGE_STRICT,
                                      flush->err);
}

static bool write_inserts(struct flush *flush)
{
    unsigned count = flush->insert_count;
    flush->insert_count = 0;
    return count == 0 || flush->engine->ops->insert(flush->engine, flush->folded->target,
                                                    flush->inserts, count, flush->err);
}

static bool write_insert(struct flush *flush, const struct fold_entry *entry)
{
    flush->inserts[flush->insert_count++] = entry->after;
    return flush->insert_count < FOLD_GROUP || write_inserts(flush);
}

/* A row that was deleted and inserted again, or whose UNIQUE value moves, goes and comes. */
static bool goes_and_comes(const struct flush *flush, const struct fold_entry *entry)
{
    if (!entry->existed || !entry->exists)
        return false;
    if (entry->replaced)
        return flush->is_unique || !is_whole(flush->folded->table, entry->after);
    return entry->moves_unique;
}

static bool flush_entry(struct flush *flush, const struct fold_entry *entry, enum phase phase)
{
    bool both = goes_and_comes(flush, entry);
    bool gives = both || (entry->existed && !entry->exists);
    bool takes = both || (!entry->existed && entry->exists);
    bool stays = entry->existed && entry->exists && !both;
    if (gives && (phase == PHASE_ALL || phase == PHASE_GIVE) &&
        !write_change(flush, CHANGE_DELETE, entry))
        return false;
    if (stays && (phase == PHASE_ALL || phase == PHASE_STAY) &&
        !write_change(flush, CHANGE_UPDATE, entry))
        return false;
    if (takes && (phase == PHASE_ALL || phase == PHASE_TAKE))
        return write_insert(flush, entry);
    return true;
}

static bool flush_phase(struct fold *fold, struct flush *flush, enum phase phase)
{
    for (size_t i = 0; i < flush->folded->count; i++)
        if (!flush_entry(flush, fold->items[i].entry, phase))
            return false;
    return write_inserts(flush);
}

static bool flush_table(struct fold *fold, const struct fold_table *folded, struct engine *engine,
                        struct err *err)
{
    struct flush flush = { .engine = engine, .folded = folded, .err = err };
    flush.is_unique = folded->table->unique != NULL;
    flush.before =
        arena_alloc(&fold->arena, folded->table->map.column_count * sizeof *flush.before);
    sort_entries(fold, folded);
    if (!flush.is_unique)
        return flush_phase(fold, &flush, PHASE_ALL);
    return flush_phase(fold, &flush, PHASE_GIVE) && flush_phase(fold, &flush, PHASE_STAY) &&
           flush_phase(fold, &flush, PHASE_TAKE);
}

bool fold_flush(struct fold *fold, struct engine *engine, struct err *err)
{
    bool done = true;
    for (struct fold_table *t = fold->tables; t != NULL && done; t = t->next)
        done = flush_table(fold, t, engine, err);
    fold_reset(fold);
    return done;
}
