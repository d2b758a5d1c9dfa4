/* put.h - small pieces of text into a buffer, for what is done once a value. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "binlog/temporal.h"
#include "binlog/value.h"

/* As buf_append, but a call only where the buffer has to grow. */
static inline void put(struct buf *out, const void *data, size_t n)
{
    if (out->failed || n > out->cap - out->len || n > out->max - out->len) {
        buf_append(out, data, n);
        return;
    }
    memcpy(out->data + out->len, data, n);
    out->len += n;
}

static inline void put_byte(struct buf *out, char byte)
{
    put(out, &byte, 1);
}

static inline void put_str(const char *text, struct buf *out)
{
    put(out, text, strlen(text));
}

void put_unsigned(uint64_t number, struct buf *out);
/* words, and the number behind them */
void put_str_number(const char *words, uint64_t number, struct buf *out);
void put_signed(int64_t number, struct buf *out);
/* As double_text. */
void put_real(double number, struct buf *out);
/* 00ff */
void put_hex(struct bytes bytes, struct buf *out);
/* How many bytes at the start of text are ASCII that no quoting changes: none of them a control
 * character, a quote (' or ") or a backslash. */
size_t plain_prefix(struct bytes text);
/* A DATE, TIME, DATETIME or TIMESTAMP (in UTC), with `scale` digits of a second; its length. */
size_t moment_text(const struct value *value, unsigned scale, char text[TEMPORAL_TEXT_MAX]);
