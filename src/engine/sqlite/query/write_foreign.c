/* write_foreign.c - foreign keys: a child has its parent (1452), a parent with children does not go
 * (1451), and what ON DELETE and ON UPDATE say is done to the children, row by row, as if
 * statements had done it: captured, and their own children with them.
 *
 * Both are asked behind the change, as InnoDB asks them: a row may be its own parent. Keys compare
 * as the columns do. foreign_key_checks = 0 leaves all of it out. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_equal.h"
#include "engine/sqlite/query/write.h"
#include "engine/sqlite/tables.h"

enum { DEPTH_MAX = 15 /* InnoDB's */, PARTS_MAX = 16 };

struct foreign {
    struct engine_table *child;
    const struct fk_def *fk;
};

/* One key with its columns found. */
struct link {
    struct engine_table *child, *parent;
    const struct fk_def *fk;
    unsigned of_child[PARTS_MAX], of_parent[PARTS_MAX];
};

static bool is_of(const struct fk_def *fk, const struct engine_table *child,
                  const struct engine_table *parent)
{
    const char *db = fk->parent_db != NULL ? fk->parent_db : child->def->db;
    return strcmp(db, parent->def->db) == 0 && strcmp(fk->parent_table, parent->def->name) == 0;
}

static unsigned find_children(struct engine_table *parent, struct foreign *out)
{
    const struct table_map_by_name *tables = &parent->engine->tables;
    unsigned count = 0;
    for (unsigned b = 0; b < tables->bucket_count; b++)
        for (struct engine_table *t = tables->buckets[b]; t != NULL; t = t->next_in_bucket)
            for (unsigned i = 0; t->has_rows && i < t->def->fk_count; i++)
                if (is_of(&t->def->fks[i], t, parent)) {
                    if (out != NULL)
                        out[count] = (struct foreign){ t, &t->def->fks[i] };
                    count++;
                }
    return count;
}

/* All tables are looked at once, until the schema changes. */
static unsigned count_children(struct engine_table *parent)
{
    if (parent->children_counted_at != parent->engine->catalog_changes)
        parent->child_count = find_children(parent, NULL);
    parent->children_counted_at = parent->engine->catalog_changes;
    return parent->child_count;
}

void write_foreign_open(struct writing *w)
{
    unsigned child_count = count_children(w->table);
    bool matters = child_count > 0 || w->def->fk_count > 0;
    if (!matters || !query_session_checks_keys(w->c->session))
        return;
    w->child_count = child_count;
    w->checks_parents = w->def->fk_count > 0;
    if (w->child_count == 0)
        return;
    struct foreign *children = arena_alloc(w->c->arena, w->child_count * sizeof *children);
    (void)find_children(w->table, children);
    w->children = children;
}

bool write_foreign_matters(const struct writing *w)
{
    return w->child_count > 0 || w->checks_parents;
}

/* ---- columns ---- */

static bool link_column(struct link *link, unsigned i)
{
    const struct table_def *parent = link->parent->def;
    const struct key_def *primary = table_def_primary_key(parent);
    const char *name = link->fk->parent_column_count > 0            ? link->fk->parent_columns[i]
                       : primary != NULL && i < primary->part_count ? primary->parts[i].column
                                                                    : NULL;
    int child = table_def_column(link->child->def, link->fk->columns[i]);
    int at = name != NULL ? table_def_column(parent, name) : -1;
    if (child < 0 || at < 0)
        return false;
    link->of_child[i] = (unsigned)child;
    link->of_parent[i] = (unsigned)at;
    return true;
}

static bool link_open(struct compiler *c, struct link *link)
{
    if (!tables_open(link->child, c->err) || !tables_open(link->parent, c->err)) {
        c->failed = true;
        return false;
    }
    bool ok = link->fk->column_count <= PARTS_MAX;
    for (unsigned i = 0; i < link->fk->column_count && ok; i++)
        ok = link_column(link, i);
    return ok || compile_refuse(c, "a foreign key of columns that are not there");
}

static void describe(const struct link *link, struct buf *out)
{
    const struct fk_def *fk = link->fk;
    buf_printf(out, "`%s`.`%s`, CONSTRAINT `%s` FOREIGN KEY (", link->child->def->db,
               link->child->def->name, fk->name);
    for (unsigned i = 0; i < fk->column_count; i++)
        buf_printf(out, "%s`%s`", i > 0 ? ", " : "", fk->columns[i]);
    buf_printf(out, ") REFERENCES `%s` (", fk->parent_table);
    for (unsigned i = 0; i < fk->column_count; i++)
        buf_printf(out, "%s`%s`", i > 0 ? ", " : "",
                   link->parent != NULL ? link->parent->def->columns[link->of_parent[i]].name
                                        : "?");
    buf_str(out, ")");
}

static bool fail(struct compiler *c, enum problem number, const char *what, const struct link *link)
{
    AUTO_BUF text = db_sql();
    describe(link, &text);
    return compile_fail(c, number, "Cannot %s: a foreign key constraint fails (%.400s)", what,
                        buf_cstr(&text));
}

/* ---- searching ---- */

