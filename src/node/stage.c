/* stage.c - see stage.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/stage.h"
#include <errno.h>
#include <string.h>

void stage_prepare(struct stage *stage)
{
    cancel_free(stage->cancel);
    stage->cancel = cancel_new();
}

static void *stage_main(void *arg)
{
    struct stage *stage = arg;
    stage->ok = stage->run(stage->arg, &stage->err);
    atomic_store(&stage->ended, true);
    stage->on_end(stage);
    return NULL;
}

bool stage_start(struct stage *stage, struct err *err)
{
    memset(&stage->err, 0, sizeof stage->err);
    stage->ok = true;
    atomic_store(&stage->ended, false);
    int rc = pthread_create(&stage->thread, NULL, stage_main, stage);
    if (rc != 0) {
        errno = rc;
        return err_sys(err, "start the thread of %s", stage->name);
    }
    stage->started = true;
    return true;
}

void stage_join(struct stage *stage)
{
    if (!stage->started)
        return;
    pthread_join(stage->thread, NULL);
    stage->started = false;
}

void stage_clear(struct stage *stage)
{
    cancel_free(stage->cancel);
    stage->cancel = NULL;
}

bool stage_has_ended(const struct stage *stage)
{
    return stage->started && atomic_load(&stage->ended);
}

bool stage_failed(const struct stage *stage)
{
    return !stage->ok && stage->err.code != ERR_NONE && stage->err.code != ERR_CANCELLED;
}
