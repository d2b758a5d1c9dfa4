"""MySQL's SQL on the engine gives what MariaDB gives: rows, affected rows, insert ids and error numbers, for the
statements of test/data/query/*.sql and for generated ones; with MySQL's flavour what MySQL gives, for those in mysql/. Those in both/ are
asked of each. Where the engine refuses (1235) nothing is compared, and how
many may be refused is part of the test: "-- refused" stands before each of the corpus, none of the others may be."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import sql_expressions  # noqa: E402
import sql_statements  # noqa: E402
from servers import Server  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/query"
PROBE = os.environ.get("BINLOGD_SQL_PROBE") or os.path.join(os.environ.get("BINLOGD_BUILD", "build"), "test/e2e_sql_probe")
REFUSED = 1235
SQL_MODE = ("STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY")


class Probe:
    def __init__(self, path, flavour):
        self.process = subprocess.Popen([PROBE, path, flavour], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, statement):
        """(rows, affected, insert id, error number)"""
        self.process.stdin.write(statement.encode() + b"\0")
        self.process.stdin.flush()
        rows = []
        for line in iter(self.process.stdout.readline, b""):
            fields = line.decode("utf-8", "surrogateescape").rstrip("\n").split("\t")
            if fields[0] == "ROW":
                rows.append(fields[1:])
            elif fields[0] == "OK":
                return rows, int(fields[1]), int(fields[2]), 0
            else:
                return [], 0, 0, int(fields[1])
        raise AssertionError(f"the probe died at {statement!r}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


class Reference:
    """One client that stays: its answers end where a SELECT of a mark says so."""
    MARK = "-- end of the answer --"

    def __init__(self, server):
        self.process = subprocess.Popen(
            server.client("--default-character-set=utf8mb4", "--batch", "--skip-column-names", "--force", "--unbuffered",
                          "shop"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.ask(f"SET sql_mode='{SQL_MODE}', timestamp=1700000000, time_zone='+02:00'")

    def ask(self, statement):
        begins = "DO LAST_INSERT_ID(0);\n" if re.match(r"INSERT|REPLACE", statement) else ""
        self.process.stdin.write(f"{begins}{statement}\n;\nSELECT '{self.MARK}', ROW_COUNT(), LAST_INSERT_ID();\n".encode())
        self.process.stdin.flush()
        rows, error = [], 0
        for line in iter(self.process.stdout.readline, b""):
            fields = line.decode("utf-8", "surrogateescape").rstrip("\n").split("\t")
            found = re.match(r"ERROR (\d+) ", fields[0])
            if found:
                error = int(found[1])
            elif fields[0] != self.MARK:
                rows.append(fields)
            elif error:
                return [], 0, 0, error
            elif re.match(r"\(*(SELECT|SHOW|DESC|WITH)", statement):
                return rows, 0, 0, 0
            else:
                return rows, max(int(fields[1]), 0), int(fields[2]), 0
        raise AssertionError(f"the client died at {statement!r}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def corpus(flavour, *folders):
    """(statement, may it be refused), in order. Before one may stand "-- refused", "-- refused by FLAVOUR", or the only flavour that it is for."""
    for path in (path for folder in folders for path in sorted(folder.glob("*.sql"))):
        mark = ""
        for line in path.read_text().splitlines():
            if re.fullmatch(r"-- (refused( by \w+)?|mysql|mariadb)", line):
                mark = line.removeprefix("-- ")
            elif line.strip() and not line.startswith("--"):
                if mark not in ({"mysql", "mariadb"} - {flavour}):
                    yield line.rstrip(";"), mark in ("refused", f"refused by {flavour}")
                mark = ""


def generated(seed, count):
    pick = random.Random(seed)
    columns = {"id": ["1", "7", "-3", "40"], "n": ["0", "12", "-5", "NULL"], "d": ["1.50", "-2.25", "100", "0"],
               "s": ["'a'", "'Ab'", "'ab '", "''", "'zz'"], "t": ["'2024-02-29'", "'1999-12-31'"]}

    def condition(depth):
        if depth and pick.random() < 0.4:
            word = pick.choice(["AND", "OR"])
            return f"({condition(depth - 1)} {word} {condition(depth - 1)})"
        column = pick.choice(list(columns))
        value = pick.choice(columns[column])
        shape = pick.randrange(5)
        if shape == 0:
            return f"{column} BETWEEN {value} AND {pick.choice(columns[column])}"
        if shape == 1:
            return f"{column} {pick.choice(['', 'NOT '])}IN ({value}, {pick.choice(columns[column])})"
        if shape == 2:
            return f"{column} IS {pick.choice(['', 'NOT '])}NULL"
        return f"{column} {pick.choice(['=', '<', '<=', '>', '>=', '<>', '<=>'])} {value}"

    yield "CREATE TABLE g (id INT PRIMARY KEY, n INT, d DECIMAL(10,2), s VARCHAR(10), t DATE, KEY kn (n), KEY kd (d))"
    for _ in range(count):
        if pick.random() < 0.4:
            row = [str(pick.randrange(-5, 50))] + [pick.choice(columns[c]) for c in ("n", "d", "s", "t")]
            yield f"INSERT INTO g VALUES ({', '.join(row)})"
        elif pick.random() < 0.3:
            yield pick.choice([f"UPDATE g SET n = n + {pick.randrange(9)} WHERE {condition(1)}",
                               f"UPDATE g SET s = {pick.choice(columns['s'])} WHERE {condition(1)}",
                               f"DELETE FROM g WHERE id = {pick.randrange(-5, 50)} AND {condition(1)}"])
        else:
            order = pick.choice(["id", "d DESC, id", "s, id", "t DESC, id DESC", "n, id"])
            yield f"SELECT * FROM g WHERE {condition(2)} ORDER BY {order} LIMIT {pick.randrange(1, 20)}"


def plain(answer):
    """MariaDB shows the zero that has a sign without it, MySQL with it; of DECIMAL it is the other way round."""
    return [[re.sub(r"^-(0(\.0+)?)$", r"\1", value) for value in row] for row in answer[0]], answer[1]


class Sql(unittest.TestCase):
    def compare(self, statements, kind="mariadb-10.11"):
        asked, wrong = 0, []
        with tempfile.TemporaryDirectory() as folder, Server(kind) as server:
            server.sql("CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
            probe, reference = Probe(os.path.join(folder, "data.db"), server.flavour), Reference(server)
            for statement, may_refuse in statements:
                ours = probe.ask(statement)
                if may_refuse:
                    wrong += [(statement, ours)] if ours[3] != REFUSED else []
                    continue
                theirs = reference.ask(statement)
                if re.match(r"(CREATE|ALTER|DROP)\b", statement):
                    ours, theirs = ours[3], theirs[3]
                elif re.match(r"\(*(SELECT|WITH)", statement):
                    ours, theirs = (ours[0], ours[3]), (theirs[0], theirs[3])
                elif not re.match(r"INSERT|REPLACE", statement):
                    ours, theirs = (ours[0], ours[1], ours[3]), (theirs[0], theirs[1], theirs[3])
                wrong += [(statement, ours, theirs)] if ours != theirs else []
                asked += 1
            self.assertEqual(probe.close(), 0)
            reference.close()
        self.assertEqual(wrong, [], "\n".join(map(str, wrong)))
        return asked

    def test_the_corpus_gives_what_the_server_gives(self):
        self.assertGreater(self.compare(corpus("mariadb", DATA, DATA / "both")), 1000)

    def test_with_mysqls_flavour_it_gives_what_mysql_gives(self):
        self.assertGreater(self.compare(corpus("mysql", DATA / "mysql", DATA / "both"), "mysql-9.7"), 150)

    def test_generated_statements_give_what_the_server_gives(self):
        statements = ((s, False) for s in generated(20240229, 150))
        self.assertEqual(self.compare(statements), 151)

    def test_generated_forms_give_what_the_server_gives(self):
        statements = ((s, False) for s in sql_statements.made(8, 1500))
        self.assertGreater(self.compare(statements), 1500)

    def test_mysql_gives_the_same_of_generated_statements(self):
        """Where the servers differ (scales inside of expressions, SHOW) the engine is MariaDB's here: not asked."""
        statements = ((s, False) for s in [*generated(20240229, 150), *sql_statements.made(8, 1500), *sql_statements.documents()])
        self.assertGreater(self.compare(statements, "mysql-9.7"), 1800)

    def test_expressions_give_what_the_server_gives(self):
        setup, statements = [sql_expressions.TABLE, *sql_expressions.ROWS], list(sql_expressions.statements(20240301, 3000))
        with tempfile.TemporaryDirectory() as folder, Server("mariadb-10.11") as server:
            server.sql("CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
            probe, reference = Probe(os.path.join(folder, "data.db"), server.flavour), Reference(server)
            for statement in setup:
                self.assertEqual((probe.ask(statement)[3], reference.ask(statement)[3]), (0, 0), statement)
            ours, theirs = ([(a[0], a[3]) for a in map(side.ask, statements)] for side in (probe, reference))
            self.assertEqual(probe.close(), 0)
            reference.close()
        refused = sum(number == REFUSED for _, number in ours)
        wrong = [(s, a, b) for s, a, b in zip(statements, ours, theirs) if a[1] != REFUSED and plain(a) != plain(b)]
        self.assertEqual(wrong, [], "\n".join(map(str, wrong[:20])))
        self.assertLess(refused, 0.02 * len(statements))


if __name__ == "__main__":
    unittest.main()
