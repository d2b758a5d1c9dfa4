/* suitable.c - settings and privileges without which following cannot work. Pure. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/suitable.h"
#include <string.h>
#include <strings.h>

static bool is_on(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcasecmp(value, "ON") == 0);
}

static bool check_format(const struct source_variables *variables, struct err *err)
{
    const char *format = variables->binlog_format;
    if (format != NULL && strcasecmp(format, "ROW") != 0)
        return err_set(err, ERR_CONFIG,
                       "the source logs statements (binlog_format is %s): SET GLOBAL binlog_format "
                       "= 'ROW', and let its clients reconnect",
                       format);
    return true;
}

/* What is not seen cannot be missed: an account without any right to read sees no table at all. */
static bool check_visible(const struct source_facts *facts, struct err *err)
{
    const struct privileges *held = &facts->privileges;
    if (facts->table_count > 0 || !held->known || held->select_all || held->select_some)
        return true;
    return err_set(err, ERR_CONFIG,
                   "account %s may not read any table, so there would be nothing to copy: GRANT "
                   "SELECT ON *.* to it",
                   facts->user);
}

bool suitable_check(const struct source_facts *facts, struct err *err)
{
    const struct source_variables *variables = &facts->variables;
    if (!is_on(variables->log_bin))
        return err_set(err, ERR_CONFIG,
                       "the source writes no binary log (log_bin is off): start it with --log-bin "
                       "and --binlog-format=ROW");
    if (!check_format(variables, err))
        return false;
    if (is_on(variables->encrypt_binlog))
        return err_set(err, ERR_CONFIG,
                       "the source encrypts its log files (encrypt_binlog), which cannot be stored "
                       "as they are: set encrypt_binlog = OFF in its option file and restart it");
    return check_visible(facts, err);
}
