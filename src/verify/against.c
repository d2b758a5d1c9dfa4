/* against.c - the tables of both sides, one after the other. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "verify"
#include "verify/against.h"
#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/cancel.h"
#include "net/connection.h"
#include "snapshot/point.h"
#include "snapshot/schema.h"
#include "verify/compare.h"

enum {
    LOCK_WAIT_S = 5,
    SQL_BYTES_MAX = 256 << 20,
    TRIES = 4, /* of a table whose definition changes while it is read */
    RETRY_MS = 1000,
    BUSY_PAUSE_MS = 500,
    ER_BAD_FIELD = 1054,
    ER_NO_SUCH_TABLE = 1146,
    ER_BAD_DB = 1049,
    ER_TABLE_DEF_CHANGED = 1412,
    ER_KEY_DOES_NOT_EXIST = 1176,
};

const char *difference_name(enum difference_kind kind)
{
    static const char *const names[] = { "missing",       "extra",       "different",
                                         "missing table", "extra table", "other columns" };
    return names[kind];
}

/* ---- what the parts share ---- */

bool suspects_add(struct suspects *suspects, struct bytes key, struct err *err)
{
    if (suspects->count == SUSPECTS_MAX || suspects->arena.used + key.len + 64 > SUSPECT_BYTES_MAX)
        return err_set(err, ERR_CONFLICT,
                       "more than %zu of its rows do not agree: that is no replica of this source; "
                       "make a new copy",
                       suspects->count);
    if (suspects->count == suspects->cap) {
        suspects->cap = suspects->cap == 0 ? 64 : 2 * suspects->cap;
        suspects->rows = memory_resize(suspects->rows, suspects->cap * sizeof *suspects->rows);
    }
    suspects->rows[suspects->count++] =
        (struct compared_row){ .key = arena_copy(&suspects->arena, key) };
    return true;
}

void suspects_clear(struct suspects *suspects)
{
    arena_clear(&suspects->arena);
    free(suspects->rows);
    *suspects = (struct suspects){ .count = 0 };
    arena_init(&suspects->arena, SUSPECT_BYTES_MAX);
}

void compare_select(struct compare *compare, bool key_only)
{
    buf_reset(&compare->sql);
    buf_str(&compare->sql, "SELECT ");
    compared_columns(&compare->table, key_only, &compare->sql);
    buf_str(&compare->sql, " FROM ");
    select_table_name(&compare->sql, compare->table.def);
}

void compare_report(struct compare *compare, enum difference_kind kind, const char *key,
                    const char *detail)
{
    struct difference difference = { .kind = kind,
                                     .db = compare->counts->db,
                                     .table = compare->counts->name,
                                     .key = key,
                                     .detail = detail };
    if (compare->options->on_difference != NULL)
        compare->options->on_difference(&difference, compare->options->arg);
}

static void show_progress(struct compare *compare, bool paused)
{
    const struct against_options *options = compare->options;
    double seconds = (double)(clock_monotonic_us() - compare->started_us) / 1e6;
    double per_s = seconds > 0 ? (double)compare->rows_done / seconds : 0;
    double left = compare->rows_estimated > compare->rows_done
                      ? (double)(compare->rows_estimated - compare->rows_done)
                      : 0;
    struct against_progress progress = {
        .db = compare->counts->db,
        .table = compare->counts->name,
        .tables_done = compare->tables_done,
        .table_count = compare->table_count,
        .rows_done = compare->rows_done,
        .rows_estimated = compare->rows_estimated,
        .rows_per_s = per_s,
        .eta_s = per_s > 0 ? left / per_s : -1,
        .paused = paused,
    };
    if (options->on_progress != NULL)
        options->on_progress(&progress, options->arg);
}

static bool read_running(struct compare *compare, unsigned long *running, struct err *err)
{
    const struct bytes *values = NULL;
    char text[24] = "0";
    bool row = false;
    if (!connection_query(compare->control, "SHOW GLOBAL STATUS LIKE 'Threads_running'", err) ||
        !connection_next_row(compare->control, &row, &values, err))
        return false;
    if (row && values[1].len < sizeof text)
        memcpy(text, values[1].data, values[1].len);
    *running = strtoul(text, NULL, 10);
    return !row || connection_finish(compare->control, err);
}

