/* json_path.c - see json_path.h. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json_path.h"
#include "binlog/json.h"
#include "binlog/json_scan.h"

enum { QUOTED_MAX = 6 * JSON_NAME_MAX + 2 }; /* \u0001 for each byte */

static bool malformed(struct err *err)
{
    return err_set(err, ERR_CORRUPT, "json: a path is not in the form that servers write");
}

static void skip_spaces(struct reader *r)
{
    while (reader_left(r) > 0 && *r->pos == ' ')
        r->pos++;
}

bool json_path_open(struct json_path *path, struct bytes text, struct err *err)
{
    path->rest = reader_of(text);
    buf_init(&path->leg.name, JSON_NAME_MAX);
    buf_init(&path->leg.quoted, QUOTED_MAX);
    skip_spaces(&path->rest);
    if (reader_u8(&path->rest) != '$')
        return malformed(err);
    skip_spaces(&path->rest);
    return true;
}

void json_path_clear(struct json_path *path)
{
    buf_clear(&path->leg.name);
    buf_clear(&path->leg.quoted);
}

bool json_path_at_end(const struct json_path *path)
{
    return reader_left(&path->rest) == 0;
}

/* "name" with its quotes */
static bool next_quoted(struct reader *r, struct buf *name)
{
    size_t left = reader_left(r);
    for (size_t i = 1; i < left; i++) {
        if (r->pos[i] == '"')
            return json_unquote(reader_bytes(r, i + 1), name);
        i += r->pos[i] == '\\';
    }
    return false;
}

static bool next_member(struct json_path *path)
{
    struct reader *r = &path->rest;
    struct buf *name = &path->leg.name;
    path->leg.is_member = true;
    buf_reset(name);
    buf_reset(&path->leg.quoted);
    if (reader_left(r) > 0 && *r->pos == '"') {
        if (!next_quoted(r, name))
            return false;
    } else {
        size_t len = 0;
        while (len < reader_left(r) && strchr(".[ *\"", r->pos[len]) == NULL)
            len++;
        struct bytes plain = reader_bytes(r, len);
        buf_append(name, plain.data, plain.len);
        if (len == 0)
            return false;
    }
    json_quote(&path->leg.quoted, buf_bytes(name));
    return !name->failed;
}

static bool next_number(struct reader *r, uint32_t *out)
{
    uint64_t number = 0;
    unsigned digits = 0;
    for (; reader_left(r) > 0 && *r->pos >= '0' && *r->pos <= '9' && digits < 11; digits++)
        number = number * 10 + (uint64_t)(*r->pos++ - '0');
    *out = (uint32_t)number;
    return digits > 0 && number <= UINT32_MAX;
}

static bool next_cell(struct json_path *path)
{
    static const char last[] = "last";
    struct reader *r = &path->rest;
    struct json_leg *leg = &path->leg;
    leg->is_member = false;
    leg->index = 0;
    skip_spaces(r);
    leg->from_end = reader_left(r) >= strlen(last) && memcmp(r->pos, last, strlen(last)) == 0;
    if (leg->from_end) {
        r->pos += strlen(last);
        skip_spaces(r);
        bool has_number = reader_left(r) > 0 && *r->pos == '-';
        r->pos += has_number;
        skip_spaces(r);
        if (has_number && !next_number(r, &leg->index))
            return false;
    } else if (!next_number(r, &leg->index)) {
        return false;
    }
    skip_spaces(r);
    return reader_u8(r) == ']' && !r->failed;
}

bool json_path_next(struct json_path *path, struct err *err)
{
    uint8_t kind = reader_u8(&path->rest);
    skip_spaces(&path->rest);
    bool done = kind == '.' ? next_member(path) : kind == '[' && next_cell(path);
    if (!done)
        return malformed(err);
    skip_spaces(&path->rest);
    return true;
}
