/* charset.c - names and ids of character sets and collations: readings of charsets.def and
 * collations.def. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/charset.h"
#include <strings.h>
#include "sql/charset_internal.h"

static const struct charset charsets[CHARSET_COUNT] = {
#define CHARSET(id, name, max_bytes, form, collation)                                              \
    [CHARSET_##id] = { name, collation, max_bytes, FORM_##form, CHARSET_##id },
#include "sql/charsets.def"
#undef CHARSET
};

struct collation {
    const char *name;
    uint16_t id;
    uint8_t charset;
};

/* Sorted by id, as the rows are. */
static const struct collation collations[] = {
#define COLLATION(id, charset, name) { name, id, CHARSET_##charset },
#include "sql/collations.def"
#undef COLLATION
};

const struct charset *charset_by_name(const char *name)
{
    if (strcasecmp(name, "utf8") == 0)
        return &charsets[CHARSET_UTF8MB3];
    for (size_t i = 0; i < CHARSET_COUNT; i++)
        if (strcasecmp(name, charsets[i].name) == 0)
            return &charsets[i];
    return NULL;
}

/* The first row of the id. */
static const struct collation *collation_find(unsigned id)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(collations);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (collations[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_COUNT(collations) && collations[low].id == id ? &collations[low] : NULL;
}

const struct charset *charset_by_collation_id(unsigned id)
{
    const struct collation *collation = collation_find(id);
    return collation == NULL ? NULL : &charsets[collation->charset];
}

const char *charset_collation_name(unsigned id)
{
    const struct collation *collation = collation_find(id);
    return collation == NULL ? NULL : collation->name;
}

static bool is_utf8_alias(const char *collation, const char *name)
{
    return strncasecmp(collation, "utf8_", 5) == 0 && strncasecmp(name, "utf8mb3_", 8) == 0 &&
           strcasecmp(collation + 5, name + 8) == 0;
}

static const struct collation *collation_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(collations); i++)
        if (strcasecmp(name, collations[i].name) == 0 || is_utf8_alias(name, collations[i].name))
            return &collations[i];
    return NULL;
}

const struct charset *charset_by_collation(const char *collation)
{
    const struct collation *found = collation_named(collation);
    return found == NULL ? NULL : &charsets[found->charset];
}

unsigned charset_collation_id(const char *collation)
{
    const struct collation *found = collation_named(collation);
    return found == NULL ? 0 : found->id;
}

const char *charset_name(const struct charset *charset)
{
    return charset->name;
}

const char *charset_default_collation(const struct charset *charset)
{
    return charset->default_collation;
}

unsigned charset_max_bytes(const struct charset *charset)
{
    return charset->max_bytes;
}

bool charset_is_binary(const struct charset *charset)
{
    return charset->form == FORM_BINARY;
}

bool charset_keeps_ascii(const struct charset *charset)
{
    return charset->form == FORM_UTF8 || charset->form == FORM_SINGLE;
}
