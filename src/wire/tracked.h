/* tracked.h - what an OK packet tells of the session's state, for clients that asked to know
 * (CLIENT_SESSION_TRACK): entries, one behind the other.
 *
 *   0   kind
 *   1   length of the rest, length-encoded
 *       VARIABLE  name, value, each length-encoded
 *       SCHEMA           name, length-encoded
 *       STATE            "1"
 *       GTIDS            00 (as text), the set, length-encoded
 *
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"

enum tracked {
    TRACKED_VARIABLE = 0,
    TRACKED_SCHEMA = 1,
    TRACKED_STATE = 2,
    TRACKED_GTIDS = 3,
};
enum { TRACKED_OVERHEAD_MAX = 32 }; /* bytes of an entry beside its texts */
/* name: of a variable only. Appended; only out->failed tells of no room. */
void tracked_encode(enum tracked kind, struct bytes name, struct bytes value, struct buf *out);
