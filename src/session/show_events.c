/* show_events.c - SHOW BINLOG EVENTS: one row an event, as the servers word it. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "binlog/describe.h"
#include "session/state.h"

/* An answer is made in one go, on a thread that serves everybody: so many events at once. */
enum { EVENTS_AT_ONCE = 10000, INFO_MAX = 64 * 1024 };

struct range {
    const char *file; /* NULL: the first one */
    uint64_t offset;
    uint64_t skip;
    uint64_t limit;
};

static bool syntax(struct statement *statement)
{
    statement_syntax_error(statement);
    return false;
}

/* [IN 'file'] [FROM offset] [LIMIT [skip,] n] */
static bool take_range(struct statement *statement, struct range *out)
{
    *out = (struct range){ .offset = BINLOG_MAGIC_SIZE, .limit = UINT64_MAX };
    if (statement_take_word(statement, "IN") &&
        (out->file = statement_take_text(statement)) == NULL)
        return syntax(statement);
    if (statement_take_word(statement, "FROM") && !statement_take_number(statement, &out->offset))
        return syntax(statement);
    if (statement_take_word(statement, "LIMIT")) {
        if (!statement_take_number(statement, &out->limit))
            return syntax(statement);
        out->skip = out->limit;
        if (!statement_take_punct(statement, ','))
            out->skip = 0;
        else if (!statement_take_number(statement, &out->limit))
            return syntax(statement);
    }
    return statement_at_end(statement) || syntax(statement);
}

static bool refuse(struct statement *statement, const char *why)
{
    server_error(statement->session->server, &(struct server_problem){ 1220, "HY000" },
                 "Error when executing command SHOW BINLOG EVENTS: %s", why);
    return false;
}

static bool open_range(struct statement *statement, const struct range *range, struct cursor **out)
{
    struct store *store = statement->session->host->store;
    struct log_pos at = { store_first_file(store), range->offset };
    struct err err;
    if (range->file != NULL && !store_find_file(store, range->file, &at.file))
        return refuse(statement, "Could not find target log");
    if (store_durable_end(store).offset == 0)
        return refuse(statement, "There is no log file yet");
    return cursor_open(store, at, "SHOW BINLOG EVENTS", out, &err) || refuse(statement, err.text);
}

static void put_event(struct statement *statement, const struct cursor *cursor,
                      const struct event *event)
{
    struct buf info;
    struct server *server = statement->session->server;
    buf_init(&info, INFO_MAX);
    event_describe(event, cursor_format(cursor), &info);
    if (info.failed) { /* a long statement: what fits */
        info.failed = false;
        info.len = info.len < INFO_MAX - 4 ? info.len : INFO_MAX - 4;
        buf_str(&info, "...");
    }
    struct bytes values[] = {
        show_text(statement, cursor_file_name(cursor)),
        show_number(statement, cursor_event_start(cursor).offset),
        bytes_of_str(event_type_name(event->header.type)),
        show_number(statement, event->header.server_id),
        show_number(statement, cursor_event_end(cursor).offset),
        bytes_of_str(buf_cstr(&info)),
    };
    server_row(server, values, ARRAY_COUNT(values));
    buf_clear(&info);
}

/* False: stop, *why is NULL at the file's end. */
static bool next_event(struct cursor *cursor, uint64_t file, struct event *event, struct err *err,
                       bool *failed)
{
    enum cursor_result result = cursor_next(cursor, event, err);
    *failed = result == CURSOR_ERROR;
    return result == CURSOR_EVENT && cursor_event_start(cursor).file == file;
}

void answer_show_events(struct statement *statement)
{
    static const struct column columns[] = {
        { "Log_name", COLUMN_TEXT },      { "Pos", COLUMN_NUMBER },
        { "Event_type", COLUMN_TEXT },    { "Server_id", COLUMN_NUMBER },
        { "End_log_pos", COLUMN_NUMBER }, { "Info", COLUMN_TEXT }
    };
    AUTO(cursor) cursor = NULL;
    struct server *server = statement->session->server;
    struct range range;
    struct event event;
    struct err err;
    bool failed = false;
    uint64_t seen = 0;
    uint64_t file = UINT64_MAX;
    if (!take_range(statement, &range) || !open_range(statement, &range, &cursor))
        return;
    struct server_place place = server_mark(server);
    server_columns(server, columns, ARRAY_COUNT(columns));
    uint64_t most = range.limit < EVENTS_AT_ONCE ? range.limit : EVENTS_AT_ONCE;
    file = range.file == NULL ? store_first_file(statement->session->host->store) : UINT64_MAX;
    if (range.file != NULL)
        store_find_file(statement->session->host->store, range.file, &file);
    while (seen < range.skip + most && next_event(cursor, file, &event, &err, &failed))
        if (seen++ >= range.skip)
            put_event(statement, cursor, &event);
    bool is_cut = range.limit > EVENTS_AT_ONCE && seen == range.skip + most;
    if (!failed && !is_cut) {
        server_rows_end(server, place);
        return;
    }
    server_take_back(server, place);
    refuse(statement, failed ? err.text
                             : "more than 10000 events at once: say LIMIT 10000, then go on with "
                               "FROM the last End_log_pos");
}
