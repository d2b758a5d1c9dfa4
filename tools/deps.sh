#!/usr/bin/env bash
# deps.sh - installs the Debian packages that a task needs, where they are missing.
#
# usage: tools/deps.sh GROUP...      groups: build demo test bench
#
# Says nothing when everything is there. Needs root, or sudo; without either it prints the command.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

packages() {
    case $1 in
    build) echo gcc libc6-dev cmake ninja-build pkg-config libssl-dev libsqlite3-dev libdeflate-dev \
        libzstd-dev zlib1g-dev libsodium-dev libjansson-dev libuv1-dev libpcre2-dev ;;
    demo) echo python3 mariadb-server-core mariadb-client-core sqlite3 ;;
    test) echo libcmocka-dev clang clang-format clang-tidy cppcheck debootstrap e2fsprogs mount libclang-rt-dev mariadb-client \
        golang-go golang-github-go-sql-driver-mysql-dev openssl php-cli php-mysql procps python3-django python3-mysqldb \
        python3-pymysql strace sysbench zstd ;;
    bench) echo sysbench mariadb-client libmariadb-dev ;;
    *) echo "deps.sh: no group $1 (build demo test bench)" >&2; exit 2 ;;
    esac
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Another package may do the same: a newer compiler, a toolchain of the machine's own.
provided() {
    case $1 in
    gcc | cmake | clang | clang-format | clang-tidy | cppcheck | python3 | sqlite3 | debootstrap | openssl | strace | sysbench | zstd)
        command -v "$1" >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    mariadb-server-core) [ -x /usr/sbin/mariadbd ] ;;
    mariadb-client-core) command -v mariadb >/dev/null ;;
    libclang-rt-dev) ls "$(clang -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer*.a >/dev/null 2>&1 ;;
    golang-go) command -v go >/dev/null ;;
    mariadb-client) command -v mariadb-binlog >/dev/null ;;
    *) return 1 ;;
    esac
}

missing=()
for group in "$@"; do
    names=$(packages "$group")
    for package in $names; do
        installed "$package" || provided "$package" || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || {
    echo "deps.sh: this is no Debian; install the equivalents of: ${missing[*]}" >&2
    exit 1
}
root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "deps.sh: as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    }
    root=(sudo)
fi
echo "installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        "${missing[@]}" </dev/null >"$log" 2>&1
}
install || { "${root[@]}" apt-get update -q >/dev/null 2>&1 && install; } || {
    tail -20 "$log" >&2
    echo "deps.sh: apt-get install ${missing[*]} failed" >&2
    exit 1
}
