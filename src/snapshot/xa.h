/* xa.h - prepared XA transactions of the source: a copy does not see their changes, and the log
 * after the copy's point has only their COMMIT. So a point is taken where there are none. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include "base/err.h"

struct connection;

/* *count: how many there are; first: the oldest one's name, or "". An account that may not ask
 * (MySQL: XA_RECOVER_ADMIN) gets 0: a COMMIT of an unknown one stops the node later. */
bool xa_prepared(struct connection *connection, unsigned *count, char *first, size_t size,
                 struct err *err) MUST_CHECK;
