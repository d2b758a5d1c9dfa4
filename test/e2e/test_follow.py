"""The main path: copy, follow, restart, rotation, loss of the source, DDL, large rows, relays; and what a user
is told when something is wrong."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node, binlogd  # noqa: E402
from servers import Server, for_each_kind, free_port  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), price DECIMAL(10,2), seen TIMESTAMP(6) NULL);
CREATE TABLE pair (a INT, b VARCHAR(10), PRIMARY KEY (a, b));
CREATE TABLE pile (x INT, y TEXT);
INSERT INTO item (name, price) VALUES ('one', 1.10), ('zwei ü', -2.20), (NULL, NULL);
INSERT INTO pair VALUES (1, 'a'), (1, 'b'); INSERT INTO pile VALUES (1, 'same'), (1, 'same'), (2, NULL);
"""


@for_each_kind()
class Follow:
    def follow(self, source, **options):
        return Node(source, get_server_public_key="ON", **options)

    def test_changes_of_every_kind_arrive(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with self.follow(source) as node:
                node.wait_caught_up()
                source.sql("""
                    INSERT INTO item (name) VALUES ('four'), ('five');
                    UPDATE item SET price = price * 2, seen = NOW(6) WHERE id < 3; DELETE FROM item WHERE id = 3;
                    UPDATE pair SET b = 'c' WHERE b = 'b'; UPDATE pair SET a = a + 1;
                    DELETE FROM pile WHERE x = 1 LIMIT 1; INSERT INTO pile SELECT * FROM pile;
                    BEGIN; INSERT INTO item (name) VALUES ('gone'); ROLLBACK;
                    BEGIN; INSERT INTO item (name) VALUES ('a'); SAVEPOINT s; INSERT INTO item (name) VALUES ('b');
                    ROLLBACK TO s; INSERT INTO item (name) VALUES ('c'); COMMIT;
                    REPLACE INTO pair VALUES (2, 'a'), (9, 'z'); INSERT INTO pair VALUES (9, 'z') ON DUPLICATE KEY UPDATE b = 'y';
                    """, "shop")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_schema_changes_arrive_in_their_place(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with self.follow(source) as node:
                node.wait_caught_up()
                source.sql("""
                    ALTER TABLE item ADD COLUMN stock INT NOT NULL DEFAULT 7 AFTER name; UPDATE item SET stock = id;
                    ALTER TABLE item DROP COLUMN price, ADD COLUMN tag VARCHAR(5) FIRST;
                    INSERT INTO item (tag, name) VALUES ('new', 'x');
                    CREATE TABLE copy LIKE item; INSERT INTO copy SELECT * FROM item;
                    RENAME TABLE copy TO kept; INSERT INTO kept (name) VALUES ('after');
                    TRUNCATE TABLE pile; INSERT INTO pile VALUES (3, 'new');
                    CREATE TABLE doomed (id INT PRIMARY KEY); INSERT INTO doomed VALUES (1); DROP TABLE doomed;
                    CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY KEY, `odd "name` INT);
                    INSERT INTO other.t VALUES (1, 2); CREATE INDEX i ON other.t (`odd "name`);
                    CREATE DATABASE gone; CREATE TABLE gone.t (id INT); DROP DATABASE gone;
                    ALTER TABLE pair RENAME COLUMN b TO letter; UPDATE pair SET letter = 'q' WHERE letter = 'a';
                    """, "shop")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_restarts_rotations_and_a_lost_source_lose_nothing(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with self.follow(source, reconnect_max_delay="1s", heartbeat_period="1s") as node:
                node.wait_caught_up()
                source.sql("FLUSH BINARY LOGS; INSERT INTO item (name) VALUES ('rotated'); FLUSH BINARY LOGS", "shop")
                node.wait_caught_up()
                self.assertEqual(node.stop(), 0)
                source.sql("INSERT INTO item (name) VALUES ('while stopped'); FLUSH BINARY LOGS", "shop")
                node.start()
                node.wait_caught_up()
                source.restart()
                source.sql("INSERT INTO item (name) VALUES ('after a restart')", "shop")
                node.wait_caught_up()
                source.kill()
                source.start()
                source.sql("INSERT INTO item (name) VALUES ('after a crash')", "shop")
                node.wait_caught_up()
                node.kill()
                source.sql("DELETE FROM item WHERE id = 1", "shop")
                node.start()
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_large_rows_and_large_transactions_pass(self):
        with Server(self.kind, options=["--max-allowed-packet=1G"]) as source:
            source.sql("CREATE DATABASE big; CREATE TABLE big.blobs (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT);"
                       "CREATE TABLE big.many (id INT PRIMARY KEY, v INT)")
            with self.follow(source) as node:
                node.wait_caught_up()
                source.sql("INSERT INTO blobs VALUES (1, REPEAT(X'00FF', 10000000), REPEAT('ü', 9000000));"
                           "UPDATE blobs SET t = CONCAT(t, 'x'); INSERT INTO blobs VALUES (2, '', NULL)", "big")
                deep = ("SET SESSION cte_max_recursion_depth = 200000;" if self.kind.startswith("mysql")
                        else "SET SESSION max_recursive_iterations = 200000;")
                source.sql(deep + "INSERT INTO many WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                           "WHERE i < 100000) SELECT i, i * 7 FROM n; UPDATE many SET v = v + 1", "big")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_filters_leave_tables_out(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA + "CREATE TABLE log_a (id INT PRIMARY KEY); CREATE DATABASE crm;"
                       "CREATE TABLE crm.person (id INT PRIMARY KEY)")
            with self.follow(source, include="shop.*,e2e_mark.*", exclude="shop.log_*") as node:
                node.wait_caught_up()
                source.sql("INSERT INTO log_a VALUES (1); INSERT INTO crm.person VALUES (1); DELETE FROM pair;"
                           "ALTER TABLE log_a ADD COLUMN x INT; CREATE TABLE crm.more (id INT)", "shop")
                node.wait_caught_up()
                assert_equal_tables(self, source, node, ignore=("shop.log_a", "crm.person", "crm.more"))
                names = {row[0] for row in node.query("SELECT name FROM sqlite_schema")}
                self.assertFalse(names & {"shop.log_a", "crm.person", "crm.more"})

    def test_a_relays_files_are_the_sources_files(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with self.follow(source, engine="none") as node:
                source.sql("FLUSH BINARY LOGS; INSERT INTO item (name) VALUES ('relayed'); FLUSH BINARY LOGS", "shop")
                files = source.log_files()
                end = source.log_position()
                node.wait_until(lambda: self.durable(node) >= end, 30, f"{end} to be stored")
                node.stop()
                for path in files[:-1]:
                    self.assertEqual((node.data_dir / "log" / path.name).read_bytes(), path.read_bytes(), path.name)
                cat = binlogd("cat", node.data_dir / "log" / files[1].name)
                self.assertEqual(cat.returncode, 0, cat.stderr)

    @staticmethod
    def durable(node):
        log = node.status().get("log", {})
        return (log.get("file", ""), log.get("offset", 0))


class WhatUsersAreTold(unittest.TestCase):
    """Wrong words, wrong servers, wrong files: an exit code and one sentence that names the cause."""

    @classmethod
    def setUpClass(cls):
        cls.source = Server("mariadb-10.11")
        cls.source.sql(SCHEMA)
        cls.folder = tempfile.TemporaryDirectory(prefix="binlogd-told-")

    @classmethod
    def tearDownClass(cls):
        cls.source.close()
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def told(self, code, words, *arguments, **keywords):
        run = binlogd(*arguments, stdin=subprocess.DEVNULL, **keywords)
        self.assertEqual(run.returncode, code, run.stderr + run.stdout)
        self.assertIn(words, run.stderr + run.stdout)
        self.assertNotIn("secret", run.stderr + run.stdout)
        return run

    def test_wrong_words(self):
        self.told(2, "did you mean doctor?", "docter")
        self.told(2, "did you mean --data?", "run", "--no-defaults", "--dat=x")
        self.told(2, "--data=DIR", "run", "--no-defaults")
        self.told(2, "no source", "run", "--no-defaults", f"--data={self.path('a')}")
        self.told(2, "no user", "run", "--no-defaults", f"--data={self.path('a')}", "--source=mysql://127.0.0.1/")
        self.told(2, "none of DISABLED", "run", "--no-defaults", "--ssl-mode=maybe")
        self.told(2, "db.table", "run", "--no-defaults", f"--data={self.path('a')}", f"--source={self.source.url()}",
                  "--include=shop")
        self.told(2, "FILE...", "cat", "--no-defaults")

    def test_option_files_and_environment(self):
        with open(self.path("cnf"), "w") as out:
            out.write(f"[binlogd]\nsource = {self.source.url()}\nserver-idd = 4\n")
        os.chmod(self.path("cnf"), 0o600)
        self.told(2, "cnf:3: unknown option server-idd; did you mean --server-id?", "doctor",
                  f"--defaults-file={self.path('cnf')}")
        with open(self.path("cnf"), "w") as out:
            out.write(f"[client]\nhost=127.0.0.1\nport={self.source.port}\nuser=repl\npassword=wrong\n")
        run = self.told(1, "can be followed", "doctor", f"--defaults-file={self.path('cnf')}",
                        env={"BINLOGD_SOURCE_PASSWORD": "secret"})
        self.assertIn("MariaDB 10.11", run.stdout)
        run = self.told(0, "--source-password=***", "doctor", f"--defaults-file={self.path('cnf')}", "--print-defaults")
        self.assertNotIn("wrong", run.stdout)

    def test_a_source_that_refuses_or_is_not_there(self):
        self.told(3, "Access denied", "doctor", "--no-defaults", self.source.url(password="wrong"))
        self.told(3, f"127.0.0.1:{(port := free_port())}", "doctor", "--no-defaults",
                  f"mysql://repl:secret@127.0.0.1:{port}/")
        report = json.loads(binlogd("doctor", "--no-defaults", "--json", self.source.url()).stdout)
        self.assertIn("MariaDB 10.11", report["source"])
        self.assertTrue(all(finding["id"] and finding["sentence"] for finding in report["findings"]))

    def test_files_that_are_no_binary_logs(self):
        log = self.source.log_files()[0]
        whole = log.read_bytes()
        lines = binlogd("cat", "--no-defaults", "--json", log).stdout.splitlines()
        self.assertEqual(json.loads(lines[0])["pos"], 4)
        self.assertEqual([json.loads(a)["end"] for a in lines[:-1]], [json.loads(b)["pos"] for b in lines[1:]])
        for name, content, words in (("text", b"hello there", "no binary log"),
                                     ("cut", whole[:300], "ends inside an event"),
                                     ("flipped", whole[:270] + bytes([whole[270] ^ 1]) + whole[271:], "checksum")):
            with open(self.path(name), "wb") as out:
                out.write(content)
            run = self.told(1, words, "cat", "--no-defaults", self.path(name))
            self.assertIn(self.path(name), run.stderr)
        self.told(1, "No such file", "cat", "--no-defaults", self.path("nothing"))
        with open(log, "rb") as stdin:
            run = subprocess.run([*_program(), "cat", "--no-defaults", "--format=events", "-"], stdin=stdin, capture_output=True, text=True)
        self.assertEqual(len(run.stdout.splitlines()), len(lines))

    def test_status_is_a_monitoring_plugin(self):
        self.told(3, "no node in", "status", "--no-defaults", f"--data={self.path('none')}")
        with Node(self.source) as node:
            node.wait_caught_up()
            node.wait_until(lambda: node.status().get("state") == "following", 20, "state following")
            self.assertEqual(self.status(node).returncode, 0)
            self.assertIn("lag", self.status(node).stdout)
            node.kill()
            node.wait_until(lambda: self.status(node).returncode == 2, 40, "a dead node to be seen")
            self.assertIn("does not run", self.status(node).stdout)
            node.start()
            node.wait_until(lambda: self.status(node).returncode == 0, 20, "health ok")
            self.assertEqual(node.stop(), 0)
            run = self.status(node)
            self.assertEqual(run.returncode, 2)
            self.assertIn("stopped", run.stdout)

    @staticmethod
    def status(node):
        return binlogd("status", "--no-defaults", f"--data={node.data_dir}")

    def test_the_password_is_not_in_the_process_list(self):
        with Node(self.source) as node:
            node.wait_caught_up()
            with open(f"/proc/{node.process.pid}/cmdline", "rb") as text:
                self.assertNotIn(b"secret", text.read())
            self.assertNotIn("secret", node.log())

    def test_one_directory_has_one_node(self):
        with Node(self.source) as node:
            node.wait_caught_up()
            with Node(self.source, data_dir=node.data_dir) as second:
                self.assertEqual(second.wait_exit(), 3, second.log())

    def test_sigint_stops_it_and_systemd_is_told(self):
        path = self.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as service:
            service.bind(path)
            service.settimeout(30)
            os.environ["NOTIFY_SOCKET"] = path
            try:
                node = Node(self.source)
            finally:
                del os.environ["NOTIFY_SOCKET"]
            with node:
                self.assertEqual(service.recv(2000), b"READY=1")
                self.assertTrue(service.recv(2000).startswith(b"STATUS="))
                node.process.send_signal(signal.SIGINT)
                self.assertEqual(node.wait_exit(), 0)


def _program():
    return [os.environ["BINLOGD"]]


if __name__ == "__main__":
    unittest.main()
