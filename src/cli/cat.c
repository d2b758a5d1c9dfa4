/* cat.c - `binlogd cat`: reads binary log files and hands their events to what prints them: one
 * line each, as text or JSON; their rows as JSON; or a summary of all files (print/).
 *
 * Reads forward only, so that a pipe will do. Every event's frame and checksum are verified; the
 * first thing that is wrong ends the file with an error that names the offset. The events in a
 * compressed transaction follow the event that holds them, with its offset. */
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "binlog/describe.h"
#include "binlog/event.h"
#include "binlog/payload.h"
#include "cli/cli.h"
#include "cli/source.h"
#include "print/change_json.h"
#include "print/log_summary.h"

/* options.def lists the words of --format in this order. */
enum cat_format { CAT_EVENTS, CAT_JSON, CAT_SUMMARY };

/* An event's size is believed a piece at a time: a lie costs no more memory than the file has. */
enum { PIECE = 1 << 20 };

struct log_file {
    const char *name;
    FILE *stream;
    uint64_t offset; /* of the event being read */
    struct format format;
    bool has_format;
    bool is_encrypted; /* all after the event that says so */
    const struct options *options;
    struct log_summary *summary;     /* of all files; NULL: another format */
    struct change_json *change_json; /* NULL: another format */
    struct buf raw;
    struct buf line;
    struct payload_reader *payload;
};

/* Appends up to n bytes to file->raw; *got is less at the end of the file. */
static bool read_more(struct log_file *file, size_t n, size_t *got, struct err *err)
{
    *got = 0;
    while (*got < n) {
        size_t want = n - *got < PIECE ? n - *got : PIECE;
        uint8_t *room = buf_reserve(&file->raw, want);
        if (room == NULL)
            return err_set(err, ERR_CORRUPT, "an event of more than %u bytes", EVENT_SIZE_MAX);
        size_t part = fread(room, 1, want, file->stream);
        file->raw.len += part;
        *got += part;
        if (part < want)
            return !ferror(file->stream) || err_sys(err, "read");
    }
    return true;
}

static bool torn(const struct log_file *file, size_t size, struct err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "the file ends inside an event: %zu bytes of %zu are there (a server that is "
                   "writing it, or one that crashed)",
                   file->raw.len, size);
}

/* One whole event into file->raw. *end: the file ended before it. */
static bool read_event(struct log_file *file, bool *end, struct err *err)
{
    struct event_header header;
    size_t got;
    buf_reset(&file->raw);
    *end = false;
    if (!read_more(file, EVENT_HEADER_SIZE, &got, err))
        return false;
    if (got == 0) {
        *end = true;
        return true;
    }
    if (got < EVENT_HEADER_SIZE)
        return torn(file, EVENT_HEADER_SIZE, err);
    if (!event_header_decode(buf_bytes(&file->raw), &header, err) ||
        !read_more(file, header.size - EVENT_HEADER_SIZE, &got, err))
        return false;
    return file->raw.len == header.size || torn(file, header.size, err);
}

static bool read_magic(struct log_file *file, struct err *err)
{
    size_t got;
    buf_reset(&file->raw);
    if (!read_more(file, BINLOG_MAGIC_SIZE, &got, err))
        return false;
    if (got < BINLOG_MAGIC_SIZE || memcmp(file->raw.data, BINLOG_MAGIC, BINLOG_MAGIC_SIZE) != 0)
        return err_set(err, ERR_CORRUPT,
                       "it is no binary log: it does not start with fe 62 69 6e "
                       "(an encrypted log starts with fd)");
    file->offset = BINLOG_MAGIC_SIZE;
    return true;
}

static void print_text(struct log_file *file, const struct event *event)
{
    char when[32] = "-";
    time_t seconds = (time_t)event->header.timestamp;
    struct tm tm;
    if (seconds != 0 && gmtime_r(&seconds, &tm) != NULL)
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    event_describe(event, &file->format, &file->line);
    printf("%-10llu %-20s %-20s %-10u %s\n", (unsigned long long)file->offset, when,
           event_type_name(event->header.type), event->header.server_id, buf_cstr(&file->line));
}

/* The object of event_describe_json, with the file's name as its first member. */
static void print_json(struct log_file *file, const struct event *event, bool in_payload)
{
    struct event_place place = { file->offset, file->offset + file->raw.len, in_payload };
    json_t *name = json_string(file->name);
    char *quoted = name != NULL ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
    event_describe_json(event, &file->format, &place, &file->line);
    printf("{\"file\":%s,%s\n", quoted != NULL ? quoted : "null", buf_cstr(&file->line) + 1);
    free(quoted);
    json_decref(name);
}

static bool print_event(struct log_file *file, const struct event *event, bool in_payload,
                        struct err *err)
{
    struct event_place place = { file->offset, file->offset + file->raw.len, in_payload };
    buf_reset(&file->line);
    if (file->summary != NULL)
        return log_summary_event(file->summary, event, &file->format, &place, err);
    if (file->change_json != NULL) {
        bool ok =
            change_json_event(file->change_json, event, &file->format, &place, &file->line, err);
        fwrite(file->line.data, 1, file->line.len, stdout);
        return ok &&
               (!file->line.failed ||
                err_set(err, ERR_UNSUPPORTED, "its text is larger than %zu bytes", file->line.max));
    }
    if (file->options->json)
        print_json(file, event, in_payload);
    else
        print_text(file, event);
    return true;
}

