/* rows.c - rows out of a rows event: the hot path of everything that applies.
 *
 * Whatever is the same for every row of the event (which columns are there, how long a null bitmap
 * is) is worked out once, in rows_decode. A row takes at least one byte, so reading always ends. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rows.h"
#include "base/bug.h"
#include "binlog/column.h"
#include "binlog/table_map.h"

enum { EXTRA_SIZE_MIN = 2 };

struct rows_event {
    bool known;
    enum rows_kind kind;
    bool has_extra; /* version 2 */
};
static const struct rows_event rows_events[256] = {
    [EVENT_WRITE_ROWS_V1] = { true, ROWS_WRITE, false },
    [EVENT_UPDATE_ROWS_V1] = { true, ROWS_UPDATE, false },
    [EVENT_DELETE_ROWS_V1] = { true, ROWS_DELETE, false },
    [EVENT_WRITE_ROWS] = { true, ROWS_WRITE, true },
    [EVENT_UPDATE_ROWS] = { true, ROWS_UPDATE, true },
    [EVENT_DELETE_ROWS] = { true, ROWS_DELETE, true },
    [EVENT_PARTIAL_UPDATE_ROWS] = { true, ROWS_UPDATE, true },
};

static bool bit_at(const uint8_t *bitmap, unsigned n)
{
    return (bitmap[n / 8] >> n % 8 & 1) != 0;
}

bool rows_is_rows_event(uint8_t type)
{
    return rows_events[type].known;
}

/* Without the instruction for it, which not every x86-64 has. */
static inline unsigned bits_set(unsigned byte)
{
    byte -= byte >> 1 & 0x55;
    byte = (byte & 0x33) + (byte >> 2 & 0x33);
    return (byte + (byte >> 4)) & 0x0f;
}

/* The bitmap of an image's columns, and how many bits are set in it. */
static struct bytes read_present(struct reader *r, unsigned column_count, unsigned *count)
{
    struct bytes present = reader_bytes(r, (column_count + 7) / 8);
    for (size_t i = 0; i < present.len; i++) {
        unsigned bits = present.data[i];
        if (i + 1 == present.len && column_count % 8 != 0)
            bits &= (1u << column_count % 8) - 1;
        *count += bits_set(bits);
    }
    return present;
}

/* NDB and partition data: nothing in it changes what the rows are. */
static void skip_extra(struct reader *r)
{
    uint16_t size = reader_u16(r);
    if (size < EXTRA_SIZE_MIN)
        r->failed = true;
    else
        reader_take(r, size - EXTRA_SIZE_MIN);
}

bool rows_decode(const struct event *event, struct rows *out, struct err *err)
{
    const struct rows_event *kind = &rows_events[event->header.type];
    if (!kind->known)
        return err_set(err, ERR_UNSUPPORTED, "rows: event type %u holds no rows to read here",
                       event->header.type);
    struct reader r = reader_of(event->body);
    uint64_t table_id = reader_u48(&r);
    uint16_t flags = reader_u16(&r);
    if (kind->has_extra)
        skip_extra(&r);
    uint64_t column_count = reader_lenenc(&r);
    if (r.failed || column_count == 0 || column_count > TABLE_COLUMNS_MAX)
        return err_set(err, ERR_CORRUPT, "rows: %zu bytes do not begin as a rows event",
                       event->body.len);
    struct bytes before = { NULL, 0 };
    struct bytes after = { NULL, 0 };
    unsigned before_count = 0;
    unsigned after_count = 0;
    if (kind->kind != ROWS_WRITE)
        before = read_present(&r, (unsigned)column_count, &before_count);
    if (kind->kind != ROWS_DELETE)
        after = read_present(&r, (unsigned)column_count, &after_count);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "rows: the bitmaps of %u columns are cut off",
                       (unsigned)column_count);
    if (before_count + after_count == 0 && reader_left(&r) > 0)
        return err_set(err, ERR_CORRUPT, "rows: %zu bytes of rows, but no column is in them",
                       reader_left(&r));
    out->kind = kind->kind; /* each field once: this is done for every statement */
    out->partial_json = event->header.type == EVENT_PARTIAL_UPDATE_ROWS;
    out->table_id = table_id;
    out->flags = flags;
    out->column_count = (unsigned)column_count;
    out->before_present = before;
    out->after_present = after;
    out->before_count = before_count;
    out->after_count = after_count;
    out->head_size = event->body.len - reader_left(&r);
    out->data = r;
    out->types = NULL;
    out->row_index = 0;
    return true;
}

