"""binlogd cat: the rows of a log, put together again, are the tables of the server that wrote it; the summary counts
what was done."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

TABLE = """CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40) CHARACTER SET latin1, price DECIMAL(30,10), big BIGINT UNSIGNED, low BIGINT,
    seen DATETIME(6), span TIME(3), stamp TIMESTAMP(2) NULL, data BLOB, size ENUM('s', 'm', 'größe'), tags SET('a', 'b', 'c'), d DOUBLE,
    u VARCHAR(60) CHARACTER SET utf8mb4);"""
CHANGES = r"""SET NAMES utf8mb4, time_zone = '+00:00'; USE shop;
INSERT INTO item VALUES (1, 'größe', 12345678901234567890.0123456789, 18446744073709551615, -9223372036854775808, '2024-02-29 12:34:56.000001',
    '-838:59:59.000', '2024-01-01 00:00:00.25', X'00FF27', 'größe', 'a,c', 0.1, 'quote " back \\ tab	end 😀'),
    (2, '', -0.5, 0, 1, '1000-01-01', '00:00:00', NULL, '', 's', '', -1e300, '\n'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
UPDATE item SET price = price * 2, u = CONCAT(u, '!') WHERE id < 3; DELETE FROM item WHERE id = 3; INSERT INTO item (id, name) VALUES (4, 'x');
BEGIN; INSERT INTO item (id) VALUES (5), (6); UPDATE item SET id = 7 WHERE id = 6; DELETE FROM item WHERE id = 5; COMMIT;
CREATE TABLE other (a INT); INSERT INTO other VALUES (1), (2);"""
COLUMNS = ("id", "name", "price", "big", "low", "seen", "span", "stamp", "data", "size", "tags", "d", "u")


def shown(column, value):
    """The value as HEX() of the server's text of it."""
    if value is None:
        return "NULL"
    if column == "d":
        return float(value)
    if column == "data":
        return value["hex"].upper()
    return str(value).encode().hex().upper()


@for_each_kind()
class Rows:
    def server_rows(self, server):
        fields = ", ".join("HEX(data)" if c == "data" else "d" if c == "d" else f"HEX(CONVERT({c} USING utf8mb4))" for c in COLUMNS)
        rows = server.rows(f"SELECT {fields} FROM shop.item", session="SET time_zone = '+00:00'")
        return sorted([float(f) if c == "d" and f != "NULL" else f for c, f in zip(COLUMNS, row)] for row in rows)

    def folded(self, changes):
        rows = {}
        for change in changes:
            before, after = change["before"], change["after"]
            self.assertEqual(change["op"], "insert" if before is None else "delete" if after is None else "update")
            if before is not None:
                self.assertEqual(rows.pop(before["id"]), before)
            if after is not None:
                rows[after["id"]] = after
        return sorted([shown(c, row[c]) for c in COLUMNS] for row in rows.values())

    def changes(self, files, *options):
        run = binlogd("cat", "--no-defaults", "--format=json", *options, *files)
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def follow(self, *options):
        with Server(self.kind, options=["--binlog-row-metadata=FULL", *options]) as server:
            server.sql(TABLE)
            server.sql(CHANGES)
            files = server.log_files()
            rows = self.changes(files, "--include=shop.item")
            rows = [row for row in rows if row["op"] != "statement"]
            self.assertEqual(self.folded(rows), self.server_rows(server))
            self.assertTrue(all(row["gtid"] and row["pos"] and row["timestamp"] for row in rows))
            types = {"id": "int", "price": "decimal(30,10)", "big": "bigint unsigned", "seen": "datetime(6)", "data": "blob", "d": "double"}
            self.assertEqual({name: rows[0]["types"][name] for name in types}, types)
            statements = [row["query"] for row in self.changes(files) if row["op"] == "statement" and row["db"] == "shop"]
            self.assertEqual([text.split()[:2] for text in statements], [["CREATE", "DATABASE"], ["CREATE", "TABLE"], ["CREATE", "TABLE"]])
            run = binlogd("cat", "--no-defaults", "--format=summary", "--json", *files)
            summary = json.loads(run.stdout)
            counts = {table["table"]: [table[word] for word in ("inserted", "updated", "deleted", "transactions")] for table in summary["tables"]}
            self.assertEqual(counts["shop.item"], [6, 3, 2, 5])
            self.assertEqual(counts["shop.other"], [2, 0, 0, 1])
            self.assertEqual(sum(summary["timeline"]["counts"]), summary["transactions"])
            told = binlogd("cat", "--no-defaults", "--format=summary", *files).stdout
            self.assertIn("shop.item", told)
            self.assertIn("biggest transactions", told)

    def test_put_together_are_the_tables(self):
        self.follow()

    def test_compressed_ones_too(self):
        self.follow(*(["--binlog-transaction-compression=ON"] if self.kind.startswith("mysql") else
                      ["--log-bin-compress=ON", "--log-bin-compress-min-len=10"]))

    def test_a_directory_is_all_the_log_in_it(self):
        with Server(self.kind) as server:
            server.sql(TABLE)
            server.sql("FLUSH BINARY LOGS;" + CHANGES)
            files = server.log_files()
            folder = server.folder / "copy"
            (folder / "log").mkdir(parents=True)
            for file in files:
                shutil.copy(file, folder / "log")
            want = self.changes(files)
            for directory in (folder, folder / "log"):
                have = self.changes([directory])
                self.assertEqual([(row["gtid"], row["pos"], row["op"]) for row in have],
                                 [(row["gtid"], row["pos"], row["op"]) for row in want])
            run = binlogd("cat", "--no-defaults", "--format=json", server.folder)
            self.assertEqual(run.returncode, 2)
            self.assertIn("holds no log", run.stderr)

    def test_a_servers_directory_too(self):
        with Server(self.kind) as server:
            server.sql(TABLE)
            server.sql("FLUSH BINARY LOGS;" + CHANGES)
            files = server.log_files()
            want = self.changes(files)
            have = self.changes([files[0].parent])
            self.assertEqual([(row["gtid"], row["pos"], row["op"]) for row in have], [(row["gtid"], row["pos"], row["op"]) for row in want])
            (files[0].parent / "relay-bin.000001").write_bytes(files[0].read_bytes())
            run = binlogd("cat", "--no-defaults", files[0].parent)
            self.assertEqual(run.returncode, 2)
            self.assertIn("holds two logs", run.stderr)

    def test_what_is_whole_comes_before_what_is_not(self):
        with Server(self.kind) as server:
            server.sql(TABLE)
            server.sql(CHANGES)
            log = server.log_files()[-1]
            whole = log.read_bytes()
            path = server.folder / "cut"
            path.write_bytes(whole[:-30])
            run = binlogd("cat", "--no-defaults", "--format=json", path)
            self.assertEqual(run.returncode, 1)
            self.assertIn("ends inside an event", run.stderr)
            self.assertGreater(len(run.stdout.splitlines()), 8)


if __name__ == "__main__":
    unittest.main()
