/* log_bytes.h - the bytes of a log file, uncompressed: what starts as zstd or gzip do is unpacked
 * on the way. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include "base/err.h"

struct log_bytes;
/* "-" is standard input. NULL: an error. */
struct log_bytes *log_bytes_open(const char *name, struct err *err);
/* A file of some size on a disk: reading it never waits for anybody. */
bool log_bytes_is_worth_threads(const struct log_bytes *bytes);
void log_bytes_close(struct log_bytes *bytes); /* NULL is allowed */
/* Up to n bytes; *got is 0 only at the end. ERR_CORRUPT: the compressed stream is broken or cut. */
bool log_bytes_read(struct log_bytes *bytes, void *out, size_t n, size_t *got,
                    struct err *err) MUST_CHECK;
