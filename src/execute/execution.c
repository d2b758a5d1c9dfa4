/* execution.c - a client's execution: made, asked, freed. Its moves are executor.c's. */
// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "execute/state.h"

void execution_reset_session(struct execution *e)
{
    struct query_session *s = &e->session;
    struct query_session kept = *s;
    query_session_clear(s);
    query_session_init(s);
    s->db = e->db;
    s->user = e->user;
    s->account = e->account;
    s->version = e->version;
    s->databases = e->databases;
    s->connection_id = kept.connection_id;
    s->system_variable = kept.system_variable;
    s->arg = kept.arg;
    s->named_lock = named_locks_call;
    s->named_lock_arg = e;
}

void execution_become(struct execution *e, const struct execute_client *client)
{
    assert(e->state == EXECUTION_IDLE);
    bool has_rows = (client->role & (ROLE_admin | ROLE_write | ROLE_read)) != 0;
    e->role = client->role;
    free(e->databases);
    e->databases = memory_str(has_rows ? client->databases : "");
    e->session.databases = e->databases;
    snprintf(e->user, sizeof e->user, "%.200s@%.200s", client->user, client->host);
    snprintf(e->account, sizeof e->account, "%.200s@%%", client->user);
}

struct execution *execution_new(struct executor *executor, const struct execute_client *client)
{
    struct execution *e = memory_new(sizeof *e);
    e->executor = executor;
    e->tag = client->tag;
    e->autocommit = true;
    e->state = EXECUTION_IDLE;
    execution_become(e, client);
    snprintf(e->version, sizeof e->version, "%s", client->version);
    e->session.connection_id = client->id;
    execution_reset_session(e);
    answer_begin(e);
    return e;
}

void execution_free(struct execution *e)
{
    if (e == NULL)
        return;
    assert(e->state == EXECUTION_GONE || e->state == EXECUTION_IDLE);
    query_session_clear(&e->session);
    buf_clear(&e->out);
    buf_clear(&e->scratch);
    buf_clear(&e->piece);
    buf_clear(&e->converted);
    arena_clear(&e->columns_arena);
    kept_rows_clear(e);
    free(e->savepoints);
    free(e->databases);
    free(e->text);
    free(e);
}

/* They outlive the client. The text ends with a NUL, behind which the changes are. */
void execution_copy_texts(struct execution *e)
{
    struct bytes text = e->request.text;
    struct bytes changes = e->request.changes;
    e->text = memory_new(text.len + 1 + changes.len);
    if (text.len > 0)
        memcpy(e->text, text.data, text.len);
    if (changes.len > 0)
        memcpy(e->text + text.len + 1, changes.data, changes.len);
    e->request.text.data = (const uint8_t *)e->text;
    e->request.changes.data = (const uint8_t *)e->text + text.len + 1;
}

void *execution_tag(const struct execution *e)
{
    return e->tag;
}

struct query_session *execution_session(struct execution *e)
{
    return &e->session;
}

bool execution_is_idle(const struct execution *e)
{
    return e->state == EXECUTION_IDLE;
}

bool execution_is_gone(const struct execution *e)
{
    return e->state == EXECUTION_GONE;
}

bool execution_autocommits(const struct execution *e)
{
    return e->autocommit;
}

void execution_output(const struct execution *e, struct execute_output *out)
{
    *out = (struct execute_output){ .packets = buf_bytes(&e->out),
                                    .next_number = e->number,
                                    .status = e->is_whole ? answer_status(e) : 0,
                                    .is_whole = e->is_whole,
                                    .ok = e->is_whole && e->ok,
                                    .parameter_count = e->parameter_count };
}
