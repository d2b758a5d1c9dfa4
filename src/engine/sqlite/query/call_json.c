/* call_json.c - functions of JSON documents, as MySQL has them: documents are printed in its order
 * and with its spaces (MariaDB keeps them as they were written). A JSON value is a text here that
 * only these functions, and whoever reads the result, may take. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/call_json.h"
#include "engine/sqlite/query/json_order.h"
#include "binlog/json.h"
#include "binlog/json_path.h"

static bool invalid_text(struct evaluation *e)
{
    return evaluation_fail(e, PROBLEM_INVALID_JSON_ARGUMENT, "Invalid JSON text in argument");
}

/* A tree lives as long as the evaluation's arena. */
bool json_argument(struct evaluation *e, unsigned i, struct json_node **out)
{
    struct err err = { 0 };
    if (json_parse(arg_text(e, i), e->arena, out, &err))
        return true;
    return err.code == ERR_UNSUPPORTED ? evaluation_refuse(e, "a document as large as this")
                                       : invalid_text(e);
}

static bool bad_path(struct evaluation *e, struct json_path *path)
{
    json_path_clear(path);
    return evaluation_refuse(e, "a JSON path with *, ** or a range, or one that is none");
}

/* The place that one leg leads to; NULL: nowhere. MySQL takes what is no array for one of one cell.
 */
static struct json_node **follow(struct json_node *node, struct json_node **self,
                                 const struct json_leg *leg)
{
    if (leg->is_member) {
        if (!node->is_container || !node->is_object)
            return NULL;
        return json_node_member(node, buf_bytes(&leg->name));
    }
    if (!node->is_container || node->is_object)
        return leg->index == 0 ? self : NULL;
    if (!leg->from_end)
        return json_node_cell(node, leg->index);
    return leg->index < node->count ? json_node_cell(node, node->count - 1 - leg->index) : NULL;
}

static bool is_at(const struct json_leg *leg, struct json_node **place)
{
    return place != NULL && *place != NULL &&
           (!leg->is_member || json_node_is_member(*place, buf_bytes(&leg->name)));
}

bool json_find(struct evaluation *e, struct json_node **root, struct bytes text,
               struct json_place *out)
{
    struct json_path path;
    struct err err;
    *out = (struct json_place){ .at = root, .found = true };
    if (!json_path_open(&path, text, &err))
        return bad_path(e, &path);
    while (!json_path_at_end(&path)) {
        if (!json_path_next(&path, &err))
            return bad_path(e, &path);
        if (!out->found) {
            *out = (struct json_place){ 0 }; /* behind something that is not there */
            continue;
        }
        struct json_node **self = out->at;
        out->parent = *self;
        out->wraps = !path.leg.is_member && (!out->parent->is_container || out->parent->is_object);
        out->at = follow(out->parent, self, &path.leg);
        out->found = is_at(&path.leg, out->at);
        out->key = path.leg.is_member ? arena_copy(e->arena, buf_bytes(&path.leg.name))
                                      : (struct bytes){ NULL, 0 };
    }
    json_path_clear(&path);
    return true;
}

bool json_give(struct evaluation *e, const struct json_node *node, struct datum *out)
{
    AUTO_BUF text;
    buf_init(&text, TEXT_RESULT_MAX);
    json_node_print(node, &text);
    if (text.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&text)), out);
    return true;
}

struct extracted {
    struct buf list;
    unsigned count;
};

static bool add_found(void *arg, const struct json_node *node)
{
    struct extracted *x = arg;
    buf_str(&x->list, x->count++ > 0 ? ", " : "[");
    json_node_print(node, &x->list);
    return true;
}

/* *is_alone: the one place of the one path. */
static bool extract(struct evaluation *e, struct extracted *x, struct json_node **root,
                    const struct json_node **alone)
{
    struct json_place place;
    for (unsigned i = 1; i < e->call->count; i++) {
        struct bytes path = arg_text(e, i);
        if (json_is_many(path)) {
            if (!json_find_many(e, *root, path, add_found, x))
                return false;
            continue;
        }
        if (!json_find(e, root, path, &place))
            return false;
        if (place.found && e->call->count == 2)
            *alone = *place.at;
        else if (place.found)
            add_found(x, *place.at);
    }
    return true;
}

