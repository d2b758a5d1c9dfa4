"""fake_log.py - a MariaDB binary log written by hand, event by event, right or wrong in any place.

    log = Log()                       # magic, format description, an empty GTID list
    log.transaction(1)                # GTID 0-1-1, table map, one row, XID
    log.event(2, b"...", size=7)      # an event whose header lies
    log.data, log.events              # all bytes; (offset, size) of each event

The checksum is computed last, so that it is right over whatever else is wrong, unless crc= says otherwise.
"""
# SPDX-License-Identifier: Apache-2.0
import struct
import zlib

MAGIC = b"\xfebin"
QUERY, ROTATE, FORMAT, XID, TABLE_MAP, WRITE_ROWS = 2, 4, 15, 16, 19, 23
GTID, GTID_LIST = 162, 163
HEADER = struct.Struct("<IBIIIH")
SERVER_ID = 1
FLAG_ARTIFICIAL = 0x20


def event(kind, body, end=0, flags=0, **lies):
    """One event's bytes. lies: size, end, crc, timestamp, checksum=False for none."""
    checksum = lies.get("checksum", True)
    size = HEADER.size + len(body) + 4 * checksum
    data = HEADER.pack(lies.get("timestamp", 1700000000), kind, SERVER_ID, lies.get("size", size),
                       lies.get("end_pos", end + size if end else 0) & 0xffffffff, flags) + body
    if not checksum:
        return data
    return data + struct.pack("<I", lies.get("crc", zlib.crc32(data)))


def format_body(version=b"10.11.19-MariaDB-log", log_version=4, header=19, lengths=bytes(171), algorithm=1):
    return struct.pack("<H50sIB", log_version, version, 0, header) + lengths + bytes([algorithm])


def gtid_body(number, flags=0x0c, domain=0):
    return struct.pack("<QIB", number, domain, flags) + bytes(6)


def gtid_list_body(count=0, entries=b""):
    return struct.pack("<I", count) + (entries or bytes(2))


def rotate_body(offset, name):
    return struct.pack("<Q", offset) + name.encode()


def table_map_body(types=b"\x03", meta=b"", table_id=7, columns=None, meta_size=None, name=b"shop"):
    """columns, meta_size: bytes that stand for the counts instead of the right ones."""
    body = table_id.to_bytes(6, "little") + b"\x01\x00" + bytes([len(name)]) + name + b"\0\x04item\0"
    body += (bytes([len(types)]) if columns is None else columns) + types
    return body + (bytes([len(meta)]) if meta_size is None else meta_size) + meta + bytes((len(types) + 7) // 8)


def rows_body(rows, count=b"\x01", present=b"\x01", table_id=7):
    return table_id.to_bytes(6, "little") + b"\x01\x00" + count + present + rows


def integer_row(value):
    return b"\0" + struct.pack("<i", value)


class Log:
    def __init__(self, name="binlog.000001", before=None, **format_options):
        self.name, self.data, self.events = name, MAGIC, []
        self.event(FORMAT, format_body(**format_options))
        self.event(GTID_LIST, gtid_list_body() if before is None else before)

    @classmethod
    def of(cls, path):
        """A real server's file, to be added to."""
        log = cls(path.name)
        log.data, log.events, at = path.read_bytes(), [], 4
        while at < len(log.data):
            size = struct.unpack_from("<I", log.data, at + 9)[0]
            log.events.append((at, size))
            at += size
        return log

    def event(self, kind, body, **lies):
        data = event(kind, body, lies.pop("end", len(self.data)), **lies)
        self.events.append((len(self.data), len(data)))
        self.data += data
        return self

    def begin(self, number):
        return self.event(GTID, gtid_body(number), flags=8)

    def commit(self, number):
        return self.event(XID, struct.pack("<Q", number))

    def transaction(self, number, types=b"\x03", row=None):
        self.begin(number).event(TABLE_MAP, table_map_body(types))
        self.event(WRITE_ROWS, rows_body(integer_row(number) if row is None else row))
        return self.commit(number)
