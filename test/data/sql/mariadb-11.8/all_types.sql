SET NAMES utf8mb4; SET sql_mode='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'; SET time_zone='+00:00';
CREATE TABLE t_all (
  id INT NOT NULL,
  c_tiny TINYINT,
  c_tinyu TINYINT UNSIGNED,
  c_bool BOOLEAN,
  c_small SMALLINT,
  c_smallu SMALLINT UNSIGNED,
  c_med MEDIUMINT,
  c_medu MEDIUMINT UNSIGNED,
  c_int INT,
  c_intu INT UNSIGNED,
  c_big BIGINT,
  c_bigu BIGINT UNSIGNED,
  c_float FLOAT,
  c_double DOUBLE,
  c_dec10_4 DECIMAL(10,4),
  c_dec65_30 DECIMAL(65,30),
  c_dec5 DECIMAL(5,0),
  c_bit1 BIT(1),
  c_bit9 BIT(9),
  c_bit64 BIT(64),
  c_date DATE,
  c_time TIME,
  c_time2 TIME(2),
  c_time3 TIME(3),
  c_time6 TIME(6),
  c_dt DATETIME,
  c_dt1 DATETIME(1),
  c_dt3 DATETIME(3),
  c_dt6 DATETIME(6),
  c_ts TIMESTAMP NULL,
  c_ts2 TIMESTAMP(2) NULL,
  c_ts6 TIMESTAMP(6) NULL,
  c_year YEAR,
  c_year0 YEAR,
  c_char CHAR(10),
  c_char255 CHAR(255) CHARACTER SET utf8mb4,
  c_varchar VARCHAR(20) CHARACTER SET latin1,
  c_varchar300 VARCHAR(300) CHARACTER SET utf8mb4,
  c_bin8 BINARY(8),
  c_varbin VARBINARY(20),
  c_varbin300 VARBINARY(300),
  c_tinytext TINYTEXT,
  c_text TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  c_medtext MEDIUMTEXT,
  c_longtext LONGTEXT,
  c_tinyblob TINYBLOB,
  c_blob BLOB,
  c_medblob MEDIUMBLOB,
  c_longblob LONGBLOB,
  c_enum ENUM('a','bé','c''q'),
  c_enumbig ENUM('e1','e2','e3','e4','e5','e6','e7','e8','e9','e10','e11','e12','e13','e14','e15','e16','e17','e18','e19','e20','e21','e22','e23','e24','e25','e26','e27','e28','e29','e30','e31','e32','e33','e34','e35','e36','e37','e38','e39','e40','e41','e42','e43','e44','e45','e46','e47','e48','e49','e50','e51','e52','e53','e54','e55','e56','e57','e58','e59','e60','e61','e62','e63','e64','e65','e66','e67','e68','e69','e70','e71','e72','e73','e74','e75','e76','e77','e78','e79','e80','e81','e82','e83','e84','e85','e86','e87','e88','e89','e90','e91','e92','e93','e94','e95','e96','e97','e98','e99','e100','e101','e102','e103','e104','e105','e106','e107','e108','e109','e110','e111','e112','e113','e114','e115','e116','e117','e118','e119','e120','e121','e122','e123','e124','e125','e126','e127','e128','e129','e130','e131','e132','e133','e134','e135','e136','e137','e138','e139','e140','e141','e142','e143','e144','e145','e146','e147','e148','e149','e150','e151','e152','e153','e154','e155','e156','e157','e158','e159','e160','e161','e162','e163','e164','e165','e166','e167','e168','e169','e170','e171','e172','e173','e174','e175','e176','e177','e178','e179','e180','e181','e182','e183','e184','e185','e186','e187','e188','e189','e190','e191','e192','e193','e194','e195','e196','e197','e198','e199','e200','e201','e202','e203','e204','e205','e206','e207','e208','e209','e210','e211','e212','e213','e214','e215','e216','e217','e218','e219','e220','e221','e222','e223','e224','e225','e226','e227','e228','e229','e230','e231','e232','e233','e234','e235','e236','e237','e238','e239','e240','e241','e242','e243','e244','e245','e246','e247','e248','e249','e250','e251','e252','e253','e254','e255','e256','e257','e258','e259','e260','e261','e262','e263','e264','e265','e266','e267','e268','e269','e270','e271','e272','e273','e274','e275','e276','e277','e278','e279','e280','e281','e282','e283','e284','e285','e286','e287','e288','e289','e290','e291','e292','e293','e294','e295','e296','e297','e298','e299','e300'),
  c_set3 SET('x','y','z'),
  c_set64 SET('s1','s2','s3','s4','s5','s6','s7','s8','s9','s10','s11','s12','s13','s14','s15','s16','s17','s18','s19','s20','s21','s22','s23','s24','s25','s26','s27','s28','s29','s30','s31','s32','s33','s34','s35','s36','s37','s38','s39','s40','s41','s42','s43','s44','s45','s46','s47','s48','s49','s50','s51','s52','s53','s54','s55','s56','s57','s58','s59','s60','s61','s62','s63','s64'),
  c_geom GEOMETRY,
  c_point POINT REF_SYSTEM_ID=4326,
  c_json JSON,
  c_inet6 INET6,
  c_inet4 INET4,
  c_uuid UUID,
  c_vcc VARCHAR(200) COMPRESSED,
  c_vbc VARBINARY(200) COMPRESSED,
  c_textc TEXT COMPRESSED,
  c_blobc BLOB COMPRESSED,
  c_tinyblobc TINYBLOB COMPRESSED,
  c_medblobc MEDIUMBLOB COMPRESSED,
  c_longblobc LONGBLOB COMPRESSED,
  c_vec VECTOR(4),
  c_gv INT GENERATED ALWAYS AS (c_int+1) VIRTUAL,
  c_gs BIGINT GENERATED ALWAYS AS (c_tiny+1) STORED,
  c_inv INT INVISIBLE,
  PRIMARY KEY (id), KEY k2 (c_tiny)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO t_all (id,c_tiny,c_tinyu,c_bool,c_small,c_smallu,c_med,c_medu,c_int,c_intu,c_big,c_bigu,c_float,c_double,c_dec10_4,c_dec65_30,c_dec5,c_bit1,c_bit9,c_bit64,c_date,c_time,c_time2,c_time3,c_time6,c_dt,c_dt1,c_dt3,c_dt6,c_ts,c_ts2,c_ts6,c_year,c_year0,c_char,c_char255,c_varchar,c_varchar300,c_bin8,c_varbin,c_varbin300,c_tinytext,c_text,c_medtext,c_longtext,c_tinyblob,c_blob,c_medblob,c_longblob,c_enum,c_enumbig,c_set3,c_set64,c_geom,c_point,c_json,c_inet6,c_inet4,c_uuid,c_vcc,c_vbc,c_textc,c_blobc,c_tinyblobc,c_medblobc,c_longblobc,c_vec,c_inv) VALUES
 (1, -128, 0, FALSE, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, -3.402823e38, -1.7976931348623157e308, -999999.9999, -99999999999999999999999999999999999.999999999999999999999999999999, -99999, b'0', b'0', b'0', '1000-01-01', '-838:59:59', '-00:00:00.01', '-01:02:03.456', '-838:59:58.999999', '1000-01-01 00:00:00', '1000-01-01 00:00:00.0', '1000-01-01 00:00:00.000', '0000-00-00 00:00:00', '1970-01-01 00:00:01', '1970-01-01 00:00:01.00', '0000-00-00 00:00:00', 1901, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 1, 1, '', '', ST_GeomFromText('POINT(0 0)'), ST_GeomFromText('POINT(0 0)',4326), 'null', '::', '0.0.0.0', '00000000-0000-0000-0000-000000000000', '', '', '', '', '', '', '', VEC_FromText('[0,0,0,0]'), 1);
INSERT INTO t_all (id,c_tiny,c_tinyu,c_bool,c_small,c_smallu,c_med,c_medu,c_int,c_intu,c_big,c_bigu,c_float,c_double,c_dec10_4,c_dec65_30,c_dec5,c_bit1,c_bit9,c_bit64,c_date,c_time,c_time2,c_time3,c_time6,c_dt,c_dt1,c_dt3,c_dt6,c_ts,c_ts2,c_ts6,c_year,c_year0,c_char,c_char255,c_varchar,c_varchar300,c_bin8,c_varbin,c_varbin300,c_tinytext,c_text,c_medtext,c_longtext,c_tinyblob,c_blob,c_medblob,c_longblob,c_enum,c_enumbig,c_set3,c_set64,c_geom,c_point,c_json,c_inet6,c_inet4,c_uuid,c_vcc,c_vbc,c_textc,c_blobc,c_tinyblobc,c_medblobc,c_longblobc,c_vec,c_inv) VALUES
 (2, 127, 255, TRUE, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 3.402823e38, 1.7976931348623157e308, 999999.9999, 99999999999999999999999999999999999.999999999999999999999999999999, 99999, b'1', b'111111111', x'FFFFFFFFFFFFFFFF', '9999-12-31', '838:59:59', '838:59:59.00', '838:59:59.000', '838:59:59.000000', '9999-12-31 23:59:59', '9999-12-31 23:59:59.9', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '2038-01-19 03:14:07.99', '2038-01-19 03:14:07.999999', 2155, 1901, REPEAT('z',10), REPEAT('€',255), REPEAT('v',20), REPEAT('w',300), x'FFFFFFFFFFFFFFFF', REPEAT(x'FF',20), REPEAT(x'FE',300), REPEAT('t',255), REPEAT('x',300), REPEAT('m',300), REPEAT('l',300), REPEAT(x'01',255), REPEAT(x'02',300), REPEAT(x'03',300), REPEAT(x'04',300), 3, 300, 'x,y,z', 18446744073709551615, ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'), ST_GeomFromText('POINT(1.5 2.5)',4326), '{"a":1,"bb":[true,false,null,"s",-1,65535,70000,-70000,5000000000,18446744073709551615,1.5],"o":{"k":"v"},"e":{},"ea":[]}', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '255.255.255.255', 'ffffffff-ffff-ffff-ffff-ffffffffffff', REPEAT('comp',50), REPEAT(x'AB',200), REPEAT('text',1000), REPEAT(x'CD',1000), REPEAT(x'CD',200), REPEAT(x'CD',200), REPEAT(x'CD',200), VEC_FromText('[1,2,3,4]'), 2);
INSERT INTO t_all (id,c_tiny,c_tinyu,c_bool,c_small,c_smallu,c_med,c_medu,c_int,c_intu,c_big,c_bigu,c_float,c_double,c_dec10_4,c_dec65_30,c_dec5,c_bit1,c_bit9,c_bit64,c_date,c_time,c_time2,c_time3,c_time6,c_dt,c_dt1,c_dt3,c_dt6,c_ts,c_ts2,c_ts6,c_year,c_year0,c_char,c_char255,c_varchar,c_varchar300,c_bin8,c_varbin,c_varbin300,c_tinytext,c_text,c_medtext,c_longtext,c_tinyblob,c_blob,c_medblob,c_longblob,c_enum,c_enumbig,c_set3,c_set64,c_geom,c_point,c_json,c_inet6,c_inet4,c_uuid,c_vcc,c_vbc,c_textc,c_blobc,c_tinyblobc,c_medblobc,c_longblobc,c_vec,c_inv) VALUES
 (3, 5, 5, TRUE, 5, 5, -5, 5, -5, 5, -5, 5, 1.5, -2.5, 1234.5600, -1.000000000000000000000000000001, 42, b'1', b'100000001', x'0102030405060708', '2024-02-29', '12:34:56', '12:34:56.78', '12:34:56.789', '12:34:56.123456', '2024-02-29 12:34:56', '2024-02-29 12:34:56.7', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56', '2024-02-29 12:34:56.78', '2024-02-29 12:34:56.123456', 2024, 1970, 'a b ', 'héllo😀', 'abc ', 'déf', x'0102000300', x'00010200', x'00010200', 'tiny', 'text', 'medium', 'long', x'00FF', x'00FE', x'00FD', x'00FC', 'bé', 'e257', 'x,z', 's1,s10,s64', ST_GeomFromText('LINESTRING(1 2,3 4)'), ST_GeomFromText('POINT(-1 -2)',4326), '[]', '2001:db8::ff00:42:8329', '192.168.0.1', '123e4567-e89b-12d3-a456-426614174000', 'short', x'01', 'tt', x'02', x'02', x'02', x'02', VEC_FromText('[1.5,-2.5,0,0]'), 3);
INSERT INTO t_all (id) VALUES (4);
UPDATE t_all SET c_small=7, c_varchar=NULL, c_json='{"x":1}' WHERE id=3;
UPDATE t_all SET c_med=NULL WHERE id IN (1,2);
DELETE FROM t_all WHERE id=4;
CREATE TABLE t_pkprefix (a VARCHAR(100) CHARACTER SET latin1, b INT, c BLOB, PRIMARY KEY (b, a(10)), UNIQUE KEY u1 (c(5))) DEFAULT CHARSET=latin1;
INSERT INTO t_pkprefix VALUES ('abc',1,'xyz');
CREATE TABLE t_nopk (a INT, b VARCHAR(10)) DEFAULT CHARSET=utf8mb4;
INSERT INTO t_nopk VALUES (1,'a'),(NULL,NULL),(2,'b');
UPDATE t_nopk SET b='zz' WHERE a IS NULL;
DELETE FROM t_nopk;
CREATE TABLE t_cs (a VARCHAR(5) CHARACTER SET latin1, b VARCHAR(5) CHARACTER SET utf8mb3, c CHAR(5) CHARACTER SET ucs2, d TEXT CHARACTER SET utf16, e VARCHAR(5) CHARACTER SET latin1, f ENUM('p','q') CHARACTER SET latin1, g SET('r','s') CHARACTER SET utf8mb4, h BLOB, i VARBINARY(5), j CHAR(3) CHARACTER SET ascii) ENGINE=InnoDB DEFAULT CHARSET=latin1;
INSERT INTO t_cs VALUES ('a','b','c','d','e','p','r,s','h','i','j');
CREATE TABLE t_sysver (a INT PRIMARY KEY, b INT) WITH SYSTEM VERSIONING;
INSERT INTO t_sysver VALUES (1,1);
UPDATE t_sysver SET b=2;
DELETE FROM t_sysver;
CREATE TABLE t_period (id INT, s DATE, e DATE, PERIOD FOR p(s,e));
INSERT INTO t_period VALUES (1,'2020-01-01','2021-01-01');
