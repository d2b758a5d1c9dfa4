/* test_settings.c - what a session may change for itself: each kind, right and wrong. */
// SPDX-License-Identifier: Apache-2.0
#include "session/settings.h"
#include <strings.h>
#include "session/state.h"
#include "unit.h"

static const char *shown(const struct session_settings *settings, enum setting setting)
{
    static char text[SETTING_TEXT_MAX];
    return setting_text(settings, setting, text) ? text : NULL;
}

static bool set(struct session_settings *settings, const char *name, const char *value,
                struct err *err)
{
    enum setting setting = setting_find(name, FLAVOURS_BOTH);
    struct bytes text = value == NULL ? (struct bytes){ NULL, 0 } : bytes_of_str(value);
    return setting != SETTINGS && setting_set(settings, setting, text, err);
}

TEST(settings, are_in_the_order_of_their_names)
{
    for (unsigned i = 1; i < SETTINGS; i++)
        CHECK(strcmp(setting_name(i - 1), setting_name(i)) < 0);
}

/* What was shown can be set again, and is shown again: clients save settings and put them back. */
TEST(settings, take_what_they_show)
{
    struct session_settings settings, first;
    struct err err;
    settings_init(&settings);
    settings_init(&first);
    for (unsigned i = 0; i < SETTINGS; i++) {
        char before[SETTING_TEXT_MAX];
        CHECK(setting_text(&settings, i, before));
        CHECK_OK(setting_set(&settings, i, bytes_of_str(before), &err), err);
        CHECK_STR(shown(&settings, i), before);
        setting_copy(&settings, &first, i);
        CHECK_STR(shown(&settings, i), before);
    }
}

TEST(settings, of_sql_mode_are_words_or_bits)
{
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    CHECK_STR(shown(&settings, SETTING_sql_mode),
              "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
              "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION");
    CHECK_OK(set(&settings, "sql_mode", "ansi_quotes,,STRICT_ALL_TABLES", &err), err);
    CHECK_STR(shown(&settings, SETTING_sql_mode), "ANSI_QUOTES,STRICT_ALL_TABLES");
    CHECK(settings.numbers[SETTING_sql_mode] ==
          (SQL_MODE_ANSI_QUOTES | SQL_MODE_STRICT_ALL_TABLES));
    CHECK_OK(set(&settings, "SQL_MODE", "ANSI", &err), err);
    CHECK_STR(shown(&settings, SETTING_sql_mode),
              "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI");
    CHECK_OK(set(&settings, "sql_mode", "TRADITIONAL", &err), err);
    CHECK_STR(shown(&settings, SETTING_sql_mode),
              "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
              "ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,NO_ENGINE_SUBSTITUTION");
    CHECK_OK(set(&settings, "sql_mode", "524288", &err), err);
    CHECK_STR(shown(&settings, SETTING_sql_mode), "NO_AUTO_VALUE_ON_ZERO");
    CHECK_OK(set(&settings, "sql_mode", "", &err), err);
    CHECK_STR(shown(&settings, SETTING_sql_mode), "");
    CHECK(!set(&settings, "sql_mode", "PAD_CHAR_TO_FULL_LENGTH", &err));
    CHECK(err.code == ERR_REFUSED && err.server_errno == 1231);
    CHECK_STR(err.text,
              "Variable 'sql_mode' can't be set to the value of 'PAD_CHAR_TO_FULL_LENGTH'");
    CHECK(!set(&settings, "sql_mode", "2147483648", &err));
    CHECK(!set(&settings, "sql_mode", NULL, &err));
    CHECK_STR(shown(&settings, SETTING_sql_mode), "");
}

TEST(settings, with_two_names_are_one)
{
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    CHECK_OK(set(&settings, "tx_isolation", "read-committed", &err), err);
    CHECK_STR(shown(&settings, SETTING_transaction_isolation), "READ-COMMITTED");
    CHECK(settings.numbers[SETTING_transaction_isolation] == READ_COMMITTED);
    CHECK_OK(set(&settings, "transaction_read_only", "ON", &err), err);
    CHECK_STR(shown(&settings, SETTING_tx_read_only), "1");
    CHECK(!set(&settings, "transaction_isolation", "CHAOS", &err) && err.server_errno == 1231);
}

