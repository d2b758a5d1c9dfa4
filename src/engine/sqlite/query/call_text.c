/* call_text.c - functions that make texts of texts. Characters are those of UTF-8. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/function.h"
#include "sql/letter_case.h"

bool too_long_result(struct evaluation *e, struct datum *out)
{
    *out = datum_null();
    return evaluation_warn(e, PROBLEM_PACKET_TOO_LARGE,
                           "Result was larger than max_allowed_packet (%d) - truncated",
                           TEXT_RESULT_MAX);
}

/* Behind so many characters. */
static struct bytes skip_characters(struct bytes text, uint64_t count)
{
    while (text.len > 0 && count-- > 0)
        (void)utf8_next(&text);
    return text;
}

static struct bytes first_characters(struct bytes text, uint64_t count)
{
    struct bytes rest = skip_characters(text, count);
    return bytes_of(text.data, text.len - rest.len);
}

static bool joined(struct evaluation *e, struct bytes separator, unsigned from, struct datum *out)
{
    size_t len = 0, at = 0;
    bool is_first = true;
    for (unsigned i = from; i < e->call->count; i++)
        if (e->args[i].rep != REP_NULL)
            len += arg_text(e, i).len + separator.len;
    if (len > TEXT_RESULT_MAX)
        return too_long_result(e, out);
    uint8_t *made = arena_alloc_raw(e->arena, len + 1);
    for (unsigned i = from; i < e->call->count; i++) {
        if (e->args[i].rep == REP_NULL)
            continue;
        struct bytes part = arg_text(e, i);
        if (!is_first && separator.len > 0)
            memcpy(made + at, separator.data, separator.len);
        at += is_first ? 0 : separator.len;
        if (part.len > 0)
            memcpy(made + at, part.data, part.len);
        at += part.len;
        is_first = false;
    }
    give_text(e, bytes_of(made, at), out);
    return true;
}

bool eval_concat(struct evaluation *e, struct datum *out)
{
    return joined(e, bytes_of_str(""), 0, out);
}

bool eval_concat_ws(struct evaluation *e, struct datum *out)
{
    if (e->args[0].rep == REP_NULL)
        return true;
    return joined(e, arg_text(e, 0), 1, out);
}

/* a || b, where sql_mode says so */
bool call_concat(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed args[2];
    struct call call = { .eval = eval_concat, .args = args, .count = 2 };
    return compile_expr(c, expr->args, &args[0]) && compile_expr(c, expr->args->next, &args[1]) &&
           type_text(c, &call) && compile_call(c, &call, out);
}

static bool is_newer(const char *collation)
{
    return collation != NULL &&
           (strstr(collation, "_520_") != NULL || strstr(collation, "_0900_") != NULL ||
            strstr(collation, "_uca1400_") != NULL);
}

static size_t put_utf8(uint8_t *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        to[i] = (uint8_t)(0x80 | (code & 0x3f));
    to[0] = (uint8_t)((0xf00u >> len) | code);
    return len;
}

/* number: 1 = upper */
bool eval_letter_case(struct evaluation *e, struct datum *out)
{
    enum { GROWTH = 2 };
    struct bytes text = arg_text(e, 0);
    if (text.len > TEXT_RESULT_MAX / GROWTH)
        return too_long_result(e, out);
    uint8_t *made = arena_alloc_raw(e->arena, GROWTH * text.len + 4);
    size_t len = 0;
    while (text.len > 0) {
        uint32_t code = utf8_next(&text);
        if (!letter_case(code, e->call->number == 1, is_newer(e->call->collation), &code))
            return evaluation_refuse(e, "UPPER and LOWER of these letters");
        len += put_utf8(made + len, code);
    }
    give_text(e, bytes_of(made, len), out);
    return true;
}

/* SUBSTRING(text, from[, count]): from 1; below zero from the end. */
bool eval_substring(struct evaluation *e, struct datum *out)
{
    int64_t from, count = INT64_MAX;
    struct bytes text = arg_text(e, 0);
    if (!datum_to_int64(e, &e->args[1], &from) ||
        (e->call->count > 2 && !datum_to_int64(e, &e->args[2], &count)))
        return false;
    int64_t length = (int64_t)text_characters(text);
    if (from < 0)
        from = from < -length ? 0 : length + from + 1;
    give_text(e, bytes_of_str(""), out);
    if (from <= 0 || from > length || count <= 0)
        return true;
    text = skip_characters(text, (uint64_t)from - 1);
    give_text(e, first_characters(text, (uint64_t)count), out);
    return true;
}

