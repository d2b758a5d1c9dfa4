"""test_port_care.py - what an operator does to a node with a port while clients are on it: a new certificate, a purge."""
# SPDX-License-Identifier: Apache-2.0
import os
import signal
import socket
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.dirname(__file__))
from servers import Server  # noqa: E402
from test_port import PASSWORD, Relay  # noqa: E402

SSL_REQUEST = bytes([32, 0, 0, 1]) + (0x00000a00).to_bytes(4, "little") + bytes([0, 0, 0, 1, 45]) + bytes(23)


def certificate(port):
    """The certificate that the port shows, DER."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        size = int.from_bytes(plain.recv(4, socket.MSG_WAITALL)[:3], "little")
        plain.recv(size, socket.MSG_WAITALL)
        plain.sendall(SSL_REQUEST)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as secure:
            return secure.getpeercert(binary_form=True)


class Care(unittest.TestCase):
    def setUp(self):
        self.source = Server("mariadb-10.11")
        self.addCleanup(self.source.close)
        self.source.sql("CREATE DATABASE shop; FLUSH BINARY LOGS")
        self.relay = Relay(self.source)
        self.addCleanup(self.relay.close)

    def test_a_new_certificate_is_shown_after_sighup(self):
        before = certificate(self.relay.port)
        self.assertEqual(certificate(self.relay.port), before)
        (self.relay.data_dir / "listen-cert.pem").unlink()  # a new pair is made where there is none
        self.relay.process.send_signal(signal.SIGHUP)
        self.relay.wait_log("the certificate was read again")
        self.assertNotEqual(certificate(self.relay.port), before)
        after = certificate(self.relay.port)
        (self.relay.data_dir / "listen-cert.pem").write_text("no certificate")
        self.relay.process.send_signal(signal.SIGHUP)
        self.relay.wait_log("the certificate stays as it was")
        self.assertEqual(certificate(self.relay.port), after)

    def test_a_purge_keeps_the_file_that_a_reader_stands_in_and_names_the_reader(self):
        relay = self.relay
        self.source.sql("CREATE TABLE shop.big (data LONGBLOB);" + "INSERT INTO shop.big VALUES (REPEAT('x', 8000000));" * 4 +
                        "FLUSH BINARY LOGS; FLUSH BINARY LOGS")
        last = self.source.rows("SHOW BINARY LOGS")[-1][0]
        relay.wait_until(lambda: relay.rows("SHOW BINARY LOGS")[-1][0] == last, 60, f"{last} to be here")
        argv = ["mariadb-binlog", "-R", "-h127.0.0.1", f"-P{relay.port}", "-urepl", f"-p{PASSWORD}",
                "--stop-never", "--stop-never-slave-server-id=77", "binlog.000002"]
        # Nobody reads its pipe: it stands in the second file, and so does its feed.
        with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
            try:
                relay.wait_until(lambda: "Binlog Dump" in str(relay.rows("SHOW PROCESSLIST")), 60, "the reader to come")
                answer = relay.ask(f"PURGE BINARY LOGS TO '{last}'").stderr
                self.assertIn("1378", answer)
                self.assertIn("77", answer)
                self.assertEqual(relay.rows("SHOW BINARY LOGS")[0][0], "binlog.000002")
            finally:
                reader.kill()
        relay.wait_until(lambda: relay.ask(f"PURGE BINARY LOGS TO '{last}'").returncode == 0, 60, "the purge to pass")
        self.assertEqual(relay.rows("SHOW BINARY LOGS")[0][0], last)


if __name__ == "__main__":
    unittest.main()
