/* explain_plan.c - see explain.h: the lines of EXPLAIN QUERY PLAN, a tree, as rows by select. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/explain.h"

enum { NAMED_MAX = 64, NO_ROW = -1 };

/* A select while its lines are read. */
struct selecting {
    unsigned number;
    const char *type;
    int first; /* of its rows; NO_ROW */
};

struct reading {
    struct compiler *c;
    const struct plan *plan;
    struct explained_list *out;
    unsigned selects;
    bool has_where;
    const char *named[NAMED_MAX]; /* what was made of a select, and which */
    unsigned named_select[NAMED_MAX];
    unsigned named_count;
};

static void read_lines(struct reading *r, int parent, struct selecting *select);

struct explained *explained_add(struct compiler *c, struct explained_list *list)
{
    if (list->count == list->room) {
        unsigned room = list->room > 0 ? 2 * list->room : 16;
        struct explained *rows = arena_alloc(c->arena, room * sizeof *rows);
        if (list->count > 0)
            memcpy(rows, list->rows, list->count * sizeof *rows);
        list->rows = rows;
        list->room = room;
    }
    struct explained *row = &list->rows[list->count++];
    *row = (struct explained){ .rows = -1 };
    return row;
}

static struct explained *add_row(struct reading *r, struct selecting *select)
{
    if (select->first == NO_ROW)
        select->first = (int)r->out->count;
    struct explained *row = explained_add(r->c, r->out);
    row->select = select->number;
    row->select_type = select->type;
    return row;
}

/* ---- tables ---- */

static bool is_name_of(const char *name, const char *text)
{
    size_t len = strlen(name);
    return strncmp(text, name, len) == 0 && (text[len] == '\0' || text[len] == ' ');
}

/* By its alias; where SQLite merely counts rows, by its table's name. *rest: what stands behind. */
static const struct relation *relation_called(struct compiler *c, const char *text,
                                              const char **rest)
{
    for (const struct relation *r = c->newest; r != NULL; r = r->older) {
        const char *name = is_name_of(r->sql_alias, text) ? r->sql_alias
                           : r->table != NULL             ? r->table->sqlite_name
                                                          : NULL;
        if (name == NULL || !is_name_of(name, text))
            continue;
        *rest = text + strlen(name);
        return r;
    }
    return NULL;
}

static const char *table_name(struct reading *r, const struct relation *relation)
{
    for (unsigned i = 0; i < r->named_count; i++)
        if (strcmp(r->named[i], relation->sql_alias) == 0)
            return arena_printf(r->c->arena, "<derived%u>", r->named_select[i]);
    return relation->name;
}

static void read_table(struct reading *r, const struct plan_node *node, const char *rest,
                       struct selecting *select)
{
    const char *how = NULL;
    const struct relation *relation = relation_called(r->c, rest, &how);
    bool is_first = select->first == NO_ROW;
    (void)node;
    if (relation == NULL) { /* made by the program itself: a list of values, the schema */
        add_row(r, select)->type = "ALL";
        return;
    }
    struct explained *row = add_row(r, select);
    bool is_dependent = strstr(select->type, "DEPENDENT") != NULL;
    explain_access(r->c, relation, how, is_first && !is_dependent, row);
    row->table = table_name(r, relation);
    row->uses_index = row->uses_index && r->c->tree->select != NULL;
    row->uses_where = r->has_where && select->number == 1 &&
                      (strcmp(row->type, "ALL") == 0 || strcmp(row->type, "index") == 0 ||
                       strcmp(row->type, "range") == 0);
}

static void read_constant(struct reading *r, const struct plan_node *node, const char *rest,
                          struct selecting *select)
{
    (void)node;
    (void)rest;
    add_row(r, select)->has_no_table = true;
}

/* Several searches of one table, in one index or more: the first of the lines stands for all. */
static void merge_indexes(struct reading *r, unsigned before)
{
    struct explained *first = &r->out->rows[before];
    bool is_one = true;
    for (unsigned i = before + 1; i < r->out->count; i++) {
        const struct explained *row = &r->out->rows[i];
        if (first->key == NULL || row->key == NULL || strcmp(first->key, row->key) == 0)
            continue;
        is_one = false;
        first->key = arena_printf(r->c->arena, "%s,%s", first->key, row->key);
    }
    first->type = is_one ? "range" : "index_merge";
    first->key_length = is_one ? first->key_length : 0;
    first->ref = NULL;
    first->uses_where = r->has_where && first->select == 1;
    r->out->count = before + 1;
}

static void read_indexes(struct reading *r, const struct plan_node *node, const char *rest,
                         struct selecting *select)
{
    unsigned before = r->out->count;
    (void)rest;
    read_lines(r, node->id, select);
    if (r->out->count > before)
        merge_indexes(r, before);
}

