/* verify_log.c - `binlogd verify` of log files: verify/log_check.h's findings for people and as
 * JSON. */
// SPDX-License-Identifier: Apache-2.0
#include "verify/log_check.h"
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "binlog/text.h"
#include "cli/progress.h"
#include "cli/status_file.h"
#include "store/store.h"
#include "cli/verify.h"
#include "config/help.h"

struct count {
    size_t problems;
    size_t notes;
    size_t failed;
    uint64_t transactions;
    uint64_t events;
};

static void count_faults(const struct faults *faults, struct count *count)
{
    for (size_t i = 0; i < faults->count; i++) {
        enum fault_level level = fault_level_of(faults->items[i].kind);
        count->notes += level == FAULT_NOTE;
        count->problems += level == FAULT_PROBLEM;
        count->failed += level == FAULT_FAILED;
    }
}

static struct count count_all(const struct log_check *check)
{
    struct count count = { 0 };
    count_faults(&check->faults, &count);
    for (size_t i = 0; i < check->count; i++) {
        count_faults(&check->files[i].check.faults, &count);
        count.transactions += check->files[i].check.transactions;
        count.events += check->files[i].check.events;
    }
    return count;
}

/* ---- for people ---- */

static void print_text(const char *text, struct buf *out)
{
    text_escape(bytes_of_str(text), TEXT_LINE, out);
}

static void print_fault(const struct fault *fault)
{
    enum { INDENT = 4 };
    struct buf words;
    struct buf out;
    buf_init(&words, 1 << 16);
    buf_init(&out, 1 << 16);
    print_text(fault->file, &words);
    if (fault->has_offset)
        buf_printf(&words, " at %" PRIu64, fault->offset);
    if (fault->event[0] != 0)
        buf_printf(&words, ", %s event", fault->event);
    buf_str(&words, ": ");
    print_text(fault->sentence, &words);
    buf_printf(&out, "  %s: ", fault_level_name(fault_level_of(fault->kind)));
    help_wrap(buf_cstr(&words), (unsigned)out.len, INDENT, &out);
    buf_printf(&out, "%*s-> ", INDENT, "");
    help_wrap(fault_remedy(fault->kind), INDENT + 3, INDENT + 3, &out);
    fputs(buf_cstr(&out), stdout);
    buf_clear(&words);
    buf_clear(&out);
}

static void print_faults(const struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        print_fault(&faults->items[i]);
}

static const char *state_of(const struct file_check *check)
{
    if (faults_have(&check->faults, FAULT_FAILED))
        return "UNREADABLE";
    return faults_have(&check->faults, FAULT_PROBLEM) ? "PROBLEM" : "whole";
}

static void print_file(const struct log_check_file *file)
{
    const struct file_check *check = &file->check;
    char size[SIZE_TEXT_MAX];
    printf("%-10s %s: %s, %" PRIu64 " events, %" PRIu64 " transactions", state_of(check),
           file->name, size_text((double)check->size, size), check->events, check->transactions);
    if (check->server_version[0] != 0)
        printf(", of %s", check->server_version);
    printf("\n");
    print_faults(&check->faults);
}

static void print_summary(const struct log_check *check, double seconds)
{
    struct count count = count_all(check);
    char size[SIZE_TEXT_MAX];
    char rate[SIZE_TEXT_MAX];
    printf("%zu file%s, %s, %" PRIu64 " events, %" PRIu64 " transactions in %.2f s (%s/s): ",
           check->count, check->count == 1 ? "" : "s", size_text((double)check->bytes, size),
           count.events, count.transactions, seconds,
           size_text((double)check->bytes / (seconds > 0 ? seconds : 1e-6), rate));
    if (count.problems + count.failed == 0)
        printf("all whole\n");
    else
        printf("%zu problem%s%s\n", count.problems + count.failed,
               count.problems + count.failed == 1 ? "" : "s",
               count.failed > 0 ? ", some could not be looked at" : "");
}

static void print_people(const struct log_check *check, double seconds)
{
    print_faults(&check->faults);
    for (size_t i = 0; i < check->count; i++)
        print_file(&check->files[i]);
    print_summary(check, seconds);
}

/* ---- for programs ---- */

static json_t *json_words(const char *text)
{
    json_t *words = json_string(text);
    if (words != NULL)
        return words;
    struct buf safe; /* no UTF-8: a file name can be that */
    buf_init(&safe, 1 << 16);
    text_escape(bytes_of_str(text), TEXT_LINE, &safe);
    words = json_string(buf_cstr(&safe));
    buf_clear(&safe);
    return words;
}

