/* copy_reader.h - one reader: slices of tables as blocks of rows, over one connection. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "snapshot/block.h"
#include "snapshot/copy.h"

/* A slice to read. The strings are the reader's own: the writer moves the plan's. */
struct copy_task {
    unsigned table;
    unsigned slice;
    char from[PLAN_BOUND_MAX];
    char to[PLAN_BOUND_MAX];
    char *after; /* NULL: from the start */
};

/* Sends blocks until the slice is done. ERR_CANCELLED also when the queue was stopped;
 * ERR_CONFLICT when the table changed on the source. */
bool copy_read_slice(struct connection *connection, const struct copy_request *request,
                     struct copy_task *task, struct block_queue *queue, struct err *err) MUST_CHECK;
