-- What frameworks and applications send of their own accord: Django, WordPress, Laravel.
CREATE TABLE post (ID BIGINT(20) UNSIGNED NOT NULL AUTO_INCREMENT, title VARCHAR(60) NOT NULL DEFAULT '', PRIMARY KEY (ID), KEY kt (title))
INSERT INTO post (title) VALUES ('Hello'), ('hello'), ('100%'), ('a_b')
INSERT INTO post VALUES (9223372036854775806, 'far')
INSERT INTO post (title) VALUES ('last signed')
INSERT INTO post (title) VALUES ('first beyond'), ('next')
SELECT * FROM post ORDER BY ID
INSERT INTO post (ID, title) VALUES (0, 'zero')
UPDATE post SET ID = 18446744073709551613 WHERE title = 'zero'
DELETE FROM post WHERE ID > 9223372036854775809
SELECT COUNT(*), MAX(ID) FROM post
SELECT ID FROM post WHERE title LIKE BINARY 'hel%' ORDER BY ID
SELECT ID FROM post WHERE title LIKE BINARY '%LL%' OR title LIKE BINARY '%ll_' ORDER BY ID
SELECT ID FROM post WHERE title NOT LIKE BINARY '%e%' ORDER BY ID
SELECT ID FROM post WHERE title LIKE BINARY '100\%' OR title LIKE BINARY '_\_b' ORDER BY ID
SELECT _binary'a\0b' LIKE 'a_b', x'ff41' LIKE x'ff25', 'é' LIKE BINARY '_', 'é' LIKE BINARY '__', NULL LIKE BINARY 'x'
SELECT CONVERT_TZ('2001-01-01 01:00:00', '+00:00', '+05:30'), CONVERT_TZ('2024-02-29 23:30:00.250000', '+02:00', '-03:00')
SELECT CONVERT_TZ('1960-01-01 01:00:00', '+00:00', '+05:30'), CONVERT_TZ(NULL, '+00:00', '+01:00'), CONVERT_TZ('2001-01-01', NULL, '+01:00')
SELECT CONVERT_TZ('2001-01-01 01:00:00', 'No/Where', '+01:00'), CONVERT_TZ('2001-01-01 01:00:00', '+25:00', '+01:00')
SELECT CONVERT_TZ(TIMESTAMP'2001-01-01 01:00:00', '+01:00', '+00:00') + INTERVAL 1 DAY
DROP TABLE post
CREATE TABLE link (id INT PRIMARY KEY, kind ENUM('page', 'File') NOT NULL) CHARSET = binary
INSERT INTO link VALUES (1, 'page'), (2, 'File'), (3, 'page')
SELECT id FROM link WHERE kind = 'page' ORDER BY id
SELECT id FROM link WHERE kind > 'File' OR kind IN ('file', 'x') ORDER BY kind, id
DROP TABLE link
CREATE TABLE tag (page INT, name VARBINARY(40), word VARCHAR(10))
INSERT INTO tag VALUES (1, 'b', 'x'), (1, 'a', 'X'), (1, 'a', 'y'), (2, x'c3a9ff', 'z'), (3, NULL, 'w')
SELECT page, GROUP_CONCAT(name ORDER BY name, word SEPARATOR '|') FROM tag GROUP BY page ORDER BY page
SELECT page, GROUP_CONCAT(DISTINCT name ORDER BY name DESC) FROM tag GROUP BY page ORDER BY page
SELECT page, GROUP_CONCAT(name, word ORDER BY word, name SEPARATOR ',') FROM tag WHERE page < 3 GROUP BY page ORDER BY page
SELECT page, (SELECT GROUP_CONCAT(word ORDER BY name, word) FROM tag t WHERE t.page = tag.page) FROM tag ORDER BY page, name, word
-- refused
SELECT page FROM tag WHERE MATCH (word) AGAINST ('x' IN BOOLEAN MODE)
DROP TABLE tag
