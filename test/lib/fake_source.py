"""fake_source.py - a MariaDB source of one log file, scripted, that can be bent at any point.

    with FakeSource(log) as source:                         # speaks well; Node(source.url)
    with FakeSource(log, {"row:server_id": cut}) as source: # one packet is sent otherwise

A bend takes (payload, sequence) and returns the raw bytes that are sent instead of the packet, or raises Hang
(nothing more is said) or Drop (the connection is reset). The points, in the order of a session: greeting, login;
for each question of QUESTIONS: count:NAME, column:NAME, columns_end:NAME, row:NAME, end:NAME; ok (an answer without
rows), register; then rotate, format, event:N (the N-th of the log, from 0), heartbeat. What was said to it is in
.asked; dumps counts requests for the log. Any password is right.
"""
# SPDX-License-Identifier: Apache-2.0
import re
import socket
import struct
import threading
import time

from fake_log import FLAG_ARTIFICIAL, FORMAT, HEADER, ROTATE, event, rotate_body

FULL = 0xffffff
CAPABILITIES = 0x0008a200 | 0x8 | 0x1  # protocol 4.1, secure connection, plugin auth; bit 0 goes for MariaDB
HEARTBEAT = 27
QUESTIONS = {
    "server_id": r"^SELECT @@GLOBAL.server_id$",
    "identity": r"@@hostname",
    "log_bin": r"@@GLOBAL.log_bin",
    "zone": r"@@GLOBAL.system_time_zone",
    "format": r"@@GLOBAL.binlog_format",
    "domain": r"@@GLOBAL.gtid_domain_id",
    "state": r"gtid_binlog_state",
    "files": r"^SHOW BINARY LOGS",
    "position": r"BINLOG_GTID_POS",
    "checksum": r"^SELECT @master_binlog_checksum",
}


class Drop(Exception):
    """Reset the connection."""


class Hang(Exception):
    """Say nothing more, but stay connected."""


def frame(payload, sequence):
    """The packets of one payload."""
    out = b""
    while True:
        part, payload = payload[:FULL], payload[FULL:]
        out += len(part).to_bytes(3, "little") + bytes([sequence & 255]) + part
        sequence += 1
        if len(part) < FULL:
            return out


def text(value):
    value = value if isinstance(value, bytes) else str(value).encode()
    return (bytes([len(value)]) if len(value) < 251 else b"\xfc" + struct.pack("<H", len(value))) + value


def definition(name):
    return (text("def") + 3 * text("") + text(name) + text("") + b"\x0c"
            + struct.pack("<HIBHB", 33, 1024, 253, 0, 0) + b"\0\0")


OK, EOF = b"\0\0\0\x02\0\0\0", b"\xfe\0\0\x02\0"


class Session(threading.Thread):
    """One connection."""

    def __init__(self, source, peer):
        super().__init__(daemon=True)
        self.source, self.peer, self.sequence = source, peer, 0

    def send(self, point, payload):
        bend = self.source.bends.get(point, frame)
        raw = bend(payload, self.sequence)
        self.sequence += max(1, (len(raw) + FULL) // (FULL + 4))
        self.peer.sendall(raw)

    def receive(self):
        head = self.exactly(4)
        self.sequence = head[3] + 1
        return self.exactly(int.from_bytes(head[:3], "little"))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            got = self.peer.recv(size - len(data))
            if not got:
                raise ConnectionError("it hung up")
            data += got
        return data

    def run(self):
        try:
            self.greet()
            while self.command(self.receive()):
                pass
        except Drop:
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except Hang:
            self.source.closing.wait(60)
        except (OSError, EOFError):
            pass
        finally:
            self.peer.close()

    def greet(self):
        capabilities = CAPABILITIES & ~1
        scramble = b"abcdefgh12345678abcd"
        self.send("greeting", b"\x0a" + self.source.version + b"\0" + struct.pack("<I", 7) + scramble[:8] + b"\0"
                  + struct.pack("<HBHH", capabilities & 0xffff, 33, 2, capabilities >> 16) + b"\x15" + bytes(6)
                  + b"\x1d\0\0\0" + scramble[8:] + b"\0mysql_native_password\0")
        self.receive()
        self.send("login", OK)

    def command(self, payload):
        code, rest = payload[0], payload[1:]
        self.source.asked.append(payload)
        if code == 0x03:
            self.answer(rest.decode())
        elif code == 0x15:
            self.send("register", OK)
        elif code == 0x12:
            self.source.dumps += 1
            self.stream(*struct.unpack_from("<I", rest))
        return code != 0x01

    def answer(self, sql):
        for name, pattern in QUESTIONS.items():
            if re.search(pattern, sql):
                return self.rows(name, self.source.answers[name])
        if not sql.startswith("SET "):
            return self.send("ok", b"\xff" + struct.pack("<H", 1064) + b"#42000the fake source does not know: "
                             + sql.encode())
        return self.send("ok", OK)

    def rows(self, name, rows):
        width = len(rows[0]) if rows else 1
        self.send(f"count:{name}", bytes([width]))
        for column in range(width):
            self.send(f"column:{name}", definition(f"c{column}"))
        self.send(f"columns_end:{name}", EOF)
        for row in rows:
            self.send(f"row:{name}", b"".join(text(value) for value in row))
        self.send(f"end:{name}", EOF)

    # ---- the dump ----

    def stream(self, offset):
        log = self.source.log
        self.send("rotate", b"\0" + event(ROTATE, rotate_body(offset, log.name), flags=FLAG_ARTIFICIAL, timestamp=0))
        at, size = log.events[0]
        first = log.data[at:at + size]
        if offset > 4:  # repeated for the connection: it has no place in the file
            stamp = HEADER.unpack_from(first)[0]
            first = event(FORMAT, first[HEADER.size:-4], timestamp=stamp, end_pos=0)
        self.send("format", b"\0" + first)
        for number, (at, size) in enumerate(log.events):
            if number > 0 and at >= offset:
                self.send(f"event:{number}", b"\0" + log.data[at:at + size])
        while not self.source.closing.wait(0.3):
            self.send("heartbeat", b"\0" + event(HEARTBEAT, log.name.encode(), end_pos=len(log.data), timestamp=0))


class FakeSource:
    def __init__(self, log, bends=None, version=b"5.5.5-10.11.19-MariaDB-log", **answers):
        self.log, self.bends, self.version = log, bends or {}, version
        self.asked, self.dumps = [], 0
        self.answers = {
            "server_id": [[9]], "identity": [["9@fake:1"]], "log_bin": [[1]], "format": [["ROW"]], "domain": [[0]],
            "zone": [["UTC"]], "state": [[""]], "files": [[log.name, len(log.data)]], "position": [[""]], "checksum": [["CRC32"]],
            **answers}
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"mysql://repl:secret@127.0.0.1:{self.port}/?connect-timeout=5"
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while not self.closing.is_set():
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            Session(self, peer).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """First the thread: one that still waits could be given the next listener's clients."""
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
