/* naming.h - a source's file names and the store's, when the log comes from one server after
 * another.
 *
 * Files keep the source's name. The files of the second server followed carry "~2" before their
 * number (binlog~2.000017), those of the third "~3": two servers number their logs from the same 1.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/store.h"

/* The server (1, 2, …) that a stored file came from, and the name it has there. */
unsigned naming_source_name(const char *stored, char source[LOG_NAME_MAX + 1]);
/* False when the name would be too long. */
bool naming_stored_name(const char *source, unsigned server, char stored[LOG_NAME_MAX + 1],
                        struct err *err) MUST_CHECK;
/* Is `name` a later file of the series that `than` is of: the same stem, a higher number? */
bool naming_is_later(const char *name, const char *than);
