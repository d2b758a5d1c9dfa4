/* log_text.c - the frame of every event, rows, and what is no statement. */
// SPDX-License-Identifier: Apache-2.0
#include "print/log_text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include "base/memory.h"
#include "binlog/file_event.h"
#include "binlog/gtid_set.h"
#include "binlog/statement_event.h"
#include "binlog/text.h"
#include "binlog/transaction_event.h"
#include "print/binlog_statement.h"
#include "print/line_value.h"
#include "print/log_text_internal.h"
#include "print/put.h"

enum { SCRATCH_MAX = 1 << 30, INFO_MAX = 64 << 20, HEX_PER_LINE = 32 };

struct log_text *log_text_new(const struct log_text_options *options)
{
    struct log_text *text = memory_new(sizeof *text);
    text->options = *options;
    text->tables = row_tables_new(&options->scope, row_lines_table, row_lines_table_free);
    text->lines = row_lines_new(options->with_types);
    text->row_sql = row_sql_new();
    text->session = session_sql_new();
    buf_init(&text->scratch, SCRATCH_MAX);
    buf_init(&text->info, INFO_MAX);
    buf_init(&text->origin, INFO_MAX);
    return text;
}

void log_text_free(struct log_text *text)
{
    if (text == NULL)
        return;
    row_tables_free(text->tables);
    row_lines_free(text->lines);
    row_sql_free(text->row_sql);
    session_sql_free(text->session);
    buf_clear(&text->scratch);
    buf_clear(&text->info);
    buf_clear(&text->origin);
    free(text);
}

void log_text_begin(struct log_text *text, struct buf *out)
{
    (void)text;
    buf_str(out, "/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;\n"
                 "/*!50003 SET @OLD_COMPLETION_TYPE=@@COMPLETION_TYPE,COMPLETION_TYPE=0*/;\n"
                 "DELIMITER " LOG_DELIMITER "\n");
}

static void end_payload(struct log_text *text, struct buf *out)
{
    if (text->in_payload)
        buf_str(out, "# End of compressed events.\n");
    text->in_payload = false;
}

void log_text_end(struct log_text *text, struct buf *out)
{
    end_payload(text, out);
    if (text->in_transaction)
        buf_str(out, "ROLLBACK /* the log ends inside a transaction */" LOG_DELIMITER "\n");
    if (text->has_mysql_gtid)
        buf_str(out, "SET @@SESSION.GTID_NEXT= 'AUTOMATIC'" LOG_DELIMITER "\n");
    buf_str(out, "DELIMITER ;\n"
                 "# End of log file\n"
                 "/*!50003 SET COMPLETION_TYPE=@OLD_COMPLETION_TYPE*/;\n"
                 "/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=0*/;\n");
}

bool log_text_refuse(const struct log_text *text, const char *what, struct err *err)
{
    return !text->options.statements ||
           err_set(err, ERR_UNSUPPORTED, "%s cannot be replayed from here", what);
}

/* ---- the header's line ---- */

static void put_two(unsigned number, char pad, struct buf *out)
{
    char digits[2] = { number >= 10 ? (char)('0' + number / 10) : pad, (char)('0' + number % 10) };
    put(out, digits, 2);
}

const struct clock_text *clock_text_at(struct clock_text *clock, int64_t second)
{
    time_t seconds = (time_t)second;
    if (clock->is_made && clock->second == second)
        return clock;
    *clock = (struct clock_text){ .second = second, .is_made = true };
    if (localtime_r(&seconds, &clock->tm) != NULL)
        strftime(clock->text, sizeof clock->text, "%Y-%m-%d %H:%M:%S", &clock->tm);
    return clock;
}

/* 261122  7:35:28 */
static void put_clock(struct log_text *text, uint32_t timestamp, struct buf *out)
{
    const struct tm *tm = &clock_text_at(&text->clock, timestamp)->tm;
    put_two((unsigned)tm->tm_year % 100, '0', out);
    put_two((unsigned)tm->tm_mon + 1, '0', out);
    put_two((unsigned)tm->tm_mday, '0', out);
    put_byte(out, ' ');
    put_two((unsigned)tm->tm_hour, ' ', out);
    put_byte(out, ':');
    put_two((unsigned)tm->tm_min, '0', out);
    put_byte(out, ':');
    put_two((unsigned)tm->tm_sec, '0', out);
}

