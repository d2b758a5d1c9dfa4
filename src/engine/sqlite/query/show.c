/* show.c - SHOW and DESCRIBE as SELECTs on information_schema, as MySQL has them. LIKE compares the
 * first column; WHERE is a condition on the columns shown.
 *
 * The SELECT is text for our own parser: names of the client's are put into it as literals. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/schema_tables.h"
#include "wire/account.h"

enum { SHOW_BYTES_MAX = 32 << 20 };

enum of { OF_NOTHING, OF_DATABASE, OF_TABLE };

/* @db, @table: literals of them; @Tables_in: the first column's name. FULL adds columns. */
struct show {
    enum of of;
    const char *like;  /* the column that LIKE compares */
    const char *items; /* without FULL */
    const char *full;
    const char *from;
};

#define COLUMN_ITEMS                                                                               \
    "COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, IS_NULLABLE AS `Null`, COLUMN_KEY AS `Key`, "  \
    "COLUMN_DEFAULT AS `Default`, EXTRA AS `Extra`"
#define ROUTINE_ITEMS                                                                              \
    "ROUTINE_SCHEMA AS `Db`, ROUTINE_NAME AS `Name`, ROUTINE_TYPE AS `Type`, DEFINER AS "          \
    "`Definer`, LAST_ALTERED AS `Modified`, CREATED AS `Created`, SECURITY_TYPE AS "               \
    "`Security_type`, ROUTINE_COMMENT AS `Comment`, CHARACTER_SET_CLIENT AS "                      \
    "`character_set_client`, COLLATION_CONNECTION AS `collation_connection`, "                     \
    "DATABASE_COLLATION AS `Database Collation`"

static const struct show shows[] = {
    [SHOW_DATABASES] = { OF_NOTHING, "Database", "SCHEMA_NAME AS `Database`", NULL,
                         "SCHEMATA ORDER BY SCHEMA_NAME" },
    [SHOW_TABLES] = { OF_DATABASE, NULL, "TABLE_NAME AS @Tables_in",
                      "TABLE_NAME AS @Tables_in, TABLE_TYPE AS `Table_type`",
                      "TABLES WHERE TABLE_SCHEMA = @db ORDER BY TABLE_NAME" },
    [SHOW_COLUMNS] = { OF_TABLE, "Field", COLUMN_ITEMS,
                       "COLUMN_NAME AS `Field`, COLUMN_TYPE AS `Type`, COLLATION_NAME AS "
                       "`Collation`, IS_NULLABLE AS `Null`, COLUMN_KEY AS `Key`, COLUMN_DEFAULT AS "
                       "`Default`, EXTRA AS `Extra`, PRIVILEGES AS `Privileges`, COLUMN_COMMENT AS "
                       "`Comment`",
                       "COLUMNS WHERE TABLE_SCHEMA = @db AND TABLE_NAME = @table ORDER BY "
                       "ORDINAL_POSITION" },
    [SHOW_INDEX] = { OF_TABLE, "Table",
                     "TABLE_NAME AS `Table`, NON_UNIQUE AS `Non_unique`, INDEX_NAME AS `Key_name`, "
                     "SEQ_IN_INDEX AS `Seq_in_index`, COLUMN_NAME AS `Column_name`, COLLATION AS "
                     "`Collation`, CARDINALITY AS `Cardinality`, SUB_PART AS `Sub_part`, PACKED AS "
                     "`Packed`, NULLABLE AS `Null`, INDEX_TYPE AS `Index_type`, COMMENT AS "
                     "`Comment`, INDEX_COMMENT AS `Index_comment`, IS_VISIBLE AS `Visible`, "
                     "EXPRESSION AS `Expression`",
                     NULL, "STATISTICS WHERE TABLE_SCHEMA = @db AND TABLE_NAME = @table" },
    [SHOW_TABLE_STATUS] = { OF_DATABASE, "Name",
                            "TABLE_NAME AS `Name`, ENGINE AS `Engine`, VERSION AS `Version`, "
                            "ROW_FORMAT AS `Row_format`, TABLE_ROWS AS `Rows`, AVG_ROW_LENGTH AS "
                            "`Avg_row_length`, DATA_LENGTH AS `Data_length`, MAX_DATA_LENGTH AS "
                            "`Max_data_length`, INDEX_LENGTH AS `Index_length`, DATA_FREE AS "
                            "`Data_free`, AUTO_INCREMENT AS `Auto_increment`, CREATE_TIME AS "
                            "`Create_time`, UPDATE_TIME AS `Update_time`, CHECK_TIME AS "
                            "`Check_time`, TABLE_COLLATION AS `Collation`, CHECKSUM AS `Checksum`, "
                            "CREATE_OPTIONS AS `Create_options`, TABLE_COMMENT AS `Comment`",
                            NULL, "TABLES WHERE TABLE_SCHEMA = @db ORDER BY TABLE_NAME" },
    [SHOW_TRIGGERS] = { OF_DATABASE, "Table",
                        "TRIGGER_NAME AS `Trigger`, EVENT_MANIPULATION AS `Event`, "
                        "EVENT_OBJECT_TABLE AS `Table`, ACTION_STATEMENT AS `Statement`, "
                        "ACTION_TIMING AS `Timing`, CREATED AS `Created`, SQL_MODE AS `sql_mode`, "
                        "DEFINER AS `Definer`, CHARACTER_SET_CLIENT AS `character_set_client`, "
                        "COLLATION_CONNECTION AS `collation_connection`, DATABASE_COLLATION AS "
                        "`Database Collation`",
                        NULL, "TRIGGERS WHERE EVENT_OBJECT_SCHEMA = @db" },
    [SHOW_EVENTS] = { OF_DATABASE, "Name",
                      "EVENT_SCHEMA AS `Db`, EVENT_NAME AS `Name`, DEFINER AS `Definer`, TIME_ZONE "
                      "AS `Time zone`, EVENT_TYPE AS `Type`, EXECUTE_AT AS `Execute at`, "
                      "INTERVAL_VALUE AS `Interval value`, INTERVAL_FIELD AS `Interval field`, "
                      "STARTS AS `Starts`, ENDS AS `Ends`, STATUS AS `Status`, ORIGINATOR AS "
                      "`Originator`, CHARACTER_SET_CLIENT AS `character_set_client`, "
                      "COLLATION_CONNECTION AS `collation_connection`, DATABASE_COLLATION AS "
                      "`Database Collation`",
                      NULL, "EVENTS WHERE EVENT_SCHEMA = @db" },
    [SHOW_PROCEDURES] = { OF_NOTHING, "Name", ROUTINE_ITEMS, NULL,
                          "ROUTINES WHERE ROUTINE_TYPE = 'PROCEDURE'" },
    [SHOW_FUNCTIONS] = { OF_NOTHING, "Name", ROUTINE_ITEMS, NULL,
                         "ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION'" },
    [SHOW_PACKAGES] = { OF_NOTHING, "Name", ROUTINE_ITEMS, NULL,
                        "ROUTINES WHERE ROUTINE_TYPE LIKE 'PACKAGE%'" },
    [SHOW_ENGINES] = { OF_NOTHING, "Engine",
                       "ENGINE AS `Engine`, SUPPORT AS `Support`, COMMENT AS `Comment`, "
                       "TRANSACTIONS AS `Transactions`, XA, SAVEPOINTS AS `Savepoints`",
                       NULL, "ENGINES" },
    [SHOW_COLLATION] = { OF_NOTHING, "Collation",
                         "COLLATION_NAME AS `Collation`, CHARACTER_SET_NAME AS `Charset`, ID AS "
                         "`Id`, IS_DEFAULT AS `Default`, IS_COMPILED AS `Compiled`, SORTLEN AS "
                         "`Sortlen`, PAD_ATTRIBUTE AS `Pad_attribute`",
                         NULL, "COLLATIONS ORDER BY COLLATION_NAME" },
    [SHOW_CHARACTER_SET] = { OF_NOTHING, "Charset",
                             "CHARACTER_SET_NAME AS `Charset`, DESCRIPTION AS `Description`, "
                             "DEFAULT_COLLATE_NAME AS `Default collation`, MAXLEN AS `Maxlen`",
                             NULL, "CHARACTER_SETS ORDER BY CHARACTER_SET_NAME" },
};

