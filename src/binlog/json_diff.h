/* json_diff.h - MySQL's partial JSON: changes of a document, applied to its text.
 *
 * A partial value of PARTIAL_UPDATE_ROWS is a list, each member of it: operation (1: 0 replace,
 * 1 insert, 2 remove), path (lenenc and text), but for remove the new value (lenenc and json.h's
 * binary form). Paths are "$" and legs: .name, ."any name", [3], [last], [last-2].
 *
 * The text must be as json_text() writes it, and is again afterwards: what is not changed is copied
 * byte for byte, so numbers keep their form and opaque values their text. Members stand in MySQL's
 * order, by length and then by bytes. Bounded by the buffer's maximum; recursion by none. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/reader.h"

/* Puts the changed text into out, whose content is dropped. text is not in out. ERR_CONFLICT when
 * the document has not what a change asks for; ERR_CORRUPT when the list or the text is none;
 * ERR_UNSUPPORTED when the new text is larger than out may be. */
bool json_diff_apply(struct bytes text, struct bytes diffs, struct buf *out,
                     struct err *err) MUST_CHECK;

enum json_diff_operation { JSON_DIFF_REPLACE, JSON_DIFF_INSERT, JSON_DIFF_REMOVE };
struct json_diff {
    enum json_diff_operation operation;
    struct bytes path;
    struct bytes value; /* binary; empty for JSON_DIFF_REMOVE */
};
/* The next change of a list, borrowed from it; there is one while bytes are left. */
bool json_diff_next(struct reader *list, struct json_diff *diff, struct err *err) MUST_CHECK;