bool compare_pause(struct compare *compare, struct err *err)
{
    const struct against_options *options = compare->options;
    unsigned long running = 0;
    show_progress(compare, false);
    for (;;) {
        if (options->max_running > 0 && !read_running(compare, &running, err))
            return false;
        bool busy = running > options->max_running && options->max_running > 0;
        if (cancel_sleep(options->cancel, busy ? BUSY_PAUSE_MS : 0))
            return err_set(err, ERR_CANCELLED, "stopped");
        if (!busy)
            return true;
        show_progress(compare, true);
    }
}

/* ---- one table ---- */

static bool same_columns(const struct table_def *a, const struct table_def *b, struct buf *why)
{
    if (a->column_count != b->column_count)
        buf_printf(why, "%u columns here, %u at the source", a->column_count, b->column_count);
    for (unsigned i = 0; why->len == 0 && i < a->column_count; i++) {
        const struct column_def *x = &a->columns[i];
        const struct column_def *y = &b->columns[i];
        if (strcmp(x->name, y->name) != 0)
            buf_printf(why, "column %u is %s here, %s at the source", i + 1, x->name, y->name);
        else if (x->type != y->type || x->is_unsigned != y->is_unsigned || x->scale != y->scale ||
                 x->precision != y->precision)
            buf_printf(why, "column %s is of another type here than at the source", x->name);
    }
    return why->len == 0;
}

static bool says_changed(const struct err *err)
{
    return err->code == ERR_CONFLICT ||
           (err->code == ERR_REFUSED &&
            (err->server_errno == ER_BAD_FIELD || err->server_errno == ER_NO_SUCH_TABLE ||
             err->server_errno == ER_BAD_DB || err->server_errno == ER_TABLE_DEF_CHANGED ||
             err->server_errno == ER_KEY_DOES_NOT_EXIST));
}

/* The source's list and definitions of the tables that are compared. */
struct source_tables {
    struct source_facts facts;
    struct schema schema;
};

static void source_tables_clear(struct source_tables *tables)
{
    schema_clear(&tables->schema);
    source_facts_clear(&tables->facts);
}

static bool source_tables_read(struct compare *compare, struct source_tables *out, struct err *err)
{
    source_facts_init(&out->facts);
    schema_init(&out->schema);
    return source_probe(compare->control, PROBE_TABLES, NULL, NULL, &out->facts, err) &&
           schema_read(compare->control, &out->facts, compare->options->keep,
                       compare->options->keep_arg, &out->schema, err);
}

static const struct schema_table *source_find(const struct source_tables *tables, const char *db,
                                              const char *name)
{
    for (unsigned i = 0; i < tables->schema.table_count; i++) {
        const struct schema_table *table = &tables->schema.tables[i];
        if (strcmp(table->source->db, db) == 0 && strcmp(table->source->name, name) == 0)
            return table;
    }
    return NULL;
}

static void differ(struct compare *compare, enum difference_kind kind, const char *detail)
{
    compare->counts->columns = 1;
    compare_report(compare, kind, "", detail);
}

/* What each side has of the table; false in *comparable: rows cannot be compared. `last`: what
 * does not agree has had time to. */
static void match(struct compare *compare, const struct source_tables *source, bool last,
                  bool *comparable, bool *again)
{
    const struct against_table *counts = compare->counts;
    const char *here = sqlite_reader_table(compare->reader, counts->db, counts->name);
    const struct table_def *def =
        catalog_table(sqlite_reader_catalog(compare->reader), counts->db, counts->name);
    const struct schema_table *there = source_find(source, counts->db, counts->name);
    struct buf why;
    buf_init(&why, 4096);
    bool both = here != NULL && def != NULL && there != NULL && there->def != NULL;
    *comparable = both && same_columns(def, there->def, &why);
    *again = !*comparable && !last && (here != NULL || there != NULL);
    if (*comparable) {
        compare->table = (struct compared){
            .def = def,
            .sqlite_name = here,
            .is_transactional = schema_table_is_transactional(there),
        };
        compare->table.has_key = chunk_key_of(def, &compare->table.key);
    } else if (last && both)
        differ(compare, DIFFERENCE_COLUMNS, buf_cstr(&why));
    else if (last && here == NULL && there != NULL && def == NULL)
        differ(compare, DIFFERENCE_NO_TABLE, "");
    else if (last && here != NULL && there == NULL)
        differ(compare, DIFFERENCE_NO_SUCH, "");
    buf_clear(&why);
}

