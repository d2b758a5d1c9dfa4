/* Values as users write them: what is taken, what is refused, and that printing gives them back. */
// SPDX-License-Identifier: Apache-2.0
#include "config/value_text.h"
#include "unit.h"

static const char *printed(void (*print)(uint64_t, struct buf *), uint64_t value)
{
    static char text[64];
    struct buf buf;
    buf_init(&buf, sizeof text);
    print(value, &buf);
    snprintf(text, sizeof text, "%s", buf_cstr(&buf));
    buf_clear(&buf);
    return text;
}

TEST(number, takes_digits_and_nothing_else)
{
    static const char *const wrong[] = { "",    " 1", "1 ",
                                         "-1",  "+1", "0x10",
                                         "1.0", "1K", "18446744073709551616" };
    uint64_t n = 7;
    CHECK(number_parse("18446744073709551615", &n) && n == UINT64_MAX);
    CHECK(number_parse("007", &n) && n == 7);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        CHECK(!number_parse(wrong[i], &n) && n == 7);
}

TEST(size, takes_suffixes_of_1024_in_any_case)
{
    uint64_t n;
    CHECK(size_parse("64M", &n) && n == (uint64_t)64 << 20);
    CHECK(size_parse("1k", &n) && n == 1024);
    CHECK(size_parse("1.5G", &n) && n == (uint64_t)3 << 29);
    CHECK(size_parse("15E", &n) && n == (uint64_t)15 << 60);
    CHECK(!size_parse("16E", &n));
    CHECK(!size_parse("1.3", &n));
    CHECK(!size_parse("1.0000001M", &n));
    CHECK(!size_parse("12MB", &n));
    CHECK(!size_parse("M", &n));
}

TEST(duration, takes_units_and_bare_seconds)
{
    uint64_t us;
    CHECK(duration_parse("500ms", &us) && us == 500000);
    CHECK(duration_parse("30", &us) && us == 30000000);
    CHECK(duration_parse("1.5s", &us) && us == 1500000);
    CHECK(duration_parse("5m", &us) && us == 300000000);
    CHECK(duration_parse("2H", &us) && us == 7200000000);
    CHECK(duration_parse("7d", &us) && us == 604800000000);
    CHECK(duration_parse("0", &us) && us == 0);
    CHECK(!duration_parse("5 m", &us));
    CHECK(!duration_parse("5w", &us));
    CHECK(!duration_parse("", &us));
}

TEST(print, gives_back_what_parses_to_the_same)
{
    static const uint64_t values[] = { 0,        1,           999,     1000,      1024,
                                       60000000, 86400000000, 1 << 20, UINT64_MAX };
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        uint64_t again;
        CHECK(size_parse(printed(size_print, values[i]), &again) && again == values[i]);
        CHECK(duration_parse(printed(duration_print, values[i]), &again) && again == values[i]);
    }
    CHECK_STR(printed(size_print, (uint64_t)64 << 20), "64M");
    CHECK_STR(printed(duration_print, 604800000000), "7d");
    CHECK_STR(printed(duration_print, 90000000), "90s");
}

TEST(flag, takes_the_words_of_mysql)
{
    bool on = false;
    CHECK(flag_parse("ON", &on) && on);
    CHECK(flag_parse("false", &on) && !on);
    CHECK(flag_parse("1", &on) && on);
    CHECK(flag_parse("No", &on) && !on);
    CHECK(!flag_parse("2", &on));
    CHECK(!flag_parse("", &on));
}

TEST(choice, is_the_index_of_the_word_in_any_case)
{
    unsigned index = 9;
    CHECK(choice_parse("verify_ca", "OFF|VERIFY_CA|ON", &index) && index == 1);
    CHECK(choice_parse("ON", "OFF|VERIFY_CA|ON", &index) && index == 2);
    CHECK(!choice_parse("VERIFY", "OFF|VERIFY_CA|ON", &index));
    CHECK(!choice_parse("", "OFF|ON", &index));
    CHECK(index == 2);
}

UNIT_MAIN(RUN(number, takes_digits_and_nothing_else), RUN(size, takes_suffixes_of_1024_in_any_case),
          RUN(duration, takes_units_and_bare_seconds),
          RUN(print, gives_back_what_parses_to_the_same), RUN(flag, takes_the_words_of_mysql),
          RUN(choice, is_the_index_of_the_word_in_any_case))
