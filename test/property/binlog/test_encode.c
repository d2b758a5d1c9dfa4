/* test_encode.c - what is written is what is read: every event of real logs that has an
 * encoder here comes out of it as the same bytes, or (table maps, which may say charsets in two
 * ways) as the same definition; and JSON of every shape survives its binary form. */
// SPDX-License-Identifier: Apache-2.0
#include "../../unit/binlog/samples.h"
#include "binlog/column.h"
#include "binlog/file_event.h"
#include "binlog/gtid_set.h"
#include "binlog/json.h"
#include "binlog/query.h"
#include "binlog/rows.h"
#include "binlog/table_map.h"
#include "binlog/transaction_event.h"

enum { ARENA_MAX = 64 << 20, BODY_MAX = 16 << 20, TABLES_MAX = 512 };

#define CHECK_OK_AT(expr)                                                                          \
    do {                                                                                           \
        if (!(expr))                                                                               \
            fail_at(check, event, err.text);                                                       \
    } while (0)

struct counts {
    unsigned queries, maps, rows, xids, formats, heads;
};

struct check {
    struct sample sample;
    struct arena arena;
    struct table_map maps[TABLES_MAX];
    unsigned map_count;
    struct buf body;
    struct buf scratch;
    struct counts counts;
};

static void fail_at(const struct check *check, const struct event *event, const char *what)
{
    fail_msg("%s event of %u bytes before %zu: %s", event_type_name(event->header.type),
             event->header.size, check->sample.at, what);
}

static void want_same(const struct check *check, const struct event *event)
{
    if (check->body.failed || !bytes_equal(buf_bytes(&check->body), event->body))
        fail_at(check, event, "other bytes");
}

static void check_query(struct check *check, const struct event *event)
{
    struct query_event query;
    struct err err;
    if (!query_decode(event, &check->scratch, &query, &err))
        fail_at(check, event, err.text);
    if (query_has(&query, QUERY_STATUS_MARIADB_COLLATIONS) ||
        query_has(&query, QUERY_STATUS_MARIADB_ALTER))
        return; /* which are not written here */
    query_encode(&query, &check->body);
    /* Servers write status variables in an order of their own: compared by what is read. */
    struct event again = *event;
    struct query_event other;
    again.body = buf_bytes(&check->body);
    if (check->body.len != event->body.len || !query_decode(&again, &check->scratch, &other, &err))
        fail_at(check, event, "another size");
    if (other.present_low != query.present_low || other.sql_mode != query.sql_mode ||
        other.flags2 != query.flags2 || !bytes_equal(other.db, query.db) ||
        !bytes_equal(other.text, query.text) || !bytes_equal(other.time_zone, query.time_zone) ||
        !bytes_equal(other.updated_dbs, query.updated_dbs) || other.ddl_xid != query.ddl_xid ||
        other.client_collation != query.client_collation ||
        other.microseconds != query.microseconds)
        fail_at(check, event, "another session");
    check->counts.queries++;
}

static bool same_column(const struct table_map *a, const struct table_map *b, unsigned i)
{
    const struct column_metadata *x = &a->metadata[i], *y = &b->metadata[i];
    bool same = memcmp(&a->types[i], &b->types[i], sizeof a->types[i]) == 0 &&
                bytes_equal(x->name, y->name) && x->collation == y->collation &&
                x->label_count == y->label_count && x->invisible == y->invisible &&
                x->geometry_kind == y->geometry_kind && x->dimensions == y->dimensions;
    for (unsigned n = 0; same && n < x->label_count; n++)
        same = bytes_equal(x->labels[n], y->labels[n]);
    return same;
}

static bool is_written(const struct table_map *map)
{
    for (unsigned i = 0; i < map->column_count; i++)
        if (map->types[i].type == COLUMN_BLOB_COMPRESSED ||
            map->types[i].type == COLUMN_VARCHAR_COMPRESSED)
            return false;
    return true;
}

