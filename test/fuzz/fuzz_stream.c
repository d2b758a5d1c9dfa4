/* fuzz_stream.c - a file without its magic, event after event. Transactions must begin and end in
 * turn, and an error must leave the stream where it was. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool step_is_right(bool was_inside, bool is_inside, enum stream_step step)
{
    switch (step) {
    case STREAM_OUTSIDE: /* heartbeats may stand anywhere */
        return was_inside == is_inside;
    case STREAM_BEGIN:
        return !was_inside && is_inside;
    case STREAM_INSIDE:
        return was_inside && is_inside;
    case STREAM_COMMIT:
        return was_inside && !is_inside;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stream stream;
    struct event_header header;
    struct event event;
    struct err err;
    size_t at = 0;
    stream_init(&stream);
    while (at < size && event_header_decode(bytes_of(data + at, size - at), &header, &err) &&
           header.size <= size - at) {
        enum stream_step step = STREAM_OUTSIDE;
        struct stream before = stream;
        const struct format *format = stream.has_format ? &stream.format : NULL;
        if (!event_decode(bytes_of(data + at, header.size), format, &event, &err))
            return 0;
        bool ok = stream_feed(&stream, &event, &step, &err);
        must(ok ? step_is_right(before.inside, stream.inside, step)
                : before.inside == stream.inside && gtid_equal(&before.gtid, &stream.gtid));
        at += header.size;
    }
    return 0;
}
