/* options.c - the table, and one value: set from text, checked, printed. */
// SPDX-License-Identifier: Apache-2.0
#include "config/options.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "config/suggest.h"
#include "config/uri.h"
#include "config/value_text.h"

enum { OPTIONS_ARENA_MAX = 64 << 20 };

const char *const option_section_titles[OPTION_SECTION_COUNT] = {
    [OPTION_SECTION_NODE] = "Node",        [OPTION_SECTION_SOURCE] = "Source",
    [OPTION_SECTION_COPY] = "First copy",  [OPTION_SECTION_LOG] = "Log and data",
    [OPTION_SECTION_SERVE] = "Serving",    [OPTION_SECTION_COMPARE] = "Comparing",
    [OPTION_SECTION_REPORT] = "Reporting",
};

#define RUN               OPTION_RUN
#define DOCTOR            OPTION_DOCTOR
#define STATUS            OPTION_STATUS
#define CAT               OPTION_CAT
#define VERIFY            OPTION_VERIFY
#define USER              OPTION_USER
#define DEMO              OPTION_DEMO
#define SECONDS(n)        ((uint64_t)(n)*1000000)
#define ANY               .least = 0, .most = UINT64_MAX
#define RANGE(first, end) .least = (first), .most = (end)
#define ONE_OF(words)     .choices = (words)

const struct option option_rows[OPTION_COUNT] = {
#define OPTION(in, field, kind, text, check, word, taken_by, client, sentence)                     \
    [OPTION_INDEX_##field] = { .section = OPTION_SECTION_##in,                                     \
                               .name = #field,                                                     \
                               .type = OPTION_TYPE_##kind,                                         \
                               .default_text = text,                                               \
                               .value_word = word,                                                 \
                               .commands = taken_by,                                               \
                               .client_name = client,                                              \
                               .help = sentence,                                                   \
                               .offset = offsetof(struct options, field),                          \
                               check },
#include "config/options.def"
#undef OPTION
};

const char *option_name(const struct option *row, char text[OPTION_NAME_MAX])
{
    snprintf(text, OPTION_NAME_MAX, "%s", row->name);
    for (char *p = text; *p != 0; p++)
        if (*p == '_')
            *p = '-';
    return text;
}

static bool name_equal(const char *row_name, const char *name)
{
    for (; *row_name != 0 && *name != 0; row_name++, name++)
        if (*row_name != (*name == '-' ? '_' : *name))
            return false;
    return *row_name == *name;
}

const struct option *option_find(const char *name)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (name_equal(option_rows[i].name, name))
            return &option_rows[i];
    return NULL;
}

const char *option_suggest(const char *unknown, unsigned commands, char text[64])
{
    const char *names[OPTION_COUNT];
    char shown[OPTION_NAME_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if ((option_rows[i].commands & commands) != 0)
            names[count++] = option_rows[i].name;
    const char *nearest = suggest_nearest(unknown, names, count);
    text[0] = 0;
    if (nearest != NULL)
        snprintf(text, 64, "; did you mean --%s?", option_name(option_find(nearest), shown));
    return text;
}

/* ---- values ---- */

static bool number_check(const struct option *row, uint64_t value, struct err *err)
{
    if (value >= row->least && value <= row->most)
        return true;
    char least[32];
    char most[32];
    struct buf text;
    buf_init(&text, 32);
    void (*print)(uint64_t, struct buf *) =
        row->type == OPTION_TYPE_duration ? duration_print : size_print;
    print(row->least, &text);
    snprintf(least, sizeof least, "%s", buf_cstr(&text));
    buf_reset(&text);
    print(row->most, &text);
    snprintf(most, sizeof most, "%s", buf_cstr(&text));
    buf_clear(&text);
    if (row->type == OPTION_TYPE_number)
        return err_set(err, ERR_CONFIG, "%llu is not from %llu to %llu", (unsigned long long)value,
                       (unsigned long long)row->least, (unsigned long long)row->most);
    return err_set(err, ERR_CONFIG, "the value is not from %s to %s", least, most);
}

/* One of the three numeric types, into *out. */
static bool parse_numeric(const struct option *row, const char *text, uint64_t *out,
                          struct err *err)
{
    static const struct {
        bool (*parse)(const char *, uint64_t *);
        const char *what;
    } kinds[] = {
        [OPTION_TYPE_number] = { number_parse, "a whole number" },
        [OPTION_TYPE_size] = { size_parse, "a size: a number, with K, M, G or T after it (64M)" },
        [OPTION_TYPE_duration] = { duration_parse,
                                   "a time: a number with us, ms, s, m, h or d after it (500ms)" },
    };
    uint64_t value;
    if (!kinds[row->type].parse(text, &value))
        return err_set(err, ERR_CONFIG, "\"%s\" is not %s", text, kinds[row->type].what);
    if (!number_check(row, value, err))
        return false;
    *out = value;
    return true;
}

static bool parse_choice(const struct option *row, const char *text, unsigned *out, struct err *err)
{
    if (choice_parse(text, row->choices, out))
        return true;
    struct buf words;
    buf_init(&words, 256);
    for (const char *p = row->choices; *p != 0; p++)
        buf_printf(&words, *p == '|' ? ", " : "%c", *p);
    err_set(err, ERR_CONFIG, "\"%s\" is none of %s", text, buf_cstr(&words));
    buf_clear(&words);
    return false;
}

void text_list_add(struct text_list *list, const char *item, struct arena *arena)
{
    const char **items = arena_alloc(arena, (list->count + 1) * sizeof *items);
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count++] = arena_str(arena, item);
    list->items = items;
}

