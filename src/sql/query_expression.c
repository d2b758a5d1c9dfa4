/* query_expression.c - operators by their levels (operators.def), and the predicates. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/query_grammar.h"

enum {
    LEVEL_OR = 1,
    LEVEL_AND = 3,
    LEVEL_NOT = 4,
    LEVEL_COMPARE = 5,
    LEVEL_PREDICATE = 6,
    LEVEL_BITS = 7, /* what LIKE and BETWEEN stand between */
    LEVEL_ADD = 10,
    LEVEL_UNARY = 13,
};

static const struct operator_row {
    unsigned level;
    const char *punct;
    enum keyword word;
    const char *text;
} operators[OPERATOR_COUNT] = {
#define KW_NONE                                  KEYWORD_NONE
#define OPERATOR(name, level, punct, word, text) { level, punct, KW_##word, text },
#include "sql/operators.def"
#undef OPERATOR
#undef KW_NONE
};

const char *operator_text(enum operator_name op)
{
    return operators[op].text;
}

struct expr *expr_new(struct query_parser *q, enum expr_kind kind)
{
    struct expr *expr = arena_alloc(q->p.arena, sizeof *expr);
    expr->kind = kind;
    expr->depth = 1;
    if (++q->nodes > QUERY_NODES_MAX)
        query_refuse(q, "a statement of more than 4,000,000 values");
    return expr;
}

bool expr_add(struct query_parser *q, struct expr *parent, struct expr *arg)
{
    if (q->p.failed || arg == NULL)
        return false;
    struct expr **end = &parent->args;
    while (*end != NULL)
        end = &(*end)->next;
    *end = arg;
    parent->count++;
    if (arg->depth >= parent->depth)
        parent->depth = (uint16_t)(arg->depth + 1);
    return parent->depth <= QUERY_DEPTH_MAX ||
           query_refuse(q, "an expression of more than 200 levels");
}

/* Only failed parts are NULL. */
static struct expr *checked(struct query_parser *q, struct expr *expr)
{
    return q->p.failed ? NULL : expr;
}

/* How many tokens the punctuation takes; 0: it is not at hand. */
static unsigned punct_length(const struct query_parser *q, const char *punct)
{
    struct lexer ahead = q->p.lexer;
    struct token token = q->p.token;
    unsigned n = 0;
    for (; punct[n] != '\0'; n++) {
        if (token.kind != TOKEN_PUNCT || token.punct != (uint8_t)punct[n] ||
            (n > 0 && token.spaced))
            return 0;
        token = lexer_next(&ahead);
    }
    return n;
}

static bool find_operator(const struct query_parser *q, enum operator_name *out, unsigned *length)
{
    enum token_kind kind = q->p.token.kind;
    if (kind != TOKEN_PUNCT && (kind != TOKEN_WORD || q->p.token.keyword == KEYWORD_NONE))
        return false;
    for (unsigned i = 0; i < OPERATOR_COUNT; i++) {
        const struct operator_row *row = &operators[i];
        *length = 1;
        if (kind == TOKEN_PUNCT)
            *length = row->punct != NULL ? punct_length(q, row->punct) : 0;
        else if (row->word == KEYWORD_NONE || row->word != q->p.token.keyword)
            *length = 0;
        *out = (enum operator_name)i;
        if (*length > 0)
            return row->level > 0;
    }
    return false;
}

/* What || and && stand for, and where. */
static unsigned settle_level(const struct query_parser *q, enum operator_name *op)
{
    bool concat = (q->p.session->sql_mode & (1u << 1)) != 0;
    if (*op == OPERATOR_PIPES && !concat)
        *op = OPERATOR_OR;
    else if (*op == OPERATOR_PIPES)
        return LEVEL_UNARY;
    else if (*op == OPERATOR_AMPERSANDS)
        *op = OPERATOR_AND;
    else if (*op == OPERATOR_NOT_EQUAL_C)
        *op = OPERATOR_NOT_EQUAL;
    else if (*op == OPERATOR_MOD)
        *op = OPERATOR_PERCENT;
    return operators[*op].level;
}

