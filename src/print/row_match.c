/* row_match.c - see row_match.h. */
// SPDX-License-Identifier: Apache-2.0
#include "print/row_match.h"
#include <stdlib.h>
#include <strings.h>
#include "base/memory.h"
#include "binlog/column.h"
#include "binlog/value_text.h"

enum { PARTS_MAX = 16, TEXT_MAX = 64 << 20, VALUE_FORMS = 2 };

/* One column=value. */
struct part {
    char *name;
    char *text;
    size_t text_len;
    bool is_null;
    unsigned column; /* in the table that was bound last */
    struct buf
        wanted[VALUE_FORMS]; /* as in a row image; a number whose sign is not known has two */
    unsigned forms;
};

struct row_match {
    char *db, *table;
    struct part parts[PARTS_MAX];
    unsigned count;
    struct buf scratch;
};

void row_match_free(struct row_match *match)
{
    if (match == NULL)
        return;
    for (unsigned i = 0; i < match->count; i++) {
        free(match->parts[i].name);
        free(match->parts[i].text);
        for (unsigned f = 0; f < VALUE_FORMS; f++)
            buf_clear(&match->parts[i].wanted[f]);
    }
    buf_clear(&match->scratch);
    free(match->db);
    free(match->table);
    free(match);
}

/* ---- the condition ---- */

static bool bad_condition(const char *condition, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "\"%.200s\" is no condition: write shop.item:id=42, with further columns after "
                   "commas, and quotes around a value with a comma: name='a, b'",
                   condition);
}

/* 'it''s' up to its closing quote; *at moves behind it. */
static bool take_quoted(const char **at, struct buf *out)
{
    for (const char *p = *at + 1; *p != 0; p++) {
        if (*p == '\'' && *++p != '\'') {
            *at = p;
            return true;
        }
        buf_u8(out, (uint8_t)*p);
    }
    return false;
}

static bool take_value(const char **at, struct part *part)
{
    AUTO_BUF text;
    buf_init(&text, TEXT_MAX);
    if (**at == '\'') {
        if (!take_quoted(at, &text))
            return false;
    } else {
        size_t len = strcspn(*at, ",");
        part->is_null = len == 4 && strncasecmp(*at, "NULL", len) == 0;
        buf_append(&text, *at, len);
        *at += len;
    }
    part->text_len = text.len;
    part->text = memory_strn(buf_cstr(&text), text.len);
    return !text.failed;
}

static bool take_part(struct row_match *match, const char **at)
{
    size_t len = strcspn(*at, "=");
    if (match->count == PARTS_MAX || len == 0 || (*at)[len] != '=')
        return false;
    struct part *part = &match->parts[match->count++];
    for (unsigned f = 0; f < VALUE_FORMS; f++)
        buf_init(&part->wanted[f], TEXT_MAX);
    part->name = memory_strn(*at, len);
    *at += len + 1;
    return take_value(at, part);
}

bool row_match_new(const char *condition, struct row_match **out, struct err *err)
{
    struct row_match *match = memory_new(sizeof *match);
    const char *colon = strchr(condition, ':');
    const char *dot = strchr(condition, '.');
    buf_init(&match->scratch, TEXT_MAX);
    bool ok = colon != NULL && dot != NULL && dot > condition && dot + 1 < colon;
    if (ok) {
        match->db = memory_strn(condition, (size_t)(dot - condition));
        match->table = memory_strn(dot + 1, (size_t)(colon - dot - 1));
    }
    for (const char *at = ok ? colon + 1 : ""; ok;) {
        ok = take_part(match, &at) && (*at == 0 || *at == ',');
        if (!ok || *at == 0)
            break;
        at++;
    }
    if (ok) {
        *out = match;
        return true;
    }
    row_match_free(match);
    return bad_condition(condition, err);
}

bool row_match_is_table(const struct row_match *match, const char *db, const char *table)
{
    return strcmp(match->db, db) == 0 && strcmp(match->table, table) == 0;
}

/* ---- values ---- */

static bool find_column(const struct row_table *table, struct part *part, struct err *err)
{
    const char *name = part->name;
    char *end = NULL;
    unsigned long number = name[0] == '@' ? strtoul(name + 1, &end, 10) : 0;
    if (number > 0 && number <= table->map.column_count && *end == 0) {
        part->column = (unsigned)number - 1;
        return true;
    }
    for (unsigned i = 0; i < table->map.column_count; i++) {
        struct bytes other = table->map.metadata[i].name;
        if (other.data == NULL || other.len != strlen(name) ||
            strncasecmp((const char *)other.data, name, other.len) != 0)
            continue;
        part->column = i;
        return true;
    }
    bool has_names = table->map.metadata[0].name.data != NULL;
    return err_set(err, ERR_CONFIG, "%s.%s has no column %s here%s", table->db, table->name, name,
                   has_names ? ""
                             : ": the log does not name its columns; use @1 for the first, or give "
                               "its CREATE TABLE in a file with --schema");
}

static bool from_hex(struct bytes text, struct buf *out)
{
    if (text.len < 2 || text.len % 2 != 0 || text.data[0] != '0' || (text.data[1] | 32) != 'x')
        return false;
    for (size_t i = 2; i < text.len; i += 2) {
        char digits[3] = { (char)text.data[i], (char)text.data[i + 1], 0 };
        char *end;
        buf_u8(out, (uint8_t)strtoul(digits, &end, 16));
        if (*end != 0 || digits[0] == '-' || digits[0] == '+' || digits[0] == ' ')
            return false;
    }
    return true;
}