static void read_index(struct reading *r, const struct plan_node *node, const char *rest,
                       struct selecting *select)
{
    (void)rest;
    read_lines(r, node->id, select);
}

/* ---- selects ---- */

static unsigned read_select(struct reading *r, const struct plan_node *node, const char *type)
{
    struct selecting inner = { .number = ++r->selects, .type = type, .first = NO_ROW };
    read_lines(r, node->id, &inner);
    return inner.number;
}

static void read_derived(struct reading *r, const struct plan_node *node, const char *rest,
                         struct selecting *select)
{
    (void)select;
    unsigned number = read_select(r, node, "DERIVED");
    if (r->named_count < NAMED_MAX) {
        r->named[r->named_count] =
            arena_strn(r->c->arena, (const uint8_t *)rest, strcspn(rest, " "));
        r->named_select[r->named_count++] = number;
    }
}

static void read_dependent(struct reading *r, const struct plan_node *node, const char *rest,
                           struct selecting *select)
{
    (void)rest;
    (void)select;
    (void)read_select(r, node, "DEPENDENT SUBQUERY");
}

static void read_subquery(struct reading *r, const struct plan_node *node, const char *rest,
                          struct selecting *select)
{
    (void)rest;
    (void)select;
    (void)read_select(r, node, "SUBQUERY");
}

static void read_union(struct reading *r, const struct plan_node *node, const char *rest,
                       struct selecting *select)
{
    (void)rest;
    (void)select;
    (void)read_select(r, node, "UNION");
}

static void read_filesort(struct reading *r, const struct plan_node *node, const char *rest,
                          struct selecting *select)
{
    (void)node;
    (void)rest;
    if (select->first != NO_ROW)
        r->out->rows[select->first].uses_filesort = true;
}

static void read_temporary(struct reading *r, const struct plan_node *node, const char *rest,
                           struct selecting *select)
{
    if (strstr(rest, "ORDER BY") != NULL)
        read_filesort(r, node, rest, select);
    else if (select->first != NO_ROW)
        r->out->rows[select->first].uses_temporary = true;
}

/* What a line begins with; the first that fits. */
static const struct {
    const char *words;
    void (*read)(struct reading *, const struct plan_node *, const char *rest, struct selecting *);
} lines[] = {
    { "SCAN CONSTANT ROW", read_constant },
    { "SCAN ", read_table },
    { "SEARCH ", read_table },
    { "MULTI-INDEX OR", read_indexes },
    { "INDEX ", read_index },
    { "MATERIALIZE ", read_derived },
    { "CO-ROUTINE ", read_derived },
    { "CORRELATED ", read_dependent },
    { "SCALAR SUBQUERY ", read_subquery },
    { "LIST SUBQUERY ", read_subquery },
    { "COMPOUND QUERY", read_index },
    { "MERGE ", read_index },
    { "LEFT", read_index },
    { "SETUP", read_index },
    { "RIGHT", read_union },
    { "UNION", read_union },
    { "EXCEPT", read_union },
    { "INTERSECT", read_union },
    { "RECURSIVE STEP", read_union },
    { "USE TEMP B-TREE FOR ", read_temporary },
};

static void read_lines(struct reading *r, int parent, struct selecting *select)
{
    for (unsigned i = 0; i < r->plan->count; i++) {
        const struct plan_node *node = &r->plan->nodes[i];
        if (node->parent != parent)
            continue;
        for (size_t k = 0; k < ARRAY_COUNT(lines); k++) {
            size_t len = strlen(lines[k].words);
            if (strncmp(node->detail, lines[k].words, len) != 0)
                continue;
            lines[k].read(r, node, node->detail + len, select);
            break;
        }
    }
}

/* By select, and as they were within one. */
static void sort_rows(struct explained_list *list)
{
    for (unsigned i = 1; i < list->count; i++) {
        struct explained row = list->rows[i];
        unsigned at = i;
        for (; at > 0 && list->rows[at - 1].select > row.select; at--)
            list->rows[at] = list->rows[at - 1];
        list->rows[at] = row;
    }
}

void explain_plan(struct compiler *c, const struct plan *plan, const char *top, bool has_where,
                  struct explained_list *out)
{
    struct reading r = { .c = c, .plan = plan, .out = out, .selects = 1, .has_where = has_where };
    struct selecting outermost = { .number = 1, .type = "SIMPLE", .first = NO_ROW };
    unsigned before = out->count;
    read_lines(&r, 0, &outermost);
    sort_rows(out);
    for (unsigned i = before; i < out->count; i++)
        if (out->rows[i].select == 1)
            out->rows[i].select_type = top != NULL     ? top
                                       : r.selects > 1 ? "PRIMARY"
                                                       : out->rows[i].select_type;
}
