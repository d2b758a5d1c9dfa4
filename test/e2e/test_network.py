"""A network that cuts, flips, delays and falls silent between the source and a node: the node goes on where it was, asks
again for what arrived damaged, and in the end every table is equal."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from proxy import ByteByByte, Cut, EndAt, Flip, HalfClose, Pass, Proxy, SlowLink, Stall  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode  # noqa: E402

SCHEMA = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY AUTO_INCREMENT, v LONGTEXT) ENGINE=InnoDB;"
INSERT = "INSERT INTO shop.item (v) VALUES (REPEAT('{}', {}));"


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Network:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.source.sql(SCHEMA + INSERT.format("a", 10))

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def through(self, fault, sql, *words):
        """A node that comes to the source through this proxy; what is written while it is away and while it is there."""
        with Proxy(self.source.port, Pass()) as proxy, ToldNode(proxy.url) as node:
            node.wait_caught_up(self.source)
            node.stop()
            self.source.sql(sql)
            proxy.fault = fault
            node.start()
            self.source.sql(sql)
            node.wait_caught_up(self.source)
            for word in words:
                self.assertIn(word, node.said())
            assert_equal_tables(self, self.source, node)
            return node.said()

    def test_every_byte_by_itself(self):
        self.through(ByteByByte(), INSERT.format("b", 300) * 5)

    def test_a_slow_link(self):
        self.through(SlowLink(8000), INSERT.format("c", 1000) * 4)

    def test_resets_at_all_kinds_of_places(self):
        places = [0, 1, 3, 4, 5, 23, 24, 60, 150, 300, 420, 700, 1300]
        said = self.through(EndAt(Cut, places), INSERT.format("d", 400) * 4, "streaming -> backoff")
        self.assertGreaterEqual(said.count("connecting -> asking"), len(places))

    def test_half_closed_connections(self):
        self.through(EndAt(HalfClose, [0, 3, 50, 700]), INSERT.format("e", 400) * 4, "closed the connection")

    def test_bits_that_turn_over(self):
        """In packet headers, event headers, bodies and checksums: nothing of it is stored, and it is asked for again."""
        with Proxy(self.source.port, Pass()) as proxy, ToldNode(proxy.url) as node:
            node.wait_caught_up(self.source)
            for place in (0, 3, 4, 9, 30, 200, 420, 431, 433, 437, 441, 500, 590, 640, 700, 760):
                node.stop()
                self.source.sql(INSERT.format("f", 100) * 2)
                proxy.fault = Flip([place], seed=place)
                node.start()
                node.wait_caught_up(self.source)
            self.assertIn("streaming -> backoff", node.log())
            assert_equal_tables(self, self.source, node)

    def test_a_connection_that_is_open_and_silent(self):
        """Half-open: nothing comes, and nobody says so. The heartbeats' deadline notices."""
        self.through(EndAt(Stall, [0, 600]), INSERT.format("g", 400) * 4, "no answer in time")


if __name__ == "__main__":
    unittest.main()
