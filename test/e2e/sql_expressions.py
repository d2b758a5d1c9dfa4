"""Expressions at random, of kinds whose types are known: what test_sql.py compares with a real server. Left out is
where MariaDB and MySQL differ (docs/user/sql.md says what this node does there)."""
# SPDX-License-Identifier: Apache-2.0
import random
import re

TABLE = ("CREATE TABLE x (id INT PRIMARY KEY, i INT, u BIGINT UNSIGNED, d DECIMAL(10,3), f DOUBLE, s VARCHAR(20), "
         "b VARCHAR(20) COLLATE utf8mb4_bin, dt DATE, dm DATETIME, t TIME)")
ROWS = ["INSERT INTO x VALUES (1, 5, 7, 12.345, 1.5, 'Hello', 'World', '2024-02-29', '2024-02-29 13:14:15', '10:11:12')",
        "INSERT INTO x VALUES (2, -3, 18446744073709551615, -0.005, -2.25, 'ab c ', 'AB', '1999-12-31', "
        "'1999-12-31 23:59:59', '-01:02:03')",
        "INSERT INTO x VALUES (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
        "INSERT INTO x VALUES (4, 0, 0, 0, 0, '', '0', '2000-01-01', '2000-01-01 00:00:00', '00:00:00')",
        "INSERT INTO x VALUES (5, 2147483647, 9223372036854775807, 9999999.999, 123456.5, '12', 'été', '2023-03-05', "
        "'2023-03-05 06:07:08', '100:59:59')"]

