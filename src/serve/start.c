/* start.c - from what a replica asks to the place where its stream begins, or to the refusal that a
 * server of its kind would give. The stream always begins with the format description at the file's
 * start; feed->start is where it goes on after the head. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "serve/feed_internal.h"

enum { SET_SHOWN_MAX = 1500 };

static const char *reader_name(const struct feed *feed, char out[FEED_NAME_MAX])
{
    snprintf(out, FEED_NAME_MAX, "replica %u (%.300s)", feed->request.server_id,
             feed->request.host);
    return out;
}

/* ---- by place ---- */

/* The place must be one where an event starts: the store walks there. */
static bool check_place(struct feed *feed, struct err *err)
{
    AUTO(cursor) probe = NULL;
    char name[FEED_NAME_MAX];
    return feed->start.offset == BINLOG_MAGIC_SIZE ||
           cursor_open(feed->serve->options.store, feed->start, reader_name(feed, name), &probe,
                       err);
}

static bool find_place(struct feed *feed, struct err *err)
{
    const struct serve_request *r = &feed->request;
    struct store *store = feed->serve->options.store;
    char places[1200];
    feed->start.offset = r->offset;
    if (r->file[0] == 0)
        feed->start.file = store_first_file(store);
    else if (!store_find_file(store, r->file, &feed->start.file)) {
        feed_refuse(feed, REFUSAL_UNKNOWN_FILE, "");
        return true;
    }
    if (r->offset < BINLOG_MAGIC_SIZE)
        feed_refuse(feed, REFUSAL_BEFORE_START, refusal_places(feed, places));
    else if (r->offset > store_file_end(store, feed->start.file))
        feed_refuse(feed, REFUSAL_PAST_END, refusal_places(feed, places));
    else if (!check_place(feed, err)) {
        if (err->code != ERR_CONFLICT)
            return false;
        feed_refuse(feed, REFUSAL_INSIDE_EVENT, refusal_places(feed, places));
    }
    return true;
}

/* ---- by GTID, MySQL ---- */

static void show_set(const struct gtid_set *set, struct buf *out)
{
    struct buf text;
    buf_init(&text, SET_SHOWN_MAX);
    gtid_set_print(set, &text);
    buf_append(out, text.data, text.len);
    if (text.failed)
        buf_str(out, " ...");
    buf_clear(&text);
}

/* What was purged here and the replica lacks. */
static bool check_purged(struct feed *feed, struct err *err)
{
    struct store *store = feed->serve->options.store;
    AUTO(gtid_set) missing = NULL;
    struct log_pos first = { store_first_file(store), BINLOG_MAGIC_SIZE };
    struct buf detail;
    if (!store_gtids_before(store, first, &missing, err))
        return false;
    gtid_set_subtract(missing, feed->request.gtids);
    if (gtid_set_is_empty(missing))
        return true;
    buf_init(&detail, (size_t)3 * SET_SHOWN_MAX);
    buf_str(&detail, "The GTID set sent by the replica is '");
    show_set(feed->request.gtids, &detail);
    buf_str(&detail, "', and the missing transactions are '");
    show_set(missing, &detail);
    buf_str(&detail, "'");
    feed_refuse(feed, REFUSAL_PURGED_SET, buf_cstr(&detail));
    buf_clear(&detail);
    return true;
}

/* Transactions of this very server that it does not have itself: it lost its tail. Those of other
 * servers may be on their way here too. */
static bool check_ahead(struct feed *feed, const struct gtid_set *held, struct err *err)
{
    AUTO(gtid_set) beyond = gtid_set_copy(feed->request.gtids);
    AUTO(gtid_set) mine = NULL;
    AUTO(gtid_set) own = NULL;
    char all[64];
    (void)err;
    gtid_set_subtract(beyond, held);
    if (gtid_set_is_empty(beyond) || feed->serve->options.server_uuid == NULL)
        return true;
    snprintf(all, sizeof all, "%s:1-9223372036854775806", feed->serve->options.server_uuid);
    if (!gtid_set_parse(all, FLAVOUR_MYSQL, &own, err))
        return false;
    mine = gtid_set_copy(beyond);
    gtid_set_subtract(mine, own);
    if (gtid_set_count(mine) < gtid_set_count(beyond))
        feed_refuse(feed, REFUSAL_AHEAD, "");
    return true;
}

/* ---- by GTID, MariaDB ---- */

