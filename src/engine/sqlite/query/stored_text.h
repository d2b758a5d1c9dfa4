/* stored_text.h - stored DECIMAL and TIME as the servers print them, and doubles. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"

/* The letters of a negative value as digits, without zeros in front but one. Into room, or cut off
 * where it is too small. */
struct bytes stored_decimal(struct bytes stored, char *room, size_t size);
/* Without the mark of long times; two digits of hours at least. */
struct bytes stored_time(struct bytes stored, char *room, size_t size);
/* A DOUBLE as MySQL prints it. */
struct bytes real_text(double number, struct arena *arena);
