/* query_function.c - calls: the ordinary ones, those with a grammar of their own, OVER. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "sql/query_grammar.h"

/* CHAR(5), DECIMAL(10,2): behind the type's name. */
static bool type_size(struct query_parser *q, struct cast_type *type, bool has_scale)
{
    uint64_t size = 0, scale = 0;
    if (!query_take_punct(q, '('))
        return true;
    if (!expect_number(&q->p, &size) ||
        (has_scale && query_take_punct(q, ',') && !expect_number(&q->p, &scale)))
        return query_stuck(q);
    if (size > UINT32_MAX || scale > 38)
        return query_refuse(q, "a size out of range");
    type->has_length = true;
    type->length = (uint32_t)size;
    type->scale = (uint8_t)scale;
    return query_expect_punct(q, ')');
}

static bool char_type(struct query_parser *q, struct cast_type *type)
{
    if (!type_size(q, type, false))
        return false;
    if (accept_words(&q->p, KW_CHARACTER, KW_SET) || query_take(q, KW_CHARSET))
        type->charset = expect_word_or_string(&q->p);
    return !q->p.failed;
}

/* SIGNED, CHAR(5), DECIMAL(10,2) … */
static bool cast_type(struct query_parser *q, struct cast_type *type)
{
    static const struct {
        const char *word;
        enum cast_kind kind;
    } words[] = {
        { "signed", CAST_SIGNED },     { "unsigned", CAST_UNSIGNED }, { "char", CAST_CHAR },
        { "character", CAST_CHAR },    { "varchar", CAST_CHAR },      { "nchar", CAST_CHAR },
        { "binary", CAST_BINARY },     { "date", CAST_DATE },         { "time", CAST_TIME },
        { "datetime", CAST_DATETIME }, { "decimal", CAST_DECIMAL },   { "dec", CAST_DECIMAL },
        { "double", CAST_REAL },       { "real", CAST_REAL },         { "float", CAST_REAL },
        { "json", CAST_JSON },         { "year", CAST_YEAR },         { "integer", CAST_SIGNED },
        { "int", CAST_SIGNED },
    };
    struct bytes raw = q->p.token.raw;
    size_t i = 0;
    while (i < ARRAY_COUNT(words) &&
           (strlen(words[i].word) != raw.len ||
            strncasecmp(words[i].word, (const char *)raw.data, raw.len) != 0))
        i++;
    if (q->p.failed || i == ARRAY_COUNT(words) || q->p.token.kind != TOKEN_WORD)
        return query_stuck(q);
    parser_next(&q->p);
    type->kind = words[i].kind;
    if (type->kind == CAST_SIGNED || type->kind == CAST_UNSIGNED) {
        bool more = q->p.token.kind == TOKEN_WORD && q->p.token.raw.len <= 7 &&
                    strncasecmp((const char *)q->p.token.raw.data, "int", 3) == 0;
        if (more)
            parser_next(&q->p);
        return true;
    }
    if (type->kind == CAST_REAL)
        (void)query_take(q, KW_PRECISION);
    return type->kind == CAST_CHAR ? char_type(q, type)
                                   : type_size(q, type, type->kind == CAST_DECIMAL);
}

static struct expr *call_cast(struct query_parser *q, const char *name)
{
    struct expr *cast = expr_new(q, EXPR_CAST);
    cast->cast = arena_alloc(q->p.arena, sizeof *cast->cast);
    bool is_convert = strcasecmp(name, "convert") == 0;
    if (!expr_add(q, cast, parse_expr(q)))
        return NULL;
    if (is_convert && query_take(q, KW_USING)) {
        cast->cast->kind = CAST_CHAR;
        cast->cast->charset = expect_word_or_string(&q->p);
    } else if (!(is_convert ? query_expect_punct(q, ',') : query_expect(q, KW_AS)) ||
               !cast_type(q, cast->cast)) {
        return NULL;
    }
    return query_expect_punct(q, ')') ? cast : NULL;
}

