/* status.c - the verdict over the facts, and its forms: a line and a file. */
// SPDX-License-Identifier: Apache-2.0
#include "node/status.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/files.h"
#include "binlog/text.h"

enum { ACKS_LATE_MS = 1000 }; /* no wait is worth a word before */

static const char *const phase_names[] = { "starting", "copying", "catching up", "following",
                                           "primary",  "waiting", "paused",      "stopped" };

const char *node_phase_name(enum node_phase phase)
{
    return phase_names[phase];
}

static enum node_phase judge_phase(const struct node_facts *f)
{
    if (f->stopping)
        return PHASE_STOPPED;
    if (f->is_primary)
        return f->apply.file[0] == 0 ? PHASE_STARTING : PHASE_PRIMARY;
    if (f->copy.running)
        return PHASE_COPYING;
    if (f->receive_is_stopped || f->apply_is_stopped)
        return PHASE_PAUSED;
    if (f->apply.wanted && f->apply.file[0] == 0)
        return PHASE_STARTING;
    if (f->behind && f->apply.delayed_commit_us == 0)
        return PHASE_CATCHING_UP;
    if (f->receive.state == RECEIVE_STREAMING)
        return PHASE_FOLLOWING;
    return f->receive.connects > 0 || f->receive.state == RECEIVE_BACKOFF ? PHASE_WAITING
                                                                          : PHASE_STARTING;
}

static const char *reason_of_pause(const struct node_facts *f)
{
    if (f->apply_is_stopped && f->apply.error[0] != 0)
        return f->apply.error;
    if (f->receive_is_stopped && f->receive.error[0] != 0)
        return f->receive.error;
    if (!f->receive_is_stopped)
        return "applying was stopped over the port: START REPLICA goes on";
    return f->apply_is_stopped ? "following was stopped over the port: START REPLICA goes on"
                               : "receiving was stopped over the port: START REPLICA goes on";
}

static const char *judge_reason(const struct node_facts *f, enum node_phase phase)
{
    switch (phase) {
    case PHASE_STARTING:
        return f->acks_waiting_ms >= ACKS_LATE_MS
                   ? "the end of the log waits for replicas to acknowledge it (--ack-after)"
                   : "the node is starting";
    case PHASE_COPYING:
        return "the first copy of the source is being made; the log is kept for afterwards";
    case PHASE_CATCHING_UP:
        return f->receive.state == RECEIVE_STREAMING
                   ? "the log is received faster than it is applied"
                   : "what was received is being applied; the source cannot be reached";
    case PHASE_FOLLOWING:
        return f->apply.delayed_commit_us == 0
                   ? "waiting for the source to send more"
                   : "what has come is applied when it is SOURCE_DELAY seconds old";
    case PHASE_PRIMARY:
        return f->acks_waiting_ms >= ACKS_LATE_MS
                   ? "commits wait for replicas to acknowledge (--ack-after): too few of them "
                     "answer"
                   : "it takes writes, and follows nobody";
    case PHASE_WAITING:
        return "the source cannot be reached; everything received is applied";
    case PHASE_PAUSED:
        return reason_of_pause(f);
    case PHASE_STOPPED:
        return f->error[0] != 0 ? f->error : "the node was asked to stop";
    }
    return "";
}

/* The source's clock against ours, for the last transaction applied: what "seconds behind" always
 * meant. Nothing is behind when everything received is applied and the source is being heard. */
static void judge_lag(const struct node_facts *f, struct node_verdict *v)
{
    bool is_delaying = f->apply.delayed_commit_us != 0;
    bool measured = v->phase == PHASE_CATCHING_UP || v->phase == PHASE_WAITING ||
                    v->phase == PHASE_PAUSED || is_delaying;
    double since = is_delaying ? (double)f->apply.delayed_commit_us / 1e6 /* as old as what waits */
                               : (double)f->apply.last_timestamp;
    v->lag_known =
        v->phase == PHASE_FOLLOWING || v->phase == PHASE_PRIMARY || (measured && since > 0);
    if (!v->lag_known || !measured)
        return;
    double now = (double)f->now_us / 1e6;
    v->lag_s = now > since ? now - since : 0;
}