bool eval_left(struct evaluation *e, struct datum *out)
{
    int64_t count;
    if (!datum_to_int64(e, &e->args[1], &count))
        return false;
    give_text(e, first_characters(arg_text(e, 0), count > 0 ? (uint64_t)count : 0), out);
    return true;
}

bool eval_right(struct evaluation *e, struct datum *out)
{
    int64_t count;
    struct bytes text = arg_text(e, 0);
    if (!datum_to_int64(e, &e->args[1], &count))
        return false;
    int64_t length = (int64_t)text_characters(text);
    count = count < 0 ? 0 : count > length ? length : count;
    give_text(e, skip_characters(text, (uint64_t)(length - count)), out);
    return true;
}

enum { TRIM_FRONT = 1, TRIM_BACK = 2 };

static bool starts_with(struct bytes text, struct bytes what)
{
    return text.len >= what.len && memcmp(text.data, what.data, what.len) == 0;
}

static bool ends_with(struct bytes text, struct bytes what)
{
    return text.len >= what.len &&
           memcmp(text.data + text.len - what.len, what.data, what.len) == 0;
}

bool eval_trim(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    struct bytes what = e->call->count > 1 ? arg_text(e, 1) : bytes_of_str(" ");
    while ((e->call->number & TRIM_FRONT) != 0 && what.len > 0 && starts_with(text, what))
        text = bytes_of(text.data + what.len, text.len - what.len);
    while ((e->call->number & TRIM_BACK) != 0 && what.len > 0 && ends_with(text, what))
        text.len -= what.len;
    give_text(e, text, out);
    return true;
}

/* REPLACE compares bytes, whatever the collation. */
bool eval_replace(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0), from = arg_text(e, 1), to = arg_text(e, 2);
    AUTO_BUF made;
    buf_init(&made, TEXT_RESULT_MAX);
    if (from.len == 0) {
        give_text(e, text, out);
        return true;
    }
    while (text.len > 0) {
        bool found = starts_with(text, from);
        struct bytes part = found ? to : bytes_of(text.data, 1);
        size_t step = found ? from.len : 1;
        buf_append(&made, part.data, part.len);
        text = bytes_of(text.data + step, text.len - step);
    }
    if (made.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&made)), out);
    return true;
}

/* number: 1 = on the left */
bool eval_pad(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0),
                 pad = e->call->count > 2 ? arg_text(e, 2) : bytes_of_str(" ");
    int64_t wanted;
    AUTO_BUF made;
    buf_init(&made, TEXT_RESULT_MAX);
    if (!datum_to_int64(e, &e->args[1], &wanted))
        return false;
    int64_t length = (int64_t)text_characters(text);
    if (wanted < 0)
        return true;
    if (wanted <= length) {
        give_text(e, first_characters(text, (uint64_t)wanted), out);
        return true;
    }
    if (pad.len == 0)
        return evaluation_refuse(e, "LPAD and RPAD with nothing");
    if (wanted > TEXT_RESULT_MAX)
        return too_long_result(e, out);
    if (e->call->number == 0)
        buf_append(&made, text.data, text.len);
    struct bytes rest = pad;
    for (int64_t i = length; i < wanted && !made.failed; i++) {
        struct bytes one = first_characters(rest, 1);
        buf_append(&made, one.data, one.len);
        rest = bytes_of(rest.data + one.len, rest.len - one.len);
        rest = rest.len == 0 ? pad : rest;
    }
    if (e->call->number != 0)
        buf_append(&made, text.data, text.len);
    if (made.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&made)), out);
    return true;
}

static bool repeated(struct evaluation *e, struct bytes text, int64_t count, struct datum *out)
{
    if (count <= 0 || text.len == 0) {
        give_text(e, bytes_of_str(""), out);
        return true;
    }
    if ((uint64_t)count > TEXT_RESULT_MAX / text.len)
        return too_long_result(e, out);
    uint8_t *made = arena_alloc_raw(e->arena, text.len * (size_t)count);
    for (int64_t i = 0; i < count; i++)
        memcpy(made + (size_t)i * text.len, text.data, text.len);
    give_text(e, bytes_of(made, text.len * (size_t)count), out);
    return true;
}

