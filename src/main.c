/* main.c - hands the command line to cli. */
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv, environ);
}
