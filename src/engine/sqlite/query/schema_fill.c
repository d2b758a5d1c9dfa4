/* schema_fill.c - the rows of information_schema from the catalog, as MySQL has them. What nobody
 * here counts (rows, bytes, cardinality) is NULL. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "engine/sqlite/query/schema_tables.h"
#include "sql/charset.h"
#include "sql/names.h"
#include "sql/types.h"
#include "wire/account.h"

enum { TEXT_BYTES_MAX = 16 << 20 };

static struct buf scratch(void)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    return text;
}

/* ---- databases and tables ---- */

static bool visit_schema(const char *db, const char *charset, const char *collation, void *arg)
{
    struct schema_fill *fill = arg;
    if (!schema_is_own(db) && !account_databases_hold(fill->c->session->databases, db))
        return true;
    put_text(fill, "def");
    put_text(fill, db);
    put_text(fill, charset);
    put_text(fill, collation);
    put_null(fill);
    put_text(fill, "NO");
    return end_row(fill);
}

bool fill_schemata(struct schema_fill *fill)
{
    return visit_schema("information_schema", "utf8mb3", "utf8mb3_general_ci", fill) &&
           catalog_each_database(fill->catalog, visit_schema, fill);
}

static const char *table_collation(const struct table_def *table)
{
    if (table->collation != NULL && table->collation[0] != '\0')
        return table->collation;
    const struct charset *charset = table->charset != NULL ? charset_by_name(table->charset) : NULL;
    return charset != NULL ? charset_default_collation(charset) : NULL;
}

static bool visit_table(const struct table_def *table, void *arg)
{
    enum { COUNTS = 6, FRM_VERSION = 10 };
    struct schema_fill *fill = arg;
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, table->name);
    put_text(fill, table->is_sequence ? "SEQUENCE" : "BASE TABLE");
    put_text(fill, table->engine != NULL && table->engine[0] != '\0' ? table->engine : "InnoDB");
    put_int(fill, FRM_VERSION);
    put_text(fill, "Dynamic");
    for (unsigned i = 0; i < COUNTS; i++)
        put_null(fill);
    put_null(fill); /* AUTO_INCREMENT */
    put_null(fill);
    put_null(fill);
    put_null(fill);
    put_text(fill, table_collation(table));
    put_null(fill);
    put_text(fill, table->partition_text != NULL ? "partitioned" : "");
    put_text(fill, table->comment != NULL ? table->comment : "");
    return end_row(fill);
}

bool fill_tables(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_table);
}

static bool visit_partition(const struct table_def *table, void *arg)
{
    enum { NAMES = 5 };
    struct schema_fill *fill = arg;
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, table->name);
    for (unsigned i = 0; i < NAMES; i++)
        put_null(fill);
    put_null(fill);
    return end_row(fill);
}

bool fill_partitions(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_partition);
}

/* ---- columns ---- */

const char *schema_key_word(const struct table_def *table, const char *column)
{
    const struct key_def *row_key = table_def_row_key(table);
    const char *word = "";
    for (unsigned i = 0; row_key != NULL && i < row_key->part_count; i++)
        if (sql_name_equal(row_key->parts[i].column, column))
            return "PRI";
    for (unsigned i = 0; i < table->key_count; i++) {
        const struct key_def *key = &table->keys[i];
        if (key->part_count == 0 || key->parts[0].column == NULL ||
            !sql_name_equal(key->parts[0].column, column))
            continue;
        if (key->kind == KEY_UNIQUE && key->part_count == 1)
            return "UNI";
        word = "MUL";
    }
    return word;
}

static bool is_now(const struct column_def *column)
{
    return column->default_is_expression &&
           strncasecmp(column->default_text, "CURRENT_TIMESTAMP", 17) == 0;
}

bool schema_extra(enum flavour flavour, const struct column_def *column, struct buf *out)
{
    bool is_mysql = flavour == FLAVOUR_MYSQL;
    buf_reset(out);
    if (column->auto_increment)
        buf_str(out, "auto_increment");
    if (column->generated != GENERATED_NO)
        buf_str(out,
                column->generated == GENERATED_STORED ? "STORED GENERATED" : "VIRTUAL GENERATED");
    if (is_mysql && column->default_text != NULL && column->default_is_expression)
        buf_str(out, "DEFAULT_GENERATED");
    if (column->on_update_now) {
        buf_printf(out, "%son update %s", out->len > 0 ? " " : "",
                   is_mysql ? "CURRENT_TIMESTAMP" : "current_timestamp(");
        if (is_mysql && column->scale > 0)
            buf_printf(out, "(%u)", column->scale);
        else if (!is_mysql && column->scale > 0)
            buf_printf(out, "%u", column->scale);
        buf_str(out, is_mysql ? "" : ")");
    }
    if (column->invisible)
        buf_printf(out, "%sINVISIBLE", out->len > 0 ? (is_mysql ? " " : ", ") : "");
    return !out->failed;
}

