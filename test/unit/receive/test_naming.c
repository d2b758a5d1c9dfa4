/* test_naming.c - the names of files from one server after another. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "receive/naming.h"

static void check_pair(const char *source, unsigned server, const char *stored)
{
    struct err err;
    char name[LOG_NAME_MAX + 1];
    assert_true(naming_stored_name(source, server, name, &err));
    assert_string_equal(name, stored);
    assert_int_equal(naming_source_name(stored, name), server);
    assert_string_equal(name, source);
}

TEST(naming, the_first_servers_files_keep_their_names)
{
    (void)unit_state;
    check_pair("binlog.000017", 1, "binlog.000017");
    check_pair("a~b.000001", 1, "a~b.000001");
    check_pair("odd", 1, "odd");
}

TEST(naming, later_servers_files_carry_a_mark_before_the_number)
{
    (void)unit_state;
    check_pair("binlog.000017", 2, "binlog~2.000017");
    check_pair("my.host-bin.000001", 13, "my.host-bin~13.000001");
}

TEST(naming, a_name_that_grows_too_long_is_refused)
{
    struct err err;
    char name[LOG_NAME_MAX + 1];
    char source[LOG_NAME_MAX + 1];
    memset(source, 'x', LOG_NAME_MAX);
    source[LOG_NAME_MAX] = 0;
    CHECK(naming_stored_name(source, 1, name, &err));
    CHECK(!naming_stored_name(source, 2, name, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
}

TEST(naming, later_means_the_same_series_and_a_higher_number)
{
    (void)unit_state;
    assert_true(naming_is_later("binlog.000010", "binlog.000009"));
    assert_true(naming_is_later("binlog.1000000", "binlog.999999"));
    assert_false(naming_is_later("binlog.000009", "binlog.000009"));
    assert_false(naming_is_later("binlog.000001", "binlog.000009"));
    assert_false(naming_is_later("other.000010", "binlog.000009"));
    assert_false(naming_is_later("mysql-bin.000010", "binlog.000009"));
    assert_false(naming_is_later("odd", "odd"));
}

UNIT_MAIN(RUN(naming, the_first_servers_files_keep_their_names),
          RUN(naming, later_servers_files_carry_a_mark_before_the_number),
          RUN(naming, later_means_the_same_series_and_a_higher_number),
          RUN(naming, a_name_that_grows_too_long_is_refused))
