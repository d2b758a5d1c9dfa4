"""figures.py - measuring processes, and writing down what came out."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import statistics
import time

TICKS = os.sysconf("SC_CLK_TCK")


def machine():
    with open("/proc/cpuinfo") as text:
        names = {line.split(":", 1)[1].strip() for line in text if line.startswith("model name")}
    return {"cpus": os.cpu_count(), "model": ", ".join(sorted(names)), "kernel": os.uname().release}


def cpu_seconds(pid):
    """User and system time of a live process, its threads included."""
    with open(f"/proc/{pid}/stat") as text:
        fields = text.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status") as text:
        for line in text:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def wait_until(condition, seconds, step=0.02):
    """Seconds until condition() is true; a RuntimeError after `seconds`."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise RuntimeError(f"not reached within {seconds} s")
        time.sleep(step)
    return time.monotonic() - start


class Book:
    """All measurements of a run: written as they come, summed up as medians and ratios."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(path, "w")
        self.cases = {}
        self.skipped = []

    def note(self, suite, case, program, **values):
        self.cases.setdefault((suite, case), {}).setdefault(program, []).append(values)
        self.file.write(json.dumps({"suite": suite, "case": case, "program": program, **values}) + "\n")
        self.file.flush()

    def skip(self, suite, why):
        """What is not measured, and why; said once."""
        if (suite, why) not in self.skipped:
            self.skipped.append((suite, why))
            print(f"   {suite}: skipped, {why}", flush=True)

    def has(self, suite, case, program):
        return program in self.cases.get((suite, case), {})

    def median(self, suite, case, program, value):
        return statistics.median(row[value] for row in self.cases[(suite, case)][program])

    def spread(self, suite, case, program, value):
        rows = [row[value] for row in self.cases[(suite, case)][program]]
        middle = statistics.median(rows)
        return (max(rows) - min(rows)) / middle if middle else 0.0

    def programs(self, suite, case):
        return list(self.cases[(suite, case)])

    def table(self, suite, case, columns, ours=None, against=None, ratio=None):
        """One line a program: medians (and the spread of the first column), then ours / the best peer by
        `ratio`, where more is better."""
        print(f"   {case}")
        for program in self.programs(suite, case):
            cells = [f"{self.median(suite, case, program, name):>12.2f} {unit}" for name, unit in columns]
            print(f"     {program:<34}" + "".join(cells) +
                  f"   (spread {100 * self.spread(suite, case, program, columns[0][0]):.0f}%)")
        if ours is not None:
            self.ratio(suite, case, ours, against, ratio)

    def ratio(self, suite, case, ours, against, ratio):
        best = max(against, key=lambda program: self.median(suite, case, program, ratio))
        value = self.median(suite, case, ours, ratio) / self.median(suite, case, best, ratio)
        print(f"     {ours} / {best}: {value:.2f} times the {ratio.replace('_', ' ')}", flush=True)
