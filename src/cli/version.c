/* version.c - `binlogd version`, in the form that MySQL's programs print. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <sys/utsname.h>
#include "cli/cli.h"

int command_version(struct options *options)
{
    struct utsname host;
    (void)options;
    if (uname(&host) != 0)
        return CLI_EXIT_FAILURE;
    printf("binlogd  Ver %s for %s on %s\n", BINLOGD_VERSION, host.sysname, host.machine);
    return CLI_EXIT_OK;
}
