/* judge.c - what of the log a replica gets: by type, by GTID, and in which words.
 *
 * A table says by type what is plain; only what is in question comes here. A transaction that the
 * replica has is passed over from its GTID event to the next one, or to an event that stands
 * between transactions. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "binlog/gtid_event.h"
#include "serve/feed_internal.h"

enum { CAPABILITY_CHECKPOINT = 3, CAPABILITY_GTID = 4 };

static const uint8_t file_types[] = {
    EVENT_ROTATE,    EVENT_STOP,      EVENT_PREVIOUS_GTIDS,    EVENT_INCIDENT,
    EVENT_GTID_LIST, EVENT_HEARTBEAT, EVENT_BINLOG_CHECKPOINT, EVENT_START_ENCRYPTION,
};
static const uint8_t gtid_types[] = { EVENT_GTID, EVENT_ANONYMOUS_GTID, EVENT_GTID_TAGGED,
                                      EVENT_MARIADB_GTID };

void judge_init(struct feed *feed)
{
    const struct serve_request *r = &feed->request;
    bool mariadb = r->peer == SERVE_PEER_MARIADB;
    unsigned capability = mariadb ? r->capability : 0;
    for (size_t i = 0; i < sizeof file_types; i++)
        feed->actions[file_types[i]] = ACTION_FILE;
    for (size_t i = 0; i < sizeof gtid_types && r->by_gtid; i++)
        feed->actions[gtid_types[i]] = ACTION_GTID;
    feed->actions[EVENT_FORMAT_DESCRIPTION] = ACTION_FORMAT;
    if (!mariadb || (r->flags & SERVE_DUMP_RICH_EVENTS) == 0)
        feed->actions[EVENT_ANNOTATE_ROWS] = ACTION_DROP;
    if (capability < CAPABILITY_CHECKPOINT)
        feed->actions[EVENT_BINLOG_CHECKPOINT] = ACTION_DROP;
    if (capability < CAPABILITY_GTID) {
        feed->actions[EVENT_GTID_LIST] = ACTION_DROP;
        feed->actions[EVENT_MARIADB_GTID] = ACTION_GTID;
    }
    stream_init(&feed->stream);
}

/* ---- the replica's GTIDs ---- */

static bool all_reached(const struct feed *feed)
{
    for (size_t i = 0; i < feed->domain_count; i++)
        if (!feed->domains[i].reached)
            return false;
    return true;
}

/* All of a domain up to the replica's position is had, whichever server wrote it. A position that
 * is in nobody's log any more is passed when its server's numbers are. */
static bool had_in_domain(struct feed *feed, const struct gtid *gtid)
{
    for (size_t i = 0; i < feed->domain_count; i++) {
        struct domain_wait *wait = &feed->domains[i];
        if (wait->at.domain != gtid->domain || wait->reached)
            continue;
        bool same_server = wait->at.server == gtid->server;
        wait->reached = same_server && gtid->seq >= wait->at.seq;
        return !wait->reached || gtid->seq == wait->at.seq;
    }
    return false;
}

static bool has(struct feed *feed, const struct gtid *gtid)
{
    if (!feed->request.by_gtid)
        return false;
    if (gtid->kind == GTID_MARIADB)
        return had_in_domain(feed, gtid);
    return gtid_set_contains(feed->request.gtids, gtid);
}

bool judge_note(struct feed *feed)
{
    if (!feed->owes_note)
        return false;
    feed->owes_note = false;
    if (feed->state == NULL) {
        made_heartbeat(feed);
        return true;
    }
    made_gtid_list(feed, GTID_LIST_PLAIN);
    if (all_reached(feed) && feed->until == NULL) {
        gtid_set_free(feed->state);
        feed->state = NULL;
    }
    return true;
}

/* ---- one event ---- */

/* As far as it is here; the checksum belongs to no body. */
static struct event view_of(const struct feed *feed, const struct feed_event *event)
{
    struct event view = { 0 };
    size_t have = event->have < event->size ? event->have : event->size;
    bool whole = have == event->size;
    size_t tail =
        whole && feed->format.checksum == CHECKSUM_CRC32 ? (size_t)EVENT_CHECKSUM_SIZE : 0;
    view.header.type = event->type;
    view.header.size = event->size;
    view.header.flags = event->flags;
    struct bytes server_id = bytes_of(event->data + 5, 4);
    for (unsigned i = 0; i < 4; i++)
        view.header.server_id |= (uint32_t)server_id.data[i] << (8 * i);
    view.raw = bytes_of(event->data, have);
    view.body = bytes_of(event->data + EVENT_HEADER_SIZE, have - EVENT_HEADER_SIZE - tail);
    return view;
}

