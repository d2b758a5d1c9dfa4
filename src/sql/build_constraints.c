/* build_constraints.c - foreign keys and checks of a definition, their names included: MySQL and
 * MariaDB number what has none (t_ibfk_1; t_chk_1 or CONSTRAINT_1). */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "sql/expression.h"
#include "sql/names.h"
#include "sql/table_build.h"
#include "sql/table_def.h"

const char *build_fk_key_name(const struct table_build *b, const struct ddl_item *item)
{
    (void)b;
    return item->fk->name != NULL ? item->fk->name : item->name;
}

static bool is_dropped(const struct table_build *b, enum item_kind kind, const char *name)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if ((item->kind == kind || item->kind == ITEM_DROP_CONSTRAINT) && name != NULL &&
            sql_name_equal(item->name, name))
            return true;
    return false;
}

/* The number in PREFIX_n, or 0. */
static unsigned long name_number(const char *name, const char *table, const char *infix)
{
    size_t n = strlen(table);
    size_t m = strlen(infix);
    if (name == NULL || strncmp(name, table, n) != 0 || strncmp(name + n, infix, m) != 0)
        return 0;
    return strtoul(name + n + m, NULL, 10);
}

/* foreign keys */

static void follow_fk_columns(const struct table_build *b, struct fk_def *fk)
{
    struct arena *arena = &b->table->arena;
    bool own =
        strcmp(fk->parent_table, b->before->name) == 0 && strcmp(fk->parent_db, b->before->db) == 0;
    for (unsigned i = 0; i < fk->column_count; i++) {
        int old = build_old_column(b, fk->columns[i]);
        if (old >= 0 && b->new_names[old] != NULL)
            fk->columns[i] = arena_str(arena, b->new_names[old]);
    }
    for (unsigned i = 0; own && i < fk->parent_column_count; i++) {
        int old = build_old_column(b, fk->parent_columns[i]);
        if (old >= 0 && b->new_names[old] != NULL)
            fk->parent_columns[i] = arena_str(arena, b->new_names[old]);
    }
}

static void keep_old_fks(struct table_build *b)
{
    struct table_def *t = b->table;
    for (unsigned i = 0; b->before != NULL && i < b->before->fk_count; i++) {
        if (is_dropped(b, ITEM_DROP_FK, b->before->fks[i].name))
            continue;
        struct fk_def *fk = &t->fks[t->fk_count++];
        fk_def_copy(fk, &b->before->fks[i], &t->arena);
        follow_fk_columns(b, fk);
    }
}

static bool has_fk(const struct table_def *table, const char *name)
{
    for (unsigned i = 0; table != NULL && i < table->fk_count; i++)
        if (sql_name_equal(table->fks[i].name, name))
            return true;
    return false;
}

bool build_old_fk(const struct table_build *b, const char *name)
{
    return has_fk(b->before, name);
}

static char *new_fk_name(const struct table_build *b)
{
    struct table_def *t = b->table;
    unsigned long last = 0;
    for (unsigned i = 0; i < t->fk_count; i++) {
        unsigned long n = name_number(t->fks[i].name, t->name, "_ibfk_");
        last = n > last ? n : last;
    }
    return arena_printf(&t->arena, "%s_ibfk_%lu", t->name, last + 1);
}

/* REFERENCES parent without columns: its primary key. */
static void settle_parent_columns(const struct table_build *b, struct fk_def *fk)
{
    if (fk->parent_column_count > 0)
        return;
    struct table_def *t = b->table;
    bool own = strcmp(fk->parent_table, t->name) == 0 && strcmp(fk->parent_db, t->db) == 0;
    const struct table_def *parent =
        own ? t : catalog_table(b->catalog, fk->parent_db, fk->parent_table);
    const struct key_def *key = parent == NULL ? NULL : table_def_primary_key(parent);
    if (key == NULL || key->part_count != fk->column_count)
        return;
    fk->parent_columns = arena_alloc(&t->arena, key->part_count * sizeof *fk->parent_columns);
    for (unsigned i = 0; i < key->part_count; i++)
        fk->parent_columns[i] = arena_str(&t->arena, key->parts[i].column);
    fk->parent_column_count = key->part_count;
}

