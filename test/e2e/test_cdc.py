"""test_cdc.py - change-data-capture clients of npm follow a node as they would follow its source: what they print of the rows
is what the source has. tools/test-clients.sh fetches them."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import Relay  # noqa: E402
from servers import TEST_ROOT, Server, for_each_kind  # noqa: E402

PACKAGES = TEST_ROOT / "npm"
GO_MYSQL = "@solashi/go-mysql-binlog-node"
CLIENTS = ("@vlasky/zongji", "@powersync/mysql-zongji")  # on mysql2; on a descendant of mysqljs
FOLLOW = pathlib.Path(__file__).parent / "cdc/follow.js"
SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(60) CHARACTER SET utf8mb4, price DECIMAL(10,2), doc MEDIUMTEXT);
CREATE TABLE mark (id INT PRIMARY KEY);"""
CHANGES = """INSERT INTO item VALUES (1, 'one', 1.50, REPEAT('d', 70000)), (2, 'zwölf', NULL, NULL);
FLUSH BINARY LOGS; UPDATE item SET price = 2.25 WHERE id = 1; DELETE FROM item WHERE id = 2; INSERT INTO mark VALUES (1);"""


@unittest.skipUnless(shutil.which("node") and (PACKAGES / "installed").exists(),
                     "no change-data-capture clients here (tools/test-clients.sh)")
class Follow:
    def setUp(self):
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA)
        self.source.sql(CHANGES, "shop")
        # these clients look tables up in information_schema, at the source, with a password of the oldest kind
        plugin = "VIA mysql_native_password USING PASSWORD('secret')" if self.source.flavour == "mariadb" else "BY 'secret'"
        self.source.sql(f"CREATE USER cdc@'%' IDENTIFIED {plugin}; GRANT SELECT ON *.* TO cdc@'%'")
        self.relay = Relay(self.source, get_server_public_key="ON")
        self.addCleanup(self.relay.node.close)
        self.relay.node.wait_log("receiving binlog.000002")

    def follow(self, client):
        options = {"log": {"host": "127.0.0.1", "port": self.relay.port, "user": "below", "password": "secret"},
                   "tables": {"host": "127.0.0.1", "port": self.source.port, "user": "cdc", "password": "secret"},
                   "start": {"filename": "binlog.000001", "position": 4, "serverId": 4711}}
        return subprocess.run(["node", str(FOLLOW), client, json.dumps(options)], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "NODE_PATH": str(PACKAGES / "node_modules")}, check=False)

    def test_what_they_see_is_what_the_source_wrote(self):
        for client in CLIENTS:
            with self.subTest(client):
                run = self.follow(client)
                self.assertEqual(run.returncode, 0, run.stderr + self.relay.node.log()[-2000:])
                seen = [json.loads(line) for line in run.stdout.splitlines()]
                self.assertEqual([(one["kind"], one["table"]) for one in seen],
                                 [("WriteRows", "item"), ("WriteRows", "item"), ("UpdateRows", "item"),
                                  ("DeleteRows", "item"), ("WriteRows", "mark")])
                first = seen[0]["row"]
                self.assertEqual((first["id"], first["name"], float(first["price"]), first["doc"]),
                                 (1, "one", 1.5, "d" * 70000))
                self.assertEqual(seen[1]["row"]["name"], "zwölf")
                self.assertEqual(float(seen[2]["row"]["after"]["price"]), 2.25)


for_each_kind("mariadb-10.11", "mysql-9.7")(Follow)


@unittest.skipUnless(shutil.which("node") and (PACKAGES / "node_modules" / GO_MYSQL).exists(), f"{GO_MYSQL} is not here (tools/test-clients.sh)")
class GoMySQL:
    """A canal asks for tables and log at one port."""

    def setUp(self):
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA)
        self.node = Relay(self.source, engine="sqlite", get_server_public_key="ON")
        self.addCleanup(self.node.node.close)
        self.node.add_account("cdc", "admin")
        self.node.node.wait_caught_up()
        self.place = self.source.log_position()
        self.source.sql(CHANGES, "shop")

    def test_a_canal_follows_a_node_with_rows_as_if_it_were_a_mysql(self):
        name, position = self.place
        options = {"hostname": "127.0.0.1", "port": self.node.port, "username": "cdc", "password": "secret",
                   "tableRegexes": ["shop\\..*"], "binlogPosition": {"name": name, "position": position}}
        run = subprocess.run(["node", str(FOLLOW.with_name("canal.js")), json.dumps(options)], capture_output=True, text=True,
                             timeout=120, env={**os.environ, "NODE_PATH": str(PACKAGES / "node_modules")}, check=False)
        self.assertEqual(run.returncode, 0, run.stderr + run.stdout[-2000:] + self.node.node.log()[-2000:])
        first, second, updated, deleted, mark = [json.loads(line) for line in run.stdout.splitlines()]
        first, second = first["insert"][0], second["insert"][0]
        self.assertEqual((first["id"], first["name"], first["price"], first["doc"]), (1, "one", "1.50", "d" * 70000))
        self.assertEqual((second["name"], second["price"]), ("zwölf", None))
        self.assertEqual(updated["update"][0]["new"]["price"], "2.25")
        self.assertEqual((deleted["delete"][0]["id"], mark["table"]), (2, "mark"))


for_each_kind("mysql-9.7")(GoMySQL)

if __name__ == "__main__":
    unittest.main()
