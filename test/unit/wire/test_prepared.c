/* test_prepared.c - prepared statements' commands: every type, types that are kept, long data,
 * attributes; each decoder cut at every byte and with every bit flipped. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/prepared.h"
#include <stdlib.h>
#include "unit.h"

#define PAYLOAD(text) bytes_of(text, sizeof(text) - 1)
#define HEAD          "\x07\0\0\0\0\1\0\0\0" /* statement 7, no flags, once */

static bool decode(struct parameters *parameters, struct bytes payload, struct value *values,
                   struct err *err)
{
    struct execute_head head;
    return execute_head_decode(payload, &head, err) &&
           parameters_decode(parameters, &head, false, values, err);
}

/* Fifteen parameters, the last one NULL. */
static const char all_types[] =
    HEAD "\x00\x40" /* NULL bits */
         "\1"       /* types come */
         "\1\0\1\x80\2\0\3\0\x08\x80\4\0\5\0\x0a\0\x0c\0\x0b\0\xf6\0\xfe\0\xfc\0\x06\0\xfd\0"
         "\xff\xff\xfe\xff\x00\x00\x00\x80\xff\xff\xff\xff\xff\xff\xff\xff"
         "\x00\x00\xc0\x3f\x00\x00\x00\x00\x00\x00\xe0\x3f"
         "\4\xe8\7\2\x1d"
         "\x0b\xe8\7\2\x1d\x17\x3b\x3a\xc0\xd4\1\0"
         "\x08\1\x22\0\0\0\x16\x3b\x3b"
         "\5-1.50\2ab\3c\0d";

TEST(execute, reads_every_type)
{
    struct parameters parameters;
    struct value v[15];
    struct err err;
    parameters_init(&parameters, 15);
    CHECK_OK(decode(&parameters, PAYLOAD(all_types), v, &err), err);
    CHECK(v[0].kind == VALUE_INT && v[0].i == -1);
    CHECK(v[1].kind == VALUE_UINT && v[1].u == 255);
    CHECK(v[2].kind == VALUE_INT && v[2].i == -2);
    CHECK(v[3].kind == VALUE_INT && v[3].i == INT32_MIN);
    CHECK(v[4].kind == VALUE_UINT && v[4].u == UINT64_MAX);
    CHECK(v[5].kind == VALUE_FLOAT && v[5].d == 1.5);
    CHECK(v[6].kind == VALUE_DOUBLE && v[6].d == 0.5);
    CHECK(v[7].kind == VALUE_DATE && v[7].time.year == 2024 && v[7].time.day == 29);
    CHECK(v[8].kind == VALUE_DATETIME && v[8].time.hour == 23 && v[8].time.micro == 120000);
    CHECK(v[9].kind == VALUE_TIME && v[9].time.negative && v[9].time.hour == 838);
    CHECK(v[10].kind == VALUE_TEXT && bytes_equal_str(v[10].bytes, "-1.50"));
    CHECK(v[11].kind == VALUE_TEXT && bytes_equal_str(v[11].bytes, "ab"));
    CHECK(v[12].kind == VALUE_BLOB && bytes_equal(v[12].bytes, bytes_of("c\0d", 3)));
    CHECK(v[13].kind == VALUE_NULL);
    CHECK(v[14].kind == VALUE_NULL);
    parameters_clear(&parameters);
}

TEST(execute, cut_anywhere_is_an_error_and_flipped_is_no_crash)
{
    struct value v[15];
    struct err err;
    size_t size = sizeof all_types - 1;
    for (size_t len = 0; len < size; len++) {
        struct parameters parameters;
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, all_types, len);
        parameters_init(&parameters, 15);
        CHECK(!decode(&parameters, bytes_of(cut, len), v, &err) && err.code == ERR_PROTOCOL);
        parameters_clear(&parameters);
        free(cut);
    }
    for (size_t bit = 0; bit < size * 8; bit++) {
        struct parameters parameters;
        uint8_t *flipped = malloc(size);
        memcpy(flipped, all_types, size);
        flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
        parameters_init(&parameters, 15);
        bool ok = decode(&parameters, bytes_of(flipped, size), v, &err);
        CHECK(ok || err.code == ERR_PROTOCOL || err.code == ERR_UNSUPPORTED);
        parameters_clear(&parameters);
        free(flipped);
    }
}

