/* table_print.c - a definition as a CREATE TABLE statement that says everything: charset and
 * collation of every text column, NULL or NOT NULL, both actions of a foreign key. So it means the
 * same wherever it is read. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/catalog.h"
#include "sql/lexer.h"
#include "sql/types.h"

static void print_text(const char *text, struct buf *out)
{
    sql_quote_text(text, strlen(text), out);
}

static void print_labels(const struct column_def *column, struct buf *out)
{
    for (unsigned i = 0; i < column->label_count; i++) {
        buf_u8(out, i == 0 ? '(' : ',');
        print_text(column->labels[i], out);
    }
    buf_u8(out, ')');
}

static void print_size(const struct column_def *column, struct buf *out)
{
    switch (sql_type_class(column->type)) {
    case TYPE_INTEGER:
    case TYPE_BIT:
        if (column->length > 0)
            buf_printf(out, "(%u)", column->length);
        return;
    case TYPE_REAL:
    case TYPE_DECIMAL:
        if (column->precision > 0)
            buf_printf(out, "(%u,%u)", column->precision, column->scale);
        return;
    case TYPE_TEMPORAL:
        if (column->scale > 0)
            buf_printf(out, "(%u)", column->scale);
        return;
    case TYPE_TEXT:
    case TYPE_BINARY:
        if (!sql_type_is_blob(column->type))
            buf_printf(out, "(%u)", column->length);
        return;
    case TYPE_LABELS:
        print_labels(column, out);
        return;
    case TYPE_YEAR:
    case TYPE_OTHER:
        if (column->type == SQL_VECTOR)
            buf_printf(out, "(%u)", column->length);
        return;
    }
}

void column_type_print(const struct column_def *column, struct buf *out)
{
    buf_str(out,
            column->geometry_kind != NULL ? column->geometry_kind : sql_type_name(column->type));
    print_size(column, out);
    if (column->is_unsigned)
        buf_str(out, " unsigned");
    if (column->zerofill)
        buf_str(out, " zerofill");
}

static void print_type(const struct column_def *column, struct buf *out)
{
    column_type_print(column, out);
    if (column->charset != NULL)
        buf_printf(out, " CHARACTER SET %s", column->charset);
    if (column->collation != NULL && column->collation[0] != 0)
        buf_printf(out, " COLLATE %s", column->collation);
    if (column->compressed)
        buf_str(out, " COMPRESSED");
}

static void print_default(const struct column_def *column, struct buf *out)
{
    if (column->default_text == NULL)
        return;
    bool now = strncmp(column->default_text, "CURRENT_TIMESTAMP", 17) == 0;
    buf_str(out, " DEFAULT ");
    if (column->default_is_expression)
        buf_printf(out, now ? "%s" : "(%s)", column->default_text);
    else if (column->type == SQL_BIT)
        buf_str(out, column->default_text);
    else
        print_text(column->default_text, out);
}

static void print_generated(const struct column_def *column, struct buf *out)
{
    if (column->row_edge != ROW_EDGE_NONE)
        buf_printf(out, " GENERATED ALWAYS AS ROW %s",
                   column->row_edge == ROW_EDGE_START ? "START" : "END");
    if (column->generated == GENERATED_NO)
        return;
    buf_printf(out, " GENERATED ALWAYS AS (%s) %s", column->generated_text,
               column->generated == GENERATED_STORED ? "STORED" : "VIRTUAL");
}

static void print_column(const struct column_def *column, struct buf *out)
{
    sql_quote_name(column->name, out);
    buf_u8(out, ' ');
    print_type(column, out);
    print_generated(column, out);
    if (column->geometry_has_srid)
        buf_printf(out, " SRID %u", column->srid);
    if (column->row_edge == ROW_EDGE_NONE)
        buf_str(out, column->nullable ? " NULL" : " NOT NULL");
    print_default(column, out);
    if (column->on_update_now && column->scale > 0)
        buf_printf(out, " ON UPDATE CURRENT_TIMESTAMP(%u)", column->scale);
    else if (column->on_update_now)
        buf_str(out, " ON UPDATE CURRENT_TIMESTAMP");
    if (column->auto_increment)
        buf_str(out, " AUTO_INCREMENT");
    if (column->invisible)
        buf_str(out, " INVISIBLE");
    if (column->unversioned)
        buf_str(out, " WITHOUT SYSTEM VERSIONING");
    if (column->comment != NULL) {
        buf_str(out, " COMMENT ");
        print_text(column->comment, out);
    }
}

static void print_key_parts(const struct table_def *table, const struct key_def *key,
                            struct buf *out)
{
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct key_part *part = &key->parts[i];
        buf_u8(out, i == 0 ? '(' : ',');
        if (part->expression != NULL)
            buf_printf(out, "(%s)", part->expression);
        else
            sql_quote_name(part->column, out);
        if (part->prefix > 0)
            buf_printf(out, "(%u)", part->prefix);
        if (part->descending)
            buf_str(out, " DESC");
    }
    if (key->without_overlaps && table->period_name != NULL) {
        buf_u8(out, ',');
        sql_quote_name(table->period_name, out);
        buf_str(out, " WITHOUT OVERLAPS");
    }
    buf_u8(out, ')');
}

static void print_key(const struct table_def *table, const struct key_def *key, struct buf *out)
{
    static const char *const words[] = {
        [KEY_PRIMARY] = "PRIMARY KEY",  [KEY_UNIQUE] = "UNIQUE KEY ",
        [KEY_PLAIN] = "KEY ",           [KEY_FULLTEXT] = "FULLTEXT KEY ",
        [KEY_SPATIAL] = "SPATIAL KEY ", [KEY_VECTOR] = "VECTOR KEY ",
    };
    buf_str(out, words[key->kind]);
    if (key->kind != KEY_PRIMARY)
        sql_quote_name(key->name, out);
    buf_u8(out, ' ');
    print_key_parts(table, key, out);
    if (key->invisible)
        buf_str(out, " INVISIBLE");
}

static void print_names(char **names, unsigned count, struct buf *out)
{
    for (unsigned i = 0; i < count; i++) {
        buf_u8(out, i == 0 ? '(' : ',');
        sql_quote_name(names[i], out);
    }
    buf_u8(out, ')');
}

static void print_fk(const struct table_def *table, const struct fk_def *fk, struct buf *out)
{
    static const char *const actions[] = {
        [FK_NO_ACTION] = "NO ACTION", [FK_RESTRICT] = "RESTRICT",       [FK_CASCADE] = "CASCADE",
        [FK_SET_NULL] = "SET NULL",   [FK_SET_DEFAULT] = "SET DEFAULT",
    };
    buf_str(out, "CONSTRAINT ");
    sql_quote_name(fk->name, out);
    buf_str(out, " FOREIGN KEY ");
    print_names(fk->columns, fk->column_count, out);
    buf_str(out, " REFERENCES ");
    if (table->db == NULL || strcmp(fk->parent_db, table->db) != 0) {
        sql_quote_name(fk->parent_db, out);
        buf_u8(out, '.');
    }
    sql_quote_name(fk->parent_table, out);
    if (fk->parent_column_count > 0) {
        buf_u8(out, ' ');
        print_names(fk->parent_columns, fk->parent_column_count, out);
    }
    buf_printf(out, " ON DELETE %s ON UPDATE %s", actions[fk->on_delete], actions[fk->on_update]);
}

static void print_check(const struct check_def *check, struct buf *out)
{
    if (check->name != NULL) {
        buf_str(out, "CONSTRAINT ");
        sql_quote_name(check->name, out);
        buf_u8(out, ' ');
    }
    buf_printf(out, "CHECK (%s)%s", check->expression, check->enforced ? "" : " NOT ENFORCED");
}

/* MariaDB's checks that belong to the column. */
static void print_column_checks(const struct table_def *table, const struct column_def *column,
                                struct buf *out)
{
    for (unsigned i = 0; i < table->check_count; i++) {
        const struct check_def *check = &table->checks[i];
        if (check->column == NULL || strcmp(check->column, column->name) != 0)
            continue;
        buf_u8(out, ' ');
        print_check(check, out);
    }
}

