/* ddl_check_made.c - what MySQL refuses of the definition that a client's statement has made, in
 * its numbers and words: what no server would take, none of this node's replicas could apply. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "sql/charset.h"
#include "sql/ddl_tree.h"
#include "sql/names.h"
#include "sql/number.h"
#include "sql/query_tree.h"
#include "sql/time_text.h"
#include "sql/types.h"

enum {
    NO_COLUMN = 1054,
    NAME_TOO_LONG = 1059,
    COLUMN_TWICE = 1060,
    BAD_DEFAULT = 1067,
    KEY_TOO_LONG = 1071,
    COLUMN_TOO_LONG = 1074,
    WRONG_AUTO_INCREMENT = 1075,
    BAD_PREFIX = 1089,
    BAD_DATABASE_NAME = 1102,
    BAD_TABLE_NAME = 1103,
    ROW_TOO_LONG = 1118,
    BAD_COLUMN_NAME = 1166,
    UNKNOWN_CHARSET = 1115,
    FOREIGN_KEY_SHAPE = 1239,
    COLLATION_CHARSET = 1253,
    UNKNOWN_COLLATION = 1273,
    FOREIGN_KEY_TWICE = 1826,
    CHECK_TWICE = 3822,
    BAD_KEY_NAME = 1280,
    LABEL_TWICE = 1291,
    KEY_NEEDED = 1553,
    NEEDS_NULL = 1830,
    CHECK_NO_COLUMN = 3820,
};
enum { NAME_MAX_CHARACTERS = 64, KEY_BYTES_MAX = 3072, ROW_BYTES_MAX = 65535 };

/* ---- names ---- */

static bool check_name(const char *name, uint16_t number, const char *what, struct err *err)
{
    size_t len = strlen(name), characters = 0;
    for (size_t i = 0; i < len; i++)
        characters += ((uint8_t)name[i] & 0xc0) != 0x80;
    if (characters > NAME_MAX_CHARACTERS)
        return err_refuse(err, NAME_TOO_LONG, "Identifier name '%.200s' is too long", name);
    return (len > 0 && name[len - 1] != ' ') ||
           err_refuse(err, number, "Incorrect %s name '%s'", what, name);
}

/* ---- columns ---- */

static bool integer_fits(const struct column_def *column, bool negative, uint64_t magnitude)
{
    static const uint8_t bits[] = { [SQL_TINYINT] = 8,
                                    [SQL_SMALLINT] = 16,
                                    [SQL_MEDIUMINT] = 24,
                                    [SQL_INT] = 32,
                                    [SQL_BIGINT] = 64 };
    unsigned width = bits[column->type];
    if (column->is_unsigned)
        return (!negative || magnitude == 0) && (width == 64 || magnitude >> width == 0);
    uint64_t half = (uint64_t)1 << (width - 1);
    return magnitude < half || (negative && magnitude == half);
}

static bool number_is_default(const struct column_def *column, struct bytes text)
{
    struct number number;
    bool negative;
    uint64_t magnitude;
    if (!number_read(text, &number))
        return false;
    if (column->type == SQL_DECIMAL) {
        number = number_round(&number, column->scale, ROUND_HALF_UP);
        return number_digits(&number) <= column->precision;
    }
    return column->type > SQL_BIGINT || (number_integer(&number, &negative, &magnitude) &&
                                         integer_fits(column, negative, magnitude));
}

static bool time_is_default(const struct column_def *column, struct bytes text)
{
    struct time_parts parts;
    unsigned scale;
    bool has_clock;
    bool is_zero = strncmp(column->default_text, "0000-00-00", 10) == 0; /* by sql_mode */
    return is_zero ? true
           : column->type == SQL_TIME
               ? time_text_time(text, &parts, &scale) != TIME_TEXT_WRONG
               : time_text_datetime(text, &parts, &scale, &has_clock) != TIME_TEXT_WRONG;
}

