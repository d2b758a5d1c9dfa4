/* aggregate_list.c - GROUP_CONCAT: the texts of a group are kept, put in order, joined at the end.
 *
 * binlogd_list(pointer, argument …, key …): arguments are joined as CONCAT does, keys are those of
 * its ORDER BY. The result ends at group_concat_max_len bytes, with warning 1260. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <strings.h>
#include "engine/sqlite/query/aggregate.h"
#include "engine/sqlite/query/function.h"

static const char name[] = "binlogd_list";
static const char pointer[] = "binlogd_list_of";
enum { VALUES_MAX = 64, DEFAULT_LENGTH = 1 << 20, LIST_BYTES_MAX = 256 << 20 };

struct list_call {
    struct call call; /* args: those of the list, then the keys */
    unsigned key_count;
    bool descending[VALUES_MAX];
    bool distinct;
    struct bytes separator;
    uint64_t length_max;
};

struct entry {
    struct bytes text;
    struct datum *keys;
};

struct list {
    const struct list_call *of;
    struct arena *arena;
    struct entry *entries;
    size_t count, room;
    struct evaluation *comparing; /* while it is sorted */
    bool failed;
};

static void keep_bytes(struct list *list, struct datum *datum)
{
    if (datum_has_bytes(datum))
        datum->bytes = arena_copy(list->arena, datum->bytes);
}

/* *skip: an argument is NULL. */
static bool read_entry(struct evaluation *e, struct list *list, sqlite3_value **values,
                       struct entry *out, bool *skip)
{
    const struct list_call *of = list->of;
    unsigned texts = of->call.count - of->key_count;
    struct datum one;
    AUTO_BUF text;
    buf_init(&text, TEXT_RESULT_MAX);
    *skip = false;
    out->keys = arena_alloc(list->arena, (of->key_count + 1) * sizeof *out->keys);
    for (unsigned i = 0; i < of->call.count; i++) {
        if (!datum_read(e->connection, of->call.query->session, &of->call.args[i], values[i], &one))
            return false;
        if (i >= texts) {
            keep_bytes(list, &one);
            out->keys[i - texts] = one;
            continue;
        }
        *skip = *skip || one.rep == REP_NULL;
        if (*skip)
            return true;
        struct bytes part = datum_to_text(&one, e->arena);
        buf_append(&text, part.data, part.len);
    }
    out->text = arena_copy(list->arena, buf_bytes(&text));
    return !text.failed || evaluation_refuse(e, "a text as long as this in GROUP_CONCAT");
}

static bool same_text(struct evaluation *e, const struct entry *a, const struct entry *b)
{
    int order = 1;
    if (e->call->type.rep == REP_BYTES)
        return bytes_equal(a->text, b->text);
    (void)compare_texts(e, a->text, b->text, &order);
    return order == 0;
}

static bool is_there(struct evaluation *e, const struct list *list, const struct entry *entry)
{
    for (size_t i = 0; i < list->count; i++)
        if (same_text(e, &list->entries[i], entry))
            return true;
    return false;
}

static bool add(struct evaluation *e, struct list *list, sqlite3_value **values)
{
    struct entry entry;
    bool skip;
    if (!read_entry(e, list, values, &entry, &skip))
        return false;
    if (skip || (list->of->distinct && is_there(e, list, &entry)))
        return e->connection->problem.code == ERR_NONE;
    if (list->arena->used > LIST_BYTES_MAX)
        return evaluation_refuse(e, "GROUP_CONCAT of more than 256 MiB");
    if (list->count == list->room) {
        list->room = list->room > 0 ? 2 * list->room : 16;
        list->entries = memory_resize(list->entries, list->room * sizeof *list->entries);
    }
    list->entries[list->count++] = entry;
    return true;
}

static int compare_keys(struct list *list, unsigned key, const struct datum *a,
                        const struct datum *b)
{
    const struct list_call *of = list->of;
    struct call call = of->call;
    struct evaluation e = *list->comparing;
    int order = 0;
    call.collation = of->call.args[of->call.count - of->key_count + key].collation;
    e.call = &call;
    if (a->rep == REP_NULL || b->rep == REP_NULL)
        order = (a->rep != REP_NULL) - (b->rep != REP_NULL);
    else if (!datum_compare(&e, a, b, &order))
        list->failed = true;
    return of->descending[key] ? -order : order;
}

