"""Logins with our own client against real servers: every authentication plugin that it speaks, TLS in every
ssl-mode with right and wrong certificates, the server's RSA key, and the refusals, whose sentences are read.

The program that logs in is login_probe.c: $LOGIN_PROBE, or test/e2e_login_probe in $BINLOGD_BUILD."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server, find_kind, quote  # noqa: E402

PROBE = os.environ.get("LOGIN_PROBE") or os.path.join(os.environ.get("BINLOGD_BUILD", "build"), "test/e2e_login_probe")
LONG_PASSWORD = "a pässword of móre than thirty-two bytes, with ' and \\"
CANARY = "canary-Pa55word"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Certificates:
    """A CA, a server certificate of it for localhost and 127.0.0.1, one for another host, and a CA of strangers."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="binlogd-login-", dir="/tmp"))
        for name in ("ca", "stranger"):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN=test {name}",
                    "-keyout", self.path(f"{name}-key.pem"), "-out", self.path(f"{name}.pem"))
        self.issue("server", "DNS:localhost,IP:127.0.0.1")
        self.issue("other", "DNS:db.example.org")

    def path(self, name):
        return str(self.folder / name)

    def issue(self, name, alternative_names):
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative_names}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.path(f"{name}-key.pem"), "-out", self.path(f"{name}.csr"))
        openssl("x509", "-req", "-days", "30", "-in", self.path(f"{name}.csr"), "-CA", self.path("ca.pem"),
                "-CAkey", self.path("ca-key.pem"), "-CAcreateserial", "-extfile", self.path(f"{name}.ext"),
                "-out", self.path(f"{name}.pem"))

    def options(self, name):
        return [f"--ssl-ca={self.path('ca.pem')}", f"--ssl-cert={self.path(name + '.pem')}",
                f"--ssl-key={self.path(name + '-key.pem')}"]

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class LoginCase(unittest.TestCase):
    """One server per class; says what it tries and what came of it."""
    server = None

    @classmethod
    def tearDownClass(cls):
        if cls.server is not None:
            cls.server.close()

    def probe(self, server=None, **options):
        server = server or self.server
        if "socket" not in options:
            options.setdefault("host", "127.0.0.1")
            options.setdefault("port", server.port)
        arguments = [f"{key.replace('_', '-')}={value}" for key, value in options.items()]
        run = subprocess.run([PROBE, *arguments], capture_output=True, text=True, timeout=60)
        self.assertIn(run.returncode, (0, 1), f"{arguments}: {run.stderr}")
        shown = {key: value for key, value in options.items() if key not in ("password", "host", "port")}
        print(f"  {server.kind.name} {shown}: {run.stdout.splitlines()[0]}", flush=True)
        password = options.get("password", "")
        if len(password) > 8:
            self.assertNotIn(password, run.stdout + run.stderr, "the password is shown")
        return run.stdout

    def accepted(self, encrypted=None, server=None, **options):
        out = self.probe(server, **options)
        self.assertTrue(out.startswith("ok "), out)
        if encrypted is not None:
            self.assertIn("encrypted=yes" if encrypted else "encrypted=no", out)
        return out

    def refused(self, code, *words, server=None, **options):
        out = self.probe(server, **options)
        self.assertTrue(out.startswith(f"error {code}: "), out)
        for word in words:
            self.assertIn(word, out)
        return out


class MariaDB1011(LoginCase):
    @classmethod
    def setUpClass(cls):
        find_kind("mariadb-10.11").need_plugin("auth_ed25519")
        cls.server = Server("mariadb-10.11", ["--plugin-load-add=auth_ed25519", "--max-allowed-packet=64M"])
        cls.server.sql(f"""
            CREATE USER native@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('{CANARY}');
            CREATE USER nopass@'%' IDENTIFIED BY '';
            CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('{CANARY}');
            CREATE USER long_ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD({quote(LONG_PASSWORD)});
            CREATE USER locked@'%' IDENTIFIED BY '{CANARY}' ACCOUNT LOCK""")

    def test_native_password_right_wrong_and_empty(self):
        out = self.accepted(user="native", password=CANARY, encrypted=False)
        self.assertIn("flavour=mariadb version=1011", out)
        self.accepted(user="nopass")
        self.refused("refused", "error 1045", "account 'native'", "check user name and password",
                     user="native", password="wrong-password")
        self.refused("refused", "error 1045", user="native")
        self.refused("refused", "account 'nobody'", user="nobody", password="wrong-password")
        self.refused("refused", "unlock account 'locked'", user="locked", password=CANARY)

    def test_ed25519_with_passwords_of_any_length(self):
        self.accepted(user="ed", password=CANARY)
        self.accepted(user="long_ed", password=LONG_PASSWORD)
        self.refused("refused", "error 1045", user="ed", password="wrong-password")

    def test_unix_socket(self):
        self.accepted(user="native", password=CANARY, socket=self.server.socket, encrypted=False)
        self.refused("system", "no such file", user="native", socket="/tmp/no-such-binlogd-socket")

    def test_tls_demanded_but_not_offered(self):
        for mode in ("REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"):
            self.refused("config", "does not offer it", user="native", password=CANARY, ssl_mode=mode)
        self.accepted(user="native", password=CANARY, ssl_mode="PREFERRED", encrypted=False)

    def test_statement_results(self):
        out = self.accepted(user="native", password=CANARY, sql="SELECT CURRENT_USER(), NULL, '', 'it''s é'")
        self.assertEqual(out.splitlines()[1:], ["native@%", "NULL", "", "it's é"])
        out = self.accepted(user="native", password=CANARY, sql="SELECT REPEAT('x', 17000000)", bulk=1)
        self.assertIn("rows=1 bytes=17000000", out)
        out = self.probe(user="native", password=CANARY, sql="SELECT * FROM nowhere.nothing")
        self.assertIn("error refused: error 1142 (42000): SELECT command denied", out)

    def test_nobody_listens(self):
        self.refused("system", "cannot connect to 127.0.0.1:1: connection refused: is the server running", port=1)
        self.refused("timeout", "cannot be looked up", host="no-such-host.invalid", port=3306)


