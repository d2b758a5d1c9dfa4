/* fuzz_prepared.c - an execute of a hostile client, and rows made of what it bound. The first byte
 * is the number of parameters, the second one says whether attributes come and which type the
 * result's columns have. Values must lie inside the payload, and what was decoded must be written
 * and read back by a client, or be refused. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include "wire/prepared.h"
#include "wire/result.h"
#include "wire/result_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW_MAX = 1024 * 1024, COLUMNS = 255 };

static void write_rows(const struct value *values, unsigned count, uint8_t type)
{
    struct result_column columns[COLUMNS];
    struct bytes read[COLUMNS];
    struct buf row;
    struct err err;
    for (unsigned i = 0; i < count; i++)
        columns[i] = (struct result_column){ .name = "c", .type = type, .decimals = 6 };
    buf_init(&row, ROW_MAX);
    if (result_row_text(columns, values, count, &row, &err) && !row.failed &&
        !text_row_decode(buf_bytes(&row), read, count, &err))
        abort();
    buf_reset(&row);
    if (!result_row_binary(columns, values, count, &row, &err) && err.code != ERR_UNSUPPORTED)
        abort();
    buf_clear(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct bytes payload = bytes_of(data + 2, size - 2);
    struct parameters parameters;
    struct execute_head head;
    struct value values[COLUMNS];
    struct err err;
    parameters_init(&parameters, data[0]);
    for (unsigned round = 0; round < 2; round++)
        if (execute_head_decode(payload, &head, &err) &&
            parameters_decode(&parameters, &head, (data[1] & 1) != 0, values, &err))
            write_rows(values, data[0], data[1]);
    parameters_clear(&parameters);
    return 0;
}
