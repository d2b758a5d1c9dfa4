"""The disk: full, damaged, lost in part, shared by mistake, changed by someone else. Nothing that was committed is
lost, nothing is half-done; what can be put right goes on after it, and all tables are equal."""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import fcntl
import os
import resource
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SCHEMA = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, v LONGTEXT) ENGINE=InnoDB; INSERT INTO item (v) VALUES ('a'), ('b');
"""
INSERT = "INSERT INTO shop.item (v) VALUES ('{}');"
BULK = "INSERT INTO shop.item (v) VALUES (REPEAT('x', 30000));" * 100


class Disk:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.source.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def setUp(self):
        self.source.sql("REPLACE INTO shop.item VALUES (1, 'a'), (2, 'b'); DELETE FROM shop.item WHERE id > 2; FLUSH BINARY LOGS")

    def equal(self, node):
        node.wait_caught_up()
        assert_equal_tables(self, self.source, node)

    def stopped(self, **options):
        """A node with a log of several files, everything applied, stopped."""
        node = ToldNode(self.source, **options)
        node.wait_caught_up()
        for i in range(3):
            self.source.sql(INSERT.format("x" * 3000) * 3 + "FLUSH BINARY LOGS;")
        self.source.sql(INSERT.format("y" * 3000) * 3)
        node.wait_caught_up()
        self.assertEqual(0, node.stop())
        return node

    @staticmethod
    def stored(node):
        """The stored log files, oldest first."""
        return [node.data_dir / "log" / name for name in (node.data_dir / "log" / "index").read_text().split()
                if name.startswith("binlog.")]


def mounted(path, size):
    """Mounts a small file system at path; what unmounts it."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(path)], check=True)
    return lambda: subprocess.run(["umount", "-l", str(path)], check=True)


