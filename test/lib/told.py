"""told.py - nodes that end by themselves: the exit code, and the one sentence that they end with.

ToldNode knows what was logged since its last start. assert_ends wants exactly one error line, which
holds every one of the given words: what happened, where, and what to do about it.
"""
# SPDX-License-Identifier: Apache-2.0
import re
import subprocess

from node import Node

GTID = r"(?:[0-9a-f-]{36}(?::[a-z_]\w*)?:\d+|\d+-\d+-\d+)"
PLACE = re.compile(r"\[ERROR\] \[node\] (?P<file>\S+) at (?P<offset>\d+): (?P<event>[\w ]+) event of transaction "
                   rf"(?P<gtid>{GTID})")


class ToldNode(Node):
    """A node with short waits, so that a test need not wait long for a second attempt."""

    def __init__(self, source, start=True, data_dir=None, **options):
        self._started_at = 0
        super().__init__(source, start, data_dir, **{"get_server_public_key": "ON", "heartbeat_period": "1s",
                                                     "reconnect_max_delay": "1s", "progress": "0", **options})

    def start(self, **more_options):
        self._started_at = len(self.log())
        super().start(**more_options)

    def said(self):
        """What was logged since the last start."""
        return self.log()[self._started_at:]

    def errors(self):
        return [line for line in self.said().splitlines() if "[ERROR]" in line or line.startswith("binlogd: ")]

    def state(self):
        return self.status().get("state")


def assert_ends(test, node, code, *words, seconds=30):
    """It ends with this code and one sentence with these words; the sentence."""
    try:
        got = node.wait_exit(seconds)
    except subprocess.TimeoutExpired:
        test.fail(f"binlogd still runs:\n{node.said()[-3000:]}")
    test.assertEqual(code, got, node.said()[-3000:])
    errors = node.errors()
    test.assertEqual(1, len(errors), "not one sentence:\n" + node.said()[-3000:])
    for word in words:
        test.assertIn(word, errors[0])
    return errors[0]


def assert_refused_event(test, node, source, event, remedy):
    """The node stopped at an event, whose place is one of the source's own: (file, offset, GTID)."""
    sentence = assert_ends(test, node, 3, event, remedy)
    place = PLACE.search(sentence)
    test.assertIsNotNone(place, sentence)
    file, offset = place["file"], int(place["offset"])
    rows = source.rows(f"SHOW BINLOG EVENTS IN '{file}' FROM {offset} LIMIT 1")
    test.assertEqual([file, str(offset)], rows[0][:2], sentence)
    return file, offset, place["gtid"]
