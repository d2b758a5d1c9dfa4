/* ddl_check.c - what MySQL refuses of a client's statement, in its numbers and words.
 *
 * A replica applies what its source has taken already; a node that takes statements itself must
 * refuse what MySQL would: else the log would hold what no replica can apply. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "sql/ddl_tree.h"
#include "sql/types.h"

enum {
    DATABASE_EXISTS = 1007,
    NO_DATABASE_TO_DROP = 1008,
    NO_DATABASE_SELECTED = 1046,
    NO_DATABASE = 1049,
    TABLE_EXISTS = 1050,
    NO_TABLE_TO_DROP = 1051,
    COLUMN_TWICE = 1060,
    PRIMARY_KEY_TWICE = 1068,
    NO_KEY_COLUMN = 1072,
    WRONG_AUTO_INCREMENT = 1075,
    BLOB_DEFAULT = 1101,
    NO_COLUMNS = 1113,
    NO_TABLE = 1146,
    BLOB_KEY_WITHOUT_LENGTH = 1170,
    NOT_SUPPORTED = 1235,
    PARENT_TRUNCATED = 1701,
    NO_PARENT_TABLE = 1824,
    NO_CHECK = 3821,
    NO_CONSTRAINT = 3940,
};

/* ---- names ---- */

static bool check_database(const struct catalog *catalog, const char *db, struct err *err)
{
    if (db == NULL || db[0] == '\0')
        return err_refuse(err, NO_DATABASE_SELECTED, "No database selected");
    return catalog_has_database(catalog, db) ||
           err_refuse(err, NO_DATABASE, "Unknown database '%s'", db);
}

static bool check_new_table(const struct catalog *catalog, const struct ddl_step *step,
                            struct err *err)
{
    if (step->or_replace)
        return err_refuse(err, NOT_SUPPORTED, "CREATE OR REPLACE TABLE: not supported here");
    return check_database(catalog, step->db, err) &&
           (step->if_not_exists || catalog_table(catalog, step->db, step->table) == NULL ||
            err_refuse(err, TABLE_EXISTS, "Table '%s' already exists", step->table));
}

static bool check_old_table(const struct catalog *catalog, const char *db, const char *table,
                            uint16_t number, struct err *err)
{
    if (db == NULL || db[0] == '\0')
        return err_refuse(err, NO_DATABASE_SELECTED, "No database selected");
    if (catalog_table(catalog, db, table) != NULL)
        return true;
    return number == NO_TABLE_TO_DROP
               ? err_refuse(err, number, "Unknown table '%s.%s'", db, table)
               : err_refuse(err, number, "Table '%s.%s' doesn't exist", db, table);
}

/* ---- a new table ---- */

static const struct column_def *find_column(const struct ddl_step *step, const char *name)
{
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_ADD_COLUMN && strcasecmp(item->column->def.name, name) == 0)
            return &item->column->def;
    return NULL;
}

static bool check_column(const struct ddl_step *step, const struct ddl_item *item, struct err *err)
{
    const struct column_spec *spec = item->column;
    bool is_blob = sql_type_is_blob(spec->def.type) || spec->def.type == SQL_JSON;
    if (find_column(step, spec->def.name) != &spec->def)
        return err_refuse(err, COLUMN_TWICE, "Duplicate column name '%s'", spec->def.name);
    if (is_blob && (spec->default_kind == DEFAULT_TEXT || spec->default_kind == DEFAULT_NUMBER ||
                    spec->default_kind == DEFAULT_BITS))
        return err_refuse(err, BLOB_DEFAULT,
                          "BLOB, TEXT, GEOMETRY or JSON column '%s' can't have a default value",
                          spec->def.name);
    if (is_blob && (spec->is_primary || spec->is_unique))
        return err_refuse(err, BLOB_KEY_WITHOUT_LENGTH,
                          "BLOB/TEXT column '%s' used in key specification without a key length",
                          spec->def.name);
    return true;
}

