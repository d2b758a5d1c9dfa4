/* ddl.h - the source's DDL on catalog, tables and views, inside the engine's transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

bool ddl_run(struct sqlite_engine *engine, const struct ddl *ddl, const struct ddl_context *context,
             struct err *err) MUST_CHECK;
