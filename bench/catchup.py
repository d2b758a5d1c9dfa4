"""catchup.py - the same backlog applied by a native MariaDB 10.11 replica (1 and 4 applier threads) and by
binlogd into SQLite.

The log is local on both sides and the source is down, so that only applying is measured. Every run starts from the
same copy of the replica's data as it was before the backlog. Time runs from START SLAVE SQL_THREAD, or from binlogd's
start, until the position says that all is applied; both are polled every 20 ms. "durable": the replica runs with
sync_binlog=1 and innodb_flush_log_at_trx_commit=1, "relaxed" with 0 and 2. binlogd runs the same way in both: what
it applies was synced to its log before.
"""
# SPDX-License-Identifier: Apache-2.0
import shutil
import sqlite3
import subprocess
import time

import figures
import workload
from node import Node
from servers import Server

BACKLOGS = {  # name: (transactions, rows in each, how)
    "oltp_write_only": (30_000, 4, workload.small_transactions),
    "bulk inserts of 1,000 rows": (300, 1000, workload.bulk_inserts),
    "one hot table": (60_000, 1, workload.hot_updates),
}
MODES = {"durable": ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"],
         "relaxed": ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2"]}
BIG = ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"]
LIMIT_SECONDS = 300


class Rig:
    """A source with a backlog, and both replicas as they were before it."""

    def __init__(self, make, count):
        self.source = Server("mariadb-10.11", options=BIG)
        self.replica = Server("mariadb-10.11", options=[*BIG, "--skip-slave-start"])
        self.node = Node(self.source, start=False, ssl_mode="DISABLED", log_level="warning", page_cache="256M")
        self.copies = self.node.folder
        try:
            workload.prepare(self.source)
            self._bring_to_base()
            make(self.source, count)
            self._receive_backlog()
        except BaseException:
            self.close()
            raise

    def _bring_to_base(self):
        self.replica.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={self.source.port},
            MASTER_USER='repl', MASTER_PASSWORD='secret', MASTER_LOG_FILE='{self.source.log_files()[0].name}',
            MASTER_LOG_POS=4, MASTER_USE_GTID=no; START SLAVE""")  # by GTID a restart would drop the relay log
        base = self.source.gtids()
        self.replica.sql(f"SELECT MASTER_GTID_WAIT('{base}', 300); STOP SLAVE SQL_THREAD")
        self.node.start()
        self.node.wait_caught_up()
        self.node.stop()
        shutil.copy(self.node.database, self.copies / "base.db")

    def _receive_backlog(self):
        self.end = self.source.gtids()
        self.end_place = self.source.log_position()
        self.node.start()
        self.node.wait_caught_up(seconds=LIMIT_SECONDS)
        self.node.stop()
        place = self.source.log_position()
        figures.wait_until(lambda: self._replica_received(place), LIMIT_SECONDS)
        self.replica.stop()
        self.source.stop()
        shutil.copytree(self.replica.data_dir, self.copies / "replica")

    def _replica_received(self, place):
        status = self.replica.rows("SHOW SLAVE STATUS")[0]
        return (status[5], int(status[6])) == place  # Master_Log_File, Read_Master_Log_Pos

    def close(self):
        self.node.close()
        self.replica.close()
        self.source.close()

    # ---- one run each ----

    def native(self, mode, threads):
        """(seconds, CPU seconds, the most memory in MiB)"""
        shutil.rmtree(self.replica.data_dir)
        shutil.copytree(self.copies / "replica", self.replica.data_dir)
        subprocess.run(["sync"])
        self.replica.start(*MODES[mode], f"--slave-parallel-threads={threads if threads > 1 else 0}",
                           "--slave-parallel-mode=optimistic")
        pid = self.replica.process.pid
        client = subprocess.Popen(self.replica.client("-N", "-B", "-n"), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        position = lambda: ask(client, "SELECT @@gtid_slave_pos")  # noqa: E731
        position()
        cpu, start = figures.cpu_seconds(pid), time.monotonic()
        client.stdin.write("START SLAVE SQL_THREAD;\n")
        goal = sequence(self.end)
        figures.wait_until(lambda: sequence(position()) >= goal, LIMIT_SECONDS)
        seconds, cpu = time.monotonic() - start, figures.cpu_seconds(pid) - cpu
        peak = figures.memory_mib(pid, "VmHWM")
        client.stdin.close()
        client.wait()
        self.replica.kill()
        return seconds, cpu, peak

    def ours(self):
        for name in ("data.db", "data.db-wal", "data.db-shm"):
            (self.node.data_dir / name).unlink(missing_ok=True)
        shutil.copy(self.copies / "base.db", self.node.database)
        subprocess.run(["sync"])
        start = time.monotonic()
        self.node.start()
        reader = sqlite3.connect(f"file:{self.node.database}?mode=ro", uri=True)
        figures.wait_until(lambda: place_of(reader) >= self.end_place, LIMIT_SECONDS)
        seconds, cpu = time.monotonic() - start, figures.cpu_seconds(self.node.process.pid)
        peak = figures.memory_mib(self.node.process.pid, "VmHWM")
        reader.close()
        self.node.stop()
        return seconds, cpu, peak


def ask(client, query):
    client.stdin.write(query + ";\n")
    client.stdin.flush()
    return client.stdout.readline().strip()


def sequence(gtid):
    return int(gtid.split("-")[2]) if gtid.count("-") == 2 else 0


def place_of(reader):
    try:
        row = reader.execute("SELECT file, offset FROM binlogd_position").fetchone()
    except sqlite3.OperationalError:  # not made yet, or being changed
        return ("", 0)
    return (row[0], row[1]) if row else ("", 0)


def run(options, book):
    for name, (count, rows, make) in BACKLOGS.items():
        count = max(100, int(count * options.scale))
        rig = Rig(make, count)
        try:
            for _ in range(options.rounds):
                for mode in MODES:
                    for threads in (1, 4):
                        note(book, f"{name}, {mode}", f"MariaDB, {threads} threads", count, rows,
                             *rig.native(mode, threads))
                ours = rig.ours()
                for mode in MODES:
                    note(book, f"{name}, {mode}", "binlogd", count, rows, *ours)
        finally:
            rig.close()
        for mode in MODES:
            book.table("catchup", f"{name}, {mode}",
                       [("transactions_s", "trx/s"), ("rows_s", "rows/s"), ("cpu_ms_trx", "CPU ms/trx")], "binlogd",
                       ["MariaDB, 1 threads", "MariaDB, 4 threads"], "transactions_s")
        print(f"     binlogd's peak memory: {book.median('catchup', f'{name}, durable', 'binlogd', 'peak_mib'):.0f} MiB"
              " (page cache 256 MiB)")


def note(book, case, program, count, rows, seconds, cpu, peak):
    book.note("catchup", case, program, seconds=seconds, transactions_s=count / seconds, rows_s=count * rows / seconds,
              cpu_ms_trx=1000 * cpu / count, peak_mib=peak)
