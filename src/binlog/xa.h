/* xa.h - names of XA transactions, and the XA statements that servers write into their logs.
 *
 *   XA START | END | COMMIT | ROLLBACK X'gtrid',X'bqual',format       hexadecimal, decimal
 *
 * Both flavours write exactly this form, whatever the client wrote. Any thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum { XA_PART_MAX = 64 };
enum { XA_TEXT_MAX = 2 * 2 * XA_PART_MAX + 24 }; /* with its NUL */

struct xa_id {
    int32_t format_id;
    struct bytes gtrid;
    struct bytes bqual;
};

enum xa_verb { XA_START, XA_END, XA_COMMIT, XA_ROLLBACK };
struct xa_statement {
    enum xa_verb verb;
    char id[XA_TEXT_MAX]; /* as xa_id_text gives it */
};

/* "X'6162',X'',1", the name's one spelling. The parts have at most XA_PART_MAX bytes. */
const char *xa_id_text(const struct xa_id *id, char out[XA_TEXT_MAX]);
/* ERR_UNSUPPORTED for any other text. */
bool xa_statement_parse(struct bytes text, struct xa_statement *out, struct err *err) MUST_CHECK;
