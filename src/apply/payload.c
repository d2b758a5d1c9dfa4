/* payload.c - the events of a compressed transaction, each through its own handler. The payload is
 * one event of the log: its GTID came before it, and its end is the transaction's. */
// SPDX-License-Identifier: Apache-2.0
#include "apply/state.h"

enum { CANCEL_CHECK_EVENTS = 1024 };

bool apply_payload(struct apply *apply, const struct event *event, struct err *err)
{
    struct payload_event payload;
    struct event inner;
    bool more = false;
    if (!payload_decode(event, &payload, err) ||
        !payload_reader_start(apply->payload, &payload, err))
        return false;
    for (unsigned count = 1;; count++) {
        if (count % CANCEL_CHECK_EVENTS == 0 && apply_is_cancelled(apply))
            return err_set(err, ERR_CANCELLED, "asked to stop");
        if (!payload_reader_next(apply->payload, &inner, &more, err))
            return false;
        if (!more)
            return true;
        if (!apply_handle(apply, &inner, err))
            return err_wrap(err, "%s event in it", event_type_name(inner.header.type));
    }
}
