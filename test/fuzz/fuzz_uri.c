/* Connection URIs: whatever is parsed, no refusal holds the password and neither does the redacted
 * form. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "config/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Puts a word of the password's length in its place that nothing else in the text holds; false: the
 * password is too short to be known again, or the text has that word. */
static bool mark_password(char *text, struct bytes *mark)
{
    static const char letters[] = "QZXJKV";
    struct bytes password = uri_password(text);
    if (password.len < 8)
        return false;
    char *place = text + ((const char *)password.data - text);
    for (size_t i = 0; i < password.len; i++)
        place[i] = letters[i % (sizeof letters - 1)];
    *mark = bytes_of(place, password.len);
    return memmem(text, strlen(text), place, 8) == place &&
           memmem(place + password.len, strlen(place + password.len), letters, 6) == NULL;
}

/* No refusal holds a password, wherever in a text it stands. */
static void check_refusal(char *text, struct arena *arena)
{
    struct uri uri = { 0 };
    struct err err = { 0 };
    struct bytes mark;
    if (mark_password(text, &mark) && !uri_parse(text, arena, &uri, &err) &&
        memmem(err.text, strlen(err.text), mark.data, 8) != NULL)
        abort();
}

static void check_redacted(const char *text)
{
    struct bytes password = uri_password(text);
    struct buf out;
    buf_init(&out, 1 << 20);
    uri_print_redacted(text, &out);
    size_t rest = strlen(text) - password.len;
    if (password.data != NULL && out.len != rest + 3)
        abort();
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct uri uri = { 0 };
    struct err err = { 0 };
    arena_init(&arena, 1 << 24);
    char *text = arena_strn(&arena, data, size);
    check_redacted(text);
    if (uri_parse(text, &arena, &uri, &err) &&
        (uri.parameter_count > URI_PARAMETERS_MAX || (uri.host != NULL && uri.socket != NULL)))
        abort();
    check_refusal(text, &arena);
    arena_clear(&arena);
    return 0;
}
