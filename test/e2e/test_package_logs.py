"""binlogd cat says of the logs in the servers' own test packages what the servers' tools say: the same events at the same
places, and the same rows. Many of these logs are old, torn or wrong on purpose. What only one of the two reads on is compared
up to there, and binlogd stops before its peer only for the reasons below."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import row_lines  # noqa: E402
from node import program  # noqa: E402
from servers import TEST_ROOT, find_kind, for_each_kind  # noqa: E402

REASONS = (
    "Start_v3, not a format description",  # MySQL before 5.0
    "-byte headers",  # no release writes them
    "its columns are cut off",  # table maps of MySQL 5.1 before it was released
    "the checksum of this",  # the tools look at checksums only when asked
    "the file ends inside an event",  # the tools warn
    "the file is encrypted",
)
LEAST = {"mariadb-10.11": (20, 80_000), "mariadb-11.8": (15, 100), "mysql-9.7": (40, 200)}  # logs read to their end, values
PLACE = re.compile(rb"^# at (\d+)$", re.M)


def run(argv, log):
    return subprocess.run([*map(str, argv), str(log)], capture_output=True, timeout=120)


@for_each_kind()
class PackageLogs:
    def setUp(self):
        self.logs = sorted((TEST_ROOT / f"{self.kind}-logs").glob("*"))
        if not self.logs:
            self.skipTest(f"the logs of {self.kind}'s tests are not here: tools/test-servers.sh fetches them")
        self.tool = [*find_kind(self.kind).tool("mariadb-binlog", "mysqlbinlog"), "--no-defaults", "--base64-output=decode-rows", "-vv"]

    def compare(self, log):
        """How many values were equal, and whether binlogd read the log to its end."""
        ours, theirs = run([program(), "cat", "--no-defaults", "-vv"], log), run(self.tool, log)
        failed, said = ours.returncode != 0, ours.stderr.decode()
        if failed and theirs.returncode == 0:
            self.assertTrue(any(reason in said for reason in REASONS), said)
        pairs, equal = row_lines.differences(ours.stdout, theirs.stdout)
        wrong = [pair for pair in pairs if not (failed and pair[0] is None) and not (theirs.returncode != 0 and pair[1] is None)]
        self.assertEqual(wrong, [])
        mine, its = PLACE.findall(ours.stdout), PLACE.findall(theirs.stdout)
        common = min(len(mine), len(its))
        self.assertEqual(mine[:common], its[:common])
        self.assertTrue(len(mine) == common or theirs.returncode != 0)
        self.assertTrue(len(its) == common or failed)
        return equal, not failed

    def test_every_log_reads_as_the_servers_tool_reads_it(self):
        whole = values = 0
        for log in self.logs:
            with self.subTest(log=log.name):
                equal, is_whole = self.compare(log)
                whole, values = whole + is_whole, values + equal
        self.assertGreaterEqual((whole, values), LEAST[self.kind])
        self.assertGreaterEqual(values, LEAST[self.kind][1])

    def test_no_format_ends_badly(self):
        for log in self.logs:
            for options in (["--format=json"], ["--format=summary"], ["--format=sql"], ["--format=sql", "--readable"], ["--format=undo"], ["--json"]):
                ended = run([program(), "cat", "--no-defaults", *options], log)
                self.assertIn(ended.returncode, (0, 1, 3), (log.name, options, ended.stderr))
                self.assertEqual(ended.returncode != 0, ended.stderr != b"", (log.name, options))


if __name__ == "__main__":
    unittest.main()
