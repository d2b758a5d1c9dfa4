"""The power goes while a node follows, on an ext4 file system of its own, with and without a journal: what was applied
had been durable in the log, so it is there when the power is back, byte for byte; then the node goes on, and every table is
equal. And a disk that lies about its syncs must be noticed by this very test, or it would prove nothing."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from image import image_or_skip  # noqa: E402
from servers import for_each_kind  # noqa: E402
from sweep import Fault, Stretch, Wrong, without_flag  # noqa: E402

CUTS = int(os.environ.get("BINLOGD_POWER_CUTS", "4"))
LIES = 1


class Power:
    has_journal = True

    @classmethod
    def setUpClass(cls):
        cls.image = image_or_skip(cls.has_journal)
        cls.addClassCleanup(cls.image.close)
        cls.stretch = Stretch(cls.kind, cls.image.mount / "data")
        cls.addClassCleanup(cls.stretch.__exit__)

    def run_and_cut(self, way, seconds, fault=None):
        """Runs the stretch anew and cuts the power after so many seconds, or when all is applied. Returns the newest
        place that was seen applied before the cut."""
        stretch = self.stretch
        stretch.reset(way)
        self.image.settle()
        stretch.arm(fault)
        stretch.node.start()
        deadline, seen = time.monotonic() + seconds, None
        while time.monotonic() < deadline and seen != stretch.target:
            seen = stretch.applied() or seen
        self.image.cut()
        stretch.node.kill()
        self.image.power_on()
        return seen

    def assert_there(self, place):
        """The log holds everything up to the place that had been applied."""
        if place is None or not place[0]:
            return
        name, offset = place
        path = self.stretch.node.data_dir / "log" / name
        stored = path.read_bytes() if path.exists() else b""
        want = self.stretch.files[name][:offset]
        if len(stored) < offset or without_flag(stored[:offset]) != without_flag(want):
            raise Wrong(f"{name} was durable up to {offset}, and now has {len(stored)} bytes")

    def cut_once(self, way, seconds, fault=None):
        place = self.run_and_cut(way, seconds, fault)
        if way == "follow":  # a copy is as of a place that the log comes up to later
            self.assert_there(place)
        self.stretch.heal()
        self.stretch.compare()

    def test_what_was_durable_is_there(self):
        seed = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
        chance = random.Random(seed)
        for i in range(CUTS):
            # a third when all is applied, just now; the others somewhere on the way
            self.cut_once("copy" if i % 3 == 2 else "follow", 60 if i % 3 == 0 else chance.uniform(0.05, 0.8))
        print(f"{self.kind}, {'with' if self.has_journal else 'without'} journal: {CUTS} power cuts, nothing lost "
              f"(BINLOGD_TEST_SEED={seed})", flush=True)

    def test_a_disk_that_lies_is_noticed(self):
        for _ in range(LIES):
            with self.assertRaises(Wrong):
                self.assert_there(self.run_and_cut("follow", 60, Fault("lie")))
        print(f"{self.kind}: {LIES} lying disks, all noticed", flush=True)


@for_each_kind("mariadb-10.11")
class PowerWithoutJournal(Power):
    has_journal = False


@for_each_kind("mariadb-10.11", "mysql-9.7")
class PowerWithJournal(Power):
    has_journal = True


if __name__ == "__main__":
    unittest.main()
