/* text.h - bytes from outside as text that cannot break a line, a terminal or a JSON string. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"

enum text_escape_form {
    TEXT_LINE, /* \n \t \r \\ and \xNN */
    TEXT_JSON, /* \n \t \r \\ \" and \u00NN; bytes that are no UTF-8 become U+FFFD */
};

/* Appends text; control characters and bytes that are no UTF-8 are escaped. */
void text_escape(struct bytes text, enum text_escape_form form, struct buf *out);
/* The size of the UTF-8 character at the start of text (not empty); 0: there is none. */
size_t text_utf8_size(struct bytes text);
