/* foreign_check.h - are the foreign keys of the catalog ones that a server would have let stand?
 * Asked after a schema change of our own, inside its transaction. The engine's thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/sqlite/state.h"

/* Before the change: which foreign keys there are. Owned. */
struct foreign_list;
struct foreign_list *foreign_list_new(const struct catalog *catalog);
void foreign_list_free(struct foreign_list *list); /* NULL is allowed */
/* ERR_REFUSED with the server's number (1824, 1822, 3780, 3730, 1701, 1452): the change must go
 * back. */
bool foreign_check(struct sqlite_engine *engine, const struct foreign_list *before,
                   struct err *err) MUST_CHECK;
