/* show_log.c - SHOW BINARY LOGS and SHOW BINARY LOG STATUS, by their old and new names. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "session/log_facts.h"
#include "session/state.h"

static bool is_mysql(const struct statement *statement)
{
    return statement->source.flavour == FLAVOUR_MYSQL;
}

void answer_show_binary_logs(struct statement *statement)
{
    static const struct column columns[] = { { "Log_name", COLUMN_TEXT },
                                             { "File_size", COLUMN_NUMBER },
                                             { "Encrypted", COLUMN_TEXT } };
    struct session *session = statement->session;
    struct server *server = session->server;
    struct store *store = session->host->store;
    unsigned count = is_mysql(statement) ? 3 : 2;
    uint64_t last = store_durable_end(store).file;
    struct server_place place = server_mark(server);
    server_columns(server, columns, count);
    for (uint64_t file = store_first_file(store); file <= last; file++) {
        char name[LOG_NAME_MAX + 1];
        store_file_name(store, file, name);
        uint64_t size = log_facts_size(store, session->host->node->log_dir, file);
        struct bytes values[] = { bytes_of_str(name), show_number(statement, size),
                                  bytes_of_str("No") };
        if (name[0] != 0)
            server_row(server, values, count);
    }
    server_rows_end(server, place);
}

static struct bytes executed(struct statement *statement)
{
    struct scalar value = { 0 };
    variable_get(statement, bytes_of_str("gtid_executed"), true, &value);
    return value.is_null || value.text.data == NULL ? bytes_of_str("") : value.text;
}

void answer_show_log_status(struct statement *statement)
{
    static const struct column columns[] = { { "File", COLUMN_TEXT },
                                             { "Position", COLUMN_NUMBER },
                                             { "Binlog_Do_DB", COLUMN_TEXT },
                                             { "Binlog_Ignore_DB", COLUMN_TEXT },
                                             { "Executed_Gtid_Set", COLUMN_TEXT } };
    struct server *server = statement->session->server;
    struct store *store = statement->session->host->store;
    struct log_pos end = store_durable_end(store);
    char name[LOG_NAME_MAX + 1];
    unsigned count = is_mysql(statement) ? 5 : 4;
    store_file_name(store, end.file, name);
    struct bytes values[] = { bytes_of_str(name), show_number(statement, end.offset),
                              bytes_of_str(""), bytes_of_str(""), executed(statement) };
    struct server_place place = server_mark(server);
    server_columns(server, columns, count);
    if (name[0] != 0)
        server_row(server, values, count);
    server_rows_end(server, place);
}
