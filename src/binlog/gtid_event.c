/* gtid_event.c - GTID events of both flavours, to and from bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid_event.h"
#include "base/reader.h"
#include "binlog/varint.h"

enum {
    LOGICAL_CLOCK = 2,
    SERIALIZATION_VERSION = 1,
    MARIADB_BODY_MIN = 19,
    MARIADB_XA_FLAGS = MARIADB_GTID_PREPARED_XA | MARIADB_GTID_COMPLETED_XA,
    MARIADB_END_ALTER_FLAGS = MARIADB_GTID_COMMIT_ALTER | MARIADB_GTID_ROLLBACK_ALTER,
    MARIADB_EXTRA_KNOWN = 0x1f,
};
static const uint64_t us_mask = ((uint64_t)1 << 55) - 1;
static const uint32_t version_mask = ((uint32_t)1 << 31) - 1;

/* Fields of GTID_TAGGED, by id. */
enum {
    FIELD_FLAGS,
    FIELD_UUID,
    FIELD_NUMBER,
    FIELD_TAG,
    FIELD_LAST_COMMITTED,
    FIELD_SEQUENCE_NUMBER,
    FIELD_IMMEDIATE_COMMIT,
    FIELD_ORIGINAL_COMMIT,
    FIELD_TRANSACTION_LENGTH,
    FIELD_IMMEDIATE_VERSION,
    FIELD_ORIGINAL_VERSION,
    FIELD_TICKET,
    FIELD_COUNT
};

/* Commit times, length and versions came with MySQL 8.0; 5.7 ends before them. */
static void mysql_commit_facts(struct reader *r, struct gtid_event *e)
{
    uint64_t immediate = reader_le(r, 7);
    e->immediate_commit_us = immediate & us_mask;
    e->original_commit_us =
        (immediate & ~us_mask) != 0 ? reader_le(r, 7) & us_mask : e->immediate_commit_us;
    if (reader_left(r) == 0)
        return;
    e->transaction_length = reader_lenenc(r);
    if (reader_left(r) == 0)
        return;
    uint32_t version = reader_u32(r);
    e->immediate_server_version = version & version_mask;
    e->original_server_version =
        (version & ~version_mask) != 0 ? reader_u32(r) : e->immediate_server_version;
    if (reader_left(r) > 0)
        e->commit_group_ticket = reader_u64(r);
}

static bool mysql_decode(const struct event *event, struct gtid_event *e, struct err *err)
{
    uint8_t clock = LOGICAL_CLOCK;
    struct reader r = reader_of(event->body);
    e->flags = reader_u8(&r);
    reader_copy(&r, e->gtid.uuid, sizeof e->gtid.uuid);
    e->gtid.seq = reader_u64(&r);
    e->has_clock = reader_left(&r) > 0;
    if (e->has_clock) {
        clock = reader_u8(&r);
        e->last_committed = (int64_t)reader_u64(&r);
        e->sequence_number = (int64_t)reader_u64(&r);
    }
    if (reader_left(&r) > 0)
        mysql_commit_facts(&r, e);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "gtid event: %zu bytes are too few", event->body.len);
    if (clock != LOGICAL_CLOCK)
        return err_set(err, ERR_CORRUPT, "gtid event: clock type %u", clock);
    return true;
}

static bool tagged_text(struct reader *r, char tag[GTID_TAG_MAX + 1], struct err *err)
{
    uint64_t len = reader_varint(r);
    if (len > GTID_TAG_MAX)
        return err_set(err, ERR_CORRUPT, "tagged gtid event: a tag of %llu letters",
                       (unsigned long long)len);
    reader_copy(r, tag, (size_t)len);
    for (size_t i = 0; i < len && !r->failed; i++) {
        char c = tag[i];
        if (c != '_' && !(c >= 'a' && c <= 'z') && !(i > 0 && c >= '0' && c <= '9'))
            return err_set(err, ERR_CORRUPT, "tagged gtid event: byte %02x in the tag", (uint8_t)c);
    }
    return true;
}

