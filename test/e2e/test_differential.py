"""What binlogd reads in a log against what the servers' own tools read: every event's kind, place, time, server and
GTID, in the sample logs of this repository and in logs that the servers write now. (Row values are compared by way of
the tables: test_follow, test_types, and unit.binlog.rows_servers.)"""
# SPDX-License-Identifier: Apache-2.0
import calendar
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "data/binlogs"
HEADER = re.compile(r"^#(\d{6}) +(\d+:\d\d:\d\d) server id (\d+)  end_log_pos (\d+)(?: CRC32 0x[0-9a-f]{8})? *\t(.*)")
NEXT = re.compile(r"^SET @@SESSION.GTID_NEXT= '([^']+)'")
# How a tool begins the line of an event, and the codes it means.
WORDS = {
    "mysql": {"start": {15}, "previous-gtids": {35}, "anonymous_gtid": {34}, "gtid": {33, 42}, "query": {2},
              "table_map": {19}, "write_rows": {30}, "update_rows": {31}, "delete_rows": {32},
              "update_rows_partial": {39}, "xid": {16}, "rotate": {4}, "stop": {3}, "transaction_payload": {40},
              "intvar": {5}, "user_var": {14}, "rand": {13}, "begin_load_query": {17}, "execute_load_query": {18},
              "xa": {38}, "rows_query": {29}, "append_block": {9}, "delete_file": {11}},
    "mariadb": {"start": {15}, "gtid list": {163}, "binlog": {161}, "gtid": {162}, "query": {2}, "query_compressed": {165},
                "annotate_rows": {160}, "table_map": {19}, "write_rows": {23}, "update_rows": {24}, "delete_rows": {25},
                "write_compressed_rows": {166}, "update_compressed_rows": {167}, "delete_compressed_rows": {168},
                "xid": {16, 38}, "rotate": {4}, "stop": {3}, "intvar": {5}, "user_var": {14}, "rand": {13},
                "begin_load_query": {17}, "execute_load_query": {18}, "xa": {38}, "append_block": {9}, "delete_file": {11}},
}
WORKLOAD = """
CREATE DATABASE d; USE d;
CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(2000), j JSON, n DECIMAL(20,5), b LONGBLOB, d DATETIME(6));
INSERT INTO t (v, j, n, b, d) VALUES ('ä', '{"a": [1, 2.5, null]}', -1.5, REPEAT('b', 70000), '2024-02-29 12:34:56.789');
INSERT INTO t (v) SELECT REPEAT('x', 500) FROM t; INSERT INTO t (v) SELECT v FROM t; INSERT INTO t (v) SELECT v FROM t;
BEGIN; UPDATE t SET v = CONCAT(v, 'y'); SAVEPOINT s; DELETE FROM t WHERE id = 3; ROLLBACK TO s; DELETE FROM t WHERE id = 2; COMMIT;
CREATE TABLE m (a INT) ENGINE=MyISAM; INSERT INTO m VALUES (1), (2); CREATE TABLE c AS SELECT * FROM t;
XA START 'x', 'y'; INSERT INTO t (v) VALUES ('xa'); XA END 'x', 'y'; XA PREPARE 'x', 'y'; XA COMMIT 'x', 'y';
SET SESSION binlog_format = STATEMENT; SET @u = 'x'; INSERT INTO m SELECT RAND() * 10; INSERT INTO t (v) VALUES (@u);
SET SESSION binlog_format = ROW; FLUSH BINARY LOGS;
SET GLOBAL binlog_checksum = NONE; INSERT INTO t (v) VALUES ('without a checksum'); SET GLOBAL binlog_checksum = CRC32;
ALTER TABLE t ADD COLUMN e ENUM('a', 'b'); TRUNCATE TABLE c; DROP TABLE m;
"""
MORE = {
    "mysql": "SET SESSION binlog_transaction_compression = ON; INSERT INTO d.t (v) SELECT v FROM d.t;"
             "SET SESSION binlog_row_value_options = PARTIAL_JSON; UPDATE d.t SET j = JSON_SET(j, '$.a[0]', 7);"
             "SET SESSION binlog_rows_query_log_events = ON; DELETE FROM d.t WHERE id = 1;",
    "mariadb": "SET GLOBAL log_bin_compress = ON; INSERT INTO d.t (v) SELECT v FROM d.t; UPDATE d.t SET v = REPEAT('z', 900);"
               "DELETE FROM d.t WHERE id = 1; SET SESSION gtid_domain_id = 3; INSERT INTO d.t (v) VALUES ('domain');"
               "SET GLOBAL log_bin_compress = OFF;",
}


