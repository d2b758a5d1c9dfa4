/* A store's files checked from outside: each planted fault is found, at its place, and no other. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/log_check.h"
#include "store/gtid_index.h"
#include "../store/place.h"

static const char *const names[] = { "b.000009", "b.000010", "b.000011" };

struct world {
    struct place place;
    struct log_maker logs[3];
    struct log_check check;
};

static void world_init(struct world *w, enum flavour flavour)
{
    *w = (struct world){ .check = { .count = 0 } };
    place_init(&w->place);
    write_three_files(&w->place, w->logs, flavour);
    store_free(w->place.store);
    w->place.store = NULL;
}

static void world_clear(struct world *w)
{
    log_check_clear(&w->check);
    for (int i = 0; i < 3; i++)
        log_maker_clear(&w->logs[i]);
    place_clear(&w->place);
}

static void run(struct world *w, struct log_check_end end)
{
    struct log_check_options options = { .dir = w->place.dir, .end = end };
    struct err err;
    log_check_clear(&w->check);
    if (!log_check_run(&options, &w->check, &err))
        fail_msg("%s", err.text);
}

/* Every fault of the log, as "id id …". */
static const char *found(const struct world *w)
{
    static char text[4096];
    text[0] = 0;
    for (size_t i = 0; i <= w->check.count; i++) {
        const struct faults *faults =
            i == 0 ? &w->check.faults : &w->check.files[i - 1].check.faults;
        for (size_t j = 0; j < faults->count; j++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     text[0] != 0 ? " " : "", fault_id(faults->items[j].kind));
    }
    return text;
}

static const struct fault *only(const struct world *w, size_t file)
{
    const struct faults *faults = &w->check.files[file].check.faults;
    if (faults->count != 1)
        fail_msg("%zu faults: %s", faults->count, found(w));
    return &faults->items[0];
}

/* Puts the file with one byte changed, or cut to `len`, in its place. */
static void spoil(struct world *w, int file, uint64_t at, size_t len)
{
    struct bytes bytes = buf_bytes(&w->logs[file].bytes);
    uint8_t *copy = malloc(bytes.len);
    memcpy(copy, bytes.data, bytes.len);
    copy[at] ^= 0x10;
    dir_write(w->place.dir, names[file], bytes_of(copy, len < bytes.len ? len : bytes.len));
    free(copy);
}

static void restore(struct world *w, int file)
{
    dir_write(w->place.dir, names[file], buf_bytes(&w->logs[file].bytes));
}

TEST(log_check, finds_nothing_wrong_with_what_the_store_wrote)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        struct world w;
        world_init(&w, (enum flavour)flavour);
        run(&w, (struct log_check_end){ .file = NULL });
        CHECK_STR(found(&w), "");
        CHECK(w.check.count == 3);
        uint64_t transactions = 0;
        for (size_t i = 0; i < 3; i++) {
            CHECK(w.check.files[i].check.whole);
            CHECK(w.check.files[i].check.checked == w.logs[i].bytes.len);
            transactions += w.check.files[i].check.transactions;
        }
        CHECK(transactions > 0);
        world_clear(&w);
    }
}

TEST(log_check, finds_each_flipped_byte_in_a_complete_file_and_goes_on)
{
    struct world w;
    world_init(&w, FLAVOUR_MARIADB);
    size_t len = w.logs[1].bytes.len;
    for (uint64_t at = 0; at < len; at += at < 400 ? 1 : 97) {
        spoil(&w, 1, at, len);
        run(&w, (struct log_check_end){ .file = NULL });
        const struct file_check *check = &w.check.files[1].check;
        if (!faults_have(&check->faults, FAULT_PROBLEM) || check->faults.items[0].offset > at ||
            check->whole)
            fail_msg("a flipped byte at %llu: %s", (unsigned long long)at, found(&w));
        CHECK(w.check.files[0].check.whole && w.check.files[2].check.whole);
    }
    restore(&w, 1);
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "");
    world_clear(&w);
}

TEST(log_check, tells_a_torn_tail_of_the_newest_file_from_damage)
{
    struct world w;
    world_init(&w, FLAVOUR_MYSQL);
    const struct log_maker *last = &w.logs[2];
    uint64_t boundary = last->marks[last->mark_count - 2].end;
    dir_write(w.place.dir, "b.000011.gtids", bytes_of("", 0));
    unlink(dir_file(w.place.dir, "b.000011.gtids"));
    dir_write(w.place.dir, names[2], bytes_of(last->bytes.data, (size_t)boundary + 30));
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "index_missing torn_tail");
    CHECK(w.check.files[2].check.faults.items[1].offset == boundary);
    CHECK(w.check.files[2].check.whole);
    /* the same cut in the middle of the log is data that is lost */
    dir_write(w.place.dir, names[2], buf_bytes(&last->bytes));
    spoil(&w, 1, 0, w.logs[1].bytes.len - 5);
    dir_write(w.place.dir, names[1], bytes_of(w.logs[1].bytes.data, w.logs[1].bytes.len - 5));
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK(fault_level_of(only(&w, 1)->kind) == FAULT_PROBLEM);
    CHECK_STR(fault_id(only(&w, 1)->kind), "cut_off");
    world_clear(&w);
}