static struct expr *parse_like(struct query_parser *q, struct expr *left, bool negated)
{
    struct expr *like = expr_new(q, EXPR_LIKE);
    like->negated = negated;
    bool ok = expr_add(q, like, left) && expr_add(q, like, parse_level(q, LEVEL_UNARY));
    if (ok && query_take(q, KW_ESCAPE))
        ok = expr_add(q, like, parse_level(q, LEVEL_UNARY));
    return ok ? like : NULL;
}

static struct expr *parse_between(struct query_parser *q, struct expr *left, bool negated)
{
    struct expr *between = expr_new(q, EXPR_BETWEEN);
    between->negated = negated;
    bool ok = expr_add(q, between, left) && expr_add(q, between, parse_level(q, LEVEL_BITS)) &&
              query_expect(q, KW_AND) && expr_add(q, between, parse_level(q, LEVEL_PREDICATE));
    return ok ? between : NULL;
}

static struct expr *parse_in(struct query_parser *q, struct expr *left, bool negated)
{
    struct expr *in = expr_new(q, EXPR_IN);
    in->negated = negated;
    if (!expr_add(q, in, left) || !query_expect_punct(q, '(') || !query_enter(q))
        return NULL;
    if (at_select(q)) {
        in->select = parse_select(q);
    } else {
        struct expr *last = in->args;
        do {
            last->next = parse_expr(q);
            if (last->next == NULL)
                return NULL;
            last = last->next;
            in->count++;
            if (last->depth >= in->depth)
                in->depth = (uint16_t)(last->depth + 1);
        } while (query_take_punct(q, ','));
    }
    query_leave(q);
    return query_expect_punct(q, ')') ? in : NULL;
}

static struct expr *parse_regexp(struct query_parser *q, struct expr *left, bool negated)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    call->name = "regexp_like";
    if (!expr_add(q, call, left) || !expr_add(q, call, parse_level(q, LEVEL_BITS)))
        return NULL;
    if (!negated)
        return call;
    struct expr *not = expr_new(q, EXPR_OPERATOR);
    not ->op = OPERATOR_NOT;
    return expr_add(q, not, call) ? not : NULL;
}

static struct expr *parse_is(struct query_parser *q, struct expr *left)
{
    struct expr *is = expr_new(q, EXPR_IS);
    is->negated = query_take(q, KW_NOT);
    if (query_take(q, KW_NULL) || query_take(q, KW_UNKNOWN))
        is->name = "null";
    else if (query_take(q, KW_TRUE))
        is->name = "true";
    else if (query_take(q, KW_FALSE))
        is->name = "false";
    else
        query_stuck(q);
    return expr_add(q, is, left) ? is : NULL;
}

/* LIKE, BETWEEN, IN, REGEXP, with their NOT, behind `left`. *found: one was there. */
static struct expr *parse_predicate(struct query_parser *q, struct expr *left, bool *found)
{
    static const struct {
        enum keyword word;
        struct expr *(*parse)(struct query_parser *, struct expr *, bool);
    } predicates[] = {
        { KW_LIKE, parse_like },     { KW_BETWEEN, parse_between }, { KW_IN, parse_in },
        { KW_REGEXP, parse_regexp }, { KW_RLIKE, parse_regexp },
    };
    bool negated = query_at(q, KW_NOT);
    struct token token = parser_peek(&q->p, negated ? 1 : 0);
    *found = false;
    for (size_t i = 0; i < ARRAY_COUNT(predicates); i++) {
        if (token.kind != TOKEN_WORD || token.keyword != predicates[i].word)
            continue;
        *found = true;
        if (negated)
            parser_next(&q->p);
        parser_next(&q->p);
        return predicates[i].parse(q, left, negated);
    }
    if (query_at(q, KW_SOUNDS)) {
        *found = true;
        query_refuse(q, "SOUNDS LIKE");
    }
    return left;
}

