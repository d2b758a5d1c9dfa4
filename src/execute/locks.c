/* locks.c - LOCK TABLES, UNLOCK TABLES, FLUSH TABLES [WITH READ LOCK], and FLUSH [BINARY] LOGS.
 *
 * Whoever has locked keeps the turn to write between its transactions, so that nobody else changes
 * a row: of any table, as there is one writer. Readers go on, and see what was committed. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "execute/state.h"
#include "sql/lexer.h"

enum { SYNTAX = 1064, ACCESS_DENIED = 1227, NOT_SUPPORTED = 1235, READ_LOCKED = 1223 };

struct lock_words {
    struct lexer lexer;
    struct token token;
};

static bool take(struct lock_words *w, const char *word)
{
    const struct token *token = &w->token;
    bool found = token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
                 strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
    if (found)
        w->token = lexer_next(&w->lexer);
    return found;
}

static bool take_tables(struct lock_words *w)
{
    return take(w, "TABLES") || take(w, "TABLE");
}

static bool take_flush(struct lock_words *w)
{
    if (!take(w, "FLUSH"))
        return false;
    if (!take(w, "LOCAL"))
        (void)take(w, "NO_WRITE_TO_BINLOG");
    return true;
}

/* FLUSH LOGS means all logs: here there is one. */
static bool names_logs(struct lock_words *w)
{
    if (!take_flush(w))
        return false;
    (void)take(w, "BINARY");
    return take(w, "LOGS");
}

static struct lock_words words_of(struct bytes text, uint64_t sql_mode)
{
    struct lock_words w;
    lexer_init(&w.lexer, text, FLAVOUR_MYSQL, 0, sql_mode);
    w.token = lexer_next(&w.lexer);
    return w;
}

bool locks_are_meant(struct bytes text, uint64_t sql_mode)
{
    struct lock_words w = words_of(text, sql_mode);
    if (take(&w, "LOCK") || take(&w, "UNLOCK"))
        return take_tables(&w);
    struct lock_words logs = w;
    return names_logs(&logs) || (take_flush(&w) && take_tables(&w));
}

static bool take_punct(struct lock_words *w, char punct)
{
    bool found = w->token.kind == TOKEN_PUNCT && w->token.punct == (uint8_t)punct;
    if (found)
        w->token = lexer_next(&w->lexer);
    return found;
}

static bool syntax(const struct lock_words *w, struct err *err)
{
    return err_refuse(err, SYNTAX, "You have an error in your SQL syntax near '%.80s'",
                      w->token.raw.data != NULL ? (const char *)w->token.raw.data : "");
}

static bool take_mode(struct lock_words *w, bool *is_write)
{
    *is_write = !take(w, "READ");
    if (!*is_write) {
        (void)take(w, "LOCAL");
        return true;
    }
    (void)take(w, "LOW_PRIORITY");
    return take(w, "WRITE");
}

/* [db.]t [[AS] alias] READ [LOCAL] | [LOW_PRIORITY] WRITE */
static bool take_lock(const struct execution *e, struct lock_words *w, enum execute_lock *out,
                      struct err *err)
{
    char first[EXECUTE_NAME_MAX + 1], second[EXECUTE_NAME_MAX + 1], alias[EXECUTE_NAME_MAX + 1];
    bool is_write;
    if (!words_take_name(&w->lexer, &w->token, first))
        return syntax(w, err);
    bool has_db = take_punct(w, '.');
    if (has_db && !words_take_name(&w->lexer, &w->token, second))
        return syntax(w, err);
    if (!take_mode(w, &is_write)) {
        (void)take(w, "AS");
        if (!words_take_name(&w->lexer, &w->token, alias) || !take_mode(w, &is_write))
            return syntax(w, err);
    }
    if (is_write)
        *out = LOCK_WRITE;
    struct query_table table = { has_db ? first : e->db, has_db ? second : first, is_write };
    return access_check_lock(e, &table, err);
}

static bool parse_lock(const struct execution *e, struct lock_words *w, enum execute_lock *out,
                       struct err *err)
{
    *out = LOCK_READ;
    (void)take_tables(w);
    do {
        if (!take_lock(e, w, out, err))
            return false;
    } while (take_punct(w, ','));
    (void)take_punct(w, ';');
    return w->token.kind == TOKEN_END || syntax(w, err);
}

