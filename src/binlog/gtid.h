/* gtid.h - one global transaction identifier, of either flavour.
 *
 *   MySQL    uuid[:tag]:number       3e11fa47-71ca-11e1-9e33-c80aa9429562:23, ...:tag_a:5
 *   MariaDB  domain-server-sequence  0-1-100
 *
 * An anonymous MySQL transaction has kind GTID_NONE. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum flavour { FLAVOUR_MYSQL, FLAVOUR_MARIADB };
enum gtid_kind { GTID_NONE, GTID_MYSQL, GTID_MARIADB };

enum { GTID_TAG_MAX = 32, GTID_TEXT_MAX = 36 + 1 + GTID_TAG_MAX + 1 + 20 + 1 };

struct gtid {
    enum gtid_kind kind;
    uint8_t uuid[16];           /* MySQL */
    char tag[GTID_TAG_MAX + 1]; /* MySQL; "" when untagged */
    uint32_t domain;            /* MariaDB */
    uint32_t server;            /* MariaDB */
    uint64_t seq;               /* MySQL's number, MariaDB's sequence; from 1 */
};

/* Writes at most GTID_TEXT_MAX bytes with the NUL; "anonymous" for GTID_NONE. Returns text. */
const char *gtid_text(const struct gtid *gtid, char text[GTID_TEXT_MAX]);
bool gtid_equal(const struct gtid *a, const struct gtid *b);
void uuid_text(const uint8_t uuid[16], char text[37]);
bool uuid_parse(const char *text, uint8_t uuid[16]); /* 36 characters; any case */
