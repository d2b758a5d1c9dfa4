/* insert.c - see insert.h.
 *
 * A statement of many rows saves what each statement costs by itself: a fifth of a bulk insert. Its
 * rows must be few bytes and few columns, for its parameters are all bound at once. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/insert.h"
#include "binlog/table_map.h"
#include "binlog/value_equal.h"
#include "engine/sqlite/rows.h"

enum { TOGETHER_COLUMNS_MAX = 64, SMALL_ROW_BYTES = 8192 };

/* A sequence is a table of one row, and each row that the log writes into it takes its place. */
static bool clear_sequence(const struct engine_table *table, struct err *err)
{
    AUTO_BUF sql = db_sql();
    buf_str(&sql, "DELETE FROM ");
    db_quote_name(&sql, table->sqlite_name);
    return db_exec_buf(table->engine->db, &sql, err);
}

/* Of a part of it (binlog_row_image=MINIMAL) the rest stays. */
static bool change_sequence(const struct engine_table *table, const struct value *row,
                            struct err *err)
{
    AUTO_STMT stmt = NULL;
    AUTO_BUF sql = db_sql();
    int count = 0;
    buf_str(&sql, "UPDATE ");
    db_quote_name(&sql, table->sqlite_name);
    for (unsigned i = 0; i < table->def->column_count; i++) {
        if (row[i].kind == VALUE_ABSENT)
            continue;
        buf_str(&sql, count++ > 0 ? "," : " SET ");
        db_quote_name(&sql, table->def->columns[i].name);
        buf_str(&sql, "=?");
    }
    if (count == 0)
        return true;
    if (!db_prepare(table->engine->db, buf_cstr(&sql), &stmt, err))
        return false;
    for (unsigned i = table->def->column_count; i-- > 0;)
        if (row[i].kind != VALUE_ABSENT &&
            !storage_bind(&table->columns[i], stmt, count--, &row[i], err))
            return false;
    return db_run(table->engine->db, stmt, err);
}

/* Every column of a row, from the parameter `index` on. */
static bool bind_row(const struct engine_table *table, sqlite3_stmt *stmt, int index,
                     const struct value *row, struct err *err)
{
    for (unsigned i = 0; i < table->def->column_count; i++, index++) {
        bool done = row[i].kind == VALUE_ABSENT
                        ? storage_bind_absent(&table->columns[i], stmt, index, err)
                        : storage_bind(&table->columns[i], stmt, index, &row[i], err);
        if (!done)
            return err_wrap(err, "insert of %s.%s", table->def->db, table->def->name);
    }
    return true;
}

/* One statement for `count` rows, as many as its kind has. Of those that SQLite took before it
 * refused one it tells the number. */
static bool insert_together(struct engine_table *table, const struct value *const *rows,
                            unsigned count, enum statement_kind kind, struct err *err)
{
    uint64_t all[TABLE_COLUMNS_MAX / 64], none[TABLE_COLUMNS_MAX / 64];
    sqlite3 *db = table->engine->db;
    sqlite3_stmt *stmt;
    memset(all, 0, table->mask_words * sizeof all[0]);
    memset(none, 0, table->mask_words * sizeof none[0]);
    for (unsigned i = 0; i < table->def->column_count; i++)
        mask_add(all, i);
    if (!statement_get(table, kind, (struct statement_columns){ all, none }, &stmt, err))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!bind_row(table, stmt, (int)(i * table->def->column_count) + 1, rows[i], err))
            return false;
    (void)sqlite3_step(stmt);
    int rc = sqlite3_reset(stmt);
    if (rc == SQLITE_OK)
        return true;
    unsigned taken = (unsigned)sqlite3_changes(db);
    return rows_refused(table, rc, rows[taken < count ? taken : 0], "insert", err);
}

bool insert_row(struct engine_table *table, const struct value *row, enum statement_kind kind,
                struct err *err)
{
    if (table->def->is_sequence && !rows_is_whole(table, row))
        return change_sequence(table, row, err);
    if (table->def->is_sequence && !clear_sequence(table, err))
        return false;
    return insert_together(table, &row, 1, kind, err);
}

/* What a statement's values are converted into lives as long as it: so of few bytes. */
static bool is_small(const struct engine_table *table, const struct value *row)
{
    size_t size = 0;
    for (unsigned i = 0; i < table->def->column_count; i++) {
        if (!value_has_bytes(row[i].kind))
            continue;
        if (row[i].compressed)
            return false;
        size += row[i].bytes.len;
    }
    return size <= SMALL_ROW_BYTES;
}

static unsigned count_small(const struct engine_table *table, const struct value *const *rows,
                            unsigned count)
{
    unsigned small = 0;
    if (table->def->is_sequence || table->def->column_count > TOGETHER_COLUMNS_MAX)
        return 0;
    while (small < count && small < INSERT_MANY_ROWS && is_small(table, rows[small]))
        small++;
    return small;
}

bool insert_rows(struct engine_table *table, const struct value *const *rows, unsigned count,
                 struct err *err)
{
    for (unsigned done; count > 0; rows += done, count -= done) {
        unsigned small = count_small(table, rows, count);
        enum statement_kind kind = STATEMENT_INSERT;
        done = 1;
        if (small >= INSERT_MANY_ROWS) {
            kind = STATEMENT_INSERT_MANY;
            done = INSERT_MANY_ROWS;
        } else if (small >= INSERT_SOME_ROWS) {
            kind = STATEMENT_INSERT_SOME;
            done = INSERT_SOME_ROWS;
        }
        if (done == 1 ? !insert_row(table, rows[0], kind, err)
                      : !insert_together(table, rows, done, kind, err))
            return false;
    }
    return true;
}
