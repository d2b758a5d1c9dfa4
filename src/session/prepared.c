/* prepared.c - see prepared.h. */
// SPDX-License-Identifier: Apache-2.0
#include "session/prepared.h"
#include <stdlib.h>
#include "base/memory.h"
#include "session/state.h"
#include "wire/prepared.h"

struct prepared_statement {
    uint32_t id;
    struct bytes text; /* owned */
    const struct charset *charset;
    struct parameters parameters;
    bool is_own; /* SET: the session answers it */
};

struct prepared_list {
    struct prepared_statement *items; /* by id */
    unsigned count, capacity;
    size_t bytes;
    uint32_t last_id;
    struct prepared_statement next; /* is being prepared */
    uint32_t running;               /* the statement that is executed; 0: none */
    struct value *values;           /* of it */
    uint8_t *payload;               /* that they borrow from */
};

static const struct server_problem unsupported = { 1295, "HY000" };
static const struct server_problem unknown_statement = { 1243, "HY000" };
static const struct server_problem malformed = { 1835, "HY000" };

/* ---- the list ---- */

static void clear(struct prepared_statement *statement)
{
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } text = { statement->text.data };
    free(text.owned);
    parameters_clear(&statement->parameters);
    *statement = (struct prepared_statement){ 0 };
}

struct prepared_list *prepared_list_new(void)
{
    return memory_new(sizeof(struct prepared_list));
}

static void drop_values(struct prepared_list *list)
{
    free(list->values);
    free(list->payload);
    list->values = NULL;
    list->payload = NULL;
}

void prepared_list_forget(struct prepared_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        clear(&list->items[i]);
    clear(&list->next);
    drop_values(list);
    list->count = 0;
    list->bytes = 0;
}

void prepared_list_free(struct prepared_list *list)
{
    if (list == NULL)
        return;
    prepared_list_forget(list);
    free(list->items);
    free(list);
}

static struct prepared_statement *find(struct prepared_list *list, uint32_t id)
{
    unsigned first = 0, end = list->count;
    while (first < end) {
        unsigned middle = (first + end) / 2;
        if (list->items[middle].id < id)
            first = middle + 1;
        else
            end = middle;
    }
    return first < list->count && list->items[first].id == id ? &list->items[first] : NULL;
}

static void add(struct prepared_list *list, unsigned parameter_count)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
        list->items = memory_resize(list->items, list->capacity * sizeof *list->items);
    }
    parameters_init(&list->next.parameters, parameter_count);
    list->bytes += list->next.text.len;
    list->items[list->count++] = list->next;
    list->next = (struct prepared_statement){ 0 };
}

/* ---- COM_STMT_PREPARE ---- */

static bool has_room(struct session *session, struct bytes text)
{
    const struct prepared_list *list = session->prepared;
    if (list->count < PREPARED_MAX && text.len <= PREPARED_BYTES_MAX - list->bytes)
        return true;
    server_error(session->server, &(struct server_problem){ 1461, "42000" },
                 "Can't create more than max_prepared_stmt_count statements (current value: %d; or "
                 "%d bytes of them)",
                 PREPARED_MAX, PREPARED_BYTES_MAX);
    return false;
}

static void answer_own(struct session *session)
{
    struct buf payload;
    struct prepare_answer answer = { .statement_id = session->prepared->next.id };
    buf_init(&payload, SESSION_VALUE_MAX);
    prepare_answer_encode(&answer, &payload);
    server_packet(session->server, buf_bytes(&payload));
    buf_clear(&payload);
    add(session->prepared, 0);
}

void prepared_on_prepare(struct session *session, struct bytes payload)
{
    struct prepared_list *list = session->prepared;
    enum statement_owner owner = statement_owner(session, payload);
    if (session->host->run == NULL || owner == OWNER_SESSION) {
        server_error(session->server, &unsupported,
                     "This command is not supported in the prepared statement protocol yet");
        return;
    }
    if (!has_room(session, payload))
        return;
    clear(&list->next);
    list->next.id = ++list->last_id;
    list->next.text = bytes_of(memory_strn(payload.data, payload.len), payload.len);
    list->next.charset = session->own.client;
    list->next.is_own = owner == OWNER_SESSION_SET;
    if (list->next.is_own)
        answer_own(session);
    else
        session_prepare(session, payload, list->next.id);
}

void prepared_done(struct session *session, bool ok, unsigned parameter_count)
{
    if (ok)
        add(session->prepared, parameter_count);
    else
        clear(&session->prepared->next);
}

