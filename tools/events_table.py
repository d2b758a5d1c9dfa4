#!/usr/bin/env python3
"""events_table.py - docs/formats/events.md against the code: every event code of both flavours has one row, the row says
what the code does (src/binlog/events.def, src/apply/handlers.def), and the test that it names is there.

A proof is `unit/binlog/test_payload.c: sentence` or `e2e/test_payload.py: sentence`, below test/.
"""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/formats/events.md"
CODES = {*range(0, 50), *range(160, 173)}
ROW = re.compile(r"^\| (?P<codes>\d+(?:–\d+)?) \| (?P<names>[^|]+) \| (?P<state>\w+)(?P<more>[^|]*) \| (?P<proofs>[^|]+) \|$")
PROOF = re.compile(r"`(?P<file>[^`:]+): (?P<name>\w+)`")
STATES = ("applied", "stored", "refused")


def table(path, pattern):
    return re.findall(pattern, (ROOT / path).read_text(), flags=re.M)


def states():
    """{code: (name, the states that its row may have)}"""
    handlers = {name: handler for name, handler in
                table("src/apply/handlers.def", r"^HANDLER\((\w+), (\w+),")}
    found = {}
    for code, name, text, handling in table("src/binlog/events.def", r'^EVENT\((\d+), (\w+), "([^"]+)", (\w+)\)'):
        handler = handlers.get(name)
        if handling == "REFUSED" or handler in (None, "on_refused"):
            may = ("refused",)
        elif handler == "on_passed":
            may = ("applied", "stored") if handling == "DECODED" else ("stored",)
        else:
            may = ("applied",)
        found[int(code)] = (text, may)
    return found


def has_test(proof):
    path = ROOT / "test" / proof["file"]
    if not path.is_file():
        return False
    name = re.escape(proof["name"])
    pattern = rf"^TEST\(\w+, {name}\)" if path.suffix == ".c" else rf"^    def {name}\("
    return re.search(pattern, path.read_text(), flags=re.M) is not None


def codes_of(row):
    first, _, last = row["codes"].partition("–")
    return range(int(first), int(last or first) + 1)


def check_row(row, known):
    proofs = list(PROOF.finditer(row["proofs"]))
    if not proofs:
        yield "names no test"
    for proof in proofs:
        if not has_test(proof):
            yield f"names {proof.group(0)}, which is not there"
    if row["state"] not in STATES:
        yield f"says {row['state']}, which is none of {', '.join(STATES)}"
    for code in codes_of(row):
        name, may = known.get(code, ("", ("refused",)))
        if row["state"] not in may:
            yield f"says {row['state']}, the code says {' or '.join(may)}"
        if name and name not in row["names"]:
            yield f"does not call code {code} {name}"


def problems():
    known = states()
    seen = set()
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if not re.match(r"\| \d", line):
            continue
        row = ROW.match(line)
        if row is None:
            yield f"line {number} is no row"
            continue
        yield from (f"line {number} {problem}" for problem in check_row(row, known))
        again = seen & set(codes_of(row))
        if again:
            yield f"line {number} has code {min(again)} a second time"
        seen |= set(codes_of(row))
    yield from (f"code {code} is in no row" for code in sorted((CODES | set(known)) - seen))


def main():
    found = list(problems())
    for problem in found:
        print(f"{PAGE.relative_to(ROOT)}: {problem}")
    if not found:
        print("every event code has its row and its test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
