/* log_text_internal.h - shared by log_text*.c. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <time.h>
#include "binlog/gtid.h"
#include "print/log_text.h"
#include "print/put.h"
#include "print/row_lines.h"
#include "print/row_sql.h"
#include "print/session_sql.h"

/* A second as local time, made anew when another comes. */
struct clock_text {
    int64_t second;
    struct tm tm;
    char text[32]; /* 2026-01-31 23:59:59 */
    bool is_made;
};
const struct clock_text *clock_text_at(struct clock_text *clock, int64_t second);

struct log_text {
    struct log_text_options options;
    struct row_tables *tables;
    struct row_lines *lines;
    struct row_sql *row_sql;
    struct session_sql *session;
    struct buf scratch; /* unpacked rows and statements */
    struct buf info;
    bool in_payload;
    bool has_mysql_gtid; /* GTID_NEXT is set */
    bool in_transaction; /* statements opened one and did not end it yet */
    bool has_origin;     /* MariaDB: domain and server were set */
    uint32_t domain, server;
    struct clock_text clock, moment; /* of the last event */
    struct buf origin;               /* a part of the header's line, for these two */
    uint32_t origin_time, origin_server;
    struct digits position; /* where an event ends, and the next one begins */
    struct digits micros;   /* a commit's time, which is named several times */
};

/* An event on its way through. */
struct log_event {
    const struct event *event;
    const struct format *format;
    const struct event_place *place;
    const struct text_out *out;
};

/* "# at N" and the line of the header, up to the tab after it. */
void log_text_header(struct log_text *text, const struct log_event *e);
/* The rest of the line, and the lines that belong to it. */
typedef bool log_text_putter(struct log_text *text, const struct log_event *e, struct err *err);
log_text_putter log_text_query, log_text_gtid, log_text_mariadb_gtid, log_text_intvar,
    log_text_rand, log_text_user_var, log_text_xa_prepare;
/* In a replay: what cannot be done again ends it. */
bool log_text_refuse(const struct log_text *text, const char *what, struct err *err) MUST_CHECK;
