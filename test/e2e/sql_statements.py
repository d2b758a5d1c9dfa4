"""sql_statements.py - statements of every form, made at random: reads over joins, subqueries, unions and groups, and
writes that meet duplicates. Every SELECT has an order that leaves nothing open."""
# SPDX-License-Identifier: Apache-2.0
import random

TABLES = ["CREATE TABLE ga (id INT PRIMARY KEY, k INT, s VARCHAR(10), n INT NOT NULL DEFAULT 3, KEY kk (k))",
          "CREATE TABLE gb (id INT AUTO_INCREMENT PRIMARY KEY, a INT, u INT, s VARCHAR(10), UNIQUE KEY ku (u), KEY ka (a))",
          "CREATE TABLE gc (x INT, y INT, s VARCHAR(10))"]
COLUMNS = {"ga": ["id", "k", "n"], "gb": ["id", "a", "u"], "gc": ["x", "y"]}
WORDS = ["'a'", "'B'", "'bb'", "'cc'", "NULL"]


class Maker:
    def __init__(self, seed):
        self.pick = random.Random(seed)
        self.aliases = 0

    def number(self):
        return self.pick.choice(["NULL"] + [str(n) for n in range(-1, 9)] * 2)

    def condition(self, columns, depth=2):
        pick = self.pick
        shape = pick.randrange(9 if depth else 5)
        column = pick.choice(columns)
        if shape == 0:
            return f"{column} IS {pick.choice(['', 'NOT '])}NULL"
        if shape == 1:
            return f"{column} {pick.choice(['', 'NOT '])}IN ({self.number()}, {self.number()}, {self.number()})"
        if shape in (2, 3):
            return f"{column} {pick.choice(['=', '<', '>=', '<>', '<=>'])} {self.number()}"
        if shape == 4:
            return f"{column} {pick.choice(['=', '<', '<>'])} {pick.choice(columns)}"
        if shape == 5:
            table, inner = self.source()
            return f"{column} {pick.choice(['', 'NOT '])}IN (SELECT {pick.choice(inner)} FROM {table})"
        if shape == 6:
            table, inner = self.source()
            test = f"{pick.choice(inner)} = {column}"
            return f"{pick.choice(['', 'NOT '])}EXISTS (SELECT 1 FROM {table} WHERE {test})"
        if shape == 7:
            table, inner = self.source()
            return (f"{column} {pick.choice(['<', '>=', '='])} {pick.choice(['ANY', 'ALL'])} "
                    f"(SELECT {pick.choice(inner)} FROM {table} WHERE {self.condition(inner, 0)})")
        return (f"({self.condition(columns, depth - 1)} {pick.choice(['AND', 'OR'])} "
                f"{pick.choice(['', 'NOT '])}({self.condition(columns, depth - 1)}))")

    def source(self):
        """A table, or what a SELECT gives, under an alias; and its columns."""
        self.aliases += 1
        alias, table = f"t{self.aliases}", self.pick.choice(list(COLUMNS))
        columns = COLUMNS[table]
        shape = self.pick.randrange(8)
        if shape == 0:
            text = f"(SELECT {', '.join(columns)} FROM {table} WHERE {self.condition(columns, 0)}) AS {alias}"
        elif shape == 1:
            text = f"(SELECT {columns[1]} AS g, count(*) AS m FROM {table} GROUP BY {columns[1]}) AS {alias}"
            columns = ["g", "m"]
        elif shape == 2:
            text = (f"(SELECT {columns[0]} AS v FROM {table} UNION {self.pick.choice(['', 'ALL '])}"
                    f"SELECT a FROM gb) AS {alias}")
            columns = ["v"]
        else:
            text = f"{table} AS {alias}"
        return text, [f"{alias}.{c}" for c in columns]

    def joined(self):
        text, columns = self.source()
        for _ in range(self.pick.randrange(3)):
            other, more = self.source()
            kind = self.pick.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN"])
            text += f" {kind} {other} ON {self.pick.choice(columns)} = {self.pick.choice(more)}"
            columns = columns + more
        return text, columns

    def select(self):
        pick = self.pick
        text, columns = self.joined()
        where = f" WHERE {self.condition(columns)}" if pick.random() < 0.7 else ""
        shape = pick.randrange(4)
        if shape == 0:
            by = pick.choice(columns)
            having = f" HAVING count(*) > {pick.randrange(3)}" if pick.random() < 0.4 else ""
            other = pick.choice(columns)
            return (f"SELECT {by} AS g, count(*), count(DISTINCT {other}), max({other}), sum({other}) "
                    f"FROM {text}{where} GROUP BY {by}{having} ORDER BY {by}")
        shown = [pick.choice(columns) for _ in range(pick.randrange(1, 4))]
        places = ", ".join(f"{i + 1}{pick.choice(['', ' DESC'])}" for i in range(len(shown)))
        distinct = "DISTINCT " if shape == 1 else ""
        offset = "" if distinct else f" OFFSET {pick.randrange(3)}"  # MariaDB counts rows that DISTINCT leaves out
        limit = f" LIMIT {pick.randrange(1, 9)}{offset}" if pick.random() < 0.3 else ""
        named = ", ".join(f"{c} AS c{i}" for i, c in enumerate(shown))
        if shape == 2:
            inner = pick.choice(columns)
            sub, _ = self.source()
            named += f", (SELECT count(*) FROM {sub} WHERE {inner} > 1)"
            places += f", {len(shown) + 1}"
        return f"SELECT {distinct}{named} FROM {text}{where} ORDER BY {places}{limit}"

    def write(self):
        pick = self.pick
        row_a = f"({pick.randrange(9)}, {self.number()}, {pick.choice(WORDS)}, {pick.randrange(9)})"
        row_b = f"({self.number()}, {self.number()}, {pick.choice(WORDS)})"
        shape = pick.randrange(12)
        if shape < 3:
            return f"INSERT {pick.choice(['', 'IGNORE '])}INTO ga VALUES {row_a}, ({pick.randrange(20)}, 1, 'z', 2)"
        if shape == 3:
            return f"REPLACE INTO ga VALUES {row_a}"
        if shape == 4:
            return f"INSERT INTO gb (a, u, s) VALUES {row_b} ON DUPLICATE KEY UPDATE a = a + VALUES(u), s = VALUES(s)"
        if shape == 5:
            return f"REPLACE INTO gb (a, u, s) VALUES {row_b}"
        if shape == 6:
            shown = pick.choice(["id, k", "k, n", "n, id"])
            return f"INSERT INTO gc SELECT {shown}, s FROM ga WHERE k > {pick.randrange(6)} ORDER BY id LIMIT 3"
        if shape == 7:
            return f"UPDATE ga SET n = n + 1, k = n WHERE {self.condition(COLUMNS['ga'], 0)}"
        if shape == 8:
            return (f"UPDATE IGNORE gb SET u = u + {pick.randrange(3)} WHERE {self.condition(COLUMNS['gb'], 0)} "
                    f"ORDER BY id")
        if shape == 9:
            return (f"UPDATE ga JOIN gb ON gb.a = ga.id SET ga.k = gb.id "
                    f"WHERE gb.u IS NOT NULL AND gb.id = {pick.randrange(30)}")
        if shape == 10:
            return (f"DELETE ga FROM ga LEFT JOIN gc ON gc.x = ga.id "
                    f"WHERE gc.x IS NULL AND ga.n > {pick.randrange(9)}")
        return f"DELETE FROM {pick.choice(['ga', 'gb', 'gc'])} WHERE {self.simple()}"

    def simple(self):
        return self.pick.choice(["s = 'cc'", "s IS NULL", "s = 'B'"])


