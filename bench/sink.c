/* sink.c - the limit of receiving: asks for one log file and throws every byte away.
 *
 * usage: bench_sink PORT USER PASSWORD FILE [SERVER_ID]
 * Reads FILE from its first byte to the log's end over loopback without TLS; prints one JSON line:
 * bytes, seconds, CPU seconds of this process. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "net/connection.h"

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool dump(char **argv, uint64_t *bytes, struct err *err)
{
    struct source_address address = { .host = "127.0.0.1",
                                      .port = (uint16_t)atoi(argv[1]),
                                      .user = argv[2],
                                      .password = argv[3],
                                      .ssl_mode = SSL_MODE_DISABLED,
                                      .get_server_public_key = true,
                                      .connect_timeout_ms = 5000 };
    AUTO(connection) connection = NULL;
    uint32_t server_id = argv[5] != NULL ? (uint32_t)atoi(argv[5]) : 999;
    struct dump_request request = {
        .server_id = server_id, .flags = 0x3, .file = argv[4], .offset = 4
    };
    if (!connection_open(&address, NULL, &connection, err) ||
        !connection_execute(connection,
                            "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, "
                            "@source_binlog_checksum = @@GLOBAL.binlog_checksum",
                            err) ||
        !connection_execute(connection, "SET @mariadb_slave_capability = 4", err) ||
        !connection_dump(connection, &request, err))
        return false;
    for (bool end = false; !end;) {
        struct dump_piece piece = { 0 };
        bool more;
        if (!connection_next_piece(connection, &piece, &more, &end, err))
            return false;
        *bytes += end ? 0 : piece.bytes.len;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct err err;
    uint64_t bytes = 0;
    if (argc < 5) {
        fprintf(stderr, "usage: bench_sink PORT USER PASSWORD FILE [SERVER_ID]\n");
        return 2;
    }
    uint64_t start = clock_monotonic_us();
    if (!dump(argv, &bytes, &err)) {
        fprintf(stderr, "bench_sink: %s\n", err.text);
        return 1;
    }
    printf("{\"bytes\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.3f}\n",
           (unsigned long long)bytes, (double)(clock_monotonic_us() - start) / 1e6, cpu_seconds());
    return 0;
}
