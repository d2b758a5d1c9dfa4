/* table_build.c - the columns and options of a definition; see table_build.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/table_build.h"
#include <stdarg.h>
#include <stdio.h>
#include "sql/column_resolve.h"
#include "sql/names.h"
#include "sql/table_def.h"
#include "sql/types.h"

bool build_conflict(struct table_build *b, uint16_t number, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err_set(b->err, ERR_CONFLICT, "table %s.%s: %s", b->step->db, b->step->table, text);
    b->err->server_errno = number;
    return false;
}

int build_old_column(const struct table_build *b, const char *name)
{
    return b->before == NULL ? -1 : table_def_column(b->before, name);
}

static bool column_skipped(const struct table_build *b, const struct ddl_item *item)
{
    if (!item->if_exists)
        return false;
    if (item->kind == ITEM_ADD_COLUMN)
        return build_old_column(b, item->column->def.name) >= 0;
    return build_old_column(b, item->name) < 0;
}

bool build_item_skipped(const struct table_build *b, const struct ddl_item *item)
{
    return item->within != NULL && column_skipped(b, item->within);
}

/* What is known of one column of `before`. */
struct old_column {
    const struct ddl_item *change; /* CHANGE or MODIFY */
    const struct ddl_item *preset; /* SET or DROP DEFAULT */
    const struct ddl_item *hide;   /* SET INVISIBLE */
    bool dropped;
};

static bool is_column_item(enum item_kind kind)
{
    return kind == ITEM_CHANGE_COLUMN || kind == ITEM_DROP_COLUMN || kind == ITEM_RENAME_COLUMN ||
           kind == ITEM_SET_DEFAULT || kind == ITEM_SET_INVISIBLE;
}

static void mark_old(struct table_build *b, struct old_column *old, const struct ddl_item *item,
                     int at)
{
    if (item->kind == ITEM_CHANGE_COLUMN) {
        old->change = item;
        b->new_names[at] = item->column->def.name;
    } else if (item->kind == ITEM_DROP_COLUMN) {
        old->dropped = true;
        b->new_names[at] = NULL;
    } else if (item->kind == ITEM_RENAME_COLUMN) {
        b->new_names[at] = item->other;
    } else if (item->kind == ITEM_SET_DEFAULT) {
        old->preset = item;
    } else {
        old->hide = item;
    }
}

/* All names of items are names as they were before the statement. */
static bool mark_old_columns(struct table_build *b, struct old_column *old)
{
    for (unsigned i = 0; b->before != NULL && i < b->before->column_count; i++)
        b->new_names[i] = b->before->columns[i].name;
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        if (!is_column_item(item->kind))
            continue;
        int at = build_old_column(b, item->name);
        if (at >= 0)
            mark_old(b, &old[at], item, at);
        else if (!item->if_exists)
            return build_conflict(
                b, item->kind == ITEM_DROP_COLUMN ? BUILD_NOTHING_TO_DROP : BUILD_NO_COLUMN,
                "there is no column %s", item->name);
    }
    return true;
}

static struct collation table_collation(const struct table_build *b)
{
    return (struct collation){ b->table->charset, b->table->collation };
}

static bool insert_column(struct table_build *b, unsigned at, const struct column_def *column,
                          int from)
{
    struct table_def *t = b->table;
    if (t->column_count >= DDL_COLUMN_MAX)
        return err_set(b->err, ERR_UNSUPPORTED, "table %s.%s has more than %d columns", b->step->db,
                       b->step->table, DDL_COLUMN_MAX);
    if (table_def_column(t, column->name) >= 0)
        return build_conflict(b, BUILD_COLUMN_TWICE, "column %s is there already", column->name);
    size_t rest = t->column_count - at;
    memmove(&t->columns[at + 1], &t->columns[at], rest * sizeof *t->columns);
    memmove(&b->column_from[at + 1], &b->column_from[at], rest * sizeof *b->column_from);
    t->columns[at] = *column;
    b->column_from[at] = from;
    t->column_count++;
    return true;
}

