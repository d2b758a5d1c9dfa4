/* scope.c - names: which column of which table is meant, and what its values are. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/tables.h"
#include "sql/charset.h"
#include "sql/names.h"
#include "wire/account.h"

static bool note_table(struct compiler *c, const struct table_def *def, bool is_written)
{
    if (c->table_count == ARRAY_COUNT(c->tables))
        return compile_refuse(c, "more than 64 tables in a statement");
    c->tables[c->table_count++] = (struct query_table){ def->db, def->name, is_written };
    return true;
}

static bool no_table(struct compiler *c, const char *db, const char *name)
{
    bool is_mysql = c->connection->engine->flavour == FLAVOUR_MYSQL; /* MariaDB does not tell */
    if (is_mysql && !catalog_has_database(c->connection->engine->catalog, db))
        return compile_fail(c, PROBLEM_UNKNOWN_DATABASE, "Unknown database '%s'", db);
    return compile_fail(c, PROBLEM_NO_TABLE, "Table '%s.%s' doesn't exist", db, name);
}

/* Whoever may not see a table is not told whether there is one. */
static bool may_see(struct compiler *c, const struct query_table *table)
{
    if (account_databases_hold(c->session->databases, table->db))
        return true;
    c->failed = true;
    return query_deny(c->session, query_command(c->query->description.kind, table->is_written),
                      table, c->err);
}

static struct engine_table *find_table(struct compiler *c, const char *db, const char *name,
                                       bool is_written)
{
    if (db == NULL)
        db = c->session->db;
    if (db[0] == '\0') {
        compile_fail(c, PROBLEM_NO_DATABASE, "No database selected");
        return NULL;
    }
    if (!may_see(c, &(struct query_table){ db, name, is_written }))
        return NULL;
    struct engine_table *table = tables_find(c->connection->engine, db, name);
    if (table == NULL || !table->has_rows) {
        no_table(c, db, name);
        return NULL;
    }
    if (!tables_open(table, c->err)) {
        c->failed = true;
        return NULL;
    }
    return table;
}

static bool add_relation(struct compiler *c, struct relation *relation)
{
    relation->sql_alias = arena_printf(c->arena, "r%u", ++c->relation_count);
    for (struct relation *r = c->relations; r != NULL; r = r->next) {
        bool is_same = strcmp(r->name, relation->name) == 0;
        if (is_same && r->table != NULL && relation->table != NULL)
            is_same = strcmp(r->table->def->db, relation->table->def->db) == 0;
        if (is_same)
            return compile_fail(c, PROBLEM_NOT_UNIQUE_TABLE, "Not unique table/alias: '%s'",
                                relation->name);
    }
    *c->relations_end = relation;
    c->relations_end = &relation->next;
    relation->older = c->newest;
    c->newest = relation;
    return true;
}

struct relation *scope_add_table(struct compiler *c, const struct source *source, bool is_written)
{
    struct engine_table *table = find_table(c, source->db, source->name, is_written);
    if (table == NULL || !note_table(c, table->def, is_written))
        return NULL;
    struct relation *relation = arena_alloc(c->arena, sizeof *relation);
    relation->name = source->alias != NULL ? source->alias : source->name;
    relation->table = table;
    return add_relation(c, relation) ? relation : NULL;
}

struct relation *scope_add_output(struct compiler *c, const char *name, const struct output *out)
{
    struct relation *relation = arena_alloc(c->arena, sizeof *relation);
    relation->name = name;
    relation->output = out;
    return add_relation(c, relation) ? relation : NULL;
}

void scope_enter(struct compiler *c, struct scope *saved)
{
    *saved = (struct scope){ c->outer,         c->relations,        c->relations_end, c->select,
                             c->has_aggregate, c->has_plain_column, c->knows_aliases };
    if (c->relations_end == &c->relations)
        saved->relations_end = NULL;
    c->outer = saved;
    c->relations = NULL;
    c->relations_end = &c->relations;
    c->select = NULL;
    c->has_aggregate = c->has_plain_column = c->knows_aliases = false;
}

