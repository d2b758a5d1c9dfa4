/* statement.c - query events: the words around rows, and DDL.
 *
 * A DDL statement is a barrier: what came before it is committed on its own, and the statement with
 * its position makes one commit. Statement-format changes of rows are refused. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "apply"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "apply/state.h"
#include "base/log.h"
#include "binlog/gtid_event.h"
#include "binlog/query.h"
#include "sql/charset.h"

enum { NAME_MAX_BYTES = 256, COLLATIONS_MAX_BYTES = 4096, STATEMENT_SHOWN = 200 };
enum { STATUS_EXPLICIT_DEFAULTS = 16 };
enum { FLAGS2_EXPLICIT_DEFAULTS = 0x1000000 /* MariaDB */ };

static bool starts_with(struct bytes text, const char *words)
{
    size_t len = strlen(words);
    return text.len >= len && strncasecmp((const char *)text.data, words, len) == 0;
}

/* "9.7.4-2" is 90704, "5.5.5-10.11.19-MariaDB…" is 101119. */
static uint32_t version_number(const char *text)
{
    unsigned major = 0, minor = 0, patch = 0;
    if (strncmp(text, "5.5.5-", 6) == 0)
        text += 6;
    if (sscanf(text, "%u.%u.%u", &major, &minor, &patch) < 2)
        return 0;
    return major * 10000 + minor * 100 + patch;
}

struct session_names {
    char db[NAME_MAX_BYTES];
    char time_zone[NAME_MAX_BYTES];
    char charset_collations[COLLATIONS_MAX_BYTES];
};

/* MariaDB's character_set_collations, "utf8mb4=utf8mb4_uca1400_ai_ci,…": pairs of collation ids, a
 * charset's built-in default and the one that stands for it in the session. */
static bool read_charset_collations(struct bytes pairs, char text[COLLATIONS_MAX_BYTES],
                                    struct err *err)
{
    struct reader r = reader_of(pairs);
    size_t used = 0;
    while (reader_left(&r) > 0) {
        unsigned built_in = reader_u16(&r);
        unsigned chosen = reader_u16(&r);
        const struct charset *charset = charset_by_collation_id(built_in);
        const char *collation = charset_collation_name(chosen);
        if (charset == NULL || collation == NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "its session sets collation %u for %u, and one of them is not known",
                           chosen, built_in);
        used += (size_t)snprintf(text + used, COLLATIONS_MAX_BYTES - used, "%s%s=%s",
                                 used > 0 ? "," : "", charset_name(charset), collation);
        if (used >= COLLATIONS_MAX_BYTES)
            return err_set(err, ERR_UNSUPPORTED, "its session sets very many collations");
    }
    return true;
}

static bool read_session(const struct apply *apply, const struct query_event *query,
                         struct session_names *names, struct ddl_session *out, struct err *err)
{
    if (query->db.len >= sizeof names->db || query->time_zone.len >= sizeof names->time_zone)
        return err_set(err, ERR_CORRUPT, "a database or time zone name of more than %zu bytes",
                       sizeof names->db);
    snprintf(names->db, sizeof names->db, "%.*s", (int)query->db.len,
             query->db.len > 0 ? (const char *)query->db.data : "");
    names->charset_collations[0] = '\0';
    snprintf(names->time_zone, sizeof names->time_zone, "%.*s", (int)query->time_zone.len,
             query->time_zone.len > 0 ? (const char *)query->time_zone.data : "");
    *out = (struct ddl_session){ .db = names->db,
                                 .sql_mode = query->sql_mode,
                                 .from_log = true,
                                 .keep = apply->options.keep,
                                 .keep_arg = apply->options.keep_arg };
    out->flavour = apply->stream.format.flavour;
    out->server_version = version_number(apply->stream.format.server_version);
    out->explicit_defaults_for_timestamp =
        out->flavour == FLAVOUR_MARIADB
            ? (query->flags2 & FLAGS2_EXPLICIT_DEFAULTS) != 0
            : (query->present_low >> STATUS_EXPLICIT_DEFAULTS & 1) == 0 ||
                  query->explicit_defaults_for_timestamp != 0;
    if (query_has(query, QUERY_STATUS_CHARSET)) {
        const struct charset *client = charset_by_collation_id(query->client_collation);
        if (client == NULL)
            return err_set(err, ERR_UNSUPPORTED, "its text is in collation %u, which is not known",
                           query->client_collation);
        out->charset = charset_name(client);
        out->server_collation = charset_collation_name(query->server_collation);
    }
    if (query_has(query, QUERY_STATUS_DEFAULT_COLLATION_FOR_UTF8MB4)) {
        const char *collation = charset_collation_name(query->default_collation_for_utf8mb4);
        out->charset_collations = names->charset_collations;
        snprintf(names->charset_collations, COLLATIONS_MAX_BYTES, "utf8mb4=%s",
                 collation == NULL ? "utf8mb4_0900_ai_ci" : collation);
    }
    if (!query_has(query, QUERY_STATUS_MARIADB_COLLATIONS))
        return true;
    out->charset_collations = names->charset_collations;
    return read_charset_collations(query->collations, names->charset_collations, err);
}

