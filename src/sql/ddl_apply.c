/* ddl_apply.c - the steps of a statement, done to the catalog.
 *
 * Promises: (1) the callback sees a change before the catalog has it; (2) when anything fails, the
 * catalog is as it was before the statement (catalog_undo.h). */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "sql/catalog_undo.h"
#include "sql/names.h"
#include "sql/table_build.h"
#include "sql/table_def.h"
#include "sql/table_diff.h"

struct apply {
    const struct ddl *ddl;
    struct catalog *catalog;
    bool (*keep)(const char *db, const char *table, void *arg);
    schema_change_fn *change;
    void *arg;
    struct err *err;
    struct undo *undo;
};

static bool keeps(const struct apply *a, const char *db, const char *table)
{
    return a->keep == NULL || a->keep(db, table, a->arg);
}

static bool tell(struct apply *a, const struct schema_change *change)
{
    return a->change == NULL || a->change(change, a->arg, a->err);
}

static void put_table(struct apply *a, struct table_def *table)
{
    undo_put_table(&a->undo, a->catalog, table);
}

static void drop_table(struct apply *a, const char *db, const char *name)
{
    undo_drop_table(&a->undo, a->catalog, db, name);
}

/* what the steps need to know */

static struct collation server_collation(const struct ddl_session *session, struct arena *arena)
{
    const char *name = session->server_collation;
    if (name == NULL)
        name = session->flavour == FLAVOUR_MYSQL ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_ci";
    return collation_settle(session->flavour, NULL, (struct collation){ NULL, name },
                            (struct collation){ "utf8mb4", "" }, arena);
}

static struct collation database_collation(const struct apply *a, const char *db,
                                           struct arena *arena)
{
    const char *charset = catalog_database_charset(a->catalog, db);
    if (charset == NULL || charset[0] == 0)
        return server_collation(&a->ddl->session, arena);
    return (struct collation){ arena_str(arena, charset),
                               arena_str(arena, catalog_database_collation(a->catalog, db)) };
}

/* What a server answers to a client's statement. */
enum { TABLE_EXISTS = 1050, NO_TABLE = 1146 };

static bool no_such_table(struct apply *a, const char *db, const char *name)
{
    err_set(a->err, ERR_CONFLICT,
            "%s: there is no table %s.%s here, though the source had it; the copy is not the "
            "source's any more: make a new one",
            a->ddl->verb, db, name);
    a->err->server_errno = NO_TABLE;
    return false;
}

static bool is_there_already(struct apply *a, const char *db, const char *name)
{
    err_set(a->err, ERR_CONFLICT, "%s: table %s.%s is here already", a->ddl->verb, db, name);
    a->err->server_errno = TABLE_EXISTS;
    return false;
}

static bool may_be_no_table(const struct apply *a, const struct ddl_step *step)
{
    return step->if_exists || (step->kind == STEP_RENAME_TABLE && a->ddl->session.from_log);
}

/* The table of a step. False: an error. *out NULL: there is nothing to do. */
static bool find_step_table(struct apply *a, const struct ddl_step *step,
                            const struct table_def **out)
{
    *out = catalog_table(a->catalog, step->db, step->table);
    if (*out != NULL || may_be_no_table(a, step) || !keeps(a, step->db, step->table))
        return true;
    return no_such_table(a, step->db, step->table);
}

static int *identity(const struct table_def *table)
{
    int *from = memory_new((table->column_count + 1) * sizeof *from);
    for (unsigned i = 0; i < table->column_count; i++)
        from[i] = (int)i;
    return from;
}

/* foreign keys of other tables that point at a table which has changed its name or columns */

struct follow {
    struct apply *apply;
    const struct table_def *before, *after;
    const int *column_from;
    struct table_def **children; /* new definitions of tables that point at it */
    size_t count;
};

static const char *name_now(const struct follow *f, const char *column)
{
    int old = table_def_column(f->before, column);
    for (unsigned i = 0; old >= 0 && i < f->after->column_count; i++)
        if ((f->column_from == NULL ? (int)i : f->column_from[i]) == old)
            return f->after->columns[i].name;
    return column;
}

static bool points_at(const struct fk_def *fk, const struct table_def *table)
{
    return strcmp(fk->parent_db, table->db) == 0 && strcmp(fk->parent_table, table->name) == 0;
}

static void follow_fk(const struct follow *f, struct table_def *child, struct fk_def *fk)
{
    fk->parent_db = arena_str(&child->arena, f->after->db);
    fk->parent_table = arena_str(&child->arena, f->after->name);
    for (unsigned i = 0; i < fk->parent_column_count; i++)
        fk->parent_columns[i] = arena_str(&child->arena, name_now(f, fk->parent_columns[i]));
}

