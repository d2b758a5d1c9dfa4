/* call_json_compare.c - JSON functions that look at two documents, or at the whole of one:
 * containing, merging, depth. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/call_json.h"
#include "engine/sqlite/query/json_order.h"

/* ---- containing ---- */

static bool contains(const struct json_node *document, const struct json_node *what);

static bool holds(const struct json_node *array, const struct json_node *what)
{
    for (const struct json_node *cell = array->first; cell != NULL; cell = cell->next)
        if (contains(cell, what))
            return true;
    return false;
}

static bool contains_member(const struct json_node *object, const struct json_node *member)
{
    for (const struct json_node *own = object->first; own != NULL; own = own->next)
        if (bytes_equal(own->key, member->key))
            return contains(own, member);
    return false;
}

/* Depth is the parser's. */
static bool contains(const struct json_node *document, const struct json_node *what)
{
    if (!document->is_container)
        return !what->is_container && json_order(document, what) == 0;
    if (!document->is_object && !(what->is_container && !what->is_object))
        return holds(document, what);
    if (!what->is_container || what->is_object != document->is_object)
        return false;
    for (const struct json_node *part = what->first; part != NULL; part = part->next)
        if (!(document->is_object ? contains_member(document, part) : holds(document, part)))
            return false;
    return true;
}

bool eval_json_contains(struct evaluation *e, struct datum *out)
{
    struct json_node *document, *what;
    struct json_place place;
    if (!json_argument(e, 0, &document) || !json_argument(e, 1, &what))
        return false;
    if (e->call->count > 2) {
        if (!json_find(e, &document, arg_text(e, 2), &place))
            return false;
        if (!place.found)
            return true;
        document = *place.at;
    }
    *out = datum_int(contains(document, what));
    return true;
}

static bool note_found(void *arg, const struct json_node *node)
{
    bool *found = arg;
    (void)node;
    *found = true;
    return true;
}

bool eval_json_contains_path(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    struct json_place place;
    struct bytes how = arg_text(e, 1);
    bool is_one = how.len == 3 && strncasecmp((const char *)how.data, "one", 3) == 0;
    bool is_all = how.len == 3 && strncasecmp((const char *)how.data, "all", 3) == 0;
    if (!is_one && !is_all)
        return evaluation_refuse(e, "JSON_CONTAINS_PATH of neither 'one' nor 'all'");
    if (!json_argument(e, 0, &root))
        return false;
    *out = datum_int(is_all);
    for (unsigned i = 2; i < e->call->count; i++) {
        struct bytes path = arg_text(e, i);
        place.found = false;
        if (json_is_many(path) ? !json_find_many(e, root, path, note_found, &place.found)
                               : !json_find(e, &root, path, &place))
            return false;
        if (place.found == is_one)
            *out = datum_int(is_one);
    }
    return true;
}

static int64_t depth(const struct json_node *node)
{
    int64_t deepest = 0;
    for (const struct json_node *n = node->is_container ? node->first : NULL; n != NULL;
         n = n->next) {
        int64_t one = depth(n);
        deepest = one > deepest ? one : deepest;
    }
    return deepest + 1;
}

bool eval_json_depth(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    if (!json_argument(e, 0, &root))
        return false;
    *out = datum_int(depth(root));
    return true;
}

/* ---- merging ---- */

static bool is_object(const struct json_node *node)
{
    return node->is_container && node->is_object;
}

static bool is_json_null(const struct json_node *node)
{
    return !node->is_container && node->type == JSON_LITERAL && node->bits == LITERAL_NULL;
}

static struct json_node *container(struct evaluation *e, bool of_members)
{
    struct json_node *made = arena_alloc(e->arena, sizeof *made);
    made->is_container = true;
    made->is_object = of_members;
    return made;
}

static void take_member(struct json_node *object, struct bytes key)
{
    struct json_node **at = json_node_member(object, key);
    if (!json_node_is_member(*at, key))
        return;
    *at = (*at)->next;
    object->count--;
}

