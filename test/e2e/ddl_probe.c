/* ddl_probe.c - the DDL reader behind a pipe: test_ddl_catalog.py compares it with real servers.
 *
 * Usage: e2e_ddl_probe mysql|mariadb VERSION COLLATION [EXPLICIT_TIMESTAMP]
 * Standard input holds records that end in a NUL byte; each is answered with one line of JSON:
 *
 *   U db          the session's database from now on              {"ok":true}
 *   M number      sql_mode                                        {"ok":true}
 *   E 0 or 1      explicit_defaults_for_timestamp                 {"ok":true}
 *   O list        character_set_collations                        {"ok":true}
 *   Q statement   parsed and applied to the catalog {"ok":true,"kind":"schema","changes":[…]} T
 * statement   a CREATE TABLE of the session's database, compared with the catalog's definition
 *                                                                 {"ok":true,"equal":true,…}
 *   P             the catalog                                     {"tables":[…]} */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "sql/ddl.h"
#include "sql/types.h"

enum { RECORD_MAX = 16 << 20 };

struct probe {
    struct catalog *catalog;
    struct ddl_session session;
    char *db, *collations;
    struct buf out;
};

static void json_text(struct buf *out, const char *text)
{
    if (text == NULL) {
        buf_str(out, "null");
        return;
    }
    buf_u8(out, '"');
    for (const uint8_t *p = (const uint8_t *)text; *p != 0; p++) {
        if (*p == '"' || *p == '\\')
            buf_printf(out, "\\%c", *p);
        else if (*p < ' ')
            buf_printf(out, "\\u%04x", *p);
        else
            buf_u8(out, *p);
    }
    buf_u8(out, '"');
}

static void json_field(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "\"%s\":", name);
    json_text(out, text);
    buf_u8(out, ',');
}

static void json_number(struct buf *out, const char *name, long long number)
{
    buf_printf(out, "\"%s\":%lld,", name, number);
}

static void json_bool(struct buf *out, const char *name, bool value)
{
    buf_printf(out, "\"%s\":%s,", name, value ? "true" : "false");
}

static void json_close(struct buf *out, char close)
{
    if (out->len > 0 && out->data[out->len - 1] == ',')
        out->len--;
    buf_u8(out, (uint8_t)close);
}

static void json_names(struct buf *out, const char *name, char **names, unsigned count)
{
    buf_printf(out, "\"%s\":[", name);
    for (unsigned i = 0; i < count; i++) {
        json_text(out, names[i]);
        buf_u8(out, ',');
    }
    json_close(out, ']');
    buf_u8(out, ',');
}

static void json_column(struct buf *out, const struct column_def *c)
{
    buf_u8(out, '{');
    json_field(out, "name", c->name);
    json_field(out, "type", c->geometry_kind != NULL ? c->geometry_kind : sql_type_name(c->type));
    json_number(out, "length", c->length);
    json_number(out, "precision", c->precision);
    json_number(out, "scale", c->scale);
    json_bool(out, "unsigned", c->is_unsigned);
    json_bool(out, "zerofill", c->zerofill);
    json_bool(out, "nullable", c->nullable);
    json_bool(out, "auto_increment", c->auto_increment);
    json_bool(out, "invisible", c->invisible);
    json_bool(out, "on_update_now", c->on_update_now);
    json_number(out, "generated", c->generated);
    json_number(out, "row_edge", c->row_edge);
    json_field(out, "charset", c->charset);
    json_field(out, "collation", c->collation);
    json_field(out, "default", c->default_text);
    json_bool(out, "default_is_expression", c->default_is_expression);
    json_field(out, "comment", c->comment);
    json_number(out, "srid", c->geometry_has_srid ? (long long)c->srid : -1);
    json_names(out, "labels", c->labels, c->label_count);
    json_close(out, '}');
    buf_u8(out, ',');
}

static void json_key(struct buf *out, const struct key_def *key)
{
    buf_u8(out, '{');
    json_field(out, "name", key->name);
    json_number(out, "kind", key->kind);
    json_bool(out, "invisible", key->invisible);
    json_bool(out, "without_overlaps", key->without_overlaps);
    buf_str(out, "\"parts\":[");
    for (unsigned i = 0; i < key->part_count; i++) {
        buf_u8(out, '{');
        json_field(out, "column", key->parts[i].column);
        json_number(out, "prefix", key->parts[i].prefix);
        json_bool(out, "descending", key->parts[i].descending);
        json_close(out, '}');
        buf_u8(out, ',');
    }
    json_close(out, ']');
    buf_str(out, "},");
}

