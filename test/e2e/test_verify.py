"""binlogd verify: the log of a node that runs, of one that was killed, and with damage in it; the rows of a replica
against its source, under load, with planted differences and without."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import Node, binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/sql"
SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), n INT);
INSERT INTO item (name, n) VALUES ('one', 1), ('two', 2), ('three', 3);"""


class Writer:
    """Changes the source until it is left."""

    def __init__(self, server, statement):
        self.server, self.statement = server, statement
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            self.server.sql(self.statement)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


@for_each_kind()
class Log:
    def verify(self, code, *arguments):
        run = binlogd("verify", "--no-defaults", "--json", *arguments)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        report = json.loads(run.stdout)
        faults = report["faults"] + [fault for file in report["files"] for fault in file["faults"]]
        return report, faults

    def test_a_log_is_whole_while_it_grows_and_after_a_kill(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with Node(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                load = ("USE shop; INSERT INTO item (name, n) SELECT name, n + 1 FROM item LIMIT 50; UPDATE item SET n = n + 1;"
                        "DELETE FROM item WHERE id > 500 AND id % 2 = 0;") * 5 + "FLUSH BINARY LOGS;"
                with Writer(source, load):
                    for rounds in range(3):
                        node.wait_until(lambda: len(list((node.data_dir / "log").glob("*.gtids"))) > rounds + 1, 60, "a new file")
                        report, faults = self.verify(0, f"--data={node.data_dir}")
                        self.assertEqual([f for f in faults if f["level"] != "note"], [])
                    node.kill()
                report, faults = self.verify(0, f"--data={node.data_dir}")
                self.assertGreater(len(report["files"]), 1)
                files = source.log_files()
                report, faults = self.verify(0, *files)
                self.assertEqual({f["id"] for f in faults} - {"unfinished", "gtid_order"}, set())
                self.assertGreater(report["transactions"], 10)

    def test_damage_is_found_at_its_place(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA + "FLUSH BINARY LOGS; INSERT INTO item (name) VALUES ('second file'); FLUSH BINARY LOGS;"
                       "INSERT INTO item (name) VALUES ('third file');")
            with Node(source, get_server_public_key="ON", engine="none") as node:
                node.wait_until(lambda: node.status().get("log", {}).get("file", "") >= source.log_position()[0] and
                                node.status()["log"]["offset"] >= source.log_position()[1], 60, "the log to be stored")
                node.stop()
                log = node.data_dir / "log"
                first, second, third = sorted(path for path in log.iterdir() if path.suffix[1:].isdigit())[-3:]
                self.verify(0, f"--data={node.data_dir}")
                events = [json.loads(line) for line in binlogd("cat", "--no-defaults", "--json", second).stdout.splitlines()]
                victim = next(event for event in events if event["type"].startswith("Write_rows"))
                whole = second.read_bytes()
                at = victim["pos"] + 25
                second.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
                report, faults = self.verify(3, f"--data={node.data_dir}")
                self.assertEqual([(f["id"], f["file"], f["offset"]) for f in faults], [("checksum", second.name, victim["pos"])])
                self.assertEqual([file["whole"] for file in report["files"]][-3:], [True, False, True])
                told = binlogd("verify", "--no-defaults", f"--data={node.data_dir}")
                self.assertEqual(told.returncode, 3)
                self.assertIn(f"{second.name} at {victim['pos']}", " ".join(told.stdout.split()))
                second.unlink()
                _, faults = self.verify(3, f"--data={node.data_dir}")
                self.assertEqual([f["id"] for f in faults], ["missing_file"])
                second.write_bytes(whole)
                with open(third, "ab") as out:
                    out.write(b"\1\2\3\4\5")
                _, faults = self.verify(0, f"--data={node.data_dir}")
                self.assertEqual([f["id"] for f in faults], ["torn_tail"])


TABLES = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), price DECIMAL(10,2), n INT);
CREATE TABLE pair (a BIGINT UNSIGNED, b VARCHAR(20), v INT, PRIMARY KEY (a, b));
CREATE TABLE word (w VARCHAR(40) CHARACTER SET latin1, v INT, PRIMARY KEY (w));
CREATE TABLE span (t TIME(2), d DECIMAL(8,3), v INT, PRIMARY KEY (t, d));
CREATE TABLE moment (t DATETIME(2), d DECIMAL(8,3), v INT, PRIMARY KEY (t, d));
CREATE TABLE pile (x INT, y TEXT);
CREATE TABLE hot (id INT PRIMARY KEY, n INT);
INSERT INTO item (name, price, n) VALUES ('one', 1.10, 1), ('zwei', -2.20, 2), (NULL, NULL, 3), ('four', 0, 4), ('five', 5, 5);
INSERT INTO pair VALUES (1, 'a', 1), (1, 'B', 2), (18446744073709551615, 'c', 3), (2, 'z', 4);
INSERT INTO word VALUES ('alpha', 1), ('Beta', 2), ('gamma', 3), ('\u00e9t\u00e9', 4), ('Delta', 5);
INSERT INTO span VALUES ('-00:00:01', 1.5, 1), ('-120:00:00.25', -2.125, 2), ('838:59:59', 0, 3), ('10:00:00', 99999.999, 4);
INSERT INTO moment VALUES ('2024-02-29 12:34:56.5', -2.125, 1), ('2024-02-29 12:34:56.5', 99999.999, 2), ('1000-01-01', 0, 3);
INSERT INTO pile VALUES (1, 'same'), (1, 'same'), (2, NULL), (3, 'three');
INSERT INTO hot VALUES (1, 0), (2, 0), (3, 0);
"""
LOAD = """USE shop; UPDATE hot SET n = n + 1; UPDATE hot SET n = n + 1 WHERE id = 2;
INSERT INTO item (name, price, n) SELECT name, price, n + 1 FROM item LIMIT 20; UPDATE item SET n = n + 1 WHERE id > 5 LIMIT 30;
DELETE FROM item WHERE id > 5 AND id % 3 = 0 LIMIT 10; DELETE FROM pile WHERE x > 10; INSERT INTO pile VALUES (11, 'a'), (12, 'b');
REPLACE INTO word VALUES (CONCAT('Word', FLOOR(RAND() * 200)), 1), (CONCAT('word', FLOOR(RAND() * 200)), 2);
DELETE FROM word WHERE w LIKE 'word%' LIMIT 2; REPLACE INTO pair VALUES (FLOOR(10 + RAND() * 50), 'x', 1), (FLOOR(10 + RAND() * 50), 'Y', 2);
DELETE FROM pair WHERE a >= 10 AND a < 1000 LIMIT 1;"""
PLANTED = """BEGIN IMMEDIATE;
UPDATE "shop.item" SET name = 'planted', price = '00000009.00' WHERE id = 1; DELETE FROM "shop.item" WHERE id = 2;
INSERT INTO "shop.item" VALUES (-7, 'extra', NULL, 0);
UPDATE "shop.pair" SET v = 77 WHERE a = 1 AND b = 'a'; DELETE FROM "shop.pair" WHERE b = 'c'; INSERT INTO "shop.pair" VALUES (3, 'new', 1);
UPDATE "shop.word" SET w = 'delta' WHERE w = 'Delta'; UPDATE "shop.word" SET v = NULL WHERE w = 'Beta';
UPDATE "shop.span" SET v = 9 WHERE v = 2; DELETE FROM "shop.span" WHERE v = 3;
UPDATE "shop.moment" SET v = 9 WHERE v = 1; DELETE FROM "shop.moment" WHERE v = 3;
DELETE FROM "shop.pile" WHERE rowid = (SELECT min(rowid) FROM "shop.pile" WHERE x = 1); UPDATE "shop.pile" SET y = 'drei' WHERE x = 3;
COMMIT;"""
WANTED = {  # kind, table, what its key says
    ("different", "item", "id = 1"), ("missing", "item", "id = 2"), ("extra", "item", "id = -7"),
    ("different", "pair", "a = 1, b = 'a'"), ("missing", "pair", "a = 18446744073709551615, b = 'c'"), ("extra", "pair", "a = 3, b = 'new'"),
    ("missing", "word", "w = 'Delta'"), ("extra", "word", "w = 'delta'"), ("different", "word", "w = 'Beta'"),
    ("different", "moment", "t = '2024-02-29 12:34:56.50', d = '-2.125'"), ("missing", "moment", "t = '1000-01-01 00:00:00.00', d = '0.000'"),
    ("missing", "span", "t = '-120:00:00.25', d = '-2.125', v = 2"), ("extra", "span", "t = '-120:00:00.25', d = '-2.125', v = 9"),
    ("missing", "span", "t = '838:59:59.00', d = '0.000', v = 3"),
    ("missing", "pile", "x = 1, y = 'same'"), ("missing", "pile", "x = 3, y = 'three'"), ("extra", "pile", "x = 3, y = 'drei'"),
}


@for_each_kind()
class Against:
    def compare(self, code, node, *options):
        run = binlogd("verify", "--no-defaults", "--json", f"--data={node.data_dir}",
                      f"--against={node.url}{'&' if '?' in node.url else '?'}get-server-public-key=ON", *options)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr + node.log()[-2000:])
        return json.loads(run.stdout)

    def test_what_is_planted_is_found_and_nothing_else_while_both_go_on(self):
        with Server(self.kind) as source:
            source.sql(TABLES)
            with Node(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                with Writer(source, LOAD):
                    for _ in range(2):
                        report = self.compare(0, node)
                        self.assertEqual(report["differences"], [])
                        self.assertTrue(report["equal"])
                        self.assertTrue(all(table["compared"] for table in report["tables"]))
                    planted = subprocess.run(["sqlite3", "-cmd", ".timeout 20000", str(node.database)], input=PLANTED.encode(),
                                             capture_output=True)
                    self.assertEqual(planted.stderr, b"")
                    report = self.compare(3, node)
                found = [(d["kind"], d["table"], d["key"]) for d in report["differences"]]
                self.assertEqual(set(found), WANTED)
                self.assertEqual(len(found), len(WANTED))
                self.assertEqual(report["differences_found"], len(WANTED))
                detail = next(d["detail"] for d in report["differences"] if d["key"] == "id = 1")
                self.assertEqual(detail, "name: 'planted' here, 'one' at the source; price: '9.00' here, '1.10' at the source")
                told = binlogd("verify", "--no-defaults", f"--data={node.data_dir}", "--include=shop.hot,shop.pair",
                               f"--against={node.url}", "--get-server-public-key", "--show=1")
                self.assertEqual(told.returncode, 3, told.stderr)
                self.assertIn("equal         shop.hot", told.stdout)
                self.assertIn("1 missing, 1 extra, 1 different", told.stdout)

    def test_every_type_is_equal_and_tables_of_one_side_are_named(self):
        with Server(self.kind) as source:
            text = (DATA / source.kind.name / "all_types.sql").read_text()
            source.sql(f"CREATE DATABASE copied; USE copied;\n{text}")
            with Node(source, get_server_public_key="ON", exclude="other.*") as node:
                node.wait_caught_up()
                source.sql(TABLES + "CREATE DATABASE other; CREATE TABLE other.t (id INT PRIMARY KEY)")
                node.wait_caught_up()
                report = self.compare(0, node)
                self.assertGreater(len(report["tables"]), 10)
                self.assertFalse([t for t in report["tables"] if t["db"] == "other"])
                source.sql("SET sql_log_bin = 0; CREATE TABLE copied.only_there (id INT PRIMARY KEY)")
                report = self.compare(3, node, "--include=copied.only*")
                self.assertEqual([(d["kind"], d["table"]) for d in report["differences"]], [("missing table", "only_there")])
                self.assertEqual(node.stop(), 0)
                self.compare(0, node, "--include=shop.*")
                source.sql("INSERT INTO e2e_mark.mark VALUES (2, 'x')")
                run = binlogd("verify", "--no-defaults", f"--data={node.data_dir}", f"--against={node.url}", "--get-server-public-key",
                              "--replica-wait=1s", "--include=shop.*")
                self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
                self.assertIn("has not moved for 1 s", run.stderr)


if __name__ == "__main__":
    unittest.main()
