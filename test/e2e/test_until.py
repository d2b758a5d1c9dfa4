"""test_until.py - START REPLICA ... UNTIL, and SOURCE_DELAY: a node and a stock replica of the same source, both given the same
statement over their ports, stop or wait with the same rows, and show the same condition."""
# SPDX-License-Identifier: Apache-2.0
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, os.path.dirname(__file__))
from replica import Relay, errors, follow as follow_port, forget, replica_options, status, wait_mark  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402
from test_control import SHOP, Controlled  # noqa: E402
from test_switch import follow  # noqa: E402

LAST = 12  # rows of the source, each a transaction


@for_each_kind("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
class Until:
    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.addClassCleanup(cls.source.close)
        cls.mysql = cls.source.flavour == "mysql"
        cls.replica = Server(cls.kind, options=replica_options(cls.source.flavour))
        cls.addClassCleanup(cls.replica.close)
        cls.replica.sql("RESET BINARY LOGS AND GTIDS" if cls.mysql else "RESET MASTER")
        cls.source.sql(SHOP)
        cls.node = Controlled(cls.source)
        cls.addClassCleanup(cls.node.close)
        cls.node.wait_caught_up()
        cls.word = cls.node.word
        follow(cls.replica, cls.source)

    def go_on(self):
        """Both stand still at the same row, and the source goes on: the last row before, and where each new one ends, by
        their numbers from 1 on."""
        top = int(self.source.value("SELECT MAX(id) FROM shop.item"))
        self.say(f"START {self.word}")
        self.wait_rows(top)
        self.say(f"STOP {self.word}")
        places = {}
        for number in range(1, LAST + 1):
            self.source.sql(f"INSERT INTO shop.item VALUES ({top + number}, 'row')")
            if number == 6:
                self.source.flush_logs()
            places[number] = (*self.source.rows("SHOW BINARY LOG STATUS" if self.mysql else "SHOW MASTER STATUS")[0][:2],
                              self.gtid())
        return top, places

    def gtid(self):
        """Of the last transaction."""
        if not self.mysql:
            return self.source.value("SELECT @@gtid_binlog_pos")
        uuid, numbers = self.source.gtids().rsplit(":", 1)
        return f"{uuid}:{numbers.rsplit('-', 1)[-1]}"

    def say(self, sql):
        self.node.say(sql)
        self.replica.sql(sql)

    def rows_of(self):
        """What the node holds, and what the replica."""
        return (self.node.query('SELECT max(id) FROM "shop.item"')[0][0],
                int(self.replica.value("SELECT MAX(id) FROM shop.item")))

    def wait_rows(self, number):
        self.node.wait_until(lambda: self.rows_of() == (number, number), 60, f"both to hold row {number}")

    def shown(self):
        return self.node.columns(f"SHOW {self.word} STATUS"), status(self.replica)

    def running(self):
        return [[shown.get(f"Replica_{part}_Running") or shown[f"Slave_{part}_Running"] for part in ("IO", "SQL")]
                for shown in self.shown()]

    def assert_stops_at(self, until, number, io="Yes"):
        """The same statement, the same end, the same words about it."""
        with self.subTest(until=until):
            self.say(f"START {self.word} UNTIL {until}")
            self.node.wait_until(lambda: self.running() == [[io, "No"]] * 2, 60, "both to stop")
            self.assertEqual(self.rows_of(), (number, number), errors(self.replica))
            ours, theirs = self.shown()
            for name in ("Until_Condition", "Until_Log_File", "Until_Log_Pos", "Last_SQL_Error"):
                self.assertEqual(ours[name], theirs[name], name)
            self.say(f"STOP {self.word}")

    def test_both_stop_at_the_same_place(self):
        top, places = self.go_on()
        where = "{0}_LOG_FILE='{1}', {0}_LOG_POS={2}"
        prefix = self.node.prefix
        self.assert_stops_at(where.format(prefix, *places[2][:2]), top + 2)
        inside = places[4][0], int(places[4][1]) - 20  # of the fourth transaction, which is applied whole
        self.assert_stops_at(where.format(prefix, *inside), top + 4)
        self.assert_stops_at(where.format(prefix, *places[3][:2]), top + 4)  # behind: nothing happens
        self.assert_stops_at(where.format(prefix, *places[8][:2]), top + 8)  # in the next file

    def test_both_stop_at_the_same_gtid(self):
        top, places = self.go_on()
        if not self.mysql:
            self.assert_stops_at(f"MASTER_GTID_POS='{places[3][2]}'", top + 3, io="No")
            if self.kind.startswith("mariadb-11"):
                self.assert_stops_at(f"SQL_AFTER_GTIDS='{places[5][2]}'", top + 5, io="No")
                self.assert_stops_at(f"SQL_BEFORE_GTIDS='{places[8][2]}'", top + 7, io="No")
            return
        self.assert_stops_at(f"SQL_AFTER_GTIDS='{places[3][2]}'", top + 3)
        self.assert_stops_at(f"SQL_BEFORE_GTIDS='{places[8][2]}'", top + 7)
        self.assert_stops_at(f"SQL_AFTER_GTIDS='{places[4][2]}'", top + 7)  # had already

    def shown_delay(self):
        """Of both: the delay, what is left of it, and the applier's state."""
        part = "Replica" if self.mysql else "Slave"
        return [[shown[name] for name in ("SQL_Delay", "SQL_Remaining_Delay", f"{part}_SQL_Running_State")]
                for shown in self.shown()]

    def delay(self, seconds):
        self.say(f"STOP {self.word}; {self.node.change} {self.node.prefix}_DELAY={seconds}; START {self.word}")

    def test_both_apply_a_transaction_when_it_is_as_old_as_is_asked(self):
        top, _ = self.go_on()
        self.delay(3600)
        self.node.wait_until(lambda: all(row[1].isdigit() for row in self.shown_delay()), 60, "both to wait")
        ours, theirs = self.shown_delay()
        self.assertEqual((ours[0], ours[2]), (theirs[0], theirs[2]))
        self.assertLess(abs(int(ours[1]) - int(theirs[1])), 3)
        self.assertEqual(self.rows_of(), (top, top))
        self.node.wait_until(lambda: "SOURCE_DELAY" in self.node.status()["lag"]["reason"], 10, "the delay to be told")
        self.assertEqual(self.node.status()["state"], "following")
        self.assertIn("SQL_THREAD first", self.node.refused(f"{self.node.change} {self.node.prefix}_DELAY=0"))
        self.node.kill()
        self.node.start()
        self.node.wait_until(lambda: self.node.columns(f"SHOW {self.word} STATUS").get("SQL_Delay") == "3600", 60, "what is kept")
        self.source.sql(f"INSERT INTO shop.item VALUES ({top + LAST + 1}, 'row')")
        place = self.source.rows("SHOW BINARY LOG STATUS" if self.mysql else "SHOW MASTER STATUS")[0][:2]
        self.node.wait_until(lambda: self.received() == place, 60, "the log, which does not wait")
        self.node.say(f"STOP {self.word} SQL_THREAD; {self.node.change} {self.node.prefix}_DELAY=3; START {self.word}")
        self.node.wait_until(lambda: self.rows_of() == (top + LAST + 1, top), 60, "what is old enough")
        started = time.time()
        self.source.sql(f"INSERT INTO shop.item VALUES ({top + LAST + 2}, 'row')")
        self.node.wait_until(lambda: self.rows_of()[0] == top + LAST + 2, 60, "the last row")
        self.assertGreater(time.time() - started, 2)  # a MariaDB's log has whole seconds
        self.delay(0)
        self.wait_rows(top + LAST + 2)
        self.assertEqual([row[:2] for row in self.shown_delay()], [["0", "NULL"]] * 2)

    def received(self):
        shown = self.shown()[0]
        prefix = self.node.prefix.title()
        return [shown[f"{prefix}_Log_File"], shown[f"Read_{prefix}_Log_Pos"]]

    def until_more(self, place):
        """Of what the source is still to write."""
        file, offset, gtid = place
        if not self.mysql:
            return f"MASTER_LOG_FILE='{file}', MASTER_LOG_POS={int(offset) + 1}", 1
        uuid, number = gtid.rsplit(":", 1)
        return f"SQL_AFTER_GTIDS='{uuid}:{int(number) + 2}'", 2

    def test_what_is_still_to_come_is_waited_for_and_a_plain_start_forgets_it(self):
        top, places = self.go_on()
        top += LAST
        self.say(f"START {self.word}")
        self.wait_rows(top)
        self.say(f"STOP {self.word}")
        until, more = self.until_more(places[LAST])
        self.say(f"START {self.word} UNTIL {until}")
        self.node.wait_running("Yes", "Yes")
        for number in range(1, 5):
            self.source.sql(f"INSERT INTO shop.item VALUES ({top + number}, 'row')")
        self.wait_rows(top + more)
        self.node.wait_running("Yes", "No")
        self.say(f"START {self.word}")
        self.wait_rows(top + 4)
        self.assertEqual([shown["Until_Condition"] for shown in self.shown()], ["None", "None"])
        self.assertIn("SQL_THREAD first", self.node.refused(f"START {self.word} UNTIL {until}"))
        self.say(f"STOP {self.word}")
        self.refuses_what_is_none()

    def refuses_what_is_none(self):
        for until, words in [(f"{self.node.prefix}_LOG_FILE='other.000001', {self.node.prefix}_LOG_POS=4", "does not hold it"),
                             ("SQL_AFTER_GTIDS='nonsense'", "names no GTIDs"),
                             ("SQL_AFTER_MTS_GAPS", "never gaps")]:
            self.assertIn(words, self.node.refused(f"START {self.word} UNTIL {until}"))
        self.assertEqual(self.node.running(), ("No", "No"))
        if not self.mysql:
            self.refuses_a_position_without_one_of_its_domains()

    def refuses_a_position_without_one_of_its_domains(self):
        top = self.rows_of()[0]
        for number, domain in enumerate((1, 0), 1):
            self.source.sql(f"SET SESSION gtid_domain_id={domain}; INSERT INTO shop.item VALUES ({top + number}, 'row')")
        self.node.say("START SLAVE IO_THREAD")
        place = list(map(str, self.source.log_position()))
        self.node.wait_until(lambda: self.received() == place, 60, "the log")
        zero, one = self.source.value("SELECT @@gtid_binlog_pos").split(",")
        future = f"{zero.rsplit('-', 1)[0]}-4000"
        for until in (zero, future):
            refused = self.node.refused(f"START SLAVE UNTIL MASTER_GTID_POS='{until}'")
            self.assertIn("ERROR 1277", refused)
            self.assertIn(f"{one} comes before all of it is reached", refused)
            self.assertIn("domain 1 has to be named", refused)
        self.assertEqual(self.node.running()[1], "No")
        self.node.say(f"START SLAVE UNTIL MASTER_GTID_POS='{zero},{one}'")
        self.node.wait_until(lambda: self.rows_of()[0] == top + 2, 60, "the whole position")


@for_each_kind("mariadb-10.11", "mariadb-11.8")
class BehindARelay:
    """Of a MariaDB's replica UNTIL by GTIDs is for its source to carry out: one behind a node and one at the source itself
    are told the same."""

    @classmethod
    def setUpClass(cls):
        cls.source = Server(cls.kind)
        cls.addClassCleanup(cls.source.close)
        cls.source.sql(SHOP)
        cls.relay = Relay(cls.source)
        cls.addClassCleanup(cls.relay.node.close)
        cls.replicas = []
        for port in (cls.source.port, cls.relay.port):
            replica = Server(cls.kind, options=replica_options("mariadb"))
            cls.addClassCleanup(replica.close)
            forget(replica)
            user = "repl" if port == cls.source.port else "below"
            follow_port(replica, port, tls=False, user=user)
            wait_mark(cls.source, replica, cls.relay.node)
            replica.sql("STOP SLAVE")
            cls.replicas.append(replica)

    def write(self, domain, first):
        """Three rows in a domain of their own numbers; the source's position after each."""
        positions = []
        for number in range(first, first + 3):
            self.source.sql(f"SET SESSION gtid_domain_id={domain}; INSERT INTO shop.item VALUES ({number}, 'row')")
            positions.append(self.source.value("SELECT @@gtid_binlog_pos"))
        return positions

    def is_idle(self, replica):
        shown = status(replica)
        return shown["Slave_IO_Running"] == "No" and shown["Slave_SQL_Running"] == "No"

    def assert_same_end(self, until):
        with self.subTest(until=until):
            for replica in self.replicas:
                replica.sql(f"STOP SLAVE; START SLAVE UNTIL {until}")
            self.relay.node.wait_until(lambda: all(map(self.is_idle, self.replicas)), 60, "both to stop")
            straight, behind = ([replica.sql("SELECT id FROM shop.item ORDER BY id"), replica.sql("SELECT @@gtid_slave_pos"),
                                 status(replica)["Last_IO_Error"], status(replica)["Until_Condition"]]
                                for replica in self.replicas)
            self.assertEqual(straight, behind)
            return len(behind[0].split())

    def test_both_stop_at_the_same_position(self):
        zero, one = self.write(0, 10), self.write(1, 20)
        self.source.flush_logs()
        self.write(0, 30)
        self.assertEqual(self.assert_same_end(f"MASTER_GTID_POS='{zero[1]}'"), 4)
        self.assertEqual(self.assert_same_end(f"MASTER_GTID_POS='{one[0]}'"), 6)
        self.assert_same_end(f"MASTER_GTID_POS='{zero[0]}'")  # behind
        self.assert_same_end(f"MASTER_GTID_POS='{self.source.value('SELECT @@gtid_binlog_pos').split(',')[0]}'")  # one domain
        if self.kind == "mariadb-11.8":
            self.write(0, 40)
            self.assert_same_end(f"SQL_BEFORE_GTIDS='{self.source.value('SELECT @@gtid_binlog_pos')}'")
        for replica in self.replicas:
            replica.sql("STOP SLAVE; START SLAVE")
            wait_mark(self.source, replica, self.relay.node)
            self.assertEqual(replica.sql("SELECT * FROM shop.item ORDER BY id"),
                             self.source.sql("SELECT * FROM shop.item ORDER BY id"))


if __name__ == "__main__":
    unittest.main()
