"""The catalog that our DDL reader builds from a server's log is the server's own: after each statement, columns, keys
and foreign keys agree with information_schema, and SHOW CREATE TABLE reads back as the catalog's definition.

The statements stand in test/data/ddl/*.sql. What the reader gets is not what was typed but what the server wrote into
its log. A line "-- only KIND[, KIND]" before a statement says where it is run; "-- refused" that it must be refused."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server, for_each_kind  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/ddl"
PROBE = os.environ.get("BINLOGD_DDL_PROBE") or os.path.join(os.environ.get("BINLOGD_BUILD", "build"), "test/e2e_ddl_probe")
DATABASES = "('d1', 'd2', 'd3')"
FK_ACTIONS = ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]
SQL_MODES = {"REAL_AS_FLOAT": 1, "ANSI_QUOTES": 4, "ORACLE": 512, "NO_BACKSLASH_ESCAPES": 1 << 20}
KEY_KINDS = ["BTREE", "BTREE", "BTREE", "FULLTEXT", "SPATIAL", "VECTOR"]


class Statement:
    def __init__(self):
        self.place, self.lines, self.only, self.settings, self.refused = None, [], [], [], False

    def direct(self, line):
        if line.startswith("-- only "):
            self.only = line[8:].replace(",", " ").split()
        elif line.startswith("-- set "):
            self.settings.append("SET " + line[7:] + ";")
        elif line.startswith("-- refused"):
            self.refused = True

    def runs_on(self, kind):
        return not self.only or any(kind.startswith(name) for name in self.only)


def statements(kind):
    """The statements of every file, in order."""
    for path in sorted(DATA.glob("*.sql")):
        statement = Statement()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("-- ") or not line.strip():
                statement.direct(line)
                continue
            statement.place = statement.place or f"{path.name}:{number}"
            statement.lines.append(line)
            if line.endswith(";"):
                if statement.runs_on(kind):
                    yield statement
                statement = Statement()


def quote_name(name):
    return "`" + name.replace("`", "``") + "`"


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m[1], m[1]), text)


class Probe:
    def __init__(self, server):
        version = [int(part) for part in re.findall(r"\d+", server.value("SELECT VERSION()"))[:3]]
        number = version[0] * 10000 + version[1] * 100 + version[2]
        explicit = server.value("SELECT @@explicit_defaults_for_timestamp")
        argv = [PROBE, server.flavour, str(number), server.value("SELECT @@collation_server"), explicit]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if server.kind.name == "mariadb-11.8":
            self.ask("O " + server.value("SELECT @@character_set_collations"))

    def ask(self, record):
        self.process.stdin.write(record.encode() + b"\0")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the probe died at {record[:300]!r}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def server_columns(server):
    """{(db, table): [column…]} as information_schema has them."""
    out = {}
    for row in server.rows(f"""SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE,
            IFNULL(CHARACTER_SET_NAME, '-'), IFNULL(COLLATION_NAME, '-'), COLUMN_TYPE LIKE '%unsigned%',
            IFNULL(CHARACTER_MAXIMUM_LENGTH, 0), IFNULL(NUMERIC_PRECISION, 0), IFNULL(NUMERIC_SCALE, 0),
            IFNULL(DATETIME_PRECISION, 0), EXTRA LIKE '%auto_increment%', EXTRA LIKE '%INVISIBLE%'
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN {DATABASES}
            ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"""):
        out.setdefault((row[0], row[1]), []).append([unescape(field) for field in row[2:]])
    return out


def our_column(column):
    kind = column["type"]
    is_text = column["charset"] not in (None, "binary")
    length = column["length"] if kind in ("char", "varchar", "binary", "varbinary") else None
    decimal = [column["precision"], column["scale"]] if kind == "decimal" else None
    digits = column["scale"] if kind in ("time", "datetime", "timestamp") else 0
    return {"name": column["name"], "type": kind, "nullable": column["nullable"], "unsigned": column["unsigned"],
            "charset": column["charset"] if is_text else "-", "collation": column["collation"] if is_text else "-",
            "length": length, "decimal": decimal, "digits": digits, "auto": column["auto_increment"],
            "invisible": column["invisible"]}


def is_hidden(column):
    """The columns of system versioning that nobody declared."""
    return column["row_edge"] != 0 and column["invisible"] and column["name"] in ("row_start", "row_end")


def their_column(row, maria):
    (name, kind, nullable, charset, collation, unsigned, length, precision, scale, digits, auto, invisible) = row
    kind = {"geomcollection": "geometrycollection"}.get(kind, kind)
    charset, collation = ("-", "-") if charset == "binary" else (charset, collation)  # MySQL does not show it
    return {"name": name, "type": kind, "nullable": nullable == "YES", "unsigned": unsigned == "1", "charset": charset,
            "collation": collation, "length": int(length) if kind in ("char", "varchar", "binary", "varbinary") else None,
            "decimal": [int(precision), int(scale)] if kind == "decimal" else None,
            "digits": int(digits) if kind in ("time", "datetime", "timestamp") else 0, "auto": auto == "1",
            "invisible": invisible == "1"}


def server_keys(server):
    """{(db, table): [(name, unique, type, [(column, prefix, descending)])]}, in the server's order."""
    out = {}
    expression = "EXPRESSION" if server.flavour == "mysql" else "NULL"
    for db, table, name, plain, column, prefix, order, kind in server.rows(f"""SELECT TABLE_SCHEMA, TABLE_NAME,
            INDEX_NAME, NON_UNIQUE, IF({expression} IS NULL, COLUMN_NAME, '(expression)'), IFNULL(SUB_PART, 0),
            IFNULL(COLLATION, 'A'), INDEX_TYPE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN {DATABASES}
            ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"""):
        keys = out.setdefault((db, table), [])
        if not keys or keys[-1][0] != unescape(name):
            keys.append((unescape(name), plain == "0", "BTREE" if kind in ("HASH", "RTREE") else kind, []))
        keys[-1][3].append((unescape(column), int(prefix) if kind != "SPATIAL" else 0, order == "D"))
    return {table: sorted(keys) for table, keys in out.items()}