static size_t characters_of(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool label_is_default(const struct column_def *column, const char *text)
{
    for (unsigned i = 0; i < column->label_count; i++)
        if (strcasecmp(column->labels[i], text) == 0)
            return true;
    return false;
}

static bool is_default(const struct column_def *column)
{
    struct bytes text = bytes_of_str(column->default_text);
    enum type_class class = sql_type_class(column->type);
    if (class == TYPE_INTEGER || class == TYPE_DECIMAL || class == TYPE_REAL)
        return number_is_default(column, text);
    if (class == TYPE_TEMPORAL)
        return time_is_default(column, text);
    if (column->type == SQL_ENUM)
        return label_is_default(column, column->default_text);
    bool is_sized = column->type == SQL_CHAR || column->type == SQL_VARCHAR;
    return !is_sized || characters_of(text) <= column->length;
}

static bool check_labels(const struct column_def *column, struct err *err)
{
    for (unsigned i = 0; i < column->label_count; i++)
        for (unsigned k = 0; k < i; k++)
            if (strcmp(column->labels[i], column->labels[k]) == 0)
                return err_refuse(err, LABEL_TWICE, "Column '%s' has duplicated value '%s' in %s",
                                  column->name, column->labels[i],
                                  column->type == SQL_ENUM ? "ENUM" : "SET");
    return true;
}

/* NULL and "": none is named. */
static bool check_charset(const char *name, const char *collation, struct err *err)
{
    bool has_name = name != NULL && name[0] != '\0';
    bool has_collation = collation != NULL && collation[0] != '\0';
    const struct charset *charset = has_name ? charset_by_name(name) : NULL;
    const struct charset *of = has_collation ? charset_by_collation(collation) : NULL;
    if (has_collation && of == NULL)
        return err_refuse(err, UNKNOWN_COLLATION, "Unknown collation: '%s'", collation);
    if (has_name && charset == NULL)
        return err_refuse(err, UNKNOWN_CHARSET, "Unknown character set: '%s'", name);
    return !has_name || !has_collation || of == charset ||
           err_refuse(err, COLLATION_CHARSET, "COLLATION '%s' is not valid for CHARACTER SET '%s'",
                      collation, name);
}

static bool check_column(const struct column_def *column, struct err *err)
{
    if (!check_charset(column->charset, column->collation, err))
        return false;
    if (!check_name(column->name, BAD_COLUMN_NAME, "column", err) || !check_labels(column, err))
        return false;
    return column->default_text == NULL || column->default_is_expression || is_default(column) ||
           err_refuse(err, BAD_DEFAULT, "Invalid default value for '%s'", column->name);
}

static unsigned char_bytes(const struct column_def *column)
{
    const struct charset *charset =
        column->charset != NULL ? charset_by_name(column->charset) : NULL;
    return charset != NULL ? charset_max_bytes(charset) : 1;
}

static bool is_sized_text(const struct column_def *column)
{
    return column->type == SQL_CHAR || column->type == SQL_VARCHAR || column->type == SQL_BINARY ||
           column->type == SQL_VARBINARY;
}

/* MySQL's longest row, without what is kept elsewhere. */
static bool check_row_length(const struct table_def *table, struct err *err)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < table->column_count; i++)
        if (is_sized_text(&table->columns[i]))
            bytes += (uint64_t)table->columns[i].length * char_bytes(&table->columns[i]);
    return bytes <= ROW_BYTES_MAX ||
           err_refuse(err, ROW_TOO_LONG,
                      "Row size too large. The maximum row size for the used table type, not "
                      "counting BLOBs, is 65535. This includes storage overhead, check the manual. "
                      "You have to change some columns to TEXT or BLOBs");
}

/* ---- keys ---- */

static bool bad_prefix(struct err *err)
{
    return err_refuse(err, BAD_PREFIX,
                      "Incorrect prefix key; the used key part isn't a string, the used length is "
                      "longer than the key part, or the storage engine doesn't support unique "
                      "prefix keys");
}

static bool check_part(const struct table_def *table, const struct key_def *key, unsigned part,
                       uint64_t *bytes, struct err *err)
{
    const struct key_part *p = &key->parts[part];
    int at = p->column != NULL ? table_def_column(table, p->column) : -1;
    if (at < 0)
        return true;
    const struct column_def *column = &table->columns[at];
    bool is_blob = sql_type_is_blob(column->type), is_text = is_blob || is_sized_text(column);
    for (unsigned i = 0; i < part; i++)
        if (key->parts[i].column != NULL && sql_name_equal(key->parts[i].column, p->column))
            return err_refuse(err, COLUMN_TWICE, "Duplicate column name '%s'", p->column);
    if (p->prefix > 0 && (!is_text || (!is_blob && p->prefix > column->length)))
        return bad_prefix(err);
    *bytes +=
        is_text ? (uint64_t)(p->prefix > 0 ? p->prefix : column->length) * char_bytes(column) : 0;
    return true;
}

static bool check_key(const struct table_def *table, const struct key_def *key, struct err *err)
{
    uint64_t bytes = 0;
    if (!check_name(key->name, BAD_KEY_NAME, "index", err))
        return false;
    if (key->kind == KEY_FULLTEXT || key->kind == KEY_SPATIAL || key->kind == KEY_VECTOR)
        return true;
    for (unsigned i = 0; i < key->part_count; i++)
        if (!check_part(table, key, i, &bytes, err))
            return false;
    return bytes <= KEY_BYTES_MAX ||
           err_refuse(err, KEY_TOO_LONG,
                      "Specified key was too long; max key length is 3072 bytes");
}

