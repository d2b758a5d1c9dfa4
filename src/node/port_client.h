/* port_client.h - a peer of the port that has logged in: its session, and what it may have beside
 * it: SQL that runs elsewhere, a stream of the log, a question to the node.
 *
 * While a statement runs the peer is held: no further command is taken. The loop thread's. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "execute/execute.h"
#include "node/control.h"
#include "node/gtid_wait.h"
#include "node/stream.h"
#include "session/session.h"

struct port_client {
    struct peer *peer; /* NULL: it has left, its statement has not ended yet */
    struct session *session;
    struct execution *execution;   /* NULL: there are no rows here; then: */
    struct query_session settings; /* its user variables */
    bool takes_command;            /* the session is in one: */
    bool has_answer;               /* the execution has run meanwhile, on this thread */
    bool has_output;               /* the execution's, on its way */
    struct stream *stream;         /* NULL: it does not follow the log */
    struct control_call *call;     /* NULL: it waits for no answer of the node */
    struct gtid_wait wait;
};

/* executor: NULL where there are no rows. */
struct port_client *port_client_new(struct peer *peer, const struct session_host *host,
                                    struct executor *executor);
/* The peer is gone; so is the client, now or (its statement runs) from port_clients_collect. */
void port_client_leave(struct port_client *client);

void port_client_command(struct port_client *client, uint8_t command, struct bytes payload);
void port_client_change(struct port_client *client); /* its peer is another user's now */
void port_client_run(struct port_client *client, const struct session_run *run);
void port_client_interrupt(struct port_client *client); /* KILL QUERY */
void port_client_go_on(struct port_client *client);     /* has_output, and all of it is sent */
/* Answers that have come, to their peers. */
void port_clients_collect(struct executor *executor);
