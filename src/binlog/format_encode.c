/* format_encode.c - the format description of a log that is written here. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "binlog/event.h"

enum { FORMAT_VERSION = 4, VERSION_SIZE = 50 };

void format_mysql(struct format *out, const char *version, uint32_t created)
{
    /* The fixed part of each event type's body, from type 1 on; as MySQL 8.3 and later. */
    static const uint8_t sizes[] = { 0,  13, 0,  8,  0,  0,  0, 0,  4,  0, 4,  0,  0, 0,
                                     99, 0,  4,  26, 8,  0,  0, 0,  0,  0, 0,  2,  0, 0,
                                     0,  10, 10, 10, 42, 42, 0, 18, 52, 0, 10, 40, 0, 0 };
    memset(out, 0, sizeof *out);
    out->flavour = FLAVOUR_MYSQL;
    out->checksum = CHECKSUM_CRC32;
    out->created = created;
    out->type_count = sizeof sizes;
    memcpy(out->post_header_sizes, sizes, sizeof sizes);
    snprintf(out->server_version, sizeof out->server_version, "%s", version);
}

void format_encode(const struct format *format, struct buf *body)
{
    buf_le(body, FORMAT_VERSION, 2);
    buf_append(body, format->server_version, VERSION_SIZE);
    buf_le(body, format->created, 4);
    buf_u8(body, EVENT_HEADER_SIZE);
    buf_append(body, format->post_header_sizes, format->type_count);
    buf_u8(body, (uint8_t)format->checksum);
}
