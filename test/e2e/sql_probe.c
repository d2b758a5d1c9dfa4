/* sql_probe.c - the engine's SQL behind a pipe: test_sql.py compares it with a real server.
 *
 * Usage: e2e_sql_probe DATABASE-FILE mariadb|mysql     (made anew, of that flavour)
 * Standard input holds statements that end in a NUL byte; DDL is applied, anything else is prepared
 * and run, SELECT on a reader of its own. Each is answered by lines:
 *
 *   ROW <tab> value <tab> value …     values as the mariadb client prints them in batches
 *   OK <tab> affected <tab> insert id
 *   ERR <tab> number <tab> sentence   the last line of an answer is OK or ERR */
// SPDX-License-Identifier: Apache-2.0
#include "statement_pipe.h"
#include "engine/load.h"
#include "engine/query.h"
#include "engine/sqlite/sqlite.h"
#include "wire/result_row.h"

struct probe {
    enum flavour flavour;
    struct engine *engine;
    struct query_connection *reader, *writer;
    struct query_session session;
    struct position position;
};

static void print_bytes(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        const char *escape = strchr("\tt\nn\\\\", bytes.data[i]);
        if (bytes.data[i] == 0)
            fputs("\\0", stdout);
        else if (escape != NULL && (escape - "\tt\nn\\\\") % 2 == 0)
            printf("\\%c", escape[1]);
        else
            putchar(bytes.data[i]);
    }
}

/* Numbers and times as the text protocol shows them. */
static void print_value(const struct value *value, const struct query_column *column)
{
    struct result_column as = { .name = column->name,
                                .length = column->length,
                                .type = column->type,
                                .flags = column->flags,
                                .decimals = column->decimals };
    struct err err = { 0 };
    AUTO_BUF text;
    buf_init(&text, 1 << 20);
    if (value->kind == VALUE_NULL) {
        fputs("NULL", stdout);
    } else if (value->kind == VALUE_TEXT || value->kind == VALUE_BLOB) {
        print_bytes(value->bytes);
    } else {
        must(result_row_text(&as, value, 1, &text, &err), &err);
        print_bytes(bytes_of(text.data + 1, text.len - 1)); /* behind its length */
    }
}

static bool print_rows(struct query *query, const struct engine_query_ops *ops, struct err *err)
{
    const struct query_description *d = ops->describe(query);
    const struct value *row;
    for (;;) {
        if (!ops->step(query, &row, err))
            return false;
        if (row == NULL)
            return true;
        fputs("ROW", stdout);
        for (unsigned i = 0; i < d->column_count; i++) {
            putchar('\t');
            print_value(&row[i], &d->columns[i]);
        }
        putchar('\n');
    }
}

static bool run_query(struct probe *p, const char *text, struct query_outcome *outcome,
                      struct err *err)
{
    const struct engine_query_ops *ops = p->engine->ops->query;
    static const char *const words[] = { "SELECT", "(", "SHOW", "DESC", "WITH", "DO" };
    bool reads = false;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        reads = reads || strncasecmp(text, words[i], strlen(words[i])) == 0;
    if (strncasecmp(text, "INSERT", 6) == 0 || strncasecmp(text, "REPLACE", 7) == 0)
        p->session.last_insert_id = 0;
    struct query *query = NULL;
    p->session.now_us = 1700000000000000u;
    bool ok =
        ops->prepare(reads ? p->reader : p->writer, bytes_of_str(text), &p->session, &query, err);
    if (!ok)
        return false;
    if (!reads && !p->engine->ops->begin(p->engine, err)) {
        ops->free(query);
        return false;
    }
    ok = ops->run(query, NULL, outcome, err) && print_rows(query, ops, err);
    if (!reads)
        ok = p->engine->ops->commit(p->engine, &p->position, ok ? err : &(struct err){ 0 }) && ok;
    ops->free(query);
    return ok;
}

static bool run_ddl(struct probe *p, const char *text, struct err *err)
{
    struct ddl_session session = { .db = "shop",
                                   .flavour = p->flavour,
                                   .explicit_defaults_for_timestamp = true };
    struct ddl_context context = { .now_us = 1700000000000000u };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(bytes_of_str(text), &session, &ddl, err) ||
        !p->engine->ops->begin(p->engine, err))
        return false;
    const struct engine_query_ops *ops = p->engine->ops->query;
    struct foreign_list *keys = ops->foreign_keys(p->engine);
    bool ok = p->engine->ops->ddl(p->engine, ddl, &context, err) &&
              ops->check_foreign_keys(p->engine, keys, err);
    ops->foreign_keys_free(keys);
    if (ok)
        return p->engine->ops->commit(p->engine, &p->position, err);
    p->engine->ops->rollback(p->engine);
    return false;
}

static void answer(const char *text, void *arg)
{
    struct probe *p = arg;
    struct query_outcome outcome = { 0 };
    struct err err = { 0 };
    bool ok = is_schema_change(text) ? run_ddl(p, text, &err) : run_query(p, text, &outcome, &err);
    if (ok)
        printf("OK\t%lld\t%llu\n", p->session.row_count > 0 ? (long long)p->session.row_count : 0,
               (unsigned long long)p->session.last_insert_id);
    else
        printf("ERR\t%u\t%s\n", err.server_errno, err.text);
    fflush(stdout);
}

static void open_all(struct probe *p, const char *path)
{
    struct err err = { 0 };
    struct sqlite_engine_options options = { .path = path };
    p->position = (struct position){ .file = "b.000001", .offset = 4 };
    query_session_init(&p->session);
    p->session.db = "shop";
    p->session.time_zone = "+02:00";
    p->session.version = p->flavour == FLAVOUR_MYSQL ? "9.7.0" : "10.11.0-MariaDB";
    must(sqlite_engine_open(&options, &p->engine, &err), &err);
    must(engine_load_begin(p->engine, p->flavour, true, &err), &err);
    must(engine_load_database(p->engine, "shop", "utf8mb4", "utf8mb4_general_ci", &err), &err);
    must(engine_load_finish(p->engine, &p->position, &err), &err);
    must(p->engine->ops->query->open(p->engine, QUERY_READ, &p->reader, &err), &err);
    must(p->engine->ops->query->open(p->engine, QUERY_WRITE, &p->writer, &err), &err);
}

int main(int argc, char **argv)
{
    struct probe p = { 0 };
    if (argc != 3)
        return 2;
    p.flavour = strcmp(argv[2], "mysql") == 0 ? FLAVOUR_MYSQL : FLAVOUR_MARIADB;
    open_all(&p, argv[1]);
    bool ok = each_statement(answer, &p);
    p.engine->ops->query->close(p.reader);
    p.engine->ops->query->close(p.writer);
    query_session_clear(&p.session);
    engine_free(p.engine);
    return ok ? 0 : 2;
}