/* FLUSH TABLES [t, …] [WITH READ LOCK]: files are never held open here. */
static bool parse_flush(struct lock_words *w, enum execute_lock *out, struct err *err)
{
    *out = LOCK_NONE;
    while (w->token.kind != TOKEN_END && w->token.kind != TOKEN_BAD) {
        if (!take(w, "WITH")) {
            w->token = lexer_next(&w->lexer);
            continue;
        }
        *out = LOCK_ALL;
        return (take(w, "READ") && take(w, "LOCK")) || syntax(w, err);
    }
    return true;
}

static bool may_lock(const struct execution *e, enum execute_lock lock, struct err *err)
{
    unsigned roles = lock == LOCK_ALL ? ROLE_admin : ROLE_admin | ROLE_write;
    if ((e->role & roles) == 0)
        return err_refuse(err, ACCESS_DENIED,
                          "Access denied; this account's role may not lock tables");
    if (executor_writer(e->executor) == NULL)
        return err_refuse(err, NOT_SUPPORTED,
                          "a lock on a replica's tables, which its source changes: not supported "
                          "here; a transaction reads them at one point (--single-transaction)");
    return lock != LOCK_WRITE || fence_allows(e, err);
}

void locks_release(struct execution *e)
{
    if (e->lock == LOCK_NONE)
        return;
    e->lock = LOCK_NONE;
    executor_lock(e->executor, NULL);
}

void locks_begin_transaction(struct execution *e)
{
    if (e->lock != LOCK_ALL)
        locks_release(e);
}

bool locks_allow_writing(const struct execution *e, struct err *err)
{
    return e->lock == LOCK_NONE || e->lock == LOCK_WRITE ||
           err_refuse(err, READ_LOCKED,
                      "Can't execute the query because you have a conflicting read lock");
}

/* It ends a transaction, as every FLUSH does. */
static bool flush_logs(struct execution *e, enum place place, bool *to_writer, struct err *err)
{
    const struct executor_options *o = &e->executor->options;
    const struct execute_writer *writer = executor_writer(e->executor);
    if ((e->role & ROLE_admin) == 0)
        return err_refuse(err, ACCESS_DENIED,
                          "Access denied; this account's role may not flush logs");
    if (writer == NULL)
        return err_refuse(err, NOT_SUPPORTED, "the log files here are the source's own");
    *to_writer = place != PLACE_WRITER;
    if (*to_writer)
        return true;
    if (!transaction_commit(e, err))
        return false;
    bool ok = writer->rotate(writer->arg, err);
    if (!ok && writer->has_failed(writer->arg))
        o->on_failure(err, o->arg);
    return ok;
}

bool locks_run(struct execution *e, struct bytes text, enum place place, bool *to_writer,
               struct err *err)
{
    struct lock_words w = words_of(text, e->session.sql_mode);
    struct lock_words logs = w;
    enum execute_lock lock = LOCK_NONE;
    *to_writer = false;
    if (names_logs(&logs)) {
        (void)take_punct(&logs, ';');
        return logs.token.kind == TOKEN_END ? flush_logs(e, place, to_writer, err)
                                            : syntax(&logs, err);
    }
    if (take(&w, "UNLOCK")) {
        bool had_tables = e->lock == LOCK_READ || e->lock == LOCK_WRITE;
        if (had_tables && !transaction_commit(e, err))
            return false;
        locks_release(e);
        return true;
    }
    bool ok = take(&w, "FLUSH") ? parse_flush(&w, &lock, err)
                                : take(&w, "LOCK") && parse_lock(e, &w, &lock, err);
    if (!ok)
        return false;
    if (lock == LOCK_NONE)
        return true;
    if (!may_lock(e, lock, err))
        return false;
    *to_writer = place != PLACE_WRITER;
    if (*to_writer)
        return true;
    if (lock != LOCK_ALL && !transaction_commit(e, err))
        return false;
    e->lock = lock;
    executor_lock(e->executor, e);
    return true;
}
