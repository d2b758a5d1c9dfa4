/* cli.h - the command line: argv to a row of commands.def, and that row's function. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "config/options.h"

enum exit_code {
#define EXIT(code, name, sentence) CLI_EXIT_##name = code,
#include "cli/exits.def"
#undef EXIT
};

struct command {
    const char *name;
    unsigned options;
    const char *arguments;
    const char *summary;
    const char *examples;
    int (*run)(struct options *options); /* its exit code */
};
extern const struct command commands[];
extern const unsigned command_count;
const struct command *command_find(const char *name); /* NULL: none of that name */

/* The program: returns its exit code. argv is overwritten where it holds secrets. */
int cli_main(int argc, char **argv, char **environment);

#define COMMAND(name, ...) int command_##name(struct options *options);
#include "cli/commands.def"
#undef COMMAND

/* The exit code that the error's kind has. */
int cli_exit_code(const struct err *err);
/* Prints "binlogd: SENTENCE" to standard error; its exit code. */
int cli_fail(const struct err *err);
