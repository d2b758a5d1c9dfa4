/* decide.c - the table of what a server's refusals mean to a replica, and the rules around it. */
// SPDX-License-Identifier: Apache-2.0
#include "receive/decide.h"
#include <stdio.h>
#include <string.h>

/* Error numbers as in MySQL's and MariaDB's lists of server errors. */
static const struct refusal {
    uint16_t code;
    bool lasting;          /* stop also when a stream had begun */
    enum err_code becomes; /* ERR_CONFIG: the account is wrong, or lacks a privilege */
    const char *remedy;    /* "": the sentence says it already */
} refusals[] = {
    { 1236, true, ERR_CONFLICT,
      "The source cannot send what comes next here: make a new copy into an empty --data "
      "directory" },
    { 1193, true, ERR_UNSUPPORTED,
      "The source lacks a variable that replication needs: is it MySQL 5.7 or later, or MariaDB "
      "10.2 or later?" },
    { 1227, false, ERR_CONFIG, "Grant what is missing: `binlogd doctor URI` prints the GRANT" },
    { 1044, false, ERR_CONFIG, "Grant what is missing: `binlogd doctor URI` prints the GRANT" },
    { 1142, false, ERR_CONFIG, "Grant what is missing: `binlogd doctor URI` prints the GRANT" },
    /* of a login: the connection has said what to do */
    { 1045, false, ERR_CONFIG, "" },
    { 1130, false, ERR_CONFIG, "" },
    { 1524, false, ERR_CONFIG, "" },
    { 1698, false, ERR_CONFIG, "" },
    { 1820, false, ERR_CONFIG, "" },
    { 1862, false, ERR_CONFIG, "" },
    { 2061, false, ERR_CONFIG, "" },
    { 3118, false, ERR_CONFIG, "" },
    { 3159, false, ERR_CONFIG, "" },
    { 4151, false, ERR_CONFIG, "" },
};

/* MariaDB says it with a number of its own, MySQL under the number of all dump errors. */
bool decide_is_id_clash(const struct err *err)
{
    enum { MARIADB_ID_CLASH = 4052 };
    return err->code == ERR_REFUSED && (err->server_errno == MARIADB_ID_CLASH ||
                                        strstr(err->text, "same server_uuid/server_id") != NULL);
}

static const struct refusal *refusal_of(const struct err *err)
{
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
        if (err->code == ERR_REFUSED && err->server_errno == refusals[i].code)
            return &refusals[i];
    return NULL;
}

bool decide_is_account_error(const struct err *err)
{
    const struct refusal *refusal = refusal_of(err);
    return refusal != NULL && refusal->becomes == ERR_CONFIG;
}

static enum verdict stop_at(const struct refusal *refusal, struct err *err)
{
    size_t used = strlen(err->text);
    const char *stop = used > 0 && err->text[used - 1] == '.' ? "" : ".";
    if (refusal->remedy[0] != 0)
        snprintf(err->text + used, sizeof err->text - used, "%s %s", stop, refusal->remedy);
    err->code = refusal->becomes;
    return VERDICT_STOP;
}

enum verdict decide_after_failure(const struct failure_facts *facts, struct err *err)
{
    if (facts->cancelled)
        return VERDICT_CANCELLED;
    if (facts->fetches_whole)
        return VERDICT_RETRY_NOW;
    if (facts->fault != FAULT_CONNECTION)
        return VERDICT_STOP;
    if (decide_is_id_clash(err)) {
        err_wrap(err,
                 "another replica of the source has this node's server id or uuid (server id %u): "
                 "give each a --server-id of its own, and never run a copy of a data directory "
                 "beside it",
                 facts->server_id);
        return VERDICT_RETRY;
    }
    const struct refusal *refusal = refusal_of(err);
    if (refusal != NULL && (refusal->lasting || !facts->has_streamed))
        return stop_at(refusal, err);
    if (err->code == ERR_CONFLICT)
        return VERDICT_STOP;
    bool persons_turn = err->code == ERR_CONFIG || err->code == ERR_UNSUPPORTED;
    if (persons_turn && !facts->has_streamed)
        return VERDICT_STOP;
    return facts->has_streamed || facts->is_known ? VERDICT_RETRY : VERDICT_STOP;
}

unsigned decide_wait_ms(unsigned last_ms, unsigned max_ms, bool brought_something,
                        const struct err *err)
{
    if (last_ms == 0 || (brought_something && !decide_is_id_clash(err)))
        return WAIT_FIRST_MS;
    return last_ms < max_ms / 2 ? last_ms * 2 : max_ms;
}
