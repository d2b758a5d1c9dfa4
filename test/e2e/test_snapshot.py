"""The first copy of a source that is written to: equal when it is done, after kills, and with tables outside of
transactions; refused by name where it could not be exact."""
# SPDX-License-Identifier: Apache-2.0
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from compare import assert_equal_tables  # noqa: E402
from node import Node  # noqa: E402
from servers import Server, for_each_kind  # noqa: E402

ROWS = 30000
TABLES = """
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(60) CHARACTER SET latin1, price DECIMAL(12,2),
    weight FLOAT, changed TIMESTAMP(3) NULL, pad VARBINARY(300), KEY (name)) ENGINE=InnoDB;
CREATE TABLE word (w VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, n INT, day DATE, PRIMARY KEY (w, n))
    ENGINE=InnoDB;
CREATE TABLE pair (a BIGINT, b BINARY(6), v INT, PRIMARY KEY (a, b)) ENGINE=InnoDB;
CREATE TABLE colour (c ENUM('red','green','blue'), s SET('x','y'), bits BIT(5), v INT, PRIMARY KEY (c, v)) ENGINE=InnoDB;
CREATE TABLE empty_one (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE `odd ``name` (`a b` INT PRIMARY KEY, `select` INT) ENGINE=InnoDB;
INSERT INTO `odd ``name` VALUES (1, 2), (-5, NULL);
INSERT INTO colour SELECT 1 + n % 3, n % 4, n % 32, n FROM
    (SELECT 1 n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) t;
"""


def fill(source, rows=ROWS):
    source.sql(TABLES)
    numbers = " UNION ALL ".join(f"SELECT {i} n" for i in range(10))
    digits = ", ".join(f"({numbers}) d{i}" for i in range(5))
    value = " + ".join(f"d{i}.n * {10 ** i}" for i in range(5))
    source.sql(f"""CREATE TABLE numbers (n INT PRIMARY KEY) ENGINE=InnoDB;
        INSERT INTO numbers SELECT x FROM (SELECT {value} AS x FROM {digits}) t WHERE x < {rows};
        INSERT INTO item (name, price, weight, changed, pad)
            SELECT CONCAT('caf', CHAR(233 USING latin1), n), n / 7, n / 3, FROM_UNIXTIME(1700000000 + n),
                REPEAT(UNHEX('00FF'), n % 150) FROM numbers;
        INSERT INTO word SELECT CONCAT('w', n % 5000, ' ''"'), n, '2024-02-29' FROM numbers;
        INSERT INTO pair SELECT n % 97 - 50, UNHEX(LPAD(HEX(n), 12, '0')), n FROM numbers""", "shop")


class Load(threading.Thread):
    """Writes to its tables until it is stopped; a transaction that meets a deadlock is given up."""

    def __init__(self, source, tables=("item", "word", "pair")):
        super().__init__()
        self.source, self.tables, self.going = source, tables, True
        self.random = random.Random(1)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.join()

    def run(self):
        begin, end = ("", "") if "old" in self.tables else ("START TRANSACTION;", "COMMIT")
        while self.going:
            batch = "".join(self.statement() for _ in range(20))
            self.source.sql(begin + batch + end, "shop", check=False)

    def statement(self):
        n = self.random.randrange(ROWS * 2)
        table = self.random.choice(self.tables)
        return self.random.choice({
            "item": [f"UPDATE item SET price = price + 1, name = CONCAT(LEFT(name, 40), 'x') WHERE id = {n};",
                     f"DELETE FROM item WHERE id = {n};", f"INSERT INTO item (name, price) VALUES ('new', {n});",
                     f"UPDATE IGNORE item SET id = {ROWS * 3} + {n} WHERE id = {n};"],
            "word": [f"DELETE FROM word WHERE n = {n} AND w LIKE 'w%';", f"REPLACE INTO word VALUES ('W{n}', {n}, NULL);"],
            "pair": [f"UPDATE pair SET v = v + 1 WHERE a = {n % 97 - 50} LIMIT 3;",
                     f"REPLACE INTO pair VALUES ({n}, 'ab', {n});", f"DELETE FROM pair WHERE a = {n % 97 - 50} LIMIT 1;"],
            "loose": [f"INSERT INTO loose VALUES ({n}, 'x');", "DELETE FROM loose LIMIT 1;",
                      f"UPDATE loose SET b = 'y' WHERE a > {n} LIMIT 1;"],
            "old": [f"REPLACE INTO old VALUES ({n % 3000}, {n});", f"DELETE FROM old WHERE id = {n % 3000};"],
        }[table])


