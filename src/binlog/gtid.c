/* gtid.c - text forms of one GTID and of a UUID. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { UUID_TEXT_SIZE = 36 };

static bool is_dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void uuid_text(const uint8_t uuid[16], char text[37])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (is_dash_at(at))
            text[at++] = '-';
        text[at++] = digits[uuid[i] >> 4];
        text[at++] = digits[uuid[i] & 15];
    }
    assert(at == UUID_TEXT_SIZE);
    text[at] = 0;
}

bool uuid_parse(const char *text, uint8_t uuid[16])
{
    uint8_t parsed[16];
    if (strnlen(text, UUID_TEXT_SIZE + 1) != UUID_TEXT_SIZE)
        return false;
    for (size_t at = 0, i = 0; at < UUID_TEXT_SIZE;) {
        if (is_dash_at(at)) {
            if (text[at++] != '-')
                return false;
            continue;
        }
        int high = hex_digit(text[at]);
        int low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0)
            return false;
        parsed[i++] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    memcpy(uuid, parsed, sizeof parsed);
    return true;
}

/* A GTID stands in front of every transaction: no printf. Each gives where the text ends. */
static char *add_number(char *at, uint64_t number)
{
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *add_mysql(char *at, const struct gtid *gtid)
{
    size_t tag = strnlen(gtid->tag, GTID_TAG_MAX);
    uuid_text(gtid->uuid, at);
    at += UUID_TEXT_SIZE;
    *at++ = ':';
    if (tag > 0) {
        memcpy(at, gtid->tag, tag);
        at += tag;
        *at++ = ':';
    }
    return add_number(at, gtid->seq);
}

static char *add_mariadb(char *at, const struct gtid *gtid)
{
    at = add_number(at, gtid->domain);
    *at++ = '-';
    at = add_number(at, gtid->server);
    *at++ = '-';
    return add_number(at, gtid->seq);
}

const char *gtid_text(const struct gtid *gtid, char text[GTID_TEXT_MAX])
{
    if (gtid->kind == GTID_MYSQL)
        *add_mysql(text, gtid) = 0;
    else if (gtid->kind == GTID_MARIADB)
        *add_mariadb(text, gtid) = 0;
    else
        snprintf(text, GTID_TEXT_MAX, "anonymous");
    return text;
}

bool gtid_equal(const struct gtid *a, const struct gtid *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == GTID_NONE)
        return true;
    if (a->seq != b->seq)
        return false;
    if (a->kind == GTID_MARIADB)
        return a->domain == b->domain && a->server == b->server;
    return memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0 && strcmp(a->tag, b->tag) == 0;
}