/* MariaDB's largest TIMESTAMP; 11.5 made its seconds unsigned. */
static uint64_t last_instant_us(uint32_t server_version)
{
    enum { UNSIGNED_SINCE = 110500 };
    uint64_t seconds = server_version >= UNSIGNED_SINCE ? UINT32_MAX : INT32_MAX;
    return seconds * 1000000u + 999999u;
}

/* Whole transactions before the statement are committed first: then it shares its commit with
 * nothing else, and the tables that they changed are still what they were. */
static bool run_schema_change(struct apply *apply, const struct ddl *ddl,
                              const struct ddl_context *context, struct err *err)
{
    struct engine *engine = apply->options.engine;
    bool alone = !apply->transaction.has_changes;
    if (apply->xa.open)
        return err_set(err, ERR_CORRUPT, "a schema change inside XA transaction %s", apply->xa.id);
    if (alone && apply->batch_transactions > 0 && !apply_commit(apply, err))
        return false;
    if (!apply_flush(apply, err) || !apply_open_engine(apply, err))
        return false;
    apply->transaction.has_changes = true;
    apply->transaction.has_ddl = true;
    table_cache_retire(&apply->tables);
    table_cache_sweep(&apply->tables);
    return engine->ops->ddl(engine, ddl, context, err);
}

/* Views, triggers, accounts …: the verb only, for the text may hold a password's hash. */
static void tell_passed(const struct apply *apply, const struct ddl *ddl)
{
    log_info("%s at %s, %llu is not replicated: it changes no table", ddl_verb(ddl),
             cursor_file_name(apply->cursor),
             (unsigned long long)cursor_event_start(apply->cursor).offset);
}

static bool refuse_lasting(struct err *err)
{
    return err_set(
        err, ERR_UNSUPPORTED,
        "what was rolled back at the source left changes in tables that cannot roll back "
        "(MyISAM, Aria, MEMORY); make a new copy of the source");
}

/* Servers log these where the transaction also changed tables that cannot roll back: their rows
 * are a transaction of their own before this one, so here everything goes back. Changes that
 * are folded cannot: so the first ROLLBACK TO is a failure, and one transaction at a time each
 * change and each savepoint goes to the engine as it comes. */
static bool run_savepoint(struct apply *apply, struct bytes text, struct err *err)
{
    static const char back[] = "ROLLBACK TO ";
    char name[NAME_MAX_BYTES];
    struct engine *engine = apply->options.engine;
    bool is_back = starts_with(text, back);
    size_t words = is_back ? sizeof back - 1 : sizeof "SAVEPOINT " - 1;
    if (!is_back && !starts_with(text, "SAVEPOINT "))
        return true; /* RELEASE: nothing to do */
    if (text.len - words >= sizeof name)
        return err_set(err, ERR_UNSUPPORTED, "a savepoint's name of %zu bytes", text.len - words);
    snprintf(name, sizeof name, "%.*s", (int)(text.len - words), (const char *)text.data + words);
    if (!apply->one_by_one)
        return !is_back || err_set(err, ERR_CONFLICT, "a part of the transaction is taken back");
    if (is_back && apply->transaction.has_lasting)
        return refuse_lasting(err);
    if (!apply_flush(apply, err) || !apply_open_engine(apply, err))
        return false;
    return is_back ? engine->ops->rollback_to(engine, name, err)
                   : engine->ops->savepoint(engine, name, err);
}

