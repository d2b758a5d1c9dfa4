/* probe_tables.h - the half of the probe that lists tables, their keys and foreign keys. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/probe.h"

bool probe_tables(struct connection *connection,
                  bool (*keep)(const char *db, const char *table, void *arg), void *keep_arg,
                  struct source_facts *facts, struct err *err) MUST_CHECK;
