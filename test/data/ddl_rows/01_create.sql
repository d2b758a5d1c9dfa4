-- Tables with every clause, and rows in each of them. Lines of rows stand between the statements: all of a part goes
-- into the log as one stream.
-- databases create_a create_b
CREATE DATABASE create_a; CREATE DATABASE create_b DEFAULT CHARACTER SET latin1; USE create_a;
CREATE TABLE plain (id INT PRIMARY KEY, v VARCHAR(20));
INSERT INTO plain VALUES (1, 'one'), (2, NULL), (3, '');
CREATE TABLE keys_of_all_kinds (a INT NOT NULL, b VARCHAR(30) NOT NULL, c INT, d TEXT, e INT UNSIGNED NOT NULL DEFAULT 7,
    PRIMARY KEY (b, a), UNIQUE KEY u (c), UNIQUE KEY uu (c, e), KEY k (e), KEY kp (d(10)), KEY kd (a DESC, b), FULLTEXT KEY ft (d)) ENGINE=InnoDB COMMENT='keys';
INSERT INTO keys_of_all_kinds (a, b, c, d) VALUES (1, 'x', 5, 'text one'), (2, 'x', NULL, NULL), (1, 'y', NULL, 'text');
CREATE TABLE defaults (id INT AUTO_INCREMENT PRIMARY KEY, i INT DEFAULT 5, n DECIMAL(8,3) NOT NULL DEFAULT -1.5, s VARCHAR(20) DEFAULT 'it''s "ü"',
    b BIT(5) DEFAULT b'10101', bin BINARY(4) DEFAULT 'ab', t TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    d DATETIME DEFAULT NOW(), e ENUM('a','b','c') NOT NULL DEFAULT 'b', m SET('x','y','z') DEFAULT 'z,x', f FLOAT DEFAULT 0.1, y YEAR DEFAULT 2024, dt DATE DEFAULT '2024-02-29',
    ti TIME(2) DEFAULT '-12:30:00.25', u BIGINT UNSIGNED DEFAULT 18446744073709551615) AUTO_INCREMENT=10;
INSERT INTO defaults (i) VALUES (1), (NULL); INSERT INTO defaults () VALUES (), (); UPDATE defaults SET i = 9 WHERE id = 11;
-- only mysql
CREATE TABLE expressions (id INT PRIMARY KEY, a INT DEFAULT (1 + 2), u CHAR(36) DEFAULT (UUID()), j JSON DEFAULT (JSON_ARRAY(1, 'x')), t TEXT DEFAULT ('abc'));
INSERT INTO expressions (id) VALUES (1), (2);

-- only mariadb
CREATE TABLE expressions (id INT PRIMARY KEY, a INT DEFAULT (1 + 2), u UUID DEFAULT UUID(), j JSON DEFAULT '[1,"x"]', t TEXT DEFAULT 'abc', c INT DEFAULT (a * 2));
INSERT INTO expressions (id) VALUES (1), (2);

CREATE TABLE computed (a INT PRIMARY KEY, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL, c BIGINT AS (a * 10) STORED, d VARCHAR(40) AS (CONCAT('n', a)) STORED UNIQUE, e INT AS (a % 3) VIRTUAL, KEY (e));
INSERT INTO computed (a) VALUES (1), (2), (30);

-- only mysql mariadb-10
UPDATE computed SET a = 4 WHERE a = 2;

