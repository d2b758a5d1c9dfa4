"""test_primary_mariadb.py - a primary that writes MariaDB's log (--flavour=mariadb): stock MariaDB replicas follow it by
slave_pos, alone and with parallel threads, through restarts and kill -9; nodes follow it; MariaDB's and our own tools read it;
and a node that followed a MariaDB goes on in its GTIDs when it becomes a primary."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import test_parallel_apply as family  # noqa: E402
import test_primary as kinds  # noqa: E402
from node import Node, binlogd  # noqa: E402
from replica import errors, follow, status  # noqa: E402
from servers import Server, find_kind  # noqa: E402
from sql_session import SqlNode  # noqa: E402

WRITERS, STATEMENTS = 3, 250
PARALLEL = ["--slave-parallel-threads=4", "--log-slave-updates=ON", "--log-bin=b", "--gtid-strict-mode=ON"]
OWN = "CREATE TABLE own (who INT, n INT, v VARCHAR(9), PRIMARY KEY (who, n))"
ONLY_MYSQL = ("utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci")


class Writer(threading.Thread):
    def __init__(self, node, who):
        super().__init__()
        self.node, self.who, self.rng = node, who, random.Random(who)

    def run(self):
        text = [f"INSERT INTO own VALUES ({self.who}, {n}, 'x')" if n % 2 == 0 else family.change(self.rng) for n in range(STATEMENTS)]
        self.node.run(";\n".join(text), "app", "shop", "--force")


def write(node, first):
    writers = [Writer(node, who) for who in range(first, first + WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


class MariadbPrimary(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.primary = SqlNode(flavour="mariadb")
        cls.addClassCleanup(cls.primary.close)
        cls.primary.sql(family.SCHEMA.replace(*ONLY_MYSQL) + OWN)

    def test_returning_tells_of_rows_that_stay(self):
        self.primary.sql("CREATE TABLE shop.told (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(9) UNIQUE, n INT AS (id * 2))")
        ask = lambda text: self.primary.sql(text, database="shop")  # noqa: E731
        self.assertEqual(ask("INSERT INTO told (v) VALUES ('a'), ('b') RETURNING id, v, n; SELECT LAST_INSERT_ID(), ROW_COUNT()"), "1\ta\t2\n2\tb\t4\n1\t-1\n")
        self.assertEqual(ask("BEGIN; INSERT INTO told (v) VALUES ('c') RETURNING id; DELETE FROM told WHERE id = 1 RETURNING v; ROLLBACK"), "3\na\n")
        self.assertEqual(self.primary.error("INSERT INTO told (v) VALUES ('d'), ('b') RETURNING id", database="shop"), 1062)
        self.assertRegex(ask("EXPLAIN DELETE FROM told WHERE id = 1 RETURNING v"), r"^1\tSIMPLE\ttold\t")
        self.assertEqual(ask("SELECT v FROM told ORDER BY id; DELETE FROM told WHERE v = 'b' RETURNING n; SELECT COUNT(*) FROM told"), "a\nb\n4\n1\n")

    def until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what() if callable(what) else what)
            time.sleep(0.1)

    def wait_same(self, *servers):
        position = self.primary.sql("SELECT @@gtid_binlog_pos").strip()
        for server in servers:
            self.assertEqual(server.value(f"SELECT MASTER_GTID_WAIT('{position}', 60)"), "0", errors(server) + self.primary.log()[-2000:])

    def check_rows(self, *servers, tables=family.ORDER.items(), database="shop"):
        for table, order in tables:
            sql = f"SELECT * FROM {database}.{table} ORDER BY {order}"
            rows = sorted(self.primary.sql(sql).splitlines())
            self.assertGreater(len(rows), 0, table)
            for server in servers:
                self.assertEqual(rows, sorted(server.sql(sql).splitlines()), f"{table} of {server.kind.name if hasattr(server, 'kind') else 'a node'}")

    def test_stock_replicas_follow_by_gtid(self):
        """In each other's way: one thread, conservative groups, optimistic; a kill and a restart between."""
        modes = [("mariadb-10.11", []), ("mariadb-10.11", [*PARALLEL, "--slave-parallel-mode=conservative"]),
                 ("mariadb-11.8", [*PARALLEL, "--slave-parallel-mode=optimistic"])]
        servers = []
        for kind, options in modes:
            servers.append(Server(kind, options=options))
            self.addCleanup(servers[-1].close)
            follow(servers[-1], self.primary.port)
        below = SqlNode(self.primary.source_url())
        self.addCleanup(below.close)
        write(self.primary, 10)
        self.primary.kill()
        self.primary.start()
        self.primary.wait_listening()
        self.primary.sql("ALTER TABLE par ADD COLUMN late INT NOT NULL DEFAULT 7", database="shop")
        for server in servers[1:]:
            server.restart()
        write(self.primary, 20)
        self.primary.restart()
        self.primary.wait_listening()
        self.primary.sql("CREATE TABLE IF NOT EXISTS mark (id INT PRIMARY KEY); INSERT INTO mark VALUES (1)", database="shop")
        self.wait_same(*servers)
        below.wait_until(lambda: below.query('SELECT id FROM "shop.mark"', check=False) == [[1]], 60, "the node to follow")
        self.check_rows(below, *servers)
        position = self.primary.sql("SELECT @@gtid_binlog_pos").strip()
        self.assertRegex(position, r"^0-\d+-\d+$")
        for server in servers:
            self.assertEqual(server.value("SELECT @@gtid_slave_pos"), position)
            self.assertEqual(status(server)["Using_Gtid"], "Slave_Pos")
        self.assertEqual(below.sql("SELECT @@gtid_binlog_pos").strip(), position)
        self.check_tools(position)

    def check_tools(self, position):
        """One sequence of numbers over all files; groups that may be applied together; verify and cat read what mariadb-binlog reads."""
        files = sorted(str(path) for path in (self.primary.data_dir / "log").glob("binlog.??????"))
        self.assertGreaterEqual(len(files), 3)
        text = subprocess.run([*find_kind("mariadb-11.8").tool("mariadb-binlog"), "--no-defaults", "--verify-binlog-checksum", "-v", *files],
                              capture_output=True, check=True).stdout.decode(errors="replace")
        numbers = [int(n) for n in re.findall(r"GTID 0-\d+-(\d+)", text)]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(str(numbers[-1]), position.split("-")[2])
        commits = re.findall(r"cid=(\d+)", text)
        self.assertLess(len(set(commits)), len(commits) - len(commits) // 5)
        ours = binlogd("cat", "--no-defaults", *files)
        self.assertEqual(ours.returncode, 0, ours.stderr)

        def rows(shown):
            return [line.split("/*")[0].rstrip() for line in shown.splitlines() if line.startswith("###")]
        self.assertEqual(rows(text), rows(ours.stdout))
        self.primary.stop()
        verified = binlogd("verify", "--no-defaults", f"--data={self.primary.data_dir}")
        refused = binlogd("run", "--no-defaults", f"--data={self.primary.data_dir}", "--flavour=mysql", "--listen=127.0.0.1:0")
        self.primary.start()
        self.primary.wait_listening()
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--flavour is chosen when the directory is made", refused.stderr)

    def test_values_of_all_types_and_a_replay(self):
        """What a server has that follows, and one that runs what mariadb-binlog prints."""
        with SqlNode(flavour="mariadb") as primary, Server("mariadb-11.8") as follower, Server("mariadb-10.11") as replayer:
            primary.sql(";".join([kinds.SCHEMA[0], "USE shop", kinds.SCHEMA[1], *kinds.CHANGES]))
            follow(follower, primary.port)
            files = sorted(str(path) for path in (primary.data_dir / "log").glob("binlog.??????"))
            replay = subprocess.run([*find_kind("mariadb-10.11").tool("mariadb-binlog"), "--no-defaults", *files], capture_output=True, check=True)
            replayer.run_client(replay.stdout)
            position = primary.sql("SELECT @@gtid_binlog_pos").strip()
            self.assertEqual(follower.value(f"SELECT MASTER_GTID_WAIT('{position}', 60)"), "0", errors(follower))
            want = [kinds.shown(row) for row in kinds.stored(primary.data_dir, f"SELECT {kinds.STORED} FROM item ORDER BY id")]
            self.assertEqual(len(want), 4)
            for server in (follower, replayer):
                got = [kinds.shown(row) for row in server.rows(f"SELECT {kinds.COLUMNS} FROM shop.item ORDER BY id")]
                self.assertEqual(want, got, server.kind.name)
                self.assertEqual(server.rows("SELECT a FROM shop.other"), [["8"]])

    def test_what_it_cannot_write_is_refused(self):
        self.primary.sql("CREATE TABLE odd (id INT PRIMARY KEY, u UUID)", database="shop")
        self.addCleanup(self.primary.sql, "DROP TABLE odd", database="shop")
        self.assertEqual(self.primary.error("INSERT INTO odd VALUES (1, NULL)", "app", "shop"), 1235)
        self.assertEqual(self.primary.sql("SELECT COUNT(*) FROM shop.odd"), "0\n")
        self.assertEqual(self.primary.error("SELECT WAIT_FOR_EXECUTED_GTID_SET('a:1')"), 1235)
        with Server("mysql-9.7") as mysql:
            follow(mysql, self.primary.port, by=("binlog.000001", 4))
            self.until(lambda: "GTID_MODE" in errors(mysql), lambda: errors(mysql))  # says it itself

    def test_a_node_that_followed_a_mariadb_goes_on_in_its_gtids(self):
        with Server("mariadb-10.11") as old, Server("mariadb-11.8") as replica:
            old.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); INSERT INTO shop.t VALUES (1, 1)")
            with SqlNode(old.url()) as node:
                node.wait_until(lambda: node.query('SELECT id FROM "shop.t"', check=False) == [[1]], 60, "the copy")
                old.sql("INSERT INTO shop.t VALUES (2, 2)")
                node.wait_until(lambda: node.query('SELECT COUNT(*) FROM "shop.t"', check=False) == [[2]], 60, "the row")
                replica.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v INT); INSERT INTO shop.t VALUES (1, 1), (2, 2); RESET MASTER")
                position = old.value("SELECT @@gtid_binlog_pos")
                old.kill()
                node.sql("STOP REPLICA; RESET REPLICA ALL")
                replica.sql(f"SET GLOBAL gtid_slave_pos='{position}'")
                node.sql("INSERT INTO shop.t VALUES (3, 3)")
                domain, _, number = position.split("-")
                self.assertEqual(node.sql("SELECT @@gtid_binlog_pos").strip(), f"{domain}-{node.sql('SELECT @@server_id').strip()}-{int(number) + 1}")
                follow(replica, node.port)
                node.kill()
                node.start()
                node.wait_listening()
                node.sql("UPDATE shop.t SET v = v + 10 WHERE id <> 2")
                self.until(lambda: replica.rows("SELECT * FROM shop.t ORDER BY id") == [["1", "11"], ["2", "2"], ["3", "13"]], lambda: errors(replica))
                with Node(node.source_url()) as below:
                    below.wait_until(lambda: below.query('SELECT v FROM "shop.t" ORDER BY id', check=False) == [[11], [2], [13]], 60, "the node below")


if __name__ == "__main__":
    unittest.main()
