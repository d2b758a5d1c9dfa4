"""The source changes: a node that followed one server is pointed at a replica of it, whose log files have other
contents and other offsets, and goes on by GTID; and a server that lost what the node holds is refused."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402


def follow(replica, source):
    if source.flavour == "mysql":
        replica.sql(f"""CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={source.port},
            SOURCE_USER='repl', SOURCE_PASSWORD='secret', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1;
            START REPLICA""")
    else:
        replica.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={source.port}, MASTER_USER='repl',
            MASTER_PASSWORD='secret', MASTER_USE_GTID=slave_pos, MASTER_SSL_VERIFY_SERVER_CERT=0; START SLAVE""")


def wait_for(replica, source):
    gtids = source.gtids()
    wait = "WAIT_FOR_EXECUTED_GTID_SET" if source.flavour == "mysql" else "MASTER_GTID_WAIT"
    assert replica.value(f"SELECT {wait}('{gtids}', 60)") == "0"


def promote(replica):
    replica.sql("STOP REPLICA; RESET REPLICA ALL" if replica.flavour == "mysql" else "STOP SLAVE; RESET SLAVE ALL")


@for_each_kind("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
class SourceSwitch:
    def test_a_node_goes_on_with_a_promoted_replica(self):
        updates = [] if self.kind.startswith("mysql") else ["--log-slave-updates=ON"]
        with Server(self.kind) as first, Server(self.kind, options=updates) as second:
            second.sql("SET SESSION sql_log_bin=0; CREATE DATABASE padding; FLUSH BINARY LOGS; FLUSH BINARY LOGS")
            follow(second, first)
            first.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(40));"
                      "INSERT INTO shop.item VALUES (1, 'one'), (2, 'two')")
            with Node(first, get_server_public_key="ON") as node:
                first.sql("INSERT INTO shop.item VALUES (3, 'three')")
                node.wait_caught_up()
                wait_for(second, first)
                node.stop()
                first.sql("UPDATE shop.item SET name = 'seen by the replica only' WHERE id = 1")
                wait_for(second, first)
                promote(second)
                first.stop()
                second.sql("INSERT INTO shop.item VALUES (4, 'four')")
                node.source, node.url = second, second.url()
                node.start()
                node.wait_caught_up()
                second.sql("DELETE FROM shop.item WHERE id = 2")
                node.wait_caught_up()
                assert_equal_tables(self, second, node)

    def test_a_source_without_our_transactions_is_refused(self):
        with Server(self.kind) as first, Server(self.kind) as other:
            first.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY); INSERT INTO shop.item VALUES (1)")
            with Node(first, get_server_public_key="ON") as node:
                first.sql("INSERT INTO shop.item VALUES (2)")
                node.wait_caught_up()
                node.stop()
                node.source, node.url = other, other.url()
                node.start()
                self.assertNotEqual(node.wait_exit(), 0)
                self.assertIn("diverged", node.log())

    def test_a_reset_is_seen_though_names_gtids_and_offsets_match(self):
        reset = "RESET BINARY LOGS AND GTIDS" if self.kind.startswith("mysql") else "RESET MASTER"
        with Server(self.kind) as source:
            source.sql(f"CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY); {reset}")
            with Node(source, get_server_public_key="ON") as node:
                node.wait_log("applying from")
                for number in range(10, 20):
                    source.sql(f"INSERT INTO shop.item VALUES ({number})")
                node.wait_until(lambda: node.query('SELECT count(*) FROM "shop.item"') == [[10]], 60, "ten rows")
                node.stop()
                time.sleep(1.1)  # files are told apart by the second they were made in
                source.sql(reset)
                for number in range(20, 50):
                    source.sql(f"INSERT INTO shop.item VALUES ({number})")
                node.start()
                self.assertNotEqual(node.wait_exit(), 0)
                self.assertIn("another file than the one here", node.log())
                self.assertEqual(node.query('SELECT max(id) FROM "shop.item"'), [[19]])


class CopiedWithoutLock(unittest.TestCase):
    def test_what_another_server_wrote_before_the_copy_is_not_applied_again(self):
        """Without RELOAD the copy's GTIDs are a position, which names one server a domain; the file that the other
        server is asked for begins with rows, of a table without a key, that were copied."""
        options = ["--log-slave-updates=ON"]
        with Server("mariadb-10.11", options) as first, Server("mariadb-10.11", options) as second:
            first.sql("CREATE DATABASE shop; CREATE TABLE shop.item (name VARCHAR(40)) ENGINE=InnoDB; FLUSH BINARY LOGS;"
                      "INSERT INTO shop.item VALUES ('one'); INSERT INTO shop.item VALUES ('two')")
            follow(second, first)
            wait_for(second, first)
            promote(second)
            second.sql("INSERT INTO shop.item VALUES ('three');"
                       "CREATE USER low@'%' IDENTIFIED BY 'secret';"
                       "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO low@'%'")
            follow(first, second)
            wait_for(first, second)
            with Node(second.url(user="low")) as node:
                node.wait_log("by one connection's own snapshot")
                node.wait_caught_up(second)
                node.stop()
                wait_for(first, second)
                node.url = first.url()
                node.start()
                node.wait_caught_up(second)
                assert_equal_tables(self, first, node)


class OtherFlavour(unittest.TestCase):
    def test_a_source_of_the_other_flavour_is_refused(self):
        with Server("mysql-9.7") as first, Server("mariadb-10.11") as other:
            first.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY)")
            with Node(first, get_server_public_key="ON") as node:
                node.wait_caught_up()
                node.stop()
                node.source, node.url = other, other.url()
                node.start()
                self.assertEqual(node.wait_exit(), 3)
                self.assertIn("the log here is of a MySQL server, but the source is MariaDB 10.11", node.log())


if __name__ == "__main__":
    unittest.main()
