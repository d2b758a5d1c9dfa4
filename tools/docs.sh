#!/usr/bin/env bash
# docs.sh - the pages that the program prints of itself: tools/docs.sh check|write PROGRAM
#
# check: docs/user/options.md is what this binlogd says. write: makes it so.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
program=$(realpath "${2:?usage: tools/docs.sh check|write PROGRAM}")
cd "$(dirname "$0")/.."
page=docs/user/options.md
case $1 in
write) "$program" help markdown >$page ;;
check)
    "$program" help markdown | diff -u $page - || {
        echo "$page is not what the program says: tools/docs.sh write $program" >&2
        exit 1
    }
    ;;
*) echo "docs.sh: check or write, not $1" >&2; exit 2 ;;
esac
