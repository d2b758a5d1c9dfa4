/* prepared.c - XA transactions: prepared in one place of the log, committed or rolled back in
 * another, perhaps another file, after restarts of the source and of this node.
 *
 *   open     between the first event of a transaction that is to be prepared and its XA_PREPARE:
 *            its table maps and rows go to the engine as they are, and change nothing
 *   COMMIT   what was kept is applied as if it stood there
 *   ROLLBACK what was kept is dropped
 *
 * Only tables that are kept here have their events kept, but each prepared transaction has its
 * name kept: a COMMIT of a name that is not there is one whose changes this copy never saw. The
 * source's metadata locks hold the tables as they are from prepare to commit; the columns kept
 * with each table map prove it. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "apply"
#include <stdio.h>
#include <string.h>
#include "apply/state.h"
#include "base/log.h"
#include "base/reader.h"
#include "binlog/gtid_event.h"
#include "binlog/transaction_event.h"
#include "engine/prepared.h"
#include "sql/types.h"

enum { SHAPE_MAX = 16 << 20, TABLE_ID_SIZE = 6 };

/* ---- prepare ---- */

static bool open_xa(struct apply *apply, const char *xid, struct err *err)
{
    char gtid[GTID_TEXT_MAX] = "";
    struct prepared prepared = { xid, gtid, cursor_file_name(apply->cursor),
                                 cursor_event_start(apply->cursor).offset };
    if (apply->stream.gtid.kind != GTID_NONE)
        (void)gtid_text(&apply->stream.gtid, gtid);
    if (!apply_open_engine(apply, err) ||
        !engine_prepared_begin(apply->options.engine, &prepared, err))
        return false;
    snprintf(apply->xa.id, sizeof apply->xa.id, "%s", xid);
    apply->xa.open = true;
    apply->xa.changed = true;
    return true;
}

bool apply_mariadb_gtid(struct apply *apply, const struct event *event, struct err *err)
{
    struct gtid_event gtid;
    char xid[XA_TEXT_MAX];
    if (!gtid_event_decode(event, &gtid, err))
        return false;
    return (gtid.flags & MARIADB_GTID_PREPARED_XA) == 0 ||
           open_xa(apply, xa_id_text(&gtid.xa, xid), err);
}

/* The table of a table map or rows event, by its id. */
static const struct apply_table *table_of(const struct apply *apply, const struct event *event)
{
    struct reader r = reader_of(event->body);
    return table_cache_find(&apply->tables, reader_le(&r, TABLE_ID_SIZE));
}

/* What the meaning of a row image hangs on. (Not the whole definition: it names a collation once
 * that it left to the server's default before it was read back.) */
static void print_shape(const struct table_def *def, struct buf *out)
{
    for (unsigned i = 0; i < def->column_count; i++) {
        const struct column_def *c = &def->columns[i];
        buf_printf(out, "%s %s(%u,%u,%u)%s %s\n", c->name, sql_type_name(c->type),
                   (unsigned)c->length, (unsigned)c->precision, (unsigned)c->scale,
                   c->is_unsigned ? " unsigned" : "", c->charset != NULL ? c->charset : "");
    }
}

bool apply_keep_prepared(struct apply *apply, const struct event *event, struct err *err)
{
    struct buf shape;
    const struct apply_table *table = table_of(apply, event);
    if (table == NULL || table->target == NULL)
        return table != NULL || event->body.len < TABLE_ID_SIZE || apply_is_dummy_rows(event) ||
               err_set(err, ERR_CORRUPT, "rows of a table that no table map named");
    buf_init(&shape, SHAPE_MAX);
    if (event->header.type == EVENT_TABLE_MAP)
        print_shape(table->def, &shape);
    struct prepared_event kept = { event->header.type, buf_cstr(&shape), event->body };
    bool ok = !shape.failed || err_set(err, ERR_UNSUPPORTED,
                                       "columns whose names take more than %d bytes", SHAPE_MAX);
    ok = ok && engine_prepared_keep(apply->options.engine, apply->xa.id, &kept, err);
    buf_clear(&shape);
    return ok;
}

/* ---- commit, rollback ---- */

static bool check_shape(const struct apply *apply, const struct event *event, struct buf *shape,
                        struct err *err)
{
    struct buf now;
    const struct apply_table *table = table_of(apply, event);
    buf_init(&now, SHAPE_MAX);
    if (table != NULL && table->def != NULL)
        print_shape(table->def, &now);
    bool same = bytes_equal(buf_bytes(&now), buf_bytes(shape));
    buf_clear(&now);
    return same || err_set(err, ERR_CONFLICT,
                           "a table that it changes is not as it was when it was prepared; make a "
                           "new copy of the source");
}

