/* scope.c - names: which column of which table is meant, and what its values are. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"
#include "engine/sqlite/tables.h"
#include "sql/charset.h"
#include "sql/names.h"

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

static struct engine_table *find_table(struct compiler *c, const char *db, const char *name)
{
    if (db == NULL)
        db = c->session->db;
    if (db[0] == '\0') {
        compile_fail(c, PROBLEM_NO_DATABASE, "No database selected");
        return NULL;
    }
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

struct relation *scope_add_table(struct compiler *c, const struct source *source, bool is_written)
{
    struct engine_table *table = find_table(c, source->db, source->name);
    if (table == NULL || !note_table(c, table->def, is_written))
        return NULL;
    struct relation *relation = arena_alloc(c->arena, sizeof *relation);
    relation->name = source->alias != NULL ? source->alias : source->name;
    relation->table = table;
    relation->sql_alias = arena_printf(c->arena, "r%u", ++c->relation_count);
    for (struct relation *r = c->relations; r != NULL; r = r->next) {
        if (strcmp(r->name, relation->name) == 0) {
            compile_fail(c, PROBLEM_NOT_UNIQUE_TABLE, "Not unique table/alias: '%s'",
                         relation->name);
            return NULL;
        }
    }
    *c->relations_end = relation;
    c->relations_end = &relation->next;
    return relation;
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

void column_typed(struct compiler *c, const struct relation *relation, unsigned column,
                  struct typed *out)
{
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
                           .alias = relation->name };
    if (storage->charset != NULL && charset_is_binary(storage->charset))
        out->rep = REP_BYTES;
    if (out->rep == REP_INT)
        out->digits = integer_digits(def);
    if (out->rep == REP_TEXT)
        out->collation = collation_of(def);
}

static bool is_named(const struct relation *relation, const struct expr *name)
{
    if (name->table == NULL)
        return true;
    return strcmp(relation->name, name->table) == 0 &&
           (name->db == NULL || strcmp(relation->table->def->db, name->db) == 0);
}

bool scope_find(struct compiler *c, const struct expr *name, struct typed *out)
{
    unsigned count = 0;
    for (const struct relation *r = c->relations; r != NULL; r = r->next) {
        int column = is_named(r, name) ? table_def_column(r->table->def, name->name) : -1;
        if (column >= 0 && count++ == 0)
            column_typed(c, r, (unsigned)column, out);
    }
    if (count > 1)
        return compile_fail(c, PROBLEM_AMBIGUOUS, "Column '%s' in field list is ambiguous",
                            name->name);
    if (count == 1)
        return true;
    return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s%s%s' in 'field list'",
                        name->table != NULL ? name->table : "", name->table != NULL ? "." : "",
                        name->name);
}
