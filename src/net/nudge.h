/* nudge.h - "look again", from any thread to one that waits on descriptors. It stays fired until it
 * is taken, so nothing is missed between looking and waiting. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"

struct nudge;
struct nudge *nudge_new(void);
void nudge_free(struct nudge *nudge); /* NULL is allowed */
AUTO_DEFINE(nudge);
void nudge_fire(struct nudge *nudge);              /* any thread; never blocks */
void nudge_take(struct nudge *nudge);              /* not fired any more */
void nudge_wait(struct nudge *nudge, unsigned ms); /* until it is fired, and takes it, or so long */
int nudge_fd(const struct nudge *nudge);