TEST(log_check, reads_no_further_than_a_running_node_is_durable)
{
    struct world w;
    world_init(&w, FLAVOUR_MARIADB);
    const struct log_maker *last = &w.logs[2];
    uint64_t durable = last->marks[last->mark_count / 2].end;
    spoil(&w, 2, durable + 10, SIZE_MAX);
    run(&w, (struct log_check_end){ .file = names[2], .offset = durable });
    CHECK_STR(found(&w), "");
    CHECK(w.check.files[2].check.checked == durable);
    run(&w, (struct log_check_end){ .file = names[1], .offset = w.logs[1].bytes.len });
    CHECK(w.check.count == 2); /* a newer file is not the node's yet */
    CHECK_STR(found(&w), "");
    world_clear(&w);
}

TEST(log_check, names_files_that_are_missing_unlisted_or_not_indexed)
{
    struct world w;
    world_init(&w, FLAVOUR_MARIADB);
    unlink(dir_file(w.place.dir, names[1]));
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "missing_file");
    restore(&w, 1);
    dir_write(w.place.dir, "b.000012", buf_bytes(&w.logs[2].bytes));
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "unlisted_file");
    unlink(dir_file(w.place.dir, "b.000012"));
    struct bytes index = dir_read(w.place.dir, "index");
    dir_write(w.place.dir, "index", bytes_of(index.data, index.len - 3));
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK(strstr(found(&w), "index") == found(&w));
    dir_write(w.place.dir, "index", index);
    free((void *)(uintptr_t)index.data);
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "");
    world_clear(&w);
}

TEST(log_check, compares_the_gtid_index_with_the_log)
{
    struct world w;
    world_init(&w, FLAVOUR_MYSQL);
    struct gtid_index index;
    struct err err;
    bool there = false;
    CHECK_OK(gtid_index_load(&files_os, w.place.dir, names[1], 1, &index, &there, &err), err);
    CHECK(there && index.count > 0);
    uint64_t end = index.points[0].end;
    index.points[0].end = end - 1;
    CHECK_OK(gtid_index_save(&files_os, w.place.dir, &index, &err), err);
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "gtid_index");
    index.points[0].end = end;
    index.points[0].runs.items[0].first.seq++;
    CHECK_OK(gtid_index_save(&files_os, w.place.dir, &index, &err), err);
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "gtid_index");
    index.points[0].runs.items[0].first.seq--;
    free(index.before);
    index.before = strdup(UUID_11 ":1-2");
    CHECK_OK(gtid_index_save(&files_os, w.place.dir, &index, &err), err);
    run(&w, (struct log_check_end){ .file = NULL });
    CHECK_STR(found(&w), "gtid_index");
    gtid_index_clear(&index);
    world_clear(&w);
}

TEST(log_check, finds_a_hole_between_files)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        struct world w;
        struct log_maker early;
        AUTO(gtid_set) none = gtid_set_new();
        world_init(&w, (enum flavour)flavour);
        /* the second file holds one transaction only: what the third says came before is missing */
        log_maker_init(&early, (enum flavour)flavour, NULL);
        dir_write(w.place.dir, names[1], buf_bytes(&early.bytes));
        unlink(dir_file(w.place.dir, "b.000010.gtids"));
        unlink(dir_file(w.place.dir, "b.000011.gtids"));
        run(&w, (struct log_check_end){ .file = NULL });
        CHECK_STR(found(&w), "index_missing index_missing gtid_gap");
        log_maker_clear(&early);
        world_clear(&w);
    }
}

UNIT_MAIN(RUN(log_check, finds_nothing_wrong_with_what_the_store_wrote),
          RUN(log_check, finds_each_flipped_byte_in_a_complete_file_and_goes_on),
          RUN(log_check, tells_a_torn_tail_of_the_newest_file_from_damage),
          RUN(log_check, reads_no_further_than_a_running_node_is_durable),
          RUN(log_check, names_files_that_are_missing_unlisted_or_not_indexed),
          RUN(log_check, compares_the_gtid_index_with_the_log),
          RUN(log_check, finds_a_hole_between_files))
