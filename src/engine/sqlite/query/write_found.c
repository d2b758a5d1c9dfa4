/* write_found.c - UPDATE and DELETE: rows are found first, and changed then.
 *
 * Of each table to change, the rows that a SELECT over all tables names are read, each once, with
 * the new values of the assignments that do not look at others before them; those that do are
 * computed when the row is changed, over its values by then. */
// SPDX-License-Identifier: Apache-2.0
#include "binlog/value_equal.h"
#include "engine/sqlite/query/write.h"
#include "sql/names.h"
#include <stdio.h>
#include <stdlib.h>

struct set {
    const struct assignment *assignment;
    unsigned column;
    bool is_late; /* looks at columns assigned before it */
    struct typed typed;
};

struct found {
    struct value *before, *news; /* news: one per set */
    int64_t rowid;
};

/* A table that rows are changed in. */
struct target {
    struct writing writing;
    struct set *sets;
    unsigned set_count;
    unsigned *read; /* columns that are read, in their stored form */
    unsigned read_count;
    struct found *rows;
    size_t count, room;
};

struct changing {
    struct writing *w; /* the statement's */
    struct target *targets;
    unsigned target_count;
    bool is_joined;
    bool is_delete;
    struct buf from; /* FROM … WHERE … */
};

/* ---- what is read ---- */

static bool mentions(const struct expr *e, const char *column)
{
    if (e == NULL)
        return false;
    if (e->select != NULL || (e->kind == EXPR_COLUMN && sql_name_equal(e->name, column)))
        return true;
    for (const struct expr *arg = e->args; arg != NULL; arg = arg->next)
        if (mentions(arg, column))
            return true;
    return false;
}

static bool is_late(const struct target *t, const struct expr *expr)
{
    for (unsigned i = 0; i < t->set_count; i++)
        if (mentions(expr, t->writing.def->columns[t->sets[i].column].name))
            return true;
    return false;
}

static bool needs_all(const struct target *t)
{
    const struct writing *w = &t->writing;
    bool all = w->table->key == NULL || w->c->tree->returning != NULL || w->rules != NULL ||
               write_foreign_matters(w) || write_number_column(w->def) >= 0;
    for (unsigned i = 0; i < t->set_count; i++)
        all = all || t->sets[i].is_late ||
              write_is_unique_column(w->def, w->def->columns[t->sets[i].column].name);
    return all;
}

static void choose_columns(struct target *t)
{
    struct writing *w = &t->writing;
    unsigned count = w->def->column_count;
    bool all = needs_all(t);
    bool *wanted = arena_alloc(w->c->arena, (count + 1) * sizeof *wanted);
    t->read = arena_alloc(w->c->arena, (count + 1) * sizeof *t->read);
    for (unsigned i = 0; i < w->table->key_count; i++)
        wanted[w->table->key[i]] = true;
    for (unsigned i = 0; i < t->set_count; i++)
        wanted[t->sets[i].column] = true;
    for (unsigned i = 0; i < count; i++)
        if (all || wanted[i])
            t->read[t->read_count++] = i;
}

/* ---- targets ---- */

static bool add_target(struct changing *ch, struct relation *relation)
{
    struct target *t = &ch->targets[ch->target_count];
    for (unsigned i = 0; i < ch->target_count; i++)
        if (ch->targets[i].writing.relation == relation)
            return true;
    if (relation->table == NULL)
        return compile_fail(ch->w->c, PROBLEM_NOT_UPDATABLE,
                            "The target table %s of the %s is not updatable", relation->name,
                            ch->w->c->tree->kind == TREE_DELETE ? "DELETE" : "UPDATE");
    t->writing = *ch->w;
    if (!write_open(&t->writing, relation))
        return false;
    t->sets = arena_alloc(ch->w->c->arena, (relation_columns(relation) + 1) * sizeof *t->sets);
    ch->target_count++;
    return true;
}

static struct target *target_of(struct changing *ch, const struct relation *relation)
{
    for (unsigned i = 0; i < ch->target_count; i++)
        if (ch->targets[i].writing.relation == relation)
            return &ch->targets[i];
    return NULL;
}

