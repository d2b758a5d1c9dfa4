/* test_rows_servers.c - rows of real servers against what a SELECT on the same server gives.
 *
 * test/data/rows/README.md says what the files are. A row is decoded from its event, its texts go
 * through value_from_text, and both have to be the same values: so the log's path and the
 * snapshot's path are checked against the servers and against each other. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "binlog/column.h"
#include "binlog/json.h"
#include "binlog/rows.h"
#include "binlog/rows_count.h"
#include "binlog/table_map.h"
#include "binlog/value_text.h"

enum { ROWS_MAX = 8, COLUMNS_MAX = 80, TEXT_MAX = 1 << 20 };

/* The last after image of each row, and the table map before it. */
struct table_file {
    uint8_t *data;
    size_t size;
    size_t at;
    struct format format;
    struct arena arena;
    struct table_map map;
    struct column_type types[COLUMNS_MAX];
    struct value before[ROWS_MAX][COLUMNS_MAX];
    struct value after[ROWS_MAX][COLUMNS_MAX];
    unsigned row_count;
};

static uint8_t *file_read(const char *name, const char *ending, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/rows/%s.%s", TEST_DATA, name, ending);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + (strcmp(ending, "txt") == 0));
    if (fread(data, 1, *size, file) != *size)
        fail_msg("cannot read %s", path);
    fclose(file);
    return data;
}

static struct event next_event(struct table_file *file)
{
    struct event event;
    struct event_header header;
    struct err err;
    void **unit_state = NULL;
    struct bytes rest = bytes_of(file->data + file->at, file->size - file->at);
    CHECK_OK(event_header_decode(rest, &header, &err), err);
    struct bytes raw = bytes_of(rest.data, header.size);
    if (header.type == EVENT_FORMAT_DESCRIPTION)
        CHECK_OK(format_decode(raw, &file->format, &err), err);
    CHECK_OK(event_decode(raw, &file->format, &event, &err), err);
    file->at += header.size;
    return event;
}

static struct table_file *table_open(const char *name)
{
    struct table_file *file = calloc(1, sizeof *file);
    file->data = file_read(name, "bin", &file->size);
    arena_init(&file->arena, 16 << 20);
    next_event(file);
    return file;
}

static void table_close(struct table_file *file)
{
    arena_clear(&file->arena);
    free(file->data);
    free(file);
}

static void take_map(struct table_file *file, const struct event *event)
{
    struct err err;
    void **unit_state = NULL;
    CHECK_OK(table_map_decode(event, file->format.flavour, &file->arena, &file->map, &err), err);
    CHECK(file->map.column_count <= COLUMNS_MAX);
    memcpy(file->types, file->map.types, file->map.column_count * sizeof *file->types);
}

/* The next rows event with its table map; false at the end. */
static bool next_rows(struct table_file *file, struct rows *rows)
{
    struct err err;
    void **unit_state = NULL;
    while (file->at < file->size) {
        struct event event = next_event(file);
        if (event.header.type == EVENT_TABLE_MAP) {
            take_map(file, &event);
            continue;
        }
        CHECK(rows_is_rows_event(event.header.type));
        CHECK_OK(rows_decode(&event, rows, &err), err);
        return true;
    }
    return false;
}

static void bind_rows(struct table_file *file, struct rows *rows)
{
    struct err err;
    void **unit_state = NULL;
    CHECK_OK(rows_bind(rows, file->types, file->map.column_count, &err), err);
}

/* How many rows can be read before the end, or -1 where they cannot be. */
static int rows_read(struct rows rows)
{
    struct value before[COLUMNS_MAX];
    struct value after[COLUMNS_MAX];
    struct err err;
    int count = 0;
    for (bool more = true; more; count += more)
        if (!rows_next(&rows, before, after, &more, &err))
            return -1;
    return count;
}

/* Counting and reading agree, wherever the event is cut. */
static void check_count(const struct table_file *file, const struct rows *rows)
{
    struct row_widths *widths = row_widths_new(file->types, file->map.column_count);
    size_t size = reader_left(&rows->data);
    void **unit_state = NULL;
    for (size_t cut = 0; rows_can_count(rows, widths) && cut <= size; cut++) {
        struct rows some = *rows;
        struct err err;
        uint64_t count = 0;
        some.data = reader_of(bytes_of(rows->data.pos, size - cut));
        int want = rows_read(some);
        bool ok = rows_count(&some, widths, &count, &err);
        CHECK(ok == (want >= 0));
        CHECK(!ok || count == (uint64_t)want);
    }
    row_widths_free(widths);
}

