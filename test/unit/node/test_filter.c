/* test_filter.c - which tables patterns keep. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "node/filter.h"

static bool keeps(const char *include, const char *exclude, const char *db, const char *table)
{
    struct err err;
    AUTO(filter) filter = filter_new();
    assert_true(include == NULL || filter_include(filter, include, &err));
    assert_true(exclude == NULL || filter_exclude(filter, exclude, &err));
    return filter_keeps(filter, db, table);
}

TEST(filter, without_patterns_keeps_all_but_the_system_schemas)
{
    CHECK(keeps(NULL, NULL, "shop", "item"));
    CHECK(filter_keeps(NULL, "shop", "item"));
    CHECK(!keeps(NULL, NULL, "mysql", "user"));
    CHECK(!keeps("mysql.*", NULL, "mysql", "user"));
    CHECK(!filter_keeps(NULL, "SYS", "x"));
}

TEST(filter, include_names_what_is_kept)
{
    CHECK(keeps("shop.*", NULL, "shop", "item"));
    CHECK(!keeps("shop.*", NULL, "shop2", "item"));
    CHECK(keeps("a.b, shop.it?m", NULL, "shop", "item"));
    CHECK(keeps("*.log_*_2024", NULL, "x", "log_of_all_2024"));
    CHECK(!keeps("*.log_*_2024", NULL, "x", "log_of_all_2025"));
    CHECK(keeps("SHOP.Item", NULL, "shop", "item"));
}

TEST(filter, exclude_wins_over_include)
{
    CHECK(!keeps("shop.*", "shop.session", "shop", "session"));
    CHECK(keeps("shop.*", "shop.session", "shop", "sessions"));
    CHECK(!keeps(NULL, "*.tmp*", "a", "tmp1"));
}

TEST(filter, a_table_name_may_hold_a_dot)
{
    CHECK(keeps("shop.a.b", NULL, "shop", "a.b"));
    CHECK(!keeps("shop.a.b", NULL, "shop", "a_b"));
}

TEST(filter, a_pattern_without_a_dot_is_refused)
{
    struct err err;
    AUTO(filter) filter = filter_new();
    CHECK(!filter_include(filter, "shop", &err));
    CHECK(err.code == ERR_CONFIG);
    CHECK(!filter_exclude(filter, "a.b,,c.d", &err));
}

TEST(filter, is_shown_in_the_words_of_wild_tables)
{
    struct err err;
    struct buf shown;
    AUTO(filter) filter = filter_new();
    buf_init(&shown, 100);
    filter_print_included(filter, &shown);
    CHECK(shown.len == 0);
    CHECK_OK(filter_include(filter, "shop.*, crm.cust?mer", &err), err);
    CHECK_OK(filter_exclude(filter, "*.tmp_50%", &err), err);
    filter_print_included(filter, &shown);
    CHECK(strcmp(buf_cstr(&shown), "shop.%,crm.cust_mer") == 0);
    buf_reset(&shown);
    filter_print_excluded(filter, &shown);
    CHECK(strcmp(buf_cstr(&shown), "%.tmp\\_50\\%") == 0);
    buf_clear(&shown);
}

UNIT_MAIN(RUN(filter, without_patterns_keeps_all_but_the_system_schemas),
          RUN(filter, include_names_what_is_kept), RUN(filter, exclude_wins_over_include),
          RUN(filter, a_table_name_may_hold_a_dot), RUN(filter, a_pattern_without_a_dot_is_refused),
          RUN(filter, is_shown_in_the_words_of_wild_tables))
