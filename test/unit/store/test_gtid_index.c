/* The sparse GTID index: runs, records, damage. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "store/gtid_index.h"
#include "store_dir.h"

static struct gtid mariadb(uint32_t domain, uint32_t server, uint64_t seq)
{
    return (struct gtid){ .kind = GTID_MARIADB, .domain = domain, .server = server, .seq = seq };
}

static struct gtid mysql(const char *tag, uint64_t seq)
{
    struct gtid gtid = { .kind = GTID_MYSQL, .seq = seq };
    memset(gtid.uuid, 0x22, sizeof gtid.uuid);
    strcpy(gtid.tag, tag);
    return gtid;
}

static void add(struct gtid_runs *runs, struct gtid gtid)
{
    gtid_runs_add(runs, &gtid);
}

TEST(gtid_runs, join_consecutive_numbers_of_one_origin)
{
    struct gtid_runs runs = { 0 };
    for (uint64_t seq = 1; seq <= 100; seq++) {
        add(&runs, mysql("", seq));
        add(&runs, mysql("tag", seq));
    }
    CHECK(runs.count == 2 && runs.transactions == 200);
    add(&runs, mysql("", 102));
    CHECK(runs.count == 3);
    add(&runs, (struct gtid){ .kind = GTID_NONE });
    CHECK(runs.count == 3 && runs.transactions == 202);
    gtid_runs_clear(&runs);
}

TEST(gtid_runs, keep_the_order_within_a_mariadb_domain)
{
    struct gtid_runs runs = { 0 };
    struct err err;
    struct gtid last;
    AUTO(gtid_set) set = gtid_set_new();
    add(&runs, mariadb(0, 1, 5));
    add(&runs, mariadb(1, 1, 1));
    add(&runs, mariadb(0, 1, 6)); /* another domain in between does not break the run */
    CHECK(runs.count == 2);
    add(&runs, mariadb(0, 2, 6));
    add(&runs, mariadb(0, 1, 7));
    CHECK(runs.count == 4);
    struct gtid_point point = { 100, runs };
    CHECK_OK(gtid_point_add_to(&point, set, &err), err);
    CHECK(gtid_set_last_in_domain(set, 0, &last) && last.server == 1 && last.seq == 7);
    gtid_runs_clear(&runs);
}

/* Two points; the offsets where the records end are put into ends[]. */
static void make_index(struct buf *out, size_t ends[3])
{
    struct gtid_runs runs = { 0 };
    uint32_t crc = gtid_index_encode_head(out, 7, "b.000008", "0-1-100");
    ends[0] = out->len;
    for (uint64_t seq = 1; seq < 50; seq++)
        add(&runs, mariadb(0, 1, 100 + seq));
    crc = gtid_index_encode_point(out, &(struct gtid_point){ 5000, runs }, crc);
    ends[1] = out->len;
    add(&runs, mariadb(1, 2, 9));
    crc = gtid_index_encode_point(out, &(struct gtid_point){ 9000, runs }, crc);
    ends[2] = out->len;
    gtid_runs_clear(&runs);
}

TEST(gtid_index, comes_back_from_its_bytes)
{
    struct buf bytes;
    struct gtid_index index;
    struct err err;
    size_t ends[3];
    buf_init(&bytes, 4096);
    make_index(&bytes, ends);
    CHECK_OK(gtid_index_decode(buf_bytes(&bytes), &index, &err), err);
    CHECK(index.file == 7 && index.count == 2 && index.good_bytes == bytes.len);
    CHECK_STR(index.name, "b.000008");
    CHECK_STR(index.before, "0-1-100");
    CHECK(index.points[1].end == 9000 && index.points[1].runs.count == 2);
    CHECK(index.points[1].runs.transactions == 50);
    CHECK(gtid_index_end(&index, 4999) == 4 && gtid_index_end(&index, 8999) == 5000);
    CHECK(gtid_index_end(&index, 9000) == 9000);
    gtid_index_clear(&index);
    buf_clear(&bytes);
}

