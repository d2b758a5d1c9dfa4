/* verify.h - the two halves of `binlogd verify`; each gives the command's exit code. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "cli/cli.h"

int verify_log(struct options *options);
int verify_tables(struct options *options);
