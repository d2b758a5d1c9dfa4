/* json.c - one function a kind of value; containers recurse to JSON_DEPTH_MAX at most.
 *
 * A value is only ever read inside the bytes of the container that points to it, and every value
 * writes at least one byte, so offsets that point back or overlap cannot make more work than the
 * output buffer holds. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json.h"
#include <inttypes.h>
#include "base/reader.h"
#include "binlog/column.h"
#include "binlog/decimal.h"
#include "binlog/json_parse.h"
#include "binlog/temporal.h"
#include "binlog/value_number.h"

struct printer {
    struct buf *out;
    struct err *err;
    unsigned depth;
};

static bool print_value(struct printer *p, uint8_t type, struct bytes body);

static bool corrupt(struct printer *p, const char *what)
{
    return err_set(p->err, ERR_CORRUPT, "json: %s", what);
}

static void print_escape(struct buf *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
    };
    if (byte == '"' || byte == '\\') {
        buf_append(out, (uint8_t[]){ '\\', byte }, 2);
    } else if (letters[byte] != 0) {
        buf_append(out, (char[]){ '\\', letters[byte] }, 2);
    } else {
        buf_str(out, "\\u00");
        buf_append(out, (char[]){ hex[byte >> 4], hex[byte & 15] }, 2);
    }
}

void json_quote(struct buf *out, struct bytes text)
{
    size_t start = 0;
    buf_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buf_append(out, text.data + start, i - start);
        print_escape(out, byte);
        start = i + 1;
    }
    if (start < text.len)
        buf_append(out, text.data + start, text.len - start);
    buf_u8(out, '"');
}

/* A length in groups of seven bits, low ones first, at most 2^32 - 1; then so many bytes. */
static struct bytes take_varlen(struct reader *r)
{
    uint64_t len = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = reader_u8(r);
        len |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return reader_bytes(r, len);
    }
    r->failed = true;
    return (struct bytes){ NULL, 0 };
}

static bool print_string(struct printer *p, struct bytes body)
{
    struct reader r = reader_of(body);
    struct bytes text = take_varlen(&r);
    if (r.failed)
        return corrupt(p, "a string is longer than its document");
    json_quote(p->out, text);
    return true;
}

static bool print_literal(struct printer *p, struct bytes body)
{
    static const char *const words[] = { "null", "true", "false" };
    if (body.len < 1 || body.data[0] >= ARRAY_COUNT(words))
        return corrupt(p, "an unknown literal");
    buf_str(p->out, words[body.data[0]]);
    return true;
}

static bool print_number(struct printer *p, uint8_t type, struct bytes body)
{
    static const uint8_t sizes[] = { 2, 2, 4, 4, 8, 8 };
    struct reader r = reader_of(body);
    size_t size = sizes[type - JSON_INT16];
    uint64_t bits = reader_le(&r, size);
    if (r.failed)
        return corrupt(p, "a number is cut off");
    bool is_signed = (type - JSON_INT16) % 2 == 0;
    unsigned unused = (unsigned)(64 - 8 * size);
    if (is_signed)
        buf_printf(p->out, "%" PRId64, (int64_t)(bits << unused) >> unused);
    else
        buf_printf(p->out, "%" PRIu64, bits);
    return true;
}

/* A whole double is told from an integer by ".0", unless its exponent tells already. */
static bool print_double(struct printer *p, struct bytes body)
{
    char text[NUMBER_TEXT_MAX];
    double number;
    if (body.len < sizeof number)
        return corrupt(p, "a double is cut off");
    struct reader r = reader_of(body);
    uint64_t bits = reader_u64(&r);
    memcpy(&number, &bits, sizeof number);
    if (number - number != 0)
        return corrupt(p, "a double that is no number");
    size_t len = double_text(number, text);
    buf_append(p->out, text, len);
    if (strpbrk(text, ".e") == NULL)
        buf_str(p->out, ".0");
    return true;
}

