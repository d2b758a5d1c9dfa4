"""test_recipe.py - the README's recipe for a relay between a source and its replicas, run as it stands there (names of hosts,
ports, folders and passwords apart): replicas that followed the source go to the relay and back, under load."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import REPOSITORY, Node, program  # noqa: E402
from replica import SCHEMA, Load, replica_options, wait_mark  # noqa: E402
from servers import Server, find_kind, for_each_kind, free_port  # noqa: E402

HEADING = "## A relay between a source and its replicas"
PASSWORD = "secret"


def recipe():
    """The section's indented blocks: the shell's, MySQL's, MariaDB's."""
    section = (REPOSITORY / "README.md").read_text().split(HEADING)[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^ {8,}\S.*\n)+", section, re.M)
    return [re.sub(r"^ {8}", "", block, flags=re.M) for block in blocks]


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Recipe:
    def setUp(self):
        self.shell, *statements = recipe()
        self.statement = statements[0 if self.kind.startswith("mysql") else 1]
        flavour = self.kind.split("-")[0]
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.replica = Server(self.kind, options=replica_options(flavour))
        self.addCleanup(self.replica.close)
        self.source.sql(SCHEMA)
        self.replica.sql("RESET BINARY LOGS AND GTIDS" if flavour == "mysql" else "RESET MASTER")
        self.node = Node(self.source, start=False)
        self.addCleanup(self.node.close)
        self.port = free_port()

    def point(self, port):
        """The statement of the recipe, for a server on this machine."""
        prefix = "SOURCE" if self.source.flavour == "mysql" else "MASTER"
        host = f"{prefix}_HOST='relay'"
        self.assertIn(host, self.statement)
        self.replica.sql(self.statement.replace(host, f"{prefix}_HOST='127.0.0.1', {prefix}_PORT={port}")
                         .replace("'…'", f"'{PASSWORD}'"))

    def run_shell(self):
        """Its two commands: an account, with the password on standard input, and the relay."""
        text = self.shell.replace("/srv/relay", str(self.node.data_dir)).replace("db:3306", f"127.0.0.1:{self.source.port}")
        account, run = [shlex.split(line) for line in text.replace(":3306", f":{self.port}").splitlines()]
        self.assertEqual((account[:2], run[:2]), (["binlogd", "user"], ["binlogd", "run"]))
        subprocess.run([program(), *account[1:]], input=PASSWORD + "\n", text=True, capture_output=True, check=True)
        self.node.environment = {"BINLOGD_SOURCE_PASSWORD": PASSWORD}
        self.node.argv = lambda: [program(), *run[1:]]
        self.node.start()
        self.node.wait_until(lambda: self.node.status().get("state") == "following", 60, "`binlogd status` to say following")

    def show_replicas(self):
        return subprocess.run([*find_kind("mariadb-10.11").client(), "-h127.0.0.1", f"-P{self.port}", "-urepl", f"-p{PASSWORD}",
                               "--ssl", "--batch", "--skip-column-names", "-e", "SHOW REPLICAS"], capture_output=True, text=True,
                              check=True).stdout.split("\n")

    def assert_same(self):
        wait_mark(self.source, self.replica, self.node)
        for table in ("sale", "stock"):
            query = f"SELECT * FROM shop.{table} ORDER BY id"
            self.assertEqual(self.source.sql(query), self.replica.sql(query))

    def test_replicas_go_to_a_relay_and_back(self):
        self.point(self.source.port)
        wait_mark(self.source, self.replica, self.node)
        load = Load(self.source, 1)
        load.start()
        try:
            self.run_shell()
            self.point(self.port)
            wait_mark(self.source, self.replica, self.node)
            names = self.show_replicas()
            self.assertEqual([row.split("\t")[0] for row in names if row], [str(self.replica.server_id)])
            self.point(self.source.port)
            wait_mark(self.source, self.replica, self.node)
            self.node.stop()
        finally:
            load.finish()
        self.assert_same()


if __name__ == "__main__":
    unittest.main()
