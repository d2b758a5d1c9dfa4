/* front.h - the node's port: composes the listener, the sessions behind it and, for whoever asks
 * for the log, the stage that serves it.
 *
 * front_run is one thread's life: the listener's loop. What sessions show of the rest of the node
 * they get as copies, through the functions in front_options, which are called on that thread.
 * front_stop and front_reload: any thread, and signal handlers. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/err.h"
#include "session/session.h"
#include "topology/topology.h"

struct control;
struct filter;
struct executor;

struct front_options {
    const char *data_dir;
    const char *listen; /* "127.0.0.1:3307" */
    const char *cert_path;
    const char *key_path;
    bool allow_plaintext;
    unsigned max_connections;
    uint64_t send_timeout_ms;
    uint32_t server_id;
    const char *server_uuid;
    struct store *store;
    struct topology *topology;   /* is told who follows */
    const struct filter *filter; /* of what is applied here; NULL: there is none */
    struct executor *executor;   /* answers SQL on the rows; NULL: there are none */
    void (*describe)(struct session_source *out, void *arg);
    struct log_pos (*needed_from)(void *arg); /* the log before it is not needed here */
    struct control *control;                  /* START, STOP and CHANGE go there */
    void *arg;
};

struct front;
bool front_open(const struct front_options *options, struct front **out,
                struct err *err) MUST_CHECK;
void front_free(struct front *front); /* NULL is allowed; not while it runs */
AUTO_DEFINE(front);
bool front_run(struct front *front, struct err *err) MUST_CHECK;
void front_stop(struct front *front);
void front_reload(struct front *front);  /* the certificate, from its files */
void front_applied(struct front *front); /* any thread: who waits for GTIDs is to look again */
/* Any thread: clients with a transaction that writes, or with locked tables, are disconnected. */
void front_drop_writers(struct front *front);
void front_wake(struct front *front); /* any thread: control or executor has an answer */
unsigned front_connections(const struct front *front); /* any thread: logged in now */
uint16_t front_port(const struct front *front);
