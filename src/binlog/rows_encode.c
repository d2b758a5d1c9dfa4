/* rows_encode.c - rows events with full images, as MySQL writes them (version 2), or MariaDB
 * (version 1). */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rows.h"
#include "binlog/table_map.h"

enum { EXTRA_SIZE = 2 };

uint8_t rows_encode(const struct rows_head *head, struct buf *body)
{
    static const uint8_t types[][2] = {
        [ROWS_WRITE] = { EVENT_WRITE_ROWS, EVENT_WRITE_ROWS_V1 },
        [ROWS_UPDATE] = { EVENT_UPDATE_ROWS, EVENT_UPDATE_ROWS_V1 },
        [ROWS_DELETE] = { EVENT_DELETE_ROWS, EVENT_DELETE_ROWS_V1 },
    };
    uint8_t present[TABLE_COLUMNS_MAX / 8];
    unsigned rest = head->column_count % 8;
    memset(present, 0xff, sizeof present); /* MySQL sets the bits behind the last column, too */
    if (head->is_v1 && rest > 0)
        present[head->column_count / 8] = (uint8_t)((1u << rest) - 1);
    buf_le(body, head->table_id, 6);
    buf_le(body, head->flags, 2);
    if (!head->is_v1)
        buf_le(body, EXTRA_SIZE, 2);
    buf_lenenc(body, head->column_count);
    for (unsigned images = head->kind == ROWS_UPDATE ? 2 : 1; images > 0; images--)
        buf_append(body, present, (head->column_count + 7) / 8);
    return types[head->kind][head->is_v1];
}

bool rows_encode_image(const struct column_type *types, const struct value *values, unsigned count,
                       struct buf *body, struct err *err)
{
    uint8_t nulls[TABLE_COLUMNS_MAX / 8] = { 0 };
    for (unsigned i = 0; i < count; i++) {
        if (values[i].kind == VALUE_ABSENT)
            return err_set(err, ERR_CONFLICT, "column %u is missing in a full image", i + 1);
        nulls[i / 8] |= (uint8_t)((values[i].kind == VALUE_NULL) << i % 8);
    }
    buf_append(body, nulls, (count + 7) / 8);
    for (unsigned i = 0; i < count; i++)
        if (values[i].kind != VALUE_NULL && !value_encode(&types[i], &values[i], body, err))
            return err_wrap(err, "column %u", i + 1);
    return true;
}
