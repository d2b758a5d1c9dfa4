/* gtid_set.h - sets of GTIDs under one algebra for both flavours.
 *
 * A set is a list of origins, each with sorted, disjoint, non-adjacent half-open intervals of
 * numbers. An origin is a uuid and tag (MySQL) or a domain and server (MariaDB). A set holds one
 * flavour; the empty set is of both. For MariaDB the set also remembers the last GTID added to each
 * domain: that is the "position" that @slave_connect_state and gtid_slave_pos speak of. "0-1-100"
 * parsed as a position means all of 0-1-1 to 0-1-100, as the server means it.
 *
 * Text: MySQL "uuid:1-5:8:tag_a:1-3,uuid2:1" (whitespace and newlines accepted); MariaDB
 * "0-1-100,0-2-50": the last GTID of each (domain, server), the domain's current one last, as
 * @@gtid_binlog_state prints it; the text does not show gaps below the last one. Binary: MySQL's
 * encoding in PREVIOUS_GTIDS and COM_BINLOG_DUMP_GTID, with and without tags. Documents: MySQL
 * "GTID Sets", mysql::gtid sources; MariaDB "Global Transaction ID". Not thread-safe. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "binlog/gtid.h"

struct gtid_set;

struct gtid_set *gtid_set_new(void);
void gtid_set_free(struct gtid_set *set); /* NULL is allowed */
AUTO_DEFINE(gtid_set);
struct gtid_set *gtid_set_copy(const struct gtid_set *set);
void gtid_set_clear(struct gtid_set *set);

bool gtid_set_parse(const char *text, enum flavour flavour, struct gtid_set **out,
                    struct err *err) MUST_CHECK;
bool gtid_set_decode(struct bytes mysql_binary, struct gtid_set **out, struct err *err) MUST_CHECK;
void gtid_set_encode(const struct gtid_set *set,
                     struct buf *out); /* MySQL; tagged form if it has tags */
/* MariaDB's GTID list event (163), body only: the state at the start of a file, or (with the
 * artificial flag in the event's header) where the source stands. */
bool gtid_list_decode(struct bytes body, struct gtid_set **out, struct err *err) MUST_CHECK;
void gtid_list_encode(const struct gtid_set *set, struct buf *out);
void gtid_set_print(const struct gtid_set *set, struct buf *out); /* text, no newlines */
/* MariaDB: the last GTID of each domain, "0-1-100,1-7-3": what a replica sends. MySQL: as print. */
void gtid_set_print_position(const struct gtid_set *set, struct buf *out);

bool gtid_set_is_empty(const struct gtid_set *set);
uint64_t gtid_set_count(const struct gtid_set *set); /* transactions in it */
bool gtid_set_contains(const struct gtid_set *set, const struct gtid *gtid);
/* Contained; or, for MariaDB, not after the last GTID of its domain: a replica that stands at this
 * position has it, whichever server wrote it (as long as sequence numbers grow with the log). */
bool gtid_set_covers(const struct gtid_set *set, const struct gtid *gtid);
bool gtid_set_contains_all(const struct gtid_set *set, const struct gtid_set *subset);
bool gtid_set_equal(const struct gtid_set *a, const struct gtid_set *b);
/* Equal as far as their texts tell: for MariaDB that is the last number of each origin. */
bool gtid_set_reads_equal(const struct gtid_set *a, const struct gtid_set *b);
/* False with ERR_CONFLICT when the flavours differ. GTID_NONE is ignored. */
bool gtid_set_add(struct gtid_set *set, const struct gtid *gtid, struct err *err) MUST_CHECK;
/* Numbers first.seq to last, of first's origin; same errors. */
bool gtid_set_add_range(struct gtid_set *set, const struct gtid *first, uint64_t last,
                        struct err *err) MUST_CHECK;
/* Numbers 1 to gtid's, as in a position; same errors. */
bool gtid_set_add_up_to(struct gtid_set *set, const struct gtid *gtid, struct err *err) MUST_CHECK;
/* Union and subtract are for sets of one flavour: the caller has checked what peers sent. */
enum gtid_kind gtid_set_kind(const struct gtid_set *set); /* GTID_NONE: empty */
void gtid_set_union(struct gtid_set *set, const struct gtid_set *other);
void gtid_set_subtract(struct gtid_set *set, const struct gtid_set *other);
/* MariaDB: the last GTID added in the domain; false when there is none. */
bool gtid_set_last_in_domain(const struct gtid_set *set, uint32_t domain, struct gtid *out);
/* MariaDB: that of the i-th domain, counted from 0; false when there are not so many. */
bool gtid_set_last_at(const struct gtid_set *set, size_t i, struct gtid *out);
