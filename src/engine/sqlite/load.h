/* load.h - the first copy (engine/load.h) into SQLite. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/load.h"

extern const struct engine_load_ops sqlite_load_ops;
