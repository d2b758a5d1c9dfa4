/* client.c - the client session: which packet may come when, and what it leads to.
 * State is changed in client_move alone, along the rows of client_states.def. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/client.h"
#include <assert.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/memory.h"
#include "base/reader.h"
#include "wire/auth.h"
#include "wire/capability.h"
#include "wire/packet.h"

enum {
    LOGIN_MAX = 64 * 1024,
    REPLY_MAX = 1024 * 1024,
    NAME_MAX_BYTES = 1024,     /* user name, password */
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
    struct client_options options; /* its texts are owned */
    struct auth auth;
    struct greeting greeting;
    uint32_t capabilities; /* ours and the server's */
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

#define CLIENT_CAPABILITIES                                                                        \
    (CAPABILITY_MYSQL | CAPABILITY_LONG_FLAG | CAPABILITY_PROTOCOL_41 | CAPABILITY_TLS |           \
     CAPABILITY_TRANSACTIONS | CAPABILITY_SECURE_CONNECTION | CAPABILITY_PLUGIN_AUTH |             \
     CAPABILITY_CONNECT_ATTRIBUTES | CAPABILITY_LENENC_AUTH_RESPONSE | CAPABILITY_DEPRECATE_EOF)

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

static char *secret_copy(const char *text)
{
    return text == NULL ? NULL : memory_str(text);
}

static void secret_free(const char *text)
{
    char *own = (char *)(uintptr_t)text;
    if (own != NULL)
        explicit_bzero(own, strlen(own));
    free(own);
}

bool client_new(const struct client_options *options, struct client **out, struct err *err)
{
    if (strlen(options->user) > NAME_MAX_BYTES || strlen(options->password) > NAME_MAX_BYTES)
        return err_set(err, ERR_CONFIG, "a user name or password of more than %d bytes",
                       NAME_MAX_BYTES);
    struct client *client = memory_new(sizeof *client);
    client->state = STATE_GREETING;
    client->options = *options;
    client->options.user = secret_copy(options->user);
    client->options.password = secret_copy(options->password);
    client->options.public_key_pem = secret_copy(options->public_key_pem);
    packet_input_init(&client->in);
    buf_init(&client->out, COMMAND_MAX + COMMAND_MAX / 1024);
    buf_init(&client->command, COMMAND_MAX);
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
    secret_free(client->options.user);
    secret_free(client->options.password);
    secret_free(client->options.public_key_pem);
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

static bool client_choose_tls(struct client *client, bool *tls, struct err *err)
{
    bool offered = (client->greeting.capabilities & CAPABILITY_TLS) != 0;
    if (client->options.tls == CLIENT_TLS_ALWAYS && !offered)
        return err_set(err, ERR_CONFIG,
                       "ssl-mode demands TLS, but the server does not offer it: turn it on there "
                       "(ssl_cert, ssl_key), or use ssl-mode=PREFERRED on a network you trust");
    *tls = offered && client->options.tls != CLIENT_TLS_NEVER;
    client->capabilities = CLIENT_CAPABILITIES & client->greeting.capabilities;
    client->capabilities |= CAPABILITY_MYSQL; /* set by clients of either flavour */
    if (!*tls)
        client->capabilities &= ~CAPABILITY_TLS;
    client->deprecate_eof = (client->capabilities & CAPABILITY_DEPRECATE_EOF) != 0;
    return true;
}

static bool client_request_tls(struct client *client, enum client_event *event, struct err *err)
{
    struct buf request;
    if (packet_input_pending(&client->in) > 0)
        return err_set(err, ERR_PROTOCOL,
                       "bytes came unencrypted after the greeting, before TLS: "
                       "something between here and the server interferes");
    buf_init(&request, LOGIN_MAX);
    tls_request_encode(client->capabilities, &request);
    bool said = client_say(client, &request, err);
    buf_clear(&request);
    client_move(client, STATE_TLS);
    *event = CLIENT_START_TLS;
    return said;
}

static void secret_buf_init(struct buf *buf)
{
    buf_init(buf, LOGIN_MAX);
    buf_reserve(buf, LOGIN_OUTPUT);
}

static void secret_buf_clear(struct buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->cap);
    buf_clear(buf);
}

static bool client_respond(struct client *client, struct err *err)
{
    const char *plugin = client->greeting.plugin;
    struct auth_options *o = &client->auth.options;
    *o = (struct auth_options){
        .user = client->options.user,
        .password = client->options.password,
        .public_key_pem = client->options.public_key_pem,
        .fetch_public_key = client->options.fetch_public_key,
        .private_channel = client->options.local || client->encrypted,
        .verified_channel =
            client->options.local || (client->encrypted && client->options.tls_verifies),
    };
    if (auth_plugin_find(plugin) == NULL)
        plugin = "mysql_native_password"; /* the server says in a switch what the account has */
    struct buf first;
    struct buf response;
    secret_buf_init(&first);
    secret_buf_init(&response);
    bool done =
        auth_start(&client->auth, plugin,
                   bytes_of(client->greeting.scramble, client->greeting.scramble_len), &first, err);
    if (done) {
        struct handshake_response r = { client->capabilities, o->user, plugin, buf_bytes(&first) };
        handshake_response_encode(&r, &response);
        done = client_say(client, &response, err);
    }
    secret_buf_clear(&first);
    secret_buf_clear(&response);
    return done;
}

