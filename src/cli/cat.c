/* cat.c - `binlogd cat`: hands the events of binary log files to what prints them (print/): as
 * mysqlbinlog does, as statements for replay or for the way back, one line or object an event, one
 * object a row, or a summary of all files. What is whole is printed before the error about what is
 * not. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/cpus.h"
#include "cli/cat_select.h"
#include "cli/cli.h"
#include "cli/log_files.h"
#include "cli/log_input.h"
#include "cli/log_schema.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "cli/spill.h"
#include "print/change_json.h"
#include "print/log_summary.h"
#include "print/log_text.h"
#include "print/row_history.h"
#include "print/undo_text.h"

/* options.def lists the words of --format in this order. */
enum cat_format { CAT_TEXT, CAT_SQL, CAT_UNDO, CAT_EVENTS, CAT_JSON, CAT_SUMMARY };

enum { OUT_MAX = 1 << 30 };

/* One run of the command. */
struct cat {
    const struct options *options;
    enum cat_format format;
    struct row_scope scope;
    struct source_address address; /* of the server that is asked */
    struct cat_select *select;
    /* what is done with an event that is selected; said once, not once an event */
    bool (*put)(struct cat *cat, const struct log_input_event *e, struct err *err);
    char file[PATH_MAX]; /* that is being read */
    bool names_files;    /* in the lines of events */
    bool is_live;        /* a server's log is read */
    struct log_text *text;
    struct change_json *change_json;
    struct row_history *history; /* of --where; NULL: everything */
    struct log_summary *summary;
    struct undo_text *undo;
    struct spill *pieces; /* of undo; written last one first */
    uint64_t whole;       /* how many of them are of transactions that ended */
    struct buf out;
    struct text_out sink; /* out, and how it is emptied */
    bool cannot_write;
    struct progress_line progress;
    bool shows_progress; /* to a person who sees nothing else */
    uint64_t events;
};

static void write_out(struct buf *buf, void *arg)
{
    struct cat *cat = arg;
    for (size_t at = 0; at < buf->len && !cat->cannot_write;) {
        ssize_t n = write(STDOUT_FILENO, buf->data + at, buf->len - at);
        if (n >= 0)
            at += (size_t)n;
        else
            cat->cannot_write = errno != EINTR;
    }
    buf_reset(buf);
}

/* ---- a line or an object an event ---- */

static void put_event_line(struct cat *cat, const struct log_input_event *e)
{
    char when[32] = "-";
    time_t seconds = (time_t)e->event.header.timestamp;
    struct tm tm;
    if (seconds != 0 && gmtime_r(&seconds, &tm) != NULL)
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_printf(&cat->out, "%-10llu %-20s %-20s %-10u ", (unsigned long long)e->place.pos, when,
               event_type_name(e->event.header.type), e->event.header.server_id);
    event_describe(&e->event, e->format, &cat->out);
    buf_u8(&cat->out, '\n');
}

/* The object of event_describe_json, with the file's name as its first member. */
static void put_event_json(struct cat *cat, const struct log_input_event *e)
{
    struct buf object;
    json_t *name = json_string(cat->file);
    char *quoted = name != NULL ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
    buf_init(&object, OUT_MAX);
    event_describe_json(&e->event, e->format, &e->place, &object);
    buf_printf(&cat->out, "{\"file\":%s,", quoted != NULL ? quoted : "null");
    if (object.len > 0)
        buf_append(&cat->out, object.data + 1, object.len - 1);
    buf_u8(&cat->out, '\n');
    buf_clear(&object);
    free(quoted);
    json_decref(name);
}

/* ---- the way back ---- */

static bool put_undo(struct cat *cat, const struct log_input_event *e, struct err *err)
{
    if (!undo_text_event(cat->undo, &e->event, e->format, &cat->out, err))
        return false;
    if (cat->out.len > 0 && !cat->out.failed && !spill_push(cat->pieces, buf_bytes(&cat->out), err))
        return false;
    if (!cat->out.failed)
        buf_reset(&cat->out);
    if (!undo_text_is_open(cat->undo))
        cat->whole = spill_count(cat->pieces);
    return true;
}

/* Only of a log that was read to its end: what comes after an error is to be undone first. */
static bool finish_undo(struct cat *cat, struct err *err)
{
    undo_text_begin(cat->undo, &cat->out);
    if (!spill_write_back(cat->pieces, cat->whole, &cat->sink, err))
        return false;
    undo_text_end(&cat->out);
    return true;
}

/* ---- the events of one run ---- */

