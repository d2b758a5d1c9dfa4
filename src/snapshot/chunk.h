/* chunk.h - how many rows the next chunk has. Pure.
 *
 * A chunk holds its table's metadata lock on the source and is what a kill loses, so it is bounded
 * in bytes and in time: a slow source, a slow disk here or a rate limit make chunks smaller. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

/* From the chunk before: its rows, their bytes, and how long they took to be handed on. */
uint64_t chunk_rows_next(uint64_t rows, uint64_t bytes, uint64_t took_us);
/* wanted: of the first chunk (0: a default), less where the table's rows are known to be wide. */
uint64_t chunk_rows_first(uint64_t wanted, uint64_t table_rows, uint64_t table_bytes);
