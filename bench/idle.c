/* idle.c - N clients that have nothing to do.
 *
 * usage: bench_idle PORT USER PASSWORD [FILE OFFSET] N
 * Opens N dumps from FILE at OFFSET, the log's end, or N sessions that ask nothing, writes "ready"
 * and keeps them open until standard input ends. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "net/connection.h"

enum { FIRST_SERVER_ID = 100000 };

static struct connection *log_in(char **argv, struct err *err)
{
    struct source_address address = { .host = "127.0.0.1",
                                      .port = (uint16_t)atoi(argv[1]),
                                      .user = argv[2],
                                      .password = argv[3],
                                      .ssl_mode = SSL_MODE_DISABLED,
                                      .get_server_public_key = true,
                                      .connect_timeout_ms = 5000 };
    struct connection *connection = NULL;
    return connection_open(&address, NULL, &connection, err) ? connection : NULL;
}

static struct connection *follow(char **argv, unsigned n, struct err *err)
{
    struct connection *connection = log_in(argv, err);
    struct dump_request request = { .server_id = FIRST_SERVER_ID + n,
                                    .flags = 0x2,
                                    .file = argv[4],
                                    .offset = strtoull(argv[5], NULL, 10) };
    if (connection != NULL &&
        connection_execute(connection,
                           "SET @master_binlog_checksum = @@GLOBAL.binlog_checksum, "
                           "@source_binlog_checksum = @@GLOBAL.binlog_checksum",
                           err) &&
        connection_execute(connection, "SET @mariadb_slave_capability = 4", err) &&
        connection_dump(connection, &request, err))
        return connection;
    connection_free(connection);
    return NULL;
}

int main(int argc, char **argv)
{
    struct err err;
    bool is_dump = argc == 7;
    unsigned count = is_dump || argc == 5 ? (unsigned)atoi(argv[argc - 1]) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: bench_idle PORT USER PASSWORD [FILE OFFSET] N\n");
        return 2;
    }
    struct connection **all = memory_new(count * sizeof(struct connection *));
    for (unsigned i = 0; i < count; i++) {
        all[i] = is_dump ? follow(argv, i, &err) : log_in(argv, &err);
        if (all[i] == NULL) {
            fprintf(stderr, "bench_idle: client %u: %s\n", i, err.text);
            return 1;
        }
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    for (unsigned i = 0; i < count; i++)
        connection_free(all[i]);
    free(all);
    return 0;
}
