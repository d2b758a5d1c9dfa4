"""Schema changes in mid-stream, with rows before, between and after them: the statements of test/data/ddl_rows/*.sql,
followed by three nodes at once. One is compared after each part of the stream; one comes only when all is written, so
that it applies the whole as a backlog; one is killed (kill -9) again and again meanwhile. refused.sql holds what cannot
be followed exactly: each case must stop a node of its own with the right words, and with the rows of before.

In the files, lines up to an empty one are a paragraph. "-- only KIND" in front of one: where it is run; "-- bytes
CHARSET": how its text is encoded. "-- compare" ends what goes to the server as one stream."""
# SPDX-License-Identifier: Apache-2.0
import collections
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import compare  # noqa: E402
from node import MARK_TABLE, Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from sql_session import SqlNode  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/ddl_rows"
SEED = int(os.environ.get("BINLOGD_TEST_SEED", str(int(time.time()))))
CODECS = {"utf8mb4": "utf-8"}
LEAST_STATEMENTS, LEAST_KILLS = 120, 20
CHANGE = re.compile(r"(?:^|;|\*/|!\d*)\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE)\b", re.MULTILINE)


class Part:
    """What is sent in one stream (one for each charset of its text), with the databases to compare after it."""

    def __init__(self, place, databases):
        self.place, self.databases, self.texts, self.changes = place, databases, [], 0

    def add(self, charset, text):
        self.changes += len(CHANGE.findall(text))
        if self.texts and self.texts[-1][0] == charset:
            text = self.texts.pop()[1] + "\n" + text
        self.texts.append((charset, text))

    def run(self, server):
        for charset, text in self.texts:
            run(server, text.encode(CODECS.get(charset, charset)), f"--default-character-set={charset}")


def paragraphs(lines):
    """(kinds or [], charset, text, word that ends it) of each paragraph."""
    only, charset, text = [], "utf8mb4", []
    for line in [*lines, ""]:
        if line.startswith(("-- only ", "-- bytes ")) and text:
            yield only, charset, "\n".join(text), ""
            only, charset, text = [], "utf8mb4", []
        if line.startswith("-- only "):
            only = line[8:].split()
        elif line.startswith("-- bytes "):
            charset = line[9:]
        elif line in ("", "-- compare"):
            yield only, charset, "\n".join(text), line
            only, charset, text = [], "utf8mb4", []
        elif not line.startswith("-- "):
            text.append(line)


def parts_of(path, kind):
    lines = path.read_text(encoding="utf-8").splitlines()
    databases = next(line for line in lines if line.startswith("-- databases "))[13:].split(" ")
    part, count = None, 0
    for only, charset, text, end in paragraphs(lines):
        part = part or Part(f"{path.name}, part {count + 1}", databases)
        if not only or any(kind.startswith(name) for name in only):
            part.add(charset, text)
        if end == "-- compare":
            count += 1
            if any(text.strip() for _, text in part.texts):
                yield part
            part = None


def run(server, text, *options):
    server.run_client(text, "--comments", *options)


class Killer(threading.Thread):
    """Starts a node and kills it at random moments, mostly while it has a backlog, until told to stop."""

    def __init__(self, node, seed):
        super().__init__(daemon=True)
        self.node, self.random = node, random.Random(seed)
        self.stopping = threading.Event()
        self.kills = 0
        self.failure = None

    def run(self):
        while self.failure is None and not (self.stopping.is_set() and self.kills >= LEAST_KILLS):
            time.sleep(0 if self.stopping.is_set() else self.random.uniform(0, 1.5))
            self.node.start()
            time.sleep(self.random.uniform(0.01, 0.4))
            if self.node.process.poll() is not None:
                self.failure = self.node.log()[-3000:]
            self.node.kill()
            self.kills += 1


def plain_names(server):
    """{lower name: (database, name)} of the tables whose name only one database has."""
    tables = {}
    for key in compare.tables_of(server):
        tables.setdefault(key[1].lower(), []).append(key)
    return {name: keys[0] for name, keys in tables.items() if len(keys) == 1}


def dump(database):
    """The data and the definitions in a replica, each once, without binlogd's own."""
    run = subprocess.run(["sqlite3", "-readonly", "-cmd", ".timeout 10000", str(database), ".dump"], capture_output=True, check=True)
    lines = run.stdout.decode("utf-8", "surrogateescape").splitlines()
    return collections.Counter(line for line in lines if not line.startswith(("INSERT INTO binlogd_", "INSERT INTO sqlite_")))


def mark(node):
    return node.query(f"SELECT mark FROM {node.table_name(*MARK_TABLE.split('.'))}", check=False)


