/* rows.c - see rows.h.
 *
 * Strict: exactly the row that the log names must be there (or, for an insert, must not be).
 * Repair: "make it so": what is missing is put there, what is in the way goes. An update whose row
 * is missing and whose image is not whole is passed over: a later change in the log took the row
 * away before it was copied. That cannot be told for a table with UNIQUE keys beside its row key,
 * where making way for one row may have removed another, so there it is a conflict. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/rows.h"
#include <assert.h>
#include "binlog/table_map.h"
#include "binlog/value_text.h"
#include "binlog/value_equal.h"
#include "engine/sqlite/documents.h"
#include "engine/sqlite/insert.h"
#include "engine/sqlite/statement.h"
#include "engine/sqlite/tables.h"

enum { MASK_WORDS_MAX = TABLE_COLUMNS_MAX / 64, DESCRIPTION_MAX = 512 };

struct masks {
    uint64_t set[MASK_WORDS_MAX];
    uint64_t where[MASK_WORDS_MAX];
};

static void masks_clear(struct masks *masks, const struct engine_table *table)
{
    memset(masks->set, 0, table->mask_words * sizeof masks->set[0]);
    memset(masks->where, 0, table->mask_words * sizeof masks->where[0]);
}

static bool is_key_column(const struct engine_table *table, unsigned column)
{
    for (unsigned i = 0; i < table->key_count; i++)
        if (table->key[i] == column)
            return true;
    return false;
}

void rows_describe(const struct engine_table *table, const struct value *row, struct buf *out)
{
    const char *separator = "";
    for (unsigned i = 0; i < table->def->column_count && out->len < DESCRIPTION_MAX; i++) {
        if (row[i].kind == VALUE_ABSENT || (table->key != NULL && !is_key_column(table, i)))
            continue;
        const struct column_def *column = &table->def->columns[i];
        struct column_type type = { .precision = column->precision, .scale = column->scale };
        buf_printf(out, "%s%s = ", separator, column->name);
        value_print(&row[i], &type, out);
        separator = ", ";
    }
}

static bool conflict(const struct engine_table *table, const struct value *row, const char *verb,
                     const char *what, struct err *err)
{
    AUTO_BUF key;
    buf_init(&key, 1 << 20);
    rows_describe(table, row, &key);
    return err_set(
        err, ERR_CONFLICT,
        "%s of %s.%s (%.512s): %s; this copy is not what the source had: remove the data "
        "and let a new copy be made, or put the row right by hand",
        verb, table->def->db, table->def->name, buf_cstr(&key), what);
}

bool rows_refused(const struct engine_table *table, int rc, const struct value *row,
                  const char *verb, struct err *err)
{
    sqlite3 *db = table->engine->db;
    if ((rc & 0xff) != SQLITE_CONSTRAINT)
        return db_error(db, rc, err, "%s of %s.%s", verb, table->def->db, table->def->name);
    if (rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
        return conflict(table, row, verb, "a row with this key is already there", err);
    return conflict(table, row, verb, sqlite3_errmsg(db), err);
}

static bool run(const struct engine_table *table, sqlite3_stmt *stmt, const struct value *row,
                const char *verb, struct err *err)
{
    (void)sqlite3_step(stmt);
    int rc = sqlite3_reset(stmt);
    return rc == SQLITE_OK || rows_refused(table, rc, row, verb, err);
}

bool rows_bind_where(const struct engine_table *table, sqlite3_stmt *stmt, int index,
                     const struct value *row, struct err *err)
{
    if (table->key != NULL) {
        for (unsigned i = 0; i < table->key_count; i++) {
            unsigned column = table->key[i];
            if (row[column].kind == VALUE_ABSENT)
                return err_set(err, ERR_CONFLICT,
                               "table %s.%s: a row image lacks the key column %s", table->def->db,
                               table->def->name, table->def->columns[column].name);
            if (!storage_bind(&table->columns[column], stmt, index++, &row[column], err))
                return false;
        }
        return true;
    }
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (row[i].kind != VALUE_ABSENT &&
            !storage_bind(&table->columns[i], stmt, index++, &row[i], err))
            return false;
    return true;
}

void rows_mask_present(const struct engine_table *table, const struct value *row, uint64_t *mask)
{
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (row[i].kind != VALUE_ABSENT)
            mask_add(mask, i);
}

bool rows_is_whole(const struct engine_table *table, const struct value *row)
{
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (row[i].kind == VALUE_ABSENT)
            return false;
    return true;
}

static unsigned unique_keys(const struct table_def *def)
{
    unsigned count = 0;
    for (unsigned i = 0; i < def->key_count; i++)
        count += def->keys[i].kind == KEY_PRIMARY || def->keys[i].kind == KEY_UNIQUE;
    return count;
}

static bool repair_missing(struct engine_table *table, const struct row_change *change,
                           struct err *err)
{
    if (rows_is_whole(table, change->after))
        return insert_row(table, change->after, STATEMENT_REPLACE, err);
    bool moves = false;
    for (unsigned i = 0; i < table->key_count; i++) {
        const struct value *after = &change->after[table->key[i]];
        moves = moves || (after->kind != VALUE_ABSENT &&
                          !value_equal(after, &change->before[table->key[i]]));
    }
    if (!moves && unique_keys(table->def) <= 1)
        return true;
    return conflict(table, change->before, "update",
                    "the row is missing, and the log has only a part of it, while a copy that was "
                    "interrupted is brought up to date (binlog_row_image=FULL at the source would "
                    "allow that)",
                    err);
}

/* The columns to set: those in the after image, but key columns only where the key moves. */
static bool mask_changed(const struct engine_table *table, const struct row_change *change,
                         uint64_t *set)
{
    bool any = false;
    for (unsigned i = 0; i < table->def->column_count; i++) {
        if (change->after[i].kind == VALUE_ABSENT ||
            (is_key_column(table, i) && value_equal(&change->after[i], &change->before[i])))
            continue;
        mask_add(set, i);
        any = true;
    }
    return any;
}