/* RFC 7396: members of the patch go into the document, those that are null go away. */
static struct json_node *patched(struct evaluation *e, struct json_node *document,
                                 struct json_node *patch)
{
    if (!is_object(patch))
        return patch;
    struct json_node *made =
        document != NULL && is_object(document) ? document : container(e, true);
    for (struct json_node *member = patch->first, *next; member != NULL; member = next) {
        struct json_node **own = json_node_member(made, member->key);
        bool is_there = json_node_is_member(*own, member->key);
        struct bytes key = member->key;
        next = member->next;
        if (is_json_null(member))
            take_member(made, key);
        else
            json_put_member(made, patched(e, is_there ? *own : NULL, member), key);
    }
    return made;
}

/* A NULL stays until a document comes that is no object: it needs nothing of what was before. */
bool eval_json_merge_patch(struct evaluation *e, struct datum *out)
{
    struct json_node *made = NULL;
    bool is_null = false;
    for (unsigned i = 0; i < e->call->count; i++) {
        struct json_node *next;
        if (e->args[i].rep == REP_NULL) {
            is_null = true;
            continue;
        }
        if (!json_argument(e, i, &next))
            return false;
        is_null = is_null && is_object(next);
        if (!is_null)
            made = i == 0 ? next : patched(e, made, next);
    }
    return is_null || json_give(e, made, out);
}

static struct json_node *as_array(struct evaluation *e, struct json_node *node)
{
    if (node->is_container && !node->is_object)
        return node;
    struct json_node *made = container(e, false);
    node->next = NULL;
    made->first = node;
    made->count = 1;
    return made;
}

static struct json_node *merged(struct evaluation *e, struct json_node *a, struct json_node *b)
{
    if (!is_object(a) || !is_object(b)) {
        struct json_node *left = as_array(e, a), *right = as_array(e, b);
        *json_node_cell(left, left->count) = right->first;
        left->count += right->count;
        return left;
    }
    for (struct json_node *member = b->first, *next; member != NULL; member = next) {
        struct json_node **own = json_node_member(a, member->key);
        bool is_there = json_node_is_member(*own, member->key);
        struct bytes key = member->key;
        next = member->next;
        struct json_node *rest = is_there ? (*own)->next : NULL;
        struct json_node *node = is_there ? merged(e, *own, member) : member;
        if (!is_there) {
            json_put_member(a, node, key);
            continue;
        }
        node->key = key;
        node->next = rest;
        *own = node;
    }
    return a;
}

bool eval_json_merge_preserve(struct evaluation *e, struct datum *out)
{
    struct json_node *made, *next;
    if (!json_argument(e, 0, &made))
        return false;
    for (unsigned i = 1; i < e->call->count; i++) {
        if (!json_argument(e, i, &next))
            return false;
        made = merged(e, made, next);
    }
    return json_give(e, made, out);
}

/* document, path, value … */
bool eval_json_array_append(struct evaluation *e, struct datum *out)
{
    struct json_node *root, *value;
    struct json_place place;
    if (e->args[0].rep == REP_NULL)
        return true;
    if (!json_argument(e, 0, &root))
        return false;
    for (unsigned i = 1; i + 1 < e->call->count; i += 2) {
        if (e->args[i].rep == REP_NULL)
            return true;
        if (!json_find(e, &root, arg_text(e, i), &place))
            return false;
        if (!place.found)
            continue;
        struct json_node *rest = (*place.at)->next;
        struct bytes key = (*place.at)->key;
        if (!json_of_value(e, i + 1, &value))
            return false;
        struct json_node *array = as_array(e, *place.at);
        value->next = NULL;
        *json_node_cell(array, array->count++) = value;
        array->key = key;
        array->next = rest;
        *place.at = array;
    }
    return json_give(e, root, out);
}
