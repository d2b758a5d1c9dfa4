"""What a primary logs: the servers' own tools read it, a real server that replays it has the same rows, and a kill at any
moment loses nothing that was acknowledged."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import sql_statements  # noqa: E402
from node import binlogd  # noqa: E402
from servers import Server, find_kind  # noqa: E402

PROBE = os.environ.get("BINLOGD_PRIMARY_PROBE") or os.path.join(os.environ.get("BINLOGD_BUILD", "build"), "test/e2e_primary_probe")
KILLS = 12
SCHEMA = ["CREATE DATABASE shop", """CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40) CHARACTER SET latin1, price DECIMAL(30,10),
    big BIGINT UNSIGNED, low BIGINT, tiny TINYINT, seen DATETIME(6), day DATE, span TIME(3), year YEAR, data BLOB,
    size ENUM('s', 'm', 'größe'), tags SET('a', 'b', 'c'), d DOUBLE, note VARCHAR(300) CHARACTER SET utf8mb4, UNIQUE KEY (tiny))"""]
CHANGES = ["""INSERT INTO item VALUES (1, 'latin', 12345678901234567890.0123456789, 18446744073709551615, '-9223372036854775808', 1,
    '2024-02-29 12:34:56.000001', '2024-02-29', '-838:59:59.000', 2155, 'bytes', 'größe', NULL, 0.1, '😀 quote'),
    (2, '', '-0.5', 0, 1, 2, '1000-01-01', '9999-12-31', '00:00:00', 1901, '', 's', NULL, '-1e300', ''),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
           "UPDATE item SET note = 'größer' WHERE id < 3", "UPDATE item SET low = 77, size = 'm', span = '-00:00:00.001' WHERE id = 2",
           "INSERT INTO item (id, tiny) VALUES (4, 4), (5, 5)", "UPDATE item SET tiny = tiny WHERE id = 4",
           "DELETE FROM item WHERE id = 3", "ALTER TABLE item ADD COLUMN extra INT NOT NULL DEFAULT 5",
           "CREATE TABLE other (a INT)", "INSERT INTO other VALUES (8), (8)", "TRUNCATE TABLE other", "INSERT INTO other VALUES (8)"]
COLUMNS = ("id, HEX(CONVERT(name USING utf8mb4)), price, big, low, tiny, seen, day, span, year, HEX(data), "
           "HEX(CONVERT(size USING utf8mb4)), tags, d, HEX(note), extra")
STORED = re.sub(r"hex\((\w+)\)", r"iif(\1 IS NULL, NULL, hex(\1))",  # SQLite's hex(NULL) is ''
                "id, hex(name), price, big, low, tiny, seen, day, span, year, hex(data), hex(size), tags, d, hex(note), extra")


FAMILY = ["CREATE TABLE par (id INT PRIMARY KEY, code INT, UNIQUE KEY kc (code))",
          """CREATE TABLE kid (id INT PRIMARY KEY, p INT, c INT, FOREIGN KEY (p) REFERENCES par (id) ON DELETE CASCADE ON UPDATE CASCADE,
    FOREIGN KEY (c) REFERENCES par (code) ON DELETE SET NULL ON UPDATE CASCADE)""",
          "CREATE TABLE leaf (id INT PRIMARY KEY, k INT, FOREIGN KEY (k) REFERENCES kid (id) ON DELETE CASCADE)",
          "CREATE TABLE made (id INT PRIMARY KEY, a INT, b INT AS (a + 1) STORED, c INT AS (b * 2) VIRTUAL, CHECK (a < 8))"]


def family_change(rng):
    """A change of a table with parents, children, or columns that are made of others."""
    n, m = rng.randrange(9), rng.randrange(9)
    return rng.choice([f"INSERT INTO par VALUES ({n}, {m})", f"REPLACE INTO par VALUES ({n}, {m})",
                       f"INSERT INTO kid VALUES ({rng.randrange(12)}, {n}, {rng.choice([m, 'NULL'])})",
                       f"INSERT INTO leaf VALUES ({rng.randrange(90)}, {rng.randrange(12)})",
                       f"UPDATE par SET id = {n} WHERE id = {m}", f"UPDATE par SET code = {n} WHERE id = {m}",
                       f"DELETE FROM par WHERE id = {n} AND code > {m}", f"UPDATE kid SET p = {n} WHERE id = {m}",
                       f"INSERT INTO made (id, a) VALUES ({n}, {m}) ON DUPLICATE KEY UPDATE a = VALUES(a)",
                       f"UPDATE made SET a = a + 1 WHERE id > {n}"])


