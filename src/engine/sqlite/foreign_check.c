/* foreign_check.c - see foreign_check.h.
 *
 * Each key: its parent is there, with a key over the columns, which are of the same types. Rows are
 * looked at where a key is new, and where a parent has become empty. Texts are compared by their
 * bytes: what is equal only by its collation is refused with a new key. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/foreign_check.h"
#include <stdlib.h>
#include "base/memory.h"
#include "engine/sqlite/tables.h"
#include "sql/names.h"

enum { LIST_BYTES_MAX = 64 << 20 };
enum number {
    NO_PARENT = 1824,
    NO_PARENT_KEY = 1822,
    OTHER_TYPES = 3780,
    PARENT_DROPPED = 3730,
    PARENT_EMPTIED = 1701,
    NO_PARENT_ROW = 1452
};

struct foreign_list {
    struct buf names; /* db NUL table NUL key NUL … */
};

struct key_name {
    const struct table_def *child;
    const struct fk_def *fk;
};

static void put_name(struct buf *out, const struct key_name *key)
{
    const char *parts[] = { key->child->db, key->child->name, key->fk->name };
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
        buf_append(out, parts[i] != NULL ? parts[i] : "",
                   strlen(parts[i] != NULL ? parts[i] : "") + 1);
}

static bool visit_names(const struct table_def *table, void *arg)
{
    struct foreign_list *list = arg;
    for (unsigned i = 0; i < table->fk_count; i++)
        put_name(&list->names, &(struct key_name){ table, &table->fks[i] });
    return true;
}

struct foreign_list *foreign_list_new(const struct catalog *catalog)
{
    struct foreign_list *list = memory_new(sizeof *list);
    buf_init(&list->names, LIST_BYTES_MAX);
    (void)catalog_each_table(catalog, visit_names, list);
    return list;
}

void foreign_list_free(struct foreign_list *list)
{
    if (list == NULL)
        return;
    buf_clear(&list->names);
    free(list);
}

static bool was_there(const struct foreign_list *list, const struct key_name *key)
{
    struct buf name;
    buf_init(&name, LIST_BYTES_MAX);
    put_name(&name, key);
    bool found = false;
    for (size_t at = 0; at + name.len <= list->names.len && !found; at++) {
        bool starts = at == 0 || list->names.data[at - 1] == 0;
        found = starts && memcmp(list->names.data + at, name.data, name.len) == 0;
    }
    buf_clear(&name);
    return found;
}

struct checking {
    struct sqlite_engine *engine;
    const struct foreign_list *before;
    struct err *err;
};

static bool fail(struct checking *ch, enum number number, const struct key_name *key,
                 const char *what)
{
    (void)err_set(ch->err, ERR_REFUSED, "foreign key `%s` of `%s`.`%s`: %s `%s`", key->fk->name,
                  key->child->db, key->child->name, what, key->fk->parent_table);
    ch->err->server_errno = (uint16_t)number;
    return false;
}

static const char *parent_column(const struct table_def *parent, const struct fk_def *fk,
                                 unsigned i)
{
    const struct key_def *primary = table_def_primary_key(parent);
    if (fk->parent_column_count > 0)
        return fk->parent_columns[i];
    return primary != NULL && i < primary->part_count ? primary->parts[i].column : NULL;
}

static bool has_key(const struct table_def *parent, const struct fk_def *fk)
{
    for (unsigned k = 0; k < parent->key_count; k++) {
        const struct key_def *key = &parent->keys[k];
        bool covers = key->part_count >= fk->column_count && key->kind <= KEY_PLAIN;
        for (unsigned i = 0; i < fk->column_count && covers; i++) {
            const char *name = parent_column(parent, fk, i);
            covers = name != NULL && key->parts[i].column != NULL && key->parts[i].prefix == 0 &&
                     sql_name_equal(key->parts[i].column, name);
        }
        if (covers)
            return true;
    }
    return false;
}

static bool same_type(const struct column_def *a, const struct column_def *b)
{
    bool is_text = a->charset != NULL;
    if (a->type != b->type || a->is_unsigned != b->is_unsigned)
        return false;
    if (is_text)
        return b->charset != NULL && strcmp(a->charset, b->charset) == 0 &&
               strcmp(a->collation, b->collation) == 0;
    return a->precision == b->precision && a->scale == b->scale;
}