def texts(rows):
    return sorted([None if field == "NULL" else field for field in row] for row in rows)


class Follower:
    """Runs files on a source and compares a node with it."""
    maxDiff = None

    def check(self, source, node, part):
        """After a part: the tables that it names."""
        text = "".join(text for _, text in part.texts)
        unnamed = {".".join(key) for key in compare.tables_of(source, part.databases)
                   if key[1].replace("`", "``").lower() not in text.lower()}
        differences = compare.compare(source, node.database, databases=part.databases, ignore=unnamed)
        self.say(differences + self.wrong_views(source, node), part.place)

    def check_all(self, source, node):
        """All tables, and the order of their columns."""
        differences = compare.compare(source, node.database)
        for key in compare.tables_of(source):
            theirs = [column.name.lower() for column in compare.columns_of(source, *key)]
            ours = [name.lower() for name in compare.replica_columns(node.database, ".".join(key))]
            if [name for name in ours if name in theirs] != theirs:
                differences.append(f"{'.'.join(key)}: columns {theirs} there, {ours} here")
        self.say(differences + self.wrong_views(source, node), "at the end")

    def say(self, differences, what):
        self.assertFalse(differences, f"{self.kind}, {what}:\n" + "\n".join(differences[:40]))

    def wrong_views(self, source, node):
        """A view for each name that only one table has, and no other."""
        views = {row[0].lower() for row in node.query("SELECT name FROM sqlite_schema WHERE type = 'view'")}
        names = {name for name in plain_names(source) if not name.startswith(("sqlite_", "binlogd_"))}
        taken = {name.lower() for name in compare.replica_tables(node.database)}
        return [f"view {name}: {'missing' if name in names else 'not wanted'}" for name in (names - taken) ^ views]

    def check_item(self, source, node):
        """The view's DECIMAL, TIME and BIGINT UNSIGNED are the server's own text."""
        key = plain_names(source).get("item")
        if key and key[0] == "views_a":
            theirs = source.rows("SELECT id, d, t, u FROM views_a.item")
            ours = node.query("SELECT CAST(id AS TEXT), CAST(d AS TEXT), CAST(t AS TEXT), CAST(u AS TEXT) FROM item")
            self.assertEqual(texts(theirs), texts([["NULL" if f is None else f for f in row] for row in ours]))

    def follow(self, source, node, files="[0-9]*.sql"):
        """Runs files; the number of statements that changed the schema."""
        changes = 0
        for path in sorted(DATA.glob(files)):
            for part in parts_of(path, self.kind):
                changes += part.changes
                try:
                    part.run(source)
                    node.wait_caught_up(seconds=60)
                except RuntimeError as why:
                    raise AssertionError(f"{self.kind}, {part.place}: {why}") from why
                self.check(source, node, part)
                self.check_item(source, node)
        return changes


@for_each_kind()
class DdlRows(Follower):
    def test_rows_follow_every_statement(self):
        options = {"get_server_public_key": "ON"}
        with Server(self.kind) as source, Node(source, **options) as live, Node(source, **options) as late, \
                Node(source, **options) as killed:
            for node in (live, late, killed):
                node.wait_caught_up()
            late.stop()
            killed.stop()
            killer = Killer(killed, SEED)
            killer.start()
            try:
                changes = self.follow(source, live)
            finally:
                killer.stopping.set()
                killer.join(60)
            self.assertIsNone(killer.failure)
            late.start()
            killed.start()
            live.wait_caught_up()
            self.check_all(source, live)
            for node, what in ((late, "as a backlog"), (killed, f"after {killer.kills} kills, BINLOGD_TEST_SEED={SEED}")):
                node.wait_until(lambda node=node: mark(node) == mark(live), 60, "the end of the stream")
                ours, theirs = dump(node.database), dump(live.database)
                self.say([f"only here: {line}" for line in ours - theirs] + [f"missing: {line}" for line in theirs - ours], what)
            print(f"{self.kind}: {changes} changes of the schema, {killer.kills} kills", flush=True)
            self.assertGreaterEqual(changes, LEAST_STATEMENTS)


