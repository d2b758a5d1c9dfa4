/* until.h - where applying is to stop: START REPLICA ... UNTIL.
 *
 * PLACE: at the first end of a transaction that lies at or past it, as the servers do: what stands
 * across the place is applied whole. BEFORE and AFTER: before the first transaction of the set;
 * after all of them. Of MariaDB the set is a position, one GTID a domain; a transaction that the
 * position does not hold and that stands before its last one is an error, as a stop there would be
 * neither this position nor any other. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"
#include "store/store.h"

enum until_kind { UNTIL_NOTHING, UNTIL_PLACE, UNTIL_BEFORE, UNTIL_AFTER };

struct until {
    enum until_kind kind;
    char file[LOG_NAME_MAX + 1]; /* PLACE */
    uint64_t offset;
    struct gtid_set *gtids; /* BEFORE, AFTER; owned */
};

void until_copy(const struct until *from, struct until *out);
void until_clear(struct until *until);
/* PLACE: can the log come to it? ERR_CONFLICT: it has no such file, and none of that name comes
 * next. */
bool until_check(const struct until *until, const struct store *store, struct err *err) MUST_CHECK;

/* Between transactions. done: what is applied; at: the log's place behind it. */
bool until_is_reached(const struct until *until, const struct gtid_set *done,
                      const struct store *store, struct log_pos at);
/* A transaction is to begin. *stop: it is not to be applied. ERR_CONFLICT: see above. */
bool until_judge(const struct until *until, const struct gtid_set *done, const struct gtid *gtid,
                 bool *stop, struct err *err) MUST_CHECK;

/* ---- a MariaDB's positions ---- */
/* until_ahead.c. May what is in the log behind `at`, where `done` is applied, come to it?
 * ERR_CONFLICT: it does not. */
bool until_look_ahead(const struct until *until, const struct gtid_set *done, struct log_pos at,
                      struct store *store, struct err *err) MUST_CHECK;
/* All of its domains are there. */
bool until_has_reached(const struct until *until, const struct gtid_set *done);
/* The error: that transaction comes before it is reached. Returns false. */
bool until_never(const struct until *until, const struct gtid *gtid, struct err *err);
