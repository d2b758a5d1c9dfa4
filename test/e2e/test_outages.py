"""The source in trouble, and what a node does about it: it waits, says why, and goes on where it was; or, when
the source has lost what comes next, it says what is missing. In the end every table is equal."""
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, v LONGTEXT) ENGINE=InnoDB; INSERT INTO item (v) VALUES ('a'), ('b');
"""
INSERT = "INSERT INTO shop.item (v) VALUES ('{}');"


class Load(threading.Thread):
    """Small transactions until it is told to stop; a lost connection is no failure here."""

    def __init__(self, source):
        super().__init__(daemon=True)
        self.source, self.stopping = source, threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            self.source.sql(INSERT.format("load") * 20, check=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join(60)


class Outage:
    """One source for all tests of a class; each test leaves it running and with its accounts as they were."""
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind, options=["--max-allowed-packet=1G", *cls.options])
        cls.source.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def equal(self, node):
        node.wait_caught_up()
        assert_equal_tables(self, self.source, node)

    def following(self, **options):
        """A node whose first copy has ended, and whose log has reached it."""
        node = ToldNode(self.source, **options)
        node.wait_caught_up()
        node.wait_log("applying from", 30)
        return node

    def dump_threads(self):
        return [row[0] for row in self.source.rows("SHOW PROCESSLIST") if row[1] == "repl"]

    def kill_dumps(self):
        for thread in self.dump_threads():
            self.source.sql(f"KILL {thread}", check=False)

    def purge_to_the_newest(self):
        """Until nothing older is left: a dump that has not noticed its end holds files for a moment."""
        newest = self.source.log_position()[0]
        deadline = time.monotonic() + 20
        while self.source.log_files()[0].name != newest and time.monotonic() < deadline:
            self.kill_dumps()
            self.source.sql(f"PURGE BINARY LOGS TO '{newest}'")
            time.sleep(0.1)
        self.assertEqual(newest, self.source.log_files()[0].name)
        return newest


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Outages(Outage):
    def test_restarts_and_crashes_of_the_source(self):
        with self.following() as node:
            for _ in range(2):
                self.source.sql(INSERT.format("before a restart"))
                self.source.restart()
                self.source.sql(INSERT.format("before a kill"))
                self.source.kill()
                self.source.start()
            node.wait_log("is the server running", 30)
            self.equal(node)

    def test_a_source_that_hangs(self):
        """Longer than the heartbeat's deadline: the connection is given up, and taken up again."""
        with self.following() as node:
            self.source.pause()
            try:
                node.wait_log("no answer in time", 30)
                node.wait_until(lambda: node.status()["source"]["connects"] >= 1 and node.state() == "waiting", 20,
                                "state waiting")
                self.assertIn("no answer in time", node.status()["source"]["error"])
            finally:
                self.source.resume()
            self.equal(node)

    def test_a_password_that_changes_and_comes_back(self):
        with self.following() as node:
            self.source.sql("ALTER USER repl@'%' IDENTIFIED BY 'other'")
            try:
                self.kill_dumps()
                node.wait_until(lambda: "Access denied" in node.status()["source"]["error"], 20, "the reason in status")
                self.assertEqual("waiting", node.state())
                status = binlogd("status", "--no-defaults", f"--data={node.data_dir}")
                self.assertEqual(1, status.returncode)
                self.assertIn("check user name and password", status.stdout)
                time.sleep(2)
                tries = node.said().count("backoff -> connecting")
                self.assertTrue(1 <= tries <= 12, f"{tries} attempts: no backoff?\n{node.said()}")
            finally:
                self.source.sql("ALTER USER repl@'%' IDENTIFIED BY 'secret'")
            self.equal(node)

    def test_killed_dumps_lose_nothing(self):
        with self.following() as node:
            with Load(self.source):
                for _ in range(5):
                    time.sleep(0.3)
                    self.kill_dumps()
            node.wait_log("streaming -> backoff", 20)
            self.equal(node)

    def test_many_rotations_under_load(self):
        with self.following() as node:
            with Load(self.source):
                for _ in range(50):
                    self.source.sql("FLUSH BINARY LOGS;" + INSERT.format("rotated"))
            self.equal(node)
            node.restart()
            self.equal(node)

    def test_checksums_that_come_and_go(self):
        with self.following() as node:
            for kind in ("NONE", "CRC32", "NONE", "CRC32"):
                self.source.sql(f"SET GLOBAL binlog_checksum = {kind};" + INSERT.format(kind))
                self.equal(node)
                node.restart()
                self.source.sql(INSERT.format("after a restart"))
                self.equal(node)

    def test_events_that_span_packets(self):
        with self.following() as node:
            self.source.sql("INSERT INTO item (v) VALUES (REPEAT('q', 20 * 1024 * 1024));"
                            # around the size of a packet, with what an event has besides
                            + "".join(f"INSERT INTO item (v) VALUES (REPEAT('w', 16777215 - {less}));"
                                      for less in (40, 44, 48, 52, 56, 60))
                            + "UPDATE item SET v = CONCAT(v, 'x') WHERE LENGTH(v) > 20000000;"
                            "DELETE FROM item WHERE LENGTH(v) BETWEEN 10000000 AND 20000000", "shop")
            self.equal(node)
        self.source.sql("DELETE FROM shop.item WHERE LENGTH(v) > 1000000")

    def test_a_purged_position(self):
        with self.following() as node:
            node.stop()
            held = self.source.gtids()
            self.source.sql((INSERT.format("purged") + "FLUSH BINARY LOGS;") * 2)
            missing = self.source.gtids()
            self.source.sql(INSERT.format("kept"))
            oldest = self.purge_to_the_newest()
            last = missing.split("-" if self.source.flavour == "mariadb" else ":")[-1].split("-")[-1]
            for _ in range(2):
                node.start()
                said = assert_ends(self, node, 3, "purged", oldest, last, "empty --data directory")
                self.assertNotIn(f"{held}.", said)

    def test_a_purged_file_whose_transactions_are_all_here(self):
        with self.following() as node:
            node.stop()
            self.source.sql("FLUSH BINARY LOGS; FLUSH BINARY LOGS")
            newest = self.purge_to_the_newest()
            node.start()
            self.equal(node)
            self.assertTrue((node.data_dir / "log" / newest).exists())
            self.source.sql("FLUSH BINARY LOGS")
            self.equal(node)

    def test_a_log_that_lost_its_tail(self):
        """What sync_binlog=0 may lose in a power cut: the node holds more than the source, which goes on writing."""
        with self.following() as node:
            node.stop()
            file, _ = self.source.log_position()
            start = max(int(row[1]) for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{file}'")
                        if row[2].lower().startswith("gtid") and row[2] != "Gtid_list")
            self.source.kill()
            os.truncate(self.source.data_dir / file, start)
            self.source.start()
            self.source.sql(INSERT.format("a transaction with a GTID that was used before") * 3)
            for _ in range(2):
                node.start()
                assert_ends(self, node, 3, "empty --data directory")
            shutil.rmtree(node.data_dir / "log")  # without a log, the data's place tells
            node.start()
            assert_ends(self, node, 3, "empty --data directory")
            self.assertEqual([], node.query("""SELECT * FROM "shop.item" WHERE v LIKE '%used before'"""))

    def test_a_source_that_dies_inside_a_group(self):
        """A statement on a table outside of transactions, of which the log has only the first half. MySQL cuts its log
        off when it starts, and what comes next is followed; MariaDB leaves it: the node stops before the group."""
        self.source.sql("CREATE TABLE pile (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(500)) ENGINE=MyISAM", "shop")
        for inside in (0, 100):
            with self.following() as node:
                node.stop()
                file, _ = self.source.log_position()
                self.source.sql(INSERT.format("before the group") + "SET @row = REPEAT('g', 400);"
                                "INSERT INTO pile (v) VALUES " + ", ".join(["(@row)"] * 100), "shop")
                rows = [int(row[1]) for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{file}'") if row[2].startswith("Write_rows")]
                self.source.kill()
                os.truncate(self.source.data_dir / file, rows[-3] + inside)
                self.source.start()
                node.start()
                if self.source.flavour == "mariadb":
                    assert_ends(self, node, 3, "in the middle of event" if inside else "has no end", "empty --data directory")
                else:
                    self.source.sql(INSERT.format("after the group"))
                    node.wait_caught_up()
                    assert_equal_tables(self, self.source, node, ignore=["shop.pile"])
                self.assertEqual([[0]], node.query('SELECT count(*) FROM "shop.pile"'))
            self.source.sql("TRUNCATE TABLE shop.pile")
        self.source.sql("DROP TABLE shop.pile")

    def test_a_log_that_was_reset(self):
        with self.following() as node:
            node.stop()
            self.kill_dumps()
            reset = "RESET BINARY LOGS AND GTIDS" if self.source.flavour == "mysql" else "RESET MASTER"
            self.source.sql(f"{reset};" + INSERT.format("another history"))
            node.start()
            assert_ends(self, node, 3, "diverged", "empty --data directory")
            shutil.rmtree(node.data_dir / "log")  # an empty log does not make it forget
            node.start()
            assert_ends(self, node, 3, "diverged", "empty --data directory")


@for_each_kind("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
class TwoReplicasWithOneId(Outage):
    """MariaDB tells replicas apart by server id, MySQL by uuid: a copied data directory has both."""

    def test_they_say_so_and_wait_longer_each_time(self):
        with self.following() as node:
            node.stop()
            with ToldNode(self.source, start=False) as copy:
                shutil.copytree(node.data_dir, copy.data_dir)
                for one in (node, copy):
                    one.start(reconnect_max_delay="60s")
                    node.wait_until(lambda one=one: "asking -> streaming" in one.said(), 20, "its stream")
                for one in (node, copy):
                    one.wait_log("server id or uuid", 30)
                    one.wait_log("give each a --server-id of its own", 1)
                time.sleep(5)
                tries = node.said().count("backoff -> connecting")
                self.assertLess(tries, 9, node.said())
            node.restart()
            self.equal(node)


@for_each_kind("mysql-9.7")
class WithoutGtids(Outage):
    """A source that is followed by file and offset."""
    options = ("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")

    def test_restarts_and_rotations(self):
        with self.following() as node:
            for _ in range(3):
                self.source.sql(INSERT.format("x") + "FLUSH BINARY LOGS;" + INSERT.format("y"))
                node.wait_caught_up()
                node.kill()
                self.source.sql(INSERT.format("while it was dead") + "FLUSH BINARY LOGS;")
                node.start()
                self.source.restart()
                self.source.sql("BEGIN;" + INSERT.format("1") + INSERT.format("2") + "COMMIT")
            self.equal(node)

    def test_a_purged_file(self):
        with self.following() as node:
            node.stop()
            self.source.sql("FLUSH BINARY LOGS;" + INSERT.format("purged") + "FLUSH BINARY LOGS;")
            self.purge_to_the_newest()
            node.start()
            assert_ends(self, node, 3, "purged", "empty --data directory")

    def test_another_server(self):
        with self.following() as node, Server(self.kind, options=self.options) as other:
            node.stop()
            other.sql(SCHEMA)
            node.source, node.url = other, other.url()
            node.start()
            assert_ends(self, node, 3, "empty --data directory")


if __name__ == "__main__":
    unittest.main()
