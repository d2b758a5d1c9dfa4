"""sweep.py - one node, run again and again over the same stretch of a source's log; in each run its n-th file call is
its last, fails, or is cut short (faultshim.c). Then it runs without a fault, and must end as if nothing had been.

    with Stretch("mariadb-10.11") as stretch:
        outcome = stretch.run(Fault("kill-after", 17), "follow")

The source is written once and then stays as it is, so what it holds is read once. What a run must leave: every
table equal (the server's own client against the sqlite3 shell), every stored log file byte for byte the source's,
and the database sound. Nothing here shares code with binlogd.
"""
# SPDX-License-Identifier: Apache-2.0
import collections
import dataclasses
import mmap
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import time

from compare import columns_of, read_replica, read_server, replica_tables, sqlite, tables_of
from node import Node
from servers import Server

SHIMS = pathlib.Path(os.environ.get("BINLOGD_BUILD", "build/test")).resolve() / "test"
SHIM = SHIMS / "faultshim.so"
MEMORY = "no memory"  # a Fault's `do` that is memoryshim.c's
RUN_SECONDS = 90
POLL_SECONDS = 0.005
IN_USE_FLAG = 4 + 17  # of the format description: set in the file that the server still writes

BEFORE = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40), price DECIMAL(9,2)) ENGINE=InnoDB;
CREATE TABLE pile (kind INT, body VARCHAR(30)) ENGINE=InnoDB;
CREATE TABLE old (id INT PRIMARY KEY, v TEXT) ENGINE=InnoDB;
INSERT INTO item VALUES (1, 'one', 1.10), (2, 'two', 2.20), (3, 'three', NULL);
INSERT INTO pile VALUES (1, 'same'), (1, 'same'), (2, 'other');
INSERT INTO old VALUES (1, REPEAT('o', 3000));
"""
AFTER = """
INSERT INTO item VALUES (4, 'four', 4.40);
BEGIN; UPDATE item SET price = price * 2 WHERE id < 3; DELETE FROM pile WHERE kind = 1 LIMIT 1; COMMIT;
CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE) ENGINE=InnoDB;
INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
FLUSH BINARY LOGS;
ALTER TABLE item ADD COLUMN note LONGTEXT, ADD KEY (name);
UPDATE item SET note = REPEAT('n', 40000) WHERE id = 2;
DELETE FROM parent WHERE id = 1;
ALTER TABLE old MODIFY v VARCHAR(5000), ADD COLUMN w INT NOT NULL DEFAULT 7 FIRST;
INSERT INTO old (id, v) VALUES (2, 'w');
FLUSH BINARY LOGS;
RENAME TABLE old TO older;
CREATE TABLE gone (id INT PRIMARY KEY); INSERT INTO gone VALUES (1); DROP TABLE gone;
BEGIN; INSERT INTO item (id, note) VALUES (5, REPEAT('a', 200000)), (6, REPEAT('b', 200000));
INSERT INTO pile VALUES (1, 'same'), (3, 'new'); COMMIT;
REPLACE INTO item (id, name) VALUES (3, 'drei'); UPDATE item SET id = id + 10 WHERE id IN (1, 4);
INSERT INTO older (id, v) VALUES (3, 'last');
"""


@dataclasses.dataclass
class Fault:
    """What befalls which call; do: see faultshim.c, or MEMORY; at 0: nothing does, the calls are counted. Only calls on
    paths with `only` in them count."""
    do: str
    at: int = 0
    only: str = ""

    def __str__(self):
        return f"{self.do} at call {self.at}" + (f" on {self.only}" if self.only else "")


@dataclasses.dataclass
class Outcome:
    """What the page said after a run (struct page of faultshim.c), and how the process ended."""
    calls: int = 0
    hit: bool = False
    retried: int = 0
    lies: int = 0
    call: str = ""
    path: str = ""
    code: int = 0  # negative: the signal
    said: str = ""


class Page:
    """The memory that faultshim.c shares with us."""
    LAYOUT = struct.Struct("<QQQQ32s400s")

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(4096))

    def read(self, outcome):
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ) as page:
            calls, hit, retried, lies, call, path = self.LAYOUT.unpack(page[:self.LAYOUT.size])
        outcome.calls, outcome.hit, outcome.retried, outcome.lies = calls, bool(hit), retried, lies
        outcome.call, outcome.path = (text.split(b"\0")[0].decode() for text in (call, path))
        return outcome


class Wrong(AssertionError):
    """A run left something that it may not leave."""


class Stretch:
    """A source with a log of three files, and a node that had copied it before most of that was written.
    Ways to run: "follow" goes on from there; "copy" begins with an empty directory."""

    def __init__(self, kind, folder=None):
        self.source = Server(kind)
        try:
            self.source.sql(BEFORE)
            self.node = Node(self.source, start=False, data_dir=folder, get_server_public_key="ON", progress="0",
                             heartbeat_period="1s", reconnect_max_delay="1s", batch_transactions="1",
                             copy_chunk_rows="2", copy_connections="1", ssl_mode="DISABLED")
            self.template = self.node.folder / "template"
            self._copy_once()
            self.source.sql(AFTER, "shop")
        except BaseException:
            self.source.close()
            raise
        self.target = self.source.log_position()
        self.tables = {}
        for (database, table), kind_of_table in tables_of(self.source).items():
            columns = columns_of(self.source, database, table)
            rows = read_server(self.source, database, table, kind_of_table, columns)
            self.tables[f"{database}.{table}"] = (columns, rows)
        self.files = {path.name: path.read_bytes() for path in self.source.log_files()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.close()
        self.source.close()

    def _copy_once(self):
        place = self.source.log_position()
        self._finish(place)
        shutil.copytree(self.node.data_dir, self.template)

    # ---- one run ----

    def reset(self, way):
        """The directory as it is before a run."""
        if self.node.data_dir.exists():
            for path in self.node.data_dir.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if way == "follow":
            shutil.copytree(self.template, self.node.data_dir, dirs_exist_ok=True)

    def arm(self, fault):
        """What befalls the node's next runs; None: nothing. The page that says what happened."""
        page = Page(self.node.folder / "page")
        if fault is None:
            self.node.environment = {}
        elif fault.do == MEMORY:
            self.node.environment = {"LD_PRELOAD": str(SHIMS / "memoryshim.so"), "MEMORY_AT": str(fault.at),
                                     "MEMORY_PAGE": str(page.path)}
        else:
            self.node.environment = {"LD_PRELOAD": str(SHIM), "FAULT_DIR": str(self.node.data_dir),
                                     "FAULT_DO": fault.do, "FAULT_AT": str(fault.at), "FAULT_PAGE": str(page.path),
                                     **({"FAULT_ONLY": fault.only} if fault.only else {})}
        return page

    def strike(self, fault):
        """Runs it with the fault until it ends, or has done all and is asked to stop."""
        page = self.arm(fault)
        outcome = Outcome(code=self._finish())
        outcome.said = self.said()
        return page.read(outcome)

    def points(self, do, way):
        """{(call, kind of file): [numbers of the calls]} of an undisturbed run: the points that `do` can strike."""
        trace = self.node.folder / "trace"
        trace.unlink(missing_ok=True)
        os.environ["FAULT_TRACE"] = str(trace)
        try:
            self.run(Fault(do), way)
        finally:
            del os.environ["FAULT_TRACE"]
        found = collections.defaultdict(list)
        for number, line in enumerate(trace.read_text().splitlines(), 1):
            call, path = line.split(" ", 1)
            found[call, re.sub(r"\d+", "N", path.rpartition("/")[2])].append(number)
        return found

    def heal(self):
        """Runs it without a fault to the end of the log."""
        self.arm(None)
        code = self._finish()
        if code != 0:
            raise Wrong(f"the run after it ended with {code}:\n{self.said()}")

    def run(self, fault, way):
        """Directory anew, the run with the fault, a run without, everything compared; what happened. Raises
        Wrong."""
        self.reset(way)
        outcome = self.strike(fault)
        self.judge(fault, outcome)
        if outcome.code != 0:
            self.heal()
        self.compare()
        return outcome

    def said(self):
        """What the newest run logged."""
        return self.node.log()[self._log_size:]

    def _finish(self, place=None):
        """Starts the node; its exit code. It is asked to stop when it has applied everything."""
        self._log_size = len(self.node.log())
        self.node.start()
        if self._wait_for(place or self.target):
            self.node.process.send_signal(signal.SIGTERM)
        try:
            return self.node.wait_exit(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self.node.kill()
            raise Wrong(f"it does not end:\n{self.said()}") from None

    def _wait_for(self, place):
        """True: it got there; False: it ended before."""
        deadline = time.monotonic() + RUN_SECONDS
        while self.node.process.poll() is None:
            if self.applied() == place and self.stored(place[0]) >= place[1] and "connecting" in self.said():
                return True
            if time.monotonic() > deadline:
                self.node.kill()
                raise Wrong(f"it hangs, at {self.applied()} of {place}:\n{self.said()}")
            time.sleep(POLL_SECONDS)
        return False

    def applied(self):
        """(file, offset) of the replica, or None. A reader that may not write leaves the WAL as it is."""
        try:
            with sqlite3.connect(f"file:{self.node.database}?mode=ro", uri=True, timeout=0) as reader:
                row = reader.execute("SELECT file, offset FROM binlogd_position").fetchone()
            return tuple(row) if row else None
        except sqlite3.Error:
            return None
        finally:
            if "reader" in locals():
                reader.close()

    def stored(self, name):
        """How many bytes of that log file the node has."""
        path = self.node.data_dir / "log" / name
        return path.stat().st_size if path.exists() else 0

    # ---- what it left ----

    def was_made_only(self, outcome):
        """SQLite takes back the making of a new database whose sync failed, and syncs that: it is empty again."""
        database = self.node.database
        return outcome.path == str(database) and (not database.exists() or database.stat().st_size == 0)

    def judge(self, fault, outcome):
        """A struck process is gone, has healed, or has said one clear sentence; it never crashes by itself, and
        never syncs a file again whose sync failed."""
        if outcome.retried and not self.was_made_only(outcome):
            raise Wrong(f"a file was synced again after its sync had failed ({outcome.call} of {outcome.path})")
        if not outcome.hit and outcome.code != 0:
            raise Wrong(f"no call was struck, and it ended with {outcome.code}:\n{outcome.said}")
        if fault.do.startswith("kill"):
            if outcome.hit and outcome.code != -signal.SIGKILL:
                raise Wrong(f"struck dead, and it ended with {outcome.code}")
            return
        if fault.do == MEMORY and outcome.code == -signal.SIGABRT and "out of memory" in outcome.said:
            return
        if outcome.code < 0:
            raise Wrong(f"it crashed with signal {-outcome.code}:\n{outcome.said}")
        errors = re.findall(r"^.*(?:\[ERROR\]|^binlogd: ).*$", outcome.said, re.M)
        if not outcome.hit and errors:
            raise Wrong(f"no call was struck, and there are errors: {errors}")
        if outcome.code != 0 and len(errors) != 1:
            raise Wrong(f"{len(errors)} sentences, not one, for exit code {outcome.code}:\n{outcome.said}")

    def compare(self):
        """Everything equal, or Wrong."""
        database = self.node.database
        sound = sqlite(database, "PRAGMA integrity_check")
        if sound != [["ok"]]:
            raise Wrong(f"integrity_check: {sound}")
        names = replica_tables(database)
        if names != set(self.tables):
            raise Wrong(f"tables of the source {sorted(self.tables)}, of the replica {sorted(names)}")
        for name, (columns, rows) in self.tables.items():
            found = read_replica(database, name, columns)
            if found != rows:
                raise Wrong(f"{name}: source {rows}\nreplica {found}"[:3000])
        self.compare_files()

    def compare_files(self):
        log = self.node.data_dir / "log"
        stored = [name for name in (log / "index").read_text().split() if name in self.files]
        if not stored or stored[-1] != self.target[0]:
            raise Wrong(f"the log ends with {stored[-1:]}, the source's with {self.target[0]}")
        for name in stored:
            if without_flag((log / name).read_bytes()) != without_flag(self.files[name]):
                raise Wrong(f"{name} is not the source's")


def without_flag(file):
    """A log file without the mark that its server still writes it."""
    return file[:IN_USE_FLAG] + bytes([file[IN_USE_FLAG] & ~1]) + file[IN_USE_FLAG + 1:]