def our_keys(table):
    out = []
    hidden = [column["name"] for column in table["columns"] if is_hidden(column)]
    for key in table["keys"]:
        parts = [(part["column"] or "(expression)", part["prefix"], part["descending"]) for part in key["parts"]
                 if part["column"] not in hidden]
        if key["without_overlaps"]:
            parts += [(table["period_end"], 0, False), (table["period_start"], 0, False)]
        out.append((key["name"], key["kind"] <= 1, KEY_KINDS[key["kind"]], parts))
    return sorted(out)


def server_fks(server):
    out = {}
    for db, table, name, column, parent_db, parent, parent_column, delete, update in server.rows(f"""SELECT k.TABLE_SCHEMA,
            k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,
            k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE k
            JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA
                AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
            WHERE k.TABLE_SCHEMA IN {DATABASES} AND k.REFERENCED_TABLE_NAME IS NOT NULL
            ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"""):
        fks = out.setdefault((db, table), {})
        fk = fks.setdefault(name, (parent_db, parent, delete, update, []))
        fk[4].append((column, parent_column))
    return out


def our_fks(table):
    return {fk["name"]: (fk["parent_db"], fk["parent_table"], FK_ACTIONS[fk["on_delete"]], FK_ACTIONS[fk["on_update"]],
                         list(zip(fk["columns"], fk["parent_columns"]))) for fk in table["fks"]}


def difference(theirs, mine):
    if isinstance(theirs, list) and len(theirs) == len(mine):
        pairs = [(a, b) for a, b in zip(theirs, mine) if a != b]
        theirs, mine = [a for a, _ in pairs], [b for _, b in pairs]
    return f"\n  server  {theirs}\n  catalog {mine}"


