"""standing_client.py - one client program of a server that stays and is asked again and again: starting one for
each question takes longer than most answers. What is asked must not change the session: it is everybody's."""
# SPDX-License-Identifier: Apache-2.0
import subprocess
import tempfile
import threading


class StandingClient:
    def __init__(self, argv, session=""):
        self.lock = threading.Lock()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*argv, "--unbuffered"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.count = 0
        self.session = session

    def ask(self, text):
        """What it prints, as bytes. RuntimeError with the server's words; the client has ended then."""
        with self.lock:
            self.count += 1
            last = f"standing client {id(self)}: {self.count}"
            before = f"{self.session};\n" if self.session and self.count == 1 else ""
            return self._read(f"{before}{text}\n;SELECT '{last}';\n", f"{last}\n".encode())

    def _read(self, text, last):
        lines = []
        try:
            self.process.stdin.write(text.encode("utf-8", "surrogateescape"))
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: the errors say why
        for line in self.process.stdout:
            if line == last:
                return b"".join(lines)
            lines.append(line)
        self.close()
        raise RuntimeError(self.said)

    def has_ended(self):
        return self.process.poll() is not None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        if not self.errors.closed:
            self.errors.seek(0)
            self.said = self.errors.read().decode(errors="replace").strip() or "the client has ended"
            self.errors.close()
