/* buf.c - doubling growth up to the maximum. */
// SPDX-License-Identifier: Apache-2.0
#include "base/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){ .max = max };
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

uint8_t *buf_reserve(struct buf *buf, size_t n)
{
    if (buf->failed || n > buf->max - buf->len) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + n;
    if (need > buf->cap || buf->data == NULL) {
        size_t cap = buf->cap < 64 ? 64 : buf->cap;
        while (cap < need)
            cap *= 2;
        buf->data = memory_resize(buf->data, cap);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void buf_append(struct buf *buf, const void *data, size_t n)
{
    uint8_t *room = buf_reserve(buf, n);
    if (room == NULL || n == 0)
        return;
    memcpy(room, data, n);
    buf->len += n;
}

void buf_le(struct buf *buf, uint64_t value, size_t n)
{
    uint8_t *room = buf_reserve(buf, n);
    if (room == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        room[i] = (uint8_t)(value >> (8 * i));
    buf->len += n;
}

void buf_lenenc(struct buf *buf, uint64_t value)
{
    if (value < 0xfb) {
        buf_le(buf, value, 1);
    } else if (value <= 0xffff) {
        buf_le(buf, 0xfc, 1);
        buf_le(buf, value, 2);
    } else if (value <= 0xffffff) {
        buf_le(buf, 0xfd, 1);
        buf_le(buf, value, 3);
    } else {
        buf_le(buf, 0xfe, 1);
        buf_le(buf, value, 8);
    }
}

void buf_lenenc_bytes(struct buf *buf, struct bytes bytes)
{
    buf_lenenc(buf, bytes.len);
    buf_append(buf, bytes.data, bytes.len);
}

void buf_str(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

/* Formatted twice only where there was no room for it. */
void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    if (buf->failed)
        return;
    size_t left = buf->cap - buf->len;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(left > 0 ? (char *)buf->data + buf->len : NULL, left, format, args);
    va_end(args);
    uint8_t *room = n < 0 ? NULL : buf_reserve(buf, (size_t)n + 1);
    if (room != NULL) {
        if ((size_t)n >= left)
            vsnprintf((char *)room, (size_t)n + 1, format, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

const char *buf_cstr(struct buf *buf)
{
    if (buf_reserve(buf, 1) == NULL) {
        if (buf->data == NULL)
            return "";
        buf->data[buf->len > 0 ? buf->len - 1 : 0] = 0; /* full: the last byte gives way */
        return (const char *)buf->data;
    }
    buf->data[buf->len] = 0;
    return (const char *)buf->data;
}
