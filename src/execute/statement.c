/* statement.c - a statement's turns on a worker: told apart by its first words, prepared, run, its
 * rows in chunks.
 *
 * A statement begins at a reader unless its first word writes or its transaction does, and moves to
 * the writer when it turns out to write there (WITH … UPDATE, SELECT … FOR UPDATE, CREATE …). */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "execute"
#include <stdio.h>
#include <strings.h>
#include "base/clock.h"
#include "base/log.h"
#include "execute/state.h"
#include "sql/charset.h"
#include "sql/lexer.h"

enum {
    LOCK_WAIT_TIMEOUT = 1205,
    NOT_SUPPORTED = 1235,
    INTERRUPTED = 1317,
    READ_ONLY_TRANSACTION = 1792,
    TRANSACTION_LOST = 1402,
    INVALID_TEXT = 1300,
    RETURNED_BYTES_MAX = 16 << 20,
};

/* ---- what it is ---- */

enum statement_class { CLASS_READS, CLASS_WRITES, CLASS_TRANSACTION, CLASS_LOCK, CLASS_SCHEMA };

static enum statement_class class_of(struct bytes text, uint64_t sql_mode)
{
    static const struct {
        enum keyword first;
        enum statement_class class;
    } heads[] = {
        { KW_SELECT, CLASS_READS },  { KW_SHOW, CLASS_READS },     { KW_DESCRIBE, CLASS_READS },
        { KW_DESC, CLASS_READS },    { KW_EXPLAIN, CLASS_READS },  { KW_WITH, CLASS_READS },
        { KW_TABLE, CLASS_READS },   { KW_VALUES, CLASS_READS },   { KW_DO, CLASS_READS },
        { KW_INSERT, CLASS_WRITES }, { KW_REPLACE, CLASS_WRITES }, { KW_UPDATE, CLASS_WRITES },
        { KW_DELETE, CLASS_WRITES },
    };
    struct lexer lexer;
    lexer_init(&lexer, text, FLAVOUR_MYSQL, 0, sql_mode);
    struct token token = lexer_next(&lexer);
    if (token.kind == TOKEN_PUNCT && token.punct == '(')
        return CLASS_READS;
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        if (token.kind == TOKEN_WORD && token.keyword == heads[i].first)
            return heads[i].class;
    if (locks_are_meant(text, sql_mode))
        return CLASS_LOCK;
    return words_are_transaction(text, sql_mode) ? CLASS_TRANSACTION : CLASS_SCHEMA;
}

static enum statement_class own_class(const struct execution *e)
{
    return class_of(e->request.text, e->session.sql_mode);
}

enum place statement_place(const struct execution *e)
{
    if (e->stage == TRANSACTION_WRITING ||
        (e->request.kind == EXECUTE_FENCE && executor_writer(e->executor) != NULL))
        return PLACE_WRITER;
    bool writes = e->request.kind == EXECUTE_STATEMENT && own_class(e) == CLASS_WRITES;
    bool may_write =
        executor_writer(e->executor) != NULL && !transaction_is_read_only(e) && !e->is_lost;
    return writes && may_write ? PLACE_WRITER : PLACE_READER;
}

/* ---- how it ends ---- */

static const struct engine_query_ops *ops_of(const struct execution *e)
{
    return e->executor->options.engine->ops->query;
}

static struct query_connection *connection_at(const struct execution *e, enum place place)
{
    return place == PLACE_WRITER ? e->executor->writer : e->reader;
}

void statement_close(struct execution *e)
{
    if (e->query != NULL) {
        ops_of(e)->watch(connection_at(e, e->place), NULL);
        ops_of(e)->free(e->query);
        e->query = NULL;
    }
    if (e->stage != TRANSACTION_READING)
        readers_give_back(e);
}

static enum step end_ok(struct execution *e, const struct query_outcome *outcome)
{
    answer_ok(e, outcome);
    return STEP_OUTPUT;
}

static void forget_answer(struct execution *e)
{
    buf_reset(&e->out);
    e->number = e->request.number;
}

/* Nothing of it has happened, and nothing of its answer was sent. */
static enum step begin_again(struct execution *e, const struct err *err)
{
    bool waits = e->must_wait; /* for a named lock */
    e->must_wait = false;
    e->was_long = !waits && err->code == ERR_TIMEOUT;
    statement_close(e);
    forget_answer(e);
    if (waits)
        return STEP_LOCKED;
    return e->place == PLACE_WRITER ? STEP_TO_WRITER : STEP_TO_READER;
}