LITERALS = {
    "int": ["0", "1", "-7", "42", "1000000", "9223372036854775807"],
    "decimal": ["0.5", "-1.25", "100.00", "3.14159", "9999999.9"],
    "real": ["1e0", "2.5e0", "-1.5e3", "1e-3"],
    "text": ["'abc'", "'ABC'", "''", "'a'", "' x '", "'Hello'", "'12'", "'b,a,c'", "'%l%'"],
    "date": ["DATE'2024-01-31'", "DATE'1999-12-31'", "DATE'2000-03-01'"],
    "datetime": ["TIMESTAMP'2024-01-31 10:20:30'", "TIMESTAMP'2001-02-03 00:00:01'"],
}
COLUMNS = {"int": ["i", "id"], "decimal": ["d"], "real": ["f"], "text": ["s"], "date": ["dt"], "datetime": ["dm"]}
# kind: (text, kinds of the holes)
SHAPES = {
    "int": [("({} + {})", "int int"), ("({} - {})", "int int"), ("({} * {})", "int int"), ("({} DIV {})", "int int"),
            ("({} % {})", "int int"), ("(-{})", "int"), ("({} & {})", "int int"), ("({} | {})", "int int"),
            ("({} ^ {})", "int int"), ("(~{})", "int"), ("({} << 3)", "int"), ("({} >> 1)", "int"),
            ("ABS({})", "int"), ("SIGN({})", "decimal"), ("FLOOR({})", "decimal"), ("CEIL({})", "decimal"),
            ("ROUND({})", "int"), ("LENGTH({})", "text"), ("CHAR_LENGTH({})", "text"), ("LOCATE({}, {})", "text text"),
            ("INSTR({}, {})", "text text"), ("LOCATE('a', {}, 2)", "text"), ("FIELD({}, {}, {})", "text text text"),
            ("FIND_IN_SET({}, {})", "text text"), ("ASCII({})", "text"), ("STRCMP({}, {})", "text text"),
            ("CRC32({})", "text"), ("YEAR({})", "date"), ("MONTH({})", "datetime"), ("DAY({})", "date"),
            ("HOUR({})", "datetime"), ("MINUTE({})", "datetime"), ("SECOND({})", "datetime"), ("WEEKDAY({})", "date"),
            ("DAYOFWEEK({})", "date"), ("DAYOFYEAR({})", "date"), ("QUARTER({})", "date"), ("WEEK({})", "date"),
            ("WEEK({}, 3)", "date"), ("YEARWEEK({})", "date"), ("TO_DAYS({})", "date"),
            ("DATEDIFF({}, {})", "date datetime"), ("TIMESTAMPDIFF(DAY, {}, {})", "datetime datetime"),
            ("TIMESTAMPDIFF(MONTH, {}, {})", "date date"), ("TIMESTAMPDIFF(YEAR, {}, {})", "datetime date"),
            ("TIMESTAMPDIFF(SECOND, {}, {})", "datetime datetime"), ("EXTRACT(DAY FROM {})", "date"),
            ("UNIX_TIMESTAMP({})", "datetime"), ("IF({}, {}, {})", "bool int int"), ("IFNULL({}, {})", "int int"),
            ("COALESCE({}, {}, {})", "int int int"), ("NULLIF({}, {})", "int int"),
            ("CASE WHEN {} THEN {} ELSE {} END", "bool int int"), ("CASE {} WHEN {} THEN {} END", "int int int"),
            ("GREATEST({}, {})", "int int"), ("LEAST({}, {}, {})", "int int int"), ("CAST({} AS SIGNED)", "decimal"),
            ("CAST({} AS SIGNED)", "text"), ("MOD({}, {})", "int int"), ("{}", "bool")],
    "decimal": [("({} + {})", "decimal decimal"), ("({} - {})", "decimal int"), ("({} * {})", "decimal decimal"),
                ("({} % 7.3)", "decimal"),
                ("(-{})", "decimal"), ("ABS({})", "decimal"), ("ROUND({} * 1.00, 1)", "decimal"), ("ROUND({})", "decimal"),
                ("TRUNCATE({} * 1.000, 2)", "decimal"), ("ROUND({}, -1)", "decimal"), ("CAST({} AS DECIMAL(20,4))", "int"),
                ("CAST({} AS DECIMAL(30,2))", "decimal"), ("IFNULL({}, {})", "decimal int"),
                ("IF({}, {}, {})", "bool decimal decimal"), ("GREATEST({}, {})", "decimal int")],
    "real": [("({} + {})", "real int"), ("({} * {})", "real decimal"), ("({} - {})", "real real"),
             ("({} / {})", "real int"), ("SQRT({})", "int"), ("POW({}, 2)", "real"), ("ABS({})", "real"),
             ("(-{})", "real"), ("LN({})", "int"), ("(s + {})", "int"),
             ("COS({})", "real")],
    "text": [("CONCAT({}, {})", "text text"), ("CONCAT({}, {})", "text int"), ("CONCAT({}, {})", "decimal text"),
             ("CONCAT_WS({}, {}, {})", "text text text"), ("UPPER({})", "text"), ("LOWER({})", "text"),
             ("SUBSTRING({}, 2)", "text"), ("SUBSTRING({}, -2, 1)", "text"), ("SUBSTRING({}, {}, {})", "text int int"),
             ("LEFT({}, 2)", "text"), ("RIGHT({}, {})", "text int"), ("TRIM({})", "text"), ("LTRIM({})", "text"),
             ("RTRIM({})", "text"), ("TRIM(LEADING 'a' FROM {})", "text"), ("REPLACE({}, {}, 'z')", "text text"),
             ("LPAD({}, 6, 'xy')", "text"), ("RPAD({}, 4, CONCAT('-', {}))", "text text"), ("REPEAT({}, 2)", "text"),
             ("REVERSE({})", "text"), ("HEX({})", "text"), ("HEX({})", "int"), ("MD5({})", "text"),
             ("SHA1({})", "text"), ("SHA2({}, 256)", "text"), ("IF({}, {}, {})", "bool text text"),
             ("IFNULL({}, {})", "text text"), ("COALESCE({}, {})", "text text"), ("CAST({} AS CHAR)", "int"),
             ("CAST({} AS CHAR)", "decimal"), ("CAST({} AS CHAR(3))", "text"), ("SUBSTRING_INDEX({}, ',', 2)", "text"), ("INSERT({}, 2, 1, {})", "text text"), ("ELT({}, {}, {})", "int text text"),
             ("DATE_FORMAT({}, '%Y/%m/%d %H:%i:%s %W %b %j %y %e %p')", "datetime"), ("DAYNAME({})", "date"),
             ("MONTHNAME({})", "date"), ("CAST({} AS CHAR)", "date"), ("CONCAT({}, {})", "text datetime"),
             ("NULLIF({}, {})", "text text"), ("CASE WHEN {} THEN {} WHEN {} THEN {} END", "bool text bool text"),
             ("TO_BASE64({})", "text"), ("QUOTE({})", "text"), ("SPACE(3)", "")],
    "date": [("DATE({})", "datetime"), ("LAST_DAY({})", "date"), ("({} + INTERVAL 1 MONTH)", "date"),
             ("({} - INTERVAL 40 DAY)", "date"), ("DATE_ADD({}, INTERVAL 2 YEAR)", "date"),
             ("DATE_SUB({}, INTERVAL 1 WEEK)", "date"), ("IFNULL({}, {})", "date date"), ("CAST({} AS DATE)", "datetime"),
             ("STR_TO_DATE('05.03.2024', '%d.%m.%Y')", ""), ("MAKEDATE(2024, 60)", "")],
    "datetime": [("DATE_ADD({}, INTERVAL 90 SECOND)", "datetime"), ("({} + INTERVAL 3 HOUR)", "date"),
                 ("({} - INTERVAL 1 QUARTER)", "datetime"), ("DATE_ADD({}, INTERVAL '1 2:3' DAY_MINUTE)", "datetime"),
                 ("FROM_UNIXTIME(1700000000)", ""), ("TIMESTAMPADD(MINUTE, 5, {})", "datetime"),
                 ("IFNULL({}, {})", "datetime datetime"), ("CAST({} AS DATETIME)", "date")],
    "bool": [("({} = {})", "int int"), ("({} < {})", "int decimal"), ("({} >= {})", "decimal real"),
             ("({} <> {})", "text text"), ("({} = {})", "text text"), ("({} <=> {})", "text text"),
             ("({} < {})", "text text"), ("({} LIKE {})", "text text"), ("({} LIKE '_b%')", "text"),
             ("({} NOT LIKE 'a\\\\_%')", "text"), ("({} IS NULL)", "text"), ("({} IS NOT NULL)", "int"),
             ("({} IS TRUE)", "int"), ("({} BETWEEN {} AND {})", "int int int"), ("({} IN ({}, {}))", "int int int"),
             ("({} NOT IN ({}, {}))", "text text text"), ("({} AND {})", "bool bool"), ("({} OR {})", "bool bool"),
             ("(NOT {})", "bool"), ("({} XOR {})", "bool bool"), ("({} < {})", "date datetime"), ("({} = {})", "date date"),
             ("({} > {})", "datetime datetime"), ("({} = '12')", "int"), ("({} = {})", "text int"),
             ("({} < '2010-01-01')", "date"), ("({} >= '2000-01-01 00:00:00')", "datetime"), ("(s = 12)", ""),
             ("(u > {})", "int"), ("(b = {})", "text"), ("(b LIKE {})", "text"), ("ISNULL({})", "text"),
             ("(t < '10:11:13')", ""), ("(d = 12.345)", ""), ("(d > '0')", "")],
}
# in no other expression: MariaDB keeps more digits of a quotient than it shows, and knows no bytes there
OUTER = [("GREATEST({}, {})", "text text"), ("UNHEX(HEX({}))", "text"), ("IFNULL({}, {})", "real decimal"), ("{} / {}", "int int"), ("{} / {}", "decimal int"), ("{} / {}", "decimal decimal"), ("{} / {}", "real decimal")]
AGGREGATES = ["SUM({int})", "SUM({decimal})", "AVG({int})", "AVG({decimal})", "MIN({text})", "MAX({text})", "MIN({decimal})",
              "MAX({date})", "COUNT({text})", "COUNT(DISTINCT {text})", "SUM({real})", "MAX({int})", "AVG({real})"]


