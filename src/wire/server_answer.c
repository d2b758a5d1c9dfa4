/* server_answer.c - answers of the text protocol.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server_answer.h"
#include <stdarg.h>
#include <stdio.h>
#include "wire/capability.h"
#include "wire/result_encode.h"
#include "wire/result_row.h"
#include "wire/server_internal.h"

enum {
    NULL_MARK = 0xfb,
    CHARSET_UTF8MB4 = 45,
    CHARSET_BINARY = 63,
    DECIMALS = 6, /* of a COLUMN_FRACTION, at most */
    TYPE_LONGLONG = 8,
    TYPE_NEWDECIMAL = 246,
    TYPE_VAR_STRING = 253,
    FLAG_BINARY = 0x80,
    ANSWER_MAX = 1024 * 1024, /* of one packet built here */
    TEXT_LENGTH = 1024,       /* what a column says its longest value is */
    NUMBER_LENGTH = 20,
};

static void send(struct server *server, struct buf *payload)
{
    server_packet(server, buf_bytes(payload));
    buf_clear(payload);
}

void server_ok_info(struct server *server, struct bytes info)
{
    struct ok_packet ok = { .status = server_status(server),
                            .info = info,
                            .changes = server_changes(server) };
    struct buf payload;
    buf_init(&payload, ANSWER_MAX);
    ok_packet_encode(&ok, &payload);
    send(server, &payload);
    server_forget_changes(server);
}

void server_note_change(struct server *server, enum tracked kind, struct bytes name,
                        struct bytes value)
{
    if ((server_capabilities(server) & CAPABILITY_SESSION_TRACK) != 0)
        tracked_encode(kind, name, value, &server->changes);
}

struct bytes server_changes(const struct server *server)
{
    return buf_bytes(&server->changes);
}

void server_forget_changes(struct server *server)
{
    buf_clear(&server->changes);
}

void server_ok(struct server *server)
{
    server_ok_info(server, (struct bytes){ NULL, 0 });
}

void server_error(struct server *server, const struct server_problem *problem, const char *format,
                  ...)
{
    char text[2048];
    struct buf payload;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_init(&payload, ANSWER_MAX);
    server->errors++;
    server_forget_changes(server);
    error_packet_encode(problem->code, problem->state, text, &payload);
    send(server, &payload);
}

static void send_end(struct server *server, bool deprecate_eof)
{
    struct ok_packet end = { .status = server_status(server) };
    struct buf payload;
    buf_init(&payload, ANSWER_MAX);
    end_packet_encode(&end, deprecate_eof, &payload);
    send(server, &payload);
}

void server_end_result(struct server *server)
{
    send_end(server, server_deprecates_eof(server));
}

void server_eof(struct server *server)
{
    send_end(server, false);
}

static void column_definition(struct server *server, const struct column *column)
{
    static const uint8_t types[] = { [COLUMN_TEXT] = TYPE_VAR_STRING,
                                     [COLUMN_NUMBER] = TYPE_LONGLONG,
                                     [COLUMN_FRACTION] = TYPE_NEWDECIMAL };
    bool is_number = column->kind != COLUMN_TEXT;
    struct result_column facts = { "", "", "", column->name, "", .charset = CHARSET_UTF8MB4 };
    struct buf payload;
    facts.length = is_number ? NUMBER_LENGTH : TEXT_LENGTH;
    facts.type = types[column->kind];
    facts.decimals = column->kind == COLUMN_FRACTION ? DECIMALS : 0;
    if (is_number) {
        facts.charset = CHARSET_BINARY;
        facts.flags = FLAG_BINARY;
    }
    buf_init(&payload, ANSWER_MAX);
    result_column_encode(&facts, &payload);
    send(server, &payload);
}

void server_columns(struct server *server, const struct column *columns, unsigned count)
{
    struct buf payload;
    buf_init(&payload, ANSWER_MAX);
    buf_lenenc(&payload, count);
    send(server, &payload);
    for (unsigned i = 0; i < count; i++)
        column_definition(server, &columns[i]);
    if (!server_deprecates_eof(server))
        server_eof(server);
}

static size_t lenenc_size(uint64_t n)
{
    return n < 0xfb ? 1 : n <= 0xffff ? 3 : n <= 0xffffff ? 4 : 9;
}

void server_row(struct server *server, const struct bytes *values, unsigned count)
{
    size_t len = 0;
    for (unsigned i = 0; i < count; i++)
        len += values[i].data == NULL ? 1 : lenenc_size(values[i].len) + values[i].len;
    server_packet_begin(server, len);
    for (unsigned i = 0; i < count; i++) {
        uint8_t head[9] = { NULL_MARK };
        size_t size = 1;
        if (values[i].data != NULL) {
            struct buf buf = { .data = head, .cap = sizeof head, .max = sizeof head };
            buf_lenenc(&buf, values[i].len);
            size = buf.len;
        }
        server_packet_piece(server, bytes_of(head, size));
        server_packet_piece(server, values[i]);
    }
}

void server_rows_end(struct server *server, struct server_place place)
{
    if (server_take_back_overflow(server, place)) {
        server_error(server, &(struct server_problem){ 1153, "08S01" },
                     "The answer is larger than 64 MiB: ask for less of it, with LIMIT");
        return;
    }
    server_end_result(server);
}

void server_text(struct server *server, const char *text)
{
    server_packet(server, bytes_of_str(text));
}
