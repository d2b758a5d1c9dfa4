/* transaction_event.c - see the header. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/transaction_event.h"
#include "base/reader.h"

enum { PAYLOAD_END, PAYLOAD_SIZE, PAYLOAD_COMPRESSION, PAYLOAD_UNCOMPRESSED_SIZE };

static bool check(const struct event *event, uint8_t type, const struct reader *r, struct err *err)
{
    const char *name = event_type_name(event->header.type);
    if (event->header.type != type)
        return err_set(err, ERR_CORRUPT, "%s event where %s was expected", name,
                       event_type_name(type));
    if (r->failed)
        return err_set(err, ERR_CORRUPT, "%s event: %zu bytes are too few", name, event->body.len);
    return true;
}

bool xid_decode(const struct event *event, uint64_t *xid, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t number = reader_u64(&r);
    if (!check(event, EVENT_XID, &r, err))
        return false;
    *xid = number;
    return true;
}

void xid_encode(uint64_t xid, struct buf *body)
{
    buf_le(body, xid, 8);
}

bool xa_prepare_decode(const struct event *event, struct xa_prepare_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct xa_prepare_event e;
    e.one_phase = reader_u8(&r) != 0;
    e.xa.format_id = (int32_t)reader_u32(&r);
    uint32_t gtrid_size = reader_u32(&r);
    uint32_t bqual_size = reader_u32(&r);
    if (gtrid_size > XA_PART_MAX || bqual_size > XA_PART_MAX)
        r.failed = true;
    e.xa.gtrid = reader_bytes(&r, gtrid_size);
    e.xa.bqual = reader_bytes(&r, bqual_size);
    if (!check(event, EVENT_XA_PREPARE, &r, err))
        return false;
    *out = e;
    return true;
}

static uint64_t payload_number(struct reader *r)
{
    struct bytes value = reader_lenenc_bytes(r);
    if (r->failed)
        return 0;
    struct reader number = reader_of(value);
    uint64_t n = reader_lenenc(&number);
    r->failed = number.failed;
    return n;
}

/* zstd gives at most 128 KiB for a block of 4 bytes. */
static bool can_give(uint64_t len, uint64_t uncompressed)
{
    enum { ZSTD_RATIO_MAX = (128 << 10) / 4 };
    return uncompressed <= PAYLOAD_SIZE_MAX && uncompressed / ZSTD_RATIO_MAX <= len;
}

/* A payload that is not compressed need not say the size twice. */
static bool payload_size(struct payload_event *e, uint64_t uncompressed, struct err *err)
{
    uint64_t len = e->payload.len;
    bool is_zstd = e->compression == PAYLOAD_ZSTD;
    bool is_said = uncompressed != UINT64_MAX;
    if (is_zstd && !is_said)
        return err_set(err, ERR_CORRUPT, "Transaction_payload event: it does not say its size");
    e->uncompressed_size = is_said ? uncompressed : len;
    if (is_zstd ? can_give(len, uncompressed) : e->uncompressed_size == len)
        return true;
    return err_set(err, ERR_CORRUPT,
                   "Transaction_payload event: %llu bytes cannot give the %llu promised",
                   (unsigned long long)len, (unsigned long long)uncompressed);
}

/* Fields may be added by newer servers; the three that matter must be known and agree. */
static bool payload_fields(struct reader *r, struct payload_event *e, struct err *err)
{
    uint64_t compression = PAYLOAD_NONE;
    uint64_t size = UINT64_MAX;
    uint64_t uncompressed = UINT64_MAX;
    for (uint64_t type = reader_lenenc(r); type != PAYLOAD_END && !r->failed;
         type = reader_lenenc(r)) {
        uint64_t number = payload_number(r);
        if (type == PAYLOAD_SIZE)
            size = number;
        if (type == PAYLOAD_COMPRESSION)
            compression = number;
        if (type == PAYLOAD_UNCOMPRESSED_SIZE)
            uncompressed = number;
    }
    if (!r->failed && size != reader_left(r))
        return err_set(err, ERR_CORRUPT, "Transaction_payload event: %zu bytes instead of %llu",
                       reader_left(r), (unsigned long long)size);
    if (compression != PAYLOAD_ZSTD && compression != PAYLOAD_NONE)
        return err_set(err, ERR_UNSUPPORTED, "Transaction_payload event: compression %llu",
                       (unsigned long long)compression);
    e->compression = (enum payload_compression)compression;
    e->payload = reader_rest(r);
    return r->failed || payload_size(e, uncompressed, err);
}

bool payload_decode(const struct event *event, struct payload_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct payload_event e = { .uncompressed_size = 0 };
    if (!check(event, EVENT_TRANSACTION_PAYLOAD, &r, err) || !payload_fields(&r, &e, err) ||
        !check(event, EVENT_TRANSACTION_PAYLOAD, &r, err))
        return false;
    *out = e;
    return true;
}

bool incident_decode(const struct event *event, struct incident_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct incident_event e;
    e.kind = reader_u16(&r);
    size_t len = reader_u8(&r);
    e.message = reader_bytes(&r, len);
    if (!check(event, EVENT_INCIDENT, &r, err))
        return false;
    *out = e;
    return true;
}
