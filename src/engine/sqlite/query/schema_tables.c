/* schema_tables.c - see schema_tables.h: finding a table by its name, and its columns' types. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/schema_tables.h"
#include <strings.h>
#include "wire/account.h"

#define SCHEMA_ROWS_MAX  ((size_t)1000000)
#define SCHEMA_BYTES_MAX ((size_t)512 << 20)
#define SCHEMA_COLLATION "utf8mb3_general_ci"

enum schema_name {
#define SCHEMA_TABLE(name, fill) SCHEMA_##name,
#define SCHEMA_COLUMN(table, name, kind, length)
#include "engine/sqlite/query/schema_tables.def"
#undef SCHEMA_TABLE
#undef SCHEMA_COLUMN
};

static const struct {
    const char *name;
    schema_fill_fn *fill;
} tables[] = {
#define SCHEMA_TABLE(name, fill) { #name, fill },
#define SCHEMA_COLUMN(table, name, kind, length)
#include "engine/sqlite/query/schema_tables.def"
#undef SCHEMA_TABLE
#undef SCHEMA_COLUMN
};

static const struct {
    enum schema_name table;
    const char *name;
    enum rep rep;
    uint32_t length;
} columns[] = {
#define SCHEMA_TABLE(name, fill)
#define SCHEMA_COLUMN(table, name, kind, length) { SCHEMA_##table, name, REP_##kind, length },
#include "engine/sqlite/query/schema_tables.def"
#undef SCHEMA_TABLE
#undef SCHEMA_COLUMN
};

bool schema_is_own(const char *db)
{
    return strcasecmp(db, "information_schema") == 0;
}

static void put(struct schema_fill *fill, struct value value)
{
    if (fill->next < fill->out->width)
        fill->row[fill->next++] = value;
}

void put_text(struct schema_fill *fill, const char *text)
{
    struct value value = { .kind = text != NULL ? VALUE_TEXT : VALUE_NULL };
    if (text != NULL)
        value.bytes = bytes_of_str(arena_str(fill->c->arena, text));
    put(fill, value);
}

void put_int(struct schema_fill *fill, int64_t number)
{
    put(fill, (struct value){ .kind = VALUE_INT, .i = number });
}

void put_null(struct schema_fill *fill)
{
    put(fill, (struct value){ .kind = VALUE_NULL });
}

bool end_row(struct schema_fill *fill)
{
    struct schema_rows *out = fill->out;
    size_t size = out->width * sizeof(struct value);
    while (fill->next < out->width)
        put_null(fill);
    fill->next = 0;
    if (out->count == SCHEMA_ROWS_MAX || fill->c->arena->used > SCHEMA_BYTES_MAX)
        return compile_refuse(fill->c, "information_schema of more than 1,000,000 rows");
    if (out->count == out->room) {
        size_t room = out->room > 0 ? 2 * out->room : 64;
        struct value **rows = arena_alloc_raw(fill->c->arena, room * sizeof *rows);
        if (out->count > 0)
            memcpy(rows, out->rows, out->count * sizeof *rows);
        out->rows = rows;
        out->room = room;
    }
    out->rows[out->count] = arena_alloc_raw(fill->c->arena, size);
    memcpy(out->rows[out->count++], fill->row, size);
    return true;
}

static bool add_columns(struct compiler *c, unsigned table, struct output *out)
{
    enum { INT_DIGITS = 18 };
    for (size_t i = 0; i < ARRAY_COUNT(columns); i++) {
        if (columns[i].table != (enum schema_name)table)
            continue;
        struct typed typed = { .rep = columns[i].rep, .is_nullable = true };
        typed.length = columns[i].length;
        typed.digits = typed.rep == REP_INT ? INT_DIGITS : 0;
        typed.collation = typed.rep == REP_TEXT ? SCHEMA_COLLATION : NULL;
        if (!output_add(c, out, &typed, columns[i].name, NULL))
            return false;
    }
    return true;
}

struct visit {
    struct schema_fill *fill;
    schema_visit_fn *visit;
};

static bool visit_if_seen(const struct table_def *table, void *arg)
{
    const struct visit *v = arg;
    return !account_databases_hold(v->fill->c->session->databases, table->db) ||
           v->visit(table, v->fill);
}

bool schema_each_table(struct schema_fill *fill, schema_visit_fn *visit)
{
    return catalog_each_table(fill->catalog, visit_if_seen, &(struct visit){ fill, visit });
}

bool schema_table(struct compiler *c, const char *name, struct output *out, struct buf *sql)
{
    unsigned table = 0;
    while (table < ARRAY_COUNT(tables) && strcasecmp(tables[table].name, name) != 0)
        table++;
    if (table == ARRAY_COUNT(tables))
        return compile_fail(c, PROBLEM_UNKNOWN_SCHEMA_TABLE,
                            "Unknown table '%s' in information_schema", name);
    if (!add_columns(c, table, out))
        return false;
    struct schema_rows *rows = arena_alloc(c->arena, sizeof *rows);
    struct schema_fill fill = { .c = c, .catalog = c->connection->engine->catalog, .out = rows };
    rows->width = out->count;
    if (!c->is_describing && !tables[table].fill(&fill))
        return false;
    buf_str(sql, "(SELECT ");
    for (unsigned i = 0; i < out->count; i++)
        buf_printf(sql, "%sc%u", i > 0 ? "," : "", i + 1);
    buf_printf(sql, " FROM mysql_rows(%s))", compile_rows(c, rows));
    return !c->failed;
}
