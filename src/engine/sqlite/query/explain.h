/* explain.h - SQLite's plan of a statement as the rows of MySQL's EXPLAIN. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/query/query_internal.h"

/* A line of EXPLAIN QUERY PLAN. */
struct plan_node {
    int id, parent;
    const char *detail;
};

enum { PLAN_NODES_MAX = 4096 };
struct plan {
    struct plan_node *nodes;
    unsigned count;
};

/* A row of EXPLAIN; texts may be NULL. */
struct explained {
    unsigned select; /* 0: NULL */
    const char *select_type, *table, *type, *key, *ref;
    unsigned key_length; /* 0: NULL */
    int64_t rows;        /* -1: NULL */
    bool uses_where, uses_index, uses_temporary, uses_filesort, has_no_table;
};

struct explained_list {
    struct explained *rows;
    unsigned count, room;
};

struct explained *explained_add(struct compiler *c, struct explained_list *list);
/* top: what the outermost select is called; NULL: SIMPLE, or PRIMARY where there are others. */
void explain_plan(struct compiler *c, const struct plan *plan, const char *top, bool has_where,
                  struct explained_list *out);
/* explain_key.c: how a table is searched, from what stands behind its name in the plan. */
void explain_access(struct compiler *c, const struct relation *relation, const char *how,
                    bool is_outermost, struct explained *out);
