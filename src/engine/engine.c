/* engine.c - what every engine shares: the position. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

void position_clear(struct position *position)
{
    gtid_set_free(position->gtids);
    *position = (struct position){ 0 };
}
