/* words.c - the statements that begin and end transactions, and mark places in them. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "execute/state.h"
#include "sql/lexer.h"

enum verb {
    VERB_NONE,
    VERB_BEGIN,
    VERB_COMMIT,
    VERB_ROLLBACK,
    VERB_SAVEPOINT,
    VERB_ROLLBACK_TO,
    VERB_RELEASE,
};

struct words {
    struct lexer lexer;
    struct token token;
    enum verb verb;
    bool is_read_only, is_read_write, has_snapshot, chains, leaves;
    char name[EXECUTE_NAME_MAX + 1];
};

static void next(struct words *w)
{
    w->token = lexer_next(&w->lexer);
}

static bool take(struct words *w, enum keyword keyword)
{
    bool found = w->token.kind == TOKEN_WORD && w->token.keyword == keyword;
    if (found)
        next(w);
    return found;
}

/* Words that are no keywords of the lexer's. */
static bool take_word(struct words *w, const char *word)
{
    const struct token *token = &w->token;
    bool found = token->kind == TOKEN_WORD && token->raw.len == strlen(word) &&
                 strncasecmp((const char *)token->raw.data, word, token->raw.len) == 0;
    if (found)
        next(w);
    return found;
}

static bool take_comma(struct words *w)
{
    bool found = w->token.kind == TOKEN_PUNCT && w->token.punct == ',';
    if (found)
        next(w);
    return found;
}

static bool at_end(struct words *w)
{
    if (w->token.kind == TOKEN_PUNCT && w->token.punct == ';')
        next(w);
    return w->token.kind == TOKEN_END;
}

bool words_take_name(struct lexer *lexer, struct token *token, char out[EXECUTE_NAME_MAX + 1])
{
    bool is_name = token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
    struct buf name;
    if (!is_name)
        return false;
    buf_init(&name, EXECUTE_NAME_MAX);
    if (token->kind == TOKEN_WORD)
        buf_append(&name, token->raw.data, token->raw.len);
    else
        token_value(lexer, token, &name);
    bool fits = !name.failed && name.len > 0;
    snprintf(out, EXECUTE_NAME_MAX + 1, "%s", buf_cstr(&name));
    buf_clear(&name);
    *token = lexer_next(lexer);
    return fits;
}

static bool parse_start(struct words *w)
{
    w->verb = VERB_BEGIN;
    if (at_end(w))
        return true;
    do {
        if (take(w, KW_WITH)) {
            if (!take_word(w, "CONSISTENT") || !take_word(w, "SNAPSHOT"))
                return false;
            w->has_snapshot = true;
        } else if (take_word(w, "READ")) {
            w->is_read_only = take_word(w, "ONLY");
            w->is_read_write = !w->is_read_only && take_word(w, "WRITE");
            if (!w->is_read_only && !w->is_read_write)
                return false;
        } else {
            return false;
        }
    } while (take_comma(w));
    return at_end(w);
}

/* [AND [NO] CHAIN] [[NO] RELEASE] */
static bool parse_end(struct words *w, enum verb verb)
{
    w->verb = verb;
    if (take(w, KW_AND)) {
        bool no = take_word(w, "NO");
        if (!take_word(w, "CHAIN"))
            return false;
        w->chains = !no;
    }
    bool no = take_word(w, "NO");
    w->leaves = take(w, KW_RELEASE) && !no;
    return at_end(w);
}

static bool parse_place(struct words *w, enum verb verb)
{
    w->verb = verb;
    return words_take_name(&w->lexer, &w->token, w->name) && at_end(w);
}

/* False: it begins as one of these does, and goes on otherwise; or (no verb) it is none. */
static bool parse(struct words *w)
{
    if (take(w, KW_BEGIN)) {
        w->verb = VERB_BEGIN;
        (void)take_word(w, "WORK");
        return at_end(w);
    }
    if (take(w, KW_START))
        return take(w, KW_TRANSACTION) && parse_start(w);
    if (take(w, KW_COMMIT)) {
        (void)take_word(w, "WORK");
        return parse_end(w, VERB_COMMIT);
    }
    if (take(w, KW_ROLLBACK)) {
        (void)take_word(w, "WORK");
        if (!take(w, KW_TO))
            return parse_end(w, VERB_ROLLBACK);
        (void)take(w, KW_SAVEPOINT);
        return parse_place(w, VERB_ROLLBACK_TO);
    }
    if (take(w, KW_SAVEPOINT))
        return parse_place(w, VERB_SAVEPOINT);
    if (take(w, KW_RELEASE)) {
        w->verb = VERB_RELEASE;
        return take(w, KW_SAVEPOINT) && parse_place(w, VERB_RELEASE);
    }
    return false;
}

static void words_init(struct words *w, struct bytes text, uint64_t sql_mode)
{
    *w = (struct words){ .verb = VERB_NONE };
    lexer_init(&w->lexer, text, FLAVOUR_MYSQL, 0, sql_mode);
    next(w);
}

bool words_are_transaction(struct bytes text, uint64_t sql_mode)
{
    static const enum keyword firsts[] = { KW_BEGIN, KW_COMMIT, KW_ROLLBACK, KW_SAVEPOINT,
                                           KW_RELEASE };
    struct words w;
    words_init(&w, text, sql_mode);
    for (size_t i = 0; i < ARRAY_COUNT(firsts); i++)
        if (w.token.kind == TOKEN_WORD && w.token.keyword == firsts[i])
            return true;
    return take(&w, KW_START) && take(&w, KW_TRANSACTION);
}

static bool begin(struct execution *e, const struct words *w, struct err *err)
{
    if (!transaction_commit(e, err))
        return false;
    locks_begin_transaction(e);
    e->has_begun = true;
    e->is_read_only = w->is_read_only || (e->request.is_read_only && !w->is_read_write);
    return !w->has_snapshot || transaction_read(e, err);
}

static bool end(struct execution *e, const struct words *w, struct err *err)
{
    bool was_read_only = e->is_read_only;
    bool was_lost = e->is_lost;
    if (w->verb == VERB_COMMIT && !was_lost && !transaction_commit(e, err))
        return false;
    transaction_rollback(e); /* nothing is left of it after a commit */
    if (w->verb == VERB_COMMIT && was_lost)
        return err_refuse(err, 1180,
                          "Got error 1 during COMMIT: the transaction was rolled back "
                          "before, after a failure");
    e->has_begun = w->chains;
    e->is_read_only = w->chains && was_read_only;
    return true;
}

bool words_run(struct execution *e, struct bytes text, struct err *err)
{
    struct words w;
    words_init(&w, text, e->session.sql_mode);
    if (!parse(&w))
        return err_refuse(err, 1064, "You have an error in your SQL syntax near '%.80s'",
                          w.token.raw.data != NULL ? (const char *)w.token.raw.data : "");
    if (w.leaves)
        return err_refuse(err, 1235, "RELEASE at a transaction's end: not supported here");
    switch (w.verb) {
    case VERB_BEGIN:
        return begin(e, &w, err);
    case VERB_COMMIT:
    case VERB_ROLLBACK:
        return end(e, &w, err);
    case VERB_SAVEPOINT:
        return transaction_savepoint(e, w.name, err);
    case VERB_ROLLBACK_TO:
        return transaction_rollback_to(e, w.name, err);
    case VERB_RELEASE:
        return transaction_release(e, w.name, err);
    case VERB_NONE:
        break;
    }
    return err_refuse(err, 1064, "You have an error in your SQL syntax");
}
