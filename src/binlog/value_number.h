/* value_number.h - floating point numbers as the servers print them: the fewest digits that read
 * back to the same number. In the C locale; any thread may call. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>

enum { NUMBER_TEXT_MAX = 40 };

/* MySQL's "my_gcvt": plain digits from 1e-15 to below 1e15, else "1.5e300", "1e-16". Infinities and
 * NaN, which no server stores, are "inf", "-inf", "nan". The length without the NUL. */
size_t double_text(double number, char text[NUMBER_TEXT_MAX]);
/* The fewest digits that a FLOAT column reads back. (The servers show six, and lose bits.) */
size_t float_text(float number, char text[NUMBER_TEXT_MAX]);