static struct expr *parse_quantified(struct query_parser *q, enum operator_name op,
                                     struct expr *left)
{
    struct expr *made = expr_new(q, EXPR_QUANTIFIED);
    made->op = op;
    made->number = query_at(q, KW_ALL);
    parser_next(&q->p);
    if (!expr_add(q, made, left) || !query_expect_punct(q, '(') || !query_enter(q))
        return NULL;
    made->select = parse_select(q);
    query_leave(q);
    return query_expect_punct(q, ')') ? made : NULL;
}

static bool at_quantifier(const struct query_parser *q)
{
    struct token word = parser_peek(&q->p, 0), next = parser_peek(&q->p, 1);
    bool is_word = word.kind == TOKEN_WORD && word.raw.len >= 3 && word.raw.len <= 4;
    return is_word && next.kind == TOKEN_PUNCT && next.punct == '(' &&
           (word.keyword == KW_ALL || bytes_equal_str(word.raw, "ANY") ||
            bytes_equal_str(word.raw, "any") || bytes_equal_str(word.raw, "some") ||
            bytes_equal_str(word.raw, "SOME"));
}

static struct expr *parse_right(struct query_parser *q, enum operator_name op, unsigned level,
                                struct expr *left)
{
    if (level == LEVEL_COMPARE && at_quantifier(q))
        return parse_quantified(q, op, left);
    struct expr *made = expr_new(q, EXPR_OPERATOR);
    made->op = op;
    if (!expr_add(q, made, left))
        return NULL;
    bool is_interval = level == LEVEL_ADD && query_at(q, KW_INTERVAL);
    struct expr *right = is_interval ? parse_interval(q) : parse_level(q, level + 1);
    return expr_add(q, made, right) ? made : NULL;
}

static struct expr *parse_left(struct query_parser *q, unsigned level)
{
    if (level > LEVEL_NOT || !query_at(q, KW_NOT))
        return parse_operand(q);
    parser_next(&q->p);
    struct expr *not = expr_new(q, EXPR_OPERATOR);
    not ->op = OPERATOR_NOT;
    if (!query_enter(q))
        return NULL;
    bool ok = expr_add(q, not, parse_level(q, LEVEL_NOT));
    query_leave(q);
    return ok ? not : NULL;
}

struct expr *parse_level(struct query_parser *q, unsigned level)
{
    struct expr *left = parse_left(q, level);
    while (!q->p.failed && left != NULL) {
        enum operator_name op;
        unsigned length = 0;
        bool found = false;
        if (level <= LEVEL_PREDICATE) {
            left = parse_predicate(q, left, &found);
            if (found)
                continue;
        }
        if (level <= LEVEL_COMPARE && query_take(q, KW_IS)) {
            left = parse_is(q, left);
            continue;
        }
        if (!find_operator(q, &op, &length))
            break;
        unsigned own = settle_level(q, &op);
        if (own < level)
            break;
        for (unsigned i = 0; i < length; i++)
            parser_next(&q->p);
        left = parse_right(q, op, own, left);
    }
    return checked(q, left);
}

struct expr *parse_expr(struct query_parser *q)
{
    if (!query_enter(q))
        return NULL;
    struct expr *expr = parse_level(q, LEVEL_OR);
    query_leave(q);
    return expr;
}

struct expr *parse_expr_list(struct query_parser *q, unsigned *count)
{
    struct expr *first = NULL, **end = &first;
    *count = 0;
    do {
        *end = parse_expr(q);
        if (*end == NULL)
            return NULL;
        end = &(*end)->next;
        if (++*count > QUERY_ITEMS_MAX)
            query_refuse(q, "more than 4096 expressions in a list");
    } while (query_take_punct(q, ','));
    return checked(q, first);
}