@for_each_kind()
class DdlCatalog:
    maxDiff = None

    def log_since(self, server, position):
        """(database, statement) of the query events behind a position."""
        events = server.sql(f"SHOW BINLOG EVENTS IN '{position[0]}' FROM {position[1]}")
        for line in events.split("\n")[:-1]:  # not splitlines: a password's hash has every control character
            row = line.split("\t")
            if row[2] != "Query":
                continue
            text = re.sub(r" /\* xid=\d+ \*/$", "", unescape(row[5]))
            named = re.match(r"use `((?:[^`]|``)*)`; ", text)
            # statements about databases are shown without it, but their events have the database's own name
            yield (named[1].replace("``", "`") if named else "d1"), text[named.end() if named else 0:]

    def feed(self, server, probe, position, refused):
        """Gives the probe what the server logged. The sentence of a failure, or None."""
        for database, text in self.log_since(server, position):
            if text in ("BEGIN", "COMMIT"):
                continue
            probe.ask(f"U {database}")
            answer = probe.ask(f"Q {text}")
            if answer["ok"] == refused:
                return f"{answer}\n  in the log: {text}"
        return None

    def disagreements(self, server, probe, everything=False):
        """What the server and the catalog say differently. Definitions are read again where the catalog has changed."""
        out = []
        maria = server.flavour == "mariadb"
        views = {tuple(row) for row in server.rows(
            f"SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN {DATABASES} AND TABLE_TYPE = 'VIEW'")}
        columns = {t: [their_column(row, maria) for row in rows] for t, rows in server_columns(server).items() if t not in views}
        ours = {(t["db"], t["name"]): t for t in probe.ask("P")["tables"]}
        keys, fks = server_keys(server), server_fks(server)
        if sorted(columns) != sorted(ours):
            out.append(f"tables: only the server has {sorted(set(columns) - set(ours))}, only the catalog {sorted(set(ours) - set(columns))}")
        for table in sorted(set(columns) & set(ours)):
            pairs = [("columns", columns[table], [our_column(c) for c in ours[table]["columns"] if not is_hidden(c)]),
                     ("keys", keys.get(table, []), our_keys(ours[table])), ("fks", fks.get(table, {}), our_fks(ours[table]))]
            out += [f"{what} of {table}: {difference(theirs, mine)}" for what, theirs, mine in pairs if theirs != mine]
        changed = [t for t in sorted(set(columns) & set(ours)) if everything or self.seen.get(t) != ours[t]]
        self.seen = ours
        return out + self.definitions(server, probe, changed)

    def definitions(self, server, probe, tables):
        out = []
        if not tables:
            return out
        texts = server.rows(";".join(f"SHOW CREATE TABLE {quote_name(db)}.{quote_name(name)}" for db, name in tables))
        for (db, name), row in zip(tables, texts):
            probe.ask(f"U {db}")
            answer = probe.ask(f"T {unescape(row[1])}")
            if not answer.get("equal"):
                out.append(f"SHOW CREATE TABLE {db}.{name}:\n{answer.get('error', '')}\n{unescape(row[1])}\n"
                           f"server read as: {answer.get('server')}\ncatalog: {answer.get('catalog')}")
        return out

    def run_statement(self, server, probe, statement):
        """Runs it on the server and gives the probe what the log has of it. Sentences of what is wrong."""
        position = server.log_position()
        database = ["d1"] if server.rows("SHOW DATABASES LIKE 'd1'") else []
        text = "\n".join(statement.lines)
        run = server.run_client("\n".join(statement.settings) + text +
                                "SELECT 'session', @@sql_mode, @@explicit_defaults_for_timestamp;", *database, check=False)
        if run.returncode != 0:
            return [f"the server refuses it: {run.stderr.decode()}"]
        mode, explicit = run.stdout.decode().splitlines()[-1].split("\t")[1:]
        probe.ask(f"M {sum(bit for name, bit in SQL_MODES.items() if name in mode.split(','))}")
        probe.ask(f"E {explicit}")
        failure = self.feed(server, probe, position, statement.refused)
        if failure:
            return [failure]
        probe.ask("M 0")
        probe.ask("E 1")
        return [] if statement.refused else self.disagreements(server, probe)

    def test_catalog_follows_every_statement(self):
        wrong, count, known = [], 0, set()
        self.seen = {}
        with tempfile.TemporaryDirectory() as scratch, Server(self.kind, options=[f"--tmpdir={scratch}"]) as server:
            probe = Probe(server)
            for statement in statements(self.kind):
                count += 1
                found = self.run_statement(server, probe, statement)
                wrong += [f"{statement.place}: {' '.join(statement.lines)}\n{sentence}" for sentence in found
                          if sentence not in known]
                known.update(found)  # a disagreement is told once, where it begins
                if len(wrong) >= 20:
                    break
            wrong += [f"at the end: {sentence}" for sentence in self.disagreements(server, probe, everything=True)
                      if sentence not in known]
            self.assertEqual(probe.close(), 0)
        print(f"{self.kind}: {count} statements")
        self.assertEqual(wrong, [], "\n\n".join(wrong))
        self.assertGreaterEqual(count, 150)


if __name__ == "__main__":
    unittest.main()
