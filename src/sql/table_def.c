/* table_def.c - definitions: copying, comparing, looking up. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/table_def.h"
#include <stdlib.h>
#include "base/memory.h"
#include "sql/names.h"

enum { DEFINITION_MAX = 1 << 30 }; /* the parser bounds what gets in here far below */

struct table_def *table_def_new(void)
{
    struct table_def *table = memory_new(sizeof *table);
    arena_init(&table->arena, DEFINITION_MAX);
    return table;
}

void table_def_free(struct table_def *table)
{
    if (table == NULL)
        return;
    arena_clear(&table->arena);
    free(table);
}

static char **copy_names(char **names, unsigned count, struct arena *arena)
{
    if (count == 0)
        return NULL;
    char **copy = arena_alloc(arena, count * sizeof *copy);
    for (unsigned i = 0; i < count; i++)
        copy[i] = arena_str(arena, names[i]);
    return copy;
}

void column_def_copy(struct column_def *to, const struct column_def *from, struct arena *arena)
{
    *to = *from;
    to->name = arena_str(arena, from->name);
    to->charset = arena_str(arena, from->charset);
    to->collation = arena_str(arena, from->collation);
    to->labels = copy_names(from->labels, from->label_count, arena);
    to->default_text = arena_str(arena, from->default_text);
    to->generated_text = arena_str(arena, from->generated_text);
    to->comment = arena_str(arena, from->comment);
    to->geometry_kind = arena_str(arena, from->geometry_kind);
}

void key_def_copy(struct key_def *to, const struct key_def *from, struct arena *arena)
{
    *to = *from;
    to->name = arena_str(arena, from->name);
    to->parts = arena_alloc(arena, from->part_count * sizeof *to->parts);
    for (unsigned i = 0; i < from->part_count; i++) {
        to->parts[i] = from->parts[i];
        to->parts[i].column = arena_str(arena, from->parts[i].column);
        to->parts[i].expression = arena_str(arena, from->parts[i].expression);
    }
}

void fk_def_copy(struct fk_def *to, const struct fk_def *from, struct arena *arena)
{
    *to = *from;
    to->name = arena_str(arena, from->name);
    to->columns = copy_names(from->columns, from->column_count, arena);
    to->parent_db = arena_str(arena, from->parent_db);
    to->parent_table = arena_str(arena, from->parent_table);
    to->parent_columns = copy_names(from->parent_columns, from->parent_column_count, arena);
}

void check_def_copy(struct check_def *to, const struct check_def *from, struct arena *arena)
{
    *to = *from;
    to->name = arena_str(arena, from->name);
    to->column = arena_str(arena, from->column);
    to->expression = arena_str(arena, from->expression);
}

static void copy_texts(struct table_def *to, const struct table_def *from)
{
    struct arena *arena = &to->arena;
    to->db = arena_str(arena, from->db);
    to->name = arena_str(arena, from->name);
    to->period_name = arena_str(arena, from->period_name);
    to->period_start = arena_str(arena, from->period_start);
    to->period_end = arena_str(arena, from->period_end);
    to->engine = arena_str(arena, from->engine);
    to->charset = arena_str(arena, from->charset);
    to->collation = arena_str(arena, from->collation);
    to->comment = arena_str(arena, from->comment);
    to->partition_text = arena_str(arena, from->partition_text);
}

struct table_def *table_def_copy(const struct table_def *table)
{
    struct table_def *copy = table_def_new();
    struct arena arena = copy->arena;
    *copy = *table;
    copy->arena = arena;
    copy->sequence_row = NULL;
    copy->first_number = 0;
    copy_texts(copy, table);
    struct arena *a = &copy->arena;
    copy->columns = arena_alloc(a, table->column_count * sizeof *copy->columns);
    for (unsigned i = 0; i < table->column_count; i++)
        column_def_copy(&copy->columns[i], &table->columns[i], a);
    copy->keys = arena_alloc(a, table->key_count * sizeof *copy->keys);
    for (unsigned i = 0; i < table->key_count; i++)
        key_def_copy(&copy->keys[i], &table->keys[i], a);
    copy->fks = arena_alloc(a, table->fk_count * sizeof *copy->fks);
    for (unsigned i = 0; i < table->fk_count; i++)
        fk_def_copy(&copy->fks[i], &table->fks[i], a);
    copy->checks = arena_alloc(a, table->check_count * sizeof *copy->checks);
    for (unsigned i = 0; i < table->check_count; i++)
        check_def_copy(&copy->checks[i], &table->checks[i], a);
    return copy;
}

int table_def_column(const struct table_def *table, const char *name)
{
    for (unsigned i = 0; i < table->column_count; i++)
        if (sql_name_equal(table->columns[i].name, name))
            return (int)i;
    return -1;
}

const struct key_def *table_def_primary_key(const struct table_def *table)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (table->keys[i].kind == KEY_PRIMARY)
            return &table->keys[i];
    return NULL;
}