static bool compare_rows(struct compare *compare, struct err *err)
{
    suspects_clear(&compare->suspects);
    if (!compare->table.has_key)
        return heap_run(compare, err);
    return keyed_run(compare, err) && settle_run(compare, err);
}

static void forget_counts(struct compare *compare)
{
    struct against_table *counts = compare->counts;
    compare->rows_done -= counts->rows < compare->rows_done ? counts->rows : compare->rows_done;
    *counts = (struct against_table){ .db = counts->db, .name = counts->name };
}

/* The replica gets to where the source is, so that a schema change has arrived too. */
static bool catch_up(struct compare *compare, struct err *err)
{
    bool reached = false;
    for (unsigned i = 0; i < TRIES; i++) {
        if (!sqlite_reader_load(compare->reader, err))
            return false;
        bool ok = agree_now(&compare->agree, 0, &reached, err);
        sqlite_reader_end(compare->reader);
        if (ok || err->code != ERR_CONFLICT)
            return ok;
    }
    return false;
}

static bool try_table(struct compare *compare, bool last, bool *again, struct err *err)
{
    struct source_tables source;
    bool comparable = false;
    bool ok = source_tables_read(compare, &source, err) && catch_up(compare, err);
    if (ok) {
        match(compare, &source, last, &comparable, again);
        if (comparable)
            ok = compare_rows(compare, err);
        compare->counts->compared = ok && comparable;
    }
    source_tables_clear(&source);
    return ok;
}

static bool compare_table(struct compare *compare, struct err *err)
{
    for (unsigned i = 0; i < TRIES; i++) {
        bool again = false;
        bool last = i + 1 == TRIES;
        forget_counts(compare);
        bool ok = try_table(compare, last, &again, err);
        if (ok && !again)
            return true;
        if (!ok && (last || !says_changed(err)))
            return err_wrap(err, "%s.%s", compare->counts->db, compare->counts->name);
        if (cancel_sleep(compare->options->cancel, RETRY_MS))
            return err_set(err, ERR_CANCELLED, "stopped");
    }
    return true;
}

/* ---- all tables ---- */

static void add_table(struct against_report *report, const char *db, const char *name)
{
    for (unsigned i = 0; i < report->count; i++)
        if (strcmp(report->tables[i].db, db) == 0 && strcmp(report->tables[i].name, name) == 0)
            return;
    report->tables = memory_resize(report->tables, (report->count + 1) * sizeof *report->tables);
    report->tables[report->count++] =
        (struct against_table){ .db = memory_str(db), .name = memory_str(name) };
}

struct listing {
    struct compare *compare;
    struct against_report *report;
};

static bool list_here(const struct table_def *def, void *arg)
{
    struct listing *listing = arg;
    const struct against_options *options = listing->compare->options;
    bool kept = options->keep == NULL || options->keep(def->db, def->name, options->keep_arg);
    if (kept && sqlite_reader_table(listing->compare->reader, def->db, def->name) != NULL)
        add_table(listing->report, def->db, def->name);
    return true;
}

static int compare_tables(const void *a, const void *b)
{
    const struct against_table *x = a;
    const struct against_table *y = b;
    int order = strcmp(x->db, y->db);
    return order != 0 ? order : strcmp(x->name, y->name);
}

