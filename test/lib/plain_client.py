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
FLAG_MULTI, FLAG_TRACK, FLAG_NO_EOF = 1 << 16, 1 << 23, 1 << 24
COM_INIT_DB, COM_QUERY, COM_FIELD_LIST, COM_STATISTICS, COM_PING, COM_CHANGE_USER = 0x02, 0x03, 0x04, 0x09, 0x0e, 0x11
COM_BINLOG_DUMP, COM_BINLOG_DUMP_GTID, COM_REGISTER_SLAVE = 0x12, 0x1e, 0x15
COM_PREPARE, COM_EXECUTE, COM_CLOSE, COM_RESET, COM_SET_OPTION, COM_FETCH, COM_RESET_CONNECTION = 0x16, 0x17, 0x19, 0x1a, 0x1b, 0x1c, 0x1f
NON_BLOCK = 1
STATUS_CURSOR = 0x40


def native_answer(password, nonce):
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


def sha2_answer(password, nonce):
    once = hashlib.sha256(password.encode()).digest()
    mask = hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


class ServerError(Exception):
    """An error packet; number and text."""

    def __init__(self, packet):
        self.packet = packet
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
        """The OK packet, or first the answer to another nonce; caching_sha2_password over TLS only."""
        packet = self.packet()
        if packet[:1] == b"\xfe":
            plugin, nonce = packet[1:].split(b"\0", 1)
            self.send((sha2_answer if b"sha2" in plugin else native_answer)(password, nonce[:20]))
            packet = self.packet()
        if packet == b"\x01\x04":
            self.send(password.encode() + b"\0")
            packet = self.packet()
        return self.packet() if packet == b"\x01\x03" else packet

    def change_user(self, user, password, database=""):
        """A client names an answer to the first nonce: no server takes it."""
        self.command(COM_CHANGE_USER, user.encode() + b"\0\x14" + bytes(20) + database.encode() + b"\0\x2d\0mysql_native_password\0")
        return self.finish_login(password)

    # ---- commands ----

    def command(self, code, payload=b""):
        self.sequence = 0
        self.send(bytes([code]) + payload)

    def ask(self, sql):
        """A statement that answers OK."""
        self.command(COM_QUERY, sql.encode())
        return self.packet()

    def raw_packet(self):
        """An error is a packet like others."""
        try:
            return self.packet()
        except ServerError as error:
            return error.packet

    def answer(self, code, payload=b""):
        """All packets of the answer to a command."""
        self.command(code, payload)
        packets = [self.raw_packet()]
        first = packets[0]
        if first[:1] == b"\xff" or code in (COM_STATISTICS, COM_PING, COM_SET_OPTION):
            return packets
        if code == COM_PREPARE:
            columns, parameters = struct.unpack_from("<HH", first, 5)
            ends = 0 if self.flags & FLAG_NO_EOF else (columns > 0) + (parameters > 0)
            return packets + [self.raw_packet() for _ in range(columns + parameters + ends)]
        if code in (COM_QUERY, COM_EXECUTE) and first[:1] != b"\0":
            packets += [self.raw_packet() for _ in range(first[0])]
            if self.flags & FLAG_NO_EOF == 0:
                packets.append(self.raw_packet())
                if packets[-1][3] & STATUS_CURSOR:
                    return packets
            rows = [self.raw_packet()]
        elif code in (COM_FIELD_LIST, COM_FETCH):
            rows = [packets.pop()]
        else:
            return packets
        while not (rows[-1][:1] == b"\xfe" and len(rows[-1]) < 9 or rows[-1][:1] == b"\xff"):
            rows.append(self.raw_packet())
        return packets + rows

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

    def dump_by_gtid(self, server_id, file, offset, flags=0):
        """As a MySQL replica does that knows checksums and has no transactions."""
        self.ask("SET @source_binlog_checksum='CRC32'")
        self.command(COM_BINLOG_DUMP_GTID, struct.pack("<HII", flags, server_id, len(file)) + file.encode() +
                     struct.pack("<QIQ", offset, 8, 0))

    def events(self):
        """The events' bytes, to the end of a dump that does not wait."""
        while (payload := self.packet())[:1] != b"\xfe" or len(payload) > 5:
            yield payload[1:]