static void put_crc(struct bytes raw, struct buf *out)
{
    uint8_t crc[EVENT_CHECKSUM_SIZE];
    for (unsigned i = 0; i < sizeof crc; i++)
        crc[i] = raw.data[raw.len - 1 - i];
    put(out, " CRC32 0x", 9);
    put_hex(bytes_of(crc, sizeof crc), out);
}

/* What stands between the two positions: the same for all events of one second and server. */
static const struct buf *origin_text(struct log_text *text, const struct event_header *header)
{
    struct buf *origin = &text->origin;
    bool is_made = origin->len > 0 && text->origin_time == header->timestamp &&
                   text->origin_server == header->server_id;
    if (is_made)
        return origin;
    buf_reset(origin);
    put_str("\n#", origin);
    put_clock(text, header->timestamp, origin);
    put_str_number(" server id ", header->server_id, origin);
    put_str("  end_log_pos ", origin);
    put_padding(origin);
    text->origin_time = header->timestamp;
    text->origin_server = header->server_id;
    return origin;
}

void log_text_header(struct log_text *text, const struct log_event *e)
{
    const struct event_header *header = &e->event->header;
    const struct buf *origin = origin_text(text, header);
    struct buf *out = e->out->buf;
    put_str("# at ", out);
    put_digits(&text->position, e->place->pos, out);
    put_padded(out, origin->data, origin->len);
    put_digits(&text->position, e->place->in_payload ? e->place->end : header->end_pos, out);
    if (e->format->checksum == CHECKSUM_CRC32 && !e->place->in_payload)
        put_crc(e->event->raw, out);
    put_str(" \t", out);
}

/* ---- rows ---- */

static void put_rows_flags(uint16_t flags, struct buf *out)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } names[] = { { ROWS_STATEMENT_END, " STMT_END_F" },
                  { ROWS_NO_FOREIGN_KEY_CHECKS, " NO_FOREIGN_KEY_CHECKS_F" },
                  { ROWS_RELAXED_UNIQUE_CHECKS, " RELAXED_UNIQUE_CHECKS_F" },
                  { ROWS_SQL_FOREIGN_KEY, " USE_SQL_FOREIGN_KEY_F" } };
    bool first = true;
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        if ((flags & names[i].bit) == 0)
            continue;
        put_str(first ? " flags:" : "", out);
        put_str(names[i].name, out);
        first = false;
    }
}

static bool put_statement(const struct log_event *e, const struct row_table *table, struct err *err)
{
    struct rows_statement statement = { e->event->header, table->body, e->event->body,
                                        e->format->checksum };
    return binlog_statement_rows(&statement, e->out->buf, err);
}

/* The session is then another one than the statements' before it. rows is a copy. */
static bool put_readable(struct log_text *text, const struct log_event *e, struct rows rows,
                         const struct row_table *table, struct err *err)
{
    session_sql_reset(text->session);
    return row_sql_put(text->row_sql, e->event, &rows, table, e->out, err);
}

static bool put_rows(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct rows rows;
    const struct row_table *table = NULL;
    if (!row_tables_open(text->tables, e->event, &text->scratch, &rows, &table, err))
        return false;
    if (!table->is_kept)
        return true;
    log_text_header(text, e);
    put_str(event_type_name(e->event->header.type), e->out->buf);
    row_lines_put_id(table, e->out->buf);
    put_rows_flags(rows.flags, e->out->buf);
    put_byte(e->out->buf, '\n');
    if (text->options.statements && !text->options.readable && !put_statement(e, table, err))
        return false;
    if (text->options.readable && !put_readable(text, e, rows, table, err))
        return false;
    return !text->options.row_lines || row_lines_put(text->lines, &rows, table, e->out, err);
}

