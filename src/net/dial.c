/* dial.c - name lookup and connect. */
// SPDX-License-Identifier: Apache-2.0
#include "net/dial.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "net/wait.h"

enum { KEEPALIVE_IDLE_S = 30, KEEPALIVE_EVERY_S = 10, KEEPALIVE_COUNT = 3, UNACKED_MS = 60000 };

const char *dial_name(const struct source_address *address, char *text, size_t size)
{
    if (address->socket_path != NULL)
        snprintf(text, size, "%s", address->socket_path);
    else if (strchr(address->host, ':') != NULL)
        snprintf(text, size, "[%s]:%u", address->host, address->port);
    else
        snprintf(text, size, "%s:%u", address->host, address->port);
    return text;
}

/* A socket option that cannot be set costs comfort, not correctness. */
static void dial_set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

static void dial_tune(int fd)
{
    dial_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    dial_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    dial_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    dial_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
    dial_set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    dial_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS);
}

/* What to do, by what connect said. */
static const char *dial_advice(int os_errno)
{
    static const struct {
        int code;
        const char *text;
    } advice[] = {
        { ECONNREFUSED, "is the server running, and do host and port match?" },
        { ENOENT, "is the server running, and is this the path of its socket?" },
        { EACCES, "may this user open the socket, and does a firewall let it through?" },
        { ENETUNREACH, "is there a route to this network?" },
        { EHOSTUNREACH, "is the host up, and does a firewall let this port through?" },
    };
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
        if (advice[i].code == os_errno)
            return advice[i].text;
    return "is the host right, and does a firewall let this port through?";
}

static bool dial_failed(int os_errno, struct err *err)
{
    char reason[128];
    const char *text = strerror_r(os_errno, reason, sizeof reason);
    err_set(err, ERR_SYSTEM, "%c%s: %s", text[0] | 0x20, text + 1, dial_advice(os_errno));
    err->os_errno = os_errno;
    return false;
}

static bool dial_wait(int fd, struct cancel *cancel, uint64_t deadline_ms, struct err *err)
{
    int failed = 0;
    socklen_t size = sizeof failed;
    if (!wait_for(fd, POLLOUT, cancel, deadline_ms, err)) {
        if (err->code == ERR_TIMEOUT)
            err_set(err, ERR_TIMEOUT, "no answer in time: %s", dial_advice(ETIMEDOUT));
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
        failed = errno;
    return failed == 0 || dial_failed(failed, err);
}

static bool dial_one(const struct addrinfo *to, struct cancel *cancel, uint64_t deadline_ms,
                     int *out, struct err *err)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
    if (fd < 0)
        return err_sys(err, "socket");
    bool done = connect(fd, to->ai_addr, to->ai_addrlen) == 0;
    if (!done)
        done = errno == EINPROGRESS || errno == EINTR ? dial_wait(fd, cancel, deadline_ms, err)
                                                      : dial_failed(errno, err);
    if (!done) {
        close(fd);
        return false;
    }
    *out = fd;
    return true;
}

/* The time that is left, shared among the addresses that are left. */
static uint64_t dial_share(uint64_t deadline_ms, unsigned addresses)
{
    uint64_t now = clock_monotonic_ms();
    if (deadline_ms == WAIT_FOR_EVER || now >= deadline_ms)
        return deadline_ms;
    return now + (deadline_ms - now) / addresses;
}

static bool dial_any(const struct addrinfo *list, struct cancel *cancel, uint64_t deadline_ms,
                     int *fd, struct err *err)
{
    unsigned left = 0;
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
        left++;
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next, left--) {
        if (dial_one(a, cancel, dial_share(deadline_ms, left), fd, err)) {
            dial_tune(*fd);
            return true;
        }
        if (err->code == ERR_CANCELLED)
            return false;
    }
    return false;
}

static bool dial_tcp(const struct source_address *address, struct cancel *cancel,
                     uint64_t deadline_ms, int *fd, struct err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", address->port);
    int failed = getaddrinfo(address->host, port, &hints, &list);
    if (failed == EAI_SYSTEM)
        return err_sys(err, "looking up '%s'", address->host);
    if (failed != 0) /* also a name that is not known: who serves names may be starting */
        return err_set(err, ERR_TIMEOUT,
                       "the name '%s' cannot be looked up (%s): check the host name and DNS",
                       address->host, gai_strerror(failed));
    bool done = dial_any(list, cancel, deadline_ms, fd, err);
    freeaddrinfo(list);
    return done;
}

static bool dial_unix(const struct source_address *address, struct cancel *cancel,
                      uint64_t deadline_ms, int *fd, struct err *err)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t len = strlen(address->socket_path);
    if (len >= sizeof to.sun_path)
        return err_set(err, ERR_CONFIG, "the socket's path has %zu bytes, at most %zu are possible",
                       len, sizeof to.sun_path - 1);
    memcpy(to.sun_path, address->socket_path, len + 1);
    struct addrinfo one = { .ai_family = AF_UNIX,
                            .ai_addr = (struct sockaddr *)&to,
                            .ai_addrlen = sizeof to };
    return dial_one(&one, cancel, deadline_ms, fd, err);
}

bool dial(const struct source_address *address, struct cancel *cancel, uint64_t deadline_ms,
          int *fd, struct err *err)
{
    char name[300];
    bool done = address->socket_path != NULL ? dial_unix(address, cancel, deadline_ms, fd, err)
                                             : dial_tcp(address, cancel, deadline_ms, fd, err);
    return done || err_wrap(err, "cannot connect to %s", dial_name(address, name, sizeof name));
}
