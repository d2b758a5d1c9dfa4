"""Every file call of binlogd as its last, or as one that fails: killed before it, after it and in the middle of a
write; EIO, ENOSPC, EINTR and short writes. The stretch of log that is run holds rows, DDL with rebuilt tables, cascades and
two rotations; the first copy is swept too. After each, the node runs once more and must end as if nothing had been.

By default a sample: some points of each fault, chosen by BINLOGD_TEST_SEED so that all kinds of calls and files have
their turn. BINLOGD_SWEEP=all takes every point there is; a number, so many of each fault. With BINLOGD_SWEEP_MINUTES it
ends after about that time (`make soak`)."""
# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import for_each_kind  # noqa: E402
from sweep import Fault, Stretch, Wrong  # noqa: E402

SWEEP = os.environ.get("BINLOGD_SWEEP", "3")
MINUTES = float(os.environ["BINLOGD_SWEEP_MINUTES"]) if "BINLOGD_SWEEP_MINUTES" in os.environ else None
KILLS = ("kill-before", "kill-after", "kill-amid")
ERRORS = ("EIO", "ENOSPC", "EINTR", "short")
KINDS = ("mariadb-10.11", "mysql-9.7")
FIRST_FILE = range(12, 26)  # the calls on the log while it has a file and no event, and a few around them
SWEEPS_OF_A_KIND = 2 * len(KILLS + ERRORS)


def in_turn(points, chance):
    """The numbers of all calls, so that the first few are of different calls and files."""
    kinds = [chance.sample(numbers, len(numbers)) for numbers in points.values()]
    chance.shuffle(kinds)
    for row in itertools.zip_longest(*kinds):
        yield from (number for number in row if number is not None)


@for_each_kind(*KINDS)
class Points:
    sweeps_left = SWEEPS_OF_A_KIND

    @classmethod
    def setUpClass(cls):
        cls.stretch = Stretch(cls.kind)
        cls.seed = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
        print(f"{cls.kind}: BINLOGD_TEST_SEED={cls.seed}", flush=True)

    @classmethod
    def tearDownClass(cls):
        cls.stretch.__exit__()

    def sweep(self, do, way):
        """All points, or as many as are wanted and the time allows: first some of each kind of call and file."""
        points = self.stretch.points(do, way)
        count = sum(len(numbers) for numbers in points.values())
        order = in_turn(points, random.Random(f"{self.seed} {do} {way}"))
        wanted = int(SWEEP) if SWEEP != "all" else None
        deadline = time.monotonic() + self.share()
        self.wrong, hit = [], 0
        for number in itertools.islice(order, wanted):
            if time.monotonic() > deadline:
                break
            hit += self.strike(Fault(do, number), way)
        else:
            if wanted is None:  # a run may need a call more: threads and clocks decide
                hit += sum(itertools.takewhile(bool, (self.strike(Fault(do, more), way)
                                                      for more in itertools.count(count + 1))))
        print(f"{self.kind} {way} {do}: {hit} of {count} points ({len(points)} kinds) struck, {len(self.wrong)} wrong",
              flush=True)
        self.assertEqual([], self.wrong, "\n\n".join(self.wrong))
        self.assertGreater(hit, 0)

    def share(self):
        """Seconds for one sweep: an equal part of what the time budget has left."""
        cls = type(self)
        if MINUTES is None:
            return math.inf
        if cls.sweeps_left == SWEEPS_OF_A_KIND:
            cls.deadline = time.monotonic() + MINUTES * 60 / len(KINDS)
        left = (cls.deadline - time.monotonic()) / cls.sweeps_left
        cls.sweeps_left -= 1
        return left

    def strike(self, fault, way):
        """True: the fault came to pass. What was wrong after it is collected."""
        try:
            return self.stretch.run(fault, way).hit
        except Wrong as what:
            self.wrong.append(f"{self.kind} {way}, {fault}: {what}")
            return True

    def test_a_kill_at_any_call_while_it_follows(self):
        for do in KILLS:
            self.sweep(do, "follow")

    def test_a_kill_at_any_call_of_the_first_copy(self):
        for do in KILLS:
            self.sweep(do, "copy")

    def test_a_kill_while_the_log_gets_its_first_file(self):
        """When the copy beside it is done: an empty log must not be taken for the data's own."""
        self.wrong = []
        hit = sum(self.strike(Fault("kill-late", number, "/log"), "copy") for number in FIRST_FILE)
        self.assertEqual([], self.wrong, "\n\n".join(self.wrong))
        self.assertEqual(hit, len(FIRST_FILE))

    def test_any_call_fails_while_it_follows(self):
        for do in ERRORS:
            self.sweep(do, "follow")

    def test_any_call_of_the_first_copy_fails(self):
        for do in ERRORS:
            self.sweep(do, "copy")


if __name__ == "__main__":
    unittest.main()
