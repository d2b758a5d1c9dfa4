/* rows_count.c - an image without NULLs is a few steps: so many bytes, then a length and as many.
 */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rows_count.h"
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/value_fraction.h"

enum { LENGTH_BYTES_MAX = 4 };

/* A column: that many bytes; then, if length_bytes is not 0, a length of that size and as many
 * bytes. */
struct width {
    uint32_t fixed;
    uint8_t length_bytes;
    bool is_known;
};

struct row_widths {
    bool is_known;
    unsigned count;
    struct width *columns;
    struct width *steps; /* the same with fixed ones in a row made one */
    unsigned step_count;
};

static struct width fixed(size_t bytes)
{
    return (struct width){ (uint32_t)bytes, 0, true };
}

static struct width counted(size_t length_bytes)
{
    return (struct width){ 0, (uint8_t)length_bytes,
                           length_bytes > 0 && length_bytes <= LENGTH_BYTES_MAX };
}

static struct width with_fraction(const struct column_type *type, size_t bytes)
{
    if (type->scale > FRACTION_SCALE_MAX)
        return (struct width){ 0, 0, false };
    return fixed(bytes + fraction_bytes[type->scale]);
}

static struct width decimal_width(const struct column_type *type)
{
    struct decimal_type digits = { type->precision, type->scale };
    return decimal_type_valid(digits) ? fixed(decimal_packed_size(digits))
                                      : (struct width){ 0, 0, false };
}

static struct width width_of(const struct column_type *type)
{
    switch (type->type) {
    case COLUMN_TINY:
    case COLUMN_YEAR:
        return fixed(1);
    case COLUMN_SHORT:
        return fixed(2);
    case COLUMN_INT24:
    case COLUMN_DATE:
        return fixed(3);
    case COLUMN_LONG:
    case COLUMN_FLOAT:
        return fixed(4);
    case COLUMN_LONGLONG:
    case COLUMN_DOUBLE:
        return fixed(8);
    case COLUMN_NEWDECIMAL:
        return decimal_width(type);
    case COLUMN_BIT:
        return fixed((type->length + 7u) / 8);
    case COLUMN_ENUM:
    case COLUMN_SET:
        return fixed(type->length);
    case COLUMN_TIME2:
        return with_fraction(type, 3);
    case COLUMN_DATETIME2:
        return with_fraction(type, 5);
    case COLUMN_TIMESTAMP2:
        return with_fraction(type, 4);
    case COLUMN_STRING:
    case COLUMN_VARCHAR:
    case COLUMN_VAR_STRING:
    case COLUMN_VARCHAR_COMPRESSED:
        return counted(type->length > 255 ? 2 : 1);
    case COLUMN_TINY_BLOB:
    case COLUMN_BLOB:
    case COLUMN_MEDIUM_BLOB:
    case COLUMN_LONG_BLOB:
    case COLUMN_BLOB_COMPRESSED:
    case COLUMN_JSON:
    case COLUMN_GEOMETRY:
    case COLUMN_VECTOR:
        return counted(type->length);
    default:
        return (struct width){ 0, 0, false };
    }
}

/* The last step is a fixed one: it may be of no bytes. */
static void make_steps(struct row_widths *widths)
{
    struct width step = fixed(0);
    for (unsigned i = 0; i < widths->count; i++) {
        step.fixed += widths->columns[i].fixed;
        step.length_bytes = widths->columns[i].length_bytes;
        if (step.length_bytes == 0)
            continue;
        widths->steps[widths->step_count++] = step;
        step = fixed(0);
    }
    widths->steps[widths->step_count++] = step;
}

struct row_widths *row_widths_new(const struct column_type *types, unsigned count)
{
    struct row_widths *widths = memory_new(sizeof *widths);
    widths->count = count;
    widths->columns = memory_new((count + 1) * sizeof *widths->columns);
    widths->steps = memory_new((count + 1) * sizeof *widths->steps);
    widths->is_known = true;
    for (unsigned i = 0; i < count; i++) {
        widths->columns[i] = width_of(&types[i]);
        widths->is_known = widths->is_known && widths->columns[i].is_known;
    }
    make_steps(widths);
    return widths;
}

void row_widths_free(struct row_widths *widths)
{
    if (widths == NULL)
        return;
    free(widths->columns);
    free(widths->steps);
    free(widths);
}

bool rows_can_count(const struct rows *rows, const struct row_widths *widths)
{
    return widths->is_known && widths->count == rows->column_count && !rows->partial_json;
}

/* One kind of image of an event. */
struct image {
    const uint8_t *present;
    unsigned count;      /* of its columns */
    size_t null_bytes;   /* of its null bitmap */
    uint8_t unused_bits; /* of that bitmap's last byte */
};

static struct image image_of(struct bytes present, unsigned count)
{
    unsigned used = count % 8;
    unsigned unused_bits = used == 0 ? 0 : 0xffu << used & 0xffu;
    return (struct image){ present.data, count, (count + 7) / 8, (uint8_t)unused_bits };
}

static bool bit_at(const uint8_t *bitmap, unsigned n)
{
    return (bitmap[n / 8] >> n % 8 & 1) != 0;
}

static bool has_nulls(const struct image *image, const uint8_t *nulls)
{
    size_t last = image->null_bytes - 1;
    for (size_t i = 0; i < last; i++)
        if (nulls[i] != 0)
            return true;
    return (nulls[last] & (uint8_t)~image->unused_bits) != 0;
}

static inline bool skip_width(const struct width *width, struct reader *r)
{
    if (reader_left(r) < (size_t)width->fixed + width->length_bytes)
        return false;
    r->pos += width->fixed;
    switch (width->length_bytes) {
    case 0:
        return true;
    case 1:
        return reader_take(r, reader_u8(r)) != NULL;
    case 2:
        return reader_take(r, reader_u16(r)) != NULL;
    default:
        return reader_take(r, reader_le(r, width->length_bytes)) != NULL;
    }
}

static bool skip_columns(const struct image *image, const struct row_widths *widths,
                         const uint8_t *nulls, struct reader *r)
{
    unsigned n = 0;
    for (unsigned i = 0; i < widths->count; i++)
        if (bit_at(image->present, i) && !bit_at(nulls, n++) && !skip_width(&widths->columns[i], r))
            return false;
    return true;
}

static inline bool skip_image(const struct image *image, const struct row_widths *widths,
                              struct reader *r)
{
    if (image->count == 0)
        return true;
    const uint8_t *nulls = reader_take(r, image->null_bytes);
    if (nulls == NULL)
        return false;
    if (image->count != widths->count || has_nulls(image, nulls))
        return skip_columns(image, widths, nulls, r);
    for (unsigned i = 0; i < widths->step_count; i++)
        if (!skip_width(&widths->steps[i], r))
            return false;
    return true;
}

bool rows_count(struct rows *rows, const struct row_widths *widths, uint64_t *count,
                struct err *err)
{
    struct image before = image_of(rows->before_present, rows->before_count);
    struct image after = image_of(rows->after_present, rows->after_count);
    struct reader r = rows->data;
    uint64_t found = 0;
    for (; reader_left(&r) > 0; found++)
        if (!skip_image(&before, widths, &r) || !skip_image(&after, widths, &r))
            return err_set(err, ERR_CORRUPT, "row %llu is cut off",
                           (unsigned long long)(rows->row_index + found + 1));
    rows->data = r;
    rows->row_index += (unsigned)found;
    *count = found;
    return true;
}
