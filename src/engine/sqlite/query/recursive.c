/* recursive.c - WITH RECURSIVE: one or more SELECTs that begin, UNION or UNION ALL with one that
 * names itself.
 *
 * Bounded as MySQL bounds it: more than 1,000 steps are error 3636. With UNION ALL each row carries
 * the number of its step; UNION ends by itself or after a million rows. The types are those of the
 * beginning, and values that outgrow them are errors. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/query_internal.h"

enum { STEPS_MAX = 1000, ROWS_MAX = 1000000, INTEGER_DIGITS = 17 };

static bool source_names(const struct source *source, const char *name)
{
    for (const struct source *s = source; s != NULL; s = s->next) {
        if (s->kind == SOURCE_TABLE && s->db == NULL && strcmp(s->name, name) == 0)
            return true;
        if (s->kind == SOURCE_JOIN && (source_names(s->left, name) || source_names(s->right, name)))
            return true;
    }
    return false;
}

bool with_is_recursive(const struct with *with)
{
    const struct select *select = with->cte->select;
    return with->is_recursive && select->next != NULL && select->inner == NULL &&
           select->ctes == NULL && source_names(select->next->from, with->cte->name);
}

/* A step: mysql_step(step) in UNION ALL, mysql_step(NULL) counts rows. */
static void call_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    (void)count;
    bool counts_rows = sqlite3_value_type(values[0]) == SQLITE_NULL;
    int64_t step = counts_rows ? ++connection->recursive_rows : sqlite3_value_int64(values[0]);
    if (step > (counts_rows ? ROWS_MAX : STEPS_MAX)) {
        problem(&connection->problem, PROBLEM_RECURSION,
                "Recursive query aborted after %d iterations. Try increasing "
                "@@cte_max_recursion_depth to a larger value.",
                STEPS_MAX + 1);
        sqlite3_result_error(context, "too many steps", -1);
        return;
    }
    sqlite3_result_int64(context, step);
}

/* mysql_narrow(value, most): an integer of so many digits, a text of so many characters. */
static void call_narrow(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct query_connection *connection = sqlite3_user_data(context);
    int64_t most = sqlite3_value_int64(values[1]);
    bool fits = true;
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_INTEGER) {
        int64_t bound = 1;
        for (int64_t i = 0; i < most; i++)
            bound *= 10;
        int64_t value = sqlite3_value_int64(values[0]);
        fits = value < bound && value > -bound;
    } else if (sqlite3_value_type(values[0]) == SQLITE_TEXT) {
        const unsigned char *text = sqlite3_value_text(values[0]);
        int len = sqlite3_value_bytes(values[0]);
        int64_t characters = 0;
        for (int i = 0; i < len; i++)
            characters += (text[i] & 0xc0) != 0x80;
        fits = characters <= most;
    }
    if (fits) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    problem(&connection->problem, PROBLEM_DATA_TOO_LONG,
            "Data too long for a column of a recursive WITH: CAST its first value to a wider type");
    sqlite3_result_error(context, "too long", -1);
}

void recursive_register(struct query_connection *connection)
{
    sqlite3_create_function_v2(connection->db, "mysql_step", 1, SQLITE_UTF8, connection, call_step,
                               NULL, NULL, NULL);
    sqlite3_create_function_v2(connection->db, "mysql_narrow", 2, SQLITE_UTF8, connection,
                               call_narrow, NULL, NULL, NULL);
}

static bool check_shape(struct compiler *c, const struct select *first, const struct select *again)
{
    bool ok = (again->operation == SET_UNION || again->operation == SET_UNION_ALL) &&
              again->next == NULL && again->inner == NULL && again->group == NULL &&
              !again->distinct && first->order == NULL && first->limit.count == NULL;
    return ok || compile_refuse(c, "WITH RECURSIVE of another shape than SELECT … UNION [ALL] "
                                   "SELECT … from itself");
}

static bool widen(struct compiler *c, struct output *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        struct typed *t = &out->types[i];
        bool is_plain =
            t->rep == REP_INT || t->rep == REP_TEXT || t->rep == REP_REAL || t->rep == REP_DATE;
        if (!is_plain || t->digits > INTEGER_DIGITS)
            return compile_refuse(c, "a recursive WITH of this type");
        t->is_nullable = true;
        if (t->rep != REP_INT)
            continue;
        t->digits = INTEGER_DIGITS;
        t->column = NULL;
    }
    return true;
}

