/* build_keys.c - the keys of a definition: kept, dropped, added, named and put in the servers'
 * order.
 *
 * A foreign key brings a key of its own unless another one begins with its columns; such a key
 * gives way when one is added later. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/table_build.h"
#include "sql/table_def.h"
#include "sql/types.h"

/* Keys being built: `gone` ones are left out at the end. */
struct key_list {
    struct key_def *keys;
    bool *gone;
    unsigned count;
};

static int find_key(const struct key_list *list, const char *name)
{
    for (unsigned i = 0; i < list->count; i++)
        if (!list->gone[i] && list->keys[i].name != NULL &&
            sql_name_equal(list->keys[i].name, name))
            return (int)i;
    return -1;
}

/* DROP CONSTRAINT takes a key only when it is unique and no foreign key has that name. */
static bool is_dropped(const struct table_build *b, const struct key_def *key)
{
    bool constraint =
        (key->kind == KEY_UNIQUE || key->kind == KEY_PRIMARY) && !build_old_fk(b, key->name);
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if ((item->kind == ITEM_DROP_KEY || (item->kind == ITEM_DROP_CONSTRAINT && constraint)) &&
            sql_name_equal(item->name, key->name))
            return true;
    return false;
}

static const char *renamed_key(const struct table_build *b, const char *name)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_RENAME_KEY && sql_name_equal(item->name, name))
            return item->other;
    return name;
}

/* A prefix that the column is no longer than is no prefix. */
static void trim_prefix(const struct table_build *b, const struct key_def *key,
                        struct key_part *part)
{
    int at = part->column == NULL ? -1 : table_def_column(b->table, part->column);
    if (at < 0 || part->prefix == 0)
        return;
    const struct column_def *column = &b->table->columns[at];
    bool text =
        sql_type_class(column->type) == TYPE_TEXT || sql_type_class(column->type) == TYPE_BINARY;
    bool blob = sql_type_is_blob(column->type) || column->type == SQL_GEOMETRY;
    if (key->kind == KEY_FULLTEXT || key->kind == KEY_SPATIAL || (!text && !blob) ||
        (!blob && column->length <= part->prefix))
        part->prefix = 0;
}

/* The parts whose columns are still there, under their present names. */
static void follow_columns(const struct table_build *b, struct key_def *key)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < key->part_count; i++) {
        struct key_part part = key->parts[i];
        int old = part.column == NULL ? -1 : build_old_column(b, part.column);
        if (old >= 0 && b->new_names[old] == NULL)
            continue;
        if (old >= 0)
            part.column = arena_str(&b->table->arena, b->new_names[old]);
        trim_prefix(b, key, &part);
        key->parts[kept++] = part;
    }
    key->part_count = kept;
}

static void keep_old_keys(struct table_build *b, struct key_list *list)
{
    for (unsigned i = 0; b->before != NULL && i < b->before->key_count; i++) {
        const struct key_def *old = &b->before->keys[i];
        if (is_dropped(b, old))
            continue;
        struct key_def *key = &list->keys[list->count];
        key_def_copy(key, old, &b->table->arena);
        key->name = arena_str(&b->table->arena, renamed_key(b, old->name));
        follow_columns(b, key);
        if (key->part_count > 0)
            list->count++;
    }
}

static const struct key_def *old_key(const struct table_build *b, const char *name)
{
    for (unsigned i = 0; b->before != NULL && i < b->before->key_count; i++)
        if (sql_name_equal(b->before->keys[i].name, name))
            return &b->before->keys[i];
    return NULL;
}

static bool check_old_names(struct table_build *b)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        bool names_key = item->kind == ITEM_DROP_KEY || item->kind == ITEM_RENAME_KEY ||
                         item->kind == ITEM_HIDE_KEY;
        if (names_key && !item->if_exists && old_key(b, item->name) == NULL)
            return build_conflict(
                b, item->kind == ITEM_DROP_KEY ? BUILD_NOTHING_TO_DROP : BUILD_NO_KEY,
                "there is no key %s", item->name);
    }
    return true;
}

static void hide_keys(const struct table_build *b, struct key_list *list)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        int at = item->kind == ITEM_HIDE_KEY ? find_key(list, item->name) : -1;
        if (at >= 0)
            list->keys[at].invisible = item->flag;
    }
}