static void json_fk(struct buf *out, const struct fk_def *fk)
{
    buf_u8(out, '{');
    json_field(out, "name", fk->name);
    json_names(out, "columns", fk->columns, fk->column_count);
    json_field(out, "parent_db", fk->parent_db);
    json_field(out, "parent_table", fk->parent_table);
    json_names(out, "parent_columns", fk->parent_columns, fk->parent_column_count);
    json_number(out, "on_delete", fk->on_delete);
    json_number(out, "on_update", fk->on_update);
    json_close(out, '}');
    buf_u8(out, ',');
}

static void json_table(struct buf *out, const struct table_def *t)
{
    buf_u8(out, '{');
    json_field(out, "db", t->db);
    json_field(out, "name", t->name);
    json_field(out, "engine", t->engine);
    json_field(out, "charset", t->charset);
    json_field(out, "collation", t->collation);
    json_field(out, "comment", t->comment);
    json_field(out, "period_start", t->period_start);
    json_field(out, "period_end", t->period_end);
    json_bool(out, "is_sequence", t->is_sequence);
    json_bool(out, "system_versioned", t->system_versioned);
    buf_str(out, "\"columns\":[");
    for (unsigned i = 0; i < t->column_count; i++)
        json_column(out, &t->columns[i]);
    json_close(out, ']');
    buf_str(out, ",\"keys\":[");
    for (unsigned i = 0; i < t->key_count; i++)
        json_key(out, &t->keys[i]);
    json_close(out, ']');
    buf_str(out, ",\"fks\":[");
    for (unsigned i = 0; i < t->fk_count; i++)
        json_fk(out, &t->fks[i]);
    json_close(out, ']');
    buf_str(out, ",\"checks\":[");
    for (unsigned i = 0; i < t->check_count; i++) {
        json_text(out, t->checks[i].name);
        buf_u8(out, ',');
    }
    json_close(out, ']');
    buf_u8(out, '}');
}

static void answer_error(struct probe *probe, const struct err *err)
{
    buf_u8(&probe->out, '{');
    json_bool(&probe->out, "ok", false);
    json_field(&probe->out, "code", err_code_name(err->code));
    json_field(&probe->out, "error", err->text);
    json_close(&probe->out, '}');
}

static bool on_change(const struct schema_change *change, void *arg, struct err *err)
{
    static const char *const names[] = {
        [CHANGE_CREATE_TABLE] = "create table",   [CHANGE_ALTER_TABLE] = "alter table",
        [CHANGE_RENAME_TABLE] = "rename table",   [CHANGE_DROP_TABLE] = "drop table",
        [CHANGE_TRUNCATE] = "truncate",           [CHANGE_CREATE_DATABASE] = "create database",
        [CHANGE_DROP_DATABASE] = "drop database", [CHANGE_ALTER_DATABASE] = "alter database",
    };
    struct buf *out = arg;
    (void)err;
    buf_u8(out, '{');
    json_field(out, "change", names[change->kind]);
    json_field(out, "db", change->db);
    json_field(out, "before", change->before == NULL ? NULL : change->before->name);
    json_field(out, "after", change->after == NULL ? NULL : change->after->name);
    json_bool(out, "rewrites_rows", change->rewrites_rows);
    if (change->column_from != NULL) {
        buf_str(out, "\"column_from\":[");
        for (unsigned i = 0; i < change->after->column_count; i++)
            buf_printf(out, "%d,", change->column_from[i]);
        json_close(out, ']');
    }
    json_close(out, '}');
    buf_u8(out, ',');
    return true;
}

static void answer_statement(struct probe *probe, struct bytes text)
{
    static const char *const kinds[] = {
        [DDL_BEGIN] = "begin",         [DDL_COMMIT] = "commit", [DDL_ROLLBACK] = "rollback",
        [DDL_SAVEPOINT] = "savepoint", [DDL_XA] = "xa",         [DDL_SCHEMA] = "schema",
        [DDL_NO_ROWS] = "no_rows",     [DDL_DML] = "dml",
    };
    struct err err = { 0 };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(text, &probe->session, &ddl, &err)) {
        answer_error(probe, &err);
        return;
    }
    struct buf changes;
    buf_init(&changes, RECORD_MAX);
    buf_str(&changes, "[");
    if (!ddl_apply(ddl, probe->catalog, NULL, on_change, &changes, &err)) {
        buf_clear(&changes);
        answer_error(probe, &err);
        return;
    }
    json_close(&changes, ']');
    buf_u8(&probe->out, '{');
    json_bool(&probe->out, "ok", true);
    json_field(&probe->out, "kind", kinds[ddl_kind(ddl)]);
    json_field(&probe->out, "verb", ddl_verb(ddl));
    buf_printf(&probe->out, "\"changes\":%s}", buf_cstr(&changes));
    buf_clear(&changes);
}

