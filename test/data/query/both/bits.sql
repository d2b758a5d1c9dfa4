-- BIT, FLOAT, YEAR and ZEROFILL.
CREATE TABLE bz (id int primary key, b1 BIT(1), b9 BIT(9) default b'101', b64 BIT(64), f FLOAT, y YEAR, zi INT(6) ZEROFILL, i INT, s varchar(10), d decimal(8,2), zd decimal(8,2) zerofill, vb varbinary(10), ti tinyint)
INSERT INTO bz (id,b1,b9,b64,f,y,zi,i,s,d,zd,ti) VALUES (1, 1, 257, 18446744073709551615, 1.1, 1999, 42, 7, 'x', 1.5, 3.25,4),(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),(3,0,5,1,-3.25,0,0,-1,'',0,0,0)
INSERT INTO bz (id,b1) VALUES (4, b'1')
INSERT INTO bz (id,b64) VALUES (5, _binary '\0\0\0\0\0\0\0A')
INSERT INTO bz (id,b1) VALUES (6, '\0')
INSERT INTO bz (id,b1) VALUES (7, true)
INSERT INTO bz (id,b9) VALUES (8, 'ab')
SELECT id,b1,b9,b64 FROM bz ORDER BY id
SELECT id,b1+0,b9+0,b64+0 FROM bz ORDER BY b64,id
SELECT * FROM bz ORDER BY id
SELECT id FROM bz WHERE b1 ORDER BY id
SELECT id FROM bz WHERE b9 = b'101' ORDER BY id
SELECT id FROM bz WHERE b9 = 257 ORDER BY id
SELECT b1, count(*) FROM bz GROUP BY b1 ORDER BY b1
SELECT DISTINCT b9 FROM bz ORDER BY b9
SELECT max(b1), min(b9) FROM bz
SELECT b9 FROM (SELECT b9, id FROM bz) q ORDER BY id
SELECT b9 FROM bz UNION SELECT b9 FROM bz ORDER BY 1
-- refused by mysql
SELECT id, IF(id=1,b9,b1), IFNULL(b9,0), COALESCE(b9,b1,i), CASE id WHEN 1 THEN b9 ELSE i END, NULLIF(b9,257) FROM bz ORDER BY id
-- refused by mysql
SELECT id, IF(id=1,f,NULL), IFNULL(f,0), IFNULL(f,i), COALESCE(f,ti), CASE id WHEN 1 THEN f ELSE i END, NULLIF(f,5), IFNULL(f,'x'), CONCAT(IFNULL(f,NULL),'') FROM bz ORDER BY id
SELECT id, IF(id=1,y,NULL), IFNULL(y,0), IFNULL(y,y), IFNULL(y,'x'), CASE id WHEN 1 THEN y ELSE i END, NULLIF(y,5) FROM bz ORDER BY id
-- refused by mysql
SELECT id, IF(id=1,zi,NULL), IFNULL(zi,0), IFNULL(zi,ti), IFNULL(zi,'x'), CASE id WHEN 1 THEN zi ELSE d END, NULLIF(zi,5) FROM bz ORDER BY id
-- refused by mysql
SELECT id, IF(id=1,zd,NULL), IFNULL(zd,0), IFNULL(zd,d) FROM bz ORDER BY id
SELECT max(y), min(y), max(zi), max(f) FROM bz
CREATE TABLE bw (id int primary key auto_increment, i INT, s VARCHAR(20), b BIT(9), d DECIMAL(10,3), vb varbinary(20), f float, y year, e enum('a','b'))
INSERT INTO bw (i) SELECT b9 FROM bz ORDER BY id
INSERT INTO bw (b) SELECT b9 FROM bz ORDER BY id
INSERT INTO bw (d) SELECT b9 FROM bz ORDER BY id
INSERT INTO bw (vb) SELECT b9 FROM bz ORDER BY id
INSERT INTO bw (s) SELECT b9 FROM bz ORDER BY id
INSERT INTO bw (s) SELECT f FROM bz ORDER BY id
INSERT INTO bw (s) SELECT y FROM bz ORDER BY id
INSERT INTO bw (vb) SELECT zi FROM bz ORDER BY id
INSERT INTO bw (s) SELECT CONCAT(f,y,zi) FROM bz ORDER BY id
SELECT * FROM bw ORDER BY id
UPDATE bw SET i = b, s = f, vb = y WHERE id > 3
UPDATE bw SET f = 1.1, y = 1999 WHERE id > 3
UPDATE bw SET i = b, s = f, vb = y WHERE id > 3
UPDATE bw SET b = i & 255 WHERE id <9
INSERT INTO bw (id, b, f) VALUES (1, b'11', 3.14) ON DUPLICATE KEY UPDATE i = VALUES(b), s = VALUES(f), b = b + 1
SELECT * FROM bw ORDER BY id
SELECT bz.b9 FROM bz JOIN bw ON bz.b9 = bw.b ORDER BY bz.id, bw.id
SELECT HEX(b9), BIN(b9), b9 | 1, b9 > 5, b9 IN (5, 257), b9 BETWEEN 1 AND 5 FROM bz ORDER BY id
SELECT (SELECT b9 FROM bz WHERE id = 1)
SELECT b1 IS TRUE, NOT b1, b1 = b'1', b1 = 1, b1 = '1' FROM bz ORDER BY id
-- refused
SELECT ROW_NUMBER() OVER (ORDER BY id), b9, LAG(b9) OVER (ORDER BY id), max(b9) over () FROM bz
SELECT max(zi) OVER (), max(y) over () from bz where id <3
SELECT HEX(b9), BIN(b9), OCT(b9), BIT_COUNT(b9), CONV(b9,10,2) FROM bz ORDER BY id
SELECT b9 | 1, b9 > 5, b9 IN (5, 257), b9 BETWEEN 1 AND 5 FROM bz ORDER BY id
SELECT i = 0x07, i = b'111', d=b'1', f > b'0', i <> 0xff from bz ORDER BY id
SELECT sum(b9), avg(b9), count(b9), bit_or(b9) FROM bz
SELECT b9 + 1, b9 * 2, -b9, b9 / 2, ~b1 FROM bz ORDER BY id
SELECT b1 = 'x' FROM bz where id=1
SELECT id FROM bz WHERE b1 = '1' ORDER BY id
INSERT INTO bw (i,d) VALUES (0x10, b'11')
-- mariadb
INSERT INTO bw (i) VALUES (x'10')
-- mariadb
SELECT i, d from bw order by id desc limit 1
SELECT CAST(b9 AS UNSIGNED), CAST(b9 AS DECIMAL(10,2)) FROM bz ORDER BY id
-- refused
SELECT JSON_OBJECT('a', b9) FROM bz where id=1
-- refused
SELECT GROUP_CONCAT(b9) FROM bz
-- refused
SELECT b9 FROM bz WHERE id=1 UNION ALL SELECT 5
-- refused
SELECT b9 FROM bz WHERE id=1 UNION ALL SELECT b1 FROM bz where id=1
-- refused
WITH RECURSIVE n AS (SELECT b1 FROM bz where id=1 UNION ALL SELECT b1+1 FROM n WHERE b1 < 3) SELECT * FROM n
SELECT id FROM bz ORDER BY b9 DESC, id
-- refused by mysql
SELECT GREATEST(b9, 3), LEAST(b9,b1), ROUND(b9), ABS(b9), FLOOR(b9) FROM bz ORDER BY id
SELECT COUNT(DISTINCT b9), GROUP_CONCAT(DISTINCT id) FROM bz GROUP BY b1 ORDER BY b1