static bool check_key(const struct ddl_step *step, const struct key_def *key, struct err *err)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct key_part *part = &key->parts[i];
        const struct column_def *column =
            part->column == NULL ? NULL : find_column(step, part->column);
        if (part->column != NULL && column == NULL)
            return err_refuse(err, NO_KEY_COLUMN, "Key column '%s' doesn't exist in table",
                              part->column);
        bool needs_length = key->kind != KEY_FULLTEXT && key->kind != KEY_SPATIAL;
        if (column != NULL && sql_type_is_blob(column->type) && part->prefix == 0 && needs_length)
            return err_refuse(
                err, BLOB_KEY_WITHOUT_LENGTH,
                "BLOB/TEXT column '%s' used in key specification without a key length",
                part->column);
    }
    return true;
}

static bool leads_a_key(const struct ddl_step *step, const struct ddl_item *column)
{
    if (column->column->is_primary || column->column->is_unique)
        return true;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_ADD_KEY && item->key->part_count > 0 &&
            item->key->parts[0].column != NULL &&
            strcasecmp(item->key->parts[0].column, column->column->def.name) == 0)
            return true;
    return false;
}

static bool check_items(const struct catalog *catalog, const struct ddl_step *step, struct err *err)
{
    unsigned columns = 0, counters = 0, primaries = 0;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next) {
        if (item->kind == ITEM_ADD_COLUMN) {
            columns++;
            primaries += item->column->is_primary;
            counters += item->column->def.auto_increment;
            if (!check_column(step, item, err))
                return false;
            if (item->column->def.auto_increment && !leads_a_key(step, item))
                counters = 2;
        } else if (item->kind == ITEM_ADD_KEY) {
            primaries += item->key->kind == KEY_PRIMARY && item->within == NULL;
            if (!check_key(step, item->key, err))
                return false;
        } else if (item->kind == ITEM_ADD_FK &&
                   catalog_table(catalog, item->fk->parent_db, item->fk->parent_table) == NULL &&
                   strcasecmp(item->fk->parent_table, step->table) != 0) {
            return err_refuse(err, NO_PARENT_TABLE, "Failed to open the referenced table '%s'",
                              item->fk->parent_table);
        }
    }
    if (columns == 0)
        return err_refuse(err, NO_COLUMNS, "A table must have at least 1 column");
    if (primaries > 1)
        return err_refuse(err, PRIMARY_KEY_TWICE, "Multiple primary key defined");
    return counters <= 1 ||
           err_refuse(
               err, WRONG_AUTO_INCREMENT,
               "Incorrect table definition; there can be only one auto column and it must be "
               "defined as a key");
}

/* ---- steps ---- */

static bool is_mariadbs(const struct ddl_step *step)
{
    static const unsigned kinds = 1u << ITEM_ADD_PERIOD | 1u << ITEM_SYSTEM_PERIOD |
                                  1u << ITEM_DROP_PERIOD | 1u << ITEM_VERSIONING |
                                  1u << ITEM_SEQUENCE;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if ((kinds >> item->kind & 1) != 0 || item->if_exists)
            return true;
    return step->kind == STEP_DROP_SEQUENCE;
}

static bool has_check(const struct table_def *table, const char *name)
{
    for (unsigned i = 0; i < table->check_count; i++)
        if (table->checks[i].name != NULL && strcasecmp(table->checks[i].name, name) == 0)
            return true;
    return false;
}

static bool has_constraint(const struct table_def *table, const char *name)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (strcasecmp(table->keys[i].name, name) == 0 && table->keys[i].kind <= KEY_UNIQUE)
            return true;
    for (unsigned i = 0; i < table->fk_count; i++)
        if (strcasecmp(table->fks[i].name, name) == 0)
            return true;
    return has_check(table, name);
}

