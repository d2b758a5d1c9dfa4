/* statement_maps.c - looks at the heads of table maps and rows events only: their checksums were
 * right, so what they hold is what the source wrote. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/statement_maps.h"
#include <stdlib.h>
#include "base/memory.h"
#include "base/reader.h"

enum {
    STATEMENT_END = 0x1,
    MAPS_MAX = 1 << 20,
    TABLE_ID_DUMMY = 0xffffff, /* rows of no table, that only end a statement (MySQL 5.1 and on) */
};

struct mapped_table {
    uint64_t id;
    uint64_t column_count;
};

/* How rows events differ in their heads. */
enum head { HEAD_NONE, HEAD_MAP, HEAD_V1, HEAD_V2 };
static const uint8_t heads[256] = {
    [EVENT_TABLE_MAP] = HEAD_MAP,
    [EVENT_WRITE_ROWS_V1] = HEAD_V1,
    [EVENT_UPDATE_ROWS_V1] = HEAD_V1,
    [EVENT_DELETE_ROWS_V1] = HEAD_V1,
    [EVENT_WRITE_ROWS_COMPRESSED_V1] = HEAD_V1,
    [EVENT_UPDATE_ROWS_COMPRESSED_V1] = HEAD_V1,
    [EVENT_DELETE_ROWS_COMPRESSED_V1] = HEAD_V1,
    [EVENT_WRITE_ROWS] = HEAD_V2,
    [EVENT_UPDATE_ROWS] = HEAD_V2,
    [EVENT_DELETE_ROWS] = HEAD_V2,
    [EVENT_PARTIAL_UPDATE_ROWS] = HEAD_V2,
    [EVENT_WRITE_ROWS_COMPRESSED] = HEAD_V2,
    [EVENT_UPDATE_ROWS_COMPRESSED] = HEAD_V2,
    [EVENT_DELETE_ROWS_COMPRESSED] = HEAD_V2,
};

void statement_maps_clear(struct statement_maps *maps)
{
    free(maps->tables);
    *maps = (struct statement_maps){ 0 };
}

void statement_maps_reset(struct statement_maps *maps)
{
    maps->count = 0;
}

static bool cut_off(const struct event *event, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "the head of this %s event is cut off",
                   event_type_name(event->header.type));
}

static struct mapped_table *find(const struct statement_maps *maps, uint64_t id)
{
    for (size_t i = maps->count; i > 0; i--)
        if (maps->tables[i - 1].id == id)
            return &maps->tables[i - 1];
    return NULL;
}

static bool add_map(struct statement_maps *maps, const struct event *event, struct err *err)
{
    struct reader r = reader_of(event->body);
    struct mapped_table table = { .id = reader_u48(&r) };
    (void)reader_u16(&r); /* flags */
    for (int name = 0; name < 2; name++)
        (void)reader_bytes(&r, (size_t)reader_u8(&r) + 1);
    table.column_count = reader_lenenc(&r);
    if (r.failed || maps->count == MAPS_MAX)
        return cut_off(event, err);
    struct mapped_table *known = find(maps, table.id);
    if (known != NULL) {
        *known = table;
        return true;
    }
    if (maps->count == maps->cap) {
        maps->cap = maps->cap == 0 ? 16 : 2 * maps->cap;
        maps->tables = memory_resize(maps->tables, maps->cap * sizeof *maps->tables);
    }
    maps->tables[maps->count++] = table;
    return true;
}

static bool check_rows(struct statement_maps *maps, const struct event *event, enum head head,
                       struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t id = reader_u48(&r);
    uint16_t flags = reader_u16(&r);
    if (head == HEAD_V2) {
        uint16_t extra = reader_u16(&r); /* with itself */
        (void)reader_bytes(&r, extra < 2 ? SIZE_MAX : extra - 2u);
    }
    uint64_t columns = reader_lenenc(&r);
    if (r.failed)
        return cut_off(event, err);
    const struct mapped_table *table = find(maps, id);
    if (id != TABLE_ID_DUMMY && table == NULL)
        return err_set(
            err, ERR_CORRUPT,
            "this %s event is for table id %llu, and no table map of its statement names "
            "that",
            event_type_name(event->header.type), (unsigned long long)id);
    if (id != TABLE_ID_DUMMY && table->column_count != columns)
        return err_set(
            err, ERR_CORRUPT,
            "this %s event has %llu columns, the table map of its table id %llu has %llu",
            event_type_name(event->header.type), (unsigned long long)columns,
            (unsigned long long)id, (unsigned long long)table->column_count);
    if ((flags & STATEMENT_END) != 0)
        maps->count = 0;
    return true;
}

bool statement_maps_feed(struct statement_maps *maps, const struct event *event, struct err *err)
{
    enum head head = (enum head)heads[event->header.type];
    if (head == HEAD_NONE)
        return true;
    return head == HEAD_MAP ? add_map(maps, event, err) : check_rows(maps, event, head, err);
}
