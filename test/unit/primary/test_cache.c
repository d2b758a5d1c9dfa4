/* A transaction's events in memory and in a file: what goes in comes out, whatever was taken back
 * between, and a file that cannot be written changes nothing. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include "unit.h"
#include "faulty_files.c"
#include "primary/cache.h"
#include "store_dir.h"

enum { EVENTS = 400, BODY_LEAST = 1, BODY_MOST = 900, SMALL = 4096, FRAME = 23 };

struct model {
    uint64_t at[EVENTS];
    size_t body[EVENTS]; /* bytes of it */
    unsigned count;
    bool may_grow; /* the last one: nothing was taken back since */
    uint32_t random;
};

struct place {
    char dir[64];
    char path[128];
    struct faulty_files faulty;
    struct cache cache;
    struct model model;
    struct err err;
};

static void must(bool ok, const char *what)
{
    if (!ok)
        fail_msg("%s", what);
}

static uint32_t draw(struct model *m, uint32_t below)
{
    m->random = m->random * 1664525 + 1013904223;
    return (m->random >> 8) % below;
}

/* The body of an event is its number, again and again. */
static void fill(uint8_t *body, size_t len, unsigned number)
{
    for (size_t i = 0; i < len; i++)
        body[i] = (uint8_t)(number >> (8 * (i % 2)));
}

static void place_open(struct place *p, size_t memory_max, uint64_t max)
{
    memset(p, 0, sizeof *p);
    dir_make(p->dir);
    snprintf(p->path, sizeof p->path, "%s/spill", p->dir);
    faulty_files_init(&p->faulty, p->dir);
    struct cache_options options = { &p->faulty.files, p->path, memory_max, max };
    must(cache_open(&p->cache, &options, &p->err), p->err.text);
    p->model.random = 7;
}

static void place_close(struct place *p)
{
    cache_close(&p->cache);
    must(access(p->path, F_OK) != 0, "the file has a name");
    faulty_files_clear(&p->faulty);
    dir_remove(p->dir);
}

static bool add(struct place *p, size_t len)
{
    uint8_t body[4 * BODY_MOST];
    struct model *m = &p->model;
    struct event_header header = { .type = 30, .server_id = 5, .timestamp = m->count };
    uint64_t at = cache_end(&p->cache);
    fill(body, len, m->count);
    if (!cache_add(&p->cache, &header, bytes_of(body, len), &p->err))
        return false;
    m->at[m->count] = at;
    m->body[m->count++] = len;
    m->may_grow = true;
    return true;
}

static bool extend(struct place *p, size_t len)
{
    uint8_t body[4 * BODY_MOST];
    struct model *m = &p->model;
    unsigned last = m->count - 1;
    fill(body, m->body[last] + len, last);
    if (!cache_extend(&p->cache, m->at[last], bytes_of(body + m->body[last], len), &p->err))
        return false;
    m->body[last] += len;
    return true;
}

static void check_all(struct place *p)
{
    uint8_t body[4 * BODY_MOST];
    const struct model *m = &p->model;
    uint64_t at = 0;
    for (unsigned i = 0; i < m->count; i++) {
        struct bytes raw;
        struct event_header header;
        must(m->at[i] == at, "an event differs");
        must(cache_read(&p->cache, at, &raw, &p->err), p->err.text);
        must(event_header_decode(raw, &header, &p->err), p->err.text);
        must(header.timestamp == i && header.size == raw.len && raw.len == m->body[i] + FRAME,
             "an event differs");
        fill(body, m->body[i], i);
        must(memcmp(raw.data + EVENT_HEADER_SIZE, body, m->body[i]) == 0, "an event differs");
        at += raw.len;
    }
    must(cache_end(&p->cache) == at, "an event differs");
}

static void step(struct place *p)
{
    struct model *m = &p->model;
    uint32_t what = draw(m, 100);
    if (m->count > 0 && what < 3) {
        m->may_grow = false;
        m->count = draw(m, m->count + 1);
        cache_cut(&p->cache,
                  m->count == 0 ? 0 : m->at[m->count - 1] + m->body[m->count - 1] + FRAME);
    } else if (m->may_grow && what < 40 && m->body[m->count - 1] < 2 * BODY_MOST) {
        must(extend(p, 1 + draw(m, BODY_MOST)), p->err.text);
    } else {
        must(add(p, BODY_LEAST + draw(m, BODY_MOST)), p->err.text);
    }
}

