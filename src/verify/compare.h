/* compare.h - what the parts of a comparison share: both connections, the table, the counts. For
 * the .c files of this folder. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "verify/against.h"
#include "verify/agree.h"
#include "verify/compared.h"

/* Keys whose rows did not agree: one after the other in an arena. */
struct suspects {
    struct arena arena;
    struct compared_row *rows; /* the fields are not looked at */
    size_t count;
    size_t cap;
};
enum { SUSPECTS_MAX = 1000000, SUSPECT_BYTES_MAX = 1 << 30 };
/* ERR_CONFLICT's kin: ERR_UNSUPPORTED where there are too many to look at one by one. */
bool suspects_add(struct suspects *suspects, struct bytes key, struct err *err) MUST_CHECK;
void suspects_clear(struct suspects *suspects);

struct compare {
    const struct against_options *options;
    struct connection *connection; /* rows and places are read over it */
    struct connection *control;    /* table locks, and what the source says about itself */
    struct sqlite_reader *reader;
    struct agree agree;
    struct compared table; /* the one at hand */
    struct against_table *counts;
    struct suspects suspects;
    struct buf sql;
    struct buf scratch;
    struct arena rows; /* of one chunk */
    uint64_t started_us;
    uint64_t rows_done;
    uint64_t rows_estimated;
    unsigned tables_done, table_count;
};
/* Between chunks: shows how far it is, waits while the source is busy. */
bool compare_pause(struct compare *compare, struct err *err) MUST_CHECK;
void compare_report(struct compare *compare, enum difference_kind kind, const char *key,
                    const char *detail);
/* SELECT of all columns, or the key's, FROM the table. */
void compare_select(struct compare *compare, bool key_only);

/* keyed.c: both passes; suspects are in compare->suspects. */
bool keyed_run(struct compare *compare, struct err *err) MUST_CHECK;
/* settle.c: looks at the suspects until it is known of each whether it differs. */
bool settle_run(struct compare *compare, struct err *err) MUST_CHECK;
/* heap.c: a table without a key. */
bool heap_run(struct compare *compare, struct err *err) MUST_CHECK;
