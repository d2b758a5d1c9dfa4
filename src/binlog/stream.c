/* stream.c - the grammar of a log, event by event. A table says what each type may do where; only
 * query events need a look at their text.
 *
 * Promises: (1) a transaction starts with its GTID event and ends with exactly one STREAM_COMMIT;
 * (2) what belongs to no transaction never stands inside one; (3) after an error the stream is
 * where it was before the event. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/stream.h"
#include "binlog/gtid_event.h"
#include "binlog/query.h"
#include "binlog/transaction_event.h"

/* What a type of event may do. 0: it stops the stream. */
enum role {
    ROLE_REFUSED,
    ROLE_FORMAT,    /* starts a file */
    ROLE_FILE,      /* stands between transactions */
    ROLE_HEARTBEAT, /* no part of any file: changes nothing */
    ROLE_GTID,
    ROLE_QUERY,   /* its text decides */
    ROLE_BEFORE,  /* belongs to the statement after it: may stand before a lone query too */
    ROLE_ROWS,    /* like ROLE_INSIDE, but ends a MariaDB standalone group */
    ROLE_INSIDE,  /* only between begin and end */
    ROLE_END,     /* ends a group */
    ROLE_PAYLOAD, /* is a whole group */
    ROLE_IGNORABLE,
    ROLE_ENCRYPTION,
};

static const uint8_t roles[256] = {
    [EVENT_QUERY] = ROLE_QUERY,
    [EVENT_QUERY_COMPRESSED] = ROLE_QUERY,
    [EVENT_EXECUTE_LOAD_QUERY] = ROLE_QUERY,
    [EVENT_FORMAT_DESCRIPTION] = ROLE_FORMAT,
    [EVENT_STOP] = ROLE_FILE,
    [EVENT_ROTATE] = ROLE_FILE,
    [EVENT_PREVIOUS_GTIDS] = ROLE_FILE,
    [EVENT_GTID_LIST] = ROLE_FILE,
    [EVENT_BINLOG_CHECKPOINT] = ROLE_FILE,
    [EVENT_START_ENCRYPTION] = ROLE_ENCRYPTION,
    [EVENT_HEARTBEAT] = ROLE_HEARTBEAT,
    [EVENT_HEARTBEAT_V2] = ROLE_HEARTBEAT,
    [EVENT_GTID] = ROLE_GTID,
    [EVENT_ANONYMOUS_GTID] = ROLE_GTID,
    [EVENT_GTID_TAGGED] = ROLE_GTID,
    [EVENT_MARIADB_GTID] = ROLE_GTID,
    [EVENT_INTVAR] = ROLE_BEFORE,
    [EVENT_RAND] = ROLE_BEFORE,
    [EVENT_USER_VAR] = ROLE_BEFORE,
    [EVENT_ROWS_QUERY] = ROLE_BEFORE,
    [EVENT_ANNOTATE_ROWS] = ROLE_BEFORE,
    [EVENT_TABLE_MAP] = ROLE_INSIDE,
    [EVENT_WRITE_ROWS_V1] = ROLE_ROWS,
    [EVENT_UPDATE_ROWS_V1] = ROLE_ROWS,
    [EVENT_DELETE_ROWS_V1] = ROLE_ROWS,
    [EVENT_WRITE_ROWS] = ROLE_ROWS,
    [EVENT_UPDATE_ROWS] = ROLE_ROWS,
    [EVENT_DELETE_ROWS] = ROLE_ROWS,
    [EVENT_PARTIAL_UPDATE_ROWS] = ROLE_ROWS,
    [EVENT_WRITE_ROWS_COMPRESSED_V1] = ROLE_ROWS,
    [EVENT_UPDATE_ROWS_COMPRESSED_V1] = ROLE_ROWS,
    [EVENT_DELETE_ROWS_COMPRESSED_V1] = ROLE_ROWS,
    [EVENT_WRITE_ROWS_COMPRESSED] = ROLE_ROWS,
    [EVENT_UPDATE_ROWS_COMPRESSED] = ROLE_ROWS,
    [EVENT_DELETE_ROWS_COMPRESSED] = ROLE_ROWS,
    [EVENT_BEGIN_LOAD_QUERY] = ROLE_INSIDE,
    [EVENT_APPEND_BLOCK] = ROLE_INSIDE,
    [EVENT_DELETE_FILE] = ROLE_INSIDE,
    [EVENT_TRANSACTION_CONTEXT] = ROLE_IGNORABLE,
    [EVENT_VIEW_CHANGE] = ROLE_INSIDE,
    [EVENT_XID] = ROLE_END,
    [EVENT_XA_PREPARE] = ROLE_END,
    [EVENT_TRANSACTION_PAYLOAD] = ROLE_PAYLOAD,
    [EVENT_IGNORABLE] = ROLE_IGNORABLE,
    [EVENT_LARGE_TRANSACTION_HEADER] = ROLE_IGNORABLE,
};