static bool add_set(struct changing *ch, const struct assignment *a)
{
    struct compiler *c = ch->w->c;
    struct expr name = { .kind = EXPR_COLUMN, .db = a->db, .table = a->table, .name = a->name };
    struct relation *relation = NULL;
    unsigned column = 0;
    if (!scope_resolve(c, &name, &relation, &column))
        return false;
    if (relation == NULL)
        return compile_fail(c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s' in 'field list'",
                            a->name);
    if (!add_target(ch, relation))
        return false;
    struct target *t = target_of(ch, relation);
    struct set *set = &t->sets[t->set_count];
    *set = (struct set){ .assignment = a, .column = column, .is_late = is_late(t, a->expr) };
    if (a->expr->kind == EXPR_DEFAULT)
        set->is_late = true;
    if (t->set_count == relation_columns(relation))
        return compile_refuse(c, "a column assigned twice");
    if (set->is_late && ch->is_joined)
        return compile_refuse(c, "an assignment that looks at another, with several tables");
    if (t->writing.def->columns[column].generated != GENERATED_NO && a->expr->kind != EXPR_DEFAULT)
        return compile_fail(c, PROBLEM_GENERATED_VALUE,
                            "The value specified for generated column '%s' in table '%s' is not "
                            "allowed.",
                            a->name, t->writing.def->name);
    t->set_count++;
    if (set->is_late)
        return true;
    if (!compile_expr(c, a->expr, &set->typed))
        return false;
    write_fit(c, &t->writing.def->columns[column], &set->typed);
    return true;
}

static bool update_targets(struct changing *ch)
{
    for (const struct assignment *a = ch->w->c->tree->assignments; a != NULL; a = a->next)
        if (!add_set(ch, a))
            return false;
    return true;
}

static struct relation *relation_named(struct compiler *c, const struct source *target)
{
    for (struct relation *r = c->relations; r != NULL; r = r->next)
        if (strcmp(r->name, target->name) == 0 &&
            (target->db == NULL || (r->table != NULL && strcmp(r->table->db, target->db) == 0)))
            return r;
    compile_fail(c, PROBLEM_UNKNOWN_TABLE, "Unknown table '%s' in MULTI DELETE", target->name);
    return NULL;
}

static bool delete_targets(struct changing *ch)
{
    struct compiler *c = ch->w->c;
    if (c->tree->targets == NULL)
        return add_target(ch, c->relations);
    for (const struct source *s = c->tree->targets; s != NULL; s = s->next) {
        struct relation *relation = relation_named(c, s);
        if (relation == NULL || !add_target(ch, relation))
            return false;
    }
    return true;
}

/* ---- finding ---- */

static void write_columns(struct target *t, struct buf *sql)
{
    struct writing *w = &t->writing;
    for (unsigned i = 0; i < t->read_count; i++) {
        buf_printf(sql, "%s%s.", i > 0 ? "," : "", w->relation->sql_alias);
        db_quote_name(sql, w->def->columns[t->read[i]].name);
    }
    for (unsigned i = 0; i < t->set_count; i++) {
        const struct typed *typed = &t->sets[i].typed;
        const char *text = t->sets[i].is_late   ? "NULL"
                           : typed->is_constant ? compile_bound(w->c, NULL, &typed->value)
                                                : typed->sql;
        buf_printf(sql, ",%s", text);
    }
    if (w->table->key == NULL)
        buf_printf(sql, ",%s.%s", w->relation->sql_alias, w->table->rowid_name);
}

/* Of a join each row once, and none that an outer join lacks. */
static void write_once(struct target *t, struct buf *sql)
{
    struct writing *w = &t->writing;
    AUTO_BUF keys = db_sql();
    AUTO_BUF first = db_sql();
    for (unsigned i = 0; i < w->table->key_count; i++) {
        buf_printf(&keys, "%s%s.", i > 0 ? "," : "", w->relation->sql_alias);
        db_quote_name(&keys, w->def->columns[w->table->key[i]].name);
        if (i == 0)
            buf_append(&first, keys.data, keys.len);
    }
    if (w->table->key == NULL) {
        buf_printf(&keys, "%s.%s", w->relation->sql_alias, w->table->rowid_name);
        buf_append(&first, keys.data, keys.len);
    }
    buf_printf(sql, " GROUP BY %.*s HAVING %.*s IS NOT NULL", (int)keys.len,
               (const char *)keys.data, (int)first.len, (const char *)first.data);
}

