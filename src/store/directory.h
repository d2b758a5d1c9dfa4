/* directory.h - agreement between the file list and the directory, and the GTID indexes of files
 * that are complete. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/recovery.h"
#include "store/store.h"

/* Fills the store's index with the files and their sizes. Rebuilds a missing or torn list; removes
 * what a crash left behind (a file not listed yet, files already purged); a listed file that is
 * missing is ERR_CORRUPT. Changes nothing on disk when the store is read only. */
bool directory_load(struct store *store, struct err *err) MUST_CHECK;
/* The set of GTIDs before a file: what its head states, else what the files before it hold.
 * *out NULL: its GTID index knows better, or nothing does (the log's first file). */
bool directory_set_before(struct store *store, const struct recovery_file *file,
                          struct gtid_set **out, struct err *err) MUST_CHECK;
