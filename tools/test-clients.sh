#!/usr/bin/env bash
# test-clients.sh - fetches what end-to-end tests let look at a node's port: change-data-capture clients and an ORM of npm, and
# Debian's prometheus-mysqld-exporter.
#
# They go into $BINLOGD_TEST_ROOT (/var/cache/binlogd-test), once, those of npm in the versions that stand here; nothing
# else on the machine is changed (no service is started). What cannot be fetched is said, and its tests are skipped and
# counted: the exit code is 0 all the same.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
cache=${BINLOGD_TEST_ROOT:-/var/cache/binlogd-test}
root=$cache/npm
exporter=prometheus-mysqld-exporter
packages=(@vlasky/zongji@0.9.0 mysql2@3.24.5 @powersync/mysql-zongji@0.6.2 @vlasky/mysql@2.18.6 @solashi/go-mysql-binlog-node@0.0.6
    sequelize@6.37.8)

fetch_npm() {
    [ "$(cat "$root/installed" 2>/dev/null)" = "${packages[*]}" ] && return 0
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "no node and npm here (apt-get install nodejs npm): tests of npm's clients will be skipped"
        return 0
    fi
    mkdir -p "$root" || return 0
    echo "fetching ${packages[*]} into $root (once)"
    if (cd "$root" && echo '{"private": true}' >package.json &&
        npm install --no-audit --no-fund --ignore-scripts --save-exact "${packages[@]}") >"$root/log" 2>&1; then
        rm -f "$root"/node_modules/@solashi/*/prebuilds/{darwin,win32}*
        echo "${packages[*]}" >"$root/installed"
    else
        echo "they could not be fetched, see $root/log; their tests will be skipped"
    fi
}

fetch_exporter() {
    local draft
    command -v $exporter >/dev/null || [ -x "$cache/exporter/usr/bin/$exporter" ] && return 0
    mkdir -p "$cache" && draft=$(mktemp -d "$cache/draft-XXXXXX") || return 0
    if (cd "$draft" && { apt-get download -q $exporter || { apt-get update -q && apt-get download -q $exporter; }; } &&
        dpkg-deb --fsys-tarfile ./*.deb | tar -x --no-same-owner ./usr/bin) >"$cache/exporter.log" 2>&1; then
        mkdir -p "$cache/exporter" && mv "$draft/usr" "$cache/exporter/usr"
    else
        echo "$exporter could not be fetched, see $cache/exporter.log; its tests will be skipped"
    fi
    rm -rf "$draft"
}

fetch_npm
fetch_exporter