static bool put_event(struct cat *cat, const struct log_input_event *e, struct err *err)
{
    switch (cat->format) {
    case CAT_TEXT:
    case CAT_SQL:
        return log_text_event(cat->text, &e->event, e->format, &e->place, &cat->sink, err);
    case CAT_JSON:
        return change_json_event(cat->change_json, &e->event, e->format, &e->place, &cat->sink,
                                 err);
    case CAT_SUMMARY:
        return log_summary_event(cat->summary, &e->event, e->format, &e->place, err);
    case CAT_UNDO:
        return put_undo(cat, e, err);
    case CAT_EVENTS:
        break;
    }
    if (cat->options->json)
        put_event_json(cat, e);
    else
        put_event_line(cat, e);
    return true;
}

/* ---- what of them is shown ---- */

/* By the patterns of --type; each may hold several. */
static bool is_shown_type(const struct text_list *patterns, const char *type)
{
    char one[64];
    for (unsigned i = 0; i < patterns->count; i++) {
        for (const char *at = patterns->items[i]; *at != 0;) {
            size_t len = strcspn(at, ",");
            snprintf(one, sizeof one, "%.*s", (int)len, at);
            if (len < sizeof one && fnmatch(one, type, FNM_CASEFOLD) == 0)
                return true;
            at += len + (at[len] == ',');
        }
    }
    return false;
}

/* What is left out by its type still says how others are to be read: it is printed to nowhere. */
static bool put_unseen(struct cat *cat, const struct log_input_event *e, struct err *err)
{
    uint8_t type = e->event.header.type;
    void (*flush)(struct buf *, void *) = cat->sink.flush;
    size_t len = cat->out.len;
    if (row_tables_is_rows(type))
        return true;
    cat->sink.flush = NULL;
    bool ok = put_event(cat, e, err);
    cat->sink.flush = flush;
    if (!cat->out.failed)
        cat->out.len = len;
    return ok;
}

static bool put_chosen(struct cat *cat, const struct log_input_event *e, struct err *err)
{
    bool is_shown = is_shown_type(&cat->options->type, event_type_name(e->event.header.type));
    return (is_shown ? put_event : put_unseen)(cat, e, err);
}

static bool put_history(const struct event *event, const struct format *format,
                        const struct event_place *place, void *arg, struct err *err)
{
    struct cat *cat = arg;
    struct log_input_event e = { *event, *place, format, cat->file };
    return (cat->options->type.count > 0 ? put_chosen : put_event)(cat, &e, err);
}

static bool put_rows_of_history(struct cat *cat, const struct log_input_event *e, struct err *err)
{
    struct row_history_sink sink = { put_history, cat };
    return row_history_event(cat->history, &e->event, e->format, &e->place, &sink, err);
}

static bool take_event(struct cat *cat, const struct log_input_event *e, enum cat_choice *choice,
                       struct err *err)
{
    if (!cat_select_event(cat->select, e, choice, err))
        return false;
    if (*choice != CAT_SHOW)
        return true;
    if (!cat->put(cat, e, err))
        return err_wrap(err, "%s at %llu", cat->file, (unsigned long long)e->place.pos);
    if (cat->out.failed)
        return err_set(err, ERR_UNSUPPORTED, "%s at %llu: a row's text is larger than %zu bytes",
                       cat->file, (unsigned long long)e->place.pos, cat->out.max);
    text_out_check(&cat->sink);
    return true;
}

static void show_progress(struct cat *cat, const struct log_input_event *e)
{
    enum { EVERY = 1 << 12 };
    char size[SIZE_TEXT_MAX];
    if (cat->shows_progress && ++cat->events % EVERY == 0)
        progress_show(&cat->progress, "%s: %s, %llu events", cat->file,
                      size_text((double)e->place.pos, size), (unsigned long long)cat->events);
}

/* A file begins: of the command line, or of a server's log. */
static void begin_file(struct cat *cat, const char *file)
{
    snprintf(cat->file, sizeof cat->file, "%s", file);
    if (cat->format == CAT_EVENTS && !cat->options->json && cat->names_files)
        buf_printf(&cat->out, "# %s\n", cat->file);
    if (cat->format != CAT_JSON)
        return;
    change_json_free(cat->change_json);
    cat->change_json = change_json_new(cat->file, &cat->scope);
}

static bool cat_events(struct cat *cat, struct log_input *input, struct err *err)
{
    struct log_input_event e;
    enum cat_choice choice = CAT_SHOW;
    bool more = true;
    const char *file = NULL; /* a server's is the same place with another name in it */
    while (choice != CAT_STOP) {
        if (cat->is_live && log_input_is_idle(input))
            write_out(&cat->out, cat);
        if (!log_input_next(input, &e, &more, err))
            return false;
        if (!more)
            return true;
        if ((e.file != file || cat->is_live) && strcmp(e.file, cat->file) != 0) {
            begin_file(cat, e.file);
            cat_select_file(cat->select, false, false);
        }
        file = e.file;
        show_progress(cat, &e);
        if (!take_event(cat, &e, &choice, err))
            return false;
        if (cat->cannot_write)
            return err_set(err, ERR_SYSTEM, "standard output cannot be written to");
    }
    return true;
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    return filter_keeps(arg, db, table);
}

