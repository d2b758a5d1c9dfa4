"""test_switch_over.py - primaries of our own change places while they run: under a write load, with a stock MariaDB that
follows; after a crash that left a transaction on one side only, which is named and stays there; with transactions open."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import Node  # noqa: E402
from servers import Server  # noqa: E402
from sql_session import PASSWORD, Session, SqlNode  # noqa: E402

SCHEMA = "CREATE DATABASE shop; CREATE TABLE shop.sale (id BIGINT PRIMARY KEY AUTO_INCREMENT, who INT, n INT, UNIQUE KEY (who, n))"
ROWS = "SELECT who, n FROM sale ORDER BY who, n"
NO_SOURCE, READ_ONLY = 1200, 1290


def source(node):
    return (f"CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={node.port}, SOURCE_USER='root', "
            f"SOURCE_PASSWORD='{PASSWORD}', GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1")


def status(node):
    text = node.run("SHOW REPLICA STATUS\\G", "root", "", "--column-names").stdout.decode()
    return dict(re.findall(r"^ *(\w+): ?(.*)$", text, re.M))


def rows(node):
    return node.sql(ROWS, "look", "shop", check=False)


class Writer(threading.Thread):
    """Writes where it may; keeps what was acknowledged."""

    def __init__(self, who, primary):
        super().__init__()
        self.who, self.primary, self.going, self.acknowledged, self.n = who, primary, True, [], 0

    def run(self):
        while self.going:
            self.n += 1
            insert = f"INSERT INTO sale (who, n) VALUES ({self.who}, {self.n})"
            if self.primary.run(insert, "app", "shop").returncode == 0:
                self.acknowledged.append(self.n)


class SwitchOver(unittest.TestCase):
    def setUp(self):
        self.one = SqlNode()
        self.addCleanup(self.one.close)
        self.one.sql(SCHEMA)
        self.two = SqlNode(self.one.source_url())
        self.addCleanup(self.two.close)
        self.two.wait_until(lambda: self.two.sql("SELECT COUNT(*) FROM sale", "look", "shop", check=False) == "0\n", 60, "the replica")

    def write(self, node, *numbers):
        for n in numbers:
            node.sql(f"INSERT INTO sale (who, n) VALUES (0, {n})", "app", "shop")

    def wait_same(self, *nodes):
        nodes[0].wait_until(lambda: len({rows(node) for node in nodes}) == 1, 60, "the same rows everywhere")

    def promote(self, node, after):
        gtids = after.sql("SELECT @@gtid_executed").strip().replace("\n", "")
        self.assertEqual(node.sql(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtids}', 30)"), "0\n")
        node.sql("STOP REPLICA; RESET REPLICA ALL")

    def test_under_a_write_load_and_back(self):
        with Server("mariadb-10.11") as mariadb:
            mariadb.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={self.one.port}, MASTER_USER='below', MASTER_PASSWORD='{PASSWORD}',
                MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, MASTER_USE_GTID=no, MASTER_CONNECT_RETRY=1; START SLAVE""")
            acknowledged = self.change_places(self.one, self.two, mariadb)
            self.two.wait_until(lambda: mariadb.sql(ROWS, "shop", check=False) == rows(self.two), 60, "MariaDB to follow")
            mariadb.sql("STOP SLAVE")
        acknowledged |= self.change_places(self.two, self.one)
        there = rows(self.one).split()
        pairs = list(zip(map(int, there[0::2]), map(int, there[1::2])))
        self.assertLessEqual(acknowledged, set(pairs), "an acknowledged transaction is lost")
        self.assertGreater(len(pairs), 20)
        self.assertEqual(len(self.one.sql("SELECT @@gtid_executed").split(",")), 2)

    def change_places(self, old, new, below=None):
        """While clients write; the rows that were acknowledged to them."""
        writers = [Writer(who + 10 * old.port, old) for who in (1, 2, 3)]
        for writer in writers:
            writer.start()
        time.sleep(1.5)
        old.sql("SET GLOBAL super_read_only = ON")
        fenced = old.sql("SELECT @@gtid_executed")
        self.assertEqual(old.error("INSERT INTO sale (who, n) VALUES (0, 0)", database="shop"), READ_ONLY)
        old.sql(source(new) + "; START REPLICA")
        self.assertEqual(old.sql("SELECT @@gtid_executed"), fenced)
        self.assertEqual(old.error("INSERT INTO sale (who, n) VALUES (0, 0)", "app", "shop"), READ_ONLY)
        old.wait_until(lambda: "follows this node itself" in status(old)["Last_IO_Error"], 30, "the one to wait for the other")
        if below:
            self.stop_at_end(below, old)
        self.promote(new, old)
        if below:
            below.sql(f"CHANGE MASTER TO MASTER_PORT={new.port}; START SLAVE")
        self.assertEqual(old.error("SET GLOBAL read_only = OFF"), READ_ONLY)
        new.sql("SET GLOBAL read_only = OFF")
        for writer in writers:
            writer.primary = new
        time.sleep(1)
        for writer in writers:
            writer.going = False
        for writer in writers:
            writer.join()
        self.wait_same(old, new)
        return {(writer.who, n) for writer in writers for n in writer.acknowledged}

    def stop_at_end(self, mariadb, old):
        """While both wait for each other: the new primary's log begins with the old one's files, so this place is there too."""
        end = old.sql("SHOW BINARY LOG STATUS").split("\t")
        old.wait_until(lambda: self.place(mariadb) == (end[0], int(end[1])), 60, "MariaDB at the old primary's end")
        file, offset = self.place(mariadb)
        mariadb.sql(f"STOP SLAVE; CHANGE MASTER TO MASTER_LOG_FILE='{file}', MASTER_LOG_POS={offset}")

    @staticmethod
    def place(mariadb):
        columns = mariadb.sql("SHOW SLAVE STATUS").split("\t")
        return columns[9], int(columns[21])  # Relay_Master_Log_File, Exec_Master_Log_Pos

    def test_a_transaction_that_the_new_primary_lacks_is_named_and_kept_aside(self):
        self.write(self.one, 1)
        self.wait_same(self.one, self.two)
        self.two.sql("STOP REPLICA IO_THREAD")
        self.write(self.one, 2)
        stray = self.one.sql("SELECT @@gtid_executed").strip()
        self.one.kill()
        self.two.sql("STOP REPLICA; RESET REPLICA ALL")
        self.write(self.two, 3)
        self.one.start()
        self.one.wait_listening()
        self.one.sql(source(self.two) + "; START REPLICA")
        self.one.wait_until(lambda: "does not have" in status(self.one).get("Last_IO_Error", ""), 30, "the refusal")
        self.assertIn(f"{stray.split(':')[0]}:{stray.split('-')[-1]}", status(self.one)["Last_IO_Error"])
        self.assertEqual((rows(self.one), rows(self.two)), ("0\t1\n0\t2\n", "0\t1\n0\t3\n"))
        self.assertEqual(self.one.error("INSERT INTO sale (who, n) VALUES (0, 9)", "app", "shop"), READ_ONLY)
        self.one.kill()  # it stays so
        self.one.start()
        self.one.wait_listening()
        self.one.wait_until(lambda: "does not have" in status(self.one).get("Last_IO_Error", ""), 30, "the refusal again")
        self.assertEqual(rows(self.one), "0\t1\n0\t2\n")

    def test_after_a_crash_that_lost_nothing(self):
        self.write(self.one, 1, 2)
        self.wait_same(self.one, self.two)
        self.one.kill()
        self.two.sql("STOP REPLICA; RESET REPLICA ALL")
        self.write(self.two, 3)
        self.one.start()
        self.one.wait_listening()
        self.one.sql(source(self.two) + "; START REPLICA")
        self.wait_same(self.one, self.two)
        self.one.kill()
        self.one.start()
        self.one.wait_listening()
        self.write(self.two, 4)
        self.wait_same(self.one, self.two)
        self.assertEqual(rows(self.one), "0\t1\n0\t2\n0\t3\n0\t4\n")

    def test_who_keeps_a_transaction_open_is_rolled_back(self):
        holder, waiter = Session(self.one, "app", "shop"), Session(self.one, "app", "shop")
        self.addCleanup(holder.close)
        self.addCleanup(waiter.close)
        holder.ask("BEGIN; INSERT INTO sale (who, n) VALUES (0, 1)")
        waiter.send("INSERT INTO sale (who, n) VALUES (0, 2)")
        self.one.sql(source(self.two) + "; START REPLICA")
        self.assertIn(f"ERROR {READ_ONLY}", waiter.receive()[0])
        self.assertEqual(waiter.ask("SELECT COUNT(*) FROM sale"), ["0"])
        self.assertIsNone(holder.ask("COMMIT"))
        self.promote(self.two, self.one)
        self.write(self.two, 3)
        self.wait_same(self.one, self.two)
        self.assertEqual(rows(self.one), "0\t3\n")

    def test_a_copy_is_made_of_the_primary_and_then_follows_its_replica(self):
        self.write(self.one, 1)
        self.one.sql("FLUSH BINARY LOGS")
        self.write(self.one, 2)
        self.wait_same(self.one, self.two)
        newest = self.one.sql("SHOW BINARY LOGS").splitlines()[-1].split("\t")[0]
        for node in (self.one, self.two):  # neither has the whole log any more
            node.wait_until(lambda: node.run(f"PURGE BINARY LOGS TO '{newest}'") and node.sql("SHOW BINARY LOGS").count("\n") == 1, 30, "the purge")
        with Node(self.two.source_url()) as refused:
            self.assertNotEqual(refused.wait_exit(30), 0)
            self.assertIn("copy the server that it follows", refused.log())
        three = SqlNode(self.one.source_url())
        self.addCleanup(three.close)
        self.wait_same(three, self.one)
        three.sql("STOP REPLICA;" + source(self.two) + "; START REPLICA")
        self.write(self.one, 3)
        self.wait_same(three, self.two, self.one)
        self.assertEqual(status(three)["Source_Port"], str(self.two.port))
        self.assertEqual(rows(three), "0\t1\n0\t2\n0\t3\n")

    def test_statements_of_a_primary_that_follows_nobody(self):
        self.assertEqual(self.one.error("START REPLICA"), NO_SOURCE)
        self.assertNotEqual(self.one.error("CHANGE REPLICATION SOURCE TO SOURCE_PORT=1"), 0)
        self.one.sql(source(self.two) + "; RESET REPLICA ALL")
        self.assertEqual(self.one.error("START REPLICA"), NO_SOURCE)
        self.one.kill()
        self.one.start()
        self.one.wait_listening()
        self.write(self.one, 1)
        self.wait_same(self.one, self.two)