void scope_leave(struct compiler *c, const struct scope *saved)
{
    c->outer = saved->outer;
    c->relations = saved->relations;
    c->relations_end = saved->relations_end != NULL ? saved->relations_end : &c->relations;
    c->select = saved->select;
    c->has_aggregate = saved->has_aggregate;
    c->has_plain_column = saved->has_plain_column;
    c->knows_aliases = saved->knows_aliases;
}

unsigned relation_columns(const struct relation *relation)
{
    return relation->table != NULL ? relation->table->def->column_count : relation->output->count;
}

const char *relation_column_name(const struct relation *relation, unsigned column)
{
    return relation->table != NULL ? relation->table->def->columns[column].name
                                   : relation->output->names[column];
}

int relation_find(const struct relation *relation, const char *name)
{
    if (relation->table != NULL)
        return table_def_column(relation->table->def, name);
    for (unsigned i = 0; i < relation->output->count; i++)
        if (sql_name_equal(relation->output->names[i], name))
            return (int)i;
    return -1;
}

static const enum rep reps[] = {
    [FORM_INTEGER] = REP_INT,       [FORM_BIG_UNSIGNED] = REP_INT,   [FORM_REAL] = REP_REAL,
    [FORM_DECIMAL] = REP_DECIMAL,   [FORM_DATE] = REP_DATE,          [FORM_TIME] = REP_TIME,
    [FORM_DATETIME] = REP_DATETIME, [FORM_TIMESTAMP] = REP_DATETIME, [FORM_TEXT] = REP_TEXT,
    [FORM_BINARY] = REP_BYTES,      [FORM_BLOB] = REP_BYTES,         [FORM_ENUM] = REP_TEXT,
    [FORM_SET] = REP_TEXT,          [FORM_JSON] = REP_TEXT,          [FORM_UUID] = REP_TEXT,
    [FORM_INET4] = REP_TEXT,        [FORM_INET6] = REP_TEXT,
};

static uint8_t integer_digits(const struct column_def *column)
{
    static const uint8_t digits[] = {
        [SQL_TINYINT] = 3, [SQL_SMALLINT] = 5, [SQL_MEDIUMINT] = 8, [SQL_INT] = 10,
        [SQL_BIGINT] = 20, [SQL_BIT] = 20,     [SQL_YEAR] = 4,
    };
    return digits[column->type];
}

static const char *collation_of(const struct column_def *column)
{
    if (column->collation != NULL && column->collation[0] != '\0')
        return column->collation;
    const struct charset *charset =
        charset_by_name(column->charset != NULL ? column->charset : "utf8mb4");
    return charset != NULL ? charset_default_collation(charset) : "utf8mb4_general_ci";
}

/* What a SELECT inside gives, by the name it has outside. */
static void output_typed(struct compiler *c, const struct relation *relation, unsigned column,
                         struct typed *out)
{
    *out = relation->output->types[column];
    out->sql = arena_printf(c->arena, "%s.c%u", relation->sql_alias, column + 1);
    out->alias = relation->name;
    out->is_nullable = out->is_nullable || relation->is_outer;
}

void column_typed(struct compiler *c, const struct relation *relation, unsigned column,
                  struct typed *out)
{
    if (relation->table == NULL) {
        output_typed(c, relation, column, out);
        return;
    }
    const struct column_def *def = &relation->table->def->columns[column];
    const struct storage *storage = &relation->table->columns[column];
    AUTO_BUF sql = db_sql();
    buf_printf(&sql, "%s.", relation->sql_alias);
    db_quote_name(&sql, def->name);
    *out = (struct typed){ .sql = arena_str(c->arena, buf_cstr(&sql)),
                           .rep = reps[storage->form],
                           .is_unsigned =
                               def->is_unsigned || def->type == SQL_BIT || def->type == SQL_YEAR,
                           .is_nullable = def->nullable || relation->is_outer,
                           .scale = def->scale,
                           .length = def->length,
                           .column = def,
                           .storage = storage,
                           .table = relation->table->def,
                           .engine_table = relation->row == NULL ? relation->table : NULL,
                           .alias = relation->name };
    if (relation->row != NULL && relation->row[column].kind != VALUE_ABSENT)
        out->sql = compile_bound(c, storage, &relation->row[column]);
    if (storage->charset != NULL && charset_is_binary(storage->charset))
        out->rep = REP_BYTES;
    out->is_single = def->type == SQL_FLOAT;
    if (out->rep == REP_INT)
        out->digits = integer_digits(def);
    if (out->rep == REP_TEXT)
        out->collation = def->type == SQL_JSON ? "utf8mb4_bin" : collation_of(def);
}