static bool update_row(struct engine_table *table, const struct row_change *change,
                       enum change_mode mode, struct err *err)
{
    struct masks masks;
    sqlite3_stmt *stmt;
    int index = 1;
    masks_clear(&masks, table);
    if (!mask_changed(table, change, masks.set))
        return true;
    if (table->key == NULL)
        rows_mask_present(table, change->before, masks.where);
    enum statement_kind kind = mode == CHANGE_REPAIR ? STATEMENT_UPDATE_REPLACE : STATEMENT_UPDATE;
    if (!statement_get(table, kind, (struct statement_columns){ masks.set, masks.where }, &stmt,
                       err))
        return false;
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (mask_has(masks.set, i) &&
            !storage_bind(&table->columns[i], stmt, index++, &change->after[i], err))
            return err_wrap(err, "update of %s.%s", table->def->db, table->def->name);
    if (!rows_bind_where(table, stmt, index, change->before, err) ||
        !run(table, stmt, change->before, "update", err))
        return false;
    if (sqlite3_changes(table->engine->db) > 0)
        return true;
    if (mode == CHANGE_REPAIR)
        return repair_missing(table, change, err);
    return conflict(table, change->before, "update", "the row is missing", err);
}

/* An update that changes documents of the row as it is here. */
static bool update_documents(struct engine_table *table, const struct row_change *change,
                             enum change_mode mode, struct err *err)
{
    struct documents documents;
    bool is_there = false;
    if (mode == CHANGE_REPAIR)
        return err_set(err, ERR_UNSUPPORTED,
                       "table %s.%s: a part of a JSON document is in the log without the document, "
                       "while a copy that was interrupted is brought up to date: remove the data "
                       "and let a new copy be made",
                       table->def->db, table->def->name);
    documents_init(&documents, table, change);
    bool done = documents_read(&documents, table, &is_there, err);
    if (done && is_there)
        done = update_row(table, &documents.change, mode, err);
    else if (done)
        done = conflict(table, change->before, "update", "the row is missing", err);
    documents_clear(&documents);
    return done;
}

static bool delete_row(struct engine_table *table, const struct value *row, enum change_mode mode,
                       struct err *err)
{
    struct masks masks;
    sqlite3_stmt *stmt;
    masks_clear(&masks, table);
    if (table->key == NULL)
        rows_mask_present(table, row, masks.where);
    if (!statement_get(table, STATEMENT_DELETE,
                       (struct statement_columns){ masks.set, masks.where }, &stmt, err) ||
        !rows_bind_where(table, stmt, 1, row, err) || !run(table, stmt, row, "delete", err))
        return false;
    if (mode == CHANGE_REPAIR || sqlite3_changes(table->engine->db) > 0)
        return true;
    return conflict(table, row, "delete", "the row is missing", err);
}

static bool open_rows(struct engine_table *table, struct err *err)
{
    assert(table->engine->in_transaction);
    if (!table->has_rows)
        return err_set(err, ERR_CONFLICT, "the rows of %s.%s are not kept here: it needs a copy",
                       table->def->db, table->def->name);
    return tables_open(table, err);
}

bool rows_insert(struct engine_table *table, const struct value *const *rows, unsigned count,
                 struct err *err)
{
    return open_rows(table, err) && insert_rows(table, rows, count, err);
}

bool rows_change(struct engine_table *table, const struct row_change *change, enum change_mode mode,
                 struct err *err)
{
    if (!open_rows(table, err))
        return false;
    if (mode == CHANGE_REPAIR && table->key == NULL)
        return err_set(err, ERR_CONFLICT,
                       "table %s.%s has no key, so the copy that was interrupted cannot be brought "
                       "up to date: remove the data and let a new copy be made",
                       table->def->db, table->def->name);
    switch (change->kind) {
    case CHANGE_INSERT:
        return insert_row(table, change->after,
                          mode == CHANGE_REPAIR ? STATEMENT_REPLACE : STATEMENT_INSERT, err);
    case CHANGE_UPDATE:
        return documents_has_diff(table, change) ? update_documents(table, change, mode, err)
                                                 : update_row(table, change, mode, err);
    case CHANGE_DELETE:
        return delete_row(table, change->before, mode, err);
    }
    return err_set(err, ERR_CONFLICT, "a row change of kind %d", (int)change->kind);
}
