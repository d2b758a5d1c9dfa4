/* unit.h - the words our tests are written in, over cmocka.
 *
 *   TEST(gtid_set, union_keeps_intervals_sorted) { CHECK(...); }
 *   UNIT_MAIN(RUN(gtid_set, union_keeps_intervals_sorted), ...)
 *
 * CHECK says file, line and expression; CHECK_OK prints the struct err beside it. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define TEST(subject, sentence) static void test_##subject##_##sentence(void **unit_state)
#define RUN(subject, sentence)                                                                     \
    {                                                                                              \
#subject ": " #sentence, test_##subject##_##sentence, NULL, NULL, NULL                     \
    }
#define UNIT_MAIN(...)                                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = { __VA_ARGS__ };                                         \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }
#define CHECK(expr)                                                                                \
    do {                                                                                           \
        (void)unit_state;                                                                          \
        if (!(expr))                                                                               \
            fail_msg("%s:%d: %s", __FILE__, __LINE__, #expr);                                      \
    } while (0)
#define CHECK_OK(expr, e)                                                                          \
    do {                                                                                           \
        (void)unit_state;                                                                          \
        if (!(expr))                                                                               \
            fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #expr, (e).text);                        \
    } while (0)
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        (void)unit_state;                                                                          \
        if (strcmp((got), (want)) != 0)                                                            \
            fail_msg("%s:%d: got \"%s\", want \"%s\"", __FILE__, __LINE__, (got), (want));         \
    } while (0)