class Tls(LoginCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.close)
        cls.server = Server("mariadb-10.11", [*cls.certificates.options("server"), "--max-allowed-packet=64M"])
        cls.server.sql(f"CREATE USER app@'%' IDENTIFIED BY '{CANARY}'; CREATE USER only_tls@'%' IDENTIFIED BY '{CANARY}' REQUIRE SSL;"
                       f"CREATE USER mutual@'%' IDENTIFIED BY '{CANARY}' REQUIRE X509")

    def login(self, name="app", **options):
        return {"user": name, "password": CANARY, **options}

    def test_modes_that_do_not_verify(self):
        self.accepted(encrypted=True, **self.login(ssl_mode="PREFERRED"))
        self.accepted(encrypted=True, **self.login(ssl_mode="REQUIRED"))
        self.accepted(encrypted=False, **self.login(ssl_mode="DISABLED"))
        self.accepted(encrypted=True, **self.login("only_tls", ssl_mode="PREFERRED"))
        self.refused("refused", "ssl-mode", **self.login("only_tls", ssl_mode="DISABLED"))

    def test_verify_ca(self):
        ca = self.certificates.path("ca.pem")
        self.accepted(encrypted=True, **self.login(ssl_mode="VERIFY_CA", ssl_ca=ca))
        self.refused("config", "certificate is refused",
                     **self.login(ssl_mode="VERIFY_CA", ssl_ca=self.certificates.path("stranger.pem")))
        self.refused("config", "VERIFY_CA needs ssl-ca", **self.login(ssl_mode="VERIFY_CA"))
        self.refused("config", "ssl-ca '/nowhere.pem'", "No such file", **self.login(ssl_mode="VERIFY_CA", ssl_ca="/nowhere.pem"))
        self.refused("config", "certificate is refused", **self.login(ssl_mode="VERIFY_IDENTITY"))

    def test_verify_identity(self):
        ca = self.certificates.path("ca.pem")
        self.accepted(encrypted=True, **self.login(ssl_mode="VERIFY_IDENTITY", ssl_ca=ca))
        self.accepted(encrypted=True, **self.login(ssl_mode="VERIFY_IDENTITY", ssl_ca=ca, host="localhost"))
        with Server("mariadb-10.11", self.certificates.options("other")) as other:
            other.sql(f"CREATE USER app@'%' IDENTIFIED BY '{CANARY}'")
            self.accepted(encrypted=True, server=other, **self.login(ssl_mode="VERIFY_CA", ssl_ca=ca))
            for host in ("127.0.0.1", "localhost"):
                self.refused("config", "certificate is refused", "mismatch", server=other,
                             **self.login(ssl_mode="VERIFY_IDENTITY", ssl_ca=ca, host=host))

    def test_versions_and_ciphers(self):
        self.accepted(encrypted=True, **self.login(ssl_mode="REQUIRED", tls_version="TLSv1.2"))
        self.accepted(encrypted=True, **self.login(ssl_mode="REQUIRED", tls_version="TLSv1.2,TLSv1.3"))
        self.accepted(encrypted=True, **self.login(ssl_mode="REQUIRED", tls_version="TLSv1.2",
                                                   ssl_cipher="ECDHE-RSA-AES256-GCM-SHA384"))
        self.refused("config", "only TLSv1.2 and TLSv1.3", **self.login(ssl_mode="REQUIRED", tls_version="TLSv1.1"))
        self.refused("config", "ssl-cipher", **self.login(ssl_mode="REQUIRED", ssl_cipher="no-such-cipher"))

    def test_our_own_certificate(self):
        own = {"ssl_cert": self.certificates.path("server.pem"), "ssl_key": self.certificates.path("server-key.pem")}
        self.accepted(encrypted=True, **self.login("mutual", ssl_mode="REQUIRED", **own))
        self.refused("refused", "error 1045", **self.login("mutual", ssl_mode="REQUIRED"))
        self.refused("config", "go together", **self.login("mutual", ssl_mode="REQUIRED", ssl_cert=own["ssl_cert"]))

    def test_a_big_answer_comes_whole(self):
        out = self.accepted(**self.login(ssl_mode="REQUIRED", sql="SELECT REPEAT('x', 17000000)", bulk=1))
        self.assertIn("rows=1 bytes=17000000", out)


