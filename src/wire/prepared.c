/* prepared.c - see prepared.h; layouts: the protocol's prepared statements.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/prepared.h"
#include <stdlib.h>
#include "base/memory.h"
#include "wire/result_row.h"

enum {
    TYPE_UNSIGNED = 0x8000,
    HOURS_A_DAY = 24,
    DAYS_MAX = 34, /* 838:59:59 */
    CHARSET_BINARY = 63,
    FLAG_BINARY = 128,
};

struct parameter {
    uint8_t type; /* enum column_wire_type */
    bool is_unsigned;
    struct buf *long_data; /* NULL: none came */
};

void parameters_init(struct parameters *parameters, unsigned count)
{
    *parameters = (struct parameters){ .count = count };
    if (count > 0)
        parameters->items = memory_new(count * sizeof *parameters->items);
}

void parameters_reset(struct parameters *parameters)
{
    for (unsigned i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->items[i];
        if (parameter->long_data == NULL)
            continue;
        buf_clear(parameter->long_data);
        free(parameter->long_data);
        parameter->long_data = NULL;
    }
    parameters->long_bytes = 0;
    parameters->is_too_long = false;
}

void parameters_clear(struct parameters *parameters)
{
    parameters_reset(parameters);
    free(parameters->items);
    *parameters = (struct parameters){ 0 };
}

static bool malformed(const char *what, size_t len, struct err *err)
{
    return err_set(err, ERR_PROTOCOL, "%s of %zu bytes is malformed", what, len);
}

bool statement_id_decode(struct bytes payload, uint32_t *id, struct err *err)
{
    struct reader r = reader_of(payload);
    uint32_t got = reader_u32(&r);
    if (r.failed)
        return malformed("a statement's id", payload.len, err);
    *id = got;
    return true;
}

bool execute_head_decode(struct bytes payload, struct execute_head *out, struct err *err)
{
    struct reader r = reader_of(payload);
    struct execute_head head;
    head.statement_id = reader_u32(&r);
    head.flags = reader_u8(&r);
    uint32_t times = reader_u32(&r);
    head.rest = reader_rest(&r);
    if (r.failed || times != 1)
        return malformed("an execute", payload.len, err);
    *out = head;
    return true;
}

/* ---- values ---- */

static struct value take_integer(const struct parameter *parameter, struct reader *r, size_t size)
{
    struct value value = { .kind = VALUE_UINT, .u = reader_le(r, size) };
    unsigned shift = 64 - 8 * (unsigned)size;
    if (!parameter->is_unsigned)
        value = (struct value){ .kind = VALUE_INT, .i = (int64_t)(value.u << shift) >> shift };
    return value;
}

static struct value take_float(struct reader *r)
{
    uint32_t bits = reader_u32(r);
    float number;
    memcpy(&number, &bits, sizeof number);
    return (struct value){ .kind = VALUE_FLOAT, .d = (double)number };
}

static struct value take_double(struct reader *r)
{
    uint64_t bits = reader_u64(r);
    struct value value = { .kind = VALUE_DOUBLE };
    memcpy(&value.d, &bits, sizeof value.d);
    return value;
}

/* Parts that are left out are zero; a length between is no client's. */
static struct value take_datetime(struct reader *r, enum value_kind kind)
{
    uint8_t len = reader_u8(r);
    struct value value = { .kind = kind };
    struct time_parts *t = &value.time;
    *t = (struct time_parts){ 0 };
    if (len != 0 && len != 4 && len != 7 && len != 11)
        r->failed = true;
    if (len >= 4) {
        t->year = reader_u16(r);
        t->month = reader_u8(r);
        t->day = reader_u8(r);
    }
    if (len >= 7) {
        t->hour = reader_u8(r);
        t->minute = reader_u8(r);
        t->second = reader_u8(r);
    }
    if (len >= 11)
        t->micro = reader_u32(r);
    if (t->year > 9999 || t->month > 12 || t->day > 31 || t->hour > 23 || t->minute > 59 ||
        t->second > 59 || t->micro > 999999)
        r->failed = true;
    return value;
}

