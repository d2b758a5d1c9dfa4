/* server_answer.c - answers of the text protocol.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server_answer.h"
#include <stdarg.h>
#include <stdio.h>

enum {
    HEAD_OK = 0x00,
    HEAD_EOF = 0xfe,
    HEAD_ERROR = 0xff,
    VALUE_NULL = 0xfb,
    STATUS_AUTOCOMMIT = 2,
    FIXED_SIZE = 0x0c,
    CHARSET_UTF8MB4 = 45,
    CHARSET_BINARY = 63,
    TYPE_LONGLONG = 8,
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

static void put_ok(struct buf *payload, uint8_t head, struct bytes info)
{
    buf_u8(payload, head);
    buf_lenenc(payload, 0); /* rows, last id */
    buf_lenenc(payload, 0);
    buf_le(payload, STATUS_AUTOCOMMIT, 2);
    buf_le(payload, 0, 2); /* warnings */
    if (info.len > 0)
        buf_lenenc_bytes(payload, info);
}

void server_ok_info(struct server *server, struct bytes info)
{
    struct buf payload;
    buf_init(&payload, ANSWER_MAX);
    put_ok(&payload, HEAD_OK, info);
    send(server, &payload);
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
    buf_u8(&payload, HEAD_ERROR);
    buf_le(&payload, problem->code, 2);
    buf_u8(&payload, '#');
    buf_append(&payload, problem->state, 5);
    buf_str(&payload, text);
    send(server, &payload);
}

void server_eof(struct server *server)
{
    static const uint8_t eof[] = { HEAD_EOF, 0, 0, STATUS_AUTOCOMMIT, 0 };
    server_packet(server, bytes_of(eof, sizeof eof));
}

static void column_definition(struct server *server, const struct column *column)
{
    struct buf payload;
    bool is_number = column->kind == COLUMN_NUMBER;
    struct bytes name = bytes_of_str(column->name);
    buf_init(&payload, ANSWER_MAX);
    buf_lenenc_bytes(&payload, bytes_of_str("def"));
    buf_lenenc_bytes(&payload, bytes_of_str("")); /* of no database and no table */
    buf_lenenc_bytes(&payload, bytes_of_str(""));
    buf_lenenc_bytes(&payload, bytes_of_str(""));
    buf_lenenc_bytes(&payload, name);
    buf_lenenc_bytes(&payload, bytes_of_str(""));
    buf_u8(&payload, FIXED_SIZE);
    buf_le(&payload, is_number ? CHARSET_BINARY : CHARSET_UTF8MB4, 2);
    buf_le(&payload, is_number ? NUMBER_LENGTH : TEXT_LENGTH, 4);
    buf_u8(&payload, is_number ? TYPE_LONGLONG : TYPE_VAR_STRING);
    buf_le(&payload, is_number ? FLAG_BINARY : 0, 2);
    buf_u8(&payload, 0); /* decimals */
    buf_le(&payload, 0, 2);
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
        uint8_t head[9] = { VALUE_NULL };
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
    struct buf payload;
    if (server_take_back_overflow(server, place)) {
        server_error(server, &(struct server_problem){ 1153, "08S01" },
                     "The answer is larger than 64 MiB: ask for less of it, with LIMIT");
        return;
    }
    if (!server_deprecates_eof(server)) {
        server_eof(server);
        return;
    }
    buf_init(&payload, ANSWER_MAX);
    put_ok(&payload, HEAD_EOF, (struct bytes){ NULL, 0 });
    send(server, &payload);
}

void server_text(struct server *server, const char *text)
{
    server_packet(server, bytes_of_str(text));
}
