/* fuzz_server.c - a server session against a hostile client. The first byte chooses the server's
 * options; the rest is what the client says, as it would arrive. Whatever that is: nobody logs in
 * without knowing a password, no command comes out before a login, and what the session keeps and
 * says stays within its bounds. With 0x80 set the client has logged in rightly before. */
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include "server_pair.h"
#include "wire/replica_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUTPUT_LIMIT = 8 * 1024 * 1024 };

/* Decoders behind the commands that carry something. */
static void take_command(struct server *server)
{
    struct replica_request request;
    struct replica_ack ack;
    struct err err;
    struct bytes payload = server_payload(server);
    replica_request_init(&request);
    bool ok = true;
    switch (server_command(server)) {
    case 0x12:
        ok = replica_request_dump(&request, payload, &err);
        break;
    case 0x15:
        ok = replica_request_register(&request, payload, &err);
        break;
    case 0x1e:
        ok = replica_request_dump_gtid(&request, payload, &err);
        break;
    case 0xef:
        ok = replica_ack_decode(payload, &ack, &err);
        break;
    default:
        break;
    }
    replica_request_clear(&request);
    if (ok)
        server_ok(server);
    else
        server_error(server, &(struct server_problem){ 1835, "HY000" }, "%s", err.text);
}

/* False: the session has ended. */
static bool drive(struct pair *pair, bool may_be_in)
{
    enum server_event event = SERVER_COMMAND;
    while (event != SERVER_WAIT) {
        if (!server_next(pair->server, &event, &pair->server_err))
            return false;
        if ((event == SERVER_READY || event == SERVER_CHANGED || event == SERVER_COMMAND) &&
            !may_be_in)
            abort();
        if (event == SERVER_READY || event == SERVER_CHANGED)
            server_welcome(pair->server);
        if (event == SERVER_COMMAND)
            take_command(pair->server);
        if (event == SERVER_TLS)
            server_encrypted(pair->server);
        if (event == SERVER_END || event == SERVER_REFUSED)
            return false;
    }
    if (server_output_size(pair->server) > OUTPUT_LIMIT)
        abort();
    struct bytes out = server_output(pair->server);
    server_sent(pair->server, out.len);
    return true;
}

static void talk(struct pair *pair, struct bytes client, bool may_be_in)
{
    bool going = true;
    while (going && client.len > 0) {
        size_t size;
        uint8_t *room = server_room(pair->server, &size);
        size_t n = client.len < size ? client.len : size;
        memcpy(room, client.data, n);
        client.data += n;
        client.len -= n;
        going = server_received(pair->server, n, &pair->server_err) && drive(pair, may_be_in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct account account; /* made once: it takes a while */
    struct pair pair;
    struct pair_login login = { .user = PAIR_USER,
                                .password = PAIR_PASSWORD,
                                .client_tls = CLIENT_TLS_NEVER };
    if (size < 1)
        return 0;
    if (!pair_init_account(&pair, &account))
        abort();
    bool is_in = (data[0] & 0x80) != 0;
    login.mariadb = is_in || (data[0] & 0x01) != 0;
    login.tls = (data[0] & 0x02) != 0;
    login.tls_demanded = !is_in && (data[0] & 0x04) != 0;
    if (!pair_start(&pair, &login))
        abort();
    if (is_in)
        pair_log_in(&pair);
    else
        server_sent(pair.server, server_output(pair.server).len);
    talk(&pair, bytes_of(data + 1, size - 1), is_in);
    pair_clear(&pair);
    return 0;
}