bool statement_may_begin_anew(const struct execution *e)
{
    return own_class(e) == CLASS_READS && e->rows == 0;
}

enum step statement_end_error(struct execution *e, struct err *err)
{
    bool is_given_up = e->is_here && (err->code == ERR_TIMEOUT || err->code == ERR_CANCELLED);
    if (e->must_wait || is_given_up)
        return begin_again(e, err);
    statement_close(e);
    if (e->stage == TRANSACTION_WRITING && !transaction_is_wanted(e))
        transaction_rollback(e);
    if (err->server_errno == 0)
        log_warning("a statement of %s failed: %s", e->session.user, err->text);
    answer_error(e, err);
    return STEP_OUTPUT;
}

bool statement_may_run_here(const struct execution *e, enum place place)
{
    enum statement_class class = own_class(e);
    if (e->request.kind != EXECUTE_STATEMENT)
        return false;
    if (place == PLACE_READER)
        return class == CLASS_READS || class == CLASS_TRANSACTION;
    return e->stage == TRANSACTION_WRITING && transaction_is_wanted(e) &&
           (class == CLASS_READS || class == CLASS_WRITES);
}

bool statement_may_share(const struct execution *e)
{
    return e->request.kind == EXECUTE_STATEMENT && e->query == NULL && !e->has_left &&
           !transaction_is_wanted(e) && own_class(e) == CLASS_WRITES;
}

void statement_fail_flush(struct execution *e, const struct err *err)
{
    struct err own = *err;
    forget_answer(e);
    transaction_word_failure(&own);
    answer_error(e, &own);
}

void statement_expire(struct execution *e)
{
    struct err err = { 0 };
    if (atomic_load(&e->is_cancelled))
        (void)err_refuse(&err, INTERRUPTED, "Query execution was interrupted");
    else
        (void)err_refuse(&err, LOCK_WAIT_TIMEOUT,
                         "Lock wait timeout exceeded; try restarting transaction");
    answer_error(e, &err);
}

void statement_abandon(struct execution *e)
{
    statement_close(e);
    transaction_rollback(e);
    locks_release(e);
    named_locks_release_all(e);
}

/* ---- rows ---- */

static enum step give_rows(struct execution *e)
{
    struct err err = { 0 };
    const struct value *row = NULL;
    while (e->out.len < EXECUTE_CHUNK) {
        if (atomic_load_explicit(&e->is_cancelled, memory_order_relaxed)) {
            (void)err_refuse(&err, INTERRUPTED, "Query execution was interrupted");
            return statement_end_error(e, &err);
        }
        if (!ops_of(e)->step(e->query, &row, &err) || (row != NULL && !results_row(e, row, &err)))
            return statement_end_error(e, &err);
        if (row != NULL) {
            e->rows++;
            continue;
        }
        e->session.row_count = -1;
        statement_close(e);
        results_end(e);
        break;
    }
    return STEP_OUTPUT;
}

/* All of them at once, into a cursor: they are of now, whenever they are fetched. */
static enum step fill_cursor(struct execution *e, const struct query_description *d,
                             struct err *err)
{
    const struct value *row = NULL;
    struct kept_rows *cursor = kept_rows_new(e->request.cursor);
    results_describe(e, d);
    bool ok = true;
    do {
        ok = (!atomic_load_explicit(&e->is_cancelled, memory_order_relaxed) ||
              err_refuse(err, INTERRUPTED, "Query execution was interrupted")) &&
             ops_of(e)->step(e->query, &row, err) &&
             (row == NULL || results_keep_row(e, row, cursor, err));
    } while (ok && row != NULL);
    if (!ok) {
        kept_rows_free(cursor);
        return statement_end_error(e, err);
    }
    statement_close(e);
    if (!kept_rows_add(e, cursor, err))
        return statement_end_error(e, err);
    results_cursor(e);
    return STEP_OUTPUT;
}

/* ---- reading and writing ---- */

static bool kind_writes(enum query_kind kind)
{
    return kind == QUERY_INSERT || kind == QUERY_REPLACE || kind == QUERY_UPDATE ||
           kind == QUERY_DELETE;
}

static bool check_may_write(const struct execution *e, struct err *err)
{
    if (!fence_allows(e, err) || !locks_allow_writing(e, err))
        return false;
    return !transaction_is_read_only(e) ||
           err_refuse(err, READ_ONLY_TRANSACTION,
                      "Cannot execute statement in a READ ONLY transaction.");
}