/* b'101' */
static const char *bits_literal(const char *number, struct arena *arena)
{
    char digits[65], *first = digits + sizeof digits - 1;
    uint64_t bits = strtoull(number, NULL, 10);
    *first = '\0';
    do
        *--first = (char)('0' + (bits & 1));
    while ((bits >>= 1) != 0);
    return arena_printf(arena, "b'%s'", first);
}

const char *schema_default(enum flavour flavour, const struct column_def *column,
                           struct arena *arena)
{
    if (column->default_text == NULL)
        return NULL;
    if (column->type == SQL_BIT && !column->default_is_expression)
        return bits_literal(column->default_text, arena);
    if (flavour == FLAVOUR_MARIADB && is_now(column) && column->default_text[17] == '\0')
        return "current_timestamp()";
    return column->default_text;
}

void schema_type(enum flavour flavour, const struct column_def *column, struct buf *out)
{
    buf_reset(out);
    column_type_print(column, out);
    if (column->type == SQL_YEAR && flavour == FLAVOUR_MARIADB)
        buf_str(out, "(4)");
}

static bool is_text(const struct column_def *column)
{
    return sql_type_has_charset(column->type);
}

static int64_t blob_bytes(enum sql_type type)
{
    static const struct {
        enum sql_type type;
        int64_t bytes;
    } sizes[] = {
        { SQL_TINYTEXT, 255 },        { SQL_TINYBLOB, 255 },        { SQL_TEXT, 65535 },
        { SQL_BLOB, 65535 },          { SQL_MEDIUMTEXT, 16777215 }, { SQL_MEDIUMBLOB, 16777215 },
        { SQL_LONGTEXT, UINT32_MAX }, { SQL_LONGBLOB, UINT32_MAX },
    };
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
        if (sizes[i].type == type)
            return sizes[i].bytes;
    return 0;
}

static int64_t label_characters(const struct column_def *column)
{
    int64_t longest = 0, all = 0;
    for (unsigned i = 0; i < column->label_count; i++) {
        int64_t length = 0;
        for (const char *p = column->labels[i]; *p != '\0'; p++)
            length += ((uint8_t)*p & 0xc0) != 0x80;
        longest = length > longest ? length : longest;
        all += length + (i > 0);
    }
    return column->type == SQL_SET ? all : longest;
}

static void put_lengths(struct schema_fill *fill, const struct column_def *column)
{
    const struct charset *charset =
        column->charset != NULL ? charset_by_name(column->charset) : NULL;
    int64_t wide = charset != NULL ? charset_max_bytes(charset) : 1;
    int64_t bytes = blob_bytes(column->type), characters;
    bool is_bytes = column->type == SQL_BINARY || column->type == SQL_VARBINARY;
    if (!is_text(column) && !is_bytes && bytes == 0) {
        put_null(fill);
        put_null(fill);
        return;
    }
    if (column->label_count > 0)
        characters = label_characters(column);
    else
        characters = bytes > 0 ? bytes / (is_text(column) ? wide : 1) : column->length;
    put_int(fill, bytes > 0 && is_text(column) ? bytes : characters);
    put_int(fill, bytes > 0 ? bytes : characters * wide);
}

static void put_numbers(struct schema_fill *fill, const struct column_def *column)
{
    static const struct {
        enum sql_type type;
        int precision;
    } digits[] = {
        { SQL_TINYINT, 3 }, { SQL_SMALLINT, 5 }, { SQL_MEDIUMINT, 7 }, { SQL_INT, 10 },
        { SQL_BIGINT, 19 }, { SQL_FLOAT, 12 },   { SQL_DOUBLE, 22 },
    };
    int precision = column->type == SQL_DECIMAL ? column->precision
                    : column->type == SQL_BIT   ? (int)column->length
                                                : 0;
    bool has_scale = column->type == SQL_DECIMAL || column->type <= SQL_BIGINT;
    for (size_t i = 0; i < ARRAY_COUNT(digits); i++)
        if (digits[i].type == column->type)
            precision = digits[i].precision;
    if (column->type == SQL_BIGINT && column->is_unsigned)
        precision = 20;
    if (precision > 0)
        put_int(fill, precision);
    else
        put_null(fill);
    if (has_scale)
        put_int(fill, column->type == SQL_DECIMAL ? column->scale : 0);
    else
        put_null(fill);
    if (column->type == SQL_TIME || column->type == SQL_DATETIME || column->type == SQL_TIMESTAMP)
        put_int(fill, column->scale);
    else
        put_null(fill);
}

