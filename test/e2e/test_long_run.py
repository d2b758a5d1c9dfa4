"""What a node holds over a long time: a source with a replica and a relay behind it, and a primary with its replica, are
written to, read and asked by clients that come and go, with schema changes, rotations, purges and broken connections.
Memory, descriptors, threads and the files on disk of each node must not grow.

A run takes BINLOGD_LONG_MINUTES (a quarter of a minute; `make soak` gives it hours). Growth is what the last third of
it holds more than the second: in the first everything fills for the first time."""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from sql_session import SqlNode  # noqa: E402

MINUTES = float(os.environ.get("BINLOGD_LONG_MINUTES", "0.25"))
ROWS = 500
LOG_MIB = 4
GROWTH = {"memory": 2048, "descriptors": 4, "threads": 2, "log": 2048}  # KiB, a client that comes or goes, a file
SCHEMA = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, n INT, name VARCHAR(80), UNIQUE KEY (n));"
SESSION = {"heartbeat_period": "1s", "reconnect_max_delay": "1s"}


def size_of(folder):
    """Bytes in its files; one may go in the meantime."""
    size = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def held(node):
    """What a node holds: KiB of memory that no file backs, descriptors, threads, KiB on disk."""
    process = pathlib.Path(f"/proc/{node.process.pid}")
    fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {"memory": int(fields["RssAnon"].split()[0]), "descriptors": len(list((process / "fd").iterdir())),
            "threads": int(fields["Threads"]), "log": size_of(node.data_dir / "log") // 1024}


def writes(turn):
    """A turn's statements: single ones, a transaction, one that is rolled back, and every few turns a change of the schema."""
    rows = [(turn * 37 + step) % ROWS for step in range(40)]
    yield from (f"REPLACE INTO shop.item VALUES ({row}, {row}, REPEAT('{turn % 10}', {row % 80}))" for row in rows)
    yield from ("BEGIN", f"UPDATE shop.item SET name = CONCAT('t', {turn}) WHERE id < {turn % 60}",
                f"DELETE FROM shop.item WHERE id = {rows[0]}", "COMMIT", "BEGIN", f"DELETE FROM shop.item WHERE id = {rows[1]}", "ROLLBACK")
    if turn % 3 == 0:
        yield from (f"CREATE TABLE shop.passing{turn} (id INT PRIMARY KEY, v VARCHAR(20))", f"INSERT INTO shop.passing{turn} VALUES (1, 'x')",
                    f"ALTER TABLE shop.passing{turn} ADD COLUMN w INT DEFAULT 3", f"DROP TABLE shop.passing{turn}")


READS = """SELECT COUNT(*), SUM(n) FROM shop.item; SELECT name FROM shop.item WHERE id = 7; SHOW REPLICA STATUS; SHOW TABLES FROM shop;
PREPARE look FROM 'SELECT n FROM shop.item WHERE id = ?'; SET @id = 9; EXECUTE look USING @id; DEALLOCATE PREPARE look;
CREATE TEMPORARY TABLE shop.own (a INT); SELECT * FROM no.such_table;"""


@for_each_kind("mariadb-10.11")
class LongRun:
    def setUp(self):
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA)
        self.primary = SqlNode(keep_log_size=f"{LOG_MIB}M")
        self.addCleanup(self.primary.close)
        self.primary.sql(SCHEMA)
        follow = {"keep_log_size": f"{LOG_MIB}M", **SESSION}
        self.followed, self.replica = SqlNode(self.source, **follow), SqlNode(self.primary.source_url(), **follow)
        self.relay = Node(self.followed.source_url(), engine="none", **follow)
        for node in (self.followed, self.replica, self.relay):
            self.addCleanup(node.close)
        self.followed.wait_caught_up()
        self.nodes = {"primary": self.primary, "its replica": self.replica, "replica of a server": self.followed, "relay": self.relay}

    def turn(self, turn):
        text = ";\n".join(writes(turn)) + ";"
        self.source.ask(text)
        self.primary.sql(text)
        for node in (self.followed, self.replica, self.primary):
            node.run(READS, "look", "", "--force")
        if turn % 5 == 0:
            for server in (self.source, self.primary):
                server.sql("FLUSH BINARY LOGS")
        if turn % 7 == 0:
            for row in self.source.rows("SHOW PROCESSLIST"):
                if row[4].startswith("Binlog Dump"):
                    self.source.sql(f"KILL {row[0]}", check=False)

    def assert_no_growth(self, name, samples):
        third = len(samples) // 3
        for what, allowed in GROWTH.items():
            before, after = (max(sample[what] for sample in part) for part in (samples[third:2 * third], samples[2 * third:]))
            print(f"{name}: {what} {samples[0][what]} at first, {before} in the second third, {after} in the last", flush=True)
            self.assertLessEqual(after, before + allowed, f"{name}: {what}")

    def test_nothing_grows(self):
        samples = {name: [] for name in self.nodes}
        end = time.monotonic() + MINUTES * 60
        while time.monotonic() < end or len(samples["primary"]) < 9:
            self.turn(len(samples["primary"]) + 1)
            for name, node in self.nodes.items():
                samples[name].append(held(node))
        print(f"{len(samples['primary'])} turns in {MINUTES} minutes", flush=True)
        for name, of_one in samples.items():
            with self.subTest(name):
                self.assert_no_growth(name, of_one)
        self.followed.wait_caught_up()
        assert_equal_tables(self, self.source, self.followed)
        everything = "SELECT * FROM shop.item ORDER BY id"
        self.replica.wait_until(lambda: self.replica.sql(everything) == self.primary.sql(everything), 30, "the primary's rows")


if __name__ == "__main__":
    unittest.main()
