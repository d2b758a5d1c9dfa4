"""primary.py - a primary of our own beside MariaDB 10.11 with the same durability (sync_binlog=1, innodb_flush_log_at_trx_commit=1):
sysbench with prepared statements at 1, 8 and 32 clients; from the answer to a commit until a replica of the same kind shows the row;
and what an idle primary and idle clients cost. The row "one fdatasync" is how many syncs of a small transaction one client could make
in a second on the same disk: the most that one client alone can commit there."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import re
import subprocess
import time

import figures
from latency import DURABLE, PROBE_BYTES, TABLE
from servers import Server
from sql_session import PASSWORD, SqlNode

SCRIPTS = ("oltp_point_select", "oltp_read_only", "oltp_read_write", "oltp_write_only", "oltp_update_non_index")
CLIENTS = (1, 8, 32)
TABLES, ROWS = 2, 10_000
SECONDS = 1  # a run of sysbench; whole seconds only
RATE, LATENCY_SECONDS = 100, 3  # a second, which a busy disk syncs too
IDLE_CLIENTS = 1000
OURS, THEIRS = "binlogd", "MariaDB"


def run(options, book):
    idle(options, book)
    with Server("mariadb-10.11", options=[*DURABLE, "--max-connections=200"]) as theirs, SqlNode(log_level="warning") as ours:
        addresses = ((THEIRS, theirs.port, "", theirs.process.pid), (OURS, ours.port, PASSWORD, ours.process.pid))
        theirs.sql("CREATE DATABASE bench")
        ours.sql("CREATE DATABASE bench")
        for _, port, password, _ in addresses:
            sysbench(port, password, "oltp_read_write", "prepare")
        throughput(options, book, addresses, ours.data_dir)
        visible(options, book, theirs, ours)


# ---- sysbench ----

def sysbench(port, password, script, command, clients=1, seconds=SECONDS):
    argv = ["sysbench", script, "--mysql-host=127.0.0.1", f"--mysql-port={port}", "--mysql-user=root", f"--mysql-password={password}",
            "--mysql-db=bench", "--db-ps-mode=auto", f"--tables={TABLES}", f"--table-size={ROWS}", f"--threads={clients}",
            f"--time={seconds}", "--mysql-ignore-errors=1213,1205,1020", command]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout


def throughput(options, book, addresses, folder):
    seconds = max(1, int(SECONDS * options.scale))
    for _ in range(options.rounds):
        for script in SCRIPTS:
            for clients in CLIENTS:
                for name, port, password, pid in addresses:
                    before = figures.cpu_seconds(pid)
                    said = sysbench(port, password, script, "run", clients, seconds)
                    cpu_ms = 1000 * (figures.cpu_seconds(pid) - before)
                    count, rate = re.search(r"transactions: +(\d+) +\(([\d.]+) per sec", said).groups()
                    average = float(re.search(r"avg: +([\d.]+)", said)[1])
                    book.note("primary", f"{script}, {clients} clients", name, transactions_s=float(rate), average_ms=average,
                              cpu_ms_trx=cpu_ms / max(1, int(count)))
        book.note("primary", "a disk's limit", "one fdatasync", per_s=syncs(folder / "probe"))
    for script in SCRIPTS:
        for clients in CLIENTS:
            book.table("primary", f"{script}, {clients} clients", [("transactions_s", "trx/s"), ("average_ms", "ms on average"), ("cpu_ms_trx", "CPU ms/trx")],
                       OURS, [THEIRS], "transactions_s")
    book.table("primary", "a disk's limit", [("per_s", "a second")])


def syncs(path):
    count, start = 0, time.monotonic()
    with open(path, "wb", buffering=0) as file:
        while time.monotonic() - start < SECONDS:
            file.write(b"x" * PROBE_BYTES)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / (time.monotonic() - start)


# ---- a commit, until a replica shows it ----

def visible(options, book, theirs, ours):
    case = "commit to visible, fsync on both sides"
    seconds = max(2, int(LATENCY_SECONDS * options.scale))
    with Server("mariadb-10.11", options=[*DURABLE, "--log-slave-updates=OFF"]) as replica, \
            SqlNode(ours.source_url(), ssl_mode="DISABLED", log_level="warning") as node:
        replica.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={theirs.port}, MASTER_USER='repl',
            MASTER_PASSWORD='secret', MASTER_USE_GTID=slave_pos; START SLAVE""")
        pairs = ((THEIRS, theirs, str(theirs.port), replica, str(replica.port)),
                 (OURS, ours, f"{ours.port}:{PASSWORD}", node, f"{node.port}:{PASSWORD}"))
        for _, source, _, _, _ in pairs:
            source.sql(f"USE bench; {TABLE}")
        for _ in range(options.rounds):
            for name, source, writes_to, follower, asks in pairs:
                source.sql("DELETE FROM bench.beat; INSERT INTO bench.beat VALUES (0, NOW(6), 'the first')")
                figures.wait_until(lambda: follower.sql("SELECT COUNT(*), MAX(id) FROM bench.beat", check=False).split() == ["1", "0"], 60)
                measure(options, book, case, name, writes_to, asks, seconds)
    book.table("primary", case, [("median_ms", "ms median"), ("p99_ms", "ms p99"), ("max_ms", "ms max")])


def measure(options, book, case, name, writes_to, asks, seconds):
    argv = [f"{options.build}/bench/bench_latency", writes_to, asks, str(RATE), str(seconds)]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"bench_latency failed for {name}: {done.stderr[-500:]}")
    book.note("primary", case, name, **json.loads(done.stdout))


# ---- idle ----

def idle(options, book):
    with SqlNode(log_level="warning", max_connections=IDLE_CLIENTS + 10) as node:
        time.sleep(1)
        alone = figures.memory_mib(node.process.pid)
        book.note("primary", "idle", OURS, rss_mib=alone, kib_client=0)
        argv = [f"{options.build}/bench/bench_idle", str(node.port), "root", PASSWORD, str(IDLE_CLIENTS)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            if program.stdout.readline().strip() != "ready":
                raise RuntimeError("bench_idle did not begin")
            time.sleep(1)
            rss = figures.memory_mib(node.process.pid)
            program.communicate()
        book.note("primary", f"{IDLE_CLIENTS} idle clients", OURS, rss_mib=rss, kib_client=1024 * (rss - alone) / IDLE_CLIENTS)
    for case in ("idle", f"{IDLE_CLIENTS} idle clients"):
        book.table("primary", case, [("rss_mib", "MiB"), ("kib_client", "KiB a client")])
