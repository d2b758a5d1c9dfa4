"""test_large_file.py - stock replicas behind a node whose log has a file past 4 GiB: they start by GTID inside of it, where the
end positions in the events' headers have begun anew, go on into the next file, and hold what the source holds.

The file is the source's own with events that may be ignored in its middle, a gigabyte of zeroes each. On the disk they
are holes: it takes up some kilobytes."""
# SPDX-License-Identifier: Apache-2.0
import os
import struct
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.dirname(__file__))
from plain_client import NON_BLOCK, PlainClient  # noqa: E402
from replica import SCHEMA, Relay, errors, follow, forget, replica_options, status, wait_mark  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from test_diverged import GTID_EVENTS, events  # noqa: E402

FOUR_GIB, FILLER, FILLERS = 1 << 32, 1 << 30, 4
IGNORABLE, IGNORABLE_FLAG = 28, 0x80
HEADER = "<IBIIIH"  # timestamp, type, server id, size, end position, flags
FIRST = "binlog.000001"
KINDS = ["mysql-9.7"] + ["mariadb-10.11"] * (os.environ.get("BINLOGD_SWEEP") == "all")  # half a minute each


def checksum_of_zeroes(head, size):
    """CRC32 of head and so many zeroes."""
    block, crc = bytes(1 << 20), zlib.crc32(head)
    for _ in range(size >> 20):
        crc = zlib.crc32(block, crc)
    return zlib.crc32(bytes(size & 0xfffff), crc)


def put_holes(path, split):
    """Moves what stands from `split` on past 4 GiB; where it stands now."""
    data = path.read_bytes()
    server_id = struct.unpack_from("<I", data, split + 5)[0]
    with open(path, "r+b") as file:
        file.truncate(split)
        at = split
        head = struct.pack(HEADER, 0, IGNORABLE, server_id, FILLER, 0, IGNORABLE_FLAG)
        checksum = struct.pack("<I", checksum_of_zeroes(head, FILLER - len(head) - 4))
        for _ in range(FILLERS):
            file.seek(at)
            file.write(head)
            file.truncate(at + FILLER)
            file.seek(at + FILLER - 4)
            file.write(checksum)
            at += FILLER
        for start, _, size in events(data):
            if start < split:
                continue
            event = bytearray(data[start:start + size])
            if struct.unpack_from("<I", event, 13)[0] != 0:
                struct.pack_into("<I", event, 13, (at + size) % FOUR_GIB)
            struct.pack_into("<I", event, size - 4, zlib.crc32(event[:-4]))
            file.seek(at)
            file.write(event)
            at += size
    return split + FILLER * FILLERS


@for_each_kind(*KINDS)
class LargeFile:
    def setUp(self):
        self.source, self.replica = (Server(self.kind, options=replica_options(self.kind.split("-")[0])) for _ in range(2))
        self.addCleanup(self.source.close)
        self.addCleanup(self.replica.close)
        self.source.sql(("RESET BINARY LOGS AND GTIDS;" if self.source.flavour == "mysql" else "RESET MASTER;") + SCHEMA)
        forget(self.replica)
        self.relay = Relay(self.source)
        self.addCleanup(self.relay.node.close)

    def test_replicas_go_on_behind_4_gib(self):
        node = self.relay.node
        follow(self.replica, self.relay.port)
        wait_mark(self.source, self.replica, node)
        split = (node.data_dir / "log" / FIRST).stat().st_size
        word = "REPLICA" if self.source.flavour == "mysql" else "SLAVE"
        self.replica.sql(f"STOP {word}")
        self.source.sql("INSERT INTO shop.sale (who, text) VALUES (1, 'behind'); UPDATE shop.stock SET amount = 7;"
                        "FLUSH BINARY LOGS; INSERT INTO shop.sale (who, text) VALUES (2, 'next file')")
        node.wait_until(lambda: (node.data_dir / "log/binlog.000002").exists(), 60, "the second file")
        node.stop()
        path = node.data_dir / "log" / FIRST
        self.assertIn(split, [at for at, kind, _ in events(path.read_bytes()) if kind == GTID_EVENTS[self.source.flavour]])
        place = put_holes(path, split)
        self.assertGreater(place, FOUR_GIB)
        path.with_name(path.name + ".gtids").unlink(missing_ok=True)  # made anew from the file
        node.start()
        node.wait_log("streaming")
        self.replica.sql(f"START {word}")
        wait_mark(self.source, self.replica, node)
        for table in ("sale", "stock"):
            query = f"SELECT * FROM shop.{table} ORDER BY id"
            self.assertEqual(self.source.sql(query), self.replica.sql(query), errors(self.replica))
        shown = status(self.replica)
        self.assertEqual(shown.get("Replica_IO_Running") or shown["Slave_IO_Running"], "Yes")
        if self.source.flavour == "mysql":
            self.read_from(path, place)

    def read_from(self, path, place):
        """The command for GTIDs has 64 bits for an offset. mysqlbinlog refuses to send so large a one, and replicas send 4."""
        with PlainClient(self.relay.port, "below", "secret", tls=True) as client, open(path, "rb") as file:
            client.dump_by_gtid(4711, FIRST, place, NON_BLOCK)
            sent = b"".join(client.events())
            file.seek(place)
            self.assertIn(file.read(), sent)
            self.assertNotIn(b"CREATE DATABASE", sent)  # which comes before


if __name__ == "__main__":
    unittest.main()
