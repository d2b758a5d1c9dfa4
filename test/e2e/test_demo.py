"""test_demo.py - `binlogd demo`: it ends well, leaves nothing, or with --keep nodes that answer; and an
interrupt ends all of it."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from node import program  # noqa: E402


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="binlogd-demo-test-")
        self.addCleanup(self.folder.cleanup)
        self.environment = dict(os.environ, TMPDIR=self.folder.name)

    def left(self):
        return list(pathlib.Path(self.folder.name).iterdir())

    def test_every_table_is_equal_and_no_order_is_lost(self):
        run = subprocess.run([program(), "demo", "--seconds=6"], capture_output=True, text=True, timeout=120,
                             env=self.environment)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("none of them is lost", run.stdout)
        nodes = "primary = replica-1 = replica-2"
        self.assertRegex(run.stdout, rf"item +100 rows +{nodes}")
        self.assertRegex(run.stdout, rf"orders +\d+ rows +{nodes}")
        for act in ("kill -9 replica-1", "the schema changes", "kill -9 primary"):
            self.assertIn(act, run.stdout)
        self.assertEqual(self.left(), [])

    def test_the_nodes_that_are_kept_answer(self):
        run = subprocess.run([program(), "demo", "--seconds=5", "--keep"], capture_output=True, text=True,
                             timeout=120, env=self.environment)
        pids = [int(pid) for pid in re.search(r"To end them: kill ([\d ]+)", run.stdout).group(1).split()]
        try:
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            commands = re.findall(r"^  mariadb (\S+) -P(\d+) shop", run.stdout, re.M)
            self.assertEqual(len(commands), len(pids))
            counts = {subprocess.check_output(["mariadb", file, f"-P{port}", "-Ne", "SELECT COUNT(*) FROM orders",
                                               "shop"], text=True) for file, port in commands}
            self.assertEqual(len(counts), 1)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGTERM)
            for pid in pids:
                while alive(pid):
                    time.sleep(0.05)

    def test_an_interrupt_ends_all_of_it(self):
        demo = subprocess.Popen([program(), "demo", "--seconds=60"], stdout=subprocess.PIPE, text=True,
                                env=self.environment)
        for line in demo.stdout:
            if "clients write orders" in line:
                break
        children = pathlib.Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
        demo.send_signal(signal.SIGINT)
        self.assertNotIn("none of them is lost", demo.stdout.read())
        demo.stdout.close()
        demo.wait(60)
        self.assertGreaterEqual(len(children), 3)
        self.assertEqual([pid for pid in children if alive(pid)], [])
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()
