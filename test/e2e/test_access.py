"""test_access.py - accounts whose role holds for some databases only: what they may touch and see, beside an account of
MySQL and of MariaDB with the grants that SHOW GRANTS tells of."""
# SPDX-License-Identifier: Apache-2.0
import json
import re
import subprocess
import unittest

from node import binlogd
from sql_session import PASSWORD, Session, SqlNode
from servers import Server, find_kind, for_each_kind

DATABASES = ("shop", "my_x", "tmp_1", "other")
PREPARE = "".join(f"CREATE DATABASE {name}; CREATE TABLE {name}.t (id INT PRIMARY KEY, a INT); INSERT INTO {name}.t VALUES (1, 1);"
                  for name in (*DATABASES, "myax"))
WRITE = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES"

# What an account that may write to shop, my_x and tmp_*, and nothing else, is answered: the error's number, or 0.
STATEMENTS = [
    "SELECT * FROM shop.t", "SELECT * FROM other.t", "SELECT * FROM other.nosuch", "SELECT * FROM nosuch.t", "SELECT * FROM my_x.t",
    "SELECT * FROM myax.t", "SELECT * FROM tmp_1.t", "SELECT 1 FROM shop.t WHERE id IN (SELECT id FROM other.t)",
    "SELECT (SELECT MAX(a) FROM other.t)", "SELECT 1 FROM shop.t JOIN other.t o USING (id)", "WITH w AS (SELECT * FROM other.t) SELECT * FROM w",
    "SELECT * FROM (SELECT * FROM other.t) d", "SELECT 1 FROM shop.t UNION SELECT a FROM other.t", "SELECT EXISTS (SELECT 1 FROM other.t)",
    "INSERT INTO shop.t VALUES (2, 2)", "INSERT INTO other.t VALUES (2, 2)", "INSERT INTO shop.t SELECT id + 10, a FROM other.t",
    "REPLACE INTO other.t VALUES (1, 2)", "UPDATE other.t SET a = 2", "UPDATE shop.t SET a = (SELECT MAX(a) FROM other.t)",
    "UPDATE shop.t s JOIN other.t o USING (id) SET s.a = o.a", "DELETE FROM other.t", "DELETE FROM shop.t WHERE id IN (SELECT id FROM other.t)",
    "DELETE shop.t FROM shop.t JOIN other.t o ON o.id = shop.t.id", "SELECT * FROM other.t FOR UPDATE",
    "CREATE TABLE shop.n (id INT PRIMARY KEY)", "CREATE TABLE other.n (id INT)", "CREATE TABLE shop.l LIKE other.t", "ALTER TABLE shop.t ADD b INT",
    "ALTER TABLE other.t ADD b INT", "ALTER TABLE shop.n RENAME other.n", "RENAME TABLE shop.n TO other.n", "RENAME TABLE other.t TO shop.o",
    "CREATE INDEX i ON other.t (a)", "CREATE INDEX i ON shop.t (a)", "DROP INDEX i ON shop.t", "TRUNCATE TABLE other.t", "DROP TABLE other.t",
    "DROP TABLE shop.n, other.t", "DROP TABLE IF EXISTS other.nosuch", "CREATE DATABASE fresh", "CREATE DATABASE tmp_2", "DROP DATABASE tmp_2",
    "DROP DATABASE other", "ALTER DATABASE other CHARACTER SET latin1", "USE shop", "USE other", "USE nosuch",
    "SHOW TABLES FROM shop", "SHOW TABLES FROM other", "SHOW TABLE STATUS FROM other", "SHOW COLUMNS FROM other.t", "SHOW CREATE TABLE other.t",
    "SHOW INDEX FROM other.t", "SHOW CREATE DATABASE other", "DESCRIBE other.t", "EXPLAIN SELECT * FROM other.t",
    "LOCK TABLES shop.t WRITE", "UNLOCK TABLES", "FLUSH TABLES WITH READ LOCK",
    "CREATE TABLE shop.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES other.t (id))",
    "CREATE TABLE shop.c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES shop.t (id))", "DROP TABLE shop.c",
]
SEEN = ["SHOW DATABASES", "SHOW DATABASES LIKE 'o%'", "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN "
        "('shop', 'my_x', 'myax', 'tmp_1', 'other') ORDER BY 1, 2",
        "SELECT DISTINCT table_schema FROM information_schema.columns WHERE table_schema <> 'information_schema' ORDER BY 1",
        "SELECT DISTINCT table_schema FROM information_schema.statistics ORDER BY 1",
        "SELECT DISTINCT constraint_schema FROM information_schema.table_constraints ORDER BY 1",
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('shop', 'other')"]
# Where the servers do not agree, or say more than is known here.
REFUSALS = ["LOCK TABLES other.t READ", "LOCK TABLES shop.t READ, other.t WRITE"]

FENCES = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only')"
# Who says what, one client after the other, while a primary is fenced and opened again.
FENCE = [
    ("root", ["SET GLOBAL read_only = ON", "SELECT @@global.read_only", FENCES, "INSERT INTO shop.t VALUES (50, 1)"]),
    ("app", ["INSERT INTO shop.t VALUES (51, 1)", "UPDATE shop.t s JOIN my_x.t m USING (id) SET s.a = 3", "CREATE TABLE shop.f (id INT)",
             "BEGIN", "SELECT COUNT(*) FROM shop.t FOR UPDATE", "SELECT COUNT(*) FROM shop.t LOCK IN SHARE MODE", "UPDATE shop.t SET a = 5", "COMMIT", "LOCK TABLES shop.t READ", "UNLOCK TABLES",
             "SET GLOBAL read_only = OFF", "SELECT @@read_only"]),
    ("root", ["SET read_only = OFF", "SET SESSION read_only = OFF", "BEGIN", "SET GLOBAL read_only = OFF", "ROLLBACK", "LOCK TABLES shop.t WRITE",
              "SET GLOBAL read_only = OFF", "UNLOCK TABLES", "SET GLOBAL read_only = 'x'", "SET GLOBAL super_read_only = ON", FENCES,
              "INSERT INTO shop.t VALUES (52, 1)", "DROP TABLE shop.nosuch", "CREATE DATABASE fenced", "SET GLOBAL super_read_only = OFF", FENCES,
              "SET @@global.super_read_only = 1, @@global.read_only = 0", FENCES]),
    ("app", ["INSERT INTO shop.t VALUES (53, 1)", "SELECT id FROM shop.t ORDER BY id"]),
]


def numbers(run, statements):
    """The error that each line of one client's input was answered with; 0: none."""
    found = {int(line): int(error) for error, line in re.findall(r"ERROR (\d+) \(\w+\) at line (\d+)", run.stderr)}
    return [(statement, found.get(line, 0)) for line, statement in enumerate(statements, 1)]


@for_each_kind("mariadb-10.11", "mysql-9.7")
class SomeDatabases:
    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.close)
        grants = "".join(f"GRANT {WRITE} ON `{pattern}`.* TO app@'%';" for pattern in ("shop", "my\\_x", "tmp\\_%"))
        self.server.sql(f"{PREPARE} CREATE USER app@'%' IDENTIFIED BY '{PASSWORD}'; {grants}")
        self.node = SqlNode(flavour=self.server.flavour)
        self.addCleanup(self.node.close)
        self.node.sql(PREPARE)
        self.user("add", "limited", "--role=write", "--database=shop,my_x", "--database=tmp_*")
        self.user("add", "reader", "--role=read", "--database=shop")

    def user(self, *words, check=True):
        return binlogd("user", "--no-defaults", f"--data={self.node.data_dir}", *words, input=PASSWORD + "\n", check=check)

    def ask(self, port, user, statements, database="", password=PASSWORD):
        argv = [*find_kind("mariadb-10.11").client(), "-h127.0.0.1", f"-P{port}", f"-u{user}", f"--password={password}", "--batch",
                "--skip-column-names", "--force", *([database] if database else [])]
        return subprocess.run(argv, input="".join(f"{statement};\n" for statement in statements), capture_output=True, text=True)

    def here(self, statements, database=""):
        return self.ask(self.node.port, "limited", statements, database)

    def at_server(self, statements, database=""):
        return self.ask(self.server.port, "app", statements, database)

    def test_only_its_databases_are_touched_and_seen(self):
        self.assertEqual(numbers(self.here(STATEMENTS), STATEMENTS), numbers(self.at_server(STATEMENTS), STATEMENTS))
        mine, theirs = (re.sub(r".*performance_schema.*\n", "", run.stdout.lower()) for run in (self.here(SEEN), self.at_server(SEEN)))
        self.assertEqual(mine, theirs)
        for statement, error in numbers(self.here(REFUSALS), REFUSALS):
            self.assertIn(error, (1044, 1142), statement)
        for database in ("other", "nosuch", "myax"):
            self.assertIn("ERROR 1044 (42000)", self.here(["SELECT 1"], database).stderr)
            self.assertIn("ERROR 1044 (42000)", self.at_server(["SELECT 1"], database).stderr)
        self.assertEqual(self.node.error("SELECT COUNT(*) FROM t", "limited", "tmp_1"), 0)
        self.assertEqual(self.node.sql("SELECT a FROM other.t"), "1\n")  # nothing has happened to it
        self.assertEqual(self.node.sql("SHOW GRANTS", "limited").replace("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX", "GRANT W"),
                         "GRANT USAGE ON *.* TO `limited`@`%`\n"
                         "GRANT W ON `shop`.* TO `limited`@`%`\nGRANT W ON `my\\\\_x`.* TO `limited`@`%`\nGRANT W ON `tmp\\\\_%`.* TO `limited`@`%`\n")
        self.assertEqual(self.node.error("UPDATE t SET a = 1", "reader", "shop"), 1142)
        self.assertEqual(self.node.error("SELECT * FROM other.t", "reader", "shop"), 1142)
        self.assertEqual(self.node.sql("SHOW TABLES FROM shop", "reader"), "n\nt\n")

    def test_a_primary_is_fenced_as_the_server_is(self):
        for user, statements in FENCE:
            here = self.ask(self.node.port, "limited" if user == "app" else user, statements)
            there = self.ask(self.server.port, user, statements, password="" if user == "root" else PASSWORD)
            self.assertEqual(numbers(here, statements), numbers(there, statements))
            self.assertEqual(here.stdout, there.stdout)
            for mine, theirs in zip(here.stderr.splitlines(), there.stderr.splitlines()):
                if " 1290 " in theirs:
                    self.assertEqual(mine, theirs)
        self.node.sql("SET GLOBAL read_only = OFF")
        with Session(self.node, "limited", "shop") as session:
            self.assertEqual(session.ask("BEGIN; INSERT INTO t VALUES (60, 1)"), [])
            self.node.sql("SET GLOBAL read_only = ON")  # waits for no open transaction
            self.assertIn("ERROR 1290", session.ask("INSERT INTO t VALUES (61, 1)")[0])
            self.assertIn("ERROR 1290", session.ask("COMMIT")[0])
            self.node.sql("SET GLOBAL read_only = OFF")
            self.assertEqual(session.ask("COMMIT; SELECT COUNT(*) FROM t WHERE id >= 60"), ["0"])
        self.assertEqual(self.node.error("SET PERSIST read_only = ON"), 1235)


