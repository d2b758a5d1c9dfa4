/* show.c - SHOW and DESCRIBE: the catalog as rows. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/query_internal.h"
#include "sql/names.h"

enum { SHOW_COLUMNS_MAX = 6, SHOW_ROWS_MAX = 1000000, CREATE_BYTES_MAX = 16 << 20 };

struct showing {
    struct compiler *c;
    const char *db;
    struct buf text;
};

static bool add_row(struct showing *s, const char *const *texts)
{
    struct query *q = s->c->query;
    unsigned width = q->description.column_count;
    if (q->shown_count == SHOW_ROWS_MAX)
        return compile_refuse(s->c, "SHOW of more than 1,000,000 rows");
    if (q->shown_count == q->shown_room) {
        q->shown_room = q->shown_room > 0 ? 2 * q->shown_room : 64;
        q->shown = memory_resize(q->shown, q->shown_room * sizeof *q->shown);
    }
    struct value *row = arena_alloc(s->c->arena, width * sizeof *row);
    for (unsigned i = 0; i < width; i++) {
        row[i].kind = texts[i] != NULL ? VALUE_TEXT : VALUE_NULL;
        if (texts[i] != NULL)
            row[i].bytes = bytes_of_str(arena_str(s->c->arena, texts[i]));
    }
    q->shown[q->shown_count++] = row;
    return true;
}

/* Columns named so, of texts. */
static void add_columns(struct showing *s, const char *const *names, unsigned count)
{
    enum { NAME_CHARACTERS = 64 };
    struct query_column *columns = arena_alloc(s->c->arena, count * sizeof *columns);
    struct typed type = { .rep = REP_TEXT, .length = NAME_CHARACTERS, .is_nullable = true };
    for (unsigned i = 0; i < count; i++) {
        struct select_item item = { .alias = names[i] };
        describe_column(&type, &item, &columns[i]);
    }
    s->c->query->description.columns = columns;
    s->c->query->description.column_count = count;
}

static bool find_database(struct showing *s)
{
    s->db = s->c->tree->db != NULL ? s->c->tree->db : s->c->session->db;
    if (s->db[0] == '\0')
        return compile_fail(s->c, PROBLEM_NO_DATABASE, "No database selected");
    if (!catalog_has_database(s->c->connection->engine->catalog, s->db))
        return compile_fail(s->c, PROBLEM_UNKNOWN_DATABASE, "Unknown database '%s'", s->db);
    return true;
}

static bool visit_database(const char *db, const char *charset, const char *collation, void *arg)
{
    (void)charset;
    (void)collation;
    return add_row(arg, &db);
}

static bool show_databases(struct showing *s)
{
    static const char *const names[] = { "Database" };
    add_columns(s, names, 1);
    return catalog_each_database(s->c->connection->engine->catalog, visit_database, s);
}

static bool visit_table(const struct table_def *table, void *arg)
{
    struct showing *s = arg;
    if (strcmp(table->db, s->db) != 0)
        return true;
    return add_row(
        s, (const char *const[]){ table->name, table->is_sequence ? "SEQUENCE" : "BASE TABLE" });
}

static bool show_tables(struct showing *s)
{
    if (!find_database(s))
        return false;
    const char *const names[] = { arena_printf(s->c->arena, "Tables_in_%s", s->db), "Table_type" };
    add_columns(s, names, s->c->tree->full ? 2 : 1);
    return catalog_each_table(s->c->connection->engine->catalog, visit_table, s);
}

static const struct table_def *find_table(struct showing *s)
{
    struct source source = { .db = s->c->tree->db, .name = s->c->tree->table };
    const struct relation *relation = scope_add_table(s->c, &source, false);
    return relation != NULL ? relation->table->def : NULL;
}

static bool show_create_table(struct showing *s)
{
    static const char *const names[] = { "Table", "Create Table" };
    const struct table_def *table = find_table(s);
    if (table == NULL)
        return false;
    add_columns(s, names, 2);
    table_def_print(table, &s->text);
    return add_row(s, (const char *const[]){ table->name, buf_cstr(&s->text) });
}

static const char *key_word(const struct table_def *table, const char *column)
{
    const struct key_def *row_key = table_def_row_key(table);
    const char *word = "";
    for (unsigned i = 0; row_key != NULL && i < row_key->part_count; i++)
        if (sql_name_equal(row_key->parts[i].column, column))
            return "PRI";
    for (unsigned i = 0; i < table->key_count; i++) {
        const struct key_def *key = &table->keys[i];
        if (key->part_count == 0 || key->parts[0].column == NULL ||
            !sql_name_equal(key->parts[0].column, column))
            continue;
        if (key->kind == KEY_UNIQUE && key->part_count == 1)
            return "UNI";
        word = "MUL";
    }
    return word;
}

static bool show_column(struct showing *s, const struct table_def *table,
                        const struct column_def *column)
{
    if (column->generated != GENERATED_NO || column->default_is_expression ||
        column->on_update_now || column->type == SQL_BIT)
        return compile_refuse(s->c, "SHOW COLUMNS of a table with generated columns, BIT, or "
                                    "defaults that are expressions");
    buf_reset(&s->text);
    column_type_print(column, &s->text);
    if (column->type == SQL_YEAR && s->c->connection->engine->flavour == FLAVOUR_MARIADB)
        buf_str(&s->text, "(4)");
    return add_row(s, (const char *const[]){ column->name, buf_cstr(&s->text),
                                             column->nullable ? "YES" : "NO",
                                             key_word(table, column->name), column->default_text,
                                             column->auto_increment ? "auto_increment" : "" });
}

static bool show_columns(struct showing *s)
{
    static const char *const names[] = { "Field", "Type", "Null", "Key", "Default", "Extra" };
    const struct table_def *table = find_table(s);
    if (table == NULL)
        return false;
    if (s->c->tree->full)
        return compile_refuse(s->c, "SHOW FULL COLUMNS");
    add_columns(s, names, SHOW_COLUMNS_MAX);
    for (unsigned i = 0; i < table->column_count; i++)
        if (!show_column(s, table, &table->columns[i]))
            return false;
    return true;
}

bool show_run(struct compiler *c)
{
    static bool (*const handlers[])(struct showing *) = {
        [SHOW_DATABASES] = show_databases, [SHOW_TABLES] = show_tables,
        [SHOW_COLUMNS] = show_columns,     [SHOW_CREATE_TABLE] = show_create_table,
        [SHOW_CREATE_DATABASE] = NULL,     [SHOW_INDEX] = NULL,
        [SHOW_TABLE_STATUS] = NULL,
    };
    struct showing s = { .c = c };
    c->query->shown_count = 0;
    c->query->shown_next = 0;
    if (c->tree->like != NULL)
        return compile_refuse(c, "SHOW … LIKE");
    if (handlers[c->tree->show] == NULL)
        return compile_refuse(c, "this SHOW");
    buf_init(&s.text, CREATE_BYTES_MAX);
    bool ok = handlers[c->tree->show](&s) && !c->failed;
    buf_clear(&s.text);
    return ok;
}