static json_t *json_faults(const struct faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        json_t *item = json_pack("{s:s, s:s, s:o, s:s, s:o, s:s}", "id", fault_id(fault->kind),
                                 "level", fault_level_name(fault_level_of(fault->kind)), "file",
                                 json_words(fault->file), "event", fault->event, "sentence",
                                 json_words(fault->sentence), "remedy", fault_remedy(fault->kind));
        json_object_set_new(item, "offset",
                            fault->has_offset ? json_integer((json_int_t)fault->offset)
                                              : json_null());
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *json_gtids(const struct gtid_set *set)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    if (set != NULL)
        gtid_set_print(set, &text);
    json_t *words = json_string(buf_cstr(&text));
    buf_clear(&text);
    return words;
}

static json_t *json_file(const struct log_check_file *file)
{
    const struct file_check *check = &file->check;
    return json_pack("{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "file",
                     json_words(file->name), "whole", strcmp(state_of(check), "whole") == 0, "size",
                     (json_int_t)check->size, "checked", (json_int_t)check->checked, "events",
                     (json_int_t)check->events, "transactions", (json_int_t)check->transactions,
                     "first_timestamp", (json_int_t)check->first_time, "last_timestamp",
                     (json_int_t)check->last_time, "server_version",
                     json_words(check->server_version), "gtids", json_gtids(check->gtids), "faults",
                     json_faults(&check->faults));
}

static void print_json(const struct log_check *check, double seconds)
{
    struct count count = count_all(check);
    json_t *files = json_array();
    for (size_t i = 0; i < check->count; i++)
        json_array_append_new(files, json_file(&check->files[i]));
    json_t *root =
        json_pack("{s:b, s:I, s:I, s:I, s:f, s:o, s:o}", "whole",
                  count.problems + count.failed == 0, "bytes", (json_int_t)check->bytes, "events",
                  (json_int_t)count.events, "transactions", (json_int_t)count.transactions,
                  "seconds", seconds, "faults", json_faults(&check->faults), "files", files);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(root);
    puts(text != NULL ? text : "{}");
    free(text);
}

/* ---- the command ---- */

static void on_progress(uint64_t done, uint64_t bytes, void *arg)
{
    struct progress_line *line = arg;
    char so_far[SIZE_TEXT_MAX];
    char all[SIZE_TEXT_MAX];
    char rate[SIZE_TEXT_MAX];
    char left[SIZE_TEXT_MAX];
    double per_s = (double)done / progress_seconds(line);
    double to_do = bytes > done ? (double)(bytes - done) : 0;
    progress_show(line, "%s of %s checked, %s/s, %s left", size_text((double)done, so_far),
                  size_text((double)bytes, all), size_text(per_s, rate),
                  duration_text(per_s > 0 ? to_do / per_s : 0, left));
}

/* Where a running node's log is durable, as it last said; text lives as long as *status. A node
 * that was killed leaves a status behind, and a log that is checked to its end. */
static struct log_check_end durable_end(const char *data_dir, const char *log_dir, json_t **status)
{
    struct log_check_end end = { .file = NULL };
    struct err ignored;
    *status = status_file_load(data_dir, &ignored);
    if (*status == NULL || !status_file_is_running(*status) || !store_has_writer(log_dir))
        return end;
    const json_t *log = json_object_get(*status, "log");
    const char *file = json_string_value(json_object_get(log, "file"));
    end.file = file != NULL && file[0] != 0 ? file : NULL;
    end.offset = (uint64_t)json_integer_value(json_object_get(log, "offset"));
    return end;
}

int verify_log(struct options *options)
{
    struct err err = { 0 };
    struct log_check check;
    struct progress_line line;
    char dir[PATH_MAX];
    json_t *status = NULL;
    struct log_check_options wanted = { .paths = options->arguments.items,
                                        .path_count = options->arguments.count,
                                        .threads = (unsigned)options->threads,
                                        .progress = on_progress,
                                        .progress_arg = &line };
    progress_start(&line);
    if (options->data != NULL) {
        snprintf(dir, sizeof dir, "%s/log", options->data);
        wanted.dir = dir;
        wanted.end = durable_end(options->data, dir, &status);
    }
    bool ok = log_check_run(&wanted, &check, &err);
    json_decref(status);
    progress_end(&line);
    if (!ok)
        return cli_fail(&err);
    double seconds = progress_seconds(&line);
    if (options->json)
        print_json(&check, seconds);
    else
        print_people(&check, seconds);
    struct count count = count_all(&check);
    log_check_clear(&check);
    if (count.problems > 0)
        return CLI_EXIT_REFUSED;
    return count.failed > 0 ? CLI_EXIT_FAILURE : CLI_EXIT_OK;
}
