-- Regular expressions, as MariaDB has them.
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
SELECT 'abc' REGEXP '[[:upper:]]', 'aB' REGEXP '[[:space:]]', 'x' REGEXP '[^[:digit:]]'
-- refused
SELECT 'ÄB' REGEXP 'äb', 'Ä' REGEXP BINARY 'x'
SELECT 'aXbX' REGEXP '(x).*\\1', 'ab' REGEXP 'a{1,2}b', 'aab' REGEXP '^a{2}b$', 'ab' REGEXP 'a++b'
SELECT 'a]' REGEXP 'a]', 'a}' REGEXP 'a}', 'a{' REGEXP 'a\\{'
SELECT 'a' REGEXP '[a&&b]'
SELECT 'a' REGEXP '[]a]'
SELECT 'a' REGEXP '(?i)A'
SELECT 'a' REGEXP '\\x61', 'a' REGEXP '\\Qa\\E'
SELECT 'naïve' REGEXP '\\bna', 'ab' REGEXP '\\bab\\b'
SELECT REGEXP_REPLACE('a b', '(\\w) (\\w)', '$2 $1'), REGEXP_REPLACE('a', 'a', '\\$1')
SELECT REGEXP_SUBSTR('abc', 'x') IS NULL
SELECT 'ß' REGEXP 'ss'
SELECT 'é' REGEXP '^\\w$', 'e' REGEXP '^\\w$'
SELECT 'a' REGEXP '(a'
-- refused
SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '^(a+)+$'
SELECT 'straße' REGEXP 's.*e', 'Straße' REGEXP 'A[a-z]', 'ﬁx' REGEXP 'i', 'K' REGEXP 'k'
SELECT 'straße' REGEXP 'st'
SELECT 'x' REGEXP 'ß'
SELECT id FROM re WHERE s REGEXP 'a|b' AND b REGEXP p ORDER BY id
SELECT REGEXP_REPLACE('a.b.c', '\\.', '-'), REGEXP_REPLACE('a', '(a)', '<$1$0>'), REGEXP_REPLACE('a', 'a', '$2')
SELECT 'ab' REGEXP '(?:a)(b)\\1', 'abb' REGEXP '(?:a)(b)\\1', 'foobar' REGEXP 'foo(?!bar)', 'price' REGEXP '(?<!x)ice'
SELECT '\\' REGEXP '\\\\', 'a-b' REGEXP '[a-]b', 'a-b' REGEXP '[-a]b', 'é' REGEXP '[é]', 'É' REGEXP '[é]', 'Я' REGEXP 'я', 'ς' REGEXP 'Σ'
-- refused
SELECT 'abc' REGEXP 'B', 'abc' REGEXP BINARY 'B', 'abc' COLLATE utf8mb4_bin REGEXP 'B', 'É' REGEXP 'é', 'é' REGEXP 'e', 'é' REGEXP '^.$', 'é' REGEXP '\\w'
SELECT 'a\nb' REGEXP 'a.b', 'a\nb' REGEXP '^b', 'ab\n' REGEXP 'b$', 'a\rb' REGEXP 'a.b', '' REGEXP '', 'abc' REGEXP ''
SELECT REGEXP_REPLACE('abcabc','b','X'), REGEXP_REPLACE('abc','(b)(c)','\\2\\1'), REGEXP_REPLACE('abc','(b)','[$1]'), REGEXP_REPLACE('abc','b','\\x'), REGEXP_REPLACE('abc','b','\\9'), REGEXP_REPLACE('abc','b','\\0\\0')
SELECT REGEXP_REPLACE('baac','a*','X')
SELECT REGEXP_SUBSTR('abc','b.'), REGEXP_SUBSTR('abc','x'), REGEXP_INSTR('éabc','b'), REGEXP_INSTR('abc','x'), REGEXP_INSTR('abc','')
SELECT 123 REGEXP '2', NULL REGEXP 'a', 'a' REGEXP NULL, 1.5 REGEXP '^1\\.5', DATE'2024-01-02' REGEXP '^2024'
SELECT 'a' REGEXP '('
SELECT 'a' REGEXP '[a'
SELECT 'a' REGEXP '*'
SELECT 'a' REGEXP 'a{2'
SELECT 'a b' REGEXP '[[:<:]]b[[:>:]]', 'a b' REGEXP '\\bb'
SELECT 'ß' REGEXP 'ss', 'ss' REGEXP 'ß', 'ſ' REGEXP 's', 'K' REGEXP 'k'
SELECT 'x' NOT REGEXP 'y', NOT 'x' REGEXP 'x', 'x' RLIKE 'X', 'x' NOT RLIKE 'X'
-- refused
SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '^(a+)+$'
SELECT 'abc' REGEXP '(?i)B', 'ABC' REGEXP '(?-i)b', 'a.c' REGEXP 'a\\.c', 'a+' REGEXP 'a\\+$', 'tab\t' REGEXP '\\t'
SELECT 'ab12' REGEXP '^[[:alpha:]]+[[:digit:]]+$', 'ab' REGEXP '^[^c]+$', 'a-b' REGEXP '[a\\-b]{3}', 'ab' REGEXP '(a)(b)?\\2', 'aa' REGEXP '(a)\\1'
SELECT REGEXP_REPLACE('Hello','L','x'), REGEXP_REPLACE('Hello' COLLATE utf8mb4_bin,'L','x'), REGEXP_REPLACE(NULL,'a','b'), REGEXP_REPLACE('a','a',NULL)
SELECT REGEXP_REPLACE('a1b22','[0-9]+','#'), REGEXP_REPLACE('  a  b ','\\s+',' '), REGEXP_REPLACE('abc','^','x'), REGEXP_REPLACE('abc','$','x'), REGEXP_REPLACE('','a*','x')
SELECT 'abc' REGEXP 'a|', 'abc' REGEXP '(?=a)', REGEXP_SUBSTR('foobar','(?<=foo)bar'), 'a' REGEXP '\\p{L}', 'ab' REGEXP 'A.B*?'
SELECT HEX(REGEXP_SUBSTR('日本語','本.')), REGEXP_INSTR('日本語','語'), REGEXP_REPLACE('日本語','本','x')
SELECT REGEXP_INSTR('abcabc','c'), REGEXP_INSTR(NULL,'c'), REGEXP_SUBSTR(12345,'3.')
SELECT 'a' REGEXP 'a' COLLATE utf8mb4_bin, 'A' REGEXP 'a' COLLATE utf8mb4_bin
-- refused
SELECT REGEXP_INSTR('a','a',5), REGEXP_SUBSTR('a','a',0)
