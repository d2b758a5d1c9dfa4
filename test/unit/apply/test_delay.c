/* test_delay.c - a transaction is applied when it is as old as is asked, and what came before it is
 * committed meanwhile. The clock runs by itself: a second a look. */
// SPDX-License-Identifier: Apache-2.0
#include "apply_fixture.h"
#include <stdatomic.h>
#include "base/clock.h"

enum { DELAY_S = 30, APART_S = 100, ROWS = 4 };
#define US_PER_S UINT64_C(1000000)
#define LOGGED_S UINT64_C(1700000000) /* log_maker's time */

static _Atomic uint64_t now_us;           /* the store's syncer looks too */
static struct cancel *_Atomic fired_late; /* in the midst of a wait; NULL */

static uint64_t run_clock(void)
{
    if (fired_late != NULL && now_us > LOGGED_S * US_PER_S + (APART_S + 10) * US_PER_S)
        cancel_fire(fired_late);
    return atomic_fetch_add(&now_us, US_PER_S) + US_PER_S;
}

static const struct clock running = { run_clock, run_clock };

/* Of a MySQL: committed at the source i * APART_S after the log's time, somewhere else long before.
 */
static void log_insert_at(struct apply_fixture *a, int id)
{
    struct gtid_event event = { .gtid = log_maker_gtid(a->log.flavour, ++a->seq) };
    struct buf body;
    event.immediate_commit_us = (LOGGED_S + (uint64_t)id * APART_S) * US_PER_S;
    event.original_commit_us = event.immediate_commit_us - 5000 * US_PER_S;
    buf_init(&body, 4096);
    uint8_t type = gtid_event_encode(&event, &body);
    log_maker_event(&a->log, type, buf_bytes(&body));
    buf_clear(&body);
    log_maker_query(&a->log, "BEGIN", 0);
    log_table_map(a, 1, "t");
    log_insert(a, 1, id, "x");
    log_end(a);
}

static void begin(struct apply_fixture *a)
{
    apply_fixture_init(a, FLAVOUR_MYSQL);
    for (int id = 1; id <= ROWS; id++)
        log_insert_at(a, id);
    a->options.delay_s = DELAY_S;
    a->options.until_end = true;
    now_us = LOGGED_S * US_PER_S;
    clock_use(&running);
}

static void end(struct apply_fixture *a)
{
    clock_use(&clock_real);
    fired_late = NULL;
    apply_fixture_clear(a);
}

TEST(delay, each_transaction_waits_until_it_is_old_enough)
{
    struct apply_fixture a;
    begin(&a);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*), max(id) FROM \"shop.t\""), "4|4");
    CHECK(a.status.commits >= ROWS); /* one for the head of the file */
    CHECK(now_us >= (LOGGED_S + ROWS * APART_S + DELAY_S) * US_PER_S);
    CHECK(a.status.delayed_commit_us == 0);
    end(&a);
}

TEST(delay, what_is_old_enough_at_the_start_shares_a_commit)
{
    struct apply_fixture a;
    begin(&a);
    now_us = (LOGGED_S + ROWS * APART_S + DELAY_S) * US_PER_S;
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK(a.status.commits == 1);
    end(&a);
}

TEST(delay, whoever_waits_can_be_stopped_and_goes_on_later)
{
    struct apply_fixture a;
    begin(&a);
    fired_late = a.cancel; /* while the first waits: nothing of it is there */
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*) FROM \"shop.t\""), "0");
    fired_late = NULL;
    a.options.delay_s = 0;
    fixture_reopen(&a.f);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, "SELECT count(*), max(id) FROM \"shop.t\""), "4|4");
    end(&a);
}

TEST(delay, a_mariadb_transaction_is_as_old_as_its_events)
{
    struct apply_fixture a;
    apply_fixture_init(&a, FLAVOUR_MARIADB);
    log_one_insert(&a, 1, "x");
    a.options.delay_s = DELAY_S;
    a.options.until_end = true;
    now_us = LOGGED_S * US_PER_S;
    clock_use(&running);
    CHECK_OK(apply_all(&a), a.f.err);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|x");
    CHECK(now_us >= (LOGGED_S + DELAY_S) * US_PER_S);
    end(&a);
}

UNIT_MAIN(RUN(delay, each_transaction_waits_until_it_is_old_enough),
          RUN(delay, what_is_old_enough_at_the_start_shares_a_commit),
          RUN(delay, whoever_waits_can_be_stopped_and_goes_on_later),
          RUN(delay, a_mariadb_transaction_is_as_old_as_its_events))