static bool put_map(struct log_text *text, const struct log_event *e, struct err *err)
{
    const struct row_table *table;
    if (!row_tables_map(text->tables, e->event, e->format->flavour, err))
        return false;
    table = row_tables_newest(text->tables);
    if (!table->is_kept)
        return true;
    log_text_header(text, e);
    row_lines_put_map(table, e->out->buf);
    return true;
}

/* ---- the rest ---- */

static bool put_format(struct log_text *text, const struct log_event *e, struct err *err)
{
    (void)err;
    struct buf *out = e->out->buf;
    buf_str(out, "Start: binlog v 4, server v ");
    text_escape(bytes_of_str(e->format->server_version), TEXT_LINE, out);
    buf_str(out, " created ");
    put_clock(text, e->event->header.timestamp, out);
    buf_str(out, e->format->created != 0 ? " at startup\n" : "\n");
    if ((e->event->header.flags & EVENT_FLAG_IN_USE) != 0)
        buf_str(out, "# Warning: this binlog is either in use or was not closed properly.\n");
    session_sql_reset(text->session);
    if (e->format->created != 0) {
        buf_str(out, "ROLLBACK" LOG_DELIMITER "\n");
        text->in_transaction = false;
    }
    if (text->options.statements && !text->options.readable)
        binlog_statement_format(e->event, e->format->flavour, out);
    return true;
}

static bool put_previous(struct log_text *text, const struct log_event *e, struct err *err)
{
    AUTO(gtid_set) set = NULL;
    if (!gtid_set_decode(e->event->body, &set, err))
        return false;
    buf_reset(&text->info);
    gtid_set_print(set, &text->info);
    buf_str(e->out->buf, "Previous-GTIDs\n# ");
    for (size_t i = 0; i < text->info.len; i++) {
        put_byte(e->out->buf, (char)text->info.data[i]);
        if (text->info.data[i] == ',')
            buf_str(e->out->buf, "\n# ");
    }
    buf_str(e->out->buf, gtid_set_is_empty(set) ? "[empty]\n" : "\n");
    return true;
}

/* The statement that the rows are of, a comment sign before each of its lines. */
static bool put_words(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct bytes words;
    bool is_mariadb = e->event->header.type == EVENT_ANNOTATE_ROWS;
    struct buf *out = e->out->buf;
    (void)text;
    if (!statement_text_decode(e->event, &words, err))
        return false;
    buf_str(out, is_mariadb ? "Annotate_rows:\n#Q> " : "Rows_query\n# ");
    for (size_t at = 0; at < words.len; at++) {
        at += put_printed_prefix(bytes_of(words.data + at, words.len - at), out);
        if (at == words.len)
            break;
        if (words.data[at] == '\n')
            put_str(is_mariadb ? "\n#Q> " : "\n# ", out);
        else
            buf_printf(out, "\\x%02x", words.data[at]);
    }
    put_byte(out, '\n');
    return true;
}

static bool put_xid(struct log_text *text, const struct log_event *e, struct err *err)
{
    uint64_t xid;
    if (!xid_decode(e->event, &xid, err))
        return false;
    put_str_number("Xid = ", xid, e->out->buf);
    put_str("\nCOMMIT" LOG_DELIMITER "\n", e->out->buf);
    text->in_transaction = false;
    return true;
}

static bool put_rotate(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct file_event rotate;
    (void)text;
    if (!file_event_decode(e->event, &rotate, err))
        return false;
    buf_str(e->out->buf, "Rotate to ");
    text_escape(rotate.name, TEXT_LINE, e->out->buf);
    buf_printf(e->out->buf, "  pos: %" PRIu64 "\n", rotate.pos);
    return true;
}

static bool put_payload(struct log_text *text, const struct log_event *e, struct err *err)
{
    struct payload_event payload;
    if (!payload_decode(e->event, &payload, err))
        return false;
    buf_printf(
        e->out->buf,
        "Transaction_Payload\t\tpayload_size=%zu\tcompression_type=%s\tuncompressed_size=%" PRIu64
        "\n# Start of compressed events.\n",
        payload.payload.len, payload.compression == PAYLOAD_ZSTD ? "ZSTD" : "NONE",
        payload.uncompressed_size);
    text->in_payload = true;
    return true;
}

