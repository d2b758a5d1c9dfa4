-- Regular expressions, as MySQL has them: with its flavour, compared with it.
CREATE TABLE re (id INT PRIMARY KEY, s VARCHAR(40), b VARCHAR(40) COLLATE utf8mb4_bin, p VARCHAR(40), n INT)
INSERT INTO re VALUES (1, 'Alpha', 'Alpha', '^a', 12), (2, 'beta 2', 'beta 2', '[0-9]+$', 200), (3, NULL, NULL, NULL, NULL), (4, '', '', 'x', 0), (5, 'straße 5', 'STRASSE', 's+', -5), (6, 'a,b;c', 'a,b;c', '[,;]', 7)
SELECT id FROM re WHERE s REGEXP '^[a-b]' ORDER BY id
SELECT id FROM re WHERE b REGEXP '^[a-b]' ORDER BY id
SELECT id, s REGEXP p, b RLIKE p, s NOT REGEXP p FROM re WHERE id <> 5 ORDER BY id
SELECT id, REGEXP_REPLACE(s, '[aeiou]', '_'), REGEXP_SUBSTR(s, '[0-9]+'), REGEXP_INSTR(s, '[,;]') FROM re WHERE id <> 5 ORDER BY id
SELECT id FROM re WHERE n REGEXP '^-?[0-9]{1,2}$' ORDER BY id
SELECT id, n FROM re WHERE NOT (s REGEXP 'a') ORDER BY id
SELECT IF(s REGEXP 'b', 'yes', 'no') FROM re ORDER BY id
SELECT count(*), sum(s REGEXP 'a') FROM re
UPDATE re SET s = REGEXP_REPLACE(s, '([a-z])[ ,]', '-') WHERE s REGEXP '[ ,]' AND id <> 5
SELECT s FROM re ORDER BY id
DELETE FROM re WHERE b REGEXP '^[A-Z]+$'
SELECT id FROM re ORDER BY s REGEXP 'a' DESC, id
SELECT 'user@example.com' REGEXP '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,4}$', 'no' REGEXP '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,4}$'
SELECT '2024-02-29' REGEXP '^\\d{4}-\\d{2}-\\d{2}$', '+49 (0)30' REGEXP '^\\+?[0-9 ()]+$', 'a.b' REGEXP '^a\\.b$', 'foo bar' REGEXP '(foo|baz) bar'
-- refused
SELECT 'abc' REGEXP '[[:upper:]]', 'aB' REGEXP '[[:space:]]', 'x' REGEXP '[^[:digit:]]'
-- refused
SELECT 'ÄB' REGEXP 'äb', 'Ä' REGEXP BINARY 'x'
SELECT 'aXbX' REGEXP '(x).*\\1', 'ab' REGEXP 'a{1,2}b', 'aab' REGEXP '^a{2}b$', 'ab' REGEXP 'a++b'
-- refused
SELECT 'a]' REGEXP 'a]', 'a}' REGEXP 'a}', 'a{' REGEXP 'a\\{'
-- refused
SELECT 'a' REGEXP '[a&&b]'
-- refused
SELECT 'a' REGEXP '[]a]'
-- refused
SELECT 'a' REGEXP '(?i)A'
-- refused
SELECT 'a' REGEXP '\\x61', 'a' REGEXP '\\Qa\\E'
-- refused
SELECT 'naïve' REGEXP '\\bna', 'ab' REGEXP '\\bab\\b'
SELECT REGEXP_REPLACE('a b', '(\\w) (\\w)', '$2 $1'), REGEXP_REPLACE('a', 'a', '\\$1')
SELECT REGEXP_LIKE('a\nb', '^b$', 'm'), REGEXP_LIKE('a\nb', 'a.b', 'n'), REGEXP_LIKE('A', 'a', 'c'), REGEXP_LIKE('a\rb', 'a.b'), REGEXP_LIKE('a\rb', 'a.b', 'u')
SELECT REGEXP_REPLACE('abcabc', 'b', 'X', 1, 2), REGEXP_REPLACE('abcabc', 'B', 'X', 3), REGEXP_SUBSTR('abcabd', 'ab.', 1, 2), REGEXP_SUBSTR('abcabd', 'AB.', 1, 2, 'c'), REGEXP_INSTR('abcabd', 'ab.', 1, 2, 1), REGEXP_INSTR('éabcab', 'ab', 3), REGEXP_INSTR('abab','ab',1,3)
SELECT REGEXP_SUBSTR('abc', 'x') IS NULL
SELECT REGEXP_REPLACE('aaa', 'a', 'b', 2, 1), REGEXP_REPLACE('aaa', 'a', 'b', 1, 5), REGEXP_REPLACE('x', 'y', 'b', 1, 5)
-- refused
SELECT 'ß' REGEXP 'ss'
-- refused
SELECT 'é' REGEXP '^\\w$', 'e' REGEXP '^\\w$'
-- refused
SELECT 'a' REGEXP '(a'
-- refused
SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '^(a+)+$'
SELECT 'straße' REGEXP 's.*e', 'Straße' REGEXP 'A[a-z]', 'ﬁx' REGEXP 'i', 'K' REGEXP 'k'
-- refused
SELECT 'straße' REGEXP 'st'
-- refused
SELECT 'x' REGEXP 'ß'
SELECT id FROM re WHERE s REGEXP 'a|b' AND b REGEXP p ORDER BY id
-- refused
SELECT REGEXP_REPLACE('a.b.c', '\\.', '-'), REGEXP_REPLACE('a', '(a)', '<$1$0>'), REGEXP_REPLACE('a', 'a', '$2')
SELECT 'ab' REGEXP '(?:a)(b)\\1', 'abb' REGEXP '(?:a)(b)\\1', 'foobar' REGEXP 'foo(?!bar)', 'price' REGEXP '(?<!x)ice'
SELECT '\\' REGEXP '\\\\', 'a-b' REGEXP '[a-]b', 'a-b' REGEXP '[-a]b', 'é' REGEXP '[é]', 'É' REGEXP '[é]', 'Я' REGEXP 'я', 'ς' REGEXP 'Σ'
