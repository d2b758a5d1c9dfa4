"""binlogd cat mysql://…: a server's own log over a connection is what its files hold; --follow goes on with what comes, into the
next file too."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import re
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import program  # noqa: E402
from proxy import Cut, EndAt, HalfClose, Proxy  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

TABLE = "CREATE DATABASE shop; USE shop; CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40), big LONGTEXT);"


def run(*arguments):
    return subprocess.run([program(), "cat", "--no-defaults", *map(str, arguments)], capture_output=True, text=True, timeout=120)


@for_each_kind()
class FromServer:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(cls.kind, options=["--binlog-row-metadata=FULL"]))
        cls.server.sql(TABLE)
        cls.server.sql("INSERT INTO shop.item VALUES (1, 'one', REPEAT('x', 3000000)), (2, 'two', NULL); FLUSH BINARY LOGS")
        cls.server.sql("UPDATE shop.item SET name = 'deux' WHERE id = 2; SET GLOBAL %s = ON" %
                       ("binlog_transaction_compression" if cls.kind.startswith("mysql") else "log_bin_compress"))
        cls.server.sql("DELETE FROM shop.item WHERE id = 1; INSERT INTO shop.item VALUES (3, 'three', REPEAT('y', 100000))")
        cls.url = cls.server.url(ssl_mode="DISABLED", get_server_public_key="ON") if cls.kind.startswith("mysql") else cls.server.url(ssl_mode="DISABLED")

    def comparable(self, text, files):
        for file in files:
            text = text.replace(json.dumps(str(file)), json.dumps(file.name)).replace(f"# {file}\n", f"# {file.name}\n")
        return text

    def test_what_a_server_sends_is_what_its_files_hold(self):
        files = self.server.log_files()
        for options in (["--format=json"], ["--json"], ["--format=undo", f"--start-from={files[-1].name}"]):
            names = files[-1:] if len(options) > 1 else files
            ours, theirs = run(*options, self.url), run(options[0], *names)
            self.assertEqual((ours.returncode, theirs.returncode), (0, 0), ours.stderr + theirs.stderr)
            left, right = (re.sub(r'"flags":\d+', "", self.comparable(text, files)) for text in (ours.stdout, theirs.stdout))
            if "--format=undo" in options:  # the format says in the file that it is in use
                left, right = ("".join(text.split("BINLOG '")[2:]) for text in (left, right))
            left, right = ([line for line in text.splitlines() if '"type":"Format_desc"' not in line] for text in (left, right))
            self.assertEqual(left, right, options)
            self.assertGreater(len(left), 4)

    def test_a_place_and_a_set_to_start_after(self):
        file = self.server.log_files()[-1]
        events = [json.loads(line) for line in run("--json", file).stdout.splitlines()]
        second = [event for event in events if "gtid" in event][1]
        rows = [json.loads(line) for line in run("--format=json", f"--start-from={file.name}", f"--start-position={second['pos']}", self.url).stdout.splitlines()]
        self.assertEqual([row["op"] for row in rows], ["delete", "insert"])
        everything = self.server.gtids()
        late = run("--format=json", f"--start-gtids={everything}", self.url)
        self.assertEqual((late.returncode, late.stdout), (0, ""), late.stderr)
        before = second["gtid"].replace(f":{second['gtid'].split(':')[-1]}", f":1-{int(second['gtid'].split(':')[-1]) - 1}") if ":" in second["gtid"] else \
            "-".join([*second["gtid"].split("-")[:2], str(int(second["gtid"].split("-")[2]) - 1)])
        rows = [json.loads(line) for line in run("--format=json", f"--start-gtids={before}", self.url).stdout.splitlines()]
        self.assertEqual([(row["op"], row["file"]) for row in rows], [("delete", file.name), ("insert", file.name)])
        where = [json.loads(line)["pos"] for line in run("--format=json", file).stdout.splitlines()][-2:]
        self.assertEqual([row["pos"] for row in rows], where)

    def test_follow_goes_on(self):
        argv = [program(), "cat", "--no-defaults", "--format=json", "--follow", f"--start-gtids={self.server.gtids()}", self.url]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as cat:
            watch = threading.Timer(60, cat.kill)  # a reader that waits for ever fails instead
            watch.start()
            try:
                for number in (10, 11):
                    self.server.sql(f"INSERT INTO shop.item (id) VALUES ({number})")
                    self.assertEqual(json.loads(cat.stdout.readline())["after"]["id"], number)
                    self.server.sql("FLUSH BINARY LOGS")
                self.server.sql("DELETE FROM shop.item WHERE id > 9")
                self.assertEqual([json.loads(cat.stdout.readline())["before"]["id"] for _ in range(2)], [10, 11])
            finally:
                watch.cancel()
                cat.kill()

    def follow_until(self, count, url, *options):
        """So many lines of what --follow gives, and what it says on standard error."""
        with subprocess.Popen([program(), "cat", "--no-defaults", "--format=json", "--follow", *options, url],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as cat:
            watch = threading.Timer(60, cat.kill)
            watch.start()
            lines = [cat.stdout.readline() for _ in range(count)]
            watch.cancel()
            cat.kill()
            return lines, cat.stderr.read()

    def test_follow_goes_on_after_a_cut(self):
        first = json.loads(run("--format=json", self.server.log_files()[0]).stdout.splitlines()[-1])["gtid"]
        after = first.replace(":", ":1-") if ":" in first else first
        for start in ([], [f"--start-gtids={after}"], [f"--start-from={self.server.log_files()[0].name}"]):
            whole = run("--format=json", *start, self.url)
            self.assertEqual(whole.returncode, 0, whole.stderr)
            self.assertGreater(len(whole.stdout.splitlines()), 2)
            for how, places in ((Cut, [0, 100, 700, 5000, 30000]), (HalfClose, [400, 900, 40000]), (Cut, [1000, 2500, 1000])):
                with self.subTest(start=start, how=how, places=places), Proxy(self.server.port, EndAt(how, places)) as proxy:
                    url = self.url.replace(f":{self.server.port}/", f":{proxy.port}/")
                    lines, said = self.follow_until(len(whole.stdout.splitlines()), url, *start)
                    self.assertEqual("".join(lines), whole.stdout)
                    self.assertGreaterEqual(proxy.connections, 3 if start[:1] != [f"--start-gtids={after}"] else 2)
                    self.assertEqual(said.count("the connection is lost"), proxy.connections - 1, said)

    def test_refusals(self):
        for options, sentence in ((["--start-from=nix.000001", self.url], "nix.000001"), (["--follow", "/tmp"], "for the log of a server"),
                                  (["--start-position=100", self.url], "say which with --start-from"), ([self.url, "x"], "one server at a time"),
                                  (["--start-gtids=nonsense", self.url], "--start-gtids"), (["--follow", "--format=undo", self.url], "never ends")):
            failed = run(*options)
            self.assertNotEqual(failed.returncode, 0, options)
            self.assertIn(sentence, failed.stderr)
        self.assertNotEqual(run(self.server.url(password="wrong")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