def resize(path, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", str(path)], check=True)


def can_mount():
    if os.geteuid() != 0:
        return False
    with contextlib.ExitStack() as stack:
        probe = subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip()
        stack.callback(os.rmdir, probe)
        if subprocess.run(["mount", "-t", "tmpfs", "none", probe], capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", probe], check=True)
    return True


@for_each_kind("mariadb-10.11", "mysql-9.7")
class FullDisk(Disk):
    """Small file systems where that may be mounted; else, and also, a limit on the size of a file."""

    @contextlib.contextmanager
    def node_on(self, data, log):
        """A node whose data and log have so much room each."""
        if not can_mount():
            self.skipTest("mounting needs root; test_a_limit_on_file_sizes covers the errors")
        with ToldNode(self.source, start=False) as node, contextlib.ExitStack() as stack:
            stack.callback(mounted(node.data_dir, data))
            stack.callback(mounted(node.data_dir / "log", log))
            stack.callback(node.kill)
            yield node

    def test_the_log_has_no_room(self):
        with self.node_on(data="16m", log="2m") as node:
            node.start()
            node.wait_caught_up()
            self.source.sql(BULK)
            for _ in range(2):
                assert_ends(self, node, 1, f"the disk of {node.data_dir}/log is full", "free space there")
                self.assertEqual("stopped", node.state())
                node.start()
            node.wait_exit()
            resize(node.data_dir / "log", "64m")
            node.start()
            self.equal(node)

    def test_the_data_has_no_room(self):
        with self.node_on(data="2m", log="64m") as node:
            node.start()
            node.wait_caught_up()
            self.source.sql(BULK)
            for _ in range(2):
                assert_ends(self, node, 1, "data.db", "make room on the disk")
                self.assertEqual([["ok"]], node.query("PRAGMA integrity_check"))
                node.start()
            node.wait_exit()
            resize(node.data_dir, "64m")
            node.start()
            self.equal(node)

    def test_the_first_copy_has_no_room(self):
        self.source.sql(BULK)
        with self.node_on(data="2m", log="64m") as node:
            node.start()
            assert_ends(self, node, 1, "first copy", "make room on the disk")
            resize(node.data_dir, "64m")
            node.start()
            self.equal(node)

    def test_a_limit_on_file_sizes(self):
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            limit = (1_500_000, resource.RLIM_INFINITY)
            resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, limit)
            self.source.sql(BULK)
            assert_ends(self, node, 1, str(node.data_dir))
            node.start()
            self.equal(node)


@for_each_kind("mariadb-10.11", "mysql-9.7")
class DamagedLog(Disk):
    def test_a_flipped_bit_stops_whoever_reads_it(self):
        """The data is put back to before the damage, so that the log must be read again."""
        for which in (1, -1):  # a file in the middle, the newest one
            with ToldNode(self.source) as node:
                node.wait_caught_up()
                node.stop()
                shutil.copy(node.database, node.folder / "before.db")
                node.start()
                for _ in range(3):
                    self.source.sql("FLUSH BINARY LOGS;" + INSERT.format("x" * 3000) * 3)
                node.wait_caught_up()
                node.stop()
                self.put_back(node)
                path = self.stored(node)[which]
                whole = path.read_bytes()
                at = whole.index(b"x" * 3000, len(whole) // 2) + 1500
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                for _ in range(2):
                    node.start()
                    said = assert_ends(self, node, 3, str(path.name), "checksum")
                    rows = int(node.query('SELECT COUNT(*) FROM "shop.item"')[0][0])
                    self.assertGreater(rows, 2, said)  # what came before the damage
                self.assertIn("put the source's own file in its place", said)
                shutil.copy(self.source.data_dir / path.name, path)
                node.start()
                self.equal(node)

    @staticmethod
    def put_back(node):
        for path in node.data_dir.glob("data.db*"):
            path.unlink()
        shutil.copy(node.folder / "before.db", node.database)

    def test_a_tail_that_was_cut_off(self):
        with self.stopped() as node:
            newest = self.stored(node)[-1]
            whole = newest.read_bytes()
            os.truncate(newest, len(whole) - 100)
            for _ in range(2):
                node.start()
                assert_ends(self, node, 3, newest.name, "was synced up to", f"move {newest}.gtids away")
            os.unlink(f"{newest}.gtids")
            node.start()
            node.wait_log("torn tail", 20)
            self.equal(node)
            node.stop()
            self.assertTrue(newest.read_bytes().startswith(whole))

    def test_a_torn_tail_is_cut_off_and_fetched_again(self):
        with self.stopped() as node:
            newest = self.stored(node)[-1]
            whole = newest.read_bytes()
            newest.write_bytes(whole + whole[-700:-100])
            node.start()
            self.equal(node)
            node.stop()
            self.assertTrue(newest.read_bytes().startswith(whole))

    def test_files_that_are_missing(self):
        for which in (0, 1, -1):
            with self.stopped() as node:
                path = self.stored(node)[which]
                path.rename(node.folder / "away")
                for _ in range(2):
                    node.start()
                    assert_ends(self, node, 3, f"{path} is missing", "bring it back")
                (node.folder / "away").rename(path)
                node.start()
                self.equal(node)

    def test_what_can_be_made_again_is(self):
        for name in ("index", "*.gtids", "../status.json"):
            with self.stopped() as node:
                for path in (node.data_dir / "log").glob(name) if "*" in name else [node.data_dir / "log" / name]:
                    path.unlink()
                node.start()
                self.equal(node)

    def test_a_file_that_does_not_belong_there(self):
        with self.stopped() as node:
            stranger = node.data_dir / "log" / "binlog.009999"
            stranger.write_bytes(self.stored(node)[0].read_bytes())
            node.start()
            assert_ends(self, node, 3, "binlog.009999", "Move it away")
            stranger.unlink()
            node.start()
            self.equal(node)


@for_each_kind("mariadb-10.11", "mysql-9.7")
class LostParts(Disk):
    def test_data_without_a_log_and_a_log_without_data(self):
        for parts in (["data.db", "data.db-wal", "data.db-shm"], ["log"], ["log", "node.json"], ["node.json"]):
            with self.stopped() as node:
                for path in (node.data_dir / name for name in parts):
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                self.source.sql(INSERT.format("meanwhile"))
                node.start()
                self.equal(node)
                node.restart()
                self.equal(node)

    def test_an_empty_log_and_another_server(self):
        with self.stopped() as node, Server(self.kind) as other:
            other.sql(SCHEMA)
            shutil.rmtree(node.data_dir / "log")
            node.source, node.url = other, other.url()
            node.start()
            assert_ends(self, node, 3, "empty --data directory")
            node.source, node.url = self.source, self.source.url()
            node.start()
            self.equal(node)

    def test_data_that_is_none(self):
        with self.stopped() as node:
            for path in node.data_dir.glob("data.db*"):
                path.unlink()
            self.change(node, "CREATE TABLE t (x); PRAGMA application_id = 7")
            node.start()
            assert_ends(self, node, 3, str(node.database), "another program's database")
            self.assertEqual([["t"]], node.query("SELECT name FROM sqlite_schema"))
            node.database.write_bytes(b"hello" * 1000)
            node.start()
            assert_ends(self, node, 3, str(node.database), "not a database", "remove it")
            (node.data_dir / "node.json").write_text('{"server_id": ')
            node.start()
            assert_ends(self, node, 3, "node.json", "restore the file")

    @staticmethod
    def change(node, sql):
        subprocess.run(["sqlite3", str(node.database)], input=sql, text=True, check=True, capture_output=True)

    def tampered(self, tamper, sql, words, remedy):
        """Someone changed the data while the node was stopped: it ends at the first change that shows it, and goes
        on when that is put right by hand, as the sentence offers."""
        with self.stopped() as node:
            self.change(node, tamper)
            self.source.sql(INSERT.format("before") + sql + INSERT.format("after"), "shop")
            for _ in range(2):
                node.start()
                assert_ends(self, node, 3, "shop.item", "new copy", *words)
                seen = [row[0] for row in node.query("""SELECT v FROM "shop.item" WHERE v IN ('before', 'after')""")]
                self.assertEqual(["before"], seen)
            self.change(node, remedy)
            node.start()
            self.equal(node)

    def test_a_row_to_update_that_is_missing(self):
        self.tampered('DELETE FROM "shop.item" WHERE id = 2', "UPDATE item SET v = CONCAT(v, 'x') WHERE id = 2;",
                      ["(id = 2)", "the row is missing"], """INSERT INTO "shop.item" VALUES (2, 'b')""")

    def test_a_row_to_delete_that_is_missing(self):
        """In a transaction whose other change must not stay."""
        self.source.sql("INSERT INTO shop.item VALUES (999, 'doomed')")
        self.tampered('DELETE FROM "shop.item" WHERE id = 999', "BEGIN; UPDATE item SET v = 'after' WHERE id = 1;"
                      "DELETE FROM item WHERE id = 999; COMMIT;", ["(id = 999)", "the row is missing"],
                      """INSERT INTO "shop.item" VALUES (999, 'doomed')""")

    def test_a_row_that_is_there_already(self):
        self.tampered("""INSERT INTO "shop.item" VALUES (99999, 'mine')""", "INSERT INTO item VALUES (99999, 'new');",
                      ["(id = 99999)", "already there"], 'DELETE FROM "shop.item" WHERE id = 99999')

    def test_a_table_that_was_dropped(self):
        with self.stopped() as node:
            self.change(node, 'DROP VIEW IF EXISTS item; DROP TABLE "shop.item"')
            self.source.sql(INSERT.format("x"))
            node.start()
            assert_ends(self, node, 3, "shop.item", "no such table", "a new copy")


class OneNodePerDirectory(unittest.TestCase):
    def test_a_second_process_names_the_first(self):
        with Server("mariadb-10.11") as source, ToldNode(source) as first:
            first.wait_caught_up()
            with ToldNode(source, data_dir=first.data_dir) as second:
                assert_ends(self, second, 3, f"process {first.process.pid}", str(first.data_dir), seconds=5)
            with ToldNode(source, data_dir=first.data_dir, engine="none") as second:
                assert_ends(self, second, 3, f"process {first.process.pid}", seconds=5)
            source.sql(SCHEMA)
            first.wait_caught_up()
            assert_equal_tables(self, source, first)

    def test_a_lock_of_someone_else(self):
        with Server("mariadb-10.11") as source, ToldNode(source, start=False) as node:
            (node.data_dir / "log").mkdir(parents=True)
            with open(node.data_dir / "log" / "lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                node.start()
                assert_ends(self, node, 3, "another process", str(node.data_dir), seconds=5)
            node.start()
            node.wait_caught_up()


class Secrets(unittest.TestCase):
    """A password that nobody else has is looked for in everything that anybody can see."""
    CANARY = "c4n4ry-9f1e"

    def test_a_password_is_nowhere_to_be_seen(self):
        with Server("mariadb-10.11") as source:
            source.sql(SCHEMA + f"CREATE USER canary@'%' IDENTIFIED BY '{self.CANARY}';"
                       "GRANT REPLICATION SLAVE, BINLOG MONITOR, SELECT, RELOAD ON *.* TO canary@'%';"
                       # the log holds the account's statement, which is the source's own affair
                       "FLUSH BINARY LOGS")
            url = source.url(user="canary", password=self.CANARY)
            with ToldNode(url, log_level="debug") as node:
                node.wait_caught_up(source)
                with open(f"/proc/{node.process.pid}/cmdline", "rb") as text:
                    self.assertNotIn(self.CANARY.encode(), text.read())
                seen = [node.log(), binlogd("status", "--no-defaults", f"--data={node.data_dir}", "--json").stdout]
                node.stop()
                seen += [path.read_bytes().decode("latin-1") for path in node.data_dir.rglob("*") if path.is_file()]
                source.sql("ALTER USER canary@'%' IDENTIFIED BY 'other'")
                node.start()
                node.wait_exit()
                seen.append(node.log())
                for text in seen:
                    self.assertNotIn(self.CANARY, text)

    def test_nor_where_options_are_printed(self):
        for arguments, environment in (([f"--source=mysql://u:{self.CANARY}@h/"], {}),
                                       ([f"--source-password={self.CANARY}", "--source=mysql://u@h/"], {}),
                                       (["--source=mysql://u@h/"], {"BINLOGD_SOURCE_PASSWORD": self.CANARY}),
                                       ([f"--source=mysql://u:{self.CANARY}@h:port/"], {}),
                                       ([f"--source-password={self.CANARY}", "--sauce=x"], {})):
            for last in ("--print-defaults", "--help", "--data=/dev/null/x"):
                run = binlogd("run", "--no-defaults", *arguments, last, env=environment)
                self.assertNotIn(self.CANARY, run.stdout + run.stderr, arguments)


if __name__ == "__main__":
    unittest.main()
