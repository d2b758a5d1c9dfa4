/* call_regexp.c - REGEXP and the functions of regular expressions. A pattern is compiled once for
 * as long as a statement runs and it stays the same: SQLite keeps it with the call. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "engine/sqlite/query/function.h"
#include "engine/sqlite/query/regexp.h"

/* The arguments behind text and pattern, and a replacement if there is one. */
struct options {
    size_t start; /* bytes */
    int64_t occurrence;
    bool gives_end;
    unsigned flags;
};

static bool is_mysql(const struct evaluation *e)
{
    return e->connection->engine->flavour == FLAVOUR_MYSQL;
}

/* ---- the pattern ---- */

static void free_regexp(void *regexp)
{
    regexp_free(regexp);
}

static bool fail(struct evaluation *e, const struct err *err)
{
    if (err->code == ERR_CORRUPT && !is_mysql(e))
        return evaluation_fail(e, PROBLEM_REGEXP, "%s", err->text);
    return evaluation_refuse(e, err->text);
}

/* Borrowed from SQLite, which forgets it behind the statement; *owned: the caller's, of a constant.
 */
static struct regexp *regexp_of(struct evaluation *e, unsigned flags, struct regexp **owned)
{
    struct err err = { 0 };
    struct bytes pattern = datum_to_text(&e->args[1], e->arena);
    struct regexp *regexp = e->context != NULL ? sqlite3_get_auxdata(e->context, 0) : NULL;
    *owned = NULL;
    if (regexp != NULL && regexp_is(regexp, pattern, flags))
        return regexp;
    if (!regexp_new(pattern, flags, &regexp, &err)) {
        fail(e, &err);
        return NULL;
    }
    if (e->context == NULL) {
        *owned = regexp;
        return regexp;
    }
    sqlite3_set_auxdata(e->context, 0, regexp, free_regexp);
    regexp = sqlite3_get_auxdata(e->context, 0);
    if (regexp == NULL)
        evaluation_refuse(e, "a regular expression without memory");
    return regexp;
}

static bool is_caseless(const char *collation)
{
    size_t len = strlen(collation);
    bool is_bin = len >= 4 && strcasecmp(collation + len - 4, "_bin") == 0;
    bool is_cs = len >= 3 && strcasecmp(collation + len - 3, "_cs") == 0;
    return !is_bin && !is_cs;
}

static bool read_letters(struct evaluation *e, struct bytes letters, unsigned *flags)
{
    for (size_t i = 0; i < letters.len; i++) {
        switch (letters.data[i]) {
        case 'c':
            *flags &= ~(unsigned)REGEXP_CASELESS;
            break;
        case 'i':
            *flags |= REGEXP_CASELESS;
            break;
        case 'm':
            *flags |= REGEXP_LINES;
            break;
        case 'n':
            *flags |= REGEXP_DOT_ALL;
            break;
        case 'u':
            *flags |= REGEXP_UNIX;
            break;
        default:
            return evaluation_refuse(e, "such a letter among a regular expression's options");
        }
    }
    return true;
}

/* Of the character `position`, which counts from 1. */
static bool find_start(struct evaluation *e, struct bytes text, int64_t position, size_t *start)
{
    struct bytes rest = text;
    for (; position > 1 && rest.len > 0; position--)
        (void)utf8_next(&rest);
    *start = text.len - rest.len;
    return position == 1 || evaluation_refuse(e, "searching behind the end of a text");
}

/* [position[, occurrence[, return option]]] [, letters], from argument `first` on. */
static bool read_options(struct evaluation *e, struct bytes text, unsigned first,
                         struct options *out)
{
    unsigned letters = e->call->number > 0 ? (unsigned)e->call->number : first;
    int64_t numbers[3] = { 1, out->occurrence, 0 };
    for (unsigned i = first; i < letters && i < e->call->count; i++)
        if (!datum_to_int64(e, &e->args[i], &numbers[i - first]))
            return false;
    out->flags =
        (is_caseless(e->call->collation) ? REGEXP_CASELESS : 0) | (is_mysql(e) ? REGEXP_ICU : 0);
    if (letters < e->call->count &&
        !read_letters(e, datum_to_text(&e->args[letters], e->arena), &out->flags))
        return false;
    out->occurrence = numbers[1];
    out->gives_end = numbers[2] != 0;
    return find_start(e, text, numbers[0], &out->start);
}

/* Where to go on behind a match: an empty one is passed over. */
static size_t behind(struct bytes text, const struct regexp_match *match)
{
    size_t end = match->groups[0].end;
    struct bytes rest = bytes_of(text.data + end, text.len - end);
    if (match->groups[0].begin == end)
        (void)utf8_next(&rest);
    return text.len - rest.len;
}

/* The occurrence that is asked for. */
static bool find(struct evaluation *e, struct bytes text, struct regexp_match *match,
                 struct options *options)
{
    struct regexp *owned = NULL;
    struct err err = { 0 };
    *options = (struct options){ .occurrence = 1 };
    if (!read_options(e, text, 2, options))
        return false;
    struct regexp *regexp = regexp_of(e, options->flags, &owned);
    bool ok = regexp != NULL;
    size_t start = options->start;
    for (int64_t i = 1;; i++) {
        if (ok && !regexp_match(regexp, text, start, match, &err))
            ok = fail(e, &err);
        if (!ok || !match->found || i >= options->occurrence)
            break;
        match->found = match->groups[0].end < text.len;
        if (!match->found)
            break;
        start = behind(text, match);
    }
    regexp_free(owned);
    return ok;
}

/* ---- functions ---- */

