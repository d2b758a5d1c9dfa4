/* server.c - the session of server.h: what comes in, states, the login. What goes out is in
 * server_output.c, answers in server_answer.c. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/server.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "wire/capability.h"
#include "wire/result_encode.h"
#include "wire/server_answer.h"
#include "wire/server_handshake.h"
#include "wire/server_internal.h"

static bool on_response(struct server *s, struct bytes payload, enum server_event *event,
                        struct err *err);
static bool on_login(struct server *s, struct bytes payload, enum server_event *event,
                     struct err *err);
static bool on_auth(struct server *s, struct bytes payload, enum server_event *event,
                    struct err *err);
static bool on_command(struct server *s, struct bytes payload, enum server_event *event,
                       struct err *err);

static const struct state_row {
    const char *due;
    unsigned next;
    size_t max;
    bool (*take)(struct server *, struct bytes, enum server_event *, struct err *);
} states[] = {
#define TO(name)                          BIT(STATE_##name)
#define STATE(name, next, max, take, due) { due, next, max, take },
#include "wire/server_states.def"
#undef STATE
#undef TO
};

static void set_state(struct server *s, enum state state)
{
    assert(s->state == STATE_END || (states[s->state].next & BIT(state)) != 0);
    s->state = state;
}

/* Printable, and neither NUL nor '$': clients treat the nonce as text. */
static void make_nonce(const uint8_t random[SCRAMBLE_LEN], uint8_t nonce[SCRAMBLE_LEN])
{
    for (size_t i = 0; i < SCRAMBLE_LEN; i++)
        nonce[i] = (uint8_t)('%' + random[i] % ('~' - '%' + 1));
}

static uint32_t offer(const struct server_options *options)
{
    return CAPABILITY_MYSQL | CAPABILITY_FOUND_ROWS | CAPABILITY_LONG_FLAG |
           CAPABILITY_CONNECT_WITH_DB | CAPABILITY_COMPRESS | CAPABILITY_PROTOCOL_41 |
           CAPABILITY_INTERACTIVE | CAPABILITY_TRANSACTIONS | CAPABILITY_SECURE_CONNECTION |
           CAPABILITY_MULTI_STATEMENTS | CAPABILITY_MULTI_RESULTS | CAPABILITY_PLUGIN_AUTH |
           CAPABILITY_CONNECT_ATTRIBUTES | CAPABILITY_LENENC_AUTH_RESPONSE |
           CAPABILITY_DEPRECATE_EOF |
           (options->mariadb ? 0 : CAPABILITY_ZSTD | CAPABILITY_SESSION_TRACK) |
           (options->tls ? CAPABILITY_TLS : 0);
}

static void greet(struct server *s, const struct server_options *options)
{
    struct buf payload;
    struct greeting_facts facts = { .version = options->version,
                                    .mariadb = options->mariadb,
                                    .thread_id = options->thread_id,
                                    .capabilities = s->offered,
                                    .plugin = s->greeted,
                                    .nonce = s->nonce };
    buf_init(&payload, LOGIN_MAX);
    greeting_encode(&facts, &payload);
    server_packet(s, buf_bytes(&payload));
    buf_clear(&payload);
}

struct server *server_new(const struct server_options *options)
{
    struct server *s = memory_new(sizeof *s);
    s->mariadb = options->mariadb;
    s->tls_demanded = options->tls_demanded;
    s->has_certificate = options->tls;
    s->codec = options->codec;
    s->greeted = options->mariadb ? "mysql_native_password" : "caching_sha2_password";
    s->offered = offer(options);
    snprintf(s->peer, sizeof s->peer, "%s", options->peer);
    memcpy(s->certificate_digest, options->certificate_digest, SHA256_SIZE);
    s->status = STATUS_AUTOCOMMIT;
    make_nonce(options->nonce, s->nonce);
    memcpy(s->nonce_ed25519, options->nonce_ed25519, SCRAMBLE_ED25519_LEN);
    packet_input_init(&s->in);
    buf_init(&s->packed_in, COMPRESS_HEADER_SIZE + SERVER_COMMAND_MAX + LOGIN_MAX);
    buf_init(&s->out, OUTPUT_MAX);
    buf_init(&s->changes, CHANGES_MAX);
    buf_init(&s->packed_out, OUTPUT_MAX + OUTPUT_MAX / 64);
    struct server_auth_options auth = { .accounts = options->accounts,
                                        .rsa = options->rsa,
                                        .nonce = s->nonce,
                                        .nonce_ed25519 = s->nonce_ed25519 };
    server_auth_init(&s->auth, &auth);
    greet(s, options);
    s->in.sequence = s->number;
    return s;
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    server_auth_clear(&s->auth);
    packet_input_clear(&s->in);
    buf_clear(&s->packed_in);
    buf_clear(&s->out);
    buf_clear(&s->changes);
    buf_clear(&s->packed_out);
    free(s);
}

