"""test_large_transaction.py - a transaction with more events than memory is to hold: they wait in a file that has no name, and reach
the log, a replica and a MySQL as one transaction; the limit, a full disk and kill -9 leave log and rows as they were before it."""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import glob
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import follow  # noqa: E402
from servers import Server  # noqa: E402
from sql_session import Session, SqlNode  # noqa: E402
from sweep import SHIM  # noqa: E402

MEMORY, LIMIT = 64 << 10, 6 << 20
ROW = 250
SCHEMA = f"""CREATE DATABASE shop; USE shop; CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR({ROW}), n INT NOT NULL DEFAULT 0);
INSERT INTO item (v) VALUES (REPEAT('a', {ROW})), (REPEAT('b', {ROW})), (REPEAT('c', {ROW})), (REPEAT('d', {ROW}));"""
DOUBLE = "INSERT INTO item (v) SELECT v FROM item"
SUM = "SELECT COUNT(*), SUM(n), SUM(CRC32(v)), SUM(LENGTH(v)) FROM shop.item"


class LargeTransaction(unittest.TestCase):
    def primary(self, **options):
        node = SqlNode(binlog_cache_size=MEMORY, max_binlog_cache_size=LIMIT, **options)
        self.addCleanup(node.close)
        node.sql(SCHEMA)
        return node

    def replica_of(self, node):
        """What a new replica makes of the whole log."""
        with SqlNode(node.source_url()) as below:
            node.sql("CREATE TABLE IF NOT EXISTS shop.done (id INT PRIMARY KEY)")
            gtids = node.sql("SELECT @@gtid_executed").strip()
            self.assertEqual(below.sql(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', 60)"), "0\n", below.log()[-2000:])
            return below.sql(SUM)

    @staticmethod
    def spilled(node):
        """Bytes of the file, which is gone from the directory: only the process has it."""
        for link in glob.glob(f"/proc/{node.process.pid}/fd/*"):
            with contextlib.suppress(FileNotFoundError):  # others come and go
                if os.readlink(link) == f"{node.data_dir}/transaction.tmp (deleted)":
                    return os.stat(link).st_size
        return None

    def restart_with_fault(self, node, where, do, at):
        """The next process meets it at its at-th call on that file of the data directory."""
        page = node.folder / "page"
        page.write_bytes(bytes(4096))
        node.stop()
        node.environment = {"LD_PRELOAD": str(SHIM), "FAULT_DIR": f"{node.data_dir}/{where}", "FAULT_DO": do, "FAULT_AT": str(at), "FAULT_PAGE": str(page)}
        node.start()
        while node.process.poll() is None and node.run("SELECT 1").returncode != 0:
            time.sleep(0.02)  # it may come as soon as it starts

    def test_it_reaches_the_log_and_replicas_whole(self):
        node = self.primary()
        with Server("mysql-9.7", ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"]) as server:
            follow(server, node.port)
            with Session(node, database="shop") as session:
                session.ask("BEGIN")
                for turn in range(12):
                    session.ask(DOUBLE)
                    if turn == 9:
                        session.ask("SAVEPOINT s")
                        session.ask("UPDATE item SET n = 1")
                        self.assertGreater(self.spilled(node), MEMORY)
                        session.ask("ROLLBACK TO s")
                        session.ask("UPDATE item SET n = 2 WHERE id % 3 = 0")
                self.assertGreater(self.spilled(node), 4 << 20)
                self.assertEqual(node.sql(SUM).split()[0], "4")
                session.ask("COMMIT")
            self.assertEqual(self.spilled(node), 0)
            rows = node.sql(SUM)
            self.assertEqual(rows.split()[0], str(4 << 12))
            gtids = node.sql("SELECT @@gtid_executed").strip()
            self.assertEqual(server.value(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', 60)"), "0", server.error_log()[-2000:])
            self.assertEqual(server.sql(SUM), rows)
        self.assertEqual(self.replica_of(node), rows)

    def test_more_than_its_limit_is_refused_and_nothing_of_it_is_there(self):
        node = self.primary()
        rows, gtids = node.sql(SUM), node.sql("SELECT @@gtid_executed")
        self.assertEqual(node.error("BEGIN;" + f"{DOUBLE};" * 16 + "COMMIT", database="shop"), 1197)
        self.assertEqual((node.sql(SUM), node.sql("SELECT @@gtid_executed")), (rows, gtids))
        node.sql("UPDATE shop.item SET n = 5")
        self.assertEqual(self.replica_of(node), node.sql(SUM))

    def test_a_full_disk_is_an_error_and_no_more(self):
        node = self.primary()
        self.restart_with_fault(node, "transaction.tmp", "ENOSPC", 9)
        rows = node.sql(SUM)
        error = node.run("BEGIN;" + f"{DOUBLE};" * 12 + "COMMIT", database="shop").stderr.decode()
        self.assertIn("ERROR 1026", error)
        self.assertIn("No space left on device", error)
        self.assertEqual(node.sql(SUM), rows)
        node.sql("BEGIN;" + f"{DOUBLE};" * 10 + "COMMIT", database="shop")
        self.assertEqual(self.replica_of(node), node.sql(SUM))

    def test_a_log_that_cannot_be_written_commits_nothing(self):
        """The next file's n-th call fails or is the last; a replica that follows all the time never meets a GTID with other content."""
        node = self.primary()
        known = 4
        with SqlNode(node.source_url()) as below:  # which ends where its source is gone before they have met
            below.wait_until(lambda: below.sql("SELECT COUNT(*) FROM shop.item", check=False) == f"{known}\n", 60, "the first rows")
            for at in (5, 7, 9, 10, 12, 14):
                newest = sorted(path.name for path in (node.data_dir / "log").glob("binlog.??????"))[-1]
                name = f"binlog.{int(newest.split('.')[1]) + 1:06}"
                do = ("ENOSPC", "EIO", "kill-after")[at % 3]
                self.restart_with_fault(node, f"log/{name}", do, at)
                answers = [node.run("INSERT INTO item (v) VALUES ('x')", database="shop").returncode for _ in range(6)]
                self.assertIn(1, answers, (at, do))
                self.assertNotEqual(node.wait_exit(10), 0)
                node.environment = {}
                node.start()
                node.wait_listening()
                rows = int(node.sql("SELECT COUNT(*) FROM shop.item"))
                told = known + answers.count(0)
                self.assertIn(rows, (told, told + 1), (at, do))  # one may be there that nobody was told of
                known = rows
            gtids = node.sql("SELECT @@gtid_executed").strip()
            self.assertEqual(below.sql(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', 60)"), "0\n", below.log()[-2000:])
            self.assertEqual(below.sql(SUM), node.sql(SUM))
        self.assertEqual(self.replica_of(node), node.sql(SUM))

    def test_a_kill_leaves_log_and_rows_equal(self):
        node = self.primary()
        rows = node.sql(SUM)
        for where, do, at in (("transaction.tmp", "kill-after", 2), ("transaction.tmp", "kill-amid", 20), ("log", "kill-amid", 10), ("log", "kill-amid", 14)):
            with self.subTest(where=where, at=at):
                self.restart_with_fault(node, where, do, at)
                node.run("BEGIN;" + f"{DOUBLE};" * 11 + "COMMIT", database="shop")
                self.assertEqual(node.wait_exit(10), -9)
                self.assertEqual((node.data_dir / "transaction.tmp").exists(), do == "kill-after")  # between its making and the loss of its name
                node.environment = {}
                node.start()
                node.wait_listening()
                self.assertFalse((node.data_dir / "transaction.tmp").exists())
                self.assertEqual(node.sql(SUM), rows)
                node.sql("UPDATE shop.item SET n = n + 1")
                rows = node.sql(SUM)
        self.assertEqual(self.replica_of(node), rows)


if __name__ == "__main__":
    unittest.main()
