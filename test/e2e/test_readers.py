"""test_readers.py - mysqlbinlog -R and mariadb-binlog -R against a node: what they print is what they print of the source
itself; by file and offset, by GTID, to the last file, and without an end."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import Relay  # noqa: E402
from servers import Server, find_kind  # noqa: E402

SCHEMA = "CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(60));"
INSERT = "INSERT INTO shop.item (name) VALUES ('{}');"
FIRST, SECOND = ([f"{name}-{n}" for n in range(5)] for name in ("first", "second"))
TOOLS = {"mysql": ("mysqlbinlog", ["--get-server-public-key"]), "mariadb": ("mariadb-binlog", [])}


def meaning(text):
    """All but the format descriptions, in which a server says that it uses the file, and the events and lists of GTIDs that
    are made up for a client (with them, the tool's own count of bytes; with the description, a ROLLBACK before it)."""
    skipped = r"#.*Start: binlog|[\w+/=]{12,}$|# Warning: this binlog|#700101.* server id|# at \d|#.*Gtid list|ROLLBACK/\*!"
    return [line for line in text.splitlines() if not re.match(skipped, line)]


class Readers:
    maxDiff = None
    """kinds: of the source, and of the tool."""

    @classmethod
    def setUpClass(cls):
        cls.tool_kind = find_kind(cls.kinds[1])
        cls.source = Server(cls.kinds[0])
        cls.addClassCleanup(cls.source.close)
        cls.source.sql(SCHEMA + "".join(map(INSERT.format, FIRST)))
        cls.source.flush_logs()
        cls.source.sql("".join(map(INSERT.format, SECOND)), "shop")
        cls.relay = Relay(cls.source, accounts=["repl"], get_server_public_key="ON")
        cls.addClassCleanup(cls.relay.node.close)
        cls.files = cls.source.log_files()
        held = cls.relay.node.data_dir / "log" / cls.files[-1].name
        cls.relay.node.wait_until(lambda: held.exists() and held.stat().st_size == cls.files[-1].stat().st_size, 60, "the log")

    def tool(self, *options):
        name, own = TOOLS[self.source.flavour]
        if self.kinds[1] == "mariadb-11.8":
            own = ["--ssl-verify-server-cert=0"]
        return [*self.tool_kind.tool(name), "--no-defaults", "-v", *own, *options]

    def run_tool(self, *options):
        run = subprocess.run(self.tool(*options), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr + self.relay.node.log()[-1500:])
        return run.stdout

    def both(self, *options, how="-R"):
        """What the tool prints of the node and of its source: the same."""
        ours, theirs = (self.run_tool(how, "-h127.0.0.1", f"-P{port}", "-urepl", "-psecret", *options)
                        for port in (self.relay.port, self.source.port))
        self.assertEqual(meaning(theirs), meaning(ours))
        return ours

    def shows(self, text, *names):
        """These rows and no others."""
        found = re.findall(r"@2='((?:first|second)-\d)'", text)
        self.assertEqual(found, list(names))

    def gtids(self):
        """Of the source's transactions, in order."""
        rows = self.source.rows(f"SHOW BINLOG EVENTS IN '{self.files[-1].name}'")
        marks = [row[5].split("'")[1] if self.source.flavour == "mysql" else row[5].split()[-1]
                 for row in rows if row[2] in ("Gtid", "Gtid_tagged")]
        return marks

    def offset(self, number):
        rows = self.source.rows(f"SHOW BINLOG EVENTS IN '{self.files[0].name}'")
        return [row[1] for row in rows if row[2] == "Gtid"][number]

    def test_whole_files(self):
        self.shows(self.both(self.files[0].name), *FIRST)

    def test_to_the_last_file(self):
        self.shows(self.both("--to-last-log", self.files[0].name), *FIRST, *SECOND)

    def test_from_an_offset_to_another(self):
        where = [f"--start-position={self.offset(3)}", f"--stop-position={self.offset(5)}"]
        self.shows(self.both(*where, self.files[0].name), "first-1", "first-2")

    def test_a_place_that_is_none_is_an_error(self):
        for where, word in ((["--start-position=4000000000", self.files[0].name], "1236|position"),
                            (["binlog.000077"], "Could not find first log file name")):
            run = subprocess.run(self.tool("-R", "-h127.0.0.1", f"-P{self.relay.port}", "-urepl", "-psecret", *where),
                                 capture_output=True, text=True, timeout=60, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(run.stderr, word)

    def test_by_gtid(self):
        some = self.gtids()
        if self.source.flavour == "mysql":
            uuid = some[0].split(":")[0]
            last = int(some[-1].split(":")[1])
            ours = self.both(f"--exclude-gtids={uuid}:1-{last - 2}", "--to-last-log", self.files[0].name,
                             how="--read-from-remote-source=BINLOG-DUMP-GTIDS")
        else:
            ours = self.both(f"--start-position={some[-3]}", self.files[-1].name)
        self.shows(ours, "second-3", "second-4")

    def test_by_gtid_from_a_file_on(self):
        """What the file's name leaves out is not sent, though it is in no set."""
        if self.source.flavour != "mysql":
            self.skipTest("mariadb-binlog names a position instead")
        uuid = self.gtids()[0].split(":")[0]
        text = self.both(f"--exclude-gtids={uuid}:1", self.files[-1].name, how="--read-from-remote-source=BINLOG-DUMP-GTIDS")
        self.shows(text, *SECOND)

    def test_without_an_end(self):
        """--raw writes files; what comes later comes too, and a rotation makes another file."""
        folder = self.relay.node.folder / "raw"
        folder.mkdir(exist_ok=True)
        argv = self.tool("-R", "-h127.0.0.1", f"-P{self.relay.port}", "-urepl", "-psecret", "--raw", "--stop-never",
                         f"--result-file={folder}/", self.files[0].name)
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as reader:
            try:
                self.source.sql(INSERT.format("later") + "FLUSH BINARY LOGS;" + INSERT.format("much later"))
                wanted = self.source.log_files()[-1]
                copy = folder / wanted.name
                self.relay.node.wait_until(lambda: copy.exists() and b"much later" in copy.read_bytes(), 60, "the last row")
            finally:
                reader.kill()
        closed = self.source.log_files()[-2]
        self.assertEqual((folder / closed.name).read_bytes(), closed.read_bytes())
        type(self).files = self.source.log_files()


class MariaDB1011(Readers, unittest.TestCase):
    kinds = ("mariadb-10.11", "mariadb-10.11")


class MariaDB118(Readers, unittest.TestCase):
    kinds = ("mariadb-11.8", "mariadb-11.8")


class OldLogNewTool(Readers, unittest.TestCase):
    kinds = ("mariadb-10.11", "mariadb-11.8")


class MySQL97(Readers, unittest.TestCase):
    kinds = ("mysql-9.7", "mysql-9.7")


if __name__ == "__main__":
    unittest.main()