/* ---- in ---- */

bool server_is_open_to_tls(const struct server *s)
{
    return s->state == STATE_RESPONSE;
}

uint8_t *server_room(struct server *s, size_t *size)
{
    enum { ROOM = 16 * 1024 };
    if (s->compress.kind != COMPRESSION_NONE) {
        uint8_t *room = buf_reserve(&s->packed_in, ROOM);
        *size = room == NULL ? 0 : ROOM;
        return room;
    }
    s->command = (struct bytes){ NULL, 0 };
    uint8_t *room = packet_input_room(&s->in, size);
    size_t need = s->in.need < PACKET_HEADER_SIZE ? PACKET_HEADER_SIZE : s->in.need;
    if (s->state == STATE_RESPONSE && *size > need - s->in.end)
        *size = need - s->in.end;
    return room;
}

/* One compressed packet's content becomes bytes received. */
static bool take_packed(struct server *s, struct bytes packet, size_t plain_len, struct err *err)
{
    size_t size;
    uint8_t *room = packet_input_room(&s->in, &size);
    bool fits = size >= plain_len;
    uint8_t *plain = fits ? room : memory_resize(NULL, plain_len);
    bool done = decompress_packet(s->codec, &s->compress, packet, plain, plain_len, err);
    for (size_t at = 0; done && !fits && at < plain_len;) {
        room = packet_input_room(&s->in, &size);
        size_t n = plain_len - at < size ? plain_len - at : size;
        memcpy(room, plain + at, n);
        packet_input_received(&s->in, n);
        at += n;
    }
    if (done && fits)
        packet_input_received(&s->in, plain_len);
    if (!fits)
        free(plain);
    if (done && packet_input_pending(&s->in) > SERVER_COMMAND_MAX + LOGIN_MAX)
        return err_set(err, ERR_PROTOCOL, "commands of more than %d bytes wait for their answers",
                       SERVER_COMMAND_MAX);
    if (!s->streams)
        s->packed_number = (uint8_t)(packet.data[3] + 1);
    return done;
}

static bool unpack_received(struct server *s, struct err *err)
{
    size_t at = 0;
    for (;;) {
        bool found;
        size_t size;
        size_t plain_len;
        struct bytes rest = bytes_of(s->packed_in.data + at, s->packed_in.len - at);
        if (!compress_packet_find(rest, SERVER_COMMAND_MAX + LOGIN_MAX, &found, &size, &plain_len,
                                  err))
            return false;
        if (!found)
            break;
        if (plain_len > 0 && !take_packed(s, bytes_of(rest.data, size), plain_len, err))
            return false;
        at += size;
    }
    s->packed_in.len -= at;
    if (s->packed_in.len == 0)
        buf_clear(&s->packed_in);
    else if (at > 0)
        memmove(s->packed_in.data, s->packed_in.data + at, s->packed_in.len);
    return true;
}

bool server_received(struct server *s, size_t n, struct err *err)
{
    if (s->compress.kind == COMPRESSION_NONE) {
        packet_input_received(&s->in, n);
        return true;
    }
    s->packed_in.len += n;
    s->command = (struct bytes){ NULL, 0 };
    return unpack_received(s, err);
}

bool server_has_input(const struct server *s)
{
    return packet_input_pending(&s->in) > 0 || s->packed_in.len > 0;
}

/* An idle session holds no buffer. */
static void shrink_input(struct server *s)
{
    if (s->in.data == NULL || s->in.start != s->in.end || s->in.open)
        return;
    uint8_t sequence = s->in.sequence;
    bool any_number = s->in.any_number;
    packet_input_clear(&s->in);
    s->in.sequence = sequence;
    s->in.any_number = any_number;
}

/* Nothing that comes behind it can be understood. */
static bool refuse_packet(struct server *s, struct err *err)
{
    static const struct server_problem too_large = { 1153, "08S01" };
    static const struct server_problem disordered = { 1156, "08S01" };
    static const struct server_problem no_login = { 1043, "08S01" };
    size_t max = states[s->state].max;
    if (s->state == STATE_COMMAND && packet_input_is_larger(&s->in, max)) {
        s->number = 1;
        server_error(s, &too_large, "Got a packet bigger than 'max_allowed_packet' bytes (%zu)",
                     max);
    } else if (s->state == STATE_COMMAND) {
        server_error(s, &disordered, "Got packets out of order: %s", err->text);
    } else {
        server_error(s, &no_login, "Bad handshake: %s", err->text);
    }
    err_wrap(err, "where %s was due", states[s->state].due);
    set_state(s, STATE_END);
    return false;
}

