"""binlogd cat --format=text says of every row what the server's own tool says; --format=sql, run by the server's own client in
an empty server, makes the same tables with the same GTIDs."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import row_lines  # noqa: E402
from node import program  # noqa: E402
from servers import Server, find_kind, for_each_kind  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
LOGS = DATA / "binlogs"
CHANGES = r"""CREATE DATABASE `odd ``name`; USE `odd ``name`;
CREATE TABLE `ta'b\le` (`id` INT PRIMARY KEY, `a``b` TEXT, n BIGINT UNSIGNED);
INSERT INTO `ta'b\le` VALUES (1, 'a /*!*/; b', 1), (2, 'c\nDROP DATABASE d;', 18446744073709551615);
SET @text = 'delimiter /*!*/; inside', @number = -5;
CREATE PROCEDURE p() SELECT '/*!*/; \! echo';
BEGIN; UPDATE `ta'b\le` SET n = n - 1 WHERE id = 1; DELETE FROM `ta'b\le` WHERE id = 2; INSERT INTO `ta'b\le` VALUES (3, @text, 7); COMMIT;
ALTER TABLE `ta'b\le` ADD COLUMN late DATETIME(6) DEFAULT '2024-02-29 01:02:03.000004';
UPDATE `ta'b\le` SET n = NULL WHERE id = 3;"""

MISHAP = r"""USE types; CREATE TABLE parent (id INT PRIMARY KEY, big LONGTEXT, d DOUBLE, j JSON);
CREATE TABLE child (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES parent (id));
INSERT INTO parent VALUES (1, REPEAT('long', 20000), 0.1, '{"a": 1}'), (2, 'b', -1e300, NULL), (3, NULL, NULL, '[1, "x"]');
INSERT INTO child VALUES (10, 1), (20, 2); FLUSH BINARY LOGS;"""
WRONG = r"""USE types; UPDATE parent SET big = CONCAT(big, 'x'), d = d * 2, j = '{}' WHERE id < 3; BEGIN; DELETE FROM child WHERE id = 10;
DELETE FROM parent WHERE id = 1; INSERT INTO parent VALUES (7, 'new', 7, NULL); SAVEPOINT s; INSERT INTO child VALUES (70, 7);
UPDATE child SET id = 71 WHERE id = 70; COMMIT; BEGIN; UPDATE parent SET d = d + 1; UPDATE parent SET d = d + 1; COMMIT; DELETE FROM parent WHERE id = 3;"""

COMPRESSED = r"""BEGIN; UPDATE types.parent SET big = REPEAT('q', 30000); DELETE FROM types.child; DELETE FROM types.parent;
INSERT INTO types.parent VALUES (5, REPEAT('z', 9000), 1, '[]'); COMMIT; UPDATE types.parent SET d = 2;"""


def cat(*arguments):
    """Its output as bytes, and how it ended."""
    run = subprocess.run([program(), "cat", "--no-defaults", *map(str, arguments)], capture_output=True, timeout=120)
    return run.stdout, run


def tables(server):
    """How each table is made and what it holds."""
    names = server.rows("SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN "
                        "('mysql', 'sys', 'performance_schema', 'information_schema') ORDER BY 1, 2")
    quoted = ["`{}`.`{}`".format(*(part.replace("`", "``").replace("\\\\", "\\") for part in name)) for name in names]
    return {name: (server.sql(f"SHOW CREATE TABLE {name}"), server.sql(f"CHECKSUM TABLE {name}")) for name in quoted}


@for_each_kind()
class Text:
    def compare(self, log, least):
        ours, run = cat("-vv", log)
        self.assertEqual(run.returncode, 0, run.stderr)
        tool = find_kind(self.kind).tool("mariadb-binlog", "mysqlbinlog")
        theirs = subprocess.run([*tool, "--no-defaults", "--base64-output=decode-rows", "-vv", str(log)], capture_output=True, check=True).stdout
        differences, equal = row_lines.differences(ours, theirs)
        self.assertEqual(differences, [], log)
        self.assertGreaterEqual(equal, least, log)

    def test_rows_are_what_the_servers_tool_says(self):
        for log in sorted((LOGS / self.kind).glob("*.bin")):
            if log.name != "encrypted.bin":
                self.compare(log, 4)

    def test_a_replay_makes_the_same_tables(self):
        options = ["--binlog-row-metadata=FULL"]
        with Server(self.kind, options=options) as source, Server(self.kind, options=options) as empty:
            source.sql("CREATE DATABASE types; USE types;" + (DATA / "sql" / self.kind / "all_types.sql").read_text())
            source.sql(CHANGES)
            files = source.log_files()
            for file in files:
                self.compare(file, 0)
            sql, run = cat("--format=sql", *files)
            self.assertEqual(run.returncode, 0, run.stderr)
            empty.sql("RESET BINARY LOGS AND GTIDS" if self.kind.startswith("mysql") else "RESET MASTER")
            empty.run_client(sql)
            self.assertEqual(tables(empty), tables(source))
            self.assertGreater(len(tables(source)), 3)
            self.assertEqual(empty.gtids(), source.gtids())
            names, _ = cat(*files)
            self.assertIn(b"###   @1=1 /* id */\n###   @2='a /*!*/; b' /* a`b */\n", names)

    def test_undo_brings_back_what_was(self):
        compress = "SET GLOBAL binlog_transaction_compression = ON" if self.kind.startswith("mysql") else \
            "SET GLOBAL log_bin_compress = ON, log_bin_compress_min_len = 10"
        with Server(self.kind) as server:
            server.sql("CREATE DATABASE types; USE types;" + (DATA / "sql" / self.kind / "all_types.sql").read_text())
            server.sql(MISHAP)
            before = tables(server)
            left_out = ["parent", "child"]
            if self.kind == "mariadb-11.8":  # it logs no generated columns: nobody can tell them from others that are missing
                left_out += [row[0] for row in server.rows("SELECT DISTINCT table_name FROM information_schema.columns WHERE "
                                                           "table_schema = 'types' AND is_generated = 'ALWAYS'")]
            names = [name for name in before if name not in [f"`types`.`{table}`" for table in left_out]]
            self.assertGreater(len(names), 0)
            server.sql(WRONG + "".join(f"DELETE FROM {name};" for name in names))
            server.sql(compress)
            server.sql(COMPRESSED)
            self.assertNotEqual(tables(server), before)
            undo, run = cat("--format=undo", server.log_files()[-1])
            self.assertEqual(run.returncode, 0, run.stderr)
            server.run_client(undo)
            self.assertEqual(tables(server), before)
            server.sql("USE types; INSERT INTO child VALUES (99, NULL); DROP TABLE child")
            undo, run = cat("--format=undo", server.log_files()[-1])
            self.assertEqual((run.returncode, undo), (3, b""))
            self.assertIn(b"cannot be undone: DROP TABLE", run.stderr)
            server.sql("FLUSH BINARY LOGS; SET SESSION binlog_row_image = MINIMAL; UPDATE types.parent SET d = 5 WHERE id = 2")
            self.assertIn(b"has not all columns", cat("--format=undo", server.log_files()[-1])[1].stderr)

    def test_selection(self):
        log = LOGS / self.kind / "nochecksum.bin"
        whole, _ = cat(log)
        starts = [int(line[5:]) for line in whole.splitlines() if line.startswith(b"# at ")]
        part, run = cat(f"--start-position={starts[3]}", f"--stop-position={starts[-2]}", log)
        self.assertEqual(run.returncode, 0, run.stderr)
        shown = [int(line[5:]) for line in part.splitlines() if line.startswith(b"# at ")]
        self.assertEqual(shown[0], 4)
        self.assertEqual(shown[-1], starts[-3])
        self.assertEqual(cat("--server-id=4000000000", log)[0].count(b"###"), 0)
        self.assertEqual(cat("--start-datetime=2100-01-01", log)[0].count(b"###"), 0)
        self.assertEqual(cat("--stop-datetime=2000-01-01 00:00:00", log)[0].count(b"###"), 0)
        self.assertEqual(cat("--start-datetime=yesterday", log)[1].returncode, 2)
        self.assertEqual(cat("--exclude=*.*", log)[0].count(b"###"), 0)

    def test_a_compressed_file_is_read_as_it_is(self):
        log = LOGS / self.kind / "nochecksum.bin"
        whole, _ = cat(log)
        for packer in ("gzip", "zstd"):
            if shutil.which(packer) is None:
                self.skipTest(f"no {packer} program here")
            half = log.stat().st_size // 2
            parts = [log.read_bytes()[:half], log.read_bytes()[half:]]  # two frames, or members, are one file
            packed = b"".join(subprocess.run([packer, "-c"], input=part, capture_output=True, check=True).stdout for part in parts)
            run = subprocess.run([program(), "cat", "--no-defaults", "-"], input=packed, capture_output=True)
            self.assertEqual((run.returncode, run.stdout), (0, whole), run.stderr)
            run = subprocess.run([program(), "cat", "--no-defaults", "-"], input=packed[:-9], capture_output=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn(b"cut off", run.stderr)
            spoilt = bytearray(packed)
            spoilt[len(spoilt) // 2] ^= 0x10
            run = subprocess.run([program(), "cat", "--no-defaults", "-"], input=bytes(spoilt), capture_output=True)
            self.assertEqual(run.returncode, 1, packer)


if __name__ == "__main__":
    unittest.main()
