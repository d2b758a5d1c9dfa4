/* place.h - a store in a directory of its own, filled and read back: for the tests of this folder.
 */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "unit.h"
#include "log_maker.h"
#include "store_dir.h"

struct place {
    char dir[64];
    struct files *files; /* NULL: the real ones */
    struct store *store;
    struct err err;
};

static inline bool place_open(struct place *p)
{
    struct store_options options = { .dir = p->dir, .files = p->files };
    return store_open(&options, &p->store, &p->err);
}

static inline void place_init_on(struct place *p, struct files *files)
{
    *p = (struct place){ .files = files };
    dir_make(p->dir);
    if (!place_open(p))
        fail_msg("%s", p->err.text);
}

static inline void place_init(struct place *p)
{
    place_init_on(p, NULL);
}

static inline bool place_reopen(struct place *p)
{
    store_free(p->store);
    p->store = NULL;
    return place_open(p);
}

static inline void place_clear(struct place *p)
{
    store_free(p->store);
    dir_remove(p->dir);
}

/* Reads to the end; checks that the events are the log's bytes in order. Returns their count. */
static inline size_t read_back(struct place *p, const struct log_maker *log, struct log_pos at)
{
    AUTO(cursor) cursor = NULL;
    struct event event;
    size_t count = 0;
    uint64_t offset = at.offset;
    if (!cursor_open(p->store, at, "test", &cursor, &p->err))
        fail_msg("%s", p->err.text);
    enum cursor_result result;
    while ((result = cursor_next(cursor, &event, &p->err)) == CURSOR_EVENT) {
        if (memcmp(event.raw.data, log->bytes.data + offset, event.raw.len) != 0)
            fail_msg("the event at %llu is not what was written", (unsigned long long)offset);
        offset += event.raw.len;
        count++;
    }
    if (result != CURSOR_END)
        fail_msg("%s", p->err.text);
    return count;
}

static inline const char *gtids_text(struct place *p)
{
    static char text[4096];
    struct buf buf;
    buf_init(&buf, sizeof text);
    gtid_set_print(store_gtids(p->store), &buf);
    snprintf(text, sizeof text, "%s", buf_cstr(&buf));
    buf_clear(&buf);
    return text;
}

#define UUID_11 "11111111-1111-1111-1111-111111111111"

static inline void write_three_files(struct place *p, struct log_maker logs[3],
                                     enum flavour flavour)
{
    static const char *const names[] = { "b.000009", "b.000010", "b.000011" };
    AUTO(gtid_set) before = gtid_set_new();
    for (unsigned i = 0; i < 3; i++) {
        log_maker_init(&logs[i], flavour, before);
        log_maker_add(&logs[i], i * 10 + 1, i * 10 + 10, 30);
        if (!store_start_file(p->store, names[i], &p->err) ||
            !log_maker_write(&logs[i], p->store, 0, logs[i].mark_count, 3, &p->err))
            fail_msg("%s", p->err.text);
        struct gtid gtid = log_maker_gtid(flavour, 1);
        for (gtid.seq = i * 10 + 1; gtid.seq <= i * 10 + 10; gtid.seq++)
            if (!gtid_set_add(before, &gtid, &p->err))
                fail_msg("%s", p->err.text);
    }
    if (!store_sync(p->store, &p->err))
        fail_msg("%s", p->err.text);
}

static inline void clear_three(struct log_maker logs[3])
{
    for (unsigned i = 0; i < 3; i++)
        log_maker_clear(&logs[i]);
}

static inline bool set_up_to(enum flavour flavour, uint64_t seq, struct gtid_set **out,
                             struct err *err)
{
    struct gtid gtid = log_maker_gtid(flavour, 1);
    *out = gtid_set_new();
    for (; gtid.seq <= seq; gtid.seq++)
        if (!gtid_set_add(*out, &gtid, err))
            return false;
    return true;
}
