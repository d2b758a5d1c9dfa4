/* source_view.h - how the source is followed, in the terms of SHOW REPLICA STATUS: from the stages'
 * own status copies. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "apply/apply.h"
#include "node/followed.h"
#include "receive/receive.h"
#include "session/session.h"

struct source_facts {
    const struct followed *source;
    const struct receive_status *receive;
    const struct apply_status *apply;   /* NULL: nothing is applied here (a relay) */
    enum session_until_kind until_kind; /* with apply: what it is to stop at */
    const struct until *until;
    const char *system_time_zone;
    const char *durable_file;
    struct log_pos durable;
    uint64_t now_s; /* wall clock */
};
void source_view_fill(struct session_source *out, const struct source_facts *facts);