static bool tagged_field(struct reader *r, uint64_t id, struct gtid_event *e, struct err *err)
{
    switch (id) {
    case FIELD_FLAGS:
        e->flags = (uint8_t)reader_varint(r);
        return true;
    case FIELD_UUID:
        for (size_t i = 0; i < sizeof e->gtid.uuid; i++)
            e->gtid.uuid[i] = (uint8_t)reader_varint(r);
        return true;
    case FIELD_NUMBER:
        e->gtid.seq = (uint64_t)reader_varint_signed(r);
        return true;
    case FIELD_TAG:
        return tagged_text(r, e->gtid.tag, err);
    case FIELD_LAST_COMMITTED:
        e->last_committed = reader_varint_signed(r);
        return true;
    case FIELD_SEQUENCE_NUMBER:
        e->sequence_number = reader_varint_signed(r);
        e->has_clock = true;
        return true;
    case FIELD_IMMEDIATE_COMMIT:
        e->immediate_commit_us = reader_varint(r);
        return true;
    case FIELD_ORIGINAL_COMMIT:
        e->original_commit_us = reader_varint(r);
        return true;
    case FIELD_TRANSACTION_LENGTH:
        e->transaction_length = reader_varint(r);
        return true;
    case FIELD_IMMEDIATE_VERSION:
        e->immediate_server_version = (uint32_t)reader_varint(r);
        return true;
    case FIELD_ORIGINAL_VERSION:
        e->original_server_version = (uint32_t)reader_varint(r);
        return true;
    default:
        e->commit_group_ticket = reader_varint(r);
        return true;
    }
}

/* Fields come in ascending order. One from a newer server may be skipped when the event says so;
 * since its size is not on the wire, everything after it goes unread too. */
static bool tagged_fields(struct reader *r, uint64_t must_know, struct gtid_event *e,
                          struct err *err)
{
    uint32_t seen = 0;
    uint64_t next = 0;
    while (reader_left(r) > 0 && !r->failed) {
        uint64_t id = reader_varint(r);
        if (id < next)
            return err_set(err, ERR_CORRUPT, "tagged gtid event: field %llu is out of order",
                           (unsigned long long)id);
        if (id >= FIELD_COUNT)
            break;
        if (!tagged_field(r, id, e, err))
            return false;
        seen |= BIT(id);
        next = id + 1;
    }
    if (must_know >= FIELD_COUNT)
        return err_set(
            err, ERR_UNSUPPORTED,
            "tagged gtid event: it needs its fields up to %llu, which this version does not know",
            (unsigned long long)must_know);
    if (r->failed ||
        (seen & (BIT(FIELD_UUID) | BIT(FIELD_NUMBER))) != (BIT(FIELD_UUID) | BIT(FIELD_NUMBER)))
        return err_set(err, ERR_CORRUPT, "tagged gtid event: it is cut off");
    if ((seen & BIT(FIELD_ORIGINAL_COMMIT)) == 0)
        e->original_commit_us = e->immediate_commit_us;
    if ((seen & BIT(FIELD_ORIGINAL_VERSION)) == 0)
        e->original_server_version = e->immediate_server_version;
    return true;
}

static bool tagged_decode(const struct event *event, struct gtid_event *e, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t version = reader_varint(&r);
    uint64_t size = reader_varint(&r);
    uint64_t must_know = reader_varint(&r);
    if (r.failed || size != event->body.len)
        return err_set(err, ERR_CORRUPT, "tagged gtid event: %zu bytes instead of %llu",
                       event->body.len, (unsigned long long)size);
    if (version != SERIALIZATION_VERSION)
        return err_set(err, ERR_UNSUPPORTED, "tagged gtid event: serialization version %llu",
                       (unsigned long long)version);
    return tagged_fields(&r, must_know, e, err);
}

static void mariadb_xa(struct reader *r, struct xa_id *xa)
{
    xa->format_id = (int32_t)reader_u32(r);
    uint8_t gtrid_size = reader_u8(r);
    uint8_t bqual_size = reader_u8(r);
    if (gtrid_size > XA_PART_MAX || bqual_size > XA_PART_MAX)
        r->failed = true;
    xa->gtrid = reader_bytes(r, gtrid_size);
    xa->bqual = reader_bytes(r, bqual_size);
}

