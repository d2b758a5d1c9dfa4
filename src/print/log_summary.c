/* log_summary.c - counts while events pass. */
// SPDX-License-Identifier: Apache-2.0
#include "print/log_summary.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "binlog/gtid_event.h"
#include "binlog/rows_count.h"
#include "binlog/stream.h"
#include "binlog/text.h"
#include "print/json_value.h"
#include "print/timeline.h"

enum { TOP = 5 };

struct table_count {
    char *name;       /* db.table */
    uint64_t rows[3]; /* by enum rows_kind */
    uint64_t bytes;   /* of its rows events */
    uint64_t transactions;
    uint64_t last_transaction; /* the one that was counted last */
};

/* What is made once a table map. */
struct named_table {
    char *both; /* db.table */
    struct row_widths *widths;
    bool is_counted; /* at is known */
    size_t at;       /* in log_summary.counts */
};

/* A transaction that is among the biggest or the longest. */
struct notable {
    struct gtid gtid;
    uint64_t pos;
    uint64_t measure; /* bytes, or seconds */
    uint64_t rows;
};

struct log_summary {
    struct row_tables *tables;
    struct stream stream;
    struct buf scratch;
    struct value *before;
    struct value *after;
    struct table_count *counts;
    size_t count;
    struct notable biggest[TOP];
    struct notable longest[TOP];
    struct timeline timeline;
    uint64_t events, bytes, transactions, statements, anonymous;
    struct { /* the transaction that the log stands in */
        struct notable at;
        uint64_t bytes, rows;
        uint32_t first, last; /* timestamps */
        bool complete;        /* but for what a payload may hold */
    } now;
};

static void *named_table_of(const struct row_table *table)
{
    struct named_table *named = memory_new(sizeof *named);
    struct buf both;
    buf_init(&both, 2 * UINT16_MAX);
    buf_printf(&both, "%s.%s", table->db, table->name);
    named->both = memory_str(buf_cstr(&both));
    named->widths = row_widths_new(table->map.types, table->map.column_count);
    buf_clear(&both);
    return named;
}

static void named_table_free(void *extra)
{
    struct named_table *named = extra;
    free(named->both);
    row_widths_free(named->widths);
    free(named);
}

struct log_summary *log_summary_new(const struct row_scope *scope)
{
    struct log_summary *summary = memory_new(sizeof *summary);
    summary->tables = row_tables_new(scope, named_table_of, named_table_free);
    stream_init(&summary->stream);
    buf_init(&summary->scratch, (size_t)1 << 30);
    summary->before = memory_new(TABLE_COLUMNS_MAX * sizeof *summary->before);
    summary->after = memory_new(TABLE_COLUMNS_MAX * sizeof *summary->after);
    return summary;
}

void log_summary_free(struct log_summary *summary)
{
    if (summary == NULL)
        return;
    for (size_t i = 0; i < summary->count; i++)
        free(summary->counts[i].name);
    free(summary->counts);
    row_tables_free(summary->tables);
    buf_clear(&summary->scratch);
    free(summary->before);
    free(summary->after);
    free(summary);
}

/* ---- tables ---- */

static struct table_count *count_of(struct log_summary *summary, struct named_table *named)
{
    size_t i = named->is_counted ? named->at : 0;
    while (!named->is_counted && i < summary->count &&
           strcmp(summary->counts[i].name, named->both) != 0)
        i++;
    named->is_counted = true;
    named->at = i;
    if (i < summary->count)
        return &summary->counts[i];
    if ((i & (i - 1)) == 0) /* full at each power of two */
        summary->counts =
            memory_resize(summary->counts, (i == 0 ? 1 : i * 2) * sizeof *summary->counts);
    summary->counts[i] = (struct table_count){ .name = memory_str(named->both) };
    summary->count++;
    return &summary->counts[i];
}

static bool read_rows(struct log_summary *summary, struct rows *rows, uint64_t *count,
                      struct err *err)
{
    for (bool more = true; more; *count += more)
        if (!rows_next(rows, summary->before, summary->after, &more, err))
            return false;
    return true;
}

