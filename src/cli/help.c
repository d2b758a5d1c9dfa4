/* help.c - commands.def, exits.def and options.def as text. docs/user/options.md and the manual
 * page are this file's output. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"
#include <ctype.h>
#include <string.h>
#include "config/help.h"

enum { TEXT_MAX = 1 << 20, INDENT = 2 };

static const struct {
    int code;
    const char *sentence;
} exits[] = {
#define EXIT(code, name, sentence) { code, sentence },
#include "cli/exits.def"
#undef EXIT
};

static void print_and_clear(struct buf *text, FILE *out)
{
    fputs(buf_cstr(text), out);
    buf_clear(text);
}

void help_print_overview(FILE *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_str(&text, "binlogd - MySQL and MariaDB replication as a program of its own\n\n"
                   "Can I follow that server?   binlogd doctor mysql://repl@db1/\n"
                   "Follow it into SQLite:      binlogd run --data=DIR --source=mysql://repl@db1/\n"
                   "How is it?                  binlogd status --data=DIR\n"
                   "Is its log whole?           binlogd verify --data=DIR\n\nCommands:\n");
    for (unsigned i = 0; i < command_count; i++) {
        buf_printf(&text, "  %-9s ", commands[i].name);
        help_wrap(commands[i].summary, 12, 12, &text);
    }
    buf_str(&text, "\nbinlogd COMMAND --help tells more about each.\n");
    print_and_clear(&text, out);
}

/* Example lines, indented; comments and commands as they stand. */
static void print_examples(const char *examples, struct buf *out)
{
    while (*examples != 0) {
        size_t len = strcspn(examples, "\n");
        buf_printf(out, "  %s%.*s\n", examples[0] == '#' ? "" : "  ", (int)len, examples);
        examples += len + (examples[len] == '\n');
    }
}

static void print_exits(struct buf *out)
{
    buf_str(out, "\nExit codes:\n");
    for (unsigned i = 0; i < ARRAY_COUNT(exits); i++) {
        buf_printf(out, "  %d  ", exits[i].code);
        help_wrap(exits[i].sentence, 5, 5, out);
    }
}

static void print_status_exits(struct buf *out)
{
    buf_str(out, "\nExit codes (as monitoring plugins have them):\n"
                 "  0  ok: the node follows, and its lag is below --lag-warning\n"
                 "  1  warning: it lags, copies, or cannot reach its source\n"
                 "  2  critical: it lags above --lag-critical, has stopped, or does not run\n"
                 "  3  unknown: there is no node in that directory, or it cannot be read\n");
}

void help_print_command(const struct command *command, const struct options *options)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "binlogd %s - %s\n\n", command->name, command->summary);
    print_examples(command->examples, &text);
    buf_printf(&text, "\nUsage: binlogd %s%s%s\n", command->name,
               command->arguments[0] != 0 ? " " : "", command->arguments);
    if (command->options != 0) {
        help_print_options(command->options, &text);
        buf_str(&text,
                "\nEach option may also stand in the environment (--server-id as\n"
                "BINLOGD_SERVER_ID) and in an option file (server-id = 7). The command line\n"
                "wins, then the environment.\n\n");
        help_print_option_files(command->name, &text);
    }
    if (strcmp(command->name, "status") == 0)
        print_status_exits(&text);
    else
        print_exits(&text);
    if (command->options != 0) {
        buf_str(&text, "\n");
        help_print_values(options, command->options, &text);
    }
    print_and_clear(&text, stdout);
}

/* ---- the manual page ---- */

static void man_commands(struct buf *out)
{
    for (unsigned i = 0; i < command_count; i++) {
        const char *summary = commands[i].summary;
        buf_printf(out, ".SS binlogd %s ", commands[i].name);
        help_man_text(commands[i].arguments, out);
        buf_str(out, "\n");
        help_man_text(summary, out);
        buf_str(out, summary[strlen(summary) - 1] == '?' ? "\n" : ".\n");
    }
}

