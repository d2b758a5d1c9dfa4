/* filter.c - lists of patterns. */
// SPDX-License-Identifier: Apache-2.0
#include "node/filter.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/glob.h"
#include "base/memory.h"

enum { PATTERN_MAX = 64 * 4 * 2 + 1, PATTERNS_MAX = 10000 };

struct patterns {
    char **items; /* "db.table" */
    unsigned count;
};

struct filter {
    struct patterns include;
    struct patterns exclude;
};

struct filter *filter_new(void)
{
    return memory_new(sizeof(struct filter));
}

static void patterns_clear(struct patterns *patterns)
{
    for (unsigned i = 0; i < patterns->count; i++)
        free(patterns->items[i]);
    free(patterns->items);
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    patterns_clear(&filter->include);
    patterns_clear(&filter->exclude);
    free(filter);
}

static bool patterns_add_one(struct patterns *patterns, const char *text, size_t len,
                             struct err *err)
{
    while (len > 0 && isspace((unsigned char)text[0])) {
        text++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    if (memchr(text, '.', len) == NULL || len > PATTERN_MAX)
        return err_set(err, ERR_CONFIG,
                       "'%.*s' is no table pattern: write db.table, db.* or *.table", (int)len,
                       text);
    if (patterns->count == PATTERNS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d table patterns", PATTERNS_MAX);
    patterns->items =
        memory_resize(patterns->items, (patterns->count + 1) * sizeof *patterns->items);
    patterns->items[patterns->count++] = memory_strn(text, len);
    return true;
}

static bool patterns_add(struct patterns *patterns, const char *list, struct err *err)
{
    for (const char *item = list;;) {
        size_t len = strcspn(item, ",");
        if (!patterns_add_one(patterns, item, len, err))
            return false;
        if (item[len] == 0)
            return true;
        item += len + 1;
    }
}

bool filter_include(struct filter *filter, const char *patterns, struct err *err)
{
    return patterns_add(&filter->include, patterns, err);
}

bool filter_exclude(struct filter *filter, const char *patterns, struct err *err)
{
    return patterns_add(&filter->exclude, patterns, err);
}

static bool pattern_matches(const char *pattern, const char *db, const char *table)
{
    size_t db_len = strcspn(pattern, ".");
    return glob_matches(bytes_of(pattern, db_len), bytes_of_str(db), GLOB_ANY_CASE) &&
           glob_matches(bytes_of_str(pattern + db_len + 1), bytes_of_str(table), GLOB_ANY_CASE);
}

static bool patterns_match(const struct patterns *patterns, const char *db, const char *table)
{
    for (unsigned i = 0; i < patterns->count; i++)
        if (pattern_matches(patterns->items[i], db, table))
            return true;
    return false;
}

static bool is_system_schema(const char *db)
{
    static const char *const names[] = { "mysql", "sys", "performance_schema",
                                         "information_schema" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcasecmp(db, names[i]) == 0)
            return true;
    return false;
}

bool filter_is_whole(const struct filter *filter)
{
    return filter == NULL || (filter->include.count == 0 && filter->exclude.count == 0);
}

bool filter_keeps(const struct filter *filter, const char *db, const char *table)
{
    if (is_system_schema(db))
        return false;
    if (filter == NULL)
        return true;
    bool included = filter->include.count == 0 || patterns_match(&filter->include, db, table);
    return included && !patterns_match(&filter->exclude, db, table);
}

/* ---- as MySQL spells them ---- */

static void print_patterns(const struct patterns *patterns, struct buf *out)
{
    for (unsigned i = 0; i < patterns->count; i++) {
        if (i > 0)
            buf_u8(out, ',');
        glob_print_like(bytes_of_str(patterns->items[i]), out);
    }
}

void filter_print_included(const struct filter *filter, struct buf *out)
{
    print_patterns(&filter->include, out);
}

void filter_print_excluded(const struct filter *filter, struct buf *out)
{
    print_patterns(&filter->exclude, out);
}
