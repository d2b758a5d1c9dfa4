/* xa.c - see xa.h. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "snapshot"
#include "snapshot/xa.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"
#include "binlog/xa.h"
#include "net/connection.h"

enum {
    ER_SPECIFIC_ACCESS_DENIED = 1227,
    ER_XAER_RMERR = 1401, /* what MySQL says to those without the privilege */
    COLUMNS = 4,          /* format, lengths of gtrid and bqual, both together */
    NUMBER_MAX = 24,
};

static bool is_denied(const struct err *err)
{
    return err->code == ERR_REFUSED &&
           (err->server_errno == ER_SPECIFIC_ACCESS_DENIED || err->server_errno == ER_XAER_RMERR);
}

static long long number_of(struct bytes text)
{
    char number[NUMBER_MAX];
    snprintf(number, sizeof number, "%.*s", (int)(text.len < NUMBER_MAX ? text.len : 0),
             text.len > 0 ? (const char *)text.data : "");
    return strtoll(number, NULL, 10);
}

/* A row of XA RECOVER as xa_id_text spells it. */
static void name_of(const struct bytes values[COLUMNS], char *out, size_t size)
{
    char text[XA_TEXT_MAX];
    struct bytes data = values[3];
    long long gtrid = number_of(values[1]);
    long long bqual = number_of(values[2]);
    if (gtrid < 0 || bqual < 0 || gtrid > XA_PART_MAX || bqual > XA_PART_MAX ||
        data.len != (size_t)(gtrid + bqual)) {
        snprintf(out, size, "?");
        return;
    }
    struct xa_id id = { (int32_t)number_of(values[0]), bytes_of(data.data, (size_t)gtrid),
                        bytes_of(data.data + gtrid, (size_t)bqual) };
    snprintf(out, size, "%s", xa_id_text(&id, text));
}

bool xa_prepared(struct connection *connection, unsigned *count, char *first, size_t size,
                 struct err *err)
{
    *count = 0;
    first[0] = '\0';
    if (!connection_query(connection, "XA RECOVER", err)) {
        if (!is_denied(err))
            return false;
        log_info("without XA_RECOVER_ADMIN it cannot be seen whether prepared XA transactions "
                 "exist on the source: if one is committed later, the node stops and says so");
        return true;
    }
    bool has_name = connection_column_count(connection) == COLUMNS;
    for (;;) {
        const struct bytes *values = NULL;
        bool row = false;
        if (!connection_next_row(connection, &row, &values, err))
            return false;
        if (!row)
            return true;
        if ((*count)++ == 0 && has_name)
            name_of(values, first, size);
    }
}
