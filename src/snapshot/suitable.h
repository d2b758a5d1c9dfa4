/* suitable.h - what would stop the node after a copy of hours stops it before the copy. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/probe.h"

/* ERR_CONFIG with the setting to change or the privilege to grant. facts: with tables. */
bool suitable_check(const struct source_facts *facts, struct err *err) MUST_CHECK;
