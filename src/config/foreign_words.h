/* foreign_words.h - options of the servers' own tools where a command stands in for them. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/options.h"

/* Is the word ("--database=shop", "-dshop", "-d") such an option of the command? Then it is set as
 * what we have for it, or refused with what to write instead (ERR_CONFIG); *ok says which. next:
 * the word after it, or NULL; *takes_next: it was its value. */
struct foreign_request {
    const char *command;
    const char *word;
    const char *next;
};
bool foreign_word_read(struct options *options, const struct foreign_request *request,
                       bool *takes_next, bool *ok, struct err *err);
