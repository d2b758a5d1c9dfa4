/* snapshot/doctor_log.c - rules about the source's log. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "snapshot/doctor_rules.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

void rule_log_bin(struct judge *judge)
{
    const struct source_facts *facts = judge->facts;
    if (!variable_is_on(facts->variables.log_bin)) {
        judge_say(judge, FINDING_PROBLEM,
                  "log_bin = binlog   # in the server's option file, then restart it",
                  "the source writes no binary log");
        return;
    }
    uint64_t bytes = 0;
    for (unsigned i = 0; i < facts->log_file_count; i++)
        bytes += facts->log_files[i].size_bytes;
    if (facts->has_status)
        judge_say(judge, FINDING_OK, NULL, "the binary log is on: %u file%s, %.1f MiB, at %s:%llu",
                  facts->log_file_count, plural(facts->log_file_count), (double)bytes / (1 << 20),
                  facts->status.file, (unsigned long long)facts->status.offset);
    else
        judge_say(judge, FINDING_OK, NULL, "the binary log is on");
}

void rule_binlog_format(struct judge *judge)
{
    const char *format = judge->facts->variables.binlog_format;
    if (format == NULL || variable_is(format, "ROW"))
        judge_say(judge, FINDING_OK, NULL, "binlog_format is ROW");
    else
        judge_say(judge, judge->options->relay ? FINDING_NOTE : FINDING_PROBLEM,
                  "SET GLOBAL binlog_format = 'ROW';   -- and let clients reconnect",
                  "binlog_format is %s: statements cannot be applied exactly", format);
}

void rule_binlog_row_image(struct judge *judge)
{
    const char *image = judge->facts->variables.binlog_row_image;
    if (image == NULL || variable_is(image, "FULL"))
        judge_say(judge, FINDING_OK, NULL, "binlog_row_image is FULL");
    else
        judge_say(judge, FINDING_WARNING, "SET GLOBAL binlog_row_image = 'FULL';",
                  "binlog_row_image is %s: rows are applied by key, but conflicts cannot be seen "
                  "and a resumed first copy cannot be repaired from the log",
                  image);
}

void rule_binlog_row_metadata(struct judge *judge)
{
    const char *metadata = judge->facts->variables.binlog_row_metadata;
    if (variable_is(metadata, "FULL"))
        judge_say(judge, FINDING_OK, NULL, "binlog_row_metadata is FULL");
    else if (metadata != NULL)
        judge_say(judge, FINDING_NOTE, "SET GLOBAL binlog_row_metadata = 'FULL';",
                  "binlog_row_metadata is %s: column names are not in the log; this node keeps "
                  "them by following the DDL",
                  metadata);
}

void rule_binlog_row_value_options(struct judge *judge)
{
    const char *options = judge->facts->variables.binlog_row_value_options;
    if (options != NULL && options[0] != '\0')
        judge_say(judge, FINDING_OK, NULL,
                  "changes of a JSON document are logged without the rest");
}

void rule_binlog_checksum(struct judge *judge)
{
    const char *checksum = judge->facts->variables.binlog_checksum;
    if (variable_is(checksum, "CRC32"))
        judge_say(judge, FINDING_OK, NULL, "binlog_checksum is CRC32");
    else
        judge_say(judge, FINDING_WARNING, "SET GLOBAL binlog_checksum = 'CRC32';",
                  "binlog_checksum is %s: damage on the way or on disk would not be seen",
                  checksum == NULL ? "unknown" : checksum);
}

void rule_binlog_compression(struct judge *judge)
{
    const struct source_variables *variables = &judge->facts->variables;
    if (variable_is_on(variables->binlog_transaction_compression))
        judge_say(judge, FINDING_OK, NULL, "the log's transactions are compressed whole");
    else if (variable_is_on(variables->log_bin_compress))
        judge_say(judge, FINDING_OK, NULL, "the log's events are compressed one by one");
    else
        judge_say(judge, FINDING_OK, NULL, "the log is not compressed");
}

void rule_binlog_encryption(struct judge *judge)
{
    if (variable_is_on(judge->facts->variables.encrypt_binlog))
        judge_say(judge, FINDING_PROBLEM,
                  "encrypt_binlog = OFF   # in the server's option file, then restart it",
                  "encrypt_binlog is on: an encrypted log file cannot be stored as it is");
}

void rule_gtid(struct judge *judge)
{
    const struct source_variables *variables = &judge->facts->variables;
    if (!judge_is_mysql(judge)) {
        judge_say(judge, FINDING_OK, NULL, "GTIDs are on (domain %s%s)",
                  variables->gtid_domain_id == NULL ? "0" : variables->gtid_domain_id,
                  variable_is_on(variables->gtid_strict_mode) ? ", strict" : "");
        return;
    }
    if (variable_is(variables->gtid_mode, "ON"))
        judge_say(judge, FINDING_OK, NULL, "gtid_mode is ON");
    else
        judge_say(
            judge, FINDING_WARNING,
            "SET GLOBAL enforce_gtid_consistency = ON; SET GLOBAL gtid_mode = OFF_PERMISSIVE; "
            "SET GLOBAL gtid_mode = ON_PERMISSIVE; SET GLOBAL gtid_mode = ON;",
            "gtid_mode is %s: the log is followed by file and position only, so another "
            "source cannot take over",
            variables->gtid_mode == NULL ? "not known to the server" : variables->gtid_mode);
}

void rule_gtid_purged(struct judge *judge)
{
    const char *purged = judge->facts->gtid_purged;
    if (!judge_is_mysql(judge) || purged[0] == '\0')
        return;
    judge_say(judge, FINDING_NOTE, NULL,
              "the source has purged %.200s%s: a node that lacks these needs a first copy", purged,
              strlen(purged) > 200 ? "…" : "");
}

static uint64_t retention_s(const struct source_variables *variables)
{
    const char *seconds = variables->binlog_expire_logs_seconds;
    const char *days = variables->expire_logs_days;
    if (seconds != NULL && strtoull(seconds, NULL, 10) > 0)
        return strtoull(seconds, NULL, 10);
    return days == NULL ? 0 : (uint64_t)(strtod(days, NULL) * DAY_S);
}

void rule_retention(struct judge *judge)
{
    const uint64_t seconds = retention_s(&judge->facts->variables);
    if (seconds == 0)
        judge_say(judge, FINDING_OK, NULL, "the source keeps its log until it is purged by hand");
    else if (seconds < DAY_S)
        judge_say(judge, FINDING_WARNING, "SET GLOBAL binlog_expire_logs_seconds = 259200;",
                  "the source drops its log after %.1f hours: a node that is away for longer "
                  "must be copied again",
                  (double)seconds / HOUR_S);
    else
        judge_say(judge, FINDING_OK, NULL, "the source keeps its log for %.1f days",
                  (double)seconds / DAY_S);
}

void rule_durability(struct judge *judge)
{
    const struct source_variables *variables = &judge->facts->variables;
    const bool log = variable_is(variables->sync_binlog, "1");
    const bool rows = variables->innodb_flush_log_at_trx_commit == NULL ||
                      variable_is(variables->innodb_flush_log_at_trx_commit, "1");
    if (log && rows)
        judge_say(judge, FINDING_OK, NULL, "the source syncs its log at each commit");
    else
        judge_say(judge, FINDING_WARNING,
                  "SET GLOBAL sync_binlog = 1; SET GLOBAL innodb_flush_log_at_trx_commit = 1;",
                  "sync_binlog is %s and innodb_flush_log_at_trx_commit is %s: after a power loss "
                  "the source may have forgotten what this node already holds",
                  variables->sync_binlog == NULL ? "unknown" : variables->sync_binlog,
                  variables->innodb_flush_log_at_trx_commit == NULL
                      ? "unknown"
                      : variables->innodb_flush_log_at_trx_commit);
}
