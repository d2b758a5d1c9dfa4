"""test_schema_errors.py - a primary of our own refuses the schema changes that MySQL refuses, with MySQL's numbers: what
it took in their place would be in its log, and no replica could apply it. test/data/schema/errors.sql has the statements."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server  # noqa: E402
from sql_session import SqlNode  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/schema/errors.sql"
MARK = "the end of an answer"


def statements():
    """(statement, the node's own number or None)"""
    own = None
    for line in DATA.read_text().splitlines():
        if re.fullmatch(r"-- \d+", line):
            own = int(line[3:])
        elif not line.startswith("--"):
            yield line, own
            own = None


def numbers(argv, texts):
    """Of the error that each ends with; 0: none."""
    script = "".join(f"{text};\nSELECT '{MARK}';\n" for text in texts)
    lines = subprocess.run(argv, input=script.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    found, number = [], 0
    for line in lines.stdout.decode().splitlines():
        error = re.match(r"ERROR (\d+) ", line)
        number = int(error[1]) if error else number
        if line == MARK:
            found.append(number)
            number = 0
    return found


class SchemaErrors(unittest.TestCase):
    def test_what_mysql_refuses_is_refused_with_its_number(self):
        asked = list(statements())
        texts = [text for text, _ in asked]
        with SqlNode() as node, Server("mysql-9.7") as server:
            ours = numbers(node.argv_of_client("root", "", "--force", "--unbuffered"), texts)
            theirs = numbers(server.client("--force", "--batch", "--skip-column-names", "--unbuffered"), texts)
        self.assertEqual((len(ours), len(theirs)), (len(texts), len(texts)))
        wrong = [(text, a, b) for (text, own), a, b in zip(asked, ours, theirs) if a != (b if own is None else own)]
        self.assertEqual(wrong, [], "\n".join(map(str, wrong)))
        self.assertGreater(sum(number != 0 for number in theirs), 90)


if __name__ == "__main__":
    unittest.main()
