/* describe.c - one function an event family; the table at the end says which. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/describe.h"
#include <inttypes.h>
#include "base/reader.h"
#include "binlog/file_event.h"
#include "binlog/gtid_event.h"
#include "binlog/gtid_set.h"
#include "binlog/query.h"
#include "binlog/statement_event.h"
#include "binlog/text.h"
#include "binlog/transaction_event.h"

enum { TEXT_MAX = 512, SCRATCH_MAX = 64 << 20 };

/* What an event says beyond its header; JSON's fields. Empty: not said. */
struct facts {
    struct buf info;
    struct buf query; /* the whole text */
    char gtid[GTID_TEXT_MAX];
    struct bytes db;
    struct bytes table;
    bool has_xid;
    uint64_t xid;
};

static void info_text(struct facts *f, struct bytes text)
{
    bool cut = text.len > TEXT_MAX;
    text_escape(bytes_of(text.data, cut ? TEXT_MAX : text.len), TEXT_LINE, &f->info);
    if (cut)
        buf_str(&f->info, "...");
}

static void info_failed(struct facts *f, const struct err *err)
{
    buf_reset(&f->info);
    buf_str(&f->info, "cannot be decoded: ");
    text_escape(bytes_of_str(err->text), TEXT_LINE, &f->info);
}

static bool describe_format(const struct event *event, struct facts *f, struct err *err)
{
    struct format format;
    if (!format_decode(event->raw, &format, err))
        return false;
    buf_str(&f->info, "Server ver: ");
    info_text(f, bytes_of_str(format.server_version));
    buf_str(&f->info, ", Binlog ver: 4");
    return true;
}

static bool describe_query(const struct event *event, struct facts *f, struct err *err)
{
    struct query_event query;
    struct buf scratch;
    buf_init(&scratch, SCRATCH_MAX);
    bool ok = query_decode(event, &scratch, &query, err);
    if (ok) {
        f->db = query.db;
        buf_append(&f->query, query.text.data, query.text.len);
        bool uses = query.db.len > 0 && (event->header.flags & EVENT_FLAG_SUPPRESS_USE) == 0;
        if (uses) {
            buf_str(&f->info, "use `");
            info_text(f, query.db);
            buf_str(&f->info, "`; ");
        }
        info_text(f, query.text);
        if (query.error_code != 0)
            buf_printf(&f->info, " /* error %u */", query.error_code);
    }
    if (ok && event->header.type == EVENT_EXECUTE_LOAD_QUERY)
        buf_printf(&f->info, " ;file_id=%" PRIu32, query.file_id);
    buf_clear(&scratch);
    return ok;
}

static bool describe_file(const struct event *event, struct facts *f, struct err *err)
{
    struct file_event e;
    if (!file_event_decode(event, &e, err))
        return false;
    info_text(f, e.name);
    if (event->header.type != EVENT_BINLOG_CHECKPOINT)
        buf_printf(&f->info, ";pos=%" PRIu64, e.pos);
    return true;
}

static void info_xa(struct facts *f, const struct xa_id *xa)
{
    char text[XA_TEXT_MAX];
    buf_str(&f->info, xa_id_text(xa, text));
}

static void info_mariadb_gtid(const struct gtid_event *e, struct facts *f)
{
    bool standalone = (e->flags & MARIADB_GTID_STANDALONE) != 0;
    buf_printf(&f->info, "%sGTID %s", standalone ? "" : "BEGIN ", f->gtid);
    if ((e->flags & MARIADB_GTID_GROUP_COMMIT) != 0)
        buf_printf(&f->info, " cid=%" PRIu64, e->commit_id);
    if ((e->flags & (MARIADB_GTID_PREPARED_XA | MARIADB_GTID_COMPLETED_XA)) != 0) {
        buf_str(&f->info, " XID ");
        info_xa(f, &e->xa);
    }
    if ((e->extra_flags & MARIADB_GTID_START_ALTER) != 0)
        buf_str(&f->info, " START ALTER");
    if ((e->extra_flags & MARIADB_GTID_COMMIT_ALTER) != 0)
        buf_printf(&f->info, " COMMIT ALTER id=%" PRIu64, e->start_alter_seq);
    if ((e->extra_flags & MARIADB_GTID_ROLLBACK_ALTER) != 0)
        buf_printf(&f->info, " ROLLBACK ALTER id=%" PRIu64, e->start_alter_seq);
}

