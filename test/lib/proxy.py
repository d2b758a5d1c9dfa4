"""proxy.py - a TCP proxy in front of a server that spoils what the server says, as networks do.

    with Proxy(server.port, ByteByByte()) as proxy:        # each connection is handled by the given fault
        Node(proxy.url)

A fault is told of each connection's bytes from the server, from the request for the log on (before it everything
passes), and yields what is passed on instead; it may raise Cut (reset), HalfClose (the server seems to have said its
last word) or Stall (nothing passes any more, and nothing is closed). Loopback only.
"""
# SPDX-License-Identifier: Apache-2.0
import random
import socket
import struct
import threading
import time

COM_BINLOG_DUMP = (0x12, 0x1e)


class Cut(Exception):
    pass


class HalfClose(Exception):
    pass


class Stall(Exception):
    pass


class Pass:
    def spoil(self, _connection, _at, data):
        yield data


class ByteByByte:
    """Each byte in a segment of its own."""

    def spoil(self, _connection, _at, data):
        for i in range(len(data)):
            yield data[i:i + 1]


class SlowLink:
    """So many bytes a second, in pieces of a tenth of that."""

    def __init__(self, rate):
        self.piece = rate // 10

    def spoil(self, _connection, _at, data):
        for i in range(0, len(data), self.piece):
            time.sleep(0.1)
            yield data[i:i + self.piece]


class EndAt:
    """Each connection ends, in a way of its own, after so many bytes of the log; the places are used up one by one."""

    def __init__(self, how, places):
        self.how, self.places, self.lock, self.mine = how, list(places), threading.Lock(), {}

    def place(self, connection):
        with self.lock:
            if connection not in self.mine:
                self.mine[connection] = self.places.pop(0) if self.places else None
            return self.mine[connection]

    def spoil(self, connection, at, data):
        place = self.place(connection)
        if place is None or at + len(data) <= place:
            yield data
        else:
            yield data[:place - at]
            raise self.how


class Flip(EndAt):
    """One bit of each connection's log is turned over."""

    def __init__(self, places, seed=1):
        super().__init__(None, places)
        self.random = random.Random(seed)

    def spoil(self, connection, at, data):
        place = self.place(connection)
        if place is not None and at <= place < at + len(data):
            data = bytearray(data)
            data[place - at] ^= 1 << self.random.randrange(8)
        yield bytes(data)


class Connection(threading.Thread):
    def __init__(self, proxy, near):
        super().__init__(daemon=True)
        self.proxy, self.near = proxy, near
        self.far = socket.create_connection(("127.0.0.1", proxy.target))
        self.streaming, self.at = threading.Event(), 0
        for peer in (self.near, self.far):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        threading.Thread(target=self.forward, daemon=True).start()
        try:
            while data := self.far.recv(1 << 16):
                if not self.streaming.is_set():
                    self.near.sendall(data)
                    continue
                for piece in self.proxy.fault.spoil(self, self.at, data):
                    self.near.sendall(piece)
                self.at += len(data)
        except Cut:
            self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.stop_forwarding()
        except HalfClose:
            self.near.shutdown(socket.SHUT_WR)
            self.proxy.closing.wait(20)
        except Stall:
            self.proxy.closing.wait(60)
        except OSError:
            pass
        self.close()

    def forward(self):
        """What the client says, which is never spoiled."""
        try:
            while data := self.near.recv(1 << 16):
                if len(data) > 4 and data[4] in COM_BINLOG_DUMP:
                    self.streaming.set()
                self.far.sendall(data)
            self.far.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop_forwarding(self):
        """Nobody is left who waits for the socket: else it would be closed when the client says something."""
        try:
            self.near.shutdown(socket.SHUT_RD)
        except OSError:
            pass

    def close(self):
        for peer in (self.near, self.far):
            peer.close()


class Proxy:
    def __init__(self, target, fault):
        self.target, self.fault = target, fault
        self.connections = 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"mysql://repl:secret@127.0.0.1:{self.port}/?ssl-mode=DISABLED"
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while not self.closing.is_set():
            try:
                near, _ = self.listener.accept()
                Connection(self, near).start()
                self.connections += 1
            except OSError:
                pass  # the listener is shut down, or the server is away

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """The listener is closed when its thread has ended: the next proxy's may get its number, and a thread that
        still waits there would take the next one's clients to the old server."""
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()
