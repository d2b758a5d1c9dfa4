/* help.h - the option table as people read it: --help, a manual page, Markdown. Pure: appends text.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/options.h"

/* "  --data=DIR   sentence", by section; the rows that these commands take. */
void help_print_options(unsigned commands, struct buf *out);
/* "data   /var/lib/binlogd": the values after reading files, environment and command line. */
void help_print_values(const struct options *options, unsigned commands, struct buf *out);
void help_print_option_files(const char *command, struct buf *out);
void help_print_options_man(struct buf *out);      /* troff, man macros */
void help_print_options_markdown(struct buf *out); /* a table a section */
/* Words of the text, wrapped at 79 columns, each line after the first indented. column: where the
 * first line already stands. */
void help_wrap(const char *text, unsigned column, unsigned indent, struct buf *out);
/* Text for troff: what it would take as a command or an escape is quoted. */
void help_man_text(const char *text, struct buf *out);
