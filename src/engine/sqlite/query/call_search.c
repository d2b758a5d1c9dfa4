/* call_search.c - functions that count, find and compare within texts; by the collation where MySQL
 * goes by it. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/function.h"

bool eval_length(struct evaluation *e, struct datum *out)
{
    *out = datum_int((int64_t)arg_text(e, 0).len * e->call->number);
    return true;
}

bool eval_char_length(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    *out = datum_int((int64_t)(e->args[0].rep == REP_BYTES ? text.len : text_characters(text)));
    return true;
}

bool eval_ascii(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    *out = datum_int(text.len > 0 ? text.data[0] : 0);
    return true;
}

/* The first character's bytes as one number. */
bool eval_ord(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0), rest = text;
    int64_t number = 0;
    if (rest.len > 0)
        (void)utf8_next(&rest);
    for (size_t i = 0; i < text.len - rest.len; i++)
        number = number << 8 | text.data[i];
    *out = datum_int(number);
    return true;
}

/* Does it stand there? The servers compare stretches of as many bytes; letters beyond ASCII that
 * are alike, but not the same, are refused. */
static bool stands(struct evaluation *e, struct bytes text, struct bytes what, bool *found)
{
    enum { ASCII = 128 };
    *found = true;
    while (what.len > 0 && *found) {
        if (text.len == 0) {
            *found = false;
            return true;
        }
        uint32_t a = utf8_next(&text), b = utf8_next(&what);
        if (!same_characters(e, a, b, found))
            return false;
        if (*found && a != b && (a >= ASCII || b >= ASCII))
            return evaluation_refuse(e, "finding letters beyond ASCII that are alike");
    }
    return true;
}

static bool position(struct evaluation *e, struct bytes what, struct bytes text, int64_t from,
                     struct datum *out)
{
    int64_t at = 1;
    bool found = false;
    *out = datum_int(0);
    for (; at < from && text.len > 0; at++)
        (void)utf8_next(&text);
    if (from < 1 || at < from)
        return true;
    for (;; at++) {
        if (!stands(e, text, what, &found))
            return false;
        if (found)
            *out = datum_int(at);
        if (found || text.len == 0)
            return true;
        (void)utf8_next(&text);
    }
}

bool eval_locate(struct evaluation *e, struct datum *out)
{
    int64_t from = 1;
    if (e->call->count > 2 && !datum_to_int64(e, &e->args[2], &from))
        return false;
    return position(e, arg_text(e, 0), arg_text(e, 1), from, out);
}

bool eval_instr(struct evaluation *e, struct datum *out)
{
    return position(e, arg_text(e, 1), arg_text(e, 0), 1, out);
}

/* FIELD: texts by the collation where all are texts, all integers exactly, else as doubles. */
bool eval_field(struct evaluation *e, struct datum *out)
{
    *out = datum_int(0);
    if (e->args[0].rep == REP_NULL)
        return true;
    for (unsigned i = 1; i < e->call->count; i++) {
        int order = 1;
        if (e->args[i].rep == REP_NULL)
            continue;
        if (!datum_compare(e, &e->args[0], &e->args[i], &order))
            return false;
        if (order == 0) {
            *out = datum_int(i);
            return true;
        }
    }
    return true;
}

bool type_field(struct compiler *c, struct call *call)
{
    bool has_text = false, has_other = false;
    for (unsigned i = 0; i < call->count; i++) {
        has_text = has_text || call->args[i].rep == REP_TEXT;
        has_other = has_other || (call->args[i].rep != REP_TEXT && !is_null(&call->args[i]));
    }
    if (has_text && has_other)
        return compile_refuse(c, "FIELD of texts and other values");
    call->number = 3;
    return type_search(c, call);
}

static size_t spaces_behind(struct bytes text)
{
    size_t n = 0;
    while (n < text.len && text.data[text.len - 1 - n] == ' ')
        n++;
    return n;
}

/* Members of a list are not padded with spaces. */
bool eval_find_in_set(struct evaluation *e, struct datum *out)
{
    struct bytes what = arg_text(e, 0), rest = arg_text(e, 1);
    int64_t place = 1;
    *out = datum_int(0);
    if (rest.len == 0 || (what.len > 0 && memchr(what.data, ',', what.len) != NULL))
        return true;
    for (;; place++) {
        const uint8_t *comma = rest.len > 0 ? memchr(rest.data, ',', rest.len) : NULL;
        size_t len = comma != NULL ? (size_t)(comma - rest.data) : rest.len;
        int order = 1;
        if (!compare_texts(e, what, bytes_of(rest.data, len), &order))
            return false;
        if (order == 0 && spaces_behind(what) == spaces_behind(bytes_of(rest.data, len))) {
            *out = datum_int(place);
            return true;
        }
        if (comma == NULL)
            return true;
        rest = bytes_of(comma + 1, rest.len - len - 1);
    }
}

bool eval_strcmp(struct evaluation *e, struct datum *out)
{
    int order;
    if (!compare_texts(e, arg_text(e, 0), arg_text(e, 1), &order))
        return false;
    *out = datum_int(order);
    return true;
}

bool eval_greatest(struct evaluation *e, struct datum *out)
{
    unsigned best = 0;
    struct call convert = *e->call;
    for (unsigned i = 1; i < e->call->count; i++) {
        int order;
        if (!datum_compare(e, &e->args[i], &e->args[best], &order))
            return false;
        if (e->call->number * order > 0)
            best = i;
    }
    convert.number = 0;
    struct evaluation one = {
        .call = &convert, .args = &e->args[best], .arena = e->arena, .connection = e->connection
    };
    return eval_convert(&one, out);
}