/* Those of the source that are not kept here at all are no difference: a filter left them out. */
static bool list_tables(struct compare *compare, struct against_report *report, struct err *err)
{
    struct source_tables source;
    struct listing listing = { compare, report };
    bool ok = source_tables_read(compare, &source, err);
    for (unsigned i = 0; ok && i < source.schema.table_count; i++) {
        const struct schema_table *table = &source.schema.tables[i];
        const char *db = table->source->db, *name = table->source->name;
        bool left_out = catalog_table(sqlite_reader_catalog(compare->reader), db, name) != NULL &&
                        sqlite_reader_table(compare->reader, db, name) == NULL;
        if (!table->kept || left_out)
            continue;
        add_table(report, db, name);
        compare->rows_estimated += table->source->rows;
    }
    source_tables_clear(&source);
    (void)catalog_each_table(sqlite_reader_catalog(compare->reader), list_here, &listing);
    if (report->count > 0)
        qsort(report->tables, report->count, sizeof *report->tables, compare_tables);
    compare->table_count = report->count;
    if (ok && report->count == 0)
        return err_set(err, ERR_CONFIG,
                       "there is no table to compare: none that --include and --exclude leave");
    return ok;
}

static bool compare_all(struct compare *compare, struct against_report *report, struct err *err)
{
    for (unsigned i = 0; i < report->count; i++) {
        struct against_table *table = &report->tables[i];
        compare->counts = table;
        if (!compare_table(compare, err))
            return false;
        report->rows += table->rows;
        report->unsettled += table->unsettled;
        report->differences += table->missing + table->extra + table->changed + table->columns;
        compare->tables_done++;
        if (compare->options->on_table != NULL)
            compare->options->on_table(table, compare->options->arg);
    }
    return true;
}

static bool open_session(struct compare *compare, struct connection **out, struct err *err)
{
    AUTO(connection) connection = NULL;
    if (!connection_open(compare->options->address, compare->options->cancel, &connection, err) ||
        !point_prepare_session(connection, false, LOCK_WAIT_S, err) ||
        !connection_execute(connection, "SET SESSION innodb_lock_wait_timeout = 2", err))
        return false;
    *out = connection;
    connection = NULL;
    return true;
}

static bool open_both(struct compare *compare, struct err *err)
{
    if (!sqlite_reader_open(compare->options->database, &compare->reader, err) ||
        !open_session(compare, &compare->connection, err) ||
        !open_session(compare, &compare->control, err))
        return false;
    if (connection_flavour(compare->connection) != sqlite_reader_flavour(compare->reader))
        return err_set(err, ERR_CONFIG,
                       "the replica is of a server of the other flavour than this source");
    compare->agree = (struct agree){ .connection = compare->connection,
                                     .reader = compare->reader,
                                     .cancel = compare->options->cancel,
                                     .wait_ms = compare->options->wait_ms };
    return agree_init(&compare->agree, err);
}

bool against_run(const struct against_options *options, struct against_report *out, struct err *err)
{
    struct compare compare = { .options = options, .started_us = clock_monotonic_us() };
    struct against_table none = { .db = (char[]){ "" }, .name = (char[]){ "" } };
    *out = (struct against_report){ .count = 0 };
    compare.counts = &none;
    buf_init(&compare.sql, SQL_BYTES_MAX);
    buf_init(&compare.scratch, (size_t)2 << 30);
    arena_init(&compare.rows, (size_t)4 << 30);
    arena_init(&compare.suspects.arena, SUSPECT_BYTES_MAX);
    bool ok = open_both(&compare, err) && list_tables(&compare, out, err) &&
              compare_all(&compare, out, err);
    suspects_clear(&compare.suspects);
    arena_clear(&compare.rows);
    buf_clear(&compare.sql);
    buf_clear(&compare.scratch);
    connection_free(compare.control);
    connection_free(compare.connection);
    sqlite_reader_free(compare.reader);
    return ok;
}

void against_clear(struct against_report *report)
{
    for (unsigned i = 0; i < report->count; i++) {
        free(report->tables[i].db);
        free(report->tables[i].name);
    }
    free(report->tables);
    *report = (struct against_report){ .count = 0 };
}
