/* collation.c - see collation.h. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/collation.h"
#include <string.h>

/* Default collations as MySQL has them, and bytes of the longest character. */
static const struct charset_row {
    const char *charset, *collation;
    unsigned bytes;
} rows[] = {
    { "armscii8", "armscii8_general_ci", 1 }, { "ascii", "ascii_general_ci", 1 },
    { "big5", "big5_chinese_ci", 2 },         { "binary", "binary", 1 },
    { "cp1250", "cp1250_general_ci", 1 },     { "cp1251", "cp1251_general_ci", 1 },
    { "cp1256", "cp1256_general_ci", 1 },     { "cp1257", "cp1257_general_ci", 1 },
    { "cp850", "cp850_general_ci", 1 },       { "cp852", "cp852_general_ci", 1 },
    { "cp866", "cp866_general_ci", 1 },       { "cp932", "cp932_japanese_ci", 2 },
    { "dec8", "dec8_swedish_ci", 1 },         { "eucjpms", "eucjpms_japanese_ci", 3 },
    { "euckr", "euckr_korean_ci", 2 },        { "gb18030", "gb18030_chinese_ci", 4 },
    { "gb2312", "gb2312_chinese_ci", 2 },     { "gbk", "gbk_chinese_ci", 2 },
    { "geostd8", "geostd8_general_ci", 1 },   { "greek", "greek_general_ci", 1 },
    { "hebrew", "hebrew_general_ci", 1 },     { "hp8", "hp8_english_ci", 1 },
    { "keybcs2", "keybcs2_general_ci", 1 },   { "koi8r", "koi8r_general_ci", 1 },
    { "koi8u", "koi8u_general_ci", 1 },       { "latin1", "latin1_swedish_ci", 1 },
    { "latin2", "latin2_general_ci", 1 },     { "latin5", "latin5_turkish_ci", 1 },
    { "latin7", "latin7_general_ci", 1 },     { "macce", "macce_general_ci", 1 },
    { "macroman", "macroman_general_ci", 1 }, { "sjis", "sjis_japanese_ci", 2 },
    { "swe7", "swe7_swedish_ci", 1 },         { "tis620", "tis620_thai_ci", 1 },
    { "ucs2", "ucs2_general_ci", 2 },         { "ujis", "ujis_japanese_ci", 3 },
    { "utf16", "utf16_general_ci", 4 },       { "utf16le", "utf16le_general_ci", 4 },
    { "utf32", "utf32_general_ci", 4 },       { "utf8mb3", "utf8mb3_general_ci", 3 },
    { "utf8mb4", "utf8mb4_0900_ai_ci", 4 },
};

static const struct charset_row *find(const char *charset)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (strcmp(rows[i].charset, charset) == 0)
            return &rows[i];
    return NULL;
}

unsigned collation_char_bytes(const char *charset)
{
    const struct charset_row *row = find(charset);
    return row == NULL ? 1 : row->bytes;
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
    const struct charset_row *row = find(charset);
    return row == NULL ? "" : row->collation;
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