bool eval_json_extract(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    const struct json_node *alone = NULL;
    struct extracted x = { .count = 0 };
    if (!json_argument(e, 0, &root))
        return false;
    buf_init(&x.list, TEXT_RESULT_MAX);
    bool ok = extract(e, &x, &root, &alone);
    buf_u8(&x.list, ']');
    if (ok && alone != NULL)
        ok = json_give(e, alone, out);
    else if (ok && x.count > 0 && x.list.failed)
        ok = too_long_result(e, out);
    else if (ok && x.count > 0)
        give_text(e, arena_copy(e->arena, buf_bytes(&x.list)), out);
    buf_clear(&x.list);
    return ok;
}

/* JSON_VALUE(document, path): a scalar as a text. */
bool eval_json_value(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    struct json_place place;
    bool is_mysql = e->connection->engine->flavour == FLAVOUR_MYSQL;
    if (!json_argument(e, 0, &root) || !json_find(e, &root, arg_text(e, 1), &place))
        return false;
    if (!place.found)
        return true;
    const struct json_node *node = *place.at;
    if (node->is_container)
        return evaluation_refuse(e, "JSON_VALUE of an array or object");
    if (node->type == JSON_LITERAL && node->bits == LITERAL_NULL)
        return true;
    if (node->type == JSON_STRING)
        give_text(e, node->text, out);
    else if (node->type == JSON_LITERAL && !is_mysql)
        give_text(e, bytes_of_str(node->bits == LITERAL_TRUE ? "1" : "0"), out);
    else
        return json_give(e, node, out);
    return true;
}

/* CAST(value AS JSON): a text is read as a document. */
bool eval_cast_json(struct evaluation *e, struct datum *out)
{
    struct json_node *node;
    bool is_text = e->args[0].rep == REP_TEXT && !e->call->args[0].is_json;
    return (is_text ? json_argument(e, 0, &node) : json_of_value(e, 0, &node)) &&
           json_give(e, node, out);
}

bool eval_json_unquote(struct evaluation *e, struct datum *out)
{
    struct bytes text = arg_text(e, 0);
    struct json_node *root;
    give_text(e, text, out);
    if (text.len < 2 || text.data[0] != '"' || text.data[text.len - 1] != '"')
        return true;
    if (!json_argument(e, 0, &root))
        return false;
    give_text(e, root->text, out);
    return true;
}

bool eval_json_valid(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    struct err err = { 0 };
    bool ok = json_parse(arg_text(e, 0), e->arena, &root, &err);
    *out = datum_int(ok);
    return ok || err.code != ERR_UNSUPPORTED || evaluation_refuse(e, "a document as large as this");
}

/* The document, or what its second argument leads to; *at NULL: nothing is there. */
static bool document(struct evaluation *e, struct json_node **root, struct json_node **at)
{
    struct json_place place;
    if (!json_argument(e, 0, root))
        return false;
    *at = *root;
    if (e->call->count < 2)
        return true;
    if (!json_find(e, root, arg_text(e, 1), &place))
        return false;
    *at = place.found ? *place.at : NULL;
    return true;
}

bool eval_json_length(struct evaluation *e, struct datum *out)
{
    struct json_node *root, *at;
    if (!document(e, &root, &at))
        return false;
    if (at != NULL)
        *out = datum_int(at->is_container ? (int64_t)at->count : 1);
    return true;
}

bool eval_json_keys(struct evaluation *e, struct datum *out)
{
    struct json_node *root, *at;
    AUTO_BUF text;
    buf_init(&text, TEXT_RESULT_MAX);
    if (!document(e, &root, &at))
        return false;
    if (at == NULL || !at->is_container || !at->is_object)
        return true;
    buf_u8(&text, '[');
    for (const struct json_node *child = at->first; child != NULL; child = child->next) {
        buf_str(&text, child != at->first ? ", " : "");
        json_quote(&text, child->key);
    }
    buf_u8(&text, ']');
    if (text.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&text)), out);
    return true;
}

bool eval_json_type(struct evaluation *e, struct datum *out)
{
    static const char *const names[] = {
        [JSON_INT16] = "INTEGER",  [JSON_UINT16] = "INTEGER", [JSON_INT32] = "INTEGER",
        [JSON_UINT32] = "INTEGER", [JSON_INT64] = "INTEGER",  [JSON_UINT64] = "UNSIGNED INTEGER",
        [JSON_DOUBLE] = "DOUBLE",  [JSON_STRING] = "STRING",
    };
    struct json_node *root;
    if (!json_argument(e, 0, &root))
        return false;
    const char *name = root->is_container           ? (root->is_object ? "OBJECT" : "ARRAY")
                       : root->type != JSON_LITERAL ? names[root->type]
                       : root->bits == LITERAL_NULL ? "NULL"
                                                    : "BOOLEAN";
    give_text(e, bytes_of_str(name), out);
    return true;
}