enum { ROWS_FLAGS_OFFSET = 6, ROWS_FLAG_STATEMENT_END = 1 };

void stream_init(struct stream *stream)
{
    *stream = (struct stream){ .inside = false };
}

static bool misplaced(const struct stream *stream, const struct event *event, struct err *err)
{
    char gtid[GTID_TEXT_MAX];
    const char *name = event_type_name(event->header.type);
    if (!stream->inside)
        return err_set(err, ERR_CORRUPT,
                       "a %s event stands outside a transaction: either the log is broken, or its "
                       "source writes no GTID events (MySQL before 5.7, MariaDB before 10.0)",
                       name);
    return err_set(err, ERR_CORRUPT,
                   "transaction %s: a %s event stands where no server writes one: the log is torn "
                   "there",
                   gtid_text(&stream->gtid, gtid), name);
}

/* MariaDB leaves what it had of the transaction in its log, MySQL cuts it off. Whether the server
 * kept the rows depends on their storage engine, so nothing is passed over. */
static bool torn(const struct stream *stream, struct err *err)
{
    char gtid[GTID_TEXT_MAX];
    return err_set(err, ERR_CORRUPT,
                   "transaction %s has no end: the server died while it wrote the file before this "
                   "one, and may have kept rows that its log lost; make a new copy into an empty "
                   "--data directory",
                   gtid_text(&stream->gtid, gtid));
}

static bool feed_format(struct stream *stream, const struct event *event, struct err *err)
{
    struct format format;
    if (stream->inside)
        return torn(stream, err);
    if (!format_decode(event->raw, &format, err))
        return false;
    stream->format = format;
    stream->has_format = true;
    return true;
}

static bool feed_gtid(struct stream *stream, const struct event *event, struct err *err)
{
    struct gtid_event gtid;
    if (stream->inside || !stream->has_format)
        return misplaced(stream, event, err);
    if (!gtid_event_decode(event, &gtid, err))
        return false;
    stream->inside = true;
    stream->gtid = gtid.gtid;
    stream->standalone =
        gtid.gtid.kind == GTID_MARIADB && (gtid.flags & MARIADB_GTID_STANDALONE) != 0;
    stream->started = event->header.timestamp;
    /* MariaDB's GTID event is the BEGIN of what is not standalone */
    stream->in_statement_group = gtid.gtid.kind == GTID_MARIADB && !stream->standalone;
    return true;
}

static enum stream_step commit(struct stream *stream)
{
    stream->inside = false;
    stream->in_statement_group = false;
    return STREAM_COMMIT;
}

static bool feed_query(struct stream *stream, const struct event *event, enum stream_step *step,
                       struct err *err)
{
    enum query_bound bound;
    if (!stream->inside)
        return misplaced(stream, event, err);
    if (!query_peek(event, &bound))
        return err_set(err, ERR_CORRUPT, "query event: %zu bytes are too few", event->body.len);
    bool ends = bound == QUERY_COMMIT || bound == QUERY_ROLLBACK;
    if (stream->in_statement_group) {
        if (bound == QUERY_BEGIN && stream->gtid.kind != GTID_MARIADB)
            return misplaced(stream, event, err);
        *step = ends ? commit(stream) : STREAM_INSIDE;
        return true;
    }
    if (bound == QUERY_BEGIN && !stream->standalone) {
        stream->in_statement_group = true;
        *step = STREAM_INSIDE;
        return true;
    }
    stream->standalone = true;
    *step = commit(stream);
    return true;
}