static void man_examples(struct buf *out)
{
    buf_str(out, ".SH EXAMPLES\n");
    for (unsigned i = 0; i < command_count; i++) {
        buf_printf(out, ".SS binlogd %s\n.nf\n", commands[i].name);
        help_man_text(commands[i].examples, out);
        buf_str(out, ".fi\n");
    }
}

static void man_exits(struct buf *out)
{
    buf_str(out, ".SH EXIT STATUS\n");
    for (unsigned i = 0; i < ARRAY_COUNT(exits); i++) {
        buf_printf(out, ".TP\n.B %d\n", exits[i].code);
        help_man_text(exits[i].sentence, out);
        buf_str(out, "\n");
    }
    buf_str(out, ".PP\n.B binlogd status\nends as monitoring plugins do: 0 ok, 1 warning, 2 "
                 "critical, 3 unknown.\n");
}

static void print_man(struct buf *out)
{
    buf_str(out,
            ".TH BINLOGD 1 \"\" \"binlogd " BINLOGD_VERSION "\" \"\"\n.SH NAME\n"
            "binlogd \\- MySQL and MariaDB replication as a program of its own\n.SH SYNOPSIS\n"
            ".B binlogd\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.SH COMMANDS\n");
    man_commands(out);
    man_examples(out);
    buf_str(out, ".SH OPTIONS\n"
                 "Dashes and underscores in a name are equal. Sizes take K, M, G, T (by 1024), "
                 "times us, ms, s, m, h, d. A switch is turned off with\n.BI \\-\\-skip\\- NAME\n"
                 "or\n.BI \\-\\-disable\\- NAME .\nThe command line wins over the environment "
                 "(BINLOGD_SERVER_ID for server\\-id), which wins over option files.\n");
    help_print_options_man(out);
    buf_str(out, ".SH FILES\n");
    for (const char *const *name = option_file_names; *name != NULL; name++) {
        buf_str(out, ".TP\n.I ");
        help_man_text(*name, out);
        buf_str(out, "\nOption file, in the syntax of my.cnf; groups client, binlogd, "
                     "binlogd\\-COMMAND.\n");
    }
    man_exits(out);
}

static void print_markdown(struct buf *out)
{
    buf_str(out, "# Options\n\nPrinted by `binlogd help markdown`; the table in "
                 "`src/config/options.def` is the source.\nAn option may stand on the command line "
                 "(`--server-id=7`), in the environment (`BINLOGD_SERVER_ID=7`) or in an\noption "
                 "file (`server-id = 7`), and the first of these wins. How the files are read: "
                 "[option-files.md](option-files.md).\n");
    help_print_options_markdown(out);
    buf_str(out, "\n## Exit codes\n\n| Code | Meaning |\n|---|---|\n");
    for (unsigned i = 0; i < ARRAY_COUNT(exits); i++)
        buf_printf(out, "| %d | %s |\n", exits[i].code, exits[i].sentence);
    buf_str(out, "\n`binlogd status` ends as monitoring plugins do: 0 ok, 1 warning, 2 critical, 3 "
                 "unknown.\n");
}

/* ---- the command ---- */

static int print_document(void (*print)(struct buf *))
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    print(&text);
    print_and_clear(&text, stdout);
    return CLI_EXIT_OK;
}

int command_help(struct options *options)
{
    struct err err;
    if (options->arguments.count == 0) {
        help_print_overview(stdout);
        return CLI_EXIT_OK;
    }
    const char *word = options->arguments.items[0];
    if (strcmp(word, "man") == 0)
        return print_document(print_man);
    if (strcmp(word, "markdown") == 0)
        return print_document(print_markdown);
    const struct command *command = command_find(word);
    if (command != NULL) {
        struct options fresh;
        options_init(&fresh);
        help_print_command(command, &fresh);
        options_clear(&fresh);
        return CLI_EXIT_OK;
    }
    err_set(&err, ERR_CONFIG, "no command %s (binlogd help lists them)", word);
    return cli_fail(&err);
}
