/* What threads read ahead is the file, block after block, with as much of it checked as is right.
 */
// SPDX-License-Identifier: Apache-2.0
#include "store/blocks.h"
#include <stdatomic.h>
#include <stdlib.h>
#include "log_maker.h"
#include "unit.h"

enum { BLOCK = 512 << 10, THREADS = 3 };

/* A file in memory, given in pieces of any size; fails after its last byte when it is to. */
struct source {
    struct bytes left;
    size_t most; /* bytes a read */
    bool fails;
    atomic_int readers;
};

static bool read_source(void *arg, void *out, size_t n, size_t *got, struct err *err)
{
    struct source *source = arg;
    if (atomic_fetch_add(&source->readers, 1) != 0)
        abort(); /* two at once */
    n = n < source->most ? n : source->most;
    *got = n < source->left.len ? n : source->left.len;
    memcpy(out, source->left.data, *got);
    source->left = bytes_of(source->left.data + *got, source->left.len - *got);
    atomic_fetch_sub(&source->readers, 1);
    return *got > 0 || !source->fails || err_set(err, ERR_SYSTEM, "the disk is gone");
}

static struct bytes after_magic(const struct log_maker *log)
{
    return bytes_of(log->bytes.data + BINLOG_MAGIC_SIZE, log->bytes.len - BINLOG_MAGIC_SIZE);
}

struct walk {
    struct source source;
    size_t blocks;    /* with bytes */
    size_t unchecked; /* bytes not known to be right */
    size_t largest;
    bool is_same; /* together they are the file */
    bool ok;
    struct err err;
};

static void walk(struct bytes file, struct walk *w)
{
    struct blocks *blocks;
    struct block block = { { NULL, 1 }, 0 };
    size_t at = 0;
    w->source.left = file;
    w->source.most = w->source.most == 0 ? SIZE_MAX : w->source.most;
    w->is_same = true;
    w->ok = true;
    blocks = blocks_new(&(struct blocks_input){ read_source, &w->source }, THREADS);
    while (w->ok && block.bytes.len > 0) {
        w->ok = blocks_next(blocks, &block, &w->err);
        if (!w->ok || block.bytes.len == 0)
            break;
        w->is_same = w->is_same && block.bytes.len <= file.len - at &&
                     memcmp(block.bytes.data, file.data + at, block.bytes.len) == 0;
        at += block.bytes.len;
        w->blocks++;
        w->unchecked += block.bytes.len - block.checked;
        w->largest = block.bytes.len > w->largest ? block.bytes.len : w->largest;
    }
    w->is_same = w->is_same && at == file.len;
    blocks_free(blocks);
}

TEST(blocks, are_the_file_and_all_of_it_checked)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 19000, 300);
    for (size_t most = 4093; most < 1u << 24; most *= 64) {
        struct walk w = { .source.most = most };
        walk(after_magic(&log), &w);
        CHECK_OK(w.ok, w.err);
        CHECK(w.is_same && w.unchecked == 0);
        CHECK(w.blocks > log.bytes.len / BLOCK && w.largest <= BLOCK);
    }
    log_maker_clear(&log);
}

TEST(blocks, grow_for_an_event_that_is_larger)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MARIADB, NULL);
    for (uint64_t seq = 1; seq <= 12; seq++) {
        struct gtid gtid = log_maker_gtid(FLAVOUR_MARIADB, seq);
        log_maker_transaction(&log, &gtid, seq % 3 == 0 ? 5 * BLOCK : BLOCK / 3);
    }
    struct walk w = { .source.most = 70000 };
    walk(after_magic(&log), &w);
    CHECK_OK(w.ok, w.err);
    CHECK(w.is_same && w.unchecked == 0);
    CHECK(w.largest > 5 * BLOCK && w.largest < 5 * BLOCK + 1000);
    log_maker_clear(&log);
}