static bool on_greeting(struct client *client, struct bytes payload, enum client_event *event,
                        struct err *err)
{
    bool tls = false;
    if (!greeting_decode(payload, &client->greeting, err) || !client_choose_tls(client, &tls, err))
        return client_die(client);
    client->sequence = client->in.sequence;
    if (tls)
        return client_request_tls(client, event, err) || client_die(client);
    client_move(client, STATE_LOGIN);
    return client_respond(client, err) || client_die(client);
}

/* A server that names another plugin: fe, name NUL, scramble NUL. */
static bool login_switch(struct client *client, struct bytes payload, struct buf *reply,
                         struct err *err)
{
    char name[GREETING_PLUGIN_MAX + 1];
    struct reader r = reader_of(payload);
    reader_take(&r, 1);
    if (reader_left(&r) == 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "account '%s' has a password hash from before MySQL 4.1: set it anew",
                       client->options.user);
    struct bytes plugin = reader_cstring(&r);
    struct bytes nonce = reader_rest(&r);
    if (r.failed || plugin.len >= sizeof name)
        return err_set(err, ERR_PROTOCOL, "a request to switch the plugin that is malformed");
    memcpy(name, plugin.data, plugin.len);
    name[plugin.len] = 0;
    if (nonce.len % 2 == 1 && nonce.data[nonce.len - 1] == 0)
        nonce.len--; /* scrambles have even lengths, their NUL is not part of them */
    return auth_start(&client->auth, name, nonce, reply, err);
}

static bool login_ok(struct client *client, struct bytes payload, enum client_event *event,
                     struct err *err)
{
    if (!ok_packet_decode(payload, &client->ok, err))
        return false;
    client->ok.info = bytes_of("", 0);
    secret_free(client->options.password);
    client->options.password = NULL;
    client->auth.options.password = NULL;
    output_wipe(client);
    client_move(client, STATE_READY);
    *event = CLIENT_DONE;
    return true;
}

static void login_advise(const struct client *client, struct err *err)
{
    static const struct {
        uint16_t code;
        const char *sentence;
    } advice[] = {
#define ADVICE(code, sentence) { code, sentence },
#include "wire/login_errors.def"
#undef ADVICE
    };
    for (size_t i = 0; i < ARRAY_COUNT(advice); i++) {
        if (advice[i].code != err->server_errno)
            continue;
        const char *mark = strstr(advice[i].sentence, "%s");
        struct err told = *err;
        err_set(err, ERR_REFUSED, "%s: %.*s%s%s", told.text, (int)(mark - advice[i].sentence),
                advice[i].sentence, client->options.user, mark + 2);
        err->server_errno = told.server_errno;
    }
}

static bool login_answer(struct client *client, struct bytes payload, enum client_event *event,
                         struct err *err)
{
    struct buf reply;
    bool answer = true;
    secret_buf_init(&reply);
    bool done = payload.data[0] == 0xfe
                    ? login_switch(client, payload, &reply, err)
                    : auth_continue(&client->auth, bytes_of(payload.data + 1, payload.len - 1),
                                    &reply, &answer, err);
    client->sequence = client->in.sequence;
    if (done && answer)
        done = client_say(client, &reply, err);
    secret_buf_clear(&reply);
    *event = CLIENT_WAIT;
    return done;
}

static bool on_login(struct client *client, struct bytes payload, enum client_event *event,
                     struct err *err)
{
    bool done;
    switch (payload.len > 0 ? payload.data[0] : -1) {
    case 0x00:
        done = login_ok(client, payload, event, err);
        break;
    case 0x01:
    case 0xfe:
        done = login_answer(client, payload, event, err);
        break;
    case 0xff:
        done = error_packet_report(payload, err);
        if (err->code == ERR_REFUSED)
            login_advise(client, err);
        break;
    default:
        done = err_set(err, ERR_PROTOCOL, "%zu bytes that are no answer to a login", payload.len);
    }
    return done || client_die(client);
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
    return client_respond(client, err) || client_die(client);
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

bool client_ping(struct client *client, struct err *err)
{
    struct buf *command = command_begin(client, err);
    if (command == NULL)
        return false;
    command_ping(command);
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

void client_semi_sync_ack(struct client *client, const char *file, uint64_t offset)
{
    assert(client->state == STATE_STREAM);
    uint8_t sequence = 0;
    buf_reset(&client->command);
    command_semi_sync_ack(file, offset, &client->command);
    packet_encode(buf_bytes(&client->command), &sequence, &client->out);
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

const struct greeting *client_greeting(const struct client *client)
{
    return &client->greeting;
}

const struct ok_packet *client_ok(const struct client *client)
{
    return &client->ok;
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
