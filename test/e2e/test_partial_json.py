"""Partial JSON updates of MySQL (binlog_row_value_options = PARTIAL_JSON): whatever JSON_SET, JSON_REPLACE and
JSON_REMOVE do to documents at the source, the replica's text of them is the source's own, byte for byte: with every row
image, live and in a backlog, alone and beside other changes of the same row, compressed, over a kill."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import random
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node, binlogd  # noqa: E402
from servers import Server, for_each_kind, quote  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE doc (id INT PRIMARY KEY, j JSON, n INT, k JSON NOT NULL, name VARCHAR(20) GENERATED ALWAYS AS (j->>'$.a') STORED);
CREATE TABLE uniq (id INT PRIMARY KEY, u INT UNIQUE, j JSON);
CREATE TABLE keyless (id INT, j JSON);
"""
VALUES = ["1", "-70000", "18446744073709551615", "1.5e0", "1e300", "CAST('1.50' AS DECIMAL(10,2))", "TRUE", "NULL", "'é\\n\\\"q'",
          "CAST('2024-02-29 12:34:56.5' AS DATETIME(6))", "CAST('-12:00:00' AS TIME)", "x'0001ff'", "REPEAT('long ', 60)",
          "CAST('{\"bb\": [1, {}], \"a\": {\"x\": 1.0}}' AS JSON)", "CAST('[]' AS JSON)", "CAST('[1, [2, [3]]]' AS JSON)"]
NAMES = ["a", "b", "bb", "zz", "é", '"a b"', '"q\\\\"t"', '""', '"\\\\n"', "_1"]
START = ('{"a": 1, "b": [1, 2.50, {"zz": null, "é": "é"}, [[]]], "bb": {"a": {"a": {"a": [1, 2, 3]}}}, "a b": "x", '
         '"q\\"t": [0], "": 5, "text": "' + "some text " * 40 + '"}')


def path(rng):
    legs = []
    for _ in range(rng.randint(1, 4)):
        legs.append(f".{rng.choice(NAMES)}" if rng.random() < 0.6 else
                    rng.choice(["[0]", "[1]", "[2]", "[9]", "[last]", "[last-1]"]))
    return "'$" + "".join(legs) + "'"


def changed(rng, column):
    """An expression of one or several nested functions over the column."""
    expression = column
    for _ in range(rng.randint(1, 3)):
        pairs = ", ".join(f"{path(rng)}, {rng.choice(VALUES)}" for _ in range(rng.randint(1, 3)))
        expression = rng.choice([f"JSON_SET({expression}, {pairs})", f"JSON_REPLACE({expression}, {pairs})",
                                 f"JSON_REMOVE({expression}, {path(rng)})"])
    return expression


def update(rng, rows):
    """One UPDATE of doc; the columns that it does not name may be a part of the row image or not."""
    sets = [f"{column} = {changed(rng, column)}" for column in ("j", "k") if rng.random() < 0.7]
    if not sets or rng.random() < 0.3:
        sets.append(f"n = {rng.randint(0, 9)}")
    return f"UPDATE doc SET {', '.join(sets)} WHERE id = {rng.randint(1, rows)};"


