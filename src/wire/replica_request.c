/* replica_request.c - see replica_request.h; layouts: the protocol's command phase. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/replica_request.h"
#include "base/reader.h"

void replica_request_init(struct replica_request *request)
{
    *request = (struct replica_request){ 0 };
    buf_init(&request->connect_state, REPLICA_SET_MAX);
    buf_init(&request->until_gtid, REPLICA_SET_MAX);
    buf_init(&request->gtid_set, REPLICA_SET_MAX);
}

void replica_request_clear(struct replica_request *request)
{
    buf_clear(&request->connect_state);
    buf_clear(&request->until_gtid);
    buf_clear(&request->gtid_set);
    replica_request_init(request);
}

static bool take_text(struct bytes from, char *to, size_t max)
{
    if (from.len > max || (from.len > 0 && memchr(from.data, 0, from.len) != NULL))
        return false;
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    to[from.len] = 0;
    return true;
}

static struct bytes read_text1(struct reader *r)
{
    return reader_bytes(r, reader_u8(r));
}

bool replica_request_register(struct replica_request *request, struct bytes payload,
                              struct err *err)
{
    struct reader r = reader_of(payload);
    uint32_t id = reader_u32(&r);
    struct bytes host = read_text1(&r);
    struct bytes user = read_text1(&r);
    read_text1(&r); /* a password: nobody's business */
    uint16_t port = reader_u16(&r);
    reader_u32(&r); /* rank, and the source's id: unused by every server */
    reader_u32(&r);
    if (r.failed || !take_text(host, request->report_host, REPLICA_TEXT_MAX) ||
        !take_text(user, request->report_user, REPLICA_TEXT_MAX))
        return err_set(err, ERR_PROTOCOL, "a registration of %zu bytes is malformed", payload.len);
    request->registered_id = id;
    request->report_port = port;
    request->is_registered = true;
    return true;
}

bool replica_request_dump(struct replica_request *request, struct bytes payload, struct err *err)
{
    struct reader r = reader_of(payload);
    uint32_t offset = reader_u32(&r);
    uint16_t flags = reader_u16(&r);
    uint32_t server_id = reader_u32(&r);
    struct bytes file = reader_rest(&r);
    const uint8_t *nul = file.len > 0 ? memchr(file.data, 0, file.len) : NULL;
    if (nul != NULL) /* some clients send its NUL */
        file.len = (size_t)(nul - file.data);
    if (r.failed || !take_text(file, request->file, REPLICA_FILE_MAX))
        return err_set(err, ERR_PROTOCOL, "a dump request of %zu bytes is malformed", payload.len);
    request->kind = request->has_connect_state ? DUMP_BY_POSITION : DUMP_BY_FILE;
    request->offset = offset;
    request->flags = flags;
    request->server_id = server_id;
    buf_reset(&request->gtid_set);
    if (request->has_connect_state)
        buf_append(&request->gtid_set, request->connect_state.data, request->connect_state.len);
    return true;
}

bool replica_request_dump_gtid(struct replica_request *request, struct bytes payload,
                               struct err *err)
{
    struct reader r = reader_of(payload);
    uint16_t flags = reader_u16(&r);
    uint32_t server_id = reader_u32(&r);
    struct bytes file = reader_bytes(&r, reader_u32(&r));
    uint64_t offset = reader_u64(&r);
    struct bytes set = reader_bytes(&r, reader_u32(&r));
    buf_reset(&request->gtid_set);
    buf_append(&request->gtid_set, set.data, set.len);
    if (r.failed || request->gtid_set.failed || !take_text(file, request->file, REPLICA_FILE_MAX))
        return err_set(err, ERR_PROTOCOL, "a dump request of %zu bytes is malformed", payload.len);
    request->kind = DUMP_BY_GTID_SET;
    request->offset = offset;
    request->flags = flags;
    request->server_id = server_id;
    return true;
}

bool replica_wants_end(const struct replica_request *request)
{
    return (request->flags & DUMP_NON_BLOCK) != 0 || request->server_id == 0;
}

bool replica_ack_decode(struct bytes payload, struct replica_ack *out, struct err *err)
{
    struct reader r = reader_of(payload);
    uint64_t offset = reader_u64(&r);
    struct bytes file = reader_rest(&r);
    const uint8_t *nul = file.len > 0 ? memchr(file.data, 0, file.len) : NULL;
    if (nul != NULL)
        file.len = (size_t)(nul - file.data);
    if (r.failed || file.len == 0 || file.len > REPLICA_FILE_MAX)
        return err_set(err, ERR_PROTOCOL, "an acknowledgement of %zu bytes is malformed",
                       payload.len);
    *out = (struct replica_ack){ offset, file };
    return true;
}
