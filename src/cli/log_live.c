/* log_live.c - asks like a replica that is not registered: no server lists it, none waits for it.
 */
// SPDX-License-Identifier: Apache-2.0
#include "cli/log_live.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "base/memory.h"
#include "binlog/file_event.h"
#include "binlog/gtid_set.h"
#include "net/connection.h"

enum {
    NAME_SIZE = LOG_LIVE_NAME_SIZE,
    HEARTBEAT_MS = 5000,
    SILENCE_MS = 3 * HEARTBEAT_MS + 1000,
    SET_TEXT_MAX = 64 << 20,
    DUMP_NON_BLOCKING = 0x1,
    DUMP_RICH_EVENTS = 0x2, /* MySQL: heartbeats with 64-bit offsets; MariaDB: annotate events */
};

struct log_live {
    struct connection *connection;
    bool follow;
    bool is_idle;
    struct format format; /* checksum and flavour, before a format description comes too */
    char server[64];      /* who it is */
    char file[NAME_SIZE];
    uint64_t offset;  /* where the next event starts */
    struct buf event; /* one that came in pieces */
};

/* ---- the questions before ---- */

static bool ask_checksum(struct log_live *live, struct err *err)
{
    char text[32];
    bool found = false;
    if (!connection_execute(live->connection,
                            "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, "
                            "@source_binlog_checksum = @@GLOBAL.binlog_checksum",
                            err) ||
        !connection_query_text(live->connection, "SELECT @master_binlog_checksum", text,
                               sizeof text, &found, err))
        return false;
    live->format.checksum = found && strcmp(text, "CRC32") == 0 ? CHECKSUM_CRC32 : CHECKSUM_NONE;
    return true;
}

static bool tell_settings(struct log_live *live, struct err *err)
{
    char sql[160];
    unsigned long long ns = HEARTBEAT_MS * 1000000ull;
    snprintf(sql, sizeof sql,
             "SET @master_heartbeat_period = %llu, @source_heartbeat_period = %llu", ns, ns);
    if (!connection_execute(live->connection, sql, err) || !ask_checksum(live, err))
        return false;
    return live->format.flavour != FLAVOUR_MARIADB ||
           connection_execute(live->connection, "SET @mariadb_slave_capability = 4", err);
}

static bool ask_who(struct log_live *live, struct err *err)
{
    bool found = false;
    const char *sql =
        live->format.flavour == FLAVOUR_MYSQL
            ? "SELECT @@GLOBAL.server_uuid"
            : "SELECT LEFT(CONCAT(@@GLOBAL.server_id, '@', @@hostname, ':', @@port), 63)";
    return connection_query_text(live->connection, sql, live->server, sizeof live->server, &found,
                                 err);
}

static bool tell_position(struct log_live *live, const struct gtid_set *set, struct err *err)
{
    AUTO_BUF sql;
    buf_init(&sql, SET_TEXT_MAX);
    buf_str(&sql, "SET @slave_connect_state = '");
    gtid_set_print_position(set, &sql);
    buf_str(&sql, "'");
    return connection_execute(live->connection, buf_cstr(&sql), err) &&
           connection_execute(live->connection, "SET @slave_gtid_strict_mode = 0", err);
}

/* A number that no replica has: the server would send one of the two away. */
static uint32_t draw_server_id(void)
{
    uint32_t id = 0;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        id = 0;
    return id | 0x80000000u;
}

static bool ask_for_log(struct log_live *live, const struct log_live_request *request,
                        struct err *err)
{
    AUTO(gtid_set) set = NULL;
    AUTO_BUF wire;
    buf_init(&wire, SET_TEXT_MAX);
    struct dump_request dump = {
        .server_id = draw_server_id(),
        .flags = (uint16_t)(DUMP_RICH_EVENTS | (request->follow ? 0 : DUMP_NON_BLOCKING)),
        .file = request->file != NULL ? request->file : "",
        .offset = request->offset > BINLOG_MAGIC_SIZE ? request->offset : BINLOG_MAGIC_SIZE,
    };
    if (request->gtids != NULL) {
        if (!gtid_set_parse(request->gtids, live->format.flavour, &set, err))
            return err_wrap(err, "--start-gtids");
        dump.file = "";
        dump.offset = BINLOG_MAGIC_SIZE;
        if (live->format.flavour == FLAVOUR_MARIADB && !tell_position(live, set, err))
            return false;
        gtid_set_encode(set, &wire);
        if (live->format.flavour == FLAVOUR_MYSQL)
            dump.gtid_set = buf_bytes(&wire);
    }
    return connection_dump(live->connection, &dump, err);
}

