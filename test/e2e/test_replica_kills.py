"""test_replica_kills.py - kill -9 of a node and of the stock replicas behind it, in every combination (pairwise) of
appliers, start, checksum, TLS and semi-sync, under load, with rotations and purges; after each round the servers
list their tables and both must say the same.

Each server is started once; a round gives them a new log, a new node and new settings. BINLOGD_REPLICA_KILLS
(default 42) is how many kills there are over all classes: `make soak` takes twice its minutes, 240.
"""
# SPDX-License-Identifier: Apache-2.0
import math
import os
import random
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import SCHEMA, Load, Relay, errors, follow, forget, replica_options, status, wait_mark  # noqa: E402
from servers import Server, find_kind  # noqa: E402

KILLS = int(os.environ.get("BINLOGD_REPLICA_KILLS", "42"))
NODE_KILLS = 5
KILLS_A_ROUND = NODE_KILLS + 2  # and one of each replica
# Appliers, start, TLS, semi-sync of the first and of the second replica; checksum of the log. Every two values of any
# two of the five stand together in one of these six.
ROUNDS = [
    ((1, "empty", False, False), (4, "set", True, True), "NONE"),
    ((4, "set", False, False), (1, "empty", True, True), "CRC32"),
    ((4, "empty", True, False), (1, "set", False, True), "CRC32"),
]
SEMI_SYNC = {"mysql": "--loose-rpl-semi-sync-replica-enabled", "mariadb": "--rpl-semi-sync-slave-enabled"}
DUMP = {"mysql": (["mysqldump"], ["--single-transaction", "--set-gtid-purged=ON"]),
        "mariadb": (["mariadb-dump"], ["--single-transaction", "--gtid", "--master-data=1"])}