def seconds(day, clock):
    return calendar.timegm(time.strptime(f"{day} {clock}", "%y%m%d %H:%M:%S"))


@for_each_kind("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
class Differential:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def theirs(self, path):
        """(events, offsets, GTIDs) as the server's tool tells them."""
        tool = self.source.kind.tool(*(["mysqlbinlog"] if self.source.flavour == "mysql" else ["mariadb-binlog"]))
        run = subprocess.run([*tool, "--no-defaults", "--base64-output=decode-rows", "-vv", str(path)],
                             capture_output=True, env={**os.environ, "TZ": "UTC"})
        self.assertEqual(0, run.returncode, run.stderr.decode(errors="replace"))
        events, offsets, gtids = [], [], []
        text = re.sub(r" ?\n#(?=Begin_load_query|Append_block|Delete_file)", "\t", run.stdout.decode("utf-8", "replace"))
        for line in text.split("\n"):
            if line.startswith("# at "):
                offsets.append(int(line[5:]))
            elif found := NEXT.match(line):
                gtids.append(found[1].lower())
            elif found := HEADER.match(line):
                day, clock, server, end, what = found.groups()
                word = "gtid list" if what.startswith("Gtid list") else re.split(r"[\s=:]", what, maxsplit=1)[0].lower()
                self.assertIn(word, WORDS[self.source.flavour], f"{path}: {line}")
                events.append((WORDS[self.source.flavour][word], seconds(day, clock), int(server), int(end)))
                if self.source.flavour == "mariadb" and word == "gtid":
                    gtids.append(what.split()[1])
        return events, offsets, [gtid for gtid in gtids if gtid != "automatic"]

    def ours(self, path):
        run = binlogd("cat", "--json", path)
        self.assertEqual(0, run.returncode, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def agree(self, path):
        """The number of events that both tell alike."""
        events, offsets, gtids = self.theirs(path)
        ours = self.ours(path)
        self.assertEqual(len(events), len(ours), path)
        for (codes, when, server, end), event in zip(events, ours):
            self.assertIn(event["code"], codes, f"{path}: {event}")
            self.assertEqual((when, server), (event["timestamp"], event["server_id"]), f"{path}: {event}")
            if end != 0:  # MariaDB 11.4 and later write 0 inside a transaction
                self.assertEqual(end, event["end"], f"{path}: {event}")
        plain = [event["pos"] for event in ours if not event.get("in_payload")]
        self.assertEqual(plain, sorted(set(offsets))[:len(plain)], path)
        self.assertEqual(gtids, [event["gtid"] for event in ours if "gtid" in event], path)
        return len(ours)

    def test_sample_logs(self):
        for path in sorted((SAMPLES / self.kind).glob("*.bin")):
            if path.name == "encrypted.bin":  # no tool reads it without the key
                continue
            with self.subTest(path.name):
                self.assertGreater(self.agree(path), 5)

    def test_logs_written_now(self):
        self.source.sql(WORKLOAD + MORE[self.source.flavour])
        self.source.stop()
        total = 0
        for path in sorted(self.source.data_dir.glob("binlog.??????")):
            with self.subTest(path.name):
                total += self.agree(path)
        self.assertGreater(total, 80)


if __name__ == "__main__":
    unittest.main()
