"""receive.py - fetching a large log file: into binlogd's store, into a file by the server's own tool, and
into a client that throws it away (the limit that the source sets).

Time runs from the program's start until the last byte is there; CPU is the client's, in seconds a GB.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

import figures
from node import Node

TOOLS = {"mariadb-10.11": ("mariadb-binlog",), "mysql-9.7": ("mysqlbinlog",)}


def run(options, book):
    for kind in options.logs.kinds(book, "receive"):
        source, path = options.logs.get(kind)
        for _ in range(options.rounds):
            measure_tool(book, source, path)
            measure_sink(book, source, path, options)
            measure_ours(book, source, path)
        book.table("receive", kind, [("mb_s", "MB/s"), ("cpu_s_gb", "client CPU s/GB"), ("source_cpu_s_gb", "source")],
                   "binlogd", [f"{TOOLS[kind][0]} --raw"], "mb_s")


def note(book, source, path, program, seconds, cpu, source_cpu):
    size = path.stat().st_size
    book.note("receive", source.kind.name, program, seconds=seconds, mb_s=size / 1e6 / seconds,
              cpu_s_gb=cpu / (size / 1e9), source_cpu_s_gb=source_cpu / (size / 1e9))


def child_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(argv, source):
    """(seconds, CPU of the program, CPU of the source)"""
    pid = source.process.pid
    cpu, source_cpu, start = child_cpu(), figures.cpu_seconds(pid), time.monotonic()
    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - start, child_cpu() - cpu, figures.cpu_seconds(pid) - source_cpu, out


def measure_tool(book, source, path):
    tool = TOOLS[source.kind.name]
    folder = tempfile.mkdtemp(prefix="bench-raw-")
    try:
        argv = [*source.kind.tool(*tool), "--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1",
                f"--port={source.port}", "--user=repl", "--password=secret", f"--result-file={folder}/"]
        if source.flavour == "mysql":
            argv.append("--get-server-public-key")
        seconds, cpu, source_cpu, _ = timed([*argv, path.name], source)
        assert (pathlib.Path(folder) / path.name).stat().st_size == path.stat().st_size
    finally:
        shutil.rmtree(folder)
    note(book, source, path, f"{tool[0]} --raw", seconds, cpu, source_cpu)


def measure_sink(book, source, path, options):
    argv = [f"{options.build}/bench/bench_sink", str(source.port), "repl", "secret", path.name]
    seconds, _, source_cpu, out = timed(argv, source)
    report = json.loads(out)
    note(book, source, path, "thrown away (limit)", report["seconds"], report["cpu_seconds"], source_cpu)


def measure_ours(book, source, path):
    node = Node(source, start=False, engine="none", ssl_mode="DISABLED", get_server_public_key="ON",
                start_from=path.name, log_level="warning")
    try:
        stored = node.data_dir / "log" / path.name
        source_cpu, start = figures.cpu_seconds(source.process.pid), time.monotonic()
        node.start()
        size = path.stat().st_size
        figures.wait_until(lambda: stored.exists() and stored.stat().st_size >= size, 120, 0.005)
        seconds = time.monotonic() - start
        cpu = figures.cpu_seconds(node.process.pid)
        source_cpu = figures.cpu_seconds(source.process.pid) - source_cpu
        subprocess.run(["cmp", str(stored), str(path)], check=True)
    finally:
        node.close()
    note(book, source, path, "binlogd", seconds, cpu, source_cpu)
