"""XA transactions of real servers: prepared in one log file, decided in another, across kills of the node and
restarts of the source; what is prepared is not seen, what is committed is, what is rolled back never was."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(60) CHARACTER SET latin1, body LONGBLOB, UNIQUE (name)) ENGINE=InnoDB;
CREATE TABLE pile (kind INT, body VARCHAR(30)) ENGINE=InnoDB;
CREATE TABLE secret (id INT PRIMARY KEY) ENGINE=InnoDB;
INSERT INTO item VALUES (1, 'one', NULL), (2, 'two', NULL), (3, 'three', NULL), (4, 'four', NULL);
INSERT INTO pile VALUES (1, 'same'), (1, 'same');
"""
ROWS = 'SELECT id, name FROM "shop.item" ORDER BY id'


def prepare(name, *statements):
    return f"XA START {name}; {'; '.join(statements)}; XA END {name}; XA PREPARE {name}"


@for_each_kind()
class Xa:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def setUp(self):
        self.source.sql("DROP DATABASE IF EXISTS shop;" + SCHEMA)

    def run_sql(self, *statements):
        """Each in a session of its own: a prepared transaction outlives its client."""
        for statement in statements:
            self.source.sql(statement, "shop")

    def recovered(self):
        return sorted(row[3] for row in self.source.rows("XA RECOVER"))

    def prepared(self, node):
        return node.status()["engine"]["prepared"]

    def caught_up(self, node):
        node.wait_caught_up(self.source)
        self.assertEqual(len(self.recovered()), len(node.query("SELECT xid FROM binlogd_prepared")))

    def test_prepare_and_decide_across_kills_and_restarts(self):
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.run_sql(prepare("'a','b',7", "INSERT INTO item VALUES (10, 'zehn \u00fc', REPEAT('x', 3000000))",
                                 "UPDATE item SET name = 'eins' WHERE id = 1", "DELETE FROM pile LIMIT 1",
                                 "INSERT INTO secret VALUES (1)"))
            self.run_sql(prepare("'r'", "INSERT INTO item VALUES (11, 'elf', NULL)", "DELETE FROM item WHERE id = 2"))
            self.run_sql(prepare("'later'", "SAVEPOINT s", "INSERT INTO item VALUES (12, 'undone', NULL)", "ROLLBACK TO s",
                                 "INSERT INTO item VALUES (13, 'dreizehn', NULL)", "DELETE FROM item WHERE id = 4"))
            self.caught_up(node)
            self.assertEqual([["1", "one"], ["2", "two"], ["3", "three"], ["4", "four"]],
                             [list(map(str, row)) for row in node.query(ROWS)])
            node.kill()
            self.run_sql("FLUSH BINARY LOGS", "INSERT INTO item VALUES (20, 'twenty', NULL)")
            node.start()
            self.caught_up(node)
            node.wait_until(lambda: self.prepared(node)["count"] == 3, 20, "three prepared in the status")
            self.assertEqual("X'61',X'62',7", self.prepared(node)["oldest"][0]["xid"])
            self.run_sql("XA ROLLBACK 'r'", "XA COMMIT 'a','b',7", "INSERT INTO item VALUES (11, 'elf', NULL)")
            self.caught_up(node)
            assert_equal_tables(self, self.source, node)
            node.kill()
            self.source.restart()  # with one: MySQL 9.7 forgets the older ones of several in a restart
            self.run_sql("FLUSH BINARY LOGS", "XA COMMIT 'later'", prepare("'r'", "DELETE FROM item WHERE id = 3"))
            node.start()
            self.caught_up(node)
            assert_equal_tables(self, self.source, node)
            self.run_sql("XA COMMIT 'r'")
            self.caught_up(node)
            assert_equal_tables(self, self.source, node)
            self.assertEqual([["0"]], [[str(row[0])] for row in node.query("SELECT COUNT(*) FROM binlogd_prepared_event")])

    def test_one_phase_empty_and_unprepared_ones(self):
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.run_sql("XA START 'o'; INSERT INTO item VALUES (30, 'o', NULL); XA END 'o'; XA COMMIT 'o' ONE PHASE",
                         prepare("'e'", "SELECT 1") + "; XA COMMIT 'e'",
                         "XA START 'n'; INSERT INTO item VALUES (31, 'n', NULL); XA END 'n'; XA ROLLBACK 'n'",
                         prepare("'s'", "INSERT INTO item VALUES (32, 's', NULL)") + "; XA COMMIT 's'")
            if self.source.flavour == "mysql":
                self.run_sql("SET SESSION binlog_transaction_compression = ON; "
                             + prepare("'c'", "INSERT INTO item VALUES (33, 'c', REPEAT('c', 100000))") + "; XA COMMIT 'c'")
            self.caught_up(node)
            assert_equal_tables(self, self.source, node)

    def test_tables_that_are_left_out(self):
        with ToldNode(self.source, exclude="shop.secret") as node:
            node.wait_caught_up()
            self.run_sql(prepare("'x'", "INSERT INTO secret VALUES (7)"), prepare("'y'", "INSERT INTO secret VALUES (8)",
                         "INSERT INTO item VALUES (50, 'y', NULL)"), "XA COMMIT 'x'", "XA COMMIT 'y'")
            self.caught_up(node)
            assert_equal_tables(self, self.source, node, ignore=("shop.secret",))

    def test_a_copy_waits_for_prepared_transactions_and_then_says_what_to_do(self):
        if self.source.flavour == "mysql":
            self.source.sql("GRANT XA_RECOVER_ADMIN ON *.* TO repl@'%'")
        self.run_sql(prepare("'open','',3", "INSERT INTO item VALUES (60, 'open', NULL)"))
        with ToldNode(self.source) as node:
            assert_ends(self, node, 3, "1 prepared XA transaction", "X'6f70656e',X'',3", "XA RECOVER", seconds=60)
            node.start()
            node.wait_log("try 1 of 5")
            self.run_sql("XA COMMIT 'open','',3")
            node.wait_caught_up()
            assert_equal_tables(self, self.source, node)

    def test_a_commit_of_what_the_copy_never_saw_stops(self):
        if self.source.flavour != "mysql":
            self.skipTest("MariaDB lets every account see prepared transactions: there is no such copy")
        self.run_sql(prepare("'old'", "INSERT INTO item VALUES (61, 'old', NULL)"),
                     prepare("'gone'", "INSERT INTO item VALUES (62, 'gone', NULL)"))
        with ToldNode(self.source) as node:  # without XA_RECOVER_ADMIN
            node.wait_caught_up()
            self.run_sql("XA ROLLBACK 'gone'", "INSERT INTO item VALUES (63, 'before', NULL)", "XA COMMIT 'old'")
            assert_ends(self, node, 3, "XA COMMIT of X'6f6c64',X'',1", "Make a new copy", "XA RECOVER")
            self.assertEqual([["before"]], node.query('SELECT name FROM "shop.item" WHERE id > 60'))


if __name__ == "__main__":
    unittest.main()