static void put_hex_lines(struct bytes bytes, const struct text_out *out)
{
    for (size_t at = 0; at < bytes.len; at += HEX_PER_LINE) {
        size_t left = bytes.len - at;
        buf_printf(out->buf, "# %08zx ", at);
        put_hex(bytes_of(bytes.data + at, left < HEX_PER_LINE ? left : HEX_PER_LINE), out->buf);
        put_byte(out->buf, '\n');
        text_out_check(out);
    }
}

/* What is in no row of the table: its name and what SHOW BINLOG EVENTS would say; one that is not
 * known, by its bytes. */
static bool put_other(struct log_text *text, const struct log_event *e, struct err *err)
{
    uint8_t type = e->event->header.type;
    struct buf *out = e->out->buf;
    if (type == EVENT_BEGIN_LOAD_QUERY || type == EVENT_APPEND_BLOCK || type == EVENT_INCIDENT)
        if (!log_text_refuse(text,
                             type == EVENT_INCIDENT ? "an incident (the log has a hole)"
                                                    : "LOAD DATA logged as a statement",
                             err))
            return false;
    if (!event_type_is_known(type)) {
        buf_printf(out, "Unknown event of type %u\n", type);
        put_hex_lines(e->event->body, e->out);
        return (e->event->header.flags & EVENT_FLAG_IGNORABLE) != 0 ||
               log_text_refuse(text, "an event that is not known here", err);
    }
    buf_str(out, event_type_name(type));
    buf_reset(&text->info);
    event_describe(e->event, e->format, &text->info);
    if (text->info.len > 0)
        put(out, ": ", 2);
    put(out, text->info.data, text->info.len);
    put_byte(out, '\n');
    return true;
}

/* These decide themselves whether there is a header's line. */
static log_text_putter *whole_putter(uint8_t type)
{
    if (type == EVENT_TABLE_MAP)
        return put_map;
    return row_tables_is_rows(type) ? put_rows : NULL;
}

static log_text_putter *const putters[256] = {
    [EVENT_FORMAT_DESCRIPTION] = put_format,
    [EVENT_PREVIOUS_GTIDS] = put_previous,
    [EVENT_QUERY] = log_text_query,
    [EVENT_QUERY_COMPRESSED] = log_text_query,
    [EVENT_EXECUTE_LOAD_QUERY] = log_text_query,
    [EVENT_GTID] = log_text_gtid,
    [EVENT_ANONYMOUS_GTID] = log_text_gtid,
    [EVENT_GTID_TAGGED] = log_text_gtid,
    [EVENT_MARIADB_GTID] = log_text_mariadb_gtid,
    [EVENT_INTVAR] = log_text_intvar,
    [EVENT_RAND] = log_text_rand,
    [EVENT_USER_VAR] = log_text_user_var,
    [EVENT_XA_PREPARE] = log_text_xa_prepare,
    [EVENT_XID] = put_xid,
    [EVENT_ROTATE] = put_rotate,
    [EVENT_ROWS_QUERY] = put_words,
    [EVENT_ANNOTATE_ROWS] = put_words,
    [EVENT_TRANSACTION_PAYLOAD] = put_payload,
};

bool log_text_event(struct log_text *text, const struct event *event, const struct format *format,
                    const struct event_place *place, const struct text_out *out, struct err *err)
{
    struct log_event e = { event, format, place, out };
    log_text_putter *put_whole = whole_putter(event->header.type);
    if (!place->in_payload)
        end_payload(text, out->buf);
    if (put_whole != NULL)
        return put_whole(text, &e, err);
    log_text_putter *put_rest = putters[event->header.type];
    log_text_header(text, &e);
    return (put_rest != NULL ? put_rest : put_other)(text, &e, err);
}