bool eval_json_quote(struct evaluation *e, struct datum *out)
{
    AUTO_BUF text;
    buf_init(&text, TEXT_RESULT_MAX);
    json_quote(&text, arg_text(e, 0));
    if (text.failed)
        return too_long_result(e, out);
    give_text(e, arena_copy(e->arena, buf_bytes(&text)), out);
    return true;
}

/* ---- documents made of values ---- */

bool json_of_value(struct evaluation *e, unsigned i, struct json_node **out)
{
    const struct datum *in = &e->args[i];
    struct json_node *node = arena_alloc(e->arena, sizeof *node);
    *out = node;
    if (e->call->args[i].is_json && in->rep != REP_NULL)
        return json_argument(e, i, out);
    switch (in->rep) {
    case REP_NULL:
        node->type = JSON_LITERAL;
        node->bits = LITERAL_NULL;
        return true;
    case REP_INT:
        if (e->call->args[i].is_boolean) {
            node->type = JSON_LITERAL;
            node->bits = in->u != 0 ? LITERAL_TRUE : LITERAL_FALSE;
            return true;
        }
        node->type = in->is_unsigned ? JSON_UINT64 : JSON_INT64;
        node->bits = in->u;
        return true;
    case REP_REAL:
        node->type = JSON_DOUBLE;
        memcpy(&node->bits, &in->d, sizeof node->bits);
        return true;
    case REP_TEXT:
        node->type = JSON_STRING;
        node->text = in->bytes;
        return true;
    case REP_DECIMAL:
    case REP_BYTES:
    case REP_DATE:
    case REP_TIME:
    case REP_DATETIME:
    case REP_COUNT:
        break;
    }
    return evaluation_refuse(e, "a DECIMAL, a date, bits or bytes inside JSON");
}

void json_put_member(struct json_node *object, struct json_node *node, struct bytes key)
{
    struct json_node **at = json_node_member(object, key);
    bool replaces = json_node_is_member(*at, key);
    node->key = key;
    node->next = replaces ? (*at)->next : *at;
    *at = node;
    object->count += !replaces;
}

bool eval_json_object(struct evaluation *e, struct datum *out)
{
    struct json_node object = { .is_container = true, .is_object = true }, *node;
    for (unsigned i = 0; i + 1 < e->call->count; i += 2) {
        if (e->args[i].rep == REP_NULL)
            return evaluation_fail(e, PROBLEM_JSON_NULL_KEY,
                                   "JSON documents may not contain NULL member names.");
        if (!json_of_value(e, i + 1, &node))
            return false;
        json_put_member(&object, node, arg_text(e, i));
    }
    return json_give(e, &object, out);
}

bool eval_json_array(struct evaluation *e, struct datum *out)
{
    struct json_node array = { .is_container = true }, **end = &array.first;
    for (unsigned i = 0; i < e->call->count; i++, end = &(*end)->next)
        if (!json_of_value(e, i, end))
            return false;
    return json_give(e, &array, out);
}

/* ---- documents changed ---- */

enum { CHANGES = 1, ADDS = 2 };

static bool put(struct evaluation *e, const struct json_place *place, unsigned value)
{
    struct json_node *node;
    bool can = place->found ? (e->call->number & CHANGES) != 0 : (e->call->number & ADDS) != 0;
    if (!can || place->at == NULL)
        return true;
    if (place->wraps && !(place->found && place->parent == *place->at))
        return evaluation_refuse(e, "a cell added to what is no array");
    if (!json_of_value(e, value, &node))
        return false;
    node->key = place->found ? (*place->at)->key : place->key;
    node->next = place->found ? (*place->at)->next : *place->at;
    *place->at = node;
    if (!place->found)
        place->parent->count++;
    return true;
}

/* JSON_SET, JSON_INSERT, JSON_REPLACE: number says which. */
bool eval_json_change(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
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
        bool is_past_end = place.at == NULL && place.parent != NULL && place.key.data == NULL;
        if (is_past_end)
            return evaluation_refuse(e, "a cell before the first of an array");
        if (!put(e, &place, i + 1))
            return false;
    }
    return json_give(e, root, out);
}

bool eval_json_remove(struct evaluation *e, struct datum *out)
{
    struct json_node *root;
    struct json_place place;
    if (!json_argument(e, 0, &root))
        return false;
    for (unsigned i = 1; i < e->call->count; i++) {
        if (!json_find(e, &root, arg_text(e, i), &place))
            return false;
        if (place.parent == NULL || place.wraps)
            return evaluation_refuse(e, "JSON_REMOVE of this path");
        if (!place.found)
            continue;
        *place.at = (*place.at)->next;
        place.parent->count--;
    }
    return json_give(e, root, out);
}

