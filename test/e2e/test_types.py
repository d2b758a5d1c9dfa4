"""Every column type of each server, with least, greatest, typical and NULL values, in many character sets: once
copied by the snapshot, once through the log, once through the log of a source that keeps no column metadata."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_refused_event  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/sql"
CHARSETS = {  # charset: text that it can hold
    "latin1": "Ünïcödé €", "latin2": "Žluťoučký", "cp1251": "Привет", "koi8r": "Привет", "greek": "Ελλάδα",
    "hebrew": "שלום", "cp1256": "سلام", "tis620": "สวัสดี", "sjis": "日本語ｶﾅ", "cp932": "日本語①", "ujis": "日本語",
    "eucjpms": "日本語①", "gbk": "汉字测试", "gb2312": "汉字", "gb18030": "汉字😀", "big5": "漢字", "euckr": "한글",
    "ucs2": "ÿ漢字", "utf16": "漢😀", "utf16le": "漢😀", "utf32": "漢😀", "utf8mb3": "漢字é", "utf8mb4": "漢😀é", "ascii": "plain",
    "cp850": "é├", "cp852": "Ž", "cp866": "Пр", "macroman": "é∞", "macce": "Ž", "armscii8": "Ա", "geostd8": "ა",
    "latin5": "ğ", "latin7": "ė", "cp1250": "Ž", "cp1257": "ė", "koi8u": "Ї", "dec8": "é", "hp8": "é", "swe7": "x", "keybcs2": "č",
}

GENERATED = """CREATE DATABASE d; USE d;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, s VARCHAR(40) CHARACTER SET latin1, n DECIMAL(20, 4), at DATETIME(3),
    g INT AS (a + 1) STORED, v INT AS (a * 2) VIRTUAL, u VARCHAR(90) AS (UPPER(CONCAT(s, '-', a))) STORED, KEY (u),
    d DECIMAL(22, 2) AS (n * 1.5) STORED, y INT AS (YEAR(at)) VIRTUAL, c VARCHAR(9) AS (IF(a > 3, 'high', 'low')) STORED,
    f DOUBLE AS (a / 3) STORED, w INT AS (g + v) VIRTUAL) ENGINE=InnoDB;
INSERT INTO t (id, a, s, n, at) VALUES (1, 1, 'één', 1.2345, '2026-01-02 03:04:05.678'), (2, 2, NULL, -7, NULL),
    (3, NULL, '', 99999999.9999, '1999-12-31 23:59:59.999');
CREATE TABLE heap (a INT, b INT, g INT AS (a + b) STORED) ENGINE=InnoDB;
INSERT INTO heap (a, b) VALUES (1, 1), (1, 1), (2, 5);
"""
GENERATED_UPDATES = """UPDATE t SET b = 5; UPDATE t SET b = 6, a = 2 WHERE id = 2; UPDATE t SET a = 7, s = 'straße' WHERE id = 1;
UPDATE t SET n = n + 0.005, at = NOW(3); UPDATE t SET a = COALESCE(a, 0) + 1; UPDATE t SET s = REPEAT('x', 40) WHERE id = 3;
UPDATE t SET id = id + 10; BEGIN; UPDATE t SET a = 3 WHERE id = 12; UPDATE t SET a = 4, s = 'y' WHERE id = 12; COMMIT;
UPDATE t SET id = 2, a = NULL WHERE id = 12;
UPDATE heap SET a = 5 LIMIT 1; UPDATE heap SET b = NULL WHERE a = 2; INSERT INTO heap (a, b) VALUES (7, 7);
"""


def omits_generated(source):
    """MariaDB from 11.8.9 on."""
    version = source.value("SELECT VERSION()")
    return "MariaDB" in version and tuple(map(int, version.split("-")[0].split("."))) >= (11, 8, 9)


def load(server, database, seed):
    """Creates the tables of all_types.sql in `database`."""
    text = (DATA / server.kind.name / "all_types.sql").read_text()
    server.sql(f"CREATE DATABASE {database}; USE {database};\n{text}")
    columns = ",".join(f"c_{name} VARCHAR(40) CHARACTER SET {name}, f_{name} CHAR(12) CHARACTER SET {name}"
                       for name in CHARSETS if has_charset(server, name))
    values = ",".join(f"_utf8mb4'{text}{seed}', _utf8mb4'{text} '"
                      for name, text in CHARSETS.items() if has_charset(server, name))
    server.sql(f"SET NAMES utf8mb4; CREATE TABLE charsets (id INT PRIMARY KEY, {columns}); INSERT INTO charsets VALUES (1, {values});"
               "INSERT INTO charsets (id) VALUES (2)", database)
    server.sql(r"""CREATE TABLE odd_text (id INT PRIMARY KEY, t TEXT, b BLOB);
        INSERT INTO odd_text VALUES (1, CONCAT('a', CHAR(0), 'b'), X'00FF00'), (2, '', ''), (3, REPEAT('x', 40000), REPEAT(X'01', 50000)),
            (4, 'tab	newline
 quote\'s "double" \\', NULL)""", database)


def has_charset(server, name):
    return server.value(f"SELECT COUNT(*) FROM information_schema.character_sets WHERE character_set_name = '{name}'") == "1"


@for_each_kind()
class Types:
    def follow(self, options):
        with Server(self.kind, options=options) as source:
            load(source, "copied", 1)
            with Node(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                load(source, "followed", 2)
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_values_come_back_exactly(self):
        self.follow(["--binlog-row-metadata=FULL"])

    def test_values_need_no_metadata_in_the_log(self):
        least = "MINIMAL" if self.kind.startswith("mysql") else "NO_LOG"
        self.follow([f"--binlog-row-metadata={least}"])

    def test_generated_columns_are_computed_where_the_log_lacks_them(self):
        """MariaDB from 11.8.9 on leaves generated columns out of its updates."""
        with Server(self.kind) as source:
            source.sql(GENERATED)
            with ToldNode(source) as node:
                source.sql(GENERATED_UPDATES, "d")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)
                node.restart()
                source.sql("UPDATE t SET a = 9, s = 'last' WHERE id = 2; UPDATE heap SET a = a + 1", "d")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_what_cannot_be_computed_for_sure_stops_the_node(self):
        """The zone of a session is not the log's to know; the other columns' changes go on."""
        with Server(self.kind) as source:
            source.sql("CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP(0) NOT NULL, b INT, "
                       f"h {'VARCHAR(30)' if self.kind.startswith('mysql') else 'VARCHAR(30) AS (CAST(a AS CHAR(30))) VIRTUAL'});"
                       "INSERT INTO t (id, a) VALUES (1, '2026-01-01 10:00:00')")
            with ToldNode(source) as node:
                source.sql("UPDATE t SET b = 5", "d")
                node.wait_caught_up()
                source.sql("UPDATE t SET a = '2026-02-02 11:00:00' WHERE id = 1", "d")
                if omits_generated(source):
                    assert_refused_event(self, node, source, "Update_rows", "generated column")
                    self.assertEqual([["2026-01-01 10:00:00"]], node.query('SELECT h FROM "d.t"'))
                else:
                    node.wait_caught_up()
                    assert_equal_tables(self, source, node)


if __name__ == "__main__":
    unittest.main()
