"""test_port.py - the node's port, with the clients that exist: the servers' own command line programs and their
replicas log in, ask and follow; strangers are turned away and disturb nobody."""
# SPDX-License-Identifier: Apache-2.0
import itertools
import socket
import struct
import subprocess
import threading
import time
import unittest

from node import Node, binlogd
from plain_client import PlainClient
from servers import Server, find_kind, for_each_kind, free_port, installed_kinds

PASSWORD = "a secret, with 'quotes'"


class Relay(Node):
    """A relay with a port and two accounts."""

    def __init__(self, source, **options):
        self.port = free_port()
        options = {"engine": "none", **options}
        super().__init__(source, start=False, listen=f"127.0.0.1:{self.port}", **options)
        self.data_dir.mkdir(parents=True)
        self.user("add", "dba", "--role=admin")
        self.user("add", "repl", "--role=replication")
        self.start()
        self.wait_log("streaming")

    def user(self, action, name, *options, password=PASSWORD):
        return binlogd("user", "--no-defaults", f"--data={self.data_dir}", action, name, *options,
                       input=password + "\n", check=True)

    def ask(self, sql, *options, kind="mariadb-10.11", user="dba", password=PASSWORD):
        """Runs one client program; the process with its output."""
        argv = [*find_kind(kind).client(), "-h127.0.0.1", f"-P{self.port}", f"-u{user}", f"-p{password}",
                "--batch", "--skip-column-names", *options, "-e", sql]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60)

    def rows(self, sql, **keywords):
        run = self.ask(sql, **keywords)
        if run.returncode != 0:
            raise AssertionError(f"{sql}: {run.stderr}\n{self.log()[-2000:]}")
        return [line.split("\t") for line in run.stdout.splitlines()]

    def columns(self, sql):
        """The names and values of the first row."""
        run = subprocess.run([*find_kind("mariadb-10.11").client(), "-h127.0.0.1", f"-P{self.port}", "-udba",
                              f"-p{PASSWORD}", "--batch", "-e", sql], capture_output=True, text=True, timeout=60)
        lines = run.stdout.splitlines()
        return dict(zip(lines[0].split("\t"), lines[1].split("\t"))) if len(lines) > 1 else {}


def client_options(kind):
    """What the client of a kind can do: TLS or not, plugins, compression."""
    root = find_kind(kind).root
    if kind.startswith("mysql"):
        plugins = f"--plugin-dir={root}/usr/lib/mysql/plugin"
        return [["--ssl-mode=REQUIRED"], ["--ssl-mode=DISABLED", "--get-server-public-key"],
                ["--compression-algorithms=zlib"], ["--ssl-mode=DISABLED", "--compression-algorithms=zlib"],
                ["--default-auth=mysql_native_password", plugins]]
    plugins = f"--plugin-dir={root}/usr/lib/x86_64-linux-gnu/libmariadb3/plugin"
    return [[], ["--ssl", "--ssl-verify-server-cert=0"], ["--skip-ssl"], ["--skip-ssl", "--compress"],
            ["--default-auth=client_ed25519", plugins]]

SHOWS = {"both": ["SHOW BINARY LOGS", "SHOW BINLOG EVENTS LIMIT 1", "SHOW REPLICA STATUS", "SHOW PROCESSLIST",
                  "SHOW FULL PROCESSLIST", "SHOW VARIABLES LIKE 'server_id'", "SHOW GLOBAL STATUS LIKE 'Uptime'", "SHOW WARNINGS"],
         "mysql": ["SHOW BINARY LOG STATUS", "SHOW REPLICAS"],
         "mariadb": ["SHOW MASTER LOGS", "SHOW MASTER STATUS", "SHOW BINLOG STATUS", "SHOW SLAVE HOSTS", "SHOW REPLICA HOSTS",
                     "SHOW SLAVE STATUS", "SHOW ALL SLAVES STATUS", "SHOW ALL REPLICAS STATUS"]}


