"""A source with another history: it lost the tail of its log and wrote other transactions under the same GTIDs, or its
log was begun anew or changed. Sets, file names and offsets may agree then. The node stops as *diverged*, holds what it
held, and applies nothing of it; and a source that is what it was is followed."""
# SPDX-License-Identifier: Apache-2.0
import os
import struct
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SCHEMA = "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(99)) ENGINE=InnoDB;"
INSERT = "INSERT INTO shop.item (v) VALUES ('{}');"
GTID_EVENTS = {"mariadb": 162, "mysql": 33}
REMEDY = ("the source has diverged", "make a new copy into an empty --data directory")


def events(data):
    """(offset, type, size) of each event of a log file's bytes."""
    at = 4
    while at + 19 <= len(data):
        size = struct.unpack_from("<I", data, at + 9)[0]
        yield at, data[at + 4], size
        at += size


@for_each_kind("mariadb-10.11", "mysql-9.7")
class Diverged:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def setUp(self):
        self.source.sql(f"{self.reset()}; {SCHEMA}" + INSERT.format("one") + "FLUSH BINARY LOGS")
        self.node = ToldNode(self.source)
        self.addCleanup(self.node.close)
        self.node.wait_caught_up()
        self.node.wait_log("applying from", 30)

    def reset(self):
        return "RESET BINARY LOGS AND GTIDS" if self.source.flavour == "mysql" else "RESET MASTER"

    def write_and_stop(self, sql):
        """The node has all of it and does not run."""
        self.source.sql(sql)
        self.node.wait_caught_up()
        self.node.stop()

    def last_transactions(self, file, count):
        """Where the last ones of a log file begin."""
        gtid = GTID_EVENTS[self.source.flavour]
        return [at for at, kind, _ in events(file.read_bytes()) if kind == gtid][-count]

    def lose_tail(self, file, start):
        """What sync_binlog=0 may lose in a power cut."""
        self.source.kill()
        self.forget_files_after(file)
        os.truncate(file, start)
        self.source.start()

    def forget_files_after(self, file):
        index = self.source.data_dir / "binlog.index"
        kept, name = [], None
        for line in index.read_text().splitlines():
            name = os.path.basename(line)
            if name > file.name:
                (self.source.data_dir / name).unlink()
            else:
                kept.append(line + "\n")
        index.write_text("".join(kept))

    def refused(self, *words, without="other"):
        """By a node as it is, and again: nothing of the other history gets in."""
        held = self.held()
        for _ in range(2):
            self.node.start()
            assert_ends(self, self.node, 3, *REMEDY, *words)
        self.assertEqual(held, self.held())
        self.assertEqual([], self.node.query(f"""SELECT * FROM "shop.item" WHERE v LIKE '{without}%'"""))

    def held(self):
        """The transactions in the node's log."""
        return [(path.name, at) for path in sorted((self.node.data_dir / "log").glob("binlog.??????"))
                for at, kind, _ in events(path.read_bytes()) if kind == GTID_EVENTS[self.source.flavour]]

    def test_a_lost_tail_that_is_not_written_again_yet(self):
        self.write_and_stop(INSERT.format("lost") * 3)
        file = self.source.log_files()[-1]
        self.lose_tail(file, self.last_transactions(file, 3))
        self.refused("holds transactions that the source does not have")

    def test_a_lost_tail_and_as_many_other_transactions(self):
        self.write_and_stop(INSERT.format("lost") * 3)
        file = self.source.log_files()[-1]
        start, size = self.last_transactions(file, 3), file.stat().st_size
        self.lose_tail(file, start)
        self.source.sql(INSERT.format("other") * 5)
        self.refused(f"{file.name} ends at {start}", f"goes up to {size}")

    def test_a_lost_tail_with_a_rotation_in_it(self):
        file = self.source.log_files()[-1]
        self.write_and_stop(INSERT.format("lost") + "FLUSH BINARY LOGS;" + INSERT.format("lost") * 2)
        self.lose_tail(file, self.last_transactions(file, 1))
        self.source.sql(INSERT.format("other") * 20)
        self.assertEqual(self.source.log_files()[-1].name, "binlog.%06d" % (int(file.suffix[1:]) + 1))
        self.refused()

    def test_a_lost_tail_whose_file_was_purged_since(self):
        """The GTIDs agree, and no place is left to compare: but a server names each transaction once."""
        self.write_and_stop(INSERT.format("lost") * 3)
        file = self.source.log_files()[-1]
        self.lose_tail(file, self.last_transactions(file, 3))
        self.source.sql(INSERT.format("other") * 5)
        self.source.sql(f"PURGE BINARY LOGS TO '{self.source.log_files()[-1].name}'")
        self.refused("to another transaction")

    def test_another_last_transaction_in_the_same_place(self):
        self.write_and_stop(INSERT.format("lost"))
        file = self.source.log_files()[-1]
        self.source.stop()
        self.change_last_rows(file)
        self.source.start()
        self.source.sql(INSERT.format("other"))
        self.refused("is not what it sent to this node before", file.name)

    def change_last_rows(self, file):
        """One byte of the last rows event, with a checksum that is right."""
        data = bytearray(file.read_bytes())
        at, _, size = [event for event in events(data) if event[1] in (23, 24, 25, 30, 31, 32)][-1]
        data[at + size - 6] ^= 1
        struct.pack_into("<I", data, at + size - 4, zlib.crc32(data[at:at + size - 4]))
        file.write_bytes(data)

    def test_a_log_that_was_begun_anew_within_the_second(self):
        self.node.stop()
        self.source.sql(self.reset() + ";" + INSERT.format("lost") * 4)
        with ToldNode(self.source) as node:
            node.wait_caught_up()
            node.stop()
            self.source.sql(self.reset() + ";" + INSERT.format("other") * 40)
            node.start()
            assert_ends(self, node, 3, *REMEDY)

    def test_a_source_that_is_what_it_was_is_followed(self):
        """After each kind of end that a file of the store may have."""
        for sql in (INSERT.format("one row"), "BEGIN;" + INSERT.format("x") * 300 + "COMMIT",
                    "FLUSH BINARY LOGS", INSERT.format("a") + "FLUSH BINARY LOGS; FLUSH BINARY LOGS",
                    "CREATE TABLE shop.more (id INT PRIMARY KEY); DROP TABLE shop.more"):
            self.write_and_stop(sql)
            self.source.sql(INSERT.format("while it was away"))
            self.node.start()
            self.node.wait_caught_up()
        self.write_and_stop(INSERT.format("x"))
        self.source.kill()
        self.source.start()
        self.node.start()
        self.node.wait_caught_up()
        assert_equal_tables(self, self.source, self.node)


if __name__ == "__main__":
    unittest.main()