/* Rows with an integer key from 1 on stand at key - 1, a row without one at 0. */
static void read_rows(struct table_file *file, struct rows *rows)
{
    struct value before[COLUMNS_MAX];
    struct value after[COLUMNS_MAX];
    struct err err;
    bool more;
    void **unit_state = NULL;
    check_count(file, rows);
    for (;;) {
        CHECK_OK(rows_next(rows, before, after, &more, &err), err);
        if (!more)
            return;
        unsigned at = after[0].kind == VALUE_INT ? (unsigned)after[0].i - 1 : 0;
        CHECK(at < ROWS_MAX);
        memcpy(file->after[at], after, sizeof after);
        if (at >= file->row_count)
            file->row_count = at + 1;
    }
}

/* One column of `mysql --batch`: unescaped in place, *text moves behind it. NULL: SQL NULL. */
static bool next_text(char **text, struct bytes *out)
{
    char *from = *text;
    char *to = *text;
    *out = bytes_of(to, 0);
    for (; *from != '\t' && *from != '\n'; from++) {
        char c = *from;
        if (c == '\\') {
            from++;
            c = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from == '0' ? 0 : *from;
        }
        *to++ = c;
    }
    out->len = (size_t)(to - *text);
    bool is_null = from - *text == 4 && memcmp(*text, "NULL", 4) == 0;
    *text = from + 1;
    return !is_null;
}

static void check_bytes(struct bytes got, struct bytes want, void **unit_state)
{
    CHECK(got.len == want.len);
    CHECK(want.len == 0 || memcmp(got.data, want.data, want.len) == 0);
}

static void check_json(const struct value *wire, const struct value *text, void **unit_state)
{
    struct buf out;
    struct err err;
    buf_init(&out, TEXT_MAX);
    CHECK(text->kind == VALUE_JSON_TEXT);
    CHECK_OK(json_text(wire->bytes, &out, &err), err);
    check_bytes(buf_bytes(&out), text->bytes, unit_state);
    buf_clear(&out);
}

static void check_content(const struct value *wire, const struct value *text, void **unit_state)
{
    struct buf out;
    struct err err;
    buf_init(&out, TEXT_MAX);
    if (wire->compressed) {
        CHECK_OK(value_decompress(wire->bytes, &out, &err), err);
        check_bytes(buf_bytes(&out), text->bytes, unit_state);
    } else {
        check_bytes(wire->bytes, text->bytes, unit_state);
    }
    buf_clear(&out);
}

static void check_time(const struct time_parts *a, const struct time_parts *b, void **unit_state)
{
    CHECK(a->negative == b->negative && a->year == b->year && a->month == b->month &&
          a->day == b->day && a->hour == b->hour && a->minute == b->minute &&
          a->second == b->second && a->micro == b->micro);
}

static void check_same(const struct value *wire, const struct value *text)
{
    void **unit_state = NULL;
    if (wire->kind == VALUE_JSON) {
        check_json(wire, text, unit_state);
        return;
    }
    CHECK(wire->kind == text->kind);
    switch (wire->kind) {
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_TIMESTAMP:
        CHECK(wire->u == text->u);
        break;
    case VALUE_FLOAT:
    case VALUE_DOUBLE:
        CHECK(memcmp(&wire->d, &text->d, sizeof wire->d) == 0);
        break;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_DATETIME:
        check_time(&wire->time, &text->time, unit_state);
        break;
    case VALUE_TEXT:
    case VALUE_BLOB:
        check_content(wire, text, unit_state);
        break;
    case VALUE_DECIMAL:
    case VALUE_GEOMETRY:
    case VALUE_VECTOR:
        check_bytes(wire->bytes, text->bytes, unit_state);
        break;
    case VALUE_ABSENT:
    case VALUE_NULL:
    case VALUE_JSON:
    case VALUE_JSON_TEXT:
    case VALUE_JSON_DIFF:
        fail_msg("kind %d does not belong here", (int)wire->kind);
    }
}

