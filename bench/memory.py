"""memory.py - resident memory of a replica: idle, and the highest it ever was while one transaction of 1 GB was
received and applied. The figure
is a bound, not a ratio: nothing is measured beside it."""
# SPDX-License-Identifier: Apache-2.0
import time

import figures
from node import Node
from servers import Server

TRANSACTION_BYTES = 1 << 30
PAGE_CACHE_MIB = 16


def run(options, book):
    with Server("mariadb-10.11", options=["--max-binlog-size=1G", "--innodb-buffer-pool-size=512M",
                                          "--innodb-log-file-size=512M"]) as source:
        source.sql("CREATE DATABASE bench; CREATE TABLE bench.wide (id INT PRIMARY KEY, body VARCHAR(4000)) ENGINE=InnoDB")
        with Node(source, ssl_mode="DISABLED", log_level="warning", page_cache=f"{PAGE_CACHE_MIB}M") as node:
            node.wait_caught_up()
            time.sleep(2)
            idle = figures.memory_mib(node.process.pid)
            rows = int(TRANSACTION_BYTES * options.scale / 4000)
            source.sql(f"INSERT INTO bench.wide SELECT seq, REPEAT(MD5(seq), 124) FROM seq_1_to_{rows}", "bench")
            node.wait_caught_up(seconds=600)
            peak = figures.memory_mib(node.process.pid, "VmHWM")
            assert node.query('SELECT count(*) FROM "bench.wide"') == [[rows]]
    book.note("memory", "resident", "binlogd", idle_mib=idle, peak_mib=peak, beyond_cache_mib=peak - PAGE_CACHE_MIB)
    book.table("memory", "resident", [("idle_mib", "MiB idle"), ("peak_mib", "MiB at most"),
                                      ("beyond_cache_mib", "MiB beyond the page cache")])