/* In `table` the columns `at` are what `row` of `of` has in its columns `from`. */
struct search {
    struct engine_table *table;
    const unsigned *at;
    struct engine_table *of;
    const unsigned *from;
    const struct value *row;
    unsigned count;
    const char *alias;
};

static bool write_search(struct compiler *c, const struct search *s, struct buf *where)
{
    struct relation found = { .name = "", .sql_alias = s->alias, .table = s->table };
    struct relation given = { .name = "", .sql_alias = s->alias, .table = s->of, .row = s->row };
    for (unsigned i = 0; i < s->count; i++) {
        struct typed column, value;
        const char *one;
        column_typed(c, &found, s->at[i], &column);
        column_typed(c, &given, s->from[i], &value);
        if (!compile_comparison(c, "=", column, value, &one))
            return false;
        buf_printf(where, "%s%s", i > 0 ? " AND " : "", one);
    }
    return true;
}

static bool has_null(const struct value *row, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (row[columns[i]].kind == VALUE_NULL)
            return true;
    return false;
}

static bool is_unchanged(const struct value *a, const struct value *b, const unsigned *columns,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!value_equal(&a[columns[i]], &b[columns[i]]))
            return false;
    return true;
}

static bool is_there(struct compiler *c, const struct search *s, bool *out)
{
    sqlite3_stmt *stmt = NULL;
    unsigned bound = c->query->bound_count;
    AUTO_BUF where = db_sql();
    AUTO_BUF sql = db_sql();
    if (!write_search(c, s, &where))
        return false;
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, s->table->sqlite_name);
    buf_printf(&sql, " AS %s WHERE %.*s LIMIT 1", s->alias, (int)where.len,
               (const char *)where.data);
    bool ok = query_prepare_sql(c, &sql, &stmt) && query_next(c->query, stmt, out, c->err);
    kept_give(c->connection, stmt);
    c->query->bound_count = bound;
    c->failed = c->failed || !ok;
    return ok;
}

/* ---- a child has its parent ---- */

static bool check_parent(struct writing *w, const struct fk_def *fk, const struct value *row,
                         const struct value *before)
{
    struct compiler *c = w->c;
    const char *db = fk->parent_db != NULL ? fk->parent_db : w->def->db;
    struct link link = { .child = w->table, .fk = fk };
    bool found = false;
    link.parent = tables_find(w->table->engine, db, fk->parent_table);
    if (link.parent == NULL || !link.parent->has_rows)
        return fail(c, PROBLEM_CHILD_ROW, "add or update a child row",
                    &(struct link){ .child = w->table, .fk = fk });
    if (!link_open(c, &link))
        return false;
    if (has_null(row, link.of_child, fk->column_count) ||
        (before != NULL && is_unchanged(row, before, link.of_child, fk->column_count)))
        return true;
    struct search search = { link.parent, link.of_parent,   w->table, link.of_child,
                             row,         fk->column_count, "fp" };
    return is_there(c, &search, &found) &&
           (found || fail(c, PROBLEM_CHILD_ROW, "add or update a child row", &link));
}

/* ---- children of a parent ---- */

struct child_row {
    struct child_row *next;
    struct value *values;
    int64_t rowid;
};

static bool keep_child(struct compiler *c, const struct link *link, sqlite3_stmt *stmt,
                       struct child_row *out)
{
    unsigned count = link->child->def->column_count;
    out->values = arena_alloc(c->arena, (count + 1) * sizeof *out->values);
    for (unsigned i = 0; i < count; i++)
        if (!read_stored(stmt, (int)i, &link->child->columns[i], c->arena, &out->values[i],
                         c->err)) {
            c->failed = true;
            return false;
        }
    out->rowid = link->child->key == NULL ? sqlite3_column_int64(stmt, (int)count) : 0;
    return true;
}

static bool read_children(struct writing *w, const struct link *link, const struct value *before,
                          struct child_row **out)
{
    struct compiler *c = w->c;
    struct search search = { link->child, link->of_child,         link->parent, link->of_parent,
                             before,      link->fk->column_count, "fc" };
    sqlite3_stmt *stmt = NULL;
    unsigned bound = c->query->bound_count;
    AUTO_BUF where = db_sql();
    AUTO_BUF sql = db_sql();
    if (!write_search(c, &search, &where))
        return false;
    buf_str(&sql, "SELECT ");
    for (unsigned i = 0; i < link->child->def->column_count; i++) {
        buf_str(&sql, i > 0 ? ",fc." : "fc.");
        db_quote_name(&sql, link->child->def->columns[i].name);
    }
    if (link->child->key == NULL)
        buf_printf(&sql, ",fc.%s", link->child->rowid_name);
    buf_str(&sql, " FROM ");
    db_quote_name(&sql, link->child->sqlite_name);
    buf_printf(&sql, " AS fc WHERE %.*s", (int)where.len, (const char *)where.data);
    bool row = true, ok = query_prepare_sql(c, &sql, &stmt);
    while (ok && (ok = query_next(c->query, stmt, &row, c->err)) && row) {
        struct child_row *child = arena_alloc(c->arena, sizeof *child);
        ok = keep_child(c, link, stmt, child) && write_check_room(w);
        *out = child;
        out = &child->next;
    }
    kept_give(c->connection, stmt);
    c->query->bound_count = bound;
    c->failed = c->failed || !ok;
    return ok;
}

