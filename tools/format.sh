#!/usr/bin/env bash
# format.sh - does every C file look as clang-format writes it? Says which do not; --fix rewrites them.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
mapfile -d '' files < <(find src test bench -name '*.[ch]' -print0 | sort -z)
if [ "${1:-}" = --fix ]; then
    exec clang-format -i "${files[@]}"
fi
bad=0
for file in "${files[@]}"; do
    if ! clang-format --dry-run -Werror "$file" >/dev/null 2>&1; then
        echo "$file is not formatted: tools/format.sh --fix"
        bad=1
    fi
done
[ $bad = 1 ] || echo "${#files[@]} files are formatted"
exit $bad
