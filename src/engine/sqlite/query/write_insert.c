/* write_insert.c - INSERT and REPLACE: of VALUES, SET and SELECT; IGNORE, ON DUPLICATE KEY UPDATE.
 *
 * What a row's values need lives in an arena of that row. A SELECT is read to its end before the
 * first row is written: it may read the table itself. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "binlog/value_equal.h"
#include "engine/sqlite/query/write.h"

struct inserting {
    struct writing *w;
    const unsigned *columns; /* the list's, or all */
    unsigned column_count;
    struct relation *fresh; /* VALUES(c), and the row's alias */
    struct arena *whole;    /* the statement's; the compiler's is that of a row meanwhile */
    struct arena row_arena;
    uint64_t rows, row_count; /* so far, and of VALUES */
    uint64_t made_number;     /* of the row at hand; 0: none */
    uint64_t last_number;     /* the one before it */
    uint64_t reserved;        /* numbers up to it are the statement's, one a row, taken or not */
    uint64_t unchanged;       /* ON DUPLICATE KEY UPDATE to what it was */
};

/* What the statement says about a column: an expression, a value, or nothing. */
struct given {
    const struct expr *expr;
    const struct value *value;
};

static bool is_zero(const struct value *v)
{
    return (v->kind == VALUE_INT || v->kind == VALUE_UINT) && v->u == 0;
}

static bool number_value(struct inserting *in, unsigned column, const struct given *given)
{
    struct writing *w = in->w;
    const struct column_def *def = &w->def->columns[column];
    struct value value = { .kind = VALUE_NULL };
    bool is_said =
        given->value != NULL || (given->expr != NULL && given->expr->kind != EXPR_DEFAULT);
    if (given->value != NULL)
        value = *given->value;
    else if (is_said && !write_evaluate(w, given->expr, def, &value))
        return false;
    if (value.kind != VALUE_NULL && !store_convert(w->c, def, &value, &w->after[column]))
        return false;
    bool zero_is_none = (w->c->session->sql_mode & SQL_MODE_NO_AUTO_VALUE_ON_ZERO) == 0;
    if (value.kind != VALUE_NULL && !(zero_is_none && is_zero(&w->after[column])))
        return true;
    if (!write_next_number(w, column, &w->after[column]))
        return false;
    in->made_number = w->after[column].u;
    in->last_number = in->made_number - 1;
    if (in->reserved == 0)
        in->reserved = in->last_number + in->row_count;
    return true;
}

static bool column_value(struct inserting *in, unsigned column, const struct given *given)
{
    struct writing *w = in->w;
    const struct column_def *def = &w->def->columns[column];
    if (def->generated != GENERATED_NO) {
        w->after[column] = (struct value){ .kind = VALUE_NULL };
        bool is_said =
            given->value != NULL || (given->expr != NULL && given->expr->kind != EXPR_DEFAULT);
        return !is_said || compile_fail(w->c, PROBLEM_GENERATED_VALUE,
                                        "The value specified for generated column '%s' in table "
                                        "'%s' is not allowed.",
                                        def->name, w->def->name);
    }
    if (def->auto_increment)
        return number_value(in, column, given);
    if (given->value != NULL)
        return store_convert(w->c, def, given->value, &w->after[column]);
    return given->expr != NULL ? write_assigned(w, column, given->expr, &w->after[column])
                               : write_default(w, def, &w->after[column]);
}

/* ---- a row in the way ---- */

static bool is_last_unique(const struct table_def *def, const struct key_def *key)
{
    for (const struct key_def *k = key + 1; k < def->keys + def->key_count; k++)
        if (k->kind == KEY_UNIQUE)
            return false;
    return true;
}

static bool is_same_row(const struct writing *w, const struct value *row)
{
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (!value_equal(&w->after[i], &row[i]))
            return false;
    return true;
}

static bool take_away(struct writing *w, const struct duplicate *duplicate)
{
    struct duplicate none;
    w->before = duplicate->row;
    w->rowid = duplicate->rowid;
    w->outcome->changed++;
    return write_keep_number(w, duplicate->row) && write_change(w, CHANGE_DELETE, &none);
}

