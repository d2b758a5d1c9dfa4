/* fields.c - COM_FIELD_LIST: a table's columns as a result would have them, and their defaults.
 *
 * SHOW COLUMNS knows which columns fit the pattern and what their defaults are, SELECT how they
 * look in a result. */
// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "execute/state.h"
#include "sql/lexer.h"

enum { TEXT_MAX = 8 * EXECUTE_NAME_MAX, ARENA_MAX = 16 << 20, COLUMNS_MAX = 4096 };
enum shown { SHOWN_NAME = 0, SHOWN_DEFAULT = 4 };

static const char *text_of(const struct value *value, struct arena *arena)
{
    return value->kind == VALUE_NULL ? NULL
                                     : arena_strn(arena, value->bytes.data, value->bytes.len);
}

static bool list_columns(struct execution *e, struct arena *arena, struct results_defaults *out,
                         struct err *err)
{
    const struct engine_query_ops *ops = e->executor->options.engine->ops->query;
    const struct value *row = NULL;
    struct query_outcome outcome;
    bool ok = ops->run(e->query, NULL, &outcome, err);
    out->names = arena_alloc(arena, COLUMNS_MAX * sizeof *out->names);
    out->texts = arena_alloc(arena, COLUMNS_MAX * sizeof *out->texts);
    while (ok && out->count < COLUMNS_MAX && (ok = ops->step(e->query, &row, err)) && row != NULL) {
        out->names[out->count] = text_of(&row[SHOWN_NAME], arena);
        out->texts[out->count++] = text_of(&row[SHOWN_DEFAULT], arena);
    }
    return ok;
}

/* The request is the table's name, a NUL, and maybe a pattern. */
static void put_question(const struct execution *e, struct buf *out)
{
    size_t name_len = strlen(e->text);
    buf_str(out, "SHOW COLUMNS FROM ");
    sql_quote_name(e->text, out);
    if (name_len + 1 >= e->request.text.len)
        return;
    buf_str(out, " LIKE ");
    sql_quote_text(e->text + name_len + 1, e->request.text.len - name_len - 1, out);
}

static enum step describe(struct execution *e, const struct results_defaults *columns,
                          struct err *err)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    buf_str(&text, "SELECT * FROM ");
    sql_quote_name(e->text, &text);
    enum step step = statement_prepare_own(e, buf_bytes(&text), err);
    buf_clear(&text);
    if (e->query == NULL)
        return step;
    results_fields(e, e->executor->options.engine->ops->query->describe(e->query), columns);
    statement_close(e);
    return STEP_OUTPUT;
}

enum step fields_answer(struct execution *e, struct err *err)
{
    struct buf text;
    struct arena arena;
    struct results_defaults columns = { .count = 0 };
    buf_init(&text, TEXT_MAX);
    put_question(e, &text);
    enum step step = statement_prepare_own(e, buf_bytes(&text), err);
    buf_clear(&text);
    if (e->query == NULL)
        return step;
    arena_init(&arena, ARENA_MAX);
    bool ok = list_columns(e, &arena, &columns, err);
    if (ok)
        statement_close(e);
    step = ok ? describe(e, &columns, err) : statement_end_error(e, err);
    arena_clear(&arena);
    return step;
}
