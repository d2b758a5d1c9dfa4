/* doctor_rules.h - what every rule of doctor.def is given, and how it says what it found. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/doctor.h"

struct judge {
    const struct source_facts *facts;
    const struct doctor_options *options;
    struct report *report;
    const char *id; /* of the rule that runs */
};

/* A rule adds one finding, or none when it does not concern this source. remedy NULL: none. */
void judge_say(struct judge *judge, enum finding_level level, const char *remedy,
               const char *format, ...) PRINTF_LIKE(4, 5);
/* `GRANT privileges ON *.* TO account;` for the account that is connected. */
const char *judge_grant(struct judge *judge, const char *privileges);
bool judge_is_mysql(const struct judge *judge);
bool variable_is(const char *value, const char *word); /* any case; NULL is nothing */
bool variable_is_on(const char *value);                /* "1", "ON", "YES" */

/* What follows a noun in a sentence that counts. */
static inline const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

#define RULE(name) void rule_##name(struct judge *judge);
#include "snapshot/doctor.def"
#undef RULE