/* "a,b, c": blanks around the commas are dropped, empty items are refused. */
static bool parse_list(struct arena *arena, const char *text, struct text_list *out,
                       struct err *err)
{
    char *rest = arena_str(arena, text);
    while (rest != NULL) {
        char *item = strsep(&rest, ",");
        item += strspn(item, " \t");
        size_t len = strlen(item);
        while (len > 0 && isspace((unsigned char)item[len - 1]))
            item[--len] = 0;
        if (len == 0)
            return err_set(err, ERR_CONFIG, "\"%s\" has an empty item", text);
        text_list_add(out, item, arena);
    }
    return true;
}

/* A value of any type, before it is known whether it counts. */
union value {
    const char *text;
    bool flag;
    uint64_t number;
    unsigned choice;
    struct text_list list;
};

static bool parse_value(struct arena *arena, const struct option *row, const char *text,
                        union value *out, struct err *err)
{
    switch (row->type) {
    case OPTION_TYPE_text:
    case OPTION_TYPE_secret:
        out->text = arena_str(arena, text);
        return true;
    case OPTION_TYPE_flag:
        return flag_parse(text, &out->flag) ||
               err_set(err, ERR_CONFIG, "\"%s\" is neither ON nor OFF", text);
    case OPTION_TYPE_number:
    case OPTION_TYPE_size:
    case OPTION_TYPE_duration:
        return parse_numeric(row, text, &out->number, err);
    case OPTION_TYPE_choice:
        return parse_choice(row, text, &out->choice, err);
    case OPTION_TYPE_list:
        out->list = (struct text_list){ NULL, 0 };
        return parse_list(arena, text, &out->list, err);
    }
    return err_set(err, ERR_CONFIG, "unknown type of option");
}

static void *field_of(struct options *options, const struct option *row)
{
    return (char *)options + row->offset;
}

static const void *field_in(const struct options *options, const struct option *row)
{
    return (const char *)options + row->offset;
}

static void store_value(struct options *options, const struct option *row, const union value *value,
                        bool grow)
{
    void *field = field_of(options, row);
    switch (row->type) {
    case OPTION_TYPE_text:
    case OPTION_TYPE_secret:
        *(const char **)field = value->text;
        break;
    case OPTION_TYPE_flag:
        *(bool *)field = value->flag;
        break;
    case OPTION_TYPE_number:
    case OPTION_TYPE_size:
    case OPTION_TYPE_duration:
        *(uint64_t *)field = value->number;
        break;
    case OPTION_TYPE_choice:
        *(unsigned *)field = value->choice;
        break;
    case OPTION_TYPE_list: {
        struct text_list *list = field;
        if (!grow)
            *list = (struct text_list){ NULL, 0 };
        for (unsigned i = 0; i < value->list.count; i++)
            text_list_add(list, value->list.items[i], &options->arena);
        break;
    }
    }
}

bool option_set(struct options *options, const struct option *row, const char *text,
                struct origin origin, struct err *err)
{
    union value value;
    struct origin *set_by = &options->origins[row - option_rows];
    bool counts = origin.rank >= set_by->rank;
    if (text == NULL && row->type == OPTION_TYPE_secret) {
        options->prompt_password = true;
        return true;
    }
    if (text == NULL && row->type != OPTION_TYPE_flag)
        return err_set(err, ERR_CONFIG, "it needs a value (%s)", row->value_word);
    if (!parse_value(&options->arena, row, text != NULL ? text : "ON", &value, err))
        return false;
    if (counts) {
        store_value(options, row, &value, origin.rank == set_by->rank);
        *set_by = origin;
    }
    return true;
}

void option_print(const struct options *options, const struct option *row, struct buf *out)
{
    const void *field = field_in(options, row);
    switch (row->type) {
    case OPTION_TYPE_text:
        if (*(const char *const *)field != NULL)
            uri_print_redacted(*(const char *const *)field, out);
        break;
    case OPTION_TYPE_secret:
        if (*(const char *const *)field != NULL)
            buf_str(out, "***");
        break;
    case OPTION_TYPE_flag:
        buf_str(out, *(const bool *)field ? "ON" : "OFF");
        break;
    case OPTION_TYPE_number:
        buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case OPTION_TYPE_size:
        size_print(*(const uint64_t *)field, out);
        break;
    case OPTION_TYPE_duration:
        duration_print(*(const uint64_t *)field, out);
        break;
    case OPTION_TYPE_choice:
        choice_print(*(const unsigned *)field, row->choices, out);
        break;
    case OPTION_TYPE_list: {
        const struct text_list *list = field;
        for (unsigned i = 0; i < list->count; i++)
            buf_printf(out, "%s%s", i > 0 ? "," : "", list->items[i]);
        break;
    }
    }
}

void options_init(struct options *options)
{
    struct err err;
    *options = (struct options){ 0 };
    arena_init(&options->arena, OPTIONS_ARENA_MAX);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option *row = &option_rows[i];
        bool ok = row->default_text == NULL ||
                  option_set(options, row, row->default_text, (struct origin){ 0 }, &err);
        assert(ok); /* the table's own text */
    }
}

void options_clear(struct options *options)
{
    arena_clear(&options->arena);
    *options = (struct options){ 0 };
}
