"""What cannot be followed is refused: one sentence that says what to do, an exit code, and nothing half-done.
Sources that are none, accounts without rights, settings, and events that may not be applied."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import binlogd  # noqa: E402
from servers import Server, find_kind, for_each_kind, free_port  # noqa: E402
from told import ToldNode, assert_ends, assert_refused_event  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(2000)); INSERT INTO item VALUES (1, 'one'), (2, 'two');
CREATE TABLE plain (id INT PRIMARY KEY, name VARCHAR(20)) ENGINE=MyISAM;
"""


class Stranger(threading.Thread):
    """A TCP port that is no MySQL server: says its greeting, then whatever answers a first line."""

    def __init__(self, greeting, answer=b""):
        super().__init__(daemon=True)
        self.greeting, self.answer, self.is_closing = greeting, answer, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"mysql://repl:secret@127.0.0.1:{self.listener.getsockname()[1]}/?connect-timeout=2"
        self.start()

    def run(self):
        while not self.is_closing:
            try:
                peer, _ = self.listener.accept()
                with peer:
                    peer.sendall(self.greeting)
                    peer.settimeout(5)
                    if peer.recv(1000):
                        peer.sendall(self.answer)
            except OSError:
                pass  # the peer has gone, or the listener is shut down

    def close(self):
        """First the thread: one that still waits could be given the next listener's clients."""
        self.is_closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join()
        self.listener.close()


