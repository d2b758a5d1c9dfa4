/* schema_text.c - finds the statements by their tokens, so that nothing quoted ends one. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/schema_text.h"
#include <string.h>
#include <strings.h>
#include "sql/ddl.h"
#include "sql/lexer.h"

enum { NAME_MAX_BYTES = 1 << 10, HEAD_MAX = 4 << 10 };

struct schema_text {
    struct bytes text;
    struct lexer lexer;
    struct catalog *catalog;
    struct buf db; /* of the last USE */
};

static bool contains(struct bytes text, const char *words)
{
    return text.len > 0 && memmem(text.data, text.len, words, strlen(words)) != NULL;
}

enum flavour schema_text_flavour(struct bytes text)
{
    struct bytes head = bytes_of(text.data, text.len < HEAD_MAX ? text.len : HEAD_MAX);
    bool is_mariadb = contains(head, "MariaDB") || contains(text, "/*M!") ||
                      contains(text, "uca1400") || contains(text, "PAGE_CHECKSUM=");
    return is_mariadb ? FLAVOUR_MARIADB : FLAVOUR_MYSQL;
}

static unsigned line_of(const struct schema_text *schema, const uint8_t *at)
{
    unsigned line = 1;
    for (const uint8_t *p = schema->text.data; p < at; p++)
        line += *p == '\n';
    return line;
}

static bool is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
           strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
}

static bool is_end(const struct token *token)
{
    return token->kind == TOKEN_END || (token->kind == TOKEN_PUNCT && token->punct == ';');
}

/* A dump of one database names it in a comment only. */
static void take_database_from_head(struct schema_text *schema)
{
    static const char words[] = "Database: ";
    struct bytes head =
        bytes_of(schema->text.data, schema->text.len < HEAD_MAX ? schema->text.len : HEAD_MAX);
    const uint8_t *at = head.len > 0 ? memmem(head.data, head.len, words, strlen(words)) : NULL;
    if (at == NULL)
        return;
    at += strlen(words);
    for (; at < head.data + head.len && *at != '\n' && *at != '\r'; at++)
        buf_u8(&schema->db, *at);
}

/* What a routine's body holds is none of ours: on to the line that brings the semicolon back. */
static void skip_routines(struct schema_text *schema)
{
    static const char words[] = "\nDELIMITER ;\n";
    size_t left = (size_t)(schema->lexer.end - schema->lexer.pos);
    const uint8_t *at = memmem(schema->lexer.pos, left, words, strlen(words));
    schema->lexer.pos = at != NULL ? at + strlen(words) : schema->lexer.end;
}

static void take_use(struct schema_text *schema)
{
    struct lexer before = schema->lexer;
    struct token name = lexer_next(&schema->lexer);
    buf_reset(&schema->db);
    if (is_end(&name)) {
        schema->lexer = before;
        return;
    }
    if (name.kind == TOKEN_QUOTED)
        token_value(&schema->lexer, &name, &schema->db);
    else
        buf_append(&schema->db, name.raw.data, name.raw.len);
}

static bool take_table(struct schema_text *schema, struct bytes statement, struct err *err)
{
    struct table_def *def = NULL;
    struct ddl_session session = { .db = buf_cstr(&schema->db),
                                   .flavour = catalog_flavour(schema->catalog),
                                   .explicit_defaults_for_timestamp = true };
    if (!ddl_parse_table(statement, &session, &def, err)) {
        err->code = ERR_CONFIG;
        return err_wrap(err, "line %u", line_of(schema, statement.data));
    }
    if (def->db == NULL || def->db[0] == 0) {
        err_set(err, ERR_CONFIG,
                "line %u: table %s is in no database: write USE and the database's name before it",
                line_of(schema, statement.data), def->name);
        table_def_free(def);
        return false;
    }
    catalog_put_table(schema->catalog, def);
    return true;
}

/* CREATE TABLE; CREATE OR REPLACE TABLE. */
static bool makes_table(struct lexer lexer)
{
    struct token token = lexer_next(&lexer);
    if (is_word(&token, "OR")) {
        (void)lexer_next(&lexer);
        token = lexer_next(&lexer);
    }
    return is_word(&token, "TABLE");
}

static bool read_statement(struct schema_text *schema, bool *more, struct err *err)
{
    struct token token = lexer_next(&schema->lexer);
    const uint8_t *start = token.raw.data;
    bool is_table = is_word(&token, "CREATE") && makes_table(schema->lexer);
    *more = token.kind != TOKEN_END;
    if (is_word(&token, "DELIMITER")) {
        skip_routines(schema);
        return true;
    }
    if (is_word(&token, "USE"))
        take_use(schema);
    while (!is_end(&token) && token.kind != TOKEN_BAD)
        token = lexer_next(&schema->lexer);
    if (token.kind == TOKEN_BAD) /* the lexer does not go on behind it */
        return err_set(err, ERR_CONFIG, "line %u: a quote or a comment that nothing closes",
                       line_of(schema, start));
    const uint8_t *end = token.kind == TOKEN_END ? schema->lexer.end : token.raw.data;
    return !is_table || take_table(schema, bytes_of(start, (size_t)(end - start)), err);
}

bool schema_text_read(struct bytes text, struct catalog *catalog, struct err *err)
{
    struct schema_text schema = { .text = text, .catalog = catalog };
    bool ok = true;
    buf_init(&schema.db, NAME_MAX_BYTES);
    lexer_init(&schema.lexer, text, catalog_flavour(catalog), 0, 0);
    take_database_from_head(&schema);
    for (bool more = true; ok && more;)
        ok = read_statement(&schema, &more, err);
    buf_clear(&schema.db);
    return ok;
}
