"""test_semi_sync.py - semi-sync towards real sources: they wait for binlogd's answer, and the answer comes
after the log is synced, at the right place."""
# SPDX-License-Identifier: Apache-2.0
import re
import shutil
import subprocess
import threading
import unittest

from node import Node
from replica import SCHEMA, Relay, follow, replica_options, wait_mark
from servers import Server, for_each_kind

TIMEOUT_MS = 20000  # longer than any commit here may take: a source that times out is a failed test
SOURCE_OPTIONS = {
    "mysql": ["--plugin-load-add=semisync_source.so", "--rpl-semi-sync-source-enabled=ON",
              f"--rpl-semi-sync-source-timeout={TIMEOUT_MS}", "--rpl-semi-sync-source-wait-no-replica=OFF"],
    "mariadb": ["--rpl-semi-sync-master-enabled=ON", f"--rpl-semi-sync-master-timeout={TIMEOUT_MS}",
                "--rpl-semi-sync-master-wait-no-slave=OFF", "--rpl-semi-sync-master-wait-point=AFTER_SYNC"],
}

REPLICA_OPTIONS = {"mysql": ["--plugin-load-add=semisync_replica.so", "--rpl-semi-sync-replica-enabled=ON"],
                   "mariadb": ["--rpl-semi-sync-slave-enabled=ON"]}


def counter(server, name):
    """A semi-sync counter of the source; name as both flavours end it."""
    prefix = "Rpl_semi_sync_source_" if server.flavour == "mysql" else "Rpl_semi_sync_master_"
    rows = dict(server.rows(f"SHOW STATUS LIKE '{prefix}%'"))
    return rows[prefix + name]


def dump_threads(server):
    """The connections that the source sends its log to."""
    return {row[0] for row in server.rows("SHOW PROCESSLIST") if row[4].startswith("Binlog Dump")}


