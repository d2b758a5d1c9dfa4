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
CREATE TABLE ranged_general (id INT PRIMARY KEY, s VARCHAR(20) COLLATE utf8mb4_general_ci, KEY ks (s));
INSERT INTO ranged_general VALUES (0,'SZ''E'),(1,''),(2,'s''A'),(3,'B'),(4,'és'),(5,'%B_'),(6,'a'),(7,'ß.SÄ1'),(8,'b'),(9,' '),(10,'-ääa'),(11,''),(12,'ß'),(13,'Ä'),(14,'zß'),(15,'''ßÄß'),(16,' aZ'),(17,'ÄäS'),(18,''),(19,'  '),(20,'a zb'),(21,'Z '),(22,'zÄé'),(23,'ÄAS'),(24,''),(25,'Z1a%.'),(26,'1_'),(27,''),(28,'AÄ '),(29,'B'),(30,'-'),(31,'EZ'),(32,'S-B_'),(33,'Z A.b'),(34,'z'),(35,' Zäz'),(36,'%b'),(37,'z '),(38,'b'),(39,'ä éÄA'),(40,''),(41,'%1As'),(42,' ZS-'''),(43,'äA'''),(44,''),(45,'zßä'),(46,'_ä''.B'),(47,'.'),(48,'äA'),(49,' ä-'),(50,'ÄE-é'),(51,'zéS é'),(52,'äB1'),(53,'Ä''éz'),(54,'b'),(55,'SE%'),(56,'ZbZ_'),(57,'A Z%S'),(58,'S z'),(59,'Ä_aé%');
SELECT id FROM ranged_general WHERE s > 'ZbZ_' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE '.%' ORDER BY id;
SELECT id FROM ranged_general WHERE s < 'äA''' ORDER BY id;
SELECT id FROM ranged_general WHERE s < '' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN 'SBSÄ' AND 'sA' ORDER BY id;
SELECT id FROM ranged_general WHERE (('ÄE-é' IS NULL OR s >= 'ÄE-é')) AND (NULL IS NOT NULL OR s < 'B') ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE '1' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE ' _''' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN 'Aaaß.' AND 'E' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN '' AND 'ä.Z_' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE 'B_' ORDER BY id;
SELECT id FROM ranged_general WHERE s <= 'B' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE 'z--_' ORDER BY id;
SELECT id FROM ranged_general WHERE s <= 'zß' ORDER BY id;
SELECT id FROM ranged_general WHERE s < 'Z ' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN '' AND 'Bb' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN ' ' AND '%z' ORDER BY id;
SELECT id FROM ranged_general WHERE s >= '' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE ' aS%' ORDER BY id;
SELECT id FROM ranged_general WHERE s >= 'ä éÄA' ORDER BY id;
SELECT id FROM ranged_general WHERE s LIKE '_' ORDER BY id;
SELECT id FROM ranged_general WHERE s BETWEEN '1E''ä' AND 'a -s%' ORDER BY id;
SELECT id FROM ranged_general WHERE (('Z A.b' IS NULL OR s >= 'Z A.b')) AND (NULL IS NOT NULL OR s < '1BE ') ORDER BY id;
SELECT id FROM ranged_general WHERE (('B' IS NULL OR s >= 'B')) AND (NULL IS NOT NULL OR s < 'bBzäZ') ORDER BY id;
SELECT HEX(MIN(s)) IS NULL, COUNT(*) FROM ranged_general GROUP BY s ORDER BY s;
SELECT COUNT(DISTINCT s) FROM ranged_general;
SELECT a.id, b.id FROM ranged_general a JOIN ranged_general b ON a.s < b.s WHERE a.id < 10 ORDER BY 1,2;
CREATE TABLE ranged_unicode (id INT PRIMARY KEY, s VARCHAR(20) COLLATE utf8mb4_unicode_ci, KEY ks (s));
INSERT INTO ranged_unicode VALUES (0,'Sa'),(1,'S1Ä''s'),(2,'S_-Ä '),(3,'_'),(4,''),(5,'Z%Ba-'),(6,''),(7,' é''Aa'),(8,'.B.E'),(9,'- _s'),(10,'Bb_b'),(11,''),(12,''),(13,'- ''E%'),(14,'b''SB1'),(15,'S-'),(16,' a'),(17,'Eé'),(18,'1ä'''),(19,'S'),(20,' ß'),(21,'bäZ'),(22,''),(23,'.- E'''),(24,'Äßä'),(25,'ÄE-'),(26,'Zaä.'),(27,'_é'),(28,'%ß%s'),(29,'Ä.%Sz'),(30,' B'),(31,'S'),(32,'ZES'),(33,'''''b'),(34,''),(35,'BzBB'''),(36,'_Ä'),(37,''),(38,'1Ä''z'),(39,'SB.zB'),(40,'b '),(41,'z..bb'),(42,'bÄ'),(43,''),(44,''),(45,'E.B-.'),(46,''),(47,'.'),(48,''),(49,'% ''B'),(50,'EzZb-'),(51,'BÄs'),(52,''),(53,'%Bb'''),(54,'%1.BS'),(55,'%-'),(56,'AßE'),(57,'1'),(58,'''ÄßzE'),(59,'');
SELECT id FROM ranged_unicode WHERE s > '_é' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE '-E%' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s > ' B' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s < '1ä''' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN 'SZz' AND 'B11-S' ORDER BY id;
SELECT id FROM ranged_unicode WHERE ((' é''Aa' IS NULL OR s >= ' é''Aa')) AND (NULL IS NOT NULL OR s < 'a%aß%') ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE '' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE 'ä.a_' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN '''' AND 'sA1B' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN 'Eé%' AND 'A_' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE 'Eb' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s < 'Zaä.' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE '%' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s <= 'b ' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s <= 'Zaä.' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN ' b' AND 'Äsé' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN '' AND 's' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s >= '' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE 'ßZ%a' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s < ' é''Aa' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s LIKE '  1%-z' ORDER BY id;
SELECT id FROM ranged_unicode WHERE s BETWEEN 'ASa' AND 'äBb' ORDER BY id;
SELECT id FROM ranged_unicode WHERE (('b ' IS NULL OR s >= 'b ')) AND (NULL IS NOT NULL OR s < '''Sä') ORDER BY id;
SELECT id FROM ranged_unicode WHERE (('' IS NULL OR s >= '')) AND (NULL IS NOT NULL OR s < 'z') ORDER BY id;
SELECT HEX(MIN(s)) IS NULL, COUNT(*) FROM ranged_unicode GROUP BY s ORDER BY s;
SELECT COUNT(DISTINCT s) FROM ranged_unicode;
SELECT a.id, b.id FROM ranged_unicode a JOIN ranged_unicode b ON a.s < b.s WHERE a.id < 10 ORDER BY 1,2;
CREATE TABLE ranged_bin (id INT PRIMARY KEY, s VARCHAR(20) COLLATE utf8mb4_bin, KEY ks (s));
INSERT INTO ranged_bin VALUES (0,'äzz'),(1,'''.bzS'),(2,'bBb'),(3,'bbEäb'),(4,'é'),(5,'Z1s'),(6,'Zßßb'),(7,' SA._'),(8,'s z'),(9,'_'),(10,'äaß-'),(11,'ßAaZS'),(12,'ééb'),(13,'%bz'),(14,'_'),(15,'A_b'''),(16,''),(17,'zBBé'),(18,''),(19,'s -a'),(20,'s1ZBA'),(21,''),(22,'ßézSs'),(23,'_-'),(24,'ßsßÄ'),(25,'B'),(26,'_1''éa'),(27,'S éßa'),(28,'a'),(29,'.ää1'),(30,'Äz'),(31,'BzSß'),(32,'''%'),(33,'ZÄ.Äé'),(34,'z'),(35,''),(36,'E'),(37,' SäB'),(38,'bBE'),(39,'S'),(40,'ZSA-s'),(41,'és-Ä%'),(42,'S'),(43,'Z''ß.a'),(44,''),(45,'z.'),(46,'Z'),(47,''),(48,'a-_z'),(49,'E Bz-'),(50,'é1%b '),(51,' _éß.'),(52,'Ab'),(53,'z.'),(54,'%S'),(55,'B'),(56,'äS'),(57,'b'),(58,'b'),(59,'Z');
SELECT id FROM ranged_bin WHERE s >= '''%' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE 'é %' ORDER BY id;
SELECT id FROM ranged_bin WHERE s > ' SäB' ORDER BY id;
SELECT id FROM ranged_bin WHERE s >= 'bBE' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN 'äÄ-' AND ' zaSS' ORDER BY id;
SELECT id FROM ranged_bin WHERE (('.ää1' IS NULL OR s >= '.ää1')) AND (NULL IS NOT NULL OR s < '') ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE '.éb%-' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE 'ßA' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN 'ßa-' AND 'S' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN 'bäß' AND 'Z_' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE '%''A_' ORDER BY id;
SELECT id FROM ranged_bin WHERE s >= 'z.' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE ' _' ORDER BY id;
SELECT id FROM ranged_bin WHERE s <= 'bBE' ORDER BY id;
SELECT id FROM ranged_bin WHERE s <= 'S éßa' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN 'S' AND '1' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN '.1' AND 'Ä' ORDER BY id;
SELECT id FROM ranged_bin WHERE s <= 'BzSß' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE 'äb_' ORDER BY id;
SELECT id FROM ranged_bin WHERE s <= 'z.' ORDER BY id;
SELECT id FROM ranged_bin WHERE s LIKE '.%' ORDER BY id;
SELECT id FROM ranged_bin WHERE s BETWEEN 'E1_S%' AND 'E.% Z' ORDER BY id;
SELECT id FROM ranged_bin WHERE (('''%' IS NULL OR s >= '''%')) AND (NULL IS NOT NULL OR s < '  ') ORDER BY id;
SELECT id FROM ranged_bin WHERE (('Z' IS NULL OR s >= 'Z')) AND (NULL IS NOT NULL OR s < '1''As') ORDER BY id;
SELECT HEX(MIN(s)) IS NULL, COUNT(*) FROM ranged_bin GROUP BY s ORDER BY s;
SELECT COUNT(DISTINCT s) FROM ranged_bin;
SELECT a.id, b.id FROM ranged_bin a JOIN ranged_bin b ON a.s < b.s WHERE a.id < 10 ORDER BY 1,2;
