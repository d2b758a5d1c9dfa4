"""test_start_up.py - what drivers, ORMs and tools say when they connect (test/data/session/start_up.sql), asked of a node and
of a real server in one PyMySQL session each: no statement that the server answers is an error here, columns have the same
names, and what is one row there is one row here. And what sets a limit: time, and names that others hold."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import sys
import unittest

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's packages, whichever python3 this is
try:
    import pymysql
except ImportError as error:
    raise unittest.SkipTest("no PyMySQL") from error

from servers import Server, for_each_kind
from sql_session import PASSWORD, Session, SqlNode

STATEMENTS = pathlib.Path(os.path.dirname(__file__), "../data/session/start_up.sql")
SCHEMA = ("CREATE DATABASE start_up", "CREATE TABLE start_up.t (id INT PRIMARY KEY, a VARCHAR(10) NOT NULL DEFAULT 'x', KEY (a)) ENGINE=InnoDB",
          "INSERT INTO start_up.t (id) VALUES " + ",".join(f"({n})" for n in range(3000)))
# Columns that only a server has, or only a node; how many rows there are is everybody's own.
OWN_COLUMNS = {"Created", "Tablespace", "Ignored", "Temporary", "Max_index_length", "Pad_attribute", "Language", "Visible", "Expression"}


def statements():
    """Each with the errors, one of which it is refused with here; none: it is answered."""
    for line in STATEMENTS.read_text().splitlines():
        if line and not line.startswith("-- "):
            numbers, _, rest = line[1:].partition(" ")
            yield (rest, [int(number) for number in numbers.split("|")]) if line.startswith("!") else (line, [])


def columns(names):
    return [name.replace("@127.0.0.1", "@%") for name in names if name not in OWN_COLUMNS]


def ask(connection, statement):
    """The error's number, the columns' names, the rows."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except pymysql.MySQLError as error:
            return error.args[0], [], []
        return 0, [column[0] for column in cursor.description or ()], cursor.fetchall()


@for_each_kind("mariadb-10.11", "mysql-9.7")
class StartUp:
    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.close)
        self.node = SqlNode(flavour=self.server.flavour)
        self.addCleanup(self.node.close)
        self.there = self.connect(self.server.port, "")
        self.here = self.connect(self.node.port, PASSWORD)
        for statement in SCHEMA:
            for connection in (self.here, self.there):
                self.assertEqual(ask(connection, statement)[0], 0, statement)
                connection.commit()

    def connect(self, port, password):
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", password=password, ssl={"check_hostname": False} if password else None)
        self.addCleanup(connection.close)
        return connection

    def test_what_clients_say_first_is_answered_as_by_the_server(self):
        for connection in (self.here, self.there):
            ask(connection, "USE start_up")
        for statement, refused in statements():
            error, names, rows = ask(self.here, statement)
            there, their_names, their_rows = ask(self.there, statement)
            with self.subTest(statement):
                if refused:
                    self.assertIn(error, refused)
                elif there == 0:
                    self.assertEqual(error, 0)
                    self.assertEqual(columns(names), columns(their_names))
                if error == there == 0 and statement.startswith("SELECT") and len(their_rows) == 1:
                    self.assertEqual(len(rows), 1)
                    self.assertEqual([type(value) for value in rows[0]], [type(value) for value in their_rows[0]])

    def test_a_statement_ends_when_its_time_is_over(self):
        limit = "max_statement_time = 0.2" if self.server.flavour == "mariadb" else "max_execution_time = 200"
        for statement in (f"SET {limit}", "SELECT COUNT(*) FROM start_up.t a, start_up.t b, start_up.t c WHERE a.id + b.id <> c.id",
                          "SELECT COUNT(*) FROM start_up.t", f"SET {limit.split(' = ')[0]} = 0", f"SELECT @@{limit.split(' = ')[0]}"):
            mine, theirs = ask(self.here, statement), ask(self.there, statement)
            self.assertEqual((mine[0], mine[2]), (theirs[0], theirs[2]), statement)

    def test_statements_are_counted_as_by_the_server(self):
        said = ["BEGIN", "START TRANSACTION", "SELECT 1", "DELETE FROM start_up.t WHERE id < 0", "SET @a = 1", "COMMIT", "ROLLBACK", "SELECT nosuch"]
        names = ["Com_begin", "Com_commit", "Com_delete", "Com_rollback", "Com_select", "Com_set_option", "Questions"]

        def counts(connection, scope):
            return {name: int(value) for name, value in ask(connection, f"SHOW {scope} STATUS WHERE Variable_name IN ({str(names)[1:-1]})")[2]}
        for scope in ("SESSION", "GLOBAL"):
            grown = []
            for connection in (self.here, self.there):
                before = counts(connection, scope)
                for statement in said:
                    ask(connection, statement)
                after = counts(connection, scope)
                grown.append({name: after[name] - before[name] for name in names})
            self.assertEqual(*grown)
        running = ask(self.here, "SHOW GLOBAL STATUS LIKE 'Threads_running'")[2]
        self.assertGreaterEqual(int(running[0][1]), 1)

    def test_a_name_is_held_by_one_session_at_a_time(self):
        for statement in ("SELECT GET_LOCK('n', 1)", "SELECT GET_LOCK('N', 1), IS_USED_LOCK('n') = CONNECTION_ID(), IS_FREE_LOCK('n'), IS_FREE_LOCK('m')",
                          "SELECT RELEASE_LOCK('n'), RELEASE_LOCK('n'), RELEASE_LOCK('n'), IS_USED_LOCK('n')", "SELECT GET_LOCK('a', 0), GET_LOCK('b', -1), GET_LOCK('d', NULL)",
                          "SELECT RELEASE_ALL_LOCKS()", "DO GET_LOCK('c', 0)"):
            mine, theirs = ask(self.here, statement), ask(self.there, statement)
            self.assertEqual((mine[0], mine[2]), (theirs[0], theirs[2]), statement)
        self.assertEqual(ask(self.here, f"SELECT GET_LOCK('{'x' * 65}', 0)")[0], 3057)
        with Session(self.node, "app") as one, Session(self.node, "app") as two:
            self.assertEqual(one.ask("SELECT GET_LOCK('c', 0.3)"), ["0"])
            one.send("SELECT GET_LOCK('c', 60)")
            self.assertEqual(self.node.sql("SELECT COUNT(*) FROM start_up.t, (SELECT 1) w"), "3000\n")  # others are not held up
            self.assertEqual(ask(self.here, "SELECT RELEASE_LOCK('c')")[2], ((1,),))
            self.assertEqual(one.receive(), ["1"])
            two.send("SELECT GET_LOCK('c', 60)")
            one.kill()
            self.assertEqual(two.receive(), ["1"])
            self.assertEqual(ask(self.here, "SELECT GET_LOCK('c', 0)")[2], ((0,),))


if __name__ == "__main__":
    unittest.main()
