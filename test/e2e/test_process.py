"""The process and what is around it: memory that runs out, a clock that is moved, signals by the hundred, and a
place for its own words that takes none."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server  # noqa: E402
from sweep import MEMORY, SHIMS, Fault, Stretch  # noqa: E402

SEED = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
TIMES_WITHOUT_MEMORY = int(os.environ.get("BINLOGD_SHORTAGES", "8"))
DAY = 86400
ROWS = "INSERT INTO shop.item (v) SELECT REPEAT('{}', 500) FROM seq_1_to_50;"


class Memory(unittest.TestCase):
    """The n-th request for memory is refused: it ends with a sentence, or goes on; the next run makes all good."""

    def test_it_runs_out_anywhere(self):
        chance = random.Random(SEED)
        with Stretch("mariadb-10.11") as stretch:
            for way in ("follow", "copy"):
                count = stretch.run(Fault(MEMORY), way).calls
                self.assertGreater(count, 1000)
                places = [chance.randrange(1, count) for _ in range(TIMES_WITHOUT_MEMORY)]
                outcomes = [stretch.run(Fault(MEMORY, place), way) for place in places]
                print(f"{way}: {sum(outcome.hit for outcome in outcomes)} of {count} requests refused, exit codes "
                      f"{sorted(outcome.code for outcome in outcomes)}, BINLOGD_TEST_SEED={SEED}", flush=True)
                self.assertTrue(any(outcome.hit for outcome in outcomes))


class Surroundings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source = Server("mariadb-10.11")
        cls.source.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(600))")

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def node(self, **options):
        node = Node(self.source, start=False, ssl_mode="DISABLED", **options)
        self.addCleanup(node.close)
        return node

    def write(self, letter, files=0):
        self.source.sql(ROWS.format(letter) + "FLUSH BINARY LOGS;" * files, "shop")

    def test_the_clock_is_moved(self):
        """Years ahead the log is old: it is purged, but never what is not applied. Years back nothing is young enough to
        stop, and nothing waits."""
        node = self.node(keep_log_age="1d", keep_log_size="0")
        clock = node.folder / "clock"
        clock.write_bytes(struct.pack("=q", 0))
        node.environment = {"LD_PRELOAD": str(SHIMS / "clockshim.so"), "CLOCK_FILE": str(clock)}
        node.start()
        node.wait_caught_up()
        for days in (400, -800, 30, 0):
            with open(clock, "r+b", buffering=0) as file:
                file.write(struct.pack("=q", days * DAY))
            self.write("c", files=2)
            node.wait_caught_up(seconds=60)
            assert_equal_tables(self, self.source, node)
            node.wait_until(lambda: node.status().get("state") == "following", 20, "state following")
        self.assertEqual(node.stop(), 0)
        node.environment = {}
        node.start()
        self.write("d")
        node.wait_caught_up(seconds=60)
        assert_equal_tables(self, self.source, node)

    def test_signals_by_the_hundred(self):
        node = self.node()
        node.start()
        done = threading.Event()
        sent = []

        def storm():
            while not done.wait(0.0002):
                os.kill(node.process.pid, signal.SIGHUP if len(sent) % 2 else signal.SIGPIPE)
                sent.append(1)

        node.wait_until(lambda: "connecting" in node.log(), 60, "its handlers to be there")
        thread = threading.Thread(target=storm)
        thread.start()
        try:
            for letter in "efgh":
                self.write(letter, files=1)
                node.wait_caught_up(seconds=60)
        finally:
            done.set()
            thread.join()
        self.assertGreater(len(sent), 200)
        assert_equal_tables(self, self.source, node)
        self.assertEqual(node.stop(), 0)

    def test_nobody_takes_its_words(self):
        """Standard error is a full disk, or a pipe that nobody reads any more."""
        read, closed = os.pipe()
        os.close(read)
        with open("/dev/full", "wb") as full:
            for place in (full.fileno(), closed):
                node = self.node(log_level="debug")
                node.process = subprocess.Popen(node.argv(), stdin=subprocess.DEVNULL, stdout=place, stderr=place)
                self.write("w")
                node.wait_caught_up(seconds=60)
                assert_equal_tables(self, self.source, node)
                self.assertEqual(node.stop(), 0)
                node.close()
        os.close(closed)


if __name__ == "__main__":
    unittest.main()
