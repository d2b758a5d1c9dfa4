/* gtid_set_internal.h - the set's shape, shared by gtid_set.c (algebra), gtid_set_text.c and
 * gtid_set_wire.c; nobody else includes it.
 *
 * Invariants: (1) origins are sorted and unique; (2) an origin has at least one interval; (3) its
 * intervals are sorted, disjoint, non-adjacent, not empty, and within [1, GTID_NUMBER_END);
 * (4) kind is GTID_NONE exactly when there is no origin; (5) each MariaDB domain with an origin has
 * exactly one last GTID, which the set contains. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/gtid_set.h"

/* MySQL's numbers end at 2^63 - 2; MariaDB's are 64 bits wide and end at 2^64 - 2 here. */
#define GTID_NUMBER_END_MYSQL   ((uint64_t)INT64_MAX)
#define GTID_NUMBER_END_MARIADB UINT64_MAX

struct interval {
    uint64_t start;
    uint64_t end; /* exclusive */
};

struct origin {
    struct gtid id; /* seq is 0 */
    struct interval *intervals;
    size_t count;
    size_t size;
};

struct gtid_set {
    enum gtid_kind kind;
    struct origin *origins;
    size_t count;
    size_t size;
    size_t hot;         /* the origin touched last: the next GTID is most often its next number */
    struct gtid *lasts; /* MariaDB: by domain */
    size_t last_count;
    size_t last_size;
};

/* False with ERR_CONFLICT (other flavour) or ERR_CORRUPT (numbers outside the flavour's range). */
bool gtid_set_add_interval(struct gtid_set *set, const struct gtid *origin, uint64_t start,
                           uint64_t end, struct err *err) MUST_CHECK;
