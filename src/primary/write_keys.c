/* write_keys.c - see write_keys.h. */
// SPDX-License-Identifier: Apache-2.0
#include "primary/write_keys.h"
#include "sql/charset.h"
#include "sql/types.h"
#include "sql/weights.h"

enum { PARTS_MAX = 16 /* a server's keys have no more */, SIGN = 0x80 };

struct key_column {
    unsigned place; /* of the column in the table whose key it is: by it the parts are in order */
    unsigned image; /* of the column in the changed row */
    uint32_t prefix;
    const struct charset *charset; /* texts; else NULL */
    const struct weights *weights;
};

struct write_key {
    uint64_t space; /* the hash of table and columns */
    bool is_reference;
    unsigned count;
    struct key_column columns[PARTS_MAX];
};

/* ---- numbers ---- */

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static uint64_t mix_number(uint64_t hash, uint64_t number)
{
    return mix(hash, &number, sizeof number);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return mix(hash, text, strlen(text) + 1);
}

/* Zero and its negative are equal. */
static uint64_t mix_real(uint64_t hash, double number)
{
    double d = number == 0 ? 0 : number;
    return mix(hash, &d, sizeof d);
}

/* A moment's sign is left out: zero has none. */
static uint64_t mix_time(uint64_t hash, const struct time_parts *t)
{
    uint64_t day = (uint64_t)t->year << 16 | (uint64_t)t->month << 8 | t->day;
    uint64_t second = (uint64_t)t->hour << 16 | (uint64_t)t->minute << 8 | t->second;
    return mix_number(mix_number(mix_number(hash, day), second), t->micro);
}

/* Packed digits without their sign, which inverts them. */
static uint64_t mix_decimal(uint64_t hash, struct bytes packed)
{
    bool is_negative = packed.len > 0 && (packed.data[0] & SIGN) == 0;
    for (size_t i = 0; i < packed.len; i++) {
        uint8_t byte = is_negative ? (uint8_t)~packed.data[i] : packed.data[i];
        hash = mix(hash, &byte, 1);
    }
    return hash;
}

/* BINARY is stored with zeros behind, and told without. */
static uint64_t mix_bytes(uint64_t hash, struct bytes bytes, uint32_t prefix)
{
    size_t len = prefix > 0 && bytes.len > prefix ? prefix : bytes.len;
    while (len > 0 && bytes.data[len - 1] == 0)
        len--;
    return mix(hash, bytes.data, len);
}

static struct bytes first_characters(struct bytes text, uint32_t count)
{
    struct bytes rest = text;
    for (uint32_t i = 0; i < count && rest.len > 0; i++)
        (void)utf8_next(&rest);
    return bytes_of(text.data, text.len - rest.len);
}

/* Spaces behind count nowhere: most collations say so, and CHAR is stored without. */
static bool mix_weights(uint64_t *hash, const struct key_column *column, struct bytes text,
                        struct write_set *set)
{
    struct err err;
    struct bytes utf8;
    if (!charset_to_utf8(column->charset, text, &set->text, &utf8, &err))
        return false;
    if (column->prefix > 0)
        utf8 = first_characters(utf8, column->prefix);
    while (utf8.len > 0 && utf8.data[utf8.len - 1] == ' ')
        utf8.len--;
    buf_reset(&set->scratch);
    if (!weights_key(column->weights, utf8, &set->scratch) || set->scratch.failed)
        return false;
    *hash = mix(*hash, set->scratch.data, set->scratch.len);
    return true;
}

static bool mix_value(uint64_t *hash, const struct key_column *column, const struct value *value,
                      struct write_set *set)
{
    switch (value->kind) {
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_TIMESTAMP:
        *hash = mix_number(*hash, value->u);
        return true;
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        *hash = mix_real(*hash, value->d);
        return true;
    case VALUE_DECIMAL:
        *hash = mix_decimal(*hash, value->bytes);
        return true;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
        *hash = mix_time(*hash, &value->time);
        return true;
    case VALUE_TEXT:
        return !value->compressed && column->weights != NULL &&
               mix_weights(hash, column, value->bytes, set);
    case VALUE_BLOB:
        *hash = mix_bytes(*hash, value->bytes, column->prefix);
        return !value->compressed;
    case VALUE_ABSENT:
    case VALUE_NULL:
    case VALUE_JSON:
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
    case VALUE_JSON_TEXT:
    case VALUE_JSON_DIFF:
        break;
    }
    return false;
}

