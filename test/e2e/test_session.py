"""test_session.py - what a session of the port is beside its statements: another user in the same connection, fields of a
table, cursors, the state that clients track, the database of a login, and what a thousand idle connections take. The packets
of the answers are compared with a MySQL's to the same commands; PHP and Node use them as applications do."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from plain_client import (COM_CLOSE, COM_EXECUTE, COM_FETCH, COM_FIELD_LIST, COM_INIT_DB, COM_PING, COM_PREPARE,  # noqa: E402
                          COM_QUERY, COM_RESET, COM_RESET_CONNECTION, COM_SET_OPTION, COM_STATISTICS, FLAG_NO_EOF,
                          FLAG_TRACK, PlainClient, ServerError)
from servers import Server  # noqa: E402
from sql_session import PASSWORD, Session, SqlNode, resident_bytes  # noqa: E402

SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10) NOT NULL, d DECIMAL(8,2) DEFAULT 3, e TIMESTAMP DEFAULT CURRENT_TIMESTAMP, f INT);
INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'y'), (3, 'z')"""
IDLE = 1000


def execute(statement, cursor=True):
    return struct.pack("<IBI", statement, cursor, 1)


def fetch(statement, rows):
    return struct.pack("<II", statement, rows)


def masked(packet):
    """Errors by number and state; the fixed part of a column's definition, where servers differ in flags, is left out."""
    if packet[:1] == b"\xff":
        return packet[:9]
    if packet[1:4] == b"def":
        at = packet.index(b"\x0c")
        return packet[:at] + packet[at + 1:at + 8] + packet[at + 13:]
    return re.sub(rb"(?s)(.\x03.\0.)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+", b"gtid", packet)


