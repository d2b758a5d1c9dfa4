"""Read what you wrote, on a replica: WAIT_FOR_EXECUTED_GTID_SET and MASTER_GTID_WAIT answer when the rows are there, or when
the time is over."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server  # noqa: E402
from sql_session import Session, SqlNode  # noqa: E402

WRITES = 40
SCHEMA = "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY);"


def mysql_wait(gtids, seconds=30):
    return f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', {seconds})"


def mariadb_wait(gtids, seconds=30):
    return f"SELECT MASTER_GTID_WAIT('{gtids}', {seconds})"


class OfMySQL(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.primary = SqlNode()
        cls.addClassCleanup(cls.primary.close)
        cls.primary.sql(SCHEMA)
        cls.replica = SqlNode(cls.primary.source_url())
        cls.addClassCleanup(cls.replica.close)
        cls.relay = SqlNode(cls.primary.source_url(), engine="none")
        cls.addClassCleanup(cls.relay.close)

    def executed(self):
        return self.primary.sql("SELECT @@GLOBAL.gtid_executed").strip()

    def test_what_was_waited_for_is_seen(self):
        with Session(self.primary) as writer, Session(self.replica) as reader:
            for number in range(WRITES):
                gtids = writer.ask(f"INSERT INTO shop.t VALUES ({number}); SELECT @@GLOBAL.gtid_executed")[0]
                self.assertEqual(reader.ask(f"{mysql_wait(gtids)}; SELECT id FROM shop.t WHERE id = {number}"), ["0", str(number)])

    def test_every_node_knows_what_it_has(self):
        for node in (self.primary, self.replica, self.relay):
            self.assertEqual(node.sql(mysql_wait(self.executed())), "0\n")
            self.assertEqual(node.sql(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{self.executed()}') AS here"), "0\n")

    def test_the_time_is_over(self):
        start = time.monotonic()
        after = self.executed().rsplit("-", 1)[0] + "-100000"
        for node in (self.primary, self.replica, self.relay):
            self.assertEqual(node.sql(mysql_wait(after, 0.3)), "1\n")
        self.assertGreater(time.monotonic() - start, 0.9)

    def test_what_is_no_set(self):
        self.assertEqual(self.replica.error(mysql_wait("nonsense")), 1772)
        self.assertEqual(self.replica.error(mariadb_wait("0-1-1")), 1235)
        self.assertEqual(self.replica.sql("SELECT WAIT_FOR_EXECUTED_GTID_SET(NULL)"), "NULL\n")

    def test_who_leaves_is_not_waited_for(self):
        after = self.executed().rsplit("-", 1)[0] + "-100000"
        for _ in range(5):
            session = Session(self.replica)
            session.send(mysql_wait(after))
            time.sleep(0.1)
            session.kill()
        self.primary.sql("REPLACE INTO shop.t VALUES (100000)")
        self.assertEqual(self.replica.sql(mysql_wait(self.executed())), "0\n")


class OfMariaDB(unittest.TestCase):
    def test_what_was_waited_for_is_seen(self):
        with Server("mariadb-10.11") as source:
            source.sql(SCHEMA)
            with SqlNode(source) as replica, Session(replica) as reader:
                replica.wait_caught_up()
                for number in range(WRITES):
                    position = source.ask(f"INSERT INTO shop.t VALUES ({number}); SELECT @@gtid_binlog_pos").strip()
                    self.assertEqual(reader.ask(f"{mariadb_wait(position)}; SELECT id FROM shop.t WHERE id = {number}"), ["0", str(number)])
                domain, server, number = position.split("-")
                after = f"{domain}-{server}-{int(number) + 1}"
                self.assertEqual(reader.ask(f"{mariadb_wait(after, 0.2)}; {mariadb_wait(after, 0)}; {mariadb_wait(position, 0)}"),
                                 ["-1", "-1", "0"])
                self.assertEqual(reader.ask(mariadb_wait("nonsense"))[0].split()[:2], ["ERROR", "1941"])


if __name__ == "__main__":
    unittest.main()
