-- Rows compared with subqueries, derived tables that are joined where rows are written, SQL_CALC_FOUND_ROWS.
CREATE TABLE sa (id INT PRIMARY KEY, k INT, s VARCHAR(10), d DECIMAL(6,2))
CREATE TABLE sb (id INT PRIMARY KEY, k INT, s VARCHAR(10), d DECIMAL(8,3), KEY kk (k, s))
INSERT INTO sa VALUES (1, 10, 'a', 1.5), (2, 20, 'b', 2), (3, NULL, 'c', NULL), (4, 10, NULL, 4), (5, 30, 'A', 5)
INSERT INTO sb VALUES (1, 10, 'a', 1.5), (2, 20, 'x', 2), (3, 30, NULL, 3), (4, NULL, 'b', 4), (5, 30, 'a', 5)
SELECT id FROM sa WHERE (k, s) IN (SELECT k, s FROM sb) ORDER BY id
SELECT id FROM sa WHERE (k, s) NOT IN (SELECT k, s FROM sb) ORDER BY id
SELECT id FROM sa WHERE (k, s) NOT IN (SELECT k, s FROM sb WHERE k IS NOT NULL AND s IS NOT NULL) ORDER BY id
SELECT id, (k, s) IN (SELECT k, s FROM sb) FROM sa ORDER BY id
SELECT id, (id, d) IN (SELECT id, d FROM sb) FROM sa ORDER BY id
SELECT id, (k, 'a') IN (SELECT k, s FROM sb) FROM sa ORDER BY id
SELECT id, (id, k) IN (SELECT id, k FROM sb WHERE sb.id = sa.id) FROM sa ORDER BY id
SELECT id FROM sa WHERE (id, k) = (SELECT id, k FROM sb WHERE id = 2)
SELECT id FROM sa WHERE (SELECT id, k FROM sb WHERE id = 2) = (id, k)
SELECT id, (id, k) <> (SELECT id, k FROM sb WHERE id = 2) FROM sa ORDER BY id
SELECT id, (id, k) = (SELECT id, k FROM sb WHERE id = 99) FROM sa ORDER BY id
SELECT id FROM sa WHERE (id, k) = (SELECT id, k FROM sb)
SELECT id FROM sa WHERE (id, k) IN (SELECT id FROM sb)
SELECT id FROM sa WHERE (id, k) IN (SELECT max(id), k FROM sa GROUP BY k) ORDER BY id
SELECT id FROM sa WHERE (k, s) IN (SELECT 10, 'A' UNION SELECT 20, 'b') ORDER BY id
DELETE FROM sb WHERE (id, k) IN (SELECT id, k FROM sa WHERE k = 20)
SELECT id FROM sb ORDER BY id
UPDATE sa JOIN (SELECT k, COUNT(*) AS n, MAX(id) AS m FROM sb GROUP BY k) q ON q.k = sa.k SET sa.d = q.n WHERE q.m > 1
SELECT id, d FROM sa ORDER BY id
UPDATE sa JOIN (SELECT k, SUM(id) AS total FROM sa GROUP BY k) t ON t.k = sa.k SET sa.s = t.total
SELECT id, s FROM sa ORDER BY id
DELETE sa FROM sa JOIN (SELECT MIN(id) AS least, k FROM sa GROUP BY k HAVING COUNT(*) > 1) dup ON dup.k = sa.k AND sa.id > dup.least
SELECT id FROM sa ORDER BY id
UPDATE (SELECT 1 AS x) q, sa SET q.x = 2
DELETE q FROM (SELECT 1 AS x) q JOIN sa
UPDATE sa LEFT JOIN (SELECT id FROM sb) q USING (id) SET sa.d = 0 WHERE q.id IS NULL
SELECT id, d FROM sa ORDER BY id
SELECT SQL_CALC_FOUND_ROWS id FROM sb ORDER BY id LIMIT 2
SELECT SQL_CALC_FOUND_ROWS id FROM sb ORDER BY id LIMIT 1, 2
SELECT SQL_CALC_FOUND_ROWS k, COUNT(*) FROM sb GROUP BY k ORDER BY k LIMIT 1
SELECT SQL_CALC_FOUND_ROWS DISTINCT s FROM sb ORDER BY s LIMIT 0
SELECT SQL_CALC_FOUND_ROWS id FROM sb WHERE id > 1000 LIMIT 5
SELECT SQL_CALC_FOUND_ROWS id FROM sb ORDER BY id
SELECT id FROM sb ORDER BY id LIMIT 1