class AccountList(unittest.TestCase):
    def setUp(self):
        self.node = SqlNode(engine="sqlite")
        self.addCleanup(self.node.close)

    def user(self, *words, check=True, password=PASSWORD):
        return binlogd("user", "--no-defaults", f"--data={self.node.data_dir}", *words, input=password + "\n", check=check)

    def test_accounts_are_listed_and_a_password_changes_while_the_node_runs(self):
        self.user("add", "app2", "--role=write", "--database=shop", "--database=crm_?")
        self.assertIn("write        app2  shop,crm_?\n", self.user("list").stdout)
        listed = {row["name"]: row for row in json.loads(self.user("--json", "list").stdout)}
        self.assertEqual(listed["app2"], {"name": "app2", "role": "write", "databases": ["shop", "crm_?"]})
        self.assertEqual(listed["root"], {"name": "root", "role": "admin", "databases": None})
        self.assertEqual(self.node.error("SELECT 1", "app2"), 0)
        self.user("passwd", "app2", password="another one")
        self.assertEqual(self.node.error("SELECT 1", "app2"), 1045)
        self.user("passwd", "app2")
        self.assertEqual(self.node.error("SELECT 1", "app2"), 0)
        self.assertEqual(self.node.error("USE nosuch", "app2"), 1044)  # the databases are still what they were
        for words, sentence in ((("--role=admin", "--database=shop"), "not of single databases"), (("--role=write", "--database=a,"), "empty item"),
                                (("--role=read", f"--database={'x' * 300}"), "no database's name")):
            run = self.user("add", "wrong", *words, check=False)
            self.assertEqual(run.returncode, 2)
            self.assertIn(sentence, run.stderr)


if __name__ == "__main__":
    unittest.main()
