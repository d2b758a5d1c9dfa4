/* snapshot/schema.c - SHOW CREATE TABLE of everything, compared by what it parses to: options that
 * move by themselves (AUTO_INCREMENT) are no difference. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/schema.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "base/memory.h"
#include "engine/load.h"
#include "net/connection.h"
#include "snapshot/select.h"
#include "sql/ddl.h"

enum { SCHEMA_BYTES_MAX = 1 << 30, DATABASES_MAX = 65536, DEFINITION_MAX = 16 << 20 };
enum { ER_BAD_DB = 1049, ER_NO_SUCH_TABLE = 1146 };

void schema_init(struct schema *schema)
{
    memset(schema, 0, sizeof *schema);
    arena_init(&schema->arena, SCHEMA_BYTES_MAX);
}

void schema_clear(struct schema *schema)
{
    for (unsigned i = 0; i < schema->table_count; i++) {
        table_def_free(schema->tables[i].def);
        free(schema->tables[i].printed);
    }
    arena_clear(&schema->arena);
    schema_init(schema);
}

static bool read_databases(struct connection *connection, struct schema *schema, struct err *err)
{
    static const char sql[] = "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME,"
                              " DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA"
                              " ORDER BY SCHEMA_NAME";
    if (!connection_query(connection, sql, err))
        return false;
    unsigned capacity = 0;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            return true;
        struct arena *arena = &schema->arena;
        const char *name = arena_strn(arena, values[0].data, values[0].len);
        if (probe_is_system_schema(name) || schema->database_count == DATABASES_MAX)
            continue;
        if (schema->database_count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            struct schema_database *grown = arena_alloc(arena, capacity * sizeof *grown);
            if (schema->database_count > 0)
                memcpy(grown, schema->databases, schema->database_count * sizeof *grown);
            schema->databases = grown;
        }
        schema->databases[schema->database_count++] = (struct schema_database){
            .name = name,
            .charset = arena_strn(arena, values[1].data, values[1].len),
            .collation = arena_strn(arena, values[2].data, values[2].len),
        };
    }
}

static bool is_gone(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_NO_SUCH_TABLE || err->server_errno == ER_BAD_DB);
}

static bool parse_definition(const struct source_facts *facts, const char *db, struct bytes text,
                             struct table_def **out, struct err *err)
{
    const char *timestamps = facts->variables.explicit_defaults_for_timestamp;
    struct ddl_session session = {
        .db = db,
        .flavour = facts->flavour,
        .charset = "utf8mb4",
        .server_collation = facts->variables.collation_server,
        .server_version = facts->version_number,
        .explicit_defaults_for_timestamp =
            timestamps == NULL || strcmp(timestamps, "1") == 0 || strcasecmp(timestamps, "ON") == 0,
    };
    return ddl_parse_table(text, &session, out, err);
}

/* ERR_CONFLICT when the table is gone. */
static bool read_definition(struct connection *connection, const struct source_facts *facts,
                            const struct source_table *table, struct table_def **out,
                            struct err *err)
{
    const struct bytes *values = NULL;
    bool row = false;
    struct buf sql;
    buf_init(&sql, 4096);
    buf_str(&sql, "SHOW CREATE TABLE ");
    select_identifier(&sql, table->db);
    buf_u8(&sql, '.');
    select_identifier(&sql, table->name);
    bool ok = connection_query(connection, buf_cstr(&sql), err) &&
              connection_next_row(connection, &row, &values, err);
    buf_clear(&sql);
    if (!ok && is_gone(err))
        return err_set(err, ERR_CONFLICT, "table %s.%s was dropped or renamed", table->db,
                       table->name);
    if (!ok || !row)
        return ok ? err_set(err, ERR_PROTOCOL, "SHOW CREATE TABLE %s.%s gave no row", table->db,
                            table->name)
                  : err_wrap(err, "SHOW CREATE TABLE %s.%s", table->db, table->name);
    /* the text lives until the next call on the connection */
    struct table_def *def = NULL;
    bool parsed = parse_definition(facts, table->db, values[1], &def, err);
    struct err rest;
    if (!connection_finish(connection, &rest)) {
        table_def_free(def);
        *err = rest;
        return false;
    }
    if (!parsed)
        return err_wrap(err, "the definition of %s.%s", table->db, table->name);
    *out = def;
    return true;
}

