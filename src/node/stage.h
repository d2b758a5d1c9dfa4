/* stage.h - a stage of the node on a thread of its own: started, ended by its own cancel, joined,
 * and started again. Its functions belong to the node's thread; stage_has_ended to any. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include "base/err.h"
#include "net/cancel.h"

struct stage {
    const char *name;
    bool (*run)(void *arg, struct err *err); /* until `cancel` is fired */
    void (*on_end)(struct stage *stage);     /* its thread's last call; stage_has_ended by then */
    void *arg;
    struct cancel *cancel; /* new with each start; NULL before the first */
    pthread_t thread;
    bool started;
    atomic_bool ended;
    bool ok;        /* and why not; once joined */
    struct err err; /* ERR_NONE: it never ran */
};

void stage_prepare(struct stage *stage); /* a new cancel, for who is made to run with it */
bool stage_start(struct stage *stage, struct err *err) MUST_CHECK;
void stage_join(struct stage *stage); /* waits for its end; nothing when it was not started */
void stage_clear(struct stage *stage);
bool stage_has_ended(const struct stage *stage); /* its thread is through; not joined yet */
/* It ended by itself, with an error: not because it was cancelled, nor was it never started. */
bool stage_failed(const struct stage *stage);