static bool count_rows(struct log_summary *summary, const struct event *event, struct err *err)
{
    struct rows rows;
    const struct row_table *table = NULL;
    uint64_t count = 0;
    if (!row_tables_open(summary->tables, event, &summary->scratch, &rows, &table, err))
        return false;
    struct named_table *named = table->extra;
    if (!table->is_kept)
        return true;
    if (!(rows_can_count(&rows, named->widths) ? rows_count(&rows, named->widths, &count, err)
                                               : read_rows(summary, &rows, &count, err)))
        return false;
    struct table_count *into = count_of(summary, named);
    into->rows[rows.kind] += count;
    into->bytes += event->raw.len;
    summary->now.rows += count;
    if (into->last_transaction != summary->transactions + 1) {
        into->last_transaction = summary->transactions + 1;
        into->transactions++;
    }
    return true;
}

/* ---- transactions ---- */

static void rank(struct notable top[TOP], const struct notable *candidate, uint64_t measure)
{
    unsigned at = TOP;
    while (at > 0 && top[at - 1].measure < measure)
        at--;
    if (at == TOP)
        return;
    memmove(&top[at + 1], &top[at], (TOP - at - 1) * sizeof *top);
    top[at] = *candidate;
    top[at].measure = measure;
}

static void begin(struct log_summary *summary, const struct event_place *place)
{
    memset(&summary->now, 0, sizeof summary->now);
    summary->now.at.pos = place->pos;
    summary->now.at.gtid = summary->stream.gtid;
    summary->anonymous += summary->stream.gtid.kind == GTID_NONE;
}

static void end(struct log_summary *summary)
{
    struct notable *notable = &summary->now.at;
    notable->rows = summary->now.rows;
    rank(summary->biggest, notable, summary->now.bytes);
    uint64_t seconds = summary->now.last - summary->now.first;
    if (seconds > 0)
        rank(summary->longest, notable, seconds);
    summary->transactions++;
    if (summary->now.last != 0)
        timeline_add(&summary->timeline, summary->now.last);
}

static void note_time(struct log_summary *summary, uint32_t timestamp)
{
    if (timestamp == 0)
        return;
    if (summary->now.first == 0 || timestamp < summary->now.first)
        summary->now.first = timestamp;
    if (timestamp > summary->now.last)
        summary->now.last = timestamp;
}

static bool count_content(struct log_summary *summary, const struct event *event,
                          const struct format *format, struct err *err)
{
    if (event->header.type == EVENT_TABLE_MAP)
        return row_tables_map(summary->tables, event, format->flavour, err);
    if (row_tables_is_rows(event->header.type))
        return count_rows(summary, event, err);
    return true;
}

void log_summary_finish(struct log_summary *summary)
{
    if (summary->now.complete)
        end(summary);
    summary->now.complete = false;
}

/* A payload's inner events come after it, when its transaction has ended for the stream: so a
 * transaction is counted with the event that follows it. */
bool log_summary_event(struct log_summary *summary, const struct event *event,
                       const struct format *format, const struct event_place *place,
                       struct err *err)
{
    enum stream_step step = STREAM_INSIDE;
    if (!place->in_payload) {
        log_summary_finish(summary);
        summary->events++;
        summary->bytes += event->raw.len;
        if (!stream_feed(&summary->stream, event, &step, err))
            return false;
        if (step == STREAM_BEGIN)
            begin(summary, place);
        summary->now.bytes += event->raw.len;
    }
    note_time(summary, event->header.timestamp);
    if (!count_content(summary, event, format, err))
        return false;
    if (step == STREAM_COMMIT) {
        summary->statements += summary->stream.standalone;
        summary->now.complete = true;
    }
    return true;
}

/* ---- for people ---- */

static int by_bytes(const void *a, const void *b)
{
    uint64_t x = (*(const struct table_count *const *)a)->bytes;
    uint64_t y = (*(const struct table_count *const *)b)->bytes;
    return x > y ? -1 : x < y;
}

/* The caller frees. */
static const struct table_count **sorted(const struct log_summary *summary)
{
    const struct table_count **list = memory_new((summary->count + 1) * sizeof *list);
    for (size_t i = 0; i < summary->count; i++)
        list[i] = &summary->counts[i];
    if (summary->count > 0)
        qsort(list, summary->count, sizeof *list, by_bytes);
    return list;
}

