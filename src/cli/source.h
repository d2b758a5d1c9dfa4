/* source.h - the source that options name, in the form that net takes; and which of its tables. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/options.h"
#include "net/source_address.h"
#include "node/filter.h"

/* Texts live as long as the options. Reads the password's file, or asks on the terminal. */
bool source_address_from(struct options *options, struct source_address *out,
                         struct err *err) MUST_CHECK;
/* --include and --exclude. */
bool filter_add_options(struct filter *filter, const struct options *options,
                        struct err *err) MUST_CHECK;