static struct expr *call_named_column(struct query_parser *q, const char *name)
{
    bool is_default = strcasecmp(name, "default") == 0;
    struct expr *made = expr_new(q, is_default ? EXPR_DEFAULT : EXPR_NEW_VALUE);
    made->name = query_name(q);
    if (made->name != NULL && query_take_punct(q, '.'))
        made->name = query_name(q);
    return query_expect_punct(q, ')') ? made : NULL;
}

/* unit, then arguments: TIMESTAMPDIFF, TIMESTAMPADD; EXTRACT(unit FROM x) */
static struct expr *call_unit(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    struct expr *unit = expr_new(q, EXPR_UNIT);
    bool is_extract = strcasecmp(name, "extract") == 0;
    call->name = name;
    if (!query_unit(q, &unit->unit) || !expr_add(q, call, unit))
        return NULL;
    if (!(is_extract ? query_expect(q, KW_FROM) : query_expect_punct(q, ',')))
        return NULL;
    do {
        if (!expr_add(q, call, parse_expr(q)))
            return NULL;
    } while (query_take_punct(q, ','));
    return query_expect_punct(q, ')') ? call : NULL;
}

/* SUBSTRING(a FROM b FOR c), also with commas */
static struct expr *call_substring(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    (void)name;
    call->name = "substring";
    if (!expr_add(q, call, parse_expr(q)))
        return NULL;
    while (query_take_punct(q, ',') || query_take(q, KW_FROM) || query_take(q, KW_FOR))
        if (!expr_add(q, call, parse_expr(q)))
            return NULL;
    return query_expect_punct(q, ')') ? call : NULL;
}

/* TRIM([BOTH | LEADING | TRAILING] [x FROM] text): args text, x; name says the side. */
static struct expr *call_trim(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    struct expr *what = NULL, *text = NULL;
    bool said = true;
    (void)name;
    call->name = "trim";
    if (query_take(q, KW_LEADING))
        call->name = "trim_leading";
    else if (query_take(q, KW_TRAILING))
        call->name = "trim_trailing";
    else
        said = query_take(q, KW_BOTH);
    if (!said || !query_at(q, KW_FROM))
        what = parse_expr(q);
    text = what;
    if (query_take(q, KW_FROM))
        text = parse_expr(q);
    else
        what = NULL;
    if (!expr_add(q, call, text) || (what != NULL && !expr_add(q, call, what)))
        return NULL;
    return query_expect_punct(q, ')') ? call : NULL;
}

/* POSITION(a IN b) is LOCATE(a, b). */
static struct expr *call_position(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    (void)name;
    call->name = "locate";
    bool ok = expr_add(q, call, parse_level(q, 7)) && query_expect(q, KW_IN) &&
              expr_add(q, call, parse_expr(q)) && query_expect_punct(q, ')');
    return ok ? call : NULL;
}

static struct expr *call_group_concat(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    (void)name;
    call->name = "group_concat";
    call->distinct = query_take(q, KW_DISTINCT);
    call->text = bytes_of_str(",");
    do {
        if (!expr_add(q, call, parse_expr(q)))
            return NULL;
    } while (query_take_punct(q, ','));
    if (!parse_order(q, &call->order))
        return NULL;
    if (query_take(q, KW_SEPARATOR) && !expect_text_literal(&q->p, &call->text))
        return NULL;
    if (query_at(q, KW_LIMIT))
        query_refuse(q, "LIMIT inside GROUP_CONCAT");
    return query_expect_punct(q, ')') ? call : NULL;
}

