/* json_diff.c - see json_diff.h. A path is followed leg by leg through the text, and what it leads
 * to is cut out of a copy of it. As in MySQL, a value that is no array counts as an array of one
 * where a leg asks for its cell. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json_diff.h"
#include "base/reader.h"
#include "binlog/json.h"
#include "binlog/json_path.h"
#include "binlog/json_scan.h"

/* Where a path has led to. */
struct place {
    struct json_item item; /* of the container that it is in; only the value for the root */
    bool is_root;
    bool is_first;     /* of its container */
    size_t before_end; /* of the value before it, when it is not the first */
};

struct patch {
    struct bytes text;
    const struct json_diff *diff;
    struct buf *out;
    struct err *err;
};

static bool unreadable(const struct patch *p)
{
    return err_set(p->err, ERR_CORRUPT,
                   "the JSON document here is not in the form in which it was written");
}

static bool not_there(const struct patch *p)
{
    static const char *const verbs[] = { "replaces", "inserts", "removes" };
    struct bytes path = p->diff->path;
    return err_set(p->err, ERR_CONFLICT,
                   "the log %s %.*s of a JSON document, and the document here is not the one that "
                   "this was done to",
                   verbs[p->diff->operation], path.len < 200 ? (int)path.len : 200,
                   (const char *)path.data);
}

/* ---- writing ---- */

static void copy(const struct patch *p, size_t from, size_t to)
{
    buf_append(p->out, p->text.data + from, to - from);
}

static bool put_value(const struct patch *p)
{
    return json_text(p->diff->value, p->out, p->err);
}

static bool finish(const struct patch *p, size_t from)
{
    copy(p, from, p->text.len);
    if (p->out->failed)
        return err_set(p->err, ERR_UNSUPPORTED, "json: the text is larger than %zu bytes",
                       p->out->max);
    return true;
}

static bool replace(const struct patch *p, const struct place *place)
{
    copy(p, 0, place->item.value_start);
    return put_value(p) && finish(p, place->item.value_end);
}

/* With the comma before it, or else with the one behind it. */
static bool remove_item(const struct patch *p, const struct place *place)
{
    struct json_items items = { .text = p->text, .at = place->item.value_end };
    size_t from = place->is_first ? place->item.start : place->before_end;
    size_t to = place->item.value_end;
    if (place->is_root)
        return not_there(p);
    if (place->is_first && json_items_separator(&items))
        to = items.at;
    copy(p, 0, from);
    return finish(p, to);
}

/* ---- inserting ---- */

