"""report.py - a run as one page: every goal beside what was reached, then all figures, the machine, the versions, what was skipped.

A goal is a ratio of two medians of the same run, or a bound of one. Where one is missed, the reason stands with it: it was found
with a profile, or by what was measured beside it.
"""
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import datetime
import shutil
import subprocess

import figures

UNITS = {"mb_s": "MB/s", "mb_cpu_s": "MB/CPU s", "cpu_s_gb": "CPU s/GB", "source_cpu_s_gb": "source CPU s/GB", "client_cpu_s_gb": "client CPU s/GB", "busy_cores": "cores busy", "transactions_s": "trx/s", "rows_s": "rows/s",
         "cpu_ms_trx": "CPU ms/trx", "median_ms": "ms median", "p99_ms": "ms p99", "max_ms": "ms max", "idle_mib": "MiB idle", "average_ms": "ms on average", "peak_mib": "MiB at most",
         "beyond_cache_mib": "MiB beyond the page cache", "acks_s": "acks/s", "rss_mib": "MiB", "kib_client": "KiB a client", "per_s": "a second",
         "seconds": "s", "count": "samples"}


@dataclasses.dataclass
class Goal:
    """ours / the best of peers, or (without peers) ours, has to be at least, or at most, that."""
    what: str
    suite: str
    case: str
    value: str
    ours: str
    peers: tuple = ()
    least: float = None
    most: float = None
    minus: str = None  # a program whose figure is taken off first
    reason: str = ""

    def measured(self, book):
        """(ours, the best peer's or None, the figure the goal is about), or None: it was not measured."""
        if not book.has(self.suite, self.case, self.ours) or not all(book.has(self.suite, self.case, peer) for peer in self.peers):
            return None
        ours = book.median(self.suite, self.case, self.ours, self.value)
        if self.minus:
            return ours, book.median(self.suite, self.case, self.minus, self.value), ours - book.median(self.suite, self.case, self.minus, self.value)
        if not self.peers:
            return ours, None, ours
        best = (max if self.least else min)(book.median(self.suite, self.case, peer, self.value) for peer in self.peers)
        return ours, best, ours / best if best else float("inf")

    def is_reached(self, figure):
        return (self.least is None or figure >= self.least) and (self.most is None or figure <= self.most)

    def words(self):
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        return bound + (" times" if self.peers else f" {UNITS[self.value]}")


NATIVE = ("MariaDB, 1 threads", "MariaDB, 4 threads")
ONE_SYNC = ("this replica shows a row before its own log is synced (sync_relay_log = 10000, its default); binlogd shows nothing before that, and one "
            "fdatasync takes as long as the replica's whole way (see the row one fdatasync). Where both sync first: the rows both sync their log first")
ONE_DISK = "both wait for the disk: a sync that takes long is the tail of either"
COPIED = ("what read() gives with all cores is the bound (the row bare read()): the kernel copies the page cache; and one thread walks a file's events "
          "while the others read and check (bench/README.md has the profile)")
SMALL_EVENTS = "a profile shows the frames of small events, checksums and the copy out of the page cache; with little data the program's start counts too"
ONE_WRITER = ("one transaction writes at a time: each waits for its client between its statements, and for its sync, before the next may begin; statements that "
              "are transactions of their own share syncs")
SHARED_CORES = "clients and server share the machine's cores"
ONE_FEEDER = ("one thread of binlogd feeds all clients and is at its core's end with several of them, where the peers have a thread each on both cores: "
              "the figures below say how many were busy, and how much of it was the clients'")
TWO_COPIES = "the kernel's copies, out of the page cache and into the socket, are most of it (37% and 21% in a profile); bare write() has them too"


