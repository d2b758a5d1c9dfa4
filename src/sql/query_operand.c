/* query_operand.c - what stands between operators: literals, names, variables, subqueries,
 * prefixes. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "sql/query_grammar.h"

enum { LEVEL_UNARY = 13 };

static struct expr *prefix(struct query_parser *q, enum operator_name op)
{
    struct expr *expr = expr_new(q, EXPR_OPERATOR);
    expr->op = op;
    parser_next(&q->p);
    if (!query_enter(q))
        return NULL;
    bool ok = expr_add(q, expr, parse_level(q, LEVEL_UNARY));
    query_leave(q);
    return ok ? expr : NULL;
}

static const char *const unit_names[UNIT_COUNT] = {
#define TIME_UNIT(name, part, digits) #name,
#include "sql/time_units.def"
#undef TIME_UNIT
};

bool query_unit(struct query_parser *q, enum time_unit *out)
{
    struct bytes word = q->p.token.raw;
    if (q->p.failed || q->p.token.kind != TOKEN_WORD)
        return query_stuck(q);
    if (word.len > 4 && strncasecmp((const char *)word.data, "SQL_TSI_", 8) == 0)
        word = bytes_of(word.data + 8, word.len - 8);
    for (unsigned i = 0; i < UNIT_COUNT; i++) {
        if (strlen(unit_names[i]) == word.len &&
            strncasecmp(unit_names[i], (const char *)word.data, word.len) == 0) {
            *out = (enum time_unit)i;
            parser_next(&q->p);
            return true;
        }
    }
    return query_stuck(q);
}

struct expr *parse_interval(struct query_parser *q)
{
    struct expr *interval = expr_new(q, EXPR_INTERVAL);
    parser_next(&q->p);
    bool ok = expr_add(q, interval, parse_expr(q)) && query_unit(q, &interval->unit);
    return ok ? interval : NULL;
}

/* INTERVAL 1 DAY + d is d + INTERVAL 1 DAY; an argument is one alone. */
static struct expr *interval_first(struct query_parser *q)
{
    struct expr *sum = expr_new(q, EXPR_OPERATOR);
    struct expr *interval = parse_interval(q);
    sum->op = OPERATOR_PLUS;
    if (interval == NULL || !query_take_punct(q, '+'))
        return interval;
    return expr_add(q, sum, parse_level(q, LEVEL_UNARY)) && expr_add(q, sum, interval) ? sum : NULL;
}

static struct expr *number(struct query_parser *q)
{
    struct bytes raw = q->p.token.raw;
    bool is_real = memchr(raw.data, 'e', raw.len) != NULL || memchr(raw.data, 'E', raw.len) != NULL;
    struct expr *expr = expr_new(q, is_real ? EXPR_REAL : EXPR_DECIMAL);
    expr->text = arena_copy(q->p.arena, raw);
    uint64_t value = 0;
    if (q->p.token.kind == TOKEN_INTEGER) {
        expr->kind = EXPR_INTEGER;
        for (size_t i = 0; i < raw.len && expr->kind == EXPR_INTEGER; i++) {
            uint64_t digit = (uint64_t)(raw.data[i] - '0');
            if (value > (UINT64_MAX - digit) / 10)
                expr->kind = EXPR_DECIMAL; /* larger than any BIGINT */
            value = value * 10 + digit;
        }
        expr->number = value;
    }
    parser_next(&q->p);
    return expr;
}

static struct expr *text_literal(struct query_parser *q)
{
    bool is_text = q->p.token.kind == TOKEN_STRING || q->p.token.kind == TOKEN_WORD;
    struct expr *expr = expr_new(q, is_text ? EXPR_TEXT : EXPR_BYTES);
    expr->number = !is_text && strchr("xX", q->p.token.raw.data[0]) == NULL;
    if (q->p.token.kind == TOKEN_WORD)
        expr->name = arena_strn(q->p.arena, q->p.token.raw.data + 1, q->p.token.raw.len - 1);
    if (!expect_text_literal(&q->p, &expr->text))
        return NULL;
    if (expr->name != NULL && strcasecmp(expr->name, "binary") == 0)
        expr->kind = EXPR_BYTES;
    return expr;
}

static struct expr *temporal(struct query_parser *q, const char *type)
{
    struct expr *expr = expr_new(q, EXPR_TEMPORAL);
    expr->name = type;
    parser_next(&q->p);
    return expect_text_literal(&q->p, &expr->text) ? expr : NULL;
}

static bool at_scope(const struct query_parser *q, const char *word)
{
    struct token next = parser_peek(&q->p, 1);
    return q->p.token.kind == TOKEN_WORD && q->p.token.raw.len == strlen(word) &&
           strncasecmp((const char *)q->p.token.raw.data, word, strlen(word)) == 0 &&
           next.kind == TOKEN_PUNCT && next.punct == '.';
}

