/* event.c - one event of the log: which transaction it belongs to, and what is done with it. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include "apply/state.h"
#include "base/bug.h"
#include "binlog/gtid_event.h"

typedef bool event_handler(struct apply *apply, const struct event *event, struct err *err);

bool apply_wrap_place(struct apply *apply, const struct event *event, struct err *err)
{
    char gtid[GTID_TEXT_MAX];
    struct log_pos start = cursor_event_start(apply->cursor);
    if (apply->stream.inside || apply->transaction.open)
        return err_wrap(err, "%s at %llu: %s event of transaction %s",
                        cursor_file_name(apply->cursor), (unsigned long long)start.offset,
                        event_type_name(event->header.type), gtid_text(&apply->stream.gtid, gtid));
    return err_wrap(err, "%s at %llu: %s event", cursor_file_name(apply->cursor),
                    (unsigned long long)start.offset, event_type_name(event->header.type));
}

static bool on_passed(struct apply *apply, const struct event *event, struct err *err)
{
    (void)apply, (void)event, (void)err;
    return true;
}

/* Table ids start over with a server, and a server starts with a file. */
static bool on_format(struct apply *apply, const struct event *event, struct err *err)
{
    (void)event, (void)err;
    table_cache_retire(&apply->tables);
    return true;
}

static bool put_table_map(struct apply *apply, const struct event *event, struct err *err)
{
    struct table_context context = { apply->options.engine, apply->options.keep,
                                     apply->options.keep_arg, apply->stream.format.flavour };
    return table_cache_put(&apply->tables, &context, event, err);
}

bool apply_change_event(struct apply *apply, const struct event *event, struct err *err)
{
    return event->header.type == EVENT_TABLE_MAP ? put_table_map(apply, event, err)
                                                 : apply_rows(apply, event, err);
}

static bool on_table_map(struct apply *apply, const struct event *event, struct err *err)
{
    return put_table_map(apply, event, err) &&
           (!apply->xa.open || apply_keep_prepared(apply, event, err));
}

static bool on_rows(struct apply *apply, const struct event *event, struct err *err)
{
    return apply->xa.open ? apply_keep_prepared(apply, event, err) : apply_rows(apply, event, err);
}

static const struct {
    bool known;
    event_handler *handle; /* NULL: refused */
    const char *advice;
} handlers[256] = {
#define on_refused                    NULL
#define HANDLER(type, handle, advice) [EVENT_##type] = { true, handle, advice },
#include "apply/handlers.def"
#undef HANDLER
#undef on_refused
};

static bool refuse(const struct event *event, struct err *err)
{
    uint8_t type = event->header.type;
    if (!handlers[type].known)
        return err_set(err, ERR_UNSUPPORTED, "an event of type %u is not known here", type);
    return err_set(err, ERR_UNSUPPORTED,
                   "what it changes cannot be applied here: %s, and make a new copy of the source",
                   handlers[type].advice);
}

bool apply_handle(struct apply *apply, const struct event *event, struct err *err)
{
    uint8_t type = event->header.type;
    if (handlers[type].handle != NULL)
        return handlers[type].handle(apply, event, err);
    if (!handlers[type].known && (event->header.flags & EVENT_FLAG_IGNORABLE) != 0)
        return true;
    return refuse(event, err);
}

/* ---- transactions ---- */

/* Is a change at this place inside the range that a resumed copy left? */
static void update_repair(struct apply *apply, struct log_pos place)
{
    uint64_t file;
    struct position *p = &apply->position;
    apply->repairing = p->repair_until_file[0] != '\0';
    if (!apply->repairing || !store_find_file(apply->options.store, p->repair_until_file, &file))
        return; /* a file that is still to come: everything so far is before it */
    struct log_pos until = { file, p->repair_until_offset };
    if (log_pos_compare(place, until) < 0)
        return;
    apply->repairing = false;
    p->repair_until_file[0] = '\0';
    p->repair_until_offset = 0;
}

/* "~2" of "binlog~2.000007": the receiver's mark of the second server that a log came from. */
static struct bytes server_mark(const char *file)
{
    const char *mark = strrchr(file, '~');
    return mark == NULL ? bytes_of(NULL, 0) : bytes_of(mark, strcspn(mark, "."));
}

/* A server's first file here begins with transactions that came from the server before it. */
static bool may_repeat(const struct apply *apply)
{
    char before[LOG_NAME_MAX + 1];
    store_file_name(apply->options.store, cursor_event_start(apply->cursor).file - 1, before);
    return apply->is_found_by_gtid ||
           !bytes_equal(server_mark(cursor_file_name(apply->cursor)), server_mark(before));
}

