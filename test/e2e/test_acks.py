"""test_acks.py - a primary of our own whose commits wait for stock replicas (--ack-after): nobody sees a row that a replica may lack,
whatever becomes of the client, the primary or the replica; and a start holds back what was waited for."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import errors, follow, replica_options  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from sql_session import Session, SqlNode  # noqa: E402
from test_semi_sync import REPLICA_OPTIONS  # noqa: E402

COUNT = "SELECT COUNT(*) FROM shop.item"
BEHIND = 0.6  # seconds that nothing may happen in


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Acks:
    @classmethod
    def setUpClass(cls):
        cls.flavour = cls.kind.split("-")[0]
        cls.node = SqlNode(flavour=cls.flavour, ack_after=1)
        cls.addClassCleanup(cls.node.close)
        cls.replica = Server(cls.kind, options=replica_options(cls.flavour) + REPLICA_OPTIONS[cls.flavour])
        cls.addClassCleanup(cls.replica.close)
        cls.replica.sql("RESET BINARY LOGS AND GTIDS" if cls.flavour == "mysql" else "RESET MASTER")
        follow(cls.replica, cls.node.port)
        cls.node.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))")

    def setUp(self):
        self.node.sql("TRUNCATE shop.item; INSERT INTO shop.item (v) VALUES ('first')")

    def stop_replica(self):
        self.replica.sql("STOP REPLICA" if self.flavour == "mysql" else "STOP SLAVE")
        self.node.wait_until(lambda: self.node.status()["port"]["replicas"] == 0, 30, "the replica to leave")

    def start_replica(self):
        self.replica.sql("START REPLICA" if self.flavour == "mysql" else "START SLAVE")

    def write(self, sql="INSERT INTO shop.item (v) VALUES ('late')"):
        """In a client of its own, which waits."""
        writer = threading.Thread(target=self.node.run, args=(sql,))
        writer.start()
        return writer

    def seen(self):
        """By every way in: a client, the file, the replica's port."""
        return {self.node.sql(COUNT).strip(), str(self.node.query('SELECT COUNT(*) FROM "shop.item"')[0][0])}

    def wait_seen(self, count):
        self.node.wait_until(lambda: self.seen() == {str(count)}, 30, f"{count} rows")
        self.node.wait_until(lambda: self.replica.sql(COUNT, check=False).strip() == str(count), 30, lambda: errors(self.replica))

    def check_hidden(self):
        until = time.monotonic() + BEHIND
        while time.monotonic() < until:
            self.assertEqual(self.seen(), {"1"})
            time.sleep(0.05)

    def test_a_commit_waits_and_is_not_seen_until_a_replica_has_it(self):
        self.stop_replica()
        writer = self.write()
        self.check_hidden()
        self.assertTrue(writer.is_alive())
        self.node.wait_until(lambda: "too few of them answer" in self.node.status()["lag"]["reason"], 30, "the status to tell")
        self.assertGreater(self.node.status()["port"]["acks_waiting_s"], 1)
        self.assertRegex(self.node.log(), "a commit waits: 1 replicas")
        self.start_replica()
        writer.join(30)
        self.assertFalse(writer.is_alive())
        self.wait_seen(2)
        self.assertEqual(self.node.status()["port"]["acks_wanted"], 1)

    def test_many_writers_share_an_answer(self):
        writers = [self.write("INSERT INTO shop.item (v) VALUES ('x');" * 25) for _ in range(4)]
        for writer in writers:
            writer.join(60)
        self.wait_seen(101)

    def test_a_client_that_is_killed_or_goes_changes_nothing(self):
        self.stop_replica()
        with Session(self.node, database="shop") as session:
            who = session.ask("SELECT CONNECTION_ID()")[-1]
            session.send("INSERT INTO item (v) VALUES ('late')")
            time.sleep(0.3)
            self.node.sql(f"KILL {who}")
            self.check_hidden()
        self.start_replica()
        self.wait_seen(2)

    def test_a_start_holds_back_what_was_waited_for(self):
        self.stop_replica()
        writer = self.write()
        self.check_hidden()
        self.node.kill()
        writer.join(30)
        self.node.start()
        self.node.wait_listening()
        self.check_hidden()
        self.assertEqual(self.node.error("INSERT INTO shop.item (v) VALUES ('no')"), 1290)
        self.node.wait_until(lambda: self.node.status()["state"] == "starting", 30, "the status to tell")
        self.node.wait_until(lambda: "waits for replicas" in self.node.status()["lag"]["reason"], 30, "the status to tell")
        self.assertEqual(self.node.stop(), 0)  # and again
        self.node.start()
        self.node.wait_listening()
        self.check_hidden()
        self.start_replica()
        self.wait_seen(2)
        self.node.sql("INSERT INTO shop.item (v) VALUES ('on')")
        self.wait_seen(3)

    def test_a_stop_ends_the_wait_and_the_replica_that_has_it_is_believed(self):
        """Its answer was to a connection that is gone."""
        name = "rpl_semi_sync_replica_enabled" if self.flavour == "mysql" else "rpl_semi_sync_slave_enabled"
        self.stop_replica()
        self.replica.sql(f"SET GLOBAL {name} = 0")
        self.start_replica()
        writer = self.write()
        self.node.wait_until(lambda: self.replica.sql(COUNT).strip() == "2", 30, "the replica to have it")
        self.check_hidden()
        self.assertEqual(self.node.stop(), 0, self.node.log()[-2000:])
        writer.join(30)
        self.replica.sql(f"SET GLOBAL {name} = 1")
        self.node.start()
        self.node.wait_listening()
        self.wait_seen(2)
        self.node.sql("INSERT INTO shop.item (v) VALUES ('on')")
        self.wait_seen(3)


class TwoOfThem(unittest.TestCase):
    """Nodes as the replicas: two different ones are to answer."""

    def test_one_replica_does_not_count_twice(self):
        node = SqlNode(ack_after=2)
        self.addCleanup(node.close)
        first, second = (SqlNode(node.source_url(), semi_sync="ON") for _ in range(2))
        for replica in (first, second):
            self.addCleanup(replica.close)
            replica.wait_until(lambda: replica.status().get("state") == "following", 60, "a copy")
        node.sql("CREATE DATABASE shop")
        second.stop()
        writer = threading.Thread(target=node.run, args=("CREATE DATABASE late",))
        writer.start()
        for _ in range(3):
            first.kill()
            first.start()
            first.wait_listening()
        time.sleep(BEHIND)
        self.assertTrue(writer.is_alive())
        self.assertNotIn("late", node.sql("SHOW DATABASES"))
        second.start()
        writer.join(30)
        self.assertFalse(writer.is_alive(), node.log()[-2000:])
        self.assertIn("late", node.sql("SHOW DATABASES"))


if __name__ == "__main__":
    unittest.main()
