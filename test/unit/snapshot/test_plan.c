/* Slices of a key and the progress text. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/plan.h"
#include <stdlib.h>
#include "base/memory.h"
#include "unit.h"

TEST(plan, equal_slices_cover_every_key_once)
{
    struct plan plan;
    plan_split(&plan, "-10", "89", false, 4);
    CHECK(plan.slice_count == 4);
    CHECK_STR(plan.slices[0].from, "");
    CHECK_STR(plan.slices[3].to, "");
    for (unsigned i = 1; i < 4; i++)
        CHECK(atoi(plan.slices[i].from) == atoi(plan.slices[i - 1].to) + 1);
    CHECK_STR(plan.slices[1].from, "14");
    plan_clear(&plan);
}

TEST(plan, the_widest_ranges_do_not_overflow)
{
    struct plan plan;
    plan_split(&plan, "-9223372036854775808", "9223372036854775807", false, 2);
    CHECK(plan.slice_count == 2);
    CHECK_STR(plan.slices[1].from, "-1");
    CHECK_STR(plan.slices[0].to, "-2");
    plan_split(&plan, "0", "18446744073709551615", true, 64);
    CHECK(plan.slice_count == 64);
    CHECK_STR(plan.slices[63].from, "18158513697557839809");
}

TEST(plan, what_cannot_be_split_is_one_slice)
{
    static const char *bounds[][2] = { { "", "" },   { "1", "1" },     { "9", "1" },  { "a", "z" },
                                       { "1", "2" }, { "1.5", "100" }, { "-5", "99" } };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct plan plan;
        plan_split(&plan, bounds[i][0], bounds[i][1], true, 4);
        CHECK(plan.slice_count == 1 && plan.slices[0].from[0] == '\0');
    }
}

static void sample(struct plan *plan, struct buf *text)
{
    plan_split(plan, "1", "1000", false, 3);
    plan->slices[0].done = true;
    plan->slices[1].after = memory_str("400\t_utf8mb4 X'6162'");
    buf_init(text, PLAN_TEXT_MAX);
    plan_print(plan, text);
}

TEST(plan, the_progress_text_reads_back_equal)
{
    struct plan plan, again, other;
    struct buf text, printed;
    struct err err;
    sample(&plan, &text);
    CHECK_OK(plan_parse(buf_cstr(&text), 2, &again, &err), err);
    CHECK(again.slice_count == 3 && again.slices[0].done && !again.slices[1].done);
    CHECK_STR(again.slices[1].after, plan.slices[1].after);
    CHECK(again.slices[2].after == NULL && !plan_is_done(&again));
    buf_init(&printed, PLAN_TEXT_MAX);
    plan_print(&again, &printed);
    CHECK_STR(buf_cstr(&printed), buf_cstr(&text));
    CHECK(!plan_parse(buf_cstr(&text), 3, &other, &err) && err.code == ERR_CORRUPT);
    plan_clear(&plan);
    plan_clear(&again);
    buf_clear(&text);
    buf_clear(&printed);
}

TEST(plan, the_point_reads_back_equal)
{
    struct plan_point point = { .file = "binlog.000007",
                                .offset = 5000000000,
                                .source_uuid = "server_id:12",
                                .gtids = (char[]){ "0-12-100,1-3-9" } };
    struct plan_point again;
    struct buf text;
    struct err err;
    buf_init(&text, PLAN_TEXT_MAX);
    plan_point_print(&point, &text);
    CHECK_OK(plan_point_parse(buf_cstr(&text), &again, &err), err);
    CHECK_STR(again.file, point.file);
    CHECK_STR(again.source_uuid, point.source_uuid);
    CHECK_STR(again.gtids, point.gtids);
    CHECK(again.offset == point.offset);
    plan_point_clear(&again);
    buf_clear(&text);
}

/* Cut at i, or with bit i - len flipped. */
static char *damaged(const struct buf *text, size_t i)
{
    bool cut = i < text->len;
    size_t bit = i - text->len;
    char *copy = memory_strn(text->data, cut ? i : text->len);
    if (!cut)
        copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
    return copy;
}

TEST(plan, texts_cut_or_flipped_are_an_error_or_a_plan)
{
    struct plan plan, again;
    struct plan_point point = { .file = "b.1",
                                .source_uuid = "server_id:1",
                                .gtids = (char[]){ "" } };
    struct plan_point point_again;
    struct buf text, point_text;
    struct err err;
    sample(&plan, &text);
    buf_init(&point_text, PLAN_TEXT_MAX);
    plan_point_print(&point, &point_text);
    for (size_t i = 0; i < 9 * text.len; i++) {
        char *copy = damaged(&text, i);
        if (plan_parse(copy, 2, &again, &err)) {
            CHECK(again.slice_count > 0);
            plan_clear(&again);
        }
        free(copy);
    }
    for (size_t i = 0; i < 9 * point_text.len; i++) {
        char *copy = damaged(&point_text, i);
        if (plan_point_parse(copy, &point_again, &err)) {
            CHECK(point_again.gtids != NULL);
            plan_point_clear(&point_again);
        }
        free(copy);
    }
    plan_clear(&plan);
    buf_clear(&text);
    buf_clear(&point_text);
}

UNIT_MAIN(RUN(plan, equal_slices_cover_every_key_once),
          RUN(plan, the_widest_ranges_do_not_overflow),
          RUN(plan, what_cannot_be_split_is_one_slice),
          RUN(plan, the_progress_text_reads_back_equal), RUN(plan, the_point_reads_back_equal),
          RUN(plan, texts_cut_or_flipped_are_an_error_or_a_plan))