static bool same_type(const struct column_def *a, const struct column_def *b)
{
    return a->type == b->type && a->is_unsigned == b->is_unsigned && a->precision == b->precision &&
           a->scale == b->scale && (a->charset == NULL || strcmp(a->charset, b->charset) == 0);
}

/* The child's columns as the parent's new ones, or NULL. */
static bool follow(struct writing *cw, const struct link *link, const struct value *parent)
{
    for (unsigned i = 0; i < link->fk->column_count; i++) {
        unsigned column = link->of_child[i];
        const struct column_def *def = &link->child->def->columns[column];
        if (parent == NULL) {
            cw->after[column] = (struct value){ .kind = VALUE_NULL };
            continue;
        }
        if (!same_type(def, &link->parent->def->columns[link->of_parent[i]]))
            return compile_refuse(cw->c, "ON UPDATE CASCADE to a column of another type");
        cw->after[column] = parent[link->of_parent[i]];
    }
    return true;
}

static bool settle(struct writing *cw)
{
    unsigned count = cw->def->column_count;
    if (cw->rules == NULL)
        return true;
    struct value *row = arena_alloc(cw->c->arena, (count + 1) * sizeof *row);
    for (unsigned i = 0; i < count; i++)
        row[i] = cw->after[i].kind != VALUE_ABSENT ? cw->after[i] : cw->before[i];
    if (!write_rules_apply(cw, row))
        return false;
    write_keep_changed(cw, row, cw->before, cw->after);
    return true;
}

static bool change_child(struct writing *cw, const struct link *link, const struct child_row *row,
                         enum change kind, const struct value *parent)
{
    struct duplicate duplicate = { 0 };
    cw->before = row->values;
    cw->rowid = row->rowid;
    if (!write_keep_number(cw, row->values))
        return false;
    for (unsigned i = 0; i < cw->def->column_count; i++)
        cw->after[i] = (struct value){ .kind = VALUE_ABSENT };
    if (kind == CHANGE_UPDATE && (!follow(cw, link, parent) || !settle(cw)))
        return false;
    if (!write_change(cw, kind, &duplicate))
        return false;
    return duplicate.key == NULL || write_fail_duplicate(cw, &duplicate);
}

static bool change_children(struct writing *w, const struct link *link,
                            const struct child_row *rows, enum change kind,
                            const struct value *parent)
{
    struct query_outcome unseen = { 0 };
    struct writing cw = { .c = w->c, .outcome = &unseen, .depth = w->depth + 1 };
    struct relation *relation = arena_alloc(w->c->arena, sizeof *relation);
    *relation =
        (struct relation){ .name = link->child->def->name,
                           .sql_alias = arena_printf(w->c->arena, "r%u", ++w->c->relation_count),
                           .table = link->child };
    if (cw.depth > DEPTH_MAX)
        return compile_refuse(w->c, "a cascade of more than 15 steps");
    bool ok = write_open(&cw, relation);
    for (const struct child_row *row = rows; row != NULL && ok; row = row->next)
        ok = change_child(&cw, link, row, kind, parent);
    write_rules_clear(&cw);
    return ok;
}

static bool act(struct writing *w, const struct foreign *foreign, const struct value *before,
                const struct value *after)
{
    struct link link = { .child = foreign->child, .parent = w->table, .fk = foreign->fk };
    struct child_row *rows = NULL;
    unsigned count = foreign->fk->column_count;
    enum fk_action action = after == NULL ? foreign->fk->on_delete : foreign->fk->on_update;
    if (!link_open(w->c, &link))
        return false;
    if (has_null(before, link.of_parent, count) ||
        (after != NULL && is_unchanged(before, after, link.of_parent, count)))
        return true;
    if (!read_children(w, &link, before, &rows) || rows == NULL)
        return !w->c->failed;
    if (after != NULL && link.child == link.parent)
        action = FK_RESTRICT; /* as InnoDB has it: no table follows itself */
    if (action == FK_CASCADE && after == NULL)
        return change_children(w, &link, rows, CHANGE_DELETE, NULL);
    if (action == FK_CASCADE || action == FK_SET_NULL)
        return change_children(w, &link, rows, CHANGE_UPDATE, action == FK_CASCADE ? after : NULL);
    return fail(w->c, PROBLEM_PARENT_ROW, "delete or update a parent row", &link);
}

bool write_foreign_follow(struct writing *w, enum change kind, const struct value *row)
{
    const struct value *before = kind != CHANGE_INSERT ? w->before : NULL;
    for (unsigned i = 0; w->checks_parents && kind != CHANGE_DELETE && i < w->def->fk_count; i++)
        if (!check_parent(w, &w->def->fks[i], row, before))
            return false;
    for (unsigned i = 0; kind != CHANGE_INSERT && i < w->child_count; i++)
        if (!act(w, &w->children[i], before, kind == CHANGE_DELETE ? NULL : row))
            return false;
    return true;
}