bool log_live_open(const struct log_live_request *request, struct log_live **out, struct err *err)
{
    struct log_live *live = memory_new(sizeof *live);
    buf_init(&live->event, EVENT_SIZE_MAX);
    live->follow = request->follow;
    live->offset = BINLOG_MAGIC_SIZE;
    bool ok = connection_open(request->address, NULL, &live->connection, err);
    if (ok) {
        live->format.flavour = connection_flavour(live->connection);
        connection_set_read_timeout(live->connection, SILENCE_MS);
        ok = tell_settings(live, err) && ask_who(live, err) && ask_for_log(live, request, err);
    }
    if (ok) {
        *out = live;
        return true;
    }
    log_live_close(live);
    return false;
}

void log_live_close(struct log_live *live)
{
    if (live == NULL)
        return;
    connection_free(live->connection);
    buf_clear(&live->event);
    free(live);
}

const char *log_live_server(const struct log_live *live)
{
    return live->server;
}

const struct format *log_live_format(const struct log_live *live)
{
    return &live->format;
}

bool log_live_is_idle(const struct log_live *live)
{
    return live->is_idle;
}

/* ---- events ---- */

/* One whole event; a small one is borrowed from the connection. */
static bool read_event(struct log_live *live, struct bytes *raw, bool *end, struct err *err)
{
    buf_reset(&live->event);
    for (bool last = false; !last;) {
        struct dump_piece piece = { 0 };
        bool more = false;
        if (!connection_next_piece(live->connection, &piece, &more, end, err))
            return false;
        if (*end)
            return true;
        live->is_idle = !more;
        last = piece.last;
        *raw = piece.bytes;
        if (piece.first && piece.last)
            return true;
        buf_append(&live->event, piece.bytes.data, piece.bytes.len);
    }
    *raw = buf_bytes(&live->event);
    return !live->event.failed ||
           err_set(err, ERR_UNSUPPORTED, "an event of more than %u bytes", EVENT_SIZE_MAX);
}

/* Where the file goes on that is named. */
static bool take_rotate(struct log_live *live, struct bytes raw, struct err *err)
{
    struct event event;
    struct file_event rotate;
    if (!event_decode(raw, &live->format, &event, err) || !file_event_decode(&event, &rotate, err))
        return false;
    snprintf(live->file, sizeof live->file, "%.*s", (int)rotate.name.len,
             (const char *)rotate.name.data);
    live->offset = rotate.pos;
    return true;
}

static bool is_made_up(const struct event_header *header)
{
    return header->type == EVENT_HEARTBEAT || header->type == EVENT_HEARTBEAT_V2 ||
           ((header->flags & EVENT_FLAG_ARTIFICIAL) != 0 &&
            header->type != EVENT_FORMAT_DESCRIPTION);
}

/* By the event's own end where it says one: after a beginning by GTID there are gaps. Its 32 bits
 * go on from what is known. */
static uint64_t place_of(struct log_live *live, const struct event_header *header)
{
    uint64_t pos = live->offset;
    if (header->type == EVENT_FORMAT_DESCRIPTION && pos > BINLOG_MAGIC_SIZE)
        return BINLOG_MAGIC_SIZE; /* repeated, before what stands later in the file */
    if (header->end_pos != 0) {
        uint64_t end = (pos & ~(uint64_t)UINT32_MAX) | header->end_pos;
        end += end < pos ? (uint64_t)1 << 32 : 0;
        pos = end - header->size;
    }
    live->offset = pos + header->size;
    return pos;
}

static bool take(struct log_live *live, struct bytes raw, struct log_live_event *out, bool *is_own,
                 struct err *err)
{
    struct event_header header;
    if (!event_header_decode(raw, &header, err))
        return false;
    bool is_rotate = header.type == EVENT_ROTATE;
    *is_own = !is_made_up(&header);
    if (header.type == EVENT_FORMAT_DESCRIPTION && !format_decode(raw, &live->format, err))
        return false;
    if (*is_own)
        *out = (struct log_live_event){ raw, live->file, place_of(live, &header) };
    return !is_rotate || *is_own || take_rotate(live, raw, err);
}

bool log_live_next(struct log_live *live, struct log_live_event *out, bool *more, struct err *err)
{
    for (bool is_own = false; !is_own;) {
        struct bytes raw = { NULL, 0 };
        bool end = false;
        if (!read_event(live, &raw, &end, err))
            return false;
        if (end && live->follow)
            return err_set(err, ERR_PROTOCOL, "the server ended the log");
        *more = !end;
        if (end)
            return true;
        if (!take(live, raw, out, &is_own, err))
            return false;
    }
    return true;
}
