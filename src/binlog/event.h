/* event.h - the frame of a binary log event: header, body, checksum; and the format that rules a
 * file.
 *
 * Format (MySQL "Binary Log Format", v4): a file is the magic fe 62 69 6e, then events:
 *
 *   offset size
 *        0    4  timestamp, seconds since 1970
 *        4    1  type                  enum event_type, rows of events.def
 *        5    4  server id of the origin
 *        9    4  size of the whole event
 *       13    4  end position in the source's file, modulo 2^32;
 *                0 inside transactions of MariaDB >= 11.4
 *       17    2  flags
 *       19    n  body
 *   size-4    4  CRC32 of all before it, when the file's format says so
 *
 * Pure functions: any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "binlog/gtid.h"

enum event_type {
#define EVENT(code, name, text, handling) EVENT_##name = code,
#include "binlog/events.def"
#undef EVENT
};
const char *event_type_name(uint8_t type); /* "Write_rows"; "Unknown" for codes in no row */
bool event_type_is_known(uint8_t type);

/* What this program does with an event of that type, see events.def. */
enum event_handling { HANDLING_DECODED, HANDLING_STORED, HANDLING_REFUSED };
enum event_handling event_type_handling(uint8_t type);

enum {
    EVENT_HEADER_SIZE = 19,
    EVENT_TYPE_OFFSET = 4, /* in the header */
    EVENT_SIZE_OFFSET = 9,
    EVENT_CHECKSUM_SIZE = 4,
    EVENT_FLAG_IN_USE = 0x1,          /* a format description's: the file was not closed */
    EVENT_FLAG_THREAD_SPECIFIC = 0x4, /* temporary tables */
    EVENT_FLAG_SUPPRESS_USE = 0x8,
    EVENT_FLAG_ARTIFICIAL = 0x20,
    EVENT_FLAG_IGNORABLE = 0x80,
};
#define EVENT_SIZE_MAX ((uint32_t)(1u << 30) + (64u << 20)) /* 1 GiB row events and their frame */
#define BINLOG_MAGIC                                                                               \
    "\xfe"                                                                                         \
    "bin"
enum { BINLOG_MAGIC_SIZE = 4 };

struct event_header {
    uint32_t timestamp;
    uint8_t type;
    uint32_t server_id;
    uint32_t size;
    uint32_t end_pos;
    uint16_t flags;
};

enum checksum { CHECKSUM_NONE = 0, CHECKSUM_CRC32 = 1 };

/* What a file's format description event (15) says; it rules every event after it in that file. */
struct format {
    enum flavour flavour; /* by the server version's text */
    enum checksum checksum;
    uint32_t created;
    uint8_t post_header_sizes[255]; /* index: type - 1 */
    unsigned type_count;
    char server_version[51];
};

/* A borrowed event: lives as long as the bytes it was made from. */
struct event {
    struct event_header header;
    struct bytes raw;  /* all of it */
    struct bytes body; /* without header and checksum */
};

/* bytes: at least EVENT_HEADER_SIZE. Fails (ERR_CORRUPT) when the size field is below the header's
 * or above EVENT_SIZE_MAX. */
bool event_header_decode(struct bytes bytes, struct event_header *out, struct err *err) MUST_CHECK;
/* Whether bytes begin with a whole event of a size that can be; *raw: that one. */
static inline bool event_is_whole(struct bytes bytes, struct bytes *raw)
{
    uint32_t size;
    if (bytes.len < EVENT_HEADER_SIZE)
        return false;
    memcpy(&size, bytes.data + EVENT_SIZE_OFFSET, sizeof size);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    size = __builtin_bswap32(size);
#endif
    if (size < EVENT_HEADER_SIZE || size > EVENT_SIZE_MAX || size > bytes.len)
        return false;
    *raw = bytes_of(bytes.data, size);
    return true;
}
void event_header_encode(const struct event_header *header, uint8_t out[EVENT_HEADER_SIZE]);
/* raw: exactly one event. format NULL: only a format description, or no checksum. Verifies no CRC.
 */
bool event_decode(struct bytes raw, const struct format *format, struct event *out,
                  struct err *err) MUST_CHECK;
/* Appends one event: header.size is computed, the rest of the header is as given. A format
 * description's own alg byte belongs to body; it always gets a CRC. */
void event_append(struct buf *out, const struct event_header *header, struct bytes body,
                  enum checksum checksum);
/* True when the CRC32 at the end of raw is right (or the format has none). A format description's
 * is of its bytes with EVENT_FLAG_IN_USE cleared. */
bool event_checksum_ok(struct bytes raw, enum checksum checksum);
/* raw: a whole format description event. ERR_UNSUPPORTED for logs from before version 4 and for
 * checksums other than CRC32. Verifies no CRC. */
bool format_decode(struct bytes raw, struct format *out, struct err *err) MUST_CHECK;
/* What a file says that is written here, as a server of that version ("8.4.0-…",
 * "10.11.0-MariaDB-…"); and its body. */
void format_written(enum flavour flavour, const char *version, uint32_t created,
                    struct format *out);
void format_encode(const struct format *format, struct buf *body);