static bool keep_row(struct target *t, sqlite3_stmt *stmt)
{
    struct writing *w = &t->writing;
    struct compiler *c = w->c;
    struct found found = { 0 };
    AUTO_BUF cell = db_sql();
    if (t->count == WRITE_ROWS_MAX)
        return compile_refuse(c, "changing more than 1,000,000 rows in a statement");
    if (t->count == t->room) {
        t->room = t->room > 0 ? 2 * t->room : 16;
        t->rows = memory_resize(t->rows, t->room * sizeof *t->rows);
    }
    found.before = arena_alloc(c->arena, (w->def->column_count + 1) * sizeof *found.before);
    found.news = arena_alloc(c->arena, (t->set_count + 1) * sizeof *found.news);
    bool ok = true;
    for (unsigned i = 0; i < t->read_count && ok; i++)
        ok = read_stored(stmt, (int)i, &w->table->columns[t->read[i]], c->arena,
                         &found.before[t->read[i]], c->err);
    for (unsigned i = 0; i < t->set_count && ok; i++) {
        struct value value;
        if (t->sets[i].is_late)
            continue;
        ok = read_result(c->query, stmt, (int)(t->read_count + i), &t->sets[i].typed, &cell, &value,
                         c->err) &&
             store_convert(c, &w->def->columns[t->sets[i].column], &value, &found.news[i]);
        if (ok && value_has_bytes(found.news[i].kind))
            found.news[i].bytes = arena_copy(c->arena, found.news[i].bytes);
    }
    if (w->table->key == NULL)
        found.rowid = sqlite3_column_int64(stmt, (int)(t->read_count + t->set_count));
    t->rows[t->count++] = found;
    c->failed = c->failed || !ok;
    return ok && write_check_room(w);
}

static bool find_rows(struct changing *ch, struct target *t)
{
    struct compiler *c = ch->w->c;
    sqlite3_stmt *stmt = NULL;
    AUTO_BUF sql = db_sql();
    choose_columns(t);
    buf_str(&sql, "SELECT ");
    write_columns(t, &sql);
    buf_append(&sql, ch->from.data, ch->from.len);
    if (ch->is_joined)
        write_once(t, &sql);
    else if (!compile_order_and_limit(c, c->tree->order, &c->tree->limit, &sql))
        return false;
    bool row = true, ok = query_prepare_sql(c, &sql, &stmt);
    while (ok && (ok = query_next(c->query, stmt, &row, c->err)) && row)
        ok = keep_row(t, stmt);
    kept_give(c->connection, stmt);
    c->failed = c->failed || !ok;
    return ok;
}

/* ---- changing ---- */

static bool late_values(struct target *t, const struct found *found, struct value *row)
{
    struct writing *w = &t->writing;
    struct scope saved;
    struct relation self = *w->relation;
    bool ok = true;
    scope_enter(w->c, &saved);
    w->c->outer = NULL;
    self.next = NULL;
    self.row = row;
    w->c->relations = &self;
    for (unsigned i = 0; i < t->set_count && ok; i++) {
        unsigned column = t->sets[i].column;
        if (t->sets[i].is_late)
            ok = write_assigned(w, column, t->sets[i].assignment->expr, &row[column]);
        else
            row[column] = found->news[i];
    }
    scope_leave(w->c, &saved);
    return ok;
}

static bool changes_anything(const struct writing *w)
{
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (w->after[i].kind != VALUE_ABSENT && !value_equal(&w->after[i], &w->before[i]))
            return true;
    return false;
}

/* What the rules make of the row, and only what differs from before. */
static bool settle(struct target *t, struct value *row)
{
    struct writing *w = &t->writing;
    if (!write_touch_times(w))
        return false;
    if (w->rules == NULL)
        return true;
    for (unsigned i = 0; i < w->def->column_count; i++)
        if (w->after[i].kind != VALUE_ABSENT)
            row[i] = w->after[i];
    if (!write_rules_apply(w, row))
        return false;
    write_keep_changed(w, row, w->before, w->after);
    return true;
}

