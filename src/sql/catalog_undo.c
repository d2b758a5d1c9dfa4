/* catalog_undo.c - see catalog_undo.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/catalog_undo.h"
#include <stdlib.h>
#include "base/memory.h"
#include "sql/table_def.h"

struct undo {
    struct undo *older;
    char *db, *name;           /* name NULL: a database */
    struct table_def *table;   /* what was there, or NULL */
    char *charset, *collation; /* of the database; NULL: it was not there */
};

static struct undo *push(struct undo **top, const char *db, const char *name)
{
    struct undo *undo = memory_new(sizeof *undo);
    undo->db = memory_str(db);
    undo->name = memory_str(name);
    undo->older = *top;
    *top = undo;
    return undo;
}

void undo_database(struct undo **top, struct catalog *catalog, const char *db)
{
    struct undo *undo = push(top, db, NULL);
    undo->charset = memory_str(catalog_database_charset(catalog, db));
    undo->collation = memory_str(catalog_database_collation(catalog, db));
}

void undo_put_table(struct undo **top, struct catalog *catalog, struct table_def *table)
{
    if (!catalog_has_database(catalog, table->db))
        undo_database(top, catalog, table->db);
    undo_drop_table(top, catalog, table->db, table->name);
    catalog_put_table(catalog, table);
}

void undo_drop_table(struct undo **top, struct catalog *catalog, const char *db, const char *name)
{
    struct undo *undo = push(top, db, name);
    undo->table = catalog_take_table(catalog, db, name);
}

static void take_back(struct undo *undo, struct catalog *catalog)
{
    if (undo->name != NULL) {
        (void)catalog_drop_table(catalog, undo->db, undo->name);
        if (undo->table != NULL)
            catalog_put_table(catalog, undo->table);
        undo->table = NULL;
    } else if (undo->charset != NULL) {
        catalog_put_database(catalog, undo->db, undo->charset, undo->collation);
    } else {
        catalog_drop_database(catalog, undo->db);
    }
}

void undo_finish(struct undo **top, struct catalog *catalog, bool back)
{
    while (*top != NULL) {
        struct undo *undo = *top;
        *top = undo->older;
        if (back)
            take_back(undo, catalog);
        table_def_free(undo->table);
        free(undo->db);
        free(undo->name);
        free(undo->charset);
        free(undo->collation);
        free(undo);
    }
}