struct showing {
    struct compiler *c;
    const char *db, *table;
    const char *first; /* of the columns: their name, quoted */
    struct buf text;
};

static void quote(struct buf *out, const char *text, char mark)
{
    buf_u8(out, (uint8_t)mark);
    for (; *text != '\0'; text++) {
        if (*text == mark || (*text == '\\' && mark == '\''))
            buf_u8(out, (uint8_t)*text);
        buf_u8(out, (uint8_t)*text);
    }
    buf_u8(out, (uint8_t)mark);
}

/* A name of the catalog's is text in UTF-8, compared byte by byte. */
static void literal(struct buf *out, const char *text)
{
    quote(out, text, '\'');
}

static bool find_database(struct showing *s)
{
    s->db = s->c->tree->db != NULL ? s->c->tree->db : s->c->session->db;
    if (s->db[0] == '\0')
        return compile_fail(s->c, PROBLEM_NO_DATABASE, "No database selected");
    if (!account_databases_hold(s->c->session->databases, s->db) && !schema_is_own(s->db))
        return compile_fail(s->c, PROBLEM_DATABASE_DENIED,
                            "Access denied for user '%s' to database '%s'", s->c->session->user,
                            s->db);
    if (schema_is_own(s->db) || catalog_has_database(s->c->connection->engine->catalog, s->db))
        return true;
    return compile_fail(s->c, PROBLEM_UNKNOWN_DATABASE, "Unknown database '%s'", s->db);
}

static const struct table_def *find_table(struct showing *s)
{
    struct source source = { .db = s->c->tree->db, .name = s->c->tree->table };
    struct scope saved;
    scope_enter(s->c, &saved);
    const struct relation *relation = scope_add_table(s->c, &source, false);
    scope_leave(s->c, &saved);
    return relation != NULL ? relation->table->def : NULL;
}

