/* ask.c - see ask.h. */
// SPDX-License-Identifier: Apache-2.0
#include "receive/ask.h"
#include <stdio.h>
#include "receive/naming.h"

/* A place in the log of one server means nothing in another's. */
static bool refuse_other_source(const struct ask_facts *facts, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "the log here is empty, so its first file would be %s of server %s, and this is "
                   "another server: follow that one until its log is here, bring the log back, or "
                   "make a new copy into an empty --data directory",
                   facts->first, facts->server);
}

static bool refuse_without_gtids(const struct ask_facts *facts, const char *file, struct err *err)
{
    if (facts->is_known && facts->holds_file)
        return err_set(err, ERR_CONFLICT,
                       "the log here ends in the source's file %s at %llu: without GTIDs only "
                       "offsets below 4 GiB can be asked for. Make a new copy into an empty --data "
                       "directory, or set gtid_mode = ON on the source before that",
                       file, (unsigned long long)facts->end);
    return err_set(err, ERR_CONFLICT,
                   "the log here ends in the source's file %s, which this server does not have: it "
                   "was purged, or this is another server, and without GTIDs nothing tells where "
                   "to go on. Make a new copy into an empty --data directory",
                   file);
}

/* A server numbers its files upwards: one before ours can hold what comes next only where they
 * began anew. What they hold under our GTIDs may then be something else. */
static bool refuse_begun_anew(const struct ask_facts *facts, const char *file, struct err *err)
{
    return err_set(err, ERR_CONFLICT,
                   "the log here ends in the source's file %s, and what comes next is in its file "
                   "%s: its log was begun anew (RESET MASTER, RESET BINARY LOGS AND GTIDS, or a "
                   "restore). Make a new copy into an empty --data directory",
                   file, facts->told);
}

/* The file that was told is fetched from its first byte. */
static bool take_told(const struct ask_facts *facts, struct ask *out, struct err *err)
{
    if (facts->is_known && naming_is_later(out->file, facts->told))
        return refuse_begun_anew(facts, out->file, err);
    if (!facts->is_known || !naming_is_later(facts->told, out->file))
        out->server++;
    snprintf(out->file, sizeof out->file, "%s", facts->told);
    return true;
}

bool ask_choose(const struct ask_facts *facts, struct ask *out, struct err *err)
{
    *out = (struct ask){ .offset = BINLOG_MAGIC_SIZE, .server = 1 };
    if (facts->stored[0] == 0) {
        snprintf(out->file, sizeof out->file, "%s", facts->first);
        return facts->is_known || out->file[0] == 0 ? true : refuse_other_source(facts, err);
    }
    out->server = naming_source_name(facts->stored, out->file);
    if (facts->told[0] != 0)
        return take_told(facts, out, err);
    if (facts->is_known && facts->holds_file && facts->end <= UINT32_MAX) {
        out->offset = facts->end;
        return true;
    }
    if (!facts->has_gtids)
        return refuse_without_gtids(facts, out->file, err);
    out->by = ASK_BY_GTID;
    out->file[0] = 0;
    return true;
}
