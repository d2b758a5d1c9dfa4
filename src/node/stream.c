/* stream.c - see stream.h. */
// SPDX-License-Identifier: Apache-2.0
#include "node/stream.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum {
    ROOM = SERVER_OUTPUT_FULL,
    TURNS = 8, /* rooms filled before others have their turn */
    SEMI_SYNC_ACK = 0xef,
};

struct stream {
    struct peer *peer;
    struct feed *feed;
    struct gtid_set *gtids;
    struct gtid_set *until;
    char host[REPLICA_TEXT_MAX + 1];
};

static void on_wake(void *arg)
{
    struct stream *stream = arg;
    peer_go_on(stream->peer);
}

static enum serve_peer kind_of(const struct replica_request *request)
{
    if (request->replica_uuid[0] != 0)
        return SERVE_PEER_MYSQL;
    bool is_mariadb = request->slave_capability > 0 || request->kind == DUMP_BY_POSITION;
    return is_mariadb ? SERVE_PEER_MARIADB : SERVE_PEER_TOOL;
}

static enum serve_checksum checksum_of(const struct replica_request *request)
{
    if (!request->has_checksum)
        return SERVE_CHECKSUM_UNAWARE;
    return request->checksum_crc32 ? SERVE_CHECKSUM_CRC32 : SERVE_CHECKSUM_NONE;
}

/* NULL when it cannot be read. */
static struct gtid_set *position_of(const struct buf *position)
{
    struct gtid_set *set = NULL;
    struct err err;
    char *text = memory_strn(position->data, position->len);
    bool ok = gtid_set_parse(text, FLAVOUR_MARIADB, &set, &err);
    free(text);
    return ok ? set : NULL;
}

/* NULL when it cannot be read: the feed then says so in the replica's words. */
static struct gtid_set *gtids_of(const struct replica_request *request)
{
    struct gtid_set *set = NULL;
    struct err err;
    if (request->kind == DUMP_BY_GTID_SET) {
        if (!gtid_set_decode(buf_bytes(&request->gtid_set), &set, &err))
            return NULL;
    } else if (request->kind == DUMP_BY_POSITION) {
        set = position_of(&request->gtid_set);
    }
    return set;
}

static void name_host(const struct replica_request *request, struct stream *stream)
{
    const char *address = peer_address(stream->peer);
    const char *port = strrchr(address, ':');
    if (request->report_host[0] != 0)
        snprintf(stream->host, sizeof stream->host, "%s", request->report_host);
    else
        snprintf(stream->host, sizeof stream->host, "%.*s",
                 port == NULL ? (int)strlen(address) : (int)(port - address), address);
}

struct stream *stream_open(struct serve *serve, struct peer *peer,
                           const struct replica_request *request)
{
    struct stream *stream = memory_new(sizeof *stream);
    stream->peer = peer;
    stream->gtids = gtids_of(request);
    bool has_end = request->kind == DUMP_BY_POSITION && request->has_until;
    stream->until = has_end ? position_of(&request->until_gtid) : NULL;
    name_host(request, stream);
    struct serve_request asked = {
        .peer = kind_of(request),
        .capability = request->slave_capability,
        .server_id = request->server_id,
        .is_registered = request->is_registered,
        .uuid = request->replica_uuid,
        .host = stream->host,
        .port = request->report_port,
        .flags = request->flags,
        .checksum = checksum_of(request),
        .heartbeat_us = request->has_heartbeat ? request->heartbeat_ns / 1000 : 0,
        .semi_sync = request->semi_sync,
        .by_gtid = request->kind != DUMP_BY_FILE,
        .gtids = has_end && stream->until == NULL ? NULL : stream->gtids,
        .until = stream->until,
        .until_before = request->until_before,
        .file = request->file,
        .offset = request->offset,
    };
    struct feed_wake wake = { on_wake, stream };
    peer_stream(peer, true);
    stream->feed = feed_open(serve, &asked, wake);
    peer_go_on(peer);
    return stream;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    feed_free(stream->feed);
    gtid_set_free(stream->gtids);
    gtid_set_free(stream->until);
    peer_stream(stream->peer, false);
    free(stream);
}

bool stream_go_on(struct stream *stream)
{
    struct server *server = peer_server(stream->peer);
    enum feed_result result = FEED_MORE;
    for (unsigned i = 0; i < TURNS && result == FEED_MORE; i++) {
        struct feed_room room = { .data = server_raw_room(server, ROOM), .size = ROOM };
        assert(room.data != NULL); /* the output is empty when this is called */
        result = feed_fill(stream->feed, &room);
        server_raw_filled(server, room.len);
        peer_flush(stream->peer);
        if (server_output_size(server) > 0)
            break;
    }
    if (result == FEED_MORE)
        peer_go_on(stream->peer);
    peer_wake_at(stream->peer, result == FEED_WAIT ? feed_due_ms(stream->feed) : UINT64_MAX);
    return result == FEED_END;
}

bool stream_take(struct stream *stream, uint8_t command, struct bytes payload)
{
    struct replica_ack ack;
    struct err err;
    char file[REPLICA_FILE_MAX + 1];
    if (command != SEMI_SYNC_ACK || !replica_ack_decode(payload, &ack, &err))
        return false;
    snprintf(file, sizeof file, "%.*s", (int)ack.file.len, (const char *)ack.file.data);
    return feed_acknowledge(stream->feed, file, ack.offset);
}