@for_each_kind("mysql-9.7")
class PartialJson:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind, options=["--binlog-row-value-options=PARTIAL_JSON"])

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def setUp(self):
        start = quote(START)
        self.source.sql(f"DROP DATABASE IF EXISTS shop; {SCHEMA} INSERT INTO doc (id, j, n, k) VALUES "
                        f"(1, {start}, 1, {start}), (2, '[1, 2, 3]', 2, '{{}}'), (3, NULL, 3, 'null'), (4, '5', 4, '[[], {{}}]'),"
                        f"(5, {start}, 5, '[]'); INSERT INTO uniq SELECT id, n, j FROM doc; INSERT INTO keyless SELECT id, j FROM doc")

    def assert_equal_documents(self, node):
        """What the server prints is what is stored, to the byte."""
        for table, columns in (("doc", ("j", "k", "name")), ("uniq", ("j",)), ("keyless", ("j",))):
            server = ", ".join(f"HEX(CAST({column} AS CHAR CHARACTER SET utf8mb4))" for column in columns)
            replica = ", ".join(f"hex({column}) AS {column}" for column in columns)
            want = self.source.rows(f"SELECT id, {server} FROM shop.{table} ORDER BY 1, 2")
            nulls = ", ".join(f"{column} IS NULL AS n{column}" for column in columns)
            got = node.query(f'SELECT id, {replica}, {nulls} FROM "shop.{table}" ORDER BY 1, 2')
            rows = [[str(row[0])] + ["NULL" if null else field for field, null in
                                     zip(row[1:1 + len(columns)], row[1 + len(columns):])] for row in got]
            self.assertEqual(want, rows, table)

    def partial_events(self):
        return [row for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{self.source.log_position()[0]}'")
                if row[2] == "Update_rows_partial"]

    def test_documents_are_the_sources_with_every_row_image(self):
        rng = random.Random(20)
        with Node(self.source, get_server_public_key="ON") as node:
            node.wait_caught_up()
            for image in ("FULL", "MINIMAL", "NOBLOB"):
                for compression in ("OFF", "ON"):
                    settings = (f"SET binlog_row_image = {image}; SET binlog_transaction_compression = {compression};")
                    work = "".join(f"BEGIN; {''.join(update(rng, 5) for _ in range(rng.randint(1, 4)))} COMMIT;"
                                   for _ in range(15))
                    self.source.sql(settings + work, "shop")
                    node.wait_caught_up()
                    self.assert_equal_documents(node)
                node.stop()  # the same as a backlog
                self.source.sql(f"SET binlog_row_image = {image};" + "".join(update(rng, 5) for _ in range(40)), "shop")
                node.start()
                node.wait_caught_up()
                self.assert_equal_documents(node)
            self.assertGreater(len(self.partial_events()), 100)
            assert_equal_tables(self, self.source, node)

    def test_beside_other_changes_of_the_row(self):
        with Node(self.source, get_server_public_key="ON") as node:
            node.wait_caught_up()
            for image in ("FULL", "MINIMAL"):
                node.stop()
                self.source.sql(f"""
                    SET binlog_row_image = {image};
                    UPDATE uniq SET u = u + 100, j = JSON_SET(j, '$.a', 'moved') ORDER BY u DESC;
                    UPDATE uniq SET id = id + 10, j = JSON_REMOVE(j, '$.b') ORDER BY id DESC;
                    UPDATE uniq SET j = '{{"fresh": [1, 2, 3], "pad": "{'x' * 100}"}}' WHERE id % 2 = 1;
                    UPDATE uniq SET j = JSON_SET(j, '$.fresh[3]', 4); UPDATE uniq SET j = NULL WHERE u = 101;
                    UPDATE uniq SET j = JSON_SET(j, '$.fresh[1]', 'y'), u = u - 50;
                    DELETE FROM uniq WHERE u = 52; INSERT INTO uniq VALUES (1, 1, '{{"a": 0, "pad": "{'y' * 100}"}}');
                    UPDATE uniq SET j = JSON_SET(j, '$.a', 7) WHERE id = 1; DELETE FROM uniq WHERE id = 1;
                    UPDATE keyless SET j = JSON_SET(j, '$.a', id), id = id * 2;
                    UPDATE doc d JOIN uniq q ON d.id = q.id % 10 SET d.j = JSON_SET(d.j, '$.a', 1), q.j = JSON_SET(q.j, '$.c', 2);
                    """, "shop")
                node.start()
                node.wait_caught_up()
                self.assert_equal_documents(node)
            self.source.sql("UPDATE doc SET j = JSON_SET(j, '$.a', 'before the kill')", "shop")
            node.kill()
            self.source.sql("SET binlog_row_image = MINIMAL; UPDATE doc SET j = JSON_SET(j, '$.a', 'after')", "shop")
            node.start()
            node.wait_caught_up()
            self.assert_equal_documents(node)
            self.assertTrue(self.partial_events())
            assert_equal_tables(self, self.source, node)

    def test_a_document_that_is_another_one_stops_the_node(self):
        with Node(self.source, get_server_public_key="ON") as node:
            node.wait_caught_up()
            node.stop()
            self.source.sql("SET binlog_row_image = MINIMAL; UPDATE doc SET j = JSON_SET(j, '$.bb.a.a.a[1]', 9) WHERE id = 1", "shop")
            self.alter(node, "UPDATE \"shop.doc\" SET j = '{}' WHERE id = 1")
            node.start()
            self.assertEqual(3, node.wait_exit())
            self.assertIn("Update_rows_partial event", node.log())
            self.assertIn("shop.doc: column j", node.log())
            self.assertIn("$.bb.a.a.a[1]", node.log())

    @staticmethod
    def alter(node, sql):
        with sqlite3.connect(node.database) as database:
            database.execute(sql)
        database.close()

    def test_the_doctor_has_no_word_against_it(self):
        run = binlogd("doctor", "--no-defaults", "--json", self.source.url(get_server_public_key="ON"))
        levels = {finding["id"]: finding["level"] for finding in json.loads(run.stdout)["findings"]}
        self.assertEqual("ok", levels["binlog_row_value_options"])


if __name__ == "__main__":
    unittest.main()