class MySQL97(LoginCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("mysql-9.7")
        cls.server.sql(f"CREATE USER app@'%' IDENTIFIED WITH caching_sha2_password BY '{CANARY}';"
                       f"CREATE USER sha256@'%' IDENTIFIED WITH sha256_password BY '{CANARY}';"
                       "CREATE USER nopass@'%' IDENTIFIED BY ''")
        cls.key = str(cls.server.data_dir / "public_key.pem")

    def forget(self):
        """Empties the cache of caching_sha2_password, so that the next login needs the whole password."""
        self.server.sql("FLUSH PRIVILEGES")

    def test_caching_sha2_over_tls_and_then_fast_in_the_open(self):
        self.forget()
        out = self.accepted(user="app", password=CANARY, encrypted=True)
        self.assertIn("flavour=mysql version=907", out)
        self.accepted(user="app", password=CANARY, ssl_mode="DISABLED", encrypted=False)
        self.accepted(user="app", password=CANARY, ssl_mode="REQUIRED", encrypted=True)

    def test_the_whole_password_never_goes_in_the_open(self):
        self.forget()
        self.refused("config", "account 'app'", "get-server-public-key", "ssl-mode=REQUIRED",
                     user="app", password=CANARY, ssl_mode="DISABLED")
        self.refused("config", "sha256_password", user="sha256", password=CANARY, ssl_mode="DISABLED")

    def test_the_servers_key_fetched_or_given(self):
        for user in ("app", "sha256"):
            self.forget()
            self.accepted(user=user, password=CANARY, ssl_mode="DISABLED", get_server_public_key=1, encrypted=False)
            self.forget()
            self.accepted(user=user, password=CANARY, ssl_mode="DISABLED", server_public_key_path=self.key,
                          encrypted=False)
        self.refused("refused", "error 1045", user="sha256", password="wrong-password", ssl_mode="DISABLED",
                     get_server_public_key=1)
        self.refused("config", "server-public-key-path", user="app", password=CANARY, ssl_mode="DISABLED",
                     server_public_key_path="/nowhere.pem")

    def test_unix_socket_is_private(self):
        self.forget()
        self.accepted(user="app", password=CANARY, socket=self.server.socket, encrypted=False)

    def test_wrong_and_empty_passwords(self):
        self.refused("refused", "error 1045", "account 'app'", user="app", password="wrong-password")
        self.accepted(user="nopass")
        self.accepted(user="nopass", ssl_mode="DISABLED")
        self.accepted(user="sha256", password=CANARY, ssl_mode="REQUIRED", encrypted=True)

    def test_its_own_ca_verifies_but_names_no_host(self):
        ca = str(self.server.data_dir / "ca.pem")
        self.accepted(user="app", password=CANARY, ssl_mode="VERIFY_CA", ssl_ca=ca, encrypted=True)
        self.refused("config", "certificate is refused", user="app", password=CANARY, ssl_mode="VERIFY_IDENTITY",
                     ssl_ca=ca)


class MariaDB118(LoginCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.close)
        cls.server = Server("mariadb-11.8", cls.certificates.options("server"))
        cls.server.sql(f"CREATE USER app@'%' IDENTIFIED BY '{CANARY}'")

    def test_tls_in_every_mode(self):
        login = {"user": "app", "password": CANARY}
        ca = self.certificates.path("ca.pem")
        out = self.accepted(ssl_mode="REQUIRED", encrypted=True, **login)
        self.assertIn("flavour=mariadb version=1108", out)
        self.accepted(ssl_mode="DISABLED", encrypted=False, **login)
        self.accepted(ssl_mode="VERIFY_CA", ssl_ca=ca, encrypted=True, **login)
        self.accepted(ssl_mode="VERIFY_IDENTITY", ssl_ca=ca, encrypted=True, **login)
        self.refused("config", "certificate is refused", ssl_mode="VERIFY_CA",
                     ssl_ca=self.certificates.path("stranger.pem"), **login)
        self.refused("refused", "error 1045", ssl_mode="REQUIRED", user="app", password="wrong-password")

    def test_a_certificate_that_the_server_made_itself_is_not_trusted(self):
        with Server("mariadb-11.8") as own:
            own.sql(f"CREATE USER app@'%' IDENTIFIED BY '{CANARY}'")
            self.accepted(server=own, user="app", password=CANARY, ssl_mode="REQUIRED", encrypted=True)
            self.refused("config", "certificate is refused", server=own, user="app", password=CANARY,
                         ssl_mode="VERIFY_IDENTITY")


if __name__ == "__main__":
    unittest.main()