static bool cat_input(struct cat *cat, struct log_input *input, struct err *err)
{
    bool ok = cat_events(cat, input, err);
    change_json_free(cat->change_json);
    cat->change_json = NULL;
    log_input_close(input);
    return ok;
}

static bool cat_files(struct cat *cat, const struct text_list *files, struct err *err)
{
    unsigned threads = cat->options->threads > 0 ? (unsigned)cat->options->threads : cpus_count();
    cat->names_files = files->count > 1;
    for (unsigned i = 0; i < files->count; i++) {
        struct log_input *input = log_input_open(files->items[i], threads, err);
        if (input == NULL)
            return false;
        begin_file(cat, files->items[i]);
        cat_select_file(cat->select, i == 0, i + 1 == files->count);
        if (!cat_input(cat, input, err))
            return false;
    }
    return cat->undo == NULL || finish_undo(cat, err);
}

/* ---- a server ---- */

static bool is_server(const char *argument)
{
    return strncmp(argument, "mysql://", 8) == 0 || strncmp(argument, "mariadb://", 10) == 0;
}

/* What came before is seen before the wait. */
static void tell_break(const struct err *why, unsigned wait_ms, void *arg)
{
    struct cat *cat = arg;
    write_out(&cat->out, cat);
    fprintf(stderr, "binlogd cat: the connection is lost: %s; the next try comes in %.1f s\n",
            why->text, wait_ms / 1000.0);
}

static bool open_live(struct cat *cat, struct options *options, struct log_follow **out,
                      struct err *err)
{
    struct log_follow_request request = { .on_break = tell_break, .arg = cat };
    options->source = options->arguments.items[0];
    options->origins[OPTION_INDEX_source].rank = ORIGIN_ARGUMENT;
    request.live = (struct log_live_request){ .address = &cat->address,
                                              .file = options->start_from,
                                              .offset = options->start_position,
                                              .gtids = options->start_gtids,
                                              .follow = options->follow };
    return source_address_from(options, &cat->address, err) && log_follow_open(&request, out, err);
}

static bool cat_server(struct cat *cat, struct options *options, struct err *err)
{
    struct log_follow *live = NULL;
    if (!open_live(cat, options, &live, err))
        return false;
    cat->names_files = true;
    cat->is_live = true;
    cat->file[0] = 0;
    cat_select_file(cat->select, true, false);
    return cat_input(
               cat,
               log_input_of_server(options->start_from != NULL ? options->start_from : "", live),
               err) &&
           (cat->undo == NULL || finish_undo(cat, err));
}

/* ---- beginning and end ---- */

static bool begin(struct cat *cat, struct err *err)
{
    struct log_text_options text = {
        .row_lines = cat->format == CAT_TEXT || cat->options->verbose > 0,
        .with_types = cat->options->verbose > 1,
        .statements = cat->format == CAT_SQL,
        .readable = cat->options->readable,
        .without_gtids = cat->options->skip_gtids,
        .scope = cat->scope,
    };
    struct row_match *match = NULL;
    buf_init(&cat->out, OUT_MAX);
    progress_start(&cat->progress);
    cat->shows_progress = cat->progress.on_terminal && !isatty(STDOUT_FILENO);
    if (cat->options->where != NULL && !row_match_new(cat->options->where, &match, err))
        return err_wrap(err, "--where");
    if (match != NULL)
        cat->history = row_history_new(&cat->scope, match);
    cat->put = match != NULL                  ? put_rows_of_history
               : cat->options->type.count > 0 ? put_chosen
                                              : put_event;
    cat->sink = (struct text_out){ &cat->out, write_out, cat };
    if (cat->format == CAT_SUMMARY)
        cat->summary = log_summary_new(&cat->scope);
    if (cat->format == CAT_TEXT || cat->format == CAT_SQL) {
        cat->text = log_text_new(&text);
        log_text_begin(cat->text, &cat->out);
    }
    if (cat->format != CAT_UNDO)
        return true;
    cat->undo = undo_text_new(&cat->scope);
    cat->pieces = spill_new(err);
    return cat->pieces != NULL;
}

