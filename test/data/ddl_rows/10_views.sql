-- Names that several databases have: see the check of plain-name views in the test.
-- databases views_a views_b
CREATE DATABASE views_a; CREATE DATABASE views_b; CREATE TABLE views_a.item (id INT PRIMARY KEY, d DECIMAL(10,2), t TIME(1), u BIGINT UNSIGNED); INSERT INTO views_a.item VALUES (1, -123.45, '-101:02:03.4', 18446744073709551615), (2, 0.5, '838:59:59', 7), (3, -0.01, '-00:00:00.1', 0), (4, 12345678, '00:00:01', NULL), (5, NULL, NULL, 1);
-- compare
CREATE TABLE views_b.ITEM2 (id INT PRIMARY KEY); CREATE TABLE views_b.item (id INT PRIMARY KEY, other INT); INSERT INTO views_b.item VALUES (1, 1); INSERT INTO views_a.item VALUES (6, 6, '6:0:0', 6);
-- compare
DROP TABLE views_b.item; INSERT INTO views_a.item VALUES (7, 7.77, '-7:0:0', 7);
-- compare
RENAME TABLE views_a.item TO views_a.thing; CREATE TABLE views_b.item (id INT PRIMARY KEY); INSERT INTO views_b.item VALUES (1); ALTER TABLE views_a.thing ADD e DECIMAL(20,0) DEFAULT -5, MODIFY d DECIMAL(12,3);
-- compare
RENAME TABLE views_b.item TO views_b.thing; ALTER TABLE views_a.thing RENAME COLUMN e TO ee;
-- compare
RENAME TABLE views_b.thing TO views_b.item, views_a.thing TO views_a.other; INSERT INTO views_a.other (id) VALUES (99); CREATE TABLE views_a.`views_b.item` (id INT PRIMARY KEY); INSERT INTO views_a.`views_b.item` VALUES (8);
-- compare
DROP DATABASE views_b; CREATE DATABASE views_b; DROP TABLE views_a.`views_b.item`; CREATE TABLE views_b.other2 (id INT PRIMARY KEY);
-- compare
