/* ddl_needs.c - which tables and databases a statement touches, and by which command: for whoever
 * knows what an account may do. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_tree.h"

/* TRUNCATE asks for DROP, and an index for INDEX: as in GRANT. NULL: it is about a database. */
static const char *command_of(const struct ddl *ddl, enum step_kind kind)
{
    switch (kind) {
    case STEP_CREATE_TABLE:
    case STEP_CREATE_LIKE:
        return "CREATE";
    case STEP_ALTER_TABLE:
        return strstr(ddl->verb, "INDEX") != NULL ? "INDEX" : "ALTER";
    case STEP_RENAME_TABLE:
        return "DROP, ALTER";
    case STEP_DROP_TABLE:
    case STEP_TRUNCATE:
    case STEP_DROP_SEQUENCE:
        return "DROP";
    case STEP_CREATE_DATABASE:
    case STEP_ALTER_DATABASE:
    case STEP_DROP_DATABASE:
        break;
    }
    return NULL;
}

/* Other tables that a clause names. */
static bool visit_item(const struct ddl_step *step, const struct ddl_item *item, ddl_need_fn *visit,
                       void *arg)
{
    if (item->kind == ITEM_RENAME_TABLE)
        return visit(&(struct ddl_need){ "INSERT, CREATE",
                                         item->third != NULL ? item->third : step->db, item->name },
                     arg);
    if (item->kind != ITEM_ADD_FK)
        return true;
    const char *db = item->fk->parent_db != NULL ? item->fk->parent_db : step->db;
    return visit(&(struct ddl_need){ "REFERENCES", db, item->fk->parent_table }, arg);
}

static bool visit_step(const struct ddl *ddl, const struct ddl_step *step, ddl_need_fn *visit,
                       void *arg)
{
    struct ddl_need own = { command_of(ddl, step->kind), step->db, step->table };
    if (!visit(&own, arg))
        return false;
    if (step->kind == STEP_CREATE_LIKE || step->kind == STEP_RENAME_TABLE) {
        const char *command = step->kind == STEP_CREATE_LIKE ? "SELECT" : "INSERT, CREATE";
        if (!visit(&(struct ddl_need){ command, step->other_db, step->other }, arg))
            return false;
    }
    for (const struct ddl_item *item = step->items; item != NULL; item = item->next)
        if (!visit_item(step, item, visit, arg))
            return false;
    return true;
}

bool ddl_each_need(const struct ddl *ddl, ddl_need_fn *visit, void *arg)
{
    for (const struct ddl_step *step = ddl->steps; step != NULL; step = step->next)
        if (!visit_step(ddl, step, visit, arg))
            return false;
    return true;
}
