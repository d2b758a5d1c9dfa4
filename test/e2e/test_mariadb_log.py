"""What MariaDB's log holds beyond plain rows: compressed events, every row image and metadata, several domains,
numbers that leave gaps or go back, tables that cannot roll back beside those that can, sequences, versioned tables,
ALTER in two phases, MIXED sessions whose statements need no data. One server of each version; rows are compared."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT UNSIGNED PRIMARY KEY, n SMALLINT UNSIGNED, name VARCHAR(2000) CHARACTER SET latin1, body LONGTEXT,
                   UNIQUE (n)) ENGINE=InnoDB;
CREATE TABLE old (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=MyISAM;
CREATE TABLE aria (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=Aria;
INSERT INTO item VALUES (1, 65535, 'one', NULL), (2, 2, 'zw\u00f6lf', 'body'), (4294967295, 3, NULL, REPEAT('b', 3000));
"""
CHANGES = """
INSERT INTO item VALUES ({0}, {0}, REPEAT('n', 1500), REPEAT('b', 5000));
UPDATE item SET name = CONCAT('changed ', {0}), n = NULL WHERE id = {0};
UPDATE item SET body = '\u00fc' WHERE id < 3;
INSERT INTO item VALUES ({0} + 1, NULL, NULL, NULL); UPDATE item SET id = id + 500 WHERE id = {0} + 1; DELETE FROM item WHERE id = {0} + 501;
"""


