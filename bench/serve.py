"""serve.py - a node as the source of others: bytes to 1, 4 and 16 clients at once, the time that a hop adds, how fast it
acknowledges, and what an idle client costs. Beside it the servers' own dump threads, and a bare loop of write().

Every client is the same program, which throws away what it receives (sink.c). Source, node and clients share the machine's
cores: where the clients need all of them, they are the limit of everybody.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import time

import figures
import workload
from node import Node, binlogd
from servers import Server, free_port

CLIENTS = (1, 4, 16)
IDLE_CLIENTS = 200
RATE, SECONDS = 500, 6
ACK_SECONDS, ACK_CLIENTS = 6, 16
DURABLE = ["--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"]
TABLE = "CREATE DATABASE bench; CREATE TABLE bench.beat (id BIGINT PRIMARY KEY, t DATETIME(6), payload VARCHAR(40)) ENGINE=InnoDB"


def relay(source, **options):
    """A node without an engine, and its port; account below:secret."""
    port = free_port()
    node = Node(source, start=False, engine="none", listen=f"127.0.0.1:{port}", ssl_mode="DISABLED", get_server_public_key="ON",
                log_level="warning", **options)
    binlogd("user", "--no-defaults", f"--data={node.data_dir}", "--role=replication", "add", "below", input="secret\n", check=True)
    node.start()
    return node, port


def stored_all(node, source):
    """Waits until the node's log ends where the source's does."""
    name, offset = source.log_position()
    file = node.data_dir / "log" / name
    figures.wait_until(lambda: file.exists() and file.stat().st_size >= offset, 60)


def run(options, book):
    for kind in options.logs.kinds(book, "serve"):
        throughput(options, book, kind)
    hop(options, book)
    acknowledgements(options, book)
    idle(options, book)


# ---- bytes ----

def throughput(options, book, kind):
    source, path = options.logs.get(kind)
    node, port = relay(source, start_from=path.name)
    try:
        stored = node.data_dir / "log" / path.name
        figures.wait_until(lambda: stored.exists() and stored.stat().st_size >= path.stat().st_size, 120)
        for clients in CLIENTS:
            case = f"{kind}, {clients} clients"
            for _ in range(options.rounds):
                send(options, book, case, source.kind.name, source.port, "repl", source.process.pid, path, clients)
                send(options, book, case, "binlogd", port, "below", node.process.pid, path, clients)
                bare(options, book, case, path, clients)
            book.table("serve", case, [("mb_s", "MB/s"), ("cpu_s_gb", "server CPU s/GB"), ("client_cpu_s_gb", "clients"), ("busy_cores", "cores busy")], "binlogd", [source.kind.name], "mb_s")
    finally:
        node.close()


def send(options, book, case, program, port, user, pid, path, clients):
    argv = [f"{options.build}/bench/bench_sink", str(port), user, "secret", path.name]
    cpu, start = figures.cpu_seconds(pid), time.monotonic()
    running = [subprocess.Popen([*argv, str(1000 + i)], stdout=subprocess.PIPE, text=True) for i in range(clients)]
    reports = [json.loads(client.communicate()[0]) for client in running]
    seconds, cpu = time.monotonic() - start, figures.cpu_seconds(pid) - cpu
    size, client_cpu = (sum(report[name] for report in reports) for name in ("bytes", "cpu_seconds"))
    book.note("serve", case, program, seconds=seconds, mb_s=size / 1e6 / seconds, cpu_s_gb=cpu / (size / 1e9),
              client_cpu_s_gb=client_cpu / (size / 1e9), busy_cores=(cpu + client_cpu) / seconds)


def bare(options, book, case, path, clients):
    out = subprocess.run([f"{options.build}/bench/bench_bare", str(path), str(clients)], check=True, capture_output=True, text=True).stdout
    report = json.loads(out)
    cpu, client_cpu, size = report["cpu_seconds"], report["client_cpu_seconds"], report["bytes"]
    book.note("serve", case, "bare write()", seconds=report["seconds"], mb_s=size / 1e6 / report["seconds"], cpu_s_gb=cpu / (size / 1e9),
              client_cpu_s_gb=client_cpu / (size / 1e9), busy_cores=(cpu + client_cpu) / report["seconds"])


# ---- the time of a hop ----

def hop(options, book):
    seconds = max(2, int(SECONDS * options.scale))
    with Server("mariadb-10.11", options=DURABLE) as source:
        source.sql(TABLE)
        node, port = relay(source)
        try:
            stored_all(node, source)
            for _ in range(options.rounds):
                for program, where in (("from the source", f"dump:{source.port}:repl:secret"), ("through binlogd", f"dump:{port}:below:secret")):
                    source.sql("DELETE FROM bench.beat")
                    stored_all(node, source)
                    argv = [f"{options.build}/bench/bench_latency", str(source.port), where, str(RATE), str(seconds)]
                    out = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
                    book.note("serve", "one hop", program, **json.loads(out))
        finally:
            node.close()
    book.table("serve", "one hop", [("median_ms", "ms median"), ("p99_ms", "ms p99"), ("max_ms", "ms max")])


# ---- semi-sync ----

def acknowledgements(options, book):
    semi = ["--rpl-semi-sync-master-enabled=ON", "--rpl-semi-sync-master-timeout=60000", *DURABLE]
    with Server("mariadb-10.11", options=semi) as source:
        source.sql("CREATE DATABASE bench")
        workload.sysbench(source, "oltp_insert", "--tables=1", "--table-size=1000", "prepare")
        for _ in range(options.rounds):
            with Server("mariadb-10.11", options=["--rpl-semi-sync-slave-enabled=ON", "--sync-relay-log=1", "--log-slave-updates=OFF", *DURABLE]) as replica:
                replica.sql(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={source.port}, MASTER_USER='repl',
                    MASTER_PASSWORD='secret', MASTER_USE_GTID=slave_pos; START SLAVE""")
                acks(options, book, source, "MariaDB replica, sync_relay_log=1")
            node, _ = relay(source, semi_sync="ON")
            try:
                acks(options, book, source, "binlogd")
            finally:
                node.close()
    book.table("serve", "semi-sync, 16 clients", [("acks_s", "acks/s")], "binlogd", ["MariaDB replica, sync_relay_log=1"], "acks_s")