static bool print_payload(struct log_file *file, const struct event *event, struct err *err)
{
    struct payload_event payload;
    struct event inner;
    bool more = false;
    if (!payload_decode(event, &payload, err) ||
        !payload_reader_start(file->payload, &payload, err))
        return false;
    for (;;) {
        if (!payload_reader_next(file->payload, &inner, &more, err))
            return err_wrap(err, "Transaction_payload event");
        if (!more)
            return true;
        if (!print_event(file, &inner, true, err))
            return false;
    }
}

static bool take_event(struct log_file *file, struct err *err)
{
    struct event event;
    struct bytes raw = buf_bytes(&file->raw);
    struct event_header header;
    if (!event_header_decode(raw, &header, err))
        return false;
    if (header.type == EVENT_FORMAT_DESCRIPTION) {
        if (!format_decode(raw, &file->format, err))
            return false;
        file->has_format = true;
    }
    if (!file->has_format)
        return err_set(err, ERR_CORRUPT, "the first event is %s, not a format description",
                       event_type_name(header.type));
    if (file->is_encrypted)
        return err_set(err, ERR_UNSUPPORTED,
                       "from here on the file is encrypted (encrypt_binlog): only its server can "
                       "read it (mariadb-binlog --read-from-remote-server)");
    file->is_encrypted = header.type == EVENT_START_ENCRYPTION;
    if (!event_checksum_ok(raw, file->format.checksum))
        return err_set(err, ERR_CORRUPT, "the checksum of this %s event is wrong",
                       event_type_name(header.type));
    if (!event_decode(raw, &file->format, &event, err))
        return false;
    return print_event(file, &event, false, err) &&
           (header.type != EVENT_TRANSACTION_PAYLOAD || print_payload(file, &event, err));
}

static bool cat_stream(struct log_file *file, struct err *err)
{
    if (!read_magic(file, err))
        return err_wrap(err, "%s", file->name);
    for (;;) {
        bool end;
        if (!read_event(file, &end, err) || (!end && !take_event(file, err)))
            return err_wrap(err, "%s at %llu", file->name, (unsigned long long)file->offset);
        if (end)
            return true;
        file->offset += file->raw.len;
        if (ferror(stdout) != 0)
            return err_set(err, ERR_SYSTEM, "standard output cannot be written to");
    }
}

static bool keep_table(const char *db, const char *table, void *arg)
{
    return filter_keeps(arg, db, table);
}

/* filter NULL: nothing is left out, system schemas neither. */
static bool cat_file(struct log_file *file, struct filter *filter, struct err *err)
{
    bool from_stdin = strcmp(file->name, "-") == 0;
    file->stream = from_stdin ? stdin : fopen(file->name, "rbe");
    if (file->stream == NULL)
        return err_sys(err, "%s", file->name);
    buf_init(&file->raw, (size_t)EVENT_SIZE_MAX + PIECE);
    buf_init(&file->line, 4 * (size_t)EVENT_SIZE_MAX);
    file->payload = payload_reader_new();
    if (file->options->format == CAT_JSON)
        file->change_json = change_json_new(file->name, filter != NULL ? keep_table : NULL, filter);
    bool ok = cat_stream(file, err);
    change_json_free(file->change_json);
    payload_reader_free(file->payload);
    buf_clear(&file->raw);
    buf_clear(&file->line);
    if (!from_stdin)
        fclose(file->stream);
    return ok;
}

static bool cat_files(const struct options *options, struct filter *filter,
                      struct log_summary *summary, struct err *err)
{
    for (unsigned i = 0; i < options->arguments.count; i++) {
        struct log_file file = { .name = options->arguments.items[i],
                                 .options = options,
                                 .summary = summary };
        if (options->format == CAT_EVENTS && !options->json && options->arguments.count > 1)
            printf("# %s\n", file.name);
        if (!cat_file(&file, filter, err))
            return false;
    }
    return true;
}

static void print_summary(struct log_summary *summary, bool json)
{
    struct buf text;
    log_summary_finish(summary);
    buf_init(&text, (size_t)1 << 30);
    if (json)
        log_summary_print_json(summary, &text);
    else
        log_summary_print(summary, &text);
    fputs(buf_cstr(&text), stdout);
    buf_clear(&text);
}

int command_cat(struct options *options)
{
    struct err err = { 0 };
    AUTO(filter) filter = filter_new();
    struct log_summary *summary = NULL;
    bool filters = options->include.count + options->exclude.count > 0;
    if (options->arguments.count == 0) {
        err_set(&err, ERR_CONFIG, "say which files: binlogd cat FILE... (- is standard input)");
        return cli_fail(&err);
    }
    if (filters && options->format == CAT_EVENTS) {
        err_set(&err, ERR_CONFIG,
                "--include and --exclude choose tables of --format=json and summary");
        return cli_fail(&err);
    }
    if (!filter_add_options(filter, options, &err))
        return cli_fail(&err);
    if (options->format == CAT_SUMMARY)
        summary = log_summary_new(filters ? keep_table : NULL, filter);
    bool ok = cat_files(options, filters ? filter : NULL, summary, &err);
    if (summary != NULL)
        print_summary(summary, options->json);
    log_summary_free(summary);
    fflush(stdout); /* what was read comes before what went wrong */
    return ok ? CLI_EXIT_OK : cli_fail(&err);
}
