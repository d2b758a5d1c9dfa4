/* query_write.c - INSERT, REPLACE, UPDATE, DELETE. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/query_grammar.h"

static bool skip_priority(struct query_parser *q)
{
    while (query_take(q, KW_LOW_PRIORITY) || query_take(q, KW_HIGH_PRIORITY) ||
           query_take(q, KW_QUICK))
        continue;
    return !query_at(q, KW_DELAYED) || query_refuse(q, "DELAYED");
}

static bool parse_assignments(struct query_parser *q, struct assignment **out)
{
    struct assignment **end = out;
    do {
        struct assignment *set = arena_alloc(q->p.arena, sizeof *set);
        set->name = query_name(q);
        for (unsigned i = 0; i < 2 && set->name != NULL && query_take_punct(q, '.'); i++) {
            set->db = set->table;
            set->table = set->name;
            set->name = query_name(q);
        }
        if (at_punct(&q->p, ':'))
            parser_next(&q->p);
        if (!query_expect_punct(q, '='))
            return false;
        set->expr = parse_expr(q);
        *end = set;
        end = &set->next;
    } while (query_take_punct(q, ','));
    return !q->p.failed;
}

static bool parse_row(struct query_parser *q, struct insert_row *row)
{
    struct expr **end = &row->values;
    if (!query_expect_punct(q, '('))
        return false;
    if (query_take_punct(q, ')'))
        return true;
    do {
        *end = parse_expr(q);
        if (*end == NULL)
            return false;
        end = &(*end)->next;
        row->count++;
    } while (query_take_punct(q, ','));
    return query_expect_punct(q, ')');
}

static bool parse_rows(struct query_parser *q)
{
    struct insert_row **end = &q->tree->rows;
    do {
        struct insert_row *row = arena_alloc(q->p.arena, sizeof *row);
        (void)query_take(q, KW_ROW);
        if (!parse_row(q, row))
            return false;
        *end = row;
        end = &row->next;
    } while (query_take_punct(q, ','));
    return true;
}

/* SET a = 1, b = 2 is (a, b) VALUES (1, 2). */
static bool parse_set_form(struct query_parser *q)
{
    struct assignment *list = NULL;
    struct insert_row *row = arena_alloc(q->p.arena, sizeof *row);
    struct expr **end = &row->values;
    if (!parse_assignments(q, &list))
        return false;
    for (struct assignment *a = list; a != NULL; a = a->next)
        q->tree->column_count++;
    q->tree->columns = arena_alloc(q->p.arena, q->tree->column_count * sizeof(char *));
    for (struct assignment *a = list; a != NULL; a = a->next) {
        q->tree->columns[row->count++] = a->name;
        *end = a->expr;
        end = &a->expr->next;
    }
    q->tree->rows = row;
    return true;
}

static bool parse_values(struct query_parser *q)
{
    if (at_punct(&q->p, '(') && !at_select(q)) {
        parser_next(&q->p);
        q->tree->columns = arena_alloc(q->p.arena, sizeof(char *));
        if (!query_take_punct(q, ')') && !query_names(q, &q->tree->columns, &q->tree->column_count))
            return false;
    }
    if (query_take(q, KW_VALUES) || query_take(q, KW_VALUE))
        return parse_rows(q);
    if (query_take(q, KW_SET))
        return parse_set_form(q);
    if (!at_select(q))
        return query_stuck(q);
    q->tree->select = parse_select(q);
    return q->tree->select != NULL;
}

static bool parse_duplicate(struct query_parser *q)
{
    if (query_take(q, KW_AS)) {
        q->tree->row_alias = query_name(q);
        if (at_punct(&q->p, '('))
            return query_refuse(q, "names for the columns of a new row");
    }
    if (!query_take(q, KW_ON))
        return !q->p.failed;
    return query_expect(q, KW_DUPLICATE) && query_expect(q, KW_KEY) && query_expect(q, KW_UPDATE) &&
           parse_assignments(q, &q->tree->on_duplicate);
}

/* MariaDB's alone. */
static bool parse_returning(struct query_parser *q)
{
    if (!query_at(q, KW_RETURNING))
        return true;
    if (q->tree->session.flavour == FLAVOUR_MYSQL)
        return query_refuse(q, "RETURNING");
    parser_next(&q->p);
    q->tree->returning = arena_alloc(q->p.arena, sizeof *q->tree->returning);
    return parse_items(q, q->tree->returning);
}

bool parse_insert(struct query_parser *q, bool replace)
{
    q->tree->kind = replace ? TREE_REPLACE : TREE_INSERT;
    if (!skip_priority(q))
        return false;
    q->tree->ignore = query_take(q, KW_IGNORE);
    (void)query_take(q, KW_INTO);
    if (!query_table(q, &q->tree->db, &q->tree->table))
        return false;
    if (query_at(q, KW_PARTITION))
        return query_refuse(q, "PARTITION (…) behind a table");
    return parse_values(q) && (replace || parse_duplicate(q)) && parse_returning(q);
}

bool parse_update(struct query_parser *q)
{
    q->tree->kind = TREE_UPDATE;
    if (!skip_priority(q))
        return false;
    q->tree->ignore = query_take(q, KW_IGNORE);
    if (!parse_sources(q, &q->tree->from) || !query_expect(q, KW_SET) ||
        !parse_assignments(q, &q->tree->assignments))
        return false;
    if (query_take(q, KW_WHERE) && (q->tree->where = parse_expr(q)) == NULL)
        return false;
    return parse_order(q, &q->tree->order) && parse_limit(q, &q->tree->limit);
}

/* a, db.b.* : what DELETE takes rows from */
static bool parse_targets(struct query_parser *q)
{
    struct source **end = &q->tree->targets;
    do {
        struct source *target = arena_alloc(q->p.arena, sizeof *target);
        target->kind = SOURCE_TABLE;
        target->name = query_name(q);
        while (target->name != NULL && query_take_punct(q, '.')) {
            if (query_take_punct(q, '*'))
                break;
            target->db = target->name;
            target->name = query_name(q);
        }
        *end = target;
        end = &target->next;
    } while (query_take_punct(q, ','));
    return !q->p.failed;
}

static bool parse_delete_from(struct query_parser *q)
{
    if (!query_take(q, KW_FROM))
        return parse_targets(q) && query_expect(q, KW_FROM) && parse_sources(q, &q->tree->from);
    struct query_parser ahead = *q; /* FROM a, b USING …, or FROM a [alias] */
    if (!parse_sources(q, &q->tree->from))
        return false;
    if (!query_at(q, KW_USING))
        return true;
    q->p.lexer = ahead.p.lexer;
    q->p.token = ahead.p.token;
    q->tree->from = NULL;
    return parse_targets(q) && query_expect(q, KW_USING) && parse_sources(q, &q->tree->from);
}

bool parse_delete(struct query_parser *q)
{
    q->tree->kind = TREE_DELETE;
    if (!skip_priority(q))
        return false;
    q->tree->ignore = query_take(q, KW_IGNORE);
    if (!parse_delete_from(q))
        return false;
    if (query_take(q, KW_WHERE) && (q->tree->where = parse_expr(q)) == NULL)
        return false;
    return parse_order(q, &q->tree->order) && parse_limit(q, &q->tree->limit) && parse_returning(q);
}
