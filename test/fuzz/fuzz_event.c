/* fuzz_event.c - one event, whole: its frame, then the decoder of its family. A GTID event must
 * mean the same after it was written and read again, a description must be one line, and what a
 * decoder borrows must lie inside the event. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/describe.h"
#include "binlog/gtid_event.h"
#include "binlog/rotate.h"
#include "binlog/statement_event.h"
#include "binlog/transaction_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void must_lie_inside(struct bytes part, struct bytes whole)
{
    must(part.len == 0 ||
         (part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

static void check_gtid(const struct event *event)
{
    struct gtid_event e;
    struct gtid_event again;
    struct err err;
    struct buf body;
    if (!gtid_event_decode(event, &e, &err))
        return;
    must_lie_inside(e.xa.gtrid, event->body);
    must_lie_inside(e.xa.bqual, event->body);
    buf_init(&body, 4096);
    struct event written = *event;
    written.header.type = gtid_event_encode(&e, &body);
    written.body = buf_bytes(&body);
    must(gtid_event_decode(&written, &again, &err));
    must(gtid_equal(&e.gtid, &again.gtid) && e.flags == again.flags);
    must(e.last_committed == again.last_committed && e.sequence_number == again.sequence_number);
    must(e.commit_id == again.commit_id && e.thread_id == again.thread_id);
    must(bytes_equal(e.xa.gtrid, again.xa.gtrid) && bytes_equal(e.xa.bqual, again.xa.bqual));
    buf_clear(&body);
}

static void check_small(const struct event *event)
{
    struct err err;
    struct file_event file;
    struct bytes text;
    struct user_var_event var;
    struct load_event load;
    struct payload_event payload;
    struct xa_prepare_event prepare;
    struct format format;
    if (file_event_decode(event, &file, &err))
        must_lie_inside(file.name, event->body);
    if (statement_text_decode(event, &text, &err))
        must_lie_inside(text, event->body);
    if (user_var_decode(event, &var, &err))
        must_lie_inside(var.value, event->body);
    if (load_event_decode(event, &load, &err))
        must_lie_inside(load.data, event->body);
    if (payload_decode(event, &payload, &err))
        must_lie_inside(payload.payload, event->body);
    if (xa_prepare_decode(event, &prepare, &err))
        must_lie_inside(prepare.xa.bqual, event->body);
    if (format_decode(event->raw, &format, &err))
        must(format.type_count > 0 && format.server_version[50] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event event;
    struct err err;
    struct buf text;
    struct format format = { .checksum = CHECKSUM_CRC32 };
    if (!event_decode(bytes_of(data, size), &format, &event, &err))
        return 0;
    must_lie_inside(event.body, event.raw);
    check_gtid(&event);
    check_small(&event);
    buf_init(&text, (size_t)1 << 30);
    event_describe(&event, &format, &text);
    must(text.len == 0 || memchr(text.data, '\n', text.len) == NULL);
    buf_reset(&text);
    struct event_place place = { 4, 4 + size, size % 2 == 0 };
    event_describe_json(&event, &format, &place, &text);
    must(text.data[0] == '{' && text.data[text.len - 1] == '}');
    buf_clear(&text);
    return 0;
}
