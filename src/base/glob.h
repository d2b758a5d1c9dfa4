/* glob.h - patterns of names: * stands for any text, ? for any byte, all else for itself. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"
#include "base/buf.h"

enum glob_letters {
    GLOB_EXACT,
    GLOB_ANY_CASE /* of ASCII's letters */
};
bool glob_matches(struct bytes pattern, struct bytes text, enum glob_letters letters);
/* As MySQL's LIKE spells it: % and _, what is itself behind a backslash. */
void glob_print_like(struct bytes pattern, struct buf *out);
