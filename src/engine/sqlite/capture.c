/* capture.c - see capture.h.
 *
 * REPLACE tells the rows that it takes away, an UPDATE of the key of a WITHOUT ROWID table comes as
 * a DELETE and an INSERT, and a DELETE of everything row by row: SQLite gives up its shortcut while
 * the hook is set. An UPDATE that leaves a row as it is is no change. */
// SPDX-License-Identifier: Apache-2.0
#define SQLITE_ENABLE_PREUPDATE_HOOK /* makes sqlite3.h declare it */
#include "engine/sqlite/capture.h"
#include <stdio.h>
#include "binlog/value_equal.h"
#include "engine/sqlite/storage_read.h"
#include "engine/sqlite/tables.h"

/* Two images of at most SQLite's 1,000,000,000 bytes, and their values. */
#define CAPTURE_ARENA_MAX ((size_t)3 << 30)
enum { CAPTURE_ARENA_KEPT = 1 << 20, NAME_BYTES_MAX = 1024, SAVEPOINT_BYTES_MAX = 1 << 20 };

typedef int image_fn(sqlite3 *db, int column, sqlite3_value **out);

/* The name is "db.table", perhaps "db.table#7", and either part may hold dots. */
static struct engine_table *find_table(struct sqlite_engine *engine, const char *sqlite_name)
{
    char name[NAME_BYTES_MAX];
    if ((size_t)snprintf(name, sizeof name, "%s", sqlite_name) >= sizeof name)
        return NULL;
    char *number = strrchr(name, '#');
    for (unsigned with_number = 1; with_number <= 2; with_number++) {
        for (char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
            *dot = 0;
            struct engine_table *table = tables_find(engine, name, dot + 1);
            *dot = '.';
            if (table != NULL && strcmp(table->sqlite_name, sqlite_name) == 0)
                return table;
        }
        if (number == NULL)
            break;
        *number = 0;
    }
    return NULL;
}

/* Tables of the source have a dot in their names. */
static bool is_own(const char *sqlite_name)
{
    return strchr(sqlite_name, '.') == NULL;
}

static bool read_image(struct engine_table *table, image_fn *image, struct value **out,
                       struct err *err)
{
    struct sqlite_engine *engine = table->engine;
    unsigned count = table->def->column_count;
    struct value *values = arena_alloc(&engine->capture.arena, count * sizeof *values);
    for (unsigned i = 0; i < count; i++) {
        sqlite3_value *stored = NULL;
        int rc = image(engine->db, (int)i, &stored);
        if (rc != SQLITE_OK)
            return db_error(engine->db, rc, err, "the row before its change");
        if (!storage_read(&table->columns[i], stored, &engine->capture.arena, &values[i], err))
            return false;
    }
    *out = values;
    return true;
}

static bool is_same_row(const struct engine_table *table, const struct row_change *change)
{
    for (unsigned i = 0; i < table->def->column_count; i++)
        if (!value_equal(&change->before[i], &change->after[i]))
            return false;
    return true;
}

static bool tell(struct sqlite_engine *engine, int op, const char *sqlite_name, struct err *err)
{
    struct engine_table *table = find_table(engine, sqlite_name);
    struct value *before = NULL, *after = NULL;
    if (table == NULL || (unsigned)sqlite3_preupdate_count(engine->db) != table->def->column_count)
        return err_set(err, ERR_CONFLICT, "\"%s\" changed, which no table of the catalog is",
                       sqlite_name);
    if (!tables_open(table, err) ||
        (op != SQLITE_INSERT && !read_image(table, sqlite3_preupdate_old, &before, err)) ||
        (op != SQLITE_DELETE && !read_image(table, sqlite3_preupdate_new, &after, err)))
        return err_wrap(err, "table %s.%s", table->def->db, table->def->name);
    struct row_change change = {
        .kind = op == SQLITE_INSERT   ? CHANGE_INSERT
                : op == SQLITE_UPDATE ? CHANGE_UPDATE
                                      : CHANGE_DELETE,
        .before = before,
        .after = after,
    };
    if (change.kind == CHANGE_UPDATE && is_same_row(table, &change))
        return true;
    return engine->capture.to.on_change(table, &change, engine->capture.to.arg, err);
}

static void on_preupdate(void *arg, sqlite3 *db, int op, const char *schema, const char *name,
                         sqlite3_int64 before_key, sqlite3_int64 after_key)
{
    struct sqlite_engine *engine = arg;
    struct capture *capture = &engine->capture;
    (void)db;
    (void)before_key;
    (void)after_key;
    if (capture->paused || capture->failed || is_own(name) || strcmp(schema, "main") != 0)
        return;
    capture->failed = !tell(engine, op, name, &capture->err);
    if (capture->arena.used > CAPTURE_ARENA_KEPT)
        arena_clear(&capture->arena);
    else
        arena_reset(&capture->arena);
}

void capture_start(struct sqlite_engine *engine, const struct engine_capture *to)
{
    capture_clear(engine);
    if (to == NULL)
        return;
    engine->capture = (struct capture){ .to = *to };
    arena_init(&engine->capture.arena, CAPTURE_ARENA_MAX);
    buf_init(&engine->capture.set_after, SAVEPOINT_BYTES_MAX);
    sqlite3_preupdate_hook(engine->db, on_preupdate, engine);
}

void capture_clear(struct sqlite_engine *engine)
{
    if (engine->capture.to.on_change == NULL)
        return;
    sqlite3_preupdate_hook(engine->db, NULL, NULL);
    arena_clear(&engine->capture.arena);
    buf_clear(&engine->capture.set_after);
    engine->capture = (struct capture){ 0 };
}

void capture_pause(struct sqlite_engine *engine)
{
    engine->capture.paused = true;
}

void capture_resume(struct sqlite_engine *engine)
{
    engine->capture.paused = false;
}

bool capture_is_whole(const struct sqlite_engine *engine, struct err *err)
{
    if (!engine->capture.failed)
        return true;
    *err = engine->capture.err;
    return err_wrap(err, "a change that cannot be logged");
}

void capture_forget(struct sqlite_engine *engine)
{
    engine->capture.failed = false;
    buf_reset(&engine->capture.set_after);
}

void capture_note_savepoint(struct sqlite_engine *engine, const char *name)
{
    if (engine->capture.failed)
        buf_append(&engine->capture.set_after, name, strlen(name) + 1);
}

/* With more names than there is room for it stays failed. */
static bool was_set_after(const struct capture *capture, const char *name)
{
    const struct buf *names = &capture->set_after;
    for (size_t at = 0; at < names->len; at += strlen((const char *)names->data + at) + 1)
        if (strcmp((const char *)names->data + at, name) == 0)
            return true;
    return names->failed;
}

void capture_forget_since_savepoint(struct sqlite_engine *engine, const char *name)
{
    if (engine->capture.failed && !was_set_after(&engine->capture, name))
        capture_forget(engine);
}