static bool replay_event(struct apply *apply, struct prepared_reader *reader, struct err *err)
{
    struct event event = { .header.type = reader->type, .body = buf_bytes(&reader->body) };
    return apply_change_event(apply, &event, err) &&
           (reader->type != EVENT_TABLE_MAP || check_shape(apply, &event, &reader->shape, err));
}

/* Table ids are those of the time of the prepare: they mean nothing before and after. */
static bool replay(struct apply *apply, const char *xid, struct err *err)
{
    bool more = true;
    bool ok = true;
    struct prepared_reader reader = { .xid = xid };
    buf_init(&reader.body, EVENT_SIZE_MAX);
    buf_init(&reader.shape, SHAPE_MAX);
    table_cache_retire(&apply->tables);
    while (ok && more) {
        ok = engine_prepared_next(apply->options.engine, &reader, &more, err);
        ok = ok && (!more || replay_event(apply, &reader, err));
    }
    table_cache_retire(&apply->tables);
    buf_clear(&reader.body);
    buf_clear(&reader.shape);
    return ok || err_wrap(err, "the changes of XA transaction %s", xid);
}

static bool commit(struct apply *apply, const char *xid, struct err *err)
{
    bool found = false;
    if (!replay(apply, xid, err) || !apply_open_engine(apply, err) ||
        !engine_prepared_forget(apply->options.engine, xid, &found, err))
        return false;
    apply->xa.changed = true;
    return found ||
           err_set(err, ERR_CONFLICT,
                   "XA COMMIT of %s, which was prepared before this copy of the source was made: "
                   "its changes are not here. Make a new copy, at a time when XA RECOVER shows "
                   "nothing on the source",
                   xid);
}

static bool roll_back(struct apply *apply, const char *xid, struct err *err)
{
    bool found = false;
    if (!apply_open_engine(apply, err) ||
        !engine_prepared_forget(apply->options.engine, xid, &found, err))
        return false;
    if (!found)
        log_info("XA ROLLBACK of %s, which was prepared before this copy was made: nothing of it "
                 "is here",
                 xid);
    apply->xa.changed = true;
    return true;
}

static bool is_open(const struct apply *apply, const char *xid, struct err *err)
{
    return (apply->xa.open && strcmp(apply->xa.id, xid) == 0) ||
           err_set(err, ERR_CORRUPT, "it names XA transaction %s; the one open here is %s", xid,
                   apply->xa.open ? apply->xa.id : "none");
}

bool apply_xa_statement(struct apply *apply, struct bytes text, struct err *err)
{
    struct xa_statement statement;
    if (!xa_statement_parse(text, &statement, err))
        return false;
    bool inside = apply->xa.open;
    if (statement.verb == XA_END)
        return is_open(apply, statement.id, err);
    if (inside)
        return err_set(err, ERR_CORRUPT, "it stands inside XA transaction %s, before its end",
                       apply->xa.id);
    if (statement.verb == XA_START)
        return open_xa(apply, statement.id, err);
    return statement.verb == XA_COMMIT ? commit(apply, statement.id, err)
                                       : roll_back(apply, statement.id, err);
}

bool apply_xa_prepare(struct apply *apply, const struct event *event, struct err *err)
{
    struct xa_prepare_event prepare;
    char xid[XA_TEXT_MAX];
    if (!xa_prepare_decode(event, &prepare, err) ||
        !is_open(apply, xa_id_text(&prepare.xa, xid), err))
        return false;
    apply->xa.open = false;
    return !prepare.one_phase || commit(apply, xid, err);
}

/* ---- what others see ---- */

struct seen {
    struct apply_prepared *out;
    unsigned count;
};

static void see(const struct prepared *prepared, void *arg)
{
    struct seen *seen = arg;
    if (seen->count < APPLY_PREPARED_SHOWN) {
        struct apply_prepared_one *one = &seen->out->shown[seen->count];
        snprintf(one->xid, sizeof one->xid, "%s", prepared->xid);
        snprintf(one->gtid, sizeof one->gtid, "%s", prepared->gtid);
        snprintf(one->file, sizeof one->file, "%s", prepared->file);
        one->offset = prepared->offset;
    }
    seen->count++;
}

bool apply_read_prepared(struct apply *apply, struct apply_prepared *out, struct err *err)
{
    struct seen seen = { .out = out };
    apply->xa.changed = false;
    if (!engine_prepared_each(apply->options.engine, see, &seen, err))
        return false;
    out->count = seen.count;
    return true;
}
