/* schema.c - schema changes: whatever is open is committed, then the change is a transaction of its
 * own. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "execute"
#include <stdio.h>
#include <string.h>
#include "execute/state.h"

/* Which version comments run; lead.h's LEAD_VERSION, and what replicas go by. */
enum { MYSQL_VERSION = 80400, MARIADB_VERSION = 101100 };
enum { SYNTAX = 1064, NOT_SUPPORTED = 1235, READ_ONLY_TRANSACTION = 1792 };

static bool parse(const struct execution *e, struct bytes text, struct ddl **out, struct err *err)
{
    const struct execute_writer *writer = executor_writer(e->executor);
    enum flavour flavour = writer != NULL ? writer->flavour : FLAVOUR_MYSQL;
    struct ddl_session session = { .db = e->db,
                                   .flavour = flavour,
                                   .sql_mode = e->session.sql_mode,
                                   .server_collation = "utf8mb4_general_ci",
                                   .charset_collations = "utf8mb4=utf8mb4_general_ci",
                                   .server_version =
                                       flavour == FLAVOUR_MARIADB ? MARIADB_VERSION : MYSQL_VERSION,
                                   .explicit_defaults_for_timestamp = true };
    if (ddl_parse(text, &session, out, err))
        return true;
    err->server_errno = SYNTAX;
    return false;
}

static bool names_database(const char *verb)
{
    return strstr(verb, "DATABASE") != NULL || strstr(verb, "SCHEMA") != NULL;
}

static bool check(const struct execution *e, const struct ddl *ddl, struct err *err)
{
    if (ddl_kind(ddl) != DDL_SCHEMA)
        return err_refuse(err, NOT_SUPPORTED, "%s: not supported here", ddl_verb(ddl));
    if (!fence_allows(e, err))
        return false;
    if (transaction_is_read_only(e))
        return err_refuse(err, READ_ONLY_TRANSACTION,
                          "Cannot execute statement in a READ ONLY transaction.");
    return access_check_schema(e, ddl, err);
}

bool schema_may_run(const struct execution *e, struct bytes text, struct err *err)
{
    AUTO(ddl) ddl = NULL;
    return parse(e, text, &ddl, err) && check(e, ddl, err);
}

/* ---- the rows that are there ---- */

struct asked {
    struct execution *execution;
    struct err *err;
};

static bool finds_row(struct execution *e, struct bytes select, bool *found, struct err *err)
{
    const struct engine_query_ops *ops = e->executor->options.engine->ops->query;
    struct query_outcome outcome;
    struct query *query = NULL;
    const struct value *row = NULL;
    bool ok = ops->prepare(e->executor->writer, select, &e->session, &query, err) &&
              ops->run(query, NULL, &outcome, err) && ops->step(query, &row, err);
    *found = row != NULL;
    ops->free(query);
    return ok;
}

static bool fits(const struct ddl_question *question, void *arg)
{
    const struct asked *asked = arg;
    char sentence[512];
    bool found = false;
    if (!finds_row(asked->execution, question->select, &found, asked->err)) {
        if (asked->err->server_errno != 0)
            asked->err->server_errno = NOT_SUPPORTED;
        return err_wrap(asked->err, "do the rows that are there fit? (%.200s)", question->name);
    }
    if (!found)
        return true;
    const char *name = strstr(question->sentence, "%s");
    snprintf(sentence, sizeof sentence, "%.*s%s%s", (int)(name - question->sentence),
             question->sentence, question->name, name + 2);
    return err_refuse(asked->err, question->number, "%s", sentence);
}

static bool change(struct execution *e, const struct execute_schema_change *change, struct err *err)
{
    const struct executor_options *o = &e->executor->options;
    const struct execute_writer *writer = executor_writer(e->executor);
    if (writer->change_schema(writer->arg, change, &e->gtid, err))
        return true;
    if (writer->has_failed(writer->arg))
        o->on_failure(err, o->arg);
    else if (err->code == ERR_UNSUPPORTED && err->server_errno == 0)
        err->server_errno = NOT_SUPPORTED;
    return false;
}

static bool is_there(const struct execution *e)
{
    struct engine *engine = e->executor->options.engine;
    return e->db[0] != 0 && catalog_has_database(engine->ops->catalog(engine), e->db);
}

bool schema_run(struct execution *e, struct bytes text, struct err *err)
{
    AUTO(ddl) ddl = NULL;
    if (!locks_allow_writing(e, err))
        return false;
    struct engine *engine = e->executor->options.engine;
    if (!parse(e, text, &ddl, err) || !check(e, ddl, err) || !transaction_commit(e, err) ||
        !ddl_check(ddl, engine->ops->catalog(engine), err) ||
        (query_session_checks_keys(&e->session) &&
         !ddl_check_truncated(ddl, engine->ops->catalog(engine), err)) ||
        !ddl_each_question(ddl, engine->ops->catalog(engine), fits, &(struct asked){ e, err }))
        return false;
    bool is_of_database = names_database(ddl_verb(ddl));
    struct execute_schema_change c = { .text = text,
                                       .ddl = ddl,
                                       .db = is_there(e) && !is_of_database ? e->db : "",
                                       .time_zone = e->session.time_zone,
                                       .sql_mode = e->session.sql_mode,
                                       .now_us = e->session.now_us,
                                       .thread_id = (uint32_t)e->session.connection_id,
                                       .ignores_foreign_keys =
                                           !query_session_checks_keys(&e->session) };
    if (!change(e, &c, err))
        return false;
    if (is_of_database && !is_there(e))
        e->db[0] = 0;
    return true;
}