static void next_element(bool *first, struct buf *out)
{
    buf_str(out, *first ? "\n  " : ",\n  ");
    *first = false;
}

static void print_periods(const struct table_def *table, bool *first, struct buf *out)
{
    const char *edges[] = { NULL, NULL, NULL };
    for (unsigned i = 0; i < table->column_count; i++)
        edges[table->columns[i].row_edge] = table->columns[i].name;
    if (table->system_versioned && edges[ROW_EDGE_START] != NULL && edges[ROW_EDGE_END] != NULL) {
        next_element(first, out);
        buf_str(out, "PERIOD FOR SYSTEM_TIME (");
        sql_quote_name(edges[ROW_EDGE_START], out);
        buf_u8(out, ',');
        sql_quote_name(edges[ROW_EDGE_END], out);
        buf_u8(out, ')');
    }
    if (table->period_name == NULL)
        return;
    next_element(first, out);
    buf_str(out, "PERIOD FOR ");
    sql_quote_name(table->period_name, out);
    char *ends[] = { table->period_start, table->period_end };
    buf_u8(out, ' ');
    print_names(ends, 2, out);
}

static void print_elements(const struct table_def *table, struct buf *out)
{
    bool first = true;
    for (unsigned i = 0; i < table->column_count; i++) {
        next_element(&first, out);
        print_column(&table->columns[i], out);
        print_column_checks(table, &table->columns[i], out);
    }
    for (unsigned i = 0; i < table->key_count; i++) {
        next_element(&first, out);
        print_key(table, &table->keys[i], out);
    }
    for (unsigned i = 0; i < table->fk_count; i++) {
        next_element(&first, out);
        print_fk(table, &table->fks[i], out);
    }
    for (unsigned i = 0; i < table->check_count; i++) {
        if (table->checks[i].column != NULL)
            continue;
        next_element(&first, out);
        print_check(&table->checks[i], out);
    }
    print_periods(table, &first, out);
}

static void print_options(const struct table_def *table, struct buf *out)
{
    if (table->engine[0] != 0) {
        buf_str(out, " ENGINE=");
        sql_quote_name(table->engine, out);
    }
    buf_printf(out, " DEFAULT CHARSET=%s", table->charset);
    if (table->collation[0] != 0)
        buf_printf(out, " COLLATE=%s", table->collation);
    if (table->comment != NULL && table->comment[0] != 0) {
        buf_str(out, " COMMENT=");
        print_text(table->comment, out);
    }
    if (table->is_sequence)
        buf_str(out, " SEQUENCE=1");
    if (table->system_versioned)
        buf_str(out, " WITH SYSTEM VERSIONING");
    if (table->partition_text != NULL)
        buf_printf(out, "\n%s", table->partition_text);
}

void table_def_print(const struct table_def *table, struct buf *out)
{
    buf_str(out, "CREATE TABLE ");
    sql_quote_name(table->name, out);
    buf_str(out, " (");
    print_elements(table, out);
    buf_str(out, "\n)");
    print_options(table, out);
}
