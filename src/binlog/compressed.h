/* compressed.h - MariaDB's compressed part of an event (165 to 171): the text of a query, the rows
 * of a rows event.
 *
 *   offset size
 *        0    1  80 | algorithm << 4 (0: zlib) | n (1 to 4)
 *        1    n  length when uncompressed, big-endian
 *      1+n  ...  zlib stream
 *
 * Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"

/* Appends the uncompressed bytes to out. ERR_UNSUPPORTED for another algorithm; ERR_CORRUPT when
 * the stream does not give exactly the length it says, or that is more than out may hold. */
bool compressed_decode(struct bytes blob, struct buf *out, struct err *err) MUST_CHECK;
