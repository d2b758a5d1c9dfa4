-- One statement a line. "-- refused" before one: the engine answers 1235.
SELECT 1
SELECT 1, -5, 'a''b', NULL, TRUE, 1.50
SELECT 'x' 'y', _utf8mb4'z' FROM DUAL
SELECT /*! 5 */, /* no */ 6 -- end
SELECT 9223372036854775807, 18446744073709551615, -9223372036854775808
SELECT 1 = 1, 2 < 1, NULL = 1, NULL <=> NULL, 1 <=> NULL, NOT 0, NOT NULL
SELECT 1 AND NULL, 0 AND NULL, 1 OR NULL, 0 OR NULL, 1 + 2 * 3, (1 + 2) * 3, 7 - 10
SELECT 3 BETWEEN 1 AND 5, 3 NOT BETWEEN 1 AND 2, 3 IN (1, 2, 3), 3 IN (1, NULL), 3 NOT IN (1, 2)
SELECT NULL IS NULL, 1 IS TRUE, 0 IS NOT TRUE, NULL IS UNKNOWN
SELECT DATABASE()
SELECT nothing
SELECT 1 FROM nowhere
SELECT 1 FROM nodb.nowhere
SELECT 1 +
SELEC 1
CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(8,2), made DATE, note TEXT)
INSERT INTO item (name, price, made) VALUES ('apple', 1.50, '2024-02-29'), ('Pear', -2.25, NULL), ('plum', 0, '1999-12-31')
INSERT INTO item SET name = 'fig', price = 12
INSERT INTO item VALUES (NULL, 'kiwi', 3.1, '2024-01-01', 'long')
INSERT INTO item VALUES (10, 'nut', 3, NULL, NULL)
INSERT INTO item VALUES (0, 'oat', 3, NULL, NULL)
INSERT INTO item (name) VALUES (DEFAULT)
INSERT INTO item (price) VALUES (1)
INSERT INTO item (name) VALUES (NULL)
INSERT INTO item (name) VALUES ('a name that is too long for it')
INSERT INTO item (name, price) VALUES ('x', 1234567.00)
INSERT INTO item (name, price) VALUES ('x', 'abc')
INSERT INTO item (name, made) VALUES ('x', '2024-02-30')
INSERT INTO item (name, made) VALUES ('x', 'never')
INSERT INTO item (id, name) VALUES (1, 'again')
INSERT INTO item (id, name) VALUES (20, 'twenty'), (1, 'again')
INSERT INTO item (id, name) VALUES (99999999999, 'far')
INSERT INTO item (name, nope) VALUES (1, 2)
INSERT INTO item (name, name) VALUES (1, 2)
INSERT INTO item (name, price) VALUES (1)
INSERT INTO item (name) VALUES (5)
SELECT * FROM item ORDER BY id
SELECT id, name AS n, price FROM item WHERE price > 0 ORDER BY price, id
SELECT id FROM item WHERE name = 'PEAR'
SELECT id FROM item WHERE name = 'pear  '
SELECT id FROM item WHERE price = -2.25
SELECT id FROM item WHERE price < 0.5 ORDER BY id
SELECT id FROM item WHERE made >= '2024-01-01' ORDER BY made DESC
SELECT id FROM item WHERE id IN (1, 3, 5) AND NOT name = 'plum' ORDER BY 1
SELECT name FROM item ORDER BY name LIMIT 2, 3
SELECT name FROM item ORDER BY name DESC LIMIT 2 OFFSET 1
SELECT count(*), count(price), min(id), max(id), min(price), max(price) FROM item
SELECT sum(id), sum(DISTINCT id), sum(id + 1) FROM item
SELECT sum(id) FROM item WHERE id < 0
SELECT DISTINCT price FROM item ORDER BY price
SELECT DISTINCT name, price FROM item WHERE id < 4 ORDER BY name DESC
SELECT price, count(*) AS n FROM item GROUP BY price ORDER BY price
SELECT i.id, j.name FROM item i JOIN item AS j ON i.id = j.id WHERE i.id < 3 ORDER BY i.id
SELECT i.id, j.id FROM item i LEFT JOIN item j ON j.id = i.id AND j.id = 2 ORDER BY i.id LIMIT 3
SELECT i.id, j.id FROM item i, item j WHERE i.id = 1 AND j.id < 3 ORDER BY j.id
SELECT id FROM item i JOIN item j ON i.id = j.id
SELECT item.id FROM item AS x
SELECT x.* FROM item AS x WHERE x.id = 1
SELECT id, name FROM item GROUP BY id > 1
SELECT count(*) FROM item WHERE count(*) > 1
UPDATE item SET price = 2, note = 'new' WHERE id = 1
UPDATE item SET price = 2 WHERE id = 1
UPDATE item SET id = id + 100 WHERE id = 2
UPDATE item SET id = 3 WHERE id = 1
UPDATE item SET name = NULL WHERE id = 1
UPDATE item SET nope = 1
UPDATE item SET note = 'few' WHERE id > 0 ORDER BY id LIMIT 2
SELECT id, price, note FROM item ORDER BY id
DELETE FROM item WHERE id = 3
DELETE FROM item ORDER BY id DESC LIMIT 1
DELETE FROM item WHERE name = 'none'
SELECT id FROM item ORDER BY id
CREATE TABLE kinds (k BIGINT UNSIGNED PRIMARY KEY, t TIME(2), dt DATETIME, b VARBINARY(4), r DOUBLE, e ENUM('low','high'), y YEAR, s TINYINT UNSIGNED)
INSERT INTO kinds VALUES (18446744073709551615, '-12:34:56.5', '2024-02-29 01:02:03', 'ab', 1.5, 'high', 2024, 255)
INSERT INTO kinds VALUES (5, '100:00:00', '1999-01-01', x'3132', -0.1, 'low', 1999, 0)
INSERT INTO kinds VALUES (-1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
INSERT INTO kinds VALUES (6, NULL, NULL, 'abcde', NULL, NULL, NULL, NULL)
INSERT INTO kinds VALUES (6, NULL, NULL, NULL, NULL, 'none', NULL, NULL)
INSERT INTO kinds VALUES (6, NULL, NULL, NULL, NULL, NULL, NULL, 256)
SELECT * FROM kinds ORDER BY k
SELECT k FROM kinds WHERE t < '00:00:00'
SELECT k FROM kinds WHERE k = 18446744073709551615
SELECT k FROM kinds WHERE dt = '2024-02-29 01:02:03'
SELECT k FROM kinds ORDER BY e DESC
SELECT k FROM kinds WHERE e = 'high'
SELECT min(t), max(t), max(k), min(dt), max(r) FROM kinds
CREATE TABLE sbtest1 (id INTEGER NOT NULL AUTO_INCREMENT, k INTEGER DEFAULT '0' NOT NULL, c CHAR(120) DEFAULT '' NOT NULL, pad CHAR(60) DEFAULT '' NOT NULL, PRIMARY KEY (id), KEY k_1 (k))
INSERT INTO sbtest1 (k, c, pad) VALUES (5, '11-22', 'p'), (3, '33-44', 'q'), (5, '11-22', 'r')
SELECT c FROM sbtest1 WHERE id=2
SELECT c FROM sbtest1 WHERE id BETWEEN 1 AND 3
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 1 AND 3
SELECT c FROM sbtest1 WHERE id BETWEEN 1 AND 3 ORDER BY c
SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 1 AND 3 ORDER BY c
UPDATE sbtest1 SET k=k+1 WHERE id=1
UPDATE sbtest1 SET c='99-00' WHERE id=2
DELETE FROM sbtest1 WHERE id=3
INSERT INTO sbtest1 (id, k, c, pad) VALUES (3, 6, '5-6', 's')
SELECT * FROM sbtest1 ORDER BY id
SHOW TABLES
SHOW FULL TABLES FROM shop
SHOW TABLES FROM nowhere
DESCRIBE item
SHOW COLUMNS FROM kinds
DESC sbtest1
DESCRIBE nowhere
SELECT NOW(), CURRENT_TIMESTAMP
CREATE TABLE moment (id INT PRIMARY KEY, ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, dt DATETIME DEFAULT CURRENT_TIMESTAMP, v INT)
INSERT INTO moment (id, v) VALUES (1, 1), (2, 2)
INSERT INTO moment (id, dt) VALUES (3, NOW())
SELECT * FROM moment ORDER BY id
UPDATE moment SET v = 5 WHERE id = 1
SELECT * FROM moment ORDER BY ts, id
CREATE TABLE word (w VARCHAR(10) PRIMARY KEY, c CHAR(5) COLLATE utf8mb4_bin)
INSERT INTO word VALUES ('one', 'a  '), ('Two', 'A')
INSERT INTO word VALUES ('ONE', 'b')
SELECT w, c FROM word WHERE c = 'a' ORDER BY w
UPDATE word SET c = 'z' WHERE w = 'two'
SELECT w, c FROM word ORDER BY w
DELETE FROM word WHERE w = 'TWO'
SELECT w FROM word
CREATE TABLE kept (id INT PRIMARY KEY, n INT, stamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP, latin VARCHAR(20) CHARACTER SET latin1 DEFAULT 'plain', span TIME DEFAULT '-01:02:03', price DECIMAL(12,3) DEFAULT -7.250, size ENUM('s','m') DEFAULT 'm', raw BINARY(4) DEFAULT 'xy')
INSERT INTO kept (id, n) VALUES (1, 1), (2, 2)
UPDATE kept SET n = 5 WHERE id = 1
SELECT id, n, stamp, latin, span, price, size, raw FROM kept ORDER BY id
DELETE FROM kept WHERE id = 2
SELECT id, n, span, price FROM kept
SELECT id FROM item WHERE name = 5
SELECT id FROM item WHERE id = '1x'
SELECT 1.5 + 1
SELECT w FROM word WHERE w = 'é'
SELECT NOW(3)
SELECT LAST_INSERT_ID(5)
INSERT INTO moment (id, ts) VALUES (4, '2024-01-01 00:00:00')
