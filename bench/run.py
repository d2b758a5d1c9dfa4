#!/usr/bin/env python3
"""run.py - binlogd beside its peers, in the same run on the same machine.

usage: bench/run.py [--only decode,receive,catchup,latency,memory] [--rounds N] [--scale F] [--build DIR]

Every claim is a ratio between two programs measured in turns, round by round: absolute figures drift by a
third from one hour to the next, ratios of one round do not. `--scale 0.2` makes the data a fifth as large for a
quick look. Results: a table on standard output, and every single measurement in build/bench/results.jsonl.
What is measured, and how, stands in bench/README.md.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import json
import os
import pathlib
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "test/lib"), str(REPOSITORY / "bench")]

import figures  # noqa: E402
import catchup  # noqa: E402
import decode  # noqa: E402
import latency  # noqa: E402
import memory  # noqa: E402
import receive  # noqa: E402

SUITES = {"decode": decode.run, "receive": receive.run, "catchup": catchup.run, "latency": latency.run, "memory": memory.run}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SUITES), help="suites to run, with commas")
    parser.add_argument("--rounds", type=int, default=3, help="times each pair is measured, in turns")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data, 1.0 as documented")
    parser.add_argument("--build", default=str(REPOSITORY / "build/release"), help="release build with bench_programs")
    options = parser.parse_args()
    os.environ.setdefault("BINLOGD", str(pathlib.Path(options.build) / "src/binlogd"))
    book = figures.Book(REPOSITORY / "build/bench/results.jsonl")
    for name in options.only.split(","):
        start = time.monotonic()
        print(f"== {name}", flush=True)
        SUITES[name](options, book)
        print(f"   ({time.monotonic() - start:.0f} s)", flush=True)
    print(json.dumps({"machine": figures.machine()}))


if __name__ == "__main__":
    main()
