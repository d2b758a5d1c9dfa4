#!/usr/bin/env python3
"""faults.py - does docs/operate/faults.md say for every fault what proves it, and does each test that it names exist?"""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/operate/faults.md"
ROWS = [f"{letter}{number}" for letter, last in (("R", 20), ("S", 7), ("B", 8), ("A", 19), ("Q", 5), ("X", 5), ("P", 9), ("T", 15))
        for number in range(1, last + 1)]
ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.M)
PROOF = re.compile(r"`((?:e2e|unit|crash|property)/[\w/]+): (\w+)`")
REASON = re.compile(r"\*\*(open|not here)\*\*: \w")


def exists(where, name):
    """Is there a test of that name in test/WHERE, a Python or a C file?"""
    folder, _, file = where.rpartition("/")
    stem = ROOT / "test" / folder / f"test_{file}"
    python, c = stem.with_suffix(".py"), stem.with_suffix(".c")
    if python.exists():
        return f"def test_{name}(" in python.read_text()
    return c.exists() and re.search(rf"^TEST\(\w+, {name}\)", c.read_text(), re.M) is not None


def main():
    text = PAGE.read_text()
    rows = ROW.findall(text)
    found = [f"row {name} is there {count} times" for name in ROWS
             if (count := sum(row == name for row, _ in rows)) != 1]
    found += [f"row {name} is no row of the catalogue" for name, _ in rows if name not in ROWS]
    for name, cells in rows:
        proofs = PROOF.findall(cells)
        if not proofs and not REASON.search(cells):
            found.append(f"row {name} has neither a test nor a reason")
        found += [f"row {name}: test/{where} has no test {test}" for where, test in proofs if not exists(where, test)]
    reasons = [kind for _, cells in rows for kind in REASON.findall(cells)]
    print("\n".join(found) or f"{len(rows)} faults; {reasons.count('open')} with something open, "
          f"{reasons.count('not here')} not here")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