static int compare_entries(const void *left, const void *right, void *arg)
{
    struct list *list = arg;
    const struct entry *a = left, *b = right;
    for (unsigned k = 0; k < list->of->key_count; k++) {
        int order = compare_keys(list, k, &a->keys[k], &b->keys[k]);
        if (order != 0)
            return order;
    }
    return a->text.data < b->text.data ? -1 : a->text.data > b->text.data; /* as they came */
}

/* At most so many bytes, and no part of a character. */
static size_t whole_characters(struct bytes text, size_t most)
{
    size_t len = most;
    while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static bool join(struct evaluation *e, const struct list *list, struct datum *out)
{
    const struct list_call *of = list->of;
    AUTO_BUF made;
    buf_init(&made, (size_t)LIST_BYTES_MAX * 2);
    for (size_t i = 0; i < list->count && made.len <= of->length_max; i++) {
        if (i > 0)
            buf_append(&made, of->separator.data, of->separator.len);
        buf_append(&made, list->entries[i].text.data, list->entries[i].text.len);
    }
    if (made.failed)
        return evaluation_refuse(e, "GROUP_CONCAT as long as this");
    size_t most = made.len < of->length_max ? made.len : (size_t)of->length_max;
    bool is_bytes = of->call.type.rep == REP_BYTES;
    size_t len = is_bytes ? most : whole_characters(buf_bytes(&made), most);
    if (len < made.len &&
        !evaluation_warn(e, PROBLEM_CUT_GROUP_CONCAT, "Row was cut by GROUP_CONCAT()"))
        return false;
    *out = datum_text(arena_copy(e->arena, bytes_of(made.data, len)));
    out->rep = of->call.type.rep;
    return true;
}

static bool finish(struct evaluation *e, struct list *list, struct datum *out)
{
    list->comparing = e;
    if (list->of->key_count > 0)
        qsort_r(list->entries, list->count, sizeof *list->entries, compare_entries, list);
    if (list->failed)
        return false;
    if (list->count == 0)
        return true;
    return join(e, list, out);
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct list *list = sqlite3_aggregate_context(context, sizeof *list);
    const struct list_call *of = count > 1 ? sqlite3_value_pointer(values[0], pointer) : NULL;
    if (list == NULL || of == NULL) {
        sqlite3_result_error(context, "binlogd_list is for binlogd alone", -1);
        return;
    }
    struct evaluation e = { .call = &of->call,
                            .arena = &connection->scratch,
                            .connection = connection };
    arena_reset(&connection->scratch);
    if (list->of == NULL) {
        list->of = of;
        list->arena = memory_new(sizeof *list->arena);
        arena_init(list->arena, (size_t)LIST_BYTES_MAX * 4);
    }
    if (!add(&e, list, values + 1))
        sqlite3_result_error(context, connection->problem.text, -1);
}

static void final(sqlite3_context *context)
{
    struct query_connection *connection = sqlite3_user_data(context);
    struct list *list = sqlite3_aggregate_context(context, 0);
    struct datum out = datum_null();
    if (list == NULL || list->of == NULL) {
        sqlite3_result_null(context);
        return;
    }
    struct evaluation e = { .call = &list->of->call,
                            .arena = &connection->scratch,
                            .connection = connection };
    arena_reset(&connection->scratch);
    if (finish(&e, list, &out))
        datum_result(context, &out);
    else
        sqlite3_result_error(context, connection->problem.text, -1);
    free(list->entries);
    arena_clear(list->arena);
    free(list->arena);
    *list = (struct list){ 0 };
}

void list_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, connection, NULL, step, final,
                               NULL);
}

void list_unregister(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, name, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
}

/* ---- compiled ---- */

static bool add_value(struct compiler *c, struct list_call *of, const struct expr *expr,
                      struct buf *sql)
{
    struct typed *arg = &of->call.args[of->call.count];
    if (of->call.count == VALUES_MAX)
        return compile_refuse(c, "GROUP_CONCAT of more than 64 values and keys");
    if (!compile_expr(c, expr, arg))
        return false;
    of->call.count++;
    if (!check_printable(c, arg))
        return false;
    if (arg->is_json)
        return compile_refuse(c, "GROUP_CONCAT of JSON");
    buf_printf(sql, ",%s", arg->is_constant ? plain_sql(c, arg) : arg->sql);
    arg->column = arg->is_constant ? NULL : arg->column;
    arg->is_constant = false;
    return true;
}

