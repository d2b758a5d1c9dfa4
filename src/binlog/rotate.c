/* rotate.c - see the header; file_event.c has checked the name. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rotate.h"

bool rotate_decode(const struct event *event, struct rotate_event *out, struct err *err)
{
    struct file_event e;
    if (event->header.type != EVENT_ROTATE)
        return err_set(err, ERR_CORRUPT, "rotate event: this is a %s event",
                       event_type_name(event->header.type));
    if (!file_event_decode(event, &e, err))
        return false;
    memcpy(out->file, e.name.data, e.name.len);
    out->file[e.name.len] = 0;
    out->offset = e.pos;
    return true;
}

void rotate_encode(const struct rotate_event *rotate, struct buf *body)
{
    buf_le(body, rotate->offset, 8);
    buf_str(body, rotate->file);
}
