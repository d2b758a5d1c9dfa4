/* default_resolve.c - the value of a DEFAULT, as a column of its type shows it. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/column_resolve.h"
#include "sql/types.h"

/* Bytes as a number, big end first; more than 64 bits keep the last ones. */
static uint64_t number_of(struct bytes bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

/* Can a C string hold it, and is it well-formed UTF-8? */
static bool is_text(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        uint8_t c = bytes.data[i];
        size_t more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : 3;
        if (c == 0 || (c >= 0x80 && c < 0xc2) || c > 0xf4 || more > bytes.len - i - 1)
            return false;
        for (size_t k = 1; k <= more; k++)
            if (!is_continuation(bytes.data[i + k]))
                return false;
        i += more + 1;
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
}

static void set_bits(struct bytes value, struct arena *arena, struct column_def *out)
{
    enum type_class class = sql_type_class(out->type);
    if (class == TYPE_TEXT || class == TYPE_BINARY || class == TYPE_OTHER || class == TYPE_TEMPORAL)
        set_bytes(value, arena, out);
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
