/* cascade.c - see cascade.h.
 *
 * InnoDB's rules: after a parent row went, or its referenced columns changed, each child table with
 * a foreign key on them is searched for the old values. CASCADE deletes the children, or gives them
 * the new values; SET NULL empties their columns; NO ACTION and RESTRICT change nothing (the source
 * has checked). A child that changed is a parent in turn. NULL matches nothing. Values are handled
 * in their stored form, read back from SQLite, so that types need not be looked at again. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/cascade.h"
#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/cascade_match.h"
#include "engine/sqlite/generated.h"
#include "engine/sqlite/rows.h"
#include "engine/sqlite/tables.h"

enum { DEPTH_MAX = 15 /* InnoDB: FK_MAX_CASCADE_DEL 15 */, PARTS_MAX = 16 };

struct cascade {
    struct engine_table *child;
    const struct fk_def *fk;
};

/* The referenced values of one parent row, before and after. */
struct row_values {
    sqlite3_value **before; /* one per column of the parent */
    sqlite3_value **after;  /* NULL: deleted */
    unsigned count;
};

void cascades_forget(struct engine_table *table)
{
    free(table->cascades);
    table->cascades = NULL;
    table->cascade_count = 0;
    table->cascades_known = false;
}

static bool acts(enum fk_action action)
{
    return action == FK_CASCADE || action == FK_SET_NULL || action == FK_SET_DEFAULT;
}

static void find_of_child(struct engine_table *table, struct engine_table *child)
{
    for (unsigned i = 0; i < child->def->fk_count; i++) {
        const struct fk_def *fk = &child->def->fks[i];
        const char *parent_db = fk->parent_db != NULL ? fk->parent_db : child->def->db;
        if (strcmp(parent_db, table->def->db) != 0 ||
            strcmp(fk->parent_table, table->def->name) != 0 ||
            (!acts(fk->on_delete) && !acts(fk->on_update)))
            continue;
        table->cascades =
            memory_resize(table->cascades, (table->cascade_count + 1) * sizeof *table->cascades);
        table->cascades[table->cascade_count++] = (struct cascade){ child, fk };
    }
}

static void find_cascades(struct engine_table *table)
{
    struct table_map_by_name *tables = &table->engine->tables;
    if (table->cascades_known)
        return;
    for (unsigned i = 0; i < tables->bucket_count; i++)
        for (struct engine_table *t = tables->buckets[i]; t != NULL; t = t->next_in_bucket)
            if (t->has_rows)
                find_of_child(table, t);
    table->cascades_known = true;
}

bool cascade_is_parent(struct engine_table *table)
{
    find_cascades(table);
    return table->cascade_count > 0;
}

static void row_values_clear(struct row_values *row)
{
    for (unsigned i = 0; i < row->count; i++) {
        sqlite3_value_free(row->before != NULL ? row->before[i] : NULL);
        sqlite3_value_free(row->after != NULL ? row->after[i] : NULL);
    }
    free(row->before);
    free(row->after);
}
#define AUTO_ROW __attribute__((cleanup(row_values_clear))) struct row_values

/* No value at all stands for NULL in what SET NULL made. */
static int type_of(sqlite3_value *value)
{
    return value != NULL ? sqlite3_value_type(value) : SQLITE_NULL;
}

static void bind(sqlite3_stmt *stmt, int index, sqlite3_value *value)
{
    if (value != NULL)
        sqlite3_bind_value(stmt, index, value);
    else
        sqlite3_bind_null(stmt, index);
}

static bool same_value(sqlite3_value *a, sqlite3_value *b)
{
    int type = type_of(a);
    if (type != type_of(b))
        return false;
    if (type == SQLITE_INTEGER)
        return sqlite3_value_int64(a) == sqlite3_value_int64(b);
    if (type == SQLITE_FLOAT)
        return memcmp(&(double){ sqlite3_value_double(a) }, &(double){ sqlite3_value_double(b) },
                      sizeof(double)) == 0;
    if (type == SQLITE_NULL)
        return true;
    const void *x = sqlite3_value_blob(a), *y = sqlite3_value_blob(b);
    return bytes_equal(bytes_of(x, (size_t)sqlite3_value_bytes(a)),
                       bytes_of(y, (size_t)sqlite3_value_bytes(b)));
}