static bool check_columns(struct checking *ch, const struct key_name *key,
                          const struct table_def *parent)
{
    for (unsigned i = 0; i < key->fk->column_count; i++) {
        const char *name = parent_column(parent, key->fk, i);
        int at = name != NULL ? table_def_column(parent, name) : -1;
        int child = table_def_column(key->child, key->fk->columns[i]);
        if (at < 0 || child < 0)
            return fail(ch, NO_PARENT_KEY, key, "a column is missing, there or in");
        if (!same_type(&key->child->columns[child], &parent->columns[at]))
            return fail(ch, OTHER_TYPES, key, "its columns are not of the types that they have in");
    }
    return has_key(parent, key->fk) ||
           fail(ch, NO_PARENT_KEY, key, "there is no index over its columns in");
}

static void add_column(struct buf *sql, const char *alias, const char *name)
{
    buf_printf(sql, "%s.", alias);
    db_quote_name(sql, name);
}

/* SELECT 1 where a child has no parent. */
static void orphan_sql(const struct key_name *key, const struct engine_table *child,
                       const struct engine_table *parent, struct buf *sql)
{
    buf_str(sql, "SELECT 1 FROM ");
    db_quote_name(sql, child->sqlite_name);
    buf_str(sql, " AS c WHERE ");
    for (unsigned i = 0; i < key->fk->column_count; i++) {
        add_column(sql, "c", key->fk->columns[i]);
        buf_str(sql, " IS NOT NULL AND ");
    }
    buf_str(sql, "NOT EXISTS (SELECT 1 FROM ");
    db_quote_name(sql, parent->sqlite_name);
    buf_str(sql, " AS p WHERE ");
    for (unsigned i = 0; i < key->fk->column_count; i++) {
        buf_str(sql, i > 0 ? " AND " : "");
        add_column(sql, "p", parent_column(parent->def, key->fk, i));
        buf_str(sql, "=");
        add_column(sql, "c", key->fk->columns[i]);
    }
    buf_str(sql, ") LIMIT 1");
}

static bool is_empty(struct checking *ch, const struct engine_table *table, bool *out)
{
    int64_t found = 0;
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "SELECT 1 FROM ");
    db_quote_name(&sql, table->sqlite_name);
    buf_str(&sql, " LIMIT 1");
    if (!db_integer(ch->engine->db, buf_cstr(&sql), 0, &found, ch->err))
        return false;
    *out = found == 0;
    return true;
}

static bool check_rows(struct checking *ch, const struct key_name *key,
                       const struct engine_table *parent)
{
    const struct engine_table *child = tables_find(ch->engine, key->child->db, key->child->name);
    bool is_old = was_there(ch->before, key), empty = false;
    int64_t found = 0;
    AUTO_BUF sql = db_sql();
    if (child == NULL || !child->has_rows || !is_empty(ch, parent, &empty))
        return child == NULL || !child->has_rows;
    if (is_old && !empty)
        return true;
    orphan_sql(key, child, parent, &sql);
    if (!db_integer(ch->engine->db, buf_cstr(&sql), 0, &found, ch->err))
        return false;
    if (found == 0)
        return true;
    return is_old ? fail(ch, PARENT_EMPTIED, key, "cannot truncate the table that it refers to,")
                  : fail(ch, NO_PARENT_ROW, key, "a row has no parent in");
}

static bool check_key(struct checking *ch, const struct key_name *key)
{
    const char *db = key->fk->parent_db != NULL ? key->fk->parent_db : key->child->db;
    const struct engine_table *parent = tables_find(ch->engine, db, key->fk->parent_table);
    if (parent == NULL || !parent->has_rows)
        return was_there(ch->before, key)
                   ? fail(ch, PARENT_DROPPED, key, "cannot drop the table that it refers to,")
                   : fail(ch, NO_PARENT, key, "there is no table");
    return check_columns(ch, key, parent->def) && check_rows(ch, key, parent);
}

static bool visit_keys(const struct table_def *table, void *arg)
{
    for (unsigned i = 0; i < table->fk_count; i++)
        if (!check_key(arg, &(struct key_name){ table, &table->fks[i] }))
            return false;
    return true;
}

bool foreign_check(struct sqlite_engine *engine, const struct foreign_list *before, struct err *err)
{
    struct checking ch = { engine, before, err };
    return catalog_each_table(engine->catalog, visit_keys, &ch);
}
