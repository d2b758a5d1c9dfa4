/* snapshot/snapshot.c - one copy from start to end, and the decision to start it over.
 *
 *   attempt: connect -> read the schema -> consistent point -> schema unchanged?
 *            -> resume or plan -> copy -> finish (position committed in the engine)
 *
 * ERR_CONFLICT from any step of an attempt means that what was begun cannot be gone on with: the
 * next attempt starts over, up to ATTEMPTS_MAX. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/snapshot.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "base/memory.h"
#include "engine/load.h"
#include "net/connection.h"
#include "snapshot/copy.h"
#include "snapshot/point.h"
#include "snapshot/resume.h"
#include "snapshot/suitable.h"
#include "snapshot/whole_log.h"

enum {
    ATTEMPTS_MAX = 4,
    CONNECTIONS_DEFAULT = 4,
    LOCK_WAIT_DEFAULT_S = 5,
    SPLIT_ROWS = 100000, /* rows a slice, by the source's estimate */
};

struct attempt {
    const struct snapshot_options *options;
    struct connection *control;
    struct connection *readers[POINT_READERS_MAX];
    unsigned reader_count;
    unsigned readers_used;
    struct source_facts facts;
    struct schema schema;
    struct copy_table *tables; /* the kept ones */
    unsigned table_count;
    struct plan_point now;   /* what the readers see */
    struct plan_point first; /* what changes are replayed from */
    bool resumed;
};

static void say(const struct snapshot_options *options, const char *phase)
{
    struct snapshot_progress progress = { .phase = phase, .eta_s = -1, .tables = "" };
    if (options->progress != NULL)
        options->progress(&progress, options->progress_arg);
}

static bool open_session(struct attempt *attempt, bool reader, struct connection **out,
                         struct err *err)
{
    const struct snapshot_options *options = attempt->options;
    AUTO(connection) connection = NULL;
    if (!connection_open(options->address, options->cancel, &connection, err) ||
        !point_prepare_session(connection, reader, options->lock_wait_s, err))
        return false;
    *out = connection;
    connection = NULL;
    return true;
}

static bool open_readers(struct attempt *attempt, struct err *err)
{
    for (unsigned i = 0; i < attempt->options->connections; i++) {
        if (!open_session(attempt, true, &attempt->readers[i], err))
            return err_wrap(err, "connection %u of %u", i + 1, attempt->options->connections);
        attempt->reader_count++;
    }
    return true;
}

static bool read_source(struct attempt *attempt, struct err *err)
{
    const struct snapshot_options *options = attempt->options;
    if (!open_session(attempt, false, &attempt->control, err) ||
        !source_probe(attempt->control, PROBE_TABLES, NULL, NULL, &attempt->facts, err) ||
        !suitable_check(&attempt->facts, err) ||
        !schema_read(attempt->control, &attempt->facts, options->keep, options->keep_arg,
                     &attempt->schema, err))
        return false;
    if (attempt->facts.view_count > 0)
        log_info("views of the source that are not copied: %u", attempt->facts.view_count);
    return schema_check_copyable(&attempt->schema, err);
}

static void list_tables(struct attempt *attempt)
{
    attempt->tables = memory_new((attempt->schema.table_count + 1) * sizeof *attempt->tables);
    for (unsigned i = 0; i < attempt->schema.table_count; i++) {
        const struct schema_table *schema = &attempt->schema.tables[i];
        if (!schema->kept)
            continue;
        struct copy_table *table = &attempt->tables[attempt->table_count++];
        table->schema = schema;
        table->has_key = chunk_key_of(schema->def, &table->key);
    }
}

static bool take_point(struct attempt *attempt, struct err *err)
{
    const struct snapshot_options *options = attempt->options;
    struct buf locks;
    buf_init(&locks, 64 << 20);
    schema_lock_list(&attempt->schema, &locks);
    struct point_request request = {
        .control = attempt->control,
        .readers = attempt->readers,
        .reader_count = attempt->reader_count,
        .lock_tables = buf_cstr(&locks),
        .lock_wait_s = options->lock_wait_s,
        .cancel = options->cancel,
    };
    bool ok = point_take(&request, &attempt->readers_used, &attempt->now, err);
    buf_clear(&locks);
    return ok && schema_check_list(attempt->control, &attempt->schema, err);
}

