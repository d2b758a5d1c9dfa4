/* change_json.c - what is the same for all rows of a table is made once, with its table map. */
// SPDX-License-Identifier: Apache-2.0
#include "print/change_json.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/gtid_event.h"
#include "binlog/query.h"
#include "print/json_value.h"
#include "print/put.h"

enum { SCRATCH_MAX = 1 << 30, NAMES_MAX = 16 << 20 };

struct change_json {
    struct row_tables *tables;
    struct buf file;    /* "file":"binlog.000001" */
    struct buf head;    /* what all objects of an event begin with */
    struct buf scratch; /* unpacked rows */
    struct json_scratch values;
    struct value *before;
    struct value *after;
    char gtid[GTID_TEXT_MAX]; /* of the transaction; "": none yet */
};

/* The ready-made parts of a table's objects. */
struct table_text {
    struct buf name;   /* ,"db":"shop","table":"item" */
    struct buf types;  /* ,"types":{"id":"int"} */
    struct buf *names; /* one a column: "id": */
    unsigned count;
};

static void put_name(const struct row_table *table, unsigned column, struct buf *out)
{
    char number[16];
    struct bytes name = table->map.metadata[column].name;
    if (name.data == NULL) {
        snprintf(number, sizeof number, "@%u", column + 1);
        name = bytes_of_str(number);
    }
    json_put_string(name, out);
    buf_u8(out, ':');
}

static void *table_text_of(const struct row_table *table)
{
    struct table_text *text = memory_new(sizeof *text);
    text->count = table->map.column_count;
    text->names = memory_new((text->count + 1) * sizeof *text->names);
    buf_init(&text->name, NAMES_MAX);
    buf_init(&text->types, NAMES_MAX);
    buf_str(&text->name, ",\"db\":");
    json_put_string(table->map.db, &text->name);
    buf_str(&text->name, ",\"table\":");
    json_put_string(table->map.table, &text->name);
    buf_str(&text->types, ",\"types\":{");
    for (unsigned i = 0; i < text->count; i++) {
        buf_init(&text->names[i], NAMES_MAX);
        put_name(table, i, &text->names[i]);
        buf_str(&text->types, i > 0 ? "," : "");
        buf_append(&text->types, text->names[i].data, text->names[i].len);
        buf_u8(&text->types, '"');
        json_put_type(table, i, &text->types);
        buf_u8(&text->types, '"');
        put_padding(&text->names[i]);
    }
    buf_u8(&text->types, '}');
    return text;
}

static void table_text_free(void *extra)
{
    struct table_text *text = extra;
    for (unsigned i = 0; i < text->count; i++)
        buf_clear(&text->names[i]);
    free(text->names);
    buf_clear(&text->name);
    buf_clear(&text->types);
    free(text);
}

struct change_json *change_json_new(const char *file, const struct row_scope *scope)
{
    struct change_json *printer = memory_new(sizeof *printer);
    printer->tables = row_tables_new(scope, table_text_of, table_text_free);
    printer->before = memory_new(TABLE_COLUMNS_MAX * sizeof *printer->before);
    printer->after = memory_new(TABLE_COLUMNS_MAX * sizeof *printer->after);
    buf_init(&printer->file, NAMES_MAX);
    buf_init(&printer->head, NAMES_MAX);
    buf_init(&printer->scratch, SCRATCH_MAX);
    json_scratch_init(&printer->values);
    buf_str(&printer->file, "{\"file\":");
    json_put_string(bytes_of_str(file), &printer->file);
    return printer;
}

void change_json_free(struct change_json *printer)
{
    if (printer == NULL)
        return;
    row_tables_free(printer->tables);
    buf_clear(&printer->file);
    buf_clear(&printer->head);
    buf_clear(&printer->scratch);
    json_scratch_clear(&printer->values);
    free(printer->before);
    free(printer->after);
    free(printer);
}

/* What every object of the event begins with. */
static void put_head(const struct change_json *printer, const struct event *event,
                     const struct event_place *place, struct buf *out)
{
    put(out, printer->file.data, printer->file.len);
    put_str_number(",\"pos\":", place->pos, out);
    put_str_number(",\"timestamp\":", event->header.timestamp, out);
    put_str_number(",\"server_id\":", event->header.server_id, out);
    if (printer->gtid[0] == 0)
        return;
    put_str(",\"gtid\":\"", out);
    put_str(printer->gtid, out);
    put_byte(out, '"');
}

