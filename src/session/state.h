/* state.h - what the files of this stage share: the session, a statement being answered, values. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/arena.h"
#include "session/session.h"
#include "session/settings.h"
#include "sql/lexer.h"
#include "wire/server_answer.h"

enum {
    SESSION_VALUE_MAX = 4 * 1024 * 1024,
    SESSION_ARENA_MAX = 64 * 1024 * 1024,
    SELECT_COLUMNS_MAX = 64,
};

struct session {
    const struct session_host *host;
    struct peer *peer;
    struct server *server;
    struct replica_request request;
    struct query_session *settings; /* user variables among them */
    struct bytes rest;              /* of what came: statements still to be answered */
    bool is_last;                   /* of them, the one at hand */
    struct session_settings own;    /* what SET changes */
    struct session_counts counts;
    uint16_t status; /* as the last statement left it */
    char database[SESSION_NAME_MAX + 1];
    bool dumps;
    bool runs; /* host->run has not answered yet */
    enum session_run_kind run_kind;
    struct prepared_list *prepared;
    char wait_name[256]; /* of a wait for GTIDs: its column, and what it says when time is over */
    const char *wait_over;
};

/* A value of an expression; text is in the statement's arena. */
struct scalar {
    bool is_null;
    bool is_number;
    struct bytes text;
};

/* Whose servers have a variable or a column. */
enum { FLAVOURS_MYSQL = 1 << FLAVOUR_MYSQL, FLAVOURS_MARIADB = 1 << FLAVOUR_MARIADB };
enum {
    FLAVOURS_BOTH = FLAVOURS_MYSQL | FLAVOURS_MARIADB,
    FLAVOURS_ALL = 1 << 2,
    FLAVOURS_ALL_TIMED = 1 << 3
};

/* One statement at work. */
struct statement {
    struct session *session;
    const struct statement_row *row;
    struct lexer lexer;
    struct token token; /* the next one */
    struct arena arena;
    struct session_source source; /* as of now */
    struct bytes text;
    bool sets_fence; /* to source.read_only */
    bool is_tried;   /* what is not understood is for host->run */
};

/* Which words a statement is written in: column names follow it. */
enum vocabulary { WORDS_OLD, WORDS_NEW };

struct statement_row {
    const char *pattern;
    unsigned roles;
    enum vocabulary words;
    void (*answer)(struct statement *statement);
};

/* ---- set.c ---- */
enum set_scope { SET_PLAIN, SET_SESSION, SET_GLOBAL, SET_PERSIST };
/* A bare word is a value too: SET sql_mode = ANSI. */
bool set_take_value(struct statement *statement, struct scalar *out);

/* ---- status.c ---- */
void status_count(struct session *session, struct bytes sql);

/* ---- fence.c: read_only ---- */
bool fence_is_meant(const struct statement *statement, const char *name);
/* Its value; what follows is done with all of the SET. */
bool fence_take(struct statement *statement, const char *name, enum set_scope scope);

/* ---- statement.c ---- */
/* Who answers a statement that is prepared first. */
enum statement_owner {
    OWNER_RUN,         /* who runs SQL on the rows */
    OWNER_SESSION_SET, /* the session: SET, an OK */
    OWNER_SESSION,     /* the session, with rows as text, or at its own time: not to be prepared */
};
enum statement_owner statement_owner(struct session *session, struct bytes sql);
/* Answers what is left of session->rest, until a statement fails or is another's to answer. */
void session_go_on(struct session *session);
void statement_advance(struct statement *statement);
bool statement_is_word(const struct statement *statement, const char *word); /* any case */
bool statement_take_word(struct statement *statement, const char *word);
bool statement_take_punct(struct statement *statement, char punct);
bool statement_at_end(const struct statement *statement);
/* 1064 near the token at hand. */
void statement_syntax_error(struct statement *statement);
/* A string or name as text, in the arena; NULL when the token is neither. */
const char *statement_take_text(struct statement *statement);
bool statement_take_number(struct statement *statement, uint64_t *out);

/* ---- expression.c ---- */
/* False: an error has been answered. */
bool expression_evaluate(struct statement *statement, struct scalar *out);
struct scalar value_text(struct statement *statement, const char *text);
struct scalar value_number(struct statement *statement, uint64_t number);

/* ---- select.c ---- */
/* AS name, or a bare name; *name stays where there is none. */
bool select_take_alias(struct statement *statement, const char **name);

/* ---- gtid_wait.c ---- */
/* Behind SELECT. False: it is another SELECT; else it is answered, or will be. */
bool answer_gtid_wait(struct statement *statement);

/* ---- empty_tables.c ---- */
/* SELECT of columns FROM a table that is empty here: answered. False: it is none. */
bool empty_table_answer(struct statement *statement);

/* ---- variables.c ---- */
/* False: there is none of that name. */
bool variable_get(struct statement *statement, struct bytes name, bool is_global,
                  struct scalar *out);
struct value scalar_value(const struct scalar *scalar,
                          struct arena *arena); /* as the engine has it */
struct show_filter;
void variables_each(struct statement *statement, const struct show_filter *filter,
                    void (*visit)(struct statement *, const char *name, const struct scalar *));

/* ---- show.c: LIKE 'x', WHERE name = 'x', WHERE name IN ('x', 'y') ---- */
enum { SHOW_PATTERNS_MAX = 64 };
struct show_filter {
    struct bytes patterns[SHOW_PATTERNS_MAX];
    unsigned count; /* 0: everything */
    bool is_exact;
};
/* False: an error has been answered. Nothing may follow it. */
bool show_filter_take(struct statement *statement, struct show_filter *out);
bool show_filter_accepts(const struct show_filter *filter, const char *name);
struct bytes show_text(struct statement *statement, const char *text); /* a copy, never NULL */
struct bytes show_number(struct statement *statement, uint64_t number);

/* ---- session.c ---- */
bool session_is_ascii(struct bytes text);
/* To who runs SQL; there is one. */
void session_run(struct session *session, enum session_run_kind kind, struct bytes text,
                 bool is_on);
void session_run_fence(struct session *session, enum session_read_only read_only);
void session_prepare(struct session *session, struct bytes text, uint32_t id);
void session_execute(struct session *session, struct bytes text, const struct charset *charset,
                     const struct value *parameters, uint32_t cursor);
void session_fetch(struct session *session, uint32_t cursor, uint32_t row_count);
void session_use(struct session *session, struct bytes name);
/* What a session begins with on this node: @@global. */
void session_first_settings(const struct session *session, struct session_settings *out);
/* What was set, for who runs SQL. */
void session_apply_settings(struct session *session);

/* ---- changes.c: what the next OK tells of the session's state ---- */
void changes_note_schema(struct session *session, const char *name);
/* SET has made `now` of what it was. */
void changes_note_settings(struct session *session, const struct session_settings *before);

/* ---- pattern.c ---- */
bool like_matches(struct bytes text, struct bytes pattern); /* % and _, any case */

/* Handlers of statements.def. */
#define STATEMENT(pattern, roles, words, handler)                                                  \
    void answer_##handler(struct statement *statement);
#include "session/statements.def"
#undef STATEMENT