def acks(options, book, source, program):
    status = lambda name: int(source.rows(f"SHOW STATUS LIKE '{name}'")[0][1])  # noqa: E731
    figures.wait_until(lambda: status("Rpl_semi_sync_master_clients") == 1, 60)
    source.sql("CREATE TABLE IF NOT EXISTS bench.mark (a INT); INSERT INTO bench.mark VALUES (1)")  # it has caught up when this is acknowledged
    before, start = status("Rpl_semi_sync_master_yes_tx"), time.monotonic()
    workload.sysbench(source, "oltp_insert", "--tables=1", "--table-size=1000", f"--threads={ACK_CLIENTS}",
                      f"--time={max(2, int(ACK_SECONDS * options.scale))}", "run")
    seconds, count = time.monotonic() - start, status("Rpl_semi_sync_master_yes_tx") - before
    book.note("serve", "semi-sync, 16 clients", program, acks_s=count / seconds)


# ---- idle clients ----

def idle(options, book):
    with Server("mariadb-10.11") as source:
        source.sql(TABLE)
        node, port = relay(source)
        try:
            stored_all(node, source)
            time.sleep(1)
            for clients in (0, IDLE_CLIENTS // 4, IDLE_CLIENTS):
                file, offset = source.log_position()
                waiting = follow_idle(options, port, file, offset, clients)
                rss = figures.memory_mib(node.process.pid)
                if clients == 0:
                    alone = rss
                book.note("serve", f"{clients} idle clients", "binlogd", rss_mib=rss, kib_client=1024 * (rss - alone) / max(clients, 1))
                if waiting is not None:
                    waiting.communicate()
        finally:
            node.close()
    for clients in (0, IDLE_CLIENTS // 4, IDLE_CLIENTS):
        book.table("serve", f"{clients} idle clients", [("rss_mib", "MiB"), ("kib_client", "KiB a client")])


def follow_idle(options, port, file, offset, clients):
    if clients == 0:
        return None
    program = subprocess.Popen([f"{options.build}/bench/bench_idle", str(port), "below", "secret", file, str(offset), str(clients)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if program.stdout.readline().strip() != "ready":
        raise RuntimeError("bench_idle did not begin")
    time.sleep(1)
    return program
