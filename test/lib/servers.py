"""servers.py - real servers for the end-to-end tests: MariaDB 10.11 of this machine, MariaDB 11.8 and
MySQL 9.7 of the test root, each with a data directory and a loopback port of its own.

    with Server("mysql-9.7") as source:              # started; stopped and wiped at the end
        source.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY)")
        with Node(source) as node:                   # `binlogd run` following it, see node.py
            node.wait_caught_up()

A kind that this machine lacks raises unittest.SkipTest with the reason; tools/test-servers.sh fetches
the kinds. The servers of the test root are run by their own dynamic loader, so no chroot, no mount and
no root is needed. Everything goes through the server's own client program: nothing here shares code
with binlogd. Only processes started here are signalled, by their pid.
"""
# SPDX-License-Identifier: Apache-2.0
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from standing_client import StandingClient

KINDS = ("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
TEST_ROOT = pathlib.Path(os.environ.get("BINLOGD_TEST_ROOT", "/var/cache/binlogd-test"))
# Where a kind's files are looked for besides the test root; "/" is this machine itself.
OTHER_PLACES = {"mariadb-10.11": ["/"], "mariadb-11.8": ["/opt/maria118"], "mysql-9.7": ["/opt/mysql97"]}
START_SECONDS = 90
PLUGINS = "usr/lib/mysql/plugin"
LIBRARY_FOLDERS = ("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib/mysql/private")
COMMON_OPTIONS = [
    "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200",
    "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0",
    "--binlog-format=ROW", "--log-bin=binlog",
]
FLAVOUR_OPTIONS = {
    "mysql": ["--mysqlx=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON",
              "--innodb-redo-log-capacity=64M", "--secure-file-priv="],
    "mariadb": ["--innodb-log-file-size=64M"],
}


class Kind:
    """One installed server: where its programs are and how they are started."""

    def __init__(self, name, root):
        self.name = name
        self.flavour = name.split("-")[0]
        self.version = tuple(int(part) for part in name.split("-")[1].split("."))
        self.root = pathlib.Path(root)

    def program(self, folder, *names):
        """argv of one of the server's programs (the first name that is there)."""
        for name in names:
            path = self.root / folder / name
            if path.exists():
                break
        else:
            raise unittest.SkipTest(f"{self.name}: no {names[0]} in {self.root / folder}")
        if self.root == pathlib.Path("/"):
            return [str(path)]
        return [*self._loader(), str(path)]

    def _loader(self):
        folders = [str(self.root / folder) for folder in LIBRARY_FOLDERS]
        for folder in folders:
            for name in ("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"):
                if os.path.exists(f"{folder}/{name}"):
                    return [f"{folder}/{name}", "--library-path", ":".join(folders)]
        raise unittest.SkipTest(f"{self.name}: no dynamic loader in {self.root}")

    def server(self):
        argv = self.program("usr/sbin", *(["mysqld"] if self.flavour == "mysql" else ["mariadbd"]))
        share = "mysql" if self.flavour == "mysql" else "mariadb"
        if not (self.root / "usr/share" / share).exists():
            share = "mysql"
        return [*argv, "--no-defaults", *(["--user=root"] if os.geteuid() == 0 else []),
                f"--basedir={self.root}/usr", f"--lc-messages-dir={self.root}/usr/share/{share}",
                f"--character-sets-dir={self.root}/usr/share/{share}/charsets",
                f"--plugin-dir={self.plugin_dir()}"]

    def plugin_dir(self):
        """Debian has the plugins in another package than the server; test-servers.sh unpacks it beside."""
        own = self.root / PLUGINS
        beside = TEST_ROOT / f"{self.name}-plugins" / PLUGINS
        return own if own.exists() or not beside.exists() else beside

    def need_plugin(self, name):
        path = self.plugin_dir() / f"{name}.so"
        if not path.exists():
            raise unittest.SkipTest(f"{self.name}: no plugin {path}")

    def client(self):
        share = "mysql" if self.flavour == "mysql" else "mariadb"
        if not (self.root / "usr/share" / share / "charsets").exists():
            share = "mysql"
        argv = self.program("usr/bin", *(["mysql"] if self.flavour == "mysql" else ["mariadb"]))
        return [*argv, "--no-defaults", f"--character-sets-dir={self.root}/usr/share/{share}/charsets"]

    def tool(self, *names):
        """argv of a client tool, such as tool("mariadb-binlog")."""
        return self.program("usr/bin", *names)

    # ---- the empty data directory, made once and copied ----

    def template(self):
        """The folder to copy; made by whoever comes first, under a lock."""
        home = _writable_home() / "templates"
        home.mkdir(parents=True, exist_ok=True)
        stamp = int((self.root / "usr/sbin" / ("mysqld" if self.flavour == "mysql" else "mariadbd"))
                    .stat().st_mtime)
        path = home / f"{self.name}-{stamp}"
        with open(home / f"{self.name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                draft = pathlib.Path(tempfile.mkdtemp(prefix="draft-", dir=home))
                self._initialize(draft)
                draft.rename(path)
        return path

    def _initialize(self, folder):
        argv = [*self.server(), f"--datadir={folder}", f"--log-error={folder}/init.log"]
        if self.flavour == "mysql":
            run = subprocess.run([*argv, "--initialize-insecure", "--innodb-redo-log-capacity=64M"],
                                 capture_output=True)
        else:
            (folder / "mysql").mkdir()
            run = subprocess.run([*argv, "--bootstrap", "--innodb-log-file-size=64M"],
                                 input=self._system_tables(), capture_output=True)
        if run.returncode != 0:
            log = (folder / "init.log").read_text(errors="replace") if (folder / "init.log").exists() else ""
            raise RuntimeError(f"{self.name}: making a data directory failed:\n"
                               f"{run.stderr.decode(errors='replace')}{log}")
        (folder / "auto.cnf").unlink(missing_ok=True)  # each copy gets a server_uuid of its own

    def _system_tables(self):
        share = next(path for path in (self.root / "usr/share/mariadb", self.root / "usr/share/mysql")
                     if path.exists() and any(path.glob("*system_tables.sql")))
        parts = [b"create database if not exists mysql;\nuse mysql;\n"
                 b"SET @auth_root_socket=NULL;\nSET @skip_auth_anonymous=1;\n"]
        for name in ("system_tables", "performance_tables", "system_tables_data"):
            found = [path for prefix in ("mariadb", "mysql")
                     if (path := share / f"{prefix}_{name}.sql").exists()]
            parts.append(found[0].read_bytes() + b"\n")
        return b"".join(parts)


def _writable_home():
    if os.access(TEST_ROOT, os.W_OK) or (not TEST_ROOT.exists() and os.access(TEST_ROOT.parent, os.W_OK)):
        return TEST_ROOT
    return pathlib.Path(tempfile.gettempdir()) / f"binlogd-test-{os.getuid()}"


def find_kind(name):
    """The installed kind, or SkipTest saying what is missing."""
    if name not in KINDS:
        raise ValueError(f"unknown kind of server {name!r}; known: {', '.join(KINDS)}")
    program = "mysqld" if name.startswith("mysql") else "mariadbd"
    for root in [str(TEST_ROOT / name), *OTHER_PLACES[name]]:
        if os.path.exists(os.path.join(root, "usr/sbin", program)):
            return Kind(name, root)
    raise unittest.SkipTest(f"{name} is not here (looked in {TEST_ROOT / name}; "
                            "tools/test-servers.sh fetches it)")


def installed_kinds():
    found = []
    for name in KINDS:
        try:
            found.append(find_kind(name).name)
        except unittest.SkipTest:
            pass
    return found


def for_each_kind(*kinds):
    """Class decorator: makes one TestCase per kind, with `kind` set; missing kinds are skipped and
    counted. The decorated class itself runs no test."""
    def decorate(cls):
        namespace = __import__("sys").modules[cls.__module__].__dict__
        for kind in kinds or KINDS:
            name = f"{cls.__name__}_{kind.replace('-', '_').replace('.', '_')}"
            case = type(name, (cls, unittest.TestCase), {"kind": kind, "__module__": cls.__module__})
            try:
                find_kind(kind)
            except unittest.SkipTest as why:
                case = unittest.skip(str(why))(case)
            namespace[name] = case
        return cls
    return decorate


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Server:
    """One running server. Accounts: root without a password (socket, 127.0.0.1) and
    repl / "secret" with what a source must grant (mysql_native_password unless told otherwise on
    MariaDB, caching_sha2_password on MySQL)."""

    _next_id = 100

    def __init__(self, kind="mariadb-10.11", options=(), server_id=None, start=True, port=None, environment=()):
        self.kind = find_kind(kind)
        self.flavour = self.kind.flavour
        Server._next_id += 1
        self.server_id = server_id or Server._next_id
        self.port = port or free_port()
        self.options = list(options)
        self.environment = {**os.environ, **dict(environment)}
        # /tmp whatever TMPDIR says: a socket's path may have 107 bytes only
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"binlogd-{kind}-", dir="/tmp"))
        self.data_dir = self.folder / "data"
        self.socket = self.folder / "s.sock"
        self.process = None
        self.standing = {}  # session -> StandingClient
        try:
            shutil.copytree(self.kind.template(), self.data_dir)
            if start:
                self.start()
                self._make_accounts()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def argv(self):
        return [*self.kind.server(), f"--datadir={self.data_dir}", f"--port={self.port}",
                f"--socket={self.socket}", f"--pid-file={self.folder}/pid",
                f"--log-error={self.folder}/error.log", f"--server-id={self.server_id}",
                f"--tmpdir={self.folder}",  # a MariaDB that starts clears the one in /tmp of others
                "--report-host=127.0.0.1", *COMMON_OPTIONS, *FLAVOUR_OPTIONS[self.flavour], *self.options]

    def start(self, *more_options):
        """Starts and waits until it answers; more_options stay for later starts."""
        assert self.process is None, "the server is already running"
        self.options += more_options
        self.process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True, env=self.environment)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.kind.name} did not start:\n{self.error_log()[-3000:]}")
            time.sleep(0.1)

    def _answers(self):
        return self.socket.exists() and self.run_client("SELECT 1", check=False).returncode == 0

    def _make_accounts(self):
        grants = "REPLICATION SLAVE, REPLICATION CLIENT, SELECT, RELOAD, LOCK TABLES, SHOW VIEW, PROCESS"
        grants += ", BACKUP_ADMIN" if self.flavour == "mysql" else ", BINLOG MONITOR"
        self.sql("SET SESSION sql_log_bin=0;"
                 "CREATE USER IF NOT EXISTS root@'127.0.0.1' IDENTIFIED BY '';"
                 "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;"
                 "CREATE USER repl@'%' IDENTIFIED BY 'secret';"
                 f"GRANT {grants} ON *.* TO repl@'%'")

    def stop(self):
        """A clean shutdown."""
        self._end(signal.SIGTERM)

    def kill(self):
        """kill -9: what the operating system has been given stays, what the server held is gone."""
        self._end(signal.SIGKILL)

    def _end(self, number):
        self.forget_sessions()
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        else:
            self._tell_how_it_ended()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        for leftover in (self.socket, pathlib.Path(f"{self.socket}.lock")):
            leftover.unlink(missing_ok=True)

    def _tell_how_it_ended(self):
        """A server that ended by itself, or by another's hand, explains what the tests say next."""
        print(f"{self.kind.name}, port {self.port}, had ended with {self.process.returncode}; its log:\n"
              f"{self.error_log()[-4000:]}", file=sys.stderr, flush=True)

    def restart(self, *more_options):
        self.stop()
        self.start(*more_options)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- asking ----

    def client(self, *options):
        """argv of the server's client, as root over the socket."""
        return [*self.kind.client(), f"--socket={self.socket}", "-uroot", *options]

    def batch_client(self, *options):
        return self.client("--default-character-set=utf8mb4", "--binary-mode", "--max-allowed-packet=1G", "--batch",
                           "--skip-column-names", *options)

    def run_client(self, text, *options, check=True):
        data = text if isinstance(text, bytes) else text.encode()
        run = subprocess.run(self.batch_client(*options), input=data, capture_output=True)
        if check and run.returncode != 0:
            raise RuntimeError(f"{self.kind.name}: {run.stderr.decode(errors='replace').strip()}\n"
                               f"in: {data[:500]!r}")
        return run

    def sql(self, text, database=None, check=True):
        """Runs statements; what they print, as text."""
        run = self.run_client(text, *([database] if database else []), check=check)
        return run.stdout.decode("utf-8", "surrogateescape")

    def ask(self, text, session=""):
        """What statements print that leave the session as it is; `session`: a SET before the first."""
        client = self.standing.get(session)
        if client is None or client.has_ended():
            client = self.standing[session] = StandingClient(self.batch_client(), session)
        try:
            return client.ask(text).decode("utf-8", "surrogateescape")
        except RuntimeError as why:
            raise RuntimeError(f"{self.kind.name}: {why}\nin: {text[:500]!r}") from None

    def forget_sessions(self):
        """The next question is asked in a new session: global settings have changed."""
        for client in self.standing.values():
            client.close()
        self.standing = {}

    def rows(self, text, session=""):
        """Rows of tab-separated fields; the client escapes tab, newline and backslash; NULL is
        the word NULL."""
        return [line.split("\t") for line in self.ask(text, session).splitlines()]

    def value(self, text):
        rows = self.rows(text)
        return rows[0][0] if rows else None

    def log_position(self):
        """(file, offset) of the end of the binary log."""
        new = self.flavour == "mysql" and self.kind.version >= (8, 4)
        row = self.rows("SHOW BINARY LOG STATUS" if new else "SHOW MASTER STATUS")[0]
        return row[0], int(row[1])

    def gtids(self):
        """The executed GTID set (MySQL) or gtid_binlog_pos (MariaDB)."""
        name = "gtid_executed" if self.flavour == "mysql" else "gtid_binlog_pos"
        return self.sql(f"SELECT @@global.{name}").strip().replace("\\n", "")

    def log_files(self):
        """Paths of the binary log files, oldest first."""
        return [self.data_dir / row[0] for row in self.rows("SHOW BINARY LOGS")]

    def flush_logs(self):
        """A new log file, with all that the server adds to it by itself: MariaDB does so when it finds the time."""
        self.sql("FLUSH BINARY LOGS")
        newest = self.log_position()[0]
        deadline = time.monotonic() + START_SECONDS
        while self.flavour == "mariadb" and not self._is_checked_in(newest) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _is_checked_in(self, name):
        return any(row[2] == "Binlog_checkpoint" and row[5] == name for row in self.rows(f"SHOW BINLOG EVENTS IN '{name}'"))

    def url(self, user="repl", password="secret", **parameters):
        query = "&".join(f"{key.replace('_', '-')}={value}" for key, value in parameters.items())
        secret = f":{password}" if password is not None else ""
        return f"mysql://{user}{secret}@127.0.0.1:{self.port}/" + (f"?{query}" if query else "")

    def error_log(self):
        path = self.folder / "error.log"
        return path.read_text(errors="replace") if path.exists() else ""
