#!/usr/bin/env python3
"""bugs.py - do the tests catch faults? Builds the seeded bugs of src/base/bug.def one at a time, and runs the test
that must fail with each. The same test must pass without it: one that fails anyway catches nothing.

    test/bugs.py BUILD-FOLDER [COUNT | NAME...]    COUNT: so many, another choice for each commit; default: all
"""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROW = re.compile(r'^BUG_ROW\((\w+), "([\w.]+)",\s*"([^"]+)"\)', re.M)
TEST_SECONDS = 60


def rows():
    return {name: (test, what) for name, test, what in ROW.findall((ROOT / "src/base/bug.def").read_text())}


def chosen(table, words):
    if not words:
        return list(table)
    if not words[0].isdigit():
        return words
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    return random.Random(commit).sample(list(table), min(int(words[0]), len(table)))


def build(folder, bug, tests):
    """The tests' programs with that bug in them."""
    quiet = {"stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Debug",
                    f"-DBINLOGD_BUG={bug}"], check=True, **quiet)
    run = subprocess.run(["cmake", "--build", str(folder), "-j", str(os.cpu_count()), "--target", *tests],
                         capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"the build with {bug} fails:\n{run.stdout[-3000:]}")


def failing(folder, test):
    """The test cases that fail, or "" when all pass. A test that never ends fails too."""
    run = subprocess.run(["ctest", "--test-dir", str(folder), "-R", f"^{re.escape(test)}$", "--timeout",
                          str(TEST_SECONDS), "--output-on-failure", "--no-tests=error"], capture_output=True, text=True)
    if run.returncode == 0:
        return ""
    cases = re.findall(r"^\[  FAILED  \] (?:\w+: )?(\w+)$", run.stdout, re.M)
    last = re.findall(r"^\[ RUN      \] (?:\w+: )?(\w+)$", run.stdout, re.M)
    return ", ".join(dict.fromkeys(cases or last[-1:])) or "it does not end"


def main():
    folder, table = pathlib.Path(sys.argv[1]), rows()
    names = chosen(table, sys.argv[2:])
    tests = sorted({table[name][0] for name in names})
    build(folder, "NONE", tests)
    wrong = [f"{test} fails without a bug: {cases}" for test in tests if (cases := failing(folder, test))]
    for name in names:
        test, what = table[name]
        build(folder, name, [test])
        cases = failing(folder, test)
        print(f"{name} ({what}): {f'caught by {test}: {cases}' if cases else 'NOT CAUGHT'}", flush=True)
        if not cases:
            wrong.append(f"{name} is not caught by {test}")
    print("\n".join(wrong) or f"{len(names)} of {len(table)} seeded bugs built in, all of them caught")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
