/* ddl_database.c - CREATE, ALTER and DROP DATABASE. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

/* [DEFAULT] CHARACTER SET, COLLATE, ENCRYPTION; COMMENT; READ ONLY; UPGRADE DATA DIRECTORY NAME */
static bool parse_database_option(struct parser *p, struct ddl_step *step)
{
    struct token next = parser_peek(p, 1);
    if (at_word(p, KW_DEFAULT) && next.keyword == KW_ENCRYPTION)
        parser_next(p);
    if (at_table_option(p))
        return parse_table_option(p, step);
    const char *read = expect_name(p); /* READ ONLY [=] DEFAULT | 0 | 1 */
    if (read == NULL || expect_name(p) == NULL)
        return false;
    (void)accept_punct(p, '=');
    parser_next(p);
    return true;
}

static bool parse_database_options(struct parser *p, struct ddl_step *step)
{
    while (!p->failed && !parser_at_end(p))
        if (!parse_database_option(p, step))
            return false;
    return !p->failed;
}

bool parse_create_database(struct parser *p, bool or_replace)
{
    struct ddl_step *step = parser_step(p, STEP_CREATE_DATABASE);
    if (step == NULL)
        return false;
    step->or_replace = or_replace;
    step->if_not_exists = parse_if_not_exists(p);
    step->db = expect_name(p);
    return step->db != NULL && parse_database_options(p, step);
}

bool parse_alter_database(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_ALTER_DATABASE);
    if (step == NULL)
        return false;
    step->db = p->ddl->session.db;
    bool named = p->token.kind == TOKEN_QUOTED || (at_name(p) && !at_table_option(p));
    if (named)
        step->db = expect_name(p);
    return parse_database_options(p, step);
}

bool parse_drop_database(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_DROP_DATABASE);
    if (step == NULL)
        return false;
    step->if_exists = parse_if_exists(p);
    step->db = expect_name(p);
    return step->db != NULL;
}
