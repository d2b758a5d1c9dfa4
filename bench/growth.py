"""growth.py - how time and memory grow with what there is to do: 1, 4 and 16 times as many transactions, and as many rows in one
transaction, received and applied into SQLite; and the largest of them printed. (Clients at once are in serve.py.)"""
# SPDX-License-Identifier: Apache-2.0
import subprocess
import time

import figures
import workload
from node import Node, program
from servers import Server

FACTORS = (1, 4, 16)
TRANSACTIONS, ROWS = 1500, 10_000
CACHE = "16M"


def run(options, book):
    with Server("mariadb-10.11", options=["--innodb-buffer-pool-size=256M", "--max-binlog-size=1G"]) as source:
        workload.prepare(source)
        with Node(source, ssl_mode="DISABLED", log_level="warning", page_cache=CACHE) as node:
            node.wait_caught_up(seconds=300)
            for factor in FACTORS:
                count = max(100, int(TRANSACTIONS * options.scale)) * factor
                apply(book, source, node, f"transactions x{factor}", count, lambda: workload.small_transactions(source, count))
            for factor in FACTORS:
                rows = max(1000, int(ROWS * options.scale)) * factor
                apply(book, source, node, f"rows in a transaction x{factor}", rows, lambda: one_transaction(source, rows))
                printed(options, book, source, f"rows in a transaction x{factor}", rows)
    for what in ("transactions", "rows in a transaction"):
        for factor in FACTORS:
            book.table("growth", f"{what} x{factor}", [("per_s", f"{what.split()[0]}/s"), ("peak_mib", "MiB at most")])


def one_transaction(source, rows):
    source.sql("TRUNCATE bulk; FLUSH BINARY LOGS", "bench")
    source.sql(f"""INSERT INTO bulk (id, k, c, pad) SELECT n, n * 7919 % 100000, CONCAT(SHA2(n, 256), LEFT(SHA2(n + 1, 256), 55)),
        LEFT(SHA2(n + 2, 256), 59) FROM nums WHERE n <= {rows}""", "bench")


def apply(book, source, node, case, count, make):
    """The node is down while the changes are made; its time holds its start, and receiving."""
    node.stop()
    make()
    start = time.monotonic()
    node.start()
    node.wait_caught_up(seconds=300)
    seconds = time.monotonic() - start
    book.note("growth", case, "binlogd run", seconds=seconds, per_s=count / seconds, peak_mib=figures.memory_mib(node.process.pid, "VmHWM"))


def printed(options, book, source, case, rows):
    for threads, name in ((1, "binlogd cat -vv"), (0, "binlogd cat -vv, all cores")):
        argv = [f"{options.build}/bench/bench_peak", program(), "cat", "--no-defaults", f"--threads={threads}", "-vv", str(source.log_files()[-1])]
        kib, seconds = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
        book.note("growth", case, name, seconds=float(seconds), per_s=rows / float(seconds), peak_mib=int(kib) / 1024)