static enum verdict judge_gtid(struct feed *feed, const struct feed_event *event, struct err *err)
{
    struct gtid_event gtid;
    struct event view = view_of(feed, event);
    if (end_stream(feed))
        return VERDICT_WAIT;
    if (!gtid_event_decode(&view, &gtid, err))
        return VERDICT_FAILED;
    feed->skipping = has(feed, &gtid.gtid);
    if (feed->until != NULL && end_leaves_out(feed, &gtid.gtid))
        feed->skipping = true;
    if (!feed->skipping && judge_note(feed))
        return VERDICT_WAIT;
    end_come_to(feed, &gtid.gtid);
    if (feed->state != NULL && !gtid_set_add(feed->state, &gtid.gtid, err))
        return VERDICT_FAILED;
    if (feed->skipping) {
        feed->owes_note = true;
        return VERDICT_DROP;
    }
    if (event->type != EVENT_MARIADB_GTID ||
        (feed->request.peer == SERVE_PEER_MARIADB && feed->request.capability >= CAPABILITY_GTID))
        return VERDICT_PASS;
    if ((gtid.flags & MARIADB_GTID_STANDALONE) == 0)
        made_begin(feed, event);
    return VERDICT_DROP;
}

/* A MySQL has no use for MariaDB's events. A MariaDB would apply a MySQL server's log up to the
 * first thing that it does not know; what binlogd's own primary writes it knows all of, and its
 * tool, which applies nothing, shows what it does not know. */
static void check_flavour(struct feed *feed)
{
    const struct format *format = &feed->format;
    if (format->flavour == FLAVOUR_MARIADB && feed->request.peer == SERVE_PEER_MYSQL)
        feed_refuse(feed, REFUSAL_OTHER_FLAVOUR,
                    "The log here is of a MariaDB server, which a MySQL replica cannot follow; use "
                    "a MariaDB replica, or binlogd");
    if (format->flavour == FLAVOUR_MYSQL && feed->request.peer == SERVE_PEER_MARIADB &&
        feed->request.is_registered && strstr(format->server_version, "binlogd") == NULL)
        feed_refuse(feed, REFUSAL_OTHER_FLAVOUR,
                    "The log here is of a MySQL server, of which a MariaDB replica understands a "
                    "part only; use a MySQL replica, or binlogd");
}

static enum verdict judge_format(struct feed *feed, const struct feed_event *event, struct err *err)
{
    if (!made_format(feed, event, err))
        return VERDICT_FAILED;
    check_flavour(feed);
    return VERDICT_DROP;
}

static enum verdict judge_by_type(struct feed *feed, const struct feed_event *event,
                                  struct err *err)
{
    enum action action = (enum action)feed->actions[event->type];
    if (action == ACTION_FORMAT)
        return judge_format(feed, event, err);
    bool head_over = action != ACTION_FILE || !feed->request.by_gtid;
    if (feed->in_head && head_over) {
        feed->in_head = false;
        if (event->offset < feed->start.offset)
            return VERDICT_JUMP;
    }
    if (action == ACTION_GTID)
        return judge_gtid(feed, event, err);
    if (action == ACTION_FILE && !feed->in_head) {
        feed->skipping = false;
        return end_stream(feed) || judge_note(feed) ? VERDICT_WAIT : VERDICT_PASS;
    }
    return feed->skipping || action == ACTION_DROP ? VERDICT_DROP : VERDICT_PASS;
}

enum verdict judge_event(struct feed *feed, const struct feed_event *event, bool *ack_wanted,
                         struct err *err)
{
    enum stream_step step;
    *ack_wanted = false;
    enum verdict verdict = judge_by_type(feed, event, err);
    bool follows = feed->request.semi_sync &&
                   (verdict == VERDICT_PASS || verdict == VERDICT_DROP) && !feed->skipping &&
                   !feed->in_head;
    if (event->type == EVENT_FORMAT_DESCRIPTION)
        follows = feed->request.semi_sync && verdict == VERDICT_DROP;
    if (!follows)
        return verdict;
    struct event view = view_of(feed, event);
    if (!stream_feed(&feed->stream, &view, &step, err))
        return VERDICT_FAILED;
    feed->has_passed = feed->has_passed || step == STREAM_COMMIT;
    *ack_wanted =
        step == STREAM_COMMIT && event->offset + event->size + FEED_ACK_WINDOW >= event->limit;
    return verdict;
}
