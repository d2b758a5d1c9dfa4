/* statement_event.c - small events around a statement. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/statement_event.h"
#include "base/reader.h"

static bool too_short(const struct event *event, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "%s event: %zu bytes are too few",
                   event_type_name(event->header.type), event->body.len);
}

static bool wrong_type(const struct event *event, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "%s event: another type was expected here",
                   event_type_name(event->header.type));
}

bool statement_text_decode(const struct event *event, struct bytes *text, struct err *err)
{
    struct reader r = reader_of(event->body);
    if (event->header.type == EVENT_ROWS_QUERY)
        (void)reader_u8(&r); /* the text's length modulo 256, or 0: of no use */
    else if (event->header.type != EVENT_ANNOTATE_ROWS)
        return wrong_type(event, err);
    struct bytes rest = reader_rest(&r);
    if (r.failed)
        return too_short(event, err);
    *text = rest;
    return true;
}

bool intvar_decode(const struct event *event, struct intvar_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint8_t type = reader_u8(&r);
    uint64_t value = reader_u64(&r);
    if (event->header.type != EVENT_INTVAR)
        return wrong_type(event, err);
    if (r.failed)
        return too_short(event, err);
    if (type != INTVAR_LAST_INSERT_ID && type != INTVAR_INSERT_ID)
        return err_set(err, ERR_UNSUPPORTED, "intvar event: type %u", type);
    *out = (struct intvar_event){ (enum intvar_type)type, value };
    return true;
}

bool rand_decode(const struct event *event, struct rand_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct rand_event e;
    e.seed1 = reader_u64(&r);
    e.seed2 = reader_u64(&r);
    if (event->header.type != EVENT_RAND)
        return wrong_type(event, err);
    if (r.failed)
        return too_short(event, err);
    *out = e;
    return true;
}

static bool user_var_value(struct reader *r, struct user_var_event *e, struct err *err)
{
    uint8_t type = reader_u8(r);
    e->collation = reader_u32(r);
    uint32_t len = reader_u32(r);
    e->value = reader_bytes(r, len);
    e->type = (enum user_var_type)type;
    if (type != USER_VAR_STRING && type != USER_VAR_REAL && type != USER_VAR_INT &&
        type != USER_VAR_DECIMAL)
        return err_set(err, ERR_UNSUPPORTED, "user variable event: type %u", type);
    if ((type == USER_VAR_REAL || type == USER_VAR_INT) && e->value.len != 8)
        r->failed = true;
    if (type == USER_VAR_DECIMAL && e->value.len < 3)
        r->failed = true;
    if (type == USER_VAR_INT && reader_left(r) > 0) /* servers before 5.1.59 have no flags */
        e->is_unsigned = (reader_u8(r) & 1) != 0;
    return true;
}

bool user_var_decode(const struct event *event, struct user_var_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct user_var_event e = { .type = USER_VAR_STRING };
    if (event->header.type != EVENT_USER_VAR)
        return wrong_type(event, err);
    uint32_t len = reader_u32(&r);
    e.name = reader_bytes(&r, len);
    e.is_null = reader_u8(&r) != 0;
    if (!e.is_null && !r.failed && !user_var_value(&r, &e, err))
        return false;
    if (r.failed)
        return too_short(event, err);
    *out = e;
    return true;
}

bool load_event_decode(const struct event *event, struct load_event *out, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct load_event e;
    e.file_id = reader_u32(&r);
    if (event->header.type != EVENT_APPEND_BLOCK && event->header.type != EVENT_DELETE_FILE &&
        event->header.type != EVENT_BEGIN_LOAD_QUERY)
        return wrong_type(event, err);
    if (r.failed)
        return too_short(event, err);
    e.data = reader_rest(&r);
    *out = e;
    return true;
}
