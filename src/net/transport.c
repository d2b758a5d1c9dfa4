/* transport.c - the only place that reads and writes the socket. A call is tried first and waits
 * only when the socket says so. */
// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "net/cancel.h"
#include "net/dial.h"
#include "net/tls.h"
#include "net/wait.h"

void transport_init(struct transport *t, struct cancel *cancel)
{
    *t = (struct transport){ .fd = -1, .cancel = cancel };
}

void transport_clear(struct transport *t)
{
    tls_free(t->tls);
    if (t->fd >= 0)
        close(t->fd);
    transport_init(t, t->cancel);
}

bool transport_open(struct transport *t, const struct source_address *address, struct err *err)
{
    return dial(address, t->cancel, t->deadline_ms, &t->fd, err);
}

static bool transport_wait(const struct transport *t, short events, struct err *err)
{
    uint64_t deadline = wait_deadline(t->timeout_ms);
    if (t->deadline_ms != WAIT_FOR_EVER && (deadline == WAIT_FOR_EVER || t->deadline_ms < deadline))
        deadline = t->deadline_ms;
    return wait_for(t->fd, events, t->cancel, deadline, err);
}

static bool transport_closed(struct err *err)
{
    err_set(err, ERR_SYSTEM, "the server closed the connection");
    err->os_errno = ECONNRESET;
    return false;
}

static bool transport_cancelled(const struct transport *t, struct err *err)
{
    if (t->cancel == NULL || !cancel_fired(t->cancel))
        return false;
    err_set(err, ERR_CANCELLED, "asked to stop");
    return true;
}

/* Tries, like the system call: got 0 and true means wait for *events. */
static bool try_send(struct transport *t, struct bytes bytes, size_t *got, short *events,
                     struct err *err)
{
    enum tls_result result = TLS_OK;
    *got = 0;
    *events = POLLOUT;
    if (t->tls != NULL) {
        if (!tls_write(t->tls, bytes.data, bytes.len, got, &result, err))
            return false;
        *events = result == TLS_WANTS_READ ? POLLIN : POLLOUT;
        return result != TLS_CLOSED || transport_closed(err);
    }
    ssize_t n = send(t->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
        return transport_closed(err);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return err_sys(err, "the connection broke");
    *got = n < 0 ? 0 : (size_t)n;
    return true;
}

static bool try_receive(struct transport *t, uint8_t *data, size_t size, size_t *got, short *events,
                        struct err *err)
{
    enum tls_result result = TLS_OK;
    *got = 0;
    *events = POLLIN;
    if (t->tls != NULL) {
        while (*got < size && result == TLS_OK) { /* a record holds 16 KiB at most */
            size_t n = 0;
            if (!tls_read(t->tls, data + *got, size - *got, &n, &result, err))
                return false;
            *got += n;
        }
        *events = result == TLS_WANTS_WRITE ? POLLOUT : POLLIN;
        return result != TLS_CLOSED || *got > 0 || transport_closed(err);
    }
    ssize_t n = recv(t->fd, data, size, 0);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return transport_closed(err);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return err_sys(err, "the connection broke");
    *got = n < 0 ? 0 : (size_t)n;
    return true;
}

bool transport_send(struct transport *t, struct bytes bytes, struct err *err)
{
    while (bytes.len > 0) {
        size_t n;
        short events;
        if (transport_cancelled(t, err) || !try_send(t, bytes, &n, &events, err))
            return false;
        bytes.data += n;
        bytes.len -= n;
        if (n == 0 && !transport_wait(t, events, err))
            return false;
    }
    return true;
}

void transport_send_now(struct transport *t, struct bytes bytes)
{
    struct err ignored;
    size_t n;
    short events;
    if (t->fd >= 0)
        (void)!try_send(t, bytes, &n, &events, &ignored);
}

bool transport_receive(struct transport *t, uint8_t *data, size_t size, size_t *got,
                       struct err *err)
{
    for (;;) {
        short events;
        if (transport_cancelled(t, err) || !try_receive(t, data, size, got, &events, err))
            return false;
        if (*got > 0)
            return true;
        if (!transport_wait(t, events, err))
            return false;
    }
}

bool transport_is_readable(const struct transport *t)
{
    struct pollfd p = { .fd = t->fd, .events = POLLIN };
    return (t->tls != NULL && tls_has_pending(t->tls)) || poll(&p, 1, 0) > 0;
}

bool transport_start_tls(struct transport *t, const struct source_address *address, struct err *err)
{
    if (!tls_new(address, t->fd, &t->tls, err))
        return false;
    for (;;) {
        enum tls_result result;
        if (!tls_handshake(t->tls, &result, err))
            return false;
        if (result == TLS_OK)
            return true;
        if (result == TLS_CLOSED)
            return err_set(err, ERR_PROTOCOL,
                           "the server closed the connection during the TLS handshake: do both "
                           "sides speak TLS 1.2 or later?");
        if (!transport_wait(t, result == TLS_WANTS_WRITE ? POLLOUT : POLLIN, err))
            return false;
    }
}