TEST(cache, gives_back_what_it_was_given_and_holds_little_of_it_in_memory)
{
    struct place p;
    bool spilled = false;
    place_open(&p, SMALL, UINT64_MAX);
    for (unsigned i = 0; i < 3000; i++) {
        step(&p);
        CHECK(p.cache.memory.len <= SMALL + 3 * BODY_MOST + FRAME);
        spilled = spilled || p.cache.spilled > 10 * SMALL;
        if (p.model.count == EVENTS) {
            check_all(&p);
            p.model.count = 0;
            p.model.may_grow = false;
            cache_start(&p.cache);
            CHECK(cache_end(&p.cache) == 0);
        } else if (draw(&p.model, 50) == 0) {
            check_all(&p);
        }
    }
    CHECK(spilled);
    place_close(&p);
}

TEST(cache, makes_no_file_while_memory_holds_all)
{
    struct place p;
    place_open(&p, SMALL, UINT64_MAX);
    uint64_t calls = p.faulty.calls;
    for (unsigned i = 0; i < 20; i++) {
        while (cache_end(&p.cache) + 100 + FRAME <= SMALL)
            CHECK_OK(add(&p, 100), p.err);
        cache_start(&p.cache);
        p.model.count = 0;
    }
    CHECK(p.faulty.calls == calls);
    place_close(&p);
}

/* Each of the calls it takes fails in turn: the event is refused, the others are there, and after
 * it there is room again. */
TEST(cache, is_as_it_was_when_the_file_cannot_be_written)
{
    unsigned failures = 0;
    for (uint64_t n = 1;; n++) {
        struct place p;
        place_open(&p, SMALL, UINT64_MAX);
        p.faulty.fail_at = p.faulty.calls + n;
        p.faulty.fail_errno = ENOSPC;
        p.faulty.tear_bytes = 100;
        bool refused = false;
        while (p.model.count < 30) {
            if (add(&p, BODY_MOST))
                continue;
            CHECK(!refused && p.err.code == ERR_REFUSED && p.err.server_errno == 1026);
            CHECK(strstr(p.err.text, "spill") != NULL);
            refused = true;
            check_all(&p);
        }
        p.faulty.fail_at = 0; /* reading is another matter */
        check_all(&p);
        place_close(&p);
        if (!refused)
            break;
        failures++;
    }
    CHECK(failures >= 4); /* open, unlink, writes */
}

TEST(cache, refuses_more_than_its_limit)
{
    struct place p;
    place_open(&p, SMALL, 3 * SMALL);
    while (add(&p, 500))
        ;
    CHECK(p.err.code == ERR_REFUSED && p.err.server_errno == 1197);
    CHECK(cache_end(&p.cache) <= 3 * SMALL && cache_end(&p.cache) + 500 + FRAME > 3 * SMALL);
    CHECK(!extend(&p, 500) && p.err.server_errno == 1197);
    check_all(&p);
    place_close(&p);
}

TEST(cache, sweeps_what_a_killed_process_left)
{
    struct place p;
    place_open(&p, SMALL, UINT64_MAX);
    cache_close(&p.cache);
    FILE *left = fopen(p.path, "w");
    CHECK(left != NULL && fputs("stale", left) >= 0 && fclose(left) == 0);
    struct cache_options options = { &p.faulty.files, p.path, SMALL, UINT64_MAX };
    CHECK_OK(cache_open(&p.cache, &options, &p.err), p.err);
    place_close(&p);
}

UNIT_MAIN(RUN(cache, gives_back_what_it_was_given_and_holds_little_of_it_in_memory),
          RUN(cache, makes_no_file_while_memory_holds_all),
          RUN(cache, is_as_it_was_when_the_file_cannot_be_written),
          RUN(cache, refuses_more_than_its_limit), RUN(cache, sweeps_what_a_killed_process_left))
