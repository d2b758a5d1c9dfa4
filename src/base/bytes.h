/* bytes.h - a borrowed run of bytes. Whoever hands one out says until when it lives. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){ (const uint8_t *)data, len };
}

static inline struct bytes bytes_of_str(const char *text)
{
    return bytes_of(text, strlen(text));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Below 0, 0, above 0: by the first byte that differs, else the shorter comes first. */
static inline int bytes_order(struct bytes a, struct bytes b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

static inline bool bytes_equal_str(struct bytes a, const char *text)
{
    return bytes_equal(a, bytes_of_str(text));
}

static inline bool bytes_all_zero(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.data[i] != 0)
            return false;
    return true;
}
