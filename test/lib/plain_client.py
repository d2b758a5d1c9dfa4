"""plain_client.py - a MySQL client by hand, for what no client program does: a thousand at once, commands without waiting
for answers, a dump whose packets are looked at. It logs in with mysql_native_password, over TLS where asked.

    client = PlainClient(port, "repl", "secret")
    client.ask("SET @mariadb_slave_capability=4")
    client.dump(server_id=7, file="binlog.000001")
    for event in client.events(): ...
"""
# SPDX-License-Identifier: Apache-2.0
import hashlib
import socket
import ssl
import struct

FLAGS = 0x0008A205  # 4.1, secure connection, plugin names; no CLIENT_DEPRECATE_EOF
FLAG_SSL, FLAG_DATABASE = 0x800, 0x8
COM_QUERY, COM_BINLOG_DUMP, COM_REGISTER_SLAVE = 0x03, 0x12, 0x15
NON_BLOCK = 1


def native_answer(password, nonce):
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


class ServerError(Exception):
    """An error packet; number and text."""

    def __init__(self, packet):
        self.number = struct.unpack_from("<H", packet, 1)[0]
        self.text = packet[9:].decode(errors="replace")
        super().__init__(f"{self.number}: {self.text}")


class PlainClient:
    def __init__(self, port, user, password, tls=False, database="", flags=0):
        self.flags = FLAGS | flags | (FLAG_DATABASE if database else 0)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.sequence = 0
        self._left = b""
        self.log_in(user, password, tls, database)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # ---- packets ----

    def send(self, payload):
        self.socket.sendall(struct.pack("<I", len(payload) | self.sequence << 24) + payload)

    def take(self, size):
        while len(self._left) < size:
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise ConnectionError("the server closed the connection")
            self._left += piece
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def packet(self):
        """One packet's payload; error packets are raised."""
        head = struct.unpack("<I", self.take(4))[0]
        self.sequence = (head >> 24) + 1 & 0xFF
        payload = self.take(head & 0xFFFFFF)
        if payload[:1] == b"\xff":
            raise ServerError(payload)
        return payload

    # ---- login ----

    def log_in(self, user, password, tls, database):
        greeting = self.packet()
        at = greeting.index(b"\0", 1) + 5
        nonce = greeting[at:at + 8] + greeting[at + 27:at + 39]
        head = struct.pack("<IIB", self.flags | (FLAG_SSL if tls else 0), 1 << 24, 45) + bytes(23)
        if tls:
            self.send(head)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
            self.sequence += 1
        named = database.encode() + b"\0" if database else b""
        self.send(head + user.encode() + b"\0\x14" + native_answer(password, nonce) + named + b"mysql_native_password\0")
        self.finish_login(password)

    def finish_login(self, password):
        """The OK packet, or first the answer to another nonce."""
        packet = self.packet()
        if packet[:1] == b"\xfe":
            nonce = packet[packet.index(b"\0") + 1:][:20]
            self.send(native_answer(password, nonce))
            packet = self.packet()
        return packet

    # ---- commands ----

    def command(self, code, payload=b""):
        self.sequence = 0
        self.send(bytes([code]) + payload)

    def ask(self, sql):
        """A statement that answers OK."""
        self.command(COM_QUERY, sql.encode())
        return self.packet()

    def rows_end(self):
        """Reads a result to its end; how many rows it had."""
        columns = self.packet()[0]
        for _ in range(columns + 1):
            self.packet()
        rows = 0
        while not ((row := self.packet())[:1] == b"\xfe" and len(row) < 9):
            rows += 1
        return rows

    def dump(self, server_id, file="", offset=4, flags=0):
        """Asks for the log, as a MariaDB replica does that knows checksums."""
        self.ask("SET @master_binlog_checksum='CRC32'")
        self.ask("SET @mariadb_slave_capability=4")
        self.command(COM_BINLOG_DUMP, struct.pack("<IHI", offset, flags, server_id) + file.encode())

    def events(self):
        """The events' bytes, to the end of a dump that does not wait."""
        while (payload := self.packet())[:1] != b"\xfe" or len(payload) > 5:
            yield payload[1:]
