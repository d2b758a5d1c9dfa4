/* help.c - one table, four layouts. */
// SPDX-License-Identifier: Apache-2.0
#include "config/help.h"
#include <stdio.h>
#include <string.h>

enum { LINE_COLUMNS = 79, SENTENCE_COLUMN = 30, USAGE_MAX = 80 };

void help_wrap(const char *text, unsigned column, unsigned indent, struct buf *out)
{
    bool first = true;
    while (*text != 0) {
        size_t len = strcspn(text, " ");
        if (!first && column + 1 + len > LINE_COLUMNS) {
            buf_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buf_str(out, " ");
            column++;
        }
        buf_append(out, text, len);
        column += (unsigned)len;
        text += len;
        text += strspn(text, " ");
        first = false;
    }
    buf_str(out, "\n");
}

/* "--data=DIR", "--json", "--source-password[=PASSWORD]" */
static const char *usage_of(const struct option *row, char text[USAGE_MAX])
{
    char name[OPTION_NAME_MAX];
    option_name(row, name);
    if (row->type == OPTION_TYPE_flag)
        snprintf(text, USAGE_MAX, "--%s", name);
    else if (row->type == OPTION_TYPE_secret)
        snprintf(text, USAGE_MAX, "--%s[=%s]", name, row->value_word);
    else
        snprintf(text, USAGE_MAX, "--%s=%s", name, row->value_word);
    return text;
}

/* The sentence, with the words to choose from and the default where they say something. */
static const char *sentence_of(const struct option *row, char text[512])
{
    size_t used = (size_t)snprintf(text, 512, "%s", row->help);
    if (row->choices != NULL && strcmp(row->name, "engine") != 0) {
        used += (size_t)snprintf(text + used, 512 - used, " (");
        for (const char *p = row->choices; *p != 0; p++)
            used += (size_t)snprintf(text + used, 512 - used, *p == '|' ? ", " : "%c", *p);
        used += (size_t)snprintf(text + used, 512 - used, ")");
    }
    if (row->default_text != NULL && row->type != OPTION_TYPE_flag)
        snprintf(text + used, 512 - used, " [%s]", row->default_text);
    return text;
}

static void print_option(const struct option *row, struct buf *out)
{
    char usage[USAGE_MAX];
    char sentence[512];
    int width = (int)strlen(usage_of(row, usage));
    if (width + 4 > SENTENCE_COLUMN)
        buf_printf(out, "  %s\n%*s", usage, SENTENCE_COLUMN, "");
    else
        buf_printf(out, "  %-*s", SENTENCE_COLUMN - 2, usage);
    help_wrap(sentence_of(row, sentence), SENTENCE_COLUMN, SENTENCE_COLUMN, out);
}

/* How a layout frames a section, and prints a row. */
struct layout {
    const char *before_title;
    const char *after_title;
    void (*print)(const struct option *row, struct buf *out);
};

static void print_section(enum option_section section, unsigned commands,
                          const struct layout *layout, struct buf *out)
{
    bool started = false;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option *row = &option_rows[i];
        if (row->section != section || (row->commands & commands) == 0)
            continue;
        if (!started)
            buf_printf(out, "%s%s%s", layout->before_title, option_section_titles[section],
                       layout->after_title);
        started = true;
        layout->print(row, out);
    }
}

static void print_sections(unsigned commands, const struct layout *layout, struct buf *out)
{
    for (unsigned section = 0; section < OPTION_SECTION_COUNT; section++)
        print_section(section, commands, layout, out);
}

void help_print_options(unsigned commands, struct buf *out)
{
    static const struct layout layout = { "\n", ":\n", print_option };
    print_sections(commands, &layout, out);
}

