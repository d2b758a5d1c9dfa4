"""sql_session.py - a node with a port that answers SQL, and one client's session there: the mariadb client, fed
statement by statement, so that several sessions can wait for each other."""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import os
import subprocess

from node import Node, binlogd
from servers import find_kind, free_port

PASSWORD = "secret"
ACCOUNTS = {"root": "admin", "app": "write", "look": "read", "below": "replication"}


class SqlNode(Node):
    """A node that listens, with an account for each role. source None: a primary."""

    def __init__(self, source=None, **options):
        self.port = free_port()
        super().__init__(source, start=False, listen=f"127.0.0.1:{self.port}", **options)
        for name, role in ACCOUNTS.items():
            binlogd("user", "--no-defaults", f"--data={self.data_dir}", f"--role={role}", "add", name, input=PASSWORD + "\n", check=True)
        self.start()
        self.wait_listening()

    def source_url(self):
        """For who follows it."""
        return f"mysql://root:{PASSWORD}@127.0.0.1:{self.port}/?get-server-public-key=1"

    def wait_listening(self):
        self.wait_until(lambda: self.sql("SELECT 1", check=False) == "1\n", 60, "the port to answer")

    def argv_of_client(self, user="root", database="", *options):
        return [*find_kind("mariadb-10.11").client(), "--host=127.0.0.1", f"--port={self.port}", f"--user={user}",
                f"--password={PASSWORD}", "--default-character-set=utf8mb4", "--batch", "--skip-column-names", *options,
                *([database] if database else [])]

    def run(self, text, user="root", database="", *options):
        return subprocess.run(self.argv_of_client(user, database, *options), input=text.encode(), capture_output=True)

    def sql(self, text, user="root", database="", check=True):
        """What statements print; an error is one, unless told otherwise."""
        done = self.run(text, user, database)
        if check and done.returncode != 0:
            ended = self.process is None or self.process.poll() is not None
            raise RuntimeError(f"{done.stderr.decode()}\nin: {text[:300]}" + (f"\nthe node has ended:\n{self.log()[-3000:]}" if ended else ""))
        return done.stdout.decode()

    def error(self, text, user="root", database=""):
        """The number of the error that it ends with; 0: none."""
        words = self.run(text, user, database).stderr.decode().split("ERROR ")
        return int(words[-1].split()[0]) if len(words) > 1 else 0


class Session:
    """One connection, statement by statement."""

    def __init__(self, node, user="root", database=""):
        self.process = subprocess.Popen(node.argv_of_client(user, database, "--unbuffered", "--force", "--skip-reconnect"), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, sql):
        """Without waiting for the answer."""
        self.asked += 1
        self.process.stdin.write(f"{sql};\nSELECT 'answer {self.asked} is over';\n".encode())
        self.process.stdin.flush()

    def receive(self):
        """Lines of the answer to what was sent; an error is a line, "ERROR 1064 (42000) …". None: the connection is gone."""
        lines, echoes = [], False  # the client shows the statement in front of its error, between two rules
        while True:
            line = self.process.stdout.readline().decode()
            if line == "" or line.startswith("ERROR 20"):  # the client's own numbers
                return None
            if line == f"answer {self.asked} is over\n":
                return lines
            echoes = echoes != (line == "--------------\n")
            if not echoes and line not in ("--------------\n", "\n"):
                lines.append(line.rstrip("\n"))

    def ask(self, sql):
        self.send(sql)
        return self.receive()

    def kill(self):
        """The client dies: its socket is closed, nothing is said."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def close(self):
        if not self.process.stdout.closed:
            self.kill()


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