static bool add_fk(struct table_build *b, const struct ddl_item *item)
{
    struct table_def *t = b->table;
    const char *name = item->fk->name;
    if (name == NULL && b->session->flavour == FLAVOUR_MARIADB)
        name = item->name;
    if (name != NULL && has_fk(t, name))
        return item->if_exists ||
               build_conflict(b, BUILD_FOREIGN_KEY_TWICE, "foreign key %s is there already", name);
    struct fk_def fk;
    fk_def_copy(&fk, item->fk, &t->arena);
    fk.name = name == NULL ? new_fk_name(b) : arena_str(&t->arena, name);
    for (unsigned i = 0; i < fk.column_count; i++) {
        int column = table_def_column(t, fk.columns[i]);
        if (column < 0)
            return build_conflict(b, BUILD_NO_KEY_COLUMN, "foreign key %s: there is no column %s",
                                  fk.name, fk.columns[i]);
        fk.columns[i] = arena_str(&t->arena, t->columns[column].name);
    }
    settle_parent_columns(b, &fk);
    t->fks[t->fk_count++] = fk;
    return true;
}

/* checks */

/* A check that belongs to a column goes with it, and with a new definition of it. */
static bool column_check_goes(const struct table_build *b, const struct check_def *check)
{
    if (check->column == NULL)
        return false;
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if ((item->kind == ITEM_CHANGE_COLUMN || item->kind == ITEM_DROP_COLUMN) &&
            sql_name_equal(item->name, check->column))
            return true;
    return false;
}

/* MySQL drops a check whose only column is dropped. */
static bool check_loses_all(const struct table_build *b, const struct check_def *check)
{
    unsigned dropped = 0;
    unsigned kept = 0;
    for (unsigned i = 0; i < b->before->column_count; i++) {
        if (!expression_names(check->expression, b->before->columns[i].name))
            continue;
        dropped += b->new_names[i] == NULL;
        kept += b->new_names[i] != NULL;
    }
    return dropped > 0 && kept == 0;
}

static char *follow_expression(const struct table_build *b, const char *text)
{
    struct arena *arena = &b->table->arena;
    const char *now = text;
    for (unsigned i = 0; i < b->before->column_count; i++) {
        const char *old = b->before->columns[i].name;
        bool renamed = b->new_names[i] != NULL && strcmp(b->new_names[i], old) != 0;
        if (renamed && expression_names(now, old))
            now = expression_rename(now, old, b->new_names[i], arena);
    }
    return arena_str(arena, now);
}

static void keep_old_checks(struct table_build *b)
{
    struct table_def *t = b->table;
    for (unsigned i = 0; b->before != NULL && i < b->before->check_count; i++) {
        const struct check_def *old = &b->before->checks[i];
        if (is_dropped(b, ITEM_DROP_CHECK, old->name) || column_check_goes(b, old) ||
            check_loses_all(b, old))
            continue;
        struct check_def *check = &t->checks[t->check_count++];
        check_def_copy(check, old, &t->arena);
        check->expression = follow_expression(b, old->expression);
        int column = old->column == NULL ? -1 : build_old_column(b, old->column);
        if (column >= 0)
            check->column = arena_str(&t->arena, b->new_names[column]);
    }
}

static bool has_check(const struct table_def *table, const char *name)
{
    for (unsigned i = 0; i < table->check_count; i++)
        if (table->checks[i].name != NULL && sql_name_equal(table->checks[i].name, name))
            return true;
    return false;
}

static char *new_check_name(const struct table_build *b)
{
    struct table_def *t = b->table;
    bool maria = b->session->flavour == FLAVOUR_MARIADB;
    for (unsigned n = 1;; n++) {
        char *name = maria ? arena_printf(&t->arena, "CONSTRAINT_%u", n)
                           : arena_printf(&t->arena, "%s_chk_%u", t->name, n);
        if (!has_check(t, name))
            return name;
    }
}