static bool print_decimal(struct printer *p, struct bytes data)
{
    char text[DECIMAL_TEXT_MAX];
    if (data.len < 2)
        return corrupt(p, "a decimal without its digit counts");
    struct decimal_type type = { data.data[0], data.data[1] };
    struct bytes packed = { data.data + 2, data.len - 2 };
    if (!decimal_text(type, packed, text, NULL, p->err))
        return err_wrap(p->err, "json");
    buf_str(p->out, text);
    return true;
}

static bool print_temporal(struct printer *p, uint8_t column, struct bytes data)
{
    char text[TEMPORAL_TEXT_MAX];
    struct time_parts parts;
    struct reader r = reader_of(data);
    int64_t packed = (int64_t)reader_u64(&r);
    bool is_time = column == COLUMN_TIME;
    if (r.failed || reader_left(&r) > 0 ||
        !(is_time ? temporal_unpack_time(packed, &parts)
                  : temporal_unpack_datetime(packed, &parts)))
        return corrupt(p, "a date or time that is none");
    if (is_time)
        temporal_time_text(&parts, 6, text);
    else if (column == COLUMN_DATE)
        temporal_date_text(&parts, text);
    else
        temporal_datetime_text(&parts, 6, text);
    json_quote(p->out, bytes_of_str(text));
    return true;
}

/* Lines of 76 characters; the line feed between two is an escape, since it stands in a string. */
static void print_base64(struct buf *out, struct bytes data)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { LINE_BYTES = 57 };
    for (size_t i = 0; i < data.len && !out->failed; i += 3) {
        size_t n = data.len - i < 3 ? data.len - i : 3;
        uint32_t bits = (uint32_t)data.data[i] << 16 |
                        (n > 1 ? (uint32_t)data.data[i + 1] << 8 : 0) |
                        (n > 2 ? data.data[i + 2] : 0u);
        if (i > 0 && i % LINE_BYTES == 0)
            buf_str(out, "\\n");
        char quad[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
                         n > 1 ? digits[bits >> 6 & 63] : '=', n > 2 ? digits[bits & 63] : '=' };
        buf_append(out, quad, sizeof quad);
    }
}

static bool print_opaque(struct printer *p, struct bytes body)
{
    struct reader r = reader_of(body);
    uint8_t column = reader_u8(&r);
    struct bytes data = take_varlen(&r);
    if (r.failed)
        return corrupt(p, "an opaque value is longer than its document");
    if (column == COLUMN_NEWDECIMAL)
        return print_decimal(p, data);
    if (column == COLUMN_DATE || column == COLUMN_DATETIME || column == COLUMN_TIMESTAMP ||
        column == COLUMN_TIME)
        return print_temporal(p, column, data);
    buf_printf(p->out, "\"base64:type%u:", column);
    print_base64(p->out, data);
    buf_u8(p->out, '"');
    return true;
}

/* An array or object: its bytes begin with count and size, and all offsets count from there. */
struct container {
    struct bytes bytes;
    size_t width; /* of counts and offsets */
    uint64_t count;
    bool is_object;
};

static bool container_open(struct printer *p, uint8_t type, struct bytes body,
                           struct container *out)
{
    struct reader r = reader_of(body);
    out->width = type == JSON_LARGE_OBJECT || type == JSON_LARGE_ARRAY ? 4 : 2;
    out->is_object = type == JSON_SMALL_OBJECT || type == JSON_LARGE_OBJECT;
    out->count = reader_le(&r, out->width);
    uint64_t size = reader_le(&r, out->width);
    if (r.failed || size > body.len)
        return corrupt(p, "a container is longer than its document");
    uint64_t entry = 1 + out->width + (out->is_object ? out->width + 2 : 0);
    if (size < 2 * out->width || out->count > (size - 2 * out->width) / entry)
        return corrupt(p, "a container has no room for its entries");
    out->bytes = (struct bytes){ body.data, size };
    return true;
}

