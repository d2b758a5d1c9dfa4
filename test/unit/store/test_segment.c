/* One growing file: what is buffered, what is in the file, and taking it back. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "store/segment.h"
#include "store_dir.h"

static uint8_t pattern[3 << 20];

static void make_pattern(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 31 + i / 251);
}

TEST(segment, holds_what_was_appended_in_pieces_of_any_size)
{
    static const size_t sizes[] = { 1, 19, 4095, 65536, 256 << 10, 200 << 10, (256 << 10) - 1, 3 };
    char dir[64];
    struct segment segment;
    struct err err;
    size_t total = 0;
    make_pattern();
    dir_make(dir);
    segment_init(&segment, &files_os);
    CHECK_OK(segment_create(&segment, dir, "b.000001", &err), err);
    CHECK(segment_end(&segment) == 4 && segment.buffer.len == 0);
    for (size_t i = 0; i < 3 * ARRAY_COUNT(sizes); i++) {
        size_t n = sizes[i % ARRAY_COUNT(sizes)];
        uint8_t back[64];
        CHECK_OK(segment_append(&segment, bytes_of(pattern + total, n), &err), err);
        total += n;
        CHECK(segment_end(&segment) == 4 + total);
        size_t tail = total < sizeof back ? total : sizeof back;
        CHECK_OK(segment_read(&segment, 4 + total - tail, back, tail, &err), err);
        CHECK(memcmp(back, pattern + total - tail, tail) == 0);
    }
    CHECK_OK(segment_flush(&segment, &err), err);
    CHECK(segment.buffer.len == 0 && segment.buffer.cap <= SEGMENT_BUFFER_KEPT);
    struct bytes file = dir_read(dir, "b.000001");
    CHECK(file.len == 4 + total && memcmp(file.data + 4, pattern, total) == 0);
    free((void *)(uintptr_t)file.data);
    CHECK(
        !segment_create(&(struct segment){ .files = &files_os, .fd = -1 }, dir, "b.000001", &err));
    segment_close(&segment);
    dir_remove(dir);
}

TEST(segment, cut_takes_back_from_the_buffer_and_from_the_file)
{
    char dir[64];
    struct segment segment;
    struct err err;
    uint8_t back[300];
    make_pattern();
    dir_make(dir);
    segment_init(&segment, &files_os);
    CHECK_OK(segment_create(&segment, dir, "b.000001", &err), err);
    CHECK_OK(segment_append(&segment, bytes_of(pattern, 100), &err), err);
    CHECK_OK(segment_flush(&segment, &err), err);
    CHECK_OK(segment_append(&segment, bytes_of(pattern + 100, 200), &err), err);
    CHECK_OK(segment_read(&segment, 4, back, 300, &err), err); /* from both */
    CHECK(memcmp(back, pattern, 300) == 0);
    CHECK_OK(segment_cut(&segment, 204, &err), err);
    CHECK(segment_end(&segment) == 204 && segment.flushed == 104);
    CHECK_OK(segment_cut(&segment, 54, &err), err);
    CHECK(segment_end(&segment) == 54 && segment.flushed == 54);
    CHECK_OK(segment_append(&segment, bytes_of(pattern + 50, 10), &err), err);
    CHECK_OK(segment_flush(&segment, &err), err);
    struct bytes file = dir_read(dir, "b.000001");
    CHECK(file.len == 64 && memcmp(file.data + 4, pattern, 60) == 0);
    free((void *)(uintptr_t)file.data);
    segment_close(&segment);
    dir_remove(dir);
}

UNIT_MAIN(RUN(segment, holds_what_was_appended_in_pieces_of_any_size),
          RUN(segment, cut_takes_back_from_the_buffer_and_from_the_file))
