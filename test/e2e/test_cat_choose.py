"""binlogd cat chooses and names: the history of one row, kinds of events, names from a schema or a node's catalog; and as
readable SQL a log makes the same tables in an empty server."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import Node, program  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
TABLES = r"""CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
CREATE TABLE item (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(40) CHARACTER SET latin1, price DECIMAL(12,4), size ENUM('s', 'größe') CHARACTER SET utf8mb4,
    tags SET('a', 'b', 'c'), seen DATETIME(3), at TIMESTAMP(6) NULL, code BINARY(6), f FLOAT, changed TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE pair (a INT, b VARCHAR(9), note TEXT, PRIMARY KEY (a, b));
CREATE TABLE loose (a VARCHAR(10), f FLOAT, d DATE, n INT, bits BIT(9)) CHARACTER SET utf8mb4;
CREATE TABLE `odd ``'name` (`k``'\` INT PRIMARY KEY, `-- x` TEXT);"""
CHANGES = r"""SET NAMES utf8mb4, time_zone = '+00:00'; USE shop;
INSERT INTO item (id, name, price, size, tags, seen, at, code, f) VALUES (42, 'größe', 1.5, 'größe', 'a,c', '2024-02-29 01:02:03.004', '2024-01-01 00:00:00.25', 'abc', 0.1),
    (43, 'it''s \\ "x"', -2, 's', '', NULL, NULL, X'000102', 1e30), (18446744073709551615, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
UPDATE item SET price = price + 1 WHERE id < 50; UPDATE item SET id = 44 WHERE id = 42; UPDATE item SET id = 42 WHERE id = 43;
BEGIN; INSERT INTO pair VALUES (1, 'x', 'one'), (1, 'Y ', 'two\nlines'), (2, 'x', NULL); UPDATE pair SET note = 'é' WHERE a = 1; COMMIT;
DELETE FROM item WHERE id = 42; DELETE FROM pair WHERE a = 2;
INSERT INTO loose VALUES ('a', 0.1, '2024-01-01', 1, b'101'), ('A', 0.1, '2024-01-01', 1, b'101'), ('a ', 0.1, NULL, 1, NULL), ('a', 0.1, '2024-01-01', 1, b'101');
DELETE FROM loose WHERE BINARY a = 'A'; UPDATE loose SET n = 2 WHERE a = 'a' LIMIT 1; DELETE FROM loose WHERE BINARY a = 'a ';
INSERT INTO `odd ``'name` VALUES (1, '/*!*/; DROP DATABASE shop; -- '), (2, '\\! echo broken\n\\'), (3, 'emoji 😀');
UPDATE `odd ``'name` SET `-- x` = CONCAT(`-- x`, '''') WHERE `k``'\` > 1;"""


def cat(*arguments):
    run = subprocess.run([program(), "cat", "--no-defaults", *map(str, arguments)], capture_output=True, text=True, errors="replace", timeout=120)
    return run.stdout, run


def changes(*arguments):
    out, run = cat("--format=json", *arguments)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in out.splitlines()]


@for_each_kind()
class Choose:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(cls.kind))
        cls.server.sql(TABLES)
        cls.server.sql("FLUSH BINARY LOGS")
        cls.server.sql(CHANGES)
        cls.log = cls.server.folder / "copy.000002"
        shutil.copy(cls.server.log_files()[-1], cls.log)
        names = ("item", "pair", "loose", "`odd ``'name`")
        tables = ["USE shop;"] + [cls.server.rows(f"SHOW CREATE TABLE shop.{name}")[0][1].replace("\\n", "\n").replace("\\\\", "\\") + ";" for name in names]
        cls.schema = cls.server.folder / "schema.sql"
        cls.schema.write_text("\n".join(tables))

    def history(self, condition, *options):
        rows = changes(f"--schema={self.schema}", f"--where={condition}", *options, self.log)
        return [(row["op"], *(image and (image.get("id") or image.get("a")) for image in (row["before"], row["after"]))) for row in rows]

    def test_the_history_of_a_row(self):
        self.assertEqual(self.history("shop.item:id=42"), [("insert", None, 42), ("update", 42, 42), ("update", 42, 44), ("update", 43, 42), ("delete", 42, None)])
        self.assertEqual(self.history("shop.item:id=0043"), [("insert", None, 43), ("update", 43, 43), ("update", 43, 42)])
        self.assertEqual(self.history("shop.item:id=18446744073709551615"), [("insert", None, 18446744073709551615)])
        self.assertEqual(self.history("shop.pair:a=1,b='Y '"), [("insert", None, 1), ("update", 1, 1)])
        self.assertEqual(self.history("shop.pair:a=2,note=NULL"), [("insert", None, 2), ("delete", 2, None)])
        self.assertEqual(self.history("shop.nothing:id=1"), [])

    def test_values_are_compared_as_their_types_have_them(self):
        first = ("name='größe'", "price=1.5", "price=1.5000", "size='größe'", "tags='a,c'", "seen='2024-02-29 01:02:03.004'",
                 "at='2024-01-01 00:00:00.25'", "code=0x616263", "f=0.1")
        for condition in first:
            self.assertEqual(self.history(f"shop.item:{condition}")[0], ("insert", None, 42), condition)
        self.assertEqual(self.history("shop.item:name='it''s \\ \"x\"'")[0], ("insert", None, 43))
        for wrong, sentence in (("id", "no condition"), ("shop.item:id", "no condition"), ("shop.item:id=x", "integer"), ("shop.item:nix=1", "has no column nix"),
                                ("shop.item:id='1", "no condition"), ("shop.item:price=1.23456", "column price")):
            out, run = cat(f"--schema={self.schema}", f"--where={wrong}", self.log)
            self.assertEqual(run.returncode, 2, (wrong, run.stderr))
            self.assertIn(sentence, run.stderr)

    def test_without_names_a_number_will_do(self):
        rows = changes("--where=shop.item:@1=18446744073709551615", self.log)
        self.assertEqual([row["op"] for row in rows], ["insert"])
        self.assertIn("use @1", cat("--where=shop.item:id=1", self.log)[1].stderr)

    def test_a_history_can_be_run_and_taken_back(self):
        before = self.server.sql("SELECT id, price FROM shop.item WHERE id = 44")
        undo, run = cat("--format=undo", f"--schema={self.schema}", "--where=shop.item:id=44", self.log)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.server.run_client(undo.encode())
        self.assertEqual(self.server.sql("SELECT id, price FROM shop.item WHERE id = 44"), "")
        self.assertEqual(self.server.sql("SELECT price FROM shop.item WHERE id = 42").strip(), "2.5000")
        redo, run = cat("--format=sql", "--skip-gtids", f"--schema={self.schema}", "--where=shop.item:id=44", self.log)
        self.server.run_client(redo.encode())
        self.assertEqual(self.server.sql("SELECT id, price FROM shop.item WHERE id = 44"), before)

    def test_names_from_a_schema_and_not_from_another(self):
        text, _ = cat(f"--schema={self.schema}", self.log)
        self.assertIn("###   @1=42 /* id */", text)
        self.assertNotIn("/* id */", cat(self.log)[0])
        other = self.server.folder / "other.sql"
        other.write_text("-- MySQL dump\n--\n-- Host: localhost    Database: shop\nCREATE TABLE item (id INT, name TEXT);\nDELIMITER ;;\n"
                         "CREATE PROCEDURE p() BEGIN CREATE TABLE pair (x INT); END ;;\nDELIMITER ;\nINSERT INTO t VALUES ('; CREATE TABLE pair (y INT)');\n")
        text, run = cat(f"--schema={other}", self.log)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("/* id */", text)
        other.write_text("CREATE TABLE item (id INT);")
        self.assertIn("is in no database", cat(f"--schema={other}", self.log)[1].stderr)
        self.assertEqual(cat("--schema=/nowhere", self.log)[1].returncode, 2)

    def test_kinds_of_events(self):
        lines = cat("--format=events", "--type=*_rows*,xid", self.log)[0].splitlines()
        kinds = {line.split()[2] for line in lines}
        self.assertIn("Xid", kinds)
        self.assertTrue(all(kind == "Xid" or "_rows" in kind for kind in kinds), kinds)
        self.assertGreater(len(kinds), 3)
        rows = changes("--type=Delete_rows*", self.log)
        self.assertEqual({row["op"] for row in rows}, {"delete"})
        text, _ = cat("--type=Delete_rows*", self.log)
        self.assertIn("### DELETE FROM `shop`.`item`", text)
        self.assertNotIn("### INSERT", text)
        self.assertEqual(cat("--type=Query", "--format=sql", self.log)[1].returncode, 2)

    def test_readable_sql_makes_the_same_tables(self):
        sql, run = cat("--format=sql", "--readable", f"--schema={self.schema}", self.log)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(sql, r"UPDATE `shop`.`item` SET `id`=44, `changed`=.* WHERE `id`=42 LIMIT 1")
        self.assertIn("DELETE FROM `shop`.`pair` WHERE `a`=2 AND `b`='x' LIMIT 1", sql)
        self.assertNotIn("BINLOG", sql)
        with Server(self.kind) as empty:
            empty.sql(TABLES)
            empty.run_client(sql.encode())
            for table in ("item", "pair", "loose", "`odd ``'name`"):
                ours, theirs = (server.sql(f"SELECT * FROM shop.{table} ORDER BY 1, 2, 3, 4, 5" if table == "loose" else f"SELECT * FROM shop.{table} ORDER BY 1")
                                for server in (empty, self.server))
                if table == "item":  # other tests take its changes back and make them again
                    ours, theirs = (sorted(line.rsplit("\t", 1)[0] for line in text.splitlines()) for text in (ours, theirs))
                self.assertEqual(ours, theirs, table)
        out, run = cat("--format=sql", "--readable", self.log)
        self.assertEqual(run.returncode, 3)
        self.assertIn("does not name the columns", run.stderr)

    def test_every_type_as_readable_sql(self):
        with Server(self.kind, options=["--binlog-row-metadata=FULL"]) as source, Server(self.kind) as empty:
            source.sql("CREATE DATABASE types; USE types;" + (DATA / "sql" / self.kind / "all_types.sql").read_text())
            tables = [row[0] for row in source.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'types' AND table_type = 'BASE TABLE' ORDER BY 1")]
            schema = source.folder / "types.sql"
            schema.write_text("USE types;\n" + "\n".join(source.rows(f"SHOW CREATE TABLE types.`{name}`")[0][1].replace("\\n", "\n").replace("\\\\", "\\") + ";" for name in tables))
            equal = 0
            for name in tables:
                sql, run = cat("--format=sql", "--readable", "--skip-gtids", f"--schema={schema}", f"--include=types.{name}", *source.log_files())
                if run.returncode != 0:  # said, and not written half
                    self.assertTrue(any(words in run.stderr for words in ("UUID", "JSON or geometry", "parts of a JSON")), run.stderr)
                    continue
                empty.sql("DROP DATABASE IF EXISTS types")
                done = empty.run_client(sql.encode(), check=False)
                if b"1264" in done.stderr:  # a generated column that is out of range in strict mode
                    continue
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(empty.sql(f"CHECKSUM TABLE types.`{name}`"), source.sql(f"CHECKSUM TABLE types.`{name}`"), name)
                equal += 1
            self.assertGreater(equal, 0)


class Catalog(unittest.TestCase):
    def test_a_node_names_the_columns_of_its_log(self):
        with Server("mariadb-10.11") as source:
            source.sql(TABLES)
            with Node(source) as node:
                node.wait_caught_up()
                source.sql(CHANGES)
                node.wait_caught_up()
                text, run = cat(node.data_dir)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn("###   @1=42 /* id */", text)
                rows = changes("--where=shop.item:id=42", node.data_dir)
                self.assertEqual([row["op"] for row in rows], ["insert", "update", "update", "update", "delete"])
                self.assertEqual(rows[0]["after"]["name"], "größe")


if __name__ == "__main__":
    unittest.main()
