"""catchup_mysql.py - for the record: what MySQL 9.7's own replica makes of a backlog, with 1 and 4 applier threads, beside
binlogd on the same one.

No goal hangs on it, so it is short: 4 tables of 10,000 rows, and for every measurement a share of small transactions of its
own instead of a copy of the data before them. A share is in the relay log before START REPLICA SQL_THREAD, and the source is
idle. binlogd applies all shares at once, from its start on; rates are compared.
"""
# SPDX-License-Identifier: Apache-2.0
import shutil
import sqlite3
import subprocess
import time

import catchup
import figures
import workload
from node import Node
from servers import Server, installed_kinds

KIND, SHARE, LIMIT_SECONDS = "mysql-9.7", 1_000, 120
SETTINGS = {"durable": (1, 1), "relaxed": (0, 2)}  # sync_binlog, innodb_flush_log_at_trx_commit
TABLES = ("--tables=4", "--table-size=10000")


def run(options, book):
    if KIND not in installed_kinds():
        book.skip("catchup_mysql", f"{KIND} is not installed")
        return
    share = max(200, int(SHARE * options.scale))
    rig = Rig()
    try:
        for mode in SETTINGS:
            for threads in (1, 4):
                book.note("catchup_mysql", f"oltp_write_only, {mode}", f"MySQL, {threads} threads", **rates(share, *rig.native(mode, threads, share)))
        seconds, cpu = rig.ours()
        for mode in SETTINGS:
            book.note("catchup_mysql", f"oltp_write_only, {mode}", "binlogd", **rates(share * rig.shares, seconds, cpu))
    finally:
        rig.close()
    for mode in SETTINGS:
        book.table("catchup_mysql", f"oltp_write_only, {mode}", [("transactions_s", "trx/s"), ("cpu_ms_trx", "CPU ms/trx")], "binlogd",
                   ["MySQL, 1 threads", "MySQL, 4 threads"], "transactions_s")


def rates(count, seconds, cpu):
    return {"seconds": seconds, "transactions_s": count / seconds, "cpu_ms_trx": 1000 * cpu / count}


class Rig:
    def __init__(self):
        self.shares = 0
        self.source = Server(KIND, options=catchup.BIG[:1])
        self.replica = Server(KIND, options=[*catchup.BIG[:1], "--skip-replica-start"])
        self.node = Node(self.source, start=False, ssl_mode="DISABLED", get_server_public_key="ON", log_level="warning", page_cache="256M")
        try:
            self._bring_to_base()
        except BaseException:
            self.close()
            raise
        self.client = subprocess.Popen(self.replica.client("-N", "-B", "-n"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _bring_to_base(self):
        self.source.sql("ALTER USER root@'127.0.0.1' IDENTIFIED BY ''; CREATE DATABASE bench")
        self.source.sql("SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 2")
        workload.sysbench(self.source, "oltp_write_only", *TABLES, "prepare")
        self.replica.sql("RESET BINARY LOGS AND GTIDS")
        self.replica.sql(f"""CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={self.source.port}, SOURCE_USER='repl',
            SOURCE_PASSWORD='secret', GET_SOURCE_PUBLIC_KEY=1, SOURCE_AUTO_POSITION=1; START REPLICA""")
        figures.wait_until(lambda: self.replica.gtids() == self.source.gtids(), LIMIT_SECONDS)
        self.replica.sql("STOP REPLICA SQL_THREAD")
        self.node.start()
        self.node.wait_caught_up()
        self.node.stop()
        shutil.copy(self.node.database, self.node.folder / "base.db")

    def _make_share(self, count):
        workload.sysbench(self.source, "oltp_write_only", *TABLES, "--threads=4", f"--events={count}", "--time=0", "run")
        self.shares += 1
        end = self.source.gtids()
        received = "SELECT GTID_SUBSET('{}', CONCAT(received_transaction_set, ',', @@GLOBAL.gtid_executed)) FROM " \
            "performance_schema.replication_connection_status"
        figures.wait_until(lambda: self.replica.value(received.format(end)) == "1", LIMIT_SECONDS)
        return end

    def native(self, mode, threads, count):
        """(seconds, CPU seconds)"""
        end = self._make_share(count)
        sync_log, flush = SETTINGS[mode]
        self.replica.sql(f"SET GLOBAL sync_binlog = {sync_log}; SET GLOBAL innodb_flush_log_at_trx_commit = {flush}; "
                         f"SET GLOBAL replica_parallel_workers = {threads}")
        subprocess.run(["sync"])
        done = f"SELECT GTID_SUBSET('{end}', @@GLOBAL.gtid_executed)"
        catchup.ask(self.client, done)
        cpu, start = figures.cpu_seconds(self.replica.process.pid), time.monotonic()
        self.client.stdin.write("START REPLICA SQL_THREAD;\n")
        figures.wait_until(lambda: catchup.ask(self.client, done) == "1", LIMIT_SECONDS)
        seconds, cpu = time.monotonic() - start, figures.cpu_seconds(self.replica.process.pid) - cpu
        self.replica.sql("STOP REPLICA SQL_THREAD")
        return seconds, cpu

    def ours(self):
        """All shares, from what the log here holds; the source is down."""
        place = self.source.log_position()
        self.node.start()
        self.node.wait_caught_up(seconds=LIMIT_SECONDS)
        self.node.stop()
        self.source.stop()
        for name in ("data.db", "data.db-wal", "data.db-shm"):
            (self.node.data_dir / name).unlink(missing_ok=True)
        shutil.copy(self.node.folder / "base.db", self.node.database)
        subprocess.run(["sync"])
        start = time.monotonic()
        self.node.start()
        reader = sqlite3.connect(f"file:{self.node.database}?mode=ro", uri=True)
        figures.wait_until(lambda: catchup.place_of(reader) >= place, LIMIT_SECONDS)
        seconds, cpu = time.monotonic() - start, figures.cpu_seconds(self.node.process.pid)
        reader.close()
        self.node.stop()
        return seconds, cpu

    def close(self):
        self.node.close()
        self.replica.close()
        self.source.close()
