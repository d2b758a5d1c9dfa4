/* until_read.h - the words of START REPLICA ... UNTIL, as the place or the GTIDs that they name in
 * the log of this node. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "apply/until.h"
#include "engine/engine.h"
#include "session/session.h"

/* engine NULL: a relay, which is refused. On success out is to be cleared. Refused with the
 * servers' numbers: GTIDs that are none, or of the other flavour, a file that the log cannot come
 * to, and a position of a MariaDB that it passes by. Nothing is applied meanwhile. */
bool until_read(const struct session_until *asked, struct engine *engine, struct store *store,
                struct until *out, struct err *err) MUST_CHECK;
