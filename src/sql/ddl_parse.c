/* ddl_parse.c - what a statement is, by its first words, and the parse of those that change tables.
 *
 * Statements are told apart by a table of heads; the longest head wins. What is not in the table is
 * not understood: a statement of an unknown kind may change rows, so it is refused. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "sql/ddl_grammar.h"

enum { HEAD_WORDS = 3, ARENA_MAX = 1 << 30 };

static bool no_parse(struct parser *p)
{
    (void)p;
    return true;
}

static bool head_create_table(struct parser *p)
{
    return parse_create_table(p, false);
}

static bool head_create_database(struct parser *p)
{
    return parse_create_database(p, false);
}

static bool head_create_sequence(struct parser *p)
{
    return parse_create_sequence(p, false);
}

static bool parse_statement(struct parser *p);

static bool at_for(const struct parser *p)
{
    return at_word(p, KW_FOR);
}

/* Behind CREATE OR REPLACE. */
static bool head_create_or_replace(struct parser *p)
{
    if (accept_word(p, KW_TABLE))
        return parse_create_table(p, true);
    if (accept_word(p, KW_DATABASE) || accept_word(p, KW_SCHEMA))
        return parse_create_database(p, true);
    if (accept_word(p, KW_SEQUENCE))
        return parse_create_sequence(p, true);
    struct token next = parser_peek(p, 1);
    if (at_word(p, KW_INDEX) || (next.kind == TOKEN_WORD && next.keyword == KW_INDEX)) {
        if (!parse_create_index(p))
            return false;
        p->ddl->steps->or_replace = true;
        return true;
    }
    p->ddl->kind = DDL_NO_ROWS; /* views, routines, users …, and TEMPORARY */
    return true;
}

/* MariaDB's SET STATEMENT a = b, … FOR statement: the statement is what counts. */
static bool head_set_statement(struct parser *p)
{
    if (parser_text_until(p, at_for) == NULL || !expect_word(p, KW_FOR))
        return false;
    if (at_word(p, KW_SET)) /* once is enough */
        return parser_stuck(p);
    return parse_statement(p);
}

static const struct head {
    enum keyword words[HEAD_WORDS];
    enum ddl_kind kind;
    unsigned taken; /* words that the parse function does not see */
    bool (*parse)(struct parser *p);
} heads[] = {
#define HEAD_NOTHING(kind, ...)        { { __VA_ARGS__ }, kind, 0, no_parse },
#define HEAD_SCHEMA(taken, parse, ...) { { __VA_ARGS__ }, DDL_SCHEMA, taken, parse },
#include "sql/heads.def"
#undef HEAD_NOTHING
#undef HEAD_SCHEMA
};

static unsigned head_length(const struct head *head)
{
    unsigned n = 0;
    while (n < HEAD_WORDS && head->words[n] != KEYWORD_NONE)
        n++;
    return n;
}

static const struct head *find_head(const struct parser *p)
{
    struct token tokens[HEAD_WORDS];
    for (unsigned i = 0; i < HEAD_WORDS; i++)
        tokens[i] = parser_peek(p, i);
    const struct head *best = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
        unsigned n = head_length(&heads[i]);
        unsigned same = 0;
        while (same < n && tokens[same].kind == TOKEN_WORD &&
               tokens[same].keyword == heads[i].words[same])
            same++;
        if (same == n && (best == NULL || n > head_length(best)))
            best = &heads[i];
    }
    return best;
}

static void set_verb(struct ddl *ddl, const struct head *head)
{
    size_t used = 0;
    for (unsigned i = 0; i < head_length(head) && used < sizeof ddl->verb; i++)
        used += (size_t)snprintf(ddl->verb + used, sizeof ddl->verb - used, "%s%s",
                                 i == 0 ? "" : " ", keyword_text(head->words[i]));
}

static struct ddl *ddl_new(const struct ddl_session *session)
{
    struct ddl *ddl = memory_new(sizeof *ddl);
    arena_init(&ddl->arena, ARENA_MAX);
    ddl->session = *session;
    ddl->session.db = arena_str(&ddl->arena, session->db == NULL ? "" : session->db);
    ddl->session.charset = arena_str(&ddl->arena, session->charset);
    ddl->session.charset_collations = arena_str(&ddl->arena, session->charset_collations);
    ddl->session.server_collation = arena_str(&ddl->arena, session->server_collation);
    ddl->steps_end = &ddl->steps;
    return ddl;
}

void ddl_free(struct ddl *ddl)
{
    if (ddl == NULL)
        return;
    arena_clear(&ddl->arena);
    free(ddl);
}

enum ddl_kind ddl_kind(const struct ddl *ddl)
{
    return ddl->kind;
}

const char *ddl_verb(const struct ddl *ddl)
{
    return ddl->verb;
}

/* A statement may be wrapped: (SELECT …), label: BEGIN … are none of ours. */
static bool parse_statement(struct parser *p)
{
    const struct head *head = find_head(p);
    if (head == NULL)
        return parser_stuck(p);
    p->ddl->kind = head->kind;
    set_verb(p->ddl, head);
    if (head->kind != DDL_SCHEMA)
        return true;
    if ((size_t)(p->lexer.end - p->lexer.start) > DDL_TEXT_MAX)
        return parser_refuse(p, "this %s is longer than %d bytes", p->ddl->verb, DDL_TEXT_MAX);
    if (!parser_convert(p))
        return false;
    for (unsigned i = 0; i < head->taken; i++)
        parser_next(p);
    if (!head->parse(p))
        return parser_stuck(p); /* unless it has said why */
    if (p->ddl->kind != DDL_SCHEMA)
        return true;
    return parser_at_end(p) || parser_stuck(p);
}

bool ddl_parse(struct bytes text, const struct ddl_session *session, struct ddl **out,
               struct err *err)
{
    AUTO(ddl) ddl = ddl_new(session);
    struct parser p;
    parser_init(&p, text, &ddl->session, &ddl->arena, err);
    p.ddl = ddl;
    bool ok = parse_statement(&p) && !p.failed;
    parser_clear(&p);
    if (!ok)
        return false;
    *out = ddl;
    ddl = NULL;
    return true;
}
