"""e2e.py - runs one file of test/e2e, and says what it skipped: python3 test/lib/e2e.py FILE

Exit code 0: passed; 1: failed; 77: every test of the file was skipped (CTest then counts it as
skipped). Each skip is also a line of the file $BINLOGD_SKIPS, so that the end of a run can list them.
"""
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import os
import pathlib
import sys
import unittest

ALL_SKIPPED = 77


def load(path):
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # for_each_kind puts its classes there
    spec.loader.exec_module(module)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main():
    path = pathlib.Path(sys.argv[1])
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
    return ALL_SKIPPED if len(skips) == result.testsRun or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
