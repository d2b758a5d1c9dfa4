/* default_resolve.c - the value of a DEFAULT, as a column of its type shows it. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/column_resolve.h"
#include "binlog/text.h"
#include "sql/charset.h"
#include "sql/default_canonical.h"
#include "sql/types.h"

/* Bytes as a number, big end first; more than 64 bits keep the last ones. */
static uint64_t number_of(struct bytes bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

/* Can a C string hold it, and is it well-formed UTF-8? */
static bool is_text(struct bytes bytes)
{
    while (bytes.len > 0) {
        size_t size = bytes.data[0] == 0 ? 0 : text_utf8_size(bytes);
        if (size == 0)
            return false;
        bytes = bytes_of(bytes.data + size, bytes.len - size);
    }
    return true;
}

static char *hex_text(struct bytes bytes, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * bytes.len + 4);
    char *p = text;
    *p++ = 'x';
    *p++ = '\'';
    for (size_t i = 0; i < bytes.len; i++) {
        *p++ = digits[bytes.data[i] >> 4];
        *p++ = digits[bytes.data[i] & 15];
    }
    *p = '\'';
    return text;
}

static void set_bytes(struct bytes value, struct arena *arena, struct column_def *out)
{
    out->default_is_expression = !is_text(value);
    out->default_text = out->default_is_expression ? hex_text(value, arena)
                                                   : arena_strn(arena, value.data, value.len);
    if (!out->default_is_expression)
        out->default_text = default_canonical(out, out->default_text, arena);
}

/* x'e9' for a latin1 column is an é. What is not valid in the charset stays bytes. */
static struct bytes column_bytes(const struct column_def *column, struct bytes value,
                                 struct arena *arena)
{
    const struct charset *charset =
        column->charset == NULL ? NULL : charset_by_name(column->charset);
    struct err ignored;
    struct buf scratch;
    struct bytes utf8 = value;
    if (charset == NULL)
        return value;
    buf_init(&scratch, 4 * (size_t)DDL_TEXT_MAX);
    if (charset_to_utf8(charset, value, &scratch, &utf8, &ignored))
        utf8 = arena_copy(arena, utf8);
    else
        utf8 = value;
    buf_clear(&scratch);
    return utf8;
}

static void set_bits(struct bytes value, struct arena *arena, struct column_def *out)
{
    enum type_class class = sql_type_class(out->type);
    if (class == TYPE_TEXT || class == TYPE_BINARY || class == TYPE_OTHER || class == TYPE_TEMPORAL)
        set_bytes(column_bytes(out, value, arena), arena, out);
    else
        out->default_text = arena_printf(arena, "%llu", (unsigned long long)number_of(value));
}

void default_resolve(const struct column_spec *spec, struct arena *arena, struct column_def *out)
{
    out->default_text = NULL;
    out->default_is_expression = false;
    switch (spec->default_kind) {
    case DEFAULT_UNSAID:
    case DEFAULT_NULL:
        return;
    case DEFAULT_BITS:
        set_bits(spec->default_value, arena, out);
        return;
    case DEFAULT_TEXT:
        if (out->type == SQL_BIT)
            set_bits(spec->default_value, arena, out);
        else
            set_bytes(spec->default_value, arena, out);
        return;
    case DEFAULT_NUMBER:
        set_bytes(spec->default_value, arena, out);
        return;
    case DEFAULT_NOW:
    case DEFAULT_EXPRESSION:
        out->default_text = arena_strn(arena, spec->default_value.data, spec->default_value.len);
        out->default_is_expression = true;
        return;
    }
}
