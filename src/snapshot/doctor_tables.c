/* snapshot/doctor_tables.c - rules about the tables that would be copied. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <strings.h>
#include "snapshot/doctor_rules.h"

/* Names have 64 characters at most: a list of them is never cut. */
enum { NAMED_MAX = 5, NAMES_SIZE = NAMED_MAX * 2 * 64 * 4 + 64 };

static bool lacks_key(const struct source_table *table)
{
    return !table->has_row_key && !table->is_sequence;
}

static bool is_outside(const struct source_table *table)
{
    return !table->is_sequence && strcasecmp(table->engine, "BLACKHOLE") != 0 &&
           !probe_engine_is_transactional(table->engine);
}

static bool is_outside_without_key(const struct source_table *table)
{
    return is_outside(table) && lacks_key(table);
}

static bool cascades(const struct source_table *table)
{
    return table->cascades;
}

static bool is_computed(const struct source_table *table)
{
    return table->is_computed;
}

/* How many tables are so; the first few by name. */
static unsigned name_tables(const struct judge *judge, bool (*is)(const struct source_table *),
                            char *names, size_t size)
{
    const struct source_facts *facts = judge->facts;
    unsigned count = 0;
    size_t used = 0;
    names[0] = '\0';
    for (unsigned i = 0; i < facts->table_count; i++) {
        const struct source_table *table = &facts->tables[i];
        if (!is(table))
            continue;
        count++;
        if (count <= NAMED_MAX && used < size)
            used += (size_t)snprintf(names + used, size - used, "%s%s.%s", count > 1 ? ", " : "",
                                     table->db, table->name);
        if (count == NAMED_MAX + 1 && used < size)
            used += (size_t)snprintf(names + used, size - used, ", …");
    }
    return count;
}

void rule_tables(struct judge *judge)
{
    const struct source_facts *facts = judge->facts;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    if (judge->options->relay)
        return;
    for (unsigned i = 0; i < facts->table_count; i++) {
        rows += facts->tables[i].rows;
        bytes += facts->tables[i].size_bytes;
    }
    judge_say(judge, FINDING_OK, NULL,
              "%u table%s to copy, about %llu rows and %.1f MiB; views that are left out: %u",
              facts->table_count, plural(facts->table_count), (unsigned long long)rows,
              (double)bytes / (1 << 20), facts->view_count);
}

void rule_row_keys(struct judge *judge)
{
    char names[NAMES_SIZE];
    if (judge->options->relay)
        return;
    unsigned count = name_tables(judge, lacks_key, names, sizeof names);
    if (count == 0)
        judge_say(judge, FINDING_OK, NULL, "every table has a key that names its rows");
    else
        judge_say(
            judge, FINDING_WARNING, "ALTER TABLE … ADD PRIMARY KEY (…);",
            "%u table%s without a primary key (or a UNIQUE NOT NULL one): %s. Changes there are "
            "found by comparing whole rows, and an interrupted first copy starts over",
            count, plural(count), names);
}

void rule_engines(struct judge *judge)
{
    char names[NAMES_SIZE];
    if (judge->options->relay)
        return;
    unsigned refused = name_tables(judge, is_outside_without_key, names, sizeof names);
    if (refused > 0) {
        judge_say(
            judge, FINDING_PROBLEM,
            "ALTER TABLE … ENGINE=InnoDB;   -- or leave them out: --exclude=DB.TABLE",
            "%u table%s with neither a transactional engine nor a key, which cannot be copied "
            "consistently while writes go on: %s",
            refused, plural(refused), names);
        return;
    }
    unsigned count = name_tables(judge, is_outside, names, sizeof names);
    char keyless[NAMES_SIZE];
    if (count == 0)
        judge_say(judge, FINDING_OK, NULL, "every table has a transactional engine");
    else if (name_tables(judge, lacks_key, keyless, sizeof keyless) > 0)
        judge_say(
            judge, FINDING_PROBLEM,
            "ALTER TABLE … ENGINE=InnoDB;   -- or ADD PRIMARY KEY, or --exclude=DB.TABLE",
            "%u table%s outside of the consistent point (%s), made right from the log after the "
            "copy, which needs a key in every table; without one: %s",
            count, plural(count), names, keyless);
    else
        judge_say(judge, FINDING_NOTE, "ALTER TABLE … ENGINE=InnoDB;",
                  "%u table%s outside of the consistent point (MyISAM, Aria, MEMORY …): %s. Copied "
                  "all the same, and made right from the log",
                  count, plural(count), names);
}

/* Who changes the child rows: the replica itself, or the log (MySQL 9.6 and later). */
void rule_cascades(struct judge *judge)
{
    char names[NAMES_SIZE];
    if (judge->options->relay)
        return;
    unsigned count = name_tables(judge, cascades, names, sizeof names);
    const char *native = judge->facts->variables.innodb_native_foreign_keys;
    if (count == 0)
        judge_say(judge, FINDING_OK, NULL, "no foreign key changes rows by itself");
    else if (native != NULL && !variable_is_on(native))
        judge_say(
            judge, FINDING_OK, NULL,
            "%u table%s with cascading foreign keys (%s): the source logs the rows they change",
            count, plural(count), names);
    else
        judge_say(
            judge, FINDING_NOTE, NULL,
            "%u table%s with cascading foreign keys (%s): the source does not log the rows they "
            "change, so this node cascades by itself",
            count, plural(count), names);
}

void rule_generated(struct judge *judge)
{
    char names[NAMES_SIZE];
    if (judge->options->relay || !probe_omits_generated(judge->facts))
        return;
    unsigned count = name_tables(judge, is_computed, names, sizeof names);
    if (count == 0)
        judge_say(judge, FINDING_OK, NULL, "no table has generated columns");
    else
        judge_say(judge, FINDING_WARNING, "--exclude=DB.TABLE",
                  "%u table%s with generated columns, which this MariaDB leaves out of the updates "
                  "it logs: %s. They are computed here; an update stops the node where that is not "
                  "sure to give the source's value",
                  count, plural(count), names);
}
