/* ddl_options.c - table options and partitioning. Options that decide nothing about columns or rows
 * are read and let go. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

const char *parse_charset_name(struct parser *p)
{
    if (accept_word(p, KW_DEFAULT))
        return "";
    const char *name = expect_word_or_string(p);
    if (name == NULL)
        return NULL;
    char *lower = arena_str(p->arena, name);
    for (char *c = lower; *c != 0; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    return lower;
}

static bool text_item(struct parser *p, struct ddl_step *step, enum item_kind kind,
                      const char *text)
{
    struct ddl_item *item = text == NULL ? NULL : parser_item(p, step, kind);
    if (item == NULL)
        return false;
    item->name = text;
    return true;
}

static bool option_engine(struct parser *p, struct ddl_step *step)
{
    (void)accept_punct(p, '=');
    return text_item(p, step, ITEM_ENGINE, expect_word_or_string(p));
}

static bool option_charset(struct parser *p, struct ddl_step *step)
{
    (void)accept_punct(p, '=');
    return text_item(p, step, ITEM_CHARSET, parse_charset_name(p));
}

static bool option_character(struct parser *p, struct ddl_step *step)
{
    return expect_word(p, KW_SET) && option_charset(p, step);
}

static bool option_collate(struct parser *p, struct ddl_step *step)
{
    (void)accept_punct(p, '=');
    return text_item(p, step, ITEM_COLLATE, parse_charset_name(p));
}

static bool option_default(struct parser *p, struct ddl_step *step)
{
    if (accept_word(p, KW_CHARSET))
        return option_charset(p, step);
    if (accept_word(p, KW_COLLATE))
        return option_collate(p, step);
    if (accept_word(p, KW_CHARACTER) || accept_word(p, KW_CHAR))
        return option_character(p, step);
    return parser_stuck(p);
}

static bool option_comment(struct parser *p, struct ddl_step *step)
{
    (void)accept_punct(p, '=');
    return text_item(p, step, ITEM_COMMENT, expect_string(p));
}

/* One value of any kind. */
static bool option_value(struct parser *p, struct ddl_step *step)
{
    (void)step;
    (void)accept_punct(p, '=');
    if (p->token.kind == TOKEN_STRING)
        return expect_string(p) != NULL;
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_PUNCT)
        return parser_stuck(p);
    parser_next(p);
    return true;
}

static bool option_directory(struct parser *p, struct ddl_step *step)
{
    return expect_word(p, KW_DIRECTORY) && option_value(p, step);
}

static bool option_union(struct parser *p, struct ddl_step *step)
{
    (void)step;
    (void)accept_punct(p, '=');
    return expect_parenthesised(p) != NULL;
}

static bool option_start(struct parser *p, struct ddl_step *step)
{
    (void)step;
    return expect_word(p, KW_TRANSACTION);
}

static bool option_with(struct parser *p, struct ddl_step *step)
{
    struct ddl_item *item = parser_item(p, step, ITEM_VERSIONING);
    if (item == NULL)
        return false;
    item->flag = true;
    return expect_word(p, KW_SYSTEM) && expect_word(p, KW_VERSIONING);
}

static bool option_sequence(struct parser *p, struct ddl_step *step)
{
    uint64_t on = 1;
    (void)accept_punct(p, '=');
    if (!accept_word(p, KW_YES) && !expect_number(p, &on))
        return false;
    struct ddl_item *item = parser_item(p, step, ITEM_SEQUENCE);
    if (item == NULL)
        return false;
    item->flag = on != 0;
    return true;
}

static bool option_auto_increment(struct parser *p, struct ddl_step *step)
{
    uint64_t number;
    (void)accept_punct(p, '=');
    if (!expect_number(p, &number))
        return false;
    struct ddl_item *item = parser_item(p, step, ITEM_FIRST_NUMBER);
    if (item == NULL)
        return false;
    item->number = number;
    return true;
}

typedef bool option_fn(struct parser *p, struct ddl_step *step);
static const struct table_option {
    enum keyword first;
    option_fn *parse; /* behind the word */
} table_options[] = {
    { KW_ENGINE, option_engine },
    { KW_CHARSET, option_charset },
    { KW_CHARACTER, option_character },
    { KW_CHAR, option_character },
    { KW_COLLATE, option_collate },
    { KW_DEFAULT, option_default },
    { KW_COMMENT, option_comment },
    { KW_AUTO_INCREMENT, option_auto_increment },
    { KW_AVG_ROW_LENGTH, option_value },
    { KW_AUTOEXTEND_SIZE, option_value },
    { KW_CHECKSUM, option_value },
    { KW_COMPRESSION, option_value },
    { KW_CONNECTION, option_value },
    { KW_DATA, option_directory },
    { KW_INDEX, option_directory },
    { KW_DELAY_KEY_WRITE, option_value },
    { KW_ENCRYPTION, option_value },
    { KW_ENGINE_ATTRIBUTE, option_value },
    { KW_INSERT_METHOD, option_value },
    { KW_KEY_BLOCK_SIZE, option_value },
    { KW_MAX_ROWS, option_value },
    { KW_MIN_ROWS, option_value },
    { KW_PACK_KEYS, option_value },
    { KW_PAGE_CHECKSUM, option_value },
    { KW_PASSWORD, option_value },
    { KW_ROW_FORMAT, option_value },
    { KW_SECONDARY_ENGINE, option_value },
    { KW_SECONDARY_ENGINE_ATTRIBUTE, option_value },
    { KW_SEQUENCE, option_sequence },
    { KW_START, option_start },
    { KW_STATS_AUTO_RECALC, option_value },
    { KW_STATS_PERSISTENT, option_value },
    { KW_STATS_SAMPLE_PAGES, option_value },
    { KW_STORAGE, option_value },
    { KW_TABLESPACE, option_value },
    { KW_TRANSACTIONAL, option_value },
    { KW_UNION, option_union },
    { KW_WITH, option_with },
};

static const struct table_option *find_option(const struct parser *p)
{
    for (size_t i = 0; i < ARRAY_COUNT(table_options); i++)
        if (at_word(p, table_options[i].first))
            return &table_options[i];
    return NULL;
}

/* An option of a storage engine, in MariaDB: name = value. */
static bool at_engine_option(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    return at_name(p) && next.kind == TOKEN_PUNCT && next.punct == '=';
}

bool at_table_option(const struct parser *p)
{
    return find_option(p) != NULL || at_engine_option(p);
}

bool parse_table_option(struct parser *p, struct ddl_step *step)
{
    const struct table_option *option = find_option(p);
    if (option == NULL && !at_engine_option(p))
        return parser_stuck(p);
    parser_next(p);
    return option == NULL ? option_value(p, step) : option->parse(p, step);
}

bool at_partitioning(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    return at_word(p, KW_PARTITION) && next.kind == TOKEN_WORD && next.keyword == KW_BY;
}

static bool at_query(const struct parser *p)
{
    return at_word(p, KW_SELECT) || at_word(p, KW_AS) || at_word(p, KW_IGNORE) ||
           at_word(p, KW_REPLACE);
}

bool parse_partitioning(struct parser *p, struct ddl_step *step)
{
    return text_item(p, step, ITEM_PARTITION, parser_text_until(p, at_query));
}
