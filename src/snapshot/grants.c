/* snapshot/grants.c - SHOW GRANTS lines as a handful of yes and no.
 *
 * A line is `GRANT list ON object TO …`. Quoted names may hold any word, so the list is only read
 * up to the first ON outside of quotes and parentheses (column lists). */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/grants.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "base/macros.h"

static const struct privilege_word {
    const char *word;
    size_t field;
    bool everywhere; /* counts only when granted ON *.* */
} words[] = {
#define PRIVILEGE(word, field, everywhere) { word, offsetof(struct privileges, field), everywhere },
#include "snapshot/grants.def"
#undef PRIVILEGE
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct bytes trim(struct bytes text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

static bool starts_with(struct bytes text, const char *word)
{
    size_t len = strlen(word);
    return text.len >= len && strncasecmp((const char *)text.data, word, len) == 0;
}

/* Where the next `,` or ` ON ` stands outside of quotes and parentheses; text.len when nowhere. */
static size_t item_end(struct bytes text)
{
    uint8_t quote = 0;
    int depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
            continue;
        }
        if (c == '`' || c == '\'' || c == '"')
            quote = c;
        depth += (c == '(') - (c == ')');
        if (depth != 0)
            continue;
        struct bytes rest = { text.data + i, text.len - i };
        if (c == ',' || (is_space(c) && starts_with(rest, " ON ")))
            return i;
    }
    return text.len;
}

static void add_word(struct privileges *privileges, struct bytes word, bool everywhere)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        size_t len = strlen(words[i].word);
        bool same = word.len == len && starts_with(word, words[i].word);
        /* a column list follows: SELECT (a, b) */
        bool columns = word.len > len && starts_with(word, words[i].word) &&
                       word.data[len] == ' ' && word.data[len + 1] == '(';
        if ((same && (everywhere || !words[i].everywhere)) || (columns && !words[i].everywhere))
            *(bool *)((char *)privileges + words[i].field) = true;
    }
}

/* The next privilege of the list; *more false when ON follows it (rest then starts with " ON "). */
static struct bytes next_word(struct bytes *rest, bool *more)
{
    size_t end = item_end(*rest);
    struct bytes word = trim(bytes_of(rest->data, end));
    *more = end < rest->len && rest->data[end] == ',';
    rest->data += end + (*more ? 1 : 0);
    rest->len -= end + (*more ? 1 : 0);
    return word;
}

void privileges_add(struct privileges *privileges, struct bytes line)
{
    privileges->known = true;
    line = trim(line);
    if (!starts_with(line, "GRANT "))
        return;
    struct bytes list = { line.data + 6, line.len - 6 };
    struct bytes rest = list;
    bool more = true;
    while (more)
        next_word(&rest, &more);
    if (!starts_with(rest, " ON "))
        return; /* a role is granted: its own lines follow where it is active */
    bool everywhere = starts_with(rest, " ON *.* ");
    more = true;
    while (more)
        add_word(privileges, next_word(&list, &more), everywhere);
}
