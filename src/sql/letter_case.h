/* letter_case.h - UPPER and LOWER, character by character, as the servers map them. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/macros.h"
#include <stdbool.h>
#include <stdint.h>

/* newer: the collation is one of those whose letters are of a newer Unicode. false: it maps this
 * character otherwise than the others, and how is not known here. */
bool letter_case(uint32_t code, bool upper, bool newer, uint32_t *out) MUST_CHECK;