/* What only the server words: expressions, partitions, and the engine that nobody named. */
static struct table_def *without_wording(const struct table_def *table)
{
    static char some[] = "some";
    struct table_def *copy = table_def_copy(table);
    for (unsigned i = 0; i < copy->column_count; i++) {
        struct column_def *c = &copy->columns[i];
        if (c->generated_text != NULL)
            c->generated_text = some;
        if (c->default_is_expression && c->default_text[0] != 'x' &&
            strncmp(c->default_text, "CURRENT_TIMESTAMP", 17) != 0)
            c->default_text = some;
    }
    for (unsigned i = 0; i < copy->key_count; i++)
        for (unsigned k = 0; k < copy->keys[i].part_count; k++)
            if (copy->keys[i].parts[k].expression != NULL)
                copy->keys[i].parts[k].expression = some;
    for (unsigned i = 0; i < copy->check_count; i++)
        copy->checks[i].expression = some;
    if (copy->partition_text != NULL)
        copy->partition_text = some;
    return copy;
}

static bool same_but_wording(const struct table_def *mine, const struct table_def *server)
{
    AUTO(table_def) a = without_wording(mine);
    AUTO(table_def) b = without_wording(server);
    if (a->engine[0] == 0)
        a->engine = b->engine;
    if (a->is_sequence) { /* whose charset the server does not show */
        a->charset = b->charset;
        a->collation = b->collation;
    }
    return table_def_equal(a, b);
}

static void print_json(struct probe *probe, const char *name, const struct table_def *table)
{
    struct buf printed;
    buf_init(&printed, RECORD_MAX);
    if (table != NULL)
        table_def_print(table, &printed);
    json_field(&probe->out, name, buf_cstr(&printed));
    buf_clear(&printed);
}

static void answer_compare(struct probe *probe, struct bytes text)
{
    struct err err = { 0 };
    AUTO(table_def) table = NULL;
    if (!ddl_parse_table(text, &probe->session, &table, &err)) {
        answer_error(probe, &err);
        return;
    }
    const struct table_def *mine = catalog_table(probe->catalog, probe->session.db, table->name);
    buf_u8(&probe->out, '{');
    json_bool(&probe->out, "ok", true);
    json_bool(&probe->out, "equal", mine != NULL && same_but_wording(mine, table));
    print_json(probe, "server", table);
    print_json(probe, "catalog", mine);
    json_close(&probe->out, '}');
}

static bool visit_table(const struct table_def *table, void *arg)
{
    json_table(arg, table);
    buf_u8(arg, ',');
    return true;
}

static void answer_print(struct probe *probe)
{
    buf_str(&probe->out, "{\"tables\":[");
    (void)catalog_each_table(probe->catalog, visit_table, &probe->out);
    json_close(&probe->out, ']');
    buf_u8(&probe->out, '}');
}

static void answer_set(struct probe *probe, char what, const char *text)
{
    if (what == 'U') {
        free(probe->db);
        probe->session.db = probe->db = memory_str(text);
    } else if (what == 'O') {
        free(probe->collations);
        probe->session.charset_collations = probe->collations = memory_str(text);
    } else if (what == 'E') {
        probe->session.explicit_defaults_for_timestamp = text[0] != '0';
    } else {
        probe->session.sql_mode = strtoull(text, NULL, 10);
    }
    buf_str(&probe->out, "{\"ok\":true}");
}

static void answer(struct probe *probe, char *record, size_t len)
{
    char *text = len > 2 ? record + 2 : record + len;
    size_t size = len > 2 ? len - 2 : 0;
    buf_reset(&probe->out);
    if (record[0] == 'Q')
        answer_statement(probe, bytes_of(text, size));
    else if (record[0] == 'T')
        answer_compare(probe, bytes_of(text, size));
    else if (record[0] == 'P')
        answer_print(probe);
    else
        answer_set(probe, record[0], text);
    puts(buf_cstr(&probe->out));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: %s mysql|mariadb VERSION COLLATION [EXPLICIT_TIMESTAMP]\n",
                argv[0]);
        return 2;
    }
    struct probe probe = { 0 };
    bool maria = strcmp(argv[1], "mariadb") == 0;
    probe.db = memory_str("");
    probe.session = (struct ddl_session){
        .db = probe.db,
        .flavour = maria ? FLAVOUR_MARIADB : FLAVOUR_MYSQL,
        .server_version = (uint32_t)strtoul(argv[2], NULL, 10),
        .server_collation = argv[3],
        .explicit_defaults_for_timestamp = argc < 5 || strcmp(argv[4], "0") != 0,
    };
    probe.catalog = catalog_new(probe.session.flavour);
    buf_init(&probe.out, RECORD_MAX * 4);
    char *record = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getdelim(&record, &cap, 0, stdin)) > 1)
        answer(&probe, record, (size_t)len - 1);
    free(record);
    buf_clear(&probe.out);
    catalog_free(probe.catalog);
    free(probe.db);
    free(probe.collations);
    return 0;
}
