/* cat_select.h - which events `binlogd cat` shows: by position, time, GTID and origin.
 *
 * A transaction is shown or left out as a whole, by its first event; what stands between
 * transactions is judged by itself, and format descriptions always pass: all else is read with
 * them. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"
#include "cli/log_input.h"
#include "config/options.h"

struct cat_select;
/* ERR_CONFIG: a time or GTID set that is none. */
struct cat_select *cat_select_new(const struct options *options, struct err *err);
void cat_select_free(struct cat_select *select); /* NULL is allowed */
/* Before each file: positions hold for the first (start) and the last (stop). */
void cat_select_file(struct cat_select *select, bool is_first, bool is_last);
enum cat_choice { CAT_SHOW, CAT_SKIP, CAT_STOP };
bool cat_select_event(struct cat_select *select, const struct log_input_event *event,
                      enum cat_choice *choice, struct err *err) MUST_CHECK;