static void name_key(const struct table_build *b, struct key_list *list, struct key_def *key)
{
    if (key->name != NULL)
        return;
    bool functional = key->parts[0].column == NULL;
    const char *base = functional ? "functional_index" : key->parts[0].column;
    const char *name = base;
    for (unsigned n = 2; find_key(list, name) >= 0 || sql_name_equal(name, "PRIMARY"); n++)
        name = arena_printf(&b->table->arena, "%s_%u", base, n);
    key->name = arena_str(&b->table->arena, name);
}

static bool parts_begin(const struct key_def *shorter, const struct key_def *longer)
{
    if (shorter->part_count > longer->part_count || longer->kind == KEY_FULLTEXT ||
        longer->kind == KEY_SPATIAL)
        return false;
    for (unsigned i = 0; i < shorter->part_count; i++) {
        const struct key_part *p = &shorter->parts[i];
        const struct key_part *q = &longer->parts[i];
        if (p->column == NULL || q->column == NULL || p->prefix != q->prefix ||
            !sql_name_equal(p->column, q->column))
            return false;
    }
    return true;
}

/* A generated key that another key covers is not needed. */
static void drop_covered(struct key_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        for (unsigned k = 0; k < list->count && !list->gone[i]; k++) {
            bool covers = k != i && !list->gone[k] && parts_begin(&list->keys[i], &list->keys[k]);
            bool same = covers && list->keys[k].generated &&
                        list->keys[k].part_count == list->keys[i].part_count;
            if (list->keys[i].generated && covers && (!same || k < i))
                list->gone[i] = true;
        }
    }
}

static bool check_parts(struct table_build *b, struct key_def *key)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        struct key_part *part = &key->parts[i];
        if (part->column == NULL)
            continue;
        int at = table_def_column(b->table, part->column);
        if (at < 0)
            return build_conflict(b, BUILD_NO_KEY_COLUMN,
                                  "a key has the column %s, which is not there", part->column);
        part->column = arena_str(&b->table->arena, b->table->columns[at].name);
        trim_prefix(b, key, part);
    }
    return true;
}

static bool add_key(struct table_build *b, struct key_list *list, const struct ddl_item *item)
{
    const char *name = item->key->name;
    int twin = name == NULL ? -1 : find_key(list, name);
    if (twin >= 0 && item->if_exists)
        return true;
    if (twin >= 0 && b->step->or_replace)
        list->gone[twin] = true;
    else if (twin >= 0 && list->keys[twin].generated)
        list->gone[twin] = true;
    else if (twin >= 0)
        return build_conflict(
            b, item->key->kind == KEY_PRIMARY ? BUILD_PRIMARY_TWICE : BUILD_KEY_TWICE,
            "key %s is there already", name);
    struct key_def *key = &list->keys[list->count];
    key_def_copy(key, item->key, &b->table->arena);
    if (!check_parts(b, key))
        return false;
    name_key(b, list, key);
    list->count++;
    return true;
}

static bool add_fk_key(struct table_build *b, struct key_list *list, const struct ddl_item *item)
{
    struct arena *arena = &b->table->arena;
    struct key_def *key = &list->keys[list->count];
    *key = (struct key_def){ .kind = KEY_PLAIN, .generated = true };
    key->name = arena_str(arena, build_fk_key_name(b, item));
    key->part_count = item->fk->column_count;
    key->parts = arena_alloc(arena, key->part_count * sizeof *key->parts);
    for (unsigned i = 0; i < key->part_count; i++)
        key->parts[i].column = arena_str(arena, item->fk->columns[i]);
    if (!check_parts(b, key))
        return false;
    if (key->name != NULL && find_key(list, key->name) >= 0)
        key->name = NULL;
    list->count++;
    return true;
}

static bool too_many_keys(struct table_build *b, const struct key_list *list)
{
    if (list->count < DDL_KEY_MAX)
        return false;
    err_set(b->err, ERR_UNSUPPORTED, "table %s.%s has more than %d keys", b->step->db,
            b->step->table, DDL_KEY_MAX);
    return true;
}

static bool add_new_keys(struct table_build *b, struct key_list *list)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        bool adds = item->kind == ITEM_ADD_KEY || item->kind == ITEM_ADD_FK;
        if (adds && too_many_keys(b, list))
            return false;
        if (item->kind == ITEM_ADD_KEY && !add_key(b, list, item))
            return false;
        if (item->kind == ITEM_ADD_FK && !add_fk_key(b, list, item))
            return false;
    }
    drop_covered(list);
    for (unsigned i = 0; i < list->count; i++)
        if (!list->gone[i])
            name_key(b, list, &list->keys[i]);
    return true;
}

