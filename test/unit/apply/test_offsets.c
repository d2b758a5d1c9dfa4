/* test_offsets.c - a log file that grows past 4 GiB, where the end positions in the events' headers
 * begin anew: the offsets of the store, of its readers and of the engine go on. The file is a hole
 * up to there: its GTID index says that a boundary is at the hole's end, so nobody reads it. */
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>
#include "apply_fixture.h"
#include "store/gtid_index.h"

#define FOUR_GIB  ((uint64_t)1 << 32)
#define HOLE_END  (FOUR_GIB - 20) /* the first event behind it crosses */
#define GTID_DONE "11111111-1111-1111-1111-111111111111:1"

/* What the fixture logged from `from` on, as it stands at `at`. */
static void place_at(const struct apply_fixture *a, size_t from, uint64_t at, struct buf *out)
{
    struct err err;
    buf_init(out, 1 << 20);
    while (from < a->log.bytes.len) {
        struct event_header header;
        struct bytes rest = bytes_of(a->log.bytes.data + from, a->log.bytes.len - from);
        if (!event_header_decode(rest, &header, &err))
            fail_msg("%s", err.text);
        from += header.size;
        size_t len = header.size - EVENT_HEADER_SIZE - EVENT_CHECKSUM_SIZE;
        header.end_pos = (uint32_t)(at + out->len + header.size);
        event_append(out, &header, bytes_of(rest.data + EVENT_HEADER_SIZE, len), CHECKSUM_CRC32);
    }
}

static void write_behind_the_hole(const struct apply_fixture *a, struct bytes bytes)
{
    int fd = open(dir_file(a->log_dir, "b.000001"), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || pwrite(fd, bytes.data, bytes.len, (off_t)HOLE_END) != (ssize_t)bytes.len)
        fail_msg("the log file cannot be written");
    close(fd);
}

/* The index says that a boundary is where the hole ends. */
static void index_the_hole(struct apply_fixture *a, uint64_t file)
{
    struct gtid_index index;
    struct gtid_point point = { .end = HOLE_END };
    struct files *files = &files_os;
    bool found = false;
    if (!gtid_index_load(files, a->log_dir, "b.000001", file, &index, &found, &a->f.err) || !found)
        fail_msg("no index: %s", a->f.err.text);
    gtid_index_push(&index, &point);
    if (!gtid_index_save(files, a->log_dir, &index, &a->f.err))
        fail_msg("%s", a->f.err.text);
    gtid_index_clear(&index);
}

static void move_engine(struct apply_fixture *a)
{
    struct position at = { .file = "b.000001", .offset = HOLE_END };
    fixture_begin(&a->f);
    if (!gtid_set_parse(GTID_DONE, FLAVOUR_MYSQL, &at.gtids, &a->f.err) ||
        !a->f.engine->ops->commit(a->f.engine, &at, &a->f.err))
        fail_msg("%s", a->f.err.text);
    position_clear(&at);
}

static void check_offset(void **unit_state, struct apply_fixture *a, uint64_t end)
{
    char want[100];
    snprintf(want, sizeof want, "b.000001|%llu", (unsigned long long)end);
    CHECK(store_durable_end(a->store).offset == end);
    CHECK(a->status.offset == end && a->status.log_end.offset == end);
    CHECK_STR(fixture_query(&a->f, "SELECT file, offset FROM binlogd_position"), want);
}

TEST(offsets, go_on_past_4_gib)
{
    struct apply_fixture a;
    struct buf more;
    struct store_options options = { .dir = a.log_dir };
    apply_fixture_init(&a, FLAVOUR_MYSQL);
    log_one_insert(&a, 1, "one");
    CHECK_OK(apply_all(&a), a.f.err);
    uint64_t file = store_durable_end(a.store).file;
    store_free(a.store);

    size_t from = a.log.bytes.len;
    log_one_insert(&a, 2, "two");
    place_at(&a, from, HOLE_END, &more);
    write_behind_the_hole(&a, buf_bytes(&more));
    uint64_t end = HOLE_END + more.len;
    buf_clear(&more);
    index_the_hole(&a, file);
    move_engine(&a);
    a.written = a.log.mark_count;
    CHECK_OK(store_open(&options, &a.store, &a.f.err), a.f.err);
    CHECK_OK(apply_all(&a), a.f.err);
    check_offset(unit_state, &a, end);
    CHECK(end > FOUR_GIB && a.status.transactions == 1 && a.status.gtid_count == 2);

    from = a.log.bytes.len;
    log_one_insert(&a, 3, "three"); /* received behind it, and read from there by a new run */
    struct gtid gtid = log_maker_gtid(FLAVOUR_MYSQL, a.seq);
    place_at(&a, from, end, &more);
    CHECK_OK(store_write(a.store, buf_bytes(&more), &a.f.err), a.f.err);
    CHECK_OK(store_mark(a.store, &gtid, &a.f.err), a.f.err);
    end += more.len;
    buf_clear(&more);
    a.written = a.log.mark_count;
    fixture_reopen(&a.f);
    CHECK_OK(apply_all(&a), a.f.err);
    check_offset(unit_state, &a, end);
    CHECK_STR(fixture_query(&a.f, ROWS_OF_T), "1|one\n2|two\n3|three");
    apply_fixture_clear(&a);
}

UNIT_MAIN(RUN(offsets, go_on_past_4_gib))
