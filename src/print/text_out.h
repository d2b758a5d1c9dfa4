/* text_out.h - where printed text goes: a buffer that is emptied whenever it has become large, so
 * that no event and no transaction has to fit in memory as text. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"

enum { TEXT_OUT_FULL = 256 << 10 };
struct text_out {
    struct buf *buf;
    void (*flush)(struct buf *buf, void *arg); /* empties it; NULL: it is to hold everything */
    void *arg;
};

static inline void text_out_check(const struct text_out *out)
{
    if (out->buf->len >= TEXT_OUT_FULL && out->flush != NULL)
        out->flush(out->buf, out->arg);
}
