#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""charset_tables.py - asks running servers how they convert characters, and writes what src/sql
knows of it: charset_tables.def, charset_exceptions.def and collations.def.

usage: charset_tables.py OUTPUT-FOLDER MARIADB-COMMAND... -- each argument after the folder is the
command line of a client that is logged in to one server, MariaDB servers first, MySQL last:

    tools/charset_tables.py src/sql "mariadb -h 127.0.0.1 -P 3310 -u lab" \\
        "mariadb -h 127.0.0.1 -P 3311 -u lab" "mysql -h 127.0.0.1 -P 3397 -u lab"

Single-byte sets are taken from the last server that has them. The East Asian sets are compared with
the C library's iconv for every sequence of two (and three and four) bytes; what differs is written
as ranges. A server that maps a character to U+FFFD says that it has none: iconv's answer is kept."""
import ctypes
import itertools
import shlex
import subprocess
import sys

SINGLE = ("ascii armscii8 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 geostd8 greek hebrew hp8 "
          "keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman swe7 tis620").split()
# charset: (iconv's name, lead bytes of 3-byte and 4-byte characters)
ICONV = {"big5": "BIG5", "gbk": "GBK", "gb2312": "GB2312", "gb18030": "GB18030", "sjis": "SJIS",
         "cp932": "CP932", "ujis": "EUC-JP", "eucjpms": "EUC-JP-MS", "euckr": "UHC"}
HEAD = "/* %s - %s\n * Read from %s by tools/charset_tables.py. */\n// SPDX-License-Identifier: Apache-2.0\n"