static bool names_a_row(const struct table_def *table, const struct key_def *key)
{
    if (key->kind != KEY_UNIQUE || key->without_overlaps)
        return false;
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct key_part *part = &key->parts[i];
        int column = part->column == NULL ? -1 : table_def_column(table, part->column);
        if (column < 0 || part->prefix > 0 || table->columns[column].nullable)
            return false;
    }
    return true;
}

const struct key_def *table_def_row_key(const struct table_def *table)
{
    const struct key_def *primary = table_def_primary_key(table);
    if (primary != NULL && !primary->without_overlaps)
        return primary;
    for (unsigned i = 0; i < table->key_count; i++)
        if (names_a_row(table, &table->keys[i]))
            return &table->keys[i];
    return NULL;
}

static bool names_equal(char **a, char **b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool types_equal(const struct column_def *a, const struct column_def *b)
{
    return a->type == b->type && a->length == b->length && a->precision == b->precision &&
           a->scale == b->scale && a->is_unsigned == b->is_unsigned && a->zerofill == b->zerofill &&
           sql_text_equal(a->charset, b->charset) && sql_text_equal(a->collation, b->collation) &&
           a->label_count == b->label_count && names_equal(a->labels, b->labels, a->label_count) &&
           sql_text_equal(a->geometry_kind, b->geometry_kind) &&
           a->geometry_has_srid == b->geometry_has_srid && a->srid == b->srid &&
           a->compressed == b->compressed;
}

bool column_def_equal(const struct column_def *a, const struct column_def *b)
{
    return strcmp(a->name, b->name) == 0 && types_equal(a, b) && a->nullable == b->nullable &&
           a->auto_increment == b->auto_increment && a->invisible == b->invisible &&
           a->on_update_now == b->on_update_now && a->generated == b->generated &&
           a->default_is_expression == b->default_is_expression &&
           a->unversioned == b->unversioned && a->row_edge == b->row_edge &&
           sql_text_equal(a->default_text, b->default_text) &&
           sql_text_equal(a->generated_text, b->generated_text) &&
           sql_text_equal(a->comment, b->comment);
}

bool key_def_equal(const struct key_def *a, const struct key_def *b)
{
    if (!sql_text_equal(a->name, b->name) || a->kind != b->kind || a->invisible != b->invisible ||
        a->without_overlaps != b->without_overlaps || a->part_count != b->part_count)
        return false;
    for (unsigned i = 0; i < a->part_count; i++) {
        const struct key_part *p = &a->parts[i];
        const struct key_part *q = &b->parts[i];
        if (!sql_text_equal(p->column, q->column) ||
            !sql_text_equal(p->expression, q->expression) || p->prefix != q->prefix ||
            p->descending != q->descending)
            return false;
    }
    return true;
}

static bool fk_def_equal(const struct fk_def *a, const struct fk_def *b)
{
    return sql_text_equal(a->name, b->name) && a->column_count == b->column_count &&
           names_equal(a->columns, b->columns, a->column_count) &&
           strcmp(a->parent_db, b->parent_db) == 0 &&
           strcmp(a->parent_table, b->parent_table) == 0 &&
           a->parent_column_count == b->parent_column_count &&
           names_equal(a->parent_columns, b->parent_columns, a->parent_column_count) &&
           a->on_delete == b->on_delete && a->on_update == b->on_update;
}

static bool check_def_equal(const struct check_def *a, const struct check_def *b)
{
    return sql_text_equal(a->name, b->name) && sql_text_equal(a->column, b->column) &&
           strcmp(a->expression, b->expression) == 0 && a->enforced == b->enforced;
}

static bool options_equal(const struct table_def *a, const struct table_def *b)
{
    return sql_text_equal(a->engine, b->engine) && sql_text_equal(a->charset, b->charset) &&
           sql_text_equal(a->collation, b->collation) && sql_text_equal(a->comment, b->comment) &&
           a->is_sequence == b->is_sequence && a->system_versioned == b->system_versioned &&
           sql_text_equal(a->period_name, b->period_name) &&
           sql_text_equal(a->period_start, b->period_start) &&
           sql_text_equal(a->period_end, b->period_end) &&
           sql_text_equal(a->partition_text, b->partition_text);
}

bool table_def_equal(const struct table_def *a, const struct table_def *b)
{
    if (a->column_count != b->column_count || a->key_count != b->key_count ||
        a->fk_count != b->fk_count || a->check_count != b->check_count || !options_equal(a, b))
        return false;
    for (unsigned i = 0; i < a->column_count; i++)
        if (!column_def_equal(&a->columns[i], &b->columns[i]))
            return false;
    for (unsigned i = 0; i < a->key_count; i++)
        if (!key_def_equal(&a->keys[i], &b->keys[i]))
            return false;
    for (unsigned i = 0; i < a->fk_count; i++)
        if (!fk_def_equal(&a->fks[i], &b->fks[i]))
            return false;
    for (unsigned i = 0; i < a->check_count; i++)
        if (!check_def_equal(&a->checks[i], &b->checks[i]))
            return false;
    return true;
}
