/* row_lines.c - a line is the column's own head, the value, and the column's own tail. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_lines.h"
#include <stdlib.h>
#include "base/memory.h"
#include "print/line_value.h"
#include "print/put.h"

enum { NAMES_MAX = 64 << 20, SCRATCH_MAX = 1 << 30 };

/* Where a piece of text stands in line_table.text. */
struct piece {
    size_t at;
    size_t len;
};

struct column_lines {
    struct line_column column;
    struct piece head;          /* ###   @1= */
    struct piece tail;          /* its name, if any, and a newline */
    struct piece typed_tail[2]; /* with the type; of NULL: [1] */
};

struct line_table {
    struct column_lines *columns;
    unsigned count;
    struct piece map;      /* the end of its table map's line */
    struct piece id;       /* what stands between a rows event's name and its flags */
    struct piece verbs[3]; /* by enum rows_kind: ### INSERT INTO … and the line after it */
    struct buf text;
};

struct row_lines {
    bool with_types;
    struct buf scratch;
    struct value *before;
    struct value *after;
};

/* ---- what is made once a table ---- */

void line_name_put(struct bytes name, struct buf *out)
{
    put_byte(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '`')
            put_byte(out, '`');
        if (name.data[i] < 0x20 || name.data[i] == 0x7f)
            buf_printf(out, "\\x%02x", name.data[i]);
        else
            put_byte(out, (char)name.data[i]);
    }
    put_byte(out, '`');
}

static struct piece piece_since(const struct line_table *lines, size_t at)
{
    return (struct piece){ at, lines->text.len - at };
}

/* A name in a comment; it could end the comment for someone who reads by its end only. */
static void put_comment_name(struct bytes name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = name.data[i];
        bool ends = byte == '*' || byte < 0x20 || byte == 0x7f;
        if (ends)
            buf_printf(out, "\\x%02x", byte);
        else
            put_byte(out, (char)byte);
    }
}

static struct piece make_tail(struct line_table *lines, const struct row_table *table, unsigned i)
{
    struct bytes name = table->map.metadata[i].name;
    size_t at = lines->text.len;
    if (name.data != NULL) {
        buf_str(&lines->text, " /* ");
        put_comment_name(name, &lines->text);
        buf_str(&lines->text, " */");
    }
    put_byte(&lines->text, '\n');
    return piece_since(lines, at);
}

static struct piece make_typed_tail(struct line_table *lines, const struct row_table *table,
                                    unsigned i, bool is_null)
{
    const struct column_type *type = &table->map.types[i];
    struct bytes name = table->map.metadata[i].name;
    size_t at = lines->text.len;
    buf_str(&lines->text, " /* ");
    if (name.data != NULL) {
        put_comment_name(name, &lines->text);
        put_byte(&lines->text, ' ');
    }
    line_type_put(type, &lines->text);
    buf_printf(&lines->text, " meta=%u nullable=%d is_null=%d */\n", line_type_metadata(type),
               type->nullable, is_null);
    return piece_since(lines, at);
}

static void make_column(struct line_table *lines, const struct row_table *table, unsigned i)
{
    struct column_lines *column = &lines->columns[i];
    size_t at = lines->text.len;
    column->column = (struct line_column){ &table->map.types[i], i + 1, table->map.has_signedness };
    buf_printf(&lines->text, "###   @%u=", i + 1);
    column->head = piece_since(lines, at);
    column->tail = make_tail(lines, table, i);
    column->typed_tail[0] = make_typed_tail(lines, table, i, false);
    column->typed_tail[1] = make_typed_tail(lines, table, i, true);
}

static void put_table_name(struct line_table *lines, const struct row_table *table)
{
    line_name_put(table->map.db, &lines->text);
    put_byte(&lines->text, '.');
    line_name_put(table->map.table, &lines->text);
}