static void check_column(struct table_file *file, unsigned row, unsigned column, char **text)
{
    const struct value *wire = &file->after[row][column];
    struct bytes shown;
    struct value value;
    struct err err;
    void **unit_state = NULL;
    if (!next_text(text, &shown)) {
        CHECK(wire->kind == VALUE_NULL);
        return;
    }
    if (!value_from_text(&file->types[column], shown, &file->arena, &value, &err))
        fail_msg("row %u column %u: %s", row + 1, column + 1, err.text);
    check_same(wire, &value);
}

static void check_texts(struct table_file *file, const char *name, void **unit_state)
{
    size_t size;
    char *texts = (char *)file_read(name, "txt", &size);
    char *at = texts;
    texts[size] = 0;
    for (unsigned row = 0; row < file->row_count; row++)
        for (unsigned column = 0; column < file->map.column_count; column++)
            check_column(file, row, column, &at);
    CHECK(at == texts + size);
    free(texts);
}

static void check_table(const char *name, unsigned row_count)
{
    struct table_file *file = table_open(name);
    struct rows rows;
    void **unit_state = NULL;
    while (next_rows(file, &rows)) {
        bind_rows(file, &rows);
        read_rows(file, &rows);
    }
    CHECK(file->row_count == row_count);
    check_texts(file, name, unit_state);
    table_close(file);
}

TEST(servers, every_type_of_mysql_97_comes_out_as_selected)
{
    (void)unit_state;
    check_table("mysql-9.7.t_all", 7);
}

TEST(servers, every_type_of_mariadb_1011_comes_out_as_selected)
{
    (void)unit_state;
    check_table("mariadb-10.11.t_all", 7);
}

TEST(servers, every_type_of_mariadb_118_comes_out_as_selected)
{
    (void)unit_state;
    check_table("mariadb-11.8.t_all", 7);
}

TEST(servers, every_charset_comes_out_as_selected)
{
    (void)unit_state;
    check_table("mysql-9.7.t_cs", 1);
    check_table("mariadb-10.11.t_cs", 1);
    check_table("mariadb-11.8.t_cs", 1);
    check_table("mysql-9.7.t_cs_minimal", 1);
}

TEST(servers, without_metadata_binary_columns_count_as_text_until_the_catalog_says_more)
{
    struct table_file *file = table_open("mariadb-11.8.t_cs_minimal");
    struct rows rows;
    CHECK(next_rows(file, &rows));
    CHECK(!file->map.has_charsets && !file->map.has_names && !file->map.has_signedness);
    CHECK(!file->types[7].is_binary && !file->types[8].is_binary);
    file->types[7].is_binary = true;
    file->types[8].is_binary = true;
    bind_rows(file, &rows);
    read_rows(file, &rows);
    check_texts(file, "mariadb-11.8.t_cs_minimal", unit_state);
    table_close(file);
}

/* t, t1 … t6, d, d1 … d6, s, s1 … s6: the scales that the catalog would know; t2 is there too */
static void set_old_scales(struct table_file *file)
{
    for (unsigned i = 1; i < file->map.column_count; i++)
        file->types[i].scale = (uint8_t)((i - 1) % 7);
}

static void check_old_table(const char *name)
{
    struct table_file *file = table_open(name);
    struct rows rows;
    void **unit_state = NULL;
    CHECK(strlen(name) > 0);
    while (next_rows(file, &rows)) {
        set_old_scales(file);
        bind_rows(file, &rows);
        read_rows(file, &rows);
    }
    CHECK(file->row_count == 6);
    check_texts(file, name, unit_state);
    table_close(file);
}

TEST(servers, old_mariadb_temporals_are_exact_once_their_scales_are_known)
{
    (void)unit_state;
    check_old_table("mariadb-10.11.old");
    check_old_table("mariadb-11.8.old");
}

TEST(servers, old_mariadb_temporals_without_their_scales_are_refused)
{
    struct table_file *file = table_open("mariadb-11.8.old");
    struct value values[COLUMNS_MAX];
    struct rows rows;
    struct err err;
    bool more;
    CHECK(next_rows(file, &rows));
    bind_rows(file, &rows);
    CHECK(!rows_next(&rows, values, values, &more, &err));
    CHECK(err.code == ERR_UNSUPPORTED);
    table_close(file);
}

