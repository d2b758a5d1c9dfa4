"""decode.py - a log file in the page cache, decoded to /dev/null: by `binlogd cat` in three formats, checked by `binlogd verify`,
and decoded by the server's own tool with its rows as comments (-vv), all on one core (`--threads=1`): MB of log a second, and MB
a second of CPU. Then the same with all cores, beside what read() of the file and the machine's memory give then.
"""
# SPDX-License-Identifier: Apache-2.0
import os
import resource
import subprocess
import time

from node import program

TOOLS = {"mariadb-10.11": "mariadb-binlog", "mysql-9.7": "mysqlbinlog"}
OURS = {"cat -vv": ["cat", "-vv"], "cat --format=json": ["cat", "--format=json"], "cat --format=summary": ["cat", "--format=summary"],
        "verify": ["verify"]}
ALL_CORES = ", all cores"


def run(options, book):
    for kind in options.logs.kinds(book, "decode"):
        source, path = options.logs.get(kind)
        tool = TOOLS[kind]
        theirs = [*source.kind.tool(tool), "--no-defaults", "--base64-output=decode-rows", "-vv", str(path)]
        path.read_bytes()  # into the page cache
        for _ in range(options.rounds):
            measure(book, kind, f"{tool} -vv", theirs, path)
            for name, words in OURS.items():
                for threads, cores in (("1", ""), ("0", ALL_CORES)):
                    argv = [program(), words[0], "--no-defaults", f"--threads={threads}", *words[1:], str(path)]
                    measure(book, kind, f"binlogd {name}{cores}", argv, path)
            measure_limits(options, book, kind, path)
        book.table("decode", kind, [("mb_s", "MB/s"), ("mb_cpu_s", "MB/CPU s")])
        for name in OURS:
            book.ratio("decode", kind, f"binlogd {name}", [f"{tool} -vv"], "mb_cpu_s")


def child_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_limits(options, book, kind, path):
    """Their threads do nothing else: a second of all cores is as many CPU seconds."""
    cores = len(os.sched_getaffinity(0))
    argv = [f"{options.build}/bench/bench_read_limit", str(path), str(cores)]
    reading, memory = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    size = path.stat().st_size / 1e6
    for name, mb_s in (("bare read()", float(reading)), ("bare memory", float(memory))):
        book.note("decode", kind, name + ALL_CORES, seconds=size / mb_s, mb_s=mb_s, mb_cpu_s=mb_s / cores)


def measure(book, kind, name, argv, path):
    cpu, start = child_cpu(), time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    seconds, cpu = time.monotonic() - start, child_cpu() - cpu
    size = path.stat().st_size / 1e6
    book.note("decode", kind, name, seconds=seconds, mb_s=size / seconds, mb_cpu_s=size / max(cpu, 0.001))