/* One with a NULL meets no other. */
static void add_key(const struct write_key *key, const struct value *row, struct write_set *set)
{
    uint64_t hash = key->space;
    for (unsigned i = 0; i < key->count; i++)
        if (row[key->columns[i].image].kind == VALUE_NULL)
            return;
    for (unsigned i = 0; i < key->count; i++) {
        const struct key_column *column = &key->columns[i];
        if (!mix_value(&hash, column, &row[column->image], set)) {
            write_set_alone(set);
            return;
        }
        hash = mix_number(hash, i);
    }
    write_set_add(set, hash, key->is_reference);
}

static void add_row(const struct write_keys *keys, const struct value *row, struct write_set *set)
{
    for (unsigned i = 0; row != NULL && i < keys->count && !set->is_alone; i++)
        add_key(&keys->keys[i], row, set);
}

void write_keys_add(const struct write_keys *keys, const struct row_change *change,
                    struct write_set *set)
{
    if (keys->is_unknown)
        write_set_alone(set);
    add_row(keys, change->before, set);
    add_row(keys, change->after, set);
}

/* ---- the keys of a table ---- */

struct finding {
    const struct catalog *catalog;
    const struct table_def *table;
    struct arena *arena;
    struct write_keys *out;
    unsigned room;
};

static void set_weights(struct key_column *column, const struct column_def *def)
{
    const struct charset *charset = def->charset != NULL ? charset_by_name(def->charset) : NULL;
    if (charset == NULL || charset_is_binary(charset) || def->labels != NULL)
        return;
    const char *collation = def->collation;
    if (collation == NULL || collation[0] == '\0')
        collation = charset_default_collation(charset);
    column->charset = charset;
    column->weights = weights_of(collation);
}

/* At its place among the others. False: no value of the column can be compared. */
static bool add_column(struct write_key *key, const struct table_def *table, int image,
                       struct key_column column)
{
    if (image < 0 || key->count == PARTS_MAX)
        return false;
    const struct column_def *def = &table->columns[image];
    column.image = (unsigned)image;
    set_weights(&column, def);
    unsigned at = key->count++;
    for (; at > 0 && key->columns[at - 1].place > column.place; at--)
        key->columns[at] = key->columns[at - 1];
    key->columns[at] = column;
    return !def->compressed && (column.charset == NULL || column.weights != NULL);
}

/* Keys of the same columns are one: a unique key, and what children refer to. */
static void add_found(struct finding *f, const struct write_key *key)
{
    struct write_keys *out = f->out;
    for (unsigned i = 0; i < out->count; i++)
        if (out->keys[i].space == key->space && out->keys[i].is_reference == key->is_reference &&
            !key->is_reference)
            return;
    if (out->count == f->room) {
        struct write_key *old = out->keys;
        f->room = f->room == 0 ? 4 : 2 * f->room;
        out->keys = arena_alloc(f->arena, f->room * sizeof *out->keys);
        if (out->count > 0)
            memcpy(out->keys, old, out->count * sizeof *old);
    }
    out->keys[out->count++] = *key;
}

static void set_space(struct write_key *key, const char *db, const char *table)
{
    key->space = mix_text(mix_text(UINT64_C(14695981039346656037), db), table);
    for (unsigned i = 0; i < key->count; i++)
        key->space =
            mix_number(mix_number(key->space, key->columns[i].place), key->columns[i].prefix);
}