TEST(execute, keeps_the_types_of_the_one_before)
{
    struct parameters parameters;
    struct value v[1];
    struct err err;
    parameters_init(&parameters, 1);
    CHECK(!decode(&parameters, PAYLOAD(HEAD "\0\0\x05"), v, &err));
    CHECK_STR(err.text, "an execute does not tell the types of its parameters");
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\1\1\0\x05"), v, &err), err);
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\0\x06"), v, &err), err);
    CHECK(v[0].kind == VALUE_INT && v[0].i == 6);
    parameters_reset(&parameters);
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\0\x07"), v, &err), err);
    CHECK(v[0].i == 7);
    parameters_clear(&parameters);
}

TEST(execute, without_parameters_has_nothing_to_tell)
{
    struct parameters parameters;
    struct execute_head head;
    struct err err;
    parameters_init(&parameters, 0);
    CHECK_OK(execute_head_decode(PAYLOAD(HEAD), &head, &err), err);
    CHECK(head.statement_id == 7 && head.flags == 0);
    CHECK_OK(parameters_decode(&parameters, &head, false, NULL, &err), err);
    CHECK(!execute_head_decode(PAYLOAD("\x07\0\0\0\0\2\0\0\0"), &head, &err));
    parameters_clear(&parameters);
}

TEST(execute, takes_dates_of_no_other_length_and_no_part_out_of_range)
{
    static const struct bytes wrong[] = { { (const uint8_t *)"\x0c\0\5\0\0\0\0\0\0\0\0\0\0", 13 },
                                          { (const uint8_t *)"\x0c\0\4\xe8\7\x0d\1", 7 },
                                          { (const uint8_t *)"\x0c\0\4\x10\x27\1\1", 7 },
                                          { (const uint8_t *)"\x0b\0\x08\0\x23\0\0\0\0\0\0", 11 },
                                          { (const uint8_t *)"\x0b\0\x08\0\0\0\0\0\x18\0\0", 11 } };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct parameters parameters;
        struct value v[1];
        struct err err;
        struct buf payload;
        buf_init(&payload, 100);
        buf_append(&payload, HEAD "\0\1", 11);
        buf_append(&payload, wrong[i].data, wrong[i].len);
        parameters_init(&parameters, 1);
        CHECK(!decode(&parameters, buf_bytes(&payload), v, &err));
        CHECK_STR(err.text, "the value of parameter 1 is malformed");
        parameters_clear(&parameters);
        buf_clear(&payload);
    }
}

TEST(execute, passes_over_attributes)
{
    struct parameters parameters;
    struct execute_head head;
    struct value v[1];
    struct err err;
    parameters_init(&parameters, 1);
    /* two: the statement's own without a name, and an attribute "trace" of three bytes */
    CHECK_OK(execute_head_decode(PAYLOAD("\x07\0\0\0\x08\1\0\0\0"
                                         "\2\0\1\1\0\0\xfe\0\5trace\x2a\3abc"),
                                 &head, &err),
             err);
    CHECK_OK(parameters_decode(&parameters, &head, true, v, &err), err);
    CHECK(v[0].kind == VALUE_INT && v[0].i == 42);
    CHECK_OK(execute_head_decode(PAYLOAD("\x07\0\0\0\x08\1\0\0\0\0"), &head, &err), err);
    CHECK(!parameters_decode(&parameters, &head, true, v, &err)); /* fewer than it has */
    parameters_clear(&parameters);
}