void status_judge(const struct node_facts *facts, struct node_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    verdict->phase = judge_phase(facts);
    verdict->reason = judge_reason(facts, verdict->phase);
    judge_lag(facts, verdict);
    verdict->lag_transactions_known = facts->apply.gtids != NULL && facts->receive.gtid_count > 0;
    if (verdict->lag_transactions_known && facts->receive.gtid_count > facts->apply.gtid_count)
        verdict->lag_transactions = facts->receive.gtid_count - facts->apply.gtid_count;
}

static void copy_line(const struct node_facts *f, char *line, size_t size)
{
    const struct copy_facts *c = &f->copy;
    double share =
        c->rows_estimated > 0 ? 100.0 * (double)c->rows_done / (double)c->rows_estimated : 0;
    char eta[32] = "";
    if (c->table_count == 0) { /* not yet known, or what comes after the rows */
        snprintf(line, size, "copying: %s",
                 strcmp(c->phase, "locking") == 0 ? "taking a consistent point" : c->phase);
        return;
    }
    if (c->eta_s >= 0)
        snprintf(eta, sizeof eta, ", %lld s left", (long long)c->eta_s);
    snprintf(line, size, "copying: table %u of %u, %llu rows (about %.0f%%), %.0f rows/s%s",
             c->tables_done + 1, c->table_count, (unsigned long long)c->rows_done,
             share > 100 ? 100 : share, c->rows_per_s, eta);
}

void status_line(const struct node_facts *facts, double transactions_per_s, char *line, size_t size)
{
    struct node_verdict v;
    status_judge(facts, &v);
    if (v.phase == PHASE_COPYING) {
        copy_line(facts, line, size);
        return;
    }
    const struct apply_facts *a = &facts->apply;
    bool relay = a->file[0] == 0;
    const char *file = relay ? facts->durable_file : a->file;
    const char *gtids = a->gtids != NULL ? a->gtids : "";
    char place[512] = "";
    if (file[0] != 0)
        snprintf(place, sizeof place, " at %s:%llu%s%.120s,", file,
                 (unsigned long long)(relay ? facts->durable_offset : a->offset),
                 gtids[0] != 0 ? " " : "", gtids);
    char lag[32] = "unknown";
    if (v.lag_known)
        snprintf(lag, sizeof lag, "%.1f s", v.lag_s);
    char behind[48] = "";
    if (v.lag_transactions > 0)
        snprintf(behind, sizeof behind, " (%llu transactions)",
                 (unsigned long long)v.lag_transactions);
    snprintf(line, size, "%s:%s lag %s%s, %.0f trx/s", node_phase_name(v.phase), place, lag, behind,
             transactions_per_s);
}

/* ---- the file ---- */

/* What others worded, a statement's text too: bytes that are no UTF-8 must not cost the file. */
static json_t *json_words(const char *text)
{
    struct bytes rest = bytes_of_str(text);
    struct buf words;
    buf_init(&words, rest.len + 1);
    while (rest.len > 0) {
        size_t size = text_utf8_size(rest);
        if (size > 0)
            buf_append(&words, rest.data, size);
        else
            buf_u8(&words, '?');
        rest.data += size > 0 ? size : 1;
        rest.len -= size > 0 ? size : 1;
    }
    json_t *string = json_string(buf_cstr(&words));
    buf_clear(&words);
    return string;
}

static json_t *number_or_null(bool known, double value)
{
    return known ? json_real(value) : json_null();
}

static json_t *json_source(const struct node_facts *f)
{
    const struct receive_status *r = &f->receive;
    double silent_s = r->last_event_ms == 0 ? 0 : (double)(f->now_ms - r->last_event_ms) / 1000;
    return json_pack(
        "{s:s, s:s, s:o, s:s, s:s, s:s, s:I, s:o, s:I, s:I, s:b, s:I, s:o}", "address", f->address,
        "identity", r->source_identity, "version", json_words(r->server_version), "state",
        receive_state_name(r->state), "doing", receive_state_sentence(r->state), "file", r->file,
        "offset", (json_int_t)r->offset, "silent_s",
        number_or_null(r->last_event_ms != 0, silent_s), "connects", (json_int_t)r->connects,
        "received_bytes", (json_int_t)r->bytes, "semi_sync", (int)r->semi_sync, "acknowledgements",
        (json_int_t)r->acknowledgements, "error", json_words(r->error));
}