/* A row as text: "4294967295 1 'text' …", absent columns as "-". */
static void print_row(struct table_file *file, const struct value *values, struct buf *out)
{
    for (unsigned i = 0; i < file->map.column_count; i++) {
        if (i > 0)
            buf_u8(out, ' ');
        if (values[i].kind == VALUE_ABSENT)
            buf_u8(out, '-');
        else
            value_print(&values[i], &file->types[i], out);
    }
    buf_u8(out, '\n');
}

static void print_images(struct table_file *file, struct rows *rows, struct buf *out)
{
    struct value before[COLUMNS_MAX];
    struct value after[COLUMNS_MAX];
    struct err err;
    bool more;
    void **unit_state = NULL;
    check_count(file, rows);
    for (;;) {
        CHECK_OK(rows_next(rows, before, after, &more, &err), err);
        if (!more)
            return;
        if (rows->kind != ROWS_WRITE) {
            buf_str(out, "< ");
            print_row(file, before, out);
        }
        if (rows->kind != ROWS_DELETE) {
            buf_str(out, "> ");
            print_row(file, after, out);
        }
    }
}

/* UPDATE … SET h = 8, e = 5; SET g = NULL, f = 1; DELETE: all MINIMAL. Then SET a = 9; INSERT
 * (id, h): NOBLOB. */
static void check_images(const char *name, const char *want)
{
    struct table_file *file = table_open(name);
    struct rows rows;
    struct buf out;
    void **unit_state = NULL;
    buf_init(&out, TEXT_MAX);
    while (next_rows(file, &rows)) {
        file->types[0].is_unsigned = true; /* as the catalog says */
        file->types[4].is_unsigned = true;
        file->types[9].is_binary = true;
        bind_rows(file, &rows);
        print_images(file, &rows, &out);
    }
    CHECK_STR(buf_cstr(&out), want);
    buf_clear(&out);
    table_close(file);
}

TEST(servers, columns_that_an_image_lacks_are_absent_not_null)
{
    static const char images[] = "> 4294967295 1 'text' 'c' 4294967295 NULL 6 7 NULL X'69'\n"
                                 "> 2 NULL NULL NULL NULL NULL NULL NULL NULL NULL\n"
                                 "< 4294967295 - - - - - - - - -\n"
                                 "> - - - - - 5 - - 8 -\n"
                                 "< 2 - - - - - - - - -\n"
                                 "> - - - - - - 1 NULL - -\n"
                                 "< 4294967295 - - - - - - - - -\n"
                                 "> - - - - - - 1 NULL - -\n"
                                 "< 2 - - - - - - - - -\n"
                                 "< 4294967295 1 - 'c' 4294967295 5 1 NULL 8 X'69'\n"
                                 "> 4294967295 9 - 'c' 4294967295 5 1 NULL 8 X'69'\n"
                                 "> 3 NULL - NULL NULL NULL NULL NULL 3 NULL\n";
    (void)unit_state;
    check_images("mysql-9.7.t_img", images);
    check_images("mariadb-10.11.t_img", images);
    check_images("mariadb-11.8.t_img", images);
}

static void check_cut_rows(struct table_file *file, const struct event *event)
{
    struct value before[COLUMNS_MAX];
    struct value after[COLUMNS_MAX];
    struct err err;
    void **unit_state = NULL;
    for (size_t size = 0; size < event->body.len; size++) {
        uint8_t *bytes = malloc(size + 1);
        memcpy(bytes, event->body.data, size);
        bytes = realloc(bytes, size > 0 ? size : 1);
        struct event cut = { event->header, { NULL, 0 }, bytes_of(bytes, size) };
        struct rows rows;
        bool more = true;
        bool ok = rows_decode(&cut, &rows, &err) &&
                  rows_bind(&rows, file->types, file->map.column_count, &err);
        while (ok && more)
            ok = rows_next(&rows, before, after, &more, &err);
        CHECK(ok || err.code == ERR_CORRUPT);
        free(bytes);
    }
}

static void check_cut_map(struct table_file *file, const struct event *event)
{
    struct table_map map;
    struct err err;
    void **unit_state = NULL;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    for (size_t size = 0; size < event->body.len; size++) {
        uint8_t *bytes = malloc(size + 1);
        memcpy(bytes, event->body.data, size);
        bytes = realloc(bytes, size > 0 ? size : 1);
        struct event cut = { event->header, { NULL, 0 }, bytes_of(bytes, size) };
        if (!table_map_decode(&cut, file->format.flavour, &arena, &map, &err))
            CHECK(err.code == ERR_CORRUPT);
        arena_reset(&arena);
        free(bytes);
    }
    arena_clear(&arena);
}