static bool prepare(struct execution *e, struct bytes text, enum place place, struct err *err)
{
    struct query_connection *connection = connection_at(e, place);
    ops_of(e)->watch(connection, &e->is_cancelled);
    if (e->request.kind == EXECUTE_STATEMENT)
        e->query = ops_of(e)->again(connection, text, &e->session);
    return (e->query != NULL ||
            ops_of(e)->prepare(connection, text, &e->session, &e->query, err)) &&
           access_check(e, ops_of(e)->describe(e->query), err);
}

static enum step run_reading(struct execution *e, struct err *err)
{
    struct query_outcome outcome;
    if (!ops_of(e)->run(e->query, e->request.parameters, &outcome, err))
        return statement_end_error(e, err);
    const struct query_description *d = ops_of(e)->describe(e->query);
    if (d->column_count == 0) {
        statement_close(e);
        return end_ok(e, &outcome);
    }
    e->rows = 0;
    if (e->request.cursor != 0)
        return fill_cursor(e, d, err);
    results_begin(e, d);
    return give_rows(e);
}

static enum step read(struct execution *e, struct bytes text, struct err *err)
{
    enum reader_result taken = readers_take(e, err);
    if (taken == READER_NONE_FREE)
        return STEP_NO_READER;
    enum execute_isolation isolation = e->request.isolation;
    bool wants_more = transaction_is_wanted(e);
    bool is_stable = wants_more && (isolation != EXECUTE_NEWEST || e->stage == TRANSACTION_READING);
    if (taken == READER_FAILED ||
        !(is_stable ? transaction_read(e, err) : ops_of(e)->snapshot_begin(e->reader, err)) ||
        !prepare(e, text, PLACE_READER, err))
        return statement_end_error(e, err);
    const struct query_description *d = ops_of(e)->describe(e->query);
    bool writes = kind_writes(d->kind);
    bool locks = (d->locks || isolation == EXECUTE_SERIAL) && wants_more && fence_lets(e) &&
                 !transaction_is_read_only(e);
    bool is_fenced = d->is_for_update && executor_writer(e->executor) != NULL;
    if ((writes && !check_may_write(e, err)) || (is_fenced && !fence_allows(e, err)))
        return statement_end_error(e, err);
    if (!writes && !locks)
        return run_reading(e, err);
    statement_close(e);
    return STEP_TO_WRITER;
}

/* What a failed statement changed is taken back by the engine; what was captured of it, here. */
static enum step take_back(struct execution *e, uint64_t mark, struct err *err)
{
    const struct execute_writer *writer = executor_writer(e->executor);
    bool is_given_up = e->is_here && err->code == ERR_TIMEOUT;
    statement_close(e);
    if (err->code == ERR_REFUSED || is_given_up)
        writer->go_back(writer->arg, mark);
    else
        transaction_lose(e);
    return statement_end_error(e, err);
}

/* Rows of RETURNING: all of them at once, before anybody knows that they stay. */
static bool put_returned(struct execution *e, const struct query_description *d, struct err *err)
{
    const struct value *row = NULL;
    if (d->column_count == 0)
        return true;
    results_begin(e, d);
    do {
        if (!ops_of(e)->step(e->query, &row, err) || (row != NULL && !results_row(e, row, err)))
            return false;
        if (e->out.failed || e->out.len > RETURNED_BYTES_MAX)
            return err_refuse(err, NOT_SUPPORTED, "RETURNING more than 16 MiB: not supported here");
    } while (row != NULL);
    return true;
}

static enum step write(struct execution *e, struct bytes text, struct err *err)
{
    const struct execute_writer *writer = executor_writer(e->executor);
    struct query_outcome outcome;
    if (!prepare(e, text, PLACE_WRITER, err))
        return statement_end_error(e, err);
    const struct query_description *d = ops_of(e)->describe(e->query);
    bool writes = kind_writes(d->kind);
    if ((writes && !fence_allows(e, err)) || !transaction_write(e, err))
        return statement_end_error(e, err);
    if (!writes)
        return run_reading(e, err);
    if (!e->request.limits_writes)
        e->session.until_us = 0;
    uint64_t mark = writer->mark(writer->arg);
    if (!ops_of(e)->run(e->query, e->request.parameters, &outcome, err))
        return take_back(e, mark, err);
    d = ops_of(e)->describe(e->query);
    bool gives_rows = d->column_count > 0;
    if (!put_returned(e, d, err)) {
        forget_answer(e);
        return take_back(e, mark, err);
    }
    transaction_end_statement(e);
    statement_close(e);
    if (!transaction_is_wanted(e) && !transaction_commit(e, err)) {
        forget_answer(e);
        return statement_end_error(e, err);
    }
    if (!gives_rows)
        return end_ok(e, &outcome);
    results_end(e);
    return STEP_OUTPUT;
}

