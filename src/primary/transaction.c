/* transaction.c - row changes into events: a table map, then rows events, as long as the table
 * stays the same. Each such group ends as a statement does, so that a replica takes its tables
 * anew for the next one. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/rows.h"
#include "primary/state.h"

enum {
    ROWS_EVENT_FULL = 8192,           /* no row is added to it; servers' own default */
    FLAGS_AT = EVENT_HEADER_SIZE + 6, /* where a rows event has its flags */
    BODY_MAX = 256 << 20,             /* of an event */
    BODY_KEPT = 1 << 20,              /* memory, from one transaction to the next */
};

bool transaction_init(struct transaction *t, const struct cache_options *options, struct err *err)
{
    buf_init(&t->body, BODY_MAX);
    return cache_open(&t->events, options, err);
}

void transaction_clear(struct transaction *t)
{
    cache_close(&t->events);
    buf_clear(&t->body);
}

void transaction_start(struct transaction *t, uint64_t now_us)
{
    if (t->body.cap > BODY_KEPT)
        buf_clear(&t->body);
    buf_reset(&t->body);
    cache_start(&t->events);
    t->table = NULL;
    t->rows_at = 0;
    t->head = 0;
    t->timestamp = (uint32_t)(now_us / 1000000);
}

void transaction_close_group(struct transaction *t)
{
    if (t->rows_at > 0)
        *cache_byte(&t->events, t->rows_at, FLAGS_AT) |= ROWS_STATEMENT_END;
    t->table = NULL;
    t->rows_at = 0;
}

/* The largest event that is made here. */
static bool too_large(struct transaction *t, struct err *err)
{
    buf_reset(&t->body);
    return err_refuse(err, 1197, "A row of more than %d bytes cannot be logged", BODY_MAX);
}

bool transaction_add(struct primary *primary, uint8_t type, uint16_t flags, struct err *err)
{
    struct transaction *t = &primary->transaction;
    struct event_header header = { .timestamp = t->timestamp,
                                   .type = type,
                                   .server_id = primary->options.server_id,
                                   .flags = flags };
    if (t->body.failed)
        return too_large(t, err);
    bool ok = cache_add(&t->events, &header, buf_bytes(&t->body), err);
    buf_reset(&t->body);
    return ok;
}

static bool open_group(struct primary *primary, struct logged_table *table, struct err *err)
{
    struct transaction *t = &primary->transaction;
    transaction_close_group(t);
    table_map_encode(&table->map, primary->options.flavour, &t->body);
    if (!transaction_add(primary, EVENT_TABLE_MAP, 0, err))
        return false;
    t->table = table;
    return true;
}

static bool put_images(struct transaction *t, const struct row_change *change, struct err *err)
{
    const struct table_map *map = &t->table->map;
    return (change->before == NULL ||
            rows_encode_image(map->types, change->before, map->column_count, &t->body, err)) &&
           (change->after == NULL ||
            rows_encode_image(map->types, change->after, map->column_count, &t->body, err));
}

/* The last event of the group takes the row when it is of its kind and not full. */
static bool extends_last(const struct transaction *t, enum change kind)
{
    return t->rows_at > 0 && t->rows_kind == kind &&
           cache_end(&t->events) - t->rows_at < ROWS_EVENT_FULL;
}

static bool extend_last(struct transaction *t, struct err *err)
{
    if (t->body.failed)
        return too_large(t, err);
    bool ok = cache_extend(&t->events, t->rows_at, buf_bytes(&t->body), err);
    buf_reset(&t->body);
    return ok;
}

bool transaction_add_change(struct primary *primary, struct logged_table *table,
                            const struct row_change *change, struct err *err)
{
    static const enum rows_kind kinds[] = {
        [CHANGE_INSERT] = ROWS_WRITE, [CHANGE_UPDATE] = ROWS_UPDATE, [CHANGE_DELETE] = ROWS_DELETE
    };
    struct transaction *t = &primary->transaction;
    /* Foreign keys were looked at here, and what they did is in the log, row by row. */
    struct rows_head head = { .kind = kinds[change->kind],
                              .is_v1 = primary->form->rows_are_v1,
                              .table_id = table->map.table_id,
                              .flags = ROWS_NO_FOREIGN_KEY_CHECKS,
                              .column_count = table->map.column_count };
    write_keys_add(&table->keys, change, &primary->writes);
    if (t->table != table && !open_group(primary, table, err))
        return false;
    buf_reset(&t->body);
    if (extends_last(t, change->kind))
        return put_images(t, change, err) && extend_last(t, err);
    uint64_t at = cache_end(&t->events);
    uint8_t type = rows_encode(&head, &t->body);
    if (!put_images(t, change, err) || !transaction_add(primary, type, 0, err))
        return false;
    t->rows_at = at;
    t->rows_kind = change->kind;
    return true;
}