void help_print_values(const struct options *options, unsigned commands, struct buf *out)
{
    struct buf value;
    char name[OPTION_NAME_MAX];
    buf_init(&value, 1 << 16);
    buf_printf(out, "%-25s %s\n%.24s  %.40s\n", "Variables (--name=value)",
               "Value (after reading files, environment, words)",
               "----------------------------------------",
               "----------------------------------------");
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if ((option_rows[i].commands & commands) == 0)
            continue;
        buf_reset(&value);
        option_print(options, &option_rows[i], &value);
        buf_printf(out, "%-25s %s\n", option_name(&option_rows[i], name),
                   value.len > 0 ? buf_cstr(&value) : "(No value)");
    }
    buf_clear(&value);
}

void help_print_option_files(const char *command, struct buf *out)
{
    buf_str(out, "Option files are read in this order:\n");
    for (const char *const *name = option_file_names; *name != NULL; name++)
        buf_printf(out, "%s ", *name);
    buf_printf(out, "\nThe following groups are read: client binlogd binlogd-%s\n", command);
    buf_str(out, "Before all other words may stand:\n"
                 "  --print-defaults            print what files and environment say, and exit\n"
                 "  --no-defaults               read no option file\n"
                 "  --defaults-file=FILE        read only this option file\n"
                 "  --defaults-extra-file=FILE  read this one after the others\n");
}

/* ---- troff and Markdown ---- */

void help_man_text(const char *text, struct buf *out)
{
    bool line_start = true;
    for (; *text != 0; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            buf_str(out, "\\&");
        line_start = *text == '\n';
        if (*text == '\\')
            buf_str(out, "\\e");
        else if (*text == '-')
            buf_str(out, "\\-");
        else
            buf_u8(out, (uint8_t)*text);
    }
}

static void print_man_option(const struct option *row, struct buf *out)
{
    char usage[USAGE_MAX];
    char sentence[512];
    buf_str(out, ".TP\n.B ");
    help_man_text(usage_of(row, usage), out);
    buf_str(out, "\n");
    help_man_text(sentence_of(row, sentence), out);
    buf_str(out, "\n");
}

void help_print_options_man(struct buf *out)
{
    static const struct layout layout = { ".SS ", "\n", print_man_option };
    print_sections(UINT32_MAX, &layout, out);
}

static void print_cell(const char *text, struct buf *out)
{
    for (; *text != 0; text++) {
        if (strchr("|*_<", *text) != NULL)
            buf_str(out, "\\");
        buf_u8(out, (uint8_t)*text);
    }
}

static void print_markdown_option(const struct option *row, struct buf *out)
{
    static const struct {
        unsigned bit;
        const char *name;
    } commands[] = { { OPTION_RUN, "run" },       { OPTION_DOCTOR, "doctor" },
                     { OPTION_STATUS, "status" }, { OPTION_CAT, "cat" },
                     { OPTION_VERIFY, "verify" }, { OPTION_USER, "user" },
                     { OPTION_DEMO, "demo" } };
    char usage[USAGE_MAX];
    buf_printf(
        out, "| `%s` | %s%s%s | ", usage_of(row, usage), row->default_text != NULL ? "`" : "",
        row->default_text != NULL ? row->default_text : "", row->default_text != NULL ? "`" : "");
    const char *comma = "";
    for (unsigned i = 0; i < ARRAY_COUNT(commands); i++) {
        if ((row->commands & commands[i].bit) == 0)
            continue;
        buf_printf(out, "%s%s", comma, commands[i].name);
        comma = ", ";
    }
    buf_str(out, " | ");
    print_cell(row->help, out);
    if (row->choices != NULL) {
        buf_str(out, " (`");
        for (const char *p = row->choices; *p != 0; p++)
            buf_printf(out, *p == '|' ? "`, `" : "%c", *p);
        buf_str(out, "`)");
    }
    buf_str(out, " |\n");
}

void help_print_options_markdown(struct buf *out)
{
    static const struct layout layout = {
        "\n## ", "\n\n| Option | Default | Commands | Meaning |\n|---|---|---|---|\n",
        print_markdown_option
    };
    print_sections(UINT32_MAX, &layout, out);
}
