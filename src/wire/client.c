/* client.c - the client session: which packet may come when, and what it leads to.
 * State is changed in client_move alone, along the rows of client_states.def. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/client.h"
#include <assert.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/memory.h"
#include "wire/capability.h"
#include "wire/packet.h"

enum {
    LOGIN_MAX = 64 * 1024,
    REPLY_MAX = 1024 * 1024,
    LOGIN_OUTPUT = 16 * 1024,  /* never outgrown, so that no copy of a password stays behind */
    OUTPUT_KEEP = 1024 * 1024, /* more than this is given back when sent */
    METADATA_PER_COLUMN = 2 * 1024,
};

#define STATE(name, next, max, handler, due) STATE_##name,
enum client_state {
#include "wire/client_states.def"
};
#undef STATE

struct client {
    enum client_state state;
    struct login login;
    bool deprecate_eof;
    bool encrypted;
    struct packet_input in;
    struct buf command; /* the payload being written; its memory is kept */
    struct buf out;
    size_t out_sent;
    uint8_t sequence; /* of the next packet sent; taken from the input while logging in */
    struct ok_packet ok;
    struct arena metadata; /* of the result at hand */
    unsigned column_count;
    unsigned columns_known;
    const char **column_names;
    struct bytes *row;
};

typedef bool client_handler(struct client *, struct bytes payload, enum client_event *,
                            struct err *);
static client_handler on_greeting, on_login, on_reply, on_column, on_columns_end, on_row;

static const struct client_state_row {
    const char *name;
    unsigned next;
    size_t max_payload;
    client_handler *handler;
    const char *due;
} states[] = {
#define TO(name)                             BIT(STATE_##name)
#define STATE(name, next, max, handler, due) { #name, next, max, handler, due },
#include "wire/client_states.def"
#undef STATE
#undef TO
};

/* The only place that writes client->state. */
static void client_move(struct client *client, enum client_state next)
{
    assert((states[client->state].next & BIT(next)) != 0);
    client->state = next;
}

/* Always false, for `return client_die(client)` after err was set. */
static bool client_die(struct client *client)
{
    if (client->state != STATE_DEAD)
        client_move(client, STATE_DEAD);
    return false;
}

bool client_new(const struct client_options *options, struct client **out, struct err *err)
{
    struct client *client = memory_new(sizeof *client);
    if (!login_init(&client->login, options, err)) {
        free(client);
        return false;
    }
    client->state = STATE_GREETING;
    packet_input_init(&client->in);
    buf_init(&client->command, COMMAND_MAX);
    buf_init(&client->out, COMMAND_MAX + COMMAND_MAX / 1024);
    buf_reserve(&client->out, LOGIN_OUTPUT);
    arena_init(&client->metadata, (size_t)(RESULT_COLUMNS_MAX + 1) * METADATA_PER_COLUMN);
    *out = client;
    return true;
}

static void output_wipe(struct client *client)
{
    if (client->out.data != NULL)
        explicit_bzero(client->out.data, client->out.cap);
    buf_clear(&client->out);
    client->out_sent = 0;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    login_clear(&client->login);
    output_wipe(client);
    buf_clear(&client->command);
    packet_input_clear(&client->in);
    arena_clear(&client->metadata);
    free(client);
}

/* ---- bytes ---- */

uint8_t *client_room(struct client *client, size_t *size)
{
    return packet_input_room(&client->in, size);
}

void client_received(struct client *client, size_t n)
{
    packet_input_received(&client->in, n);
}

struct bytes client_output(const struct client *client)
{
    if (client->out.len == client->out_sent)
        return bytes_of("", 0);
    return bytes_of(client->out.data + client->out_sent, client->out.len - client->out_sent);
}

void client_sent(struct client *client, size_t n)
{
    assert(n <= client->out.len - client->out_sent);
    client->out_sent += n;
    if (client->out_sent < client->out.len)
        return;
    client->out_sent = 0;
    buf_reset(&client->out);
    if (client->out.cap > OUTPUT_KEEP)
        buf_clear(&client->out);
}

/* Appends payload as packets that answer the last one received, or begin a command. */
static bool client_say(struct client *client, struct buf *payload, struct err *err)
{
    if (!payload->failed)
        packet_encode(buf_bytes(payload), &client->sequence, &client->out);
    bool said = !payload->failed && !client->out.failed;
    client->in.sequence = client->sequence;
    if (said)
        return true;
    err_set(err, ERR_UNSUPPORTED, "a statement of more than %zu MiB", COMMAND_MAX >> 20);
    return client_die(client);
}

/* ---- login ---- */

