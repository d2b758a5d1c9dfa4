"""e2e.py - runs one file of test/e2e, and says what it skipped.

    python3 test/lib/e2e.py FILE        exit code 0: passed; 1: failed; 77: all of it was skipped
    python3 test/lib/e2e.py --missing   before a run: which servers are not here, what that skips

Each skip of a run is also a line of the file $BINLOGD_SKIPS.
"""
# SPDX-License-Identifier: Apache-2.0
import collections
import importlib.util
import os
import pathlib
import sys
import unittest

ALL_SKIPPED = 77
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "e2e"


def load(path):
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # for_each_kind puts its classes there
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def missing():
    """Prints how many tests of all files cannot run here, by reason."""
    reasons = collections.Counter()
    total = 0
    for path in sorted(FOLDER.glob("test_*.py")):
        for case in cases(load(path)):
            total += 1
            if getattr(type(case), "__unittest_skip__", False):
                reasons[type(case).__unittest_skip_why__] += 1
    print(f"{total} end-to-end tests, {sum(reasons.values())} of them skipped on this machine")
    for why, count in reasons.items():
        print(f"  {count} skipped: {why}")
    return 0


def run(path):
    suite = load(path)
    if suite.countTestCases() == 0:
        print(f"{path} holds no test")
        return 1
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    skips = [f"{test.id()}: {why}" for test, why in result.skipped]
    if skips and os.environ.get("BINLOGD_SKIPS"):
        with open(os.environ["BINLOGD_SKIPS"], "a") as out:
            out.writelines(line + "\n" for line in skips)
    if not result.wasSuccessful():
        return 1
    return ALL_SKIPPED if len(skips) >= result.testsRun else 0


if __name__ == "__main__":
    sys.exit(missing() if sys.argv[1] == "--missing" else run(pathlib.Path(sys.argv[1]).resolve()))
