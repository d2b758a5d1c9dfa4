/* receive.c - the receiver's life: connect, ask, stream, and again after a wait.
 *
 * What to do after a failure is decided in decide.c. State is written by receive_move alone. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "receive"
#include "receive/receive.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "receive/naming.h"
#include "receive/receive_internal.h"

enum { MISSED_HEARTBEATS = 3, GRACE_MS = 2000 /* for a busy source, and for short periods */ };

#define TO(name) BIT(RECEIVE_##name)
static const struct {
    const char *word;
    const char *sentence;
    unsigned next;
} states[] = {
#define STATE(name, word, next, sentence) [RECEIVE_##name] = { word, sentence, next },
#include "receive/states.def"
#undef STATE
};
#undef TO

const char *receive_state_name(enum receive_state state)
{
    return states[state].word;
}

const char *receive_state_sentence(enum receive_state state)
{
    return states[state].sentence;
}

/* The only place that writes status.state: every move is legal and logged with its reason; NULL: it
 * was asked to stop, and what failed before that stays the last failure. */
static void receive_move(struct receive *receive, enum receive_state next, const char *why)
{
    pthread_mutex_lock(&receive->lock);
    enum receive_state now = receive->status.state;
    assert(states[now].next & BIT(next));
    receive->status.state = next;
    if (next == RECEIVE_BACKOFF || (next == RECEIVE_STOPPED && why != NULL))
        snprintf(receive->status.error, sizeof receive->status.error, "%s", why);
    else if (next == RECEIVE_STREAMING) /* until then the last failure is what is known */
        receive->status.error[0] = 0;
    pthread_mutex_unlock(&receive->lock);
    if (next == RECEIVE_BACKOFF)
        log_warning("%s -> %s: %s", states[now].word, states[next].word, why);
    else if (next == RECEIVE_STOPPED) /* why it failed is the node's last word */
        log_info("%s -> %s", states[now].word, states[next].word);
    else
        log_info("%s -> %s: %s", states[now].word, states[next].word, why);
}

static void on_durable(void *arg)
{
    receive_look_again(arg);
}

void receive_look_again(struct receive *receive)
{
    nudge_fire(receive->moved);
}

struct receive *receive_new(const struct receive_options *options)
{
    struct receive *receive = memory_new(sizeof *receive);
    receive->options = *options;
    pthread_mutex_init(&receive->lock, NULL);
    receive->moved = nudge_new();
    receive->watch = (struct store_watch){ .moved = on_durable, .arg = receive };
    if (options->semi_sync)
        store_watch(options->store, &receive->watch);
    snprintf(receive->identity, sizeof receive->identity, "%s", options->source_identity);
    snprintf(receive->status.source_identity, sizeof receive->status.source_identity, "%s",
             options->source_identity);
    return receive;
}

void receive_free(struct receive *receive)
{
    if (receive == NULL)
        return;
    store_unwatch(receive->options.store, &receive->watch);
    nudge_free(receive->moved);
    pthread_mutex_destroy(&receive->lock);
    free(receive);
}

void receive_status(struct receive *receive, struct receive_status *out)
{
    pthread_mutex_lock(&receive->lock);
    *out = receive->status;
    pthread_mutex_unlock(&receive->lock);
}

void receive_note_acknowledged(struct receive *receive)
{
    pthread_mutex_lock(&receive->lock);
    receive->status.acknowledgements++;
    pthread_mutex_unlock(&receive->lock);
}

void receive_note_progress(struct receive *receive, const struct receive_progress *progress)
{
    pthread_mutex_lock(&receive->lock);
    struct receive_status *s = &receive->status;
    snprintf(s->file, sizeof s->file, "%s", progress->file);
    s->offset = progress->offset;
    if (progress->timestamp != 0)
        s->last_timestamp = progress->timestamp;
    s->bytes += progress->bytes;
    s->transactions += progress->transactions;
    s->gtid_count = progress->gtid_count;
    s->last_event_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&receive->lock);
}

bool receive_adopt_source(struct receive *receive, const char *identity, struct err *err)
{
    const struct receive_options *o = &receive->options;
    if (strcmp(receive->identity, identity) == 0)
        return true;
    if (o->on_source != NULL && !o->on_source(identity, err, o->arg))
        return false;
    if (receive->identity[0] != 0)
        log_warning("the source is now server %s; until here the log came from %s", identity,
                    receive->identity);
    pthread_mutex_lock(&receive->lock);
    snprintf(receive->identity, sizeof receive->identity, "%s", identity);
    snprintf(receive->status.source_identity, sizeof receive->status.source_identity, "%s",
             identity);
    pthread_mutex_unlock(&receive->lock);
    return true;
}

/* ---- one connection ---- */

static bool choose_ask(const struct receive *receive, const struct source_answers *answers,
                       struct ask *ask, struct err *err)
{
    const struct store *store = receive->options.store;
    struct ask_facts facts = {
        .stored = store_write_name(store),
        .end = store_write_end(store).offset,
        .first = receive->options.first_file,
        .told = ask->file,
        .server = receive->identity,
        .is_known = answers->is_known,
        .holds_file = answers->holds_our_file,
        .has_gtids = answers->has_gtids,
    };
    struct ask chosen;
    if (!ask_choose(&facts, &chosen, err))
        return false;
    *ask = chosen;
    return true;
}