/* The number of an ENUM's label; of a SET's labels with commas. */
static bool number_of_labels(const struct row_table *table, unsigned column, struct bytes text,
                             struct buf *scratch, uint64_t *out)
{
    const struct column_metadata *metadata = &table->map.metadata[column];
    bool is_set = table->map.types[column].type == COLUMN_SET;
    struct err ignored;
    uint64_t number = 0;
    for (size_t at = 0; at < text.len || at == 0;) {
        const uint8_t *comma =
            is_set && text.len > at ? memchr(text.data + at, ',', text.len - at) : NULL;
        size_t len = (comma != NULL ? (size_t)(comma - text.data) : text.len) - at;
        unsigned found = 0;
        for (unsigned i = 0; i < metadata->label_count && found == 0; i++) {
            struct bytes label = metadata->labels[i];
            if (table->charsets[column] != NULL &&
                !charset_to_utf8(table->charsets[column], label, scratch, &label, &ignored))
                continue;
            if (bytes_equal(label, bytes_of(text.data + at, len)))
                found = i + 1;
        }
        if (found == 0)
            return false;
        number = is_set ? number | (uint64_t)1 << (found - 1) : found;
        at += len + 1;
    }
    *out = number;
    return true;
}

/* The text as the bytes of the column. */
static bool content_of(const struct row_table *table, unsigned column, struct bytes text,
                       struct buf *scratch, struct bytes *out, struct err *err)
{
    const struct charset *charset = table->charsets[column];
    const struct column_type *type = &table->map.types[column];
    buf_reset(scratch);
    *out = text;
    if (from_hex(text, scratch) && (type->is_binary || charset == NULL)) {
        *out = buf_bytes(scratch);
        return true;
    }
    if (type->is_binary || charset == NULL || charset_is_binary(charset))
        return true;
    return charset_from_utf8(charset, text, scratch, out, err);
}

static bool is_content(uint8_t type)
{
    switch (type) {
    case COLUMN_STRING:
    case COLUMN_VARCHAR:
    case COLUMN_VAR_STRING:
    case COLUMN_TINY_BLOB:
    case COLUMN_BLOB:
    case COLUMN_MEDIUM_BLOB:
    case COLUMN_LONG_BLOB:
        return true;
    default:
        return false;
    }
}

/* Appends what stands in a row image for the text. */
static bool encode(struct row_match *match, const struct row_table *table, const struct part *part,
                   const struct column_type *type, struct buf *out, struct err *err)
{
    struct value value;
    struct arena arena;
    struct bytes text = bytes_of(part->text, part->text_len);
    uint64_t number;
    bool has_labels = table->map.metadata[part->column].has_labels;
    buf_reset(out);
    if (has_labels && number_of_labels(table, part->column, text, &match->scratch, &number)) {
        value = (struct value){ .kind = VALUE_UINT, .u = number };
        return value_encode(type, &value, out, err);
    }
    if (is_content(type->type) &&
        !content_of(table, part->column, text, &match->scratch, &text, err))
        return false;
    arena_init(&arena, 1 << 20);
    bool ok =
        value_from_text(type, text, &arena, &value, err) && value_encode(type, &value, out, err);
    arena_clear(&arena);
    return ok;
}

static bool is_integer(uint8_t type)
{
    return type == COLUMN_TINY || type == COLUMN_SHORT || type == COLUMN_INT24 ||
           type == COLUMN_LONG || type == COLUMN_LONGLONG;
}

static bool bind_part(struct row_match *match, const struct row_table *table, struct part *part,
                      struct err *err)
{
    if (!find_column(table, part, err))
        return false;
    struct column_type type = table->map.types[part->column];
    struct err other;
    bool is_open = is_integer(type.type) && !table->map.has_signedness;
    part->forms = 0;
    if (part->is_null)
        return true;
    if (encode(match, table, part, &type, &part->wanted[0], err))
        part->forms = 1;
    type.is_unsigned = true;
    if (is_open && encode(match, table, part, &type, &part->wanted[part->forms], &other))
        part->forms++;
    if (part->forms > 0)
        return true;
    err->code = ERR_CONFIG;
    return err_wrap(err, "column %s of %s.%s", part->name, table->db, table->name);
}

bool row_match_bind(struct row_match *match, const struct row_table *table, struct err *err)
{
    for (unsigned i = 0; i < match->count; i++)
        if (!bind_part(match, table, &match->parts[i], err))
            return false;
    return true;
}

static bool matches(struct row_match *match, const struct row_table *table, const struct part *part,
                    const struct value *value)
{
    struct err ignored;
    if (value->kind == VALUE_NULL)
        return part->is_null;
    if (value->kind == VALUE_ABSENT || part->is_null)
        return false;
    buf_reset(&match->scratch);
    if (!value_encode(&table->map.types[part->column], value, &match->scratch, &ignored))
        return false;
    for (unsigned f = 0; f < part->forms; f++)
        if (bytes_equal(buf_bytes(&match->scratch), buf_bytes(&part->wanted[f])))
            return true;
    return false;
}

bool row_match_image(struct row_match *match, const struct row_table *table,
                     const struct value *values)
{
    for (unsigned i = 0; i < match->count; i++)
        if (!matches(match, table, &match->parts[i], &values[match->parts[i].column]))
            return false;
    return true;
}
