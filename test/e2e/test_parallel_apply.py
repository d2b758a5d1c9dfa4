"""test_parallel_apply.py - what a primary's log says of which transactions may be applied together: stock MySQL replicas with
four workers, in the source's order of commits and in their own, end with the primary's rows after clients wrote rows that
meet in keys and foreign keys, through a restart and kill -9."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import errors, follow, replica_options  # noqa: E402
from servers import Server, find_kind  # noqa: E402
from sql_session import SqlNode  # noqa: E402

WRITERS, STATEMENTS = 4, 700
SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE par (id INT PRIMARY KEY, code VARCHAR(20) COLLATE utf8mb4_general_ci, n INT, UNIQUE KEY kc (code));
CREATE TABLE kid (id INT PRIMARY KEY, p INT, code VARCHAR(20) COLLATE utf8mb4_general_ci,
  FOREIGN KEY (p) REFERENCES par (id) ON DELETE CASCADE ON UPDATE CASCADE,
  FOREIGN KEY (code) REFERENCES par (code) ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE wide (a INT, b VARCHAR(10) COLLATE utf8mb4_0900_ai_ci, d DATETIME(3), m DECIMAL(10,2), PRIMARY KEY (a, b), UNIQUE KEY (m));
CREATE TABLE heap (a INT, b INT);"""
ORDER = {"par": "id", "kid": "id", "wide": "a, b", "heap": "a, b", "own": "who, n"}


def change(rng):
    """Of few rows, so that they often meet."""
    n, m, word = rng.randrange(40), rng.randrange(40), rng.choice(["ab", "AB", "äb", "x", "X ", "yz"])
    code = f"{word}{rng.randrange(9)}"
    return rng.choice([f"INSERT INTO par VALUES ({n}, '{code}', {m})", f"REPLACE INTO par VALUES ({n}, '{code}', {m})",
                       f"INSERT INTO kid VALUES ({m}, {n}, NULL)", f"INSERT INTO kid (id, code) VALUES ({m}, '{code}')",
                       f"DELETE FROM par WHERE id = {n}", f"UPDATE par SET id = {n + 40} WHERE id = {m}",
                       f"UPDATE par SET code = '{code}' WHERE id = {n}", f"DELETE FROM kid WHERE id = {m}",
                       f"REPLACE INTO wide VALUES ({n % 5}, '{word}', '2024-01-0{1 + n % 9} 00:00:00.5', {m}.5)",
                       f"UPDATE wide SET m = -{m}.5 WHERE a = {n % 5} AND b = '{word}'",
                       f"INSERT INTO heap VALUES ({n}, {m})" if m < 8 else f"UPDATE par SET n = n + 1 WHERE id = {n}"])


class Writer(threading.Thread):
    """Half of its changes are of rows that only it writes."""

    def __init__(self, node, who):
        super().__init__()
        self.node, self.who, self.rng = node, who, random.Random(who)

    def run(self):
        text = []
        for n in range(STATEMENTS):
            text.append(f"INSERT INTO own VALUES ({self.who}, {n}, 'x')" if n % 2 == 0 else change(self.rng))
        self.node.run(";\n".join(text), "app", "shop", "--force")


class ParallelApply(unittest.TestCase):
    def test_replicas_with_four_workers_have_the_same_rows(self):
        workers = replica_options("mysql", workers=4)
        with SqlNode() as primary, Server("mysql-9.7", options=[*workers, "--replica-preserve-commit-order=ON"]) as ordered, \
                Server("mysql-9.7", options=[*workers, "--replica-preserve-commit-order=OFF"]) as free:
            primary.sql(SCHEMA + "CREATE TABLE own (who INT, n INT, v VARCHAR(9), PRIMARY KEY (who, n))")
            for server in (ordered, free):
                follow(server, primary.port)
            self.write(primary)
            primary.kill()
            primary.start()
            primary.wait_listening()
            primary.sql("ALTER TABLE par ADD COLUMN late INT NOT NULL DEFAULT 7", database="shop")
            self.write(primary)
            self.check_rows(primary, (ordered, free))
            self.check_clock(primary)

    def write(self, primary):
        writers = [Writer(primary, who + int(time.monotonic() * 1000) % 100000 * 10) for who in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

    def check_rows(self, primary, servers):
        primary.sql("CREATE TABLE mark (id INT PRIMARY KEY); INSERT INTO mark VALUES (1)", database="shop")
        for server in servers:
            deadline = time.monotonic() + 120
            while server.sql("SELECT id FROM shop.mark", check=False).strip() != "1":
                self.assertLess(time.monotonic(), deadline, errors(server))
                time.sleep(0.1)
            for table, order in ORDER.items():
                sql = f"SELECT * FROM {table} ORDER BY {order}"
                rows = primary.query(f'SELECT count(*) FROM "shop.{table}"')[0][0]
                self.assertGreater(rows, 0, table)
                self.assertEqual(sorted(primary.sql(sql, database="shop").splitlines()), sorted(server.sql(sql, "shop").splitlines()), table)

    def check_clock(self, primary):
        """Many need not wait for the one before them, and no clock goes back within a file."""
        apart = total = 0
        files = sorted(str(path) for path in (primary.data_dir / "log").glob("binlog.??????"))
        self.assertGreater(len(files), 1)
        for file in files:
            text = subprocess.run([*find_kind("mysql-9.7").tool("mysqlbinlog"), "--no-defaults", file], capture_output=True, check=True)
            clocks = [(int(a), int(b)) for a, b in re.findall(rb"last_committed=(\d+)\tsequence_number=(\d+)", text.stdout)]
            self.assertEqual([b for _, b in clocks], list(range(1, len(clocks) + 1)))
            self.assertTrue(all(0 <= a < b for a, b in clocks))
            total += len(clocks)
            apart += sum(a < b - 1 for a, b in clocks)
        self.assertGreater(total, WRITERS * STATEMENTS)
        self.assertGreater(apart, total // 3, f"{apart} of {total}")


if __name__ == "__main__":
    unittest.main()