static bool find(struct showing *s, enum of of)
{
    if (of == OF_NOTHING)
        return true;
    if (of == OF_DATABASE)
        return find_database(s);
    const struct table_def *table = find_table(s);
    if (table == NULL)
        return false;
    s->db = table->db;
    s->table = table->name;
    return true;
}

/* Puts text with its @ names replaced. */
static void expand(struct showing *s, const char *text)
{
    static const char *const names[] = { "@Tables_in", "@db", "@table" };
    const char *values[] = { s->first, s->db, s->table };
    while (*text != '\0') {
        size_t plain = strcspn(text, "@");
        buf_append(&s->text, text, plain);
        text += plain;
        for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
            size_t len = strlen(names[i]);
            if (strncmp(text, names[i], len) != 0)
                continue;
            quote(&s->text, values[i] != NULL ? values[i] : "", i == 0 ? '`' : '\'');
            text += len;
            break;
        }
    }
}

static void add_like(struct showing *s, const struct show *show)
{
    const struct expr *like = s->c->tree->like;
    if (like == NULL)
        return;
    buf_str(&s->text, " WHERE ");
    quote(&s->text, show->like != NULL ? show->like : s->first, '`');
    buf_str(&s->text, " LIKE ");
    const char *pattern = arena_strn(s->c->arena, like->text.data, like->text.len);
    literal(&s->text, pattern);
}

static bool write_list(struct showing *s, const struct show *show)
{
    const char *db = s->c->tree->db != NULL ? s->c->tree->db : s->c->session->db;
    if (!find(s, show->of))
        return false;
    const struct expr *like = s->c->tree->like;
    s->first = like != NULL && s->c->tree->show == SHOW_TABLES
                   ? arena_printf(s->c->arena, "Tables_in_%s (%.*s)", db, (int)like->text.len,
                                  (const char *)like->text.data)
                   : arena_printf(s->c->arena, "Tables_in_%s", db);
    buf_str(&s->text, "SELECT * FROM (SELECT ");
    expand(s, s->c->tree->full && show->full != NULL ? show->full : show->items);
    buf_str(&s->text, " FROM information_schema.");
    expand(s, show->from);
    buf_str(&s->text, ") AS shown");
    add_like(s, show);
    return true;
}

static bool write_create_table(struct showing *s)
{
    const struct table_def *table = find_table(s);
    AUTO_BUF create;
    buf_init(&create, SHOW_BYTES_MAX);
    if (table == NULL)
        return false;
    table_def_print(table, &create);
    buf_str(&s->text, "SELECT ");
    literal(&s->text, table->name);
    buf_str(&s->text, " AS `Table`, ");
    literal(&s->text, buf_cstr(&create));
    buf_str(&s->text, " AS `Create Table`");
    return true;
}

static bool write_create_database(struct showing *s)
{
    const struct catalog *catalog = s->c->connection->engine->catalog;
    AUTO_BUF create;
    buf_init(&create, SHOW_BYTES_MAX);
    if (!find_database(s))
        return false;
    const char *charset = catalog_database_charset(catalog, s->db);
    const char *collation = catalog_database_collation(catalog, s->db);
    buf_str(&create, "CREATE DATABASE ");
    buf_str(&create, s->c->tree->if_exists ? "/*!32312 IF NOT EXISTS*/ " : "");
    quote(&create, s->db, '`');
    if (charset != NULL) {
        buf_printf(&create, " /*!40100 DEFAULT CHARACTER SET %s", charset);
        if (collation != NULL && collation[0] != '\0')
            buf_printf(&create, " COLLATE %s", collation);
        buf_str(&create, " */");
    }
    buf_str(&s->text, "SELECT ");
    literal(&s->text, s->db);
    buf_str(&s->text, " AS `Database`, ");
    literal(&s->text, buf_cstr(&create));
    buf_str(&s->text, " AS `Create Database`");
    return true;
}

static bool write_select(struct showing *s)
{
    if (s->c->tree->show == SHOW_CREATE_TABLE)
        return write_create_table(s);
    if (s->c->tree->show == SHOW_CREATE_DATABASE)
        return write_create_database(s);
    return write_list(s, &shows[s->c->tree->show]);
}

bool show_translate(struct compiler *c, struct query_tree **out)
{
    struct ddl_session as = { .db = "information_schema",
                              .flavour = c->connection->engine->flavour,
                              .charset = "utf8mb4" };
    struct showing s = { .c = c };
    struct err err = { 0 };
    buf_init(&s.text, SHOW_BYTES_MAX);
    bool ok = write_select(&s) && !c->failed;
    if (ok && s.text.failed)
        ok = compile_refuse(c, "SHOW of a definition as long as this");
    struct bytes text = arena_copy(c->arena, buf_bytes(&s.text));
    buf_clear(&s.text);
    if (!ok)
        return false;
    if (!query_parse(text, &as, out, &err))
        return compile_fail(c, PROBLEM_NOT_SUPPORTED, "this SHOW: %s", err.text);
    if (c->tree->where != NULL)
        (*out)->select->where = c->tree->where;
    return true;
}