static char *print_definition(const struct table_def *def)
{
    struct buf text;
    buf_init(&text, DEFINITION_MAX);
    table_def_print(def, &text);
    char *copy = memory_str(buf_cstr(&text));
    buf_clear(&text);
    return copy;
}

static bool read_table(struct connection *connection, const struct source_facts *facts,
                       struct schema_table *table, struct err *err)
{
    if (read_definition(connection, facts, table->source, &table->def, err)) {
        table->printed = print_definition(table->def);
        return true;
    }
    if (table->kept || (err->code != ERR_UNSUPPORTED && err->code != ERR_REFUSED))
        return false;
    log_warning("%s; the table is not copied, so this is passed over", err->text);
    return true;
}

bool schema_read(struct connection *connection, const struct source_facts *facts, keep_fn *keep,
                 void *keep_arg, struct schema *out, struct err *err)
{
    if (!read_databases(connection, out, err))
        return err_wrap(err, "listing the source's databases");
    out->tables = arena_alloc(&out->arena, (facts->table_count + 1) * sizeof *out->tables);
    for (unsigned i = 0; i < facts->table_count; i++) {
        struct schema_table *table = &out->tables[out->table_count++];
        table->source = &facts->tables[i];
        table->kept = keep == NULL || keep(table->source->db, table->source->name, keep_arg);
        if (!read_table(connection, facts, table, err))
            return false;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct source_table *one = ((const struct schema_table *)a)->source;
    const struct source_table *other = ((const struct schema_table *)b)->source;
    int order = strcmp(one->db, other->db);
    return order != 0 ? order : strcmp(one->name, other->name);
}

/* The probe has sorted the tables by name. */
static bool schema_has(const struct schema *schema, const char *db, const char *name)
{
    struct source_table wanted = { .db = db, .name = name };
    struct schema_table key = { .source = &wanted };
    return schema->table_count > 0 && bsearch(&key, schema->tables, schema->table_count,
                                              sizeof *schema->tables, compare_names) != NULL;
}

/* Reads (schema, name) rows; *known of them are in the schema. */
static bool count_known(struct connection *connection, const struct schema *schema, unsigned *count,
                        unsigned *known, struct err *err)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    bool ok = true;
    bool row = true;
    while (ok && row) {
        const struct bytes *values = NULL;
        ok = connection_next_row(connection, &row, &values, err);
        if (!ok || !row)
            break;
        arena_reset(&scratch);
        *count += 1;
        *known += schema_has(schema, arena_strn(&scratch, values[0].data, values[0].len),
                             arena_strn(&scratch, values[1].data, values[1].len));
    }
    arena_clear(&scratch);
    return ok;
}

bool schema_check_list(struct connection *connection, const struct schema *schema, struct err *err)
{
    static const char sql[] =
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES"
        " WHERE TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW', 'TEMPORARY') AND TABLE_SCHEMA NOT IN"
        " ('mysql', 'sys', 'performance_schema', 'information_schema')";
    unsigned known = 0;
    unsigned count = 0;
    if (!connection_query(connection, sql, err) ||
        !count_known(connection, schema, &count, &known, err))
        return err_wrap(err, "listing the source's tables again");
    if (known == schema->table_count && count == known)
        return true;
    return err_set(err, ERR_CONFLICT,
                   "tables were created or dropped on the source while the copy began");
}

bool schema_check_table(struct connection *connection, const struct source_facts *facts,
                        const struct schema_table *table, struct err *err)
{
    AUTO(table_def) now = NULL;
    if (!read_definition(connection, facts, table->source, &now, err))
        return false;
    char *printed = print_definition(now);
    bool same = strcmp(printed, table->printed) == 0;
    free(printed);
    if (same)
        return true;
    return err_set(err, ERR_CONFLICT, "table %s.%s was altered on the source while it was copied",
                   table->source->db, table->source->name);
}

bool schema_table_is_keyless(const struct schema_table *table)
{
    return !table->def->is_sequence && table_def_row_key(table->def) == NULL;
}

