#!/usr/bin/env bash
# lint.sh - static analysis of src/, one tool a call: tools/lint.sh cppcheck|tidy|analyzer BUILD
#
#   cppcheck   the whole of src/
#   tidy       clang-tidy with .clang-tidy, on every file of src/ that BUILD compiles
#   analyzer   gcc -fanalyzer on base, binlog and wire: what reads bytes from outside
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
build=${2:?usage: tools/lint.sh TOOL BUILD}
jobs=$(nproc)

cppcheck_all() {
    cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 --template='{file}:{line}: {severity}: {message} [{id}]' -j "$jobs" \
        -I src --suppressions-list=tools/cppcheck.suppressions src
}

tidy() {
    find src -name '*.c' -print0 |
        xargs -0 -n 4 -P "$jobs" clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option --warnings-as-errors='*' 2>/dev/null
}

analyzer() {
    find src/base src/binlog src/wire -name '*.c' -print0 |
        xargs -0 -n 1 -P "$jobs" gcc -std=c17 -O1 -fanalyzer -Werror -Wno-format-truncation \
            -Wno-analyzer-use-of-uninitialized-value -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc "-I$build/generated" -S -o - >/dev/null
}

case $1 in
cppcheck) cppcheck_all ;;
tidy) tidy ;;
analyzer) analyzer ;;
*) echo "lint.sh: no tool $1" >&2; exit 2 ;;
esac
