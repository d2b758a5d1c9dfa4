/* engine_fixture.h - an SQLite engine in a directory of its own, statements as text, rows as short
 * calls, and a second connection that sees what other programs see. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sqlite3.h>
#include "engine/load.h"
#include "engine/sqlite/sqlite.h"
#include "store_dir.h"
#include "unit.h"

struct fixture {
    char dir[64];
    char path[128];
    struct engine *engine;
    sqlite3 *reader;
    char text[4096]; /* of the last query */
    struct err err;
};

static inline bool fixture_open(struct fixture *f)
{
    struct sqlite_engine_options options = { .path = f->path, .busy_timeout_ms = 50 };
    return sqlite_engine_open(&options, &f->engine, &f->err);
}

/* finished: an engine that holds a complete (empty) copy. */
static inline void fixture_init(struct fixture *f, enum flavour flavour, bool finished)
{
    struct position start = { .file = "b.000001", .offset = 4 };
    memset(f, 0, sizeof *f);
    dir_make(f->dir);
    snprintf(f->path, sizeof f->path, "%s/data.db", f->dir);
    if (!fixture_open(f) || !engine_load_begin(f->engine, flavour, true, &f->err) ||
        !engine_load_database(f->engine, "shop", "utf8mb4", "", &f->err) ||
        (finished && !engine_load_finish(f->engine, &start, &f->err)))
        fail_msg("%s", f->err.text);
}

static inline void fixture_clear(struct fixture *f)
{
    sqlite3_close(f->reader);
    engine_free(f->engine);
    dir_remove(f->dir);
}

static inline void fixture_reopen(struct fixture *f)
{
    engine_free(f->engine);
    f->engine = NULL;
    if (!fixture_open(f))
        fail_msg("%s", f->err.text);
}

static inline void fixture_begin(struct fixture *f)
{
    if (!f->engine->ops->begin(f->engine, &f->err))
        fail_msg("%s", f->err.text);
}

static inline bool fixture_commit(struct fixture *f)
{
    struct position at = { .file = "b.000001", .offset = 100 };
    return f->engine->ops->commit(f->engine, &at, &f->err);
}

/* One DDL statement in a transaction of its own. */
static inline bool fixture_ddl(struct fixture *f, const char *sql)
{
    struct ddl_session session = { .db = "shop",
                                   .flavour = catalog_flavour(f->engine->ops->catalog(f->engine)),
                                   .explicit_defaults_for_timestamp = true };
    struct ddl_context context = { .now_us = 1700000000000000u };
    AUTO(ddl) ddl = NULL;
    if (!ddl_parse(bytes_of_str(sql), &session, &ddl, &f->err))
        return false;
    fixture_begin(f);
    if (f->engine->ops->ddl(f->engine, ddl, &context, &f->err))
        return fixture_commit(f);
    f->engine->ops->rollback(f->engine);
    return false;
}

static inline bool fixture_change(struct fixture *f, const char *table, enum change kind,
                                  const struct value *before, const struct value *after,
                                  enum change_mode mode)
{
    struct engine_table *t = f->engine->ops->table(f->engine, "shop", table);
    struct row_change change = { kind, before, after };
    if (t == NULL)
        fail_msg("no table %s", table);
    return f->engine->ops->change(f->engine, t, &change, mode, &f->err);
}

static inline bool fixture_insert(struct fixture *f, const char *table, const struct value *row)
{
    return fixture_change(f, table, CHANGE_INSERT, NULL, row, CHANGE_STRICT);
}

/* What another program reads: rows by newlines, columns by '|', NULL as "NULL". */
static inline const char *fixture_query(struct fixture *f, const char *sql)
{
    sqlite3_stmt *stmt;
    size_t len = 0;
    if (f->reader == NULL && sqlite3_open(f->path, &f->reader) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(f->reader));
    if (sqlite3_prepare_v2(f->reader, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->reader));
    f->text[0] = '\0';
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt) && len < sizeof f->text; i++) {
            const unsigned char *text = sqlite3_column_text(stmt, i);
            len += (size_t)snprintf(f->text + len, sizeof f->text - len, "%s%s",
                                    i > 0 ? "|" : (len > 0 ? "\n" : ""),
                                    text != NULL ? (const char *)text : "NULL");
        }
    }
    sqlite3_finalize(stmt);
    return f->text;
}

static inline struct value v_int(int64_t i)
{
    return (struct value){ .kind = VALUE_INT, .i = i };
}
static inline struct value v_uint(uint64_t u)
{
    return (struct value){ .kind = VALUE_UINT, .u = u };
}
static inline struct value v_double(double d)
{
    return (struct value){ .kind = VALUE_DOUBLE, .d = d };
}
static inline struct value v_text(const char *text)
{
    return (struct value){ .kind = VALUE_TEXT, .bytes = bytes_of_str(text) };
}
static inline struct value v_blob(const void *data, size_t len)
{
    return (struct value){ .kind = VALUE_BLOB, .bytes = bytes_of(data, len) };
}
static inline struct value v_null(void)
{
    return (struct value){ .kind = VALUE_NULL };
}
static inline struct value v_absent(void)
{
    return (struct value){ .kind = VALUE_ABSENT };
}
#define ROW(...) ((struct value[]){ __VA_ARGS__ })
