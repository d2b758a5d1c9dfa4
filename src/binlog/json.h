/* json.h - MySQL's binary JSON to text, byte for byte as MySQL 9.7 prints it.
 *
 * A value is a type byte and a body (MySQL "json_binary.h"):
 *
 *   00 01   object, small (2-byte numbers below) and large (4-byte numbers)
 *   02 03   array, small and large
 *   04      literal: 0 null, 1 true, 2 false
 *   05..0a  int16 uint16 int32 uint32 int64 uint64
 *   0b      double
 *   0c      string: length in groups of seven bits, UTF-8
 *   0f      opaque: column type, length as of a string, data
 *
 * A container is its count of members, its size, for objects a key entry a member (offset, length
 * u16), a value entry a member (type, offset or the value itself where it fits), then keys and
 * values. Offsets count from the container's first byte.
 *
 * Bounded whatever the bytes say: depth by JSON_DEPTH_MAX, output by the buffer's maximum, and
 * every step writes output. Pure; any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"

enum { JSON_DEPTH_MAX = 100 }; /* MySQL's own limit */

/* Appends the text of one value; no bytes at all are the JSON null (MySQL's rule). ERR_CORRUPT for
 * bytes that are no JSON, ERR_UNSUPPORTED when the text is larger than the room in out; out then
 * holds a part of it. */
bool json_text(struct bytes binary, struct buf *out, struct err *err) MUST_CHECK;
/* Appends the document as MySQL stores it, from any JSON text (RFC 8259): members by their names'
 * length and then bytes, of twins the last; numbers by what they look like (integers, else
 * double). ERR_CORRUPT for what is no JSON, with the offset; ERR_UNSUPPORTED for more than
 * JSON_DEPTH_MAX levels or more than out has room for. */
bool json_binary(struct bytes text, struct buf *out, struct err *err) MUST_CHECK;
/* Appends a string with its quotes, as json_text does. */
void json_quote(struct buf *out, struct bytes text);