static json_t *json_log(const struct node_facts *f)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I}", "oldest_file", f->oldest_file, "file",
                     f->durable_file, "offset", (json_int_t)f->durable_offset, "size_bytes",
                     (json_int_t)f->log_size_bytes, "transactions",
                     (json_int_t)f->receive.gtid_count);
}

/* XA transactions: how many there are, and the oldest ones. */
static json_t *json_prepared(const struct apply_prepared *prepared)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < prepared->count && i < APPLY_PREPARED_SHOWN; i++) {
        const struct apply_prepared_one *one = &prepared->shown[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:I}", "xid", one->xid, "gtid", one->gtid,
                                        "file", one->file, "offset", (json_int_t)one->offset));
    }
    return json_pack("{s:i, s:o}", "count", (int)prepared->count, "oldest", list);
}

static json_t *json_engine(const struct node_facts *f)
{
    const struct apply_facts *a = &f->apply;
    return json_pack("{s:s, s:s, s:s, s:I, s:s*, s:I, s:I, s:I, s:i, s:b, s:o, s:o}", "kind",
                     f->engine, "state", a->state, "file", a->file, "offset", (json_int_t)a->offset,
                     "gtids", a->gtids, "last_timestamp", (json_int_t)a->last_timestamp,
                     "applied_transactions", (json_int_t)a->transactions, "applied_rows",
                     (json_int_t)a->rows, "delay_s", (int)a->delay_s, "repairing", a->repairing,
                     "prepared", json_prepared(&a->prepared), "error", json_words(a->error));
}

static json_t *json_copy_facts(const struct node_facts *f)
{
    const struct copy_facts *c = &f->copy;
    if (!c->running)
        return json_null();
    return json_pack("{s:I, s:I, s:f, s:o, s:i, s:i}", "rows_done", (json_int_t)c->rows_done,
                     "rows_estimated", (json_int_t)c->rows_estimated, "rows_per_s", c->rows_per_s,
                     "eta_s", c->eta_s < 0 ? json_null() : json_integer(c->eta_s), "tables_done",
                     (int)c->tables_done, "table_count", (int)c->table_count);
}

static json_t *json_lag(const struct node_verdict *v)
{
    return json_pack(
        "{s:o, s:o, s:o}", "seconds", number_or_null(v->lag_known, v->lag_s), "transactions",
        v->lag_transactions_known ? json_integer((json_int_t)v->lag_transactions) : json_null(),
        "reason", json_words(v->reason));
}

static json_t *json_port(const struct node_facts *f)
{
    if (f->listen == NULL)
        return json_null();
    return json_pack("{s:s, s:I, s:I, s:I, s:f}", "address", f->listen, "connections",
                     (json_int_t)f->connections, "replicas", (json_int_t)f->replicas, "acks_wanted",
                     (json_int_t)f->acks_wanted, "acks_waiting_s",
                     (double)f->acks_waiting_ms / 1000);
}

bool status_write(const char *data_dir, const struct node_facts *facts, struct err *err)
{
    struct node_verdict v;
    status_judge(facts, &v);
    json_error_t why;
    json_t *root = json_pack_ex(
        &why, 0, "{s:s, s:s, s:I, s:f, s:f, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "state",
        node_phase_name(v.phase), "version", facts->version, "pid", (json_int_t)getpid(),
        "updated_s", (double)facts->now_us / 1e6, "started_s", (double)facts->started_us / 1e6,
        "server_id", (json_int_t)facts->server_id, "server_uuid", facts->server_uuid, "error",
        json_words(facts->error), "source", json_source(facts), "log", json_log(facts), "engine",
        json_engine(facts), "copy", json_copy_facts(facts), "port", json_port(facts), "lag",
        json_lag(&v));
    char *text =
        root == NULL
            ? NULL
            : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(16));
    json_decref(root);
    if (text == NULL)
        return err_set(err, ERR_CORRUPT, "status.json: %s",
                       root == NULL ? why.text : "a name in it is not UTF-8");
    bool ok = files_publish(&files_os, data_dir, "status.json", bytes_of_str(text), err);
    free(text);
    return ok;
}
