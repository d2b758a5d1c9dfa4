/* source_view.c - see source_view.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/source_view.h"
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

static const char *io_state(enum receive_state state)
{
    switch (state) {
    case RECEIVE_STREAMING:
        return "Waiting for source to send event"; /* the servers' words: tools look for them */
    case RECEIVE_CONNECTING:
    case RECEIVE_ASKING:
        return "Connecting to source";
    case RECEIVE_BACKOFF:
        return "Reconnecting after a failed source event read";
    case RECEIVE_IDLE:
    case RECEIVE_STOPPED:
        break;
    }
    return "";
}

static enum session_running io_running(enum receive_state state)
{
    if (state == RECEIVE_STREAMING)
        return SESSION_YES;
    return state == RECEIVE_IDLE || state == RECEIVE_STOPPED ? SESSION_NO : SESSION_CONNECTING;
}

/* How TLS is set up there. */
static void fill_tls(struct session_source *out, const struct source_address *address)
{
    const struct {
        char *out;
        const char *text;
    } texts[] = {
        { out->ssl_ca, address->ssl_ca },
        { out->ssl_capath, address->ssl_capath },
        { out->ssl_cert, address->ssl_cert },
        { out->ssl_cipher, address->ssl_cipher },
        { out->ssl_key, address->ssl_key },
        { out->tls_version, address->tls_version },
        { out->public_key_path, address->server_public_key_path },
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        snprintf(texts[i].out, SESSION_NAME_MAX + 1, "%s",
                 texts[i].text != NULL ? texts[i].text : "");
    out->gets_public_key = address->get_server_public_key;
    out->uses_tls = address->ssl_mode != SSL_MODE_DISABLED && address->socket_path == NULL;
    out->verifies_tls = address->ssl_mode >= SSL_MODE_VERIFY_CA;
}

static void fill_address(struct session_source *out, const struct source_address *address)
{
    snprintf(out->host, sizeof out->host, "%s",
             address->socket_path != NULL ? address->socket_path : address->host);
    snprintf(out->user, sizeof out->user, "%s", address->user);
    out->port = address->port;
    fill_tls(out, address);
}

/* A relay is through with what is durable. */
static void fill_relay(struct session_source *out, const struct source_facts *facts)
{
    out->applying = out->receiving == SESSION_NO ? SESSION_NO : SESSION_YES;
    out->apply_state = "Replica has read all relay log; waiting for more updates";
    snprintf(out->applied_file, sizeof out->applied_file, "%s", facts->durable_file);
    out->applied_offset = facts->durable.offset;
    out->lag_is_known = out->receiving == SESSION_YES;
    out->lag_s = 0;
    out->applied_time = facts->receive->last_timestamp;
}

static uint64_t seconds_until(uint64_t from_s, uint64_t to_s)
{
    return to_s > from_s ? to_s - from_s : 0;
}

/* It is as late as the transaction that waits is old. */
static void fill_delay(struct session_source *out, const struct source_facts *facts)
{
    uint64_t commit_s = (facts->apply->delayed_commit_us + 999999) / 1000000;
    out->is_delaying = true;
    out->remaining_delay_s = seconds_until(facts->now_s, commit_s + out->delay_s);
    out->lag_is_known = out->receiving == SESSION_YES;
    out->lag_s = seconds_until(commit_s, facts->now_s);
}

static void fill_applied(struct session_source *out, const struct source_facts *facts)
{
    const struct apply_status *apply = facts->apply;
    bool is_behind = log_pos_compare(apply->log_end, facts->durable) < 0;
    out->applying = strcmp(apply->state, "stopped") == 0 ? SESSION_NO : SESSION_YES;
    out->apply_state = is_behind ? "Reading event from the relay log"
                                 : "Replica has read all relay log; waiting for more updates";
    snprintf(out->applied_file, sizeof out->applied_file, "%s", apply->file);
    out->applied_offset = apply->offset;
    out->applied_gtids = memory_str(apply->gtids);
    if (apply->error.code != ERR_NONE)
        snprintf(out->apply_error, sizeof out->apply_error, "%s", apply->error.text);
    out->applied_time = apply->last_timestamp;
    out->until = facts->until_kind;
    snprintf(out->until_file, sizeof out->until_file, "%s", facts->until->file);
    out->until_offset = facts->until->offset;
    out->lag_is_known = out->receiving == SESSION_YES && (!is_behind || apply->last_timestamp != 0);
    out->lag_s = is_behind ? seconds_until(apply->last_timestamp, facts->now_s) : 0;
    if (apply->delayed_commit_us != 0)
        fill_delay(out, facts);
}

void source_view_fill(struct session_source *out, const struct source_facts *facts)
{
    const struct receive_status *receive = facts->receive;
    out->flavour = receive->flavour;
    out->has_gtids = receive->has_gtids;
    snprintf(out->binlog_format, sizeof out->binlog_format, "%s", receive->binlog_format);
    out->domain_id = receive->domain_id;
    snprintf(out->version, sizeof out->version, "%s", receive->server_version);
    snprintf(out->system_time_zone, sizeof out->system_time_zone, "%s", facts->system_time_zone);
    snprintf(out->identity, sizeof out->identity, "%s", receive->source_identity);
    out->state = io_state(receive->state);
    out->receiving = io_running(receive->state);
    snprintf(out->read_file, sizeof out->read_file, "%s", receive->file);
    out->read_offset = receive->offset;
    out->received_time = receive->last_timestamp;
    snprintf(out->receive_error, sizeof out->receive_error, "%s", receive->error);
    out->server_id = receive->server_id;
    out->retry_s = (facts->source->backoff_max_ms + 999) / 1000;
    out->heartbeat_ms = facts->source->heartbeat_ms;
    out->delay_s = facts->source->delay_s;
    fill_address(out, &facts->source->address);
    if (facts->apply == NULL)
        fill_relay(out, facts);
    else
        fill_applied(out, facts);
}
