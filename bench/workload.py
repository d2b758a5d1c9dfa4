"""workload.py - the changes that the benchmarks replicate. Everything lives in schema bench."""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess

HOT_LUA = pathlib.Path(__file__).with_name("hot.lua")
TABLES, TABLE_ROWS = 4, 100_000


def sysbench(server, script, *options):
    argv = ["sysbench", script, "--mysql-host=127.0.0.1", f"--mysql-port={server.port}", "--mysql-user=root",
            "--mysql-db=bench", "--db-ps-mode=disable", *options]
    run = subprocess.run(argv, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}\n{run.stdout}{run.stderr}")


def oltp(server, command, *options):
    sysbench(server, "oltp_write_only", f"--tables={TABLES}", f"--table-size={TABLE_ROWS}", *options, command)


def prepare(server):
    """Four sysbench tables, a hot one, an empty one for bulk inserts, and numbers to make rows from."""
    if server.flavour == "mysql":  # sysbench's client library speaks the old plugin only over a warm cache
        server.sql("ALTER USER root@'127.0.0.1' IDENTIFIED BY ''")
    server.sql("CREATE DATABASE bench")
    oltp(server, "prepare")
    server.sql("""CREATE TABLE hot (id INT PRIMARY KEY, v BIGINT NOT NULL, note VARCHAR(20)) ENGINE=InnoDB;
        INSERT INTO hot SELECT id, 0, 'x' FROM sbtest1 WHERE id <= 1000;
        CREATE TABLE bulk LIKE sbtest1;
        CREATE TABLE nums (n INT PRIMARY KEY) ENGINE=InnoDB;
        INSERT INTO nums SELECT a.id + (b.id - 1) * 1000 FROM sbtest1 a JOIN sbtest1 b
            WHERE a.id <= 1000 AND b.id <= 2000""", "bench")


def small_transactions(server, count):
    oltp(server, "run", "--threads=4", f"--events={count}", "--time=0")


def hot_updates(server, count):
    sysbench(server, str(HOT_LUA), "--threads=4", f"--events={count}", "--time=0", "run")


def bulk_inserts(server, transactions, start=0):
    statement = ("INSERT INTO bulk (id, k, c, pad) SELECT n, n * 7919 % 100000, "
                 "CONCAT(SHA2(n, 256), LEFT(SHA2(n + 1, 256), 55)), LEFT(SHA2(n + 2, 256), 59) "
                 "FROM nums WHERE n > {0} AND n <= {0} + 1000;")
    server.sql("\n".join(statement.format(1000 * i) for i in range(start, start + transactions)), "bench")


def make_log(server, size):
    """One log file of about `size` bytes, half small transactions, half bulk inserts; its path."""
    prepare(server)
    server.sql("FLUSH BINARY LOGS")
    name = server.log_position()[0]
    path = server.data_dir / name
    bulk = 0
    while path.stat().st_size < size and server.log_position()[0] == name:
        small_transactions(server, 10_000)
        if bulk < 2000:
            bulk_inserts(server, 50, bulk)
            bulk += 50
    server.sql("FLUSH BINARY LOGS")
    return path
