/* table_map.h - the table map event (19): which table the rows events after it change, column by
 * column.
 *
 * Body: table id (6), flags (2), db (1 + n + NUL), table (1 + n + NUL), column count (lenenc), a
 * type byte a column, metadata (lenenc block), null bitmap, then optional metadata as
 * type-length-value to the end (MySQL "Table_map_event", binlog_row_metadata). Decoded into an
 * arena: it outlives the event. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "binlog/event.h"
#include "binlog/value.h"

enum { TABLE_COLUMNS_MAX = 4096 };
enum { TABLE_MAP_REFERRED_FK = 0x2, TABLE_MAP_INVISIBLE_PK = 0x4 };

struct column_metadata {
    struct bytes name;    /* data NULL: not in the log */
    unsigned collation;   /* text columns, ENUM, SET; 0: not in the log */
    struct bytes *labels; /* ENUM, SET; in the column's charset */
    unsigned label_count;
    bool has_labels;
    bool invisible;
    uint8_t geometry_kind;
    uint32_t dimensions; /* VECTOR */
};

struct table_map {
    uint64_t table_id;
    uint16_t flags;
    struct bytes db;
    struct bytes table;
    unsigned column_count;
    struct column_type *types;        /* is_unsigned, is_binary as far as metadata tells */
    struct column_metadata *metadata; /* column_count of them */
    bool has_signedness;              /* metadata said which columns are unsigned */
    bool has_charsets;
    bool has_names;
    unsigned *primary_key; /* column indexes; NULL: not in the log */
    unsigned primary_key_count;
};

/* flavour: which columns count as character columns differs between the two. All bytes in *out are
 * in arena, none with a NUL behind it. ERR_UNSUPPORTED: a column type that is not known here, or no
 * room in arena; ERR_CORRUPT: anything that does not add up. */
bool table_map_decode(const struct event *event, enum flavour flavour, struct arena *arena,
                      struct table_map *out, struct err *err) MUST_CHECK;
/* The body as a server of that flavour writes it with full metadata; every member of map is looked
 * at but the has_… ones. Only body->failed tells of no room. */
void table_map_encode(const struct table_map *map, enum flavour flavour, struct buf *body);
