#!/usr/bin/env bash
# test-servers.sh - fetches the servers that Debian 12 itself does not have, for the end-to-end tests:
# MariaDB 11.8 (from Debian 13), MySQL 9.7 (from Debian unstable), the plugins of MariaDB 10.11, and the log files
# that the servers' own tests read.
#
# They go into $BINLOGD_TEST_ROOT (/var/cache/binlogd-test), once; nothing on the machine is changed
# otherwise. The packages are only unpacked: test/lib/servers.py starts the programs with their own
# dynamic loader. The mirror is the one that apt uses already. What cannot be fetched is said, and its
# tests are skipped and counted: the exit code is 0 all the same.
# SPDX-License-Identifier: Apache-2.0
set -uo pipefail
root=${BINLOGD_TEST_ROOT:-/var/cache/binlogd-test}

mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
        grep -v security | head -1
}

unpack() { # archives, folder
    mkdir -p "$2"/usr/{bin,sbin,lib,lib64}
    ln -s usr/bin "$2/bin" && ln -s usr/sbin "$2/sbin" && ln -s usr/lib "$2/lib" && ln -s usr/lib64 "$2/lib64"
    local deb
    for deb in "$1"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$2" \
            --exclude='./dev/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' || return 1
    done
}

fetch() { # kind, suite, packages with commas, program
    local kind=$1 suite=$2 packages=$3 program=$4 place
    for place in "$root/$kind" "${@:5}"; do
        [ -x "$place/usr/sbin/$program" ] && return 0
    done
    [ "$(id -u)" = 0 ] || { echo "$kind: not fetched: debootstrap needs root"; return 0; }
    local draft log
    mkdir -p "$root" && draft=$(mktemp -d "$root/draft-XXXXXX") || return 0
    log=$root/$kind.log
    echo "fetching $kind into $root (once; a few minutes)"
    if timeout 900 debootstrap --download-only --variant=minbase --include="$packages" "$suite" \
        "$draft/packages" "$(mirror)" >"$log" 2>&1 &&
        unpack "$draft/packages/var/cache/apt/archives" "$draft/root" >>"$log" 2>&1; then
        rm -rf "${root:?}/$kind" && mv "$draft/root" "$root/$kind"
    else
        echo "$kind: could not be fetched, see $log; its tests will be skipped"
    fi
    rm -rf "$draft"
}

# Debian's server package holds the plugins, and would start a server of its own where it is installed.
fetch_plugins() { # kind, of the server that this machine has
    local place=$root/$1-plugins version draft
    [ -e /usr/lib/mysql/plugin/auth_ed25519.so ] || [ -e "$place" ] && return 0
    version=$(dpkg-query -W -f='${Version}' mariadb-server-core 2>/dev/null) || return 0
    mkdir -p "$root" && draft=$(mktemp -d "$root/draft-XXXXXX") || return 0
    if (cd "$draft" && { apt-get download -q "mariadb-server=$version" || { apt-get update -q && apt-get download -q \
        "mariadb-server=$version"; }; } && dpkg-deb --fsys-tarfile ./*.deb | tar -x --no-same-owner ./usr/lib/mysql/plugin) \
        >"$root/$1-plugins.log" 2>&1; then
        mkdir "$place" && mv "$draft/usr" "$place/usr"
    else
        echo "$1: its plugins could not be fetched, see $root/$1-plugins.log; the tests that need them will be skipped"
    fi
    rm -rf "$draft"
}

# Of a test package only what begins like a binary log is kept: a few hundred KB of it.
keep_logs() { # package's folder, place
    local file
    mkdir -p "$2"
    find "$1" -type f -size -16M -path '*/std_data/*' | sort | while IFS= read -r file; do
        head -c 4 "$file" | cmp -s - <(printf '\xfebin') && cp -n "$file" "$2/$(sha1sum "$file" | cut -c1-8)-$(basename "$file")"
    done
    [ -n "$(ls "$2")" ]
}

fetch_logs() { # kind, suite, package
    local place=$root/$1-logs draft keys=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$place" ] && return 0
    [ "$(id -u)" = 0 ] || return 0
    mkdir -p "$root" && draft=$(mktemp -d "$root/draft-XXXXXX") || return 0
    echo "fetching the logs of $1's tests into $place (once)"
    mkdir -p "$draft"/state/lists/partial "$draft"/cache/archives/partial "$draft"/package
    echo "deb [signed-by=$keys] $(mirror) $2 main" >"$draft/sources.list"
    local apt=(apt-get -q -o "Dir::State=$draft/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$draft/cache"
        -o "Dir::Etc::SourceList=$draft/sources.list" -o Dir::Etc::SourceParts=/nonexistent -o APT::Sandbox::User=root)
    if (cd "$draft" && "${apt[@]}" update && "${apt[@]}" download "$3" &&
        dpkg-deb --fsys-tarfile ./*.deb | tar -x --no-same-owner -C package --wildcards '*/std_data/*' &&
        keep_logs package logs) >"$root/$1-logs.log" 2>&1; then
        mv "$draft/logs" "$place"
    else
        echo "$1: the logs of its tests could not be fetched, see $root/$1-logs.log; the test that reads them will be skipped"
    fi
    rm -rf "$draft"
}

fetch_plugins mariadb-10.11
fetch mariadb-11.8 trixie mariadb-server-core,mariadb-client-core,mariadb-client mariadbd /opt/maria118
fetch mysql-9.7 sid mysql-server-core,mysql-client-core mysqld /opt/mysql97
fetch_logs mariadb-10.11 bookworm mariadb-test-data
fetch_logs mariadb-11.8 trixie mariadb-test-data
fetch_logs mysql-9.7 sid mysql-testsuite
exit 0