static int compare_names(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

/* At `at`, which is where an item stands or the container ends. */
static bool insert_at(const struct patch *p, size_t at, const struct json_leg *leg, bool is_last,
                      bool is_only)
{
    copy(p, 0, at);
    if (is_last && !is_only)
        buf_str(p->out, ", ");
    if (leg->is_member) {
        json_quote(p->out, buf_bytes(&leg->name));
        buf_str(p->out, ": ");
    }
    if (!put_value(p))
        return false;
    if (!is_last)
        buf_str(p->out, ", ");
    return finish(p, at);
}

static bool insert_member(const struct patch *p, struct json_items *items,
                          const struct json_leg *leg)
{
    AUTO_BUF name;
    struct json_item item;
    bool more = true;
    size_t end = items->at;
    bool is_only = true;
    buf_init(&name, JSON_NAME_MAX);
    for (;;) {
        if (!json_items_next(items, &item, &more))
            return unreadable(p);
        if (!more)
            return insert_at(p, end, leg, true, is_only);
        buf_reset(&name);
        if (!json_unquote(item.key, &name))
            return unreadable(p);
        int order = compare_names(buf_bytes(&leg->name), buf_bytes(&name));
        if (order == 0)
            return not_there(p);
        if (order < 0)
            return insert_at(p, item.start, leg, false, false);
        end = item.value_end;
        is_only = false;
    }
}

static bool insert_cell(const struct patch *p, struct json_items *items, const struct json_leg *leg)
{
    struct json_item item;
    bool more = true;
    uint64_t count = 0;
    uint64_t index = leg->index;
    size_t end = items->at;
    if (leg->from_end) {
        struct json_items all = *items;
        if (!json_items_count(&all, &count))
            return unreadable(p);
        index = leg->index < count ? count - leg->index - 1 : 0;
    }
    for (uint64_t i = 0;; i++) {
        if (!json_items_next(items, &item, &more))
            return unreadable(p);
        if (!more)
            return insert_at(p, end, leg, true, i == 0);
        if (i == index)
            return insert_at(p, item.start, leg, false, false);
        end = item.value_end;
    }
}

static bool insert(const struct patch *p, const struct place *parent, const struct json_leg *leg)
{
    struct json_items items;
    if (!json_items_open(p->text, parent->item.value_start, &items) ||
        items.is_object != leg->is_member)
        return not_there(p);
    return leg->is_member ? insert_member(p, &items, leg) : insert_cell(p, &items, leg);
}

/* ---- following a path ---- */

/* Which item of an array; false: none that can be. */
static bool resolve(const struct patch *p, const struct json_items *items,
                    const struct json_leg *leg, uint64_t *index)
{
    struct json_items all = *items;
    uint64_t count = 0;
    if (!leg->from_end) {
        *index = leg->index;
        return true;
    }
    if (!json_items_count(&all, &count))
        return unreadable(p);
    if (leg->index >= count)
        return not_there(p);
    *index = count - leg->index - 1;
    return true;
}

static bool descend(const struct patch *p, const struct json_leg *leg, struct place *place)
{
    struct json_items items;
    struct place next = { .is_first = true };
    uint64_t index = 0;
    bool more = true;
    bool is_container = json_items_open(p->text, place->item.value_start, &items);
    if (!leg->is_member && !(is_container && !items.is_object))
        return leg->index == 0 || not_there(p); /* an array of one: the value itself */
    if (!is_container || items.is_object != leg->is_member)
        return not_there(p);
    if (!leg->is_member && !resolve(p, &items, leg, &index))
        return false;
    for (uint64_t i = 0;; i++) {
        if (!json_items_next(&items, &next.item, &more))
            return unreadable(p);
        if (!more)
            return not_there(p);
        if (leg->is_member ? bytes_equal(next.item.key, buf_bytes(&leg->quoted)) : i == index)
            break;
        next.is_first = false;
        next.before_end = next.item.value_end;
    }
    *place = next;
    return true;
}

static bool apply_at(const struct patch *p, const struct place *place)
{
    return p->diff->operation == JSON_DIFF_REPLACE ? replace(p, place) : remove_item(p, place);
}

static bool follow(const struct patch *p, struct json_path *path)
{
    struct place place = { .is_root = true, .is_first = true };
    if (!json_scan_value(p->text, 0, &place.item.value_end) || place.item.value_end != p->text.len)
        return unreadable(p);
    while (!json_path_at_end(path)) {
        if (!json_path_next(path, p->err))
            return false;
        if (p->diff->operation == JSON_DIFF_INSERT && json_path_at_end(path))
            return insert(p, &place, &path->leg);
        if (!descend(p, &path->leg, &place))
            return false;
    }
    return p->diff->operation == JSON_DIFF_INSERT ? not_there(p) : apply_at(p, &place);
}

/* ---- the list ---- */

bool json_diff_next(struct reader *r, struct json_diff *diff, struct err *err)
{
    uint8_t operation = reader_u8(r);
    diff->path = reader_lenenc_bytes(r);
    diff->value = bytes_of(NULL, 0);
    if (operation != JSON_DIFF_REMOVE)
        diff->value = reader_lenenc_bytes(r);
    bool has_value = diff->value.len > 0 || operation == JSON_DIFF_REMOVE;
    if (r->failed || operation > JSON_DIFF_REMOVE || !has_value)
        return err_set(err, ERR_CORRUPT, "json: a list of changes is cut off or none");
    diff->operation = (enum json_diff_operation)operation;
    return true;
}

static bool apply_one(struct bytes text, const struct json_diff *diff, struct buf *out,
                      struct err *err)
{
    struct patch p = { text, diff, out, err };
    struct json_path path;
    buf_reset(out);
    bool done = json_path_open(&path, diff->path, err) && follow(&p, &path);
    json_path_clear(&path);
    return done;
}

bool json_diff_apply(struct bytes text, struct bytes diffs, struct buf *out, struct err *err)
{
    struct reader r = reader_of(diffs);
    struct json_diff diff;
    AUTO_BUF other; /* each change reads one of the two and writes the other */
    buf_init(&other, out->max);
    buf_reset(out);
    if (diffs.len == 0)
        buf_append(out, text.data, text.len);
    while (reader_left(&r) > 0) {
        struct buf last = *out;
        *out = other;
        other = last;
        if (!json_diff_next(&r, &diff, err) || !apply_one(text, &diff, out, err))
            return false;
        text = buf_bytes(out);
    }
    return true;
}