static bool add_check(struct table_build *b, const struct ddl_item *item)
{
    struct table_def *t = b->table;
    if (item->check->name != NULL && has_check(t, item->check->name))
        return item->if_exists ||
               build_conflict(b, BUILD_CHECK_TWICE, "check %s is there already", item->check->name);
    struct check_def *check = &t->checks[t->check_count];
    check_def_copy(check, item->check, &t->arena);
    bool of_column = b->session->flavour == FLAVOUR_MARIADB && item->name != NULL;
    if (of_column && item->check->name == NULL)
        check->column = arena_str(&t->arena, item->name);
    else if (check->name == NULL)
        check->name = new_check_name(b);
    t->check_count++;
    return true;
}

static void enforce_check(struct table_build *b, const struct ddl_item *item)
{
    for (unsigned i = 0; i < b->table->check_count; i++) {
        struct check_def *check = &b->table->checks[i];
        if (check->name != NULL && sql_name_equal(check->name, item->name))
            check->enforced = item->flag;
    }
}

static void follow_generated(struct table_build *b)
{
    for (unsigned i = 0; b->before != NULL && i < b->table->column_count; i++) {
        struct column_def *column = &b->table->columns[i];
        if (column->generated_text != NULL && b->column_from[i] >= 0)
            column->generated_text = follow_expression(b, column->generated_text);
    }
}

static bool check_dropped_fks(struct table_build *b)
{
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_DROP_FK && !item->if_exists && !has_fk(b->before, item->name))
            return build_conflict(b, BUILD_NOTHING_TO_DROP, "there is no foreign key %s",
                                  item->name);
    return true;
}

static int compare_fks(const void *a, const void *b)
{
    return strcmp(((const struct fk_def *)a)->name, ((const struct fk_def *)b)->name);
}

static int compare_checks(const void *a, const void *b)
{
    return strcmp(((const struct check_def *)a)->name, ((const struct check_def *)b)->name);
}

/* MariaDB has the columns' own checks first, in their order. */
static void columns_checks_first(struct table_def *t)
{
    struct check_def *sorted = arena_alloc(&t->arena, t->check_count * sizeof *sorted);
    unsigned count = 0;
    for (unsigned column = 0; column <= t->column_count; column++) {
        const char *name = column < t->column_count ? t->columns[column].name : NULL;
        for (unsigned i = 0; i < t->check_count; i++)
            if (name == NULL
                    ? t->checks[i].column == NULL
                    : t->checks[i].column != NULL && sql_name_equal(t->checks[i].column, name))
                sorted[count++] = t->checks[i];
    }
    t->checks = sorted;
    t->check_count = count;
}

/* The servers keep foreign keys by name, and MySQL checks too. */
static void sort_constraints(struct table_build *b)
{
    struct table_def *t = b->table;
    if (t->check_count > 0 && b->session->flavour == FLAVOUR_MARIADB)
        columns_checks_first(t);
    if (t->fk_count > 1)
        qsort(t->fks, t->fk_count, sizeof *t->fks, compare_fks);
    if (t->check_count > 1 && b->session->flavour == FLAVOUR_MYSQL)
        qsort(t->checks, t->check_count, sizeof *t->checks, compare_checks);
}

bool build_constraints(struct table_build *b)
{
    struct table_def *t = b->table;
    size_t items = b->step->item_count;
    size_t fks = b->before == NULL ? 0 : b->before->fk_count;
    size_t checks = b->before == NULL ? 0 : b->before->check_count;
    t->fks = arena_alloc(&t->arena, (fks + items + 1) * sizeof *t->fks);
    t->checks = arena_alloc(&t->arena, (checks + items + 1) * sizeof *t->checks);
    if (!check_dropped_fks(b))
        return false;
    keep_old_fks(b);
    keep_old_checks(b);
    follow_generated(b);
    for (const struct ddl_item *item = b->step->items; item != NULL; item = item->next) {
        if (item->kind == ITEM_ADD_FK && !add_fk(b, item))
            return false;
        if (item->kind == ITEM_ADD_CHECK && !build_item_skipped(b, item) && !add_check(b, item))
            return false;
        if (item->kind == ITEM_ENFORCE_CHECK)
            enforce_check(b, item);
    }
    sort_constraints(b);
    return true;
}