static void mariadb_extra(struct reader *r, struct gtid_event *e)
{
    e->extra_flags = reader_u8(r);
    if ((e->extra_flags & MARIADB_GTID_MULTI_ENGINE) != 0)
        e->extra_engines = reader_u8(r);
    if ((e->extra_flags & MARIADB_END_ALTER_FLAGS) != 0)
        e->start_alter_seq = reader_u64(r);
    if ((e->extra_flags & MARIADB_GTID_THREAD_ID) != 0)
        e->thread_id = reader_u32(r);
}

static bool mariadb_decode(const struct event *event, struct gtid_event *e, struct err *err)
{
    struct reader r = reader_of(event->body);
    e->gtid.kind = GTID_MARIADB;
    e->gtid.server = event->header.server_id;
    e->gtid.seq = reader_u64(&r);
    e->gtid.domain = reader_u32(&r);
    e->flags = reader_u8(&r);
    if ((e->flags & MARIADB_GTID_GROUP_COMMIT) != 0)
        e->commit_id = reader_u64(&r);
    if ((e->flags & MARIADB_XA_FLAGS) != 0)
        mariadb_xa(&r, &e->xa);
    if (reader_left(&r) > 0)
        mariadb_extra(&r, e);
    if (r.failed || event->body.len < MARIADB_BODY_MIN)
        return err_set(err, ERR_CORRUPT, "gtid event: %zu bytes are too few", event->body.len);
    if ((e->extra_flags & ~MARIADB_EXTRA_KNOWN) != 0)
        return err_set(err, ERR_UNSUPPORTED, "gtid event: extra flags %02x", e->extra_flags);
    return true;
}

static bool number_check(const struct gtid *gtid, struct err *err)
{
    char text[GTID_TEXT_MAX];
    bool ok = gtid->kind == GTID_NONE    ? gtid->seq == 0
              : gtid->kind == GTID_MYSQL ? gtid->seq > 0 && gtid->seq < (uint64_t)INT64_MAX
                                         : gtid->seq > 0 && gtid->seq < UINT64_MAX;
    if (!ok)
        return err_set(err, ERR_CORRUPT, "gtid event: no server writes the GTID %s",
                       gtid_text(gtid, text));
    return true;
}

bool gtid_event_decode(const struct event *event, struct gtid_event *out, struct err *err)
{
    struct gtid_event e = { .gtid.kind = GTID_MYSQL };
    bool ok;
    switch (event->header.type) {
    case EVENT_ANONYMOUS_GTID:
        e.gtid.kind = GTID_NONE;
        ok = mysql_decode(event, &e, err);
        break;
    case EVENT_GTID:
        ok = mysql_decode(event, &e, err);
        break;
    case EVENT_GTID_TAGGED:
        ok = tagged_decode(event, &e, err);
        break;
    case EVENT_MARIADB_GTID:
        ok = mariadb_decode(event, &e, err);
        break;
    default:
        ok = err_set(err, ERR_CORRUPT, "gtid event: this is a %s event",
                     event_type_name(event->header.type));
    }
    if (!ok || !number_check(&e.gtid, err))
        return false;
    *out = e;
    return true;
}

static void mysql_encode(const struct gtid_event *e, struct buf *body)
{
    bool has_original_time = e->original_commit_us != e->immediate_commit_us;
    bool has_original_version = e->original_server_version != e->immediate_server_version;
    buf_u8(body, e->flags);
    buf_append(body, e->gtid.uuid, sizeof e->gtid.uuid);
    buf_le(body, e->gtid.seq, 8);
    buf_u8(body, LOGICAL_CLOCK);
    buf_le(body, (uint64_t)e->last_committed, 8);
    buf_le(body, (uint64_t)e->sequence_number, 8);
    buf_le(body, (e->immediate_commit_us & us_mask) | (uint64_t)has_original_time << 55, 7);
    if (has_original_time)
        buf_le(body, e->original_commit_us & us_mask, 7);
    buf_lenenc(body, e->transaction_length);
    buf_le(body,
           (e->immediate_server_version & version_mask) | (uint32_t)has_original_version << 31, 4);
    if (has_original_version)
        buf_le(body, e->original_server_version, 4);
    if (e->commit_group_ticket != 0)
        buf_le(body, e->commit_group_ticket, 8);
}

static void tagged_field_encode(struct buf *out, unsigned field, uint64_t value)
{
    buf_varint(out, field);
    buf_varint(out, value);
}