/* ---- the other kinds ---- */

enum step statement_prepare_own(struct execution *e, struct bytes text, struct err *err)
{
    enum place place = e->stage == TRANSACTION_WRITING ? PLACE_WRITER : PLACE_READER;
    if (place == PLACE_READER) {
        enum reader_result taken = readers_take(e, err);
        if (taken != READER_OK)
            return taken == READER_NONE_FREE ? STEP_NO_READER : statement_end_error(e, err);
    }
    return prepare(e, text, place, err) ? STEP_OUTPUT : statement_end_error(e, err);
}

/* e->ok: `db` is what was asked for; else it has been answered, or waits for a reader. */
static enum step enter_database(struct execution *e, struct err *err)
{
    char name[EXECUTE_NAME_MAX + 1];
    struct buf probe;
    e->ok = false;
    snprintf(name, sizeof name, "%s", e->text);
    if (!access_check_database(e, name, err))
        return statement_end_error(e, err);
    buf_init(&probe, 4 * EXECUTE_NAME_MAX);
    buf_str(&probe, "SHOW TABLES FROM ");
    sql_quote_name(name, &probe);
    enum step step = statement_prepare_own(e, buf_bytes(&probe), err);
    buf_clear(&probe);
    if (e->query == NULL)
        return step;
    statement_close(e);
    snprintf(e->db, sizeof e->db, "%s", name);
    e->ok = true;
    return STEP_OUTPUT;
}

static enum step use(struct execution *e, struct err *err)
{
    enum step step = enter_database(e, err);
    return e->ok ? end_ok(e, NULL) : step;
}

static enum step set_autocommit(struct execution *e, struct err *err)
{
    if (e->request.is_on && !e->autocommit && !transaction_commit(e, err))
        return statement_end_error(e, err);
    e->autocommit = e->request.is_on;
    return end_ok(e, NULL);
}

static enum step set_fence(struct execution *e, enum place place, struct err *err)
{
    if (place == PLACE_READER && executor_writer(e->executor) != NULL) /* since a moment ago */
        return STEP_TO_WRITER;
    return fence_set(e, err) ? end_ok(e, NULL) : statement_end_error(e, err);
}

static enum step reset(struct execution *e)
{
    transaction_rollback(e);
    locks_release(e);
    named_locks_release_all(e);
    kept_rows_clear(e);
    e->autocommit = true;
    execution_reset_session(e);
    return end_ok(e, NULL);
}

/* What says OK to it is the port's. */
static enum step log_in(struct execution *e, struct err *err)
{
    transaction_rollback(e);
    locks_release(e);
    named_locks_release_all(e);
    kept_rows_clear(e);
    e->autocommit = true;
    e->db[0] = 0;
    execution_reset_session(e);
    e->ok = true;
    enum step step = e->text[0] == 0 ? STEP_OUTPUT : enter_database(e, err);
    e->is_whole = e->is_whole || e->ok;
    return step;
}

static enum step change_schema(struct execution *e, struct bytes text, enum place place,
                               struct err *err)
{
    if (place == PLACE_WRITER)
        return schema_run(e, text, err) ? end_ok(e, NULL) : statement_end_error(e, err);
    return schema_may_run(e, text, err) ? STEP_TO_WRITER : statement_end_error(e, err);
}

/* ---- a turn ---- */

static bool is_utf8(const struct charset *charset)
{
    return charset == NULL || strncmp(charset_name(charset), "utf8mb", 6) == 0 ||
           charset_is_binary(charset);
}

/* Bytes that are no text would be converted with it. */
static bool holds_bytes(struct bytes text)
{
    static const char word[] = "_binary";
    for (size_t at = 0; at + sizeof word - 1 <= text.len; at++)
        if (strncasecmp((const char *)text.data + at, word, sizeof word - 1) == 0)
            return true;
    return false;
}

static bool text_in_utf8(struct execution *e, struct bytes *out, struct err *err)
{
    *out = e->request.text;
    if (is_utf8(e->request.charset))
        return true;
    if (!charset_to_utf8(e->request.charset, e->request.text, &e->converted, out, err)) {
        err->server_errno = INVALID_TEXT;
        return err_wrap(err, "the text of this statement");
    }
    return out->data == e->request.text.data || !holds_bytes(*out) ||
           err_refuse(
               err, NOT_SUPPORTED,
               "_binary beside text of another character set than utf8mb4: not supported here");
}

