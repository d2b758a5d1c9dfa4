/* follow_state.h - what follow.c and follow_status.c share: the stages and whom they follow. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "node/follow.h"
#include "node/stage.h"

/* What ended stages counted: a start begins anew, what is told goes on. */
struct totals {
    uint64_t bytes, transactions, connects, acknowledgements;
    uint64_t applied_transactions, applied_rows;
};

struct follow {
    struct follow_options options;
    struct stage receiving;
    struct stage applying;
    char first_file[LOG_NAME_MAX + 1];
    atomic_bool is_lenient; /* a failed stage does not end the node */
    atomic_bool receive_is_stopped;
    atomic_bool apply_is_stopped;
    pthread_mutex_t lock; /* guards what follows; the node's thread alone changes it */
    struct followed source;
    struct receive *receive;
    struct apply *apply;
    enum session_until_kind until_kind; /* of the last START of apply */
    struct until until;
    struct totals totals;
};