static bool is_key_null(const struct row_values *row, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (type_of(row->before[columns[i]]) == SQLITE_NULL)
            return true;
    return false;
}

static bool is_key_same(const struct row_values *row, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; row->after != NULL && i < count; i++)
        if (!same_value(row->before[columns[i]], row->after[columns[i]]))
            return false;
    return row->after != NULL;
}

static bool columns_of(const struct table_def *def, char *const *names, unsigned count,
                       unsigned columns[PARTS_MAX], struct err *err)
{
    for (unsigned i = 0; i < count; i++) {
        int at = table_def_column(def, names[i]);
        if (at < 0 || count > PARTS_MAX)
            return err_set(err, ERR_CONFLICT, "a foreign key names %s.%s.%s, which is not there",
                           def->db, def->name, names[i]);
        columns[i] = (unsigned)at;
    }
    return true;
}

/* The columns of the parent; where the definition names none, its primary key. */
static bool parent_columns_of(const struct table_def *def, const struct fk_def *fk,
                              unsigned columns[PARTS_MAX], struct err *err)
{
    const struct key_def *primary = table_def_primary_key(def);
    if (fk->parent_column_count > 0)
        return columns_of(def, fk->parent_columns, fk->column_count, columns, err);
    if (primary == NULL || primary->part_count < fk->column_count || fk->column_count > PARTS_MAX)
        return err_set(err, ERR_CONFLICT, "foreign key %s refers to no key of %s.%s", fk->name,
                       def->db, def->name);
    for (unsigned i = 0; i < fk->column_count; i++)
        columns[i] = (unsigned)table_def_column(def, primary->parts[i].column);
    return true;
}

static sqlite3_value **read_row(sqlite3_stmt *stmt, unsigned count)
{
    sqlite3_value **values = memory_new((count + 1) * sizeof *values);
    for (unsigned i = 0; i < count; i++)
        values[i] = sqlite3_value_dup(sqlite3_column_value(stmt, (int)i));
    return values;
}

static void select_all(const struct engine_table *table, struct buf *sql)
{
    for (unsigned i = 0; i < table->def->column_count; i++) {
        buf_str(sql, i > 0 ? "," : "SELECT ");
        db_quote_name(sql, table->def->columns[i].name);
    }
    buf_str(sql, " FROM ");
    db_quote_name(sql, table->sqlite_name);
}

static void where_columns(const struct engine_table *table, const unsigned *columns, unsigned count,
                          struct buf *sql)
{
    for (unsigned i = 0; i < count; i++) {
        buf_str(sql, i > 0 ? " AND " : " WHERE ");
        db_quote_name(sql, table->def->columns[columns[i]].name);
        buf_str(sql, "=?");
    }
}

static bool cascade_row(struct engine_table *table, const struct row_values *row, unsigned depth,
                        struct err *err);

/* One child row: what the parent's change makes of it. key: the child's foreign key columns. */
struct child_work {
    const struct cascade *cascade;
    const struct row_values *parent;
    const unsigned *key;
    const unsigned *parent_key;
    sqlite3_value *const *match; /* the key as the child rows have it */
    enum fk_action action;
    unsigned depth;
};

