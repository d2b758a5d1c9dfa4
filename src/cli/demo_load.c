/* demo_load.c - see demo_load.h. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_load.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/memory.h"

enum { STATEMENT_MAX = 512, RETRY_US = 50000 };

struct demo_load {
    const struct demo_node *primary;
    const struct demo_place *place;
    pthread_t threads[DEMO_WRITERS];
    atomic_bool is_stopping;
    atomic_uint_fast64_t next;
    atomic_uint_fast64_t acknowledged;
    atomic_uint_fast64_t newest;
    pthread_mutex_t lock; /* of failure */
    struct err failure;
    atomic_uint_fast64_t times[]; /* of each order's acknowledgement; 0: none */
};

/* ---- the tables ---- */

static bool add_items(struct connection *connection, struct err *err)
{
    char sql[STATEMENT_MAX];
    for (unsigned i = 1; i <= DEMO_ITEMS; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO shop.item (id, title, price, stock) VALUES (%u, 'Item №%u', %u.%02u, "
                 "100000)",
                 i, i, 1 + i % 90, i * 7 % 100);
        if (!connection_execute(connection, sql, err))
            return false;
    }
    return true;
}

bool demo_load_schema(const struct demo_node *primary, const struct demo_place *place,
                      struct err *err)
{
    static const char *const statements[] = {
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "CREATE TABLE shop.item (id INT UNSIGNED PRIMARY KEY, title VARCHAR(60) NOT NULL, "
        "price DECIMAL(8,2) NOT NULL, stock INT NOT NULL)",
        "CREATE TABLE shop.orders (id BIGINT UNSIGNED PRIMARY KEY, item INT UNSIGNED NOT NULL, "
        "pieces SMALLINT NOT NULL, paid DECIMAL(10,2) NOT NULL, note VARCHAR(80), "
        "placed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY (item))",
    };
    AUTO(connection) connection = NULL;
    if (!demo_node_connect(primary, place, &connection, err))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
        if (!connection_execute(connection, statements[i], err))
            return err_wrap(err, "%s", statements[i]);
    return connection_execute(connection, "BEGIN", err) && add_items(connection, err) &&
           connection_execute(connection, "COMMIT", err);
}

/* ---- a client ---- */

static bool place_order(struct connection *connection, uint64_t order, struct err *err)
{
    char insert[STATEMENT_MAX], update[STATEMENT_MAX];
    unsigned item = 1 + (unsigned)(order * 7919 % DEMO_ITEMS);
    unsigned pieces = 1 + (unsigned)(order % 5);
    snprintf(
        insert, sizeof insert,
        "INSERT INTO shop.orders (id, item, pieces, paid, note) VALUES (%llu, %u, %u, %u.%02u, "
        "%s)",
        (unsigned long long)order, item, pieces, pieces * (1 + item % 90), item * 7 % 100,
        order % 3 == 0 ? "'für später ✓'" : "NULL");
    snprintf(update, sizeof update, "UPDATE shop.item SET stock = stock - %u WHERE id = %u", pieces,
             item);
    return connection_execute(connection, "BEGIN", err) &&
           connection_execute(connection, insert, err) &&
           connection_execute(connection, update, err) &&
           connection_execute(connection, "COMMIT", err);
}

static void note_order(struct demo_load *load, uint64_t order)
{
    uint64_t newest = atomic_load(&load->newest);
    atomic_store(&load->times[order], clock_monotonic_us());
    atomic_fetch_add(&load->acknowledged, 1);
    while (order > newest && !atomic_compare_exchange_weak(&load->newest, &newest, order)) {
    }
}

static void fail(struct demo_load *load, const struct err *err)
{
    pthread_mutex_lock(&load->lock);
    load->failure = *err;
    pthread_mutex_unlock(&load->lock);
    atomic_store(&load->is_stopping, true);
}

/* A server that goes away says so, or says nothing. */
static bool is_lost(const struct err *err)
{
    enum { SHUTTING_DOWN = 1053 };
    return err->code != ERR_REFUSED || err->server_errno == SHUTTING_DOWN;
}

static void write_orders(struct demo_load *load, struct connection *connection)
{
    while (!atomic_load(&load->is_stopping)) {
        struct err err;
        uint64_t order = atomic_fetch_add(&load->next, 1);
        if (order >= DEMO_ORDERS_MAX)
            return;
        if (place_order(connection, order, &err)) {
            note_order(load, order);
            continue;
        }
        if (!is_lost(&err))
            fail(load, &err);
        return;
    }
}

static void *run_writer(void *arg)
{
    struct demo_load *load = arg;
    while (!atomic_load(&load->is_stopping) && atomic_load(&load->next) < DEMO_ORDERS_MAX) {
        AUTO(connection) connection = NULL;
        struct err err;
        if (demo_node_connect(load->primary, load->place, &connection, &err))
            write_orders(load, connection);
        else
            usleep(RETRY_US);
    }
    return NULL;
}

struct demo_load *demo_load_start(const struct demo_node *primary, const struct demo_place *place)
{
    struct demo_load *load =
        memory_new(sizeof *load + DEMO_ORDERS_MAX * sizeof(atomic_uint_fast64_t));
    load->primary = primary;
    load->place = place;
    atomic_store(&load->next, 1);
    pthread_mutex_init(&load->lock, NULL);
    for (unsigned i = 0; i < DEMO_WRITERS; i++)
        if (pthread_create(&load->threads[i], NULL, run_writer, load) != 0)
            abort();
    return load;
}

bool demo_load_stop(struct demo_load *load, struct err *err)
{
    atomic_store(&load->is_stopping, true);
    for (unsigned i = 0; i < DEMO_WRITERS; i++)
        pthread_join(load->threads[i], NULL);
    if (load->failure.code == ERR_NONE)
        return true;
    *err = load->failure;
    return err_wrap(err, "a client of the primary");
}

void demo_load_free(struct demo_load *load)
{
    if (load == NULL)
        return;
    pthread_mutex_destroy(&load->lock);
    free(load);
}

/* ---- what is known of it ---- */

uint64_t demo_load_acknowledged(const struct demo_load *load)
{
    return atomic_load(&load->acknowledged);
}

bool demo_load_has(const struct demo_load *load, uint64_t order)
{
    return order < DEMO_ORDERS_MAX && atomic_load(&load->times[order]) != 0;
}

uint64_t demo_load_newest(const struct demo_load *load)
{
    return atomic_load(&load->newest);
}

uint64_t demo_load_age_us(const struct demo_load *load, uint64_t seen)
{
    uint64_t newest = demo_load_newest(load);
    for (uint64_t order = seen + 1; order <= newest; order++) {
        uint64_t at = atomic_load(&load->times[order]);
        uint64_t now = clock_monotonic_us();
        if (at != 0)
            return now > at ? now - at : 0;
    }
    return 0;
}
