/* test_gtid_set.c - text, bytes and algebra of GTID sets, by example. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/gtid_set.h"
#include "unit.h"

#define U1 "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define U2 "aaaaaaaa-71ca-11e1-9e33-c80aa9429562"

static struct gtid_set *parse(const char *text, enum flavour flavour)
{
    struct gtid_set *set = NULL;
    struct err err;
    if (!gtid_set_parse(text, flavour, &set, &err))
        fail_msg("%s: %s", text, err.text);
    return set;
}

static struct gtid_set *mysql(const char *text)
{
    return parse(text, FLAVOUR_MYSQL);
}

static struct gtid_set *mariadb(const char *text)
{
    return parse(text, FLAVOUR_MARIADB);
}

static void check_print(const struct gtid_set *set, const char *want)
{
    struct buf buf;
    buf_init(&buf, 1 << 16);
    gtid_set_print(set, &buf);
    if (strcmp(buf_cstr(&buf), want) != 0)
        fail_msg("got \"%s\", want \"%s\"", buf_cstr(&buf), want);
    buf_clear(&buf);
}

TEST(gtid_set, of_mysql_is_read_as_people_write_it)
{
    AUTO(gtid_set) set = mysql(" " U2 ":7 ,\n" U1 ":1-5 : 8:6:tag_a:1-3:TAG_B:2 , ,");
    check_print(set, U1 ":1-6:8:tag_a:1-3:tag_b:2," U2 ":7");
    CHECK(gtid_set_count(set) == 6 + 1 + 3 + 1 + 1);
    AUTO(gtid_set) empty = mysql(" \n ");
    CHECK(gtid_set_is_empty(empty));
    check_print(empty, "");
    CHECK(gtid_set_kind(set) == GTID_MYSQL && gtid_set_kind(empty) == GTID_NONE);
}

TEST(gtid_set, of_mysql_refuses_what_is_none)
{
    static const char *const bad[] = {
        "x",
        U1,
        U1 ":",
        U1 ":0",
        U1 ":5-3",
        U1 ":1-",
        U1 ":1 2",
        U1 ":1" U2,
        U1 ":tag",
        U1 ":tag:tag2",
        U1 ":tag:1:b:",
        U1 "-1",
        U1 ":1-0",
        U1 ":a-b:1",
        "0-1-100",
        U1 ":9223372036854775807",
        U1 ":99999999999999999999",
        U1 ":a23456789012345678901234567890123:1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct gtid_set *set = NULL;
        struct err err;
        if (gtid_set_parse(bad[i], FLAVOUR_MYSQL, &set, &err))
            fail_msg("accepted %s", bad[i]);
        CHECK(err.code == ERR_CORRUPT && set == NULL);
    }
}

TEST(gtid_set, of_mariadb_keeps_the_last_of_each_domain)
{
    AUTO(gtid_set) set = mariadb("1-7-3, 0-1-100,0-2-50");
    struct gtid last;
    struct buf buf;
    check_print(set, "0-1-100,0-2-50,1-7-3");
    CHECK(gtid_set_last_in_domain(set, 0, &last) && last.server == 2 && last.seq == 50);
    CHECK(!gtid_set_last_in_domain(set, 2, &last));
    CHECK(gtid_set_count(set) == 153);
    buf_init(&buf, 100);
    gtid_set_print_position(set, &buf);
    CHECK_STR(buf_cstr(&buf), "0-2-50,1-7-3");
    buf_clear(&buf);
    AUTO(gtid_set) other = mariadb("0-2-50,0-1-100");
    check_print(other, "0-2-50,0-1-100");
}

TEST(gtid_set, of_mariadb_refuses_what_is_none)
{
    static const char *const bad[] = { "0",
                                       "0-1",
                                       "0-1-",
                                       "0-1-1-1",
                                       "a-1-1",
                                       "4294967296-1-1",
                                       "0-1-18446744073709551615",
                                       "0-1-0",
                                       "0-1-1 0-1-2",
                                       U1 ":1" };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct gtid_set *set = NULL;
        struct err err;
        if (gtid_set_parse(bad[i], FLAVOUR_MARIADB, &set, &err))
            fail_msg("accepted %s", bad[i]);
        CHECK(err.code == ERR_CORRUPT && set == NULL);
    }
}

TEST(gtid_set, joins_numbers_added_in_any_order)
{
    static const uint64_t order[] = { 5, 1, 3, 4, 2, 9, 8, 7, 6, 5 };
    AUTO(gtid_set) set = gtid_set_new();
    struct gtid gtid = { .kind = GTID_MYSQL };
    struct err err;
    CHECK(uuid_parse(U1, gtid.uuid));
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        gtid.seq = order[i];
        CHECK(gtid_set_contains(set, &gtid) == (i == ARRAY_COUNT(order) - 1));
        CHECK_OK(gtid_set_add(set, &gtid, &err), err);
        CHECK(gtid_set_contains(set, &gtid));
    }
    check_print(set, U1 ":1-9");
}

TEST(gtid_set, takes_no_gtid_of_the_other_flavour_and_ignores_anonymous_ones)
{
    AUTO(gtid_set) set = mysql(U1 ":1");
    struct err err;
    struct gtid gtid = { .kind = GTID_MARIADB, .seq = 1 };
    CHECK(!gtid_set_add(set, &gtid, &err) && err.code == ERR_CONFLICT);
    CHECK(!gtid_set_contains(set, &gtid));
    gtid.kind = GTID_NONE;
    CHECK_OK(gtid_set_add(set, &gtid, &err), err);
    CHECK(!gtid_set_contains(set, &gtid));
    gtid = (struct gtid){ .kind = GTID_MYSQL, .seq = 0 };
    CHECK(!gtid_set_add(set, &gtid, &err) && err.code == ERR_CORRUPT);
    check_print(set, U1 ":1");
}

TEST(gtid_set, unites_and_subtracts)
{
    AUTO(gtid_set) set = mysql(U1 ":1-10:20-30:t:5");
    AUTO(gtid_set) other = mysql(U1 ":5-22:t:5," U2 ":1");
    AUTO(gtid_set) all = gtid_set_copy(set);
    gtid_set_union(all, other);
    check_print(all, U1 ":1-30:t:5," U2 ":1");
    CHECK(gtid_set_contains_all(all, set) && gtid_set_contains_all(all, other));
    CHECK(!gtid_set_contains_all(set, other) && !gtid_set_equal(all, set));
    gtid_set_subtract(set, other);
    check_print(set, U1 ":1-4:23-30");
    gtid_set_subtract(all, all);
    CHECK(gtid_set_is_empty(all) && gtid_set_equal(all, all));
}

TEST(gtid_set, that_loses_a_domains_last_gtid_takes_the_highest_left)
{
    AUTO(gtid_set) set = mariadb("0-1-100,0-2-150,1-1-1");
    AUTO(gtid_set) less = mariadb("0-2-150,1-1-1");
    struct gtid last;
    gtid_set_subtract(set, less);
    CHECK(gtid_set_last_in_domain(set, 0, &last) && last.server == 1 && last.seq == 100);
    CHECK(!gtid_set_last_in_domain(set, 1, &last));
}

TEST(gtid_set, of_mariadb_covers_what_stands_before_its_position)
{
    AUTO(gtid_set) set = mariadb("0-2-101");
    struct gtid earlier = { .kind = GTID_MARIADB, .server = 1, .seq = 100 };
    struct gtid later = { .kind = GTID_MARIADB, .server = 1, .seq = 102 };
    CHECK(!gtid_set_contains(set, &earlier) && gtid_set_covers(set, &earlier));
    CHECK(!gtid_set_covers(set, &later));
    later.seq = 1;
    later.domain = 1;
    CHECK(!gtid_set_covers(set, &later));
}

static void check_bytes(const char *text, const uint8_t *want, size_t len)
{
    struct buf buf;
    struct err err;
    AUTO(gtid_set) set = mysql(text);
    AUTO(gtid_set) again = NULL;
    buf_init(&buf, 1 << 16);
    gtid_set_encode(set, &buf);
    if (want != NULL && (buf.len != len || memcmp(buf.data, want, len) != 0))
        fail_msg("%s: other bytes", text);
    if (!gtid_set_decode(buf_bytes(&buf), &again, &err))
        fail_msg("%s: %s", text, err.text);
    if (!gtid_set_equal(set, again))
        fail_msg("%s: another set comes back", text);
    for (size_t cut = 0; cut < buf.len; cut++) {
        struct gtid_set *none = NULL;
        if (gtid_set_decode(bytes_of(buf.data, cut), &none, &err) || err.code != ERR_CORRUPT)
            fail_msg("%s cut at %zu is not corrupt", text, cut);
    }
    for (size_t bit = 0; bit < buf.len * 8; bit++) {
        AUTO(gtid_set) flipped = NULL;
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!gtid_set_decode(buf_bytes(&buf), &flipped, &err);
        buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_clear(&buf);
}

TEST(gtid_set, has_the_servers_bytes)
{
    static const uint8_t empty[8] = { 0 };
    static const uint8_t one[] = { 1,    0,    0,    0,    0,    0,    0,    0,    0x3e, 0x11,
                                   0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1, 0x9e, 0x33, 0xc8, 0x0a,
                                   0xa9, 0x42, 0x95, 0x62, 1,    0,    0,    0,    0,    0,
                                   0,    0,    1,    0,    0,    0,    0,    0,    0,    0,
                                   6,    0,    0,    0,    0,    0,    0,    0 };
    static const uint8_t tagged[] = { 1,    1,    0,    0,    0,    0,    0,    1,    0x3e,
                                      0x11, 0xfa, 0x47, 0x71, 0xca, 0x11, 0xe1, 0x9e, 0x33,
                                      0xc8, 0x0a, 0xa9, 0x42, 0x95, 0x62, 6,    'f',  'o',
                                      'o',  1,    0,    0,    0,    0,    0,    0,    0,
                                      2,    0,    0,    0,    0,    0,    0,    0,    3,
                                      0,    0,    0,    0,    0,    0,    0 };
    CHECK(sizeof one == 48);
    check_bytes("", empty, sizeof empty);
    check_bytes(U1 ":1-5", one, sizeof one);
    check_bytes(U1 ":foo:2", tagged, sizeof tagged);
    check_bytes(U1 ":1-5:9-12:foo:1-7:9," U2 ":3:z:1", NULL, 0);
}

TEST(gtid_set, with_bytes_that_no_server_writes_is_refused)
{
    uint8_t touching[24 + 8 + 32] = { 1 };
    struct gtid_set *set = NULL;
    struct err err;
    touching[24] = 2;
    touching[32] = 1;
    touching[40] = 3;
    touching[48] = 3;
    touching[56] = 4;
    CHECK(!gtid_set_decode(bytes_of(touching, sizeof touching), &set, &err));
    CHECK(err.code == ERR_CORRUPT);
    touching[48] = 4;
    CHECK(!gtid_set_decode(bytes_of(touching, sizeof touching), &set, &err));
    touching[7] = 2;
    CHECK(!gtid_set_decode(bytes_of(touching, sizeof touching), &set, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
}

TEST(gtid_list, keeps_state_and_order)
{
    AUTO(gtid_set) set = mariadb("0-2-50,0-1-100,1-7-3");
    AUTO(gtid_set) again = NULL;
    struct buf buf;
    struct err err;
    buf_init(&buf, 1024);
    gtid_list_encode(set, &buf);
    CHECK(buf.len == 4 + 3 * 16);
    CHECK_OK(gtid_list_decode(buf_bytes(&buf), &again, &err), err);
    check_print(again, "0-2-50,0-1-100,1-7-3");
    for (size_t cut = 0; cut < buf.len; cut++) {
        struct gtid_set *none = NULL;
        CHECK(!gtid_list_decode(bytes_of(buf.data, cut), &none, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
    buf_reset(&buf);
    gtid_set_clear(set);
    gtid_list_encode(set, &buf);
    CHECK(buf.len == 6);
    buf_clear(&buf);
}

UNIT_MAIN(RUN(gtid_set, of_mysql_is_read_as_people_write_it),
          RUN(gtid_set, of_mysql_refuses_what_is_none),
          RUN(gtid_set, of_mariadb_keeps_the_last_of_each_domain),
          RUN(gtid_set, of_mariadb_refuses_what_is_none),
          RUN(gtid_set, joins_numbers_added_in_any_order),
          RUN(gtid_set, takes_no_gtid_of_the_other_flavour_and_ignores_anonymous_ones),
          RUN(gtid_set, unites_and_subtracts),
          RUN(gtid_set, that_loses_a_domains_last_gtid_takes_the_highest_left),
          RUN(gtid_set, of_mariadb_covers_what_stands_before_its_position),
          RUN(gtid_set, has_the_servers_bytes),
          RUN(gtid_set, with_bytes_that_no_server_writes_is_refused),
          RUN(gtid_list, keeps_state_and_order))