static bool describe_gtid(const struct event *event, struct facts *f, struct err *err)
{
    struct gtid_event e;
    if (!gtid_event_decode(event, &e, err))
        return false;
    gtid_text(&e.gtid, f->gtid);
    if (e.gtid.kind == GTID_MARIADB)
        info_mariadb_gtid(&e, f);
    else
        buf_printf(&f->info, "SET @@SESSION.GTID_NEXT= '%s'",
                   e.gtid.kind == GTID_NONE ? "ANONYMOUS" : f->gtid);
    return true;
}

static bool describe_gtid_set(const struct event *event, struct facts *f, struct err *err)
{
    AUTO(gtid_set) set = NULL;
    bool is_list = event->header.type == EVENT_GTID_LIST;
    if (is_list ? !gtid_list_decode(event->body, &set, err)
                : !gtid_set_decode(event->body, &set, err))
        return false;
    struct buf text;
    buf_init(&text, SCRATCH_MAX);
    gtid_set_print(set, &text);
    buf_printf(&f->info, is_list ? "[%s]" : "%s", buf_cstr(&text));
    buf_clear(&text);
    return true;
}

static bool describe_xid(const struct event *event, struct facts *f, struct err *err)
{
    if (!xid_decode(event, &f->xid, err))
        return false;
    f->has_xid = true;
    buf_printf(&f->info, "COMMIT /* xid=%" PRIu64 " */", f->xid);
    return true;
}

static bool describe_xa_prepare(const struct event *event, struct facts *f, struct err *err)
{
    struct xa_prepare_event e;
    if (!xa_prepare_decode(event, &e, err))
        return false;
    buf_str(&f->info, e.one_phase ? "XA COMMIT " : "XA PREPARE ");
    info_xa(f, &e.xa);
    buf_str(&f->info, e.one_phase ? " ONE PHASE" : "");
    return true;
}

static bool describe_payload(const struct event *event, struct facts *f, struct err *err)
{
    struct payload_event e;
    if (!payload_decode(event, &e, err))
        return false;
    buf_printf(&f->info,
               "compression='%s', decompressed_size=%" PRIu64 " bytes, compressed_size=%zu bytes",
               e.compression == PAYLOAD_ZSTD ? "ZSTD" : "NONE", e.uncompressed_size, e.payload.len);
    return true;
}

static bool describe_incident(const struct event *event, struct facts *f, struct err *err)
{
    struct incident_event e;
    if (!incident_decode(event, &e, err))
        return false;
    buf_printf(&f->info, "#%u (%s): ", e.kind, e.kind == 1 ? "LOST_EVENTS" : "unknown");
    info_text(f, e.message);
    return true;
}

static bool describe_text(const struct event *event, struct facts *f, struct err *err)
{
    struct bytes text;
    if (!statement_text_decode(event, &text, err))
        return false;
    buf_append(&f->query, text.data, text.len);
    buf_str(&f->info, event->header.type == EVENT_ROWS_QUERY ? "# " : "");
    info_text(f, text);
    return true;
}

static bool describe_intvar(const struct event *event, struct facts *f, struct err *err)
{
    struct intvar_event e;
    if (!intvar_decode(event, &e, err))
        return false;
    buf_printf(&f->info, "%s=%" PRIu64, e.type == INTVAR_INSERT_ID ? "INSERT_ID" : "LAST_INSERT_ID",
               e.value);
    return true;
}

