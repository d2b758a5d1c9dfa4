/* gtid_wait.h - a client that waits until GTIDs are done here. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"
#include "session/session.h"
#include "store/store.h"

struct gtid_wait {
    struct gtid_set *wanted; /* NULL: it does not wait */
    uint64_t until_ms;       /* monotonic; UINT64_MAX: no end */
};

void gtid_wait_begin(struct gtid_wait *wait, struct gtid_set *wanted, uint64_t timeout_ms);
void gtid_wait_end(struct gtid_wait *wait);
/* by_log: what the log holds is done; else what the engine has applied. */
bool gtid_wait_is_reached(const struct gtid_wait *wait, const struct session_source *source,
                          struct store *store, bool by_log);
bool gtid_wait_is_over(const struct gtid_wait *wait); /* its time */