static bool client_respond(struct client *client, struct err *err)
{
    struct buf response;
    secret_buf_init(&response);
    bool done = login_respond(&client->login, client->encrypted, &response, err) &&
                client_say(client, &response, err);
    secret_buf_clear(&response);
    return done || client_die(client);
}

static bool client_request_tls(struct client *client, enum client_event *event, struct err *err)
{
    if (packet_input_pending(&client->in) > 0) {
        err_set(err, ERR_PROTOCOL,
                "bytes came unencrypted after the greeting, before TLS: "
                "something between here and the server interferes");
        return client_die(client);
    }
    buf_reset(&client->command);
    login_request_tls(&client->login, &client->command);
    client_move(client, STATE_TLS);
    *event = CLIENT_START_TLS;
    return client_say(client, &client->command, err);
}

static bool on_greeting(struct client *client, struct bytes payload, enum client_event *event,
                        struct err *err)
{
    bool tls = false;
    if (!login_greeting(&client->login, payload, &tls, err))
        return client_die(client);
    client->deprecate_eof = (client->login.capabilities & CAPABILITY_DEPRECATE_EOF) != 0;
    client->sequence = client->in.sequence;
    if (tls)
        return client_request_tls(client, event, err);
    client_move(client, STATE_LOGIN);
    return client_respond(client, err);
}

static bool on_login(struct client *client, struct bytes payload, enum client_event *event,
                     struct err *err)
{
    struct buf answer;
    enum login_step step = LOGIN_WAIT;
    secret_buf_init(&answer);
    client->sequence = client->in.sequence;
    bool done = login_continue(&client->login, payload, &answer, &step, err) &&
                (step != LOGIN_ANSWER || client_say(client, &answer, err));
    secret_buf_clear(&answer);
    if (!done)
        return client_die(client);
    if (step == LOGIN_DONE) {
        output_wipe(client);
        client_move(client, STATE_READY);
        *event = CLIENT_DONE;
    }
    return true;
}

/* ---- commands ---- */

/* An error packet to a command leaves the session ready for the next one. */
static bool client_refused(struct client *client, struct bytes payload, struct err *err)
{
    error_packet_report(payload, err);
    if (err->code != ERR_REFUSED)
        return client_die(client);
    client_move(client, STATE_READY);
    return false;
}

static bool is_error(struct bytes payload)
{
    return payload.len > 0 && payload.data[0] == 0xff;
}

/* The end of a command. */
static bool client_finish(struct client *client, uint16_t status, enum client_event *event,
                          struct err *err)
{
    if ((status & STATUS_MORE_RESULTS) != 0)
        return err_set(err, ERR_PROTOCOL, "the server sends more results than one was asked for");
    client->ok.status = status;
    client_move(client, STATE_READY);
    *event = CLIENT_DONE;
    return true;
}

static bool reply_columns(struct client *client, struct bytes payload, struct err *err)
{
    unsigned count = 0;
    if (!column_count_decode(payload, &count, err))
        return false;
    client->column_count = count;
    client->column_names = arena_alloc(&client->metadata, count * sizeof *client->column_names);
    client->row = arena_alloc(&client->metadata, count * sizeof *client->row);
    client_move(client, STATE_COLUMNS);
    return true;
}

static bool on_reply(struct client *client, struct bytes payload, enum client_event *event,
                     struct err *err)
{
    bool done;
    if (is_error(payload))
        return client_refused(client, payload, err);
    if (payload.len > 0 && payload.data[0] == 0xfb)
        done = err_set(err, ERR_PROTOCOL,
                       "the server asks for a local file (LOAD DATA LOCAL), which is never sent");
    else if (payload.len > 0 && payload.data[0] == 0x00)
        done = ok_packet_decode(payload, &client->ok, err) &&
               client_finish(client, client->ok.status, event, err);
    else
        done = reply_columns(client, payload, err);
    client->ok.info = bytes_of("", 0);
    return done || client_die(client);
}

static void columns_ready(struct client *client, enum client_event *event)
{
    client_move(client, STATE_ROWS);
    *event = CLIENT_RESULT;
}

static bool on_column(struct client *client, struct bytes payload, enum client_event *event,
                      struct err *err)
{
    struct column_definition column;
    if (is_error(payload))
        return client_refused(client, payload, err);
    if (!column_definition_decode(payload, &column, err))
        return client_die(client);
    client->column_names[client->columns_known++] =
        arena_strn(&client->metadata, column.name.data, column.name.len);
    if (client->columns_known < client->column_count)
        return true;
    if (client->deprecate_eof)
        columns_ready(client, event);
    else
        client_move(client, STATE_COLUMNS_END);
    return true;
}