static bool leads_key(const struct table_def *table, const char *column)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (table->keys[i].part_count > 0 && table->keys[i].parts[0].column != NULL &&
            sql_name_equal(table->keys[i].parts[0].column, column))
            return true;
    return false;
}

static bool check_counters(const struct table_def *table, struct err *err)
{
    unsigned counters = 0;
    for (unsigned i = 0; i < table->column_count; i++)
        if (table->columns[i].auto_increment)
            counters += leads_key(table, table->columns[i].name) ? 1 : 2;
    return counters <= 1 ||
           err_refuse(err, WRONG_AUTO_INCREMENT,
                      "Incorrect table definition; there can be only one auto column and it must "
                      "be defined as a key");
}

/* Its columns are the first of a key, in their order. */
static bool has_key_for(const struct table_def *table, const struct fk_def *fk)
{
    for (unsigned k = 0; k < table->key_count; k++) {
        const struct key_def *key = &table->keys[k];
        unsigned same = 0;
        while (same < fk->column_count && same < key->part_count &&
               key->parts[same].column != NULL &&
               sql_name_equal(key->parts[same].column, fk->columns[same]))
            same++;
        if (same == fk->column_count)
            return true;
    }
    return false;
}

static bool check_fk(const struct table_def *table, const struct fk_def *fk, struct err *err)
{
    if (!has_key_for(table, fk))
        return err_refuse(err, KEY_NEEDED,
                          "Cannot drop index: needed in a foreign key constraint '%s'", fk->name);
    if (fk->parent_column_count > 0 && fk->parent_column_count != fk->column_count)
        return err_refuse(err, FOREIGN_KEY_SHAPE,
                          "Incorrect foreign key definition for '%s': Key reference and table "
                          "reference don't match",
                          fk->name);
    bool sets_null = fk->on_delete == FK_SET_NULL || fk->on_update == FK_SET_NULL;
    for (unsigned i = 0; i < fk->column_count && sets_null; i++) {
        int at = table_def_column(table, fk->columns[i]);
        if (at >= 0 && !table->columns[at].nullable)
            return err_refuse(err, NEEDS_NULL,
                              "Column '%s' cannot be NOT NULL: needed in a foreign key constraint "
                              "'%s' SET NULL",
                              fk->columns[i], fk->name);
    }
    return true;
}

/* ---- expressions ---- */

static const char *unknown_name(const struct table_def *table, const struct expr *expr)
{
    if (expr->kind == EXPR_COLUMN && table_def_column(table, expr->name) < 0)
        return expr->name;
    for (const struct expr *arg = expr->args; arg != NULL; arg = arg->next) {
        const char *name = unknown_name(table, arg);
        if (name != NULL)
            return name;
    }
    return NULL;
}

/* What the parser does not understand is left to who runs it. */
static bool check_names(const struct table_def *table, const char *text, const char *check,
                        struct err *err)
{
    struct ddl_session session = { .db = table->db,
                                   .flavour = FLAVOUR_MYSQL,
                                   .charset = "utf8mb4" };
    AUTO(query_tree) tree = NULL;
    struct expr *expr = NULL;
    struct err ignored = { 0 };
    if (!query_parse_expression(bytes_of_str(text), &session, &tree, &expr, &ignored))
        return true;
    const char *name = unknown_name(table, expr);
    if (name == NULL)
        return true;
    return check != NULL ? err_refuse(err, CHECK_NO_COLUMN,
                                      "Check constraint '%s' refers to non-existing column '%s'.",
                                      check, name)
                         : err_refuse(err, NO_COLUMN,
                                      "Unknown column '%s' in 'generated column function'", name);
}

static bool check_expressions(const struct table_def *table, struct err *err)
{
    for (unsigned i = 0; i < table->check_count; i++) {
        const struct check_def *check = &table->checks[i];
        if (!check_names(table, check->expression, check->name != NULL ? check->name : "", err))
            return false;
    }
    for (unsigned i = 0; i < table->column_count; i++)
        if (table->columns[i].generated_text != NULL &&
            !check_names(table, table->columns[i].generated_text, NULL, err))
            return false;
    return true;
}

/* ---- names that are a database's ---- */

struct naming {
    const struct table_def *table;
    struct err *err;
};