/* Assignments from left to right, over the row as it is by then. */
static bool assign_all(struct inserting *in, struct value *row, struct value *after)
{
    struct writing *w = in->w;
    w->relation->row = row;
    bool ok = true;
    for (const struct assignment *a = w->c->tree->on_duplicate; a != NULL && ok; a = a->next) {
        unsigned column = 0;
        ok = write_find_column(w, a->name, &column) &&
             write_assigned(w, column, a->expr, &row[column]);
        if (ok)
            after[column] = row[column];
    }
    w->relation->row = NULL;
    return ok;
}

static bool differs(const struct writing *w, const struct value *row, const struct value *before)
{
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (row[i].kind != VALUE_ABSENT && !value_equal(&row[i], &before[i]))
            return true;
    return false;
}

static bool update_there(struct inserting *in, const struct duplicate *found)
{
    struct writing *w = in->w;
    unsigned count = w->def->column_count;
    struct value *inserted = w->after;
    struct value *row = arena_alloc(w->c->arena, (count + 1) * sizeof *row);
    struct value *after = arena_alloc(w->c->arena, (count + 1) * sizeof *after);
    struct duplicate again = { 0 };
    memcpy(row, found->row, count * sizeof *row);
    for (unsigned i = 0; i < count; i++)
        after[i] = (struct value){ .kind = VALUE_ABSENT };
    in->fresh->row = inserted;
    bool ok = assign_all(in, row, after);
    w->before = found->row;
    w->rowid = found->rowid;
    w->after = after;
    bool is_changed = ok && differs(w, after, found->row);
    in->unchanged += ok && !is_changed;
    if (is_changed) {
        ok = write_touch_times(w);
        for (unsigned i = 0; i < count; i++)
            if (after[i].kind != VALUE_ABSENT)
                row[i] = after[i];
        ok = ok && write_rules_apply(w, row);
        write_keep_changed(w, row, found->row, after);
        ok = ok && write_keep_number(w, found->row) && write_change(w, CHANGE_UPDATE, &again);
        w->after = row;
        if (ok && again.key != NULL)
            ok = w->ignore ? write_warn_duplicate(w, &again) : write_fail_duplicate(w, &again);
        else if (ok)
            w->outcome->changed += 2;
        write_note_number(w, row);
    }
    w->after = inserted;
    w->duplicates++;
    return ok && write_return(w, row);
}

/* *done: the row needs no further attempt. */
static bool make_way(struct inserting *in, const struct duplicate *found, bool *done)
{
    struct writing *w = in->w;
    const struct query_tree *tree = w->c->tree;
    *done = true;
    if (tree->kind == TREE_REPLACE) {
        if (is_last_unique(w->def, found->key) && is_same_row(w, found->row)) {
            w->outcome->changed++;
            return write_return(w, w->after);
        }
        *done = false;
        w->duplicates++;
        return take_away(w, found);
    }
    if (in->made_number > 0)
        w->table->number_given = in->last_number; /* the next row takes it */
    if (tree->on_duplicate != NULL)
        return update_there(in, found);
    w->duplicates++;
    return w->ignore ? write_warn_duplicate(w, found) : write_fail_duplicate(w, found);
}

static bool put_row(struct inserting *in)
{
    struct writing *w = in->w;
    struct duplicate found;
    bool done = false;
    if (!write_rules_apply(w, w->after))
        return false;
    while (!done) {
        if (!write_change(w, CHANGE_INSERT, &found))
            return false;
        if (found.key != NULL) {
            if (!make_way(in, &found, &done))
                return false;
            continue;
        }
        w->outcome->changed++;
        write_note_number(w, w->after);
        if (w->insert_id == 0)
            w->insert_id = in->made_number;
        if (!write_return(w, w->after))
            return false;
        done = true;
    }
    return true;
}

