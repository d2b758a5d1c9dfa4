/* front.c - see front.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "listen"
#include "node/front.h"
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "node/accounts.h"
#include "node/certificate.h"
#include "node/port_client.h"
#include "node/control.h"
#include "node/filter.h"
#include "node/lead.h"
#include "session/log_facts.h"
#include "wire/server_answer.h"

enum {
    HOST_MAX = 255,
    FILES_BESIDE = 256,    /* descriptors that are no connections */
    PATTERNS_MAX = 8 << 20 /* shown of --include and --exclude */
};

struct front {
    struct front_options options;
    struct session_host host;
    struct session_node node;
    struct session_counts counts;
    char host_name[HOST_MAX + 1];
    char log_dir[PATH_MAX];
    struct buf wild_do;
    struct buf wild_ignore;
    struct accounts *accounts;
    struct account_book book;
    struct rsa_key *rsa;
    struct listener *listener;
    struct serve *serve;
    struct store_watch watch;
    bool is_watching;
    atomic_bool wants_reload;
    atomic_bool drops_writers;
    atomic_uint connections;
    unsigned waiting;       /* clients, for an answer of the node */
    atomic_uint gtid_waits; /* clients, for GTIDs */
};

/* ---- what the node is, for sessions ---- */

static enum session_read_only read_only_of(const struct executor *executor)
{
    enum execute_read_only fence =
        executor == NULL ? EXECUTE_WRITABLE : executor_read_only(executor);
    return fence == EXECUTE_WRITABLE    ? SESSION_WRITABLE
           : fence == EXECUTE_READ_ONLY ? SESSION_READ_ONLY
                                        : SESSION_SUPER_READ_ONLY;
}

/* Before the source has answered, its log says what it was. */
static void describe(struct session_source *out, void *arg)
{
    struct front *front = arg;
    struct format format;
    memset(out, 0, sizeof *out);
    front->options.describe(out, front->options.arg);
    out->read_only = read_only_of(front->options.executor);
    if (out->version[0] == 0 && log_facts_format(front->options.store, &format)) {
        out->flavour = format.flavour;
        out->has_gtids = true;
        snprintf(out->version, sizeof out->version, "%s", format.server_version);
    }
    if (out->version[0] == 0) { /* nothing to look like yet */
        out->has_gtids = true;
        snprintf(out->version, sizeof out->version, "%s", LEAD_VERSION);
    }
}

/* ---- the listener's handler ---- */

/* MariaDB before 11 puts "5.5.5-" in front of its version in the greeting: replicas of MySQL looked
 * at the first digits. */
static void on_accept(struct server_options *options, void *arg)
{
    static char
        version[SESSION_VERSION_MAX + 8]; /* the loop thread's, until the greeting is made */
    struct session_source source;
    describe(&source, arg);
    bool is_mariadb = source.flavour == FLAVOUR_MARIADB;
    bool is_masked = is_mariadb && strtoul(source.version, NULL, 10) < 11;
    snprintf(version, sizeof version, "%s%s", is_masked ? "5.5.5-" : "", source.version);
    options->version = version;
    options->mariadb = is_mariadb;
}

static void on_login(struct peer *peer, void *arg)
{
    struct front *front = arg;
    struct port_client *client = port_client_new(peer, &front->host, front->options.executor);
    peer_set_data(peer, client);
    atomic_fetch_add(&front->connections, 1);
    session_log_in(client->session);
}

static void on_change(struct peer *peer, void *arg)
{
    struct port_client *client = peer_data(peer);
    (void)arg;
    port_client_change(client);
    session_log_in(client->session);
}

static void on_command(struct peer *peer, uint8_t command, struct bytes payload, void *arg)
{
    struct port_client *client = peer_data(peer);
    (void)arg;
    if (client->stream == NULL)
        port_client_command(client, command, payload);
    else if (!stream_take(client->stream, command, payload))
        peer_close(peer); /* it leaves, or does not know what it says */
}

/* ---- waiting for GTIDs ---- */

static void on_wait_for_gtids(struct peer *peer, struct gtid_set *wanted, uint64_t timeout_ms,
                              void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    gtid_wait_begin(&client->wait, wanted, timeout_ms);
    atomic_fetch_add(&front->gtid_waits, 1);
    peer_hold(peer, true);
    peer_wake_at(peer, clock_monotonic_ms()); /* it may be reached already */
}

