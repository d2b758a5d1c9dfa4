/* point.h - one consistent point: transactions on several connections that all see the source as it
 * was at one place of its log.
 *
 * Writers are held for as long as it takes to open the transactions and to read the place. The ways
 * to hold them, in the order they are tried, are rows of the table in point.c:
 *
 *   FLUSH TABLES WITH READ LOCK         RELOAD
 *   no lock, one connection             MariaDB: the snapshot itself knows its place in the log
 *   LOCK TABLES every copied table      MySQL: LOCK TABLES and SELECT
 *
 * One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "snapshot/plan.h"

struct connection;
struct cancel;

enum { POINT_READERS_MAX = 32 };

struct point_request {
    struct connection *control; /* holds the lock; has no transaction afterwards */
    struct connection **readers;
    unsigned reader_count;
    const char *lock_tables; /* "`a`.`b` READ, `a`.`c` READ": what is copied */
    unsigned lock_wait_s;
    struct cancel *cancel; /* may be NULL */
};

/* Settings that make values exact and waits bounded. reader: text comes in its own charset. */
bool point_prepare_session(struct connection *connection, bool reader, unsigned lock_wait_s,
                           struct err *err) MUST_CHECK;
/* *readers_used: how many of the readers are inside the snapshot; the others are not needed.
 * ERR_TIMEOUT: a statement of the source held the lock too long, its text is in the sentence. */
bool point_take(const struct point_request *request, unsigned *readers_used, struct plan_point *out,
                struct err *err) MUST_CHECK;
