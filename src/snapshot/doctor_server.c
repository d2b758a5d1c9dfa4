/* snapshot/doctor_server.c - rules about the server and the account. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "snapshot/doctor_rules.h"

enum { OLDEST_MYSQL = 50700, OLDEST_MARIADB = 100200, PACKET_WANTED = 64 << 20 };

void rule_connect(struct judge *judge)
{
    const struct source_facts *facts = judge->facts;
    const bool mysql = judge_is_mysql(judge);
    const uint32_t oldest = mysql ? OLDEST_MYSQL : OLDEST_MARIADB;
    if (facts->version_number < oldest)
        judge_say(judge, FINDING_WARNING, NULL,
                  "%s %s is older than what this program is tested with (%u.%u)",
                  mysql ? "MySQL" : "MariaDB", facts->version, oldest / 10000, oldest / 100 % 100);
    else
        judge_say(judge, FINDING_OK, NULL, "connected as %s to %s %s", facts->user,
                  mysql ? "MySQL" : "MariaDB", facts->version);
}

void rule_encryption(struct judge *judge)
{
    if (judge->facts->encrypted)
        judge_say(judge, FINDING_OK, NULL, "the connection is encrypted");
    else
        judge_say(judge, FINDING_NOTE, "--ssl-mode=REQUIRED",
                  "the connection is not encrypted: rows and log travel in clear");
}

/* One privilege of four: its own sentence, the same way of judging. */
static void judge_privilege(struct judge *judge, bool held, const char *privileges,
                            const char *purpose)
{
    const char *grant = judge_grant(judge, privileges);
    if (held)
        judge_say(judge, FINDING_OK, NULL, "the account may %s", purpose);
    else if (!judge->facts->privileges.known)
        judge_say(judge, FINDING_WARNING, grant,
                  "SHOW GRANTS was refused: it is not known whether the account may %s", purpose);
    else
        judge_say(judge, FINDING_PROBLEM, grant, "the account may not %s", purpose);
}

void rule_privilege_replication(struct judge *judge)
{
    judge_privilege(judge, judge->facts->privileges.replication_replica, "REPLICATION SLAVE",
                    "ask for the log");
}

void rule_privilege_status(struct judge *judge)
{
    judge_privilege(judge, judge->facts->privileges.replication_client || judge->facts->has_status,
                    judge_is_mysql(judge) ? "REPLICATION CLIENT" : "BINLOG MONITOR",
                    "ask where the log ends");
}

void rule_privilege_select(struct judge *judge)
{
    const struct privileges *held = &judge->facts->privileges;
    if (judge->options->relay)
        return;
    if (held->known && !held->select_all && held->select_some)
        judge_say(judge, FINDING_WARNING, judge_grant(judge, "SELECT"),
                  "the account may read some tables only: those it does not see are not copied");
    else
        judge_privilege(judge, held->select_all, "SELECT", "read the tables for the first copy");
}

void rule_privilege_lock(struct judge *judge)
{
    const struct privileges *held = &judge->facts->privileges;
    if (judge->options->relay)
        return;
    if (held->known && !held->reload && !judge_is_mysql(judge))
        judge_say(judge, FINDING_NOTE, judge_grant(judge, "RELOAD"),
                  "without RELOAD the first copy uses one connection instead of several");
    else if (held->known && !held->reload && held->lock_tables)
        judge_say(judge, FINDING_NOTE, judge_grant(judge, "RELOAD"),
                  "without RELOAD the first copy locks every copied table for a moment, and a "
                  "transaction of the source may meet a deadlock then");
    else
        judge_privilege(judge, held->reload, "RELOAD",
                        "hold the writers for a moment, for a consistent point");
}

/* MariaDB gives metadata locks back at a savepoint only to sessions that do not log. */
void rule_privilege_savepoint(struct judge *judge)
{
    const struct privileges *held = &judge->facts->privileges;
    if (judge->options->relay || judge_is_mysql(judge) || !held->known || held->binlog_admin)
        return;
    judge_say(judge, FINDING_NOTE, judge_grant(judge, "BINLOG ADMIN"),
              "without BINLOG ADMIN an ALTER of a table on the source waits until the first copy "
              "has ended, and statements that use the table wait behind it");
}

void rule_server_id(struct judge *judge)
{
    const struct source_facts *facts = judge->facts;
    const uint32_t ours = judge->options->server_id;
    const char *theirs = facts->variables.server_id;
    if (ours == 0)
        return;
    if (theirs != NULL && strtoul(theirs, NULL, 10) == ours) {
        judge_say(judge, FINDING_PROBLEM, "--server-id=N with a number that no other server has",
                  "server id %u is the source's own", ours);
        return;
    }
    for (unsigned i = 0; i < facts->replica_count; i++) {
        const struct source_replica *replica = &facts->replicas[i];
        if (replica->server_id != ours)
            continue;
        judge_say(judge, FINDING_WARNING, "--server-id=N with a number that no other server has",
                  "server id %u is in use by a replica at %s:%u: unless that is this node, the "
                  "two would throw each other out",
                  ours, replica->host[0] == '\0' ? "an unnamed host" : replica->host,
                  replica->port);
        return;
    }
    judge_say(judge, FINDING_OK, NULL, "server id %u is free%s", ours,
              facts->has_replicas ? "" : " (the list of replicas is not shown to this account)");
}

void rule_packet_size(struct judge *judge)
{
    const char *size = judge->facts->variables.max_allowed_packet;
    if (size == NULL)
        return;
    uint64_t bytes = strtoull(size, NULL, 10);
    if (bytes < PACKET_WANTED)
        judge_say(
            judge, FINDING_NOTE, "SET GLOBAL max_allowed_packet = 67108864;",
            "max_allowed_packet is %.1f MiB: rows larger than that cannot be read in the first "
            "copy",
            (double)bytes / (1 << 20));
    else
        judge_say(judge, FINDING_OK, NULL, "max_allowed_packet is %llu MiB",
                  (unsigned long long)(bytes >> 20));
}

void rule_read_only(struct judge *judge)
{
    const struct source_variables *variables = &judge->facts->variables;
    if (variable_is_on(variables->read_only) || variable_is_on(variables->super_read_only))
        judge_say(judge, FINDING_NOTE, NULL,
                  "the source is read-only: it may be a replica itself, and then needs "
                  "log_replica_updates (log_slave_updates) to pass on what it applies");
}