/* Hidden columns of system versioning stay behind all others. */
static unsigned last_place(const struct table_def *table)
{
    unsigned at = table->column_count;
    while (at > 0 && table->columns[at - 1].row_edge != ROW_EDGE_NONE &&
           table->columns[at - 1].invisible)
        at--;
    return at;
}

static bool find_place(struct table_build *b, const struct ddl_item *item, unsigned *out)
{
    bool edge = item->column->def.row_edge != ROW_EDGE_NONE;
    unsigned last = edge ? b->table->column_count : last_place(b->table);
    *out = item->place == PLACE_FIRST ? 0 : last;
    if (item->place != PLACE_AFTER)
        return true;
    int after = table_def_column(b->table, item->other);
    if (after < 0)
        return build_conflict(b, BUILD_NO_COLUMN, "there is no column %s to put %s after",
                              item->other, item->column->def.name);
    *out = (unsigned)after + 1;
    return true;
}

static bool resolve_item(struct table_build *b, const struct ddl_item *item,
                         struct column_def *column)
{
    return column_resolve(item->column, b->session, table_collation(b), &b->table->arena, column,
                          b->err);
}

static bool keep_column(struct table_build *b, const struct old_column *old, unsigned i)
{
    struct arena *arena = &b->table->arena;
    struct column_def column;
    if (old->change != NULL) {
        if (!resolve_item(b, old->change, &column))
            return false;
    } else {
        column_def_copy(&column, &b->before->columns[i], arena);
        column.name = arena_str(arena, b->new_names[i]);
    }
    if (old->preset != NULL) {
        static const struct column_spec none;
        default_resolve(old->preset->column == NULL ? &none : old->preset->column, arena, &column);
    }
    if (old->hide != NULL)
        column.invisible = old->hide->flag;
    return insert_column(b, b->table->column_count, &column, (int)i);
}

static bool keep_old_columns(struct table_build *b, const struct old_column *old)
{
    for (unsigned i = 0; b->before != NULL && i < b->before->column_count; i++) {
        bool moves = old[i].change != NULL && old[i].change->place != PLACE_NONE;
        if (!old[i].dropped && !moves && !keep_column(b, &old[i], i))
            return false;
    }
    return true;
}

static bool place_column(struct table_build *b, const struct ddl_item *item, int from)
{
    struct column_def column;
    unsigned at;
    return resolve_item(b, item, &column) && find_place(b, item, &at) &&
           insert_column(b, at, &column, from);
}

static bool place_columns(struct table_build *b)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        if (item->kind != ITEM_ADD_COLUMN &&
            (item->kind != ITEM_CHANGE_COLUMN || item->place == PLACE_NONE))
            continue;
        if (column_skipped(b, item))
            continue;
        int from = item->kind == ITEM_ADD_COLUMN ? -1 : build_old_column(b, item->name);
        if (!place_column(b, item, from))
            return false;
    }
    return true;
}

static const struct ddl_item *last_item(const struct table_build *b, enum item_kind kind)
{
    const struct ddl_item *last = NULL;
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if (item->kind == kind)
            last = item;
    return last;
}

/* The table's own defaults come first: columns inherit them. */
static void settle_charset(struct table_build *b)
{
    const struct ddl_item *convert = last_item(b, ITEM_CONVERT_CHARSET);
    const struct ddl_item *charset = last_item(b, ITEM_CHARSET);
    const struct ddl_item *collate = last_item(b, ITEM_COLLATE);
    struct collation said = { charset == NULL ? NULL : charset->name,
                              collate == NULL ? NULL : collate->name };
    bool to_default = convert != NULL && convert->name != NULL && convert->name[0] == 0;
    if (convert != NULL)
        said = (struct collation){ convert->name,
                                   convert->other != NULL ? convert->other : said.collation };
    struct collation inherited = b->database;
    bool database = said.charset != NULL && said.charset[0] == 0; /* DEFAULT */
    if (b->before != NULL && !database)
        inherited = (struct collation){ b->before->charset, b->before->collation };
    struct arena *arena = &b->table->arena;
    if (to_default) /* the database's charset, with the collation built in for it */
        said.charset = b->database.charset;
    struct collation c =
        collation_settle(b->session->flavour, to_default ? NULL : b->session->charset_collations,
                         said, inherited, arena);
    b->table->charset = arena_str(arena, c.charset);
    b->table->collation = arena_str(arena, c.collation);
    if (convert == NULL)
        return;
    for (unsigned i = 0; i < b->table->column_count; i++)
        column_convert(&b->table->columns[i], c, arena);
}

