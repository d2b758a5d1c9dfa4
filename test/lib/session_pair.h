/* session_pair.h - a session whose client is the test: commands go in, the bytes of the answer come
 * out. Its peer is no connection: nothing is sent, and closing it does nothing. The log it tells of
 * has no file yet. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "engine/query.h"
#include "net/peer.h"
#include "server_pair.h"
#include "session/session.h"
#include "store_dir.h"

enum { SAID_MAX = 500 };

struct talk {
    struct pair pair;
    struct peer peer;
    struct query_session settings;
    struct session_node node;
    struct session_host host;
    struct session *session;
    char dir[64];
    enum flavour flavour;
    unsigned dumps, registrations;
    unsigned asked;                 /* how often the node was asked to START, STOP, CHANGE */
    struct session_control control; /* the last of them, without its texts */
    char texts[SESSION_CHANGES][100];
    char until[100];
    struct err refusal; /* its code set: what the node says to the next */
    struct err err;
    uint16_t number; /* of the error that was said; 0: none */
    char said[SAID_MAX + 1];
};

static inline void talk_describe(struct session_source *out, void *arg)
{
    const struct talk *talk = arg;
    out->flavour = talk->flavour;
    out->has_gtids = true;
    snprintf(out->version, sizeof out->version, "%s",
             talk->flavour == FLAVOUR_MYSQL ? "9.7.4" : "11.8.6-MariaDB");
}

static inline bool talk_control(struct peer *peer, const struct session_control *control,
                                struct err *err, void *arg)
{
    struct talk *talk = arg;
    (void)peer;
    talk->asked++;
    talk->control = *control;
    for (unsigned i = 0; i < SESSION_CHANGES; i++)
        snprintf(talk->texts[i], sizeof talk->texts[i], "%s",
                 control->text[i] == NULL ? "" : control->text[i]);
    snprintf(talk->until, sizeof talk->until, "%s",
             control->until.text == NULL ? "" : control->until.text);
    if (talk->refusal.code == ERR_NONE)
        return true;
    *err = talk->refusal;
    return false;
}

static inline void talk_register(struct peer *peer, const struct replica_request *request,
                                 void *arg)
{
    (void)peer;
    (void)request;
    ((struct talk *)arg)->registrations++;
}

static inline void talk_dump(struct peer *peer, const struct replica_request *request, void *arg)
{
    (void)peer;
    (void)request;
    ((struct talk *)arg)->dumps++;
}

static inline bool talk_purge(struct session_purge *purge, struct err *err, void *arg)
{
    (void)purge;
    (void)arg;
    return err_set(err, ERR_CONFIG, "there is no such file");
}

static inline bool talk_gtids(enum session_gtids which, struct buf *out, struct err *err, void *arg)
{
    (void)which;
    (void)out;
    (void)err;
    (void)arg;
    return true;
}

static inline bool talk_position(const char *file, uint64_t offset, struct buf *out,
                                 struct err *err, void *arg)
{
    (void)offset;
    (void)out;
    (void)arg;
    return err_set(err, ERR_CONFIG, "%s is no place of this log", file);
}

static inline bool talk_open_host(struct talk *talk)
{
    struct store_options store = { .dir = talk->dir };
    struct listener_options listener = { .address = "127.0.0.1:0", .max_connections = 10 };
    talk->node = (struct session_node){ .server_id = 99,
                                        .server_uuid = "99999999-1111-1111-1111-111111111111",
                                        .program = "binlogd",
                                        .data_dir = "/d",
                                        .log_dir = "/d/log",
                                        .host_name = "here",
                                        .wild_do_table = "",
                                        .wild_ignore_table = "" };
    talk->host = (struct session_host){ .node = &talk->node,
                                        .topology = topology_new(),
                                        .describe = talk_describe,
                                        .gtids = talk_gtids,
                                        .gtid_position = talk_position,
                                        .purge = talk_purge,
                                        .control = talk_control,
                                        .on_register = talk_register,
                                        .on_dump = talk_dump,
                                        .arg = talk };
    dir_make(talk->dir);
    return store_open(&store, &talk->host.store, &talk->err) &&
           listener_new(&listener, &talk->host.listener, &talk->err);
}

/* account: zeroed, or as an earlier call left it; it takes a while to make. */
static inline bool talk_open(struct talk *talk, enum flavour flavour, struct account *account)
{
    struct pair_login login = { .user = PAIR_USER,
                                .password = PAIR_PASSWORD,
                                .mariadb = true,
                                .client_tls = CLIENT_TLS_NEVER };
    memset(talk, 0, sizeof *talk);
    talk->flavour = flavour;
    account->role = ROLE_admin;
    if (!talk_open_host(talk) || !pair_init_account(&talk->pair, account))
        return false;
    talk->pair.account.role = ROLE_admin;
    if (!pair_start(&talk->pair, &login))
        return false;
    pair_log_in(&talk->pair);
    server_sent(talk->pair.server, server_output(talk->pair.server).len);
    talk->peer = (struct peer){ .server = talk->pair.server,
                                .listener = talk->host.listener,
                                .phase = PEER_DEAD };
    query_session_init(&talk->settings);
    talk->session = session_new(&talk->host, &talk->peer, &talk->settings);
    return talk->pair.ready;
}

static inline void talk_close(struct talk *talk)
{
    session_free(talk->session);
    query_session_clear(&talk->settings);
    listener_free(talk->host.listener);
    topology_free(talk->host.topology);
    store_free(talk->host.store);
    pair_clear(&talk->pair);
    dir_remove(talk->dir);
}

/* What waits to be sent is taken away; an error packet at its start is kept. */
static inline size_t talk_hear(struct talk *talk)
{
    struct bytes out = server_output(talk->pair.server);
    talk->number = 0;
    talk->said[0] = 0;
    if (out.len > 13 && out.data[4] == 0xff) {
        talk->number = (uint16_t)(out.data[5] | out.data[6] << 8);
        snprintf(talk->said, sizeof talk->said, "%.*s", (int)(out.len - 13),
                 (const char *)out.data + 13);
    }
    size_t len = out.len;
    while ((out = server_output(talk->pair.server)).len > 0)
        server_sent(talk->pair.server, out.len);
    return len;
}

/* How many bytes the answer has; 0: it is being made elsewhere. */
static inline size_t talk_say(struct talk *talk, uint8_t command, struct bytes payload)
{
    session_command(talk->session, command, payload);
    return talk_hear(talk);
}

static inline size_t talk_sql(struct talk *talk, const char *sql)
{
    return talk_say(talk, 0x03, bytes_of_str(sql));
}
