/* fuzz_decimal.c - precision, scale, then bytes, read both as a packed number and as text: what
 * reads must pack to a number that reads the same. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "binlog/decimal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct decimal_type type, const char *text)
{
    uint8_t packed[DECIMAL_PACKED_MAX];
    char again[DECIMAL_TEXT_MAX];
    struct err err;
    if (!decimal_pack(type, bytes_of_str(text), packed, &err))
        abort(); /* canonical text always fits */
    if (!decimal_text(type, bytes_of(packed, decimal_packed_size(type)), again, NULL, &err))
        abort();
    if (strcmp(again, text) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[DECIMAL_TEXT_MAX];
    uint8_t packed[DECIMAL_PACKED_MAX];
    struct err err;
    if (size < 2)
        return 0;
    struct decimal_type type = { data[0], data[1] };
    struct bytes rest = { data + 2, size - 2 };
    if (decimal_text(type, rest, text, NULL, &err))
        check_text(type, text);
    if (decimal_pack(type, rest, packed, &err)) {
        if (!decimal_text(type, bytes_of(packed, decimal_packed_size(type)), text, NULL, &err))
            abort();
        check_text(type, text);
    }
    return 0;
}