static void end_wait(struct front *front, struct port_client *client)
{
    if (client->wait.wanted == NULL)
        return;
    gtid_wait_end(&client->wait);
    atomic_fetch_sub(&front->gtid_waits, 1);
}

static void look_at_wait(struct peer *peer, void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    struct session_source source;
    if (client == NULL || client->wait.wanted == NULL)
        return;
    describe(&source, front);
    bool reached = gtid_wait_is_reached(&client->wait, &source, front->options.store,
                                        source.is_primary || front->options.executor == NULL);
    free(source.applied_gtids);
    if (!reached && !gtid_wait_is_over(&client->wait)) {
        peer_wake_at(peer, client->wait.until_ms);
        return;
    }
    end_wait(front, client);
    peer_wake_at(peer, UINT64_MAX);
    if (session_waited(client->session, reached))
        return;
    peer_hold(peer, false);
    peer_flush(peer);
}

static void on_writable(struct peer *peer, void *arg)
{
    struct port_client *client = peer_data(peer);
    if (client->wait.wanted != NULL) {
        look_at_wait(peer, arg);
        return;
    }
    if (client->has_output) {
        port_client_go_on(client);
        return;
    }
    if (client->stream == NULL || !stream_go_on(client->stream))
        return;
    stream_free(client->stream);
    client->stream = NULL;
    session_end_dump(client->session);
}

static struct peer *awaited(void *arg)
{
    const struct front *front = arg;
    const struct execution *execution =
        front->options.executor != NULL ? executor_awaited(front->options.executor) : NULL;
    const struct port_client *client = execution != NULL ? execution_tag(execution) : NULL;
    return client != NULL ? client->peer : NULL;
}

static void on_close(struct peer *peer, void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    if (client->call != NULL) {
        control_abandon(front->options.control, client->call);
        front->waiting--;
    }
    end_wait(front, client);
    port_client_leave(client);
    atomic_fetch_sub(&front->connections, 1);
}

/* ---- for sessions ---- */

static void on_run(struct peer *peer, const struct session_run *run, void *arg)
{
    (void)arg;
    port_client_run(peer_data(peer), run);
}

static void on_close_cursor(struct peer *peer, uint32_t statement_id, void *arg)
{
    struct port_client *client = peer_data(peer);
    (void)arg;
    execution_close_cursor(client->execution, statement_id);
}

static void on_interrupt(struct peer *peer, void *arg)
{
    (void)arg;
    port_client_interrupt(peer_data(peer));
}

static bool on_control(struct peer *peer, const struct session_control *control, struct err *err,
                       void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    if (!control_ask(front->options.control, control, &client->call, err))
        return false;
    front->waiting++;
    peer_hold(peer, true);
    return true;
}

/* One of those who wait may have its answer. */
static void tell_answer(struct peer *peer, void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    struct err err;
    bool ok = false;
    if (client == NULL || client->call == NULL ||
        !control_collect(front->options.control, client->call, &ok, &err))
        return;
    client->call = NULL;
    front->waiting--;
    if (session_answer(client->session, ok ? NULL : &err))
        return;
    peer_hold(peer, false);
    peer_flush(peer);
}

static void on_dump(struct peer *peer, const struct replica_request *request, void *arg)
{
    struct front *front = arg;
    struct port_client *client = peer_data(peer);
    client->stream = stream_open(front->serve, peer, request);
}

static bool print_gtids(struct front *front, struct log_pos at,
                        void (*print)(const struct gtid_set *set, struct buf *out), struct buf *out,
                        struct err *err)
{
    AUTO(gtid_set) set = NULL;
    if (!store_gtids_before(front->options.store, at, &set, err))
        return false;
    print(set, out);
    return !out->failed ||
           err_set(err, ERR_UNSUPPORTED, "the set of GTIDs is longer than %zu bytes", out->max);
}

static bool tell_gtids(enum session_gtids which, struct buf *out, struct err *err, void *arg)
{
    struct front *front = arg;
    struct store *store = front->options.store;
    struct log_pos end = store_durable_end(store);
    struct log_pos first = { store_first_file(store), BINLOG_MAGIC_SIZE };
    if (end.offset == 0) /* no file yet */
        return true;
    return print_gtids(front, which == GTIDS_PURGED ? first : end,
                       which == GTIDS_POSITION ? gtid_set_print_position : gtid_set_print, out,
                       err);
}

