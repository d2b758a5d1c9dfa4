/* gtid_set_text.c - GTID sets as people and replicas write them.
 *
 *   MySQL    set   = [item {"," item}]      item = uuid {":" part}
 *            part  = tag | number ["-" number]; a tag holds for the numbers after it
 *   MariaDB  set   = [gtid {"," gtid}]      gtid = domain "-" server "-" sequence
 *
 * White space is accepted between words, and so are empty items, as the servers do. */
// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include "binlog/gtid_set.h"
#include "binlog/gtid_set_internal.h"

struct cursor {
    const char *at;
    const char *text; /* all of it, for messages */
};

static char peek(struct cursor *c)
{
    while (isspace((unsigned char)*c->at))
        c->at++;
    return *c->at;
}

static bool take(struct cursor *c, char wanted)
{
    if (peek(c) != wanted)
        return false;
    c->at++;
    return true;
}

static bool bad(const struct cursor *c, const char *wanted, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "gtid set: at offset %zu, before \"%.40s\", %s is missing",
                   (size_t)(c->at - c->text), c->at, wanted);
}

static bool take_number(struct cursor *c, uint64_t max, uint64_t *out, struct err *err)
{
    uint64_t value = 0;
    if (!isdigit((unsigned char)peek(c)))
        return bad(c, "a number", err);
    for (; isdigit((unsigned char)*c->at); c->at++) {
        uint64_t digit = (uint64_t)(*c->at - '0');
        if (value > (max - digit) / 10)
            return err_set(err, ERR_CORRUPT, "gtid set: the number at offset %zu is above %" PRIu64,
                           (size_t)(c->at - c->text), max);
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool take_uuid(struct cursor *c, uint8_t uuid[16], struct err *err)
{
    char text[37];
    (void)peek(c);
    snprintf(text, sizeof text, "%.36s", c->at);
    if (!uuid_parse(text, uuid))
        return bad(c, "a server UUID", err);
    c->at += 36;
    return true;
}

/* Tags are kept in lower case, as the server keeps them. */
static bool take_tag(struct cursor *c, char tag[GTID_TAG_MAX + 1], struct err *err)
{
    size_t len = 0;
    for (; isalnum((unsigned char)*c->at) || *c->at == '_'; c->at++) {
        if (len == GTID_TAG_MAX)
            return err_set(err, ERR_CORRUPT, "gtid set: the tag at offset %zu is above %d letters",
                           (size_t)(c->at - c->text), GTID_TAG_MAX);
        tag[len++] = (char)tolower((unsigned char)*c->at);
    }
    memset(tag + len, 0, GTID_TAG_MAX + 1 - len);
    return true;
}

static bool take_interval(struct cursor *c, struct gtid_set *set, const struct gtid *origin,
                          struct err *err)
{
    uint64_t first;
    if (!take_number(c, GTID_NUMBER_END_MYSQL - 1, &first, err))
        return false;
    uint64_t last = first;
    if (take(c, '-') && !take_number(c, GTID_NUMBER_END_MYSQL - 1, &last, err))
        return false;
    if (first == 0 || last < first)
        return err_set(err, ERR_CORRUPT, "gtid set: %" PRIu64 "-%" PRIu64 " is no interval", first,
                       last);
    return gtid_set_add_interval(set, origin, first, last + 1, err);
}

static bool take_mysql_item(struct cursor *c, struct gtid_set *set, struct err *err)
{
    struct gtid origin = { .kind = GTID_MYSQL };
    bool after_tag = false;
    if (!take_uuid(c, origin.uuid, err))
        return false;
    if (peek(c) != ':')
        return bad(c, "a colon", err);
    while (take(c, ':')) {
        char next = peek(c);
        bool is_tag = isalpha((unsigned char)next) || next == '_';
        if (is_tag && after_tag)
            return bad(c, "a number", err);
        if (is_tag ? !take_tag(c, origin.tag, err) : !take_interval(c, set, &origin, err))
            return false;
        after_tag = is_tag;
    }
    return after_tag ? bad(c, "a number", err) : true;
}

static bool take_mariadb_item(struct cursor *c, struct gtid_set *set, struct err *err)
{
    struct gtid gtid = { .kind = GTID_MARIADB };
    uint64_t domain;
    uint64_t server;
    if (!take_number(c, UINT32_MAX, &domain, err))
        return false;
    if (!take(c, '-'))
        return bad(c, "a dash", err);
    if (!take_number(c, UINT32_MAX, &server, err))
        return false;
    if (!take(c, '-'))
        return bad(c, "a dash", err);
    if (!take_number(c, GTID_NUMBER_END_MARIADB - 1, &gtid.seq, err))
        return false;
    gtid.domain = (uint32_t)domain;
    gtid.server = (uint32_t)server;
    return gtid_set_add_up_to(set, &gtid, err);
}

bool gtid_set_parse(const char *text, enum flavour flavour, struct gtid_set **out, struct err *err)
{
    struct cursor c = { text, text };
    AUTO(gtid_set) set = gtid_set_new();
    bool expects_comma = false;
    while (peek(&c) != 0) {
        if (take(&c, ',')) {
            expects_comma = false;
            continue;
        }
        if (expects_comma)
            return bad(&c, "a comma", err);
        if (flavour == FLAVOUR_MYSQL ? !take_mysql_item(&c, set, err)
                                     : !take_mariadb_item(&c, set, err))
            return false;
        expects_comma = true;
    }
    *out = set;
    set = NULL;
    return true;
}

static void print_mysql_origin(const struct origin *origin, const struct origin *before,
                               struct buf *out)
{
    char uuid[37];
    if (before == NULL || memcmp(before->id.uuid, origin->id.uuid, sizeof origin->id.uuid) != 0) {
        uuid_text(origin->id.uuid, uuid);
        buf_printf(out, "%s%s", before == NULL ? "" : ",", uuid);
    }
    if (origin->id.tag[0] != 0)
        buf_printf(out, ":%s", origin->id.tag);
    for (size_t i = 0; i < origin->count; i++) {
        buf_printf(out, ":%" PRIu64, origin->intervals[i].start);
        if (origin->intervals[i].end - 1 > origin->intervals[i].start)
            buf_printf(out, "-%" PRIu64, origin->intervals[i].end - 1);
    }
}

static void print_mariadb_gtid(const struct gtid *origin, uint64_t seq, bool first, struct buf *out)
{
    buf_printf(out, "%s%" PRIu32 "-%" PRIu32 "-%" PRIu64, first ? "" : ",", origin->domain,
               origin->server, seq);
}

static uint64_t origin_highest(const struct origin *origin)
{
    return origin->intervals[origin->count - 1].end - 1;
}

/* All origins of a domain, the one of its last GTID at the end. */
static void print_mariadb(const struct gtid_set *set, struct buf *out)
{
    const struct origin *current = NULL;
    size_t start = out->len;
    for (size_t i = 0; i < set->count; i++) {
        const struct origin *origin = &set->origins[i];
        struct gtid last = origin->id;
        (void)gtid_set_last_in_domain(set, origin->id.domain, &last);
        if (last.server == origin->id.server)
            current = origin;
        else
            print_mariadb_gtid(&origin->id, origin_highest(origin), out->len == start, out);
        bool domain_ends =
            i + 1 == set->count || set->origins[i + 1].id.domain != origin->id.domain;
        if (domain_ends && current != NULL)
            print_mariadb_gtid(&current->id, origin_highest(current), out->len == start, out);
        if (domain_ends)
            current = NULL;
    }
}

void gtid_set_print(const struct gtid_set *set, struct buf *out)
{
    if (set->kind == GTID_MARIADB) {
        print_mariadb(set, out);
        return;
    }
    for (size_t i = 0; i < set->count; i++)
        print_mysql_origin(&set->origins[i], i == 0 ? NULL : &set->origins[i - 1], out);
}

void gtid_set_print_position(const struct gtid_set *set, struct buf *out)
{
    if (set->kind != GTID_MARIADB) {
        gtid_set_print(set, out);
        return;
    }
    for (size_t i = 0; i < set->last_count; i++)
        print_mariadb_gtid(&set->lasts[i], set->lasts[i].seq, i == 0, out);
}
