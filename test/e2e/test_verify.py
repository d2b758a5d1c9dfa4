"""binlogd verify: the log of a node that runs, of one that was killed, and with damage of every kind in it."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from node import Node, binlogd  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), n INT);
INSERT INTO item (name, n) VALUES ('one', 1), ('two', 2), ('three', 3);"""


class Writer:
    """Changes the source until it is left."""

    def __init__(self, server, statement):
        self.server, self.statement = server, statement
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            self.server.sql(self.statement)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


@for_each_kind()
class Log:
    def verify(self, code, *arguments):
        run = binlogd("verify", "--no-defaults", "--json", *arguments)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        report = json.loads(run.stdout)
        faults = report["faults"] + [fault for file in report["files"] for fault in file["faults"]]
        return report, faults

    def test_a_log_is_whole_while_it_grows_and_after_a_kill(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA)
            with Node(source, get_server_public_key="ON") as node:
                node.wait_caught_up()
                load = ("USE shop; INSERT INTO item (name, n) SELECT name, n + 1 FROM item LIMIT 50; UPDATE item SET n = n + 1;"
                        "DELETE FROM item WHERE id > 500 AND id % 2 = 0;") * 5 + "FLUSH BINARY LOGS;"
                with Writer(source, load):
                    for rounds in range(3):
                        node.wait_until(lambda: len(list((node.data_dir / "log").glob("*.gtids"))) > rounds + 1, 60, "a new file")
                        report, faults = self.verify(0, f"--data={node.data_dir}")
                        self.assertEqual([f for f in faults if f["level"] != "note"], [])
                    node.kill()
                report, faults = self.verify(0, f"--data={node.data_dir}")
                self.assertGreater(len(report["files"]), 1)
                files = source.log_files()
                report, faults = self.verify(0, *files)
                self.assertEqual({f["id"] for f in faults} - {"unfinished", "gtid_order"}, set())
                self.assertGreater(report["transactions"], 10)

    def test_damage_is_found_at_its_place(self):
        with Server(self.kind) as source:
            source.sql(SCHEMA + "FLUSH BINARY LOGS; INSERT INTO item (name) VALUES ('second file'); FLUSH BINARY LOGS;"
                       "INSERT INTO item (name) VALUES ('third file');")
            with Node(source, get_server_public_key="ON", engine="none") as node:
                node.wait_until(lambda: node.status().get("log", {}).get("file", "") >= source.log_position()[0] and
                                node.status()["log"]["offset"] >= source.log_position()[1], 60, "the log to be stored")
                node.stop()
                log = node.data_dir / "log"
                first, second, third = sorted(path for path in log.iterdir() if path.suffix[1:].isdigit())[-3:]
                self.verify(0, f"--data={node.data_dir}")
                events = [json.loads(line) for line in binlogd("cat", "--no-defaults", "--json", second).stdout.splitlines()]
                victim = next(event for event in events if event["type"].startswith("Write_rows"))
                whole = second.read_bytes()
                at = victim["pos"] + 25
                second.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
                report, faults = self.verify(3, f"--data={node.data_dir}")
                self.assertEqual([(f["id"], f["file"], f["offset"]) for f in faults], [("checksum", second.name, victim["pos"])])
                self.assertEqual([file["whole"] for file in report["files"]][-3:], [True, False, True])
                told = binlogd("verify", "--no-defaults", f"--data={node.data_dir}")
                self.assertEqual(told.returncode, 3)
                self.assertIn(f"{second.name} at {victim['pos']}", " ".join(told.stdout.split()))
                second.unlink()
                _, faults = self.verify(3, f"--data={node.data_dir}")
                self.assertEqual([f["id"] for f in faults], ["missing_file"])
                second.write_bytes(whole)
                with open(third, "ab") as out:
                    out.write(b"\1\2\3\4\5")
                _, faults = self.verify(0, f"--data={node.data_dir}")
                self.assertEqual([f["id"] for f in faults], ["torn_tail"])


if __name__ == "__main__":
    unittest.main()