/* values: column_count of them, or none at all. */
static bool insert_row(struct inserting *in, const struct given *values)
{
    struct writing *w = in->w;
    w->c->arena = &in->row_arena;
    struct given *by_column =
        arena_alloc(w->c->arena, (w->def->column_count + 1) * sizeof *by_column);
    for (unsigned i = 0; i < in->column_count && values != NULL; i++)
        by_column[in->columns[i]] = values[i];
    for (unsigned i = 0; i < w->def->column_count; i++)
        w->after[i] = (struct value){ .kind = VALUE_ABSENT };
    in->made_number = 0;
    in->rows++;
    w->relation->row = w->after;
    bool ok = true;
    for (unsigned i = 0; i < w->def->column_count && ok; i++)
        ok = column_value(in, i, &by_column[i]);
    w->relation->row = NULL;
    ok = ok && put_row(in);
    w->c->arena = in->whole;
    arena_reset(&in->row_arena);
    return ok;
}

/* ---- where rows come from ---- */

static bool wrong_count(struct inserting *in)
{
    return compile_fail(in->w->c, PROBLEM_VALUE_COUNT,
                        "Column count doesn't match value count at row %llu",
                        (unsigned long long)in->rows + 1);
}

static bool insert_values(struct inserting *in)
{
    const struct query_tree *tree = in->w->c->tree;
    struct given *values = arena_alloc(in->whole, (in->column_count + 1) * sizeof *values);
    for (const struct insert_row *row = tree->rows; row != NULL; row = row->next) {
        const struct expr *expr = row->values;
        bool is_empty = row->count == 0 && tree->column_count == 0;
        if (!is_empty && row->count != in->column_count)
            return wrong_count(in);
        for (unsigned i = 0; expr != NULL; expr = expr->next)
            values[i++] = (struct given){ .expr = expr };
        if (!insert_row(in, is_empty ? NULL : values))
            return false;
    }
    return true;
}

struct row_list {
    struct value **rows;
    size_t count, room;
};

static bool keep_row(struct inserting *in, struct row_list *list, sqlite3_stmt *stmt,
                     const struct output *out)
{
    struct compiler *c = in->w->c;
    AUTO_BUF cell = db_sql();
    if (list->count == WRITE_ROWS_MAX)
        return compile_refuse(c, "inserting more than 1,000,000 rows of a SELECT");
    if (list->count == list->room) {
        list->room = list->room > 0 ? 2 * list->room : 64;
        struct value **rows = arena_alloc_raw(c->arena, list->room * sizeof *rows);
        if (list->count > 0)
            memcpy(rows, list->rows, list->count * sizeof *rows);
        list->rows = rows;
    }
    struct value *row = arena_alloc(c->arena, (out->count + 1) * sizeof *row);
    for (unsigned i = 0; i < out->count; i++) {
        if (!read_result(c->query, stmt, (int)i, &out->types[i], &cell, &row[i], c->err)) {
            c->failed = true;
            return false;
        }
        if (value_has_bytes(row[i].kind))
            row[i].bytes = arena_copy(c->arena, row[i].bytes);
    }
    list->rows[list->count++] = row;
    return write_check_room(in->w);
}

static bool read_rows(struct inserting *in, const struct output *out, struct buf *sql,
                      struct row_list *list)
{
    struct compiler *c = in->w->c;
    sqlite3_stmt *stmt = NULL;
    bool row = true;
    bool ok = query_prepare_sql(c, sql, &stmt);
    while (ok && (ok = query_next(c->query, stmt, &row, c->err)) && row)
        ok = keep_row(in, list, stmt, out);
    kept_give(c->connection, stmt);
    c->query->bound_count = 0;
    c->failed = c->failed || !ok;
    return ok;
}

static bool insert_select(struct inserting *in)
{
    struct compiler *c = in->w->c;
    struct scope saved;
    struct output out = { 0 };
    struct row_list list = { 0 };
    AUTO_BUF sql = db_sql();
    scope_enter(c, &saved);
    c->outer = NULL;
    bool ok = compile_query(c, c->tree->select, &out, &sql);
    scope_leave(c, &saved);
    if (!ok)
        return false;
    if (out.count != in->column_count)
        return wrong_count(in);
    for (unsigned i = 0; i < out.count; i++)
        write_fit(c, &in->w->def->columns[in->columns[i]], &out.types[i]);
    if (!read_rows(in, &out, &sql, &list))
        return false;
    struct given *values = arena_alloc(in->whole, (in->column_count + 1) * sizeof *values);
    for (size_t r = 0; r < list.count; r++) {
        for (unsigned i = 0; i < in->column_count; i++)
            values[i] = (struct given){ .value = &list.rows[r][i] };
        if (!insert_row(in, values))
            return false;
    }
    return true;
}

