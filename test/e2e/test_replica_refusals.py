"""test_replica_refusals.py - stock replicas that ask a node for what it has not: what was purged, what only they have, a log of
the other flavour; and a source that lost its tail after it was served on. Each gets its server's own words, and stops."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.dirname(__file__))
from replica import Relay, errors, follow, forget, replica_options, status, wait_mark  # noqa: E402
from servers import Server, find_kind, for_each_kind  # noqa: E402
from told import assert_ends  # noqa: E402
from test_diverged import GTID_EVENTS, INSERT, REMEDY, SCHEMA, events  # noqa: E402

FATAL = {"mysql": "13114", "mariadb": "1236"}  # Last_IO_Errno of a replica that was told 1236
OTHER = {"mariadb-10.11": "mysql-9.7", "mysql-9.7": "mariadb-10.11"}


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Refusals:
    @classmethod
    def setUpClass(cls):
        find_kind(OTHER[cls.kind])
        cls.source = Server(cls.kind)
        cls.addClassCleanup(cls.source.close)
        cls.replica = Server(cls.kind, options=replica_options(cls.kind.split("-")[0]))
        cls.addClassCleanup(cls.replica.close)

    def setUp(self):
        reset = "RESET BINARY LOGS AND GTIDS" if self.source.flavour == "mysql" else "RESET MASTER"
        self.source.sql(f"{reset}; {SCHEMA}" + INSERT.format("one"))
        forget(self.replica)
        self.relay = Relay(self.source, reconnect_max_delay="1s", get_server_public_key="ON")
        self.addCleanup(self.relay.node.close)

    def follow(self):
        follow(self.replica, self.relay.port)
        wait_mark(self.source, self.replica, self.relay.node)

    def assert_refused(self, replica, *words, number=None):
        def stopped():
            shown = status(replica)
            return (shown.get("Replica_IO_Running") or shown.get("Slave_IO_Running")) == "No"
        self.relay.node.wait_until(stopped, 60, "the replica to stop")
        shown = status(replica)
        self.assertEqual(shown["Last_IO_Errno"], number or FATAL[replica.flavour], errors(replica))
        for word in words:
            self.assertIn(word, shown["Last_IO_Error"])

    def test_what_was_purged_is_named(self):
        self.source.sql("FLUSH BINARY LOGS;" + INSERT.format("two"))
        node = self.relay.node
        node.wait_until(lambda: (node.data_dir / "log/binlog.000002").exists(), 30, "the second file")
        self.source.sql("PURGE BINARY LOGS TO 'binlog.000002'")
        node.restart()
        node.wait_log("listening on")
        node.stop()
        node.start(keep_log_size=1)
        node.wait_until(lambda: not (node.data_dir / "log/binlog.000001").exists(), 60, "the node to purge")
        follow(self.replica, self.relay.port)
        if self.source.flavour == "mysql":
            self.assert_refused(self.replica, "purged required binary logs", self.source.value("SELECT @@server_uuid"))
        else:
            self.assert_refused(self.replica, "required binlog files have been purged")

    def test_a_replica_that_has_more_is_refused(self):
        """MySQL asks for it only of transactions of the source's own name; MariaDB of every domain."""
        self.follow()
        if self.source.flavour == "mysql":
            uuid = self.relay.node.status()["server_uuid"]
            self.replica.sql(f"STOP REPLICA; SET GTID_NEXT='{uuid}:1'; BEGIN; COMMIT; SET GTID_NEXT=AUTOMATIC; START REPLICA")
            self.assert_refused(self.replica, "more GTIDs than the source has, using the source's SERVER_UUID")
            return
        self.replica.sql("STOP SLAVE; SET GLOBAL gtid_slave_pos='0-1-4711'; START SLAVE")
        self.assert_refused(self.replica, "0-1-4711, which is not in the master's binlog")

    def test_a_place_inside_an_event_is_refused(self):
        self.source.sql(INSERT.format("x" * 60))
        file = self.source.log_files()[-1]
        follow(self.replica, self.relay.port, (file.name, file.stat().st_size - 20))
        self.assert_refused(self.replica, "in the middle of event")

    def test_a_replica_of_the_other_flavour_is_refused(self):
        """By place: a MariaDB asks a MySQL so whatever it is told."""
        flavour = OTHER[self.kind].split("-")[0]
        options = ["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"] if flavour == "mysql" else []
        with Server(OTHER[self.kind], options=replica_options(flavour) + options) as other:
            follow(other, self.relay.port, ("binlog.000001", 4))
            self.assert_refused(other, "The log here is of a MariaDB server, which a MySQL replica cannot follow"
                                if flavour == "mysql" else "of which a MariaDB replica understands a part only")

    def test_what_was_served_stays_when_the_source_lost_it(self):
        self.source.sql(INSERT.format("lost") * 3)
        self.follow()
        file = self.source.log_files()[-1]
        kinds = [at for at, kind, _ in events(file.read_bytes()) if kind == GTID_EVENTS[self.source.flavour]]
        node = self.relay.node
        held = (node.data_dir / "log" / file.name).read_bytes()
        self.source.kill()
        os.truncate(file, kinds[-3])
        self.source.start()
        self.source.sql(INSERT.format("other") * 6)
        for _ in range(2):
            self.assertIn(REMEDY[0], self.ending(node))
            self.assertTrue((node.data_dir / "log" / file.name).read_bytes().startswith(held))
            node.start()
        self.assertEqual(self.replica.value("SELECT COUNT(*) FROM shop.item WHERE v LIKE 'other%'"), "0")

    @staticmethod
    def ending(node):
        node.wait_exit(60)
        return node.log()[-1500:]


if __name__ == "__main__":
    unittest.main()
