/* meter.h - how far a copy is and how fast: counts in, progress callbacks out. Writer thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "snapshot/snapshot.h"

struct copy_request;

enum { METER_TABLES_SHOWN = 4 };

struct meter {
    uint64_t started_us;
    uint64_t reported_us;
    uint64_t rows_done;
    uint64_t rows_estimated;
    uint64_t bytes_done;
    unsigned tables_done;
    unsigned table_count;
    unsigned recent[METER_TABLES_SHOWN]; /* tables that sent rows last; newest first */
    unsigned recent_count;
    struct buf names;
};

void meter_init(struct meter *meter, const struct copy_request *request);
void meter_clear(struct meter *meter);
void meter_add(struct meter *meter, unsigned table, uint64_t rows, uint64_t bytes);
/* Calls options.progress when half a second has passed since the last time. */
void meter_report(struct meter *meter, const struct copy_request *request);
/* How long to wait so that the rate since the start is at most the limit (0: no limit). */
unsigned meter_wait_ms(const struct meter *meter, uint64_t max_bytes_per_s);
