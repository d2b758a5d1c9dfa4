/* write_rules.c - generated columns and CHECK constraints, as expressions over the new row. A table
 * with one that the compiler refuses is not written to. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "engine/sqlite/query/write.h"

struct rule {
    struct query_tree *tree;
    struct expr *expr;
    const struct check_def *check; /* NULL: a generated column */
    unsigned column;
};

struct rules {
    struct rule *list;
    unsigned count;
};

static bool add_rule(struct writing *w, const char *text, struct rule *rule)
{
    struct ddl_session as = { .db = w->def->db,
                              .flavour = w->c->connection->engine->flavour,
                              .charset = "utf8mb4" };
    struct err err = { 0 };
    if (text != NULL &&
        query_parse_expression(bytes_of_str(text), &as, &rule->tree, &rule->expr, &err)) {
        w->rules->count++;
        return true;
    }
    return compile_refuse(w->c, "writing to a table with this generated column or check");
}

static void make_room(struct writing *w)
{
    const struct table_def *def = w->def;
    unsigned room = def->check_count;
    for (unsigned i = 0; i < def->column_count; i++)
        room += def->columns[i].generated != GENERATED_NO;
    if (room == 0)
        return;
    w->rules = memory_new(sizeof *w->rules);
    w->rules->list = memory_new(room * sizeof *w->rules->list);
}

bool write_rules_open_generated(struct writing *w)
{
    const struct table_def *def = w->def;
    make_room(w);
    for (unsigned i = 0; w->rules != NULL && i < def->column_count; i++) {
        struct rule *rule = &w->rules->list[w->rules->count];
        rule->column = i;
        if (def->columns[i].generated != GENERATED_NO &&
            !add_rule(w, def->columns[i].generated_text, rule))
            return false;
    }
    return true;
}

bool write_rules_open(struct writing *w)
{
    const struct table_def *def = w->def;
    if (!write_rules_open_generated(w))
        return false;
    for (unsigned i = 0; w->rules != NULL && i < def->check_count; i++) {
        struct rule *rule = &w->rules->list[w->rules->count];
        rule->check = &def->checks[i];
        if (def->checks[i].enforced && !add_rule(w, def->checks[i].expression, rule))
            return false;
    }
    return true;
}

void write_rules_clear(struct writing *w)
{
    for (unsigned i = 0; w->rules != NULL && i < w->rules->count; i++)
        query_tree_free(w->rules->list[i].tree);
    if (w->rules != NULL)
        free(w->rules->list);
    free(w->rules);
    w->rules = NULL;
}

static bool violated(struct writing *w, const struct check_def *check)
{
    const char *name = check->name != NULL ? check->name : check->column;
    if (w->c->connection->engine->flavour == FLAVOUR_MARIADB)
        return compile_fail(w->c, PROBLEM_CONSTRAINT_FAILED, "CONSTRAINT `%s` failed for `%s`.`%s`",
                            name, w->def->db, w->def->name);
    return compile_fail(w->c, PROBLEM_CHECK_VIOLATED, "Check constraint '%s' is violated.", name);
}

static bool check_row(struct writing *w, const struct rule *rule)
{
    struct value value;
    const char *sql;
    struct typed typed = { .rep = REP_INT, .digits = 1, .is_nullable = true };
    unsigned bound = w->c->query->bound_count;
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    AUTO_BUF text = db_sql();
    AUTO_BUF cell = db_sql();
    if (!compile_condition(w->c, rule->expr, &sql))
        return false;
    buf_printf(&text, "SELECT (%s) IS NOT FALSE", sql);
    bool ok = query_prepare_sql(w->c, &text, &stmt) &&
              query_next(w->c->query, stmt, &row, w->c->err) && row &&
              read_result(w->c->query, stmt, 0, &typed, &cell, &value, w->c->err);
    kept_give(w->c->connection, stmt);
    w->c->query->bound_count = bound;
    w->c->failed = w->c->failed || !ok;
    return ok && (value.u != 0 || violated(w, rule->check));
}

static bool compute(struct writing *w, const struct rule *rule, struct value *row)
{
    struct value value;
    const struct column_def *column = &w->def->columns[rule->column];
    return write_evaluate(w, rule->expr, column, &value) &&
           store_convert(w->c, column, &value, &row[rule->column]);
}

/* row: whole; generated columns may depend on those before them. */
bool write_rules_apply(struct writing *w, struct value *row)
{
    struct relation self = *w->relation;
    struct scope saved;
    bool ok = true;
    if (w->rules == NULL)
        return true;
    scope_enter(w->c, &saved);
    w->c->outer = NULL;
    self.row = row;
    self.next = NULL;
    w->c->relations = &self;
    for (unsigned i = 0; i < w->rules->count && ok; i++) {
        const struct rule *rule = &w->rules->list[i];
        ok = rule->check != NULL ? check_row(w, rule) : compute(w, rule, row);
    }
    scope_leave(w->c, &saved);
    return ok;
}