/* A replay that ends in an error ends with the statement that takes back what is open. */
static void end(struct cat *cat)
{
    if (cat->text != NULL)
        log_text_end(cat->text, &cat->out);
    if (cat->summary != NULL) {
        log_summary_finish(cat->summary);
        if (cat->options->json)
            log_summary_print_json(cat->summary, &cat->out);
        else
            log_summary_print(cat->summary, &cat->out);
    }
    progress_end(&cat->progress);
    write_out(&cat->out, cat);
    log_text_free(cat->text);
    log_summary_free(cat->summary);
    undo_text_free(cat->undo);
    row_history_free(cat->history);
    spill_free(cat->pieces);
    buf_clear(&cat->out);
}

/* --json alone means an object an event. */
static enum cat_format format_of(const struct options *options)
{
    enum cat_format format = (enum cat_format)options->format;
    return format == CAT_TEXT && options->json ? CAT_EVENTS : format;
}

/* Options that go together, or do not. */
static bool check_options(const struct options *options, enum cat_format format, struct err *err)
{
    bool filters = options->include.count + options->exclude.count > 0;
    bool runs = format == CAT_SQL || format == CAT_UNDO;
    unsigned servers = 0;
    for (unsigned i = 0; i < options->arguments.count; i++)
        servers += is_server(options->arguments.items[i]);
    const struct {
        bool is_wrong;
        const char *sentence;
    } rules[] = {
        { options->arguments.count == 0,
          "say which files: binlogd cat FILE... (- is standard input; a directory is all the log "
          "in it; mysql://USER@HOST/ is a server's log)" },
        { servers > 0 && options->arguments.count > 1,
          "one server at a time, and no files with it" },
        { servers == 0 && (options->follow || options->start_gtids || options->start_from),
          "--follow, --start-from and --start-gtids are for the log of a server: binlogd cat "
          "mysql://USER@HOST:PORT/" },
        { options->start_gtids != NULL && (options->start_from != NULL || options->start_position),
          "begin by --start-gtids or by --start-from and --start-position, not both" },
        { servers > 0 && options->start_position && options->start_from == NULL,
          "--start-position is in a file: say which with --start-from" },
        { servers > 0 && options->stop_position, "--stop-position is for files; a server's log "
                                                 "ends with --stop-datetime, or where it ends" },
        { options->follow && (format == CAT_UNDO || format == CAT_SUMMARY),
          "--follow never ends: not with --format=undo or --format=summary" },
        { filters && format == CAT_EVENTS,
          "--include and --exclude choose rows: not with --format=events or --json" },
        { options->readable && format != CAT_SQL, "--readable goes with --format=sql" },
        { options->type.count > 0 && runs,
          "--type would tear transactions apart: not with --format=sql or --format=undo" },
        { options->type.count > 0 && format == CAT_SUMMARY,
          "--type chooses what is printed: not with --format=summary" },
    };
    for (unsigned i = 0; i < ARRAY_COUNT(rules); i++)
        if (rules[i].is_wrong)
            return err_set(err, ERR_CONFIG, "%s", rules[i].sentence);
    return true;
}

static bool find_files(struct options *options, struct text_list *files, struct err *err)
{
    for (unsigned i = 0; i < options->arguments.count; i++)
        if (!is_server(options->arguments.items[i]) &&
            !log_files_add(options->arguments.items[i], &options->arena, files, err))
            return false;
    return true;
}

/* Damage is an everyday answer here, with the code that mysqlbinlog has for it. */
static int fail(const struct err *err)
{
    int code = cli_fail(err);
    return err->code == ERR_CORRUPT ? CLI_EXIT_FAILURE : code;
}

static int run(struct cat *cat, struct options *options, const struct text_list *files)
{
    struct err err = { 0 };
    bool ok = begin(cat, &err) &&
              (files->count > 0 ? cat_files(cat, files, &err) : cat_server(cat, options, &err));
    if (!ok && cat->undo != NULL)
        buf_reset(&cat->out); /* a part of the way back is none */
    end(cat);                 /* what was read comes before what went wrong */
    return ok ? CLI_EXIT_OK : fail(&err);
}

int command_cat(struct options *options)
{
    struct err err = { 0 };
    struct text_list files = { 0 };
    AUTO(filter) filter = filter_new();
    AUTO(catalog) catalog = NULL;
    struct cat cat = { .options = options, .format = format_of(options) };
    bool filters = options->include.count + options->exclude.count > 0;
    if (!check_options(options, cat.format, &err) || !filter_add_options(filter, options, &err) ||
        !find_files(options, &files, &err) || !log_schema_load(options, &files, &catalog, &err))
        return cli_fail(&err);
    cat.scope = (struct row_scope){ filters ? keep_table : NULL, filter, catalog };
    cat.select = cat_select_new(options, &err);
    if (cat.select == NULL)
        return cli_fail(&err);
    int code = run(&cat, options, &files);
    cat_select_free(cat.select);
    return code;
}