TEST(long_data, is_put_together_and_goes_with_a_reset)
{
    struct parameters parameters;
    struct long_data data;
    struct value v[2];
    struct err err;
    parameters_init(&parameters, 2);
    CHECK_OK(long_data_decode(PAYLOAD("\7\0\0\0\1\0ab"), &data, &err), err);
    CHECK(data.statement_id == 7 && data.parameter == 1 && bytes_equal_str(data.data, "ab"));
    parameters_send_long(&parameters, &data);
    CHECK_OK(long_data_decode(PAYLOAD("\7\0\0\0\1\0c"), &data, &err), err);
    parameters_send_long(&parameters, &data);
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\1\1\0\xfc\0\5"), v, &err), err);
    CHECK(v[0].i == 5 && v[1].kind == VALUE_BLOB && bytes_equal_str(v[1].bytes, "abc"));
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\2\1\1\0\xfc\0\5"), v, &err), err);
    CHECK(bytes_equal_str(v[1].bytes, "abc")); /* though it is called NULL */
    parameters_reset(&parameters);
    CHECK(!decode(&parameters, PAYLOAD(HEAD "\0\0\5"), v, &err));
    for (size_t len = 0; len < 6; len++)
        CHECK(!long_data_decode(bytes_of("\7\0\0\0\1\0", len), &data, &err));
    parameters_clear(&parameters);
}

TEST(long_data, of_no_parameter_or_too_much_fails_the_execute)
{
    struct parameters parameters;
    struct value v[1];
    struct err err;
    struct long_data data = { 7, 1, { (const uint8_t *)"x", 1 } };
    parameters_init(&parameters, 1);
    parameters_send_long(&parameters, &data);
    CHECK(!decode(&parameters, PAYLOAD(HEAD "\0\1\1\0\x05"), v, &err));
    parameters_reset(&parameters);
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\1\1\0\x05"), v, &err), err);
    uint8_t *much = calloc(1, LONG_DATA_MAX / 2 + 1);
    data = (struct long_data){ 7, 0, { much, LONG_DATA_MAX / 2 + 1 } };
    parameters_send_long(&parameters, &data);
    CHECK_OK(decode(&parameters, PAYLOAD(HEAD "\0\0"), v, &err), err);
    parameters_send_long(&parameters, &data);
    CHECK(!decode(&parameters, PAYLOAD(HEAD "\0\0"), v, &err) && err.code == ERR_UNSUPPORTED);
    free(much);
    parameters_clear(&parameters);
}

TEST(commands, that_name_a_statement_are_read_and_cut)
{
    uint32_t id;
    struct fetch_request fetch;
    struct err err;
    CHECK_OK(statement_id_decode(PAYLOAD("\x01\x02\x00\x00"), &id, &err), err);
    CHECK(id == 513);
    CHECK_OK(fetch_decode(PAYLOAD("\x01\0\0\0\x0a\0\0\0"), &fetch, &err), err);
    CHECK(fetch.statement_id == 1 && fetch.row_count == 10);
    for (size_t len = 0; len < 4; len++)
        CHECK(!statement_id_decode(bytes_of("\1\0\0\0", len), &id, &err));
    for (size_t len = 0; len < 8; len++)
        CHECK(!fetch_decode(bytes_of("\1\0\0\0\1\0\0\0", len), &fetch, &err));
}

TEST(prepare, is_answered_with_what_the_statement_has)
{
    struct prepare_answer answer = { 0x01020304, 2, 3, 1 };
    struct buf out;
    buf_init(&out, 100);
    prepare_answer_encode(&answer, &out);
    CHECK(bytes_equal(buf_bytes(&out), PAYLOAD("\0\4\3\2\1\2\0\3\0\0\1\0")));
    buf_clear(&out);
}

UNIT_MAIN(RUN(execute, reads_every_type),
          RUN(execute, cut_anywhere_is_an_error_and_flipped_is_no_crash),
          RUN(execute, keeps_the_types_of_the_one_before),
          RUN(execute, without_parameters_has_nothing_to_tell),
          RUN(execute, takes_dates_of_no_other_length_and_no_part_out_of_range),
          RUN(execute, passes_over_attributes),
          RUN(long_data, is_put_together_and_goes_with_a_reset),
          RUN(long_data, of_no_parameter_or_too_much_fails_the_execute),
          RUN(commands, that_name_a_statement_are_read_and_cut),
          RUN(prepare, is_answered_with_what_the_statement_has))
