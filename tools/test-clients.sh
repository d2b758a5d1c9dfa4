#!/usr/bin/env bash
# test-clients.sh - fetches the change-data-capture clients of npm that end-to-end tests let follow a node.
#
# They go into $BINLOGD_TEST_ROOT/npm (/var/cache/binlogd-test/npm), once, in the versions that stand here; nothing else on
# the machine is changed. Without node and npm, or without a registry, that is said, and their tests are skipped and
# counted: the exit code is 0 all the same.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
root=${BINLOGD_TEST_ROOT:-/var/cache/binlogd-test}/npm
packages=(@vlasky/zongji@0.9.0 mysql2@3.24.5 @powersync/mysql-zongji@0.6.2 @vlasky/mysql@2.18.6)

[ "$(cat "$root/installed" 2>/dev/null)" = "${packages[*]}" ] && exit 0
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "no node and npm here (apt-get install nodejs npm): tests of change-data-capture clients will be skipped"
    exit 0
fi
mkdir -p "$root" || exit 0
echo "fetching ${packages[*]} into $root (once)"
if (cd "$root" && echo '{"private": true}' >package.json &&
    npm install --no-audit --no-fund --ignore-scripts --save-exact "${packages[@]}") >"$root/log" 2>&1; then
    echo "${packages[*]}" >"$root/installed"
else
    echo "they could not be fetched, see $root/log; their tests will be skipped"
fi