class Probe:
    def __init__(self, path):
        self.process = subprocess.Popen([PROBE, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ask(self, statement):
        """What it answers; "": it has died."""
        try:
            self.process.stdin.write(statement.encode() + b"\0")
            self.process.stdin.flush()
            return self.process.stdout.readline().decode().rstrip("\n")
        except BrokenPipeError:
            return ""

    def end(self):
        _, errors = self.process.communicate()
        return self.process.returncode, errors.decode()


def log_files(data):
    return sorted(str(path) for path in pathlib.Path(data, "log").glob("binlog.??????"))


def stored(data, sql):
    done = subprocess.run(["sqlite3", "-batch", "-noheader", "-nullvalue", "NULL", f"{data}/data.db", sql], capture_output=True, check=True)
    return [line.split("|") for line in done.stdout.decode().splitlines()]


def shown(row):
    return [str(float(field)) if n == 13 and field != "NULL" else field for n, field in enumerate(row)]


class Primary(unittest.TestCase):
    def run_all(self, data, statements):
        probe = Probe(data)
        for statement in statements:
            answer = probe.ask(statement)
            self.assertTrue(answer.startswith("OK"), f"{statement}: {answer}")
        self.assertEqual(probe.end(), (0, ""))

    def test_the_servers_tools_read_the_log_and_a_server_that_replays_it_has_the_same_rows(self):
        with tempfile.TemporaryDirectory() as folder, Server("mysql-9.7") as server:
            data = f"{folder}/p"
            self.run_all(data, SCHEMA + CHANGES)
            files = log_files(data)
            mysqlbinlog = find_kind("mysql-9.7").tool("mysqlbinlog")
            text = subprocess.run([*mysqlbinlog, "--no-defaults", "--verify-binlog-checksum", "-vv", *files], capture_output=True, check=True)
            self.assertIn(b"### INSERT INTO `shop`.`item`", text.stdout)
            text = subprocess.run([*find_kind("mariadb-10.11").tool("mariadb-binlog"), "--no-defaults", "--verify-binlog-checksum", "-vv", *files],
                                  capture_output=True, check=True)
            self.assertIn(b"### INSERT INTO `shop`.`item`", text.stdout)
            replayed = subprocess.run([*mysqlbinlog, "--no-defaults", *files], capture_output=True, check=True)
            server.run_client(replayed.stdout)
            self.assertIn("11111111-2222-3333-4444-555555555555:1-12", server.gtids())
            want = [shown(row) for row in stored(data, f"SELECT {STORED} FROM item ORDER BY id")]
            got = [shown(row) for row in server.rows(f"SELECT {COLUMNS} FROM shop.item ORDER BY id")]
            self.assertEqual(want, got)
            self.assertEqual(len(got), 4)
            self.assertEqual(server.rows("SELECT a FROM shop.other"), [["8"]])
            verified = binlogd("verify", "--data", data)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    def test_writes_of_every_form_are_logged_as_what_they_changed(self):
        rng, maker = random.Random(3), sql_statements.Maker(3)
        tables = {"ga": "id", "gb": "id", "gc": "x, y, s", "par": "id", "kid": "id", "leaf": "id", "made": "id"}
        with tempfile.TemporaryDirectory() as folder, Server("mysql-9.7") as server:
            data, refused = f"{folder}/p", []
            self.run_all(data, ["CREATE DATABASE shop", *sql_statements.TABLES, *FAMILY])
            probe = Probe(data)
            changes = [maker.write() if rng.random() < 0.5 else family_change(rng) for _ in range(500)]
            last = [f"INSERT INTO {table} VALUES ({values})" for table, values in (
                ("par", "100, 100"), ("kid", "100, 100, 100"), ("leaf", "100, 100"), ("gc", "1, 2, 'x'"))]
            for statement in changes + last:
                answer = probe.ask(statement)
                if not answer.startswith("OK"):
                    refused.append((answer.split("\t")[1], statement))
            self.assertEqual(probe.end(), (0, ""))
            self.assertFalse([r for r in refused if r[0] not in ("1062", "1451", "1452", "3819")])
            self.assertLess(len(refused), 250)
            mysqlbinlog = find_kind("mysql-9.7").tool("mysqlbinlog")
            replayed = subprocess.run([*mysqlbinlog, "--no-defaults", *log_files(data)], capture_output=True, check=True)
            server.run_client(replayed.stdout)
            for table, order in tables.items():
                rows = server.rows(f"SELECT * FROM shop.{table} ORDER BY {order}")
                self.assertEqual(stored(data, f'SELECT * FROM "shop.{table}" ORDER BY {order}'), rows, table)
                self.assertGreater(len(rows), 0, table)

    def test_a_kill_loses_nothing_that_was_acknowledged(self):
        acknowledged, asked, gtid = set(), 0, 0
        rng = random.Random(5)
        with tempfile.TemporaryDirectory() as folder:
            data = f"{folder}/p"
            self.run_all(data, ["CREATE DATABASE shop", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))"])
            for turn in range(KILLS):
                probe = Probe(data)
                killer = threading.Timer(rng.uniform(0.02, 0.3), probe.process.kill)
                is_early = turn % 2 == 0  # perhaps while it opens; else after its first answer
                if is_early:
                    killer.start()
                while True:
                    asked += 1
                    text = "x" * (asked % 200)
                    answer = probe.ask(f"INSERT INTO t VALUES ({asked}, '{text}')")
                    if not answer:
                        break
                    self.assertTrue(answer.startswith("OK"), answer)
                    number = int(answer.split("\t")[1])
                    self.assertGreater(number, gtid)
                    gtid = number
                    acknowledged.add(asked)
                    if not is_early:
                        is_early = True
                        killer.start()
                killer.join()
                probe.end()
            probe = Probe(data)  # it opens only where log and data hold the same transactions
            answer = probe.ask("INSERT INTO t VALUES (0, 'last')")
            self.assertTrue(answer.startswith("OK"), answer)
            self.assertEqual(probe.end()[0], 0)
            rows = {int(row[0]) for row in stored(data, "SELECT id FROM t")}
            self.assertGreaterEqual(len(acknowledged), KILLS // 2)
            self.assertFalse(acknowledged - rows)
            self.assertLessEqual(len(rows - acknowledged), KILLS + 1)
            # every row that is there has one transaction in the log, and two made the schema
            self.assertEqual(int(answer.split("\t")[1]), len(rows) + 2)
            verified = binlogd("verify", "--data", data)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)


if __name__ == "__main__":
    unittest.main()
