/* documents.c - see documents.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/documents.h"
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/json_diff.h"
#include "binlog/table_map.h"
#include "engine/sqlite/rows.h"
#include "engine/sqlite/statement.h"

enum { TEXT_MAX = (1 << 30) + (64 << 20), MASK_WORDS_MAX = TABLE_COLUMNS_MAX / 64 };

bool documents_has_diff(const struct engine_table *table, const struct row_change *change)
{
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (change->after[i].kind == VALUE_JSON_DIFF)
            return true;
    return false;
}

void documents_init(struct documents *documents, const struct engine_table *table,
                    const struct row_change *change)
{
    size_t size = table->def->column_count * sizeof *documents->after;
    documents->after = memory_new(size);
    memcpy(documents->after, change->after, size);
    documents->change = *change;
    documents->change.after = documents->after;
    buf_init(&documents->text, TEXT_MAX);
}

void documents_clear(struct documents *documents)
{
    free(documents->after);
    buf_clear(&documents->text);
}

/* Appends the changed document; its place is known when all are there. */
static bool change_one(struct documents *documents, sqlite3_stmt *stmt, int field,
                       struct value *after, struct err *err)
{
    AUTO_BUF document;
    buf_init(&document, TEXT_MAX - documents->text.len);
    if (sqlite3_column_type(stmt, field) != SQLITE_TEXT)
        return err_set(err, ERR_CONFLICT,
                       "the log changes a part of a JSON document, but there is none here");
    const void *text = sqlite3_column_text(stmt, field);
    struct bytes stored = bytes_of(text, (size_t)sqlite3_column_bytes(stmt, field));
    if (!json_diff_apply(stored, after->bytes, &document, err))
        return false;
    buf_append(&documents->text, document.data, document.len);
    *after = (struct value){ .kind = VALUE_JSON_TEXT, .bytes = { NULL, document.len } };
    return true;
}

static bool change_all(struct documents *documents, const struct engine_table *table,
                       sqlite3_stmt *stmt, struct err *err)
{
    size_t at = 0;
    int field = 0;
    for (unsigned i = 0; i < table->def->column_count; i++) {
        struct value *after = &documents->after[i];
        if (after->kind == VALUE_JSON_DIFF && !change_one(documents, stmt, field++, after, err))
            return err_wrap(err, "table %s.%s: column %s", table->def->db, table->def->name,
                            table->def->columns[i].name);
    }
    for (unsigned i = 0; i < table->def->column_count; i++) {
        struct value *after = &documents->after[i];
        if (after->kind != VALUE_JSON_TEXT || after->bytes.data != NULL)
            continue;
        after->bytes.data = documents->text.data + at;
        at += after->bytes.len;
    }
    return true;
}

bool documents_read(struct documents *documents, struct engine_table *table, bool *is_there,
                    struct err *err)
{
    uint64_t set[MASK_WORDS_MAX] = { 0 };
    uint64_t where[MASK_WORDS_MAX] = { 0 };
    const struct value *before = documents->change.before;
    sqlite3 *db = table->engine->db;
    sqlite3_stmt *stmt;
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (documents->after[i].kind == VALUE_JSON_DIFF)
            mask_add(set, i);
    if (table->key == NULL)
        rows_mask_present(table, before, where);
    if (!statement_get(table, STATEMENT_SELECT, (struct statement_columns){ set, where }, &stmt,
                       err) ||
        !rows_bind_where(table, stmt, 1, before, err))
        return false;
    bool done =
        db_step(db, stmt, is_there, err) && (!*is_there || change_all(documents, table, stmt, err));
    sqlite3_reset(stmt);
    return done;
}