static bool describe_rand(const struct event *event, struct facts *f, struct err *err)
{
    struct rand_event e;
    if (!rand_decode(event, &e, err))
        return false;
    buf_printf(&f->info, "rand_seed1=%" PRIu64 ",rand_seed2=%" PRIu64, e.seed1, e.seed2);
    return true;
}

static bool describe_user_var(const struct event *event, struct facts *f, struct err *err)
{
    struct user_var_event e;
    if (!user_var_decode(event, &e, err))
        return false;
    buf_str(&f->info, "@`");
    info_text(f, e.name);
    buf_str(&f->info, "`=");
    if (e.is_null) {
        buf_str(&f->info, "NULL");
        return true;
    }
    struct reader r = reader_of(e.value);
    uint64_t bits = e.value.len == 8 ? reader_u64(&r) : 0;
    double real;
    memcpy(&real, &bits, sizeof real);
    if (e.type == USER_VAR_INT && e.is_unsigned)
        buf_printf(&f->info, "%" PRIu64, bits);
    else if (e.type == USER_VAR_INT)
        buf_printf(&f->info, "%" PRId64, (int64_t)bits);
    else if (e.type == USER_VAR_REAL)
        buf_printf(&f->info, "%.17g", real);
    else
        for (size_t i = 0; i < e.value.len && i < TEXT_MAX; i++)
            buf_printf(&f->info, "%s%02x%s", i == 0 ? "X'" : "", e.value.data[i],
                       i + 1 == e.value.len ? "'" : "");
    return true;
}

static bool describe_load(const struct event *event, struct facts *f, struct err *err)
{
    struct load_event e;
    if (!load_event_decode(event, &e, err))
        return false;
    buf_printf(&f->info, ";file_id=%" PRIu32, e.file_id);
    if (event->header.type != EVENT_DELETE_FILE)
        buf_printf(&f->info, ";block_len=%zu", e.data.len);
    return true;
}

static bool describe_table_map(const struct event *event, struct facts *f, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t id = reader_u48(&r);
    (void)reader_u16(&r);
    size_t len = reader_u8(&r);
    f->db = reader_bytes(&r, len);
    (void)reader_u8(&r);
    len = reader_u8(&r);
    f->table = reader_bytes(&r, len);
    (void)reader_u8(&r);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "table map event: it is cut off");
    buf_printf(&f->info, "table_id: %" PRIu64 " (", id);
    info_text(f, f->db);
    buf_str(&f->info, ".");
    info_text(f, f->table);
    buf_str(&f->info, ")");
    return true;
}

static bool describe_rows(const struct event *event, struct facts *f, struct err *err)
{
    struct reader r = reader_of(event->body);
    uint64_t id = reader_u48(&r);
    uint16_t flags = reader_u16(&r);
    if (r.failed)
        return err_set(err, ERR_CORRUPT, "rows event: it is cut off");
    buf_printf(&f->info, "table_id: %" PRIu64, id);
    if ((flags & 1) != 0)
        buf_str(&f->info, " flags: STMT_END_F");
    return true;
}