static const char *time_zone_of(const struct apply *apply, const struct query_event *query,
                                const struct session_names *names)
{
    const struct apply_options *o = &apply->options;
    if (!query_has(query, QUERY_STATUS_TIME_ZONE))
        return NULL;
    bool is_system = strcmp(names->time_zone, "SYSTEM") == 0;
    bool is_utc =
        is_system && o->system_zone_is_utc != NULL && o->system_zone_is_utc(o->system_zone_arg);
    return is_utc ? "+00:00" : names->time_zone;
}

static bool run_statement(struct apply *apply, const struct event *event,
                          const struct query_event *query, struct err *err)
{
    struct session_names names;
    struct ddl_session session;
    AUTO(ddl) ddl = NULL;
    if (!read_session(apply, query, &names, &session, err) ||
        !ddl_parse(query->text, &session, &ddl, err))
        return false;
    struct ddl_context context = { apply->options.keep, apply->options.keep_arg,
                                   .time_zone = time_zone_of(apply, query, &names) };
    context.now_us = (uint64_t)event->header.timestamp * 1000000u + query->microseconds;
    context.last_instant_us = last_instant_us(session.server_version);
    switch (ddl_kind(ddl)) {
    case DDL_SCHEMA:
        return run_schema_change(apply, ddl, &context, err);
    case DDL_BEGIN:
    case DDL_COMMIT:
        return true;
    case DDL_NO_ROWS:
        tell_passed(apply, ddl);
        return true;
    case DDL_SAVEPOINT:
        return run_savepoint(apply, query->text, err);
    case DDL_ROLLBACK: /* a whole one ends the transaction, and never comes here */
        return err_set(err, ERR_UNSUPPORTED, "a ROLLBACK that no server writes");
    case DDL_XA: /* the forms that servers write never come here */
        return err_set(err, ERR_UNSUPPORTED, "an XA statement that no server writes");
    case DDL_DML:
        break;
    }
    return err_set(err, ERR_UNSUPPORTED,
                   "%s is in the log as a statement: set binlog_format = ROW on the source, and "
                   "make a new copy of it",
                   ddl_verb(ddl));
}

/* The whole transaction is in the log although it was rolled back: what it changed in tables that
 * cannot roll back is a transaction of its own before it. One at a time, it is taken back exactly.
 */
static bool roll_back(struct apply *apply, struct err *err)
{
    if (!apply->transaction.has_changes)
        return true;
    if (!apply->one_by_one)
        return err_set(err, ERR_CONFLICT, "the transaction ends in a ROLLBACK");
    if (apply->transaction.has_ddl || apply->transaction.has_lasting)
        return refuse_lasting(err);
    apply->options.engine->ops->rollback(apply->options.engine);
    apply->in_engine = false;
    return true;
}

/* MariaDB's ALTER in two transactions: started, then committed or rolled back. Only the second one
 * of these changes anything. */
static bool is_alter_to_pass(const struct query_event *query)
{
    return query_has(query, QUERY_STATUS_MARIADB_ALTER) &&
           (query->alter_flags & (MARIADB_GTID_START_ALTER | MARIADB_GTID_ROLLBACK_ALTER)) != 0;
}

bool apply_query(struct apply *apply, const struct event *event, struct err *err)
{
    struct query_event query;
    if (!query_decode(event, &apply->scratch, &query, err))
        return false;
    if (starts_with(query.text, "XA "))
        return apply_xa_statement(apply, query.text, err);
    switch (query_bound_of(query.text)) {
    case QUERY_BEGIN:
    case QUERY_COMMIT:
        return true;
    case QUERY_ROLLBACK:
        return roll_back(apply, err);
    case QUERY_OTHER:
        break;
    }
    if (is_alter_to_pass(&query))
        return true;
    if (run_statement(apply, event, &query, err))
        return true;
    return err_wrap(err, "statement \"%.*s\"",
                    query.text.len < STATEMENT_SHOWN ? (int)query.text.len : STATEMENT_SHOWN,
                    query.text.len > 0 ? (const char *)query.text.data : "");
}
