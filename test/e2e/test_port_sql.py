"""test_port_sql.py - a primary of its own, written to through its port: sessions, transactions and roles; stock replicas
and another node that follow it while several clients write and it is killed; the rows compared by the servers' own clients
and the sqlite3 shell."""
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server  # noqa: E402
from sql_session import PASSWORD, Session, SqlNode, resident_bytes  # noqa: E402

SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE sale (id BIGINT AUTO_INCREMENT PRIMARY KEY, who INT, n INT, text VARCHAR(300));
CREATE TABLE stock (id INT PRIMARY KEY, amount INT); INSERT INTO stock VALUES (1, 0), (2, 0), (3, 0);"""


class OneNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = SqlNode()
        cls.node.sql(SCHEMA)

    @classmethod
    def tearDownClass(cls):
        cls.node.close()

    def setUp(self):
        self.node.sql("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(100))", database="shop")
        self.addCleanup(self.node.sql, "DROP TABLE t", database="shop")

    def session(self, user="root"):
        session = Session(self.node, user, "shop")
        self.addCleanup(session.close)
        return session

    def stored(self):
        return [row[0] for row in self.node.query('SELECT id FROM "shop.t" ORDER BY id')]

    def test_a_transaction_is_seen_whole_or_not_at_all(self):
        one, two = self.session(), self.session()
        self.assertEqual(one.ask("BEGIN; INSERT INTO t VALUES (1, 'x'); INSERT INTO t VALUES (2, 'y'); SELECT COUNT(*) FROM t"), ["2"])
        self.assertEqual(two.ask("SELECT COUNT(*) FROM t"), ["0"])
        one.ask("COMMIT")
        self.assertEqual(two.ask("SELECT COUNT(*) FROM t"), ["2"])
        self.assertEqual(one.ask("BEGIN; UPDATE t SET a = 'z'; ROLLBACK; SELECT a FROM t ORDER BY id"), ["x", "y"])
        self.assertEqual(self.stored(), [1, 2])

    def test_a_read_transaction_stays_at_its_snapshot(self):
        one, two = self.session(), self.session()
        self.assertEqual(one.ask("BEGIN; SELECT COUNT(*) FROM t"), ["0"])
        two.ask("INSERT INTO t VALUES (1, 'x')")
        self.assertEqual(one.ask("SELECT COUNT(*) FROM t"), ["0"])
        self.assertEqual(one.ask("COMMIT; SELECT COUNT(*) FROM t"), ["1"])

    def test_savepoints_go_back_in_rows_and_log(self):
        one = self.session()
        before = self.node.sql("SELECT @@gtid_executed")
        self.assertEqual(one.ask("BEGIN; INSERT INTO t VALUES (1, 'x'); SAVEPOINT a; INSERT INTO t VALUES (2, 'y'); SAVEPOINT b; "
                                 "INSERT INTO t VALUES (3, 'z'); ROLLBACK TO a; INSERT INTO t VALUES (4, 'w'); RELEASE SAVEPOINT a; COMMIT"),
                         [])
        self.assertIn("1305", one.ask("BEGIN; ROLLBACK TO b")[0])
        one.ask("ROLLBACK")
        self.assertEqual(self.stored(), [1, 4])
        self.assertNotEqual(self.node.sql("SELECT @@gtid_executed"), before)

    def test_autocommit_off_and_schema_changes_commit(self):
        one, two = self.session(), self.session()
        one.ask("SET autocommit = 0")
        one.ask("INSERT INTO t VALUES (1, 'x')")
        self.assertEqual(two.ask("SELECT COUNT(*) FROM t"), ["0"])
        one.ask("CREATE TABLE u (a INT)")
        self.assertEqual(two.ask("SELECT COUNT(*) FROM t"), ["1"])
        one.ask("INSERT INTO t VALUES (2, 'x')")
        one.ask("SET autocommit = 1")
        self.assertEqual(two.ask("SELECT COUNT(*) FROM t"), ["2"])
        one.ask("DROP TABLE u")

    def test_who_waits_too_long_is_told_and_who_leaves_is_rolled_back(self):
        one, two = self.session(), self.session()
        one.ask("BEGIN")
        one.ask("INSERT INTO t VALUES (1, 'x')")
        two.ask("SET innodb_lock_wait_timeout = 1")
        self.assertIn("ERROR 1205", two.ask("INSERT INTO t VALUES (2, 'y')")[0])
        two.ask("SET innodb_lock_wait_timeout = 30")
        two.send("INSERT INTO t VALUES (2, 'y')")
        one.kill()
        self.assertEqual(two.receive(), [])
        self.assertEqual(self.stored(), [2])

    def test_a_failed_statement_leaves_the_transaction_as_it_was(self):
        one = self.session()
        answer = one.ask("BEGIN; INSERT INTO t VALUES (1, 'x'); INSERT INTO t VALUES (2, 'y'), (1, 'z'); INSERT INTO t VALUES (3, 'w'); COMMIT")
        self.assertIn("ERROR 1062 (23000)", answer[0])
        self.assertEqual(self.stored(), [1, 3])

    def test_zero_dates_are_what_the_mode_says(self):
        one = self.session()
        self.assertIn("ERROR 1292", one.ask("CREATE TABLE zero (id INT PRIMARY KEY, d DATE, t DATETIME(3), s TIMESTAMP NULL);"
                                            "INSERT INTO zero (id, d) VALUES (1, '0000-00-00')")[0])
        one.ask("SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE'")
        self.assertEqual(one.ask("INSERT INTO zero VALUES (1, '0000-00-00', '0000-00-00 00:00:00', 0), (2, 0, '0000-00-00', '2024-01-01');"
                                 "UPDATE zero SET s = '0000-00-00 00:00:00' WHERE t = '0000-00-00 00:00:00' AND id = 2"), [])
        self.assertEqual(one.ask("SELECT * FROM zero WHERE t < '2024-01-01' AND s = 0 ORDER BY id"),
                         [f"{number}\t0000-00-00\t0000-00-00 00:00:00.000\t0000-00-00 00:00:00" for number in (1, 2)])
        self.assertIn("ERROR 1292", one.ask("INSERT INTO zero (id, d) VALUES (3, '2024-00-01')")[0])
        one.ask("DROP TABLE zero")

    def test_distinct_rows_are_sorted_by_what_is_not_shown_where_the_mode_lets_them(self):
        one = self.session()
        one.ask("INSERT INTO t VALUES (1, 'c'), (2, 'a'), (3, 'b')")
        question = "SELECT DISTINCT x.id, 'é' FROM t x JOIN t y ON x.id <= y.id ORDER BY x.a DESC"
        self.assertIn("ERROR 1235", one.ask(question)[0])
        one.ask("SET sql_mode = 'STRICT_TRANS_TABLES'")
        self.assertEqual(one.ask(question), ["1\té", "3\té", "2\té"])

    def test_read_only_transactions_refuse_writes(self):
        one = self.session()
        self.assertIn("ERROR 1792 (25006)", one.ask("START TRANSACTION READ ONLY; INSERT INTO t VALUES (1, 'x')")[0])
        self.assertEqual(one.ask("COMMIT; INSERT INTO t VALUES (1, 'x')"), [])

    def test_roles(self):
        self.assertEqual(self.node.error("INSERT INTO t VALUES (1, 'x')", "app", "shop"), 0)
        self.assertEqual(self.node.sql("SELECT id FROM t", "look", "shop"), "1\n")
        self.assertEqual(self.node.error("INSERT INTO t VALUES (2, 'x')", "look", "shop"), 1142)
        self.assertEqual(self.node.error("DROP TABLE t", "look", "shop"), 1142)
        self.assertEqual(self.node.error("DROP DATABASE shop", "look", "shop"), 1044)
        self.assertEqual(self.node.sql("SHOW DATABASES; SELECT COUNT(*) FROM information_schema.columns", "below"), "information_schema\n0\n")
        self.assertEqual(self.node.error("USE shop", "below"), 1044)
        self.assertIn("shop\n", self.node.sql("SHOW DATABASES", "look"))
        self.assertEqual(self.node.error("SELECT * FROM shop.t", "below"), 1142)
        self.assertEqual(self.node.error("SELECT 1", "below", "shop"), 1044)
        self.assertEqual(self.node.error("PURGE BINARY LOGS TO 'x'", "app", "shop"), 1227)

    def test_errors_have_the_servers_numbers(self):
        for number, statement in ((1064, "SELEC 1"), (1146, "SELECT * FROM nosuch"), (1054, "SELECT nosuch FROM t"), (1049, "USE nosuch"),
                                  (1223, "LOCK TABLES t READ; INSERT INTO t VALUES (9, 'x')"), (1050, "CREATE TABLE t (a INT)"), (1051, "DROP TABLE nosuch"),
                                  (1007, "CREATE DATABASE shop"), (1008, "DROP DATABASE nosuch")):
            self.assertEqual(self.node.error(statement, database="shop"), number, statement)

    def test_who_has_locked_a_table_keeps_others_from_writing(self):
        one, two, three = self.session(), self.session(), self.session()
        self.assertEqual(one.ask("LOCK TABLES t WRITE; INSERT INTO t VALUES (1, 'mine')"), [])
        two.send("INSERT INTO t VALUES (2, 'waits')")
        self.assertEqual(three.ask("SELECT a FROM t"), ["mine"])
        self.assertIn("ERROR 1205", three.ask("SET innodb_lock_wait_timeout = 1; INSERT INTO t VALUES (3, 'gives up')")[0])
        self.assertEqual(one.ask("INSERT INTO t VALUES (4, 'mine too'); SELECT id FROM t ORDER BY id"), ["1", "4"])
        self.assertEqual(one.ask("UNLOCK TABLES"), [])
        self.assertEqual(two.receive(), [])
        self.assertEqual(self.stored(), [1, 2, 4])
        self.assertEqual(one.ask("LOCK TABLES t READ"), [])
        two.send("INSERT INTO t VALUES (5, 'after it left')")
        one.kill()
        self.assertEqual(two.receive(), [])
        self.assertEqual(self.stored(), [1, 2, 4, 5])

    def test_a_latin1_client_reads_and_writes_its_letters(self):
        argv = self.node.argv_of_client("root", "shop", "--default-character-set=latin1")
        subprocess.run(argv, input="INSERT INTO t VALUES (2, 'gr\u00f6\u00dfe')".encode("latin1"), check=True)
        self.assertEqual(subprocess.run(argv, input=b"SELECT a FROM t WHERE id = 2", capture_output=True, check=True).stdout,
                         "gr\u00f6\u00dfe\n".encode("latin1"))
        self.assertEqual(self.node.query('SELECT hex(a) FROM "shop.t" WHERE id = 2'), [["6772C3B6C39F65"]])

    def test_a_large_result_takes_little_memory_and_kill_ends_it(self):
        text = "x" * 90
        for first in range(0, 400000, 20000):
            rows = ",".join(f"({n},'{text}')" for n in range(first, first + 20000))
            self.node.sql(f"INSERT INTO t VALUES {rows}", database="shop")
        before = resident_bytes(self.node.process)
        slow = self.session()
        slow.send("SELECT * FROM t")
        time.sleep(0.2)
        slow.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        self.assertEqual(self.node.sql("SELECT COUNT(*) FROM t", database="shop"), "400000\n")  # others are served
        self.assertLess(resident_bytes(self.node.process) - before, 24 << 20)
        slow.process.send_signal(signal.SIGCONT)
        self.assertEqual(len(slow.receive()), 400000)
        one = self.session()
        own = one.ask("SELECT CONNECTION_ID()")[0]
        one.send("SELECT COUNT(*) FROM t a, t b WHERE a.a < b.a")
        time.sleep(0.3)
        self.node.sql(f"KILL QUERY {own}")
        self.assertIn("ERROR 1317", one.receive()[0])
        self.assertEqual(one.ask("SELECT 1"), ["1"])


class Writer(threading.Thread):
    """Transactions of two statements, or (alone) single ones, each acknowledged one noted; a lost connection is made anew."""

    def __init__(self, node, who, alone=False):
        super().__init__()
        self.alone = alone
        self.node, self.who, self.going, self.acknowledged, self.number = node, who, True, [], 0

    def run(self):
        while self.going:
            with Session(self.node, "app", "shop") as session:
                while self.going and self.one(session):
                    pass
            time.sleep(0.05)

    def one(self, session):
        self.number += 1
        answers = []
        insert = f"INSERT INTO sale (who, n, text) VALUES ({self.who}, {self.number}, '{'ab' * 50}')"
        update = f"UPDATE stock SET amount = amount + 1 WHERE id = {self.who}"
        for sql in (insert,) if self.alone else ("BEGIN", insert, update, "COMMIT"):
            answers.append(session.ask(sql))
            if answers[-1] is None:
                return False
        if all(answer == [] for answer in answers):
            self.acknowledged.append(self.number)
        return True


def follow(replica, port):
    if replica.flavour == "mysql":
        replica.sql("RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', "
                    f"SOURCE_PORT={port}, SOURCE_USER='below', SOURCE_PASSWORD='{PASSWORD}', SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=1000, "
                    "SOURCE_SSL=1, SOURCE_AUTO_POSITION=1; START REPLICA")
    else:
        replica.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='below', MASTER_PASSWORD='{PASSWORD}', "
                    "MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=no, MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4; START SLAVE")


class Replicas(unittest.TestCase):
    def test_they_follow_under_load_through_kills(self):
        with SqlNode() as primary:
            primary.sql(SCHEMA)
            with SqlNode(primary.source_url()) as below, Server("mysql-9.7") as mysql, Server("mariadb-10.11") as mariadb:
                for server in (mysql, mariadb):
                    follow(server, primary.port)
                writers = [Writer(primary, who) for who in (1, 2, 3)] + [Writer(primary, who, True) for who in (4, 5, 6)]
                for writer in writers:
                    writer.start()
                for _ in range(3):
                    time.sleep(1.5)
                    primary.kill()
                    primary.start()
                    primary.wait_listening()
                for writer in writers:
                    writer.going = False
                for writer in writers:
                    writer.join()
                self.check(primary, below, (mysql, mariadb), writers)

    def test_a_replica_becomes_a_primary_and_the_old_primary_its_replica(self):
        with SqlNode() as old, SqlNode(old.source_url()) as new, Server("mysql-9.7") as mysql:
            old.sql(SCHEMA)
            follow(mysql, new.port)
            old.sql("INSERT INTO sale (who, n) VALUES (1, 1)", database="shop")
            new.wait_until(lambda: new.query('SELECT n FROM "shop.sale"', check=False) == [[1]], 60, "the node to follow")
            self.assertEqual(new.error("RESET REPLICA ALL"), 3081)
            old.kill()
            self.assertEqual(new.error("STOP REPLICA; RESET REPLICA ALL; SELECT @@read_only; INSERT INTO sale (who, n) VALUES (2, 2)", "root", "shop"), 0)
            self.assertEqual(new.sql("SHOW REPLICA STATUS"), "")
            new.kill()
            new.start()  # with the same --source
            new.wait_listening()
            new.sql("INSERT INTO sale (who, n) VALUES (3, 3)", database="shop")
            old.url, old.source = new.source_url(), new
            old.start()
            for node in (old, new):
                node.wait_until(lambda: node.sql("SELECT who, n FROM sale ORDER BY n", "look", "shop", check=False) == "1\t1\n2\t2\n3\t3\n",
                                60, "the rows of both times")
            new.wait_until(lambda: mysql.sql("SELECT who, n FROM shop.sale ORDER BY n", check=False) == "1\t1\n2\t2\n3\t3\n", 60, "the server to follow")
            self.assertEqual(old.error("INSERT INTO sale (who, n) VALUES (4, 4)", "app", "shop"), 1290)
            self.assertEqual(len(new.sql("SELECT @@gtid_executed").split(",")), 2)

    def check(self, primary, below, servers, writers):
        primary.sql("CREATE TABLE mark (id INT PRIMARY KEY); INSERT INTO mark VALUES (1)", database="shop")
        self.assertGreater(sum(len(writer.acknowledged) for writer in writers), 50)
        rows = primary.sql("SELECT who, n FROM sale ORDER BY who, n", database="shop").split()
        pairs = list(zip(map(int, rows[0::2]), map(int, rows[1::2])))
        self.assertEqual(len(pairs), len(set(pairs)), "a transaction is there twice")
        self.assertLessEqual({(w.who, n) for w in writers for n in w.acknowledged}, set(pairs), "an acknowledged transaction is lost")
        expected = [primary.sql(f"SELECT * FROM {table} ORDER BY id", database="shop") for table in ("sale", "stock")]
        amounts = [int(line.split("\t")[1]) for line in expected[1].splitlines()]
        self.assertEqual(amounts, [sum(1 for who, _ in pairs if who == writer.who) for writer in writers if not writer.alone])
        for server in servers:
            primary.wait_until(lambda: server.sql("SELECT * FROM shop.mark", check=False) == "1\n", 60, f"{server.kind.name} to follow")
            self.assertEqual([server.sql(f"SELECT * FROM shop.{table} ORDER BY id") for table in ("sale", "stock")], expected)
        below.wait_until(lambda: below.query('SELECT * FROM "shop.mark"', check=False) == [[1]], 60, "the node to follow")
        self.assertEqual([below.sql(f"SELECT * FROM {table} ORDER BY id", "look", "shop") for table in ("sale", "stock")], expected)
        for node in (primary, below):
            stored = node.query('SELECT id, who, n, text FROM "shop.sale" ORDER BY id')
            self.assertEqual("".join("\t".join(map(str, row)) + "\n" for row in stored), expected[0])
        self.assertEqual(below.error("INSERT INTO mark VALUES (2)", "app", "shop"), 1290)
        self.assertEqual(below.error("CREATE TABLE nowhere (a INT)", "root", "shop"), 1290)


if __name__ == "__main__":
    unittest.main()
