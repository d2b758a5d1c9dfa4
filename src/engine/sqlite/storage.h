/* storage.h - how the values of one column are stored in SQLite: chosen once per column, then one
 * function pointer per value.
 *
 * Promises: a stored value is exact (nothing exact becomes REAL), tells the source's value again,
 * and sorts under SQLite's own comparison as the source's values do (text: by its bytes; ENUM and
 * SET: by their labels). Forms: forms.def and docs/formats/values.md. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/value.h"
#include "engine/sqlite/db.h"
#include "sql/catalog.h"
#include "sql/charset.h"

enum storage_form {
#define FORM(name, declared, bind, view) FORM_##name,
#include "engine/sqlite/forms.def"
#undef FORM
};

/* Room that conversions share; one per engine. */
struct storage_scratch {
    struct buf raw;
    struct buf utf8;
};
void storage_scratch_init(struct storage_scratch *scratch);
void storage_scratch_clear(struct storage_scratch *scratch);

struct storage;
typedef bool storage_bind_fn(const struct storage *storage, sqlite3_stmt *stmt, int index,
                             const struct value *value, struct err *err);
struct storage {
    enum storage_form form;
    storage_bind_fn *bind;
    const struct column_def *column; /* borrowed from the catalog */
    const struct charset *charset;   /* text forms */
    struct storage_scratch *scratch;
};

/* ERR_UNSUPPORTED: a character set that nobody here knows. */
bool storage_init(struct storage *storage, const struct column_def *column,
                  struct storage_scratch *scratch, struct err *err) MUST_CHECK;
/* value: not VALUE_ABSENT. Its bytes must live until the statement has run. */
bool storage_bind(const struct storage *storage, sqlite3_stmt *stmt, int index,
                  const struct value *value, struct err *err) MUST_CHECK;
/* Binds what a row has that says nothing about the column: its default. now_us 0: no clock is
 * known, and a default of CURRENT_TIMESTAMP is ERR_UNSUPPORTED, as any other expression is. */
bool storage_bind_default(const struct storage *storage, sqlite3_stmt *stmt, int index,
                          uint64_t now_us, struct err *err) MUST_CHECK;
/* The same for a row of the log whose image lacks the column. The servers read a FLOAT's default
 * again from the six digits that they show, sooner or later: one of so many is ERR_UNSUPPORTED. */
bool storage_bind_absent(const struct storage *storage, sqlite3_stmt *stmt, int index,
                         struct err *err) MUST_CHECK;
enum storage_form storage_form_of(const struct column_def *column);
/* The declared type with its leading space, or "". */
const char *storage_declared(const struct column_def *column);
/* The SQL expression that gives the source's own text of the column, for views. */
void storage_view(const struct column_def *column, struct buf *sql);
/* The stored form of a DECIMAL's canonical text that fits the column; without a NUL. */
enum { STORAGE_DECIMAL_MAX = 80 };
size_t storage_decimal(const struct column_def *column, const char *text, size_t len,
                       char out[STORAGE_DECIMAL_MAX]);
/* Columns whose values may be longer than a page: such rows do not belong into WITHOUT ROWID. */
bool storage_is_large(const struct column_def *column);
