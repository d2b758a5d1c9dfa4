/* fuzz_xa.c - XA statements: whatever is read gives a name that, written again, reads as itself. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "binlog/xa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_statement first, again;
    struct err err;
    char text[XA_TEXT_MAX + 20];
    if (!xa_statement_parse(bytes_of(data, size), &first, &err))
        return 0;
    snprintf(text, sizeof text, "XA END %s", first.id);
    must(xa_statement_parse(bytes_of_str(text), &again, &err));
    must(again.verb == XA_END && strcmp(first.id, again.id) == 0);
    return 0;
}
