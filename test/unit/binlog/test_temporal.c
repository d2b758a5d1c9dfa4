/* test_temporal.c - packed forms, texts and instants, against each other and the C library. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <time.h>
#include "binlog/temporal.h"

static void check_round(const char *text, unsigned scale, bool is_time)
{
    struct time_parts parts, again;
    char shown[TEMPORAL_TEXT_MAX];
    struct err err;
    void **unit_state = NULL;
    if (is_time) {
        CHECK_OK(temporal_parse_time(bytes_of_str(text), &parts, &err), err);
        CHECK(temporal_unpack_time(temporal_pack_time(&parts), &again));
        CHECK(temporal_time_text(&again, scale, shown) == strlen(text));
    } else {
        CHECK_OK(temporal_parse_datetime(bytes_of_str(text), &parts, &err), err);
        CHECK(temporal_unpack_datetime(temporal_pack_datetime(&parts), &again));
        CHECK(temporal_datetime_text(&again, scale, shown) == strlen(text));
    }
    CHECK_STR(shown, text);
}

TEST(temporal, times_survive_packing_and_printing)
{
    (void)unit_state;
    check_round("00:00:00", 0, true);
    check_round("-00:00:00.000001", 6, true);
    check_round("-838:59:59.999999", 6, true);
    check_round("838:59:59.9", 1, true);
    check_round("100:00:00.1234", 4, true);
    check_round("-01:02:03.456", 3, true);
}

TEST(temporal, datetimes_with_zero_parts_survive_packing_and_printing)
{
    (void)unit_state;
    check_round("0000-00-00 00:00:00", 0, false);
    check_round("0000-00-00 00:00:00.000000", 6, false);
    check_round("2024-00-00 00:00:00.5", 1, false);
    check_round("2024-02-31 23:59:59.99999", 5, false);
    check_round("9999-12-31 23:59:59.999999", 6, false);
    check_round("1000-01-01 00:00:00.00", 2, false);
}

TEST(temporal, dates_print_as_they_are_parsed)
{
    static const char *const texts[] = { "0000-00-00", "1000-01-01", "2024-02-29", "9999-12-31" };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct time_parts parts;
        char shown[TEMPORAL_TEXT_MAX];
        struct err err;
        CHECK_OK(temporal_parse_date(bytes_of_str(texts[i]), &parts, &err), err);
        CHECK(temporal_date_text(&parts, shown) == 10);
        CHECK_STR(shown, texts[i]);
    }
}

TEST(temporal, instants_agree_with_the_c_library_up_to_2106)
{
    for (uint64_t second = 1; second <= TIMESTAMP_SECONDS_MAX; second += 86400 * 3 + 4567) {
        char want[64];
        char got[TEMPORAL_TEXT_MAX];
        uint64_t micros;
        struct err err;
        time_t when = (time_t)second;
        struct tm tm;
        gmtime_r(&when, &tm);
        strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
        temporal_timestamp_text(second * 1000000 + 999999, 0, got);
        CHECK_STR(got, want);
        CHECK_OK(temporal_parse_timestamp(bytes_of_str(want), &micros, &err), err);
        CHECK(micros == second * 1000000);
    }
}

TEST(temporal, instants_at_the_edges_are_exact)
{
    static const struct {
        const char *text;
        uint64_t micros;
        unsigned scale;
    } cases[] = {
        { "0000-00-00 00:00:00", 0, 0 },
        { "0000-00-00 00:00:00.000000", 0, 6 },
        { "1970-01-01 00:00:00.000001", 1, 6 },
        { "1970-01-01 00:00:01", 1000000, 0 },
        { "2000-02-29 00:00:00.50", 951782400500000, 2 },
        { "2038-01-19 03:14:07.999999", 2147483647999999, 6 },
        { "2100-02-28 23:59:59", 4107542399000000, 0 },
        { "2106-02-07 06:28:15.999", 4294967295999000, 3 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[TEMPORAL_TEXT_MAX];
        uint64_t micros;
        struct err err;
        temporal_timestamp_text(cases[i].micros, cases[i].scale, text);
        CHECK_STR(text, cases[i].text);
        CHECK_OK(temporal_parse_timestamp(bytes_of_str(text), &micros, &err), err);
        CHECK(micros == cases[i].micros);
    }
}

TEST(temporal, text_that_no_server_prints_is_corrupt)
{
    static const char *const texts[] = {
        "",
        "-",
        "12",
        "12:34",
        "1:02:03",
        "12:60:00",
        "12:00:60",
        "839:00:00",
        "1000:00:00",
        "12:34:56.",
        "12:34:56.1234567",
        "12:34:56 ",
        " 12:34:56",
        "2024-02-29T00:00:00",
        "2024-2-29",
        "2024-13-01",
        "2024-01-32",
        "24-01-01",
        "2024-02-29 24:00:00",
        "2024-02-29 12:34",
        "-2024-02-29",
        "2024-02-29 12:34:56.x",
        "abc",
        "--01:00:00",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct bytes text = bytes_of_str(texts[i]);
        struct time_parts parts;
        uint64_t micros;
        struct err err;
        CHECK(!temporal_parse_date(text, &parts, &err) && err.code == ERR_CORRUPT);
        CHECK(!temporal_parse_time(text, &parts, &err) && err.code == ERR_CORRUPT);
        CHECK(!temporal_parse_datetime(text, &parts, &err) && err.code == ERR_CORRUPT);
        CHECK(!temporal_parse_timestamp(text, &micros, &err) && err.code == ERR_CORRUPT);
    }
}

TEST(temporal, instants_outside_of_1970_to_2106_are_corrupt)
{
    static const char *const texts[] = { "1969-12-31 23:59:59", "2106-02-07 06:28:16",
                                         "2024-00-01 00:00:00", "2024-01-00 00:00:00",
                                         "0000-00-00 00:00:01", "9999-12-31 23:59:59" };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        uint64_t micros;
        struct err err;
        CHECK(!temporal_parse_timestamp(bytes_of_str(texts[i]), &micros, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
}

TEST(temporal, packed_numbers_with_impossible_parts_are_refused)
{
    struct time_parts parts = { .year = 2024, .month = 2, .day = 29, .hour = 12 };
    int64_t packed = temporal_pack_datetime(&parts);
    struct time_parts out;
    CHECK(temporal_unpack_datetime(packed, &out));
    CHECK(!temporal_unpack_datetime(-packed, &out));
    CHECK(!temporal_unpack_datetime(packed | 1000000, &out));
    CHECK(!temporal_unpack_datetime(packed | (int64_t)31 << 36, &out)); /* hour 31 */
    CHECK(!temporal_unpack_datetime(packed | (int64_t)63 << 24, &out)); /* second 63 */
    CHECK(!temporal_unpack_datetime(INT64_MAX, &out));
    CHECK(!temporal_unpack_time((int64_t)839 << 36, &out));
    CHECK(!temporal_unpack_time(INT64_MIN, &out));
    CHECK(!temporal_unpack_time(1000000, &out));
}

UNIT_MAIN(RUN(temporal, times_survive_packing_and_printing),
          RUN(temporal, datetimes_with_zero_parts_survive_packing_and_printing),
          RUN(temporal, dates_print_as_they_are_parsed),
          RUN(temporal, instants_agree_with_the_c_library_up_to_2106),
          RUN(temporal, instants_at_the_edges_are_exact),
          RUN(temporal, text_that_no_server_prints_is_corrupt),
          RUN(temporal, instants_outside_of_1970_to_2106_are_corrupt),
          RUN(temporal, packed_numbers_with_impossible_parts_are_refused))
