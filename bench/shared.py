"""shared.py - servers with one large log file each, made once in a run for all suites that read it."""
# SPDX-License-Identifier: Apache-2.0
import workload
from servers import Server, installed_kinds

KINDS = ("mariadb-10.11", "mysql-9.7")
BYTES = 160 << 20


class Logs:
    """source and path of a kind's log of BYTES, a tenth more or less; a suite skips a kind that is not here."""

    def __init__(self, scale):
        self.size, self.made = int(BYTES * scale), {}

    def kinds(self, book, suite):
        for kind in KINDS:
            if kind in installed_kinds():
                yield kind
            else:
                book.skip(suite, f"{kind} is not installed")

    def get(self, kind):
        if kind not in self.made:
            options = ["--max-binlog-size=1G", "--innodb-buffer-pool-size=256M"]
            source = Server(kind, options=options)
            self.made[kind] = (source, None)
            self.made[kind] = (source, workload.make_log(source, self.size))
        return self.made[kind]

    def close(self):
        for source, _ in self.made.values():
            source.close()
        self.made.clear()