TEST(settings, that_are_numbers_have_bounds)
{
    static const char *const wrong[] = { "0",  "-1", "31536001", "1x", "", "18446744073709551616",
                                         NULL, "1.5" };
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    CHECK_OK(set(&settings, "wait_timeout", "31536000", &err), err);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        CHECK(!set(&settings, "wait_timeout", wrong[i], &err) && err.server_errno == 1231);
    CHECK_STR(shown(&settings, SETTING_wait_timeout), "31536000");
    CHECK(!set(&settings, "autocommit", "2", &err));
    CHECK_OK(set(&settings, "autocommit", "off", &err), err);
    CHECK_STR(shown(&settings, SETTING_autocommit), "0");
}

TEST(settings, of_seconds_have_fractions)
{
    static const char *const wrong[] = { "1.x", "", ".", "-1", "31536000.1", NULL, "1.5.2" };
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    CHECK_STR(shown(&settings, SETTING_max_statement_time), "0.000000");
    CHECK_OK(set(&settings, "max_statement_time", "1.5", &err), err);
    CHECK_STR(shown(&settings, SETTING_max_statement_time), "1.500000");
    CHECK(settings.numbers[SETTING_max_statement_time] == 1500000);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        CHECK(!set(&settings, "max_statement_time", wrong[i], &err) && err.server_errno == 1231);
    CHECK_OK(set(&settings, "max_statement_time", "31536000", &err), err);
}

TEST(time_zones, are_offsets_and_two_names)
{
    static const char *const right[][2] = { { "+02:00", "+02:00" }, { "-5:30", "-05:30" },
                                            { "+14:00", "+14:00" }, { "system", "SYSTEM" },
                                            { "utc", "UTC" },       { "-13:59", "-13:59" } };
    static const char *const wrong[] = { "+14:01",        "-14:00", "+2",     "02:00",
                                         "+0a:00",        "+02:60", "+ 2:00", "+-1:00",
                                         "Europe/Berlin", "",       NULL };
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    for (size_t i = 0; i < ARRAY_COUNT(right); i++) {
        CHECK_OK(set(&settings, "time_zone", right[i][0], &err), err);
        CHECK_STR(settings.time_zone, right[i][1]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        CHECK(!set(&settings, "time_zone", wrong[i], &err) && err.server_errno == 1298);
    CHECK_STR(settings.time_zone, "-13:59");
}

TEST(character_sets, are_those_that_can_be_converted)
{
    struct session_settings settings;
    struct err err;
    settings_init(&settings);
    CHECK_OK(settings_set_names(&settings, "utf8", NULL, &err), err);
    CHECK_STR(shown(&settings, SETTING_character_set_client), "utf8mb3");
    CHECK_OK(settings_set_names(&settings, "UTF8MB4", "utf8mb4_unicode_ci", &err), err);
    CHECK_STR(shown(&settings, SETTING_collation_connection), "utf8mb4_unicode_ci");
    CHECK(!settings_set_names(&settings, "utf8mb4", "utf8mb3_bin", &err));
    CHECK(err.server_errno == 1253);
    CHECK(!settings_set_names(&settings, "sjis", NULL, &err) && err.server_errno == 1235);
    CHECK_OK(settings_set_names(&settings, "latin1", NULL, &err), err);
    CHECK_STR(shown(&settings, SETTING_collation_connection), "latin1_swedish_ci");
    CHECK(!settings_set_names(&settings, "klingon", NULL, &err) && err.server_errno == 1115);
    CHECK(!settings_set_names(&settings, "utf8mb4", "klingon_ci", &err) &&
          err.server_errno == 1273);
    CHECK_OK(set(&settings, "character_set_results", NULL, &err), err);
    CHECK(shown(&settings, SETTING_character_set_results) == NULL);
    CHECK_OK(set(&settings, "character_set_results", "binary", &err), err);
    CHECK(!set(&settings, "character_set_client", "binary", &err));
    CHECK_OK(set(&settings, "collation_connection", "utf8mb4_bin", &err), err);
    CHECK_OK(settings_set_character_set(&settings, "utf8mb3", &err), err);
    CHECK_STR(shown(&settings, SETTING_collation_connection), "utf8mb4_general_ci");
    CHECK_STR(shown(&settings, SETTING_character_set_results), "utf8mb3");
}

UNIT_MAIN(RUN(settings, are_in_the_order_of_their_names), RUN(settings, take_what_they_show),
          RUN(settings, of_sql_mode_are_words_or_bits), RUN(settings, with_two_names_are_one),
          RUN(settings, that_are_numbers_have_bounds), RUN(settings, of_seconds_have_fractions),
          RUN(time_zones, are_offsets_and_two_names),
          RUN(character_sets, are_those_that_can_be_converted))
