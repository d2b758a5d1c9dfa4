"""test_relay.py - stock replicas behind a node: source -> node -> replica, by GTID and by place, with one
applier and several, semi-sync below, after kill -9 of the node and of the replica; then the servers themselves
compare their tables. mysqlbinlog and mariadb-binlog read from the node."""
# SPDX-License-Identifier: Apache-2.0
import filecmp
import pathlib
import subprocess
import tempfile
import time

from node import Node, binlogd
from replica import SCHEMA, Load, Relay, follow, wait_mark
from servers import Server, for_each_kind, free_port

PARALLEL = {"mysql": ["--replica-parallel-workers=4"],
            "mariadb": ["--slave-parallel-threads=4", "--slave-parallel-mode=optimistic"]}
SEMI_SYNC = {"mysql": ["--plugin-load-add=semisync_replica.so", "--rpl-semi-sync-replica-enabled=ON"],
             "mariadb": ["--rpl-semi-sync-slave-enabled=ON"]}


@for_each_kind()
class StockReplica:
    def setUp(self):
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA)

    def relay(self, **options):
        relay = Relay(self.source, **options)
        self.addCleanup(relay.node.close)
        return relay

    def replica(self, *options):
        replica = Server(self.kind, options=["--log-slave-updates=ON" if self.kind.startswith("mariadb")
                                             else "--log-replica-updates=ON", *options])
        self.addCleanup(replica.close)
        if replica.flavour == "mysql":
            replica.sql("RESET BINARY LOGS AND GTIDS")
        else:
            replica.sql("RESET MASTER; SET GLOBAL gtid_slave_pos=''")
        return replica

    def assert_same(self, replica, node):
        """Waits for the source's last mark, then lets both servers list their tables in order."""
        wait_mark(self.source, replica, node)
        for table in ("sale", "stock"):
            query = f"SELECT * FROM shop.{table} ORDER BY id"
            self.assertEqual(self.source.sql(query), replica.sql(query))
        self.assertGreater(int(self.source.value("SELECT COUNT(*) FROM shop.sale")), 0)

    def under_load(self, replica, relay, disturb):
        loads = [Load(self.source, who) for who in (1, 2)]
        for load in loads:
            load.start()
        try:
            disturb()
        finally:
            for load in loads:
                load.going = False
                load.join()
        self.assert_same(replica, relay.node)

    def test_by_gtid_under_load_with_kills_rotation_and_another_checksum(self):
        relay = self.relay()
        replica = self.replica(*PARALLEL[self.source.flavour])
        follow(replica, relay.port)

        def disturb():
            for round_number in range(2):
                time.sleep(1)
                self.source.sql("FLUSH BINARY LOGS")
                relay.node.kill()
                relay.node.start()
                time.sleep(1)
                if round_number == 0:
                    replica.kill()
                    replica.start()
                    replica.sql("START REPLICA" if replica.flavour == "mysql" else "START SLAVE", check=False)
            for checksum in ("NONE", "CRC32"):  # while they are connected
                self.source.sql(f"SET GLOBAL binlog_checksum={checksum}")
                time.sleep(0.5)
        self.under_load(replica, relay, disturb)

    def test_by_place_then_back_to_the_source(self):
        """One applier; the relay is taken out again: the replica goes on at the source itself."""
        relay = self.relay()
        replica = self.replica()
        follow(replica, relay.port, (self.source.log_files()[0].name, 4))
        self.under_load(replica, relay, lambda: time.sleep(1))
        follow(replica, relay.port)
        self.under_load(replica, relay, lambda: time.sleep(1))

    def test_a_chain_of_two_nodes_with_semi_sync_below(self):
        relay = self.relay()
        binlogd("user", "--no-defaults", f"--data={relay.node.data_dir}", "--role=replication", "add", "repl",
                input="secret\n", check=True)
        relay.node.restart()
        port = free_port()
        second = Node(f"mysql://repl:secret@127.0.0.1:{relay.port}/", start=False, engine="none",
                      listen=f"127.0.0.1:{port}")
        self.addCleanup(second.close)
        binlogd("user", "--no-defaults", f"--data={second.data_dir}", "--role=replication", "add", "below",
                input="secret\n", check=True)
        second.start()
        replica = self.replica(*SEMI_SYNC[self.source.flavour])
        follow(replica, port)
        self.under_load(replica, relay, lambda: time.sleep(1))

    def test_the_servers_own_tool_copies_the_files(self):
        relay = self.relay(get_server_public_key="ON")
        self.source.sql("INSERT INTO shop.sale (who, text) VALUES (1, 'x')")
        self.source.sql("FLUSH BINARY LOGS")
        relay.node.wait_until(lambda: len(list((relay.node.data_dir / "log").glob("*.??????"))) >= 2, 30, "two files")
        first = self.source.log_files()[0]
        tool = self.source.kind.tool("mysqlbinlog" if self.source.flavour == "mysql" else "mariadb-binlog")
        with tempfile.TemporaryDirectory() as folder:
            argv = [*tool, "--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1", f"--port={relay.port}",
                    "--user=below", "--password=secret", f"--result-file={folder}/", first.name]
            run = subprocess.run(argv, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr + relay.node.log()[-2000:])
            self.assertTrue(filecmp.cmp(pathlib.Path(folder) / first.name, first, shallow=False))