/* ---- COM_STMT_EXECUTE ---- */

static void close_cursor(struct session *session, uint32_t id)
{
    if (session->host->close_cursor != NULL)
        session->host->close_cursor(session->peer, id, session->host->arg);
}

/* Long data is for one execute. */
void prepared_end_execute(struct session *session)
{
    struct prepared_list *list = session->prepared;
    struct prepared_statement *statement = find(list, list->running);
    if (statement != NULL)
        parameters_reset(&statement->parameters);
    list->running = 0;
    drop_values(list);
}

static struct prepared_statement *take(struct session *session, uint32_t id, const char *what)
{
    struct prepared_statement *statement = find(session->prepared, id);
    if (statement == NULL)
        server_error(session->server, &unknown_statement,
                     "Unknown prepared statement handler (%u) given to %s", id, what);
    return statement;
}

/* The payload is copied: it has to last until the statement is over. */
static bool take_values(struct session *session, struct prepared_statement *statement,
                        struct execute_head *head)
{
    struct prepared_list *list = session->prepared;
    struct err err;
    drop_values(list);
    list->values = memory_new((statement->parameters.count + 1) * sizeof *list->values);
    list->payload = memory_new(head->rest.len + 1);
    if (head->rest.len > 0)
        memcpy(list->payload, head->rest.data, head->rest.len);
    head->rest.data = list->payload;
    if (parameters_decode(&statement->parameters, head, false, list->values, &err))
        return true;
    server_error(session->server,
                 err.code == ERR_UNSUPPORTED ? &(struct server_problem){ 1235, "42000" }
                                             : &malformed,
                 "Malformed communication packet: %s", err.text);
    parameters_reset(&statement->parameters);
    return false;
}

void prepared_on_execute(struct session *session, struct bytes payload)
{
    struct execute_head head;
    struct err err;
    if (!execute_head_decode(payload, &head, &err)) {
        server_error(session->server, &malformed, "Malformed communication packet: %s", err.text);
        return;
    }
    struct prepared_statement *statement = take(session, head.statement_id, "mysqld_stmt_execute");
    if (statement == NULL || !take_values(session, statement, &head))
        return;
    if (statement->is_own) {
        session->rest = statement->text;
        session_go_on(session);
        return;
    }
    session->prepared->running = statement->id;
    bool is_cursor = (head.flags & EXECUTE_READ_ONLY_CURSOR) != 0;
    close_cursor(session, statement->id);
    session_execute(session, statement->text, statement->charset, session->prepared->values,
                    is_cursor ? statement->id : 0);
}

/* ---- the others ---- */

/* Nothing is answered to it: what is wrong with it, the execute tells. */
void prepared_on_long_data(struct session *session, struct bytes payload)
{
    struct long_data data;
    struct err err;
    if (!long_data_decode(payload, &data, &err))
        return;
    struct prepared_statement *statement = find(session->prepared, data.statement_id);
    if (statement != NULL)
        parameters_send_long(&statement->parameters, &data);
}

void prepared_on_reset(struct session *session, struct bytes payload)
{
    uint32_t id = 0;
    struct err err;
    bool ok = statement_id_decode(payload, &id, &err);
    struct prepared_statement *statement = ok ? take(session, id, "mysqld_stmt_reset") : NULL;
    if (!ok)
        server_error(session->server, &malformed, "Malformed communication packet: %s", err.text);
    if (statement == NULL)
        return;
    parameters_reset(&statement->parameters);
    close_cursor(session, id);
    server_ok(session->server);
}

void prepared_on_close(struct session *session, struct bytes payload)
{
    struct prepared_list *list = session->prepared;
    uint32_t id;
    struct err err;
    struct prepared_statement *statement =
        statement_id_decode(payload, &id, &err) ? find(list, id) : NULL;
    if (statement == NULL)
        return;
    size_t at = (size_t)(statement - list->items);
    close_cursor(session, id);
    list->bytes -= statement->text.len;
    clear(statement);
    list->count--;
    memmove(statement, statement + 1, (list->count - at) * sizeof *statement);
}

void prepared_on_fetch(struct session *session, struct bytes payload)
{
    struct fetch_request fetch;
    struct err err;
    if (!fetch_decode(payload, &fetch, &err))
        server_error(session->server, &malformed, "Malformed communication packet: %s", err.text);
    else if (take(session, fetch.statement_id, "mysqld_stmt_fetch") != NULL)
        session_fetch(session, fetch.statement_id, fetch.row_count);
}