TEST(gtid_index, cut_or_changed_anywhere_keeps_the_whole_records_before)
{
    struct buf bytes;
    struct gtid_index index;
    struct err err;
    size_t ends[3];
    buf_init(&bytes, 4096);
    make_index(&bytes, ends);
    for (size_t at = 0; at < bytes.len; at++) {
        size_t want = at < ends[0] ? 0 : at < ends[1] ? 1 : 2;
        bool cut = gtid_index_decode(bytes_of(bytes.data, at), &index, &err);
        CHECK(cut == (want > 0));
        if (cut) {
            CHECK(index.count == want - 1 && index.good_bytes == ends[want - 1]);
            gtid_index_clear(&index);
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes.data[at] ^= (uint8_t)(1u << bit);
            bool flipped = gtid_index_decode(buf_bytes(&bytes), &index, &err);
            bytes.data[at] ^= (uint8_t)(1u << bit);
            CHECK(flipped == (want > 0));
            if (flipped) {
                CHECK(index.count == want - 1);
                gtid_index_clear(&index);
            }
        }
    }
    buf_clear(&bytes);
}

TEST(gtid_writer, writes_a_point_only_when_the_log_is_durable_past_it)
{
    char dir[64];
    struct gtid_writer writer;
    struct gtid_index index;
    struct err err;
    bool found;
    AUTO(gtid_set) before = gtid_set_new();
    dir_make(dir);
    gtid_writer_init(&writer, &files_os, dir);
    CHECK_OK(gtid_writer_create(&writer, "b.000001", 3, before, &err), err);
    for (uint64_t seq = 1; seq <= 2 * GTID_POINT_TRANSACTIONS; seq++) {
        struct gtid gtid = mariadb(0, 1, seq);
        gtid_writer_mark(&writer, &gtid, 4 + seq * 10);
    }
    CHECK(writer.waiting_count == 2);
    CHECK_OK(gtid_writer_flush(&writer, GTID_POINT_TRANSACTIONS * 10 + 3, &err), err);
    CHECK(writer.waiting_count == 2);
    CHECK_OK(gtid_writer_flush(&writer, GTID_POINT_TRANSACTIONS * 10 + 4, &err), err);
    CHECK(writer.waiting_count == 1);
    gtid_writer_close(&writer); /* what waits is not written */
    CHECK_OK(gtid_index_load(&files_os, dir, "b.000001", 3, &index, &found, &err), err);
    CHECK(found && index.count == 1);
    CHECK_OK(gtid_writer_open(&writer, &index, &err), err);
    gtid_index_clear(&index);
    struct gtid next = mariadb(0, 1, GTID_POINT_TRANSACTIONS + 1);
    writer.covered = GTID_POINT_TRANSACTIONS * 10 + 4;
    gtid_writer_mark(&writer, &next, writer.covered + 10);
    CHECK_OK(gtid_writer_seal(&writer, writer.covered + 10, &err), err);
    gtid_writer_close(&writer);
    CHECK_OK(gtid_index_load(&files_os, dir, "b.000001", 3, &index, &found, &err), err);
    CHECK(index.count == 2 && index.points[1].runs.transactions == 1);
    gtid_index_clear(&index);
    CHECK(!gtid_index_load(&files_os, dir, "b.000001", 4, &index, &found, &err));
    CHECK(err.code == ERR_CORRUPT); /* the index of another file */
    CHECK_OK(gtid_index_load(&files_os, dir, "b.000002", 4, &index, &found, &err) && !found, err);
    dir_remove(dir);
}

UNIT_MAIN(RUN(gtid_runs, join_consecutive_numbers_of_one_origin),
          RUN(gtid_runs, keep_the_order_within_a_mariadb_domain),
          RUN(gtid_index, comes_back_from_its_bytes),
          RUN(gtid_index, cut_or_changed_anywhere_keeps_the_whole_records_before),
          RUN(gtid_writer, writes_a_point_only_when_the_log_is_durable_past_it))
