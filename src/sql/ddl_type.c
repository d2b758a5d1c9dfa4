/* ddl_type.c - column types: names, synonyms and the numbers in parentheses.
 *
 * The result is the type as written; what a context decides (charset, TEXT(n)'s real size, BIT
 * without a number) is settled in column_resolve.c. */
// SPDX-License-Identifier: Apache-2.0

#include "sql/ddl_grammar.h"
#include <strings.h>

enum type_args {
    ARGS_NOTHING,
    ARGS_WIDTH,
    ARGS_BOOL,
    ARGS_SERIAL,
    ARGS_FLOAT,
    ARGS_REAL,
    ARGS_DECIMAL,
    ARGS_SIZE,
    ARGS_FRACTION,
    ARGS_TEXT,
    ARGS_NATIONAL,
    ARGS_LABELS,
    ARGS_GEOMETRY,
};

static const struct type_word {
    const char *text;
    enum sql_type type;
    enum type_args args;
} type_words[] = {
#define WORD(text, type, args) { text, type, ARGS_##args },
#include "sql/type_words.def"
#undef WORD
};

enum { SQL_MODE_ORACLE = 1 << 9, FLOAT_DIGITS_MAX = 24 };

static bool token_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
           strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
}

static const struct type_word *find_word(const struct token *token)
{
    for (size_t i = 0; i < ARRAY_COUNT(type_words); i++)
        if (token_is(token, type_words[i].text))
            return &type_words[i];
    return NULL;
}

/* (n), if it is there. */
static bool parse_size(struct parser *p, struct column_spec *spec)
{
    if (!accept_punct(p, '('))
        return true;
    spec->has_size = true;
    return expect_number(p, &spec->size) && expect_punct(p, ')');
}

/* (m) or (m,d), if it is there. */
static bool parse_size_and_scale(struct parser *p, struct column_spec *spec)
{
    if (!accept_punct(p, '('))
        return true;
    uint64_t scale = 0;
    spec->has_size = true;
    if (!expect_number(p, &spec->size))
        return false;
    if (accept_punct(p, ',')) {
        spec->has_scale = true;
        if (!expect_number(p, &scale))
            return false;
    }
    if (spec->size > 255 || scale > 255)
        return parser_refuse(p, "column %s: %llu digits are too many", spec->def.name,
                             (unsigned long long)spec->size);
    spec->def.scale = (uint8_t)scale;
    return expect_punct(p, ')');
}

static bool parse_fraction(struct parser *p, struct column_spec *spec)
{
    if (!parse_size(p, spec))
        return false;
    if (spec->size > 6)
        return parser_refuse(p, "column %s: %llu fractional digits; 6 are the most", spec->def.name,
                             (unsigned long long)spec->size);
    spec->def.scale = (uint8_t)spec->size;
    return true;
}

struct label {
    struct label *next;
    char *text;
};

static bool parse_label(struct parser *p, const char *column, struct label **out)
{
    struct bytes value;
    if (!expect_text_literal(p, &value))
        return false;
    if (value.len > 0 && memchr(value.data, 0, value.len) != NULL)
        return parser_refuse(p, "column %s: a label with a NUL byte is not kept", column);
    *out = arena_alloc(p->arena, sizeof **out);
    (*out)->text = arena_strn(p->arena, value.data, value.len);
    return true;
}

static bool parse_labels(struct parser *p, struct column_spec *spec)
{
    struct label *first = NULL;
    struct label **last = &first;
    unsigned count = 0;
    if (!expect_punct(p, '('))
        return false;
    do {
        if (++count > DDL_LABEL_MAX)
            return parser_refuse(p, "column %s has more than %d labels", spec->def.name,
                                 DDL_LABEL_MAX);
        if (!parse_label(p, spec->def.name, last))
            return false;
        last = &(*last)->next;
    } while (accept_punct(p, ','));
    spec->def.labels = arena_alloc(p->arena, count * sizeof *spec->def.labels);
    for (unsigned i = 0; i < count; i++, first = first->next)
        spec->def.labels[i] = first->text;
    spec->def.label_count = count;
    return expect_punct(p, ')');
}

/* FLOAT(p) with one number is a number of bits. */
static bool parse_float(struct parser *p, struct column_spec *spec)
{
    if (!parse_size_and_scale(p, spec))
        return false;
    if (spec->has_size && !spec->has_scale && spec->def.type == SQL_FLOAT) {
        if (spec->size > FLOAT_DIGITS_MAX)
            spec->def.type = SQL_DOUBLE;
        spec->has_size = false;
    }
    return true;
}

static bool parse_geometry(struct parser *p, struct column_spec *spec, const char *word)
{
    char *kind = arena_str(p->arena, word);
    for (char *c = kind; *c != 0; c++)
        *c = (char)(*c | 0x20);
    if (strcmp(kind, "geomcollection") == 0)
        kind = arena_str(p->arena, "geometrycollection");
    spec->def.geometry_kind = kind;
    return true;
}

static bool parse_serial(struct column_spec *spec)
{
    spec->def.is_unsigned = true;
    spec->def.auto_increment = true;
    spec->not_null_said = true;
    spec->is_unique = true;
    return true;
}

