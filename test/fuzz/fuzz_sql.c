/* fuzz_sql.c - any text as a statement on rows: it parses, or is refused with MySQL's number and a
 * sentence; its parts are then walked. The first byte chooses flavour and sql_mode. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "sql/lexer.h"
#include "sql/query_tree.h"

enum { INPUT_MAX = 1 << 16 };

static void walk(const struct expr *expr, unsigned depth)
{
    if (depth > QUERY_DEPTH_MAX)
        abort();
    unsigned count = 0;
    for (const struct expr *arg = expr->args; arg != NULL; arg = arg->next, count++)
        walk(arg, depth + 1);
    if (count != expr->count)
        abort();
}

static void walk_items(const struct select *select)
{
    unsigned items = 0;
    for (const struct select_item *i = select->items; i != NULL; i = i->next, items++)
        walk(i->expr, 0);
    if (items != select->item_count)
        abort();
}

static void walk_tree(const struct query_tree *tree)
{
    if (tree->where != NULL)
        walk(tree->where, 0);
    for (const struct insert_row *row = tree->rows; row != NULL; row = row->next)
        for (const struct expr *value = row->values; value != NULL; value = value->next)
            walk(value, 0);
    if (tree->returning != NULL)
        walk_items(tree->returning);
    if (tree->select != NULL)
        walk_items(tree->select);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct ddl_session session = {
        .db = "d",
        .flavour = (data[0] & 1) != 0 ? FLAVOUR_MARIADB : FLAVOUR_MYSQL,
        .sql_mode = ((data[0] & 2) != 0 ? SQL_MODE_ANSI_QUOTES : 0u) |
                    ((data[0] & 4) != 0 ? SQL_MODE_NO_BACKSLASH_ESCAPES : 0u) |
                    ((data[0] & 8) != 0 ? 2u : 0u), /* PIPES_AS_CONCAT */
    };
    struct err err = { 0 };
    AUTO(query_tree) tree = NULL;
    if (query_parse(bytes_of(data + 1, size - 1), &session, &tree, &err))
        walk_tree(tree);
    else if (err.server_errno == 0 || err.text[0] == '\0')
        abort();
    return 0;
}
