/* status.c - `binlogd status`: reads DATA/status.json, which a running node rewrites each second,
 * and judges it as a monitoring plugin does. A file that is old means a node that does not run. */
// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/status_file.h"

/* The exit codes of monitoring plugins. */
enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL, HEALTH_UNKNOWN };
static const char *const health_names[] = { "ok", "warning", "critical", "unknown" };

struct judgement {
    enum health health;
    bool running;
    char why[512];
};

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* SOURCE_DELAY is wanted: what is beyond it is too much. */
static double delay_us(const json_t *status)
{
    return json_number_value(json_object_get(json_object_get(status, "engine"), "delay_s")) * 1e6;
}

static enum health judge_lag(const json_t *status, const struct options *options, char why[512])
{
    const json_t *lag = json_object_get(status, "lag");
    const json_t *seconds = json_object_get(lag, "seconds");
    double lag_us = json_number_value(seconds) * 1e6 - delay_us(status);
    const char *reason = text_at(lag, "reason");
    if (!json_is_number(seconds)) {
        snprintf(why, 512, "the lag is not known: %s", reason);
        return HEALTH_WARNING;
    }
    snprintf(why, 512, "%s", reason);
    if (lag_us > (double)options->lag_critical)
        return HEALTH_CRITICAL;
    return lag_us > (double)options->lag_warning ? HEALTH_WARNING : HEALTH_OK;
}

static void judge(const json_t *status, const struct options *options, struct judgement *out)
{
    const char *state = text_at(status, "state");
    const char *error = text_at(status, "error");
    const json_t *lag = json_object_get(status, "lag");
    out->running = status_file_is_running(status);
    out->health = HEALTH_CRITICAL;
    if (strcmp(state, "paused") == 0 && out->running)
        snprintf(out->why, sizeof out->why, "%s", text_at(lag, "reason"));
    else if (strcmp(state, "stopped") == 0)
        snprintf(out->why, sizeof out->why, "%s",
                 error[0] != 0 ? error : "the node was stopped; start it with binlogd run");
    else if (!out->running)
        snprintf(out->why, sizeof out->why,
                 "the node does not run: it last said how it is %.0f s ago",
                 status_file_age_s(status));
    else
        out->health = judge_lag(status, options, out->why);
    bool watching = strcmp(state, "copying") == 0 || strcmp(state, "waiting") == 0;
    if (out->running && watching && out->health == HEALTH_OK)
        out->health = HEALTH_WARNING;
}

static void print_row(const char *name, const char *format, ...) PRINTF_LIKE(2, 3);
static void print_row(const char *name, const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    printf("%-10s %s\n", name, text);
}

static void print_lag(const json_t *lag)
{
    const json_t *seconds = json_object_get(lag, "seconds");
    const json_t *transactions = json_object_get(lag, "transactions");
    char text[128] = "not known";
    if (json_is_number(seconds))
        snprintf(text, sizeof text, "%.1f s", json_number_value(seconds));
    if (json_is_integer(transactions))
        print_row("lag", "%s, %lld transactions", text,
                  (long long)json_integer_value(transactions));
    else
        print_row("lag", "%s", text);
}

static long long number_at(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static void print_copy(const json_t *copy)
{
    if (!json_is_object(copy))
        return;
    if (number_at(copy, "table_count") == 0) { /* before the rows, or after them */
        print_row("copy", "no table is being read now");
        return;
    }
    const json_t *eta = json_object_get(copy, "eta_s");
    char left[48] = "";
    if (json_is_integer(eta))
        snprintf(left, sizeof left, ", %lld s left", (long long)json_integer_value(eta));
    print_row("copy", "table %lld of %lld, %lld rows of about %lld, %.0f rows/s%s",
              number_at(copy, "tables_done") + 1, number_at(copy, "table_count"),
              number_at(copy, "rows_done"), number_at(copy, "rows_estimated"),
              json_number_value(json_object_get(copy, "rows_per_s")), left);
}

static void print_place(const char *name, const json_t *object)
{
    const char *file = text_at(object, "file");
    const char *gtids = text_at(object, "gtids");
    if (file[0] != 0)
        print_row(name, "%s:%lld%s%s", file, number_at(object, "offset"), gtids[0] != 0 ? "  " : "",
                  gtids);
}

static void print_prepared(const json_t *prepared)
{
    const json_t *oldest = json_array_get(json_object_get(prepared, "oldest"), 0);
    if (number_at(prepared, "count") > 0)
        print_row("prepared", "%lld XA transaction(s), the oldest %s since %s:%lld",
                  number_at(prepared, "count"), text_at(oldest, "xid"), text_at(oldest, "file"),
                  number_at(oldest, "offset"));
}

static void print_source(const json_t *source, bool running)
{
    const char *version = text_at(source, "version");
    const char *error = text_at(source, "error");
    if (text_at(source, "address")[0] == 0) {
        print_row("source", "none: this node is a primary");
        return;
    }
    print_row("source", "%s%s%s%s%s", text_at(source, "address"), version[0] != 0 ? ", " : "",
              version, running ? ": " : "", running ? text_at(source, "doing") : "");
    if (running && error[0] != 0)
        print_row("", "%s", error);
}

static void print_port(const json_t *port)
{
    if (json_is_object(port))
        print_row("port", "%s, %lld connections, %lld of them follow the log",
                  text_at(port, "address"), number_at(port, "connections"),
                  number_at(port, "replicas"));
}

static void print_screen(const json_t *status, const struct judgement *judgement)
{
    print_row("health", "%s: %s", health_names[judgement->health], judgement->why);
    print_row("state", "%s%s", text_at(status, "state"),
              judgement->running ? "" : " (not running now)");
    print_source(json_object_get(status, "source"), judgement->running);
    print_place("received", json_object_get(status, "log"));
    print_place("applied", json_object_get(status, "engine"));
    print_prepared(json_object_get(json_object_get(status, "engine"), "prepared"));
    print_lag(json_object_get(status, "lag"));
    print_copy(json_object_get(status, "copy"));
    print_port(json_object_get(status, "port"));
    print_row("node", "server id %lld, %s", /* as the source lists it */
              number_at(status, "server_id"), text_at(status, "server_uuid"));
}

static bool print_json(json_t *status, const struct judgement *judgement, struct err *err)
{
    json_object_set_new(status, "health", json_string(health_names[judgement->health]));
    json_object_set_new(status, "health_reason", json_string(judgement->why));
    json_object_set_new(status, "running", json_boolean(judgement->running));
    char *text = json_dumps(status, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(16));
    if (text == NULL)
        return err_set(err, ERR_SYSTEM, "no memory for the answer");
    puts(text);
    free(text);
    return true;
}

static json_t *read_status(const struct options *options, struct err *err)
{
    if (options->data != NULL && options->arguments.count == 0)
        return status_file_load(options->data, err);
    err_set(err, ERR_CONFIG, "say which node: binlogd status --data=DIR");
    return NULL;
}

int command_status(struct options *options)
{
    struct err err = { 0 };
    struct judgement judgement = { 0 };
    json_t *status = read_status(options, &err);
    if (status == NULL) {
        cli_fail(&err);
        return HEALTH_UNKNOWN;
    }
    judge(status, options, &judgement);
    bool ok = true;
    if (options->json)
        ok = print_json(status, &judgement, &err);
    else
        print_screen(status, &judgement);
    json_decref(status);
    if (!ok)
        cli_fail(&err);
    return ok ? (int)judgement.health : HEALTH_UNKNOWN;
}
