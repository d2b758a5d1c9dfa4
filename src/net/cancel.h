/* cancel.h - "stop now", shared by everything that waits on a descriptor. Any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include "base/macros.h"

struct cancel;
struct cancel *cancel_new(void);
void cancel_free(struct cancel *cancel);
AUTO_DEFINE(cancel);
void cancel_fire(struct cancel *cancel); /* also from a signal handler */
bool cancel_fired(const struct cancel *cancel);
int cancel_fd(const struct cancel *cancel); /* readable once fired */
/* Sleeps; true when it was cut short by the cancel. */
bool cancel_sleep(struct cancel *cancel, unsigned ms) MUST_CHECK;