static void check_map(struct check *check, const struct event *event)
{
    struct table_map map, again;
    struct err err;
    struct event written = *event;
    if (!table_map_decode(event, check->sample.format.flavour, &check->arena, &map, &err))
        fail_at(check, event, err.text);
    if (check->map_count < TABLES_MAX)
        check->maps[check->map_count++] = map;
    if (!map.has_names || !is_written(&map)) /* minimal metadata, which is not written here */
        return;
    table_map_encode(&map, check->sample.format.flavour, &check->body);
    written.body = buf_bytes(&check->body);
    if (!table_map_decode(&written, check->sample.format.flavour, &check->arena, &again, &err))
        fail_at(check, event, err.text);
    if (again.table_id != map.table_id || again.column_count != map.column_count ||
        again.primary_key_count != map.primary_key_count || !bytes_equal(again.db, map.db) ||
        !bytes_equal(again.table, map.table))
        fail_at(check, event, "another table");
    for (unsigned i = 0; i < map.column_count; i++)
        if (!same_column(&map, &again, i))
            fail_at(check, event, "another column");
    check->counts.maps++;
}

static const struct table_map *map_of(const struct check *check, uint64_t id)
{
    const struct table_map *found = NULL;
    for (unsigned i = 0; i < check->map_count; i++)
        if (check->maps[i].table_id == id)
            found = &check->maps[i];
    return found;
}

/* Bits of columns that are not there: MySQL nearly always sets them, MariaDB never. */
static bool has_all_bits(struct bytes present, unsigned count, bool is_v1)
{
    for (size_t i = 0; i < present.len; i++) {
        bool is_cut = is_v1 && i == count / 8;
        if (present.data[i] != (is_cut ? (1 << count % 8) - 1 : 0xff))
            return false;
    }
    return true;
}

static void check_rows(struct check *check, const struct event *event)
{
    struct value *before = calloc(TABLE_COLUMNS_MAX, sizeof *before);
    struct value *after = calloc(TABLE_COLUMNS_MAX, sizeof *after);
    struct rows rows;
    struct err err;
    bool more = false;
    if (!rows_decode(event, &rows, &err))
        fail_at(check, event, err.text);
    const struct table_map *map = map_of(check, rows.table_id);
    bool is_v1 = event->header.type <= EVENT_DELETE_ROWS_V1;
    bool is_full = has_all_bits(rows.before_present, rows.column_count, is_v1) &&
                   has_all_bits(rows.after_present, rows.column_count, is_v1);
    bool has_partition = !is_v1 && event->body.data[8] != 2; /* which is not written here */
    if (map != NULL && is_written(map) && is_full && !rows.partial_json && !has_partition) {
        struct rows_head head = { rows.kind, rows.table_id, rows.flags, rows.column_count, is_v1 };
        CHECK_OK_AT(rows_bind(&rows, map->types, map->column_count, &err));
        if (rows_encode(&head, &check->body) != event->header.type)
            fail_at(check, event, "another type");
        for (;;) {
            CHECK_OK_AT(rows_next(&rows, before, after, &more, &err));
            if (!more)
                break;
            if (rows.kind != ROWS_WRITE)
                CHECK_OK_AT(
                    rows_encode_image(map->types, before, map->column_count, &check->body, &err));
            if (rows.kind != ROWS_DELETE)
                CHECK_OK_AT(
                    rows_encode_image(map->types, after, map->column_count, &check->body, &err));
            check->counts.rows++;
        }
        if (!is_v1)
            want_same(check, event);
        else if (check->body.len != event->body.len) /* MariaDB sets null bits of no column */
            fail_at(check, event, "another size");
    }
    free(before);
    free(after);
}

/* All but version and time are what is written here. */
static void check_format(struct check *check, const struct event *event)
{
    const struct format *read = &check->sample.format;
    struct format ours;
    format_encode(read, &check->body);
    want_same(check, event);
    format_written(read->flavour, read->server_version, read->created, &ours);
    ours.checksum = read->checksum;
    if (strncmp(read->server_version, "11.", 3) != 0 && memcmp(&ours, read, sizeof ours) != 0)
        fail_at(check, event, "another format");
    check->counts.formats++;
}