@for_each_kind("mariadb-10.11", "mariadb-11.8")
class MariadbLog:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def setUp(self):
        self.source.sql("DROP DATABASE IF EXISTS shop;" + SCHEMA)

    def types_in_log(self):
        return {row[2] for row in self.source.rows(f"SHOW BINLOG EVENTS IN '{self.source.log_position()[0]}'")}

    def follows(self, *sessions):
        """Every session is followed live, and by a node that was down meanwhile."""
        with ToldNode(self.source) as live, ToldNode(self.source) as late:
            for node in (live, late):
                node.wait_caught_up()
            late.stop()
            for session in sessions:
                self.source.sql(session, "shop")
            late.start()
            for node in (live, late):
                node.wait_caught_up()
                assert_equal_tables(self, self.source, node)

    def test_compressed_events(self):
        self.source.sql("FLUSH BINARY LOGS; SET GLOBAL log_bin_compress = ON; SET GLOBAL log_bin_compress_min_len = 10;"
                        "SET GLOBAL max_allowed_packet = 256 << 20")
        self.source.forget_sessions()
        try:
            wide = f"CREATE TABLE wide (a INT PRIMARY KEY COMMENT '{'c' * 600}'); INSERT INTO wide VALUES (1)"
            large = "INSERT INTO item VALUES (900, 900, 'large', REPEAT('0123456789', 6000000)); DELETE FROM item WHERE id = 2"
            self.follows(CHANGES.format(100), "SET SESSION binlog_row_image = MINIMAL;" + CHANGES.format(200), wide, large)
            file = self.source.log_position()[0]
            names = {name for name in self.types_in_log() if "compressed" in name}
            self.assertEqual(4, len(names), names)
            shown = binlogd("cat", "--format=events", self.source.data_dir / file).stdout
            for name in names:
                self.assertIn(name, shown)
            self.assertIn("CREATE TABLE wide", shown)
        finally:
            self.source.sql("SET GLOBAL log_bin_compress = OFF; SET GLOBAL log_bin_compress_min_len = 256")

    def test_every_row_image_with_every_metadata(self):
        images = ["MINIMAL", "NOBLOB", "FULL"]
        if self.source.run_client("SET SESSION binlog_row_image = FULL_NODUP", check=False).returncode == 0:
            images.append("FULL_NODUP")
        sessions = [f"SET GLOBAL binlog_row_metadata = {metadata}; SET SESSION binlog_row_image = {image};"
                    + CHANGES.format(1000 * (i + 1) + 10 * j)
                    for i, metadata in enumerate(("NO_LOG", "MINIMAL", "FULL")) for j, image in enumerate(images)]
        self.follows(*sessions, "SET GLOBAL binlog_row_metadata = NO_LOG")

    def test_domains_beside_each_other_and_numbers_that_leave_gaps(self):
        self.follows(*(f"SET SESSION gtid_domain_id = {domain}, server_id = {domain + 70};"
                       f"INSERT INTO item VALUES ({100 * turn + domain}, NULL, 'd{domain}', NULL)"
                       for turn in range(1, 4) for domain in (0, 1, 2)),
                     "SET SESSION gtid_seq_no = 100000; INSERT INTO item VALUES (901, NULL, 'gap', NULL)",
                     "SET SESSION gtid_domain_id = 1, gtid_seq_no = 5000; DELETE FROM item WHERE id = 901")
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            node.wait_until(lambda: {text.split("-")[0] for text in (node.status()["engine"].get("gtids") or "").split(",")}
                            >= {"0", "1", "2"}, 20, "all domains in the position")

    def test_a_number_that_goes_back_is_new_and_one_that_was_used_stops(self):
        insert = "SET SESSION gtid_domain_id = 9, gtid_seq_no = {}; INSERT INTO shop.item VALUES ({}, NULL, '{}', NULL);"
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            self.source.sql(insert.format(10, 910, "ten") + insert.format(5, 911, "five"))
            node.wait_caught_up()
            assert_equal_tables(self, self.source, node)
            self.source.sql(insert.format(10, 912, "again"))
            said = assert_ends(self, node, 3, "gtid_strict_mode", f"9-{self.source.server_id}-10")
            self.assertIn("number that it had used", said)
            self.assertEqual([["five"], ["ten"]], node.query('SELECT name FROM "shop.item" WHERE id BETWEEN 910 AND 912 ORDER BY name'))

    def test_tables_that_roll_back_beside_those_that_do_not(self):
        mixed = "BEGIN; INSERT INTO item VALUES ({0}, NULL, 'in', NULL); INSERT INTO old VALUES ({0}, 'o'); "
        self.follows(mixed.format(20) + "SAVEPOINT s1; INSERT INTO item VALUES (21, NULL, 'back', NULL);"
                     "INSERT INTO aria VALUES (21, 'a'); ROLLBACK TO s1; INSERT INTO item VALUES (22, NULL, 'after', NULL); COMMIT",
                     mixed.format(30) + "ROLLBACK",
                     mixed.format(40) + "SAVEPOINT s2; UPDATE item SET name = 'gone'; DELETE FROM old; ROLLBACK",
                     "XA START 'n'; INSERT INTO item VALUES (50, NULL, 'x', NULL); INSERT INTO old VALUES (50, 'o'); XA END 'n';"
                     "XA ROLLBACK 'n'",
                     "UPDATE old SET v = 'all'; REPLACE INTO aria VALUES (21, 'b'), (22, 'c'); TRUNCATE TABLE old")

    def test_sequences_and_versioned_tables(self):
        self.follows("CREATE SEQUENCE s START WITH 5 CACHE 3; SELECT NEXTVAL(s), NEXTVAL(s); INSERT INTO item VALUES (NEXTVAL(s), 9, 's', NULL)",
                     "CREATE TABLE v (id INT PRIMARY KEY, x INT) WITH SYSTEM VERSIONING; INSERT INTO v VALUES (1, 1), (2, 2);"
                     "UPDATE v SET x = 5 WHERE id = 1; DELETE FROM v WHERE id = 2; INSERT INTO v VALUES (2, 3)",
                     "SELECT SETVAL(s, 100); INSERT INTO item VALUES (NEXTVAL(s), 10, 's', NULL)")

    def test_alter_in_two_phases_and_no_annotations(self):
        self.follows("SET SESSION binlog_alter_two_phase = ON; ALTER TABLE item ADD COLUMN extra INT DEFAULT 7, ALGORITHM=COPY;"
                     "INSERT INTO item (id) VALUES (77)",
                     "SET SESSION binlog_alter_two_phase = ON; INSERT INTO item (id, n) VALUES (78, NULL), (79, NULL)",
                     "SET SESSION binlog_annotate_row_events = OFF; DELETE FROM item WHERE id = 77")

    def test_a_mixed_session_whose_statements_need_no_data(self):
        self.follows("SET SESSION binlog_format = MIXED; CREATE TABLE m (id INT PRIMARY KEY, u CHAR(36));"
                     "BEGIN; INSERT INTO m VALUES (1, UUID()); SAVEPOINT a; INSERT INTO m VALUES (2, UUID()); ROLLBACK TO a;"
                     "INSERT INTO m VALUES (3, UUID()); COMMIT; ALTER TABLE m ADD w INT; CREATE INDEX i ON m (w)")


if __name__ == "__main__":
    unittest.main()
