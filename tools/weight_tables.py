#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weight_tables.py - asks running servers how collations weigh characters, and writes what src/sql
knows of it: weights_*.def, one file a collation.

letter_case.def has what UPPER and LOWER make of characters: UPPER(first, count, stride, what is added); LOWER …;
NEWER(first, count): the newer collations have their own mind about these.

usage: weight_tables.py OUTPUT-FOLDER MARIADB-COMMAND MYSQL-COMMAND -- as charset_tables.py takes them.

A character that both servers know is written only where they agree. The newer collations of the UCA
have contractions (several characters with one weight): combining characters, and scripts whose vowels
stand in front, are left out there, and so is what no server assigns; texts with them are refused."""
import shlex
import subprocess
import sys
import unicodedata

TOP = 0x30000
HEAD = "/* %s - how %s weighs characters: RUN(first, count, step, weights, weight…):\n" \
       " * the last weight grows by step; NOTHING(first, count): none. long: several rows a line.\n" \
       " * Read from servers by tools/weight_tables.py. */\n// SPDX-License-Identifier: Apache-2.0\n"
# file, collation, which servers have it, has contractions
TABLES = [("general", "utf8mb4_general_ci", "both", False), ("unicode", "utf8mb4_unicode_ci", "both", False),
          ("unicode_520", "utf8mb4_unicode_520_ci", "both", False),
          ("0900", "utf8mb4_0900_ai_ci", "mysql", True), ("uca1400", "utf8mb4_uca1400_ai_ci", "mariadb", True)]
# vowels in front: Thai, Lao, New Tai Lue, Tai Viet; Hangul letters that combine; the dot behind an l; what has more than 8 weights
FRONT = [(0x0E40, 0x0E44), (0x0EC0, 0x0EC4), (0x19B0, 0x19BA), (0xAAB5, 0xAABC), (0x1100, 0x11FF),
         (0xA960, 0xA97F), (0xD7B0, 0xD7FF), (0x00B7, 0x00B7), (0x0387, 0x0387), (0xFDFA, 0xFDFA)]


def ask(client, collation, is_mysql):
    """{code point: the weights as hexadecimal digits}"""
    found = {}
    for low in range(0, TOP, 0x10000):
        text = (f"SET SESSION cte_max_recursion_depth = {TOP};" if is_mysql
                else f"SET SESSION max_recursive_iterations = {TOP};")
        text += (f"WITH RECURSIVE h AS (SELECT {low} n UNION ALL SELECT n + 1 FROM h WHERE n < {low + 0xffff}) "
                 f"SELECT n, HEX(WEIGHT_STRING(CONVERT(CHAR(n USING utf32) USING utf8mb4) COLLATE {collation})) "
                 "FROM h WHERE n NOT BETWEEN 0xd800 AND 0xdfff")
        out = subprocess.run(shlex.split(client) + ["-N", "-B", "--default-character-set=utf8mb4"], check=True,
                             input=text, capture_output=True, text=True).stdout
        found.update((int(n), weights) for n, weights in (line.split("\t") for line in out.splitlines()))
    return found


def is_safe(code):
    category = unicodedata.category(chr(code))
    return category[0] != "M" and category != "Cn" and not any(low <= code <= high for low, high in FRONT)


def runs(table):
    """(first, count, step, weights), that go on alike."""
    found = []
    items = [(code, [int(text[i:i + 4], 16) for i in range(0, len(text), 4)]) for code, text in sorted(table.items())]
    at = 0
    while at < len(items):
        code, weights = items[at]
        step, end = None, at + 1
        while end < len(items) and items[end][0] == code + end - at and end - at < 0xffff:
            more = items[end][1]
            if len(more) != len(weights) or more[:-1] != weights[:-1]:
                break
            now = more[-1] - items[end - 1][1][-1] if more else 0
            step = now if step is None else step
            if now != step:
                break
            end += 1
        found.append((code, end - at, step or 0, weights))
        at = end
    return found


def write(path, name, collation, rows):
    text, line = HEAD % (path.split("/")[-1], collation), ""
    for first, count, step, weights in rows:
        row = (f"RUN(0x{first:04X}, {count}, {step}, {len(weights)}, " + ", ".join(f"0x{w:04X}" for w in weights) + ")"
               if weights else f"NOTHING(0x{first:04X}, {count})")
        if len(line) + len(row) > 150:
            text, line = text + line.rstrip() + "\n", ""
        line += row + " "
    with open(path, "w") as out:
        out.write(text + line.rstrip() + "\n")


def letters(client, function, collation):
    """{code point: the other case's}"""
    text = (f"SET SESSION cte_max_recursion_depth = {TOP}; WITH RECURSIVE h AS (SELECT 0 n UNION ALL SELECT n + 1 "
            f"FROM h WHERE n < 0x1ffff) SELECT n, HEX(CONVERT({function}(CONVERT(CHAR(n USING utf32) USING "
            f"utf8mb4) COLLATE {collation}) USING utf32)) FROM h WHERE n NOT BETWEEN 0xd800 AND 0xdfff")
    out = subprocess.run(shlex.split(client) + ["-N", "-B", "--default-character-set=utf8mb4"], check=True,
                         input=text, capture_output=True, text=True).stdout
    return {int(code): int(other, 16) for code, other in (line.split("\t") for line in out.splitlines()) if other}


def case_rows(kind, table):
    """Runs of every or every other character with the same distance."""
    items, rows = sorted((code, other - code) for code, other in table.items() if other != code), []
    while items:
        first, distance = items[0]
        best = [items[0]]
        for stride in (1, 2):
            run = [items[0]]
            for code, more in items[1:]:
                if code > run[-1][0] + stride:
                    break
                if code == run[-1][0] + stride and more == distance:
                    run.append((code, more))
                elif stride == 1 or code != run[-1][0] + 1:
                    break
            best = max(best, run, key=len)
        stride = best[1][0] - best[0][0] if len(best) > 1 else 1
        rows.append(f"{kind}(0x{first:04X}, {len(best)}, {stride}, {distance})")
        gone = set(best)
        items = [item for item in items if item not in gone]
    return rows


def write_case(path, mysql):
    newer, rows = set(), []
    for function in ("UPPER", "LOWER"):
        table = letters(mysql, function, "utf8mb4_general_ci")
        rows += case_rows(function, table)
        for collation in ("utf8mb4_unicode_520_ci", "utf8mb4_0900_ai_ci"):
            other = letters(mysql, function, collation)
            newer |= {code for code in table if other.get(code) != table[code]}
    rest = sorted(newer)
    while rest:
        count = next((i for i in range(1, len(rest)) if rest[i] != rest[0] + i), len(rest))
        rows.append(f"NEWER(0x{rest[0]:04X}, {count})")
        rest = rest[count:]
    text, line = ("/* letter_case.def - upper and lower case, see tools/weight_tables.py, which reads it from a server.\n"
                  " * long: several rows a line. */\n// SPDX-License-Identifier: Apache-2.0\n"), ""
    for row in rows:
        if len(line) + len(row) > 110:
            text, line = text + line.rstrip() + "\n", ""
        line += row + " "
    with open(path, "w") as out:
        out.write(text + line.rstrip() + "\n")


def main(folder, mariadb, mysql):
    write_case(f"{folder}/letter_case.def", mysql)
    for name, collation, where, has_contractions in TABLES:
        tables = [ask(client, collation, flavour == "mysql") for client, flavour in ((mariadb, "mariadb"), (mysql, "mysql"))
                  if where in ("both", flavour)]
        table = {code: text for code, text in tables[0].items() if all(t.get(code) == text for t in tables)}
        if has_contractions:
            table = {code: text for code, text in table.items() if is_safe(code)}
        if name == "general":
            table = {code: text for code, text in table.items() if code < 0x10000 and text != f"{code:04X}"}
        write(f"{folder}/weights_{name}.def", name, collation, runs(table))


main(*sys.argv[1:4])
