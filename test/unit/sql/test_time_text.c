/* Dates and times as they are written, and the calendar. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/time_text.h"
#include "unit.h"

static const char *read_datetime(const char *text)
{
    static char out[64];
    struct time_parts t = { 0 };
    unsigned scale = 0;
    bool has_clock = false;
    enum time_text read = time_text_datetime(bytes_of_str(text), &t, &scale, &has_clock);
    if (read != TIME_TEXT_OK)
        return read == TIME_TEXT_WRONG ? "wrong" : "unsure";
    snprintf(out, sizeof out, "%04u-%02u-%02u %02u:%02u:%02u.%06u/%u%s", t.year, t.month, t.day,
             t.hour, t.minute, t.second, t.micro, scale, has_clock ? "" : " date");
    return out;
}

static const char *read_time(const char *text)
{
    static char out[64];
    struct time_parts t = { 0 };
    unsigned scale = 0;
    enum time_text read = time_text_time(bytes_of_str(text), &t, &scale);
    if (read != TIME_TEXT_OK)
        return read == TIME_TEXT_WRONG ? "wrong" : "unsure";
    snprintf(out, sizeof out, "%s%02u:%02u:%02u.%06u", t.negative ? "-" : "", t.hour, t.minute,
             t.second, t.micro);
    return out;
}

TEST(time_text, dates_are_read_with_their_delimiters_or_without)
{
    CHECK_STR(read_datetime("2024-02-09"), "2024-02-09 00:00:00.000000/0 date");
    CHECK_STR(read_datetime("24/2/9 7:5:3.25"), "2024-02-09 07:05:03.250000/2");
    CHECK_STR(read_datetime("1999-12-31T23:59:59"), "1999-12-31 23:59:59.000000/0");
    CHECK_STR(read_datetime("20240209070503.5"), "2024-02-09 07:05:03.500000/1");
    CHECK_STR(read_datetime("20240209"), "2024-02-09 00:00:00.000000/0 date");
    CHECK_STR(read_datetime("70-1-1"), "1970-01-01 00:00:00.000000/0 date");
    CHECK_STR(read_datetime("2023-02-29"), "wrong");
    CHECK_STR(read_datetime("2024-02-09 24:00:00"), "wrong");
    CHECK_STR(read_datetime("2024-02-09x"), "wrong");
    CHECK_STR(read_datetime("abc"), "wrong");
    CHECK_STR(read_datetime(""), "wrong");
    CHECK_STR(read_datetime("2024^02^09"), "unsure");
}

TEST(time_text, times_are_read_with_days_signs_and_fractions)
{
    CHECK_STR(read_time("10:11"), "10:11:00.000000");
    CHECK_STR(read_time("-1 02:03:04"), "-26:03:04.000000");
    CHECK_STR(read_time("101112"), "10:11:12.000000");
    CHECK_STR(read_time("838:59:59"), "838:59:59.000000");
    CHECK_STR(read_time("839:00:00"), "wrong");
    CHECK_STR(read_time("10:70:00"), "wrong");
    CHECK_STR(read_time("10:11:12.1234567"), "10:11:12.123457");
    CHECK_STR(read_time("x"), "wrong");
}

TEST(time_text, every_day_has_a_number_and_every_number_a_day)
{
    struct time_parts t = { 0 };
    CHECK(calendar_days(1970, 1, 1) == 719528);
    for (int64_t days = 366; days <= 3652424; days++) {
        calendar_date(days, &t);
        if (!calendar_has(&t) || calendar_days(t.year, t.month, t.day) != days)
            fail_msg("day %lld", (long long)days);
    }
}

UNIT_MAIN(RUN(time_text, dates_are_read_with_their_delimiters_or_without),
          RUN(time_text, times_are_read_with_days_signs_and_fractions),
          RUN(time_text, every_day_has_a_number_and_every_number_a_day))
