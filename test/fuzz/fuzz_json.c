/* fuzz_json.c - whatever json_text accepts, it prints as JSON: checked by a small parser. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *skip_value(const char *at);

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == 0)
            abort(); /* a string without an end, or a NUL that was not escaped */
        if (*at == '\\')
            at++;
    }
    return at + 1;
}

static const char *skip_scalar(const char *at)
{
    size_t n = strspn(at, "+-.0123456789eEtrufalsn");
    if (n == 0)
        abort();
    return at + n;
}

/* at: behind the opening bracket */
static const char *skip_members(const char *at, char close)
{
    if (*at == close)
        return at + 1;
    for (;;) {
        if (close == '}') {
            if (*at != '"')
                abort();
            at = skip_string(at);
            if (strncmp(at, ": ", 2) != 0)
                abort();
            at += 2;
        }
        at = skip_value(at);
        if (*at == close)
            return at + 1;
        if (strncmp(at, ", ", 2) != 0)
            abort();
        at += 2;
    }
}

static const char *skip_value(const char *at)
{
    if (*at == '{')
        return skip_members(at + 1, '}');
    if (*at == '[')
        return skip_members(at + 1, ']');
    return *at == '"' ? skip_string(at) : skip_scalar(at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 16);
    if (json_text(bytes_of(data, size), &out, &err)) {
        buf_u8(&out, 0);
        if (!out.failed &&
            skip_value((const char *)out.data) != (const char *)out.data + out.len - 1)
            abort(); /* something behind the value */
    } else if (err.code != ERR_CORRUPT && err.code != ERR_UNSUPPORTED) {
        abort();
    }
    buf_clear(&out);
    return 0;
}
