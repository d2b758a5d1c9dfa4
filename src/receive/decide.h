/* decide.h - what to do after a failure, and how long to wait: pure decisions over gathered facts.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#include "base/err.h"

/* Whose failure it was. */
enum receive_fault {
    FAULT_CONNECTION, /* it could not be made, it broke, or the source said no */
    FAULT_STORE,      /* the log here took no more */
    FAULT_SOURCE,     /* what the source sent or said cannot be followed */
};

struct failure_facts {
    enum receive_fault fault;
    bool cancelled;
    bool fetches_whole; /* no failure: an answer by GTID named the file to ask for next */
    bool has_streamed;  /* since this process started */
    bool is_known;      /* the log, or the rows, came from a source: one was met before */
    uint32_t server_id; /* ours */
};

enum verdict { VERDICT_RETRY, VERDICT_RETRY_NOW, VERDICT_STOP, VERDICT_CANCELLED };

/* A source that was followed before comes back by itself; what a person must set right stops the
 * receiver until its first stream, and what would endanger the data always. err gets what to do
 * where that is known, and the code ERR_CONFIG where the account or its rights are wrong. */
enum verdict decide_after_failure(const struct failure_facts *facts, struct err *err);

/* The server said no to the account: to its password, its host or its privileges. */
bool decide_is_account_error(const struct err *err);

/* Two replicas with one server id throw each other out for ever. */
bool decide_is_id_clash(const struct err *err);

/* The wait before the next attempt, twice the last one up to max_ms. A connection that brought
 * something starts again with the shortest, but not where two replicas take turns. */
enum { WAIT_FIRST_MS = 100 };
unsigned decide_wait_ms(unsigned last_ms, unsigned max_ms, bool brought_something,
                        const struct err *err);
