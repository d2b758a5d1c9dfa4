/* log_schema.h - definitions of the tables that logs speak of, where the logs do not hold their
 * names: from the catalog of the node whose logs they are, and from the file of --schema. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/options.h"
#include "sql/catalog.h"

/* files: as found (log_files.h). *out NULL: there is none. A node's catalog that cannot be read is
 * a warning. ERR_CONFIG: --schema names no file that can be read. */
bool log_schema_load(const struct options *options, const struct text_list *files,
                     struct catalog **out, struct err *err) MUST_CHECK;
