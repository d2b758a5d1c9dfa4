/* event.c - the frame of an event and the format description. Checks every size before use. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/event.h"
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/reader.h"

enum {
    FORMAT_VERSION = 4,
    FORMAT_FIXED_SIZE = 2 + 50 + 4 + 1,            /* before the post-header sizes */
    FORMAT_TRAILER_SIZE = 1 + EVENT_CHECKSUM_SIZE, /* algorithm and CRC */
    FORMAT_FLAGS_OFFSET = 17,
    FORMAT_FIRST_MARIADB_TYPE = EVENT_ANNOTATE_ROWS /* only MariaDB counts that far */
};

static const struct {
    const char *name;
    enum event_handling handling;
} types[256] = {
#define EVENT(code, NAME, text, what) [code] = { text, HANDLING_##what },
#include "binlog/events.def"
#undef EVENT
};

const char *event_type_name(uint8_t type)
{
    return types[type].name != NULL ? types[type].name : "Unknown";
}

bool event_type_is_known(uint8_t type)
{
    return types[type].name != NULL;
}

enum event_handling event_type_handling(uint8_t type)
{
    return types[type].name != NULL ? types[type].handling : HANDLING_REFUSED;
}

static inline uint32_t le32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool wrong_size(struct bytes bytes, struct err *err)
{
    if (bytes.len < EVENT_HEADER_SIZE)
        return err_set(err, ERR_CORRUPT, "event header: %zu bytes are too few", bytes.len);
    uint32_t size = le32(bytes.data + EVENT_SIZE_OFFSET);
    const char *name = event_type_name(bytes.data[EVENT_TYPE_OFFSET]);
    if (size < EVENT_HEADER_SIZE)
        return err_set(err, ERR_CORRUPT, "event header: a %s event of %u bytes is below its header",
                       name, size);
    return err_set(err, ERR_CORRUPT, "event header: a %s event of %u bytes is above %u", name, size,
                   EVENT_SIZE_MAX);
}

static inline bool check_header(struct bytes bytes, struct err *err)
{
    if (bytes.len < EVENT_HEADER_SIZE)
        return wrong_size(bytes, err);
    uint32_t size = le32(bytes.data + EVENT_SIZE_OFFSET);
    return (size >= EVENT_HEADER_SIZE && size <= EVENT_SIZE_MAX) || wrong_size(bytes, err);
}

/* In its place, a field at a time: a copy right after these writes would wait for them. */
static inline void read_header(const uint8_t *data, struct event_header *out)
{
    out->timestamp = le32(data);
    out->type = data[EVENT_TYPE_OFFSET];
    out->server_id = le32(data + 5);
    out->size = le32(data + EVENT_SIZE_OFFSET);
    out->end_pos = le32(data + 13);
    out->flags = (uint16_t)(data[17] | data[18] << 8);
}

bool event_header_decode(struct bytes bytes, struct event_header *out, struct err *err)
{
    if (!check_header(bytes, err))
        return false;
    read_header(bytes.data, out);
    return true;
}