@for_each_kind("mysql-9.7", "mariadb-10.11")
class DdlSettings(Follower):
    """Where a setting of the source changes how changes come into its log."""

    def with_option(self, option, files):
        with Server(self.kind, options=[option]) as source, Node(source, get_server_public_key="ON") as node:
            node.wait_caught_up()
            self.follow(source, node, files)

    def test_cascades_inside_the_storage_engine(self):
        if self.kind.startswith("mysql"):  # MariaDB has no other ones
            self.with_option("--innodb-native-foreign-keys=ON", "*_foreign_keys.sql")

    def test_alter_table_in_two_phases(self):
        if self.kind.startswith("mariadb"):
            self.with_option("--binlog-alter-two-phase=ON", "*_columns.sql")

    def test_a_zone_of_the_system_that_has_summers(self):
        """What CURRENT_TIMESTAMP of a DATETIME was there, only UTC's name tells."""
        with Server(self.kind, environment={"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}) as source:
            run(source, "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1)")
            with Node(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                run(source, "ALTER TABLE shop.t ADD at DATETIME DEFAULT CURRENT_TIMESTAMP")
                self.assertEqual(3, node.wait_exit(30))
                self.assertIn("only by the source", node.log().splitlines()[-1])

    def test_the_zone_of_the_system_is_known_without_the_source(self):
        with Server(self.kind) as source:
            run(source, "CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1)")
            with SqlNode(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                node.sql("STOP REPLICA SQL_THREAD")
                run(source, "ALTER TABLE shop.t ADD at DATETIME DEFAULT CURRENT_TIMESTAMP")
                rows = [[1, source.value("SELECT at FROM shop.t")]]
                place = list(source.log_position())
                node.wait_until(lambda: [node.status()["log"][part] for part in ("file", "offset")] == place, 30, "its log")
                source.stop()
                node.restart()
                node.wait_until(lambda: node.query('SELECT * FROM "shop.t"', check=False) == rows, 30, f"rows {rows}")

    def test_partitions_of_a_table_that_is_left_out_may_go(self):
        with Server(self.kind) as source:
            run(source, """CREATE DATABASE kept; CREATE TABLE kept.t (id INT PRIMARY KEY); CREATE DATABASE other; CREATE TABLE other.t (a INT PRIMARY KEY)
                PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO other.t VALUES (1)""")
            with Node(source, exclude="other.*", get_server_public_key="ON") as node:
                node.wait_caught_up()
                run(source, """INSERT INTO kept.t VALUES (1); ALTER TABLE other.t DROP PARTITION p0; ALTER TABLE other.t TRUNCATE PARTITION p1;
                    INSERT INTO other.t VALUES (15); INSERT INTO kept.t VALUES (2)""")
                node.wait_caught_up()
                self.say(compare.compare(source, node.database, ignore=("other.t",)), "with other.* left out")


class Case:
    def __init__(self, number, words):
        self.database, self.words = f"case_{number}", words
        self.only, self.before, self.then = [], [], None

    def take(self, line):
        if line.startswith("-- only "):
            self.only = line[8:].split()
        elif line == "-- then":
            self.then = []
        else:
            (self.before if self.then is None else self.then).append(line)


def cases_of(kind):
    found = []
    for line in (DATA / "refused.sql").read_text().splitlines():
        if line.startswith("-- case "):
            found.append(Case(len(found), line[8:]))
        elif found:
            found[-1].take(line)
    return [case for case in found if not case.only or any(kind.startswith(name) for name in case.only)]


@for_each_kind()
class DdlRefused:
    maxDiff = None

    def outcome(self, source, case, node, before):
        """What is wrong with how a node took its case; None: nothing."""
        try:
            code = node.wait_exit(5)
        except Exception:  # pylint: disable=broad-except
            equal = not compare.compare(source, node.database, databases=[case.database])
            return f"goes on, {'with equal rows' if equal else 'and its rows are WRONG'}"
        if code == 0 or case.words not in node.log().splitlines()[-1]:
            return f"ends with {code}, says: {node.log().splitlines()[-1]}"
        after = compare.read_replica(node.database, f"{case.database}.t", compare.columns_of(source, case.database, "t")[:1])
        return None if after == before else f"stopped, but its rows changed: {before}, {after}"

    def test_what_cannot_be_followed_stops_the_node(self):
        with Server(self.kind) as source:
            cases = cases_of(self.kind)
            for case in cases:
                run(source, f"CREATE DATABASE {case.database}; USE {case.database};\n" + "\n".join(case.before))
            wrong = [f"{case.database} ({' '.join(case.then)}): {what}" for case in cases if (what := self.one(source, case))]
            self.assertFalse(wrong, f"{self.kind}:\n" + "\n".join(wrong))

    def one(self, source, case):
        with Node(source, include=f"{case.database}.*", get_server_public_key="ON") as node:
            node.wait_until(lambda: node.query(f'SELECT 1 FROM "{case.database}.t" LIMIT 1', check=False), 60, "a copy")
            before = compare.read_replica(node.database, f"{case.database}.t", compare.columns_of(source, case.database, "t")[:1])
            run(source, "\n".join(case.then), case.database)
            return self.outcome(source, case, node, before)


if __name__ == "__main__":
    unittest.main()