bool eval_regexp_like(struct evaluation *e, struct datum *out)
{
    struct options options;
    struct regexp_match match;
    if (!find(e, datum_to_text(&e->args[0], e->arena), &match, &options))
        return false;
    *out = datum_int(match.found);
    return true;
}

bool eval_regexp_instr(struct evaluation *e, struct datum *out)
{
    struct options options;
    struct regexp_match match;
    struct bytes text = datum_to_text(&e->args[0], e->arena);
    if (!find(e, text, &match, &options))
        return false;
    size_t place = options.gives_end ? match.groups[0].end : match.groups[0].begin;
    *out = datum_int(match.found ? (int64_t)text_characters(bytes_of(text.data, place)) + 1 : 0);
    return true;
}

bool eval_regexp_substr(struct evaluation *e, struct datum *out)
{
    struct options options;
    struct regexp_match match;
    struct bytes text = datum_to_text(&e->args[0], e->arena);
    if (!find(e, text, &match, &options))
        return false;
    if (match.found)
        give_text(e,
                  bytes_of(text.data + match.groups[0].begin,
                           match.groups[0].end - match.groups[0].begin),
                  out);
    else if (!is_mysql(e))
        give_text(e, bytes_of_str(""), out);
    return true;
}

/* ---- REGEXP_REPLACE ---- */

struct replacing {
    struct evaluation *e;
    struct bytes text, by;
    struct buf *out;
};

static void add_group(struct replacing *r, const struct regexp_match *match, unsigned group)
{
    const struct regexp_group *g = &match->groups[group];
    if (group < match->count && g->is_set)
        buf_append(r->out, r->text.data + g->begin, g->end - g->begin);
}

/* A mark in front of a digit is that group: MariaDB's \1, MySQL's $1. A backslash in front of
 * anything else goes. */
static bool add_replacement(struct replacing *r, const struct regexp_match *match)
{
    uint8_t mark = is_mysql(r->e) ? '$' : '\\';
    for (size_t i = 0; i < r->by.len; i++) {
        uint8_t c = r->by.data[i];
        bool has_next = i + 1 < r->by.len;
        uint8_t next = has_next ? r->by.data[i + 1] : 0;
        bool is_group = c == mark && next >= '0' && next <= '9';
        bool is_longer = i + 2 < r->by.len && r->by.data[i + 2] >= '0' && r->by.data[i + 2] <= '9';
        if (mark == '$' && c == mark &&
            (!is_group || is_longer || (unsigned)(next - '0') >= match->count))
            return evaluation_refuse(r->e, "such a group in a replacement");
        if (mark == '$' && c == '\\' && (next == 'u' || next == 'U' || !has_next))
            return evaluation_refuse(r->e, "such a backslash in a replacement");
        if (is_group)
            add_group(r, match, next - '0');
        else if (c != '\\')
            buf_u8(r->out, c);
        if (is_group)
            i++;
        else if (c == '\\' && has_next)
            buf_u8(r->out, r->by.data[++i]);
    }
    return true;
}

/* One occurrence, or all (0). MariaDB ends at an empty match; what MySQL does there is not done. */
static bool replace(struct replacing *r, struct regexp *regexp, const struct options *options)
{
    struct regexp_match match;
    struct err err = { 0 };
    size_t start = options->start;
    buf_append(r->out, r->text.data, start);
    for (int64_t i = 1; start <= r->text.len; i++) {
        if (!regexp_match(regexp, r->text, start, &match, &err))
            return fail(r->e, &err);
        if (!match.found)
            break;
        size_t begin = match.groups[0].begin, end = match.groups[0].end;
        if (begin == end && is_mysql(r->e))
            return evaluation_refuse(r->e, "replacing what is empty");
        if (begin == end)
            break;
        bool is_meant = options->occurrence == 0 || i == options->occurrence;
        buf_append(r->out, r->text.data + start, (is_meant ? begin : end) - start);
        if (is_meant && !add_replacement(r, &match))
            return false;
        start = end;
        if (options->occurrence == i)
            break;
    }
    buf_append(r->out, r->text.data + start, r->text.len - start);
    return !r->out->failed || evaluation_refuse(r->e, "a text as long as this");
}

bool eval_regexp_replace(struct evaluation *e, struct datum *out)
{
    struct options options = { .occurrence = 0 };
    struct regexp *owned = NULL;
    AUTO_BUF made;
    buf_init(&made, TEXT_RESULT_MAX);
    struct replacing r = { .e = e,
                           .text = datum_to_text(&e->args[0], e->arena),
                           .by = datum_to_text(&e->args[2], e->arena),
                           .out = &made };
    if (!read_options(e, r.text, 3, &options))
        return false;
    struct regexp *regexp = regexp_of(e, options.flags, &owned);
    bool ok = regexp != NULL && replace(&r, regexp, &options);
    regexp_free(owned);
    if (ok)
        give_text(e, arena_copy(e->arena, buf_bytes(&made)), out);
    return ok;
}

/* ---- types ---- */

bool type_regexp(struct compiler *c, struct call *call)
{
    if (!arg_text_collation(c, call))
        return false;
    call->type = typed_bool();
    return true;
}

bool type_regexp_place(struct compiler *c, struct call *call)
{
    if (!arg_text_collation(c, call))
        return false;
    call->type = typed_int(10, true);
    return true;
}

/* Of any length. */
bool type_regexp_text(struct compiler *c, struct call *call)
{
    if (!type_text_first(c, call))
        return false;
    call->type.length = TEXT_RESULT_MAX;
    return true;
}
