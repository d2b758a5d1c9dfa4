#!/usr/bin/env python3
"""demo.py - what `make run-mariadb` shows: a live MariaDB server, followed by binlogd into SQLite.

A throwaway server with tables and rows; binlogd copies it and follows; meanwhile two clients write, and
the program tells position and lag as it goes. Then the writing stops, binlogd catches up and is stopped,
and every table is compared, column by column: the server through its own client, the replica through the
sqlite3 shell. Everything lives in temporary folders and on loopback ports, and is gone afterwards.

usage: tools/demo.py [--seconds N] [--keep]      exit code 0: every table is equal
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import pathlib
import random
import shutil
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test/lib"))
sys.dont_write_bytecode = True

import compare  # noqa: E402
from node import Node, binlogd  # noqa: E402
from servers import Server  # noqa: E402

CUSTOMERS, ITEMS, FIRST_ORDERS = 2000, 500, 20000
SCHEMA = f"""
CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
CREATE TABLE customer (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(60) NOT NULL, born DATE,
    city VARCHAR(40) CHARACTER SET latin1, balance DECIMAL(12,2) NOT NULL DEFAULT 0, UNIQUE (name));
CREATE TABLE item (id INT PRIMARY KEY, title VARCHAR(80), price DECIMAL(8,2), stock INT,
    kind ENUM('book','tool','toy') NOT NULL, tags SET('new','sale','heavy'), picture BLOB);
CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, customer INT UNSIGNED NOT NULL,
    placed DATETIME(6) NOT NULL, shipped TIMESTAMP(3) NULL, total DOUBLE, note TEXT, KEY (customer));
CREATE TABLE visit (at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), page VARCHAR(30), took TIME(3));
INSERT INTO customer (name, born, city, balance)
    SELECT CONCAT('Zoë ', seq), DATE '1950-01-01' + INTERVAL seq * 7 DAY, 'Köln', seq FROM seq_1_to_{CUSTOMERS};
INSERT INTO item SELECT seq, CONCAT('Item №', seq), seq / 4, 1000, 1 + seq % 3, seq % 8, REPEAT(CHAR(seq % 256), 50)
    FROM seq_1_to_{ITEMS};
INSERT INTO orders (customer, placed, total) SELECT 1 + seq % {CUSTOMERS}, NOW(6) - INTERVAL seq SECOND, seq / 3
    FROM seq_1_to_{FIRST_ORDERS};
"""


class Load(threading.Thread):
    """One client that writes small transactions, until told to stop."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.server, self.random = server, random.Random(seed)
        self.stopping = threading.Event()
        self.transactions = 0
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.server.sql("".join(self._transaction() for _ in range(25)), "shop")
                self.transactions += 25
        except RuntimeError as why:
            self.failure = why

    def _transaction(self):
        r = self.random
        customer, item = r.randint(1, CUSTOMERS), r.randint(1, ITEMS)
        last = r.choice((
            f"UPDATE orders SET shipped = NOW(3), note = 'geprüft ✓' WHERE id = {r.randint(1, FIRST_ORDERS)};",
            f"DELETE FROM orders WHERE id = {r.randint(1, FIRST_ORDERS)};",
            f"INSERT INTO visit (page, took) VALUES ('/item/{item}', '{r.randint(0, 99):02d}:00:{r.random() * 59:06.3f}');",
            f"UPDATE item SET price = price * 1.01, tags = {r.randint(0, 7)} WHERE id = {item};"))
        return (f"BEGIN; INSERT INTO orders (customer, placed, total) VALUES ({customer}, NOW(6), {r.uniform(1, 500)});"
                f"UPDATE item SET stock = stock - 1 WHERE id = {item};"
                f"UPDATE customer SET balance = balance - {r.randint(1, 9999) / 100} WHERE id = {customer};{last}COMMIT;\n")


def say(text=""):
    print(text, flush=True)


def show_status(node):
    status = node.status()
    engine, lag = status.get("engine", {}), status.get("lag", {})
    seconds = lag.get("seconds")
    say(f"  {status.get('state', 'starting'):<12} {engine.get('file', '')}:{engine.get('offset', '')}"
        f"  GTID {engine.get('gtids', '')}  lag {'unknown' if seconds is None else f'{seconds:.1f} s'}"
        f"  {engine.get('applied_rows', 0)} rows applied")


def follow(server, node, seconds):
    """The load runs, the node follows, a line a second says how far it is."""
    loads = [Load(server, seed) for seed in (1, 2)]
    for load in loads:
        load.start()
    until = time.monotonic() + seconds
    changed = rotated = False
    while time.monotonic() < until:
        time.sleep(1)
        show_status(node)
        left = until - time.monotonic()
        if not changed and left < seconds * 0.6:
            say("  -- the schema changes: ALTER TABLE customer ADD COLUMN email")
            server.sql("ALTER TABLE customer ADD COLUMN email VARCHAR(80) DEFAULT 'none' AFTER name", "shop")
            changed = True
        if not rotated and left < seconds * 0.3:
            say("  -- the log is rotated: FLUSH BINARY LOGS")
            server.sql("FLUSH BINARY LOGS")
            rotated = True
        if node.process.poll() is not None:
            raise RuntimeError(f"binlogd ended early:\n{node.log()}")
    for load in loads:
        load.stopping.set()
        load.join()
        if load.failure:
            raise load.failure
    return sum(load.transactions for load in loads)


def show_comparison(server, node):
    say("Comparing every table, column by column (mariadb client | sqlite3 shell):")
    say(f"  {'table':<20} {'rows':>8} {'columns':>8}")
    differences = compare.compare(server, node.database, report=lambda name, rows, columns, equal: say(
        f"  {name:<20} {rows:>8} {columns:>8}  {'equal' if equal else 'DIFFERENT'}"))
    for line in differences:
        say("  " + line)
    return not differences


def run(options):
    say("Starting a throwaway MariaDB server …")
    with Server("mariadb-10.11") as server:
        server.sql(SCHEMA)
        say(f"  {server.value('SELECT VERSION()')} on 127.0.0.1:{server.port}, database shop")
        with Node(server, start=False) as node:
            say("Can it be followed? (binlogd doctor)")
            say("  " + binlogd("doctor", "--no-defaults", server.url()).stdout.strip().splitlines()[-1])
            say(f"Following it into {node.database} (binlogd run), while two clients write:")
            node.start(progress="1s")
            transactions = follow(server, node, options.seconds)
            say(f"The clients stopped after {transactions} transactions; catching up …")
            started = time.monotonic()
            node.wait_caught_up()
            say(f"  caught up {time.monotonic() - started:.1f} s later")
            time.sleep(1.5)  # the status is written once a second
            show_status(node)
            code = node.stop()
            say(f"binlogd stopped, exit code {code}")
            equal = show_comparison(server, node)
            if options.keep or not equal or code != 0:
                kept = pathlib.Path(f"{node.folder}-kept")
                shutil.copytree(node.folder, kept)
                say(f"kept: {kept} (data/data.db, data/log, log)")
    say("Every table is equal." if equal else "The replica differs from its source.")
    return 0 if equal and code == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="how long the clients write")
    parser.add_argument("--keep", action="store_true", help="leave the replica's folder behind")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