static bool visit_child(const struct table_def *table, void *arg)
{
    struct follow *f = arg;
    bool points = false;
    for (unsigned i = 0; i < table->fk_count; i++)
        points = points || points_at(&table->fks[i], f->before);
    bool itself = table == f->before || (strcmp(table->db, f->before->db) == 0 &&
                                         strcmp(table->name, f->before->name) == 0);
    if (!points || itself)
        return true;
    struct table_def *child = table_def_copy(table);
    for (unsigned i = 0; i < child->fk_count; i++)
        if (points_at(&child->fks[i], f->before))
            follow_fk(f, child, &child->fks[i]);
    if (table_def_equal(child, table)) {
        table_def_free(child);
        return true;
    }
    f->children = memory_resize(f->children, (f->count + 1) * sizeof *f->children);
    f->children[f->count++] = child;
    return true;
}

static bool put_child(struct apply *a, struct table_def *child)
{
    AUTO(table_def) owned = child;
    int *from = identity(child);
    struct schema_change change = {
        .kind = CHANGE_ALTER_TABLE,
        .db = child->db,
        .before = catalog_table(a->catalog, child->db, child->name),
        .after = child,
        .column_from = from,
    };
    bool ok = !keeps(a, child->db, child->name) || tell(a, &change);
    free(from);
    if (!ok)
        return false;
    put_table(a, child);
    owned = NULL;
    return true;
}

/* Called before the catalog has `after`. */
static bool follow_children(struct apply *a, const struct table_def *before,
                            const struct table_def *after, const int *column_from)
{
    struct follow f = { a, before, after, column_from, NULL, 0 };
    (void)catalog_each_table(a->catalog, visit_child, &f);
    bool ok = true;
    for (size_t i = 0; i < f.count; i++) {
        if (ok)
            ok = put_child(a, f.children[i]);
        else
            table_def_free(f.children[i]);
    }
    free(f.children);
    return ok;
}

/* the steps */

static bool tell_table(struct apply *a, enum change_kind kind, const struct table_def *before,
                       const struct table_def *after)
{
    const struct table_def *table = before != NULL ? before : after;
    if (!keeps(a, table->db, table->name))
        return true;
    struct schema_change change = {
        .kind = kind, .db = table->db, .before = before, .after = after
    };
    return tell(a, &change);
}

static bool drop_one(struct apply *a, const struct table_def *table)
{
    if (!tell_table(a, CHANGE_DROP_TABLE, table, NULL))
        return false;
    char *db = memory_str(table->db);
    char *name = memory_str(table->name);
    drop_table(a, db, name);
    free(db);
    free(name);
    return true;
}

/* Takes the new definition. OR REPLACE drops, IF NOT EXISTS leaves, what is there. */
static bool create_one(struct apply *a, const struct ddl_step *step, struct table_def *table)
{
    AUTO(table_def) owned = table;
    const struct table_def *there = catalog_table(a->catalog, table->db, table->name);
    if (there != NULL && step->if_not_exists)
        return true;
    if (there != NULL && !step->or_replace)
        return err_set(a->err, ERR_CONFLICT,
                       "%s: table %s.%s is here already, though the source did not have it; the "
                       "copy is not the source's any more: make a new one",
                       a->ddl->verb, table->db, table->name);
    if (there != NULL && !drop_one(a, there))
        return false;
    if (!tell_table(a, CHANGE_CREATE_TABLE, NULL, table))
        return false;
    put_table(a, table);
    owned = NULL;
    return true;
}

static bool build(struct apply *a, const struct ddl_step *step, const struct table_def *before,
                  struct table_build *b)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    *b = (struct table_build){
        .step = step,
        .session = &a->ddl->session,
        .catalog = a->catalog,
        .before = before,
        .database = database_collation(a, step->db, &scratch),
        .err = a->err,
    };
    bool ok = table_build(b);
    arena_clear(&scratch);
    return ok;
}

static bool apply_create(struct apply *a, const struct ddl_step *step)
{
    struct table_build b;
    return build(a, step, NULL, &b) && create_one(a, step, b.table);
}

/* A copy under another name has no foreign keys, and checks of its own name. */
static void adopt(struct table_def *copy, const struct ddl_step *step, enum flavour flavour)
{
    copy->db = arena_str(&copy->arena, step->db);
    copy->name = arena_str(&copy->arena, step->table);
    copy->fk_count = 0;
    for (unsigned i = 0; flavour == FLAVOUR_MYSQL && i < copy->check_count; i++)
        copy->checks[i].name = arena_printf(&copy->arena, "%s_chk_%u", copy->name, i + 1);
    for (unsigned i = 0; i < copy->key_count; i++)
        copy->keys[i].generated = false;
}