class OfMariadb(unittest.TestCase):
    """Primaries that write MariaDB's log, in MariaDB's words; and a node behind the one that follows."""

    def setUp(self):
        self.one, self.two, self.three = (SqlNode(flavour="mariadb"), None, None)
        self.addCleanup(self.one.close)
        self.one.sql(SCHEMA)
        self.two = self.replica_of(self.one)

    def replica_of(self, node):
        replica = SqlNode(node.source_url())
        self.addCleanup(replica.close)
        replica.wait_until(lambda: rows(replica) == rows(node), 60, "the replica")
        return replica

    def write(self, node, *numbers):
        for n in numbers:
            node.sql(f"INSERT INTO sale (who, n) VALUES (0, {n})", "app", "shop")

    def wait_rows(self, wanted, *nodes):
        nodes[0].wait_until(lambda: {rows(node) for node in nodes} == {wanted}, 60, lambda: "the rows" + "".join(status(node).get("Last_IO_Error", "") for node in nodes))

    def change(self, node, to):
        node.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={to.port}, MASTER_USER='root', MASTER_PASSWORD='{PASSWORD}', "
                 f"MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1; START SLAVE")

    def test_they_change_places_and_back(self):
        self.write(self.one, 1, 2)
        self.three = self.replica_of(self.two)
        old, new = self.one, self.two
        wanted = "0\t1\n0\t2\n"
        for n in (3, 4):
            self.change(old, new)
            self.assertEqual(old.error("INSERT INTO sale (who, n) VALUES (0, 0)", "app", "shop"), READ_ONLY)
            old.wait_until(lambda: "follows this node itself" in status(old)["Last_IO_Error"], 30, "the one to wait for the other")
            position = old.sql("SELECT @@gtid_binlog_pos").strip()
            self.assertEqual(new.sql(f"SELECT MASTER_GTID_WAIT('{position}', 30)"), "0\n")
            new.sql("STOP SLAVE; RESET SLAVE ALL")
            self.write(new, n)
            wanted += f"0\t{n}\n"
            self.wait_rows(wanted, old, new, self.three)
            old, new = new, old

    def test_a_transaction_that_the_new_primary_lacks_is_named_and_kept_aside(self):
        self.write(self.one, 1)
        self.wait_rows("0\t1\n", self.one, self.two)
        self.two.sql("STOP SLAVE IO_THREAD")
        self.write(self.one, 2)
        stray = self.one.sql("SELECT @@gtid_binlog_pos").strip()
        self.one.kill()
        self.two.sql("STOP SLAVE; RESET SLAVE ALL")
        self.write(self.two, 3)
        self.one.start()
        self.one.wait_listening()
        self.change(self.one, self.two)
        self.one.wait_until(lambda: stray in status(self.one).get("Last_IO_Error", ""), 30, lambda: "the refusal: " + str(status(self.one)))
        self.assertEqual((rows(self.one), rows(self.two)), ("0\t1\n0\t2\n", "0\t1\n0\t3\n"))
        self.assertEqual(self.one.error("INSERT INTO sale (who, n) VALUES (0, 9)", "app", "shop"), READ_ONLY)

    def test_a_node_that_is_told_to_follow_itself(self):
        self.change(self.one, self.one)
        self.one.wait_until(lambda: "it is this node itself" in status(self.one).get("Last_IO_Error", ""), 30, "the refusal")
        self.one.sql("STOP SLAVE; RESET SLAVE ALL")
        self.write(self.one, 1)
        self.wait_rows("0\t1\n", self.one, self.two)


if __name__ == "__main__":
    unittest.main()
