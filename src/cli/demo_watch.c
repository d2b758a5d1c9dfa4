/* demo_watch.c - see demo_watch.h. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_watch.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

enum { PATIENCE_MS = 2000 };

void demo_watch_clear(struct demo_watch *watch)
{
    connection_free(watch->connection);
    watch->connection = NULL;
}

static bool look_at_orders(struct demo_watch *watch, uint64_t *orders, uint64_t *largest,
                           struct err *err)
{
    const struct bytes *values;
    bool row = false;
    char text[2][24] = { "0", "0" };
    if (!connection_query(watch->connection, "SELECT COUNT(*), MAX(id) FROM shop.orders", err) ||
        !connection_next_row(watch->connection, &row, &values, err))
        return false;
    for (unsigned i = 0; row && i < 2; i++)
        snprintf(text[i], sizeof text[i], "%.*s", (int)values[i].len,
                 values[i].len > 0 ? (const char *)values[i].data : "");
    *orders = strtoull(text[0], NULL, 10);
    *largest = strtoull(text[1], NULL, 10);
    return connection_finish(watch->connection, err);
}

static bool is_column(const struct connection *connection, unsigned i, const char *name)
{
    return strcmp(connection_column_name(connection, i), name) == 0;
}

/* In the primary's log, as all of them count it. */
static bool look_at_place(struct demo_watch *watch, char *out, size_t size, struct err *err)
{
    bool is_mariadb = watch->node->kind == DEMO_MARIADB;
    const struct bytes *values;
    struct bytes file = { NULL, 0 }, offset = { NULL, 0 };
    bool row = false;
    if (!connection_query(watch->connection,
                          is_mariadb ? "SHOW SLAVE STATUS" : "SHOW BINARY LOG STATUS", err) ||
        !connection_next_row(watch->connection, &row, &values, err))
        return false;
    for (unsigned i = 0; row && i < connection_column_count(watch->connection); i++) {
        if (is_column(watch->connection, i, is_mariadb ? "Relay_Master_Log_File" : "File"))
            file = values[i];
        if (is_column(watch->connection, i, is_mariadb ? "Exec_Master_Log_Pos" : "Position"))
            offset = values[i];
    }
    snprintf(out, size, "%.*s:%.*s", (int)file.len, file.len > 0 ? (const char *)file.data : "",
             (int)offset.len, offset.len > 0 ? (const char *)offset.data : "");
    return connection_finish(watch->connection, err);
}

static bool connect_again(struct demo_watch *watch, struct err *err)
{
    if (watch->connection != NULL)
        return true;
    if (watch->node->pid == 0 ||
        !demo_node_connect(watch->node, watch->place, &watch->connection, err))
        return false;
    connection_set_read_timeout(watch->connection, PATIENCE_MS);
    return true;
}

void demo_watch_look(struct demo_watch *watch, const struct demo_load *load, struct demo_line *out)
{
    struct err err;
    uint64_t largest = watch->seen;
    const struct demo_node *source = watch->node->source;
    *out = (struct demo_line){ .name = watch->node->name,
                               .follows = source == NULL ? "" : source->name,
                               .port = watch->node->port };
    out->answers =
        connect_again(watch, &err) && look_at_orders(watch, &out->orders, &largest, &err);
    if (out->answers)
        out->lag_us = demo_load_age_us(load, largest);
    out->answers = out->answers && look_at_place(watch, out->place, sizeof out->place, &err);
    if (!out->answers) {
        demo_watch_clear(watch);
        return;
    }
    uint64_t now = clock_monotonic_us();
    if (watch->seen_us != 0 && largest >= watch->seen)
        out->orders_per_s =
            (double)(largest - watch->seen) * 1e6 / (double)(now - watch->seen_us + 1);
    watch->seen = largest;
    watch->seen_us = now;
}