/* The item of a step: its value fits the type of the beginning. */
bool recursive_item(struct compiler *c, unsigned i, const struct typed *t, const char **sql)
{
    const struct with *with = c->stepping;
    const struct typed *first = i < with->running->count ? &with->running->types[i] : NULL;
    bool is_all = with->cte->select->next->operation == SET_UNION_ALL;
    if (first == NULL)
        return true; /* their number is compared later */
    if (t->rep != first->rep && t->rep != REP_NULL)
        return compile_refuse(c, "a recursive WITH whose types change");
    if (first->rep == REP_INT || first->rep == REP_TEXT)
        *sql = arena_printf(c->arena, "mysql_narrow(%s,%u)", *sql,
                            first->rep == REP_INT ? first->digits : first->length);
    if (i == 0 && !is_all)
        *sql = arena_printf(c->arena, "iif(mysql_step(NULL),%s,NULL)", *sql);
    return true;
}

/* Behind the items: the number of the step. */
bool recursive_step(struct compiler *c, struct buf *sql)
{
    const struct relation *self = c->relations;
    while (self != NULL && (self->output == NULL || !self->output->is_step))
        self = self->next;
    if (self == NULL)
        return compile_refuse(c, "WITH RECURSIVE where a subquery names itself");
    if (c->stepping->cte->select->next->operation == SET_UNION_ALL)
        buf_printf(sql, ",mysql_step(%s.step+1)", self->sql_alias);
    return true;
}

static bool compile_step(struct compiler *c, struct with *with, struct output *out, struct buf *sql)
{
    struct scope saved;
    struct output given = { 0 }, self = *out;
    struct with *before = c->with, *stepping = c->stepping;
    self.is_step = true;
    with->running = &self;
    with->next = c->with;
    c->with = with;
    c->stepping = with;
    scope_enter(c, &saved);
    c->outer = saved.outer;
    bool ok = compile_block(c, with->cte->select->next, BLOCK_MEMBER, &given, sql);
    scope_leave(c, &saved);
    c->stepping = stepping;
    c->with = before;
    with->running = NULL;
    if (ok && given.count != out->count)
        return compile_fail(c, PROBLEM_COLUMNS_NUMBER,
                            "The used SELECT statements have a different number of columns");
    return ok;
}

static bool compile_beginning(struct compiler *c, const struct select *first, struct output *out,
                              struct buf *sql)
{
    struct scope saved;
    scope_enter(c, &saved);
    c->outer = saved.outer;
    bool ok = compile_block(c, first, BLOCK_MEMBER, out, sql);
    scope_leave(c, &saved);
    return ok && widen(c, out);
}

static void add_columns(const struct output *out, struct buf *sql)
{
    for (unsigned i = 0; i < out->count; i++)
        buf_printf(sql, "%sc%u", i > 0 ? "," : "", i + 1);
}

bool compile_recursive(struct compiler *c, struct with *with, struct output *out, struct buf *sql)
{
    const struct select *first = with->cte->select;
    bool is_all = first->next->operation == SET_UNION_ALL;
    AUTO_BUF begin = db_sql();
    AUTO_BUF step = db_sql();
    with->sql_name = arena_printf(c->arena, "w%u", ++c->relation_count);
    if (!check_shape(c, first, first->next) || !compile_beginning(c, first, out, &begin) ||
        !with_name_columns(c, with->cte, out) || !compile_step(c, with, out, &step))
        return false;
    buf_printf(sql, "WITH RECURSIVE %s(", with->sql_name);
    add_columns(out, sql);
    buf_str(sql, is_all ? ",step) AS (SELECT *,0 FROM (" : ") AS (");
    buf_append(sql, begin.data, begin.len);
    buf_str(sql, is_all ? ") UNION ALL " : " UNION ");
    buf_append(sql, step.data, step.len);
    buf_str(sql, ") SELECT ");
    add_columns(out, sql);
    buf_printf(sql, " FROM %s", with->sql_name);
    return true;
}