static bool tell_position(const char *file, uint64_t offset, struct buf *out, struct err *err,
                          void *arg)
{
    struct front *front = arg;
    struct store *store = front->options.store;
    struct log_pos at = { .offset = offset };
    if (!store_find_file(store, file, &at.file) || offset < BINLOG_MAGIC_SIZE ||
        log_pos_compare(at, store_durable_end(store)) > 0)
        return err_set(err, ERR_CONFIG, "%s:%llu is no place of this log", file,
                       (unsigned long long)offset);
    return print_gtids(front, at, gtid_set_print_position, out, err);
}

static bool purge(struct session_purge *purge, struct err *err, void *arg)
{
    struct front *front = arg;
    struct store *store = front->options.store;
    struct log_pos needed = front->options.needed_from(front->options.arg);
    uint64_t now_s = clock_wall_us() / 1000000;
    struct purge_limits limits = { .keep_bytes = 1 };
    struct log_pos wanted = needed;
    if (purge->to_file == NULL) {
        limits.keep_bytes = 0;
        limits.keep_seconds = now_s > purge->before_s ? now_s - purge->before_s : 1;
    } else if (store_find_file(store, purge->to_file, &wanted.file)) {
        wanted.offset = 0;
    }
    bool is_held = log_pos_compare(needed, wanted) < 0;
    if (!store_purge(store, &limits, is_held ? needed : wanted, &purge->dropped, purge->held, err))
        return false;
    uint64_t first = store_first_file(store);
    if (purge->to_file != NULL && first >= wanted.file)
        purge->held[0] = 0; /* what it names is beyond what was asked for */
    log_info("purged %u log files on request%s%s", purge->dropped,
             purge->held[0] == 0 ? "" : "; held back: ", purge->held);
    return true;
}

static struct session *session_of(struct peer *peer)
{
    const struct port_client *client = peer_data(peer);
    return client->session;
}

/* ---- waking ---- */

/* The store's threads, under its lock. */
static void on_moved(void *arg)
{
    struct front *front = arg;
    listener_wake(front->listener);
}

static void reload(struct front *front)
{
    const struct front_options *o = &front->options;
    struct certificate_options files = { o->data_dir, o->cert_path, o->key_path };
    struct tls_server *tls = NULL;
    struct err err;
    if (!certificate_load(&files, &tls, &err)) {
        log_warning("the certificate stays as it was: %s", err.text);
        return;
    }
    listener_use_tls(front->listener, tls);
    log_info("the certificate was read again; new connections get it");
}

static void drop_writer(struct peer *peer, void *arg)
{
    const struct port_client *client = peer_data(peer);
    (void)arg;
    if (client != NULL && client->execution != NULL && execution_holds_writer(client->execution))
        peer_close(peer);
}

static void on_wake(void *arg)
{
    struct front *front = arg;
    if (atomic_exchange(&front->wants_reload, false))
        reload(front);
    if (atomic_exchange(&front->drops_writers, false))
        listener_each(front->listener, drop_writer, front);
    if (front->options.executor != NULL)
        port_clients_collect(front->options.executor);
    if (front->waiting > 0)
        listener_each(front->listener, tell_answer, front);
    if (atomic_load(&front->gtid_waits) > 0)
        listener_each(front->listener, look_at_wait, front);
    serve_wake_all(front->serve);
}

/* ---- opening ---- */

/* One descriptor each: as many as the system lets us have. */
static void raise_file_limit(unsigned connections)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)connections + FILES_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < need)
        log_warning("only %llu open files are allowed, --max-connections=%u may need more: raise "
                    "the limit (LimitNOFILE=, ulimit -n)",
                    (unsigned long long)limit.rlim_cur, connections);
}

