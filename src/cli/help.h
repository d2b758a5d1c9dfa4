/* help.h - what people read: the overview, a command's help, the manual page, the documentation. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdio.h>
#include "cli/cli.h"

void help_print_overview(FILE *out);
/* To standard output: examples first, then options, then the values that are in force. */
void help_print_command(const struct command *command, const struct options *options);