static uint64_t length_max(struct compiler *c)
{
    struct value value;
    if (c->session->system_variable != NULL &&
        c->session->system_variable("group_concat_max_len", false, &value, c->arena,
                                    c->session->arg) &&
        (value.kind == VALUE_INT || value.kind == VALUE_UINT))
        return value.u < TEXT_RESULT_MAX ? value.u : TEXT_RESULT_MAX;
    return DEFAULT_LENGTH;
}

/* Bytes if one of the values is. */
static bool set_type(struct compiler *c, struct call *call)
{
    bool is_bytes = false;
    for (unsigned i = 0; i < call->count; i++)
        is_bytes = is_bytes || call->args[i].rep == REP_BYTES;
    if (!is_bytes)
        return type_text(c, call);
    call->type = (struct typed){ .rep = REP_BYTES, .is_nullable = true };
    return check_utf8(c, call);
}

bool call_group_concat(struct compiler *c, const struct expr *e, struct typed *out)
{
    struct list_call *of = arena_alloc(c->arena, sizeof *of);
    bool before = c->has_plain_column;
    AUTO_BUF sql = db_sql();
    c->has_aggregate = true;
    of->distinct = e->distinct;
    of->separator = e->text;
    of->length_max = length_max(c);
    of->call.query = c->query;
    of->call.is_silent = c->is_describing;
    of->call.args = arena_alloc(c->arena, VALUES_MAX * sizeof *of->call.args);
    for (const struct expr *a = e->args; a != NULL; a = a->next)
        if (!add_value(c, of, a, &sql))
            return false;
    if (!set_type(c, &of->call))
        return false;
    for (const struct order_item *o = e->order; o != NULL; o = o->next) {
        if (o->expr->kind == EXPR_INTEGER)
            return compile_refuse(c, "a place in the ORDER BY of GROUP_CONCAT");
        of->descending[of->key_count++] = o->descending;
        if (!add_value(c, of, o->expr, &sql))
            return false;
    }
    c->has_plain_column = before;
    *out = of->call.type;
    out->length = of->length_max > TEXT_RESULT_MAX ? TEXT_RESULT_MAX : (uint32_t)of->length_max;
    out->sql =
        arena_printf(c->arena, "%s(%s%s)", name, compile_pointer(c, of, pointer), buf_cstr(&sql));
    return !c->failed;
}

/* ---- COUNT(DISTINCT a, b) ---- */

static bool eval_row_key(struct evaluation *e, struct datum *out)
{
    AUTO_BUF key;
    buf_init(&key, TEXT_RESULT_MAX);
    for (unsigned i = 0; i < e->call->count; i++) {
        struct bytes text = datum_to_text(&e->args[i], e->arena);
        size_t start = key.len;
        const struct weights *weights =
            e->args[i].rep == REP_TEXT ? weights_of(e->call->args[i].collation) : NULL;
        buf_le(&key, 0, 4);
        if (e->args[i].rep != REP_TEXT)
            buf_append(&key, text.data, text.len);
        else if (weights == NULL || !weights_key(weights, text, &key))
            return evaluation_refuse(e, "comparing these texts");
        for (unsigned b = 0; b < 4 && !key.failed; b++)
            key.data[start + b] = (uint8_t)((key.len - start) >> (8 * b));
    }
    if (key.failed)
        return evaluation_refuse(e, "COUNT(DISTINCT …) of texts as long as this");
    *out = (struct datum){ .rep = REP_BYTES, .bytes = arena_copy(e->arena, buf_bytes(&key)) };
    return true;
}

bool compile_row_key(struct compiler *c, const struct expr *first, const char **sql)
{
    struct typed args[VALUES_MAX], key;
    struct call call = { .eval = eval_row_key,
                         .args = args,
                         .type = { .rep = REP_BYTES, .is_nullable = true } };
    for (const struct expr *a = first; a != NULL; a = a->next) {
        if (call.count == VALUES_MAX)
            return compile_refuse(c, "COUNT(DISTINCT …) of more than 64 values");
        if (!compile_expr(c, a, &args[call.count++]))
            return false;
    }
    if (!compile_call(c, &call, &key))
        return false;
    *sql = key.is_constant ? compile_bound(c, NULL, &key.value) : key.sql;
    return true;
}