def write_many(server, threads, each):
    """Commits from several connections at once."""
    server.sql("CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.sale "
               "(id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(200))")
    statement = "INSERT INTO shop.sale (text) VALUES (REPEAT('x', 150));\n" * each
    writers = [threading.Thread(target=server.sql, args=(statement,)) for _ in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


@for_each_kind()
class SemiSync:
    def setUp(self):
        flavour = self.kind.split("-")[0]
        self.source = Server(self.kind, options=SOURCE_OPTIONS[flavour])
        self.addCleanup(self.source.close)

    def follow(self, **options):
        node = Node(self.source, engine="none", semi_sync="ON", **options)
        self.addCleanup(node.close)
        node.wait_until(lambda: counter(self.source, "clients") == "1", 30, "the source to count a semi-sync client")
        return node

    def test_the_source_waits_for_the_answer(self):
        node = self.follow()
        write_many(self.source, 4, 50)
        self.assertEqual(counter(self.source, "status"), "ON")
        self.assertEqual(counter(self.source, "no_tx"), "0")
        self.assertGreater(int(counter(self.source, "yes_tx")), 0)  # MySQL counts a group commit once
        node.wait_until(lambda: node.status()["source"]["acknowledgements"] > 0, 20, "the answers to be counted")
        # stopped, it answers nothing: the commit waits until it goes on
        node.process.send_signal(19)
        writer = threading.Thread(target=self.source.sql, args=("INSERT INTO shop.sale (text) VALUES ('late')",))
        writer.start()
        writer.join(1.5)
        self.assertTrue(writer.is_alive(), "a commit returned without an acknowledgement")
        node.process.send_signal(18)
        writer.join(TIMEOUT_MS / 1000)
        self.assertFalse(writer.is_alive())
        self.assertEqual(counter(self.source, "no_tx"), "0")

    def test_a_restart_and_a_rotation_go_on_with_it(self):
        node = self.follow()
        write_many(self.source, 2, 10)
        self.source.sql("FLUSH BINARY LOGS")
        write_many(self.source, 2, 10)
        before = dump_threads(self.source)
        node.kill()
        node.start()
        # a source that has nothing to send does not see that a client is gone: only a new thread is the new client
        node.wait_until(lambda: dump_threads(self.source) and not dump_threads(self.source) & before and
                        counter(self.source, "clients") == "1" and counter(self.source, "status") == "ON", 30,
                        "semi-sync again after the restart")
        write_many(self.source, 2, 10)
        self.assertEqual(counter(self.source, "status"), "ON")
        self.assertEqual(counter(self.source, "no_tx"), "0")

    @unittest.skipUnless(shutil.which("strace"), "strace is not here")
    def test_the_answer_comes_after_the_sync(self):
        node = self.follow(ssl_mode="DISABLED", get_server_public_key="ON")  # answers are read off the wire
        self.source.sql("CREATE DATABASE shop; CREATE TABLE shop.sale (id INT PRIMARY KEY AUTO_INCREMENT, text TEXT)")
        trace = node.folder / "trace"
        tracer = subprocess.Popen(["strace", "-f", "-y", "-e", "trace=pwrite64,fdatasync,sendto,write", "-x", "-s", "64",
                                   "-o", str(trace), "-p", str(node.process.pid)], stderr=subprocess.DEVNULL)
        try:
            node.wait_until(lambda: trace.exists(), 20, "the tracer")
            node.wait_until(lambda: self.attached(node), 20, "the tracer to attach")
            for number in range(20):
                self.source.sql(f"INSERT INTO shop.sale (text) VALUES ('mark-{number}')")
        finally:
            tracer.terminate()
            tracer.wait()
        self.assertEqual(counter(self.source, "no_tx"), "0")
        self.check_order(trace.read_text())

    @staticmethod
    def attached(node):
        with open(f"/proc/{node.process.pid}/status") as file:
            return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in file)

    def check_order(self, trace):
        """Each answer names an offset that the log had been synced up to before."""
        written = synced = answers = 0
        for line in trace.splitlines():
            place = re.search(r"pwrite64\(\d+<[^>]*/log/[^>]*\.\d{6}>.*, (\d+), (\d+)(?:\)| <unfinished)", line)
            if place:
                written = max(written, int(place[1]) + int(place[2]))
            elif re.search(r"fdatasync(\(\d+<[^>]*/log/| resumed).*= 0", line):
                synced = written
            else:
                answer = re.search(r'(?:sendto|write)\(\d+<(?:TCP|socket)[^>]*>, "((?:\\x[0-9a-f]{2})+)"', line)
                data = bytes.fromhex(answer[1].replace("\\x", "")) if answer else b""
                if len(data) > 13 and data[3] == 0 and data[4] == 0xef:
                    answers += 1
                    offset = int.from_bytes(data[5:13], "little")
                    self.assertLessEqual(offset, synced, line)
        self.assertGreaterEqual(answers, 20, trace[-3000:])


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Chained:
    """Semi-sync on both sides: the source's commit returns when two stock replicas behind the node have it, too."""

    def setUp(self):
        flavour = self.kind.split("-")[0]
        self.source = Server(self.kind, options=SOURCE_OPTIONS[flavour])
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA)
        self.relay = Relay(self.source, semi_sync="ON", ack_after=2)
        self.addCleanup(self.relay.node.close)
        self.replicas = [Server(self.kind, options=replica_options(flavour) + REPLICA_OPTIONS[flavour]) for _ in range(2)]
        for replica in self.replicas:
            self.addCleanup(replica.close)
            replica.sql("RESET BINARY LOGS AND GTIDS" if flavour == "mysql" else "RESET MASTER")
            follow(replica, self.relay.port)

    def test_a_commit_waits_for_the_replicas_behind_the_node(self):
        node = self.relay.node
        node.wait_until(lambda: counter(self.source, "clients") == "1" and node.status()["port"]["replicas"] == 2, 60,
                        "the chain")
        alone = counter(self.source, "no_tx")  # what was written before anybody followed
        for replica in self.replicas:
            wait_mark(self.source, replica, node)
        write_many(self.source, 4, 25)
        for paused in self.replicas:
            paused.pause()
            writer = threading.Thread(target=self.source.sql, args=("INSERT INTO shop.sale (text) VALUES ('late')",))
            writer.start()
            writer.join(1.5)
            waited = writer.is_alive()
            paused.resume()
            writer.join(TIMEOUT_MS / 1000)
            self.assertTrue(waited, "a commit returned though only one replica can have it")
            self.assertFalse(writer.is_alive())
        self.assertEqual(counter(self.source, "no_tx"), alone)
        self.assertEqual(counter(self.source, "status"), "ON")
        for replica in self.replicas:
            wait_mark(self.source, replica, node)
            rows = "SELECT * FROM shop.sale ORDER BY id"
            self.assertEqual(self.source.sql(rows), replica.sql(rows))


if __name__ == "__main__":
    unittest.main()
