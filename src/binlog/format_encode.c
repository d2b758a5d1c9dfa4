/* format_encode.c - the format description of a log that is written here. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "binlog/event.h"

enum { FORMAT_VERSION = 4, VERSION_SIZE = 50, MARIADB_TYPES = EVENT_DELETE_ROWS_COMPRESSED };

/* The fixed part of each event type's body, from type 1 on; as MySQL 8.3 and later. */
static const uint8_t mysql_sizes[] = { 0,  13, 0,  8,  0,  0,  0, 0,  4,  0, 4,  0,  0, 0,
                                       99, 0,  4,  26, 8,  0,  0, 0,  0,  0, 0,  2,  0, 0,
                                       0,  10, 10, 10, 42, 42, 0, 18, 52, 0, 10, 40, 0, 0 };
/* As MariaDB 10.11: those that it has in common with MySQL, then its own. */
static const uint8_t mariadb_sizes[MARIADB_TYPES] = {
    56,
    13,
    0,
    8,
    0,
    18,
    0,
    4,
    4,
    4,
    4,
    18,
    0,
    0,
    228,
    0,
    4,
    26,
    8,
    0,
    0,
    0,
    8,
    8,
    8,
    2,
    0,
    0,
    0,
    10,
    10,
    10,
    0,
    0,
    0,
    0,
    0,
    0,
    10,
    10,
    10,
    [EVENT_BINLOG_CHECKPOINT - 1] = 4,
    [EVENT_MARIADB_GTID - 1] = 19,
    [EVENT_GTID_LIST - 1] = 4,
    [EVENT_QUERY_COMPRESSED - 1] = 13,
    [EVENT_WRITE_ROWS_COMPRESSED_V1 - 1] = 8,
    [EVENT_UPDATE_ROWS_COMPRESSED_V1 - 1] = 8,
    [EVENT_DELETE_ROWS_COMPRESSED_V1 - 1] = 8,
    [EVENT_WRITE_ROWS_COMPRESSED - 1] = 10,
    [EVENT_UPDATE_ROWS_COMPRESSED - 1] = 10,
    [EVENT_DELETE_ROWS_COMPRESSED - 1] = 10,
};

void format_written(enum flavour flavour, const char *version, uint32_t created, struct format *out)
{
    bool is_mariadb = flavour == FLAVOUR_MARIADB;
    memset(out, 0, sizeof *out);
    out->flavour = flavour;
    out->checksum = CHECKSUM_CRC32;
    out->created = created;
    out->type_count = is_mariadb ? sizeof mariadb_sizes : sizeof mysql_sizes;
    memcpy(out->post_header_sizes, is_mariadb ? mariadb_sizes : mysql_sizes, out->type_count);
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
