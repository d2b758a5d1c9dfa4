/* rows_encode.c - rows events with full images, as MySQL writes them (version 2). */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rows.h"
#include "binlog/table_map.h"

enum { EXTRA_SIZE = 2 };

uint8_t rows_encode(const struct rows_head *head, struct buf *body)
{
    static const uint8_t types[] = { [ROWS_WRITE] = EVENT_WRITE_ROWS,
                                     [ROWS_UPDATE] = EVENT_UPDATE_ROWS,
                                     [ROWS_DELETE] = EVENT_DELETE_ROWS };
    uint8_t present[TABLE_COLUMNS_MAX / 8];
    memset(present, 0xff, sizeof present); /* the bits behind the last column too, as servers do */
    buf_le(body, head->table_id, 6);
    buf_le(body, head->flags, 2);
    buf_le(body, EXTRA_SIZE, 2);
    buf_lenenc(body, head->column_count);
    for (unsigned images = head->kind == ROWS_UPDATE ? 2 : 1; images > 0; images--)
        buf_append(body, present, (head->column_count + 7) / 8);
    return types[head->kind];
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
