-- JSON paths that lead to several places, and what the flavours make of documents.
-- mysql
SELECT JSON_EXTRACT('{"a":[{"b":1},{"b":2},{"c":3}]}', '$.a[*].b'), JSON_EXTRACT('{"a":1,"b":2}', '$.*'), JSON_EXTRACT('{"a":{"x":1},"b":{"x":2},"x":0}', '$**.x')
SELECT JSON_EXTRACT('{"a":1}', '$[*]'), JSON_EXTRACT('5', '$[*]'), JSON_EXTRACT('5', '$.*'), JSON_EXTRACT('[1,2]', '$[*]'), JSON_EXTRACT('[]', '$[*]'), JSON_EXTRACT('[5]', '$[*]')
-- refused by mariadb
SELECT JSON_EXTRACT('{"a":[1,[2,3],{"b":[4]}]}', '$.a[*][0]'), JSON_EXTRACT('{"a":[1,[2,3],{"b":[4]}]}', '$**[*]'), JSON_EXTRACT('{"a*b":1,"c":2}', '$."a*b"')
SELECT JSON_EXTRACT('{"a":{"x":1},"b":2}', '$.*.x', '$.b'), JSON_EXTRACT('{"a":{"x":1},"b":2}', '$.z.*')
SELECT JSON_EXTRACT('{"a":[{"n":"x","t":[1]},{"n":"y","t":[]}]}', '$.a[*].n'), JSON_EXTRACT('{"a":[{"n":"x","t":[1]},{"n":"y","t":[]}]}', '$.a[*].t[*]')
SELECT JSON_UNQUOTE(JSON_EXTRACT('{"a":[{"n":"x"},{"n":"y"}]}', '$.a[*].n'))
-- refused
SELECT JSON_EXTRACT('{"a":1}', '$**'), 1
SELECT JSON_EXTRACT('{"a":{"a":{"a":1}}}', '$**.a')
SELECT JSON_EXTRACT('[{"a":1},{"a":[{"a":2}]}]', '$**.a')
SELECT JSON_CONTAINS_PATH('{"a":[{"b":1}]}', 'one', '$.a[*].b'), JSON_CONTAINS_PATH('{"a":[{"b":1}]}', 'all', '$.a[*].b', '$**.c'), JSON_CONTAINS_PATH('{"a":{"x":1}}', 'one', '$.*.x', '$.q')
SELECT JSON_VALUE('{"a":"x","b":2,"c":1.5,"d":null,"e":"q\\"r"}', '$.a'), JSON_VALUE('{"a":"x","b":2}', '$.b'), JSON_VALUE('{"c":1.5}', '$.c'), JSON_VALUE('{"d":null}', '$.d'), JSON_VALUE('{"e":"q\\"r"}', '$.e'), JSON_VALUE('{"a":1}', '$.z'), JSON_VALUE(NULL, '$')
SELECT JSON_VALUE('{"a":true,"b":false}', '$.a'), JSON_VALUE('{"a":true,"b":false}', '$.b')
-- refused
SELECT JSON_VALUE('{"a":[1]}', '$.a')
-- refused by mariadb
SELECT CAST('{"a": 1,"b":[1, 2]}' AS JSON), CAST('"x"' AS JSON), CAST(5 AS JSON), CAST(NULL AS JSON), CAST(TRUE AS JSON)
-- refused by mariadb
SELECT CAST('nonsense' AS JSON)
-- refused by mariadb
SELECT JSON_EXTRACT(CAST('{"a":{"b":3}}' AS JSON), '$.a.b'), JSON_ARRAY(CAST('[1]' AS JSON), '[1]'), JSON_OBJECT('k', CAST('{"z":1}' AS JSON))
-- refused by mariadb
SELECT JSON_TYPE(CAST('1' AS JSON)), JSON_TYPE(CAST(1 AS JSON)), CAST(CAST('[1]' AS JSON) AS CHAR)
SELECT JSON_EXTRACT('{"a":[{"b":1},{"b":2},{"c":3}]}', '$.a[*].b'), JSON_EXTRACT('{"a":1,"b":2}', '$.*'), JSON_EXTRACT('{"x":0,"y":{"x":1}}', '$**.x')
SELECT JSON_EXTRACT('{"a":[1,[2,3],{"b":[4]}]}', '$.a[*][0]'), JSON_EXTRACT('{"a*b":1,"c":2}', '$."a*b"')
-- refused
SELECT JSON_EXTRACT('[[1,2],[3]]', '$[*][*]'), JSON_EXTRACT('[[1,2],[3]]', '$[*][last]'), JSON_EXTRACT('{"a":null}', '$.*'), JSON_LENGTH('[1]', '$[*]')