static void put_le32(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

void event_header_encode(const struct event_header *header, uint8_t out[EVENT_HEADER_SIZE])
{
    put_le32(out, header->timestamp);
    out[4] = header->type;
    put_le32(out + 5, header->server_id);
    put_le32(out + 9, header->size);
    put_le32(out + 13, header->end_pos);
    out[17] = (uint8_t)header->flags;
    out[18] = (uint8_t)(header->flags >> 8);
}

/* "10.11.6-MariaDB" gives 101106; -1: no version. */
static long version_number(const char *text)
{
    unsigned major;
    unsigned minor;
    unsigned patch;
    if (sscanf(text, "%3u.%3u.%3u", &major, &minor, &patch) != 3 || minor > 99 || patch > 99)
        return -1;
    return (long)(major * 10000 + minor * 100 + patch);
}

/* Servers before MySQL 5.6.1 and MariaDB 5.3 know no checksums: no algorithm byte, no CRC. */
static bool format_has_trailer(struct bytes body)
{
    char version[51] = "";
    if (body.len < FORMAT_FIXED_SIZE + FORMAT_TRAILER_SIZE)
        return false;
    memcpy(version, body.data + 2, 50);
    return version_number(version) >= (strstr(version, "MariaDB") != NULL ? 50300 : 50601);
}

/* Bytes after the body that are no part of it. */
static size_t event_tail_size(struct bytes rest, uint8_t type, const struct format *format)
{
    if (type == EVENT_FORMAT_DESCRIPTION)
        return format_has_trailer(rest) ? EVENT_CHECKSUM_SIZE : 0;
    return format != NULL && format->checksum == CHECKSUM_CRC32 ? EVENT_CHECKSUM_SIZE : 0;
}

bool event_decode(struct bytes raw, const struct format *format, struct event *out, struct err *err)
{
    if (!check_header(raw, err))
        return false;
    uint8_t type = raw.data[EVENT_TYPE_OFFSET];
    uint32_t size = le32(raw.data + EVENT_SIZE_OFFSET);
    if (size != raw.len)
        return err_set(err, ERR_CORRUPT, "event header: a %s event of %u bytes is %zu bytes long",
                       event_type_name(type), size, raw.len);
    struct bytes rest = bytes_of(raw.data + EVENT_HEADER_SIZE, raw.len - EVENT_HEADER_SIZE);
    size_t tail = event_tail_size(rest, type, format);
    if (tail > rest.len)
        return err_set(err, ERR_CORRUPT, "a %s event of %zu bytes has no room for its checksum",
                       event_type_name(type), raw.len);
    read_header(raw.data, &out->header);
    out->raw = raw;
    out->body = bytes_of(rest.data, rest.len - tail);
    return true;
}

static uint32_t event_crc(const uint8_t *data, size_t len)
{
    if (len < EVENT_HEADER_SIZE || data[EVENT_TYPE_OFFSET] != EVENT_FORMAT_DESCRIPTION)
        return libdeflate_crc32(0, data, len);
    uint8_t flags[2] = { (uint8_t)(data[FORMAT_FLAGS_OFFSET] & ~EVENT_FLAG_IN_USE),
                         data[FORMAT_FLAGS_OFFSET + 1] };
    uint32_t crc = libdeflate_crc32(0, data, FORMAT_FLAGS_OFFSET);
    crc = libdeflate_crc32(crc, flags, sizeof flags);
    return libdeflate_crc32(crc, data + EVENT_HEADER_SIZE, len - EVENT_HEADER_SIZE);
}

void event_append(struct buf *out, const struct event_header *header, struct bytes body,
                  enum checksum checksum)
{
    bool has_crc = checksum == CHECKSUM_CRC32 || header->type == EVENT_FORMAT_DESCRIPTION;
    size_t size = EVENT_HEADER_SIZE + body.len + (has_crc ? EVENT_CHECKSUM_SIZE : 0);
    uint8_t *room = size <= EVENT_SIZE_MAX ? buf_reserve(out, size) : NULL;
    if (room == NULL) {
        out->failed = true;
        return;
    }
    struct event_header h = *header;
    h.size = (uint32_t)size;
    event_header_encode(&h, room);
    if (body.len > 0)
        memcpy(room + EVENT_HEADER_SIZE, body.data, body.len);
    if (has_crc)
        put_le32(room + size - EVENT_CHECKSUM_SIZE, event_crc(room, size - EVENT_CHECKSUM_SIZE));
    out->len += size;
}

bool event_checksum_ok(struct bytes raw, enum checksum checksum)
{
    if (checksum == CHECKSUM_NONE)
        return true;
    if (raw.len < EVENT_HEADER_SIZE + EVENT_CHECKSUM_SIZE)
        return false;
    size_t len = raw.len - EVENT_CHECKSUM_SIZE;
    struct reader r = reader_of(bytes_of(raw.data + len, EVENT_CHECKSUM_SIZE));
    return event_crc(raw.data, len) == reader_u32(&r);
}

static bool format_decode_checksum(struct reader *r, struct format *f, struct err *err)
{
    uint8_t algorithm = reader_u8(r);
    if (algorithm != CHECKSUM_NONE && algorithm != CHECKSUM_CRC32)
        return err_set(err, ERR_UNSUPPORTED,
                       "format description: checksum algorithm %u; set binlog_checksum to CRC32 or "
                       "NONE on the source",
                       algorithm);
    f->checksum = (enum checksum)algorithm;
    return true;
}

bool format_decode(struct bytes raw, struct format *out, struct err *err)
{
    struct event event;
    if (!event_decode(raw, NULL, &event, err))
        return false;
    if (event.header.type != EVENT_FORMAT_DESCRIPTION)
        return err_set(err, ERR_CORRUPT, "format description: this is a %s event",
                       event_type_name(event.header.type));
    struct format f = { 0 };
    struct reader r = reader_of(event.body);
    uint16_t version = reader_u16(&r);
    reader_copy(&r, f.server_version, 50);
    f.created = reader_u32(&r);
    uint8_t header_size = reader_u8(&r);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "format description: %zu bytes are too few", raw.len);
    if (version != FORMAT_VERSION || header_size != EVENT_HEADER_SIZE)
        return err_set(err, ERR_UNSUPPORTED,
                       "format description: binary log version %u with %u-byte headers; only "
                       "version 4 (MySQL 5.0 and later) can be read",
                       version, header_size);
    if (version_number(f.server_version) < 0)
        return err_set(err, ERR_CORRUPT, "format description: \"%.50s\" is no server version",
                       f.server_version);
    bool has_trailer =
        format_has_trailer(bytes_of(raw.data + EVENT_HEADER_SIZE, raw.len - EVENT_HEADER_SIZE));
    size_t count = reader_left(&r) - (has_trailer ? 1 : 0);
    if (count == 0 || count > sizeof f.post_header_sizes)
        return err_set(err, ERR_CORRUPT, "format description: %zu event types", count);
    f.type_count = (unsigned)count;
    reader_copy(&r, f.post_header_sizes, count);
    if (has_trailer && !format_decode_checksum(&r, &f, err))
        return false;
    f.flavour = strstr(f.server_version, "MariaDB") != NULL || count >= FORMAT_FIRST_MARIADB_TYPE
                    ? FLAVOUR_MARIADB
                    : FLAVOUR_MYSQL;
    *out = f;
    return true;
}