static bool print_key(struct printer *p, const struct container *c, uint64_t index)
{
    size_t at = 2 * c->width + index * (c->width + 2);
    struct reader r = reader_of((struct bytes){ c->bytes.data + at, c->width + 2 });
    uint64_t offset = reader_le(&r, c->width);
    uint64_t len = reader_u16(&r);
    if (offset > c->bytes.len || len > c->bytes.len - offset)
        return corrupt(p, "a key stands outside of its object");
    json_quote(p->out, (struct bytes){ c->bytes.data + offset, len });
    buf_str(p->out, ": ");
    return true;
}

static bool is_inlined(uint8_t type, size_t width)
{
    return type == JSON_LITERAL || type == JSON_INT16 || type == JSON_UINT16 ||
           (width == 4 && (type == JSON_INT32 || type == JSON_UINT32));
}

static bool print_entry(struct printer *p, const struct container *c, uint64_t index)
{
    size_t keys = c->is_object ? c->count * (c->width + 2) : 0;
    const uint8_t *entry = c->bytes.data + 2 * c->width + keys + index * (1 + c->width);
    struct bytes inlined = { entry + 1, c->width };
    if (is_inlined(entry[0], c->width))
        return print_value(p, entry[0], inlined);
    struct reader r = reader_of(inlined);
    uint64_t offset = reader_le(&r, c->width);
    if (offset > c->bytes.len)
        return corrupt(p, "a value stands outside of its container");
    return print_value(p, entry[0],
                       (struct bytes){ c->bytes.data + offset, c->bytes.len - offset });
}

static bool print_container(struct printer *p, uint8_t type, struct bytes body)
{
    struct container c = { 0 };
    if (++p->depth > JSON_DEPTH_MAX)
        return corrupt(p, "more than 100 levels deep");
    if (!container_open(p, type, body, &c))
        return false;
    buf_u8(p->out, c.is_object ? '{' : '[');
    for (uint64_t i = 0; i < c.count; i++) {
        if (i > 0)
            buf_str(p->out, ", ");
        if (c.is_object && !print_key(p, &c, i))
            return false;
        if (!print_entry(p, &c, i))
            return false;
    }
    buf_u8(p->out, c.is_object ? '}' : ']');
    p->depth--;
    return true;
}

static bool print_value(struct printer *p, uint8_t type, struct bytes body)
{
    if (p->out->failed)
        return err_set(p->err, ERR_UNSUPPORTED, "json: the text is larger than %zu bytes",
                       p->out->max);
    switch ((enum json_type)type) {
    case JSON_SMALL_OBJECT:
    case JSON_LARGE_OBJECT:
    case JSON_SMALL_ARRAY:
    case JSON_LARGE_ARRAY:
        return print_container(p, type, body);
    case JSON_LITERAL:
        return print_literal(p, body);
    case JSON_INT16:
    case JSON_UINT16:
    case JSON_INT32:
    case JSON_UINT32:
    case JSON_INT64:
    case JSON_UINT64:
        return print_number(p, type, body);
    case JSON_DOUBLE:
        return print_double(p, body);
    case JSON_STRING:
        return print_string(p, body);
    case JSON_OPAQUE:
        return print_opaque(p, body);
    }
    return err_set(p->err, ERR_CORRUPT, "json: value type 0x%02x is unknown", type);
}

bool json_text(struct bytes binary, struct buf *out, struct err *err)
{
    struct printer p = { out, err, 0 };
    if (binary.len == 0) {
        buf_str(out, "null");
    } else if (!print_value(&p, binary.data[0],
                            (struct bytes){ binary.data + 1, binary.len - 1 })) {
        return false;
    }
    if (out->failed)
        return err_set(err, ERR_UNSUPPORTED, "json: the text is larger than %zu bytes", out->max);
    return true;
}
