/* until_ahead.c - will the log here come to the position of a MariaDB that UNTIL names? Looked at
 * before applying begins, as applying would find out after everything before that place is done.
 *
 * The states at the files' heads tell in which file it is decided; that one alone is read. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/until.h"
#include "binlog/gtid_event.h"

/* Between two states something came that the position does not hold. */
static bool has_gone_past(const struct until *until, const struct gtid_set *done,
                          const struct gtid_set *state, struct gtid *out)
{
    struct gtid named;
    for (size_t i = 0; gtid_set_last_at(state, i, out); i++)
        if (!gtid_set_covers(done, out) &&
            (!gtid_set_last_in_domain(until->gtids, out->domain, &named) || out->seq > named.seq))
            return true;
    return false;
}

/* Up to the file's end, or the place where applying would stop. */
static bool read_file(const struct until *until, struct cursor *cursor, struct gtid_set *done,
                      struct err *err)
{
    struct event event;
    struct gtid_event gtid;
    enum cursor_result result;
    bool stop = false;
    uint64_t file = cursor_event_end(cursor).file;
    while (!stop && (result = cursor_next(cursor, &event, err)) == CURSOR_EVENT &&
           cursor_event_start(cursor).file == file) {
        if (event.header.type != EVENT_MARIADB_GTID)
            continue;
        if (!gtid_event_decode(&event, &gtid, err) ||
            !until_judge(until, done, &gtid.gtid, &stop, err) ||
            (!gtid_set_contains(done, &gtid.gtid) && !gtid_set_add(done, &gtid.gtid, err)))
            return false;
    }
    return stop || result != CURSOR_ERROR;
}

enum outlook { OUTLOOK_OPEN, OUTLOOK_GOOD, OUTLOOK_IN_FILE, OUTLOOK_NEVER };

static enum outlook judge_state(const struct until *until, const struct gtid_set *done,
                                const struct gtid_set *state, struct gtid *past)
{
    bool is_past = has_gone_past(until, done, state, past);
    if (until_has_reached(until, state))
        return is_past ? OUTLOOK_IN_FILE : OUTLOOK_GOOD;
    return is_past ? OUTLOOK_NEVER : OUTLOOK_OPEN;
}

bool until_look_ahead(const struct until *until, const struct gtid_set *done, struct log_pos at,
                      struct store *store, struct err *err)
{
    AUTO(gtid_set) before = gtid_set_copy(done);
    enum outlook outlook = OUTLOOK_OPEN;
    struct log_pos end = store_durable_end(store);
    while (outlook == OUTLOOK_OPEN && log_pos_compare(at, end) < 0) {
        AUTO(gtid_set) state = NULL;
        AUTO(cursor) cursor = NULL;
        struct gtid past;
        struct log_pos next = { at.file + 1, BINLOG_MAGIC_SIZE };
        if (next.file > end.file)
            next = end;
        if (!store_gtids_before(store, next, &state, err))
            return false;
        outlook = judge_state(until, done, state, &past);
        if (outlook == OUTLOOK_NEVER)
            return until_never(until, &past, err);
        if (outlook == OUTLOOK_IN_FILE)
            return cursor_open(store, at, "UNTIL", &cursor, err) &&
                   read_file(until, cursor, before, err);
        gtid_set_free(before);
        before = state;
        state = NULL;
        at = next;
    }
    return true;
}
