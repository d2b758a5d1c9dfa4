/* rotate.h - the rotate event (4): the log goes on in another file. Written at the end of a file;
 * and sent, with EVENT_FLAG_ARTIFICIAL, before the first event of each file that a source sends. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "binlog/file_event.h"

struct rotate_event {
    char file[FILE_EVENT_NAME_MAX + 1];
    uint64_t offset;
};

bool rotate_decode(const struct event *event, struct rotate_event *out, struct err *err) MUST_CHECK;
void rotate_encode(const struct rotate_event *rotate, struct buf *body);
