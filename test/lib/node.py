"""node.py - one `binlogd run` under test: builds its command line, starts, stops, kills and waits.

The program is $BINLOGD, or the release build. Waiting asks the data itself: a row written to the
source is looked for in the replica with the sqlite3 shell, so "caught up" is not binlogd's word for it.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MARK_TABLE = "e2e_mark.mark"


def program():
    """The binlogd under test."""
    path = pathlib.Path(os.environ.get("BINLOGD", REPOSITORY / "build/release/src/binlogd"))
    if not path.exists():
        raise RuntimeError(f"no binlogd at {path}: build it, or set BINLOGD")
    return str(path)


def binlogd(*arguments, check=False, **keywords):
    """Runs one binlogd command to its end; stdout and stderr as text."""
    environment = {**os.environ, **keywords.pop("env", {})}
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, check=check,
                          timeout=keywords.pop("timeout", 120), env=environment, **keywords)


class Node:
    """A node that follows `source` (a Server, or a URI; None: a primary). Options: log_level="debug" becomes
    --log-level=debug. kill() and start() again to test a crash: the data directory stays."""

    def __init__(self, source, start=True, data_dir=None, **options):
        self.source = source
        self.url = source if source is None or isinstance(source, str) else source.url()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="binlogd-node-"))
        self.data_dir = pathlib.Path(data_dir or self.folder / "data")
        self.database = self.data_dir / "data.db"
        self.options = options
        self.environment = {}  # more of it, for the program
        self.process = None
        self._marks = 0
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def argv(self):
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.options.items()]
        source = [] if self.url is None else [f"--source={self.url}"]
        return [program(), "run", "--no-defaults", f"--data={self.data_dir}", *source, *options]

    def start(self, **more_options):
        assert self.process is None, "the node is already running"
        self.options.update(more_options)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True,
                                            env={**os.environ, **self.environment})

    def wait_exit(self, seconds=60):
        """Waits until it ends by itself; its exit code."""
        code = self.process.wait(timeout=seconds)
        self.process = None
        return code

    def stop(self):
        """SIGTERM; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self):
        return self._end(signal.SIGKILL)

    def _end(self, number):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.wait_exit()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.process = None
            raise RuntimeError(f"binlogd did not end within 60 s of signal {number}:\n{self.log()[-3000:]}")

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- asking ----

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def status(self):
        """What `binlogd status --json` says, or {} while there is nothing to read yet."""
        run = binlogd("status", "--no-defaults", f"--data={self.data_dir}", "--json")
        return json.loads(run.stdout) if run.stdout.strip() else {}

    def query(self, sql, check=True):
        """Rows of the replica, read with the sqlite3 shell: fields as text, NULL as None."""
        run = subprocess.run(["sqlite3", "-readonly", "-json", "-cmd", ".timeout 10000", str(self.database)],
                             input=sql.encode(), capture_output=True)
        if run.returncode != 0:
            if check:
                raise RuntimeError(f"sqlite3: {run.stderr.decode(errors='replace')}\nin: {sql}")
            return []
        text = run.stdout.decode("utf-8", "surrogateescape").strip()
        return [list(row.values()) for row in json.loads(text)] if text else []

    def wait_log(self, words, seconds=60):
        """Waits until the log holds `words`."""
        self.wait_until(lambda: words in self.log(), seconds, f"the log to say {words!r}")

    def wait_until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"binlogd ended with {self.process.returncode} while a test waited for "
                                   f"{what}:\n{self.log()[-4000:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s for {what}; status {self.status()}; "
                                   f"log:\n{self.log()[-4000:]}")
            time.sleep(0.05)

    def wait_caught_up(self, server=None, seconds=120):
        """Writes a mark to the source and waits until the replica shows it: then everything that
        was written before it has been applied too."""
        server = server or self.source
        self._marks += 1
        mark = f"{os.getpid()}-{self._marks}-{time.monotonic_ns()}"
        database, table = MARK_TABLE.split(".")
        server.ask(f"CREATE DATABASE IF NOT EXISTS {database};"
                   f"CREATE TABLE IF NOT EXISTS {MARK_TABLE} (id INT PRIMARY KEY, mark VARCHAR(100));"
                   f"REPLACE INTO {MARK_TABLE} VALUES (1, '{mark}')")
        # a first copy may bring the mark before other tables: it is whole once there is a position
        sql = f"SELECT mark FROM {self.table_name(database, table)}, binlogd_position WHERE file <> ''"
        self.wait_until(lambda: self.query(sql, check=False) == [[mark]], seconds, f"mark {mark} to arrive")

    def table_name(self, database, table):
        """The quoted name of a source's table in the replica."""
        name = f"{database}.{table}".replace('"', '""')
        return f'"{name}"'