/* Smallest and largest first key column, to cut a large table into slices. */
static bool split_table(struct attempt *attempt, struct copy_table *table, struct err *err)
{
    uint64_t rows = table->schema->source->rows;
    uint64_t parts = rows / SPLIT_ROWS;
    plan_whole(&table->plan);
    if (!table->has_key || !table->key.first_is_integer || parts < 2 || attempt->readers_used < 2)
        return true;
    char smallest[32] = "";
    char largest[32] = "";
    bool found = false;
    struct buf sql;
    const char *column = table->schema->def->columns[table->key.columns[0]].name;
    static const char *const ends[] = { "MIN", "MAX" };
    char *const into[] = { smallest, largest };
    buf_init(&sql, 4096);
    bool ok = true;
    for (unsigned i = 0; ok && i < 2; i++) {
        buf_reset(&sql);
        buf_printf(&sql, "SELECT %s(", ends[i]);
        select_identifier(&sql, column);
        buf_str(&sql, ") FROM ");
        select_table_name(&sql, table->schema->def);
        ok = connection_query_text(attempt->control, buf_cstr(&sql), into[i], 32, &found, err);
    }
    buf_clear(&sql);
    unsigned most = attempt->readers_used * 4;
    if (ok)
        plan_split(&table->plan, smallest, largest, table->key.first_is_unsigned,
                   parts < most ? (unsigned)parts : most);
    return ok;
}

static bool plan_tables(struct attempt *attempt, struct err *err)
{
    for (unsigned i = 0; i < attempt->table_count; i++) {
        struct copy_table *table = &attempt->tables[i];
        const struct source_table *source = table->schema->source;
        if (table->plan.slice_count == 0 && !split_table(attempt, table, err))
            return err_wrap(err, "planning the copy of %s.%s", source->db, source->name);
        table->engine_table = attempt->options->engine->ops->table(attempt->options->engine,
                                                                   source->db, source->name);
        if (table->engine_table == NULL)
            return err_set(err, ERR_CORRUPT, "the engine does not have %s.%s, just created",
                           source->db, source->name);
    }
    return true;
}

static void copy_point(struct plan_point *to, const struct plan_point *from)
{
    *to = *from;
    to->gtids = memory_str(from->gtids);
}

static bool resume_or_begin(struct attempt *attempt, struct err *err)
{
    struct engine *engine = attempt->options->engine;
    if (!resume_read(engine, &attempt->facts, &attempt->now, &attempt->resumed, &attempt->first,
                     err))
        return false;
    if (!attempt->resumed) {
        copy_point(&attempt->first, &attempt->now);
        return resume_note(engine, &attempt->first, err);
    }
    log_info("going on with the copy begun at %s:%" PRIu64, attempt->first.file,
             attempt->first.offset);
    return resume_plans(engine, attempt->tables, attempt->table_count, err);
}

static bool load(struct attempt *attempt, struct err *err)
{
    const struct snapshot_options *options = attempt->options;
    if (!schema_load(&attempt->schema, options->engine, err) || !resume_or_begin(attempt, err) ||
        !plan_tables(attempt, err))
        return false;
    if (options->on_point != NULL &&
        !options->on_point(attempt->first.file, options->on_point_arg, err))
        return false;
    struct copy_request request = {
        .options = attempt->options,
        .facts = &attempt->facts,
        .control = attempt->control,
        .readers = attempt->readers,
        .reader_count = attempt->readers_used,
        .tables = attempt->tables,
        .table_count = attempt->table_count,
    };
    return copy_run(&request, err);
}

/* Until where changes may meet rows that are newer than the point they are replayed from. */
static bool set_repair(struct attempt *attempt, struct position *position, struct err *err)
{
    bool beyond = false;
    for (unsigned i = 0; i < attempt->table_count; i++)
        beyond = beyond || !schema_table_is_transactional(attempt->tables[i].schema);
    if (attempt->resumed) {
        memcpy(position->repair_until_file, attempt->now.file, sizeof attempt->now.file);
        position->repair_until_offset = attempt->now.offset;
    }
    if (!beyond)
        return true;
    struct source_status status;
    if (!probe_status(attempt->control, &attempt->facts.arena, &status, err))
        return false;
    memcpy(position->repair_until_file, status.file, sizeof status.file);
    position->repair_until_offset = status.offset;
    return true;
}

