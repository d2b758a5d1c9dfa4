/* server.h - one connection's server side, without a socket: bytes in, commands out; answers and
 * events in, bytes out. The mirror of client.h.
 *
 * How to drive it: read into server_room what arrives; after each read call server_next until it
 * says SERVER_WAIT; send server_output whenever there is some. SERVER_TLS: do the TLS handshake,
 * then server_encrypted. While server_is_open_to_tls, room is exactly what the packet at hand
 * takes, so that no byte of the TLS handshake is taken for one of the protocol.
 *
 * Promises: nothing but a login is understood before SERVER_READY; a plaintext login is refused
 * where TLS is demanded; what a peer sends is bounded (LOGIN 16 KiB, a command SERVER_COMMAND_MAX);
 * an idle session holds no buffers. Answers: server_answer.h. One thread. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/compress.h"
#include "wire/server_auth.h"

enum {
    SERVER_COMMAND_MAX = 4 * 1024 * 1024, /* a GTID set of some 70,000 origins */
    SERVER_OUTPUT_FULL = 256 * 1024,      /* more than this waits: say no more until it is sent */
    SERVER_PROGRAM_MAX = 63,
};

struct server_options {
    const char *version; /* greeted; needed by server_new only */
    bool mariadb;
    uint32_t thread_id;
    const char *peer; /* the client's address, for messages; copied */
    bool tls;         /* a certificate is there: TLS is offered */
    bool tls_demanded;
    uint8_t certificate_digest[SHA256_SIZE]; /* SHA-256 of the certificate (DER) */
    uint8_t nonce[SCRAMBLE_LEN];             /* any random bytes */
    uint8_t nonce_ed25519[SCRAMBLE_ED25519_LEN];
    /* Outlive the session: */
    const struct account_book *accounts;
    const struct rsa_key *rsa;
    struct codec *codec; /* of this thread */
};

enum server_event {
    SERVER_WAIT,    /* send what there is, receive more */
    SERVER_TLS,     /* send nothing; the TLS handshake comes */
    SERVER_READY,   /* who it is has been proved: server_welcome, or an error and server_end */
    SERVER_REFUSED, /* the login was wrong: send the output, late if need be, and close */
    SERVER_COMMAND, /* server_command and server_payload */
    SERVER_CHANGED, /* as SERVER_READY, of a session that is to be another user's */
    SERVER_END,     /* send the output and close */
};

struct server;
struct server *server_new(const struct server_options *options);
void server_free(struct server *server); /* NULL is allowed */
AUTO_DEFINE(server);

uint8_t *server_room(struct server *server, size_t *size);
/* ERR_PROTOCOL: what came cannot be unpacked. */
bool server_received(struct server *server, size_t n, struct err *err) MUST_CHECK;
bool server_has_input(const struct server *server); /* that server_next has not looked at */
/* On false the output holds an error packet for the peer: send it and close. */
bool server_next(struct server *server, enum server_event *event, struct err *err) MUST_CHECK;
void server_encrypted(struct server *server);
/* The login's OK: commands may come. Nothing is read before. */
void server_welcome(struct server *server);
bool server_is_open_to_tls(const struct server *server);

struct bytes server_output(struct server *server); /* until the next call of any function */
void server_sent(struct server *server, size_t n);
size_t server_output_size(const struct server *server); /* that waits, before compression */

/* After SERVER_COMMAND, until the next server_next: its first byte, and the rest. */
uint8_t server_command(const struct server *server);
struct bytes server_payload(const struct server *server);

/* After the login. */
const char *server_user(const struct server *server);
enum account_role server_role(const struct server *server);
/* The databases that the role holds for, as account.h has them; NULL: all. */
const char *server_databases(const struct server *server);
const char *server_plugin(const struct server *server);
const char *server_program(const struct server *server); /* what the client calls itself, or "" */
struct bytes server_database(const struct server *server);
bool server_is_encrypted(const struct server *server);
bool server_deprecates_eof(const struct server *server);
unsigned server_collation(const struct server *server);             /* id, as the login told it */
uint32_t server_capabilities(const struct server *server);          /* that both sides have */
void server_allow_multi_statements(struct server *server, bool on); /* COM_SET_OPTION */
/* Errors that were answered, in all. */
unsigned server_errors(const struct server *server);
/* Of the session, told with every OK and EOF from now on. */
void server_set_status(struct server *server, uint16_t status);
uint16_t server_status(const struct server *server);

/* ---- packets out; numbers run on from the command's ---- */
/* A packet whose payload comes in pieces: begin with the length of all of it, then exactly that
 * much. Payloads of 16 MiB and more become several packets as the pieces come. */
void server_packet_begin(struct server *server, size_t len);
void server_packet_piece(struct server *server, struct bytes piece);
void server_packet(struct server *server, struct bytes payload);
/* An event of a dump: the packet's OK byte, or with semi_sync ef and the flag, and the event. */
struct event_prefix {
    bool semi_sync;
    bool ack_wanted;
};
void server_event(struct server *server, const struct event_prefix *prefix, struct bytes event);
/* Room for bytes that are packets already, headers and numbers included; then how many there are.
 */
uint8_t *server_raw_room(struct server *server, size_t size);
void server_raw_filled(struct server *server, size_t n);
/* Packets that were made elsewhere, numbered from server_number on; `next` is the number after. */
uint8_t server_number(const struct server *server);
void server_packets(struct server *server, struct bytes packets, uint8_t next);
/* While it is on, what the client sends (acknowledgements) does not restart the numbers. */
void server_stream(struct server *server, bool on);
/* The next packet gets this number: after an event that asks for an acknowledgement, 1. */
void server_set_number(struct server *server, uint8_t number);
/* A place in the output, and the way back to it when what was written since did not fit. */
struct server_place {
    size_t len;
    uint8_t number;
};
struct server_place server_mark(const struct server *server);
void server_take_back(struct server *server, struct server_place place);
bool server_take_back_overflow(struct server *server, struct server_place place);
/* Nothing more is said after what is queued: server_next answers SERVER_END. */
void server_end(struct server *server);
