/* gtid_set_wire.c - GTID sets in events and commands.
 *
 *   MySQL, PREVIOUS_GTIDS and COM_BINLOG_DUMP_GTID:
 *     offset size
 *          0    8  number of origins; in the tagged form bytes 0 and 7 are 1, 1 to 6 the number
 *     then for each origin: uuid (16), tagged form: tag length (varint) and tag, number of
 *     intervals (8), and for each interval start (8) and end (8, exclusive)
 *   MariaDB, GTID_LIST: number and flags (4; the number is the low 28 bits), then for each GTID
 *     domain (4), server (4), sequence (8); without GTIDs two zero bytes follow
 *
 * Intervals that are empty, touch or go backwards are corrupt: no server writes them. */
// SPDX-License-Identifier: Apache-2.0
#include "base/reader.h"
#include "binlog/gtid_set.h"
#include "binlog/gtid_set_internal.h"
#include "binlog/varint.h"

enum { INTERVAL_SIZE = 16, GTID_LIST_COUNT_MASK = 0x0fffffff };

static bool tag_decode(struct reader *r, char tag[GTID_TAG_MAX + 1], struct err *err)
{
    uint64_t len = reader_varint(r);
    if (len > GTID_TAG_MAX)
        return err_set(err, ERR_CORRUPT, "gtid set: a tag of %llu letters",
                       (unsigned long long)len);
    memset(tag, 0, GTID_TAG_MAX + 1);
    reader_copy(r, tag, (size_t)len);
    for (size_t i = 0; i < len; i++) {
        char c = tag[i];
        bool ok = c == '_' || (c >= 'a' && c <= 'z') || (i > 0 && c >= '0' && c <= '9');
        if (!ok && !r->failed)
            return err_set(err, ERR_CORRUPT, "gtid set: byte %02x in a tag", (uint8_t)c);
    }
    return true;
}

static bool origin_decode(struct reader *r, bool tagged, struct gtid_set *set, struct err *err)
{
    struct gtid origin = { .kind = GTID_MYSQL };
    reader_copy(r, origin.uuid, sizeof origin.uuid);
    if (tagged && !tag_decode(r, origin.tag, err))
        return false;
    uint64_t count = reader_u64(r);
    if (r->failed || count > reader_left(r) / INTERVAL_SIZE)
        return err_set(err, ERR_CORRUPT, "gtid set: its list of intervals is cut off");
    uint64_t last = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t start = reader_u64(r);
        uint64_t end = reader_u64(r);
        if (start <= last)
            return err_set(err, ERR_CORRUPT, "gtid set: an interval starts at %llu after %llu",
                           (unsigned long long)start, (unsigned long long)last);
        if (!gtid_set_add_interval(set, &origin, start, end, err))
            return false;
        last = end;
    }
    return true;
}

bool gtid_set_decode(struct bytes mysql_binary, struct gtid_set **out, struct err *err)
{
    struct reader r = reader_of(mysql_binary);
    uint64_t head = reader_u64(&r);
    uint8_t form = (uint8_t)(head >> 56);
    bool tagged = form == 1;
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "gtid set: %zu bytes are too few", mysql_binary.len);
    if (form > 1 || (tagged && (head & 0xff) != 1))
        return err_set(err, ERR_UNSUPPORTED, "gtid set: encoding %u is unknown", form);
    uint64_t count = tagged ? head << 8 >> 16 : head;
    AUTO(gtid_set) set = gtid_set_new();
    for (uint64_t i = 0; i < count; i++)
        if (!origin_decode(&r, tagged, set, err))
            return false;
    if (reader_left(&r) > 0)
        return err_set(err, ERR_CORRUPT, "gtid set: %zu bytes are left over", reader_left(&r));
    *out = set;
    set = NULL;
    return true;
}

void gtid_set_encode(const struct gtid_set *set, struct buf *out)
{
    bool tagged = false;
    for (size_t i = 0; i < set->count; i++)
        tagged = tagged || set->origins[i].id.tag[0] != 0;
    buf_le(out, tagged ? (uint64_t)1 << 56 | (uint64_t)set->count << 8 | 1 : set->count, 8);
    for (size_t i = 0; i < set->count; i++) {
        const struct origin *origin = &set->origins[i];
        size_t tag_len = strlen(origin->id.tag);
        buf_append(out, origin->id.uuid, sizeof origin->id.uuid);
        if (tagged)
            buf_varint(out, tag_len);
        buf_append(out, origin->id.tag, tag_len);
        buf_le(out, origin->count, 8);
        for (size_t k = 0; k < origin->count; k++) {
            buf_le(out, origin->intervals[k].start, 8);
            buf_le(out, origin->intervals[k].end, 8);
        }
    }
}

bool gtid_list_decode(struct bytes body, struct gtid_set **out, struct err *err)
{
    AUTO(gtid_set) set = gtid_set_new();
    struct reader r = reader_of(body);
    uint32_t count = reader_u32(&r) & GTID_LIST_COUNT_MASK;
    for (uint32_t i = 0; i < count && !r.failed; i++) {
        struct gtid gtid = { .kind = GTID_MARIADB };
        gtid.domain = reader_u32(&r);
        gtid.server = reader_u32(&r);
        gtid.seq = reader_u64(&r);
        if (!r.failed && !gtid_set_add_up_to(set, &gtid, err))
            return err_wrap(err, "gtid list event");
    }
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "gtid list event: %zu bytes are too few for %u GTIDs",
                       body.len, count);
    *out = set;
    set = NULL;
    return true;
}

static void list_entry_encode(const struct origin *origin, struct buf *out)
{
    buf_le(out, origin->id.domain, 4);
    buf_le(out, origin->id.server, 4);
    buf_le(out, origin->intervals[origin->count - 1].end - 1, 8);
}

/* The last GTID's origin comes at the end of its domain: that order is the state's meaning. */
void gtid_list_encode(const struct gtid_set *set, struct buf *out)
{
    const struct origin *current = NULL;
    buf_le(out, set->count, 4);
    if (set->count == 0)
        buf_le(out, 0, 2);
    for (size_t i = 0; i < set->count; i++) {
        const struct origin *origin = &set->origins[i];
        struct gtid last = origin->id;
        (void)gtid_set_last_in_domain(set, origin->id.domain, &last);
        if (last.server == origin->id.server)
            current = origin;
        else
            list_entry_encode(origin, out);
        bool domain_ends =
            i + 1 == set->count || set->origins[i + 1].id.domain != origin->id.domain;
        if (domain_ends && current != NULL)
            list_entry_encode(current, out);
        if (domain_ends)
            current = NULL;
    }
}
