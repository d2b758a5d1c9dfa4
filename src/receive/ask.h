/* ask.h - where to ask a source for its log from: a pure decision over gathered facts. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "store/store.h"

/* How a connection asks for the log. */
enum ask_by {
    ASK_BY_PLACE, /* file and offset: the server the store was filled from, or an empty store */
    ASK_BY_GTID,  /* which of the server's files holds what comes next? */
};

/* One request for the log. */
struct ask {
    enum ask_by by;
    char file[LOG_NAME_MAX + 1]; /* the source's name of it */
    uint64_t offset;
    unsigned server; /* see naming.h */
};

struct ask_facts {
    const char *stored; /* name of the store's newest file; "": it is empty */
    uint64_t end;       /* where that file ends */
    const char *first;  /* where an empty store starts; "": with the source's oldest file */
    const char *told;   /* the file that an answer by GTID has named; "": none was asked */
    const char *server; /* that the store was filled from */
    bool is_known;      /* this source is that server */
    bool holds_file;    /* it has a file of the newest one's name */
    bool has_gtids;
};

/* The same server is asked for the store's end, any other by GTID; so is the same where its file is
 * gone, or where the end is beyond what a request can name. ERR_CONFLICT where neither is safe. */
bool ask_choose(const struct ask_facts *facts, struct ask *out, struct err *err) MUST_CHECK;
