/* charset_internal.h - shared by charset.c (names), charset_convert.c and charset_iconv.c; nobody
 * else includes it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/charset.h"

enum charset_id {
#define CHARSET(id, name, max_bytes, form, collation) CHARSET_##id,
#include "sql/charsets.def"
#undef CHARSET
    CHARSET_COUNT
};

enum charset_form {
    FORM_BINARY, /* no text; passes when it happens to be UTF-8 */
    FORM_UTF8,
    FORM_SINGLE,          /* a byte a character, the lower half is ASCII */
    FORM_SINGLE_NO_ASCII, /* a byte a character */
    FORM_UCS2,            /* big-endian, no surrogates */
    FORM_UTF16,           /* big-endian */
    FORM_UTF16LE,
    FORM_UTF32, /* big-endian */
    FORM_ICONV, /* East Asian sets above ASCII */
};

struct charset {
    const char *name;
    const char *default_collation;
    uint8_t max_bytes;
    enum charset_form form;
    enum charset_id id;
};

/* Length of the ASCII text at the start. */
size_t ascii_prefix(struct bytes text);
/* Writes a character that UTF-8 can hold (no surrogate, up to 10ffff); returns its size, 1 to 4. */
size_t utf8_put(uint8_t *out, uint32_t character);
bool charset_corrupt(const struct charset *charset, struct bytes text, size_t at, struct err *err);
/* Appends the UTF-8 form; out has room for 3 bytes for each of text's. */
bool charset_iconv_append(const struct charset *charset, struct bytes text, struct buf *out,
                          struct err *err) MUST_CHECK;