bool rows_bind(struct rows *rows, const struct column_type *types, unsigned count, struct err *err)
{
    if (count != rows->column_count)
        return err_set(err, ERR_CORRUPT, "rows: %u columns, but the table has %u",
                       rows->column_count, count);
    rows->types = types;
    return true;
}

static bool read_values(struct rows *rows, bool is_after, struct value *values, struct err *err)
{
    const uint8_t *present = is_after ? rows->after_present.data : rows->before_present.data;
    unsigned count = is_after ? rows->after_count : rows->before_count;
    const uint8_t *nulls = reader_take(&rows->data, (count + 7) / 8);
    bool whole = count == rows->column_count;
    unsigned n = 0;
    if (nulls == NULL)
        return err_set(err, ERR_CORRUPT, "row %u is cut off in its null bitmap",
                       rows->row_index + 1);
    for (unsigned i = 0; i < rows->column_count; i++) {
        if (!whole && !bit_at(present, i)) {
            values[i].kind = BUG(ABSENT_IS_NULL) ? VALUE_NULL : VALUE_ABSENT;
        } else if (bit_at(nulls, n++)) {
            values[i].kind = VALUE_NULL;
        } else if (!value_decode(&rows->types[i], &rows->data, &values[i], err)) {
            return err_wrap(err, "row %u: column %u of the %s image", rows->row_index + 1, i + 1,
                            is_after ? "after" : "before");
        }
    }
    return true;
}

static unsigned json_columns(const struct rows *rows)
{
    unsigned count = 0;
    for (unsigned i = 0; i < rows->column_count; i++)
        count += rows->types[i].type == COLUMN_JSON;
    return count;
}

/* What stands between the images of an update with partial JSON: options and, when bit 0 of them is
 * set, a bit per JSON column of the table. *partial NULL: every document is whole. */
static bool read_value_options(struct rows *rows, const uint8_t **partial, struct err *err)
{
    enum { OPTION_PARTIAL_JSON = 1 };
    uint64_t options = reader_lenenc(&rows->data);
    if (rows->data.failed || options > OPTION_PARTIAL_JSON)
        return err_set(err, ERR_CORRUPT, "row %u: value options that are unknown",
                       rows->row_index + 1);
    *partial = NULL;
    if (options == 0)
        return true;
    *partial = reader_take(&rows->data, (json_columns(rows) + 7) / 8);
    if (rows->data.failed)
        return err_set(err, ERR_CORRUPT, "row %u is cut off in its value options",
                       rows->row_index + 1);
    return true;
}

/* A set bit makes a document a list of changes of it; an empty one leaves it as it is. */
static void mark_diffs(const struct rows *rows, const uint8_t *partial, struct value *after)
{
    unsigned n = 0;
    for (unsigned i = 0; partial != NULL && i < rows->column_count; i++)
        if (rows->types[i].type == COLUMN_JSON && bit_at(partial, n++) &&
            after[i].kind == VALUE_JSON)
            after[i].kind = after[i].bytes.len > 0 ? VALUE_JSON_DIFF : VALUE_ABSENT;
}

bool rows_next(struct rows *rows, struct value *before, struct value *after, bool *more,
               struct err *err)
{
    if (reader_left(&rows->data) == 0) {
        *more = false;
        return true;
    }
    if (rows->kind != ROWS_WRITE && !read_values(rows, false, before, err))
        return false;
    const uint8_t *partial = NULL;
    if (rows->partial_json && !read_value_options(rows, &partial, err))
        return false;
    if (rows->kind != ROWS_DELETE && !read_values(rows, true, after, err))
        return false;
    mark_diffs(rows, partial, after);
    rows->row_index++;
    *more = !BUG(LAST_ROW_DROPPED) || reader_left(&rows->data) > 0;
    return true;
}
