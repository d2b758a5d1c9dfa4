/* collation.c - see collation.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/collation.h"
#include <string.h>
#include "sql/charset.h"

unsigned collation_char_bytes(const char *charset)
{
    const struct charset *known = charset_by_name(charset);
    return known == NULL ? 1 : charset_max_bytes(known);
}

/* utf8 and utf8_x are old names of utf8mb3 and utf8mb3_x. */
static const char *modern(const char *name, struct arena *arena)
{
    if (strcmp(name, "utf8") == 0)
        return "utf8mb3";
    if (strncmp(name, "utf8_", 5) == 0)
        return arena_printf(arena, "utf8mb3_%s", name + 5);
    return name;
}

const char *collation_binary(const char *charset, struct arena *arena)
{
    return strcmp(charset, "binary") == 0 ? "binary" : arena_printf(arena, "%s_bin", charset);
}

static const char *charset_of(const char *collation, struct arena *arena)
{
    const struct charset *known = charset_by_collation(collation);
    if (known != NULL)
        return charset_name(known);
    const char *end = strchr(collation, '_');
    return end == NULL ? collation : arena_strn(arena, collation, (size_t)(end - collation));
}

/* The value of `charset` in a list "a=b,c=d". */
static const char *find_override(const char *list, const char *charset, struct arena *arena)
{
    size_t n = strlen(charset);
    for (const char *p = list; p != NULL && *p != 0;) {
        size_t row = strcspn(p, ",");
        if (row > n && strncmp(p, charset, n) == 0 && p[n] == '=')
            return arena_strn(arena, p + n + 1, row - n - 1);
        p += row;
        p += *p == ',';
    }
    return NULL;
}

static const char *default_collation(enum flavour flavour, const char *overrides,
                                     const char *charset, struct arena *arena)
{
    const char *override = find_override(overrides, charset, arena);
    if (override != NULL)
        return override;
    if (flavour == FLAVOUR_MARIADB && strcmp(charset, "utf8mb4") == 0)
        return "utf8mb4_general_ci";
    const struct charset *known = charset_by_name(charset);
    return known == NULL ? "" : charset_default_collation(known);
}

static bool is_said(const char *text)
{
    return text != NULL && text[0] != 0;
}

struct collation collation_settle(enum flavour flavour, const char *overrides,
                                  struct collation said, struct collation inherited,
                                  struct arena *arena)
{
    struct collation out = inherited;
    bool contextual = is_said(said.collation) && strncmp(said.collation, "uca1400_", 8) == 0;
    if (is_said(said.charset)) {
        out.charset = modern(said.charset, arena);
        out.collation = default_collation(flavour, overrides, out.charset, arena);
    }
    if (contextual) {
        out.collation = arena_printf(arena, "%s_%s", out.charset, said.collation);
    } else if (is_said(said.collation)) {
        out.collation = modern(said.collation, arena);
        out.charset = charset_of(out.collation, arena);
    } else if (said.collation != NULL && !is_said(said.charset)) {
        out.collation = default_collation(flavour, overrides, out.charset, arena); /* DEFAULT */
    }
    return out;
}
