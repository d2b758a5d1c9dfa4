"""A Django application on a primary of our own and on MySQL: its migrations run, and its ORM gets the same answers."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server, for_each_kind  # noqa: E402
from sql_session import PASSWORD, SqlNode  # noqa: E402

APPLICATION = pathlib.Path(__file__).parent / "orm/django"
PYTHON = "/usr/bin/python3"  # Debian's, for which its packages are


def is_installed():
    return subprocess.run([PYTHON, "-c", "import django, MySQLdb"], capture_output=True).returncode == 0


def answers(*where):
    """{question: answer} of one run; each has migrations of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder, "application")
        shutil.copytree(APPLICATION, place)
        (place / "shop_app/__init__.py").touch()
        run = subprocess.run([PYTHON, place / "shop.py", *map(str, where), "orm"], capture_output=True, text=True, timeout=180)
    if run.returncode != 0:
        raise AssertionError(f"{where[1]}: {run.stdout[-1000:]}{run.stderr[-3000:]}")
    return dict(line.split(": ", 1) for line in run.stdout.splitlines())


@unittest.skipUnless(is_installed(), "python3-django or python3-mysqldb is not installed")
@for_each_kind("mysql-9.7")
class Django:
    def test_an_application_gets_the_answers_of_a_server(self):
        make = "CREATE DATABASE orm CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
        node, server = SqlNode(), Server(self.kind)
        self.addCleanup(server.close)
        self.addCleanup(node.close)
        node.sql(make)
        server.sql(make)
        ours, theirs = answers("127.0.0.1", node.port, "root", PASSWORD), answers(server.socket, server.port, "root", "")
        self.assertGreater(len(theirs), 25)
        for question, answer in theirs.items():
            with self.subTest(question):
                self.assertEqual(ours.get(question), answer)


if __name__ == "__main__":
    unittest.main()
