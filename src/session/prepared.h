/* prepared.h - the prepared statements of one session: their texts, what is known of their
 * parameters, and the commands that name them.
 *
 * A statement is kept as text and prepared anew where it runs: the one who runs SQL has no
 * connection of its own for each client. Bounds: PREPARED_MAX statements, PREPARED_BYTES_MAX of
 * texts. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.h"

enum { PREPARED_MAX = 2000, PREPARED_BYTES_MAX = 16 << 20 };

struct session;
struct prepared_list;
struct prepared_list *prepared_list_new(void);
void prepared_list_free(struct prepared_list *list);   /* NULL is allowed */
void prepared_list_forget(struct prepared_list *list); /* all statements; ids go on */

/* The answer to SESSION_RUN_PREPARE has been given. */
void prepared_done(struct session *session, bool ok, unsigned parameter_count);
/* That to SESSION_RUN_EXECUTE. */
void prepared_end_execute(struct session *session);

/* Commands; payloads without their first byte. */
void prepared_on_prepare(struct session *session, struct bytes payload);
void prepared_on_execute(struct session *session, struct bytes payload);
void prepared_on_long_data(struct session *session, struct bytes payload);
void prepared_on_reset(struct session *session, struct bytes payload);
void prepared_on_close(struct session *session, struct bytes payload);
void prepared_on_fetch(struct session *session, struct bytes payload);