def expression(pick, kind, depth):
    if depth == 0 or pick.random() < 0.2:
        if kind == "bool":
            return pick.choice(["(1 = 1)", "(i > 3)", "(s IS NULL)", "0", "NULL"])
        return pick.choice(pick.choice([LITERALS, COLUMNS])[kind])
    text, holes = pick.choice(SHAPES[kind])
    return text.format(*(expression(pick, hole, depth - 1) for hole in holes.split()))


def statements(seed, count):
    """SELECTs of one column each."""
    pick = random.Random(seed)
    for _ in range(count):
        kind = pick.choice(list(SHAPES))
        way = pick.random()
        made = expression(pick, kind, pick.choice([1, 1, 2, 3]))
        while not re.search(r"\b(id?|d|dt|dm|f|s)\b", made):  # a constant may be an error to one, and nothing to the other
            made = expression(pick, kind, 2)
        if way < 0.05:
            text, holes = pick.choice(OUTER)
            yield f"SELECT {text.format(*(expression(pick, hole, 0) for hole in holes.split()))} FROM x ORDER BY id"
        elif way < 0.75:
            yield f"SELECT {made} FROM x ORDER BY id"
        elif way < 0.85:
            yield f"SELECT id FROM x WHERE {expression(pick, 'bool', 2)} ORDER BY id"
        elif way < 0.93:
            yield f"SELECT id FROM x ORDER BY {made}, id"
        else:
            holes = {k: expression(pick, k, 1) for k in LITERALS}
            yield f"SELECT {pick.choice(AGGREGATES).format(**holes)} FROM x"