static bool rows_end_statement(const struct event *event)
{
    return event->body.len > ROWS_FLAGS_OFFSET &&
           (event->body.data[ROWS_FLAGS_OFFSET] & ROWS_FLAG_STATEMENT_END) != 0;
}

static bool feed_inside(struct stream *stream, const struct event *event, enum role role,
                        enum stream_step *step, struct err *err)
{
    bool in_group = stream->in_statement_group;
    bool lone = stream->inside && !in_group;
    bool mariadb_lone = lone && stream->gtid.kind == GTID_MARIADB;
    bool ok = role == ROLE_PAYLOAD  ? lone && !mariadb_lone
              : role == ROLE_BEFORE ? stream->inside
              : role == ROLE_END    ? in_group
                                    : in_group || mariadb_lone;
    if (!ok)
        return misplaced(stream, event, err);
    bool ends = role == ROLE_END || role == ROLE_PAYLOAD ||
                (role == ROLE_ROWS && mariadb_lone && rows_end_statement(event));
    *step = ends ? commit(stream) : STREAM_INSIDE;
    return true;
}

static bool refuse_encryption(struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED,
                   "the file is encrypted from here on and only its server has the key; follow the "
                   "server instead of its files");
}

static bool refuse(const struct event *event, struct err *err)
{
    struct incident_event incident;
    uint8_t type = event->header.type;
    if (type != EVENT_INCIDENT)
        return err_set(err, ERR_UNSUPPORTED,
                       "a %s event (code %u) may be neither skipped nor passed on, and this "
                       "version cannot read it",
                       event_type_name(type), type);
    if (!incident_decode(event, &incident, err))
        return false;
    return err_set(err, ERR_UNSUPPORTED,
                   "the source says that its log lost events (incident %u: %.*s); what follows "
                   "has a hole before it: start again from a new copy of the source's data",
                   incident.kind, (int)incident.message.len, (const char *)incident.message.data);
}

static enum role role_of(const struct event *event)
{
    enum role role = (enum role)roles[event->header.type];
    bool ignorable = (event->header.flags & EVENT_FLAG_IGNORABLE) != 0;
    if (role == ROLE_ENCRYPTION) /* on the wire it is flagged, and what follows is clear */
        return ignorable ? ROLE_FILE : ROLE_ENCRYPTION;
    if (role == ROLE_REFUSED && ignorable && !event_type_is_known(event->header.type))
        return ROLE_IGNORABLE;
    return role;
}

bool stream_feed(struct stream *stream, const struct event *event, enum stream_step *step,
                 struct err *err)
{
    enum role role = role_of(event);
    enum stream_step found = STREAM_OUTSIDE;
    bool ok = false;
    switch (role) {
    case ROLE_FORMAT:
        ok = feed_format(stream, event, err);
        break;
    case ROLE_FILE:
        ok = stream->inside ? misplaced(stream, event, err) : true;
        break;
    case ROLE_HEARTBEAT:
        ok = true;
        break;
    case ROLE_IGNORABLE:
        found = stream->inside ? STREAM_INSIDE : STREAM_OUTSIDE;
        ok = true;
        break;
    case ROLE_GTID:
        found = STREAM_BEGIN;
        ok = feed_gtid(stream, event, err);
        break;
    case ROLE_QUERY:
        return feed_query(stream, event, step, err);
    case ROLE_BEFORE:
    case ROLE_ROWS:
    case ROLE_INSIDE:
    case ROLE_END:
    case ROLE_PAYLOAD:
        return feed_inside(stream, event, role, step, err);
    case ROLE_ENCRYPTION:
        return refuse_encryption(err);
    case ROLE_REFUSED:
        return refuse(event, err);
    }
    if (ok)
        *step = found;
    return ok;
}