/* MariaDB takes numbers that were used before: gtid_strict_mode = OFF is its default, and feeding
 * mysqlbinlog's output back to the server does it. Such a transaction is a new one. */
static bool check_skipped(const struct apply *apply, struct err *err)
{
    if (apply->stream.gtid.kind != GTID_MARIADB || may_repeat(apply))
        return true;
    return err_set(err, ERR_UNSUPPORTED,
                   "the source gave a new transaction a number that it had used or passed already "
                   "(gtid_seq_no was set): set gtid_strict_mode = ON on the source, and make a new "
                   "copy of it");
}

/* When it was committed: on the server that is followed, and where it was first. */
struct commit_times {
    uint64_t immediate_us, original_us;
};

static bool read_commit_times(const struct event *event, struct commit_times *out, struct err *err)
{
    struct gtid_event gtid;
    uint8_t type = event->header.type;
    uint64_t header_us = (uint64_t)event->header.timestamp * 1000000u;
    *out = (struct commit_times){ header_us, header_us };
    if (type != EVENT_GTID && type != EVENT_ANONYMOUS_GTID && type != EVENT_GTID_TAGGED)
        return true; /* a MariaDB's has no others */
    if (!gtid_event_decode(event, &gtid, err))
        return false;
    if (gtid.immediate_commit_us != 0)
        *out = (struct commit_times){ gtid.immediate_commit_us, gtid.immediate_commit_us };
    if (gtid.original_commit_us != 0)
        out->original_us = gtid.original_commit_us;
    return true;
}

static bool begin_transaction(struct apply *apply, const struct event *event, struct err *err)
{
    struct commit_times times;
    struct apply_transaction *t = &apply->transaction;
    bool is_skipped = !BUG(APPLIED_TWICE) && apply->stream.gtid.kind != GTID_NONE &&
                      gtid_set_contains(apply->position.gtids, &apply->stream.gtid);
    if (apply->position.repair_until_file[0] != '\0')
        update_repair(apply, cursor_event_start(apply->cursor));
    if (!read_commit_times(event, &times, err))
        return false;
    if (!is_skipped && !apply->repairing && !apply_wait_delay(apply, times.immediate_us, err))
        return false;
    *t = (struct apply_transaction){ .open = true,
                                     .skipped = is_skipped,
                                     .timestamp = event->header.timestamp,
                                     .commit_us = times.original_us };
    return !is_skipped || check_skipped(apply, err);
}

static void move_position(struct apply *apply)
{
    struct log_pos end = cursor_event_end(apply->cursor);
    struct position *p = &apply->position;
    if (end.file != apply->position_file) {
        snprintf(p->file, sizeof p->file, "%s", cursor_file_name(apply->cursor));
        apply->position_file = end.file;
    }
    p->offset = end.offset;
    apply->end = end;
}

static bool end_transaction(struct apply *apply, struct err *err)
{
    struct apply_transaction *t = &apply->transaction;
    if (apply->xa.open)
        return err_set(err, ERR_CORRUPT, "XA transaction %s ends and is not prepared",
                       apply->xa.id);
    if (!t->skipped && !gtid_set_add(apply->position.gtids, &apply->stream.gtid, err))
        return false;
    if (t->skipped)
        apply->batch_skipped++;
    apply->position.last_commit_us = t->commit_us;
    apply->batch_transactions++;
    t->open = false;
    move_position(apply);
    if (apply->position.repair_until_file[0] != '\0')
        update_repair(apply, apply->end);
    return true;
}

bool apply_event(struct apply *apply, const struct event *event, struct err *err)
{
    enum stream_step step;
    const struct until *until = &apply->options.until;
    if (!stream_feed(&apply->stream, event, &step, err))
        return apply_wrap_place(apply, event, err);
    bool in_transaction = step != STREAM_OUTSIDE;
    if (in_transaction && !apply->transaction.open) {
        if (!until_judge(until, apply->position.gtids, &apply->stream.gtid, &apply->is_at_end, err))
            return apply_wrap_place(apply, event, err);
        if (apply->is_at_end)
            return true;
        if (!begin_transaction(apply, event, err))
            return apply_wrap_place(apply, event, err);
    }
    if (!(in_transaction && apply->transaction.skipped) && !apply_handle(apply, event, err))
        return apply_wrap_place(apply, event, err);
    if (step == STREAM_COMMIT && !end_transaction(apply, err))
        return apply_wrap_place(apply, event, err);
    if (step == STREAM_OUTSIDE)
        move_position(apply);
    if (!apply->transaction.open && (until->kind == UNTIL_PLACE || until->kind == UNTIL_AFTER))
        apply->is_at_end =
            until_is_reached(until, apply->position.gtids, apply->options.store, apply->end);
    return true;
}
