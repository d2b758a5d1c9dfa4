-- What drivers, ORMs and tools say when they connect or first look around, one statement a line, under the name of who says it.
-- test_start_up.py asks a node and a real server the same. Behind !1235 stands what is refused here, with that error (!1049|1146: one of them).
-- MySQL Connector/J 8
/* mysql-connector-j-8.3.0 */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@character_set_server AS character_set_server, @@collation_server AS collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout
SET character_set_results = NULL
SET autocommit=1
SET sql_mode='STRICT_TRANS_TABLES'
SELECT @@session.transaction_read_only
SELECT @@session.transaction_isolation
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED
SET SESSION TRANSACTION READ WRITE
SET SQL_SELECT_LIMIT=DEFAULT
/* ping */ SELECT 1
-- MariaDB Connector/J 3
set  autocommit=1, session_track_schema=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')
select @@max_allowed_packet, @@system_time_zone, @@time_zone, @@auto_increment_increment
SELECT @@max_allowed_packet,@@wait_timeout
-- MySQL Connector/NET
SHOW VARIABLES
SHOW COLLATION
SELECT @@max_allowed_packet, @@character_set_client, @@character_set_connection, @@license, @@sql_mode, @@lower_case_table_names, @@autocommit
SET NAMES utf8mb4
-- go-sql-driver/mysql
SELECT @@max_allowed_packet
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci
SET time_zone='+00:00'
SET SESSION tx_isolation = 'READ-COMMITTED'
SET transaction_isolation = 'REPEATABLE-READ'
-- PHP: mysqli, PDO, WordPress, Laravel, Doctrine, phpMyAdmin
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_unicode_520_ci'
SELECT @@SESSION.sql_mode
SET SESSION sql_mode='NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'
use `start_up`
set names 'utf8mb4' collate 'utf8mb4_unicode_ci'
set session sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
SET NAMES utf8mb4; 
SELECT DATABASE()
SELECT @@version, @@version_comment
SHOW SESSION VARIABLES LIKE 'sql_mode'
SET collation_connection = 'utf8mb4_unicode_ci'
SELECT CURRENT_USER()
SHOW GRANTS
SELECT @@lower_case_table_names
SELECT USER()
SET lc_messages = 'en_US'
-- mysql2 and mysqljs (Node), Sequelize, TypeORM, Prisma, Knex
SELECT VERSION() AS `version`
SHOW SESSION VARIABLES LIKE 'max_allowed_packet'
SELECT VERSION() AS `version`, @@sql_mode AS mode
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
SELECT DATABASE() AS `db_name`
SELECT @@GLOBAL.version, @@GLOBAL.lower_case_table_names
select version() as version
SET time_zone = '+00:00'
SELECT @@socket
SELECT @@session.time_zone
SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'start_up'
SELECT GET_LOCK('prisma_migrate', 10)
SELECT RELEASE_LOCK('prisma_migrate')
SELECT CONVERT(DATABASE() USING utf8mb4) AS db
-- PyMySQL, mysqlclient, MySQL Connector/Python, SQLAlchemy, Django
SET AUTOCOMMIT = 0
SET AUTOCOMMIT = 1
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci
SET @@session.autocommit = OFF
SET @@session.autocommit = ON
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci'
SELECT @@SQL_AUTO_IS_NULL
SET SQL_AUTO_IS_NULL = 0
SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names, CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL
select @@version_comment limit 1
SELECT CAST('test plain returns' AS CHAR(60)) AS anon_1
SELECT CAST('test unicode returns' AS CHAR(60)) AS anon_1
SELECT CAST('test collated returns' AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin AS anon_1
SELECT @@tx_isolation
SELECT @@transaction_isolation
SHOW VARIABLES LIKE 'sql_mode'
SHOW VARIABLES LIKE 'lower_case_table_names'
SHOW VARIABLES LIKE 'character_set%%'
SELECT DATABASE()
ROLLBACK
SHOW ENGINES
SELECT engine FROM information_schema.engines WHERE support IN ('DEFAULT', 'YES') ORDER BY engine
SET foreign_key_checks=0
SET foreign_key_checks=1
SHOW FULL TABLES FROM `start_up`
SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = DATABASE()
-- Hibernate, Liquibase, Flyway
SELECT @@version
select 1
SELECT RELEASE_ALL_LOCKS()
SELECT IS_FREE_LOCK('liquibase')
SELECT GET_LOCK('Flyway-1',10)
SELECT IS_USED_LOCK('Flyway-1') = CONNECTION_ID()
SELECT RELEASE_LOCK('Flyway-1')
SELECT SUBSTRING_INDEX(USER(),'@',1)
!1049|1146 SELECT variable_value FROM performance_schema.user_variables_by_thread WHERE variable_name='foreign_key_checks'
SELECT @@foreign_key_checks
SHOW VARIABLES LIKE 'innodb_lock_wait_timeout'
-- HeidiSQL, DBeaver, MySQL Workbench, mysql and mariadb CLIs
SELECT CONNECTION_ID()
SHOW /*!50002 GLOBAL */ STATUS
SELECT NOW()
SHOW VARIABLES LIKE 'skip_name_resolve'
SHOW VARIABLES
SHOW /*!50002 GLOBAL */ VARIABLES LIKE 'version%'
SHOW DATABASES
SELECT DEFAULT_COLLATION_NAME FROM `information_schema`.`SCHEMATA` WHERE `SCHEMA_NAME`='start_up'
SHOW TABLE STATUS FROM `start_up`
SHOW FUNCTION STATUS WHERE `Db`='start_up'
SHOW PROCEDURE STATUS WHERE `Db`='start_up'
SHOW TRIGGERS FROM `start_up`
SHOW EVENTS FROM `start_up`
SELECT *, EVENT_SCHEMA AS `Db`, EVENT_NAME AS `Name` FROM information_schema.`EVENTS` WHERE `EVENT_SCHEMA`='start_up'
SHOW PROCESSLIST
SHOW FULL PROCESSLIST
SHOW CHARSET
SHOW CHARACTER SET
!1235 SHOW PLUGINS
SHOW GLOBAL STATUS
SHOW SESSION STATUS LIKE 'Ssl_cipher'
SHOW SESSION VARIABLES LIKE 'lower_case_table_names'
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
SET CHARACTER SET utf8
SET NAMES utf8
!1238 SET SQL_SAFE_UPDATES=1
SET SQL_SAFE_UPDATES=0
SELECT current_user()
SELECT @@default_storage_engine
SHOW VARIABLES LIKE 'aurora\_version'
SHOW SESSION VARIABLES LIKE 'version_compile_os'
SELECT @@hostname
SELECT CASE WHEN 1 THEN @@version ELSE '' END
SHOW WARNINGS
SHOW INDEX FROM `start_up`.`t`
SHOW CREATE TABLE `start_up`.`t`
SHOW FULL COLUMNS FROM `start_up`.`t`
DESCRIBE start_up.t
SELECT cc.CONSTRAINT_NAME, cc.CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS cc WHERE cc.CONSTRAINT_SCHEMA='start_up'
SELECT * FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA='start_up' AND TABLE_NAME='t' AND REFERENCED_TABLE_NAME IS NOT NULL
SELECT * FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA='start_up'
SELECT @@max_execution_time
SET SESSION max_execution_time = 5000
SET SESSION net_read_timeout=600
SET SESSION wait_timeout=86400
SET SESSION group_concat_max_len = 1000000
SET SESSION sql_log_bin = 1
!1235 SHOW ENGINE INNODB STATUS
-- prometheus mysqld_exporter
SELECT @@version
SHOW GLOBAL VARIABLES
SHOW GLOBAL STATUS
SHOW SLAVE HOSTS
SELECT UNIX_TIMESTAMP()
SELECT @@innodb_version
-- mysqldump and mariadb-dump
SET NAMES utf8mb4
SHOW VARIABLES LIKE 'gtid\_mode'
SET SQL_QUOTE_SHOW_CREATE=1
SET SESSION information_schema_stats_expiry=0
SET SESSION NET_READ_TIMEOUT= 86400, SESSION NET_WRITE_TIMEOUT= 86400
START TRANSACTION /*!40100 WITH CONSISTENT SNAPSHOT */
SHOW VARIABLES LIKE 'ndbinfo\_version'
SAVEPOINT sp
show tables
ROLLBACK TO SAVEPOINT sp
COMMIT
SET SESSION character_set_results = 'utf8mb4'
select @@collation_database
select @@character_set_database
