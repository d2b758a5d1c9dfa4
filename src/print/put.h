/* put.h - small pieces of text into a buffer, for what is done once a value. Pure. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "binlog/temporal.h"
#include "binlog/value.h"

/* What put_padded may read after a text, and put_room's user may write after its bytes. */
enum { PUT_PAD = 16 };

/* As buf_reserve, but a call only where the buffer has to grow. */
static inline uint8_t *put_room(struct buf *out, size_t n)
{
    if (out->failed || n > out->cap - out->len || n > out->max - out->len)
        return buf_reserve(out, n);
    return out->data + out->len;
}

/* As buf_append. */
static inline void put(struct buf *out, const void *data, size_t n)
{
    uint8_t *room = put_room(out, n);
    if (room == NULL || n == 0)
        return;
    memcpy(room, data, n);
    out->len += n;
}

/* The same of a short text that PUT_PAD readable bytes follow: no call, and whole registers. */
static inline void put_padded(struct buf *out, const uint8_t *data, size_t n)
{
    uint8_t *room = put_room(out, n + PUT_PAD);
    if (room == NULL)
        return;
    for (size_t at = 0; at < n; at += PUT_PAD)
        memcpy(room + at, data + at, PUT_PAD);
    out->len += n;
}

/* Makes what text holds ready for that. */
static inline void put_padding(struct buf *text)
{
    uint8_t *room = put_room(text, PUT_PAD);
    if (room != NULL)
        memset(room, 0, PUT_PAD);
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
/* words, and the number behind them; inline, so that the words' length is known */
static inline void put_str_number(const char *words, uint64_t number, struct buf *out)
{
    put_str(words, out);
    put_unsigned(number, out);
}
void put_signed(int64_t number, struct buf *out);
/* A number that is likely to come again, and its text. */
enum { DIGITS_ROOM = 2 * PUT_PAD };
struct digits {
    uint64_t number;
    size_t len; /* 0: none came yet */
    uint8_t text[DIGITS_ROOM];
};
void digits_make(struct digits *digits, uint64_t number);
static inline void put_digits(struct digits *digits, uint64_t number, struct buf *out)
{
    if (digits->number != number || digits->len == 0)
        digits_make(digits, number);
    put_padded(out, digits->text, digits->len);
}
/* As double_text. */
void put_real(double number, struct buf *out);
/* 00ff */
void put_hex(struct bytes bytes, struct buf *out);
/* How many bytes at the start of text are ASCII that no quoting changes: none of them a control
 * character, a quote (' or ") or a backslash. */
size_t plain_prefix(struct bytes text);
/* Puts those, and says how many they were; all of them when out has failed. */
size_t put_plain_prefix(struct bytes text, struct buf *out);
/* The same of bytes that are no control characters (a tab is none): one line's. */
size_t put_printed_prefix(struct bytes text, struct buf *out);
/* A DATE, TIME, DATETIME or TIMESTAMP (in UTC), with `scale` digits of a second; its length. */
size_t moment_text(const struct value *value, unsigned scale, char text[TEMPORAL_TEXT_MAX]);