static bool check_alter_items(const struct catalog *catalog, const struct ddl_step *step,
                              struct err *err)
{
    const struct table_def *table = catalog_table(catalog, step->db, step->table);
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next) {
        if (item->kind == ITEM_DROP_CHECK && !has_check(table, item->name))
            return err_refuse(err, NO_CHECK, "Check constraint '%s' is not found in the table.",
                              item->name);
        if (item->kind == ITEM_DROP_CONSTRAINT && !has_constraint(table, item->name))
            return err_refuse(err, NO_CONSTRAINT, "Constraint '%s' does not exist.", item->name);
        if (item->kind == ITEM_RENAME_TABLE && item->third != NULL &&
            !check_database(catalog, item->third, err))
            return false;
    }
    return true;
}

static bool check_alter(const struct catalog *catalog, const struct ddl_step *step, struct err *err)
{
    return check_old_table(catalog, step->db, step->table, NO_TABLE, err) &&
           check_alter_items(catalog, step, err);
}

static bool check_step(const struct catalog *catalog, const struct ddl_step *step, struct err *err)
{
    bool has_database = step->db != NULL && catalog_has_database(catalog, step->db);
    if (is_mariadbs(step))
        return err_refuse(err, NOT_SUPPORTED,
                          "what only MariaDB has in this statement: not supported "
                          "here");
    switch (step->kind) {
    case STEP_CREATE_TABLE:
        return check_new_table(catalog, step, err) && check_items(catalog, step, err);
    case STEP_CREATE_LIKE:
        return check_new_table(catalog, step, err) &&
               check_old_table(catalog, step->other_db, step->other, NO_TABLE, err);
    case STEP_ALTER_TABLE:
        return check_alter(catalog, step, err);
    case STEP_TRUNCATE:
        return check_old_table(catalog, step->db, step->table, NO_TABLE, err);
    case STEP_DROP_TABLE:
        return step->if_exists ||
               check_old_table(catalog, step->db, step->table, NO_TABLE_TO_DROP, err);
    case STEP_RENAME_TABLE: /* of a table that a step before it makes: ddl_apply sees */
        return check_database(catalog, step->other_db, err);
    case STEP_CREATE_DATABASE:
        return !has_database || step->if_not_exists ||
               err_refuse(err, DATABASE_EXISTS, "Can't create database '%s'; database exists",
                          step->db);
    case STEP_DROP_DATABASE:
        return has_database || step->if_exists ||
               err_refuse(err, NO_DATABASE_TO_DROP,
                          "Can't drop database '%s'; database doesn't exist", step->db);
    case STEP_ALTER_DATABASE:
        return check_database(catalog, step->db, err);
    case STEP_DROP_SEQUENCE:
        break;
    }
    return true;
}

bool ddl_check(const struct ddl *ddl, const struct catalog *catalog, struct err *err)
{
    for (const struct ddl_step *step = ddl->steps; step != NULL; step = step->next)
        if (!check_step(catalog, step, err))
            return false;
    return true;
}

struct emptying {
    const struct ddl_step *step;
    struct err *err;
};

static bool visit_child(const struct table_def *child, void *arg)
{
    const struct emptying *e = arg;
    const struct ddl_step *step = e->step;
    bool is_self = strcmp(child->db, step->db) == 0 && strcmp(child->name, step->table) == 0;
    for (unsigned i = 0; i < child->fk_count && !is_self; i++) {
        const struct fk_def *fk = &child->fks[i];
        if (strcmp(fk->parent_db != NULL ? fk->parent_db : child->db, step->db) == 0 &&
            strcmp(fk->parent_table, step->table) == 0)
            return err_refuse(e->err, PARENT_TRUNCATED,
                              "Cannot truncate a table referenced in a foreign key constraint "
                              "(`%s`.`%s`, CONSTRAINT `%s`)",
                              child->db, child->name, fk->name);
    }
    return true;
}

bool ddl_check_truncated(const struct ddl *ddl, const struct catalog *catalog, struct err *err)
{
    for (const struct ddl_step *step = ddl->steps; step != NULL; step = step->next)
        if (step->kind == STEP_TRUNCATE &&
            !catalog_each_table(catalog, visit_child, &(struct emptying){ step, err }))
            return false;
    return true;
}