def goals():
    for kind, tool in (("mariadb-10.11", "mariadb-binlog"), ("mysql-9.7", "mysqlbinlog")):
        yield Goal(f"{kind}: cat -vv beside {tool} -vv", "decode", kind, "mb_cpu_s", "binlogd cat -vv", (f"{tool} -vv",), least=10)
        yield Goal(f"{kind}: cat --format=json beside {tool} -vv", "decode", kind, "mb_cpu_s", "binlogd cat --format=json", (f"{tool} -vv",), least=8)
        yield Goal(f"{kind}: cat --format=summary", "decode", kind, "mb_cpu_s", "binlogd cat --format=summary", least=2000, reason=SMALL_EVENTS)
        yield Goal(f"{kind}: verify", "decode", kind, "mb_cpu_s", "binlogd verify", least=2000, reason=SMALL_EVENTS)
        for name in ("cat --format=summary", "verify"):
            yield Goal(f"{kind}: {name}, all cores, beside bare memory", "decode", kind, "mb_s", f"binlogd {name}, all cores", ("bare memory, all cores",), least=1,
                       reason=COPIED)
        yield Goal(f"{kind}: receive and store beside {tool} --raw", "receive", kind, "mb_s", "binlogd", (f"{tool} --raw",), least=3)
        yield Goal(f"{kind}: its CPU", "receive", kind, "cpu_s_gb", "binlogd", (f"{tool} --raw",), most=0.25)
        yield Goal(f"{kind}: beside a client that throws away", "receive", kind, "mb_s", "binlogd", ("thrown away (limit)",), least=0.9)
        for clients in (1, 4, 16):
            case = f"{kind}, {clients} clients"
            yield Goal(f"{case}: serve", "serve", case, "mb_s", "binlogd", (kind,), least=2, reason=ONE_FEEDER)
            yield Goal(f"{case}: server's CPU", "serve", case, "cpu_s_gb", "binlogd", (kind,), most=0.5, reason=TWO_COPIES)
            yield Goal(f"{case}: beside bare write()", "serve", case, "mb_s", "binlogd", ("bare write()",), least=1 / 1.5, reason=ONE_FEEDER)
    for name, durable, relaxed in (("oltp_write_only", 4, 1.5), ("bulk inserts of 1,000 rows", 1.5, 1.2), ("one hot table", 10, 5)):
        yield Goal(f"{name}, durable: catch up", "catchup", f"{name}, durable", "transactions_s", "binlogd", NATIVE, least=durable)
        yield Goal(f"{name}, relaxed: catch up", "catchup", f"{name}, relaxed", "transactions_s", "binlogd", NATIVE, least=relaxed)
    for mode in ("durable", "relaxed"):
        for value, word in (("median_ms", "median"), ("p99_ms", "99th percentile")):
            yield Goal(f"lag at 500 trx/s, {mode}, {word}", "latency", mode, value, "binlogd", ("MariaDB replica",), most=1, reason=ONE_SYNC)
    for value, word in (("median_ms", "median"), ("p99_ms", "99th percentile")):
        yield Goal(f"lag at 500 trx/s, durable, both sync their log first, {word}", "latency", "durable, and sync_relay_log=1", value, "binlogd",
                   ("MariaDB replica",), most=1, reason=ONE_DISK)
    yield Goal("a relay hop adds, median", "serve", "one hop", "median_ms", "through binlogd", most=1, minus="from the source",
               reason="the relay syncs before it sends, so one fdatasync is part of it (the suite latency measures one); not profiled further")
    yield Goal("semi-sync acks beside a replica with sync_relay_log=1", "serve", "semi-sync, 16 clients", "acks_s", "binlogd",
               ("MariaDB replica, sync_relay_log=1",), least=2, reason="the source's own syncs are part of each commit")
    yield from primary_goals()
    yield Goal("an idle relay", "serve", "0 idle clients", "rss_mib", "binlogd", most=16)
    yield Goal("an idle client of it", "serve", "200 idle clients", "kib_client", "binlogd", most=64)
    yield Goal("an idle replica", "memory", "resident", "idle_mib", "binlogd", most=16)
    yield Goal("a transaction of 1 GB, beyond the page cache", "memory", "resident", "beyond_cache_mib", "binlogd", most=64)


