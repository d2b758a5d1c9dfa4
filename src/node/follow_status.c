/* follow_status.c - how the source is followed: copies, for any thread. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "node/follow_state.h"
#include "node/source_view.h"

static void print_address(const struct source_address *address, char *out, size_t size)
{
    if (address->socket_path != NULL)
        snprintf(out, size, "%s", address->socket_path);
    else if (address->host == NULL)
        out[0] = 0;
    else
        snprintf(out, size, "%s:%u", address->host, address->port);
}

static void fill_status(struct follow *follow, struct follow_status *out)
{
    out->has_receive = follow->receive != NULL;
    out->has_apply = follow->apply != NULL;
    if (out->has_receive)
        receive_status(follow->receive, &out->receive);
    if (out->has_apply)
        apply_status(follow->apply, &out->apply);
    const struct totals *totals = &follow->totals;
    out->receive.bytes += totals->bytes;
    out->receive.transactions += totals->transactions;
    out->receive.connects += totals->connects;
    out->receive.acknowledgements += totals->acknowledgements;
    out->apply.transactions += totals->applied_transactions;
    out->apply.rows += totals->applied_rows;
    out->receive_is_stopped = follow->receive_is_stopped;
    out->apply_is_stopped = follow->apply_is_stopped;
    out->delay_s = follow->source.delay_s;
    print_address(&follow->source.address, out->address, sizeof out->address);
}

void follow_status(struct follow *follow, struct follow_status *out)
{
    memset(out, 0, sizeof *out);
    out->apply.state = "starting";
    pthread_mutex_lock(&follow->lock);
    fill_status(follow, out);
    pthread_mutex_unlock(&follow->lock);
}

void follow_describe(struct session_source *out, struct follow *follow)
{
    struct store *store = follow->options.store;
    char durable_file[LOG_NAME_MAX + 1];
    struct follow_status status = { .apply.state = "starting" };
    struct source_facts facts = { .receive = &status.receive,
                                  .apply = follow->options.engine == NULL ? NULL : &status.apply,
                                  .durable_file = durable_file,
                                  .durable = store_durable_end(store),
                                  .now_s = clock_wall_us() / 1000000 };
    store_file_name(store, facts.durable.file, durable_file);
    pthread_mutex_lock(&follow->lock);
    fill_status(follow, &status);
    facts.source = &follow->source;
    facts.until_kind = follow->until_kind;
    facts.until = &follow->until;
    facts.system_time_zone = follow->options.identity->source_time_zone;
    source_view_fill(out, &facts);
    pthread_mutex_unlock(&follow->lock);
    apply_status_clear(&status.apply);
}

struct log_pos follow_needed_from(struct follow *follow)
{
    pthread_mutex_lock(&follow->lock);
    struct log_pos needed =
        follow->apply != NULL ? apply_synced_end(follow->apply) : (struct log_pos){ 0, 0 };
    bool has_apply = follow->apply != NULL;
    pthread_mutex_unlock(&follow->lock);
    bool is_applied_later = follow->options.engine != NULL; /* the first copy runs */
    return has_apply || is_applied_later ? needed : store_durable_end(follow->options.store);
}
