/* whole_log.h - a source that has nothing to copy, because its log holds all it ever did: a primary
 * of this program (or a node that follows one), before anything was purged. Its rows come by its
 * log alone, from the first byte. Of a stock server that is never known: rows come into those in
 * other ways, too. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/snapshot.h"

/* *is_whole: then the engine is complete at *out, the log's start, and on_point was called. */
bool whole_log_take(const struct snapshot_options *options, bool *is_whole, struct position *out,
                    struct err *err) MUST_CHECK;
