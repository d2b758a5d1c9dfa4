"""decode.py - a log file of about 128 MB, in the page cache, decoded to /dev/null: by `binlogd cat` in three formats, and by the
server's own tool with its rows as comments (-vv). Both run on one core; MB of log a second, and MB a second of CPU.
"""
# SPDX-License-Identifier: Apache-2.0
import resource
import subprocess
import time

import workload
from node import program
from servers import Server, installed_kinds

BYTES = 128 << 20
TOOLS = {"mariadb-10.11": "mariadb-binlog", "mysql-9.7": "mysqlbinlog"}
OURS = {"text -vv": ["-vv"], "json": ["--format=json"], "summary": ["--format=summary"]}


def run(options, book):
    for kind, tool in TOOLS.items():
        if kind not in installed_kinds():
            print(f"   {kind} is not here: skipped")
            continue
        with Server(kind, options=["--max-binlog-size=1G", "--innodb-buffer-pool-size=512M"]) as source:
            path = workload.make_log(source, int(BYTES * options.scale))
            theirs = [*source.kind.tool(tool), "--no-defaults", "--base64-output=decode-rows", "-vv", str(path)]
            path.read_bytes()  # into the page cache
            for _ in range(options.rounds):
                measure(book, kind, f"{tool} -vv", theirs, path)
                for name, words in OURS.items():
                    measure(book, kind, f"binlogd cat {name}", [program(), "cat", "--no-defaults", *words, str(path)], path)
        for name in OURS:
            book.table("decode", kind, [("mb_s", "MB/s"), ("mb_cpu_s", "MB/CPU s")], f"binlogd cat {name}", [f"{tool} -vv"], "mb_cpu_s")


def child_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(book, kind, name, argv, path):
    cpu, start = child_cpu(), time.monotonic()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    seconds, cpu = time.monotonic() - start, child_cpu() - cpu
    size = path.stat().st_size / 1e6
    book.note("decode", kind, name, seconds=seconds, mb_s=size / seconds, mb_cpu_s=size / max(cpu, 0.001))