static bool add_unique(struct finding *f, const struct key_def *def)
{
    struct write_key key = { .count = 0 };
    if (def->without_overlaps)
        return false;
    for (unsigned i = 0; i < def->part_count; i++) {
        const struct key_part *part = &def->parts[i];
        int at = part->column != NULL ? table_def_column(f->table, part->column) : -1;
        struct key_column column = { .place = (unsigned)at, .prefix = part->prefix };
        if (!add_column(&key, f->table, at, column))
            return false;
    }
    set_space(&key, f->table->db, f->table->name);
    add_found(f, &key);
    return true;
}

/* The parent's columns: those that are named, or its primary key. -1: there is no such. */
static int parent_column(const struct fk_def *fk, const struct table_def *parent, unsigned i)
{
    if (fk->parent_column_count > 0)
        return i < fk->parent_column_count ? table_def_column(parent, fk->parent_columns[i]) : -1;
    const struct key_def *key = table_def_primary_key(parent);
    return key != NULL && i < key->part_count && key->parts[i].column != NULL
               ? table_def_column(parent, key->parts[i].column)
               : -1;
}

/* Would equal values of both be seen as equal, and get one number? */
static bool compare_alike(const struct column_def *a, const struct column_def *b)
{
    struct key_column x = { .place = 0 }, y = { .place = 0 };
    set_weights(&x, a);
    set_weights(&y, b);
    if (x.charset != NULL || y.charset != NULL)
        return x.weights != NULL && x.weights == y.weights;
    return a->type == b->type && a->precision == b->precision && a->scale == b->scale;
}

static bool add_reference(struct finding *f, const struct fk_def *fk)
{
    const char *db = fk->parent_db != NULL ? fk->parent_db : f->table->db;
    const struct table_def *parent = catalog_table(f->catalog, db, fk->parent_table);
    struct write_key key = { .is_reference = true };
    if (parent == NULL)
        return true; /* no row can be met; making it is a schema change */
    for (unsigned i = 0; i < fk->column_count; i++) {
        int own = table_def_column(f->table, fk->columns[i]);
        int theirs = parent_column(fk, parent, i);
        struct key_column column = { .place = (unsigned)theirs };
        if (theirs < 0 || !add_column(&key, f->table, own, column) ||
            !compare_alike(&f->table->columns[own], &parent->columns[theirs]))
            return false;
    }
    set_space(&key, db, fk->parent_table);
    add_found(f, &key);
    return true;
}

/* What a child refers to, unique or not. A child that cannot be compared is alone itself. */
static bool add_referred(const struct table_def *child, void *arg)
{
    struct finding *f = arg;
    for (unsigned n = 0; n < child->fk_count; n++) {
        const struct fk_def *fk = &child->fks[n];
        const char *db = fk->parent_db != NULL ? fk->parent_db : child->db;
        struct write_key key = { .is_reference = false };
        bool is_known = true;
        if (strcmp(db, f->table->db) != 0 || strcmp(fk->parent_table, f->table->name) != 0)
            continue;
        for (unsigned i = 0; i < fk->column_count && is_known; i++) {
            int at = parent_column(fk, f->table, i);
            struct key_column column = { .place = (unsigned)at };
            is_known = add_column(&key, f->table, at, column);
        }
        set_space(&key, f->table->db, f->table->name);
        if (is_known)
            add_found(f, &key);
    }
    return true;
}

void write_keys_find(const struct catalog *catalog, const struct table_def *table,
                     struct arena *arena, struct write_keys *out)
{
    struct finding f = { .catalog = catalog, .table = table, .arena = arena, .out = out };
    *out = (struct write_keys){ .is_unknown = table_def_row_key(table) == NULL };
    for (unsigned i = 0; i < table->key_count && !out->is_unknown; i++)
        if (table->keys[i].kind == KEY_PRIMARY || table->keys[i].kind == KEY_UNIQUE)
            out->is_unknown = !add_unique(&f, &table->keys[i]);
    for (unsigned i = 0; i < table->fk_count && !out->is_unknown; i++)
        out->is_unknown = !add_reference(&f, &table->fks[i]);
    if (!out->is_unknown)
        (void)catalog_each_table(catalog, add_referred, &f);
}
