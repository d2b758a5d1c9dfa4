/* bug.h - faults that are built in on purpose, one at a time, to see that the tests catch them.
 *
 * BUG(NAME) is false in every build but one that was configured with -DBINLOGD_BUG=NAME. The rows
 * are in bug.def; test/bugs.py builds them in turn. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <seeded_bug.h> /* written by CMake: BINLOGD_BUG */

enum bug {
    BUG_NONE,
#define BUG_ROW(name, test, what) BUG_##name,
#include "base/bug.def"
#undef BUG_ROW
};
#define BUG(name) (BUG_##name == BINLOGD_BUG)
