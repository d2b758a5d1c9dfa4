/* change_json.c - what is the same for all rows of a table is made once, with its table map. */
// SPDX-License-Identifier: Apache-2.0
#include "print/change_json.h"
#include <inttypes.h>
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
    struct buf scratch; /* unpacked rows */
    struct buf text;    /* a value on its way into UTF-8 */
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
    buf_init(&printer->scratch, SCRATCH_MAX);
    buf_init(&printer->text, SCRATCH_MAX);
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
    buf_clear(&printer->scratch);
    buf_clear(&printer->text);
    free(printer->before);
    free(printer->after);
    free(printer);
}

/* What every object of the event begins with. */
static void put_head(const struct change_json *printer, const struct event *event,
                     const struct event_place *place, struct buf *out)
{
    buf_append(out, printer->file.data, printer->file.len);
    buf_printf(out, ",\"pos\":%" PRIu64 ",\"timestamp\":%" PRIu32 ",\"server_id\":%" PRIu32,
               place->pos, event->header.timestamp, event->header.server_id);
    if (printer->gtid[0] != 0)
        buf_printf(out, ",\"gtid\":\"%s\"", printer->gtid);
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
        put(out, text->names[i].data, text->names[i].len);
        bool is_part =
            values[i].kind == VALUE_JSON_DIFF && before != NULL && before[i].kind == VALUE_JSON;
        if (!is_part || !json_put_changed(before[i].bytes, values[i].bytes, &printer->text, out))
            json_put_value(&values[i], table, i, &printer->text, out);
    }
    put_byte(out, '}');
}

static bool print_rows(struct change_json *printer, const struct event *event,
                       const struct event_place *place, const struct text_out *sink,
                       struct err *err)
{
    static const char *const ops[] = { "insert", "update", "delete" };
    struct rows rows;
    const struct row_table *table = NULL;
    struct buf head;
    struct buf *out = sink->buf;
    bool more = true;
    if (!row_tables_open(printer->tables, event, &printer->scratch, &rows, &table, err))
        return false;
    const struct table_text *text = table->extra;
    if (!table->is_kept)
        return true;
    buf_init(&head, NAMES_MAX);
    put_head(printer, event, place, &head);
    put(&head, text->name.data, text->name.len);
    buf_printf(&head, ",\"op\":\"%s\"", ops[rows.kind]);
    bool ok = true;
    while (ok && more) {
        ok = rows_next(&rows, printer->before, printer->after, &more, err);
        if (!ok || !more)
            break;
        put(out, head.data, head.len);
        put(out, ",\"before\":", 10);
        if (rows.kind == ROWS_WRITE)
            put(out, "null", 4);
        else
            put_image(printer, table, printer->before, NULL, out);
        put(out, ",\"after\":", 9);
        if (rows.kind == ROWS_DELETE)
            put(out, "null", 4);
        else
            put_image(printer, table, printer->after,
                      rows.kind == ROWS_UPDATE ? printer->before : NULL, out);
        put(out, text->types.data, text->types.len);
        put(out, "}\n", 2);
        text_out_check(sink);
    }
    buf_clear(&head);
    return ok;
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
