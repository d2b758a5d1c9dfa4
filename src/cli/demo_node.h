/* demo_node.h - the nodes of `binlogd demo`: processes of their own, each with a folder, a port of
 * this machine and the demo's one account. One thread, but for demo_node_connect: any. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits.h>
#include <sys/types.h>
#include "base/err.h"
#include "net/connection.h"

enum { DEMO_PASSWORD_MAX = 32 };
#define DEMO_USER "demo"

/* Where everything is; made by demo_place_make. */
struct demo_place {
    char folder[PATH_MAX / 2];
    char password[DEMO_PASSWORD_MAX + 1];
    char password_file[PATH_MAX]; /* for the replicas */
    char client_file[PATH_MAX];   /* for the mariadb client: --defaults-extra-file */
    bool keeps;                   /* nodes outlive the demo */
};
/* A new folder in the system's place for temporary ones, mode 0700. */
bool demo_place_make(struct demo_place *place, struct err *err) MUST_CHECK;
void demo_place_remove(const struct demo_place *place);

enum demo_kind { DEMO_PRIMARY, DEMO_REPLICA, DEMO_MARIADB };

struct demo_node {
    const char *name;
    enum demo_kind kind;
    const struct demo_node *source; /* NULL: the primary */
    uint16_t port;
    pid_t pid; /* 0: it does not run */
    char folder[PATH_MAX];
};
/* Its folder and account; a MariaDB's data. wish: the port, if it is free. */
bool demo_node_make(struct demo_node *node, const struct demo_place *place, uint16_t wish,
                    struct err *err) MUST_CHECK;
/* Until it answers; the first time a MariaDB is told whom to follow. */
bool demo_node_start(struct demo_node *node, const struct demo_place *place,
                     struct err *err) MUST_CHECK;
void demo_node_kill(struct demo_node *node); /* as a power cut would */
void demo_node_stop(struct demo_node *node);
/* False: it ended by itself; err says where its log is. */
bool demo_node_check(struct demo_node *node, struct err *err) MUST_CHECK;
bool demo_node_connect(const struct demo_node *node, const struct demo_place *place,
                       struct connection **out, struct err *err) MUST_CHECK;
bool demo_has_mariadb(void); /* is one installed here? */