def ask(client, sql):
    out = subprocess.run(shlex.split(client) + ["-N", "-B", "-e", "SET SESSION sql_mode=''; " + sql],
                         check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def convert(client, charset, size, where="TRUE"):
    """{bytes: character} for the sequences that are one character of the charset."""
    numbers = "WITH RECURSIVE h AS (SELECT 0 AS n UNION ALL SELECT n+1 FROM h WHERE n<255) "
    names = "abcd"[:size]
    text = "CHAR(%s)" % ",".join(n + ".n" for n in names)
    rows = ask(client, numbers + "SELECT HEX(%s), HEX(CONVERT(CAST(%s AS CHAR CHARACTER SET %s) "
               "USING utf8mb4)) FROM %s WHERE %s"
               % (text, text, charset, ",".join("h " + n for n in names), where))
    found = {}
    for code, utf8 in rows:
        if utf8 in ("NULL", ""):
            continue
        try:
            character = bytes.fromhex(utf8).decode("utf-8")
        except UnicodeDecodeError:
            continue
        code = bytes.fromhex(code)
        if len(character) == 1 and len(code) == size and (character != "?" or code == b"?"):
            found[code] = character
    return found


class Iconv:
    def __init__(self, name):
        self.libc = ctypes.CDLL(None)
        self.libc.iconv_open.restype = ctypes.c_void_p
        self.libc.iconv.restype = ctypes.c_size_t
        self.libc.iconv.argtypes = [ctypes.c_void_p] * 5
        self.cd = self.libc.iconv_open(b"UTF-8", name.encode())

    def __call__(self, code):
        source = ctypes.create_string_buffer(code, len(code))
        target = ctypes.create_string_buffer(16)
        at, left = ctypes.c_void_p(ctypes.addressof(source)), ctypes.c_size_t(len(code))
        to, room = ctypes.c_void_p(ctypes.addressof(target)), ctypes.c_size_t(16)
        self.libc.iconv(self.cd, None, None, None, None)
        self.libc.iconv(self.cd, ctypes.byref(at), ctypes.byref(left), ctypes.byref(to),
                        ctypes.byref(room))
        if left.value != 0:
            return None
        return target.raw[:16 - room.value].decode("utf-8")


def inside(byte, *bounds):
    return any(low <= byte <= high for low, high in bounds)


def well_formed(charset, code):
    """What charset_iconv.c takes for one character of this length."""
    if len(code) != 2:
        return True
    lead, last = code
    if charset == "big5":
        return inside(lead, (0xa1, 0xf9)) and inside(last, (0x40, 0x7e), (0xa1, 0xfe))
    if charset in ("sjis", "cp932"):
        return inside(lead, (0x81, 0x9f), (0xe0, 0xfc)) and inside(last, (0x40, 0x7e), (0x80, 0xfc))
    if charset in ("ujis", "eucjpms"):
        return (inside(lead, (0xa1, 0xfe)) and inside(last, (0xa1, 0xfe))) or \
            (lead == 0x8e and inside(last, (0xa1, 0xdf)))
    if charset == "gb2312":
        return inside(lead, (0xa1, 0xf7)) and inside(last, (0xa1, 0xfe))
    if charset == "euckr":
        return inside(lead, (0x81, 0xfe)) and inside(last, (0x41, 0x5a), (0x61, 0x7a), (0x81, 0xfe))
    return inside(lead, (0x81, 0xfe)) and inside(last, (0x40, 0x7e), (0x80, 0xfe))


def exceptions(client, charset, size, where):
    server, iconv = convert(client, charset, size, where), Iconv(ICONV[charset])
    asked = set(server)
    if size == 2:
        asked |= {bytes(c) for c in itertools.product(range(0x81, 0xff), range(0x40, 0xff))}
    for code in sorted(asked):
        mine, theirs = iconv(code), server.get(code)
        if theirs == "\ufffd":
            continue
        if mine != theirs and well_formed(charset, code):
            yield int.from_bytes(code, "big"), 0 if theirs is None else ord(theirs)


def ranges(pairs):
    run = None
    for code, point in pairs:
        if run and code == run[1] + 1 and point == (run[2] + code - run[0] if run[2] else 0):
            run[1] = code
            continue
        if run:
            yield run
        run = [code, code, point]
    if run:
        yield run


def write_single(path, client, versions):
    with open(path, "w") as out:
        out.write(HEAD % ("charset_tables.def", "single-byte sets: SINGLE(NAME, the characters of bytes "
                          "80 to ff);\n * 0: none. LOWER(NAME, byte, character): the few below 80 that "
                          "are not ASCII.", versions))
        for charset in SINGLE:
            table = convert(client, charset, 1)
            upper = ["0x%04x" % ord(table.get(bytes([n]), "\0")) for n in range(128, 256)]
            upper = ["0x0000" if u == "0xfffd" else u for u in upper]
            out.write("SINGLE(%s,\n" % charset.upper())
            for row in range(0, 128, 12):
                out.write("       %s%s\n" % (", ".join(upper[row:row + 12]),
                                           "," if row + 12 < 128 else ")"))
            for n in range(128):
                character = table.get(bytes([n]), "\0" )
                if character != chr(n):
                    out.write("LOWER(%s, 0x%02x, 0x%04x)\n" % (charset.upper(), n, ord(character)))


def write_exceptions(path, mariadb, mysql, versions):
    with open(path, "w") as out:
        out.write(HEAD % ("charset_exceptions.def", "where the servers' East Asian sets differ from "
                          "iconv's:\n * EXCEPTION(NAME, first code, last code, character of the first; "
                          "0: none of them is valid).", versions))
        for charset in ICONV:
            client = mysql if charset == "gb18030" else mariadb
            sizes = [(2, "a.n>=129")]
            if charset in ("ujis", "eucjpms"):
                sizes.append((3, "a.n=143 AND b.n>=161 AND c.n>=161"))
            if charset == "gb18030":
                sizes.append((4, "a.n BETWEEN 129 AND 254 AND b.n BETWEEN 48 AND 57 AND "
                              "c.n BETWEEN 129 AND 254 AND d.n BETWEEN 48 AND 57"))
            for size, where in sizes:
                for first, last, point in ranges(exceptions(client, charset, size, where)):
                    out.write("EXCEPTION(%s, 0x%x, 0x%x, 0x%x)\n"
                              % (charset.upper(), first, last, point))


def write_collations(path, clients, versions):
    rows = {}
    for client in reversed(clients):  # MySQL's name first where they differ
        is_mariadb = "MariaDB" in ask(client, "SELECT VERSION()")[0][0]
        table, name = (("collation_character_set_applicability", "full_collation_name") if is_mariadb
                       else ("collations", "collation_name"))
        for number, charset, collation in ask(client, "SELECT id, character_set_name, %s FROM "
                                              "information_schema.%s WHERE id IS NOT NULL" % (name, table)):
            known = rows.setdefault(int(number), [])
            if (charset, collation) not in known:
                known.append((charset, collation))
    with open(path, "w") as out:
        out.write(HEAD % ("collations.def", "every collation: COLLATION(id, CHARSET, name), by id; where "
                          "MySQL and\n * MariaDB name one id differently, MySQL's name stands first.\n * long: a row a "
                          "collation.", versions))
        for number in sorted(rows):
            for charset, collation in rows[number]:
                out.write('COLLATION(%d, %s, "%s")\n' % (number, charset.upper(), collation))


def main():
    folder, clients = sys.argv[1], sys.argv[2:]
    versions = []
    for client in clients:
        version = ask(client, "SELECT VERSION()")[0][0]
        versions.append(("MariaDB " if "MariaDB" in version else "MySQL ") + version.split("-")[0])
    write_collations(folder + "/collations.def", clients, ", ".join(versions))
    write_single(folder + "/charset_tables.def", clients[-1], versions[-1])
    write_exceptions(folder + "/charset_exceptions.def", clients[0], clients[-1],
                     "%s (gb18030: %s)" % (versions[0], versions[-1]))


if __name__ == "__main__":
    main()