def primary_goals():
    for script in ("oltp_point_select", "oltp_read_only", "oltp_read_write", "oltp_update_non_index"):
        for clients in (1, 8, 32):
            writes = script in ("oltp_read_write", "oltp_update_non_index")
            yield Goal(f"primary: {script}, {clients} clients", "primary", f"{script}, {clients} clients", "transactions_s", "binlogd", ("MariaDB",), least=1,
                       reason=ONE_WRITER if writes and clients > 1 else SHARED_CORES)
    yield Goal("primary: commit to visible on a replica, median", "primary", "commit to visible, fsync on both sides", "median_ms", "binlogd", most=2)
    yield Goal("primary: idle", "primary", "idle", "rss_mib", "binlogd", most=24)
    yield Goal("primary: 1,000 idle clients", "primary", "1000 idle clients", "rss_mib", "binlogd", most=64)


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def versions():
    commands = {"binlogd": None, "mariadbd": ["/usr/sbin/mariadbd", "--version"], "sysbench": ["sysbench", "--version"], "sqlite3": ["sqlite3", "--version"]}
    said = {}
    for name, argv in commands.items():
        if argv is not None and (shutil.which(argv[0]) or argv[0].startswith("/")):
            said[name] = subprocess.run(argv, capture_output=True, text=True).stdout.split("(")[0].strip()[:60]
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    said["binlogd"] = f"commit {revision}" if revision else "unknown"
    return said


def goal_rows(book):
    for goal in goals():
        measured = goal.measured(book)
        if measured is None:
            continue
        ours, peer, figure = measured
        yield {"goal": goal.what, "unit": UNITS[goal.value], "ours": ours, "beside": peer, "figure": figure, "wanted": goal.words(),
               "reached": goal.is_reached(figure), "spread": book.spread(goal.suite, goal.case, goal.ours, goal.value), "reason": goal.reason}


def as_json(book, options, seconds):
    cases = [{"suite": suite, "case": case, "program": program,
              "median": {value: book.median(suite, case, program, value) for value in rows[0]},
              "spread": {value: book.spread(suite, case, program, value) for value in rows[0]}, "rounds": len(rows)}
             for (suite, case), programs in book.cases.items() for program, rows in programs.items()]
    return {"date": str(datetime.date.today()), "machine": figures.machine(), "versions": versions(), "scale": options.scale, "rounds": options.rounds,
            "seconds": seconds, "load_before": options.load, "goals": list(goal_rows(book)), "cases": cases, "skipped": book.skipped}


def markdown(book, options, seconds):
    machine = figures.machine()
    lines = ["# What a run of `make bench` gave", "",
             f"{datetime.date.today()}, {machine['cpus']} cores of {machine['model']}, Linux {machine['kernel']}; {options.rounds} rounds at scale "
             f"{options.scale:g}, {seconds / 60:.0f} minutes; load average before it {options.load:.1f}. " + "; ".join(f"{name} {version}" for name, version in versions().items()) + ".", "",
             "How each figure is made, and what it does not say: [README.md](README.md). Read the ratios: they are of one run, in turns.", "",
             "## Goals", "", "| figure | unit | binlogd | beside it | ratio or figure | spread | wanted | |", "|---|---|---|---|---|---|---|---|"]
    reasons = {}
    for row in goal_rows(book):
        mark = "yes" if row["reached"] else "**no**"
        if not row["reached"] and row["reason"]:
            mark += f" ({reasons.setdefault(row['reason'], len(reasons) + 1)})"
        lines.append(f"| {row['goal']} | {row['unit']} | {number(row['ours'])} | {number(row['beside'])} | {number(row['figure'])} | "
                     f"{100 * row['spread']:.0f}% | {row['wanted']} | {mark} |")
    lines += [""] + [f"({index}) {reason}." for reason, index in reasons.items()] + ["", "## All figures", ""]
    for suite in dict.fromkeys(suite for suite, _ in book.cases):
        lines += [f"### {suite}", "", "| case | program | medians |", "|---|---|---|"]
        for (of, case), programs in book.cases.items():
            for program, rows in programs.items() if of == suite else ():
                cells = ", ".join(f"{number(book.median(suite, case, program, value))} {UNITS.get(value, value)}" for value in rows[0] if value != "count")
                lines.append(f"| {case} | {program} | {cells} |")
        lines.append("")
    if book.skipped:
        lines += ["## Not measured", "", *(f"- {suite}: {why}" for suite, why in book.skipped), ""]
    return "\n".join(lines)
