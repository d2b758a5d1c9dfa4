/* test_suitable.c - a source that cannot be followed is refused before it is copied. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "snapshot/suitable.h"

static void good(struct source_facts *facts)
{
    source_facts_init(facts);
    facts->user = "repl@%";
    facts->variables.log_bin = "1";
    facts->variables.binlog_format = "ROW";
    facts->variables.binlog_row_value_options = "";
    facts->privileges.known = true;
    facts->privileges.select_all = true;
}

static void check_refused(const struct source_facts *facts, const char *words)
{
    struct err err;
    assert_false(suitable_check(facts, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, words));
}

TEST(suitable, a_source_that_logs_rows_is_and_unknown_settings_do_not_count)
{
    struct source_facts facts;
    struct err err;
    good(&facts);
    CHECK_OK(suitable_check(&facts, &err), err);
    facts.variables.binlog_format = NULL;
    facts.variables.binlog_row_value_options = NULL;
    facts.variables.binlog_transaction_compression = "ON"; /* costs nothing here */
    CHECK_OK(suitable_check(&facts, &err), err);
    facts.variables.binlog_row_value_options = "PARTIAL_JSON";
    CHECK_OK(suitable_check(&facts, &err), err);
}

TEST(suitable, each_setting_that_cannot_be_followed_is_named)
{
    struct source_facts facts;
    (void)unit_state;
    good(&facts);
    facts.variables.log_bin = "0";
    check_refused(&facts, "log_bin");
    good(&facts);
    facts.variables.binlog_format = "MIXED";
    check_refused(&facts, "binlog_format = 'ROW'");
    good(&facts);
    facts.variables.encrypt_binlog = "1";
    check_refused(&facts, "encrypt_binlog = OFF");
}

TEST(suitable, an_account_that_may_read_nothing_is_refused_only_when_that_is_sure)
{
    struct source_facts facts;
    struct err err;
    good(&facts);
    facts.privileges.select_all = false;
    check_refused(&facts, "GRANT SELECT ON *.*");
    facts.table_count = 1; /* by a role that SHOW GRANTS does not spell out */
    CHECK_OK(suitable_check(&facts, &err), err);
    facts.table_count = 0;
    facts.privileges.select_some = true; /* an empty database of its own */
    CHECK_OK(suitable_check(&facts, &err), err);
    facts.privileges = (struct privileges){ 0 };
    CHECK_OK(suitable_check(&facts, &err), err);
}

UNIT_MAIN(RUN(suitable, a_source_that_logs_rows_is_and_unknown_settings_do_not_count),
          RUN(suitable, each_setting_that_cannot_be_followed_is_named),
          RUN(suitable, an_account_that_may_read_nothing_is_refused_only_when_that_is_sure))
