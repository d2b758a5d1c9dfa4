#!/usr/bin/env python3
"""run.py - binlogd beside its peers, in the same run on the same machine.

usage: bench/run.py [--only decode,receive,…] [--rounds N] [--scale F] [--build DIR] [--json] [--results FILE]

Every claim is a ratio between two programs measured in turns, round by round: absolute figures drift by a
third from one hour to the next, ratios of one round do not. `--scale 0.2` makes the data a fifth as large for a
quick look. Results: tables on standard output (with --json one object instead), every single measurement in
build/bench/results.jsonl, and a page of goals and figures in --results. What is measured, and how, stands in
bench/README.md.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import json
import os
import pathlib
import signal
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "test/lib"), str(REPOSITORY / "bench")]

import figures  # noqa: E402
import catchup  # noqa: E402
import catchup_mysql  # noqa: E402
import decode  # noqa: E402
import growth  # noqa: E402
import latency  # noqa: E402
import memory  # noqa: E402
import primary  # noqa: E402
import receive  # noqa: E402
import report  # noqa: E402
import serve  # noqa: E402
import shared  # noqa: E402

SUITES = {suite.__name__: suite.run for suite in (decode, receive, serve, catchup, catchup_mysql, latency, primary, memory, growth)}
SHARING = ("decode", "receive", "serve")  # what reads the shared logs comes first: then their servers end


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SUITES), help="suites to run, with commas")
    parser.add_argument("--rounds", type=int, default=2, help="times each pair is measured, in turns")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data, 1.0 as documented")
    parser.add_argument("--build", default=str(REPOSITORY / "build/release"), help="release build with bench_programs")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--results", default=str(REPOSITORY / "build/bench/RESULTS.md"), help="the page to write")
    return parser.parse_args()


def run_suites(options, book):
    options.logs = shared.Logs(options.scale)
    names = [name for name in SUITES if name in options.only.split(",")]
    try:
        for name in names:
            start = time.monotonic()
            if name not in SHARING:
                options.logs.close()
            print(f"== {name}", flush=True)
            try:
                SUITES[name](options, book)
            except SystemExit:
                for left in names[names.index(name):]:
                    book.skip(left, "the run was stopped before its end")
                return
            except Exception as error:  # the other figures are worth having; the page says what is missing
                book.skip(name, f"failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
            print(f"   ({time.monotonic() - start:.0f} s)", flush=True)
    finally:
        options.logs.close()


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers are ended, and the page is written
    out = sys.stdout
    if options.json:
        sys.stdout = sys.stderr
    os.environ.setdefault("BINLOGD", str(pathlib.Path(options.build) / "src/binlogd"))
    book = figures.Book(REPOSITORY / "build/bench/results.jsonl")
    options.load = os.getloadavg()[0]  # what others did before it began
    start = time.monotonic()
    run_suites(options, book)
    seconds = time.monotonic() - start
    page = pathlib.Path(options.results)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(report.markdown(book, options, seconds))
    if options.json:
        print(json.dumps(report.as_json(book, options, seconds)), file=out)
    else:
        print(page.read_text(), file=out)
    return 1 if any(why.startswith("failed") for _, why in book.skipped) else 0


if __name__ == "__main__":
    sys.exit(main())
