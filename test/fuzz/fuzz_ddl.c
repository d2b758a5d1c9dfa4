/* fuzz_ddl.c - any text as a statement of either flavour: it parses or it is refused; applied to a
 * small catalog it changes it wholly or not at all; and a table that comes of it prints as a
 * statement that reads back as an equal definition. The first byte chooses flavour, sql_mode and
 * version. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "sql/ddl.h"
#include "sql/lexer.h"

enum { INPUT_MAX = 1 << 16, PRINTED_MAX = 1 << 26 };

static const char *const setup[] = {
    "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(20) DEFAULT 'x', c TEXT, KEY kb (b), UNIQUE kc "
    "(c(5)))",
    "CREATE TABLE u (x INT, y INT AS (x + 1) STORED, FOREIGN KEY fk (x) REFERENCES t (a), CHECK (x "
    "> 0))",
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_definition(const struct table_def *table, enum flavour flavour)
{
    struct ddl_session session = { .db = table->db, .flavour = flavour };
    struct buf text;
    struct err err = { 0 };
    AUTO(table_def) again = NULL;
    session.explicit_defaults_for_timestamp = true;
    buf_init(&text, PRINTED_MAX);
    table_def_print(table, &text);
    must(ddl_parse_table(buf_bytes(&text), &session, &again, &err));
    must(table_def_equal(table, again));
    buf_clear(&text);
}

static bool check_table(const struct table_def *table, void *arg)
{
    check_definition(table, catalog_flavour(arg));
    return true;
}

static bool check_change(const struct schema_change *change, void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    for (unsigned i = 0; change->column_from != NULL && i < change->after->column_count; i++)
        must(change->column_from[i] >= -1 &&
             change->column_from[i] < (int)change->before->column_count);
    return true;
}

/* The catalog's definitions as one text. */
static bool append_table(const struct table_def *table, void *arg)
{
    buf_str(arg, table->db);
    table_def_print(table, arg);
    return true;
}

static void run(struct catalog *catalog, struct bytes text, const struct ddl_session *session)
{
    struct buf before, after;
    struct err err = { 0 };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(text, session, &ddl, &err)) {
        must(err.code != ERR_NONE && err.text[0] != 0);
        return;
    }
    buf_init(&before, PRINTED_MAX);
    buf_init(&after, PRINTED_MAX);
    (void)catalog_each_table(catalog, append_table, &before);
    if (!ddl_apply(ddl, catalog, NULL, check_change, NULL, &err)) {
        (void)catalog_each_table(catalog, append_table, &after);
        must(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    }
    buf_clear(&before);
    buf_clear(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    struct ddl_session session = { .db = "d" };
    session.flavour = (data[0] & 1) != 0 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
    session.server_version = (data[0] & 2) == 0                   ? 0
                             : session.flavour == FLAVOUR_MARIADB ? 110806
                                                                  : 90704;
    session.explicit_defaults_for_timestamp = (data[0] & 4) == 0;
    session.sql_mode = ((data[0] & 8) != 0 ? SQL_MODE_ANSI_QUOTES : 0) |
                       ((data[0] & 16) != 0 ? SQL_MODE_NO_BACKSLASH_ESCAPES : 0);
    session.charset = (data[0] & 64) != 0 ? "latin1" : NULL;
    AUTO(catalog) catalog = catalog_new(session.flavour);
    struct ddl_session plain = { .db = "d", .flavour = session.flavour };
    for (size_t i = 0; i < sizeof setup / sizeof setup[0]; i++)
        run(catalog, bytes_of_str(setup[i]), &plain);
    run(catalog, bytes_of(data + 1, size - 1), &session);
    (void)catalog_each_table(catalog, check_table, catalog);
    return 0;
}
