/* fuzz_row_match.c - a condition of --where against rows that a log claims to have: flavour (1),
 * size of the condition (2, LE), the condition, size of a table map's body (2, LE), the body, a
 * rows event's type (1), its body. What matches does so again after another binding, an image that
 * lacks a column that is asked for never does, and only conditions that are wrong are refused. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/memory.h"
#include "print/row_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static void check_image(struct row_match *match, const struct row_table *table,
                        struct value *values)
{
    struct err err;
    bool found = row_match_image(match, table, values);
    if (!row_match_bind(match, table, &err) || row_match_image(match, table, values) != found)
        abort();
    for (unsigned i = 0; i < table->map.column_count; i++)
        values[i].kind = VALUE_ABSENT;
    if (row_match_image(match, table, values))
        abort();
}

static void check_rows(struct row_match *match, struct rows *rows, const struct row_table *table)
{
    struct err err;
    bool more = true;
    struct value *values = memory_new(2 * (size_t)rows->column_count * sizeof *values);
    struct value *after = values + rows->column_count;
    if (!row_match_bind(match, table, &err)) {
        if (err.code != ERR_CONFIG || err.text[0] == 0)
            abort();
        more = false;
    }
    while (more && rows_next(rows, values, after, &more, &err) && more) {
        if (rows->kind != ROWS_WRITE)
            check_image(match, table, values);
        if (rows->kind != ROWS_DELETE)
            check_image(match, table, after);
    }
    free(values);
}

static void check_events(const char *condition, const struct event *map, const struct event *event,
                         enum flavour flavour)
{
    struct row_scope scope = { 0 };
    struct row_match *match = NULL;
    const struct row_table *table = NULL;
    struct rows rows;
    struct err err;
    if (!row_match_new(condition, &match, &err)) {
        if (err.code != ERR_CONFIG || match != NULL)
            abort();
        return;
    }
    struct row_tables *tables = row_tables_new(&scope, NULL, NULL);
    AUTO_BUF scratch;
    buf_init(&scratch, TEXT_MAX);
    if (row_tables_map(tables, map, flavour, &err) && row_tables_is_rows(event->header.type) &&
        row_tables_open(tables, event, &scratch, &rows, &table, &err))
        check_rows(match, &rows, table);
    row_tables_free(tables);
    row_match_free(match);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = { data, data + size, false };
    if (size < 8)
        return 0;
    enum flavour flavour = reader_u8(&r) & 1 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
    struct bytes words = reader_bytes(&r, reader_u16(&r));
    struct event map = { .header.type = EVENT_TABLE_MAP };
    map.body = reader_bytes(&r, reader_u16(&r));
    struct event rows = { .header.type = reader_u8(&r) };
    if (r.failed)
        return 0;
    rows.body = reader_rest(&r);
    char *condition = memory_strn((const char *)words.data, words.len);
    check_events(condition, &map, &rows, flavour);
    free(condition);
    return 0;
}
