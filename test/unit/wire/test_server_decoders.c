/* test_server_decoders.c - what a client sends before and after its login, cut at every byte. */
// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include <stdlib.h>
#include "wire/capability.h"
#include "wire/replica_request.h"
#include "wire/server_handshake.h"

enum {
    OURS = CAPABILITY_PROTOCOL_41 | CAPABILITY_SECURE_CONNECTION | CAPABILITY_PLUGIN_AUTH |
           CAPABILITY_CONNECT_WITH_DB | CAPABILITY_CONNECT_ATTRIBUTES | CAPABILITY_TLS
};

/* Protocol 4.1 with a database, a plugin and one attribute. */
static const uint8_t response[] =
    "\x08\x82\x18\x00\x00\x00\x00\x01\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "repl\0\x04hash"
    "shop\0"
    "mysql_native_password\0"
    "\x11\x0cprogram_name\x03"
    "cdc";

TEST(response, is_read_whole)
{
    struct response r;
    struct err err;
    CHECK_OK(response_decode(bytes_of(response, sizeof response - 1), OURS, &r, &err), err);
    CHECK(bytes_equal_str(r.user, "repl") && bytes_equal_str(r.auth, "hash"));
    CHECK(bytes_equal_str(r.database, "shop") &&
          bytes_equal_str(r.plugin, "mysql_native_password"));
    CHECK(bytes_equal_str(response_attribute(&r, "program_name"), "cdc"));
    CHECK(response_attribute(&r, "other").data == NULL);
    CHECK(!r.tls_request);
}

TEST(response, cut_anywhere_is_refused_or_names_less)
{
    for (size_t len = 0; len < sizeof response - 1; len++) {
        struct response r;
        struct err err;
        uint8_t *exact = malloc(len == 0 ? 1 : len); /* the sanitizer sees a read past it */
        memcpy(exact, response, len);
        bool ok = response_decode(bytes_of(exact, len), OURS, &r, &err);
        if (len < RESPONSE_HEAD_SIZE)
            CHECK(!ok);
        if (ok)
            CHECK(r.attributes.len == 0);
        free(exact);
    }
}

/* COM_CHANGE_USER, without its first byte. */
static const uint8_t change[] = "app\0\x04hash"
                                "shop\0"
                                "\x2d\0mysql_native_password\0"
                                "\x11\x0cprogram_name\x03"
                                "cdc";

TEST(change_user, is_read_whole)
{
    struct response r;
    struct err err;
    CHECK_OK(change_user_decode(bytes_of(change, sizeof change - 1), OURS, &r, &err), err);
    CHECK(bytes_equal_str(r.user, "app") && bytes_equal_str(r.auth, "hash"));
    CHECK(bytes_equal_str(r.database, "shop") && r.collation == 45);
    CHECK(bytes_equal_str(r.plugin, "mysql_native_password"));
    CHECK(bytes_equal_str(response_attribute(&r, "program_name"), "cdc"));
}

TEST(change_user, cut_anywhere_is_refused_or_names_less)
{
    enum { LEAST = sizeof "app\0\x04hashshop" };
    for (size_t len = 0; len < sizeof change - 1; len++) {
        struct response r;
        struct err err;
        uint8_t *exact = malloc(len == 0 ? 1 : len);
        memcpy(exact, change, len);
        bool ok = change_user_decode(bytes_of(exact, len), OURS, &r, &err);
        if (len < LEAST)
            CHECK(!ok);
        if (ok)
            CHECK(r.attributes.len == 0);
        free(exact);
    }
}

struct request_case {
    bool (*decode)(struct replica_request *, struct bytes, struct err *);
    const uint8_t *bytes;
    size_t len;
    size_t least; /* shorter ones are malformed */
};

TEST(request, cut_anywhere_is_refused_or_shorter)
{
    static const uint8_t registration[] = "\x0c\0\0\0\x04host\x01u\x00\xea\x0c\0\0\0\0\0\0\0\0";
    static const uint8_t dump[] = "\x04\0\0\0\x02\0\x0c\0\0\0b.000001";
    static const uint8_t dump_gtid[] =
        "\x02\0\x0c\0\0\0\x08\0\0\0b.000001\x04\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0";
    const struct request_case cases[] = {
        { replica_request_register, registration, sizeof registration - 1,
          sizeof registration - 1 },
        { replica_request_dump, dump, sizeof dump - 1, 10 },
        { replica_request_dump_gtid, dump_gtid, sizeof dump_gtid - 1, sizeof dump_gtid - 1 },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        for (size_t len = 0; len <= cases[i].len; len++) {
            struct replica_request request;
            struct err err;
            uint8_t *exact = malloc(len == 0 ? 1 : len);
            memcpy(exact, cases[i].bytes, len);
            replica_request_init(&request);
            CHECK(cases[i].decode(&request, bytes_of(exact, len), &err) == (len >= cases[i].least));
            replica_request_clear(&request);
            free(exact);
        }
    }
}

TEST(request, tells_a_position_from_a_file)
{
    struct replica_request request;
    struct err err;
    struct bytes dump = bytes_of("\x04\0\0\0\x00\0\x0c\0\0\0", 10);
    replica_request_init(&request);
    CHECK_OK(replica_request_dump(&request, dump, &err), err);
    CHECK(request.kind == DUMP_BY_FILE && !replica_wants_end(&request));
    request.has_connect_state = true;
    buf_str(&request.connect_state, "0-1-5");
    CHECK_OK(replica_request_dump(&request, dump, &err), err);
    CHECK(request.kind == DUMP_BY_POSITION);
    CHECK(bytes_equal_str(buf_bytes(&request.gtid_set), "0-1-5"));
    replica_request_clear(&request);
}

TEST(acknowledgement, is_read_and_refused_when_cut)
{
    struct replica_ack ack;
    struct err err;
    struct bytes whole = bytes_of("\x90\x01\0\0\0\0\0\0b.000001", 16);
    CHECK_OK(replica_ack_decode(whole, &ack, &err), err);
    CHECK(ack.offset == 400 && bytes_equal_str(ack.file, "b.000001"));
    for (size_t len = 0; len <= 8; len++)
        CHECK(!replica_ack_decode(bytes_of(whole.data, len), &ack, &err));
}

UNIT_MAIN(RUN(response, is_read_whole), RUN(response, cut_anywhere_is_refused_or_names_less),
          RUN(change_user, is_read_whole), RUN(change_user, cut_anywhere_is_refused_or_names_less),
          RUN(request, cut_anywhere_is_refused_or_shorter),
          RUN(request, tells_a_position_from_a_file),
          RUN(acknowledgement, is_read_and_refused_when_cut))
