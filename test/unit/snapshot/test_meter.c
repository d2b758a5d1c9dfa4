/* Progress and throttle, under a clock that the test moves. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/meter.h"
#include "base/clock.h"
#include "snapshot/copy.h"
#include "unit.h"

static uint64_t now_us;

static uint64_t read_clock(void)
{
    return now_us;
}

static const struct clock hand_clock = { read_clock, read_clock };

static const struct source_table sources[] = { { .db = "shop", .name = "item", .rows = 1000 },
                                               { .db = "shop", .name = "word", .rows = 500 } };
static const struct schema_table schemas[] = { { .source = &sources[0] },
                                               { .source = &sources[1] } };
static struct copy_table tables[2];
static struct snapshot_progress last;
static char last_tables[100];
static unsigned reports;

static void note_progress(const struct snapshot_progress *progress, void *arg)
{
    (void)arg;
    last = *progress;
    snprintf(last_tables, sizeof last_tables, "%s", progress->tables);
    reports++;
}

static struct copy_request begin(struct meter *meter, const struct snapshot_options *options)
{
    struct copy_request request = { .options = options, .tables = tables, .table_count = 2 };
    now_us = 1000000;
    reports = 0;
    clock_use(&hand_clock);
    for (unsigned i = 0; i < 2; i++) {
        tables[i].schema = &schemas[i];
        plan_whole(&tables[i].plan);
    }
    meter_init(meter, &request);
    return request;
}

TEST(meter, reports_twice_a_second_with_rate_and_time_left)
{
    struct snapshot_options options = { .progress = note_progress };
    struct meter meter;
    struct copy_request request = begin(&meter, &options);
    meter_report(&meter, &request);
    CHECK(reports == 1 && last.eta_s == -1 && last.rows_estimated == 1500);
    now_us += 400000;
    meter_report(&meter, &request);
    CHECK(reports == 1);
    meter_add(&meter, 0, 300, 6000);
    meter_add(&meter, 1, 200, 4000);
    now_us += 600000;
    meter_report(&meter, &request);
    CHECK(reports == 2 && last.rows_done == 500 && last.bytes_done == 10000);
    CHECK(last.eta_s == 2 && last.rows_per_s > 499 && last.rows_per_s < 501);
    CHECK_STR(last_tables, "shop.word, shop.item");
    meter_clear(&meter);
}

TEST(meter, what_is_done_is_not_named_and_an_estimate_never_falls_behind)
{
    struct snapshot_options options = { .progress = note_progress };
    struct meter meter;
    struct copy_request request = begin(&meter, &options);
    meter_add(&meter, 0, 4000, 1);
    meter_add(&meter, 1, 10, 1);
    tables[0].plan.slices[0].done = true;
    now_us += 1000000;
    meter_report(&meter, &request);
    CHECK(last.rows_done == 4010 && last.rows_estimated == 4010 && last.eta_s == 0);
    CHECK_STR(last_tables, "shop.word");
    meter_clear(&meter);
}

TEST(meter, tables_that_an_earlier_run_finished_count_as_done)
{
    struct snapshot_options options = { .progress = note_progress };
    struct meter meter;
    struct copy_request request = begin(&meter, &options);
    meter_clear(&meter);
    tables[0].plan.slices[0].done = true;
    meter_init(&meter, &request);
    CHECK(meter.tables_done == 1 && meter.rows_estimated == 500);
    meter_clear(&meter);
}

TEST(meter, the_throttle_holds_the_average)
{
    struct snapshot_options options = { .progress = NULL };
    struct meter meter;
    begin(&meter, &options);
    meter_add(&meter, 0, 1, 5000);
    CHECK(meter_wait_ms(&meter, 0) == 0);
    CHECK(meter_wait_ms(&meter, 1000) == 5000);
    now_us += 2000000;
    CHECK(meter_wait_ms(&meter, 1000) == 3000);
    now_us += 4000000;
    CHECK(meter_wait_ms(&meter, 1000) == 0);
    CHECK(meter_wait_ms(&meter, 1) <= 60000);
    meter_clear(&meter);
}

UNIT_MAIN(RUN(meter, reports_twice_a_second_with_rate_and_time_left),
          RUN(meter, what_is_done_is_not_named_and_an_estimate_never_falls_behind),
          RUN(meter, tables_that_an_earlier_run_finished_count_as_done),
          RUN(meter, the_throttle_holds_the_average))
