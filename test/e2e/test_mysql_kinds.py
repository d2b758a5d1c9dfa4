"""What MySQL can write into its log beside plain rows, each kind in one log of one server: row images and metadata that
change in mid-stream, tagged and anonymous GTIDs, atomic DDL, tables of every make, loaded files."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE plain (id INT PRIMARY KEY AUTO_INCREMENT, a INT UNSIGNED, name VARCHAR(40), b BLOB, t TEXT, j JSON);
CREATE TABLE uniq (a INT NOT NULL, b INT NOT NULL, c VARCHAR(20) UNIQUE, t TEXT, UNIQUE KEY (b, a));
CREATE TABLE keyless (a INT, t TEXT);
CREATE TABLE made (id INT PRIMARY KEY, a INT, v INT AS (a * 2) VIRTUAL, s VARCHAR(40) AS (CONCAT('s', a)) STORED,
    hidden INT INVISIBLE DEFAULT 5, t TEXT, KEY ((a + 1)), KEY (v));
SET sql_generate_invisible_primary_key = ON; CREATE TABLE gipk (a INT, t TEXT);
SET sql_generate_invisible_primary_key = OFF;
CREATE TABLE parts (id INT, at DATE, name VARCHAR(20), PRIMARY KEY (id, at)) PARTITION BY RANGE (YEAR(at))
    (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN (2020), PARTITION p2 VALUES LESS THAN MAXVALUE);
"""
ROWS = """
INSERT INTO plain (a, name, b, t, j) VALUES (4294967295, 'one', x'00ff', 'text', '{"a": 1}'), (0, NULL, NULL, NULL, NULL);
UPDATE plain SET name = CONCAT(IFNULL(name, ''), '!'); UPDATE plain SET t = REPEAT('t', 300) WHERE id % 2 = 0;
UPDATE plain SET b = NULL, j = '[1]' WHERE id % 2 = 1; DELETE FROM plain WHERE id % 5 = 4;
INSERT INTO uniq VALUES (1, 1, 'a', 'x'), (2, 2, 'b', NULL); UPDATE uniq SET c = 'c' WHERE a = 1;
UPDATE uniq SET b = b + 10, t = 'moved'; DELETE FROM uniq;
INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (2, NULL); UPDATE keyless SET a = a + 1 LIMIT 2; DELETE FROM keyless LIMIT 1;
REPLACE INTO made (id, a, t) VALUES (1, 1, 'x'), (2, NULL, NULL); UPDATE made SET a = IFNULL(a, 7) + 1;
UPDATE made SET hidden = 6, t = 'y' WHERE id = 1; DELETE FROM made WHERE id = 2;
INSERT INTO gipk VALUES (1, 'x'), (1, 'x'), (2, 'y'); UPDATE gipk SET t = 'z' WHERE a = 1; DELETE FROM gipk LIMIT 1;
DELETE FROM parts; INSERT INTO parts VALUES (1, '1999-01-01', 'old'), (2, '2010-01-01', 'mid'), (3, '2024-01-01', 'new');
UPDATE parts SET at = at + INTERVAL 15 YEAR WHERE id < 3; UPDATE parts SET name = 'x' WHERE id = 3; DELETE FROM parts WHERE id = 2;
"""
SCHEMA_CHANGES = """
BEGIN; INSERT INTO plain (name) VALUES ('kept'); SAVEPOINT a; INSERT INTO plain (name) VALUES ('gone'); SAVEPOINT b;
DELETE FROM plain; ROLLBACK TO b; ROLLBACK TO a; INSERT INTO plain (name) VALUES ('kept too'); RELEASE SAVEPOINT a; COMMIT;
CREATE TABLE picked (PRIMARY KEY (id)) SELECT id, name FROM plain; CREATE TABLE one (id INT); CREATE TABLE two (id INT);
DROP TABLE one, two; RENAME TABLE picked TO other, keyless TO picked, other TO keyless;
RENAME TABLE picked TO other, keyless TO picked, other TO keyless; DROP TABLE picked;
ALTER TABLE plain ADD COLUMN quick INT DEFAULT 3, ALGORITHM=INSTANT; INSERT INTO plain (name) VALUES ('quick');
ALTER TABLE plain ADD COLUMN early VARCHAR(5) DEFAULT 'e' AFTER id, ALGORITHM=INSTANT; UPDATE plain SET early = 'u' WHERE id = 1;
ALTER TABLE plain DROP COLUMN quick, ALGORITHM=INSTANT; INSERT INTO plain (name) VALUES ('slow');
ALTER TABLE plain MODIFY name VARCHAR(40) FIRST, MODIFY a INT UNSIGNED AFTER t; INSERT INTO plain (name, a) VALUES ('turned', 9);
ALTER TABLE plain DROP COLUMN early, MODIFY name VARCHAR(40) AFTER id, MODIFY a INT UNSIGNED AFTER id;
CREATE TABLE isam (id INT PRIMARY KEY, name VARCHAR(20)) ENGINE=MyISAM; INSERT INTO isam VALUES (1, 'x'), (2, 'y');
UPDATE isam SET name = 'z' WHERE id = 1; DELETE FROM isam WHERE id = 2; INSERT INTO isam VALUES (3, 'w'); DROP TABLE isam;
ALTER TABLE parts REORGANIZE PARTITION p2 INTO (PARTITION p2 VALUES LESS THAN (2030), PARTITION p3 VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (9, '2050-01-01', 'far'); ALTER TABLE parts REMOVE PARTITIONING; DELETE FROM parts WHERE id = 9;
ALTER TABLE parts PARTITION BY RANGE (YEAR(at)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p2 VALUES LESS THAN MAXVALUE);
"""


