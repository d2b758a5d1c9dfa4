"""Compressed transactions of MySQL (binlog_transaction_compression): applied exactly, also in a backlog, over a kill and
with small memory; the log stays the source's, byte for byte; `cat` shows what is inside; nothing warns of them."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node, binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(2000), price DECIMAL(10,2));
CREATE TABLE pile (x INT, y LONGTEXT);
INSERT INTO item (name, price) VALUES ('one', 1.1), ('two', 2.2); INSERT INTO pile VALUES (1, 'a'), (1, 'a');
"""
WORK = """
INSERT INTO item (name) VALUES (REPEAT('x', 1900)), (REPEAT('y', 1900)), (NULL);
BEGIN; UPDATE item SET price = id; SAVEPOINT s; DELETE FROM item WHERE id = 1; ROLLBACK TO s;
INSERT INTO pile SELECT id, name FROM item; DELETE FROM pile WHERE x = 1 LIMIT 1; COMMIT;
CREATE TABLE made SELECT id, name FROM item; ALTER TABLE made ADD COLUMN extra INT DEFAULT 7, ADD PRIMARY KEY (id);
UPDATE made SET extra = id WHERE id > 1; REPLACE INTO item (id, name) VALUES (2, 'replaced');
CREATE TABLE old (id INT PRIMARY KEY, y TEXT) ENGINE=MyISAM; INSERT INTO old VALUES (1, 'one'); UPDATE old SET y = 'two';
SET binlog_rows_query_log_events = ON; UPDATE item SET name = CONCAT(name, '!'); SET binlog_rows_query_log_events = OFF;
SET binlog_transaction_compression_level_zstd = 22; UPDATE item SET price = price + 1;
SET binlog_transaction_compression = OFF; INSERT INTO item (name) VALUES ('plain');
"""


@for_each_kind("mysql-9.7")
class Payload:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind, options=["--binlog-transaction-compression=ON"])
        cls.source.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def follow(self, **options):
        return Node(self.source, get_server_public_key="ON", **options)

    def events(self, file):
        return self.source.rows(f"SHOW BINLOG EVENTS IN '{file}'")

    def assert_payloads(self):
        types = [row[2] for row in self.events(self.source.log_position()[0])]
        self.assertIn("Transaction_payload", types)

    def test_every_kind_of_change_arrives_alone_and_in_a_backlog(self):
        with self.follow() as node:
            node.wait_caught_up()
            self.source.sql(WORK, "shop")
            node.wait_caught_up()
            assert_equal_tables(self, self.source, node)
            node.stop()
            for _ in range(3):
                self.source.sql("DROP TABLE made, old;" + WORK, "shop")
            node.start()
            node.wait_caught_up()
            self.assert_payloads()
            assert_equal_tables(self, self.source, node)
            node.kill()
            self.source.sql("UPDATE item SET price = -price; DROP TABLE old", "shop")
            node.start()
            node.wait_caught_up()
            assert_equal_tables(self, self.source, node)

    def test_the_log_is_the_sources_and_cat_shows_what_is_inside(self):
        with self.follow() as node:
            self.source.sql("FLUSH BINARY LOGS; INSERT INTO item (name) VALUES ('cat'); UPDATE item SET price = 3",
                            "shop")
            node.wait_caught_up()
            file = self.source.log_position()[0]
            self.source.sql("FLUSH BINARY LOGS")
            node.wait_caught_up()
            ours = node.data_dir / "log" / file
            self.assertEqual((self.source.data_dir / file).read_bytes(), ours.read_bytes())
            cat = binlogd("cat", "--no-defaults", "--json", ours)
            self.assertEqual((0, ""), (cat.returncode, cat.stderr))
            seen = [json.loads(line) for line in cat.stdout.splitlines()]
            self.assertEqual([row[2] for row in self.events(file)], [event["type"] for event in seen])
            inside = [event for event in seen if event.get("in_payload")]
            self.assertEqual({"Query", "Table_map", "Write_rows", "Update_rows", "Xid"},
                             {event["type"] for event in inside})
            ends = {event["end"] for event in seen if event["type"] == "Transaction_payload"}
            self.assertEqual(ends, {event["end"] for event in inside})

    def test_a_large_transaction_takes_little_memory(self):
        """80 MB of rows in a payload of some KB, then one row of 20 MB."""
        self.source.sql("CREATE TABLE large (id INT PRIMARY KEY, y LONGTEXT)", "shop")
        with self.follow() as node:
            node.wait_caught_up()
            self.source.sql("SET cte_max_recursion_depth = 10000; INSERT INTO large WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                            "ALL SELECT i + 1 FROM n WHERE i < 8000) SELECT i, REPEAT('z', 10000) FROM n", "shop")
            node.wait_caught_up()
            self.assertLess(self.peak(node), 150 << 20)  # as much as without compression: 110 MB
            self.source.sql("INSERT INTO large VALUES (0, REPEAT('large', 4000000))", "shop")
            node.wait_caught_up()
            self.assert_payloads()
            lengths = "SELECT length(y), count(*) FROM {} GROUP BY 1 ORDER BY 1"
            self.assertEqual([["10000", "8000"], ["20000000", "1"]], self.source.rows(lengths.format("shop.large")))
            self.assertEqual([[10000, 8000], [20000000, 1]], node.query(lengths.format('"shop.large"')))
            self.source.sql("DROP TABLE large", "shop")
            node.wait_caught_up()

    @staticmethod
    def peak(node):
        """The most memory that the node had resident."""
        with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmHWM"].split()[0]) << 10

    def test_the_doctor_has_no_word_against_it(self):
        run = binlogd("doctor", "--no-defaults", "--json", self.source.url(get_server_public_key="ON"))
        findings = {finding["id"]: finding for finding in json.loads(run.stdout)["findings"]}
        self.assertEqual("ok", findings["binlog_compression"]["level"])


if __name__ == "__main__":
    unittest.main()