static bool on_columns_end(struct client *client, struct bytes payload, enum client_event *event,
                           struct err *err)
{
    if (!is_end_packet(payload, false)) {
        err_set(err, ERR_PROTOCOL, "%zu bytes came where the column definitions should end",
                payload.len);
        return client_die(client);
    }
    columns_ready(client, event);
    return true;
}

static bool on_row(struct client *client, struct bytes payload, enum client_event *event,
                   struct err *err)
{
    uint16_t status = 0;
    if (is_error(payload))
        return client_refused(client, payload, err);
    if (is_end_packet(payload, client->deprecate_eof)) {
        if (!end_packet_decode(payload, client->deprecate_eof, &status, err) ||
            !client_finish(client, status, event, err))
            return client_die(client);
        return true;
    }
    if (!text_row_decode(payload, client->row, client->column_count, err))
        return client_die(client);
    *event = CLIENT_ROW;
    return true;
}

static bool client_is_dead(struct err *err)
{
    return err_set(err, ERR_PROTOCOL, "this connection is finished: open another one");
}

bool client_next(struct client *client, enum client_event *event, struct err *err)
{
    *event = CLIENT_WAIT;
    while (*event == CLIENT_WAIT) {
        const struct client_state_row *state = &states[client->state];
        struct bytes payload;
        bool found = false;
        if (client->state == STATE_DEAD)
            return client_is_dead(err);
        assert(state->handler != NULL); /* else nothing is due, and nobody should wait for it */
        if (!packet_input_next(&client->in, state->max_payload, &payload, &found, err)) {
            err_wrap(err, "waiting for %s", state->due);
            return client_die(client);
        }
        if (!found)
            return true;
        if (!state->handler(client, payload, event, err))
            return false;
    }
    return true;
}

bool client_encrypted(struct client *client, struct err *err)
{
    assert(client->state == STATE_TLS);
    client->encrypted = true;
    client_move(client, STATE_LOGIN);
    return client_respond(client, err);
}

bool client_is_ready(const struct client *client)
{
    return client->state == STATE_READY;
}

/* Where a command is written; NULL when there can be none. */
static struct buf *command_begin(struct client *client, struct err *err)
{
    if (client->state == STATE_DEAD) {
        client_is_dead(err);
        return NULL;
    }
    assert(client->state == STATE_READY); /* the last result was read to its end */
    if (packet_input_pending(&client->in) > 0) {
        err_set(err, ERR_PROTOCOL, "%zu bytes came that were not asked for",
                packet_input_pending(&client->in));
        client_die(client);
        return NULL;
    }
    buf_reset(&client->command);
    client->ok = (struct ok_packet){ .info = bytes_of("", 0) };
    client->column_count = 0;
    client->columns_known = 0;
    arena_reset(&client->metadata);
    return &client->command;
}

static bool command_send(struct client *client, enum client_state next, struct err *err)
{
    client->sequence = 0;
    bool said = client_say(client, &client->command, err);
    if (client->command.cap > OUTPUT_KEEP)
        buf_clear(&client->command);
    if (said)
        client_move(client, next);
    return said;
}

bool client_query(struct client *client, struct bytes sql, struct err *err)
{
    struct buf *command = command_begin(client, err);
    if (command == NULL)
        return false;
    command_query(sql, command);
    return command_send(client, STATE_REPLY, err);
}

bool client_register(struct client *client, const struct register_replica *replica, struct err *err)
{
    struct buf *command = command_begin(client, err);
    return command != NULL && command_register(replica, command, err) &&
           command_send(client, STATE_REPLY, err);
}

bool client_dump(struct client *client, const struct dump_request *request, struct err *err)
{
    struct buf *command = command_begin(client, err);
    return command != NULL && command_dump(request, command, err) &&
           command_send(client, STATE_STREAM, err);
}

void client_stream_end(struct client *client)
{
    client_move(client, STATE_READY);
}

void client_quit(struct client *client)
{
    uint8_t sequence = 0;
    buf_reset(&client->command);
    command_quit(&client->command);
    packet_encode(buf_bytes(&client->command), &sequence, &client->out);
    client_die(client);
}

void client_give_up(struct client *client)
{
    client_die(client);
}

const struct greeting *client_greeting(const struct client *client)
{
    return &client->login.greeting;
}

unsigned client_column_count(const struct client *client)
{
    return client->column_count;
}

const char *client_column_name(const struct client *client, unsigned column)
{
    assert(column < client->columns_known);
    return client->column_names[column];
}

const struct bytes *client_row(const struct client *client)
{
    return client->row;
}