static bool (*const describers[256])(const struct event *, struct facts *, struct err *) = {
    [EVENT_FORMAT_DESCRIPTION] = describe_format,
    [EVENT_QUERY] = describe_query,
    [EVENT_QUERY_COMPRESSED] = describe_query,
    [EVENT_EXECUTE_LOAD_QUERY] = describe_query,
    [EVENT_ROTATE] = describe_file,
    [EVENT_HEARTBEAT] = describe_file,
    [EVENT_HEARTBEAT_V2] = describe_file,
    [EVENT_BINLOG_CHECKPOINT] = describe_file,
    [EVENT_GTID] = describe_gtid,
    [EVENT_ANONYMOUS_GTID] = describe_gtid,
    [EVENT_GTID_TAGGED] = describe_gtid,
    [EVENT_MARIADB_GTID] = describe_gtid,
    [EVENT_PREVIOUS_GTIDS] = describe_gtid_set,
    [EVENT_GTID_LIST] = describe_gtid_set,
    [EVENT_XID] = describe_xid,
    [EVENT_XA_PREPARE] = describe_xa_prepare,
    [EVENT_TRANSACTION_PAYLOAD] = describe_payload,
    [EVENT_INCIDENT] = describe_incident,
    [EVENT_ROWS_QUERY] = describe_text,
    [EVENT_ANNOTATE_ROWS] = describe_text,
    [EVENT_INTVAR] = describe_intvar,
    [EVENT_RAND] = describe_rand,
    [EVENT_USER_VAR] = describe_user_var,
    [EVENT_APPEND_BLOCK] = describe_load,
    [EVENT_DELETE_FILE] = describe_load,
    [EVENT_BEGIN_LOAD_QUERY] = describe_load,
    [EVENT_TABLE_MAP] = describe_table_map,
    [EVENT_WRITE_ROWS_V1] = describe_rows,
    [EVENT_UPDATE_ROWS_V1] = describe_rows,
    [EVENT_DELETE_ROWS_V1] = describe_rows,
    [EVENT_WRITE_ROWS] = describe_rows,
    [EVENT_UPDATE_ROWS] = describe_rows,
    [EVENT_DELETE_ROWS] = describe_rows,
    [EVENT_PARTIAL_UPDATE_ROWS] = describe_rows,
    [EVENT_WRITE_ROWS_COMPRESSED_V1] = describe_rows,
    [EVENT_UPDATE_ROWS_COMPRESSED_V1] = describe_rows,
    [EVENT_DELETE_ROWS_COMPRESSED_V1] = describe_rows,
    [EVENT_WRITE_ROWS_COMPRESSED] = describe_rows,
    [EVENT_UPDATE_ROWS_COMPRESSED] = describe_rows,
    [EVENT_DELETE_ROWS_COMPRESSED] = describe_rows,
};

static void facts_init(struct facts *f, const struct event *event)
{
    struct err err;
    *f = (struct facts){ .has_xid = false };
    buf_init(&f->info, SCRATCH_MAX);
    buf_init(&f->query, SCRATCH_MAX);
    uint8_t type = event->header.type;
    if (describers[type] != NULL && !describers[type](event, f, &err))
        info_failed(f, &err);
}

static void facts_clear(struct facts *f)
{
    buf_clear(&f->info);
    buf_clear(&f->query);
}

void event_describe(const struct event *event, const struct format *format, struct buf *out)
{
    struct facts f;
    (void)format;
    facts_init(&f, event);
    buf_append(out, f.info.data, f.info.len);
    facts_clear(&f);
}

static void json_text(struct buf *out, const char *key, struct bytes value)
{
    if (value.len == 0)
        return;
    buf_printf(out, ",\"%s\":\"", key);
    text_escape(value, TEXT_JSON, out);
    buf_str(out, "\"");
}

void event_describe_json(const struct event *event, const struct format *format,
                         const struct event_place *place, struct buf *out)
{
    struct facts f;
    const struct event_header *h = &event->header;
    (void)format;
    facts_init(&f, event);
    buf_printf(out, "{\"type\":\"%s\",\"code\":%u,\"pos\":%" PRIu64 ",\"end\":%" PRIu64,
               event_type_name(h->type), h->type, place->pos, place->end);
    buf_printf(out, ",\"timestamp\":%" PRIu32 ",\"server_id\":%" PRIu32 ",\"flags\":%u",
               h->timestamp, h->server_id, h->flags);
    if (place->in_payload)
        buf_str(out, ",\"in_payload\":true");
    json_text(out, "gtid", bytes_of_str(f.gtid));
    json_text(out, "db", f.db);
    json_text(out, "table", f.table);
    json_text(out, "query", buf_bytes(&f.query));
    if (f.has_xid)
        buf_printf(out, ",\"xid\":%" PRIu64, f.xid);
    json_text(out, "info", buf_bytes(&f.info));
    buf_str(out, "}");
    facts_clear(&f);
}