def made(seed, count):
    maker = Maker(seed)
    yield from TABLES
    for i in range(count):
        if i % 3:
            yield maker.select()
        else:
            yield maker.write()
            if i % 30 == 0:
                yield "SELECT * FROM ga ORDER BY id"
                yield "SELECT * FROM gb ORDER BY id"
                yield "SELECT * FROM gc ORDER BY x, y, s"


VALUES = ["null", "true", "false", "0", "-0.0", "1", "1.0", "-1", "1.5", "9007199254740993", "9007199254740992.0", "9223372036854775807",
          "9223372036854775808", "18446744073709551615", "1e300", '""', '"a"', '"A"', '"ab"', '"1"', '"é"', "[]", "[1]", "[1, 2]", "[1.0]",
          '[1, "a"]', "[[]]", "{}", '{"a": 1}', '{"a": 1.0}', '{"a": 2}', '{"b": 1, "a": 1}', '{"a": [1, {"c": null}]}']
IN_NO_ORDER = "(JSON_TYPE(x.d) = 'OBJECT' AND JSON_TYPE(y.d) = 'OBJECT')"


def documents():
    """JSON values compared, sorted and grouped: as in MySQL, where MariaDB has texts. Objects have no order of meaning."""
    yield "CREATE TABLE doc (id INT PRIMARY KEY, d JSON, w JSON)"
    for number, value in enumerate(VALUES):
        yield f"INSERT INTO doc VALUES ({number}, '{value}', '{{\"a\": {value}, \"n\": {number}}}')"
    yield "INSERT INTO doc VALUES (100, NULL, '{}')"
    for sign in ("=", "<>", "<=>"):
        yield f"SELECT x.id, y.id FROM doc x JOIN doc y ON x.d {sign} y.d ORDER BY x.id, y.id"
    for sign in ("<", ">="):
        yield f"SELECT x.id, y.id FROM doc x JOIN doc y ON NOT {IN_NO_ORDER} AND x.d {sign} y.d ORDER BY x.id, y.id"
    for other in ("1", "1.5e0", "-1", "'a'", "'A'", "'1'", "''", "TRUE", "FALSE", "NULL", "18446744073709551615", "(id = 5)", "w->'$.a'",
                  "JSON_EXTRACT('[1]', '$')", "CAST(id AS CHAR)", "id"):
        for sign in ("=", "<", "<=>"):
            yield f"SELECT id FROM doc WHERE d {sign} {other} AND NOT JSON_TYPE(d) = 'OBJECT' ORDER BY id"
            yield f"SELECT id FROM doc WHERE {other} {sign} w->'$.a' AND NOT JSON_TYPE(d) = 'OBJECT' ORDER BY id"
    yield "SELECT id FROM doc WHERE d IN (1, 'a') ORDER BY id"
    yield "SELECT id FROM doc WHERE d NOT IN ('a', 'b') ORDER BY id"
    yield "SELECT id, CASE w->'$.a' WHEN 'a' THEN 'no' WHEN 'null' THEN 'nothing' WHEN '\"a\"' THEN 'a' ELSE 'other' END FROM doc ORDER BY id"
    scalar = "(JSON_TYPE(d) NOT IN ('OBJECT', 'ARRAY') OR d IS NULL)"
    yield f"SELECT id, d FROM doc WHERE {scalar} ORDER BY d, id"
    yield f"SELECT id FROM doc WHERE {scalar} ORDER BY w->'$.a' DESC, id"
    yield f"SELECT COUNT(*) FROM doc WHERE {scalar} GROUP BY d ORDER BY d"
    yield f"SELECT COUNT(DISTINCT d) FROM doc WHERE {scalar}"