static struct expr *system_variable(struct query_parser *q)
{
    struct expr *expr = expr_new(q, EXPR_SYSTEM);
    expr->number = at_scope(q, "global");
    if (expr->number || at_scope(q, "session") || at_scope(q, "local")) {
        parser_next(&q->p);
        parser_next(&q->p);
    }
    expr->name = expect_word_or_string(&q->p);
    return expr->name != NULL ? expr : NULL;
}

static struct expr *variable(struct query_parser *q)
{
    parser_next(&q->p);
    if (query_take_punct(q, '@'))
        return system_variable(q);
    struct expr *expr = expr_new(q, EXPR_VARIABLE);
    expr->name = expect_word_or_string(&q->p);
    while (expr->name != NULL && at_punct(&q->p, '.') && !q->p.token.spaced) {
        parser_next(&q->p);
        const char *more = expect_word_or_string(&q->p);
        expr->name = more == NULL ? NULL : arena_printf(q->p.arena, "%s.%s", expr->name, more);
    }
    if (expr->name != NULL && at_punct(&q->p, ':'))
        query_refuse(q, "@variable := value inside an expression");
    return expr->name != NULL ? expr : NULL;
}

static struct expr *parenthesis(struct query_parser *q)
{
    struct expr *expr = NULL;
    parser_next(&q->p);
    if (!query_enter(q))
        return NULL;
    if (at_select(q)) {
        expr = expr_new(q, EXPR_SUBQUERY);
        expr->select = parse_select(q);
    } else {
        expr = parse_expr(q);
        if (expr != NULL && at_punct(&q->p, ',')) {
            struct expr *row = expr_new(q, EXPR_ROW);
            if (!expr_add(q, row, expr))
                return NULL;
            while (query_take_punct(q, ','))
                if (!expr_add(q, row, parse_expr(q)))
                    return NULL;
            expr = row;
        }
    }
    query_leave(q);
    return query_expect_punct(q, ')') ? expr : NULL;
}

static struct expr *parse_case(struct query_parser *q)
{
    struct expr *expr = expr_new(q, EXPR_CASE);
    parser_next(&q->p);
    expr->number = !query_at(q, KW_WHEN);
    if (expr->number && !expr_add(q, expr, parse_expr(q)))
        return NULL;
    while (query_take(q, KW_WHEN)) {
        if (!expr_add(q, expr, parse_expr(q)) || !query_expect(q, KW_THEN) ||
            !expr_add(q, expr, parse_expr(q)))
            return NULL;
    }
    expr->negated = query_take(q, KW_ELSE);
    if (expr->negated && !expr_add(q, expr, parse_expr(q)))
        return NULL;
    if (expr->count < 2)
        query_stuck(q);
    return query_expect(q, KW_END) ? expr : NULL;
}

static struct expr *parse_exists(struct query_parser *q)
{
    struct expr *expr = expr_new(q, EXPR_EXISTS);
    parser_next(&q->p);
    if (!query_expect_punct(q, '(') || !query_enter(q))
        return NULL;
    expr->select = parse_select(q);
    query_leave(q);
    return query_expect_punct(q, ')') ? expr : NULL;
}

/* BINARY x: the bytes of it. */
static struct expr *parse_binary(struct query_parser *q)
{
    struct expr *expr = expr_new(q, EXPR_CAST);
    parser_next(&q->p);
    expr->cast = arena_alloc(q->p.arena, sizeof *expr->cast);
    expr->cast->kind = CAST_BINARY;
    return expr_add(q, expr, parse_level(q, LEVEL_UNARY)) ? expr : NULL;
}

static struct expr *constant(struct query_parser *q, enum expr_kind kind, uint64_t value)
{
    struct expr *expr = expr_new(q, kind);
    expr->number = value;
    parser_next(&q->p);
    return expr;
}

/* name, table.name, db.table.name, table.* */
static struct expr *column(struct query_parser *q)
{
    struct expr *expr = expr_new(q, EXPR_COLUMN);
    expr->name = query_name(q);
    for (unsigned i = 0; i < 2 && expr->name != NULL && query_take_punct(q, '.'); i++) {
        expr->db = expr->table;
        expr->table = expr->name;
        if (query_take_punct(q, '*')) {
            expr->kind = EXPR_STAR;
            return expr;
        }
        /* behind a dot every word is a name */
        expr->name = q->p.token.kind == TOKEN_WORD || at_name(&q->p) ? expect_word_or_string(&q->p)
                                                                     : query_name(q);
    }
    return expr->name != NULL ? expr : NULL;
}

/* Words that are functions without parentheses. */
static struct expr *bare_function(struct query_parser *q)
{
    static const enum keyword words[] = {
        KW_CURRENT_TIMESTAMP, KW_CURRENT_DATE, KW_CURRENT_TIME,  KW_LOCALTIME,   KW_LOCALTIMESTAMP,
        KW_UTC_DATE,          KW_UTC_TIME,     KW_UTC_TIMESTAMP, KW_CURRENT_USER
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (!query_take(q, words[i]))
            continue;
        if (query_take_punct(q, '('))
            return parse_call(q, keyword_text(words[i]));
        struct expr *call = expr_new(q, EXPR_FUNCTION);
        call->name = keyword_text(words[i]);
        return call;
    }
    return NULL;
}

