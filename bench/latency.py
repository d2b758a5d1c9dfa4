"""latency.py - from the source's answer to a commit until the row can be read on the replica, at 500 small
transactions a second: a native MariaDB 10.11 replica, and binlogd into SQLite. Both poll every 100 us. In the same
round, how long one fdatasync of a small transaction takes on the node's disk while the same load runs: the least that a
durable log costs, with all that the servers' own files make the disk do."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import time

from node import Node
from servers import Server

RATE, SECONDS = 500, 5
DURABLE = ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]
RELAXED = ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2"]
MODES = (("durable", DURABLE, []), ("relaxed", RELAXED, []),
         ("durable, and sync_relay_log=1", DURABLE, ["--sync-relay-log=1"]))  # (name, both servers', the replica's own)
PROBE_BYTES = 300
TABLE = "CREATE TABLE bench.beat (id BIGINT PRIMARY KEY, t DATETIME(6), payload VARCHAR(40)) ENGINE=InnoDB"


def run(options, book):
    seconds = max(2, int(SECONDS * options.scale))
    for mode, settings, own in MODES:
        with Server("mariadb-10.11", options=settings) as source, \
                Server("mariadb-10.11", options=[*settings, *own, "--log-slave-updates=OFF"]) as replica:
            source.sql("CREATE DATABASE bench; " + TABLE)
            replica.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={source.port}, MASTER_USER='repl',
                MASTER_PASSWORD='secret', MASTER_USE_GTID=slave_pos; START SLAVE""")
            with Node(source, ssl_mode="DISABLED", log_level="warning") as node:
                for _ in range(options.rounds):
                    for name, where in (("MariaDB replica", str(replica.port)), ("binlogd", f"sqlite:{node.database}")):
                        source.sql("DELETE FROM bench.beat")
                        node.wait_caught_up()
                        replica.sql(f"SELECT MASTER_GTID_WAIT('{source.gtids()}', 60)")
                        measure(options, book, mode, name, source.port, where, seconds)
                    source.sql("DELETE FROM bench.beat")
                    with load(options, source.port, str(replica.port), seconds):
                        book.note("latency", mode, "one fdatasync", **probe_sync(node.data_dir / "probe", seconds))
        book.table("latency", mode, [("median_ms", "ms median"), ("p99_ms", "ms p99"), ("max_ms", "ms max")])
        for value in ("median_ms", "p99_ms"):
            ratio = book.median("latency", mode, "binlogd", value) / book.median("latency", mode, "MariaDB replica", value)
            print(f"     ours / MariaDB replica: {ratio:.2f} times the {value[:-3]}", flush=True)


def load(options, port, where, seconds):
    argv = [f"{options.build}/bench/bench_latency", str(port), where, str(RATE), str(seconds)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def measure(options, book, mode, name, port, where, seconds):
    with load(options, port, where, seconds) as program:
        out = program.communicate()[0]
    if program.returncode != 0:
        raise SystemExit(f"bench_latency failed for {name}")
    book.note("latency", mode, name, **json.loads(out))


def probe_sync(path, seconds):
    """Appends what small transactions take in the log, at the same rate, open loop as the load is: one sync for all that
    are due, and for each the time since it was due."""
    times, count = [], int(RATE * seconds)
    with open(path, "wb", buffering=0) as file:
        start = time.monotonic()
        while len(times) < count:
            time.sleep(max(0, start + len(times) / RATE - time.monotonic()))
            due = min(count, int((time.monotonic() - start) * RATE) + 1)
            file.write(b"x" * PROBE_BYTES * (due - len(times)))
            os.fdatasync(file.fileno())
            end = time.monotonic()
            times += [1000 * (end - start - i / RATE) for i in range(len(times), due)]
    path.unlink()
    times.sort()
    return {"median_ms": times[count // 2], "p99_ms": times[count * 99 // 100], "max_ms": times[-1]}
