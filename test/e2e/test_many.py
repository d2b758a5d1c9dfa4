"""test_many.py - many clients and bad ones on one port: a thousand idle and fifty that stream in bounded memory, a stopped
replica that costs the others nothing and is dropped, two replicas of one name, commands without waiting for answers."""
# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from plain_client import COM_QUERY, NON_BLOCK, PlainClient  # noqa: E402
from replica import Relay, errors, follow, forget, replica_options, status, wait_mark  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

IDLE, STREAMING = 1000, 50
# What the program may take: one block of output (256 KiB, see wire/server.h) for each that streams and as much again
# for TLS and the allocator; some KiB for each that is idle; the program itself.
IDLE_KIB, STREAMING_KIB, PROGRAM_KIB = 8, 512, 24 << 10
BIG = "CREATE DATABASE shop; CREATE TABLE shop.big (id INT PRIMARY KEY AUTO_INCREMENT, data LONGBLOB);"
MEGABYTE = "INSERT INTO shop.big (data) VALUES (REPEAT('x', 1000000));"


def memory_kib(node, name):
    """VmHWM (the most there ever was) or VmRSS."""
    with open(f"/proc/{node.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name))


class Streaming(threading.Thread):
    """Reads the whole log once; what came is a digest."""

    def __init__(self, port, server_id):
        super().__init__()
        self.client = PlainClient(port, "below", "secret")
        self.server_id = server_id
        self.digest, self.size, self.failure = hashlib.md5(), 0, None

    def run(self):
        try:
            self.client.dump(self.server_id, "binlog.000001", flags=NON_BLOCK)
            for event in self.client.events():
                self.digest.update(event)
                self.size += len(event)
        except Exception as why:  # pylint: disable=broad-except
            self.failure = why


class Many(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source = Server("mariadb-10.11")
        cls.addClassCleanup(cls.source.close)
        cls.source.sql(BIG + MEGABYTE * 16)

    def setUp(self):
        self.relay = Relay(self.source, send_timeout="3s")
        self.addCleanup(self.relay.node.close)
        mark = self.source.log_files()[-1]
        self.relay.node.wait_until(lambda: self.held() >= mark.stat().st_size, 60, "the log")

    def held(self):
        path = self.relay.node.data_dir / "log/binlog.000001"
        return path.stat().st_size if path.exists() else 0

    def client(self, **options):
        client = PlainClient(self.relay.port, "below", "secret", **options)
        self.addCleanup(client.close)
        return client

    def test_a_thousand_idle_and_fifty_streaming_take_bounded_memory(self):
        node = self.relay.node
        for _ in range(IDLE):
            self.client()
        streaming = [Streaming(self.relay.port, 1000 + number) for number in range(STREAMING)]
        for one in streaming:
            one.start()
        for one in streaming:
            one.join()
            one.client.close()
            self.assertIsNone(one.failure)
        self.assertEqual(len({one.digest.hexdigest() for one in streaming}), 1)
        self.assertGreater(streaming[0].size, 16000000)
        taken = memory_kib(node, "VmHWM")
        print(f"{taken} KiB at most with {IDLE} idle and {STREAMING} streaming clients", flush=True)
        self.assertLess(taken, PROGRAM_KIB + IDLE * IDLE_KIB + STREAMING * STREAMING_KIB)

    def test_many_commands_sent_before_an_answer_is_read_are_all_answered(self):
        count = 1500
        for tls in (False, True):
            with self.subTest(tls=tls):
                client = self.client(tls=tls)
                packet = b"\x0f\0\0\0" + bytes([COM_QUERY]) + b"SHOW VARIABLES"
                client.socket.sendall(packet * count)
                rows = [client.rows_end() for _ in range(count)]
                self.assertEqual(len(set(rows)), 1)
                self.assertGreater(rows[0], 20)


@for_each_kind("mariadb-10.11", "mysql-9.7")
class StockReplicas:
    """Two stock replicas behind one node."""

    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.addClassCleanup(cls.source.close)
        cls.first, cls.second = (cls.server() for _ in range(2))

    @classmethod
    def server(cls):
        replica = Server(cls.kind, options=replica_options(cls.kind.split("-")[0]))
        cls.addClassCleanup(replica.close)
        return replica

    def setUp(self):
        reset = "RESET BINARY LOGS AND GTIDS" if self.source.flavour == "mysql" else "RESET MASTER"
        self.source.sql(f"DROP DATABASE IF EXISTS shop; {reset}; {BIG}")
        self.relay = Relay(self.source, send_timeout="3s")
        self.addCleanup(self.relay.node.close)
        for replica in (self.first, self.second):
            forget(replica)
            follow(replica, self.relay.port)
            wait_mark(self.source, replica, self.relay.node)

    def assert_same(self, replica):
        wait_mark(self.source, replica, self.relay.node)
        query = "SELECT id, SHA2(data, 256) FROM shop.big ORDER BY id"
        self.assertEqual(self.source.sql(query), replica.sql(query))

    def test_a_stopped_replica_costs_the_others_nothing_and_is_dropped(self):
        node = self.relay.node
        before = memory_kib(node, "VmRSS")
        self.first.pause()
        try:
            for _ in range(4):
                self.source.sql(MEGABYTE * 8)
            self.assert_same(self.second)
            node.wait_log("has taken nothing for as long as", 25)  # before keepalive wakes the connection, after 30 s
            self.source.sql(MEGABYTE)
            self.assert_same(self.second)
        finally:
            self.first.resume()
        self.assertLess(memory_kib(node, "VmHWM") - before, 4 << 10)
        self.assert_same(self.first)

    def test_of_two_replicas_of_one_name_the_newer_stays(self):
        """MySQL goes by the uuid, MariaDB by the server id."""
        self.give_the_name_of(self.first, self.second)
        follow(self.second, self.relay.port)
        self.wait_stopped(self.first)
        shown = status(self.first)
        self.assertIn("with the same server_uuid/server_id", shown["Last_IO_Error"])
        self.assertEqual(shown["Last_IO_Errno"], "13114" if self.source.flavour == "mysql" else "1236")
        self.assert_same(self.second)
        time.sleep(3)  # longer than either waits before it tries again
        self.assertEqual(self.io_running(self.first), "No", errors(self.first))
        self.assertEqual(self.io_running(self.second), "Yes", errors(self.second))
        self.assert_same(self.second)

    @staticmethod
    def io_running(replica):
        shown = status(replica)
        return shown.get("Replica_IO_Running") or shown.get("Slave_IO_Running")

    def wait_stopped(self, replica):
        self.relay.node.wait_until(lambda: self.io_running(replica) == "No", 60, "the older replica to stop")

    @staticmethod
    def give_the_name_of(first, second):
        if first.flavour == "mariadb":
            second.sql(f"STOP SLAVE; SET GLOBAL server_id={first.server_id}")
            return
        second.stop()
        (second.data_dir / "auto.cnf").write_bytes((first.data_dir / "auto.cnf").read_bytes())
        second.start("--skip-replica-start")


if __name__ == "__main__":
    unittest.main()
