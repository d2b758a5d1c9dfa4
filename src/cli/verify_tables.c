/* verify_tables.c - `binlogd verify --against`: verify/against.h's differences for people and as
 * JSON. */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "binlog/text.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "cli/verify.h"
#include "net/cancel.h"
#include "verify/against.h"

struct view {
    const struct options *options;
    struct progress_line line;
    uint64_t listed;
    json_t *differences; /* NULL: for people */
};

/* The comparison that a signal stops: handlers have no argument. */
static struct cancel *running_cancel;

static void on_stop_signal(int number)
{
    (void)number;
    cancel_fire(running_cancel);
}

/* ---- for people ---- */

static void print_safe(const char *text)
{
    struct buf safe;
    buf_init(&safe, 1 << 22);
    text_escape(bytes_of_str(text), TEXT_LINE, &safe);
    fputs(buf_cstr(&safe), stdout);
    buf_clear(&safe);
}

static void print_difference(const struct difference *difference)
{
    printf("%-13s ", difference_name(difference->kind));
    print_safe(difference->db);
    printf(".");
    print_safe(difference->table);
    if (difference->key[0] != 0)
        printf(" ");
    print_safe(difference->key);
    if (difference->detail[0] != 0)
        printf(": ");
    print_safe(difference->detail);
    printf("\n");
}

static uint64_t differences_of(const struct against_table *table)
{
    return table->missing + table->extra + table->changed + table->columns;
}

static void on_table(const struct against_table *table, void *arg)
{
    struct view *view = arg;
    uint64_t differences = differences_of(table);
    const char *state = differences > 0        ? "DIFFERS"
                        : table->unsettled > 0 ? "UNSETTLED"
                        : table->compared      ? "equal"
                                               : "gone";
    if (view->differences != NULL)
        return;
    progress_end(&view->line);
    printf("%-13s ", state);
    print_safe(table->db);
    printf(".");
    print_safe(table->name);
    printf(": %" PRIu64 " rows", table->rows);
    if (differences > 0 && table->columns == 0)
        printf(", %" PRIu64 " missing, %" PRIu64 " extra, %" PRIu64 " different", table->missing,
               table->extra, table->changed);
    if (table->unsettled > 0)
        printf(", %" PRIu64 " changed whenever they were looked at", table->unsettled);
    printf("\n");
    fflush(stdout);
}

static void print_summary(const struct against_report *report, double seconds)
{
    printf("%u table%s, %" PRIu64 " rows in %.1f s (%.0f rows/s): ", report->count,
           report->count == 1 ? "" : "s", report->rows, seconds,
           (double)report->rows / (seconds > 0 ? seconds : 1e-6));
    if (report->differences > 0)
        printf("%" PRIu64 " difference%s\n", report->differences,
               report->differences == 1 ? "" : "s");
    else if (report->unsettled > 0)
        printf("no difference found, %" PRIu64 " not settled\n", report->unsettled);
    else
        printf("equal\n");
}

/* ---- for programs ---- */

static json_t *json_words(const char *text)
{
    struct buf safe; /* what is no UTF-8 as \xNN */
    json_t *words = json_string(text);
    if (words != NULL)
        return words;
    buf_init(&safe, 1 << 22);
    text_escape(bytes_of_str(text), TEXT_LINE, &safe);
    words = json_string(buf_cstr(&safe));
    buf_clear(&safe);
    return words;
}

static json_t *json_difference(const struct difference *difference)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", difference_name(difference->kind), "db",
                     json_words(difference->db), "table", json_words(difference->table), "key",
                     json_words(difference->key), "detail", json_words(difference->detail));
}

static json_t *json_table(const struct against_table *table)
{
    return json_pack("{s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:b}", "db", json_words(table->db),
                     "table", json_words(table->name), "compared", table->compared, "rows",
                     (json_int_t)table->rows, "missing", (json_int_t)table->missing, "extra",
                     (json_int_t)table->extra, "different", (json_int_t)table->changed, "unsettled",
                     (json_int_t)table->unsettled, "other_columns", table->columns > 0);
}