static bool is_named(const struct relation *relation, const struct expr *name)
{
    if (name->table == NULL)
        return true;
    return strcmp(relation->name, name->table) == 0 &&
           (name->db == NULL ||
            (relation->table != NULL && strcmp(relation->table->def->db, name->db) == 0));
}

static bool is_hidden(const struct relation *relation, int column, const struct expr *name)
{
    return name->table == NULL && relation->merged != NULL &&
           relation->merged[column] == MERGED_HIDDEN;
}

static bool ambiguous(struct compiler *c, const struct expr *name)
{
    return compile_fail(c, PROBLEM_AMBIGUOUS, "Column '%s' in field list is ambiguous", name->name);
}

static bool resolve_in(struct compiler *c, struct relation *relations, const struct expr *name,
                       struct relation **relation, unsigned *column)
{
    *relation = NULL;
    for (struct relation *r = relations; r != NULL; r = r->next) {
        int found = is_named(r, name) ? relation_find(r, name->name) : -1;
        if (found < 0 || is_hidden(r, found, name))
            continue;
        if (*relation != NULL)
            return ambiguous(c, name);
        *relation = r;
        *column = (unsigned)found;
    }
    return true;
}

bool scope_resolve(struct compiler *c, const struct expr *name, struct relation **relation,
                   unsigned *column)
{
    return resolve_in(c, c->relations, name, relation, column);
}

static const struct select_item *alias_find(struct compiler *c, const struct expr *name)
{
    const struct select_item *found = NULL;
    const struct select_item *item =
        c->knows_aliases && name->table == NULL && c->select != NULL ? c->select->items : NULL;
    for (; item != NULL; item = item->next) {
        if (item->alias == NULL || !sql_name_equal(item->alias, name->name))
            continue;
        if (found != NULL && !expr_equal(found->expr, item->expr)) {
            ambiguous(c, name);
            return NULL;
        }
        found = item;
    }
    return found;
}

/* An alias; where it hides a column of another meaning, nobody can tell which is meant. */
static bool find_alias(struct compiler *c, const struct select_item *item, const struct expr *name,
                       const struct relation *relation, struct typed *out)
{
    bool knew = c->knows_aliases;
    if (relation != NULL &&
        (item->expr->kind != EXPR_COLUMN || !sql_name_equal(item->expr->name, name->name)))
        return compile_refuse(c, "an alias in this place that is a column's name, too");
    c->knows_aliases = false;
    bool ok = compile_expr(c, item->expr, out);
    c->knows_aliases = knew;
    return ok;
}

bool scope_find(struct compiler *c, const struct expr *name, struct typed *out)
{
    struct relation *relation = NULL;
    unsigned column = 0;
    if (!scope_resolve(c, name, &relation, &column))
        return false;
    const struct select_item *item = alias_find(c, name);
    if (item != NULL)
        return find_alias(c, item, name, relation, out);
    for (struct scope *s = c->outer; s != NULL && relation == NULL && !c->failed; s = s->outer)
        if (!resolve_in(c, s->relations, name, &relation, &column))
            return false;
    if (relation != NULL) {
        column_typed(c, relation, column, out);
        return true;
    }
    return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s%s%s' in 'field list'",
                        name->table != NULL ? name->table : "", name->table != NULL ? "." : "",
                        name->name);
}
