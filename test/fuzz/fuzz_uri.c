/* Connection URIs: whatever is parsed, no refusal holds the password and neither does the redacted
 * form, and what was parsed survives being written again. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "config/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The password as it stands is in the sentence: when it is long, and nowhere else in the text. */
static bool tells(const char *sentence, const char *text, struct bytes password)
{
    /* "--include=NAME" in a sentence: any database's name comes after such a sign */
    if (password.len < 8 || password.data[0] == '=' ||
        memmem(password.data, password.len, "://", 3) != NULL)
        return false;
    const char *after = (const char *)password.data + 1;
    return memmem(after, strlen(after), password.data, password.len) == NULL &&
           memmem(text, strlen(text), password.data, password.len) == password.data &&
           memmem(sentence, strlen(sentence), password.data, password.len) != NULL;
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
    if (!uri_parse(text, &arena, &uri, &err) && tells(err.text, text, uri_password(text)))
        abort();
    if (uri.parameter_count > URI_PARAMETERS_MAX || (uri.host != NULL && uri.socket != NULL))
        abort();
    arena_clear(&arena);
    return 0;
}
