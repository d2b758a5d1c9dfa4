/* cli.c - finds the command, loads its options, runs it. What goes wrong is told once, here or in
 * the command, as one line on standard error. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "cli/help.h"
#include "config/suggest.h"

#define COMMAND(name, options, arguments, summary, examples)                                       \
    { #name, options, arguments, summary, examples, command_##name },
const struct command commands[] = {
#include "cli/commands.def"
};
#undef COMMAND
const unsigned command_count = ARRAY_COUNT(commands);

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static enum exit_code exit_of(enum err_code code)
{
    switch (code) {
    case ERR_NONE:
    case ERR_CANCELLED:
        return CLI_EXIT_OK;
    case ERR_CONFIG:
        return CLI_EXIT_USAGE;
    case ERR_CORRUPT:
    case ERR_CONFLICT:
    case ERR_UNSUPPORTED:
        return CLI_EXIT_REFUSED;
    case ERR_SYSTEM:
    case ERR_PROTOCOL:
    case ERR_REFUSED:
    case ERR_TIMEOUT:
        return CLI_EXIT_FAILURE;
    }
    return CLI_EXIT_FAILURE;
}

int cli_exit_code(const struct err *err)
{
    return (int)exit_of(err->code);
}

int cli_fail(const struct err *err)
{
    fprintf(stderr, "binlogd: %s\n", err->text);
    return cli_exit_code(err);
}

static int unknown_command(const char *name)
{
    const char *names[ARRAY_COUNT(commands)];
    for (unsigned i = 0; i < command_count; i++)
        names[i] = commands[i].name;
    const char *nearest = suggest_nearest(name, names, command_count);
    fprintf(stderr, "binlogd: no command %s%s%s%s (binlogd help lists them)\n", name,
            nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "?" : "");
    return CLI_EXIT_USAGE;
}

static void print_defaults(const struct options *options)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    options_print_defaults(options, &text);
    printf("binlogd would have been started with the following arguments:\n%s", buf_cstr(&text));
    buf_clear(&text);
}

static int run_loaded(const struct command *command, struct options *options)
{
    if (options->print_defaults) {
        print_defaults(options);
        return CLI_EXIT_OK;
    }
    log_setup((enum log_level)options->log_level, (enum log_format)options->log_format);
    for (unsigned i = 0; i < options->warnings.count; i++)
        log_warning("%s", options->warnings.items[i]);
    options->warnings.count = 0;
    return command->run(options);
}

static int run_command(const struct command *command, const struct options_request *request)
{
    struct options options;
    struct err err;
    int code;
    options_init(&options);
    bool loaded = options_load(&options, request, &err);
    if (options.help) {
        help_print_command(command, &options);
        code = CLI_EXIT_OK;
        if (!loaded)
            code = cli_fail(&err);
    } else if (!loaded) {
        code = cli_fail(&err);
    } else {
        code = run_loaded(command, &options);
    }
    options_clear(&options);
    return code;
}

/* --help and --version in the command's place are what everyone tries first. */
static const char *command_word(const char *word)
{
    static const struct {
        const char *word;
        const char *command;
    } words[] = {
        { "--help", "help" },       { "-h", "help" },    { "-?", "help" },
        { "--version", "version" }, { "-V", "version" },
    };
    for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].command;
    return word;
}

int cli_main(int argc, char **argv, char **environment)
{
    if (argc < 2) {
        help_print_overview(stderr);
        return CLI_EXIT_USAGE;
    }
    const char *name = command_word(argv[1]);
    const struct command *command = command_find(name);
    if (command == NULL)
        return unknown_command(name);
    struct options_request request = { .command = command->name,
                                       .commands = command->options,
                                       .argc = argc - 2,
                                       .argv = argv + 2,
                                       .environment = environment };
    int code = run_command(command, &request);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        perror("binlogd: standard output");
        return code == CLI_EXIT_OK ? CLI_EXIT_FAILURE : code;
    }
    return code;
}