static bool apply_like(struct apply *a, const struct ddl_step *step)
{
    const struct table_def *model = catalog_table(a->catalog, step->other_db, step->other);
    if (model == NULL)
        return !keeps(a, step->db, step->table) || no_such_table(a, step->other_db, step->other);
    struct table_def *copy = table_def_copy(model);
    adopt(copy, step, a->ddl->session.flavour);
    return create_one(a, step, copy);
}

/* Names that the servers made from the table's name follow it. */
static char *follow_made_name(struct table_def *table, const char *name, const char *old,
                              const char *infix)
{
    size_t n = strlen(old);
    size_t m = strlen(infix);
    if (name == NULL || strncmp(name, old, n) != 0 || strncmp(name + n, infix, m) != 0)
        return arena_str(&table->arena, name);
    return arena_printf(&table->arena, "%s%s", table->name, name + n);
}

static void rename_definition(struct table_def *table, const char *db, const char *name)
{
    const char *old_db = table->db;
    const char *old = table->name;
    struct arena *arena = &table->arena;
    table->db = arena_str(arena, db);
    table->name = arena_str(arena, name);
    for (unsigned i = 0; i < table->fk_count; i++) {
        struct fk_def *fk = &table->fks[i];
        fk->name = follow_made_name(table, fk->name, old, "_ibfk_");
        if (strcmp(fk->parent_db, old_db) == 0 && strcmp(fk->parent_table, old) == 0) {
            fk->parent_db = table->db;
            fk->parent_table = table->name;
        }
    }
    for (unsigned i = 0; i < table->check_count; i++)
        table->checks[i].name = follow_made_name(table, table->checks[i].name, old, "_chk_");
}

/* A table may move out of what is replicated, which drops it here; one that moves in has rows that
 * nobody copied. */
static bool tell_rename(struct apply *a, const struct table_def *before,
                        const struct table_def *after)
{
    bool kept = keeps(a, before->db, before->name);
    bool keeps_new = keeps(a, after->db, after->name);
    if (kept && !keeps_new)
        return tell_table(a, CHANGE_DROP_TABLE, before, NULL);
    if (!kept && keeps_new)
        return err_set(a->err, ERR_UNSUPPORTED,
                       "%s: %s.%s, which is not replicated, becomes %s.%s, which is: its rows are "
                       "not here; replicate both names, or make a new copy",
                       a->ddl->verb, before->db, before->name, after->db, after->name);
    struct schema_change change = {
        .kind = CHANGE_RENAME_TABLE, .db = before->db, .before = before, .after = after
    };
    return !kept || tell(a, &change);
}

static bool rename_one(struct apply *a, const struct table_def *before, const char *db,
                       const char *name)
{
    if (catalog_table(a->catalog, db, name) != NULL && keeps(a, db, name))
        return is_there_already(a, db, name);
    AUTO(table_def) after = table_def_copy(before);
    rename_definition(after, db, name);
    if (!tell_rename(a, before, after) || !follow_children(a, before, after, NULL))
        return false;
    char *old_db = memory_str(before->db);
    char *old_name = memory_str(before->name);
    drop_table(a, old_db, old_name);
    free(old_db);
    free(old_name);
    put_table(a, after);
    after = NULL;
    return true;
}

static bool apply_rename(struct apply *a, const struct ddl_step *step)
{
    const struct table_def *before;
    if (!find_step_table(a, step, &before))
        return false;
    return before == NULL || rename_one(a, before, step->other_db, step->other);
}

static bool tell_alter(struct apply *a, const struct table_build *b)
{
    bool is_same =
        b->table->first_number == 0 && table_unchanged(b->before, b->table, b->column_from);
    if (is_same || !keeps(a, b->step->db, b->step->table))
        return true;
    struct schema_change change = {
        .kind = CHANGE_ALTER_TABLE,
        .db = b->step->db,
        .before = b->before,
        .after = b->table,
        .column_from = b->column_from,
        .rewrites_rows = table_rewrites_rows(b->before, b->table, b->column_from),
    };
    return tell(a, &change);
}

static bool apply_alter(struct apply *a, const struct ddl_step *step)
{
    const struct table_def *before;
    struct table_build b;
    if (!find_step_table(a, step, &before))
        return false;
    if (before == NULL)
        return true;
    if (!build(a, step, before, &b))
        return false;
    AUTO(table_def) after = b.table;
    if (!tell_alter(a, &b) || !follow_children(a, before, after, b.column_from))
        return false;
    put_table(a, after);
    const struct table_def *now = after;
    after = NULL;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_RENAME_TABLE &&
            (strcmp(item->third, now->db) != 0 || strcmp(item->name, now->name) != 0))
            return rename_one(a, now, item->third, item->name);
    return true;
}

static bool apply_drop(struct apply *a, const struct ddl_step *step)
{
    const struct table_def *before;
    if (!find_step_table(a, step, &before))
        return false;
    return before == NULL || drop_one(a, before);
}

