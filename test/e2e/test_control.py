"""test_control.py - START, STOP and CHANGE of replication over a node's port, with a stock client, on a node that goes
on running: what it shows meanwhile, what it refuses, and that it comes to the data of whichever source it follows."""
# SPDX-License-Identifier: Apache-2.0
import os
import stat
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.dirname(__file__))
from compare import assert_equal_tables  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from test_port import Relay  # noqa: E402
from test_switch import follow, promote, wait_for  # noqa: E402

SHOP = ("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(40));"
        "INSERT INTO shop.item VALUES (1, 'one'), (2, 'two')")
WORDS = {"mysql": ("REPLICA", "CHANGE REPLICATION SOURCE TO", "SOURCE", "SOURCE_AUTO_POSITION=1"),
         "mariadb": ("SLAVE", "CHANGE MASTER TO", "MASTER", "MASTER_USE_GTID=slave_pos")}


class Controlled(Relay):
    """A node with a port that applies, and what tests ask of it."""

    def __init__(self, source, **options):
        super().__init__(source, **{"engine": "sqlite", "get_server_public_key": "ON", **options})
        self.word, self.change, self.prefix, self.by_gtid = WORDS[source.flavour]

    def say(self, sql):
        """A statement that must succeed."""
        return self.rows(sql)

    def refused(self, sql):
        """The error of a statement that must fail."""
        run = self.ask(sql)
        assert run.returncode != 0, f"{sql} was not refused"
        return run.stderr

    def running(self):
        shown = self.columns(f"SHOW {self.word} STATUS")
        return (shown.get("Replica_IO_Running") or shown["Slave_IO_Running"],
                shown.get("Replica_SQL_Running") or shown["Slave_SQL_Running"])

    def wait_running(self, io, sql):
        self.wait_until(lambda: self.running() == (io, sql), 60, f"{io} and {sql} to be shown")

    def state(self):
        return self.status()["state"]

    def items(self):
        return self.query('SELECT id FROM "shop.item" ORDER BY id')


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Control:
    def setUp(self):
        self.source = Server(self.kind, options=[] if self.kind.startswith("mysql") else ["--log-slave-updates=ON"])
        self.addCleanup(self.source.close)
        self.source.sql(SHOP)

    def node(self, **options):
        node = Controlled(self.source, **options)
        self.addCleanup(node.close)
        return node

    def test_parts_stop_and_start_in_a_running_node(self):
        node = self.node(exclude="other.tmp_?*")
        node.wait_caught_up()
        self.assertEqual(node.columns(f"SHOW {node.word} STATUS")["Replicate_Wild_Ignore_Table"], "other.tmp\\\\__%")
        node.say(f"STOP {node.word} SQL_THREAD")
        self.assertEqual(node.running(), ("Yes", "No"))
        self.assertEqual(node.state(), "paused")
        self.source.sql("INSERT INTO shop.item VALUES (3, 'three')")
        node.say(f"STOP {node.word}; STOP {node.word}")
        self.assertEqual(node.running(), ("No", "No"))
        self.assertIn("START REPLICA", node.status()["lag"]["reason"])
        self.assertEqual(node.items(), [[1], [2]])
        self.source.sql("INSERT INTO shop.item VALUES (4, 'four')")
        node.say(f"START {node.word} SQL_THREAD")
        self.assertEqual(node.running(), ("No", "Yes"))
        node.say(f"START {node.word} IO_THREAD; START {node.word}")
        node.wait_running("Yes", "Yes")
        node.wait_caught_up()
        assert_equal_tables(self, self.source, node)
        self.assertNotEqual(node.state(), "paused")

    def test_a_running_node_is_pointed_at_another_server_and_stays_there(self):
        node = self.node()
        with Server(self.kind, options=[] if self.kind.startswith("mysql") else ["--log-slave-updates=ON"]) as second:
            second.sql("SET SESSION sql_log_bin=0; CREATE DATABASE padding; FLUSH BINARY LOGS")
            follow(second, self.source)
            node.wait_caught_up()
            wait_for(second, self.source)
            self.assertIn("STOP REPLICA", node.refused(f"{node.change} {node.prefix}_PORT={second.port}"))
            node.say(f"STOP {node.word}")
            self.source.sql("INSERT INTO shop.item VALUES (3, 'seen by the replica only')")
            wait_for(second, self.source)
            promote(second)
            self.source.stop()
            node.say(f"{node.change} {node.prefix}_HOST='127.0.0.1', {node.prefix}_PORT={second.port},"
                     f"{node.prefix}_USER='repl', {node.prefix}_PASSWORD='not the password', {node.by_gtid};"
                     f"START {node.word}")
            node.wait_running("No", "Yes")  # it stopped by itself; the node goes on
            shown = node.columns(f"SHOW {node.word} STATUS")
            self.assertIn("repl", shown["Last_IO_Error"])
            node.say(f"{node.change} {node.prefix}_PASSWORD='secret'; START {node.word}")
            node.wait_caught_up(second)
            second.sql("DELETE FROM shop.item WHERE id = 2")
            node.wait_caught_up(second)
            assert_equal_tables(self, second, node)
            kept = node.data_dir / "source.json"
            self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
            self.assertNotIn("secret", node.log())
            node.say(f"STOP {node.word}; {node.change} {node.prefix}_CONNECT_RETRY=7,"
                     f"{node.prefix}_HEARTBEAT_PERIOD=2.5; START {node.word}")
            node.wait_running("Yes", "Yes")
            self.shows_what_was_said(node, second)
            node.kill()
            node.start()  # the options still name the first, which is gone
            second.sql("INSERT INTO shop.item VALUES (5, 'five')")
            node.wait_caught_up(second)
            assert_equal_tables(self, second, node)
            shown = node.columns(f"SHOW {node.word} STATUS")
            self.assertEqual(shown.get("Source_Port") or shown["Master_Port"], str(second.port))

    def shows_what_was_said(self, node, source):
        shown = node.columns(f"SHOW {node.word} STATUS")
        self.assertEqual(shown["Connect_Retry"], "7")
        self.assertEqual(shown.get("Source_Server_Id") or shown["Master_Server_Id"], source.value("SELECT @@server_id"))
        self.assertEqual(shown.get("Auto_Position") or shown["Using_Gtid"],
                         "1" if source.flavour == "mysql" else "Slave_Pos")
        if source.flavour == "mariadb":
            self.assertEqual(node.columns("SHOW ALL SLAVES STATUS")["Slave_heartbeat_period"], "2.500")

    def test_what_cannot_be_done_is_refused_with_a_sentence(self):
        node = self.node(engine="none")
        node.say(f"STOP {node.word}")
        self.assertEqual(node.running(), ("No", "No"))
        for sql, words in [(f"STOP {node.word} SQL_THREAD", "relay"),
                           (f"START {node.word} UNTIL SQL_AFTER_GTIDS='x'", "relay"),
                           (f"RESET {node.word} ALL", "CHANGE REPLICATION SOURCE TO"),
                           ("FLUSH BINARY LOGS", "on the source"),
                           (f"{node.change} {node.prefix}_LOG_FILE='binlog.000001'", "say where to go on"),
                           (f"{node.change} {node.prefix}_DELAY=10", "on its replicas"),
                           (f"{node.change} {node.prefix}_PORT=0", "Incorrect value"),
                           (f"{node.change} {node.prefix}_NONSENSE=1", "NONSENSE"),
                           (f"STOP {node.word} FOR CHANNEL 'other'", "one source")]:
            self.assertIn(words, node.refused(sql))
        self.assertIn("1227", node.ask(f"START {node.word}", user="repl").stderr)
        self.source.sql("INSERT INTO shop.item VALUES (3, 'three')")
        node.say(f"START {node.word}")
        node.wait_running("Yes", "Yes")
        gtids = self.source.gtids()
        shown = "@@gtid_executed" if self.source.flavour == "mysql" else "@@gtid_binlog_pos"
        node.wait_until(lambda: node.rows(f"SELECT {shown}") == [[gtids.replace("\n", "")]], 60, "the relay to catch up")


if __name__ == "__main__":
    unittest.main()
