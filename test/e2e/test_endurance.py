"""What must not grow, and who must wait: memory under one large transaction, descriptors and threads over many
connections, and a node whose disk takes seconds for a sync."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from sweep import SHIM, Outcome, Page  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, v VARCHAR(2000)) ENGINE=InnoDB; INSERT INTO item VALUES (1, 'first');
"""
ROUNDS = 6
PASSING = 2  # a file that happens to be open; a leak is one a round at least
LARGE_ROWS, LARGE_ROW = 100000, 900  # about 90 MiB of row events
CACHE_MIB, BOUND_MIB = 16, 64


def memory_mib(node):
    """The most that was resident so far."""
    for line in pathlib.Path(f"/proc/{node.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def held(node):
    """(descriptors, threads)"""
    folder = pathlib.Path(f"/proc/{node.process.pid}")
    return len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir()))


def dump_threads(source):
    return [row[0] for row in source.rows("SHOW PROCESSLIST") if row[4].startswith("Binlog Dump")]


class Followed:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.source.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def follow(self, **options):
        node = Node(self.source, get_server_public_key="ON", heartbeat_period="1s", reconnect_max_delay="1s", **options)
        self.addCleanup(node.close)
        node.wait_caught_up()
        return node


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Endurance(Followed):
    def test_syncs_of_two_seconds_are_waited_for(self):
        node = self.follow()
        node.stop()
        page = Page(node.folder / "page")
        node.environment = {"LD_PRELOAD": str(SHIM.resolve()), "FAULT_DIR": str(node.data_dir), "FAULT_DO": "slow",
                            "FAULT_PAGE": str(page.path)}
        node.start()
        self.source.sql("".join(f"INSERT INTO shop.item VALUES ({number}, REPEAT('s', 900));\n" for number in range(100, 300)))
        node.wait_caught_up()
        assert_equal_tables(self, self.source, node)
        self.assertGreater(page.read(Outcome()).lies, 2)
        self.assertEqual(node.status()["source"]["connects"], 1)
        self.source.sql("DELETE FROM shop.item WHERE id >= 100")

    def test_connections_come_and_go_and_leave_nothing(self):
        node = self.follow()
        before = None
        for _ in range(ROUNDS):
            old = dump_threads(self.source)
            for thread in old:
                self.source.sql(f"KILL {thread}", check=False)
            self.source.sql("FLUSH BINARY LOGS")
            node.wait_until(lambda: set(dump_threads(self.source)) - set(old), 30, "another connection")
            node.wait_caught_up()
            before = before or held(node)
        node.wait_until(lambda: all(now <= was + PASSING for was, now in zip(before, held(node))), 20,
                        f"no more than {before} descriptors and threads")


@for_each_kind("mariadb-10.11")
class Memory(Followed):
    def test_memory_does_not_grow_with_a_transaction(self):
        node = self.follow(page_cache=f"{CACHE_MIB}M")
        self.source.sql(f"INSERT INTO shop.item SELECT seq, REPEAT('m', {LARGE_ROW}) FROM seq_1000_to_{LARGE_ROWS}", "shop")
        node.wait_caught_up()
        self.assertLess(memory_mib(node), BOUND_MIB + CACHE_MIB)
        sums = "SELECT COUNT(*), SUM(id), SUM(LENGTH(v)) FROM {}"
        self.assertEqual(self.source.rows(sums.format("shop.item")), [[str(n) for n in node.query(sums.format("item"))[0]]])


if __name__ == "__main__":
    unittest.main()
