"""test_exporter.py - Debian's prometheus-mysqld-exporter, as it is, scrapes a node's port: it is up, no collector fails, and
the numbers that alerts are made of are there. tools/test-clients.sh fetches it."""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from replica import SCHEMA, Relay  # noqa: E402
from servers import TEST_ROOT, Server, for_each_kind, free_port  # noqa: E402

NAME = "prometheus-mysqld-exporter"
PROGRAM = shutil.which(NAME) or TEST_ROOT / "exporter/usr/bin" / NAME
COLLECTORS = ["--collect.slave_status", "--collect.slave_hosts", "--collect.binlog_size", "--collect.global_status",
              "--collect.global_variables", "--collect.info_schema.innodb_cmp", "--collect.info_schema.query_response_time"]


@unittest.skipUnless(os.path.exists(PROGRAM), f"{NAME} is not here (tools/test-clients.sh)")
class Exporter:
    def setUp(self):
        self.source = Server(self.kind)
        self.addCleanup(self.source.close)
        self.source.sql(SCHEMA + "FLUSH BINARY LOGS")
        self.relay = Relay(self.source, get_server_public_key="ON")
        self.relay.add_account("dba", "admin")
        self.addCleanup(self.relay.node.close)
        self.relay.node.wait_log("receiving binlog.000002")

    def scrape(self):
        """The metrics, by name with labels, and what the exporter logged."""
        port = free_port()
        with subprocess.Popen([str(PROGRAM), f"--web.listen-address=127.0.0.1:{port}", *COLLECTORS], stderr=subprocess.PIPE,
                              env={**os.environ, "DATA_SOURCE_NAME": f"dba:secret@(127.0.0.1:{self.relay.port})/"}) as exporter:
            try:
                self.relay.node.wait_until(lambda: self.get(port) is not None, 30, "the exporter")
                text = self.get(port)
            finally:
                exporter.kill()
            words = exporter.stderr.read().decode()
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#"), words

    @staticmethod
    def get(port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def test_it_scrapes_a_relay_as_it_is(self):
        shown, words = self.scrape()
        self.assertEqual(shown["mysql_up"], "1", words)
        failed = [name for name, value in shown.items() if "collector_success" in name and value != "1"]
        self.assertEqual(failed, [], words + self.relay.node.log()[-2000:])
        self.assertFalse(re.search(r"level=error", words), words)
        for prefix in ("mysql_slave_status_slave_io_running", "mysql_slave_status_slave_sql_running",
                       "mysql_slave_status_replica_io_running", "mysql_slave_status_replica_sql_running"):
            for name, value in shown.items():
                if name.startswith(prefix + "{"):
                    self.assertEqual(value, "1", name)
        lag = [name for name in shown if re.match(r"mysql_slave_status_seconds_behind_(master|source)\{", name)]
        self.assertTrue(lag, "no lag is shown: " + str([name for name in shown if "slave_status" in name]))
        self.assertEqual(shown["mysql_binlog_files"], "2")
        self.assertGreater(float(shown["mysql_binlog_size_bytes"]), 300)
        self.assertEqual(shown["mysql_global_variables_log_bin"], "1")
        self.assertIn("mysql_global_status_uptime", shown)


for_each_kind("mariadb-10.11", "mariadb-11.8", "mysql-9.7")(Exporter)

if __name__ == "__main__":
    unittest.main()
