/* fuzz_json_diff.c - a document (length u16, binary) and a list of changes of it. Whatever is made
 * must be a text that the next list can be applied to: one that replaces the whole of it. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "base/reader.h"
#include "binlog/json.h"
#include "binlog/json_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct bytes text)
{
    static const uint8_t replace[] = { 0, 1, '$', 2, 4, 0 }; /* by null */
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 16);
    if (!json_diff_apply(text, bytes_of(replace, sizeof replace), &out, &err) ||
        !bytes_equal_str(buf_bytes(&out), "null"))
        abort();
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    struct bytes binary = reader_bytes(&r, reader_u16(&r));
    struct bytes list = reader_rest(&r);
    struct buf text, out;
    struct err err;
    buf_init(&text, 1 << 16);
    buf_init(&out, 1 << 16);
    if (!r.failed && json_text(binary, &text, &err)) {
        if (json_diff_apply(buf_bytes(&text), list, &out, &err))
            check_text(buf_bytes(&out));
        else if (strncmp(err.text, "the JSON document here", 22) == 0)
            abort(); /* it is json_text's own form */
    }
    buf_clear(&text);
    buf_clear(&out);
    return 0;
}