@for_each_kind()
class Snapshot:
    def source(self, *options):
        return Server(self.kind, options=list(options))

    def follow(self, source, **options):
        return Node(source, get_server_public_key="ON", **options)

    def test_a_source_under_load_is_copied_exactly(self):
        with self.source() as source:
            fill(source)
            with Load(source):
                time.sleep(0.5)
                node = self.follow(source, copy_chunk_rows=500)
                time.sleep(4)
            with node:
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_kills_during_the_copy_lose_nothing(self):
        with self.source() as source:
            fill(source)
            with self.follow(source, copy_chunk_rows=200, copy_max_rate="2M") as node:
                with Load(source):
                    for _ in range(4):
                        time.sleep(1.5)
                        node.kill()
                        node.start()
                    node.stop()
                    node.start(copy_max_rate="0")
                    time.sleep(2)
                self.assertIn("going on with the copy", node.log())
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_a_table_without_a_key_is_copied_anew_after_a_kill(self):
        with self.source() as source:
            fill(source)
            source.sql("CREATE TABLE loose (a INT, b VARCHAR(9)) ENGINE=InnoDB;"
                       "INSERT INTO loose SELECT n % 100, 'x' FROM numbers", "shop")
            with self.follow(source, copy_chunk_rows=200, copy_max_rate="2M") as node:
                with Load(source, ("item", "loose")):
                    time.sleep(1.5)
                    node.kill()
                    node.start(copy_max_rate="0")
                    node.wait_log("starts over", 60)
                    time.sleep(1)
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_tables_outside_of_transactions_are_made_right_from_the_log(self):
        with self.source() as source:
            fill(source, 5000)
            source.sql("CREATE TABLE old (id INT PRIMARY KEY, v INT) ENGINE=MyISAM;"
                       "INSERT INTO old SELECT n, n FROM numbers WHERE n < 3000", "shop")
            with Load(source, ("old", "item")):
                time.sleep(0.3)
                node = self.follow(source, copy_chunk_rows=100)
                time.sleep(3)
            with node:
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_a_table_with_neither_engine_nor_key_is_refused_by_name(self):
        with self.source() as source:
            source.sql("CREATE DATABASE shop; CREATE TABLE shop.loose (a INT) ENGINE=MyISAM")
            with self.follow(source) as node:
                node.wait_log("shop.loose (MyISAM)", 60)
                self.assertIn("ADD PRIMARY KEY", node.log())
                self.assertIn("--exclude", node.log())
            with self.follow(source, exclude="shop.loose") as node:
                node.wait_caught_up()

    def test_an_alter_during_the_copy_starts_it_over(self):
        with self.source() as source:
            fill(source)
            if source.flavour == "mariadb":
                source.sql("GRANT BINLOG ADMIN ON *.* TO repl@'%'")  # else the ALTER waits for the copy's end
            with self.follow(source, copy_chunk_rows=200, copy_max_rate="500K") as node:
                node.wait_log("consistent point")
                source.sql("ALTER TABLE pair ADD COLUMN extra INT DEFAULT 7 FIRST, ENGINE=InnoDB;"
                           "ALTER TABLE item ADD COLUMN extra INT DEFAULT 7 FIRST, ENGINE=InnoDB", "shop")
                node.wait_log("starts over", 60)
                node.stop()
                node.start(copy_max_rate="0")
                node.wait_caught_up()
                assert_equal_tables(self, source, node)

    def test_less_privileges_still_give_one_consistent_point(self):
        with self.source() as source:
            fill(source, 5000)
            source.sql("CREATE USER low@'%' IDENTIFIED BY 'secret';"
                       "GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT, LOCK TABLES ON *.* TO low@'%'")
            with Load(source):
                node = Node(source.url(user="low"), get_server_public_key="ON")
                time.sleep(3)
            with node:
                node.wait_caught_up(source)
                assert_equal_tables(self, source, node)


if __name__ == "__main__":
    unittest.main()
