"""test_copy_of_primary.py - a primary whose first log files are gone: a new node takes a first copy of it while clients write,
and the servers' dump programs take one with the place in the log from which a stock replica then follows. All end with the
primary's rows; in both flavours."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import test_primary as kinds  # noqa: E402
from node import Node  # noqa: E402
from replica import errors, follow  # noqa: E402
from servers import Server, find_kind  # noqa: E402
from sql_session import PASSWORD, SqlNode  # noqa: E402

ROWS = 300
SCHEMA = [*kinds.SCHEMA[:1], "USE shop", *kinds.SCHEMA[1:], *kinds.CHANGES, """CREATE TABLE wide (a INT, b VARCHAR(10) COLLATE utf8mb4_unicode_ci,
    d DATETIME(3) NOT NULL, m DECIMAL(10,2) NOT NULL, bin VARBINARY(9), f FLOAT, e ENUM('x', 'y'), s SET('p', 'q'), j JSON,
    PRIMARY KEY (a, b, d), UNIQUE KEY (m))""", "CREATE TABLE bits (id INT PRIMARY KEY, b BIT(9))", "CREATE TABLE par (id INT PRIMARY KEY)",
          "CREATE TABLE kid (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES par (id) ON DELETE CASCADE)", "CREATE TABLE load_rows (id INT PRIMARY KEY, v INT)"]
TABLES = {"item": "1", "bits": "1", "wide": "1, 2, 3", "heap": "1", "par": "1", "kid": "1", "other": "1", "load_rows": "1"}


def filled():
    for i in range(ROWS):
        yield (f"INSERT INTO wide VALUES ({i % 7}, 'k{i}ä', '2024-01-0{1 + i % 9} 00:00:00.5', -{i}.5, X'00ff{i % 90 + 10}', 0.1, "
               f"'{'xy'[i % 2]}', '{'p,q' if i % 3 else ''}', '[{i}, 2.5, null]')")
    yield "INSERT INTO par VALUES (1), (2), (3)"
    yield "INSERT INTO kid VALUES (1, 1), (2, 2), (3, NULL)"
    yield "INSERT INTO bits VALUES (1, b'100000001'), (2, NULL)"
    yield "CREATE TABLE heap (a INT, b VARCHAR(9))"
    yield "INSERT INTO heap VALUES (1, 'x'), (1, 'x'), (2, NULL)"


class Load(threading.Thread):
    """Transactions that change two rows, so that a copy that is not of one point shows."""

    def __init__(self, primary):
        super().__init__()
        self.primary, self.going = primary, True

    def run(self):
        n = 0
        while self.going:
            statements = [f"BEGIN; INSERT INTO load_rows VALUES ({i}, {i}); UPDATE load_rows SET v = v + 1 WHERE id = {i // 2}; "
                          f"DELETE FROM load_rows WHERE id = {i - 50}; UPDATE item SET big = {i} WHERE id = 1; COMMIT" for i in range(n, n + 50)]
            self.primary.sql(";".join(statements), database="shop")
            n += 50


class CopyOfPrimary:
    flavour = None

    @classmethod
    def setUpClass(cls):
        cls.primary = SqlNode(flavour=cls.flavour)
        cls.addClassCleanup(cls.primary.close)
        cls.primary.sql(";".join([*SCHEMA, *filled()]))
        cls.primary.sql("FLUSH BINARY LOGS; INSERT INTO shop.par VALUES (100)")
        cls.primary.wait_until(cls.purged, 60, "the first file to be purged")
        cls.load = Load(cls.primary)
        cls.load.start()
        cls.addClassCleanup(cls.end_load)

    @classmethod
    def purged(cls):
        cls.primary.run("PURGE BINARY LOGS TO 'binlog.000002'")
        return cls.primary.sql("SHOW BINARY LOGS").startswith("binlog.000002")

    @classmethod
    def end_load(cls):
        cls.load.going = False
        cls.load.join()

    def mark(self):
        """A row after which nothing changes for a while."""
        self.end_load()
        number = time.monotonic_ns() % 2000000000
        self.primary.sql(f"BEGIN; DELETE FROM par WHERE id = {number}; FLUSH LOGS; INSERT INTO par VALUES ({number})", database="shop")
        self.addCleanup(self.restart_load)
        return number

    def restart_load(self):
        type(self).load = Load(self.primary)
        self.primary.sql("DELETE FROM load_rows", database="shop")
        self.load.start()

    def test_a_node_copies_it_while_clients_write(self):
        with Node(self.primary.source_url(), copy_chunk_rows=20) as node:
            node.wait_log("applying from")
            self.assertIn("consistent point", node.log())
            number = self.mark()
            node.wait_until(lambda: node.query(f'SELECT id FROM "shop.par" WHERE id = {number}', check=False) == [[number]], 60, "the mark")
            for table, order in TABLES.items():
                sql = f'SELECT * FROM "shop.{table}" ORDER BY {order}'
                self.assertEqual(node.query(sql), self.primary.query(sql), table)
                self.assertGreater(len(node.query(sql)), 0, table)
            node.restart()
            self.primary.sql("DELETE FROM par WHERE id = 2", database="shop")
            node.wait_until(lambda: node.query('SELECT id FROM "shop.kid" ORDER BY id', check=False) == [[1], [3]], 60, "the cascade")
            self.primary.sql("INSERT INTO par VALUES (2); INSERT INTO kid VALUES (2, 2)", database="shop")

    def test_a_dump_is_the_start_of_a_stock_replica(self):
        kind, tool, options = self.dump
        done = subprocess.run([*find_kind(kind).tool(tool), "--no-defaults", "-h127.0.0.1", f"-P{self.primary.port}", "-uroot", f"-p{PASSWORD}",
                               "--single-transaction", "--flush-logs", "--ignore-table=shop.bits", *options, "--databases", "shop"], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with Server(kind) as server:
            self.prepare(server, done.stdout.decode("utf-8", "surrogateescape"))
            server.run_client(done.stdout)
            follow(server, self.primary.port)
            number = self.mark()
            deadline = time.monotonic() + 60
            while server.sql(f"SELECT id FROM shop.par WHERE id = {number}", check=False).strip() != str(number):
                self.assertLess(time.monotonic(), deadline, errors(server))
                time.sleep(0.1)
            for table in TABLES.keys() - {"bits"}:  # whose rows are not selected as they are
                sql = f"SELECT * FROM {table}" if table != "wide" else "SELECT a, b, d, m, HEX(bin), f, e, s, j FROM wide"
                if table == "item":
                    sql = f"SELECT {kinds.COLUMNS} FROM item".replace("tags, d,", "tags,")
                self.assertEqual(sorted(self.primary.sql(sql, database="shop").splitlines()), sorted(server.sql(sql, "shop").splitlines()), table)


class OfMysql(CopyOfPrimary, unittest.TestCase):
    flavour = "mysql"
    dump = ("mysql-9.7", "mysqldump", ["--source-data=2", "--set-gtid-purged=ON", "--get-server-public-key"])

    def prepare(self, server, text):
        self.assertRegex(text, r"GTID_PURGED=.*'[0-9a-f-]{36}:1-\d+'")
        server.sql("RESET BINARY LOGS AND GTIDS")


class OfMariadb(CopyOfPrimary, unittest.TestCase):
    flavour = "mariadb"
    dump = ("mariadb-11.8", "mariadb-dump", ["--master-data=2", "--gtid", "--ssl-verify-server-cert=0"])

    def prepare(self, server, text):
        position = re.search(r"SET GLOBAL gtid_slave_pos='([-0-9,]+)'", text)
        self.assertIsNotNone(position, text[:3000])
        server.sql(f"SET GLOBAL gtid_slave_pos='{position.group(1)}'")


if __name__ == "__main__":
    unittest.main()
