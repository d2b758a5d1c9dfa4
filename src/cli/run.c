/* run.c - `binlogd run`: options to a node, signals to its stop, its lines to the log. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "node"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/notify.h"
#include "cli/source.h"
#include "node/node.h"

/* The node that a signal stops: handlers have no argument. Set before they are installed. */
static struct node *running_node;

static void on_stop_signal(int number)
{
    (void)number;
    node_stop(running_node);
}

static void on_reload_signal(int number)
{
    (void)number;
    node_reload(running_node);
}

static void install_signals(struct node *node)
{
    struct sigaction reload = { .sa_handler = on_reload_signal };
    struct sigaction stop = { .sa_handler = on_stop_signal };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    running_node = node;
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGHUP, &reload, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* a file size limit: an error, as a full disk is */
}

/* The node is freed soon: a second signal must not find it. */
static void remove_signals(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
}

/* One line a second comes. All go to the service manager; one every `period_us` is logged, and none
 * twice: an idle night fills no journal. */
struct progress {
    uint64_t period_us;
    uint64_t last_us;
    char last[1024];
};

static void on_line(const char *line, void *arg)
{
    struct progress *progress = arg;
    char state[1100];
    snprintf(state, sizeof state, "STATUS=%s", line);
    notify_service(state);
    uint64_t now = clock_monotonic_us();
    /* Lines come about a second apart: half a second early is on time. */
    if (progress->period_us == 0 ||
        (progress->last_us != 0 && now + 500000 < progress->last_us + progress->period_us) ||
        strcmp(progress->last, line) == 0)
        return;
    progress->last_us = now;
    snprintf(progress->last, sizeof progress->last, "%s", line);
    log_info("%s", line);
}

static void set_node_options(const struct options *options, struct node_options *out)
{
    out->data_dir = options->data;
    out->server_id = (uint32_t)options->server_id;
    out->engine = (enum node_engine)options->engine; /* options.def lists them in its order */
    out->flavour = (enum node_flavour)options->flavour;
    out->first_file = options->start_from;
    out->report_host = options->report_host != NULL ? options->report_host : "";
    out->report_port = (uint16_t)options->report_port;
    out->copy_connections = (unsigned)options->copy_connections;
    out->copy_chunk_rows = (unsigned)options->copy_chunk_rows;
    out->copy_max_bytes_per_s = options->copy_max_rate;
    out->page_cache_bytes = options->page_cache;
    out->binlog_cache_bytes = options->binlog_cache_size;
    out->binlog_cache_bytes_max = options->max_binlog_cache_size;
    out->batch_bytes = options->batch_size;
    out->batch_transactions = (unsigned)options->batch_transactions;
    out->keep_log.keep_bytes = options->keep_log_size;
    out->keep_log.keep_seconds = options->keep_log_age / 1000000;
    out->sync_after_us = (unsigned)options->sync_after;
    out->semi_sync = options->semi_sync;
    out->ack_after = (unsigned)options->ack_after;
    out->heartbeat_ms = (unsigned)(options->heartbeat_period / 1000);
    out->backoff_max_ms = (unsigned)(options->reconnect_max_delay / 1000);
    out->listen = options->listen;
    out->listen_cert = options->listen_cert;
    out->listen_key = options->listen_key;
    out->allow_plaintext = options->allow_plaintext;
    out->max_connections = (unsigned)options->max_connections;
    out->send_timeout_ms = options->send_timeout / 1000;
}

static bool run_node(struct node *node, struct err *err)
{
    install_signals(node);
    notify_service("READY=1");
    bool ok = node_run(node, err);
    remove_signals();
    notify_service("STOPPING=1");
    return ok;
}

/* *serves: from here on it is a daemon, whose words belong into its log. */
static bool run(struct options *options, bool *serves, struct err *err)
{
    AUTO(filter) filter = filter_new();
    AUTO(node) node = NULL;
    struct source_address address = { .host = NULL };
    struct progress progress = { .period_us = options->progress };
    bool has_source =
        options->source != NULL || options->source_host != NULL || options->source_socket != NULL;
    struct node_options node_options = { .source = has_source ? &address : NULL,
                                         .filter = filter,
                                         .on_line = on_line,
                                         .on_line_arg = &progress };
    if (options->data == NULL)
        return err_set(err, ERR_CONFIG, "say where the node lives: --data=DIR");
    if (options->start_from != NULL && options->engine != NODE_ENGINE_NONE)
        return err_set(err, ERR_CONFIG,
                       "--start-from is for a relay (--engine=none): a replica starts where its "
                       "copy of the source ends");
    if (options->arguments.count > 0)
        return err_set(err, ERR_CONFIG, "%s: run takes options only (--source=URI)",
                       options->arguments.items[0]);
    if (!has_source && options->listen == NULL)
        return err_set(err, ERR_CONFIG,
                       "no source: say --source=mysql://USER@HOST:PORT/ to follow a server, or "
                       "--listen=127.0.0.1:3307 for a primary, which takes writes there");
    if ((has_source && !source_address_from(options, &address, err)) ||
        !filter_add_options(filter, options, err))
        return false;
    set_node_options(options, &node_options);
    *serves = true;
    return node_open(&node_options, &node, err) && run_node(node, err);
}

int command_run(struct options *options)
{
    struct err err = { 0 };
    bool serves = false;
    if (run(options, &serves, &err))
        return CLI_EXIT_OK;
    if (!serves)
        return cli_fail(&err);
    log_error("%s", err.text);
    return cli_exit_code(&err);
}
