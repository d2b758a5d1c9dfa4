/* test_rows.c - rows events made by hand: what frames them, and what may not be in them. Events of
 * real servers are in test_rows_servers.c. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/column.h"
#include "binlog/rows.h"

enum { BODY_MAX = 256 };

struct made {
    uint8_t body[BODY_MAX];
    struct event event;
};

/* table id 9, flags 1, then what the test wants */
static struct made make(uint8_t type, const void *rest, size_t size)
{
    struct made made = { .event.header.type = type };
    memcpy(made.body, "\x09\0\0\0\0\0\x01\0", 8);
    memcpy(made.body + 8, rest, size);
    made.event.body.len = 8 + size;
    return made;
}

static const struct event *made_event(struct made *made)
{
    made->event.body.data = made->body;
    return &made->event;
}

static const struct column_type two_tinies[] = { { .type = COLUMN_TINY }, { .type = COLUMN_TINY } };
static const struct column_type json_and_tiny[] = { { .type = COLUMN_JSON, .length = 1 },
                                                    { .type = COLUMN_TINY } };

TEST(rows, version_1_has_no_extra_data)
{
    struct made made = make(EVENT_WRITE_ROWS_V1, "\x02\x03\x00\x05\x06\x01\x07", 7);
    struct value after[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK(rows.kind == ROWS_WRITE && rows.table_id == 9 && rows.flags == ROWS_STATEMENT_END);
    CHECK_OK(rows_bind(&rows, two_tinies, 2, &err), err);
    CHECK_OK(rows_next(&rows, NULL, after, &more, &err), err);
    CHECK(more && after[0].i == 5 && after[1].i == 6);
    CHECK_OK(rows_next(&rows, NULL, after, &more, &err), err);
    CHECK(more && after[0].kind == VALUE_NULL && after[1].i == 7);
    CHECK_OK(rows_next(&rows, NULL, after, &more, &err), err);
    CHECK(!more);
}

TEST(rows, version_2_extra_data_is_passed_over_by_its_length)
{
    struct made made =
        make(EVENT_UPDATE_ROWS, "\x07\0\x01\x01\0\0\0\x02\x01\x02\x00\x05\x00\x06", 14);
    struct value before[2], after[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK_OK(rows_bind(&rows, two_tinies, 2, &err), err);
    CHECK_OK(rows_next(&rows, before, after, &more, &err), err);
    CHECK(more && before[0].i == 5 && before[1].kind == VALUE_ABSENT);
    CHECK(after[0].kind == VALUE_ABSENT && after[1].i == 6);
}

TEST(rows, of_a_delete_leave_after_alone)
{
    struct made made = make(EVENT_DELETE_ROWS, "\x02\0\x02\x03\x00\x05\x06", 7);
    struct value before[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK_OK(rows_bind(&rows, two_tinies, 2, &err), err);
    CHECK_OK(rows_next(&rows, before, NULL, &more, &err), err);
    CHECK(more && before[1].i == 6);
}

TEST(rows, of_another_table_do_not_bind)
{
    struct made made = make(EVENT_WRITE_ROWS_V1, "\x02\x03\x00\x05\x06", 5);
    struct rows rows;
    struct err err;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK(!rows_bind(&rows, two_tinies, 1, &err));
    CHECK(err.code == ERR_CORRUPT);
}

TEST(rows, that_no_server_writes_are_corrupt)
{
    static const struct {
        uint8_t type;
        const char *rest;
        size_t size;
    } events[] = {
        { EVENT_WRITE_ROWS, "\x01\0\x01\x01\x00\x05", 6 },   /* extra length below 2 */
        { EVENT_WRITE_ROWS, "\xff\xff\x01\x01\x00\x05", 6 }, /* extra past the end */
        { EVENT_WRITE_ROWS, "\x02\0\x00", 3 },               /* no columns */
        { EVENT_WRITE_ROWS_V1, "\xfc\x01\x10", 3 },          /* 4097 columns */
        { EVENT_WRITE_ROWS_V1, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
        { EVENT_WRITE_ROWS_V1, "\xfb", 1 },         /* NULL columns */
        { EVENT_WRITE_ROWS_V1, "\x09\x01", 2 },     /* half a bitmap */
        { EVENT_WRITE_ROWS_V1, "\x02\x00\x00", 3 }, /* rows of no columns */
        { EVENT_UPDATE_ROWS_V1, "\x02\x03", 2 },    /* one bitmap */
    };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct made made = make(events[i].type, events[i].rest, events[i].size);
        struct rows rows;
        struct err err;
        CHECK(!rows_decode(made_event(&made), &rows, &err));
        CHECK(err.code == ERR_CORRUPT);
    }
}

TEST(rows, of_no_columns_at_all_end_at_once)
{
    struct made made = make(EVENT_WRITE_ROWS_V1, "\x02\x00", 2);
    struct rows rows;
    struct err err;
    bool more = true;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK_OK(rows_bind(&rows, two_tinies, 2, &err), err);
    CHECK_OK(rows_next(&rows, NULL, NULL, &more, &err), err);
    CHECK(!more);
}

TEST(rows, errors_name_row_image_and_column)
{
    struct made made = make(EVENT_WRITE_ROWS_V1, "\x02\x03\x00\x05\x06\x00\x07", 7);
    struct value after[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK_OK(rows_bind(&rows, two_tinies, 2, &err), err);
    CHECK_OK(rows_next(&rows, NULL, after, &more, &err), err);
    CHECK(!rows_next(&rows, NULL, after, &more, &err));
    CHECK(err.code == ERR_CORRUPT);
    CHECK_STR(err.text, "row 2: column 2 of the after image: the tinyint is longer than the event");
}

TEST(rows, with_whole_json_in_a_partial_update_event_are_read)
{
    /* before (null, 1), options 0, after (true, 2); before, options 1 with no bit set, after */
    struct made made = make(EVENT_PARTIAL_UPDATE_ROWS,
                            "\x02\0\x02\x03\x03"
                            "\x00\x02\x04\x00\x01\x00\x00\x02\x04\x01\x02"
                            "\x00\x02\x04\x00\x01\x01\x00\x00\x02\x04\x01\x02",
                            28);
    struct value before[2], after[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK(rows.partial_json);
    CHECK_OK(rows_bind(&rows, json_and_tiny, 2, &err), err);
    for (unsigned row = 0; row < 2; row++) {
        CHECK_OK(rows_next(&rows, before, after, &more, &err), err);
        CHECK(more && before[1].i == 1 && after[1].i == 2);
        CHECK(after[0].kind == VALUE_JSON && after[0].bytes.data[1] == 1);
    }
    CHECK_OK(rows_next(&rows, before, after, &more, &err), err);
    CHECK(!more);
}

TEST(rows, with_changes_of_a_document_say_so)
{
    /* before (null, 1), options 1 with the bit set, after: one byte of changes, then none */
    struct made made = make(EVENT_PARTIAL_UPDATE_ROWS,
                            "\x02\0\x02\x03\x03"
                            "\x00\x02\x04\x00\x01\x01\x01\x00\x01\x02\x02"
                            "\x00\x02\x04\x00\x01\x01\x01\x00\x00\x02",
                            26);
    struct value before[2], after[2];
    struct rows rows;
    struct err err;
    bool more;
    CHECK_OK(rows_decode(made_event(&made), &rows, &err), err);
    CHECK_OK(rows_bind(&rows, json_and_tiny, 2, &err), err);
    CHECK_OK(rows_next(&rows, before, after, &more, &err), err);
    CHECK(before[0].kind == VALUE_JSON && after[0].kind == VALUE_JSON_DIFF && after[1].i == 2);
    CHECK(after[0].bytes.len == 1);
    CHECK_OK(rows_next(&rows, before, after, &more, &err), err);
    CHECK(after[0].kind == VALUE_ABSENT && after[1].i == 2);
}

TEST(rows, event_types_are_told_apart)
{
    struct made made = make(EVENT_XID, "\0\0\0\0", 4);
    struct rows rows;
    struct err err;
    CHECK(rows_is_rows_event(EVENT_WRITE_ROWS_V1) && rows_is_rows_event(EVENT_PARTIAL_UPDATE_ROWS));
    CHECK(!rows_is_rows_event(EVENT_TABLE_MAP) && !rows_is_rows_event(255));
    CHECK(!rows_decode(made_event(&made), &rows, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
}

UNIT_MAIN(RUN(rows, version_1_has_no_extra_data),
          RUN(rows, version_2_extra_data_is_passed_over_by_its_length),
          RUN(rows, of_a_delete_leave_after_alone), RUN(rows, of_another_table_do_not_bind),
          RUN(rows, that_no_server_writes_are_corrupt), RUN(rows, of_no_columns_at_all_end_at_once),
          RUN(rows, errors_name_row_image_and_column),
          RUN(rows, with_whole_json_in_a_partial_update_event_are_read),
          RUN(rows, with_changes_of_a_document_say_so), RUN(rows, event_types_are_told_apart))
