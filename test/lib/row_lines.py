"""row_lines.py - the `### @n=value` lines of mysqlbinlog -vv and mariadb-binlog -vv, and of `binlogd cat -vv`, brought to one
form: what the tools print inexactly (FLOAT, DOUBLE), of either sign, packed (COMPRESSED columns) or not at all (geometry in
MySQL) is compared by what it means."""
# SPDX-License-Identifier: Apache-2.0
import json
import re
import zlib

LINE = re.compile(rb"^###   @(\d+)=(.*?)(?: /\* (?:(.*) )?([A-Z][A-Za-z/]*(?:\([^)]*\))?(?: COMPRESSED)?) meta=(\d+) nullable=(\d) is_null=(\d) \*/)?$")
WORDS = re.compile(rb"^### (INSERT INTO|UPDATE|DELETE FROM|WHERE$|SET$)")
GIVEN_UP = b"!! Don't know how to handle"  # MySQL's tool: a type that it cannot skip, so the rest of the row is not shown
ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|.)")
BITS = {b"TINYINT": 8, b"SHORTINT": 16, b"MEDIUMINT": 24, b"INT": 32, b"LONGINT": 64}


NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"b": b"\b", b"Z": b"\x1a"}  # MySQL's tool, in text


def unescape(text):
    return ESCAPE.sub(lambda m: bytes([int(m[1][1:], 16)]) if len(m[1]) == 3 else NAMED.get(m[1], m[1]), text)


def content(text):
    """The bytes of a quoted string. The tools escape a quote or not, by version; what stands between the outer ones counts."""
    return unescape(text[1:-1])


def unpacked(data):
    """What a value of a COMPRESSED column holds: a byte 0 and the bytes, or a head, the length and a deflate stream."""
    if not data or data[0] == 0:
        return data[1:]
    stream = data[1 + (data[0] & 7):]
    for window in (15, -15):
        try:
            return zlib.decompress(stream, window)
        except zlib.error:
            continue
    return data


def meaning(value, kind, is_tools):
    """A value of type `kind` as what it means; the parts that only one side has are taken away."""
    word = kind.split(b"(")[0].split(b" ")[0]
    if value == b"NULL":
        return None
    if word in BITS:
        return int(value.split(b" ")[0]) % (1 << BITS[word])
    if word == b"FLOAT":
        return b"%g" % float(value)
    if word == b"DOUBLE":
        return float(value)
    if word == b"YEAR":
        return 0 if value == b"1900" else int(value)
    if word == b"SET" and is_tools:  # they print the bytes as they stand in the row
        return b"b'" + b"".join(reversed([value[at:at + 8] for at in range(2, len(value) - 1, 8)])) + b"'"
    if word == b"VECTOR":
        return [b"%.5e" % float(part) for part in value[1:-1].split(b",")]
    if value[:1] != b"'":
        return value
    data = content(value)
    if word == b"JSON" and data[:1] == b'"':  # MySQL's tool shows a string without its quotes
        return json.loads(data).encode()
    return unpacked(data) if b"COMPRESSED" in kind and is_tools else data


def same_diff(text):
    """Partial JSON is a call of JSON_ functions on either side, written differently: which ones, and on what paths."""
    return re.findall(rb"JSON_[A-Z]+", text), sorted(re.findall(rb"'(\$[^']*)'", text))


def joined(lines):
    """MySQL breaks a JSON_ expression into several lines."""
    result = []
    for line in lines:
        if line.startswith(b"###      ") and result:
            result[-1] += b" " + line[9:]
        else:
            result.append(line)
    return result


def rows(output, is_tools):
    """Every line of rows: a word line as it is, a value as (number, meaning, type, meta, nullable, null)."""
    result = []
    for line in joined([line for line in output.split(b"\n") if line.startswith(b"###")]):
        match = LINE.match(line)
        if WORDS.match(line):
            result.append(line)
        if match is None:
            continue  # partitions and whatever else is said of rows
        number, value, _, kind, *rest = match.groups()
        if value == b"@" + number:
            continue  # partial JSON that changes nothing
        if b"JSON_" in value[:13]:
            result.append((number, same_diff(value)))
            continue
        result.append((number, meaning(value, kind or b"", is_tools), kind, *rest))
    return result


def given_up(part):
    return isinstance(part, tuple) and isinstance(part[1], bytes) and part[1].startswith(GIVEN_UP)


def differences(ours, tools):
    """Pairs of lines that differ, and how many values were equal; what the tool gave up on is left out."""
    mine, theirs, found, equal, at = rows(ours, False), rows(tools, True), [], 0, 0
    for part in theirs:
        if given_up(part):
            while at < len(mine) and not (isinstance(mine[at], bytes) and mine[at].split()[1] in (b"INSERT", b"UPDATE", b"DELETE")):
                at += 1
            continue
        if at >= len(mine) or mine[at] != part:
            found.append((mine[at] if at < len(mine) else None, part))
        equal += at < len(mine) and mine[at] == part
        at += 1
    if at != len(mine):
        found.append((mine[at:], None))
    return found, equal