bool schema_table_is_transactional(const struct schema_table *table)
{
    return table->def->is_sequence || strcasecmp(table->source->engine, "BLACKHOLE") == 0 ||
           probe_engine_is_transactional(table->source->engine);
}

enum { NAMED_MAX = 8 };

/* How many kept tables are so; the first few by name. */
static unsigned name_tables(const struct schema *schema, bool (*is)(const struct schema_table *),
                            struct buf *names)
{
    unsigned count = 0;
    for (unsigned i = 0; i < schema->table_count; i++) {
        const struct schema_table *table = &schema->tables[i];
        if (!table->kept || !is(table))
            continue;
        if (count++ < NAMED_MAX)
            buf_printf(names, "%s%s.%s (%s)", count == 1 ? "" : ", ", table->source->db,
                       table->source->name, table->source->engine);
    }
    if (count > NAMED_MAX)
        buf_str(names, ", …");
    return count;
}

static bool is_outside(const struct schema_table *table)
{
    return !schema_table_is_transactional(table);
}

static bool is_outside_without_key(const struct schema_table *table)
{
    return is_outside(table) && schema_table_is_keyless(table);
}

static bool refuse_tables(unsigned count, const char *names, const char *why, struct err *err)
{
    return count == 0 ||
           err_set(err, ERR_CONFIG,
                   "%u table(s) %s: %s. Run ALTER TABLE … ENGINE=InnoDB or ALTER TABLE … ADD "
                   "PRIMARY KEY (…) for each, or leave them out with --exclude",
                   count, why, names);
}

bool schema_check_copyable(const struct schema *schema, struct err *err)
{
    struct buf refused, outside, keyless;
    buf_init(&refused, 8192);
    buf_init(&outside, 8192);
    buf_init(&keyless, 8192);
    unsigned refused_count = name_tables(schema, is_outside_without_key, &refused);
    unsigned outside_count = name_tables(schema, is_outside, &outside);
    unsigned keyless_count = name_tables(schema, schema_table_is_keyless, &keyless);
    buf_printf(&outside, " and %s", buf_cstr(&keyless));
    bool ok = refuse_tables(refused_count, buf_cstr(&refused),
                            "have neither a transactional engine nor a key, so they cannot be "
                            "copied while they are written to",
                            err) &&
              refuse_tables(outside_count > 0 ? keyless_count : 0, buf_cstr(&outside),
                            "have no key, while others have no transactional engine and are made "
                            "right from the log after the copy, which needs a key in every table",
                            err);
    buf_clear(&refused);
    buf_clear(&outside);
    buf_clear(&keyless);
    return ok;
}

void schema_lock_list(const struct schema *schema, struct buf *out)
{
    const char *comma = "";
    for (unsigned i = 0; i < schema->table_count; i++) {
        const struct schema_table *table = &schema->tables[i];
        if (!table->kept)
            continue;
        buf_str(out, comma);
        select_table_name(out, table->def);
        buf_str(out, " READ");
        comma = ", ";
    }
}

struct known_tables {
    const struct schema *schema;
    const struct table_def *missing;
};

static bool is_in_schema(const struct table_def *def, void *arg)
{
    struct known_tables *known = arg;
    if (schema_has(known->schema, def->db, def->name))
        return true;
    known->missing = def;
    return false;
}

bool schema_load(const struct schema *schema, struct engine *engine, struct err *err)
{
    struct known_tables known = { schema, NULL };
    if (!catalog_each_table(engine->ops->catalog(engine), is_in_schema, &known))
        return err_set(err, ERR_CONFLICT, "the source has no table %s.%s any more",
                       known.missing->db, known.missing->name);
    for (unsigned i = 0; i < schema->database_count; i++) {
        const struct schema_database *db = &schema->databases[i];
        if (!engine_load_database(engine, db->name, db->charset, db->collation, err))
            return err_wrap(err, "creating database %s", db->name);
    }
    for (unsigned i = 0; i < schema->table_count; i++) {
        const struct schema_table *table = &schema->tables[i];
        if (table->def != NULL && !engine_load_table(engine, table->def, table->kept, err))
            return err_wrap(err, "creating table %s.%s", table->source->db, table->source->name);
    }
    return true;
}
