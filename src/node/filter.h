/* filter.h - which tables are replicated: `db.table` patterns with * and ?, include and exclude.
 *
 * A table is kept when an include pattern matches it (or there is none) and no exclude pattern
 * does. Matching is by bytes, without case for ASCII letters (as lower_case_table_names would find
 * names). "shop.*" is a whole database; a pattern without a dot is refused. The system schemas
 * mysql, sys, performance_schema and information_schema are never kept. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"

struct filter;
struct filter *filter_new(void); /* keeps everything but the system schemas */
void filter_free(struct filter *filter);
AUTO_DEFINE(filter);
/* patterns: one or more, separated by commas. */
bool filter_include(struct filter *filter, const char *patterns, struct err *err) MUST_CHECK;
bool filter_exclude(struct filter *filter, const char *patterns, struct err *err) MUST_CHECK;
/* The patterns as MySQL's Replicate_Wild_Do_Table and Replicate_Wild_Ignore_Table spell them: % and
 * _ for * and ?, a comma between them. */
void filter_print_included(const struct filter *filter, struct buf *out);
void filter_print_excluded(const struct filter *filter, struct buf *out);
bool filter_is_whole(const struct filter *filter); /* it leaves nothing out; NULL too */
bool filter_keeps(const struct filter *filter, const char *db, const char *table);