static void introduce(struct front *front)
{
    const struct front_options *o = &front->options;
    snprintf(front->log_dir, sizeof front->log_dir, "%s/log", o->data_dir);
    gethostname(front->host_name, HOST_MAX);
    if (o->filter != NULL) {
        filter_print_included(o->filter, &front->wild_do);
        filter_print_excluded(o->filter, &front->wild_ignore);
    }
    front->node = (struct session_node){
        .server_id = o->server_id,
        .server_uuid = o->server_uuid,
        .program = "binlogd " BINLOGD_VERSION,
        .data_dir = o->data_dir,
        .log_dir = front->log_dir,
        .host_name = front->host_name,
        .port = listener_port(front->listener),
        .started_ms = clock_monotonic_ms(),
        .send_timeout_s = o->send_timeout_ms / 1000,
        .wild_do_table = buf_cstr(&front->wild_do),
        .wild_ignore_table = buf_cstr(&front->wild_ignore),
    };
    front->host = (struct session_host){
        .node = &front->node,
        .counts = &front->counts,
        .store = o->store,
        .listener = front->listener,
        .topology = o->topology,
        .session_of = session_of,
        .purge = purge,
        .describe = describe,
        .gtids = tell_gtids,
        .gtid_position = tell_position,
        .control = on_control,
        .run = o->executor != NULL ? on_run : NULL,
        .close_cursor = o->executor != NULL ? on_close_cursor : NULL,
        .interrupt = o->executor != NULL ? on_interrupt : NULL,
        .on_dump = on_dump,
        .wait_for_gtids = on_wait_for_gtids,
        .arg = front,
    };
}

static void start_serving(struct front *front)
{
    const struct front_options *o = &front->options;
    struct serve_options options = { .store = o->store,
                                     .server_id = o->server_id,
                                     .server_uuid = o->server_uuid,
                                     .topology = o->topology };
    front->serve = serve_new(&options);
    front->watch = (struct store_watch){ .moved = on_moved, .arg = front };
    store_watch(o->store, &front->watch);
    front->is_watching = true;
}

static bool open_listener(struct front *front, struct tls_server *tls, struct err *err)
{
    const struct front_options *o = &front->options;
    struct listener_options options = {
        .address = o->listen,
        .tls_demanded = !o->allow_plaintext && !listener_is_loopback(o->listen),
        .max_connections = o->max_connections,
        .send_timeout_ms = o->send_timeout_ms,
        .accounts = &front->book,
        .rsa = front->rsa,
        .tls = tls,
        .handler = { on_accept, on_login, on_change, on_command, on_writable, awaited, on_close,
                     on_wake, front },
    };
    if (listener_new(&options, &front->listener, err))
        return true;
    tls_server_free(tls);
    return false;
}

bool front_open(const struct front_options *options, struct front **out, struct err *err)
{
    AUTO(front) front = memory_new(sizeof *front);
    struct certificate_options files = { options->data_dir, options->cert_path, options->key_path };
    struct tls_server *tls = NULL;
    front->options = *options;
    buf_init(&front->wild_do, PATTERNS_MAX);
    buf_init(&front->wild_ignore, PATTERNS_MAX);
    raise_file_limit(options->max_connections);
    if (!accounts_open(options->data_dir, &front->accounts, err) ||
        !certificate_load_rsa(options->data_dir, &front->rsa, err) ||
        !certificate_load(&files, &tls, err))
        return false;
    front->book = accounts_book(front->accounts);
    if (!open_listener(front, tls, err))
        return false;
    introduce(front);
    start_serving(front);
    log_info("listening on %s%s", options->listen,
             accounts_count(front->accounts) > 0
                 ? ""
                 : "; nobody can log in yet: binlogd user add makes an account");
    *out = front;
    front = NULL;
    return true;
}

void front_free(struct front *front)
{
    if (front == NULL)
        return;
    if (front->is_watching)
        store_unwatch(front->options.store, &front->watch);
    listener_free(front->listener);
    if (front->options.executor != NULL) { /* whoever left last */
        executor_stop(front->options.executor);
        port_clients_collect(front->options.executor);
    }
    serve_free(front->serve);
    accounts_free(front->accounts);
    rsa_key_free(front->rsa);
    buf_clear(&front->wild_do);
    buf_clear(&front->wild_ignore);
    free(front);
}

bool front_run(struct front *front, struct err *err)
{
    return listener_run(front->listener, err);
}

void front_stop(struct front *front)
{
    listener_stop(front->listener);
}

void front_reload(struct front *front)
{
    atomic_store(&front->wants_reload, true);
    listener_wake(front->listener);
}

void front_drop_writers(struct front *front)
{
    atomic_store(&front->drops_writers, true);
    listener_wake(front->listener);
}

void front_wake(struct front *front)
{
    listener_wake(front->listener);
}

void front_applied(struct front *front)
{
    if (atomic_load(&front->gtid_waits) > 0)
        listener_wake(front->listener);
}

unsigned front_connections(const struct front *front)
{
    return atomic_load(&front->connections);
}

uint16_t front_port(const struct front *front)
{
    return listener_port(front->listener);
}