def rounds_of(kills):
    """So many rounds that there are as many kills: the table, and then the table with the replicas changed over."""
    rounds = []
    for number in range(max(1, math.ceil(kills / KILLS_A_ROUND))):
        first, second, checksum = ROUNDS[number % len(ROUNDS)]
        rounds.append((second, first, checksum) if number // len(ROUNDS) % 2 else (first, second, checksum))
    return rounds


class ReplicaKills:
    """kinds: of the source, and of its two replicas."""
    purges = 0  # that dropped something

    @classmethod
    def setUpClass(cls):
        for kind in cls.kinds:
            find_kind(kind)
        cls.seed = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
        cls.source = Server(cls.kinds[0], options=cls.more_options)
        cls.addClassCleanup(cls.source.close)
        cls.replicas = []
        for kind in cls.kinds[1:]:
            replica = Server(kind, options=cls.more_options)
            cls.addClassCleanup(replica.close)
            replica.own_options = list(replica.options)
            cls.replicas.append(replica)

    def test_replicas_equal_their_source_after_every_round(self):
        chance = random.Random(self.seed)
        rounds = rounds_of(KILLS / 2)
        print(f"{'/'.join(self.kinds)}: {len(rounds) * KILLS_A_ROUND} kills, BINLOGD_TEST_SEED={self.seed}", flush=True)
        for number, row in enumerate(rounds):
            with self.subTest(round=number, row=row):
                self.one_round(row, chance)
        print(f"{self.purges} purges", flush=True)
        self.assertGreater(self.purges, 0)

    # ---- a round ----

    def one_round(self, row, chance):
        *settings, checksum = row
        self.new_log(checksum)
        relay = Relay(self.source, accounts=("first", "second"), log_level="debug")
        relay.add_account("dba", "admin")
        loads = [Load(self.source, who, pause=0.05) for who in (1, 2)]
        try:
            for load in loads:
                load.start()
            for replica, setting, user in zip(self.replicas, settings, ("first", "second")):
                self.prepare(replica, setting)
                follow(replica, relay.port, tls=setting[2], user=user)
            self.disturb(relay, chance)
            for load in loads:
                load.finish()
            self.compare(relay)
            self.was_as_asked(relay, settings)
        finally:
            for load in loads:
                load.finish()
            relay.node.close()

    def new_log(self, checksum):
        reset = "RESET BINARY LOGS AND GTIDS" if self.source.flavour == "mysql" else "RESET MASTER"
        self.source.sql(f"DROP DATABASE IF EXISTS shop; SET GLOBAL binlog_checksum={checksum}; {reset}; {SCHEMA}")

    def prepare(self, replica, setting):
        """A replica with these settings that holds nothing, or a copy of the source as of a set of GTIDs."""
        workers, start, _, semi_sync = setting
        replica.options = [*replica.own_options, *replica_options(replica.flavour, workers),
                           f"{SEMI_SYNC[replica.flavour]}={'ON' if semi_sync else 'OFF'}"]
        replica.restart("--skip-slave-start" if replica.flavour == "mariadb" else "--skip-replica-start")
        replica.options.pop()
        forget(replica)
        if start == "set":
            names, options = DUMP[self.source.flavour]
            dump = subprocess.run([*self.source.kind.tool(*names), "--no-defaults", f"--socket={self.source.socket}", "-uroot",
                                   *options, "--databases", "shop"], capture_output=True, check=True).stdout
            replica.run_client(dump)

    def disturb(self, relay, chance):
        victims = [relay.node] * NODE_KILLS + self.replicas
        chance.shuffle(victims)
        for victim in victims:
            time.sleep(chance.uniform(0.1, 0.6))
            if chance.random() < 0.6:
                self.source.sql("FLUSH BINARY LOGS")
            if chance.random() < 0.6:
                self.purge(relay)
            victim.kill()
            time.sleep(chance.uniform(0, 0.2))
            victim.start()

    def purge(self, relay):
        """What both replicas have applied; who stands in it may hold it back."""
        needed = [applied_file(replica) for replica in self.replicas]
        if not all(needed):
            return
        run = subprocess.run([*find_kind("mariadb-10.11").client(), "-h127.0.0.1", f"-P{relay.port}", "-udba", "-psecret",
                              "-e", f"PURGE BINARY LOGS TO '{min(needed)}'"], capture_output=True, text=True, check=False)
        self.assertTrue(run.returncode == 0 or "1378" in run.stderr or "1373" in run.stderr, run.stderr)
        self.purges += run.returncode == 0 and min(needed) > "binlog.000001"

    # ---- afterwards ----

    def compare(self, relay):
        for replica in self.replicas:
            wait_mark(self.source, replica, relay.node)
            for table in ("sale", "stock", "mark"):
                query = f"SELECT * FROM shop.{table} ORDER BY id"
                self.assertEqual(self.source.sql(query), replica.sql(query), f"{table}: {errors(replica)}")
        self.assertGreater(int(self.source.value("SELECT COUNT(*) FROM shop.sale")), 0)

    def was_as_asked(self, relay, settings):
        """The settings had their effect: they are no empty words of this test."""
        for replica, (_, _, tls, semi_sync), user in zip(self.replicas, settings, ("first", "second")):
            logins = [line for line in relay.node.log().splitlines() if f"logged in as '{user}'" in line]
            self.assertTrue(logins and all(("over TLS" in line) == tls for line in logins), logins)
            word = "replica" if replica.flavour == "mysql" else "slave"
            shown = replica.rows(f"SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_{word}_status'")
            self.assertEqual(shown[0][1], "ON" if semi_sync else "OFF")


def applied_file(replica):
    """The source's file up to which the replica has applied everything; "" before it has begun."""
    shown = status(replica)
    return shown.get("Relay_Source_Log_File") or shown.get("Relay_Master_Log_File") or ""


class OfMariaDB(ReplicaKills, unittest.TestCase):
    kinds = ("mariadb-10.11", "mariadb-10.11", "mariadb-11.8")
    more_options = []


class OfMySQL(ReplicaKills, unittest.TestCase):
    kinds = ("mysql-9.7", "mysql-9.7", "mysql-9.7")
    more_options = ["--plugin-load-add=semisync_replica.so"]


if __name__ == "__main__":
    unittest.main()
