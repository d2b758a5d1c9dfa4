"""`binlogd doctor` against real servers: what it finds, what it tells to do, and what doing that changes."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402


@for_each_kind()
class Doctor:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.source.close()

    def examine(self, user="repl", **options):
        """{id: finding} and the exit code."""
        options = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        run = binlogd("doctor", "--no-defaults", "--json", "--get-server-public-key", *options, self.source.url(user))
        report = json.loads(run.stdout)
        return {finding["id"]: finding for finding in report["findings"]}, run.returncode

    def test_a_fresh_server_has_no_problem(self):
        findings, code = self.examine(server_id=4711)
        problems = [finding for finding in findings.values() if finding["level"] == "problem"]
        self.assertEqual([], problems)
        self.assertNotEqual(3, code)

    def test_a_missing_privilege_is_named_and_its_remedy_cures(self):
        self.source.sql("CREATE USER poor@'%' IDENTIFIED BY 'secret'; GRANT SELECT, RELOAD ON *.* TO poor@'%'")
        findings, code = self.examine(user="poor")
        self.assertEqual(("problem", 3), (findings["privilege_replication"]["level"], code))
        for name in ("privilege_replication", "privilege_status"):
            self.assertTrue(findings[name]["remedy"].startswith("GRANT "), findings[name])
            self.source.sql(findings[name]["remedy"])
        findings, _ = self.examine(user="poor")
        self.assertEqual(("ok", "ok"), (findings["privilege_replication"]["level"], findings["privilege_status"]["level"]))
        self.source.sql("DROP USER poor@'%'")

    def test_settings_that_cannot_be_followed_are_problems_with_the_statement_to_run(self):
        self.source.sql("SET GLOBAL binlog_format = 'MIXED'")
        findings, code = self.examine()
        self.assertEqual(("problem", 3), (findings["binlog_format"]["level"], code))
        self.source.sql(findings["binlog_format"]["remedy"])
        findings, _ = self.examine()
        self.assertEqual("ok", findings["binlog_format"]["level"])

    def test_the_source_own_server_id_clashes(self):
        findings, code = self.examine(server_id=self.source.server_id)
        self.assertEqual(("problem", 3), (findings["server_id"]["level"], code))

    def test_tables_without_a_key_are_named(self):
        self.source.sql("CREATE DATABASE odd; CREATE TABLE odd.loose (a INT) ENGINE=InnoDB;"
                        "CREATE TABLE odd.lost (a INT) ENGINE=MyISAM; CREATE TABLE odd.fine (a INT NOT NULL, UNIQUE (a))")
        findings, _ = self.examine()
        self.assertIn("odd.loose", findings["row_keys"]["sentence"])
        self.assertNotIn("odd.fine", findings["row_keys"]["sentence"])
        self.assertEqual("problem", findings["engines"]["level"])
        self.assertIn("odd.lost", findings["engines"]["sentence"])
        findings, _ = self.examine(exclude="odd.lost")
        self.assertNotEqual("problem", findings["engines"]["level"])
        self.source.sql("DROP DATABASE odd")

    def test_generated_columns_that_are_not_logged_are_named(self):
        self.source.sql("CREATE DATABASE odd; CREATE TABLE odd.made (id INT PRIMARY KEY, a INT, b INT AS (a + 1) STORED)")
        finding = self.examine()[0].get("generated")
        self.source.sql("DROP DATABASE odd")
        if self.kind == "mariadb-11.8":
            self.assertEqual("warning", finding["level"])
            self.assertIn("odd.made", finding["sentence"])
        else:
            self.assertIsNone(finding)

    def test_nobody_listens_is_a_finding(self):
        run = binlogd("doctor", "--no-defaults", "--json", "mysql://repl:secret@127.0.0.1:1/")
        report = json.loads(run.stdout)
        self.assertEqual(["connect"], [finding["id"] for finding in report["findings"]])
        self.assertEqual(3, run.returncode)


if __name__ == "__main__":
    unittest.main()