static bool finish(struct attempt *attempt, struct position *out, struct err *err)
{
    struct position position = { .offset = attempt->first.offset };
    memcpy(position.file, attempt->first.file, sizeof position.file);
    memcpy(position.source_uuid, attempt->first.source_uuid, sizeof position.source_uuid);
    say(attempt->options, "finishing");
    bool ok = gtid_set_parse(attempt->first.gtids, attempt->facts.flavour, &position.gtids, err) &&
              set_repair(attempt, &position, err) &&
              engine_load_finish(attempt->options->engine, &position, err);
    if (ok)
        *out = position;
    else
        position_clear(&position);
    return ok;
}

static void attempt_clear(struct attempt *attempt)
{
    for (unsigned i = 0; i < attempt->reader_count; i++)
        connection_free(attempt->readers[i]);
    connection_free(attempt->control);
    for (unsigned i = 0; i < attempt->table_count; i++)
        plan_clear(&attempt->tables[i].plan);
    free(attempt->tables);
    plan_point_clear(&attempt->now);
    plan_point_clear(&attempt->first);
    schema_clear(&attempt->schema);
    source_facts_clear(&attempt->facts);
}

/* Whether a failure is one that another attempt may cure, and what the attempt may keep. */
enum again { AGAIN_NO, AGAIN_AS_IS, AGAIN_FRESH };

static bool attempt_run(const struct snapshot_options *options, bool fresh, struct position *out,
                        enum again *again, struct err *err)
{
    struct attempt attempt = { .options = options };
    source_facts_init(&attempt.facts);
    schema_init(&attempt.schema);
    say(options, "locking");
    bool ok = read_source(&attempt, err) && open_readers(&attempt, err);
    if (ok) {
        list_tables(&attempt);
        ok = take_point(&attempt, err);
    }
    *again = !ok && err->code == ERR_CONFLICT ? AGAIN_AS_IS : AGAIN_NO;
    /* an engine whose copy is complete refuses: that is no reason to start over */
    ok = ok && engine_load_begin(options->engine, attempt.facts.flavour, fresh, err);
    if (ok) {
        ok = load(&attempt, err) && finish(&attempt, out, err);
        *again = !ok && err->code == ERR_CONFLICT ? AGAIN_FRESH : AGAIN_NO;
    }
    attempt_clear(&attempt);
    return ok;
}

static bool run_attempts(const struct snapshot_options *options, struct position *out,
                         struct err *err)
{
    bool fresh = false;
    for (unsigned i = 0;; i++) {
        enum again again = AGAIN_NO;
        if (attempt_run(options, fresh, out, &again, err))
            return true;
        if (again == AGAIN_NO)
            return false;
        fresh = fresh || again == AGAIN_FRESH;
        if (i + 1 == ATTEMPTS_MAX)
            return err_wrap(err, "the copy was started over %d times, and again", ATTEMPTS_MAX - 1);
        log_warning("the copy starts over: %s", err->text);
    }
}

bool snapshot_run(const struct snapshot_options *options, struct position *out, struct err *err)
{
    struct snapshot_options filled = *options;
    AUTO(cancel) own = options->cancel == NULL ? cancel_new() : NULL;
    if (filled.cancel == NULL)
        filled.cancel = own;
    if (filled.connections == 0)
        filled.connections = CONNECTIONS_DEFAULT;
    if (filled.connections > POINT_READERS_MAX)
        filled.connections = POINT_READERS_MAX;
    if (filled.lock_wait_s == 0)
        filled.lock_wait_s = LOCK_WAIT_DEFAULT_S;
    bool is_whole = false;
    bool ok = whole_log_take(&filled, &is_whole, out, err) &&
              (is_whole || run_attempts(&filled, out, err));
    return ok || err_wrap(err, "first copy");
}
