/* acknowledge.c - see acknowledge.h. */
// SPDX-License-Identifier: Apache-2.0
#include "receive/acknowledge.h"
#include "receive/naming.h"

void acknowledge_init(struct acknowledge *ack, struct receive *receive,
                      struct connection *connection)
{
    *ack = (struct acknowledge){ .receive = receive, .connection = connection };
}

void acknowledge_want(struct acknowledge *ack)
{
    ack->wanted = store_write_end(ack->receive->options.store);
}

bool acknowledge_is_due(const struct acknowledge *ack)
{
    return log_pos_compare(ack->wanted, ack->answered) > 0;
}

/* How far all that the policy names have it. */
static struct log_pos safe_place(const struct acknowledge *ack)
{
    const struct receive_options *o = &ack->receive->options;
    struct log_pos durable = store_durable_end(o->store);
    if (o->ack_after == 0)
        return durable;
    struct log_pos below = o->acked_below(o->ack_after, o->arg);
    return log_pos_compare(below, durable) < 0 ? below : durable;
}

bool acknowledge_send(struct acknowledge *ack, struct err *err)
{
    char stored[LOG_NAME_MAX + 1];
    char file[LOG_NAME_MAX + 1];
    if (!acknowledge_is_due(ack))
        return true;
    struct log_pos place = safe_place(ack);
    if (log_pos_compare(place, ack->wanted) > 0)
        place = ack->wanted;
    if (log_pos_compare(place, ack->answered) <= 0)
        return true;
    store_file_name(ack->receive->options.store, place.file, stored);
    naming_source_name(stored, file);
    if (!connection_acknowledge(ack->connection, file, place.offset, err))
        return false;
    ack->answered = place;
    receive_note_acknowledged(ack->receive);
    return true;
}

/* The place may become safe between the look and the wait: whoever moves it fires the signal, which
 * stays readable until it is taken back here. */
bool acknowledge_until_readable(struct acknowledge *ack, struct err *err)
{
    bool readable = connection_is_readable(ack->connection);
    uint64_t deadline_ms = connection_read_deadline(ack->connection);
    while (!readable && acknowledge_is_due(ack)) {
        struct nudge *moved = ack->receive->moved;
        if (!connection_wait(ack->connection, nudge_fd(moved), deadline_ms, &readable, err))
            return false;
        nudge_take(moved);
        if (!acknowledge_send(ack, err))
            return false;
    }
    return true;
}
