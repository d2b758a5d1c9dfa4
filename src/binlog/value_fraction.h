/* value_fraction.h - fractions of a second on the wire, by the column's scale: how many bytes they
 * take, and the microseconds that one unit of them is. Shared by value.c and value_encode.c. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

enum { FRACTION_SCALE_MAX = 6 };

static const uint8_t fraction_bytes[FRACTION_SCALE_MAX + 1] = { 0, 1, 1, 2, 2, 3, 3 };
static const uint32_t fraction_unit[FRACTION_SCALE_MAX + 1] = { 1000000, 10000, 10000, 100,
                                                                100,     1,     1 };
