/* charset.h - MySQL character sets: names, collation ids, and exact conversion to UTF-8.
 *
 * Single-byte sets are tables (charset_tables.def, as the servers convert them); the East Asian
 * ones go through iconv with the servers' own exceptions on top. A byte sequence that is not valid
 * in its charset is ERR_CORRUPT for the caller to decide about: it never becomes '?'. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"

struct charset; /* static; compare pointers */
const struct charset *
charset_by_name(const char *name); /* "utf8" = "utf8mb3"; any case; NULL: unknown */
const struct charset *
charset_by_collation_id(unsigned id); /* 33, 45, 63, 255, 2304 …; NULL: unknown */
const struct charset *charset_by_collation(const char *collation); /* "utf8mb4_0900_ai_ci" */
const char *charset_name(const struct charset *charset);
const char *charset_default_collation(const struct charset *charset); /* MySQL's, for DDL */
unsigned charset_max_bytes(const struct charset *charset);            /* of one character */
bool charset_is_binary(const struct charset *charset);
/* A byte below 0x80 is that ASCII character, wherever it stands: a lexer can read such text. */
bool charset_keeps_ascii(const struct charset *charset);
/* "latin1_swedish_ci"; MySQL's name where MariaDB has another for the id; NULL: unknown. */
const char *charset_collation_name(unsigned id);
/* UTF-8 bytes of text. Without copying when the text is already right: *out then borrows `text`.
 * Else *out lives in `scratch` (reset by this call) until its next use. utf8mb3/utf8mb4/ascii are
 * validated, and binary bytes pass when they are UTF-8. ERR_SYSTEM: the C library has no converter
 * for an East Asian set. Any thread. */
bool charset_to_utf8(const struct charset *charset, struct bytes text, struct buf *scratch,
                     struct bytes *out, struct err *err) MUST_CHECK;
/* The other way. ERR_CONFLICT: a character that the set has not; ERR_UNSUPPORTED: ucs2, utf16,
 * utf32, and East Asian sets above ASCII, which nobody here converts to. utf8 is UTF-8 already, and
 * not looked at. */
bool charset_from_utf8(const struct charset *charset, struct bytes utf8, struct buf *scratch,
                       struct bytes *out, struct err *err) MUST_CHECK;
unsigned charset_collation_id(const char *collation); /* of its name; 0: unknown */
