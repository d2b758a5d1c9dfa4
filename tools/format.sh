#!/usr/bin/env bash
# format.sh - does every C file look as clang-format writes it? Says which do not; --fix rewrites them.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
mapfile -d '' files < <(find src test bench -name '*.[ch]' -print0 | sort -z)
if [ "${1:-}" = --fix ]; then
    exec clang-format -i "${files[@]}"
fi
complaints=$(printf '%s\0' "${files[@]}" |
    xargs -0 -n 40 -P "$(nproc)" clang-format --dry-run -Werror 2>&1 | grep -oE '^[^ :]+\.[ch]:' | sort -u)
if [ -n "$complaints" ]; then
    while read -r file; do echo "${file%:} is not formatted: tools/format.sh --fix"; done <<<"$complaints"
    exit 1
fi
echo "${#files[@]} files are formatted"