class LikeMySQL(unittest.TestCase):
    """The same commands to both, packet by packet."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("mysql-9.7")
        cls.addClassCleanup(cls.server.close)
        cls.node = SqlNode()
        cls.addClassCleanup(cls.node.close)
        cls.server.sql("CREATE USER app@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO app@'%'; CREATE USER below@'%' IDENTIFIED BY 'secret'")
        cls.server.sql(SCHEMA)
        cls.node.sql(SCHEMA)
        cls.ports = (cls.server.port, cls.node.port)

    def clients(self, flags=0, database="shop"):
        clients = [PlainClient(port, "app", PASSWORD, tls=True, database=database, flags=flags) for port in self.ports]
        for client in clients:
            self.addCleanup(client.close)
        return clients

    def assert_same(self, clients, *commands):
        for command in commands:
            theirs, ours = ([masked(packet) for packet in client.answer(*command)] for client in clients)
            self.assertEqual(ours, theirs, command)

    def test_fields_of_a_table(self):
        for flags in (0, FLAG_NO_EOF):
            self.assert_same(self.clients(flags), (COM_SET_OPTION, b"\0\0"), (COM_FIELD_LIST, b"t\0"), (COM_FIELD_LIST, b"t\0a%"),
                             (COM_FIELD_LIST, b"nosuch\0"))

    def test_comments_are_no_errors_and_nothing_is_one(self):
        self.assert_same(self.clients(), *((COM_QUERY, text) for text in (b"/* a */", b"-- a", b"# a", b"/*!999999 SET x = 1 */", b"/*M!100100 SET x = 1 */",
                                                                        b"/* a */;", b"-- a\n;", b" ;", b"\n", b"")))

    def test_a_cursor(self):
        for flags in (0, FLAG_NO_EOF):
            clients = self.clients(flags)
            self.assert_same(clients, (COM_PREPARE, b"SELECT id, a FROM t ORDER BY id"), (COM_EXECUTE, execute(1)), (COM_FETCH, fetch(1, 2)),
                             (COM_FETCH, fetch(1, 2)), (COM_FETCH, fetch(1, 2)), (COM_EXECUTE, execute(1)), (COM_RESET, struct.pack("<I", 1)),
                             (COM_FETCH, fetch(1, 2)), (COM_EXECUTE, execute(1)), (COM_QUERY, b"COMMIT"), (COM_FETCH, fetch(1, 3)),
                             (COM_FETCH, fetch(1, 3)), (COM_FETCH, fetch(77, 1)),
                             (COM_PREPARE, b"SELECT id FROM t WHERE id > 99"), (COM_EXECUTE, execute(2)), (COM_FETCH, fetch(2, 1)),
                             (COM_PREPARE, b"UPDATE t SET f = 1 WHERE id = 99"), (COM_EXECUTE, execute(3)), (COM_FETCH, fetch(3, 1)))

    def test_a_cursor_shows_what_was_and_ends_with_its_statement(self):
        clients = self.clients()
        self.assert_same(clients, (COM_PREPARE, b"SELECT id FROM t ORDER BY id"), (COM_QUERY, b"BEGIN"), (COM_QUERY, b"INSERT INTO t (id, a) VALUES (9, 'own')"),
                         (COM_EXECUTE, execute(1)), (COM_QUERY, b"ROLLBACK"), (COM_FETCH, fetch(1, 9)), (COM_EXECUTE, execute(1)))
        for client in clients:
            client.command(COM_CLOSE, struct.pack("<I", 1))
        self.assert_same(clients, (COM_FETCH, fetch(1, 1)), (COM_PREPARE, b"SELECT id FROM t"), (COM_EXECUTE, execute(2)), (COM_RESET_CONNECTION,),
                         (COM_FETCH, fetch(2, 1)))

    def test_what_an_ok_tells_of_the_session(self):
        clients = self.clients(FLAG_NO_EOF | FLAG_TRACK)
        statements = ("SET NAMES latin1", "SET NAMES utf8mb4", "USE shop", "SET autocommit=0", "SET autocommit=1", "SET session_track_schema=0", "USE shop",
                      "SET session_track_schema=1", "INSERT INTO t (id, a) VALUES (6, 'q')", "SET session_track_gtids=OWN_GTID",
                      "INSERT INTO t (id, a) VALUES (7, 'q')", "UPDATE t SET f = 3 WHERE id = 99", "INSERT INTO t (id, a) VALUES (7, 'q')",
                      "DELETE FROM t WHERE id IN (6, 7)", "CREATE TABLE u (a INT)", "DROP TABLE u", "SET session_track_state_change=1", "SET @a=1",
                      "SET time_zone='+01:00', foreign_key_checks=0", "SET session_track_system_variables='*'",
                      "SET session_track_system_variables='sql_mode,time_zone'", "SET time_zone='+02:00', foreign_key_checks=1", "SET sql_mode=''",
                      "SET sql_mode='nosuch'", "SET session_track_gtids='nosuch'", "USE nosuch", "SET session_track_system_variables=''",
                      "SET time_zone='+03:00'", "SET session_track_state_change=0", "SET @a=2", "SELECT id FROM t WHERE id = 1")
        self.assert_same(clients, *((COM_QUERY, sql.encode()) for sql in statements), (COM_RESET_CONNECTION,), (COM_INIT_DB, b"shop"), (COM_INIT_DB, b"nosuch"))

    def test_the_gtid_of_an_ok_is_the_transactions(self):
        client = self.clients(FLAG_TRACK)[1]
        client.answer(COM_QUERY, b"SET session_track_gtids=OWN_GTID")
        client.answer(COM_QUERY, b"BEGIN")
        client.answer(COM_QUERY, b"UPDATE t SET f = COALESCE(f, 0) + 1 WHERE id = 1")
        gtid = re.search(rb"[0-9a-f-]{36}:\d+", client.answer(COM_QUERY, b"COMMIT")[0]).group().decode()
        self.assertEqual(self.node.sql("SELECT @@gtid_executed").strip().split("-")[-1], gtid.split(":")[-1])
        self.assertEqual(self.node.sql(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{gtid}', 5)"), "0\n")

    def test_another_user_in_the_same_connection(self):
        for client in self.clients():
            for sql in (b"SET @a = 1, autocommit = 0", b"INSERT INTO t (id, a) VALUES (8, 'lost')"):
                client.answer(COM_QUERY, sql)
            client.answer(COM_PREPARE, b"SELECT 1")
            self.assertEqual(client.change_user("app", PASSWORD), b"\0\0\0\x02\0\0\0")
            self.assertEqual(client.answer(COM_QUERY, b"SELECT @a, @@autocommit, DATABASE()")[5], b"\xfb\x011\xfb")
            self.assertEqual(client.answer(COM_EXECUTE, execute(1))[0][:3], b"\xff\xdb\x04")
            client.change_user("app", PASSWORD, "shop")
            self.assertEqual(client.answer(COM_QUERY, b"SELECT COUNT(*), DATABASE() FROM t WHERE id = 8")[4], b"\x010\x04shop")
            with self.assertRaises(ServerError) as wrong:
                client.change_user("app", "wrong")
            self.assertEqual(wrong.exception.number, 1045)
            with self.assertRaises(ConnectionError):
                client.answer(COM_PING)

    def test_the_database_of_a_login(self):
        for port in self.ports:
            for user, database, number in (("app", "nosuch", 1049), ("below", "shop", 1044)):
                with self.assertRaises(ServerError) as refused:
                    PlainClient(port, user, PASSWORD, tls=True, database=database)
                self.assertEqual(refused.exception.number, number)
        for client in self.clients():
            with self.assertRaises(ServerError) as refused:
                client.change_user("app", PASSWORD, "nosuch")
            self.assertEqual(refused.exception.number, 1049)
            with self.assertRaises(ConnectionError):
                client.answer(COM_PING)

    def test_a_command_that_is_too_large(self):
        self.server.sql("SET GLOBAL max_allowed_packet = 4194304")
        self.addCleanup(self.server.sql, "SET GLOBAL max_allowed_packet = DEFAULT")
        for client in self.clients():
            client.sequence = 0
            client.socket.sendall(b"\x01\0\x40\0" + b"\x03")
            with self.assertRaises(ServerError) as refused:
                client.packet()
            self.assertEqual(refused.exception.number, 1153)
            with self.assertRaises(ConnectionError):
                client.packet()


class OneNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = SqlNode()
        cls.addClassCleanup(cls.node.close)
        cls.node.sql(SCHEMA)

    def client(self, user="root", **options):
        client = PlainClient(self.node.port, user, PASSWORD, **options)
        self.addCleanup(client.close)
        return client

    def test_another_user_has_another_role(self):
        client = self.client(database="shop")
        client.change_user("look", PASSWORD, "shop")
        self.assertEqual(client.answer(COM_QUERY, b"SELECT USER()")[3], b"\x0elook@127.0.0.1")
        client.answer(COM_PREPARE, b"SELECT id FROM t ORDER BY id")
        client.answer(COM_EXECUTE, execute(1))
        self.assertEqual(len(client.answer(COM_EXECUTE, execute(1, cursor=False))), 1 + 1 + 1 + 3 + 1)
        self.assertEqual(client.answer(COM_FETCH, fetch(1, 1))[0][1:3], struct.pack("<H", 1421))
        self.assertEqual(client.answer(COM_QUERY, b"DELETE FROM t")[0][1:3], struct.pack("<H", 1142))
        client.change_user("app", PASSWORD, "shop")
        self.assertEqual(client.answer(COM_QUERY, b"DELETE FROM t WHERE id = 99")[0][:1], b"\0")

    def test_a_transaction_of_the_user_before_lets_others_write(self):
        one, two = self.client(database="shop"), Session(self.node, "root", "shop")
        self.addCleanup(two.close)
        one.answer(COM_QUERY, b"BEGIN")
        one.answer(COM_QUERY, b"UPDATE t SET f = 7 WHERE id = 1")
        two.send("UPDATE t SET f = 8 WHERE id = 1")
        one.change_user("app", PASSWORD)
        self.assertEqual(two.receive(), [])
        self.assertEqual(self.node.sql("SELECT f FROM t WHERE id = 1", database="shop"), "8\n")

    def test_a_large_cursor_takes_little_memory(self):
        rows = ",".join(f"({n}, '{'x' * 190}')" for n in range(20000))
        self.node.sql(f"CREATE TABLE big (id INT PRIMARY KEY, a VARCHAR(200)); INSERT INTO big VALUES {rows}", database="shop")
        client = self.client(database="shop")
        client.answer(COM_PREPARE, b"SELECT b.id, b.a FROM big b, t WHERE t.id <= 3 ORDER BY b.id")
        before = resident_bytes(self.node.process)
        client.answer(COM_EXECUTE, execute(1))
        self.node.sql("TRUNCATE big", database="shop")
        count = 0
        while len(packets := client.answer(COM_FETCH, fetch(1, 7000))) > 1:
            count += len(packets) - 1
        self.assertEqual(count, 60000)
        self.assertLess(resident_bytes(self.node.process) - before, 16 << 20)  # what is kept: 12 MB and more

    def test_idle_connections_take_little_memory(self):
        node = SqlNode(max_connections=IDLE + 100)
        self.addCleanup(node.close)
        node.sql(SCHEMA)
        alone = resident_bytes(node.process)
        for _ in range(IDLE):
            client = PlainClient(node.port, "root", PASSWORD, database="shop")
            self.addCleanup(client.close)
            client.answer(COM_QUERY, b"SET NAMES utf8mb4")
        taken = resident_bytes(node.process)
        print(f"{alone >> 10} KiB alone, {taken >> 10} KiB with {IDLE} idle connections", flush=True)
        self.assertLess(alone, 24 << 20)
        self.assertLess(taken, 64 << 20)

    def test_statistics_are_a_text(self):
        self.assertRegex(self.client().answer(COM_STATISTICS)[0], rb"^Uptime: \d+  Threads: \d+")


if __name__ == "__main__":
    unittest.main()
