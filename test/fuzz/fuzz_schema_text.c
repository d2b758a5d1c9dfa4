/* fuzz_schema_text.c - the file of --schema: whatever stands in a dump, it is read or refused with
 * a line, each table that it gives has a name and columns, and a second reading gives the same. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/schema_text.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64 << 20 };

static bool print_table(const struct table_def *table, void *arg)
{
    if (table->name == NULL || table->name[0] == 0 || table->column_count == 0)
        abort();
    table_def_print(table, arg);
    return true;
}

static bool read_once(struct bytes text, struct buf *tables)
{
    struct err err = { 0 };
    struct catalog *catalog = catalog_new(schema_text_flavour(text));
    bool ok = schema_text_read(text, catalog, &err);
    if (!ok && err.text[0] == 0)
        abort();
    buf_init(tables, TEXT_MAX);
    catalog_each_table(catalog, print_table, tables);
    catalog_free(catalog);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF first;
    AUTO_BUF second;
    struct bytes text = bytes_of(data, size);
    bool ok = read_once(text, &first);
    if (read_once(text, &second) != ok || !bytes_equal(buf_bytes(&first), buf_bytes(&second)))
        abort();
    return 0;
}
