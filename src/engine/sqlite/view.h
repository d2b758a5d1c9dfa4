/* view.h - plain-name views: "item" for table "shop.item", with DECIMAL, TIME, big unsigned numbers
 * and INET4 in the source's own text. Made while no other database has a table of that name and
 * nothing else in the file is called so. The engine's thread, inside its transaction. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* Makes the view of that name what the tables say now: created, changed or dropped. */
bool view_refresh(struct sqlite_engine *engine, const char *table_name, struct err *err) MUST_CHECK;
bool view_drop(struct sqlite_engine *engine, const char *table_name, struct err *err) MUST_CHECK;
bool view_refresh_all(struct sqlite_engine *engine, struct err *err) MUST_CHECK;