static bool apply_truncate(struct apply *a, const struct ddl_step *step)
{
    const struct table_def *before;
    if (!find_step_table(a, step, &before))
        return false;
    return before == NULL || tell_table(a, CHANGE_TRUNCATE, before, NULL);
}

static bool tell_database(struct apply *a, enum change_kind kind, const char *db)
{
    struct schema_change change = { .kind = kind, .db = db };
    return tell(a, &change);
}

static void put_database(struct apply *a, const struct ddl_step *step, struct collation inherited)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    struct collation said = { NULL, NULL };
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next) {
        if (item->kind == ITEM_CHARSET)
            said.charset = item->name;
        if (item->kind == ITEM_COLLATE)
            said.collation = item->name;
    }
    struct collation c = collation_settle(
        a->ddl->session.flavour, a->ddl->session.charset_collations, said, inherited, &scratch);
    undo_database(&a->undo, a->catalog, step->db);
    catalog_put_database(a->catalog, step->db, c.charset, c.collation);
    arena_clear(&scratch);
}

static bool apply_drop_database(struct apply *a, const struct ddl_step *step);

static bool apply_create_database(struct apply *a, const struct ddl_step *step)
{
    bool there = catalog_has_database(a->catalog, step->db);
    if (there && step->if_not_exists)
        return true;
    if (there && step->or_replace && !apply_drop_database(a, step))
        return false;
    if (!tell_database(a, CHANGE_CREATE_DATABASE, step->db))
        return false;
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    put_database(a, step, server_collation(&a->ddl->session, &scratch));
    arena_clear(&scratch);
    return true;
}

static bool apply_alter_database(struct apply *a, const struct ddl_step *step)
{
    if (!tell_database(a, CHANGE_ALTER_DATABASE, step->db))
        return false;
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    put_database(a, step, database_collation(a, step->db, &scratch));
    arena_clear(&scratch);
    return true;
}

struct first_of {
    const char *db;
    const struct table_def *table;
};

static bool visit_first(const struct table_def *table, void *arg)
{
    struct first_of *first = arg;
    if (strcmp(table->db, first->db) != 0)
        return true;
    first->table = table;
    return false;
}

static bool apply_drop_database(struct apply *a, const struct ddl_step *step)
{
    struct first_of first = { step->db, NULL };
    while (!catalog_each_table(a->catalog, visit_first, &first))
        if (!drop_one(a, first.table))
            return false;
    if (!catalog_has_database(a->catalog, step->db))
        return true;
    if (!tell_database(a, CHANGE_DROP_DATABASE, step->db))
        return false;
    undo_database(&a->undo, a->catalog, step->db);
    catalog_drop_database(a->catalog, step->db);
    return true;
}

static bool apply_step(struct apply *a, const struct ddl_step *step)
{
    static bool (*const steps[])(struct apply *, const struct ddl_step *) = {
        [STEP_CREATE_TABLE] = apply_create,
        [STEP_CREATE_LIKE] = apply_like,
        [STEP_ALTER_TABLE] = apply_alter,
        [STEP_RENAME_TABLE] = apply_rename,
        [STEP_DROP_TABLE] = apply_drop,
        [STEP_TRUNCATE] = apply_truncate,
        [STEP_CREATE_DATABASE] = apply_create_database,
        [STEP_ALTER_DATABASE] = apply_alter_database,
        [STEP_DROP_DATABASE] = apply_drop_database,
        [STEP_DROP_SEQUENCE] = apply_drop,
    };
    return steps[step->kind](a, step);
}

bool ddl_apply(const struct ddl *ddl, struct catalog *catalog,
               bool (*keep)(const char *db, const char *table, void *), schema_change_fn *change,
               void *arg, struct err *err)
{
    struct apply a = { ddl, catalog, keep, change, arg, err, NULL };
    bool ok = true;
    for (const struct ddl_step *step = ddl->steps; ok && step != NULL; step = step->next)
        ok = apply_step(&a, step);
    undo_finish(&a.undo, catalog, !ok);
    return ok;
}

bool ddl_parse_table(struct bytes create_table, const struct ddl_session *session,
                     struct table_def **out, struct err *err)
{
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(create_table, session, &ddl, err))
        return false;
    const struct ddl_step *step = ddl->steps;
    if (ddl->kind != DDL_SCHEMA || step->kind != STEP_CREATE_TABLE)
        return err_set(err, ERR_UNSUPPORTED, "a CREATE TABLE statement was expected, not %s",
                       ddl->verb);
    AUTO(catalog) empty = catalog_new(session->flavour);
    struct apply a = { .ddl = ddl, .catalog = empty, .err = err };
    struct table_build b;
    if (!build(&a, step, NULL, &b))
        return false;
    *out = b.table;
    return true;
}