/* Where it is prepared, what it is made of is the same; where it may run is seen when it does. */
static enum step prepare_query(struct execution *e, struct bytes text, enum place place,
                               struct err *err)
{
    if (place == PLACE_READER) {
        enum reader_result taken = readers_take(e, err);
        if (taken != READER_OK)
            return taken == READER_NONE_FREE ? STEP_NO_READER : statement_end_error(e, err);
    }
    if (!prepare(e, text, place, err))
        return statement_end_error(e, err);
    results_prepared(e, ops_of(e)->describe(e->query));
    statement_close(e);
    return STEP_OUTPUT;
}

static enum step prepare_only(struct execution *e, enum place place, struct err *err)
{
    static const struct query_description nothing = { .kind = QUERY_DO };
    struct bytes text;
    if (!text_in_utf8(e, &text, err))
        return statement_end_error(e, err);
    enum statement_class class = class_of(text, e->session.sql_mode);
    if (class == CLASS_READS || class == CLASS_WRITES)
        return prepare_query(e, text, place, err);
    if (class == CLASS_SCHEMA && !schema_may_run(e, text, err))
        return statement_end_error(e, err);
    results_prepared(e, &nothing);
    return STEP_OUTPUT;
}

static enum step lock(struct execution *e, struct bytes text, enum place place, struct err *err)
{
    bool to_writer;
    if (!locks_run(e, text, place, &to_writer, err))
        return statement_end_error(e, err);
    return to_writer ? STEP_TO_WRITER : end_ok(e, NULL);
}

static enum step run_statement(struct execution *e, enum place place, struct err *err)
{
    struct bytes text;
    if (!text_in_utf8(e, &text, err))
        return statement_end_error(e, err);
    enum statement_class class = class_of(text, e->session.sql_mode);
    if (e->is_lost && class != CLASS_TRANSACTION) {
        (void)err_refuse(
            err, TRANSACTION_LOST,
            "This transaction was rolled back after a failure: say ROLLBACK, and begin it "
            "anew");
        return statement_end_error(e, err);
    }
    if (class == CLASS_LOCK)
        return lock(e, text, place, err);
    if (class == CLASS_TRANSACTION)
        return words_run(e, text, err) ? end_ok(e, NULL) : statement_end_error(e, err);
    if (class == CLASS_SCHEMA)
        return change_schema(e, text, place, err);
    if (place == PLACE_WRITER && (class != CLASS_WRITES || locks_allow_writing(e, err)))
        return write(e, text, err);
    if (place == PLACE_WRITER)
        return statement_end_error(e, err);
    if (class == CLASS_WRITES && !check_may_write(e, err))
        return statement_end_error(e, err);
    return read(e, text, err);
}

static enum step take_turn(struct execution *e, enum place place)
{
    struct err err = { 0 };
    if (e->query != NULL)
        return give_rows(e);
    e->rows = 0;
    e->session.warning_count = 0;
    e->session.now_us = clock_wall_us();
    e->session.until_us =
        e->request.time_limit_us == 0 ? 0 : clock_monotonic_us() + e->request.time_limit_us;
    if (atomic_load(&e->is_cancelled)) {
        (void)err_refuse(&err, INTERRUPTED, "Query execution was interrupted");
        return statement_end_error(e, &err);
    }
    switch (e->request.kind) {
    case EXECUTE_PREPARE:
        return prepare_only(e, place, &err);
    case EXECUTE_USE:
        return use(e, &err);
    case EXECUTE_AUTOCOMMIT:
        return set_autocommit(e, &err);
    case EXECUTE_RESET:
        return reset(e);
    case EXECUTE_LOGIN:
        return log_in(e, &err);
    case EXECUTE_FIELDS:
        return fields_answer(e, &err);
    case EXECUTE_FENCE:
        return set_fence(e, place, &err);
    case EXECUTE_FETCH:
        return kept_rows_fetch(e, &err);
    case EXECUTE_STATEMENT:
        break;
    }
    return run_statement(e, place, &err);
}

enum step statement_step(struct execution *e, enum place place)
{
    e->is_logged = false;
    enum step step = take_turn(e, place);
    return step == STEP_OUTPUT && e->is_logged ? STEP_LOGGED : step;
}