static void wait_for_domain(struct feed *feed, const struct gtid *at)
{
    feed->domains = memory_resize(feed->domains, (feed->domain_count + 1) * sizeof *feed->domains);
    feed->domains[feed->domain_count++] = (struct domain_wait){ .at = *at };
}

/* Each GTID of the replica's position must be one that this log has had, or of a domain that it
 * does not know. */
static bool check_position(struct feed *feed, const struct gtid_set *held)
{
    struct gtid at;
    struct gtid last;
    char text[GTID_TEXT_MAX];
    for (size_t i = 0; gtid_set_last_at(feed->request.gtids, i, &at); i++) {
        if (gtid_set_contains(held, &at) || !gtid_set_last_in_domain(held, at.domain, &last))
            continue;
        feed_refuse(feed, last.seq >= at.seq ? REFUSAL_DIVERGED : REFUSAL_AHEAD,
                    gtid_text(&at, text));
        return false;
    }
    return true;
}

/* Which domains' positions lie behind the place to start: up to them all is skipped. */
static bool prepare_skipping(struct feed *feed, const struct gtid_set *held, struct err *err)
{
    struct gtid at;
    feed->owes_note = true;
    if (!store_gtids_before(feed->serve->options.store, feed->start, &feed->state, err))
        return false;
    for (size_t i = 0; gtid_set_last_at(feed->request.gtids, i, &at); i++)
        if (gtid_set_contains(held, &at) && !gtid_set_contains(feed->state, &at))
            wait_for_domain(feed, &at);
    end_prepare(feed);
    return true;
}

/* ---- by GTID ---- */

static bool same_kind(const struct gtid_set *a, const struct gtid_set *b)
{
    enum gtid_kind kind = gtid_set_kind(a);
    return kind == GTID_NONE || gtid_set_kind(b) == GTID_NONE || kind == gtid_set_kind(b);
}

static bool seek_set(struct feed *feed, struct err *err)
{
    AUTO(cursor) probe = NULL;
    char name[FEED_NAME_MAX];
    if (cursor_open_after(feed->serve->options.store, feed->request.gtids, reader_name(feed, name),
                          &probe, err)) {
        feed->start = cursor_event_end(probe);
        return true;
    }
    if (err->code != ERR_CONFLICT)
        return false;
    feed_refuse(feed, REFUSAL_PURGED_SET, "The log here begins later.");
    return true;
}

static bool find_set(struct feed *feed, struct err *err)
{
    const struct gtid_set *held;
    if (feed->request.gtids == NULL) {
        feed_refuse(feed, REFUSAL_MALFORMED, "");
        return true;
    }
    if (!serve_held(feed->serve, &held, err))
        return false;
    if (!same_kind(feed->request.gtids, held)) {
        feed_refuse(feed, REFUSAL_OTHER_FLAVOUR,
                    "The log here is of a server of the other flavour: its GTIDs mean something "
                    "else; follow a source of this replica's own flavour");
        return true;
    }
    bool mariadb = feed->request.peer == SERVE_PEER_MARIADB;
    if (mariadb && !check_position(feed, held))
        return true;
    if (!mariadb && feed->request.file[0] != 0) /* mysqlbinlog: that place, without what it has */
        return find_place(feed, err);
    if (!mariadb && (!check_purged(feed, err) || (!feed->ending && !check_ahead(feed, held, err))))
        return false;
    if (feed->ending || !seek_set(feed, err) || feed->ending)
        return feed->ending;
    return !mariadb || prepare_skipping(feed, held, err);
}

/* ---- both ---- */

static bool open_head(struct feed *feed, struct err *err)
{
    char name[FEED_NAME_MAX];
    char file[LOG_NAME_MAX + 1];
    struct store *store = feed->serve->options.store;
    struct log_pos head = { feed->start.file, BINLOG_MAGIC_SIZE };
    if (!cursor_open(store, head, reader_name(feed, name), &feed->cursor, err))
        return false;
    store_file_name(store, head.file, file);
    feed->in_head = feed->request.by_gtid || feed->start.offset > BINLOG_MAGIC_SIZE;
    made_rotate(feed, file, feed->request.by_gtid ? BINLOG_MAGIC_SIZE : feed->start.offset);
    return true;
}

void feed_start(struct feed *feed)
{
    struct err err = { 0 };
    feed->started = true;
    bool ok = feed->request.by_gtid ? find_set(feed, &err) : find_place(feed, &err);
    if (ok && !feed->ending)
        ok = open_head(feed, &err);
    if (!ok)
        feed_refuse(feed, REFUSAL_BROKEN, err.text);
}