bool server_next(struct server *s, enum server_event *event, struct err *err)
{
    bool found;
    struct bytes payload;
    *event = SERVER_WAIT;
    s->command = (struct bytes){ NULL, 0 };
    if (s->state == STATE_WELCOME)
        return true;
    if (s->state == STATE_END || s->state == STATE_TLS) {
        *event = s->state == STATE_END ? SERVER_END : SERVER_TLS;
        return true;
    }
    if (s->state == STATE_COMMAND && !s->in.open)
        s->in.sequence = 0;
    if (!packet_input_next(&s->in, states[s->state].max, &payload, &found, err))
        return refuse_packet(s, err);
    if (!found) {
        shrink_input(s);
        return true;
    }
    if (!s->streams)
        s->number = s->in.sequence;
    return states[s->state].take(s, payload, event, err);
}

/* ---- the login ---- */

static bool refuse(struct server *s, enum server_event *event)
{
    server_error(s, &(struct server_problem){ 1045, "28000" },
                 "Access denied for user '%s'@'%s' (using password: YES)", s->user, s->peer);
    set_state(s, STATE_END);
    *event = SERVER_REFUSED;
    return true;
}

static bool malformed(struct server *s, struct err *err)
{
    server_error(s, &(struct server_problem){ 1043, "08S01" }, "Bad handshake");
    set_state(s, STATE_END);
    return err_wrap(err, "from %s", s->peer);
}

void server_welcome(struct server *s)
{
    struct buf info;
    buf_init(&info, 128);
    if (s->has_certificate && !s->is_changing)
        server_auth_prove(&s->auth, s->certificate_digest, &info);
    server_ok_info(s, buf_bytes(&info));
    buf_clear(&info);
    server_auth_clear(&s->auth);
    set_state(s, STATE_COMMAND);
}

static bool go_on(struct server *s, enum auth_step step, struct buf *out, enum server_event *event)
{
    if (out->len > 0 && step != AUTH_REFUSED)
        server_packet(s, buf_bytes(out));
    buf_clear(out);
    if (step == AUTH_REFUSED)
        return refuse(s, event);
    if (step == AUTH_SAY) {
        s->in.sequence = s->number;
        set_state(s, STATE_AUTH);
        return true;
    }
    set_state(s, STATE_WELCOME);
    *event = s->is_changing ? SERVER_CHANGED : SERVER_READY;
    return true;
}

static void copy_text(char *to, size_t size, struct bytes from)
{
    snprintf(to, size, "%.*s", (int)from.len, from.len > 0 ? (const char *)from.data : "");
}

static void note_user(struct server *s, const struct response *response)
{
    s->collation = response->collation;
    copy_text(s->user, sizeof s->user, response->user);
    copy_text(s->database, sizeof s->database, response->database);
}

static void note_client(struct server *s, const struct response *response)
{
    uint32_t both = s->capabilities;
    int level = response->zstd_level;
    note_user(s, response);
    copy_text(s->program, sizeof s->program, response_attribute(response, "program_name"));
    if ((both & CAPABILITY_COMPRESS) != 0)
        s->compress_later.kind = COMPRESSION_ZLIB;
    else if ((both & CAPABILITY_ZSTD) != 0)
        s->compress_later.kind = COMPRESSION_ZSTD;
    s->compress_later.level =
        level >= 1 && level <= COMPRESS_ZSTD_LEVEL_MAX ? level : COMPRESS_ZSTD_LEVEL;
}

/* greeted: the plugin that the client may have answered already. */
static bool authenticate(struct server *s, const struct response *response, const char *greeted,
                         enum server_event *event)
{
    struct buf out;
    if (response->user.len > ACCOUNT_NAME_MAX)
        return refuse(s, event);
    struct auth_claim claim = { .user = response->user,
                                .plugin = response->plugin,
                                .answer = response->auth,
                                .greeted = greeted,
                                .private_channel = s->encrypted };
    buf_init(&out, LOGIN_MAX);
    enum auth_step step = server_auth_start(&s->auth, &claim, &out);
    return go_on(s, step, &out, event);
}