bool eval_repeat(struct evaluation *e, struct datum *out)
{
    int64_t count;
    return datum_to_int64(e, &e->args[1], &count) && repeated(e, arg_text(e, 0), count, out);
}

bool eval_space(struct evaluation *e, struct datum *out)
{
    int64_t count;
    return datum_to_int64(e, &e->args[0], &count) && repeated(e, bytes_of_str(" "), count, out);
}

bool eval_reverse(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    uint8_t *made = arena_alloc_raw(e->arena, text.len + 1), *end = made + text.len;
    size_t len = text.len;
    while (text.len > 0) {
        struct bytes one = first_characters(text, 1);
        end -= one.len;
        memcpy(end, one.data, one.len);
        text = bytes_of(text.data + one.len, text.len - one.len);
    }
    give_text(e, bytes_of(made, len), out);
    return true;
}

bool eval_elt(struct evaluation *e, struct datum *out)
{
    int64_t place;
    if (e->args[0].rep == REP_NULL)
        return true;
    if (!datum_to_int64(e, &e->args[0], &place))
        return false;
    if (place < 1 || place >= e->call->count || e->args[place].rep == REP_NULL)
        return true;
    give_text(e, arg_text(e, (unsigned)place), out);
    return true;
}

/* INSERT(text, from, count, new) */
bool eval_insert(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0), new = arg_text(e, 3);
    int64_t from, count;
    if (!datum_to_int64(e, &e->args[1], &from) || !datum_to_int64(e, &e->args[2], &count))
        return false;
    int64_t length = (int64_t)text_characters(text);
    give_text(e, text, out);
    if (from < 1 || from > length)
        return true;
    if (count < 0 || count > length - from + 1)
        count = length - from + 1;
    struct bytes front = first_characters(text, (uint64_t)from - 1);
    struct bytes back = skip_characters(text, (uint64_t)(from - 1 + count));
    uint8_t *made = arena_alloc_raw(e->arena, front.len + new.len + back.len + 1);
    memcpy(made, front.data, front.len);
    memcpy(made + front.len, new.data, new.len);
    memcpy(made + front.len + new.len, back.data, back.len);
    give_text(e, bytes_of(made, front.len + new.len + back.len), out);
    return true;
}

/* SUBSTRING_INDEX(text, delimiter, count): bytes are compared. */
bool eval_substring_index(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0), delimiter = arg_text(e, 1);
    int64_t count, found = 0;
    if (!datum_to_int64(e, &e->args[2], &count))
        return false;
    give_text(e, bytes_of_str(""), out);
    if (count == 0 || delimiter.len == 0 || text.len == 0)
        return true;
    for (size_t i = 0; i + delimiter.len <= text.len; i++) {
        bool is_back = count < 0;
        size_t at = is_back ? text.len - delimiter.len - i : i;
        if (memcmp(text.data + at, delimiter.data, delimiter.len) != 0)
            continue;
        if (++found == (is_back ? -count : count)) {
            size_t end = at + delimiter.len;
            give_text(e,
                      is_back ? bytes_of(text.data + end, text.len - end) : bytes_of(text.data, at),
                      out);
            return true;
        }
        i += delimiter.len - 1;
    }
    give_text(e, text, out);
    return true;
}

bool eval_quote(struct evaluation *e, struct datum *out)
{
    AUTO_BUF made;
    buf_init(&made, TEXT_RESULT_MAX);
    if (e->args[0].rep == REP_NULL) {
        give_text(e, bytes_of_str("NULL"), out);
        return true;
    }
    struct bytes text = arg_text(e, 0);
    buf_u8(&made, '\'');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '\'' || c == '\\' || c == 0 || c == 26)
            buf_u8(&made, '\\');
        buf_u8(&made, c == 0 ? '0' : c == 26 ? 'Z' : c);
    }
    buf_u8(&made, '\'');
    if (made.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&made)), out);
    return true;
}