/* What stands at the head of MariaDB's files. */
static void check_head(struct check *check, const struct event *event)
{
    AUTO(gtid_set) set = NULL;
    struct file_event file;
    struct err err;
    char name[FILE_EVENT_NAME_MAX + 1];
    if (event->header.type == EVENT_GTID_LIST) {
        CHECK_OK_AT(gtid_list_decode(event->body, &set, &err));
        gtid_list_encode(set, &check->body);
    } else {
        CHECK_OK_AT(file_event_decode(event, &file, &err));
        snprintf(name, sizeof name, "%.*s", (int)file.name.len, (const char *)file.name.data);
        checkpoint_encode(name, &check->body);
    }
    want_same(check, event);
    check->counts.heads++;
}

static void check_event(struct check *check, const struct event *event)
{
    uint64_t xid = 0;
    struct err err;
    buf_reset(&check->body);
    switch (event->header.type) {
    case EVENT_QUERY:
        check_query(check, event);
        break;
    case EVENT_TABLE_MAP:
        check_map(check, event);
        break;
    case EVENT_WRITE_ROWS_V1:
    case EVENT_UPDATE_ROWS_V1:
    case EVENT_DELETE_ROWS_V1:
    case EVENT_WRITE_ROWS:
    case EVENT_UPDATE_ROWS:
    case EVENT_DELETE_ROWS:
        check_rows(check, event);
        break;
    case EVENT_XID:
        if (!xid_decode(event, &xid, &err))
            fail_at(check, event, err.text);
        xid_encode(xid, &check->body);
        want_same(check, event);
        check->counts.xids++;
        break;
    case EVENT_FORMAT_DESCRIPTION:
        check_format(check, event);
        break;
    case EVENT_GTID_LIST:
    case EVENT_BINLOG_CHECKPOINT:
        check_head(check, event);
        break;
    default:
        break;
    }
}

static void add_counts(struct counts *sum, const struct counts *more)
{
    sum->queries += more->queries;
    sum->maps += more->maps;
    sum->rows += more->rows;
    sum->xids += more->xids;
    sum->formats += more->formats;
    sum->heads += more->heads;
}

/* All events of one file; it is closed. */
static void check_file(struct sample sample, struct counts *sum)
{
    struct check *check = calloc(1, sizeof *check);
    struct event event;
    check->sample = sample;
    arena_init(&check->arena, ARENA_MAX);
    buf_init(&check->body, BODY_MAX);
    buf_init(&check->scratch, BODY_MAX);
    while (sample_next(&check->sample, &event))
        check_event(check, &event);
    add_counts(sum, &check->counts);
    sample_close(&check->sample);
    arena_clear(&check->arena);
    buf_clear(&check->body);
    buf_clear(&check->scratch);
    free(check);
}

TEST(encode, gives_back_the_events_of_real_logs)
{
    struct counts sum = { 0 };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct sample sample;
        if (strstr(samples[i], "encrypted") != NULL)
            continue;
        sample_open(samples[i], &sample);
        check_file(sample, &sum);
    }
    CHECK(sum.queries > 100 && sum.maps > 10 && sum.rows > 20 && sum.xids > 50 && sum.formats > 5);
    CHECK(sum.heads > 5);
}

TEST(encode, gives_back_every_type_and_charset)
{
    static const char *const files[] = { "mysql-9.7.t_all", "mysql-9.7.t_cs",
                                         "mariadb-10.11.t_cs" };
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        struct counts sum = { 0 };
        struct sample sample = { 0 };
        char path[512];
        snprintf(path, sizeof path, "%s/rows/%s.bin", TEST_DATA, files[i]);
        FILE *file = fopen(path, "rb");
        CHECK(file != NULL);
        sample.data = malloc(BODY_MAX);
        sample.len = fread(sample.data, 1, BODY_MAX, file);
        fclose(file);
        check_file(sample, &sum);
        CHECK(sum.maps > 0 && sum.rows > 0);
    }
}

UNIT_MAIN(RUN(encode, gives_back_the_events_of_real_logs),
          RUN(encode, gives_back_every_type_and_charset))
