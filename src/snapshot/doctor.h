/* doctor.h - "can I follow that source?": rules over the facts, each with its sentence and remedy.
 *
 * doctor_examine connects, gathers the facts (probe.h) and judges them; doctor_judge is its pure
 * half: same facts, same report. The rules are rows of doctor.def, in the order they are shown.
 * A source that cannot be reached is a finding ("connect"), not an error. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "snapshot/probe.h"

struct cancel;
struct source_address;

enum finding_level { FINDING_OK, FINDING_NOTE, FINDING_WARNING, FINDING_PROBLEM };
const char *finding_level_name(enum finding_level level); /* "ok", "note", "warning", "problem" */

struct finding {
    const char *id; /* stable: "binlog_format" */
    enum finding_level level;
    const char *sentence;
    const char *remedy; /* SQL or options to paste; "" when there is nothing to do */
};

struct report {
    struct arena arena; /* owns the findings' text */
    struct finding *findings;
    unsigned count;
    enum finding_level worst;
    char source[128]; /* "MariaDB 10.11.19-MariaDB at db1:3306"; "" when not connected */
};
void report_init(struct report *report);
void report_clear(struct report *report);

struct doctor_options {
    uint32_t server_id; /* ours; 0: not chosen, no clash is looked for */
    bool relay;         /* stores and serves the log only: no copy, nothing is applied */
    bool (*keep)(const char *db, const char *table, void *arg); /* NULL: every table */
    void *keep_arg;
};

/* out: initialised. False only when cancelled or out of protocol (ERR_CANCELLED, ERR_PROTOCOL …)
 * after connecting; the report then holds nothing. */
bool doctor_examine(const struct source_address *address, const struct doctor_options *options,
                    struct cancel *cancel, struct report *out, struct err *err) MUST_CHECK;
void doctor_judge(const struct source_facts *facts, const struct doctor_options *options,
                  struct report *out);