static char *arena_name(struct table_build *b, const char *name)
{
    return arena_str(&b->table->arena, name);
}

static void apply_sequence(struct table_def *t, const struct ddl_item *item)
{
    t->is_sequence = item->flag;
    if (item->row == NULL)
        return;
    t->sequence_row = arena_alloc(&t->arena, SEQUENCE_COLUMNS * sizeof *t->sequence_row);
    for (int i = 0; i < SEQUENCE_COLUMNS; i++)
        t->sequence_row[i] = arena_str(&t->arena, item->row[i]);
}

static void apply_option(struct table_build *b, const struct ddl_item *item)
{
    struct table_def *t = b->table;
    if (item->kind == ITEM_ENGINE)
        t->engine = arena_name(b, item->name);
    else if (item->kind == ITEM_COMMENT)
        t->comment = arena_name(b, item->name);
    else if (item->kind == ITEM_SEQUENCE)
        apply_sequence(t, item);
    else if (item->kind == ITEM_FIRST_NUMBER)
        t->first_number = item->number;
    else if (item->kind == ITEM_PARTITION)
        t->partition_text = arena_name(b, item->name);
    else if (item->kind == ITEM_VERSIONING)
        t->system_versioned = item->flag;
}

static void apply_options(struct table_build *b)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        apply_option(b, item);
    if (b->table->comment != NULL && b->table->comment[0] == 0)
        b->table->comment = NULL;
}

static bool has_edge(const struct table_def *table, enum row_edge edge)
{
    for (unsigned i = 0; i < table->column_count; i++)
        if (table->columns[i].row_edge == edge)
            return true;
    return false;
}

enum { EDGE_DIGITS = 6 };

static bool add_edge(struct table_build *b, const char *name, enum row_edge edge)
{
    if (has_edge(b->table, edge))
        return true;
    struct column_def column = {
        .name = arena_name(b, name),
        .type = SQL_TIMESTAMP,
        .scale = EDGE_DIGITS,
        .collation = arena_name(b, ""),
        .invisible = true,
        .row_edge = edge,
    };
    return insert_column(b, b->table->column_count, &column, -1);
}

static void drop_edges(struct table_build *b)
{
    struct table_def *t = b->table;
    unsigned kept = 0;
    for (unsigned i = 0; i < t->column_count; i++) {
        if (t->columns[i].row_edge != ROW_EDGE_NONE) {
            if (b->column_from[i] >= 0)
                b->new_names[b->column_from[i]] = NULL; /* keys lose it too */
            continue;
        }
        t->columns[kept] = t->columns[i];
        b->column_from[kept++] = b->column_from[i];
    }
    t->column_count = kept;
}

/* A versioned table without columns of its own for a row's life has two hidden ones. */
static bool build_versioning(struct table_build *b)
{
    if (b->table->system_versioned)
        return add_edge(b, "row_start", ROW_EDGE_START) && add_edge(b, "row_end", ROW_EDGE_END);
    if (b->before != NULL && b->before->system_versioned)
        drop_edges(b);
    return true;
}

static bool has_period_key(const struct table_def *table)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (table->keys[i].without_overlaps)
            return true;
    return false;
}

