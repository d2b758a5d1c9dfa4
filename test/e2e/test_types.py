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

    def test_a_generated_column_has_its_value_or_the_node_stops(self):
        """MariaDB from 11.8.9 on leaves generated columns out of its updates."""
        with Server(self.kind) as source:
            source.sql("CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, "
                       "g INT AS (a + 1) STORED, v INT AS (a * 2) VIRTUAL); INSERT INTO t (id, a) VALUES (1, 1), (2, 2)")
            with ToldNode(source) as node:
                source.sql("UPDATE t SET b = 5; UPDATE t SET b = 6, a = 2 WHERE id = 2", "d")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)
                source.sql("UPDATE t SET a = 7 WHERE id = 1", "d")
                try:
                    node.wait_caught_up()
                except RuntimeError:
                    assert_refused_event(self, node, source, "Update_rows", "generated column")
                    self.assertEqual([[1, 2, 2], [2, 3, 4]], node.query('SELECT a, g, v FROM "d.t" ORDER BY id'))
                else:
                    assert_equal_tables(self, source, node)


if __name__ == "__main__":
    unittest.main()