static bool has_part(const struct table_build *b, const struct key_def *key,
                     bool (*is)(const struct column_def *, const struct key_part *))
{
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct key_part *part = &key->parts[i];
        int at = part->column == NULL ? -1 : table_def_column(b->table, part->column);
        if (at >= 0 && is(&b->table->columns[at], part))
            return true;
    }
    return false;
}

static bool is_nullable(const struct column_def *column, const struct key_part *part)
{
    (void)part;
    return column->nullable;
}

static bool is_partial(const struct column_def *column, const struct key_part *part)
{
    return part->prefix > 0 && !sql_type_is_blob(column->type);
}

/* An expression is a hidden virtual column. */
static bool is_computed(const struct table_build *b, const struct key_def *key)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        const char *name = key->parts[i].column;
        int at = name == NULL ? -1 : table_def_column(b->table, name);
        if (at < 0 || b->table->columns[at].generated == GENERATED_VIRTUAL)
            return b->session->flavour == FLAVOUR_MYSQL;
    }
    return false;
}

/* Where a key stands among the others: PRIMARY, UNIQUE of NOT NULL columns, UNIQUE, plain ones,
 * those of virtual columns in MySQL, full-text ones; within that as written. */
static unsigned key_rank(const struct table_build *b, const struct key_def *key)
{
    if (key->kind == KEY_PRIMARY)
        return 0;
    if (key->kind == KEY_UNIQUE)
        return 1 + (has_part(b, key, is_nullable) ? 2u : 0u) +
               (has_part(b, key, is_partial) ? 1u : 0u);
    if (key->kind == KEY_FULLTEXT)
        return 7;
    return is_computed(b, key) ? 6 : 5;
}

static void store_keys(struct table_build *b, const struct key_list *list)
{
    struct table_def *t = b->table;
    t->keys = arena_alloc(&t->arena, list->count * sizeof *t->keys);
    for (unsigned rank = 0; rank <= 7; rank++)
        for (unsigned i = 0; i < list->count; i++)
            if (!list->gone[i] && key_rank(b, &list->keys[i]) == rank)
                t->keys[t->key_count++] = list->keys[i];
}

static void primary_is_not_null(struct table_build *b, const struct key_list *list)
{
    int at = find_key(list, "PRIMARY");
    if (at < 0)
        return;
    for (unsigned i = 0; i < list->keys[at].part_count; i++) {
        const char *name = list->keys[at].parts[i].column;
        int column = name == NULL ? -1 : table_def_column(b->table, name);
        if (column >= 0)
            b->table->columns[column].nullable = false;
    }
}

/* A versioned table keeps old rows too: what is unique is so among rows of the same end. */
static void add_row_end(struct table_build *b, struct key_def *key)
{
    struct table_def *t = b->table;
    const struct column_def *end = NULL;
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].row_edge == ROW_EDGE_END)
            end = &t->columns[i];
    bool unique = key->kind == KEY_PRIMARY || key->kind == KEY_UNIQUE;
    for (unsigned i = 0; i < key->part_count && unique; i++) {
        int at = key->parts[i].column == NULL ? -1 : table_def_column(t, key->parts[i].column);
        unique = at < 0 || t->columns[at].row_edge == ROW_EDGE_NONE;
    }
    if (!unique || end == NULL)
        return;
    struct key_part *parts = arena_alloc(&t->arena, (key->part_count + 1) * sizeof *parts);
    memcpy(parts, key->parts, key->part_count * sizeof *parts);
    parts[key->part_count].column = end->name;
    key->parts = parts;
    key->part_count++;
}

bool build_keys(struct table_build *b)
{
    size_t old = b->before == NULL ? 0 : b->before->key_count;
    size_t most = old + b->step->item_count + 1;
    struct key_list list = { 0 };
    list.keys = arena_alloc(&b->table->arena, most * sizeof *list.keys);
    list.gone = arena_alloc(&b->table->arena, most * sizeof *list.gone);
    if (!check_old_names(b))
        return false;
    keep_old_keys(b, &list);
    hide_keys(b, &list);
    if (!add_new_keys(b, &list))
        return false;
    for (unsigned i = 0; b->table->system_versioned && i < list.count; i++)
        add_row_end(b, &list.keys[i]);
    primary_is_not_null(b, &list);
    store_keys(b, &list);
    return true;
}
