/* log_facts.h - what the log itself says: of the server that wrote it, and of its files. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/store.h"

/* The newest file's format description; false while there is none. */
bool log_facts_format(struct store *store, struct format *out);
/* Bytes of a file: of the newest one, what is durable. */
uint64_t log_facts_size(struct store *store, const char *log_dir, uint64_t file);