static bool change_children(const struct child_work *work, struct err *err)
{
    struct engine_table *child = work->cascade->child;
    const struct fk_def *fk = work->cascade->fk;
    unsigned count = fk->column_count;
    bool deletes = work->action == FK_CASCADE && work->parent->after == NULL;
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, deletes ? "DELETE FROM " : "UPDATE ");
    db_quote_name(&sql, child->sqlite_name);
    for (unsigned i = 0; !deletes && i < count; i++) {
        buf_str(&sql, i > 0 ? "," : " SET ");
        db_quote_name(&sql, child->def->columns[work->key[i]].name);
        buf_str(&sql, "=?");
    }
    where_columns(child, work->key, count, &sql);
    if (!db_prepare(child->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    int index = 1;
    for (unsigned i = 0; !deletes && i < count; i++, index++)
        if (work->action == FK_CASCADE)
            bind(stmt, index, work->parent->after[work->parent_key[i]]);
    for (unsigned i = 0; i < count; i++, index++)
        bind(stmt, index, work->match[i]);
    return db_run(child->engine->db, stmt, err);
}

/* The children as they were, for their own children. */
struct row_list {
    struct row_values *rows;
    size_t count, cap;
};

static void row_list_clear(struct row_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        row_values_clear(&list->rows[i]);
    free(list->rows);
}
#define AUTO_ROWS __attribute__((cleanup(row_list_clear))) struct row_list

static void give_new_values(const struct child_work *work, struct row_values *row)
{
    const struct fk_def *fk = work->cascade->fk;
    row->after = memory_new((row->count + 1) * sizeof *row->after);
    for (unsigned i = 0; i < row->count; i++)
        row->after[i] = sqlite3_value_dup(row->before[i]);
    for (unsigned i = 0; i < fk->column_count; i++) {
        sqlite3_value **value = &row->after[work->key[i]];
        sqlite3_value_free(*value);
        *value = work->action == FK_CASCADE
                     ? sqlite3_value_dup(work->parent->after[work->parent_key[i]])
                     : NULL;
    }
}

static bool read_children(const struct child_work *work, struct row_list *list, struct err *err)
{
    struct engine_table *child = work->cascade->child;
    unsigned columns = child->def->column_count;
    bool deletes = work->action == FK_CASCADE && work->parent->after == NULL;
    bool row = false;
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    select_all(child, &sql);
    where_columns(child, work->key, work->cascade->fk->column_count, &sql);
    if (!db_prepare(child->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0; i < work->cascade->fk->column_count; i++)
        bind(stmt, (int)i + 1, work->match[i]);
    while (db_step(child->engine->db, stmt, &row, err)) {
        if (!row)
            return true;
        if (list->count == list->cap) {
            list->cap = list->cap > 0 ? list->cap * 2 : 16;
            list->rows = memory_resize(list->rows, list->cap * sizeof *list->rows);
        }
        struct row_values *values = &list->rows[list->count++];
        *values = (struct row_values){ read_row(stmt, columns), NULL, columns };
        if (!deletes)
            give_new_values(work, values);
    }
    return false;
}

/* What the child rows become besides their key is only known to the source. */
static bool check_children(const struct child_work *work, const struct row_list *children,
                           struct err *err)
{
    const struct table_def *child = work->cascade->child->def;
    const struct fk_def *fk = work->cascade->fk;
    bool deletes = work->action == FK_CASCADE && work->parent->after == NULL;
    const struct column_def *generated =
        deletes ? NULL : generated_from(child, work->key, fk->column_count);
    if (children->count == 0 || (generated == NULL && !child->system_versioned))
        return true;
    return err_set(err, ERR_UNSUPPORTED,
                   "foreign key %s of %s.%s: the source's cascade is not in its log, and changes "
                   "%s%s: make a new copy of the source",
                   fk->name, child->db, child->name,
                   generated != NULL ? "the generated column " : "the history of rows",
                   generated != NULL ? generated->name : "");
}

static bool has_more_than_a_key(const struct child_work *work)
{
    const struct table_def *child = work->cascade->child->def;
    return child->system_versioned ||
           generated_from(child, work->key, work->cascade->fk->column_count) != NULL;
}

static bool change_matching(const struct child_work *work, struct err *err)
{
    struct engine_table *child = work->cascade->child;
    AUTO_ROWS children = { 0 };
    if ((cascade_is_parent(child) || has_more_than_a_key(work)) &&
        (!read_children(work, &children, err) || !check_children(work, &children, err)))
        return false;
    if (!change_children(work, err))
        return false;
    for (size_t i = 0; i < children.count; i++)
        if (!cascade_row(child, &children.rows[i], work->depth + 1, err))
            return false;
    return true;
}

static bool cascade_to(const struct cascade *cascade, struct engine_table *parent,
                       const struct row_values *row, unsigned depth, struct err *err)
{
    const struct fk_def *fk = cascade->fk;
    unsigned key[PARTS_MAX], parent_key[PARTS_MAX];
    enum fk_action action = row->after == NULL ? fk->on_delete : fk->on_update;
    if (!acts(action))
        return true;
    if (!columns_of(cascade->child->def, fk->columns, fk->column_count, key, err) ||
        !parent_columns_of(parent->def, fk, parent_key, err))
        return false;
    if (is_key_null(row, parent_key, fk->column_count) ||
        is_key_same(row, parent_key, fk->column_count))
        return true;
    if (action == FK_SET_DEFAULT || depth >= DEPTH_MAX)
        return err_set(err, ERR_UNSUPPORTED, "foreign key %s of %s.%s: %s", fk->name,
                       cascade->child->def->db, cascade->child->def->name,
                       action == FK_SET_DEFAULT ? "SET DEFAULT is not known here"
                                                : "a cascade of more than 15 steps");
    sqlite3_value *match[PARTS_MAX];
    for (unsigned i = 0; i < fk->column_count; i++)
        match[i] = row->before[parent_key[i]];
    struct cascade_match matching = { cascade->child, parent, fk, key, parent_key, match };
    struct child_work work = { cascade, row, key, parent_key, match, action, depth };
    AUTO_KEYS others = { 0 };
    if (!cascade_match_others(&matching, &others, err) || !change_matching(&work, err))
        return false;
    for (size_t i = 0; i < others.count; i++) {
        work.match = others.values + i * fk->column_count;
        if (!change_matching(&work, err))
            return false;
    }
    return true;
}

static bool cascade_row(struct engine_table *table, const struct row_values *row, unsigned depth,
                        struct err *err)
{
    find_cascades(table);
    for (unsigned i = 0; i < table->cascade_count; i++)
        if (!cascade_to(&table->cascades[i], table, row, depth, err))
            return false;
    return true;
}

static bool read_by_key(struct engine_table *table, const struct value *row, sqlite3_value ***out,
                        struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    bool found = false;
    select_all(table, &sql);
    where_columns(table, table->key, table->key_count, &sql);
    if (!db_prepare(table->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = 0; i < table->key_count; i++) {
        unsigned column = table->key[i];
        if (row[column].kind == VALUE_ABSENT)
            return err_set(err, ERR_CONFLICT, "a row image lacks the key column %s",
                           table->def->columns[column].name);
        if (!storage_bind(&table->columns[column], stmt, (int)i + 1, &row[column], err))
            return false;
    }
    if (!db_step(table->engine->db, stmt, &found, err))
        return false;
    *out = found ? read_row(stmt, table->def->column_count) : NULL;
    return true;
}

/* The key under which the row stands after the change. */
static struct value *new_key(const struct engine_table *table, const struct row_change *change)
{
    struct value *row = memory_new((table->def->column_count + 1) * sizeof *row);
    for (unsigned i = 0; i < table->def->column_count; i++)
        row[i] = change->after[i].kind != VALUE_ABSENT ? change->after[i] : change->before[i];
    return row;
}

/* A deleted row of a versioned table is in the log as an UPDATE of its end. */
static bool ends_a_version(const struct engine_table *table, const struct row_change *change)
{
    for (unsigned i = 0; table->def->system_versioned && i < table->def->column_count; i++)
        if (table->def->columns[i].row_edge == ROW_EDGE_END && change->kind == CHANGE_UPDATE &&
            change->after[i].kind != VALUE_ABSENT && change->after[i].u != change->before[i].u)
            return true;
    return false;
}

static bool change_and_cascade(struct engine_table *table, const struct row_change *change,
                               enum change_mode mode, struct err *err)
{
    AUTO_ROW row = { .count = table->def->column_count };
    if (!read_by_key(table, change->before, &row.before, err))
        return false;
    if (!rows_change(table, change, mode, err))
        return false;
    if (row.before == NULL) /* repair: it was not there */
        return true;
    if (change->kind == CHANGE_UPDATE) {
        struct value *key = new_key(table, change);
        bool read = read_by_key(table, key, &row.after, err);
        free(key);
        if (!read)
            return false;
    }
    return cascade_row(table, &row, 0, err);
}

bool cascade_change(struct engine_table *table, const struct row_change *change,
                    enum change_mode mode, struct err *err)
{
    if (!tables_open(table, err))
        return false;
    if (change->kind == CHANGE_INSERT || !cascade_is_parent(table))
        return rows_change(table, change, mode, err);
    if (table->key == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "table %s.%s is referenced by a foreign key with an action but has no key "
                       "of its own: add a primary key",
                       table->def->db, table->def->name);
    if (ends_a_version(table, change))
        return err_set(err, ERR_UNSUPPORTED,
                       "table %s.%s has system versioning and is referenced by a foreign key with "
                       "an action, whose cascade is not in the log: make a new copy of the source",
                       table->def->db, table->def->name);
    return change_and_cascade(table, change, mode, err);
}