static void put_collation(struct schema_fill *fill, const struct column_def *column)
{
    const struct charset *charset =
        column->charset != NULL ? charset_by_name(column->charset) : NULL;
    put_text(fill, is_text(column) ? column->charset : NULL);
    if (!is_text(column))
        put_null(fill);
    else if (column->collation != NULL && column->collation[0] != '\0')
        put_text(fill, column->collation);
    else
        put_text(fill, charset != NULL ? charset_default_collation(charset) : NULL);
}

static bool put_column(struct schema_fill *fill, const struct table_def *table, unsigned place)
{
    const struct column_def *column = &table->columns[place];
    enum flavour flavour = fill->c->connection->engine->flavour;
    AUTO_BUF text = scratch();
    put_text(fill, "def");
    put_text(fill, table->db);
    put_text(fill, table->name);
    put_text(fill, column->name);
    put_int(fill, place + 1);
    put_text(fill, schema_default(flavour, column, fill->c->arena));
    put_text(fill, column->nullable ? "YES" : "NO");
    put_text(fill,
             column->geometry_kind != NULL ? column->geometry_kind : sql_type_name(column->type));
    put_lengths(fill, column);
    put_numbers(fill, column);
    put_collation(fill, column);
    schema_type(flavour, column, &text);
    put_text(fill, buf_cstr(&text));
    put_text(fill, schema_key_word(table, column->name));
    schema_extra(flavour, column, &text);
    put_text(fill, buf_cstr(&text));
    put_text(fill, "select,insert,update,references");
    put_text(fill, column->comment != NULL ? column->comment : "");
    put_text(fill, column->generated_text != NULL ? column->generated_text : "");
    return end_row(fill);
}

static bool visit_columns(const struct table_def *table, void *arg)
{
    for (unsigned i = 0; i < table->column_count; i++)
        if (!put_column(arg, table, i))
            return false;
    return true;
}

bool fill_columns(struct schema_fill *fill)
{
    return schema_each_table(fill, visit_columns);
}

/* ---- the small ones ---- */

bool fill_nothing(struct schema_fill *fill)
{
    (void)fill;
    return true;
}

bool fill_engines(struct schema_fill *fill)
{
    static const char *const row[] = {
        "InnoDB", "DEFAULT", "Rows in SQLite: transactions, row-level capture", "YES", "NO", "YES"
    };
    for (size_t i = 0; i < ARRAY_COUNT(row); i++)
        put_text(fill, row[i]);
    return end_row(fill);
}

enum { COLLATION_IDS = 4096 };

static bool put_charset(struct schema_fill *fill, const struct charset *charset)
{
    put_text(fill, charset_name(charset));
    put_text(fill, charset_default_collation(charset));
    put_text(fill, charset_name(charset));
    put_int(fill, charset_max_bytes(charset));
    return end_row(fill);
}

bool fill_charsets(struct schema_fill *fill)
{
    for (unsigned id = 1; id < COLLATION_IDS; id++) {
        const struct charset *charset = charset_by_collation_id(id);
        const char *name = charset != NULL ? charset_collation_name(id) : NULL;
        if (name != NULL && strcmp(name, charset_default_collation(charset)) == 0 &&
            !put_charset(fill, charset))
            return false;
    }
    return true;
}

bool fill_collations(struct schema_fill *fill)
{
    for (unsigned id = 1; id < COLLATION_IDS; id++) {
        const struct charset *charset = charset_by_collation_id(id);
        const char *name = charset != NULL ? charset_collation_name(id) : NULL;
        if (name == NULL)
            continue;
        bool is_default = strcmp(name, charset_default_collation(charset)) == 0;
        bool pads = strstr(name, "0900") == NULL && strstr(name, "nopad") == NULL &&
                    !charset_is_binary(charset);
        put_text(fill, name);
        put_text(fill, charset_name(charset));
        put_int(fill, id);
        put_text(fill, is_default ? "Yes" : "");
        put_text(fill, "Yes");
        put_int(fill, 1);
        put_text(fill, pads ? "PAD SPACE" : "NO PAD");
        if (!end_row(fill))
            return false;
    }
    return true;
}
