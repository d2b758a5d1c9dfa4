"""kill -9 of binlogd at random moments, while the source is written to: after each the node goes on, and in the
end every table is equal, row by row. A ledger on the source counts each transaction once."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

KILLS = int(os.environ.get("BINLOGD_TEST_KILLS", "50"))
SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE account (id INT PRIMARY KEY, balance DECIMAL(12,2) NOT NULL, note VARCHAR(40)) ENGINE=InnoDB;
CREATE TABLE ledger (op BIGINT PRIMARY KEY, who VARCHAR(10) CHARACTER SET latin1, at DATETIME(3)) ENGINE=InnoDB;
CREATE TABLE pile (kind INT, body VARCHAR(30)) ENGINE=InnoDB;
CREATE TABLE email (id INT PRIMARY KEY, address VARCHAR(60) UNIQUE) ENGINE=InnoDB;
"""


class Writer(threading.Thread):
    """Bank transfers, a ledger row each; a pile of equal rows without a key; unique values that wander; now and
    then a DDL statement and a log rotation. One client process fed with batches."""

    def __init__(self, server, name, seed):
        super().__init__(daemon=True)
        self.server, self.writer, self.random = server, name, random.Random(seed)
        self.stopping = threading.Event()
        self.operations = 0
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.server.sql("\n".join(self.transaction() for _ in range(20)), "shop")
        except Exception as why:  # pylint: disable=broad-except
            self.failure = why

    def transaction(self):
        r = self.random
        self.operations += 1
        op = self.operations * 10 + (1 if self.writer == "a" else 2)
        a, b = r.sample(range(1, 101), 2)
        amount = r.randint(1, 9999) / 100
        text = (f"BEGIN; UPDATE account SET balance = balance - {amount}, note = '{self.writer}é{op}' WHERE id = {min(a, b)};"
                f"UPDATE account SET balance = balance + {amount} WHERE id = {max(a, b)};"
                f"INSERT INTO ledger (op, who, at) VALUES ({op}, '{self.writer}ü', NOW(3));")
        kind = r.randint(1, 5)
        text += (f"INSERT INTO pile VALUES ({kind}, 'same'), ({kind}, 'same');" if r.random() < 0.6
                 else f"DELETE FROM pile WHERE kind = {kind} LIMIT 1;")
        if self.writer == "a":
            text += f"REPLACE INTO email VALUES ({r.randint(1, 40)}, 'u{r.randint(1, 40)}@example.org');"
        text += "COMMIT;"
        if self.writer == "a" and self.operations % 97 == 0:
            text += f"ALTER TABLE ledger ADD COLUMN extra{self.operations} INT DEFAULT {self.operations};"
            text += f"ALTER TABLE ledger DROP COLUMN extra{self.operations};"
        if self.writer == "a" and self.operations % 151 == 0:
            text += "FLUSH BINARY LOGS;"
        return text

    def finish(self):
        self.stopping.set()
        self.join(60)
        if self.failure is not None:
            raise self.failure


@for_each_kind("mariadb-10.11", "mysql-9.7")
class KillUnderLoad:
    def test_every_transaction_is_applied_exactly_once(self):
        seed = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
        kills = KILLS if self.kind == "mariadb-10.11" else max(1, KILLS // 5)
        print(f"{self.kind}: {kills} kills, BINLOGD_TEST_SEED={seed}", flush=True)
        chance = random.Random(seed)
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            source.sql("INSERT INTO account SELECT id, 1000, 'start' FROM (" +
                       " UNION ALL ".join(f"SELECT {i} AS id" for i in range(1, 101)) + ") AS ids", "shop")
            writers = [Writer(source, name, seed + i) for i, name in enumerate("ab")]
            for writer in writers:
                writer.start()
            with Node(source, start=False, get_server_public_key="ON", keep_log_size="4M") as node:
                for _ in range(kills):
                    node.start()
                    time.sleep(chance.uniform(0.02, 0.8))
                    self.assertIsNone(node.process.poll(), node.log()[-3000:])
                    node.kill()
                node.start()
                for writer in writers:
                    writer.finish()
                node.wait_caught_up()
                assert_equal_tables(self, source, node)
                total = source.value("SELECT COUNT(*) FROM shop.ledger")
                self.assertEqual(int(total), sum(writer.operations for writer in writers))
                print(f"{self.kind}: {total} transactions", flush=True)


if __name__ == "__main__":
    unittest.main()