static struct value take_time(struct reader *r)
{
    uint8_t len = reader_u8(r);
    struct value value = { .kind = VALUE_TIME };
    struct time_parts *t = &value.time;
    *t = (struct time_parts){ 0 };
    if (len != 0 && len != 8 && len != 12)
        r->failed = true;
    if (len >= 8) {
        t->negative = reader_u8(r) != 0;
        uint32_t days = reader_u32(r);
        uint8_t hours = reader_u8(r);
        if (days > DAYS_MAX || hours >= HOURS_A_DAY)
            r->failed = true;
        else
            t->hour = (uint16_t)(days * HOURS_A_DAY + hours);
        t->minute = reader_u8(r);
        t->second = reader_u8(r);
    }
    if (len >= 12)
        t->micro = reader_u32(r);
    if (t->minute > 59 || t->second > 59 || t->micro > 999999)
        r->failed = true;
    return value;
}

static struct value take_bytes(struct reader *r, enum value_kind kind)
{
    return (struct value){ .kind = kind, .bytes = reader_lenenc_bytes(r) };
}

static bool is_bytes(uint8_t type)
{
    return (type >= COLUMN_TINY_BLOB && type <= COLUMN_BLOB) || type == COLUMN_BIT ||
           type == COLUMN_GEOMETRY;
}

static bool is_text(uint8_t type)
{
    return type == COLUMN_DECIMAL || type == COLUMN_VARCHAR ||
           (type >= COLUMN_JSON && type <= COLUMN_SET) || type == COLUMN_VAR_STRING ||
           type == COLUMN_STRING;
}

static bool take_value(const struct parameter *parameter, struct reader *r, struct value *out)
{
    switch (parameter->type) {
    case COLUMN_TINY:
        *out = take_integer(parameter, r, 1);
        return true;
    case COLUMN_SHORT:
    case COLUMN_YEAR:
        *out = take_integer(parameter, r, 2);
        return true;
    case COLUMN_LONG:
    case COLUMN_INT24:
        *out = take_integer(parameter, r, 4);
        return true;
    case COLUMN_LONGLONG:
        *out = take_integer(parameter, r, 8);
        return true;
    case COLUMN_FLOAT:
        *out = take_float(r);
        return true;
    case COLUMN_DOUBLE:
        *out = take_double(r);
        return true;
    case COLUMN_DATE:
    case COLUMN_NEWDATE:
        *out = take_datetime(r, VALUE_DATE);
        return true;
    case COLUMN_DATETIME:
    case COLUMN_TIMESTAMP:
        *out = take_datetime(r, VALUE_DATETIME);
        return true;
    case COLUMN_TIME:
        *out = take_time(r);
        return true;
    case COLUMN_NULL:
        *out = (struct value){ .kind = VALUE_NULL };
        return true;
    default:
        *out = take_bytes(r, is_bytes(parameter->type) ? VALUE_BLOB : VALUE_TEXT);
        return is_bytes(parameter->type) || is_text(parameter->type);
    }
}

/* ---- execute ---- */

/* What is at hand: the statement's parameters, then the client's attributes. */
struct execute {
    struct parameters *parameters;
    struct parameter attributes[ATTRIBUTES_MAX];
    unsigned count; /* of both */
    bool has_names;
    struct bytes nulls;
};

static struct parameter *parameter_at(struct execute *execute, unsigned i)
{
    unsigned own = execute->parameters->count;
    return i < own ? &execute->parameters->items[i] : &execute->attributes[i - own];
}

static bool take_types(struct execute *execute, struct reader *r, struct err *err)
{
    bool given = reader_u8(r) != 0;
    if (r->failed || (!given && (!execute->parameters->has_types ||
                                 execute->count > execute->parameters->count)))
        return err_set(err, ERR_PROTOCOL, "an execute does not tell the types of its parameters");
    for (unsigned i = 0; given && i < execute->count; i++) {
        struct parameter *parameter = parameter_at(execute, i);
        uint16_t type = reader_u16(r);
        parameter->type = (uint8_t)type;
        parameter->is_unsigned = (type & TYPE_UNSIGNED) != 0;
        if (execute->has_names)
            reader_lenenc_bytes(r);
    }
    execute->parameters->has_types = !r->failed;
    return !r->failed || malformed("the types of parameters", 0, err);
}

static struct value long_value(const struct parameter *parameter)
{
    struct bytes bytes = buf_bytes(parameter->long_data);
    return (struct value){ .kind = is_bytes(parameter->type) ? VALUE_BLOB : VALUE_TEXT,
                           .bytes = bytes.len == 0 ? bytes_of_str("") : bytes };
}