static void check_cuts(const char *name)
{
    struct table_file *file = table_open(name);
    while (file->at < file->size) {
        struct event event = next_event(file);
        if (event.header.type == EVENT_TABLE_MAP) {
            take_map(file, &event);
            check_cut_map(file, &event);
        } else {
            check_cut_rows(file, &event);
        }
    }
    table_close(file);
}

TEST(servers, maps_and_rows_cut_anywhere_are_corrupt_or_fewer)
{
    (void)unit_state;
    check_cuts("mysql-9.7.t_all");
    check_cuts("mariadb-11.8.t_all");
    check_cuts("mariadb-11.8.t_img");
}

/* Every bit of the body, flipped: rows of another shape or an error, printed or not. */
static void check_flipped_rows(struct table_file *file, const struct event *event)
{
    struct value values[COLUMNS_MAX];
    struct buf out;
    struct err err;
    uint8_t *bytes = malloc(event->body.len);
    memcpy(bytes, event->body.data, event->body.len);
    struct event flipped = { event->header, { NULL, 0 }, bytes_of(bytes, event->body.len) };
    buf_init(&out, 1 << 14);
    for (size_t bit = 0; bit < event->body.len * 8; bit++) {
        struct rows rows;
        bool more = true;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool ok = rows_decode(&flipped, &rows, &err) &&
                  rows_bind(&rows, file->types, file->map.column_count, &err);
        while (ok && more) {
            ok = rows_next(&rows, values, values, &more, &err);
            for (unsigned i = 0; bit % 16 == 0 && ok && more && i < rows.column_count; i++)
                value_print(&values[i], &file->types[i], &out);
            buf_reset(&out);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buf_clear(&out);
    free(bytes);
}

static void check_flipped_map(struct table_file *file, const struct event *event)
{
    struct table_map map;
    struct err err;
    struct arena arena;
    uint8_t *bytes = malloc(event->body.len);
    memcpy(bytes, event->body.data, event->body.len);
    struct event flipped = { event->header, { NULL, 0 }, bytes_of(bytes, event->body.len) };
    arena_init(&arena, 16 << 20);
    for (size_t bit = 0; bit < event->body.len * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!table_map_decode(&flipped, file->format.flavour, &arena, &map, &err);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        arena_reset(&arena);
    }
    arena_clear(&arena);
    free(bytes);
}

static void check_flips(const char *name)
{
    struct table_file *file = table_open(name);
    while (file->at < file->size) {
        struct event event = next_event(file);
        if (event.header.type == EVENT_TABLE_MAP) {
            take_map(file, &event);
            check_flipped_map(file, &event);
        } else {
            check_flipped_rows(file, &event);
        }
    }
    table_close(file);
}

TEST(servers, maps_and_rows_with_flipped_bits_never_crash)
{
    (void)unit_state;
    check_flips("mysql-9.7.t_cs");
    check_flips("mysql-9.7.t_img");
    check_flips("mariadb-11.8.t_cs");
    check_flips("mariadb-11.8.t_img");
    check_flips("mysql-9.7.t_all");
    check_flips("mariadb-11.8.t_all");
}

UNIT_MAIN(RUN(servers, every_type_of_mysql_97_comes_out_as_selected),
          RUN(servers, every_type_of_mariadb_1011_comes_out_as_selected),
          RUN(servers, every_type_of_mariadb_118_comes_out_as_selected),
          RUN(servers, every_charset_comes_out_as_selected),
          RUN(servers, without_metadata_binary_columns_count_as_text_until_the_catalog_says_more),
          RUN(servers, old_mariadb_temporals_are_exact_once_their_scales_are_known),
          RUN(servers, old_mariadb_temporals_without_their_scales_are_refused),
          RUN(servers, columns_that_an_image_lacks_are_absent_not_null),
          RUN(servers, maps_and_rows_cut_anywhere_are_corrupt_or_fewer),
          RUN(servers, maps_and_rows_with_flipped_bits_never_crash))
