-- Texts by their collations: keys, searches, order.
CREATE TABLE tg (id INT PRIMARY KEY, e VARCHAR(50) COLLATE utf8mb4_general_ci, n INT, UNIQUE KEY ue (e), KEY kn (n, e))
INSERT INTO tg VALUES (1, 'Abc', 1), (2, 'été', 2), (3, 'straße', 3)
INSERT INTO tg VALUES (4, 'aBC  ', 1)
INSERT INTO tg VALUES (5, 'ÉTÉ', 1)
INSERT INTO tg VALUES (6, 'stras', 3), (7, 'Ωmega', 3), (8, 'ωMEGA2', 3), (9, NULL, 1), (10, NULL, 1)
UPDATE tg SET e = 'ABC ' WHERE id = 1
UPDATE tg SET e = 'ETE' WHERE id = 1
SELECT id FROM tg WHERE e = 'abc' ORDER BY id
SELECT id FROM tg WHERE e IN ('ETE', 'x', 'STRASSE') ORDER BY id
SELECT id FROM tg WHERE n = 3 AND e = 'ωMEGA' ORDER BY id
SELECT id FROM tg WHERE e > 'b' ORDER BY e, id
SELECT e FROM tg ORDER BY e, id
SELECT a.id, b.id FROM tg a JOIN tg b ON a.e = b.e ORDER BY 1, 2
CREATE TABLE tu (id INT PRIMARY KEY, e VARCHAR(50) COLLATE utf8mb4_unicode_ci, UNIQUE KEY ue (e))
INSERT INTO tu VALUES (1, 'straße'), (2, 'Æther'), (3, 'ﬁn')
INSERT INTO tu VALUES (4, 'STRASSE')
INSERT INTO tu VALUES (5, 'fin')
SELECT id FROM tu WHERE e = 'strasse'
SELECT e FROM tu WHERE e < 'g' ORDER BY e
INSERT INTO tu VALUES (6, 'e'), (7, 'ek'), (8, 'e k'), (9, 'e  a'), (10, 'z'), (11, '日本'), (12, '한글'), (13, 'Жук'), (14, 'жар')
SELECT id FROM tu ORDER BY e
SELECT id FROM tu WHERE e LIKE 'E%' ORDER BY id
SELECT id FROM tu WHERE e LIKE 'Ж_К' ORDER BY id
CREATE TABLE tb (e VARCHAR(50) COLLATE utf8mb4_bin PRIMARY KEY, n INT)
INSERT INTO tb VALUES ('a', 1), ('A', 2), ('á', 3)
INSERT INTO tb VALUES ('a ', 4)
SELECT n FROM tb WHERE e = 'A'
SELECT n FROM tb ORDER BY e
CREATE TABLE ta (id INT PRIMARY KEY, e VARCHAR(50) COLLATE utf8mb4_uca1400_ai_ci, UNIQUE KEY ue (e))
INSERT INTO ta VALUES (1, 'é'), (2, 'Straße'), (3, 'z')
INSERT INTO ta VALUES (4, 'E')
INSERT INTO ta VALUES (5, 'STRASSE ')
SELECT id FROM ta WHERE e = 'E'
SELECT id FROM ta ORDER BY e
CREATE TABLE tp (id INT PRIMARY KEY, e VARCHAR(50), UNIQUE KEY up (e(3)))
INSERT INTO tp VALUES (1, 'abcdef')
INSERT INTO tp VALUES (2, 'ABCxyz')
INSERT INTO tp VALUES (3, 'abx')
ALTER TABLE tg MODIFY e VARCHAR(60) COLLATE utf8mb4_unicode_ci
INSERT INTO tg VALUES (20, 'strasse', 1)
SELECT id FROM tg WHERE e = 'ete'