/* before: of the same row; NULL: there is none. */
static void put_image(struct change_json *printer, const struct row_table *table,
                      const struct value *values, const struct value *before, struct buf *out)
{
    const struct table_text *text = table->extra;
    bool first = true;
    put_byte(out, '{');
    for (unsigned i = 0; i < text->count; i++) {
        if (values[i].kind == VALUE_ABSENT)
            continue;
        if (!first)
            put_byte(out, ',');
        first = false;
        put_padded(out, text->names[i].data, text->names[i].len);
        bool is_part =
            values[i].kind == VALUE_JSON_DIFF && before != NULL && before[i].kind == VALUE_JSON;
        if (!is_part || !json_put_changed(before[i].bytes, values[i].bytes, &printer->values, out))
            json_put_value(&values[i], table, i, &printer->values, out);
    }
    put_byte(out, '}');
}

static void put_row(struct change_json *printer, const struct row_table *table, enum rows_kind kind,
                    struct buf *out)
{
    const struct table_text *text = table->extra;
    const struct value *before = kind == ROWS_UPDATE ? printer->before : NULL;
    put(out, printer->head.data, printer->head.len);
    if (kind == ROWS_WRITE)
        put_str("null", out);
    else
        put_image(printer, table, printer->before, NULL, out);
    put_str(",\"after\":", out);
    if (kind == ROWS_DELETE)
        put_str("null", out);
    else
        put_image(printer, table, printer->after, before, out);
    put(out, text->types.data, text->types.len);
    put_str("}\n", out);
}

static bool print_rows(struct change_json *printer, const struct event *event,
                       const struct event_place *place, const struct text_out *sink,
                       struct err *err)
{
    static const char *const ops[] = { ",\"op\":\"insert\",\"before\":",
                                       ",\"op\":\"update\",\"before\":",
                                       ",\"op\":\"delete\",\"before\":" };
    struct rows rows;
    const struct row_table *table = NULL;
    struct buf *head = &printer->head;
    if (!row_tables_open(printer->tables, event, &printer->scratch, &rows, &table, err))
        return false;
    if (!table->is_kept)
        return true;
    const struct table_text *text = table->extra;
    buf_reset(head);
    put_head(printer, event, place, head);
    put(head, text->name.data, text->name.len);
    put_str(ops[rows.kind], head);
    for (bool more = true;;) {
        if (!rows_next(&rows, printer->before, printer->after, &more, err))
            return false;
        if (!more)
            return true;
        put_row(printer, table, rows.kind, sink->buf);
        text_out_check(sink);
    }
}

static bool print_query(struct change_json *printer, const struct event *event,
                        const struct event_place *place, struct buf *out, struct err *err)
{
    struct query_event query;
    buf_reset(&printer->scratch);
    if (!query_decode(event, &printer->scratch, &query, err))
        return false;
    if (query_bound_of(query.text) != QUERY_OTHER)
        return true; /* the transaction's own words */
    put_head(printer, event, place, out);
    buf_str(out, ",\"db\":");
    json_put_string(query.db, out);
    buf_str(out, ",\"op\":\"statement\",\"query\":");
    json_put_string(query.text, out);
    buf_append(out, "}\n", 2);
    return true;
}

static bool note_gtid(struct change_json *printer, const struct event *event, struct err *err)
{
    struct gtid_event gtid;
    if (!gtid_event_decode(event, &gtid, err))
        return false;
    gtid_text(&gtid.gtid, printer->gtid);
    if (gtid.gtid.kind == GTID_NONE)
        printer->gtid[0] = 0;
    return true;
}

bool change_json_event(struct change_json *printer, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       const struct text_out *out, struct err *err)
{
    uint8_t type = event->header.type;
    if (row_tables_is_rows(type))
        return print_rows(printer, event, place, out, err);
    switch (type) {
    case EVENT_TABLE_MAP:
        return row_tables_map(printer->tables, event, format->flavour, err);
    case EVENT_GTID:
    case EVENT_ANONYMOUS_GTID:
    case EVENT_GTID_TAGGED:
    case EVENT_MARIADB_GTID:
        return note_gtid(printer, event, err);
    case EVENT_QUERY:
    case EVENT_QUERY_COMPRESSED:
    case EVENT_EXECUTE_LOAD_QUERY:
        return print_query(printer, event, place, out->buf, err);
    default:
        return true;
    }
}
