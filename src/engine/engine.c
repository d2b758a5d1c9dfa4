/* engine.c - what every engine shares: the position. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

void position_clear(struct position *position)
{
    gtid_set_free(position->gtids);
    *position = (struct position){ 0 };
}

void position_copy(struct position *to, const struct position *from)
{
    struct gtid_set *gtids = from->gtids != NULL ? gtid_set_copy(from->gtids) : gtid_set_new();
    gtid_set_free(to->gtids);
    *to = *from;
    to->gtids = gtids;
}
