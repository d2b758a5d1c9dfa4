/* accounts.h - DATA/accounts.json: who may log in to this node's port, with hashed secrets
 * (wire/account.h says which and why). Mode 0600, replaced as a whole; one version field.
 *
 * A running node looks at the file before each login and reads it again when it was changed; a file
 * that cannot be read leaves the accounts as they were, and a line in the log. Not thread-safe. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "wire/account.h"
#include "wire/server_auth.h"

enum { ACCOUNTS_MAX = 1000 };

struct accounts;
/* A missing file means no accounts. */
bool accounts_open(const char *data_dir, struct accounts **out, struct err *err) MUST_CHECK;
void accounts_free(struct accounts *accounts); /* NULL is allowed; wipes the secrets */
AUTO_DEFINE(accounts);

unsigned accounts_count(const struct accounts *accounts);
const struct account *accounts_at(const struct accounts *accounts, unsigned i); /* by name */
const struct account *accounts_find(const struct accounts *accounts, struct bytes name);

char *accounts_json(const struct accounts *accounts); /* without their secrets; to free */

/* Changes, which accounts_save then makes durable. */
bool accounts_add(struct accounts *accounts, const struct account *account,
                  struct err *err) MUST_CHECK; /* ERR_CONFIG: it is there already */
bool accounts_set_secret(struct accounts *accounts, const char *name,
                         const struct account_secret *secret, struct err *err) MUST_CHECK;
bool accounts_drop(struct accounts *accounts, const char *name, struct err *err) MUST_CHECK;
bool accounts_save(const struct accounts *accounts, struct err *err) MUST_CHECK;

/* For the listener: looks names up, in the file as it is now. */
struct account_book accounts_book(struct accounts *accounts);
