/* snapshot/chunk.c - at most CHUNK_BYTES and about CHUNK_US; grows by steps. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/chunk.h"

enum {
    CHUNK_BYTES = 8 << 20,
    CHUNK_US = 1000000,
    CHUNK_GROWTH = 4,
    CHUNK_ROWS_MIN = 16,
    CHUNK_ROWS_MAX = 100000,
    CHUNK_ROWS_DEFAULT = 10000,
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t rows_that_fit(uint64_t rows, uint64_t bytes)
{
    return CHUNK_BYTES / (bytes / (rows == 0 ? 1 : rows) + 1);
}

uint64_t chunk_rows_next(uint64_t rows, uint64_t bytes, uint64_t took_us)
{
    double in_time = (double)rows * CHUNK_US / (double)(took_us == 0 ? 1 : took_us);
    uint64_t next = least(rows_that_fit(rows, bytes), rows * CHUNK_GROWTH);
    next = in_time < (double)next ? (uint64_t)in_time : next;
    return least(next < CHUNK_ROWS_MIN ? CHUNK_ROWS_MIN : next, CHUNK_ROWS_MAX);
}

uint64_t chunk_rows_first(uint64_t wanted, uint64_t table_rows, uint64_t table_bytes)
{
    wanted = wanted == 0 ? CHUNK_ROWS_DEFAULT : wanted;
    uint64_t fits = table_rows == 0 ? wanted : rows_that_fit(table_rows, table_bytes);
    return least(wanted, fits < CHUNK_ROWS_MIN ? CHUNK_ROWS_MIN : fits);
}