static bool log_in(struct server *s, const struct response *response, enum server_event *event)
{
    note_client(s, response);
    if (s->tls_demanded && !s->encrypted) {
        server_error(s, &(struct server_problem){ 3159, "HY000" },
                     "Connections using insecure transport are prohibited: use TLS "
                     "(--ssl-mode=REQUIRED, SOURCE_SSL=1, MASTER_SSL=1)");
        set_state(s, STATE_END);
        *event = SERVER_END;
        return true;
    }
    return authenticate(s, response, s->greeted, event);
}

static bool on_response(struct server *s, struct bytes payload, enum server_event *event,
                        struct err *err)
{
    struct response response;
    if (!response_decode(payload, s->offered, &response, err))
        return malformed(s, err);
    s->capabilities = response.capabilities & s->offered;
    if (!response.tls_request)
        return log_in(s, &response, event);
    set_state(s, STATE_TLS);
    *event = SERVER_TLS;
    return true;
}

static bool on_login(struct server *s, struct bytes payload, enum server_event *event,
                     struct err *err)
{
    struct response response;
    if (!response_decode(payload, s->offered & ~CAPABILITY_TLS, &response, err))
        return malformed(s, err);
    s->capabilities = response.capabilities & s->offered;
    return log_in(s, &response, event);
}

static bool on_auth(struct server *s, struct bytes payload, enum server_event *event,
                    struct err *err)
{
    struct buf out;
    (void)err;
    buf_init(&out, LOGIN_MAX);
    enum auth_step step = server_auth_continue(&s->auth, payload, &out);
    return go_on(s, step, &out, event);
}

void server_encrypted(struct server *s)
{
    s->encrypted = true;
    set_state(s, STATE_LOGIN);
}

/* Clients differ in which nonce they answer here: all of them are asked anew. */
static bool change_user(struct server *s, struct bytes payload, enum server_event *event,
                        struct err *err)
{
    struct response response;
    if (!change_user_decode(payload, s->capabilities, &response, err))
        return malformed(s, err);
    s->is_changing = true;
    note_user(s, &response);
    return authenticate(s, &response, "", event);
}

static bool on_command(struct server *s, struct bytes payload, enum server_event *event,
                       struct err *err)
{
    enum { COM_CHANGE_USER = 0x11 };
    if (payload.len > 0 && payload.data[0] == COM_CHANGE_USER && !s->streams)
        return change_user(s, bytes_of(payload.data + 1, payload.len - 1), event, err);
    if (payload.len == 0) {
        server_error(s, &(struct server_problem){ 1835, "HY000" },
                     "Malformed communication packet");
        set_state(s, STATE_END);
        return err_set(err, ERR_PROTOCOL, "a command without a first byte from %s", s->peer);
    }
    s->command = payload;
    *event = SERVER_COMMAND;
    return true;
}

void server_end(struct server *s)
{
    s->state = STATE_END;
}

/* ---- who it is ---- */

uint8_t server_command(const struct server *s)
{
    return s->command.data[0];
}

struct bytes server_payload(const struct server *s)
{
    return bytes_of(s->command.data + 1, s->command.len - 1);
}

const char *server_user(const struct server *s)
{
    return s->user;
}

enum account_role server_role(const struct server *s)
{
    return s->auth.account.role;
}

const char *server_databases(const struct server *s)
{
    const char *databases = s->auth.account.databases;
    return databases[0] != 0 ? databases : NULL;
}

const char *server_plugin(const struct server *s)
{
    return server_auth_plugin(&s->auth);
}

const char *server_program(const struct server *s)
{
    return s->program;
}

struct bytes server_database(const struct server *s)
{
    return bytes_of_str(s->database);
}

bool server_is_encrypted(const struct server *s)
{
    return s->encrypted;
}

unsigned server_collation(const struct server *s)
{
    return s->collation;
}

uint32_t server_capabilities(const struct server *s)
{
    return s->capabilities;
}

void server_allow_multi_statements(struct server *s, bool on)
{
    s->capabilities = on ? s->capabilities | CAPABILITY_MULTI_STATEMENTS
                         : s->capabilities & ~(uint32_t)CAPABILITY_MULTI_STATEMENTS;
}

void server_set_status(struct server *s, uint16_t status)
{
    s->status = status;
}

unsigned server_errors(const struct server *s)
{
    return s->errors;
}

uint16_t server_status(const struct server *s)
{
    return s->status;
}

bool server_deprecates_eof(const struct server *s)
{
    return (s->capabilities & CAPABILITY_DEPRECATE_EOF) != 0;
}