/* ---- the statement ---- */

static bool list_columns(struct inserting *in)
{
    const struct query_tree *tree = in->w->c->tree;
    const struct table_def *def = in->w->def;
    bool is_said = tree->columns != NULL && tree->column_count > 0;
    unsigned count = is_said ? tree->column_count : def->column_count;
    unsigned *columns = arena_alloc(in->whole, (count + 1) * sizeof *columns);
    bool *seen = arena_alloc(in->whole, (def->column_count + 1) * sizeof *seen);
    in->columns = columns;
    for (unsigned i = 0; i < count; i++) {
        unsigned column = i;
        if (is_said && !write_find_column(in->w, tree->columns[i], &column))
            return false;
        if (!is_said && def->columns[i].invisible)
            continue;
        if (seen[column])
            return compile_fail(in->w->c, PROBLEM_COLUMN_TWICE, "Column '%s' specified twice",
                                def->columns[column].name);
        seen[column] = true;
        columns[in->column_count++] = column;
    }
    return true;
}

/* The row to be inserted under a name of its own: bare names mean the table's. */
static bool open_fresh(struct inserting *in)
{
    struct compiler *c = in->w->c;
    struct relation *fresh = arena_alloc(c->arena, sizeof *fresh);
    *fresh = (struct relation){ .name = c->tree->row_alias,
                                .sql_alias = in->w->relation->sql_alias,
                                .table = in->w->table };
    in->fresh = fresh;
    c->fresh = fresh;
    if (c->tree->row_alias == NULL)
        return true;
    if (strcmp(fresh->name, in->w->relation->name) == 0)
        return compile_fail(c, PROBLEM_NOT_UNIQUE_TABLE, "Not unique table/alias: '%s'",
                            fresh->name);
    fresh->merged = arena_alloc(c->arena, in->w->def->column_count * sizeof *fresh->merged);
    for (unsigned i = 0; i < in->w->def->column_count; i++)
        fresh->merged[i] = MERGED_HIDDEN;
    *c->relations_end = fresh;
    c->relations_end = &fresh->next;
    return true;
}

bool compile_new_value(struct compiler *c, const struct expr *expr, struct typed *out)
{
    if (c->fresh == NULL || c->fresh->row == NULL)
        return compile_refuse(c, "VALUES(column) outside of ON DUPLICATE KEY UPDATE");
    int column = table_def_column(c->fresh->table->def, expr->name);
    if (column < 0)
        return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s' in 'field list'",
                            expr->name);
    column_typed(c, c->fresh, (unsigned)column, out);
    return true;
}

static void tell(const struct inserting *in)
{
    struct query_outcome *outcome = in->w->outcome;
    outcome->matched = outcome->changed + in->unchanged;
    if (in->rows > 1 || in->w->c->tree->select != NULL)
        snprintf(outcome->info, sizeof outcome->info,
                 "Records: %llu  Duplicates: %llu  Warnings: %u", (unsigned long long)in->rows,
                 (unsigned long long)in->w->duplicates, in->w->c->session->warning_count);
}

bool write_insert(struct writing *w)
{
    const struct query_tree *tree = w->c->tree;
    struct source source = { .db = tree->db, .name = tree->table };
    struct inserting in = { .w = w, .whole = w->c->arena };
    if (!write_open(w, scope_add_table(w->c, &source, true)) || !write_describe_returning(w->c) ||
        !list_columns(&in) || !open_fresh(&in))
        return false;
    for (const struct insert_row *row = tree->rows; row != NULL; row = row->next)
        in.row_count++;
    arena_init(&in.row_arena, w->c->arena->max);
    bool ok = tree->select != NULL ? insert_select(&in) : insert_values(&in);
    w->c->arena = in.whole;
    arena_clear(&in.row_arena);
    if (in.reserved > w->table->number_given)
        w->table->number_given = in.reserved;
    if (ok)
        tell(&in);
    return ok;
}