static bool visit_names(const struct table_def *other, void *arg)
{
    const struct naming *n = arg;
    const struct table_def *table = n->table;
    if (other == table || strcmp(other->db, table->db) != 0)
        return true;
    for (unsigned i = 0; i < table->fk_count; i++)
        for (unsigned k = 0; k < other->fk_count; k++)
            if (sql_name_equal(table->fks[i].name, other->fks[k].name))
                return err_refuse(n->err, FOREIGN_KEY_TWICE,
                                  "Duplicate foreign key constraint name '%s'", table->fks[i].name);
    for (unsigned i = 0; i < table->check_count; i++)
        for (unsigned k = 0; k < other->check_count; k++)
            if (table->checks[i].name != NULL && other->checks[k].name != NULL &&
                sql_name_equal(table->checks[i].name, other->checks[k].name))
                return err_refuse(n->err, CHECK_TWICE, "Duplicate check constraint name '%s'.",
                                  table->checks[i].name);
    return true;
}

/* ---- a table, and what the statement said of it ---- */

static bool check_table(const struct table_def *table, struct err *err)
{
    if (!check_name(table->name, BAD_TABLE_NAME, "table", err) ||
        !check_charset(table->charset, table->collation, err))
        return false;
    for (unsigned i = 0; i < table->column_count; i++)
        if (!check_column(&table->columns[i], err))
            return false;
    for (unsigned i = 0; i < table->key_count; i++)
        if (!check_key(table, &table->keys[i], err))
            return false;
    for (unsigned i = 0; i < table->fk_count; i++)
        if (!check_fk(table, &table->fks[i], err))
            return false;
    return check_counters(table, err) && check_row_length(table, err) &&
           check_expressions(table, err);
}

static bool check_prefixes(const struct table_def *table, const struct key_def *key,
                           struct err *err)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        int at = key->parts[i].column != NULL ? table_def_column(table, key->parts[i].column) : -1;
        bool is_text = at < 0 || is_sized_text(&table->columns[at]) ||
                       sql_type_is_blob(table->columns[at].type);
        if (key->parts[i].prefix > 0 && !is_text)
            return bad_prefix(err);
    }
    return true;
}

/* A VARCHAR that became a TEXT: servers do that only without STRICT. NOT NULL DEFAULT NULL. */
static bool check_said(const struct table_def *table, const struct ddl_step *step, struct err *err)
{
    enum { VARCHAR_BYTES_MAX = 65535 };
    const char *charset = NULL, *collation = NULL;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next) {
        charset = item->kind == ITEM_CHARSET ? item->name : charset;
        collation = item->kind == ITEM_COLLATE ? item->name : collation;
        if (item->kind == ITEM_ADD_KEY && !check_prefixes(table, item->key, err))
            return false;
        bool is_column = item->kind == ITEM_ADD_COLUMN || item->kind == ITEM_CHANGE_COLUMN;
        int at = is_column ? table_def_column(table, item->column->def.name) : -1;
        if (is_column &&
            !check_charset(item->column->def.charset, item->column->def.collation, err))
            return false;
        if (at >= 0 && item->column->not_null_said && item->column->default_kind == DEFAULT_NULL)
            return err_refuse(err, BAD_DEFAULT, "Invalid default value for '%s'",
                              item->column->def.name);
        if (at < 0 || !is_sized_text(&item->column->def) || is_sized_text(&table->columns[at]))
            continue;
        return err_refuse(err, COLUMN_TOO_LONG,
                          "Column length too big for column '%s' (max = %u); use BLOB or TEXT "
                          "instead",
                          item->column->def.name,
                          VARCHAR_BYTES_MAX / char_bytes(&table->columns[at]));
    }
    return check_charset(charset, collation, err);
}

static const struct table_def *made_by(const struct ddl_step *step, const struct catalog *catalog)
{
    if (step->kind == STEP_RENAME_TABLE)
        return catalog_table(catalog, step->other_db, step->other);
    if (step->kind != STEP_CREATE_TABLE && step->kind != STEP_CREATE_LIKE &&
        step->kind != STEP_ALTER_TABLE)
        return NULL;
    const char *db = step->db, *name = step->table;
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (item->kind == ITEM_RENAME_TABLE) {
            name = item->name;
            db = item->third != NULL ? item->third : db;
        }
    return catalog_table(catalog, db, name);
}

bool ddl_check_made(const struct ddl *ddl, const struct catalog *catalog, struct err *err)
{
    for (const struct ddl_step *step = ddl->steps; step != NULL; step = step->next) {
        const struct table_def *table = made_by(step, catalog);
        if (table != NULL &&
            (!check_table(table, err) || !check_said(table, step, err) ||
             !catalog_each_table(catalog, visit_names, &(struct naming){ table, err })))
            return false;
        bool is_database = step->kind == STEP_CREATE_DATABASE || step->kind == STEP_ALTER_DATABASE;
        if (is_database && (!check_name(step->db, BAD_DATABASE_NAME, "database", err) ||
                            !check_charset(catalog_database_charset(catalog, step->db),
                                           catalog_database_collation(catalog, step->db), err)))
            return false;
    }
    return true;
}