static void make_verb(struct line_table *lines, const struct row_table *table, enum rows_kind kind)
{
    static const char *const verbs[] = { "### INSERT INTO ", "### UPDATE ", "### DELETE FROM " };
    size_t at = lines->text.len;
    put_str(verbs[kind], &lines->text);
    put_table_name(lines, table);
    put_str(kind == ROWS_WRITE ? "\n### SET\n" : "\n### WHERE\n", &lines->text);
    lines->verbs[kind] = piece_since(lines, at);
}

static void make_event_lines(struct line_table *lines, const struct row_table *table)
{
    size_t at = lines->text.len;
    put_str("Table_map: ", &lines->text);
    put_table_name(lines, table);
    put_str_number(" mapped to number ", table->map.table_id, &lines->text);
    put_byte(&lines->text, '\n');
    lines->map = piece_since(lines, at);
    at = lines->text.len;
    put_str_number(": table id ", table->map.table_id, &lines->text);
    lines->id = piece_since(lines, at);
}

void *row_lines_table(const struct row_table *table)
{
    struct line_table *lines = memory_new(sizeof *lines);
    lines->count = table->map.column_count;
    lines->columns = memory_new((lines->count + 1) * sizeof *lines->columns);
    buf_init(&lines->text, NAMES_MAX);
    make_event_lines(lines, table);
    make_verb(lines, table, ROWS_WRITE);
    make_verb(lines, table, ROWS_UPDATE);
    make_verb(lines, table, ROWS_DELETE);
    for (unsigned i = 0; i < lines->count; i++)
        make_column(lines, table, i);
    put_padding(&lines->text);
    return lines;
}

void row_lines_table_free(void *extra)
{
    struct line_table *lines = extra;
    free(lines->columns);
    buf_clear(&lines->text);
    free(lines);
}

/* ---- rows ---- */

struct row_lines *row_lines_new(bool with_types)
{
    struct row_lines *lines = memory_new(sizeof *lines);
    lines->with_types = with_types;
    buf_init(&lines->scratch, SCRATCH_MAX);
    lines->before = memory_new(TABLE_COLUMNS_MAX * sizeof *lines->before);
    lines->after = memory_new(TABLE_COLUMNS_MAX * sizeof *lines->after);
    return lines;
}

void row_lines_free(struct row_lines *lines)
{
    if (lines == NULL)
        return;
    buf_clear(&lines->scratch);
    free(lines->before);
    free(lines->after);
    free(lines);
}

static void put_piece(const struct line_table *table, struct piece piece, struct buf *out)
{
    put_padded(out, table->text.data + piece.at, piece.len);
}

void row_lines_put_map(const struct row_table *table, struct buf *out)
{
    const struct line_table *made = table->extra;
    put_piece(made, made->map, out);
}

void row_lines_put_id(const struct row_table *table, struct buf *out)
{
    const struct line_table *made = table->extra;
    put_piece(made, made->id, out);
}

static void put_image(struct row_lines *lines, const struct line_table *table,
                      const struct value *values, struct buf *out)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct column_lines *column = &table->columns[i];
        const struct value *value = &values[i];
        if (value->kind == VALUE_ABSENT)
            continue;
        put_piece(table, column->head, out);
        line_value_put(&column->column, value, &lines->scratch, out);
        put_piece(table,
                  lines->with_types ? column->typed_tail[value->kind == VALUE_NULL] : column->tail,
                  out);
    }
}

bool row_lines_put(struct row_lines *lines, struct rows *rows, const struct row_table *table,
                   const struct text_out *out, struct err *err)
{
    const struct line_table *made = table->extra;
    for (bool more = true;;) {
        if (!rows_next(rows, lines->before, lines->after, &more, err))
            return false;
        if (!more)
            return true;
        put_piece(made, made->verbs[rows->kind], out->buf);
        if (rows->kind != ROWS_WRITE)
            put_image(lines, made, lines->before, out->buf);
        if (rows->kind == ROWS_UPDATE)
            put_str("### SET\n", out->buf);
        if (rows->kind != ROWS_DELETE)
            put_image(lines, made, lines->after, out->buf);
        text_out_check(out);
    }
}
