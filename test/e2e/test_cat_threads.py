"""binlogd cat and verify say the same with any number of threads: of a whole log, of damage in it, and of compressed ones."""
# SPDX-License-Identifier: Apache-2.0
import gzip
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import fake_log  # noqa: E402
from node import binlogd  # noqa: E402

TRANSACTION_COUNT = 3000
TEXT = 900  # bytes a row: a log of three blocks that are read at once
LARGE = 2_000_000  # an event that is no block's


def make_log():
    log = fake_log.Log()
    parts = [log.data]
    at = len(log.data)

    def add(kind, body, flags=0):
        nonlocal at
        parts.append(fake_log.event(kind, body, at, flags))
        at += len(parts[-1])

    for number in range(1, TRANSACTION_COUNT):
        text = b"%d" % number * (TEXT // len(b"%d" % number))
        if number == TRANSACTION_COUNT // 2:
            text = b"x" * LARGE
        add(fake_log.GTID, fake_log.gtid_body(number), 8)
        add(fake_log.TABLE_MAP, fake_log.table_map_body(b"\xfc", b"\x03"))
        add(fake_log.WRITE_ROWS, fake_log.rows_body(b"\0" + len(text).to_bytes(3, "little") + text))
        add(fake_log.XID, number.to_bytes(8, "little"))
    return b"".join(parts)


class Threads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = make_log()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "binlog.000001"

    def same(self, code, *words):
        """What one thread says, all said the same."""
        runs = [binlogd(words[0], "--no-defaults", f"--threads={threads}", *words[1:], self.path) for threads in (1, 2, 5)]
        self.assertEqual(runs[0].returncode, code, runs[0].stderr)
        for run in runs[1:]:
            self.assertEqual((run.returncode, run.stderr), (runs[0].returncode, runs[0].stderr))
            self.assertTrue(run.stdout == runs[0].stdout, f"{words}: other output")
        return runs[0]

    def checked(self, code):
        runs = [binlogd("verify", "--no-defaults", "--json", f"--threads={threads}", self.path) for threads in (1, 2, 5)]
        said = [{**json.loads(run.stdout), "seconds": 0} for run in runs]
        self.assertEqual([run.returncode for run in runs], [code] * 3)
        self.assertEqual(said[1:], said[:1] * 2)
        return said[0]

    def test_a_whole_log(self):
        self.path.write_bytes(self.log)
        for form in ("text", "json", "summary"):
            self.same(0, "cat", f"--format={form}")
        found = self.checked(0)
        self.assertEqual((found["whole"], found["transactions"]), (True, TRANSACTION_COUNT - 1))

    def test_damage(self):
        random.seed(6)
        for _ in range(6):
            broken = bytearray(self.log)
            broken[random.randrange(len(broken) // 3, len(broken))] ^= 16
            self.path.write_bytes(broken[:random.randrange(len(broken) - 1000, len(broken))])
            error = self.same(1, "cat", "--format=summary").stderr
            offset = self.checked(3)["files"][0]["faults"][0]["offset"]
            self.assertIn(f"at {offset}", error)

    def test_compressed_and_broken(self):
        packed = gzip.compress(self.log, 1)
        self.path.write_bytes(packed)
        self.assertEqual(self.same(0, "cat", "--format=json").stdout.count("\n"), TRANSACTION_COUNT - 1)
        whole = self.log[:len(self.log) // 2]
        self.path.write_bytes(gzip.compress(whole, 0)[:-10000] + bytes(5000))  # stored: what is read of it is seen
        self.same(1, "cat", "--format=json")


if __name__ == "__main__":
    unittest.main()
