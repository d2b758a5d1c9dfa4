/* empty_tables.c - SELECT a, b FROM information_schema.x, where x is truly empty on this node: the
 * columns that were asked for, and no row. Everything behind the table's name is of no matter then.
 */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "session/state.h"

static const char *const tables[] = {
#define EMPTY_TABLE(name) #name,
#include "session/empty_tables.def"
#undef EMPTY_TABLE
};

static bool is_empty_table(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_COUNT(tables); i++)
        if (strcasecmp(tables[i], name) == 0)
            return true;
    return false;
}

static bool take_columns(struct statement *statement, struct column *columns, unsigned *count)
{
    do {
        const char *name = statement_take_text(statement);
        if (name == NULL || *count == SELECT_COLUMNS_MAX)
            return false;
        columns[(*count)++] = (struct column){ name, COLUMN_TEXT };
    } while (statement_take_punct(statement, ','));
    return true;
}

static bool take_table(struct statement *statement)
{
    return statement_take_word(statement, "FROM") &&
           statement_take_word(statement, "INFORMATION_SCHEMA") &&
           statement_take_punct(statement, '.') && is_empty_table(statement_take_text(statement));
}

bool empty_table_answer(struct statement *statement)
{
    struct lexer lexer = statement->lexer;
    struct token token = statement->token;
    struct server *server = statement->session->server;
    struct column columns[SELECT_COLUMNS_MAX];
    unsigned count = 0;
    if (token.kind != TOKEN_WORD || !take_columns(statement, columns, &count) ||
        !take_table(statement)) {
        statement->lexer = lexer;
        statement->token = token;
        return false;
    }
    struct server_place place = server_mark(server);
    server_columns(server, columns, count);
    server_rows_end(server, place);
    return true;
}