static bool receive_connect(struct receive *receive, struct connection **connection,
                            struct source_answers *answers, struct err *err)
{
    const struct receive_options *o = &receive->options;
    receive_move(receive, RECEIVE_CONNECTING,
                 o->address->host != NULL ? o->address->host : o->address->socket_path);
    if (!connection_open(o->address, o->cancel, connection, err))
        return false;
    connection_set_read_timeout(*connection, o->heartbeat_ms * MISSED_HEARTBEATS + GRACE_MS);
    receive_move(receive, RECEIVE_ASKING, connection_server_version(*connection));
    if (!questions_ask(receive, *connection, answers, err))
        return false;
    pthread_mutex_lock(&receive->lock);
    snprintf(receive->status.server_version, sizeof receive->status.server_version, "%s",
             answers->version);
    receive->status.flavour = answers->flavour;
    receive->status.server_id = answers->server_id;
    receive->status.has_gtids = answers->has_gtids;
    receive->status.domain_id = answers->domain_id;
    memcpy(receive->status.binlog_format, answers->binlog_format, sizeof answers->binlog_format);
    pthread_mutex_unlock(&receive->lock);
    if (o->on_time_zone != NULL)
        o->on_time_zone(answers->system_time_zone, o->arg);
    return true;
}

/* Inside the file that the store ends in. */
static bool goes_on(const struct ask *ask)
{
    return ask->by == ASK_BY_PLACE && ask->offset > BINLOG_MAGIC_SIZE;
}

static void receive_begin_stream(struct receive *receive, const struct ask *ask, bool semi_sync)
{
    char why[LOG_NAME_MAX + 64];
    if (ask->by == ASK_BY_GTID)
        snprintf(why, sizeof why, "from the GTIDs held here");
    else
        snprintf(why, sizeof why, "from %s:%llu", ask->file[0] == 0 ? "the oldest file" : ask->file,
                 (unsigned long long)ask->offset);
    receive_move(receive, RECEIVE_STREAMING, why);
    pthread_mutex_lock(&receive->lock);
    receive->status.connects++;
    receive->status.semi_sync = semi_sync;
    pthread_mutex_unlock(&receive->lock);
}

/* One connection from start to end: why it ended, and whose fault that was. */
static void receive_once(struct receive *receive, enum receive_fault *fault, struct err *err)
{
    AUTO(connection) connection = NULL;
    AUTO(overlap) overlap = NULL;
    struct source_answers answers;
    struct ask ask = { .by = ASK_BY_PLACE };
    *fault = FAULT_CONNECTION;
    /* Told once: should this connection fail before it streams, the next one asks by GTID again. */
    memcpy(ask.file, receive->fetch_whole, sizeof ask.file);
    receive->fetch_whole[0] = 0;
    if (!receive_connect(receive, &connection, &answers, err))
        return;
    *fault = FAULT_SOURCE;
    if (!choose_ask(receive, &answers, &ask, err))
        return;
    *fault = FAULT_STORE;
    if (goes_on(&ask) && !overlap_open(receive->options.store, &overlap, &ask.offset, err))
        return;
    *fault = FAULT_CONNECTION;
    if (!questions_request(receive, connection, &answers, &ask, err))
        return;
    receive_begin_stream(receive, &ask, answers.semi_sync);
    struct pump_task task = { &ask, &answers, overlap };
    pump_run(receive, connection, &task, fault, err);
}

/* ---- after a failure ---- */

static enum verdict after_failure(const struct receive *receive, enum receive_fault fault,
                                  struct err *err)
{
    struct failure_facts facts = {
        .fault = fault,
        .cancelled = cancel_fired(receive->options.cancel),
        .fetches_whole = receive->fetch_whole[0] != 0,
        .has_streamed = receive->has_streamed,
        .is_known = receive->options.source_identity[0] != 0 ||
                    receive->options.first_file[0] != 0, /* it has been copied from */
        .server_id = receive->options.server_id,
    };
    return decide_after_failure(&facts, err);
}

static bool stop_with(struct receive *receive, bool ok, const char *why)
{
    receive_move(receive, RECEIVE_STOPPED, why);
    return ok;
}

bool receive_run(struct receive *receive, struct err *err)
{
    unsigned wait_ms = 0;
    for (;;) {
        enum receive_fault fault;
        uint64_t before = receive->status.bytes;
        receive_once(receive, &fault, err);
        receive->has_streamed = receive->has_streamed || receive->status.state == RECEIVE_STREAMING;
        enum verdict verdict = after_failure(receive, fault, err);
        struct err rewind;
        if (fault != FAULT_STORE && !store_rewind(receive->options.store, &rewind)) {
            *err = rewind;
            verdict = VERDICT_STOP;
        }
        if (verdict == VERDICT_CANCELLED)
            return stop_with(receive, true, NULL);
        if (verdict == VERDICT_STOP)
            return stop_with(receive, false, err->text);
        if (verdict == VERDICT_RETRY_NOW)
            continue;
        receive_move(receive, RECEIVE_BACKOFF, err->text);
        bool brought_something = receive->status.bytes > before;
        wait_ms = decide_wait_ms(wait_ms, receive->options.backoff_max_ms, brought_something, err);
        if (cancel_sleep(receive->options.cancel, wait_ms))
            return stop_with(receive, true, NULL);
    }
}