/* Behind the type's name. */
static bool parse_args(struct parser *p, struct column_spec *spec, const struct type_word *word)
{
    switch (word->args) {
    case ARGS_NOTHING:
        return true;
    case ARGS_BOOL:
        spec->is_bool = true;
        return true;
    case ARGS_SERIAL:
        return parse_serial(spec);
    case ARGS_REAL:
        if ((p->ddl->session.sql_mode & SQL_MODE_REAL_AS_FLOAT) != 0)
            spec->def.type = SQL_FLOAT;
        return parse_size_and_scale(p, spec);
    case ARGS_FLOAT:
        return parse_float(p, spec);
    case ARGS_DECIMAL:
        return parse_size_and_scale(p, spec);
    case ARGS_FRACTION:
        return parse_fraction(p, spec);
    case ARGS_LABELS:
        return parse_labels(p, spec);
    case ARGS_GEOMETRY:
        return parse_geometry(p, spec, word->text);
    case ARGS_NATIONAL:
        spec->national = true;
        return parse_size(p, spec);
    case ARGS_WIDTH:
    case ARGS_SIZE:
    case ARGS_TEXT:
        return parse_size(p, spec);
    }
    return parser_stuck(p);
}

static bool accept_text(struct parser *p, const char *word)
{
    if (!token_is(&p->token, word))
        return false;
    parser_next(p);
    return true;
}

static bool accept_char(struct parser *p)
{
    return accept_text(p, "CHAR") || accept_text(p, "CHARACTER");
}

static bool accept_varchar(struct parser *p)
{
    return accept_text(p, "VARCHAR") || accept_text(p, "VARCHARACTER");
}

/* LONG [VARCHAR | CHAR VARYING | VARBINARY]: behind LONG. */
static bool parse_long(struct parser *p, struct column_spec *spec)
{
    spec->def.type = SQL_MEDIUMTEXT;
    if (accept_text(p, "VARBINARY"))
        spec->def.type = SQL_MEDIUMBLOB;
    else if (accept_char(p))
        return expect_word(p, KW_VARYING);
    else
        (void)accept_varchar(p);
    return true;
}

/* NATIONAL CHAR [VARYING] | NATIONAL VARCHAR: behind NATIONAL. NCHAR [VARYING]: behind NCHAR. */
static bool parse_national(struct parser *p, struct column_spec *spec, bool char_said)
{
    spec->def.type = SQL_CHAR;
    spec->national = true;
    if (accept_varchar(p) || accept_word(p, KW_VARYING))
        spec->def.type = SQL_VARCHAR;
    else if (accept_char(p)) {
        if (accept_word(p, KW_VARYING))
            spec->def.type = SQL_VARCHAR;
    } else if (!char_said) {
        return parser_stuck(p);
    }
    return parse_size(p, spec);
}

/* sql_mode=ORACLE gives four names another meaning. */
static void adopt_oracle(struct parser *p, struct column_spec *spec, const struct type_word *word,
                         bool oracle)
{
    if (!oracle && strcmp(word->text, "NUMBER") != 0)
        return;
    if (spec->def.type == SQL_DATE) {
        spec->def.type = SQL_DATETIME;
    } else if (spec->def.type == SQL_BLOB && !at_punct(p, '(')) {
        spec->def.type = SQL_LONGBLOB;
    } else if (strcmp(word->text, "NUMBER") == 0 && !at_punct(p, '(')) {
        spec->def.type = SQL_DOUBLE;
    }
}

/* mariadb_schema.date: the type as without sql_mode=ORACLE; oracle_schema.date: as with it. */
static bool parse_qualifier(struct parser *p)
{
    bool oracle = (p->ddl->session.sql_mode & SQL_MODE_ORACLE) != 0 &&
                  p->ddl->session.flavour == FLAVOUR_MARIADB;
    struct token dot = parser_peek(p, 1);
    if (dot.kind != TOKEN_PUNCT || dot.punct != '.')
        return oracle;
    oracle = token_is(&p->token, "oracle_schema");
    parser_next(p);
    parser_next(p);
    return oracle;
}

bool parse_type(struct parser *p, struct column_spec *spec)
{
    bool oracle = parse_qualifier(p);
    if (accept_text(p, "LONG"))
        return parse_long(p, spec);
    if (accept_text(p, "NATIONAL"))
        return parse_national(p, spec, false);
    if (accept_text(p, "NCHAR"))
        return parse_national(p, spec, true);
    const struct type_word *word = find_word(&p->token);
    if (word == NULL)
        return parser_stuck(p);
    parser_next(p);
    spec->def.type = word->type;
    if (word->type == SQL_CHAR && accept_word(p, KW_VARYING))
        spec->def.type = SQL_VARCHAR;
    if (strcmp(word->text, "DOUBLE") == 0)
        (void)accept_word(p, KW_PRECISION);
    if (word->type == SQL_JSON && p->ddl->session.flavour == FLAVOUR_MARIADB) {
        spec->def.type = SQL_LONGTEXT;
        spec->is_json_alias = true;
    }
    adopt_oracle(p, spec, word, oracle);
    return parse_args(p, spec, word);
}
