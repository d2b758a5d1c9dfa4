/* ddl_help.h - a catalog and a session for the tests of src/sql, and the words to talk to them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdlib.h>
#include "sql/ddl.h"
#include "unit.h"

struct change_seen {
    enum change_kind kind;
    char before[80], after[80];
    int column_from[16];
    bool rewrites_rows;
};

struct desk {
    struct catalog *catalog;
    struct ddl_session session;
    struct err err;
    struct change_seen seen[64];
    unsigned count;      /* of seen, by the last statement */
    unsigned fail_after; /* the callback refuses the change behind so many; 0: never */
};

static inline void desk_open(struct desk *desk, enum flavour flavour)
{
    *desk = (struct desk){ .catalog = catalog_new(flavour) };
    desk->session = (struct ddl_session){ .db = "d", .flavour = flavour };
    desk->session.explicit_defaults_for_timestamp = true;
}

static inline void desk_close(struct desk *desk)
{
    catalog_free(desk->catalog);
}

static inline bool desk_see(const struct schema_change *change, void *arg, struct err *err)
{
    struct desk *desk = arg;
    if (desk->fail_after > 0 && desk->count == desk->fail_after)
        return err_set(err, ERR_SYSTEM, "the engine says no");
    struct change_seen *seen = &desk->seen[desk->count++ % ARRAY_COUNT(desk->seen)];
    *seen = (struct change_seen){ .kind = change->kind, .rewrites_rows = change->rewrites_rows };
    if (change->before != NULL)
        snprintf(seen->before, sizeof seen->before, "%s.%s", change->before->db,
                 change->before->name);
    if (change->after != NULL)
        snprintf(seen->after, sizeof seen->after, "%s.%s", change->after->db, change->after->name);
    for (unsigned i = 0; change->column_from != NULL && i < change->after->column_count && i < 16;
         i++)
        seen->column_from[i] = change->column_from[i];
    return true;
}

/* Tables whose name begins with "other" are not replicated. */
static inline bool desk_keep(const char *db, const char *table, void *arg)
{
    (void)db;
    (void)arg;
    return table == NULL || strncmp(table, "other", 5) != 0;
}

static inline bool desk_run(struct desk *desk, const char *text)
{
    AUTO(ddl) ddl = NULL;
    desk->count = 0;
    return ddl_parse(bytes_of_str(text), &desk->session, &ddl, &desk->err) &&
           ddl_apply(ddl, desk->catalog, desk_keep, desk_see, desk, &desk->err);
}

static inline const struct table_def *desk_table(const struct desk *desk, const char *name)
{
    return catalog_table(desk->catalog, "d", name);
}

/* The table's columns (or keys) as one text: "a,b,c". Lives until the next call. */
static inline const char *desk_columns(const struct desk *desk, const char *name)
{
    static char text[1024];
    const struct table_def *table = desk_table(desk, name);
    text[0] = 0;
    for (unsigned i = 0; table != NULL && i < table->column_count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i > 0 ? "," : "",
                 table->columns[i].name);
    return text;
}

/* "PRIMARY(a,b) k(c(5))" */
static inline const char *desk_keys(const struct desk *desk, const char *name)
{
    static char text[1024];
    const struct table_def *table = desk_table(desk, name);
    text[0] = 0;
    for (unsigned i = 0; table != NULL && i < table->key_count; i++) {
        const struct key_def *key = &table->keys[i];
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s(", i > 0 ? " " : "", key->name);
        for (unsigned k = 0; k < key->part_count; k++) {
            used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", k > 0 ? "," : "",
                     key->parts[k].column != NULL ? key->parts[k].column : "?");
            used = strlen(text);
            if (key->parts[k].prefix > 0)
                snprintf(text + used, sizeof text - used, "(%u)", key->parts[k].prefix);
        }
        strncat(text, ")", sizeof text - strlen(text) - 1);
    }
    return text;
}

static inline const struct column_def *desk_column(const struct desk *desk, const char *table,
                                                   const char *column)
{
    static const struct column_def none = { .name = NULL };
    const struct table_def *def = desk_table(desk, table);
    int at = def == NULL ? -1 : table_def_column(def, column);
    return at < 0 ? &none : &def->columns[at];
}