static bool update_row(struct target *t, const struct found *found)
{
    struct writing *w = &t->writing;
    unsigned count = w->def->column_count;
    struct value *row = arena_alloc(w->c->arena, (count + 1) * sizeof *row);
    struct duplicate duplicate = { 0 };
    w->before = found->before;
    w->rowid = found->rowid;
    memcpy(row, found->before, count * sizeof *row);
    if (!late_values(t, found, row))
        return false;
    for (unsigned i = 0; i < count; i++)
        w->after[i] = (struct value){ .kind = VALUE_ABSENT };
    for (unsigned i = 0; i < t->set_count; i++)
        w->after[t->sets[i].column] = row[t->sets[i].column];
    w->outcome->matched++;
    if (!changes_anything(w))
        return true;
    for (unsigned i = 0; i < t->set_count; i++)
        if (value_equal(&row[t->sets[i].column], &w->before[t->sets[i].column]))
            w->after[t->sets[i].column] = (struct value){ .kind = VALUE_ABSENT };
    if (!settle(t, row) || !write_keep_number(w, w->before) ||
        !write_change(w, CHANGE_UPDATE, &duplicate))
        return false;
    if (duplicate.key != NULL) {
        for (unsigned i = 0; i < count; i++)
            w->after[i] = w->after[i].kind != VALUE_ABSENT ? w->after[i] : w->before[i];
        return w->ignore ? write_warn_duplicate(w, &duplicate)
                         : write_fail_duplicate(w, &duplicate);
    }
    write_note_number(w, w->after);
    w->outcome->changed++;
    return true;
}

static bool delete_row(struct target *t, const struct found *found)
{
    struct writing *w = &t->writing;
    struct duplicate none;
    w->before = found->before;
    w->rowid = found->rowid;
    if (!write_keep_number(w, found->before) || !write_change(w, CHANGE_DELETE, &none))
        return false;
    w->outcome->matched += !w->was_gone;
    w->outcome->changed += !w->was_gone;
    return w->was_gone || write_return(w, found->before);
}

static bool change_rows(struct changing *ch)
{
    for (unsigned i = 0; i < ch->target_count; i++)
        if (!find_rows(ch, &ch->targets[i]))
            return false;
    ch->w->c->query->bound_count = 0;
    for (unsigned i = 0; i < ch->target_count; i++) {
        struct target *t = &ch->targets[i];
        for (size_t r = 0; r < t->count; r++)
            if (!(ch->is_delete ? delete_row(t, &t->rows[r]) : update_row(t, &t->rows[r])))
                return false;
    }
    return true;
}

/* ---- the statement ---- */

static bool compile_found(struct changing *ch)
{
    struct compiler *c = ch->w->c;
    const struct query_tree *tree = c->tree;
    const char *where = NULL;
    ch->is_joined = tree->from->kind != SOURCE_TABLE || tree->from->next != NULL;
    if (ch->is_joined && (tree->order != NULL || tree->limit.count != NULL))
        return compile_fail(c, PROBLEM_WRONG_USAGE, "Incorrect usage of %s and %s",
                            ch->is_delete ? "DELETE" : "UPDATE",
                            tree->order != NULL ? "ORDER BY" : "LIMIT");
    if (ch->is_joined && tree->returning != NULL)
        return compile_refuse(c, "DELETE of several tables … RETURNING");
    if (!compile_sources(c, tree->from, true, &ch->from) || !write_describe_returning(c))
        return false;
    unsigned count = 0;
    for (const struct relation *r = c->relations; r != NULL; r = r->next)
        count++;
    ch->targets = arena_alloc(c->arena, (count + 1) * sizeof *ch->targets);
    if (!(ch->is_delete ? delete_targets(ch) : update_targets(ch)))
        return false;
    if (tree->where != NULL && !compile_condition(c, tree->where, &where))
        return false;
    if (where != NULL)
        buf_printf(&ch->from, " WHERE %s", where);
    return !c->has_aggregate ||
           compile_fail(c, PROBLEM_GROUP_MISUSE, "Invalid use of group function");
}

static bool run(struct writing *w, bool is_delete)
{
    struct changing ch = { .w = w, .is_delete = is_delete };
    ch.from = db_sql();
    bool ok = compile_found(&ch) && change_rows(&ch);
    for (unsigned i = 0; i < ch.target_count; i++) {
        free(ch.targets[i].rows);
        write_rules_clear(&ch.targets[i].writing);
    }
    buf_clear(&ch.from);
    return ok;
}

bool write_update(struct writing *w)
{
    struct query_outcome *outcome = w->outcome;
    if (!run(w, false))
        return false;
    snprintf(outcome->info, sizeof outcome->info, "Rows matched: %llu  Changed: %llu  Warnings: %u",
             (unsigned long long)outcome->matched, (unsigned long long)outcome->changed,
             w->c->session->warning_count);
    return true;
}

bool write_delete(struct writing *w)
{
    return run(w, true);
}
