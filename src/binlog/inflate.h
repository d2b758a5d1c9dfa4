/* inflate.h - zlib and raw deflate streams whose content has a known size, in one go.
 *
 * What libdeflate needs for it is made once a thread, and freed with the thread: content is
 * unpacked value by value. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"

enum inflate_form { INFLATE_ZLIB, INFLATE_RAW };
/* False: the stream is broken, or its content is not of exactly that size. */
bool inflate_into(struct bytes stream, enum inflate_form form, uint8_t *content, size_t size);
