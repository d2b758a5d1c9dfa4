/* The file list: text, damage, and the list that a directory gives. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "store/index.h"
#include "store_dir.h"

static void make_list(struct index *list)
{
    index_init(list);
    list->first = 12;
    index_add(list, "binlog.000013", 100);
    index_add(list, "binlog.000014", 200);
    index_add(list, "other-bin.000001", 300);
}

TEST(index, numbers_stay_when_the_first_files_go)
{
    struct index list;
    uint64_t file;
    make_list(&list);
    CHECK(index_find(&list, "other-bin.000001", &file) && file == 14);
    index_drop_first(&list, 2);
    CHECK(index_find(&list, "other-bin.000001", &file) && file == 14);
    CHECK(!index_find(&list, "binlog.000013", &file));
    CHECK(index_entry_at(&list, 13) == NULL && index_entry_at(&list, 15) == NULL);
    CHECK(index_entry_at(&list, 14)->size == 300);
    index_clear(&list);
}

TEST(index, comes_back_from_its_text_and_from_no_part_of_it)
{
    struct index list;
    struct index again;
    struct buf text;
    struct err err;
    buf_init(&text, 4096);
    make_list(&list);
    index_encode(&list, &text);
    CHECK_OK(index_decode(buf_bytes(&text), &again, &err), err);
    CHECK(again.first == 12 && again.count == 3);
    CHECK_STR(again.entries[2].name, "other-bin.000001");
    index_clear(&again);
    for (size_t len = 0; len < text.len; len++) {
        CHECK(!index_decode(bytes_of(text.data, len), &again, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!index_decode(buf_bytes(&text), &again, &err));
        text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_clear(&text);
    index_clear(&list);
}

TEST(index, is_rebuilt_in_the_order_of_the_numbers_not_of_the_letters)
{
    char dir[64];
    struct index list;
    struct err err;
    dir_make(dir);
    dir_write(dir, "b.1000000", bytes_of("x", 1));
    dir_write(dir, "b.999999", bytes_of("x", 1));
    dir_write(dir, "b.000007", bytes_of("x", 1));
    dir_write(dir, "b.000007.gtids", bytes_of("x", 1));
    dir_write(dir, "lock", bytes_of("x", 1));
    CHECK_OK(index_rebuild(dir, &list, &err), err);
    CHECK(list.count == 3);
    CHECK_STR(list.entries[0].name, "b.000007");
    CHECK_STR(list.entries[1].name, "b.999999");
    CHECK_STR(list.entries[2].name, "b.1000000");
    index_clear(&list);
    dir_write(dir, "c.000008", bytes_of("x", 1));
    CHECK(!index_rebuild(dir, &list, &err) && err.code == ERR_CORRUPT);
    dir_remove(dir);
}

TEST(index, takes_names_of_log_files_only)
{
    CHECK(index_name_valid("binlog.000001") && index_name_valid("a.b-c.1"));
    CHECK(!index_name_valid("") && !index_name_valid("binlog") && !index_name_valid("binlog."));
    CHECK(!index_name_valid(".000001") && !index_name_valid("#a.000001"));
    CHECK(!index_name_valid("a/b.000001") && !index_name_valid("a\n.000001"));
    CHECK(!index_name_valid("binlog.000001.gtids") && !index_name_valid("index"));
    char name[300];
    memset(name, 'x', sizeof name);
    strcpy(name + INDEX_NAME_MAX - 2, ".1");
    CHECK(index_name_valid(name));
    strcpy(name + INDEX_NAME_MAX - 1, ".1");
    CHECK(!index_name_valid(name));
}

UNIT_MAIN(RUN(index, numbers_stay_when_the_first_files_go),
          RUN(index, comes_back_from_its_text_and_from_no_part_of_it),
          RUN(index, is_rebuilt_in_the_order_of_the_numbers_not_of_the_letters),
          RUN(index, takes_names_of_log_files_only))
