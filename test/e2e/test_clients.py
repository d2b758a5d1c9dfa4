"""test_clients.py - real clients and drivers against a primary of our own, each on its own ground: the mariadb and
mysql programs, sysbench with prepared statements, a dump that MariaDB loads and gives back, PyMySQL, go-sql-driver, PHP,
mysql2 of Node, Sequelize, and what pt-table-checksum asks.
What is not installed is skipped and counted."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from servers import Server, find_kind  # noqa: E402
from sql_session import PASSWORD, SqlNode  # noqa: E402

SCHEMA = """CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY AUTO_INCREMENT, title VARCHAR(60) NOT NULL, price DECIMAL(8,2), stock INT UNSIGNED,
    made DATE, picture VARBINARY(100), changed TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3));
INSERT INTO item (title, price, stock, made) VALUES ('Zoë', 1.50, 3, '2024-02-29'), ('it''s', NULL, 0, NULL);
CREATE TABLE flag (id INT PRIMARY KEY, few BIT(9) NOT NULL DEFAULT b'101', many BIT(64), is_on BIT);
INSERT INTO flag VALUES (1, 257, 0x0027225C0A0D1A41, 1), (2, 0, NULL, 0), (3, 511, 18446744073709551615, NULL);"""
# What pt-table-checksum 3.2 sends for a table, in chunks.
CHECKSUM = """SELECT COUNT(*) AS cnt, COALESCE(LOWER(CONV(BIT_XOR(CAST(CRC32(CONCAT_WS('#', `id`, convert(`title` using utf8mb4), `price`,
    `stock`, `made`, CRC32(`picture`), UNIX_TIMESTAMP(`changed`), CONCAT(ISNULL(`price`), ISNULL(`stock`), ISNULL(`made`),
    ISNULL(`picture`)))) AS UNSIGNED)), 10, 16)), 0) AS crc FROM `shop`.`item` FORCE INDEX(`PRIMARY`) WHERE ((`id` >= 1)) AND ((`id` <= 2))"""
CHECKSUMS = """SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';
CREATE DATABASE IF NOT EXISTS `percona` /* pt-table-checksum */; USE `percona`;
CREATE TABLE IF NOT EXISTS `percona`.`checksums` (db CHAR(64) NOT NULL, tbl CHAR(64) NOT NULL, chunk INT NOT NULL, chunk_time FLOAT NULL,
    chunk_index VARCHAR(200) NULL, lower_boundary TEXT NULL, upper_boundary TEXT NULL, this_crc CHAR(40) NOT NULL, this_cnt INT NOT NULL,
    master_crc CHAR(40) NULL, master_cnt INT NULL, ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (db, tbl, chunk), INDEX ts_db_tbl (ts, db, tbl)) ENGINE=InnoDB DEFAULT CHARSET=utf8;
SHOW INDEXES FROM `shop`.`item` WHERE Key_name = 'PRIMARY';
SELECT /*!40001 SQL_NO_CACHE */ `id` FROM `shop`.`item` FORCE INDEX(`PRIMARY`) ORDER BY `id` LIMIT 1 /*first lower boundary*/;
SELECT /*!40001 SQL_NO_CACHE */ `id` FROM `shop`.`item` FORCE INDEX(`PRIMARY`) WHERE ((`id` >= '1')) ORDER BY `id` LIMIT 1, 2 /*next chunk boundary*/;
REPLACE INTO `percona`.`checksums` (db, tbl, chunk, chunk_index, lower_boundary, upper_boundary, this_cnt, this_crc)
    SELECT 'shop', 'item', 1, 'PRIMARY', '1', '2', {part};
REPLACE INTO `percona`.`checksums` (db, tbl, chunk, chunk_index, lower_boundary, upper_boundary, this_cnt, this_crc)
    SELECT 'shop', 'item', 2, 'PRIMARY', NULL, '1', COUNT(*), '0' FROM `shop`.`item` FORCE INDEX(`PRIMARY`) WHERE ((`id` < '1')) ORDER BY `id`;
