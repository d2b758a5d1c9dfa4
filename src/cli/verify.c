/* verify.c - `binlogd verify`: which of its two jobs the options ask for. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/verify.h"

int command_verify(struct options *options)
{
    struct err err = { 0 };
    bool has_files = options->arguments.count > 0;
    if (options->data == NULL && !has_files)
        err_set(&err, ERR_CONFIG,
                "say what to verify: --data=DIR for a node's log, or the names of log files");
    else if (options->data != NULL && has_files)
        err_set(&err, ERR_CONFIG, "%s: either --data=DIR or names of files, not both",
                options->arguments.items[0]);
    else if (options->against != NULL && has_files)
        err_set(&err, ERR_CONFIG,
                "--against compares a node's data: binlogd verify --against=URI --data=DIR");
    else
        return options->against != NULL ? verify_tables(options) : verify_log(options);
    return cli_fail(&err);
}