/* ---- types ---- */

static bool can_be_document(const struct typed *t)
{
    return is_document(t) || t->rep == REP_TEXT || is_null(t);
}

static void json_type(struct compiler *c, struct call *call)
{
    call->type = (struct typed){ .rep = REP_TEXT,
                                 .is_nullable = true,
                                 .is_json = true,
                                 .length = UINT32_MAX / 4,
                                 .coercion = COERCE_COLUMN,
                                 .collation = "utf8mb4_bin" };
    (void)c;
}

/* The first argument is a document, the others are paths. */
bool type_json(struct compiler *c, struct call *call)
{
    for (unsigned i = 0; i < call->count; i++)
        if (i == 0 ? !can_be_document(&call->args[i])
                   : call->args[i].rep != REP_TEXT && !is_null(&call->args[i]))
            return compile_refuse(c, "this argument of a JSON function");
    json_type(c, call);
    return true;
}

static bool is_value(const struct typed *t)
{
    bool is_bit = t->column != NULL && t->column->type == SQL_BIT;
    return !is_bit && t->rep != REP_BYTES && t->rep != REP_DECIMAL && t->rep < REP_DATE;
}

static void mark_json_columns(struct call *call)
{
    for (unsigned i = 0; i < call->count; i++)
        if (is_document(&call->args[i]))
            call->args[i].is_json = true;
}

bool type_json_values(struct compiler *c, struct call *call)
{
    mark_json_columns(call);
    for (unsigned i = 0; i < call->count; i++)
        if (!call->args[i].is_json && !is_value(&call->args[i]))
            return compile_refuse(c, "a DECIMAL, a date, bits or bytes inside JSON");
    json_type(c, call);
    return true;
}

/* Documents alone. */
bool type_json_documents(struct compiler *c, struct call *call)
{
    for (unsigned i = 0; i < call->count; i++)
        if (!can_be_document(&call->args[i]))
            return compile_refuse(c, "this argument of a JSON function");
    json_type(c, call);
    return true;
}

static bool wrong_count(struct compiler *c, const char *function)
{
    return compile_fail(c, PROBLEM_WRONG_ARGUMENTS,
                        "Incorrect parameter count in the call to native function '%s'", function);
}

bool type_json_object(struct compiler *c, struct call *call)
{
    if (call->count % 2 != 0)
        return wrong_count(c, "json_object");
    for (unsigned i = 0; i < call->count; i += 2)
        if ((call->args[i].rep != REP_TEXT || call->args[i].is_json) && !is_null(&call->args[i]))
            return compile_refuse(c, "a member name of JSON that is no text");
    return type_json_values(c, call);
}

/* document, path, value, path, value … */
bool type_json_changes(struct compiler *c, struct call *call)
{
    if (call->count % 2 != 1)
        return wrong_count(c, "json_set");
    if (!can_be_document(&call->args[0]))
        return compile_refuse(c, "this argument of a JSON function");
    for (unsigned i = 1; i < call->count; i += 2)
        if ((call->args[i].rep != REP_TEXT || call->args[i].is_json) && !is_null(&call->args[i]))
            return compile_refuse(c, "a JSON path that is no text");
    return type_json_values(c, call);
}

bool type_json_text(struct compiler *c, struct call *call)
{
    if (!can_be_document(&call->args[0]))
        return compile_refuse(c, "this argument of a JSON function");
    json_type(c, call);
    call->type.is_json = false;
    return true;
}

bool type_json_int(struct compiler *c, struct call *call)
{
    if (!type_json(c, call))
        return false;
    call->type = typed_int(10, true);
    return true;
}

/* column->path is JSON_EXTRACT, column->>path is JSON_UNQUOTE of it. */
bool call_json_arrow(struct compiler *c, const struct expr *expr, struct typed *out)
{
    struct typed args[2], value;
    struct call extract = { .eval = eval_json_extract, .args = args, .count = 2 };
    struct call unquote = { .eval = eval_json_unquote, .args = &value, .count = 1 };
    if (!compile_expr(c, expr->args, &args[0]) || !compile_expr(c, expr->args->next, &args[1]) ||
        !type_json(c, &extract))
        return false;
    if (expr->op == OPERATOR_JSON_VALUE)
        return compile_call(c, &extract, out);
    return compile_call(c, &extract, &value) && type_json_text(c, &unquote) &&
           compile_call(c, &unquote, out);
}