/* Reserved words that are functions' names too. */
static bool is_function_word(enum keyword word)
{
    static const enum keyword words[] = { KW_IF,     KW_LEFT,    KW_RIGHT,    KW_REPLACE,
                                          KW_MOD,    KW_CHAR,    KW_INSERT,   KW_CONVERT,
                                          KW_VALUES, KW_DEFAULT, KW_DATABASE, KW_SCHEMA };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (words[i] == word)
            return true;
    return false;
}

static struct expr *word(struct query_parser *q)
{
    struct token next = parser_peek(&q->p, 1);
    enum keyword keyword = q->p.token.keyword;
    bool is_call = next.kind == TOKEN_PUNCT && next.punct == '(';
    if (is_call && (!keyword_is_reserved(keyword) || is_function_word(keyword))) {
        const char *name = arena_strn(q->p.arena, q->p.token.raw.data, q->p.token.raw.len);
        parser_next(&q->p);
        parser_next(&q->p);
        return parse_call(q, name);
    }
    struct expr *bare = bare_function(q);
    if (bare != NULL || q->p.failed)
        return bare;
    if (keyword == KW_DEFAULT)
        return constant(q, EXPR_DEFAULT, 0);
    if (next.kind == TOKEN_STRING && (keyword == KW_DATE || keyword == KW_TIME))
        return temporal(q, keyword == KW_DATE ? "date" : "time");
    if (next.kind == TOKEN_STRING && keyword == KW_TIMESTAMP)
        return temporal(q, "timestamp");
    return column(q);
}

static struct expr *row_or_word(struct query_parser *q)
{
    struct token next = parser_peek(&q->p, 1);
    if (next.kind != TOKEN_PUNCT || next.punct != '(')
        return word(q);
    parser_next(&q->p);
    return parenthesis(q);
}

static struct expr *parse_null(struct query_parser *q)
{
    return constant(q, EXPR_NULL, 0);
}

static struct expr *parse_boolean(struct query_parser *q)
{
    return constant(q, EXPR_BOOLEAN, query_at(q, KW_TRUE));
}

static struct expr *parse_match(struct query_parser *q)
{
    query_refuse(q, "MATCH … AGAINST");
    return NULL;
}

static struct expr *keyword_operand(struct query_parser *q)
{
    static const struct {
        enum keyword word;
        struct expr *(*parse)(struct query_parser *);
    } rows[] = {
        { KW_NULL, parse_null },     { KW_TRUE, parse_boolean },  { KW_FALSE, parse_boolean },
        { KW_CASE, parse_case },     { KW_EXISTS, parse_exists }, { KW_INTERVAL, interval_first },
        { KW_BINARY, parse_binary }, { KW_ROW, row_or_word },     { KW_MATCH, parse_match },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].word == q->p.token.keyword)
            return rows[i].parse(q);
    return word(q);
}

static struct expr *punctuation(struct query_parser *q)
{
    switch (q->p.token.punct) {
    case '(':
        return parenthesis(q);
    case '@':
        return variable(q);
    case '-':
        return prefix(q, OPERATOR_NEGATE);
    case '~':
        return prefix(q, OPERATOR_BIT_NOT);
    case '!':
        return prefix(q, OPERATOR_NOT);
    case '+':
        parser_next(&q->p);
        return parse_level(q, LEVEL_UNARY);
    case '?':
        if (q->tree->parameter_count == 65535) {
            query_refuse(q, "more than 65535 parameters");
            return NULL;
        }
        return constant(q, EXPR_PARAMETER, q->tree->parameter_count++);
    case '*':
        return constant(q, EXPR_STAR, 0);
    default:
        query_stuck(q);
        return NULL;
    }
}

static struct expr *operand(struct query_parser *q)
{
    if (q->p.token.kind == TOKEN_INTEGER || q->p.token.kind == TOKEN_DECIMAL)
        return number(q);
    if (at_text_literal(&q->p))
        return text_literal(q);
    if (q->p.token.kind == TOKEN_WORD)
        return keyword_operand(q);
    if (q->p.token.kind == TOKEN_QUOTED)
        return column(q);
    if (q->p.token.kind == TOKEN_PUNCT)
        return punctuation(q);
    query_stuck(q);
    return NULL;
}

struct expr *parse_operand(struct query_parser *q)
{
    if (!query_enter(q))
        return NULL;
    struct expr *expr = operand(q);
    while (expr != NULL && query_take(q, KW_COLLATE)) {
        struct expr *collate = expr_new(q, EXPR_COLLATE);
        collate->name = expect_word_or_string(&q->p);
        expr = collate->name != NULL && expr_add(q, collate, expr) ? collate : NULL;
    }
    query_leave(q);
    return q->p.failed ? NULL : expr;
}
