/* server_internal.h - what server.c and server_output.c share: the session. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "wire/packet.h"
#include "wire/server.h"

enum {
    LOGIN_MAX = 16 * 1024,
    OUTPUT_MAX = 64 * 1024 * 1024, /* a whole result set; who asks for more gets an error */
    CHANGES_MAX = 64 * 1024,
    PEER_MAX = 63,
    DATABASE_MAX = 256,
};

enum state {
#define STATE(name, ...) STATE_##name,
#include "wire/server_states.def"
#undef STATE
};

struct server {
    enum state state;
    bool mariadb;
    bool tls_demanded;
    bool has_certificate;
    bool encrypted;
    bool is_changing; /* the login at hand is of COM_CHANGE_USER */
    char peer[PEER_MAX + 1];
    uint8_t certificate_digest[SHA256_SIZE];
    uint8_t nonce[SCRAMBLE_LEN];
    uint8_t nonce_ed25519[SCRAMBLE_ED25519_LEN];
    const char *greeted;
    uint32_t offered;
    uint32_t capabilities; /* offered, and the client's */
    uint16_t collation;    /* the client's; its id */
    uint16_t status;       /* that OK and EOF packets tell */
    unsigned errors;
    struct server_auth auth;
    struct compress_settings compress;
    struct compress_settings compress_later; /* from the first command on */
    struct codec *codec;
    struct packet_input in;
    struct buf packed_in; /* received, not yet unpacked */
    struct bytes command; /* at hand */
    struct buf out;       /* packets */
    struct buf changes;   /* of the session's state, for the next OK */
    size_t out_sent;
    struct buf packed_out; /* ready to be sent, when compressing */
    size_t packed_sent;
    uint8_t number;        /* of the next packet out */
    uint8_t packed_number; /* of the next compressed one */
    size_t payload_left;   /* of the packet at hand: begun, not yet given */
    size_t frame_left;     /* of that, in the frame at hand */
    bool frame_is_full;    /* another frame follows it, maybe an empty one */
    bool streams;          /* numbers run on whatever the client sends */
    char user[ACCOUNT_NAME_MAX + 1];
    char program[SERVER_PROGRAM_MAX + 1];
    char database[DATABASE_MAX + 1];
};