TEST(blocks, a_lying_size_costs_no_more_than_what_is_there)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    size_t at = log.bytes.len;
    log_maker_add(&log, 1, 2000, 300);
    uint32_t lie = EVENT_SIZE_MAX;
    memcpy(log.bytes.data + at + 9, &lie, sizeof lie);
    struct walk w = { .blocks = 0 };
    walk(after_magic(&log), &w);
    CHECK_OK(w.ok, w.err);
    CHECK(w.is_same && w.unchecked == log.bytes.len - at);
    log_maker_clear(&log);
}

TEST(blocks, what_follows_a_wrong_checksum_is_not_checked)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 10, 300);
    size_t at = (size_t)log.marks[4].end;
    log.bytes.data[at + EVENT_HEADER_SIZE] ^= 1;
    struct walk w = { .blocks = 0 };
    walk(after_magic(&log), &w);
    CHECK_OK(w.ok, w.err);
    CHECK(w.is_same && w.blocks == 1 && w.unchecked == log.bytes.len - at);
    log_maker_clear(&log);
}

TEST(blocks, nothing_is_read_after_a_size_that_cannot_be)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 5000, 300);
    size_t at = (size_t)log.marks[4].end;
    memset(log.bytes.data + at + 9, 0, 4);
    struct walk w = { .blocks = 0 };
    walk(after_magic(&log), &w);
    CHECK_OK(w.ok, w.err);
    CHECK(w.blocks == 1 && w.largest == BLOCK);
    CHECK(w.unchecked == BLOCK - (at - BINLOG_MAGIC_SIZE));
    log_maker_clear(&log);
}

TEST(blocks, a_format_description_begins_one)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 10, 300);
    log_maker_format(&log);
    log_maker_add(&log, 11, 20, 300);
    struct walk w = { .blocks = 0 };
    walk(after_magic(&log), &w);
    CHECK(w.ok && w.is_same && w.blocks == 2 && w.unchecked == 0);
    log_maker_clear(&log);
}

TEST(blocks, an_error_comes_after_the_bytes_before_it)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 5000, 300);
    struct bytes file = after_magic(&log);
    file.len -= 100;
    struct walk w = { .source.fails = true };
    walk(file, &w);
    CHECK(!w.ok && w.is_same && w.err.code == ERR_SYSTEM);
    CHECK_STR(w.err.text, "the disk is gone");
    log_maker_clear(&log);
}

TEST(blocks, may_be_left_at_any_time)
{
    struct log_maker log;
    log_maker_init(&log, FLAVOUR_MYSQL, NULL);
    log_maker_add(&log, 1, 1000, 300);
    log_maker_transaction(&log, &(struct gtid){ .kind = GTID_MYSQL, .seq = 1001 }, 2 * BLOCK);
    log_maker_add(&log, 1002, 19000, 300);
    for (unsigned taken = 0; taken < 12; taken++) {
        struct source source = { .left = after_magic(&log), .most = SIZE_MAX };
        struct blocks *blocks = blocks_new(&(struct blocks_input){ read_source, &source }, THREADS);
        struct block block;
        struct err err;
        for (unsigned i = 0; i < taken; i++)
            CHECK_OK(blocks_next(blocks, &block, &err), err);
        blocks_free(blocks);
    }
    log_maker_clear(&log);
}

TEST(blocks, of_nothing_are_none)
{
    struct walk w = { .blocks = 0 };
    walk(bytes_of("", 0), &w);
    CHECK(w.ok && w.blocks == 0 && w.is_same);
}

UNIT_MAIN(RUN(blocks, are_the_file_and_all_of_it_checked),
          RUN(blocks, grow_for_an_event_that_is_larger),
          RUN(blocks, a_lying_size_costs_no_more_than_what_is_there),
          RUN(blocks, what_follows_a_wrong_checksum_is_not_checked),
          RUN(blocks, nothing_is_read_after_a_size_that_cannot_be),
          RUN(blocks, a_format_description_begins_one),
          RUN(blocks, an_error_comes_after_the_bytes_before_it),
          RUN(blocks, may_be_left_at_any_time), RUN(blocks, of_nothing_are_none))
