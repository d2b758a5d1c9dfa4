"""compare.py - is every table of a server in the replica, row by row and column by column?

The server is read with its own client (HEX() of each column), the replica with the sqlite3 shell (type
and HEX of each field); what the server says is put into the form that docs/formats/values.md promises and
must then be equal, as a multiset of rows. Nothing here shares code with binlogd.
"""
# SPDX-License-Identifier: Apache-2.0
import decimal
import ipaddress
import json
import re
import struct
import subprocess

SYSTEM_SCHEMAS = ("mysql", "sys", "performance_schema", "information_schema")
INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "year")
TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "set")
BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector", "geometry", "point",
         "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection",
         "geometrycollection")
LETTERS = str.maketrans("0123456789", "JIHGFEDCBA")  # digits of a negative number: larger sorts first
SIGNED_MAX = 2**63 - 1
SHOWN = 5  # differing rows of a table that are shown


class Column:
    """A column of the server: how it is asked for, and the replica's form of what comes back."""

    def __init__(self, name, data_type, column_type, precision, scale):
        self.name, self.type, self.full_type = name, data_type.lower(), column_type
        self.precision = int(precision) if precision not in ("NULL", "") else 0
        self.scale = int(scale) if scale not in ("NULL", "") else 0

    def expression(self):
        name = "`" + self.name.replace("`", "``") + "`"
        if self.type in BYTES:
            return f"HEX({name})"
        if self.type in ("float", "double"):
            return f"CAST({name} AS DOUBLE)"
        if self.type in INTEGERS:
            return f"{name}+0"
        if self.type == "bit":
            return f"CAST({name} AS UNSIGNED)"
        if self.type == "enum":
            return f"CONCAT({name}+0, ':', HEX(CONVERT({name} USING utf8mb4)))"
        if self.type in TEXTS:
            return f"HEX(CONVERT({name} USING utf8mb4))"
        return f"HEX(CAST({name} AS CHAR CHARACTER SET utf8mb4))"

    def stored(self, field):
        """The form in SQLite, as read_replica() gives it, of what the server's client printed."""
        if field == "NULL":
            return "N"
        if self.type in BYTES:
            return "B" + field
        if self.type in TEXTS:
            return "T" + field
        if self.type in ("float", "double"):
            return real(field)
        if self.type in INTEGERS or self.type == "bit":
            return integer(int(field))
        if self.type == "enum":
            return self._enum(*field.split(":"))
        text = bytes.fromhex(field).decode()
        form = getattr(self, f"_{self.type}", None)
        return form(text) if form else "T" + text.encode().hex().upper()

    def _enum(self, number, label):
        has_empty_label = "" in re.findall(r"'((?:[^']|'')*)'", self.full_type)
        return "I0" if number == "0" and has_empty_label else "T" + label

    def _decimal(self, text):
        negative = text.startswith("-")
        whole, _, fraction = text.lstrip("-").partition(".")
        whole = whole.lstrip("0").rjust(max(self.precision - self.scale, 1), "0")
        digits = whole + ("." + fraction if fraction else "")
        return quoted("-" + digits.translate(LETTERS) if negative else digits)

    @staticmethod
    def _time(text):
        negative = text.startswith("-")
        digits = text.lstrip("-")
        long_hours = len(digits.split(":")[0]) > 2
        if negative:
            return quoted("-" + (digits if long_hours else "0" + digits).translate(LETTERS))
        return quoted("~" + digits if long_hours else digits)

    @staticmethod
    def _json(text):
        return json_form(text)

    @staticmethod
    def _inet4(text):
        return quoted(".".join(part.zfill(3) for part in text.split(".")))

    @staticmethod
    def _inet6(text):
        return quoted(ipaddress.IPv6Address(text).exploded)


def quoted(text):
    return "T" + text.encode().hex().upper()


def integer(number):
    return f"I{number}" if number <= SIGNED_MAX else quoted(str(number).zfill(20))


def real(text):
    return "R" + float(text).hex()


def json_form(text):
    """Equal for equal documents: numbers by value, members in their order."""
    value = json.loads(text, parse_float=decimal.Decimal, object_pairs_hook=lambda pairs: ["{}", *pairs])
    return "J" + repr(value)


def tables_of(server, databases=None):
    """{(database, table): kind} of the server's own tables."""
    listed = ", ".join(f"'{name}'" for name in SYSTEM_SCHEMAS)
    rows = server.rows("SELECT HEX(table_schema), HEX(table_name), table_type FROM information_schema.tables "
                       f"WHERE table_schema NOT IN ({listed}) AND table_type IN "
                       "('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')")
    found = {(unhex(db), unhex(name)): kind for db, name, kind in rows}
    return {key: kind for key, kind in found.items() if databases is None or key[0] in databases}


def unhex(text):
    return bytes.fromhex(text).decode("utf-8", "surrogateescape")


def columns_of(server, database, table):
    def match(column, text):
        return f"{column} = CONVERT(X'{text.encode('utf-8', 'surrogateescape').hex()}' USING utf8mb4)"
    rows = server.rows("SELECT HEX(column_name), data_type, HEX(column_type), numeric_precision, numeric_scale "
                       f"FROM information_schema.columns WHERE {match('table_schema', database)} "
                       f"AND {match('table_name', table)} ORDER BY ordinal_position")
    return [Column(unhex(row[0]), row[1], unhex(row[2]), row[3], row[4]) for row in rows]