class NoSource(unittest.TestCase):
    """What listens is no MySQL server, or nothing does."""

    def ends(self, url, *words):
        with ToldNode(url) as node:
            sentence = assert_ends(self, node, 1, *words)
            self.assertNotIn("secret", node.log())
            return sentence

    def test_a_port_that_speaks_another_protocol(self):
        for greeting in (bytes(range(200, 256)) * 20, b"SSH-2.0-OpenSSH_9.2p1\r\n", b"\x00\x00\x00\x00", b""):
            stranger = Stranger(greeting, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            self.ends(stranger.url, "is this the port of a MySQL or MariaDB server?")
            stranger.close()

    def test_a_web_server_that_answers_at_once(self):
        stranger = Stranger(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self.ends(stranger.url, "is this the port of a MySQL or MariaDB server?")
        stranger.close()

    def test_nobody_listens(self):
        port = free_port()
        self.ends(f"mysql://repl:secret@127.0.0.1:{port}/", f"127.0.0.1:{port}", "is the server running")

    def test_a_name_that_nobody_knows(self):
        self.ends("mysql://repl:secret@no.such.host.invalid/", "no.such.host.invalid", "check the host name and DNS")


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Unsuitable:
    """The server is one, but cannot be followed as it is, or not by this account."""

    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.source.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def ends(self, code, *words, source=None, **options):
        with ToldNode(source or self.source, **options) as node:
            return assert_ends(self, node, code, *words)

    def test_a_wrong_password(self):
        for engine in ("sqlite", "none"):
            said = self.ends(2, "Access denied", "check user name and password of account 'repl'",
                             source=self.source.url(password="canary-wrong"), engine=engine)
            self.assertNotIn("canary", said)

    def test_each_missing_privilege_is_named(self):
        monitor = "REPLICATION CLIENT" if self.kind.startswith("mysql") else "BINLOG MONITOR"
        needed = ["REPLICATION SLAVE", monitor, "SELECT", "RELOAD"]
        for missing in needed:
            grants = ", ".join(name for name in needed if name != missing)
            self.source.sql("DROP USER IF EXISTS poor@'%'; CREATE USER poor@'%' IDENTIFIED BY 'secret';"
                            f"GRANT {grants} ON *.* TO poor@'%'")
            if missing == "RELOAD" and self.kind.startswith("mariadb"):
                self.follows(self.source.url(user="poor"))  # MariaDB knows where a transaction's snapshot stands
                continue
            said = self.ends(2, f"GRANT {missing} ON *.*", source=self.source.url(user="poor"))
            self.source.sql(f"GRANT {missing} ON *.* TO poor@'%'")
            self.follows(self.source.url(user="poor"))
            self.assertNotIn("check user name", said)
        self.source.sql("DROP USER poor@'%'")

    def follows(self, url):
        with ToldNode(url) as node:
            node.wait_caught_up(self.source)
            assert_equal_tables(self, self.source, node)

    def test_statements_in_the_log(self):
        for binlog_format in ("STATEMENT", "MIXED"):
            self.source.sql(f"SET GLOBAL binlog_format = {binlog_format}")
            try:
                self.ends(2, f"binlog_format is {binlog_format}", "SET GLOBAL binlog_format = 'ROW'")
            finally:
                self.source.sql("SET GLOBAL binlog_format = ROW")
        self.follows(self.source.url())

    def test_the_sources_own_server_id(self):
        self.ends(2, f"server_id is {self.source.server_id}", "--server-id", server_id=self.source.server_id)

    def test_a_server_without_a_log(self):
        with Server(self.kind, options=["--skip-log-bin"]) as source:
            source.sql(SCHEMA)
            self.ends(2, "writes no binary log", "log-bin", source=source)
            self.ends(2, "writes no binary log", "log_bin", source=source, engine="none")

    def test_a_relay_may_store_statements(self):
        self.source.sql("SET GLOBAL binlog_format = STATEMENT")
        try:
            with ToldNode(self.source, engine="none") as node:
                end = self.source.log_position()
                node.wait_until(lambda: (lambda log: (log.get("file"), log.get("offset")))
                                (node.status().get("log", {})) == end, 20, f"{end} to be stored")
        finally:
            self.source.sql("SET GLOBAL binlog_format = ROW")


class Refused:
    """Transactions that may not be applied stop the node at their place; everything before them is there."""

    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.source.sql(SCHEMA)
        cls.next_id = 100

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def row(self):
        type(self).next_id += 1
        return self.next_id

    def refused(self, sql, event, remedy):
        """sql is one transaction with row `%d`; it is refused, also by a restart."""
        before, refused = self.row(), self.row()
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.source.sql(f"INSERT INTO shop.item VALUES ({before}, 'before')")
            self.source.sql(sql.replace("%d", str(refused)), "shop")
            done = self.source.gtids()
            first = assert_refused_event(self, node, self.source, event, remedy)
            self.assertEqual([["before"]], node.query(f'SELECT name FROM "shop.item" WHERE id = {before}'))
            self.assertEqual([], node.query(f'SELECT * FROM "shop.item" WHERE id = {refused}'))
            self.assertEqual(2, binlogd("status", "--no-defaults", f"--data={node.data_dir}").returncode)
            self.assertIn(remedy, node.status()["error"])
            node.start()
            self.assertEqual(first, assert_refused_event(self, node, self.source, event, remedy))
            return first, done


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Events(Refused):
    def test_a_statement_of_one_session(self):
        (_, _, gtid), done = self.refused("SET SESSION binlog_format = STATEMENT; INSERT INTO item VALUES (%d, 'ü')",
                                          "Query event", "set binlog_format = ROW")
        self.assertTrue(done.endswith(gtid.split(":")[-1]), f"{gtid} is not the end of {done}")

    def test_a_mixed_session(self):
        self.refused("SET SESSION binlog_format = MIXED; UPDATE item SET name = 'x' WHERE id = 1 AND %d > 0",
                     "UPDATE is in the log as a statement", "set binlog_format = ROW")

    def test_a_statement_with_a_variable(self):
        self.refused("SET SESSION binlog_format = STATEMENT; SET @a = 'x'; INSERT INTO item VALUES (%d, @a)",
                     "User var event", "set binlog_format = ROW")

    def test_a_statement_with_bytes_that_are_no_text(self):
        """The sentence quotes the statement; the status file must survive that."""
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.source.run_client(b"SET NAMES latin1; SET SESSION binlog_format = STATEMENT; INSERT INTO shop.item "
                                   b"VALUES (%d, '\xfc\xe9" % self.row() + b"\xe4" * 300 + b"')")
            assert_ends(self, node, 3, "set binlog_format = ROW")
            self.assertEqual("stopped", node.state())
            self.assertIn("set binlog_format = ROW", node.status()["error"])

    def test_a_loaded_file(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            os.chmod(folder, 0o755)
            path = pathlib.Path(folder, "rows")
            path.write_text(f"{self.row()}\tloaded\n")
            path.chmod(0o644)
            self.refused(f"SET SESSION binlog_format = STATEMENT; LOAD DATA INFILE '{path}' INTO TABLE item",
                         "Begin_load_query event", "set binlog_format = ROW")

    def test_a_new_copy_is_the_remedy(self):
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.source.sql(f"SET SESSION binlog_format = STATEMENT; INSERT INTO shop.item VALUES ({self.row()}, 'x')")
            assert_ends(self, node, 3, "make a new copy")
            with ToldNode(self.source, data_dir=node.folder / "new") as new:
                new.wait_caught_up()
                assert_equal_tables(self, self.source, new)


@for_each_kind("mariadb-10.11")
class MariadbEvents(Refused):
    def test_a_statement_beside_rows_in_one_transaction(self):
        self.refused("SET SESSION binlog_format = MIXED; BEGIN; INSERT INTO item VALUES (%d, UUID());"
                     "INSERT INTO item VALUES (%d + 1000000, 'statement'); COMMIT",
                     "Query event", "set binlog_format = ROW")

    def test_compressed_events_are_applied(self):
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.source.sql("SET GLOBAL log_bin_compress = ON; SET GLOBAL log_bin_compress_min_len = 10")
            try:
                self.source.sql(f"INSERT INTO item VALUES ({self.row()}, REPEAT('x', 1500)); UPDATE item SET name = "
                                "CONCAT(name, REPEAT('y', 400)); DELETE FROM item WHERE id = 2;"
                                f"CREATE TABLE wide{self.row()} (a INT PRIMARY KEY COMMENT '{'c' * 600}')", "shop")
                node.wait_caught_up()
            finally:
                self.source.sql("SET GLOBAL log_bin_compress = OFF; SET GLOBAL log_bin_compress_min_len = 256")
            types = {row[2] for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{self.source.log_position()[0]}'")}
            self.assertTrue({name for name in types if "compressed" in name}, types)
            assert_equal_tables(self, self.source, node)


class EncryptedLog(unittest.TestCase):
    """MariaDB with encrypt_binlog: refused before a byte of the encrypted file's transactions is stored."""

    def test_it_stops_the_node_and_a_clear_log_lets_a_new_one_go_on(self):
        find_kind("mariadb-10.11").need_plugin("file_key_management")
        with Server("mariadb-10.11") as source:
            keys = source.folder / "keys"
            keys.write_text("1;" + "ab" * 16 + "\n")
            source.sql(SCHEMA)
            with ToldNode(source) as node:
                node.wait_caught_up()
                source.restart("--plugin-load-add=file_key_management", f"--file-key-management-filename={keys}",
                               "--encrypt-binlog=ON")
                source.sql("INSERT INTO shop.item VALUES (3, 'encrypted')")
                for _ in range(2):
                    assert_ends(self, node, 3, source.log_position()[0], "encrypt_binlog = OFF")
                    node.start()
                node.wait_exit()
                self.assertEqual([["2"]], [[str(row[0])] for row in node.query('SELECT COUNT(*) FROM "shop.item"')])
            with ToldNode(source) as node:
                assert_ends(self, node, 2, "encrypt_binlog = OFF")
            source.restart("--encrypt-binlog=OFF")
            with ToldNode(source) as node:
                node.wait_caught_up()
                assert_equal_tables(self, source, node)


if __name__ == "__main__":
    unittest.main()