static bool take_values(struct execute *execute, struct reader *r, struct value *values,
                        struct err *err)
{
    unsigned own = execute->parameters->count;
    for (unsigned i = 0; i < execute->count; i++) {
        struct value passed_over;
        struct parameter *parameter = parameter_at(execute, i);
        struct value *out = i < own ? &values[i] : &passed_over;
        if (parameter->long_data != NULL) /* whatever else is said of it, as the servers have it */
            *out = long_value(parameter);
        else if ((execute->nulls.data[i / 8] >> i % 8 & 1) != 0)
            *out = (struct value){ .kind = VALUE_NULL };
        else if (!take_value(parameter, r, out))
            return err_set(err, ERR_UNSUPPORTED, "parameter %u has the type %u, which no value has",
                           i + 1, parameter->type);
        if (r->failed)
            return err_set(err, ERR_PROTOCOL, "the value of parameter %u is malformed", i + 1);
    }
    return true;
}

/* How many come with the execute. */
static bool take_count(struct execute *execute, const struct execute_head *head,
                       bool has_attributes, struct reader *r, struct err *err)
{
    uint64_t own = execute->parameters->count;
    uint64_t count = own;
    execute->has_names = has_attributes;
    bool is_told = has_attributes && (own > 0 || (head->flags & EXECUTE_COUNTS_PARAMETERS) != 0);
    if (is_told)
        count = reader_lenenc(r);
    if (r->failed || count < own || count > own + ATTRIBUTES_MAX)
        return err_set(err, ERR_PROTOCOL, "an execute with %llu parameters, the statement has %u",
                       (unsigned long long)count, (unsigned)own);
    execute->count = (unsigned)count;
    return true;
}

bool parameters_decode(struct parameters *parameters, const struct execute_head *head,
                       bool has_attributes, struct value *values, struct err *err)
{
    struct execute execute = { .parameters = parameters };
    struct reader r = reader_of(head->rest);
    if (parameters->is_too_long)
        return err_set(err, ERR_UNSUPPORTED,
                       "the long data of a statement's parameters is more than %d bytes",
                       LONG_DATA_MAX);
    if (!take_count(&execute, head, has_attributes, &r, err))
        return false;
    if (execute.count == 0)
        return true;
    execute.nulls = reader_bytes(&r, (execute.count + 7) / 8);
    if (execute.nulls.data == NULL)
        return malformed("an execute", head->rest.len, err);
    return take_types(&execute, &r, err) && take_values(&execute, &r, values, err);
}

/* ---- long data, fetch ---- */

bool long_data_decode(struct bytes payload, struct long_data *out, struct err *err)
{
    struct reader r = reader_of(payload);
    struct long_data data;
    data.statement_id = reader_u32(&r);
    data.parameter = reader_u16(&r);
    data.data = reader_rest(&r);
    if (r.failed)
        return malformed("long data", payload.len, err);
    *out = data;
    return true;
}

void parameters_send_long(struct parameters *parameters, const struct long_data *data)
{
    if (data->parameter >= parameters->count ||
        data->data.len > LONG_DATA_MAX - parameters->long_bytes) {
        parameters->is_too_long = true;
        return;
    }
    struct parameter *parameter = &parameters->items[data->parameter];
    if (parameter->long_data == NULL) {
        parameter->long_data = memory_new(sizeof *parameter->long_data);
        buf_init(parameter->long_data, LONG_DATA_MAX);
    }
    buf_append(parameter->long_data, data->data.data, data->data.len);
    parameters->long_bytes += data->data.len;
}

bool fetch_decode(struct bytes payload, struct fetch_request *out, struct err *err)
{
    struct reader r = reader_of(payload);
    struct fetch_request fetch;
    fetch.statement_id = reader_u32(&r);
    fetch.row_count = reader_u32(&r);
    if (r.failed)
        return malformed("a fetch", payload.len, err);
    *out = fetch;
    return true;
}

/* ---- the answer to a prepare ---- */

void prepare_answer_encode(const struct prepare_answer *answer, struct buf *out)
{
    buf_u8(out, 0);
    buf_le(out, answer->statement_id, 4);
    buf_le(out, answer->column_count, 2);
    buf_le(out, answer->parameter_count, 2);
    buf_u8(out, 0);
    buf_le(out, answer->warning_count, 2);
}

void parameter_definition_encode(struct buf *out)
{
    static const struct result_column parameter = { .db = "",
                                                    .table = "",
                                                    .org_table = "",
                                                    .name = "?",
                                                    .org_name = "",
                                                    .charset = CHARSET_BINARY,
                                                    .type = COLUMN_VAR_STRING,
                                                    .flags = FLAG_BINARY };
    result_column_encode(&parameter, out);
}
