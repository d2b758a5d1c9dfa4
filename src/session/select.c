/* select.c - SELECT of expressions, without tables: one row. */
// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "session/state.h"

struct items {
    struct column columns[SELECT_COLUMNS_MAX];
    struct bytes values[SELECT_COLUMNS_MAX];
    unsigned count;
};

bool select_take_alias(struct statement *statement, const char **name)
{
    static const char *const followers[] = { "FROM", "LIMIT", "INTO", "WHERE" };
    bool said = statement_take_word(statement, "AS");
    enum token_kind kind = statement->token.kind;
    for (size_t i = 0; i < ARRAY_COUNT(followers) && !said; i++)
        if (statement_is_word(statement, followers[i]))
            return true;
    if (kind == TOKEN_WORD || kind == TOKEN_QUOTED || (said && kind == TOKEN_STRING))
        *name = statement_take_text(statement);
    return !said || *name != NULL;
}

static enum column_kind kind_of(const struct scalar *value)
{
    if (!value->is_number)
        return COLUMN_TEXT;
    bool has_point = !value->is_null && memchr(value->text.data, '.', value->text.len) != NULL;
    return has_point ? COLUMN_FRACTION : COLUMN_NUMBER;
}

static bool take_item(struct statement *statement, struct items *items)
{
    const uint8_t *start = statement->token.raw.data;
    struct scalar value;
    const char *name = NULL;
    if (!expression_evaluate(statement, &value))
        return false;
    const uint8_t *end = statement->token.raw.data;
    if (end == NULL || end > statement->lexer.end)
        end = statement->lexer.end;
    while (end > start && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t'))
        end--;
    if (!select_take_alias(statement, &name)) {
        statement_syntax_error(statement);
        return false;
    }
    if (name == NULL)
        name = arena_strn(&statement->arena, start, (size_t)(end - start));
    items->columns[items->count].name = name;
    items->columns[items->count].kind = kind_of(&value);
    items->values[items->count] =
        value.is_null
            ? (struct bytes){ NULL, 0 }
            : bytes_of(value.text.len > 0 ? value.text.data : (const uint8_t *)"", value.text.len);
    items->count++;
    return true;
}

/* FROM DUAL, LIMIT n: said by clients out of habit. */
static bool take_tail(struct statement *statement, bool *is_empty)
{
    uint64_t limit = 1;
    if (statement_take_word(statement, "FROM") && !statement_take_word(statement, "DUAL")) {
        server_error(statement->session->server, &(struct server_problem){ 1146, "42S02" },
                     "There are no tables behind this port: the rows are in the node's database");
        return false;
    }
    if (statement_take_word(statement, "LIMIT") && !statement_take_number(statement, &limit)) {
        statement_syntax_error(statement);
        return false;
    }
    *is_empty = limit == 0;
    if (statement_at_end(statement))
        return true;
    statement_syntax_error(statement);
    return false;
}

static void answer_own(struct statement *statement)
{
    struct server *server = statement->session->server;
    struct items *items = arena_alloc(&statement->arena, sizeof *items);
    bool is_empty;
    if (empty_table_answer(statement))
        return;
    do {
        if (items->count == SELECT_COLUMNS_MAX) {
            statement_syntax_error(statement);
            return;
        }
        if (!take_item(statement, items))
            return;
    } while (statement_take_punct(statement, ','));
    if (!take_tail(statement, &is_empty))
        return;
    struct server_place place = server_mark(server);
    server_columns(server, items->columns, items->count);
    if (!is_empty)
        server_row(server, items->values, items->count);
    server_rows_end(server, place);
}

/* What this stage cannot say is said by who runs SQL on the rows. */
void answer_select(struct statement *statement)
{
    struct session *session = statement->session;
    struct server_place place = server_mark(session->server);
    unsigned errors = server_errors(session->server);
    if (answer_gtid_wait(statement))
        return;
    answer_own(statement);
    if (server_errors(session->server) == errors || session->host->run == NULL)
        return;
    server_take_back(session->server, place);
    session_run(session, SESSION_RUN_STATEMENT, statement->text, false);
}
