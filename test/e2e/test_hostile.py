"""A source that breaks every rule there is: malformed packets in the greeting, the login, the answers and the stream
of events. Each time the node ends, or tries again, with one clear sentence; its memory stays small whatever lengths
were declared; and its log holds whole transactions of what was right before, or nothing."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from fake_log import (FLAG_ARTIFICIAL, GTID, QUERY, ROTATE, TABLE_MAP, WRITE_ROWS, Log, event, gtid_body,  # noqa: E402
                      integer_row, rotate_body, rows_body, table_map_body)
from fake_source import EOF, FULL, OK, Drop, FakeSource, Hang, definition, frame, text  # noqa: E402
from servers import Server  # noqa: E402
from told import ToldNode, assert_ends  # noqa: E402

SANITIZED = "asan" in os.environ.get("BINLOGD", "")
MEMORY_MAX_KB = 64 << 10 if not SANITIZED else 640 << 10
A_FULL_PACKET = b"a" * FULL
HUGE = b"\xfe" + b"\xff" * 8  # a length-encoded 2^64 - 1


# ---- bends ----

def instead(payload):
    return lambda _, sequence: frame(payload, sequence)


def edited(change):
    return lambda payload, sequence: frame(change(payload), sequence)


def patched(at, new):
    return edited(lambda payload: payload[:at] + new + payload[at + len(new):])


def numbered(step):
    return lambda payload, sequence: frame(payload, sequence + step)


def raw(data):
    return lambda *_: data


def after(payload_before):
    """A packet more, before the right one."""
    return lambda payload, sequence: frame(payload_before, sequence) + frame(payload, sequence + 1)


def hangs(*_):
    raise Hang


def drops(*_):
    raise Drop


def endless(_, sequence):
    """A payload that does not end: full packets, more than most answers may have."""
    return b"".join(b"\xff\xff\xff" + bytes([(sequence + i) & 255]) + A_FULL_PACKET for i in range(2))


# What is bent, how, and words of the sentence.
LOGIN = [
    ("greeting", instead(b""), "protocol version 0"),
    ("greeting", instead(b"\x0a"), "greeting"),
    ("greeting", instead(b"\x09" + b"3.23\0" + bytes(20)), "protocol"),
    ("greeting", edited(lambda p: p[:30]), "greeting"),
    ("greeting", edited(lambda p: p.replace(b"\0", b"a", 1)), "too old"),
    ("greeting", edited(lambda p: p[:1] + b"v" * 70000 + p[5:]), "bytes"),
    ("greeting", numbered(1), "number"),
    ("greeting", raw(b"\xff\xff\xff\0"), "bytes"),
    ("greeting", endless, "bytes"),
    ("greeting", instead(b"\xff\x10\x04too many connections"), "too many connections"),
    ("greeting", instead(b"\xff"), "error packet"),
    ("greeting", drops, "127.0.0.1"),
    ("login", instead(b""), "login"),
    ("login", instead(b"\xfe"), "before MySQL 4.1"),
    ("login", instead(b"\xfe" + b"p" * 60000), "plugin"),
    ("login", instead(b"\xfemysql_native_password\0short\0"), "scramble"),
    ("login", instead(b"\xfemysql_clear_password\0"), "clear"),
    ("login", instead(b"\x01\x04"), "all it has to say"),
    ("login", instead(b"\x07what"), "login"),
    ("login", endless, "bytes"),
    ("login", numbered(3), "number"),
    ("login", instead(b"\xff\x15\x04#28000Access denied" + b"!" * 60000), "Access denied"),
    ("login", after(OK), "not asked for"),
]
ANSWERS = [
    ("count:server_id", instead(b""), "column count"),
    ("count:server_id", instead(b"\0"), "OK packet"),
    ("count:server_id", instead(HUGE), "columns"),
    ("count:server_id", instead(b"\xfc\xff\xff"), "65535 columns"),
    ("count:server_id", instead(b"\xfb/etc/passwd"), "local file"),
    ("count:server_id", endless, "bytes"),
    ("column:server_id", instead(b""), "column definition"),
    ("column:server_id", instead(b"\x03def" + HUGE), "column definition"),
    ("column:server_id", edited(lambda p: p[:-3]), "column definition"),
    ("column:server_id", instead(definition("n" * 60000)), "column"),
    ("column:server_id", after(definition("one too many")), "column definitions should end"),
    ("columns_end:server_id", instead(b"\x01x"), "column definitions should end"),
    ("row:server_id", instead(b""), "row"),
    ("row:server_id", instead(HUGE), "row"),
    ("row:server_id", instead(b"\x05abc"), "row"),
    ("row:server_id", instead(b"\x01a\x01b"), "row"),
    ("row:server_id", numbered(-1), "number"),
    ("row:server_id", instead(b"\xfe" + struct.pack("<Q", 1 << 40)), "row"),
    ("end:server_id", instead(b"\xfe\0\0\x0a\0"), "more results"),
    ("end:server_id", instead(b"\xfe"), "EOF packet"),
    ("row:server_id", drops, "closed the connection"),
    ("row:server_id", instead(b"\xfb"), "gave no answer"),
    ("ok", instead(b"\0" + HUGE + HUGE + b"\xff"), "OK packet"),
    ("ok", instead(b"\0"), "OK packet"),
    ("ok", instead(b"\x01"), "no answer in time"),
    ("register", instead(b"\xff\x00"), "error packet"),
    ("row:checksum", instead(text("MD5")), "only CRC32 and NONE"),
]


def log_of(count=3):
    log = Log()
    for number in range(1, count + 1):
        log.transaction(number)
    return log


def lying(**lies):
    """Two right transactions, then one whose second event lies."""
    log = log_of(2).begin(3)
    return log.event(QUERY, bytes(13) + b"\0UPDATE", **lies)


def with_event(kind, body, **lies):
    log = log_of(2)
    return log.event(kind, body, **lies).transaction(3)


BOMB = struct.pack("<IIIQ", 0x0fffffff, 0, 1, 5)
# The log, and words of the sentence: the node stops, with the two transactions before stored.
STREAMS = [
    (lying(size=0), "event"),
    (lying(size=18), "event"),
    (lying(size=19), "event"),
    (lying(size=25), "event"),
    (lying(size=0xffffffff), "event"),
    (lying(end_pos=1), "gap"),
    (lying(end_pos=0xfffffff0), "gap"),
    (with_event(GTID, b""), "too few"),
    (with_event(GTID, bytes(5)), "too few"),
    (Log(before=BOMB).transaction(1).transaction(2), "gtid list"),
    (with_event(99, bytes(40)), "code 99"),
    (with_event(26, struct.pack("<HB", 1, 200)), "ncident"),
    (with_event(26, struct.pack("<HB", 1, 4) + b"lost"), "lost events"),
    (with_event(16, bytes(8)), "outside a transaction"),
    (with_event(19, bytes(8)), "outside a transaction"),
    (log_of(2).begin(3).begin(4), "stands where no server writes one"),
    (with_event(164, bytes(17)), "encrypt"),
    (with_event(15, bytes(10)), "format"),
]
FORMATS = [
    (dict(header=13), "format"),
    (dict(header=255), "format"),
    (dict(log_version=3), "format"),
    (dict(log_version=65535), "format"),
    (dict(lengths=b""), "format"),
    (dict(algorithm=2), "checksum"),
    (dict(algorithm=255), "checksum"),
]
# Bent packets of a right log, and words of the sentence.
PACKETS = [
    ("rotate", instead(b""), "0 bytes"),
    ("rotate", instead(b"\0"), "event header"),
    ("rotate", instead(b"\0" + bytes(18)), "event header"),
    ("rotate", instead(b"\xef\0" + bytes(30)), "packet"),
    ("rotate", instead(b"\0" + event(ROTATE, b"", flags=FLAG_ARTIFICIAL)), "otate"),
    ("rotate", instead(b"\0" + event(ROTATE, rotate_body(4, "n" * 5000), flags=FLAG_ARTIFICIAL)), "otate"),
    ("rotate", instead(b"\0" + event(ROTATE, rotate_body(4, "../../etc/x.000001"), flags=FLAG_ARTIFICIAL)), "cannot be one"),
    ("rotate", instead(b"\0" + event(ROTATE, rotate_body(1 << 63, "binlog.000001"), flags=FLAG_ARTIFICIAL)), "starts at"),
    ("format", instead(b"\0" + event(GTID, gtid_body(1))), "format description"),
    ("event:2", numbered(1), "packet number"),
    ("event:2", edited(lambda p: p[:-1]), "packet"),
    ("event:2", edited(lambda p: p + b"x"), "packet"),
    ("event:2", instead(b""), "0 bytes"),
    ("event:2", endless, "packet"),
    ("event:2", raw(b"\xff\xff\xff\x05" + b"\0" * 100), "event"),
    ("event:2", instead(EOF), "ended the stream"),
    ("event:2", drops, "closed the connection"),
    ("event:2", instead(b"\xff\x01"), "error packet"),
    ("event:2", hangs, "no answer in time"),
    ("event:2", patched(30, b"\x55"), "checksum"),
    ("event:2", instead(b"\0" + event(ROTATE, rotate_body(500, "binlog.000001"), flags=FLAG_ARTIFICIAL)), "starts at"),
]


class HostileNode(ToldNode):
    """A relay whose memory is watched."""

    def __init__(self, source, **options):
        self.memory_kb = 0
        super().__init__(source.url, engine="none", **options)

    def watch(self):
        """Notes the high-water mark; does it still run?"""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            marks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
            self.memory_kb = max([self.memory_kb, *marks])
        except OSError:
            pass
        return self.process.poll() is None

    def wait_end(self, words, seconds=30):
        """Until it has ended by itself (its code), or is waiting to try again and has said the words (None)."""
        deadline = time.monotonic() + seconds
        while self.watch():
            if "-> backoff" in self.log() and words in self.log():
                return None
            if time.monotonic() > deadline:
                raise AssertionError(f"it neither ended nor said {words!r}:\n{self.said()[-3000:]}")
            time.sleep(0.01)
        return self.wait_exit()

    def stored(self):
        return {path.name: path.read_bytes() for path in (self.data_dir / "log").glob("*.??????")}


class Hostile(unittest.TestCase):
    def meets(self, source, words, log):
        """One node against it: a sentence, little memory, and in its log whole transactions of this one."""
        with source, HostileNode(source) as node:
            code = node.wait_end(words)
            if code is not None:
                self.assertIn(code, (1, 2, 3), node.said()[-2000:])
                self.assertEqual(1, len(node.errors()), node.said()[-3000:])
                self.assertIn(words, node.errors()[0])
            node.stop()
            self.assertLess(node.memory_kb, MEMORY_MAX_KB)
            self.assertNotIn("AddressSanitizer", node.log())
            self.assertNotIn("runtime error", node.log())
            self.check_store(node.stored(), log)
            return code

    def check_store(self, stored, log):
        self.assertLessEqual(set(stored), {log.name})
        data = stored.get(log.name, b"")
        self.assertEqual(log.data[:len(data)], data)
        ends = {0, 4} | {at + size for at, size in log.events[:2]}
        ends |= {at + size for (at, size) in log.events if log.data[at + 4] == 16}
        self.assertIn(len(data), ends)

    def each(self, cases):
        for number, (point, bend, words) in enumerate(cases):
            with self.subTest(f"{number} {point}: {words}"):
                log = log_of()
                self.meets(FakeSource(log, {point: bend}), words, log)

    def test_a_right_log_is_stored_byte_for_byte(self):
        """The fake is a source: else the rest would prove nothing."""
        log = log_of()
        with FakeSource(log) as source, HostileNode(source) as node:
            node.wait_until(lambda: node.stored().get(log.name) == log.data, 20, "the log")

    def test_greetings_and_logins(self):
        self.each(LOGIN)

    def test_answers(self):
        self.each(ANSWERS)

    def test_packets_of_the_stream(self):
        self.each(PACKETS)

    def test_events(self):
        for number, (log, words) in enumerate(STREAMS):
            with self.subTest(f"{number} {words}"):
                code = self.meets(FakeSource(log), words, log)
                self.assertIn(code, (None, 1, 3))

    def test_format_descriptions(self):
        for options, words in FORMATS:
            with self.subTest(options):
                log = Log(**options)
                log.transaction(1)
                self.meets(FakeSource(log), words, log)



# A table map and rows that lie, and words of the sentence. The table is shop.item (id INT).
ROWS = [
    (table_map_body(columns=HUGE), rows_body(integer_row(7)), ""),
    (table_map_body(columns=b"\xfc\xff\xff"), rows_body(integer_row(7)), ""),
    (table_map_body(columns=b"\x02"), rows_body(integer_row(7)), ""),
    (table_map_body(meta_size=HUGE), rows_body(integer_row(7)), ""),
    (table_map_body(meta_size=b"\xfb"), rows_body(integer_row(7)), ""),
    (table_map_body(name=b"s" * 200), rows_body(integer_row(7)), ""),
    (table_map_body()[:9], rows_body(integer_row(7)), ""),
    (table_map_body(types=b"\xc8"), rows_body(integer_row(7)), ""),
    (table_map_body(types=b"\x0f", meta=b"\xff\xff"), rows_body(b"\0\xff\xff"), ""),
    (table_map_body(), rows_body(integer_row(7), count=HUGE), ""),
    (table_map_body(), rows_body(integer_row(7), count=b"\x02"), ""),
    (table_map_body(), rows_body(integer_row(7) + b"\0\x01\x02"), ""),
    (table_map_body(), rows_body(integer_row(7), table_id=8), ""),
    (table_map_body(), rows_body(b"")[:7], ""),
    (table_map_body(types=b"\x03" * 8, columns=b"\x08"), rows_body(bytes(40), count=b"\x08", present=b"\xff"), ""),
]


class HostileRows(unittest.TestCase):
    """A server that was good until here: its log goes on with rows that cannot be."""

    def test_rows_that_cannot_be_are_not_applied(self):
        with Server("mariadb-10.11") as server:
            server.sql("CREATE DATABASE shop; CREATE TABLE shop.item (id INT PRIMARY KEY); INSERT INTO shop.item VALUES (1)")
            with ToldNode(server) as node:
                node.wait_caught_up()
                node.stop()
                answers = self.answers(server)
                log = server.log_files()[-1]
                for number, (table_map, rows, words) in enumerate(ROWS):
                    with self.subTest(number):
                        self.meets(node, Log.of(log), answers, (table_map, rows, words))

    def answers(self, server):
        identity = server.value("SELECT LEFT(CONCAT(@@GLOBAL.server_id, '@', @@hostname, ':', @@port), 63)")
        return {"server_id": [[server.server_id]], "identity": [[identity]],
                "state": [[server.value("SELECT @@GLOBAL.gtid_binlog_state")]]}

    def meets(self, good, log, answers, case):
        table_map, rows, words = case
        number = int(answers["state"][0][0].split("-")[-1]) + 1
        log.begin(number).event(TABLE_MAP, table_map).event(WRITE_ROWS, rows).commit(number)
        with FakeSource(log, **answers) as source, ToldNode(source.url, start=False) as node:
            shutil.copytree(good.data_dir, node.data_dir)
            node.start()
            said = assert_ends(self, node, 3, words)
            self.assertIn(f"{log.name} at ", said)
            self.assertIn(f"0-1-{number}", said)
            self.assertEqual([[1]], node.query('SELECT id FROM "shop.item"'))
            self.assertEqual(3, node_exit_again(node))


def node_exit_again(node):
    node.start()
    return node.wait_exit()


if __name__ == "__main__":
    unittest.main()