static void print_json(struct view *view, const struct against_report *report, double seconds,
                       const char *error)
{
    json_t *tables = json_array();
    for (unsigned i = 0; i < report->count; i++)
        json_array_append_new(tables, json_table(&report->tables[i]));
    json_t *root =
        json_pack("{s:b, s:o, s:I, s:I, s:I, s:f, s:O, s:o}", "equal",
                  error[0] == 0 && report->differences + report->unsettled == 0, "error",
                  json_words(error), "rows", (json_int_t)report->rows, "differences_found",
                  (json_int_t)report->differences, "unsettled", (json_int_t)report->unsettled,
                  "seconds", seconds, "differences", view->differences, "tables", tables);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(root);
    puts(text != NULL ? text : "{}");
    free(text);
}

/* ---- the command ---- */

static void on_difference(const struct difference *difference, void *arg)
{
    struct view *view = arg;
    if (view->listed == view->options->show)
        return;
    view->listed++;
    if (view->differences != NULL) {
        json_array_append_new(view->differences, json_difference(difference));
        return;
    }
    progress_end(&view->line);
    print_difference(difference);
    fflush(stdout);
}

static void on_progress(const struct against_progress *progress, void *arg)
{
    struct view *view = arg;
    char left[SIZE_TEXT_MAX];
    progress_show(&view->line,
                  "%s.%s, table %u of %u: %" PRIu64 " rows of about %" PRIu64 ", %.0f rows/s%s%s%s",
                  progress->db, progress->table, progress->tables_done + 1, progress->table_count,
                  progress->rows_done, progress->rows_estimated, progress->rows_per_s,
                  progress->eta_s >= 0 ? ", about " : "",
                  progress->eta_s >= 0 ? duration_text(progress->eta_s, left) : "",
                  progress->paused       ? " left (waiting: the source is busy)"
                  : progress->eta_s >= 0 ? " left"
                                         : "");
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    return filter_keeps(arg, db, table);
}

static bool prepare(struct options *options, struct filter *filter, struct source_address *address,
                    struct err *err)
{
    return option_set(options, &option_rows[OPTION_INDEX_source], options->against,
                      (struct origin){ .rank = ORIGIN_ARGUMENT }, err) &&
           filter_add_options(filter, options, err) && source_address_from(options, address, err);
}

static bool compare(struct options *options, struct view *view, struct against_report *report,
                    struct err *err)
{
    struct source_address address;
    char database[PATH_MAX];
    AUTO(filter) filter = filter_new();
    AUTO(cancel) cancel = cancel_new();
    struct sigaction stop = { .sa_handler = on_stop_signal };
    struct sigaction usual = { .sa_handler = SIG_DFL };
    struct against_options wanted = {
        .address = &address,
        .database = database,
        .cancel = cancel,
        .keep = keep_table,
        .keep_arg = filter,
        .chunk_us = options->chunk_time,
        .max_running = (unsigned)options->max_running,
        .wait_ms = (unsigned)(options->replica_wait / 1000),
        .on_difference = on_difference,
        .on_table = on_table,
        .on_progress = on_progress,
        .arg = view,
    };
    *report = (struct against_report){ .count = 0 };
    snprintf(database, sizeof database, "%s/data.db", options->data);
    if (!prepare(options, filter, &address, err))
        return false;
    running_cancel = cancel;
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    bool ok = against_run(&wanted, report, err);
    sigaction(SIGINT, &usual, NULL);
    sigaction(SIGTERM, &usual, NULL);
    return ok;
}

static int exit_of(const struct against_report *report, bool ok, const struct err *err)
{
    if (report->differences > 0)
        return CLI_EXIT_REFUSED;
    if (!ok) /* stopped by a signal: nothing is known */
        return err->code == ERR_CANCELLED ? CLI_EXIT_FAILURE : cli_exit_code(err);
    return report->unsettled > 0 ? CLI_EXIT_FAILURE : CLI_EXIT_OK;
}

int verify_tables(struct options *options)
{
    struct err err = { 0 };
    struct against_report report;
    struct view view = { .options = options, .differences = options->json ? json_array() : NULL };
    progress_start(&view.line);
    bool ok = compare(options, &view, &report, &err);
    progress_end(&view.line);
    double seconds = progress_seconds(&view.line);
    if (options->json)
        print_json(&view, &report, seconds, ok ? "" : err.text);
    else if (ok)
        print_summary(&report, seconds);
    fflush(stdout);
    if (!ok)
        cli_fail(&err);
    int code = exit_of(&report, ok, &err);
    json_decref(view.differences);
    against_clear(&report);
    return code;
}
