/* snapshot/meter.c - rates are averages since the start: a copy's tables differ too much for a
 * shorter window to foretell anything. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/meter.h"
#include <string.h>
#include "base/clock.h"
#include "snapshot/copy.h"

enum { REPORT_US = 500000, WAIT_MAX_MS = 60000 };

void meter_init(struct meter *meter, const struct copy_request *request)
{
    memset(meter, 0, sizeof *meter);
    buf_init(&meter->names, 4096);
    meter->started_us = clock_monotonic_us();
    meter->table_count = request->table_count;
    for (unsigned i = 0; i < request->table_count; i++) {
        const struct copy_table *table = &request->tables[i];
        if (plan_is_done(&table->plan))
            meter->tables_done++;
        else
            meter->rows_estimated += table->schema->source->rows;
    }
}

void meter_clear(struct meter *meter)
{
    buf_clear(&meter->names);
}

static void note_table(struct meter *meter, unsigned table)
{
    unsigned at = 0;
    while (at < meter->recent_count && meter->recent[at] != table)
        at++;
    if (at == meter->recent_count && meter->recent_count < METER_TABLES_SHOWN)
        meter->recent_count++;
    if (at == METER_TABLES_SHOWN)
        at = METER_TABLES_SHOWN - 1;
    memmove(meter->recent + 1, meter->recent, at * sizeof *meter->recent);
    meter->recent[0] = table;
}

void meter_add(struct meter *meter, unsigned table, uint64_t rows, uint64_t bytes)
{
    meter->rows_done += rows;
    meter->bytes_done += bytes;
    note_table(meter, table);
}

static const char *name_tables(struct meter *meter, const struct copy_request *request)
{
    const char *comma = "";
    buf_reset(&meter->names);
    for (unsigned i = 0; i < meter->recent_count; i++) {
        const struct copy_table *table = &request->tables[meter->recent[i]];
        if (plan_is_done(&table->plan))
            continue;
        buf_printf(&meter->names, "%s%s.%s", comma, table->schema->source->db,
                   table->schema->source->name);
        comma = ", ";
    }
    return buf_cstr(&meter->names);
}

void meter_report(struct meter *meter, const struct copy_request *request)
{
    uint64_t now = clock_monotonic_us();
    if (request->options->progress == NULL || now - meter->reported_us < REPORT_US)
        return;
    meter->reported_us = now;
    double seconds = (double)(now - meter->started_us) / 1e6;
    double per_s = seconds > 0 ? (double)meter->rows_done / seconds : 0;
    uint64_t left =
        meter->rows_estimated > meter->rows_done ? meter->rows_estimated - meter->rows_done : 0;
    struct snapshot_progress progress = {
        .phase = "copying",
        .rows_done = meter->rows_done,
        .rows_estimated =
            meter->rows_estimated > meter->rows_done ? meter->rows_estimated : meter->rows_done,
        .bytes_done = meter->bytes_done,
        .rows_per_s = per_s,
        .bytes_per_s = seconds > 0 ? (double)meter->bytes_done / seconds : 0,
        .eta_s = per_s > 0 ? (int64_t)((double)left / per_s) : -1,
        .tables_done = meter->tables_done,
        .table_count = meter->table_count,
        .tables = name_tables(meter, request),
    };
    request->options->progress(&progress, request->options->progress_arg);
}

unsigned meter_wait_ms(const struct meter *meter, uint64_t max_bytes_per_s)
{
    if (max_bytes_per_s == 0)
        return 0;
    double due_us = (double)meter->bytes_done / (double)max_bytes_per_s * 1e6;
    double passed_us = (double)(clock_monotonic_us() - meter->started_us);
    if (due_us <= passed_us)
        return 0;
    double wait_ms = (due_us - passed_us) / 1000;
    return wait_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (unsigned)wait_ms;
}