UPDATE `percona`.`checksums` SET chunk_time = '0.000211', master_crc = this_crc, master_cnt = this_cnt WHERE db = 'shop' AND tbl = 'item';
SELECT CONCAT(db, '.', tbl), chunk, this_cnt - master_cnt, COALESCE(this_crc <> master_crc OR ISNULL(master_crc) <> ISNULL(this_crc), 0)
    FROM percona.checksums WHERE master_cnt <> this_cnt OR master_crc <> this_crc OR ISNULL(master_crc) <> ISNULL(this_crc);"""
PYTHON = "/usr/bin/python3"
GO_PATH = "/usr/share/gocode"
NODE_MODULES = pathlib.Path(os.environ.get("BINLOGD_TEST_ROOT", "/var/cache/binlogd-test")) / "npm"


def tool(name):
    path = shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed (tools/deps.sh test)")
    return path


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = SqlNode()
        cls.addClassCleanup(cls.node.close)
        cls.node.sql(SCHEMA)

    def run_script(self, argv, text):
        """A program whose script asserts by itself; it connects as the environment says."""
        with tempfile.NamedTemporaryFile("w", suffix=".script") as script:
            script.write(text)
            script.flush()
            run = subprocess.run([*argv, script.name], capture_output=True, text=True, timeout=60, check=False,
                                 env={**os.environ, "PORT": str(self.node.port), "PASSWORD": PASSWORD, "NODE_PATH": str(NODE_MODULES / "node_modules")})
        self.assertEqual((run.returncode, run.stdout.strip()), (0, "fine"), run.stdout + run.stderr)

    def client(self, kind):
        return [*find_kind(kind).client(), "--host=127.0.0.1", f"--port={self.node.port}", "--user=root", f"--password={PASSWORD}"]

    def test_the_clients_of_all_servers(self):
        for kind in ("mariadb-10.11", "mariadb-11.8", "mysql-9.7"):
            with self.subTest(kind):
                extra = ["--ssl-verify-server-cert=0"] if kind == "mariadb-11.8" else []
                run = subprocess.run([*self.client(kind), *extra, "-t", "shop"], capture_output=True, text=True, timeout=60, check=False,
                                     input="SELECT @@character_set_client, @@character_set_connection, @@character_set_server, @@character_set_database LIMIT 1;\n"
                                           "SELECT id, title FROM item ORDER BY id;\nSHOW TABLES;\nDESCRIBE item;\nSHOW WARNINGS;\n")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn("| Zoë ", run.stdout)
                self.assertIn("timestamp(3)", run.stdout)

    def test_rows_that_were_found_without_a_limit(self):
        for limit, shown, found in (("LIMIT 1", "1\n", "3\n"), ("LIMIT 1, 1", "2\n", "3\n"), ("LIMIT 0", "", "3\n"), ("", "1\n2\n3\n", "3\n")):
            text = f"SELECT SQL_CALC_FOUND_ROWS id FROM flag ORDER BY id {limit}; SELECT FOUND_ROWS(); SELECT FOUND_ROWS()"
            self.assertEqual(self.node.sql(text, database="shop"), shown + found + "1\n")
        self.assertEqual(self.node.sql("SELECT id FROM flag LIMIT 2; SELECT FOUND_ROWS()", database="shop"), "1\n2\n2\n")

    def sysbench(self, script, *command):
        argv = [tool("sysbench"), script, "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={self.node.port}",
                "--mysql-user=root", f"--mysql-password={PASSWORD}", "--mysql-db=sbtest", "--tables=2", "--table-size=200",
                "--threads=4", "--time=3", "--db-ps-mode=auto", "--mysql-ignore-errors=1213,1205", *command]
        run = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(run.returncode, 0, run.stdout[-2000:] + run.stderr)
        return run.stdout

    def test_sysbench_with_prepared_statements(self):
        tool("sysbench")
        self.node.sql("CREATE DATABASE sbtest")
        self.sysbench("oltp_read_write", "prepare")
        for script in ("oltp_read_only", "oltp_point_select", "oltp_read_write", "oltp_write_only"):
            with self.subTest(script):
                self.assertRegex(self.sysbench(script, "run"), r"transactions: +[1-9]")
        self.assertEqual(self.node.sql("SELECT COUNT(*) FROM sbtest.sbtest1"), "200\n")

    def test_a_dump_is_loaded_by_mariadb_and_its_dump_by_us(self):
        dump = tool("mariadb-dump")
        ours = ["--no-defaults", "-h127.0.0.1", f"-P{self.node.port}", "-uroot", f"-p{PASSWORD}"]
        for options in (["--single-transaction"], ["--single-transaction", "--master-data=2", "--hex-blob"], []):
            text = subprocess.run([dump, *ours, *options, "shop"], capture_output=True, timeout=60, check=False)
            self.assertEqual(text.returncode, 0, text.stderr)
        bits = "SELECT id, HEX(few), HEX(many), HEX(is_on) FROM flag ORDER BY id"
        rows = "SELECT id, title, price, stock, made, changed FROM item ORDER BY id"
        with Server("mariadb-10.11") as server:
            server.sql("CREATE DATABASE shop")
            server.sql(text.stdout, "shop")
            wanted = self.node.sql("SET time_zone='+00:00'; " + rows, database="shop")
            self.assertEqual(server.sql("SET time_zone='+00:00'; " + rows, "shop"), wanted)
            self.assertEqual(server.sql(CHECKSUM), self.node.sql(CHECKSUM))
            self.assertEqual(server.sql(bits, "shop"), "1\t101\t27225C0A0D1A41\t1\n2\t0\tNULL\t0\n3\t1FF\tFFFFFFFFFFFFFFFF\tNULL\n")
            back = subprocess.run([dump, "--no-defaults", f"--socket={server.socket}", "-uroot", "--hex-blob", "shop"], capture_output=True, text=True, timeout=60, check=True)
        self.node.sql("CREATE DATABASE again; USE again;" + back.stdout)
        self.node.sql("CREATE DATABASE raw")
        raw = subprocess.run(self.node.argv_of_client("root", "raw"), input=text.stdout, capture_output=True, timeout=60, check=False)
        self.assertEqual(raw.returncode, 0, raw.stderr)
        for database in ("again", "raw"):
            self.assertEqual(self.node.sql(bits, database=database), self.node.sql(bits, database="shop"))
        self.assertEqual(self.node.sql("SET time_zone='+00:00'; " + rows, database="again"), wanted)

    def test_the_dump_tools_of_all_servers_on_nodes_of_both_flavours(self):
        """A tool meets a server that is not of its kind; what it writes, nodes of both flavours load."""
        rows = "SELECT id, title, price, stock, made FROM item ORDER BY id"
        everything = ["--single-transaction", "--hex-blob", "--routines", "--events", "--triggers"]
        with SqlNode(flavour="mariadb") as other:
            other.sql(SCHEMA)
            nodes = {"mysql": self.node, "mariadb": other}
            for kind, name, *extra in (("mysql-9.7", "mysqldump", "--set-gtid-purged=OFF"), ("mariadb-11.8", "mariadb-dump", "--ssl-verify-server-cert=0"),
                                       ("mariadb-10.11", "mariadb-dump")):
                for flavour, node in nodes.items():
                    with self.subTest(tool=kind, flavour=flavour):
                        dump = subprocess.run([*find_kind(kind).tool(name), "--no-defaults", "-h127.0.0.1", f"-P{node.port}", "-uroot", f"-p{PASSWORD}",
                                               *extra, *everything, "shop"], capture_output=True, text=True, timeout=60, check=False)
                        self.assertEqual(dump.returncode, 0, dump.stderr)
                        wanted = node.sql(rows, database="shop")
                        self.assertIn("it's", wanted)
                        for target in nodes.values():
                            target.sql("DROP DATABASE IF EXISTS loaded; CREATE DATABASE loaded; USE loaded;" + dump.stdout)
                            self.assertEqual(target.sql(rows, database="loaded"), wanted)

    def test_what_pt_table_checksum_asks(self):
        """The tool itself wants a log of statements, which a primary of ours does not write."""
        plan = self.node.sql("EXPLAIN " + CHECKSUM, database="shop").split("\t")
        self.assertEqual([plan[i] for i in (2, 4, 6, 7)], ["item", "range", "PRIMARY", "4"])
        out = self.node.sql(CHECKSUMS.format(part=CHECKSUM.removeprefix("SELECT ")))
        self.assertRegex(out, r"^item\t0\tPRIMARY\t1\tid\t[^\n]*\n1\n2\n$")
        self.assertEqual(self.node.sql("SELECT this_cnt, this_crc FROM percona.checksums WHERE chunk = 1"), self.node.sql(CHECKSUM))

    def test_pymysql(self):
        if subprocess.run([PYTHON, "-c", "import pymysql"], capture_output=True, check=False).returncode != 0:
            self.skipTest("python3-pymysql is not installed (tools/deps.sh test)")
        self.run_script([PYTHON], """