static void print_tables(const struct log_summary *summary, struct buf *out)
{
    const struct table_count **list = sorted(summary);
    buf_printf(out, "\n%12s %12s %12s %12s %14s  %s\n", "inserted", "updated", "deleted",
               "transactions", "bytes", "table");
    for (size_t i = 0; i < summary->count; i++) {
        const struct table_count *t = list[i];
        buf_printf(out, "%12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %14" PRIu64 "  ",
                   t->rows[ROWS_WRITE], t->rows[ROWS_UPDATE], t->rows[ROWS_DELETE], t->transactions,
                   t->bytes);
        text_escape(bytes_of_str(t->name), TEXT_LINE, out);
        buf_u8(out, '\n');
    }
    free(list);
}

static void print_notable(const struct notable top[TOP], const char *title, const char *unit,
                          struct buf *out)
{
    if (top[0].measure == 0)
        return;
    buf_printf(out, "\n%s\n", title);
    for (unsigned i = 0; i < TOP && top[i].measure > 0; i++) {
        char gtid[GTID_TEXT_MAX];
        buf_printf(out, "%14" PRIu64 " %s, %" PRIu64 " rows, at %" PRIu64 ", %s\n", top[i].measure,
                   unit, top[i].rows, top[i].pos, gtid_text(&top[i].gtid, gtid));
    }
}

void log_summary_print(const struct log_summary *summary, struct buf *out)
{
    buf_printf(out,
               "%" PRIu64 " events, %" PRIu64 " bytes, %" PRIu64 " transactions (%" PRIu64
               " of one statement, %" PRIu64 " without a GTID)\n",
               summary->events, summary->bytes, summary->transactions, summary->statements,
               summary->anonymous);
    if (summary->count > 0)
        print_tables(summary, out);
    print_notable(summary->biggest, "biggest transactions", "bytes", out);
    print_notable(summary->longest, "longest transactions (first to last event)", "s", out);
    if (summary->timeline.count > 0) {
        buf_str(out, "\ntransactions over time\n");
        timeline_print(&summary->timeline, out);
    }
}

/* ---- for programs ---- */

static void json_notable(const struct notable top[TOP], const char *name, const char *measure,
                         struct buf *out)
{
    buf_printf(out, ",\"%s\":[", name);
    char gtid[GTID_TEXT_MAX];
    for (unsigned i = 0; i < TOP && top[i].measure > 0; i++)
        buf_printf(
            out, "%s{\"%s\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"pos\":%" PRIu64 ",\"gtid\":\"%s\"}",
            i > 0 ? "," : "", measure, top[i].measure, top[i].rows, top[i].pos,
            gtid_text(&top[i].gtid, gtid));
    buf_u8(out, ']');
}

void log_summary_print_json(const struct log_summary *summary, struct buf *out)
{
    const struct table_count **list = sorted(summary);
    buf_printf(out,
               "{\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"transactions\":%" PRIu64
               ",\"statements\":%" PRIu64 ",\"anonymous\":%" PRIu64 ",\"tables\":[",
               summary->events, summary->bytes, summary->transactions, summary->statements,
               summary->anonymous);
    for (size_t i = 0; i < summary->count; i++) {
        const struct table_count *t = list[i];
        buf_str(out, i > 0 ? ",{\"table\":" : "{\"table\":");
        json_put_string(bytes_of_str(t->name), out);
        buf_printf(out,
                   ",\"inserted\":%" PRIu64 ",\"updated\":%" PRIu64 ",\"deleted\":%" PRIu64
                   ",\"transactions\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
                   t->rows[ROWS_WRITE], t->rows[ROWS_UPDATE], t->rows[ROWS_DELETE], t->transactions,
                   t->bytes);
    }
    free(list);
    buf_u8(out, ']');
    json_notable(summary->biggest, "biggest", "bytes", out);
    json_notable(summary->longest, "longest", "seconds", out);
    timeline_print_json(&summary->timeline, out);
    buf_str(out, "}\n");
}