static bool frame_bound(struct query_parser *q, char *out, size_t size)
{
    const char *side;
    char amount[24] = "";
    if (accept_words(&q->p, KW_CURRENT, KW_ROW)) {
        snprintf(out, size, "CURRENT ROW");
        return true;
    }
    if (query_take(q, KW_UNBOUNDED)) {
        snprintf(amount, sizeof amount, "UNBOUNDED");
    } else {
        uint64_t n = 0;
        if (q->p.token.kind != TOKEN_INTEGER)
            return query_refuse(q, "a window frame whose bound is no number");
        if (!expect_number(&q->p, &n))
            return false;
        snprintf(amount, sizeof amount, "%llu", (unsigned long long)n);
    }
    if (query_take(q, KW_PRECEDING))
        side = "PRECEDING";
    else if (query_take(q, KW_FOLLOWING))
        side = "FOLLOWING";
    else
        return query_stuck(q);
    snprintf(out, size, "%s %s", amount, side);
    return true;
}

static bool parse_frame(struct query_parser *q, struct window *out)
{
    char from[48], to[48];
    const char *unit = query_at(q, KW_ROWS) ? "ROWS" : "RANGE";
    if (!query_at(q, KW_ROWS) && !query_at(q, KW_RANGE))
        return true;
    parser_next(&q->p);
    if (!query_take(q, KW_BETWEEN)) {
        if (!frame_bound(q, from, sizeof from))
            return false;
        out->frame = arena_printf(q->p.arena, "%s %s", unit, from);
        return true;
    }
    if (!frame_bound(q, from, sizeof from) || !query_expect(q, KW_AND) ||
        !frame_bound(q, to, sizeof to))
        return false;
    out->frame = arena_printf(q->p.arena, "%s BETWEEN %s AND %s", unit, from, to);
    return true;
}

bool parse_window(struct query_parser *q, struct window *out)
{
    unsigned count = 0;
    if (at_name(&q->p) && !query_at(q, KW_PARTITION) && !query_at(q, KW_ROWS))
        out->name = query_name(q);
    if (query_take(q, KW_PARTITION)) {
        if (!query_expect(q, KW_BY))
            return false;
        out->partition = parse_expr_list(q, &count);
    }
    return !q->p.failed && parse_order(q, &out->order) && parse_frame(q, out) &&
           query_expect_punct(q, ')');
}

static struct expr *with_window(struct query_parser *q, struct expr *call)
{
    if (call == NULL || !query_take(q, KW_OVER))
        return call;
    call->over = arena_alloc(q->p.arena, sizeof *call->over);
    if (!query_take_punct(q, '(')) {
        call->over->name = query_name(q);
        return call;
    }
    return parse_window(q, call->over) ? call : NULL;
}

static struct expr *call_plain(struct query_parser *q, const char *name)
{
    struct expr *call = expr_new(q, EXPR_FUNCTION);
    call->name = name;
    call->distinct = query_take(q, KW_DISTINCT);
    if (query_take_punct(q, ')'))
        return call;
    do {
        if (!expr_add(q, call, parse_expr(q)))
            return NULL;
    } while (query_take_punct(q, ','));
    return query_expect_punct(q, ')') ? call : NULL;
}

struct expr *parse_call(struct query_parser *q, const char *name)
{
    static const struct {
        const char *name;
        struct expr *(*parse)(struct query_parser *, const char *);
    } special[] = {
        { "cast", call_cast },
        { "convert", call_cast },
        { "default", call_named_column },
        { "values", call_named_column },
        { "timestampdiff", call_unit },
        { "timestampadd", call_unit },
        { "extract", call_unit },
        { "substring", call_substring },
        { "substr", call_substring },
        { "mid", call_substring },
        { "trim", call_trim },
        { "position", call_position },
        { "group_concat", call_group_concat },
    };
    if (!query_enter(q))
        return NULL;
    struct expr *(*parse)(struct query_parser *, const char *) = call_plain;
    for (size_t i = 0; i < ARRAY_COUNT(special); i++)
        if (strcasecmp(special[i].name, name) == 0)
            parse = special[i].parse;
    struct expr *call = parse(q, name);
    query_leave(q);
    return q->p.failed ? NULL : with_window(q, call);
}
