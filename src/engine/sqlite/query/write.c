/* write.c - INSERT, REPLACE, UPDATE and DELETE, through the engine's own row changes: the same
 * statements, and the same stored forms, as on a replica.
 *
 * All or nothing: a savepoint is around a statement. Tables are refused whose rules are not
 * enforced here: foreign keys, and generated columns and checks that the compiler does not
 * understand. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/write.h"
#include "engine/sqlite/sort_key.h"
#include <stdio.h>
#include "engine/sqlite/tables.h"

static bool check_table(struct compiler *c, struct engine_table *table)
{
    const struct table_def *def = table->def;
    if (def->is_sequence || def->system_versioned)
        return compile_refuse(c, "writing to a sequence or a system-versioned table");
    return true;
}

bool write_open(struct writing *w, struct relation *relation)
{
    struct compiler *c = w->c;
    if (relation == NULL)
        return false;
    if (relation->table == NULL)
        return compile_fail(c, PROBLEM_NOT_UPDATABLE,
                            "The target table %s of the statement is not updatable",
                            relation->name);
    if (!check_table(c, relation->table))
        return false;
    w->relation = relation;
    w->table = relation->table;
    w->def = relation->table->def;
    w->after = arena_alloc(c->arena, (w->def->column_count + 1) * sizeof *w->after);
    w->before = arena_alloc(c->arena, (w->def->column_count + 1) * sizeof *w->before);
    if (!w->table->has_sort_keys && !sort_key_create(w->table, c->err)) {
        c->failed = true;
        return false;
    }
    w->table->has_sort_keys = true;
    write_foreign_open(w);
    return write_rules_open(w);
}

bool write_find_column(struct writing *w, const char *name, unsigned *out)
{
    int column = table_def_column(w->def, name);
    if (column < 0)
        return compile_fail(w->c, PROBLEM_UNKNOWN_COLUMN, "Unknown column '%s' in 'field list'",
                            name);
    *out = (unsigned)column;
    return true;
}

bool write_check_room(struct writing *w)
{
    return w->c->arena->used <= WRITE_BYTES_MAX ||
           compile_refuse(w->c, "changing rows of more than 512 MiB in a statement");
}

static void duplicate_text(struct writing *w, const struct key_def *key, struct buf *out)
{
    char room[64];
    for (unsigned i = 0; i < key->part_count; i++) {
        const struct value *v = &w->after[table_def_column(w->def, key->parts[i].column)];
        buf_str(out, i > 0 ? "-" : "");
        if (v->kind == VALUE_TEXT)
            buf_append(out, v->bytes.data, v->bytes.len);
        else if (v->kind == VALUE_INT || v->kind == VALUE_UINT)
            buf_append(out, room,
                       (size_t)snprintf(room, sizeof room, v->kind == VALUE_INT ? "%lld" : "%llu",
                                        (long long)v->i));
        else
            buf_str(out, "?");
    }
}

bool write_warn_duplicate(struct writing *w, const struct duplicate *duplicate)
{
    AUTO_BUF text = db_sql();
    duplicate_text(w, duplicate->key, &text);
    query_session_warn(w->c->session, "Warning", PROBLEM_DUPLICATE_KEY,
                       "Duplicate entry '%.190s' for key '%s.%s'", buf_cstr(&text), w->def->name,
                       duplicate->key->name);
    return true;
}

bool write_fail_duplicate(struct writing *w, const struct duplicate *duplicate)
{
    AUTO_BUF text = db_sql();
    bool is_mysql = w->c->connection->engine->flavour == FLAVOUR_MYSQL;
    duplicate_text(w, duplicate->key, &text);
    return compile_fail(w->c, PROBLEM_DUPLICATE_KEY, "Duplicate entry '%.190s' for key '%s%s%s'",
                        buf_cstr(&text), is_mysql ? w->def->name : "", is_mysql ? "." : "",
                        duplicate->key->name);
}

static bool run(struct writing *w)
{
    bool ok = false;
    if (w->c->tree->kind == TREE_INSERT || w->c->tree->kind == TREE_REPLACE)
        ok = write_insert(w);
    else
        ok = w->c->tree->kind == TREE_UPDATE ? write_update(w) : write_delete(w);
    write_rules_clear(w);
    return ok && !w->c->failed;
}

/* IGNORE makes warnings of these, and other values of what was given: not done here. */
static void refuse_ignoring(struct err *err)
{
    static const enum problem problems[] = {
        PROBLEM_NOT_NULL,      PROBLEM_OUT_OF_RANGE,    PROBLEM_DATA_TRUNCATED,
        PROBLEM_NO_DEFAULT,    PROBLEM_INCORRECT_VALUE, PROBLEM_TRUNCATED_WRONG_VALUE,
        PROBLEM_DATA_TOO_LONG, PROBLEM_CHECK_VIOLATED,  PROBLEM_CONSTRAINT_FAILED,
        PROBLEM_SUBQUERY_ROWS, PROBLEM_CHILD_ROW,       PROBLEM_PARENT_ROW,
    };
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    for (size_t i = 0; i < ARRAY_COUNT(problems); i++)
        if (err->server_errno == problems[i]) {
            problem(err, PROBLEM_NOT_SUPPORTED, "IGNORE of this: not supported here (%.300s)",
                    text);
            return;
        }
}

static void note_insert_id(struct compiler *c, struct query_outcome *outcome,
                           const struct writing *w)
{
    if (w->insert_id > 0)
        c->session->last_insert_id = outcome->insert_id = w->insert_id;
    else if (c->connection->has_insert_id)
        outcome->insert_id = c->session->last_insert_id;
}

/* The statement's savepoint in the engine's transaction: SQLite's words, prepared once. */
static bool mark(struct query_connection *connection, enum write_mark what, struct err *err)
{
    static const char *const words[] = { [MARK_SET] = "SAVEPOINT binlogd_statement",
                                         [MARK_RELEASE] = "RELEASE binlogd_statement",
                                         [MARK_GO_BACK] = "ROLLBACK TO binlogd_statement" };
    sqlite3_stmt **stmt = &connection->marks[what];
    return (*stmt != NULL || db_prepare(connection->db, words[what], stmt, err)) &&
           db_run(connection->db, *stmt, err);
}

bool write_run(struct compiler *c, struct query_outcome *outcome)
{
    struct writing w = { .c = c, .outcome = outcome, .ignore = c->tree->ignore };
    if (c->connection->reader != NULL)
        return compile_fail(c, PROBLEM_READ_ONLY_OPTION,
                            "The server is running with the --read-only option so it cannot "
                            "execute this statement");
    if (!c->connection->engine->in_transaction)
        return compile_fail(c, PROBLEM_READ_ONLY, "a statement that writes needs a transaction");
    if (!mark(c->connection, MARK_SET, c->err))
        return false;
    bool ok = run(&w);
    struct err err = *c->err;
    ok = (ok || mark(c->connection, MARK_GO_BACK, &err)) &&
         mark(c->connection, MARK_RELEASE, &err) && ok;
    *c->err = err;
    if (!ok && w.ignore)
        refuse_ignoring(c->err);
    if (!ok)
        tables_forget_undone(c->connection->engine);
    if (ok)
        note_insert_id(c, outcome, &w);
    return ok;
}