static bool build_period(struct table_build *b)
{
    struct table_def *t = b->table;
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        if (item->kind == ITEM_DROP_PERIOD && item->name != NULL)
            t->period_name = t->period_start = t->period_end = NULL;
        if (item->kind != ITEM_ADD_PERIOD)
            continue;
        t->period_name = arena_name(b, item->name);
        t->period_start = arena_name(b, item->other);
        t->period_end = arena_name(b, item->third);
    }
    if (t->period_name == NULL && has_period_key(t))
        return build_conflict(b, 0, "a key says WITHOUT OVERLAPS, and the table has no period");
    const char *ends[] = { t->period_start, t->period_end };
    for (unsigned i = 0; i < 2 && t->period_name != NULL; i++) {
        int column = table_def_column(t, ends[i]);
        if (column < 0)
            return build_conflict(b, 0, "period %s: there is no column %s", t->period_name,
                                  ends[i]);
        t->columns[column].nullable = false;
    }
    return true;
}

/* Without explicit_defaults_for_timestamp the first TIMESTAMP follows the clock, and the others
 * start at zero. */
static void build_timestamps(struct table_build *b)
{
    struct table_def *t = b->table;
    bool first = true;
    for (unsigned i = 0; i < t->column_count && !b->session->explicit_defaults_for_timestamp; i++) {
        struct column_def *c = &t->columns[i];
        if (c->type != SQL_TIMESTAMP || c->row_edge != ROW_EDGE_NONE)
            continue;
        bool bare = !c->nullable && c->default_text == NULL && !c->on_update_now &&
                    c->generated == GENERATED_NO && b->column_from[i] < 0;
        if (bare && first) {
            c->default_is_expression = true;
            c->default_text = c->scale == 0
                                  ? arena_name(b, "CURRENT_TIMESTAMP")
                                  : arena_printf(&t->arena, "CURRENT_TIMESTAMP(%u)", c->scale);
            c->on_update_now = true;
        } else if (bare) {
            c->default_text = arena_printf(&t->arena, "0000-00-00 00:00:00%s%.*s",
                                           c->scale > 0 ? "." : "", c->scale, "000000");
        }
        first = false;
    }
}

static void start_build(struct table_build *b, struct table_def *table)
{
    size_t old = b->before == NULL ? 0 : b->before->column_count;
    size_t most = old + b->step->item_count + 2;
    struct arena *arena = &table->arena;
    b->table = table;
    b->column_from = arena_alloc(arena, most * sizeof *b->column_from);
    b->new_names = arena_alloc(arena, (old + 1) * sizeof *b->new_names);
    table->columns = arena_alloc(arena, most * sizeof *table->columns);
    table->db = arena_str(arena, b->step->db);
    table->name = arena_str(arena, b->step->table);
    table->engine = arena_str(arena, b->before == NULL ? "" : b->before->engine);
    if (b->before == NULL)
        return;
    table->comment = arena_str(arena, b->before->comment);
    table->is_sequence = b->before->is_sequence;
    table->system_versioned = b->before->system_versioned;
    table->partition_text = arena_str(arena, b->before->partition_text);
    table->period_name = arena_str(arena, b->before->period_name);
    table->period_start = arena_str(arena, b->before->period_start);
    table->period_end = arena_str(arena, b->before->period_end);
}

static bool build_columns(struct table_build *b)
{
    size_t old_count = b->before == NULL ? 0 : b->before->column_count;
    struct old_column *old = arena_alloc(&b->table->arena, (old_count + 1) * sizeof *old);
    if (!mark_old_columns(b, old) || !keep_old_columns(b, old) || !place_columns(b))
        return false;
    return b->table->column_count > 0 || build_conflict(b, BUILD_NOTHING_LEFT, "no column is left");
}

bool table_build(struct table_build *b)
{
    AUTO(table_def) table = table_def_new();
    start_build(b, table);
    settle_charset(b);
    apply_options(b);
    if (!build_columns(b))
        return false;
    if (last_item(b, ITEM_CONVERT_CHARSET) != NULL)
        settle_charset(b); /* again: now over the columns */
    if (!build_versioning(b) || !build_keys(b) || !build_constraints(b) || !build_period(b))
        return false;
    build_timestamps(b);
    table = NULL; /* the caller's now */
    return true;
}
