/* collation.h - which charset and collation a definition means, from what it says and inherits. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "binlog/gtid.h" /* enum flavour */

struct collation {
    const char *charset;   /* never NULL once settled */
    const char *collation; /* "" when nobody knows */
};

/* What is said (either may be NULL; "" is DEFAULT: inherit), over what is inherited. `overrides` is
 * MariaDB's character_set_collations ("utf8mb4=utf8mb4_uca1400_ai_ci,…") or NULL. */
struct collation collation_settle(enum flavour flavour, const char *overrides,
                                  struct collation said, struct collation inherited,
                                  struct arena *arena);
/* The charset's binary collation: what the BINARY attribute means. */
const char *collation_binary(const char *charset, struct arena *arena);
unsigned collation_char_bytes(const char *charset); /* of its longest character; 1 when unknown */
