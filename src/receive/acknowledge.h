/* acknowledge.h - semi-sync towards the source: what is acknowledged, and when.
 *
 * The source marks the last event of a transaction for which it wants an answer. It gets one when
 * the log is durable past that event and, with ack_after, when so many replicas of this node have
 * acknowledged it too. An answer covers all before it, so only the newest place that was asked for
 * and the newest that was answered are kept. Nothing is asked for an event that was not marked, and
 * marking comes after its checksum: damage is never acknowledged.
 *
 * Threads: the receiver's, but acknowledge_wake is for any. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "receive/receive_internal.h"

struct acknowledge {
    struct receive *receive;
    struct connection *connection;
    struct log_pos wanted; /* {0, 0}: the source asked for nothing yet */
    struct log_pos answered;
};

void acknowledge_init(struct acknowledge *ack, struct receive *receive,
                      struct connection *connection);
/* The events stored so far end with one that asks for an answer. */
void acknowledge_want(struct acknowledge *ack);
bool acknowledge_is_due(const struct acknowledge *ack);
/* Answers as much as may be answered now. */
bool acknowledge_send(struct acknowledge *ack, struct err *err) MUST_CHECK;
/* Answers while the source says nothing; returns when there is something to read. */
bool acknowledge_until_readable(struct acknowledge *ack, struct err *err) MUST_CHECK;
