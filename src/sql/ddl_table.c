/* ddl_table.c - CREATE, DROP, RENAME and TRUNCATE TABLE. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

bool parse_if_exists(struct parser *p)
{
    return accept_words(p, KW_IF, KW_EXISTS);
}

bool parse_if_not_exists(struct parser *p)
{
    if (!accept_words(p, KW_IF, KW_NOT))
        return false;
    return expect_word(p, KW_EXISTS);
}

static bool at_query(const struct parser *p)
{
    return at_word(p, KW_SELECT) || at_word(p, KW_AS) || at_word(p, KW_IGNORE) ||
           at_word(p, KW_REPLACE) || at_word(p, KW_VALUES) || at_word(p, KW_TABLE) ||
           at_word(p, KW_WITH) || at_punct(p, '(');
}

static bool refuse_query(struct parser *p)
{
    return parser_refuse(p, "CREATE TABLE … SELECT has its rows in the statement: they can only be "
                            "followed when the source logs in row format (binlog_format=ROW)");
}

/* [db.]other, with or without parentheses: behind LIKE. */
static bool parse_like(struct parser *p, struct ddl_step *step, bool closed)
{
    step->kind = STEP_CREATE_LIKE;
    return expect_table(p, &step->other_db, &step->other) && (!closed || expect_punct(p, ')'));
}

/* PERIOD FOR SYSTEM_TIME (a, b), PERIOD FOR p (a, b): behind PERIOD FOR. */
bool parse_period(struct parser *p, struct ddl_step *step)
{
    bool unless_there = parse_if_not_exists(p);
    bool system = accept_word(p, KW_SYSTEM_TIME);
    struct ddl_item *item = parser_item(p, step, system ? ITEM_SYSTEM_PERIOD : ITEM_ADD_PERIOD);
    if (item == NULL)
        return false;
    item->if_exists = unless_there;
    if (!system)
        item->name = expect_name(p);
    if (!expect_punct(p, '('))
        return false;
    item->other = expect_name(p);
    if (!expect_punct(p, ','))
        return false;
    item->third = expect_name(p);
    return expect_punct(p, ')');
}

static bool parse_elements(struct parser *p, struct ddl_step *step)
{
    do {
        bool ok;
        if (accept_words(p, KW_PERIOD, KW_FOR))
            ok = parse_period(p, step);
        else if (at_key_or_constraint(p))
            ok = parse_key_or_constraint(p, step);
        else
            ok = parse_column(p, step, ITEM_ADD_COLUMN) != NULL;
        if (!ok)
            return false;
    } while (accept_punct(p, ','));
    return expect_punct(p, ')');
}

static bool parse_table_options(struct parser *p, struct ddl_step *step)
{
    while (!p->failed && at_table_option(p)) {
        if (!parse_table_option(p, step))
            return false;
        (void)accept_punct(p, ',');
    }
    return !p->failed;
}

static bool parse_definition(struct parser *p, struct ddl_step *step)
{
    struct token next = parser_peek(p, 1);
    bool query = next.kind == TOKEN_WORD && (next.keyword == KW_SELECT || next.keyword == KW_WITH ||
                                             next.keyword == KW_VALUES);
    if (at_punct(p, '(') && !query) {
        parser_next(p);
        if (accept_word(p, KW_LIKE))
            return parse_like(p, step, true);
        if (!parse_elements(p, step))
            return false;
    }
    if (!parse_table_options(p, step))
        return false;
    if (at_partitioning(p) && !parse_partitioning(p, step))
        return false;
    if (at_query(p))
        return refuse_query(p);
    return !p->failed;
}

bool parse_create_table(struct parser *p, bool or_replace)
{
    struct ddl_step *step = parser_step(p, STEP_CREATE_TABLE);
    if (step == NULL)
        return false;
    step->or_replace = or_replace;
    step->if_not_exists = parse_if_not_exists(p);
    if (!expect_table(p, &step->db, &step->table))
        return false;
    if (accept_word(p, KW_LIKE))
        return parse_like(p, step, false);
    return parse_definition(p, step);
}

/* RESTRICT, CASCADE, WAIT n, NOWAIT: no effect in any server. */
static bool parse_drop_tail(struct parser *p)
{
    uint64_t seconds;
    if (accept_word(p, KW_RESTRICT) || accept_word(p, KW_CASCADE) || accept_word(p, KW_NOWAIT))
        return true;
    return !accept_word(p, KW_WAIT) || expect_number(p, &seconds);
}

bool parse_drop_table(struct parser *p)
{
    bool if_exists = parse_if_exists(p);
    do {
        struct ddl_step *step = parser_step(p, STEP_DROP_TABLE);
        if (step == NULL || !expect_table(p, &step->db, &step->table))
            return false;
        step->if_exists = if_exists;
    } while (accept_punct(p, ','));
    return parse_drop_tail(p);
}

bool parse_rename_table(struct parser *p)
{
    bool if_exists = parse_if_exists(p);
    uint64_t seconds;
    do {
        struct ddl_step *step = parser_step(p, STEP_RENAME_TABLE);
        if (step == NULL || !expect_table(p, &step->db, &step->table))
            return false;
        step->if_exists = if_exists;
        if (accept_word(p, KW_WAIT) && !expect_number(p, &seconds))
            return false;
        (void)accept_word(p, KW_NOWAIT);
        if (!expect_word(p, KW_TO) || !expect_table(p, &step->other_db, &step->other))
            return false;
    } while (accept_punct(p, ','));
    return true;
}

bool parse_truncate(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_TRUNCATE);
    (void)accept_word(p, KW_TABLE);
    return step != NULL && expect_table(p, &step->db, &step->table) && parse_drop_tail(p);
}
