-- What cannot be followed: a node must stop, say why and what to do, and keep the rows of before. Each case has a
-- database, an object `t` and a node of its own. "-- case words": what the node must say. Behind "-- then" stands what
-- the node meets while it follows.
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 2);
-- then
ALTER TABLE t ADD g INT AS (a * 2) STORED;
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 2);
-- then
ALTER TABLE t ADD g INT AS (a * 2) VIRTUAL;
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a INT, g INT AS (a * 2) STORED); INSERT INTO t (id, a) VALUES (1, 2);
-- then
ALTER TABLE t MODIFY g INT AS (a * 3) STORED;
-- case generated
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY, a INT, g INT AS (a * 2) VIRTUAL); INSERT INTO t (id, a) VALUES (1, 2);
-- then
ALTER TABLE t CHANGE g h INT AS (a + 100) VIRTUAL;
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a DECIMAL(10,2), g VARCHAR(30) AS (CONCAT(a, 'x')) VIRTUAL); INSERT INTO t (id, a) VALUES (1, 2.5);
-- then
ALTER TABLE t MODIFY a DECIMAL(12,4);
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10) CHARACTER SET latin1, g INT AS (LENGTH(a)) VIRTUAL); INSERT INTO t (id, a) VALUES (1, 'é');
-- then
ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4;
-- case numbers rows
CREATE TABLE t (v INT); INSERT INTO t VALUES (3), (1);
-- then
ALTER TABLE t ADD id INT AUTO_INCREMENT PRIMARY KEY;
-- case only by the source
CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2);
-- then
ALTER TABLE t ADD r DOUBLE DEFAULT (id * 2);
-- case only by the source
CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);
-- then
SET time_zone = 'SYSTEM'; ALTER TABLE t ADD at DATETIME DEFAULT CURRENT_TIMESTAMP;
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20)); INSERT INTO t VALUES (1, '12abc');
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a INT;
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 70000);
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a SMALLINT;
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20)); INSERT INTO t VALUES (1, 'too long');
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a VARCHAR(3);
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET utf8mb4); INSERT INTO t VALUES (1, '漢字');
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a VARCHAR(20) CHARACTER SET latin1;
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a ENUM('a','b')); INSERT INTO t VALUES (1, 'b');
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a ENUM('a','c');
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a DATETIME(3)); INSERT INTO t VALUES (1, '2024-12-31 23:59:59.999');
-- then
ALTER TABLE t MODIFY a DATETIME;
-- case NULL
CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, NULL);
-- then
SET sql_mode = ''; ALTER TABLE t MODIFY a INT NOT NULL;
-- case converted
CREATE TABLE t (id INT PRIMARY KEY, a TIMESTAMP NULL); INSERT INTO t VALUES (1, '2024-01-01 00:00:00');
-- then
ALTER TABLE t MODIFY a DATETIME;
-- case IGNORE
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9)); INSERT INTO t VALUES (1, 'x'), (2, 'X');
-- then
ALTER IGNORE TABLE t ADD UNIQUE (a);
-- case statement
CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1), (2, 2);
-- then
SET SESSION binlog_format = 'STATEMENT'; UPDATE t SET a = 5 WHERE id = 1;
-- case SYSTEM VERSIONING
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 1); UPDATE t SET v = 2;
-- then
SET system_versioning_alter_history = KEEP; ALTER TABLE t DROP SYSTEM VERSIONING;
-- case cascade
-- only mariadb
CREATE TABLE up (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, g INT AS (a * 2) VIRTUAL, FOREIGN KEY (a) REFERENCES up (id) ON UPDATE CASCADE); INSERT INTO up VALUES (1); INSERT INTO t (id, a) VALUES (1, 1);
-- then
UPDATE up SET id = 5;
-- case cascade
-- only mariadb
CREATE TABLE up (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES up (id) ON DELETE CASCADE) WITH SYSTEM VERSIONING; INSERT INTO up VALUES (1); INSERT INTO t (id, a) VALUES (1, 1);
-- then
DELETE FROM up;
-- case key
-- only mariadb
CREATE TABLE up (id INT NOT NULL, KEY (id)); CREATE TABLE t (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES up (id) ON DELETE CASCADE); INSERT INTO up VALUES (1); INSERT INTO t (id, a) VALUES (1, 1);
-- then
DELETE FROM up;
-- case PARTITION
CREATE TABLE t (a INT PRIMARY KEY) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO t VALUES (1), (11);
-- then
ALTER TABLE t DROP PARTITION p0;
-- case PARTITION
CREATE TABLE t (a INT PRIMARY KEY) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO t VALUES (1), (11);
-- then
ALTER TABLE t TRUNCATE PARTITION p1;
-- case PARTITION
CREATE TABLE t (a INT PRIMARY KEY) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO t VALUES (1), (11); CREATE TABLE other (a INT PRIMARY KEY); INSERT INTO other VALUES (2);
-- then
ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE other;
-- case PARTITION
-- only mariadb
CREATE TABLE t (a INT PRIMARY KEY) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20)); INSERT INTO t VALUES (1), (11);
-- then
ALTER TABLE t CONVERT PARTITION p0 TO TABLE made;
-- case only by the source
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);
-- then
ALTER TABLE t ADD u UUID DEFAULT '123e4567-e89b-12d3-a456-426614174000';
-- case cascade
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY) WITH SYSTEM VERSIONING; CREATE TABLE down (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE); INSERT INTO t VALUES (1); INSERT INTO down VALUES (1, 1);
-- then
DELETE FROM t;
-- case collation
-- only mariadb
CREATE TABLE t (k VARCHAR(10) CHARACTER SET utf8mb4 PRIMARY KEY); CREATE TABLE down (id INT PRIMARY KEY, k VARCHAR(10) CHARACTER SET utf8mb4, FOREIGN KEY (k) REFERENCES t (k) ON DELETE CASCADE); INSERT INTO t VALUES ('eté'); INSERT INTO down VALUES (1, 'ete');
-- then
DELETE FROM t;
-- case there is no table
-- only mariadb
CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);
-- then
CREATE TEMPORARY TABLE passing (id INT); RENAME TABLE passing TO passed;
-- case does not fit
CREATE TABLE t (id INT PRIMARY KEY, a DOUBLE); INSERT INTO t VALUES (1, 1.2345);
-- then
ALTER TABLE t MODIFY a DOUBLE(10,2);
-- case generated
CREATE TABLE t (id INT PRIMARY KEY, a INT, g DECIMAL(10,2) AS (a / 3) STORED); INSERT INTO t (id, a) VALUES (1, 1);
-- then
ALTER TABLE t MODIFY g DECIMAL(12,4) AS (a / 3) STORED;