@for_each_kind("mysql-9.7")
class Kinds:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind, options=["--secure-file-priv="])
        cls.source.sql(SCHEMA + ROWS)
        cls.node = Node(cls.source, get_server_public_key="ON")
        cls.node.wait_caught_up()

    @classmethod
    def tearDownClass(cls):
        cls.node.close()
        cls.source.close()

    def follows(self, sql):
        """Live, and once more as a backlog."""
        for is_backlog in (False, True):
            if is_backlog:
                self.node.stop()
            self.source.sql(sql, "shop")
            if is_backlog:
                self.node.start()
            self.node.wait_caught_up()
            assert_equal_tables(self, self.source, self.node)

    def event_types(self):
        return {row[2] for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{self.source.log_position()[0]}'")}

    def test_row_images_and_metadata_that_change_in_mid_stream(self):
        for image, metadata in (("MINIMAL", "MINIMAL"), ("NOBLOB", "FULL"), ("FULL", "MINIMAL")):
            self.follows(f"SET GLOBAL binlog_row_metadata = {metadata}; SET binlog_row_image = {image}; {ROWS}")

    def test_schema_changes_and_savepoints(self):
        self.follows(SCHEMA_CHANGES)

    def test_tagged_gtids(self):
        self.follows("SET gtid_next = 'AUTOMATIC:blue'; INSERT INTO plain (name) VALUES ('tagged'); CREATE TABLE t (a INT);"
                     "SET gtid_next = 'AUTOMATIC:red_2'; UPDATE plain SET a = 7; SET gtid_next = 'AUTOMATIC'; DROP TABLE t")
        done = self.node.query("SELECT gtids FROM binlogd_position")[0][0]
        self.assertIn(":blue:", done)
        self.assertIn(":red_2:", done)

    def test_anonymous_gtids(self):
        self.source.sql("SET GLOBAL gtid_mode = ON_PERMISSIVE; SET GLOBAL gtid_mode = OFF_PERMISSIVE")
        try:
            self.follows("INSERT INTO plain (name) VALUES ('anonymous'); UPDATE plain SET a = 8; CREATE TABLE t (a INT); DROP TABLE t")
            self.assertIn("Anonymous_Gtid", self.event_types())
        finally:
            self.source.sql("SET GLOBAL gtid_mode = ON_PERMISSIVE; SET GLOBAL gtid_mode = ON")
        self.follows("INSERT INTO plain (name) VALUES ('named again')")

    def test_loaded_files(self):
        path = pathlib.Path(self.source.folder, "rows")
        path.write_text("".join(f"{number}\tloaded {number}\n" for number in range(1000, 1500)))
        path.chmod(0o644)
        self.source.folder.chmod(0o755)
        self.follows(f"LOAD DATA INFILE '{path}' REPLACE INTO TABLE plain (id, name);"
                     f"LOAD DATA INFILE '{path}' INTO TABLE keyless (a, t); DELETE FROM plain WHERE id % 3 = 0; DELETE FROM keyless")

    def test_checksums_switched_in_mid_stream(self):
        for kind in ("NONE", "CRC32"):
            self.follows(f"SET GLOBAL binlog_checksum = {kind}; UPDATE plain SET a = IFNULL(a, 0) DIV 2; INSERT INTO plain (name) VALUES ('{kind}')")


if __name__ == "__main__":
    unittest.main()
