/* text_key.c - see text_key.h.
 *
 * A key is bytes that sort as the text does. A text with a character of unknown weight has the key
 * SORT_KEY_UNKNOWN, which is behind all others: such rows are let through, and compared by their
 * text, which ends the statement with 1235. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/text_key.h"
#include <strings.h>
#include "engine/sqlite/sort_key.h"

/* Runs of spaces as long as this have no key (weights.c). */
enum { LENGTH_MAX = 32767, KEY_BYTES_MAX = 1 << 20 };

static bool is_indexed(const struct typed *t, const char *collation)
{
    if (t->column == NULL || t->engine_table == NULL || t->collation == NULL ||
        strcasecmp(t->collation, collation) != 0)
        return false;
    for (unsigned i = 0; i < t->table->key_count; i++) {
        const struct key_def *key = &t->table->keys[i];
        for (unsigned p = 0; p < key->part_count; p++)
            if (key->parts[p].column != NULL &&
                strcasecmp(key->parts[p].column, t->column->name) == 0 &&
                sort_key_is_possible(t->table, key) &&
                (t->engine_table->has_sort_keys || sort_key_exists(t->engine_table, key)))
                return true;
    }
    return false;
}

static bool is_range(const char *op)
{
    return op[0] == '<' ? op[1] == '\0' || op[1] == '=' : op[0] == '>';
}

static bool is_short(const struct typed *column)
{
    return column->length > 0 && column->length <= LENGTH_MAX;
}

bool text_key_serves(const struct typed *column, const char *op, const char *collation)
{
    bool is_served = strcmp(op, "=") == 0 || (is_range(op) && is_short(column));
    return is_served && is_indexed(column, collation);
}

bool compile_text_key(struct compiler *c, const char *op, const struct typed *column,
                      const struct typed *other, const char *collation, const char **sql)
{
    const char *key = sort_key_function(c->arena, collation), *left = compile_side(c, column);
    const char *right = compile_side(c, other), *name = collate_name(c->arena, collation);
    if (sort_key_is_total(collation)) {
        *sql = arena_printf(c->arena, "(%s(%s) %s %s(%s))", key, left, op, key, right);
        return true;
    }
    bool is_before = op[0] == '<';
    const char *unknown = arena_printf(c->arena, "%s(%s) = " SORT_KEY_UNKNOWN, key, left);
    const char *by_text = arena_printf(c->arena, "%s %s %s COLLATE %s", left, op, right, name);
    const char *by_key =
        strcmp(op, "=") == 0
            ? arena_printf(c->arena, "%s(%s) IN (%s(%s)," SORT_KEY_UNKNOWN ")", key, left, name,
                           right)
            : arena_printf(c->arena, "(%s(%s) %s %s(%s)%s%s)", key, left, op, name, right,
                           is_before ? " OR " : "", is_before ? unknown : "");
    *sql = arena_printf(c->arena, "(%s AND (NOT %s OR %s))", by_key, unknown, by_text);
    return true;
}

/* ---- LIKE 'prefix%' ---- */

/* The characters in front of the first wildcard, up to the first that weighs what a space does. */
static bool literal_prefix(const struct weights *weights, struct bytes pattern, uint32_t escape,
                           struct buf *out)
{
    while (pattern.len > 0) {
        bool is_space = true;
        if (pattern.data[0] == '_' || pattern.data[0] == '%')
            break;
        struct bytes rest = pattern;
        uint32_t character = utf8_next(&rest);
        if (character == escape && escape != 0 && rest.len > 0) {
            pattern = rest;
            character = utf8_next(&rest);
        }
        if (!weights_same(weights, character, ' ', &is_space) || is_space)
            break;
        buf_append(out, pattern.data, pattern.len - rest.len);
        pattern = rest;
    }
    return out->len > 0 && !out->failed;
}

/* The key of the characters alone, without what ends one. */
static bool key_of_prefix(const struct weights *weights, struct bytes prefix, struct buf *out)
{
    AUTO_BUF end;
    buf_init(&end, KEY_BYTES_MAX);
    if (!weights_key(weights, bytes_of_str(""), &end) || !weights_key(weights, prefix, out) ||
        out->failed || out->len <= end.len)
        return false;
    out->len -= end.len;
    return true;
}

/* The least that is behind all that begin with it; false: there is none. */
static bool next_of(struct buf *key)
{
    while (key->len > 0 && key->data[key->len - 1] == UINT8_MAX)
        key->len--;
    if (key->len > 0)
        key->data[key->len - 1]++;
    return key->len > 0;
}

static const char *bound_bytes(struct compiler *c, const struct buf *bytes)
{
    struct value value = { .kind = VALUE_BLOB,
                           .bytes = arena_copy(c->arena, bytes_of(bytes->data, bytes->len)) };
    return compile_bound(c, NULL, &value);
}

bool compile_text_prefix(struct compiler *c, const struct typed *column, struct bytes pattern,
                         uint32_t escape, const char *collation, const char **sql)
{
    const struct weights *weights = weights_of(collation);
    AUTO_BUF prefix;
    AUTO_BUF key;
    buf_init(&prefix, KEY_BYTES_MAX);
    buf_init(&key, KEY_BYTES_MAX);
    if (weights == NULL || escape == '%' || escape == '_' || !is_short(column) ||
        !is_indexed(column, collation) || !literal_prefix(weights, pattern, escape, &prefix) ||
        !key_of_prefix(weights, buf_bytes(&prefix), &key))
        return false;
    const char *of =
        arena_printf(c->arena, "%s(%s)", sort_key_function(c->arena, collation), column->sql);
    const char *from = bound_bytes(c, &key);
    if (!next_of(&key))
        return false;
    const char *range =
        arena_printf(c->arena, "(%s >= %s AND %s < %s)", of, from, of, bound_bytes(c, &key));
    *sql = sort_key_is_total(collation)
               ? range
               : arena_printf(c->arena, "(%s OR %s = " SORT_KEY_UNKNOWN ")", range, of);
    return true;
}

/* ---- sorting ---- */

bool compile_text_order(struct compiler *c, const struct typed *column, const char **sql)
{
    if (column->rep != REP_TEXT || column->collation == NULL || !is_short(column) ||
        !is_indexed(column, column->collation) || !sort_key_is_total(column->collation))
        return false;
    *sql = arena_printf(c->arena, "%s(%s)", sort_key_function(c->arena, column->collation),
                        column->sql);
    return true;
}
