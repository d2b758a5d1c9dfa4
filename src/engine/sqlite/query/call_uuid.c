/* call_uuid.c - UUIDs as texts and as bytes, whose parts of time may change places; SOUNDEX. */
// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include "engine/sqlite/query/function.h"

enum { UUID_BYTES = 16, UUID_DIGITS = 32, UUID_TEXT = 36 };

static int digit_of(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* With dashes, in braces, or digits alone. */
static bool read_uuid(struct bytes text, uint8_t out[UUID_BYTES])
{
    static const uint8_t dashes[] = { 8, 13, 18, 23 };
    unsigned count = 0;
    bool is_braced =
        text.len == UUID_TEXT + 2 && text.data[0] == '{' && text.data[UUID_TEXT + 1] == '}';
    if (is_braced)
        text = bytes_of(text.data + 1, UUID_TEXT);
    if (text.len != UUID_TEXT && text.len != UUID_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = text.len == UUID_TEXT && memchr(dashes, (int)i, sizeof dashes) != NULL;
        int digit = digit_of(text.data[i]);
        if (is_dash ? text.data[i] != '-' : digit < 0)
            return false;
        if (is_dash)
            continue;
        out[count / 2] = (uint8_t)(count % 2 == 0 ? digit << 4 : out[count / 2] | digit);
        count++;
    }
    return true;
}

/* The time's low, middle and high parts, as 1: high, middle, low; and back. */
static void swap_time(uint8_t uuid[UUID_BYTES], bool is_back)
{
    static const uint8_t there[8] = { 6, 7, 4, 5, 0, 1, 2, 3 },
                         back[8] = { 4, 5, 6, 7, 2, 3, 0, 1 };
    uint8_t before[8];
    memcpy(before, uuid, sizeof before);
    for (unsigned i = 0; i < sizeof before; i++)
        uuid[i] = before[is_back ? back[i] : there[i]];
}

static bool wants_swap(struct evaluation *e, bool *out)
{
    int64_t flag = 0;
    if (e->call->count > 1 && !datum_to_int64(e, &e->args[1], &flag))
        return false;
    *out = flag != 0;
    return true;
}

bool eval_is_uuid(struct evaluation *e, struct datum *out)
{
    uint8_t uuid[UUID_BYTES];
    *out = datum_int(read_uuid(arg_text(e, 0), uuid));
    return true;
}

bool eval_uuid_to_bin(struct evaluation *e, struct datum *out)
{
    uint8_t uuid[UUID_BYTES];
    bool swaps;
    struct bytes text = arg_text(e, 0);
    if (!wants_swap(e, &swaps))
        return false;
    if (!read_uuid(text, uuid))
        return evaluation_fail(e, PROBLEM_WRONG_VALUE_FOR_TYPE,
                               "Incorrect string value: '%.*s' for function uuid_to_bin",
                               text.len > 100 ? 100 : (int)text.len, (const char *)text.data);
    if (swaps)
        swap_time(uuid, false);
    *out = (struct datum){ .rep = REP_BYTES,
                           .bytes = arena_copy(e->arena, bytes_of(uuid, sizeof uuid)) };
    return true;
}

bool eval_bin_to_uuid(struct evaluation *e, struct datum *out)
{
    uint8_t uuid[UUID_BYTES];
    bool swaps;
    struct bytes in = e->args[0].bytes;
    if (!datum_has_bytes(&e->args[0]) || !wants_swap(e, &swaps))
        return evaluation_refuse(e, "BIN_TO_UUID of what are no bytes");
    if (in.len != UUID_BYTES)
        return evaluation_fail(e, PROBLEM_WRONG_VALUE_FOR_TYPE,
                               "Incorrect string value for function bin_to_uuid");
    memcpy(uuid, in.data, sizeof uuid);
    if (swaps)
        swap_time(uuid, true);
    const char *text = arena_printf(
        e->arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", uuid[0],
        uuid[1], uuid[2], uuid[3], uuid[4], uuid[5], uuid[6], uuid[7], uuid[8], uuid[9], uuid[10],
        uuid[11], uuid[12], uuid[13], uuid[14], uuid[15]);
    give_text(e, bytes_of_str(text), out);
    return true;
}

bool type_uuid_bytes(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_BYTES, .is_nullable = true, .length = UUID_BYTES };
    return call->args[0].rep == REP_TEXT || is_null(&call->args[0]) ||
           compile_refuse(c, "UUID_TO_BIN of what is no text");
}

/* A letter, and the digits of the sounds behind it, none twice in turn; four at least. */
bool eval_soundex(struct evaluation *e, struct datum *out)
{
    static const char codes[] = "01230120022455012623010202";
    enum { LEAST = 4 };
    struct bytes text = arg_text(e, 0);
    char *made = arena_alloc(e->arena, text.len + LEAST + 1), last = '0';
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = text.data[i];
        if (c >= 0x80)
            return evaluation_refuse(e, "SOUNDEX beyond ASCII");
        if (!isalpha(c))
            continue;
        char code = codes[toupper(c) - 'A'];
        bool is_first = len == 0;
        if (is_first)
            made[len++] = (char)toupper(c);
        else if (code != '0' && code != last)
            made[len++] = code;
        if (is_first || code != '0')
            last = code;
    }
    while (len > 0 && len < LEAST)
        made[len++] = '0';
    give_text(e, bytes_of(made, len), out);
    return true;
}