@for_each_kind()
class Port:
    def setUp(self):
        self.source = Server(self.kind, options=[] if self.kind.startswith("mysql") else ["--gtid-domain-id=4"])
        self.addCleanup(self.source.close)
        self.source.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(40));"
                        "INSERT INTO shop.item VALUES (1, 'one'), (2, 'two')")
        self.source.flush_logs()
        self.relay = Relay(self.source)
        self.addCleanup(self.relay.close)
        self.relay.wait_log("receiving binlog.000002")

    def test_every_client_logs_in_every_way(self):
        for kind in installed_kinds():
            for options in client_options(kind):
                with self.subTest(client=kind, options=options):
                    run = self.relay.ask("SELECT VERSION()", *options, kind=kind)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual(run.stdout.strip(), self.source.value("SELECT VERSION()"))
            with self.subTest(client=kind, password="wrong"):
                run = self.relay.ask("SELECT 1", kind=kind, password="wrong")
                self.assertIn("1045", run.stderr)
            with self.subTest(client=kind, user="nobody"):
                self.assertIn("1045", self.relay.ask("SELECT 1", kind=kind, user="nobody").stderr)

    def test_zstd_is_spoken_where_a_mysql_is_shown(self):
        if self.source.flavour != "mysql":
            self.skipTest("no MariaDB speaks zstd")
        run = self.relay.ask("SELECT @@server_uuid", "--compression-algorithms=zstd", kind="mysql-9.7")
        self.assertEqual(len(run.stdout.strip()), 36, run.stderr)

    def test_accounts_change_while_the_node_runs(self):
        self.assertEqual(self.relay.rows("SELECT 1"), [["1"]])
        self.relay.user("passwd", "dba", password="another")
        self.assertIn("1045", self.relay.ask("SELECT 1").stderr)
        self.assertEqual(self.relay.ask("SELECT 1", password="another").returncode, 0)
        self.relay.user("drop", "dba")
        self.assertIn("1045", self.relay.ask("SELECT 1", password="another").stderr)

    def settled_logs(self):
        """SHOW BINARY LOGS, once the node and its source answer alike. MariaDB adds a checkpoint to a new file when it
        finds the time, and sends it with the next transaction only."""
        deadline = time.monotonic() + 30
        for number in itertools.count(100):
            theirs = [row[:2] for row in self.source.rows("SHOW BINARY LOGS")]
            logs = self.relay.rows("SHOW BINARY LOGS")
            if [row[:2] for row in logs] == theirs:
                return logs
            self.assertLess(time.monotonic(), deadline, f"the node has {logs}, the source {theirs}")
            if number % 20 == 0:
                self.source.sql(f"INSERT INTO shop.item VALUES ({number}, 'wakes the sender')")
            time.sleep(0.1)

    def test_it_answers_from_the_log_it_holds(self):
        logs = self.settled_logs()
        self.assertEqual(self.relay.rows("SHOW MASTER STATUS")[0][:2], [logs[-1][0], logs[-1][1]])
        ours = [row[:5] for row in self.relay.rows("SHOW BINLOG EVENTS")]
        theirs = [row[:5] for row in self.source.rows("SHOW BINLOG EVENTS")]
        self.assertEqual([row[:2] + row[3:4] for row in ours], [row[:2] + row[3:4] for row in theirs])
        if self.source.flavour == "mysql":
            self.assertEqual(self.relay.rows("SELECT @@GLOBAL.gtid_executed")[0][0], self.source.gtids())
        else:
            self.assertEqual(self.relay.rows("SELECT @@GLOBAL.gtid_binlog_state")[0][0],
                             self.source.value("SELECT @@GLOBAL.gtid_binlog_state"))
            self.assertEqual(self.relay.rows("SELECT BINLOG_GTID_POS('binlog.000002', 4)"),
                             self.source.rows("SELECT BINLOG_GTID_POS('binlog.000002', 4)"))
        self.assertIn("1235", self.relay.ask("SHOW TABLES").stderr)
        for name in ["system_time_zone", "GLOBAL.binlog_format"] + ["GLOBAL.gtid_domain_id"] * (self.source.flavour == "mariadb"):
            self.assertEqual(self.relay.rows(f"SELECT @@{name}"), self.source.rows(f"SELECT @@{name}"))
        self.assertIn("1238", self.relay.ask("SET GLOBAL binlog_format = 'STATEMENT'").stderr)
        self.assertIn("1193", self.relay.ask("SELECT @@no_such_variable").stderr)
        self.assertIn("1227", self.relay.ask("PURGE BINARY LOGS TO 'binlog.000002'", user="repl").stderr)

    def fields(self, server, sql):
        """The names of a result's columns; the client's option makes it show them where there are no rows too."""
        argv = (self.source.client() if server is self.source
                else [*find_kind(self.kind).client(), "-h127.0.0.1", f"-P{self.relay.port}", "-udba", f"-p{PASSWORD}"])
        run = subprocess.run([*argv, "--column-type-info", "-e", sql], capture_output=True, text=True, timeout=60)
        return run.stdout.split("\n")[0].split("\t")

    def test_what_is_shown_has_the_columns_that_the_source_has(self):
        for sql in SHOWS["both"] + SHOWS[self.source.flavour]:
            with self.subTest(sql):
                theirs = self.fields(self.source, sql)
                self.assertGreater(len(theirs), 1)
                self.assertEqual(self.fields(self.relay, sql), theirs)

    def test_status_has_the_columns_of_the_words_used(self):
        old = self.relay.columns("SHOW SLAVE STATUS")
        self.assertEqual((old["Slave_IO_Running"], old["Seconds_Behind_Master"]), ("Yes", "0"))
        new = self.relay.columns("SHOW REPLICA STATUS")
        mysql = self.source.flavour == "mysql"
        self.assertEqual(list(new)[0], "Replica_IO_State" if mysql else "Slave_IO_State")
        if mysql:
            self.assertEqual(new["Source_UUID"], self.source.value("SELECT @@server_uuid"))
        own = self.source.sql("SHOW REPLICA STATUS")  # of the source itself: none, but it knows the words
        self.assertEqual(own, "")
        self.assertEqual(len(new), 60 if mysql else 54)

    def follow(self, replica):
        if self.source.flavour == "mysql":
            replica.sql(f"RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1',"
                        f"SOURCE_PORT={self.relay.port}, SOURCE_USER='repl', SOURCE_PASSWORD=\"{PASSWORD}\","
                        "SOURCE_AUTO_POSITION=1, SOURCE_CONNECT_RETRY=1; START REPLICA")
        else:
            replica.sql(f"SET GLOBAL gtid_slave_pos=''; CHANGE MASTER TO MASTER_HOST='127.0.0.1',"
                        f"MASTER_PORT={self.relay.port}, MASTER_USER='repl', MASTER_PASSWORD=\"{PASSWORD}\","
                        "MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos; START SLAVE")

    def wait_equal(self, replica):
        self.source.sql("INSERT INTO shop.item SELECT MAX(id) + 1, 'mark' FROM shop.item")
        wanted = self.source.sql("SELECT * FROM shop.item ORDER BY id")
        self.relay.wait_until(lambda: replica.sql("SELECT * FROM shop.item ORDER BY id", check=False) == wanted,
                              90, "the replica to hold the source's rows")

    def shows_the_columns_of(self, replica):
        words = ["REPLICA"] if self.source.flavour == "mysql" else ["SLAVE", "REPLICA", "ALL SLAVES"]
        for word in words:
            names = replica.run_client(f"SHOW {word} STATUS", "--column-names").stdout.decode().splitlines()[0]
            self.assertEqual(list(self.relay.columns(f"SHOW {word} STATUS")), names.split("\t"))

    def test_a_stock_replica_follows_and_goes_on_after_the_node_was_killed(self):
        with Server(self.kind) as replica:
            self.follow(replica)
            self.wait_equal(replica)
            self.relay.wait_until(lambda: [row[0] for row in self.relay.rows("SHOW REPLICAS")] ==
                                  [str(replica.server_id)], 30, "SHOW REPLICAS to name it")
            self.shows_the_columns_of(replica)
            self.relay.kill()
            self.source.sql("INSERT INTO shop.item VALUES (1000, 'while it was down'); FLUSH BINARY LOGS")
            self.relay.start()
            self.wait_equal(replica)

    def test_the_servers_own_log_reader_reads_it(self):
        name = "mysqlbinlog" if self.source.flavour == "mysql" else "mariadb-binlog"
        tool = [*self.source.kind.tool(name), "--no-defaults", "-R", "-h127.0.0.1", "-urepl", f"-p{PASSWORD}",
                f"-P{self.relay.port}", "--raw", f"--result-file={self.relay.folder}/copy.", "binlog.000001"]
        if self.kind == "mariadb-11.8":
            tool.insert(-1, "--ssl-verify-server-cert=0")
        run = subprocess.run(tool, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        copy = (self.relay.folder / "copy.binlog.000001").read_bytes()
        self.assertEqual(copy, (self.relay.data_dir / "log/binlog.000001").read_bytes())


class Strangers(unittest.TestCase):
    """RELIABILITY: connection storms, silence, garbage, commands before a login."""

    def setUp(self):
        self.source = Server("mariadb-10.11")
        self.addCleanup(self.source.close)
        self.relay = Relay(self.source)
        self.addCleanup(self.relay.close)

    def connect(self):
        stranger = socket.create_connection(("127.0.0.1", self.relay.port), timeout=60)
        self.addCleanup(stranger.close)
        greeting = stranger.recv(4096)
        self.assertEqual(greeting[4], 10)
        return stranger

    def ends(self, stranger):
        """Everything that is still said to the stranger, up to the end."""
        said = b""
        try:
            while piece := stranger.recv(4096):
                said += piece
        except ConnectionResetError:
            pass
        return said

    def test_what_is_no_login_ends_the_connection(self):
        tls = struct.pack("<IIB", 0x0008AA05, 1 << 24, 45) + bytes(23)
        packets = {
            "http": b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n",
            "a command": b"\x09\0\0\0\x03SELECT 1",
            "a dump": b"\x0a\0\0\1\x12" + bytes(9),
            "an empty packet": b"\0\0\0\1",
            "a huge one": b"\xff\xff\xff\1" + bytes(100),
            "TLS garbage": struct.pack("<I", len(tls) | 1 << 24) + tls + b"\x16\x03\x01\x00\x05garbage" * 9,
        }
        for name, packet in packets.items():
            with self.subTest(name):
                stranger = self.connect()
                stranger.sendall(packet)
                self.ends(stranger)
        self.assertEqual(self.relay.rows("SELECT 1"), [["1"]])

    @staticmethod
    def send_slowly(stranger, text):
        """A byte at a time, for half a minute: longer than a login may take."""
        for byte in text:
            time.sleep(0.5)
            try:
                stranger.sendall(bytes([byte]))
            except OSError:
                return

    def test_a_stranger_who_is_silent_is_dropped_and_keeps_nobody_out(self):
        silent = [self.connect() for _ in range(60)]
        slow = self.connect()
        trickle = threading.Thread(target=self.send_slowly, args=(slow, b"\xff\xff\0\1" + bytes(60)))
        trickle.start()
        self.addCleanup(trickle.join)
        self.assertEqual(self.relay.rows("SELECT 1"), [["1"]])
        for stranger in [*silent, slow]:
            self.ends(stranger)

    def test_wrong_passwords_are_refused_and_the_right_one_goes_through(self):
        for _ in range(4):
            self.assertIn("1045", self.relay.ask("SELECT 1", password="wrong").stderr)
        self.assertEqual(self.relay.rows("SELECT 1"), [["1"]])

    def test_plaintext_needs_to_be_allowed_away_from_loopback(self):
        with Relay(self.source) as open_relay:
            open_relay.stop()
            open_relay.start(listen=f"0.0.0.0:{open_relay.port}")
            open_relay.wait_log("listening on 0.0.0.0")
            self.assertIn("3159", open_relay.ask("SELECT 1", "--skip-ssl").stderr)
            self.assertEqual(open_relay.ask("SELECT 1", "--ssl").returncode, 0)
            open_relay.stop()
            open_relay.start(allow_plaintext="ON")
            open_relay.wait_until(lambda: open_relay.ask("SELECT 1", "--skip-ssl").returncode == 0, 30, "a login")

    def test_a_thousand_idle_clients_leave_room_for_another(self):
        for _ in range(1000):
            self.addCleanup(PlainClient(self.relay.port, "dba", PASSWORD).close)
        self.assertEqual(self.relay.rows("SHOW STATUS LIKE 'Threads_connected'"), [["Threads_connected", "1001"]])


if __name__ == "__main__":
    unittest.main()