def read_server(server, database, table, kind, columns):
    name = ".".join("`" + part.replace("`", "``") + "`" for part in (database, table))
    history = " FOR SYSTEM_TIME ALL" if kind == "SYSTEM VERSIONED" else ""
    fields = ", ".join(column.expression() for column in columns)
    rows = server.rows(f"SELECT {fields} FROM {name}{history}", session="SET time_zone = '+00:00', sql_mode = ''")
    return sorted([column.stored(field) for column, field in zip(columns, row)] for row in rows)


def sqlite(database, sql):
    run = subprocess.run(["sqlite3", "-readonly", "-list", "-separator", "|", "-cmd", ".timeout 10000",
                          str(database)], input=sql.encode("utf-8", "surrogateescape"), capture_output=True)
    if run.returncode != 0:
        raise RuntimeError(f"sqlite3: {run.stderr.decode(errors='replace').strip()}")
    return [line.split("|") for line in run.stdout.decode().splitlines()]


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def replica_tables(database):
    """The names of the source's tables in the replica."""
    rows = sqlite(database, "SELECT hex(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                            "'binlogd\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {unhex(row[0]) for row in rows}


def replica_columns(database, name):
    rows = sqlite(database, "SELECT hex(name) FROM pragma_table_info(CAST(X'"
                            f"{name.encode('utf-8', 'surrogateescape').hex()}' AS TEXT))")
    return [unhex(row[0]) for row in rows]


def read_replica(database, name, columns):
    def field(column):
        c = identifier(column.name)
        return (f"CASE typeof({c}) WHEN 'null' THEN 'N' WHEN 'integer' THEN 'I'||{c} WHEN 'real' THEN "
                f"'R'||hex(ieee754_to_blob({c})) WHEN 'text' THEN 'T'||hex({c}) ELSE 'B'||hex({c}) END")
    fields = ", ".join(field(column) for column in columns)
    rows = sqlite(database, f"SELECT {fields} FROM {identifier(name)}")
    for row in rows:
        for i, column in enumerate(columns):
            if row[i][0] == "R":
                # by its bits: this SQLite prints some doubles one digit off
                row[i] = real(struct.unpack(">d", bytes.fromhex(row[i][1:]))[0])
            elif column.type == "json" and row[i][0] == "T":
                row[i] = json_form(bytes.fromhex(row[i][1:]).decode())
    return sorted(rows)


def readable(row, columns):
    return ", ".join(f"{column.name}={shown(field)}" for column, field in zip(columns, row))


def shown(field):
    if field[0] == "T":
        text = bytes.fromhex(field[1:]).decode("utf-8", "replace")
        return repr(text if len(text) <= 60 else text[:60] + "…")
    return field if len(field) <= 60 else field[:60] + "…"


def row_differences(title, want, got, columns):
    """Rows that only one side has, out of two sorted lists."""
    want_rest = list(map(tuple, want))
    got_rest = list(map(tuple, got))
    only_want = sorted(_minus(want_rest, got_rest))
    only_got = sorted(_minus(got_rest, want_rest))
    lines = [f"{title}: {len(want)} rows on the server, {len(got)} in the replica; {len(only_want)} only there, "
             f"{len(only_got)} only here"]
    lines += [f"    server:  {readable(row, columns)}" for row in only_want[:SHOWN]]
    lines += [f"    replica: {readable(row, columns)}" for row in only_got[:SHOWN]]
    return lines


def _minus(rows, others):
    counts = {}
    for row in others:
        counts[row] = counts.get(row, 0) + 1
    for row in rows:
        if counts.get(row, 0) > 0:
            counts[row] -= 1
        else:
            yield row


def compare_table(server, database, key, kind):
    """(rows, columns, differences) of one table."""
    name = ".".join(key)
    columns = columns_of(server, *key)
    here = replica_columns(database, name)
    missing = [column.name for column in columns if column.name not in here]
    if missing:
        return 0, columns, [f"{name}: the replica lacks column {', '.join(missing)}"]
    if kind == "BASE TABLE" and len(here) != len(columns):
        return 0, columns, [f"{name}: the replica has columns {here}, the server "
                            f"{[column.name for column in columns]}"]
    want = read_server(server, *key, kind, columns)
    got = read_replica(database, name, columns)
    differences = [] if want == got else row_differences(name, want, got, columns)
    return len(want), columns, differences


def compare(server, database, databases=None, ignore=(), report=None):
    """Differences as lines of text. ignore: "db.table" names that are left out; report: called with
    (name, rows, columns, equal) for each table."""
    tables = {key: kind for key, kind in tables_of(server, databases).items() if ".".join(key) not in ignore}
    present = replica_tables(database)
    differences = []
    for key in sorted(tables):
        name = ".".join(key)
        if name not in present:
            differences.append(f"{name}: is not in the replica")
            continue
        rows, columns, found = compare_table(server, database, key, tables[key])
        differences += found
        if report:
            report(name, rows, len(columns), not found)
    known = {".".join(key) for key in tables} | set(ignore)
    strange = {name for name in present - known if databases is None or name.split(".")[0] in databases}
    return differences + [f"{name}: is in the replica only" for name in sorted(strange)]


def assert_equal_tables(test, server, node, **keywords):
    """Fails the test unless every table is equal; at least one must be there to compare."""
    counted = []
    differences = compare(server, node.database, report=lambda *table: counted.append(table), **keywords)
    test.assertFalse(differences, "\n" + "\n".join(differences[:40]))
    test.assertTrue(counted, "there was no table to compare")
