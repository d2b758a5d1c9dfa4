/* call_json_many.c - JSON paths that may lead to several places: .* [*] and one **, with something
 * behind it. What they find is in the document's order. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/json_path.h"
#include "engine/sqlite/query/call_json.h"

enum { LEGS_MAX = 100, FOUND_MAX = 1000000 };

struct leg {
    enum { LEG_ONE, LEG_MEMBERS, LEG_CELLS, LEG_ANYWHERE } kind;
    bool is_member, from_end;
    uint32_t index;
    struct bytes name; /* in the arena */
};

struct search {
    struct evaluation *e;
    struct leg legs[LEGS_MAX];
    unsigned count;
    json_found_fn *found;
    void *arg;
    uint64_t number; /* found so far */
};

/* A mark among the legs, with spaces between its signs. */
static bool take(struct json_path *path, const char *signs)
{
    const uint8_t *p = path->rest.pos, *end = p + reader_left(&path->rest);
    for (; *signs != '\0'; signs++) {
        while (p < end && *p == ' ')
            p++;
        if (p == end || *p++ != (uint8_t)*signs)
            return false;
    }
    while (p < end && *p == ' ')
        p++;
    path->rest.pos = p;
    return true;
}

static bool next_leg(struct search *s, struct json_path *path, struct leg *out)
{
    struct err err;
    *out = (struct leg){ .kind = LEG_ONE };
    if (take(path, "**")) {
        out->kind = LEG_ANYWHERE;
        return true;
    }
    if (take(path, ".*") || take(path, "[*]")) {
        out->kind = path->rest.pos[-1] == '*' ? LEG_MEMBERS : LEG_CELLS;
        return true;
    }
    if (!json_path_next(path, &err))
        return false;
    out->is_member = path->leg.is_member;
    if (out->is_member) {
        out->name = arena_copy(s->e->arena, buf_bytes(&path->leg.name));
    } else {
        out->from_end = path->leg.from_end;
        out->index = path->leg.index;
    }
    return true;
}

/* What ** finds twice, by a cell of what is no array or by another **, is not told apart here; and
 * MariaDB has another order where it is followed by a star. */
static bool is_known(const struct search *s)
{
    unsigned anywhere = 0;
    bool is_mysql = s->e->connection->engine->flavour == FLAVOUR_MYSQL;
    for (unsigned i = 0; i < s->count; i++) {
        bool is_last = i + 1 == s->count;
        const struct leg *next = &s->legs[i + 1 < s->count ? i + 1 : i];
        if (s->legs[i].kind != LEG_ANYWHERE)
            continue;
        anywhere++;
        if (is_last || (next->kind == LEG_ONE ? !next->is_member : !is_mysql))
            return false;
    }
    return anywhere < 2;
}

static bool read_legs(struct search *s, struct bytes text)
{
    struct json_path path;
    struct err err;
    bool ok = json_path_open(&path, text, &err);
    while (ok && !json_path_at_end(&path)) {
        ok = s->count < LEGS_MAX && next_leg(s, &path, &s->legs[s->count]);
        s->count += ok;
    }
    json_path_clear(&path);
    return (ok && is_known(s)) ||
           evaluation_refuse(s->e, "a JSON path such as this, or one that is none");
}

static bool seek(struct search *s, struct json_node *node, unsigned at);

static bool seek_children(struct search *s, struct json_node *node, unsigned at)
{
    for (struct json_node *child = node->first; child != NULL; child = child->next)
        if (!seek(s, child, at))
            return false;
    return true;
}

static bool seek_one(struct search *s, struct json_node *node, unsigned at)
{
    const struct leg *leg = &s->legs[at];
    bool is_array = node->is_container && !node->is_object;
    struct json_node **place;
    if (leg->is_member) {
        if (!node->is_container || !node->is_object)
            return true;
        place = json_node_member(node, leg->name);
        return *place == NULL || !json_node_is_member(*place, leg->name) || seek(s, *place, at + 1);
    }
    if (!is_array)
        return leg->index != 0 || seek(s, node, at + 1);
    if (leg->index >= node->count)
        return true;
    place = json_node_cell(node, leg->from_end ? node->count - 1 - leg->index : leg->index);
    return *place == NULL || seek(s, *place, at + 1);
}

static bool seek(struct search *s, struct json_node *node, unsigned at)
{
    bool is_object = node->is_container && node->is_object;
    bool is_array = node->is_container && !node->is_object;
    if (at == s->count)
        return ++s->number <= FOUND_MAX
                   ? s->found(s->arg, node)
                   : evaluation_refuse(s->e, "a JSON path that leads to so many places");
    switch (s->legs[at].kind) {
    case LEG_ONE:
        return seek_one(s, node, at);
    case LEG_MEMBERS:
        return !is_object || seek_children(s, node, at + 1);
    case LEG_CELLS:
        return !is_array || seek_children(s, node, at + 1);
    case LEG_ANYWHERE:
        return seek(s, node, at + 1) && (!node->is_container || seek_children(s, node, at));
    }
    return false;
}

bool json_is_many(struct bytes path)
{
    bool is_quoted = false, is_many = false;
    for (size_t i = 0; i < path.len; i++) {
        if (is_quoted && path.data[i] == '\\')
            i++;
        else if (path.data[i] == '"')
            is_quoted = !is_quoted;
        else
            is_many = is_many || (path.data[i] == '*' && !is_quoted);
    }
    return is_many;
}

bool json_find_many(struct evaluation *e, struct json_node *root, struct bytes path,
                    json_found_fn *found, void *arg)
{
    struct search *s = arena_alloc(e->arena, sizeof *s);
    s->e = e;
    s->found = found;
    s->arg = arg;
    return read_legs(s, path) && seek(s, root, 0);
}
