/* test_err.c - errors keep their code while layers add what they know. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <errno.h>
#include "base/err.h"

TEST(err, wrapping_adds_context_and_keeps_the_code)
{
    struct err err;
    CHECK(!err_set(&err, ERR_CORRUPT, "column %d is cut off", 7));
    CHECK(!err_wrap(&err, "write_rows"));
    CHECK(!err_wrap(&err, "binlog.%06d at %d", 42, 8812));
    CHECK(err.code == ERR_CORRUPT);
    CHECK_STR(err.text, "binlog.000042 at 8812: write_rows: column 7 is cut off");
}

TEST(err, a_system_error_says_why)
{
    struct err err;
    errno = ENOSPC;
    CHECK(!err_sys(&err, "write"));
    CHECK(err.code == ERR_SYSTEM && err.os_errno == ENOSPC);
    CHECK_STR(err.text, "write: No space left on device");
}

TEST(err, a_sentence_may_quote_the_one_before)
{
    struct err err;
    (void)!err_set(&err, ERR_TIMEOUT, "first");
    (void)!err_set(&err, ERR_TIMEOUT, "second after %s", err.text);
    CHECK_STR(err.text, "second after first");
}

TEST(err, too_long_a_sentence_is_cut)
{
    struct err err;
    char text[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    CHECK(!err_set(&err, ERR_CONFIG, "%s", text));
    CHECK(strlen(err.text) == sizeof err.text - 1);
    CHECK(!err_wrap(&err, "context"));
    CHECK(strlen(err.text) == sizeof err.text - 1);
    CHECK(strncmp(err.text, "context: xxx", 12) == 0);
}

UNIT_MAIN(RUN(err, wrapping_adds_context_and_keeps_the_code), RUN(err, a_system_error_says_why),
          RUN(err, a_sentence_may_quote_the_one_before), RUN(err, too_long_a_sentence_is_cut))