import os, pymysql, decimal, datetime
c = pymysql.connect(host='127.0.0.1', port=int(os.environ['PORT']), user='root', password=os.environ['PASSWORD'], database='shop')
with c.cursor() as k:
    k.execute('SELECT title, price, stock, made FROM item WHERE id = %s', (1,))
    assert k.fetchone() == ('Zo\\u00eb', decimal.Decimal('1.50'), 3, datetime.date(2024, 2, 29))
    k.execute('INSERT INTO item (title, price, stock) VALUES (%s, %s, %s)', ('py', 2.5, 7))
    new = k.lastrowid
    c.rollback()
    k.execute('SELECT COUNT(*) FROM item WHERE id = %s', (new,))
    assert k.fetchone() == (0,)
    assert k.executemany('INSERT INTO item (title, stock) VALUES (%s, %s)', [('a', 1), ('b', 2)]) == 2
    c.commit()
    assert k.execute("DELETE FROM item WHERE title IN ('a', 'b')") == 2
    c.commit()
    try:
        k.execute('INSERT INTO item (id, title) VALUES (1, %s)', ('double',))
    except pymysql.err.IntegrityError as why:
        assert why.args[0] == 1062
    k.execute('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    k.execute('SELECT @@transaction_isolation, @@sql_mode, @@autocommit')
    assert k.fetchone()[0::2] == ('READ-COMMITTED', 0)
print('fine')
""")

    def test_go_sql_driver(self):
        """Debian's packages of it and of Go, without a module: nothing is fetched."""
        go = tool("go")
        if not os.path.exists(f"{GO_PATH}/src/github.com/go-sql-driver/mysql"):
            self.skipTest("golang-github-go-sql-driver-mysql-dev is not installed (tools/deps.sh test)")
        self.node.sql("CREATE DATABASE go")
        with tempfile.TemporaryDirectory() as folder:
            program = f"{folder}/client"
            building = {**os.environ, "GOPATH": GO_PATH, "GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": f"{folder}/cache"}
            subprocess.run([go, "build", "-o", program, pathlib.Path(__file__).parent / "go/client.go"], env=building, check=True, timeout=300)
            self.run_script([program], "")

    def test_php(self):
        php = tool("php")
        if "mysqli" not in subprocess.check_output([php, "-m"], text=True):
            self.skipTest("php-mysql is not installed (tools/deps.sh test)")
        self.run_script([php], """<?php
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
function must($ok, $what) { if (!$ok) throw new Exception($what); }
$port = (int)getenv('PORT'); $password = getenv('PASSWORD');
$m = new mysqli('127.0.0.1', 'root', $password, 'shop', $port);
$s = $m->prepare('SELECT title, price, stock, made FROM item WHERE id = ?');
$id = 1; $s->bind_param('i', $id); $s->execute();
must($s->get_result()->fetch_row() === ['Zoë', '1.50', 3, '2024-02-29'], 'mysqli: a prepared row');
$s = $m->prepare('SELECT few, many FROM flag WHERE id = ?'); $id = 1; $s->bind_param('i', $id); $s->execute();
must($s->get_result()->fetch_row() === [257, 0x27225C0A0D1A41], 'mysqli: bits');
$s = $m->prepare('INSERT INTO item (id, title, price, picture) VALUES (?, ?, ?, ?)');
$id = 100; $title = 'php'; $price = 3.5; $null = null;
$s->bind_param('isdb', $id, $title, $price, $null);
$s->send_long_data(3, "\\0\\xff"); $s->send_long_data(3, 'long'); $s->execute();
must($s->affected_rows === 1, 'mysqli: affected rows');
must($m->query('SELECT HEX(picture) FROM item WHERE id = 100')->fetch_row()[0] === '00FF6C6F6E67', 'mysqli: long data');
foreach ([false, true] as $emulates) {
    $p = new PDO("mysql:host=127.0.0.1;port=$port;dbname=shop;charset=utf8mb4", 'root', $password,
                 [PDO::ATTR_EMULATE_PREPARES => $emulates, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
    $p->beginTransaction(); $p->exec('DELETE FROM item WHERE id = 100'); $p->rollBack();
    $s = $p->prepare('SELECT title FROM item WHERE id = ? AND price > ?'); $s->execute(['100', '1.5']);
    must($s->fetchAll(PDO::FETCH_COLUMN) === ['php'], 'PDO: texts as numbers');
}
$p->exec('DELETE FROM item WHERE id = 100');
$s = $m->prepare('SELECT id FROM item ORDER BY id');
$s->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY); $s->attr_set(MYSQLI_STMT_ATTR_PREFETCH_ROWS, 1);
$s->execute(); $s->bind_result($id); $ids = [];
while ($s->fetch()) $ids[] = $id;
must(array_slice($ids, 0, 2) === [1, 2], 'mysqli: a cursor');
$m->query('SET @a = 1');
must($m->change_user('app', $password, 'shop'), 'mysqli: change_user');
must($m->query("SELECT @a IS NULL, USER() LIKE 'app@%'")->fetch_row() == [1, 1], 'mysqli: the session of another user');
try { $m->change_user('app', $password, 'nosuch'); must(false, 'mysqli: an unknown database'); } catch (mysqli_sql_exception $e) { must($e->getCode() == 1049, $e->getMessage()); }
print "fine";
""")

    def test_mysql2_of_node(self):
        node = tool("node")
        if not (NODE_MODULES / "node_modules/mysql2").exists():
            self.skipTest(f"mysql2 is not in {NODE_MODULES} (tools/test-clients.sh)")
        self.run_script([node], """
const mysql = require('mysql2/promise'), assert = require('assert');
(async () => {
  const c = await mysql.createConnection({host: '127.0.0.1', port: +process.env.PORT, user: 'root', password: process.env.PASSWORD, database: 'shop'});
  let [rows] = await c.execute('SELECT title, price, stock FROM item WHERE id = ?', [1]);
  assert.deepStrictEqual({...rows[0]}, {title: 'Zo\\u00eb', price: '1.50', stock: 3});
  [rows] = await c.execute("SELECT few, is_on FROM flag WHERE id = ? AND is_on = b'1'", [1]);
  assert.deepStrictEqual([[...rows[0].few], [...rows[0].is_on]], [[1, 1], [1]]);
  let [done] = await c.execute('INSERT INTO item (title, price, stock, made) VALUES (?, ?, ?, ?)', ['node', 9.75, 4, '2026-01-31']);
  await c.beginTransaction();
  await c.execute('UPDATE item SET stock = stock + ? WHERE id = ?', [1, done.insertId]);
  await c.rollback();
  [rows] = await c.query('SELECT stock FROM item WHERE id = ?', [done.insertId]);
  assert.strictEqual(rows[0].stock, 4);
  [done] = await c.execute('DELETE FROM item WHERE id = ?', [done.insertId]);
  assert.strictEqual(done.affectedRows, 1);
  await assert.rejects(c.execute('SELECT * FROM nosuch'), {errno: 1146});
  await c.query('SET @a = 1');
  await c.changeUser({user: 'app', password: process.env.PASSWORD, database: 'shop'});
  [rows] = await c.query('SELECT @a AS a, DATABASE() AS db, USER() AS user');
  assert.deepStrictEqual([rows[0].a, rows[0].db, rows[0].user.split('@')[0]], [null, 'shop', 'app']);
  await c.end();
  await assert.rejects(mysql.createConnection({host: '127.0.0.1', port: +process.env.PORT, user: 'root', password: process.env.PASSWORD, database: 'nosuch'}), {errno: 1049});
  console.log('fine');
})().catch(why => { console.log(why.message); process.exit(1); });
""")

    def test_sequelize_and_its_migrations(self):
        node = tool("node")
        if not (NODE_MODULES / "node_modules/sequelize").exists():
            self.skipTest(f"sequelize is not in {NODE_MODULES} (tools/test-clients.sh)")
        self.node.sql("CREATE DATABASE orm")
        self.run_script([node], (pathlib.Path(__file__).parent / "orm/sequelize.js").read_text())


if __name__ == "__main__":
    unittest.main()