DELETE FROM computed WHERE d = 'n30';
CREATE TABLE invisible_columns (a INT PRIMARY KEY, hidden INT DEFAULT 8 INVISIBLE, b INT);
INSERT INTO invisible_columns VALUES (1, 2); INSERT INTO invisible_columns (a, hidden, b) VALUES (2, 3, 4);
CREATE TABLE charsets (id INT PRIMARY KEY, l VARCHAR(10) CHARACTER SET latin1, u CHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, s VARCHAR(10) CHARACTER SET sjis, b VARCHAR(10) CHARACTER SET binary) DEFAULT CHARSET=cp1251;
INSERT INTO charsets VALUES (1, 'é', '漢😀', '日本', X'FF00');
CREATE TABLE create_b.inherits (id INT PRIMARY KEY, v VARCHAR(10), e ENUM('ä','b'));
INSERT INTO create_b.inherits VALUES (1, 'ü', 'ä'), (2, '€', 'b');
CREATE TABLE checked (id INT PRIMARY KEY, a INT CHECK (a > 0), b INT, CONSTRAINT both_of CHECK (a + b < 100)); INSERT INTO checked VALUES (1, 2, 3);
CREATE TABLE by_range (a INT PRIMARY KEY, b DATE) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE by_list (a INT, b INT) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1, 2, NULL), PARTITION p1 VALUES IN (4));
CREATE TABLE by_hash (a INT PRIMARY KEY) PARTITION BY LINEAR HASH (a) PARTITIONS 4; CREATE TABLE by_key (a INT, b INT, PRIMARY KEY (a, b)) PARTITION BY KEY (b) PARTITIONS 3;
CREATE TABLE by_columns (a INT, b DATE, c VARCHAR(5)) PARTITION BY RANGE COLUMNS (b, c) SUBPARTITION BY HASH (a) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN ('2020-01-01', 'a'), PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE));
INSERT INTO by_range VALUES (1, '2020-01-01'), (50, NULL); INSERT INTO by_list VALUES (1, 1), (NULL, 2), (4, 3); INSERT INTO by_hash VALUES (1), (2), (3);
INSERT INTO by_key VALUES (1, 1), (1, 2); INSERT INTO by_columns VALUES (1, '2019-05-05', 'x'), (2, '2024-01-01', NULL); UPDATE by_range SET a = 2 WHERE a = 50; DELETE FROM by_list WHERE a IS NULL;
CREATE TABLE copy_like LIKE defaults; INSERT INTO copy_like (i) VALUES (77);
CREATE TABLE copy_select (PRIMARY KEY (id)) AS SELECT id, i, s, b, t, e, m FROM defaults;
CREATE TABLE select_with_more (extra INT DEFAULT 3, id INT NOT NULL, KEY (id)) SELECT id, n, d, ti FROM defaults WHERE id > 10; INSERT INTO select_with_more (id, n) VALUES (99, 1);
CREATE TABLE select_of_nothing SELECT * FROM plain WHERE id < 0;
CREATE TABLE IF NOT EXISTS plain (other INT);
CREATE TABLE IF NOT EXISTS copy_like LIKE plain;
CREATE TABLE IF NOT EXISTS fresh (id INT PRIMARY KEY); INSERT INTO fresh VALUES (1);
CREATE TABLE no_key (a INT, b VARCHAR(10)); INSERT INTO no_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL); DELETE FROM no_key WHERE a = 1 LIMIT 1;
CREATE TABLE isam (id INT PRIMARY KEY, v TEXT) ENGINE=MyISAM; INSERT INTO isam VALUES (1, 'x'), (2, 'y'); UPDATE isam SET v = 'z' WHERE id = 2;
CREATE TABLE memory_table (id INT PRIMARY KEY, KEY USING HASH (id)) ENGINE=MEMORY; INSERT INTO memory_table VALUES (1);
-- compare
USE create_a;
CREATE TEMPORARY TABLE passing (id INT PRIMARY KEY, v INT); INSERT INTO passing VALUES (1, 1);
CREATE TEMPORARY TABLE plain (x INT); INSERT INTO plain VALUES (99); ALTER TABLE plain ADD COLUMN y INT; TRUNCATE plain; DROP TABLE plain;
INSERT INTO plain SELECT id + 100, v FROM passing; CREATE TABLE from_temporary LIKE passing; INSERT INTO from_temporary SELECT * FROM passing; DROP TEMPORARY TABLE passing;
CREATE TEMPORARY TABLE mixed_drop (id INT); CREATE TABLE mixed_drop_real (id INT); INSERT INTO mixed_drop_real VALUES (1); DROP TABLE mixed_drop, mixed_drop_real;
BEGIN; INSERT INTO plain VALUES (200, 'open'); CREATE TEMPORARY TABLE inner_one (id INT); INSERT INTO inner_one VALUES (1); INSERT INTO plain SELECT id + 300, 'of it' FROM inner_one; DROP TEMPORARY TABLE inner_one; COMMIT;
BEGIN; INSERT INTO plain VALUES (400, 'implicit commit'); CREATE TABLE commits_before (id INT PRIMARY KEY); INSERT INTO commits_before VALUES (1); ROLLBACK;
BEGIN; INSERT INTO plain VALUES (401, 'never'); ROLLBACK; CREATE TABLE after_rollback (id INT PRIMARY KEY);
CREATE VIEW seen AS SELECT id FROM plain; RENAME TABLE seen TO shown; CREATE TABLE seen (id INT PRIMARY KEY); INSERT INTO seen SELECT MIN(id) FROM shown; DROP VIEW shown;
-- only mariadb
CREATE OR REPLACE TABLE fresh (id INT PRIMARY KEY, more VARCHAR(5)); INSERT INTO fresh VALUES (1, 'a');
CREATE OR REPLACE TABLE fresh SELECT id, v FROM plain; INSERT INTO fresh VALUES (5000, 'b');
CREATE OR REPLACE TABLE fresh LIKE plain; INSERT INTO fresh SELECT * FROM plain;
CREATE OR REPLACE TABLE brand_new (id INT); INSERT INTO brand_new VALUES (1); CREATE TABLE IF NOT EXISTS brand_new SELECT 5 AS id;
CREATE TEMPORARY TABLE shadow (id INT); CREATE OR REPLACE TEMPORARY TABLE shadow (id INT, b INT); ALTER TABLE shadow RENAME shadow2; DROP TABLE shadow2;
CREATE TEMPORARY TABLE passing (id INT); RENAME TABLE passing TO passed; INSERT INTO passed VALUES (1); DROP TABLE passed;
CREATE TABLE aria (id INT PRIMARY KEY, v TEXT) ENGINE=Aria; INSERT INTO aria VALUES (1, 'x');

-- only mysql
CREATE TABLE from_values AS SELECT * FROM (VALUES ROW(1, 'a'), ROW(2, 'b')) AS v (x, y);
SET sql_generate_invisible_primary_key = 1; CREATE TABLE hidden_key (a INT); INSERT INTO hidden_key VALUES (5), (5); UPDATE hidden_key SET a = 6 LIMIT 1;
SET sql_generate_invisible_primary_key = 0; ALTER TABLE hidden_key ADD COLUMN b INT; INSERT INTO hidden_key VALUES (7, 8);

-- compare
