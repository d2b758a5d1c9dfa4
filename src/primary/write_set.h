/* write_set.h - after which transaction of the log this one may be applied (the logical clock).
 *
 * A transaction is a set of numbers: values it wrote, and values it refers to (write_keys.h). It
 * comes after the last one that wrote one of them, or that referred to one that it writes. Those
 * that only refer to the same value do not wait for each other.
 *
 * Promise: what is answered is never too early. The history is bounded: when it is full, or a
 * transaction is `alone` (a schema change, rows without keys), it is emptied, and everything that
 * follows comes after that transaction. Memory is bounded by the limit: 24 bytes for each number,
 * twice, and is kept. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum { WRITE_HISTORY_MAX = 25000 /* binlog_transaction_dependency_history_size */ };

struct write_met;
struct write_use {
    uint64_t number;
    bool is_reference;
};

struct write_set {
    unsigned max;          /* of numbers in the history */
    struct write_use *own; /* of the transaction at hand; may hold one twice */
    unsigned own_count, own_room;
    bool is_alone;
    struct write_met *met; /* the history: open addressing by number; NULL: not needed yet */
    unsigned slots;        /* a power of two */
    unsigned met_count;
    int64_t start;      /* nothing that follows comes before it */
    struct buf scratch; /* of who adds: a value's bytes */
    struct buf text;    /* and its text as UTF-8 */
};

void write_set_init(struct write_set *set, unsigned max);
void write_set_clear(struct write_set *set);
/* A transaction begins: it has written nothing so far. */
void write_set_begin(struct write_set *set);
void write_set_add(struct write_set *set, uint64_t number, bool is_reference);
/* Nothing is known of what it writes. */
void write_set_alone(struct write_set *set);
/* Its number in the log file, from 1 on without gaps; the last_committed of its GTID event. */
int64_t write_set_place(struct write_set *set, int64_t sequence_number);
/* A log file begins: its numbers are new. */
void write_set_restart(struct write_set *set);
