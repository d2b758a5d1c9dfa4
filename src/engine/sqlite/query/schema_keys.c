/* schema_keys.c - information_schema: keys, foreign keys and checks. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/schema_tables.h"

static bool is_unique(const struct key_def *key)
{
    return key->kind == KEY_PRIMARY || key->kind == KEY_UNIQUE;
}

static const char *parent_db(const struct table_def *table, const struct fk_def *fk)
{
    return fk->parent_db != NULL ? fk->parent_db : table->db;
}

static bool put_key_part(struct schema_fill *fill, const struct table_def *table,
                         const struct key_def *key, unsigned place)
{
    static const char *const kinds[] = {
        [KEY_PRIMARY] = "BTREE",     [KEY_UNIQUE] = "BTREE",    [KEY_PLAIN] = "BTREE",
        [KEY_FULLTEXT] = "FULLTEXT", [KEY_SPATIAL] = "SPATIAL", [KEY_VECTOR] = "VECTOR"
    };
    const struct key_part *part = &key->parts[place];
    int column = part->column != NULL ? table_def_column(table, part->column) : -1;
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, table->name);
    put_int(fill, !is_unique(key));
    put_text(fill, table->db);
    put_text(fill, key->name);
    put_int(fill, place + 1);
    put_text(fill, part->column);
    put_text(fill, key->kind == KEY_FULLTEXT ? NULL : part->descending ? "D" : "A");
    put_null(fill); /* CARDINALITY */
    if (part->prefix > 0)
        put_int(fill, part->prefix);
    else
        put_null(fill);
    put_null(fill);
    put_text(fill, column >= 0 && !table->columns[column].nullable ? "" : "YES");
    put_text(fill, kinds[key->kind]);
    put_text(fill, "");
    put_text(fill, "");
    put_text(fill, key->invisible ? "NO" : "YES");
    put_text(fill, part->expression);
    return end_row(fill);
}

static bool visit_statistics(const struct table_def *table, void *arg)
{
    for (unsigned k = 0; k < table->key_count; k++)
        for (unsigned i = 0; i < table->keys[k].part_count; i++)
            if (!put_key_part(arg, table, &table->keys[k], i))
                return false;
    return true;
}

bool fill_statistics(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_statistics);
}

static void put_constraint(struct schema_fill *fill, const struct table_def *table,
                           const char *name)
{
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, name);
}

static bool put_usage(struct schema_fill *fill, const struct table_def *table, const char *name,
                      const char *column, unsigned place)
{
    put_constraint(fill, table, name);
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, table->name);
    put_text(fill, column);
    put_int(fill, place + 1);
    return true;
}

static bool visit_key_columns(const struct table_def *table, void *arg)
{
    struct schema_fill *fill = arg;
    for (unsigned k = 0; k < table->key_count; k++) {
        const struct key_def *key = &table->keys[k];
        for (unsigned i = 0; i < key->part_count && is_unique(key); i++)
            if (!put_usage(fill, table, key->name, key->parts[i].column, i) || !end_row(fill))
                return false;
    }
    for (unsigned f = 0; f < table->fk_count; f++) {
        const struct fk_def *fk = &table->fks[f];
        for (unsigned i = 0; i < fk->column_count; i++) {
            put_usage(fill, table, fk->name, fk->columns[i], i);
            put_int(fill, i + 1);
            put_text(fill, parent_db(table, fk));
            put_text(fill, fk->parent_table);
            put_text(fill, i < fk->parent_column_count ? fk->parent_columns[i] : NULL);
            if (!end_row(fill))
                return false;
        }
    }
    return true;
}

bool fill_key_columns(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_key_columns);
}

static bool add_constraint(struct schema_fill *fill, const struct table_def *table,
                           const char *name, const char *type, bool enforced)
{
    put_constraint(fill, table, name);
    put_text(fill, table->db);
    put_text(fill, table->name);
    put_text(fill, type);
    put_text(fill, enforced ? "YES" : "NO");
    return end_row(fill);
}

static bool visit_constraints(const struct table_def *table, void *arg)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (is_unique(&table->keys[i]) &&
            !add_constraint(arg, table, table->keys[i].name,
                            table->keys[i].kind == KEY_PRIMARY ? "PRIMARY KEY" : "UNIQUE", true))
            return false;
    for (unsigned i = 0; i < table->fk_count; i++)
        if (!add_constraint(arg, table, table->fks[i].name, "FOREIGN KEY", true))
            return false;
    for (unsigned i = 0; i < table->check_count; i++)
        if (!add_constraint(arg, table, table->checks[i].name, "CHECK", table->checks[i].enforced))
            return false;
    return true;
}

bool fill_constraints(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_constraints);
}

/* The key of the parent that its columns are. */
static const char *parent_key(struct schema_fill *fill, const struct table_def *table,
                              const struct fk_def *fk)
{
    const struct table_def *parent =
        catalog_table(fill->catalog, parent_db(table, fk), fk->parent_table);
    for (unsigned k = 0; parent != NULL && k < parent->key_count; k++) {
        const struct key_def *key = &parent->keys[k];
        bool same = is_unique(key) && key->part_count >= fk->parent_column_count;
        for (unsigned i = 0; i < fk->parent_column_count && same; i++)
            same = key->parts[i].column != NULL &&
                   strcmp(key->parts[i].column, fk->parent_columns[i]) == 0;
        if (same)
            return key->name;
    }
    return NULL;
}

static bool visit_references(const struct table_def *table, void *arg)
{
    static const char *const rules[] = { [FK_NO_ACTION] = "NO ACTION",
                                         [FK_RESTRICT] = "RESTRICT",
                                         [FK_CASCADE] = "CASCADE",
                                         [FK_SET_NULL] = "SET NULL",
                                         [FK_SET_DEFAULT] = "SET DEFAULT" };
    struct schema_fill *fill = arg;
    for (unsigned i = 0; i < table->fk_count; i++) {
        const struct fk_def *fk = &table->fks[i];
        put_constraint(fill, table, fk->name);
        put_text(fill, "def");
        put_text(fill, parent_db(table, fk));
        put_text(fill, parent_key(fill, table, fk));
        put_text(fill, "NONE");
        put_text(fill, rules[fk->on_update]);
        put_text(fill, rules[fk->on_delete]);
        put_text(fill, table->name);
        put_text(fill, fk->parent_table);
        if (!end_row(fill))
            return false;
    }
    return true;
}

bool fill_references(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_references);
}

static bool visit_checks(const struct table_def *table, void *arg)
{
    struct schema_fill *fill = arg;
    for (unsigned i = 0; i < table->check_count; i++) {
        put_constraint(fill, table, table->checks[i].name);
        put_text(fill, table->checks[i].expression);
        if (!end_row(fill))
            return false;
    }
    return true;
}

bool fill_checks(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_checks);
}