static void tagged_fields_encode(const struct gtid_event *e, struct buf *out)
{
    size_t tag_len = strlen(e->gtid.tag);
    tagged_field_encode(out, FIELD_FLAGS, e->flags);
    buf_varint(out, FIELD_UUID);
    for (size_t i = 0; i < sizeof e->gtid.uuid; i++)
        buf_varint(out, e->gtid.uuid[i]);
    buf_varint(out, FIELD_NUMBER);
    buf_varint_signed(out, (int64_t)e->gtid.seq);
    tagged_field_encode(out, FIELD_TAG, tag_len);
    buf_append(out, e->gtid.tag, tag_len);
    buf_varint(out, FIELD_LAST_COMMITTED);
    buf_varint_signed(out, e->last_committed);
    buf_varint(out, FIELD_SEQUENCE_NUMBER);
    buf_varint_signed(out, e->sequence_number);
    tagged_field_encode(out, FIELD_IMMEDIATE_COMMIT, e->immediate_commit_us);
    if (e->original_commit_us != e->immediate_commit_us)
        tagged_field_encode(out, FIELD_ORIGINAL_COMMIT, e->original_commit_us);
    tagged_field_encode(out, FIELD_TRANSACTION_LENGTH, e->transaction_length);
    tagged_field_encode(out, FIELD_IMMEDIATE_VERSION, e->immediate_server_version);
    if (e->original_server_version != e->immediate_server_version)
        tagged_field_encode(out, FIELD_ORIGINAL_VERSION, e->original_server_version);
    if (e->commit_group_ticket != 0)
        tagged_field_encode(out, FIELD_TICKET, e->commit_group_ticket);
}

/* The size before the fields counts itself. */
static void tagged_encode(const struct gtid_event *e, struct buf *body)
{
    struct buf fields;
    buf_init(&fields, 1024);
    tagged_fields_encode(e, &fields);
    size_t size = 3 + fields.len;
    if (size > 0x7f)
        size++;
    buf_varint(body, SERIALIZATION_VERSION);
    buf_varint(body, size);
    buf_varint(body, 0);
    buf_append(body, fields.data, fields.len);
    buf_clear(&fields);
}

static void mariadb_encode(const struct gtid_event *e, struct buf *body)
{
    size_t start = body->len;
    buf_le(body, e->gtid.seq, 8);
    buf_le(body, e->gtid.domain, 4);
    buf_u8(body, e->flags);
    if ((e->flags & MARIADB_GTID_GROUP_COMMIT) != 0)
        buf_le(body, e->commit_id, 8);
    if ((e->flags & MARIADB_XA_FLAGS) != 0) {
        buf_le(body, (uint32_t)e->xa.format_id, 4);
        buf_u8(body, (uint8_t)e->xa.gtrid.len);
        buf_u8(body, (uint8_t)e->xa.bqual.len);
        buf_append(body, e->xa.gtrid.data, e->xa.gtrid.len);
        buf_append(body, e->xa.bqual.data, e->xa.bqual.len);
    }
    if (e->extra_flags != 0)
        buf_u8(body, e->extra_flags);
    if ((e->extra_flags & MARIADB_GTID_MULTI_ENGINE) != 0)
        buf_u8(body, e->extra_engines);
    if ((e->extra_flags & MARIADB_END_ALTER_FLAGS) != 0)
        buf_le(body, e->start_alter_seq, 8);
    if ((e->extra_flags & MARIADB_GTID_THREAD_ID) != 0)
        buf_le(body, e->thread_id, 4);
    while (!body->failed && body->len - start < MARIADB_BODY_MIN)
        buf_u8(body, 0);
}

uint8_t gtid_event_encode(const struct gtid_event *gtid, struct buf *body)
{
    if (gtid->gtid.kind == GTID_MARIADB) {
        mariadb_encode(gtid, body);
        return EVENT_MARIADB_GTID;
    }
    if (gtid->gtid.kind == GTID_MYSQL && gtid->gtid.tag[0] != 0) {
        tagged_encode(gtid, body);
        return EVENT_GTID_TAGGED;
    }
    mysql_encode(gtid, body);
    return gtid->gtid.kind == GTID_MYSQL ? EVENT_GTID : EVENT_ANONYMOUS_GTID;
}
