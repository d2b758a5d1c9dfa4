/* The doctor's rules over facts: each row of the table changes one fact of a good source. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/doctor.h"
#include "unit.h"

static struct source_facts good(enum flavour flavour)
{
    struct source_facts facts;
    source_facts_init(&facts);
    facts.flavour = flavour;
    facts.version = flavour == FLAVOUR_MYSQL ? "9.7.4" : "10.11.19-MariaDB";
    facts.version_number = flavour == FLAVOUR_MYSQL ? 90704 : 101119;
    facts.user = "repl@%";
    facts.encrypted = true;
    facts.has_status = true;
    facts.has_replicas = true;
    facts.privileges = (struct privileges){ .known = true,
                                            .replication_replica = true,
                                            .replication_client = true,
                                            .reload = true,
                                            .binlog_admin = true,
                                            .select_all = true,
                                            .select_some = true };
    facts.variables = (struct source_variables){ .server_id = "1",
                                                 .log_bin = "1",
                                                 .binlog_format = "ROW",
                                                 .binlog_row_image = "FULL",
                                                 .binlog_row_metadata = "FULL",
                                                 .binlog_checksum = "CRC32",
                                                 .sync_binlog = "1",
                                                 .innodb_flush_log_at_trx_commit = "1",
                                                 .binlog_expire_logs_seconds = "2592000",
                                                 .max_allowed_packet = "67108864" };
    if (flavour == FLAVOUR_MYSQL)
        facts.variables.gtid_mode = "ON";
    return facts;
}

static const struct finding *find(const struct report *report, const char *id)
{
    for (unsigned i = 0; i < report->count; i++)
        if (strcmp(report->findings[i].id, id) == 0)
            return &report->findings[i];
    return NULL;
}

TEST(doctor, a_good_source_of_either_flavour_is_all_ok)
{
    for (int flavour = FLAVOUR_MYSQL; flavour <= FLAVOUR_MARIADB; flavour++) {
        struct source_facts facts = good((enum flavour)flavour);
        struct doctor_options options = { .server_id = 99 };
        struct report report;
        report_init(&report);
        doctor_judge(&facts, &options, &report);
        for (unsigned i = 0; i < report.count; i++)
            if (report.findings[i].level != FINDING_OK)
                fail_msg("%s: %s", report.findings[i].id, report.findings[i].sentence);
        CHECK(report.count > 15 && report.worst == FINDING_OK);
        report_clear(&report);
        source_facts_clear(&facts);
    }
    (void)unit_state;
}

struct change {
    enum flavour flavour;
    void (*make)(struct source_facts *facts);
    const char *id;
    enum finding_level level;       /* for a replica */
    enum finding_level relay_level; /* for a relay; FINDING_OK: fine or not looked at */
    const char *remedy;             /* is in it */
};

#define MAKE(name, statement)                                                                      \
    static void make_##name(struct source_facts *facts)                                            \
    {                                                                                              \
        statement;                                                                                 \
    }
MAKE(log_off, facts->variables.log_bin = "0")
MAKE(mixed, facts->variables.binlog_format = "MIXED")
MAKE(minimal, facts->variables.binlog_row_image = "MINIMAL")
MAKE(no_log, facts->variables.binlog_row_metadata = "NO_LOG")
MAKE(json, facts->variables.binlog_row_value_options = "PARTIAL_JSON")
MAKE(checksum, facts->variables.binlog_checksum = "NONE")
MAKE(payload, facts->variables.binlog_transaction_compression = "1")
MAKE(compress, facts->variables.log_bin_compress = "1")
MAKE(gtid, facts->variables.gtid_mode = "OFF")
MAKE(hour, facts->variables.binlog_expire_logs_seconds = "3600")
MAKE(sync, facts->variables.sync_binlog = "0")
MAKE(same_id, facts->variables.server_id = "99")
MAKE(no_repl, facts->privileges.replication_replica = false)
MAKE(no_client, facts->privileges.replication_client = facts->has_status = false)
MAKE(no_reload, facts->privileges.reload = false)
MAKE(no_admin, facts->privileges.binlog_admin = false)
MAKE(no_select, facts->privileges.select_all = facts->privileges.select_some = false)
MAKE(some_select, facts->privileges.select_all = false)
MAKE(plain, facts->encrypted = false)

static struct source_replica other = { 99, "10.0.0.7", 3306 };
MAKE(replica, (facts->replicas = &other, facts->replica_count = 1))

static struct source_table odd[] = {
    { .db = "shop", .name = "t", .engine = "InnoDB" },
    { .db = "shop", .name = "m", .engine = "MyISAM", .has_row_key = true },
    { .db = "shop", .name = "c", .engine = "CSV" },
    { .db = "shop", .name = "f", .engine = "InnoDB", .has_row_key = true, .cascades = true },
    { .db = "shop", .name = "g", .engine = "InnoDB", .has_row_key = true, .is_computed = true },
};
MAKE(keyless, (facts->tables = &odd[0], facts->table_count = 1))
MAKE(myisam, (facts->tables = &odd[1], facts->table_count = 1))
MAKE(csv, (facts->tables = &odd[2], facts->table_count = 1))
MAKE(mixture, (facts->tables = &odd[0], facts->table_count = 2))
MAKE(cascades, (facts->tables = &odd[3], facts->table_count = 1))
MAKE(computed, (facts->tables = &odd[4], facts->table_count = 1, facts->version_number = 110809))
MAKE(older, (facts->tables = &odd[4], facts->table_count = 1, facts->version_number = 101119))

#define MYSQL FLAVOUR_MYSQL
#define MARIA FLAVOUR_MARIADB
#define GOOD  FINDING_OK
#define NOTE  FINDING_NOTE
#define WARN  FINDING_WARNING
#define BAD   FINDING_PROBLEM
static const struct change changes[] = {
    { MYSQL, make_log_off, "log_bin", BAD, BAD, "log_bin" },
    { MARIA, make_mixed, "binlog_format", BAD, NOTE, "SET GLOBAL binlog_format" },
    { MYSQL, make_minimal, "binlog_row_image", WARN, WARN, "FULL" },
    { MARIA, make_no_log, "binlog_row_metadata", NOTE, NOTE, "FULL" },
    { MYSQL, make_json, "binlog_row_value_options", GOOD, GOOD, "" },
    { MARIA, make_checksum, "binlog_checksum", WARN, WARN, "CRC32" },
    { MYSQL, make_payload, "binlog_compression", GOOD, GOOD, "" },
    { MARIA, make_compress, "binlog_compression", GOOD, GOOD, "" },
    { MYSQL, make_gtid, "gtid", WARN, WARN, "gtid_mode = ON" },
    { MYSQL, make_hour, "retention", WARN, WARN, "expire" },
    { MARIA, make_sync, "durability", WARN, WARN, "sync_binlog = 1" },
    { MARIA, make_same_id, "server_id", BAD, BAD, "--server-id" },
    { MYSQL, make_replica, "server_id", WARN, WARN, "--server-id" },
    { MYSQL, make_no_repl, "privilege_replication", BAD, BAD,
      "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%';" },
    { MARIA, make_no_client, "privilege_status", BAD, BAD, "GRANT BINLOG MONITOR" },
    { MYSQL, make_no_client, "privilege_status", BAD, BAD, "GRANT REPLICATION CLIENT" },
    { MYSQL, make_no_reload, "privilege_lock", BAD, GOOD, "GRANT RELOAD" },
    { MARIA, make_no_reload, "privilege_lock", NOTE, GOOD, "GRANT RELOAD" },
    { MARIA, make_no_admin, "privilege_savepoint", NOTE, GOOD, "GRANT BINLOG ADMIN" },
    { MYSQL, make_no_admin, "privilege_savepoint", GOOD, GOOD, "" },
    { MYSQL, make_no_select, "privilege_select", BAD, GOOD, "GRANT SELECT" },
    { MYSQL, make_some_select, "privilege_select", WARN, GOOD, "GRANT SELECT" },
    { MYSQL, make_plain, "encryption", NOTE, NOTE, "ssl" },
    { MARIA, make_keyless, "row_keys", WARN, GOOD, "ADD PRIMARY KEY" },
    { MARIA, make_myisam, "engines", NOTE, GOOD, "InnoDB" },
    { MARIA, make_csv, "engines", BAD, GOOD, "--exclude" },
    { MARIA, make_mixture, "engines", BAD, GOOD, "ADD PRIMARY KEY" },
    { MARIA, make_cascades, "cascades", NOTE, GOOD, "" },
    { MARIA, make_computed, "generated", WARN, GOOD, "--exclude" },
    { MARIA, make_older, "generated", GOOD, GOOD, "" },
};

static void check_change(const struct change *change, bool relay)
{
    struct source_facts facts = good(change->flavour);
    struct doctor_options options = { .server_id = 99, .relay = relay };
    struct report report;
    change->make(&facts);
    report_init(&report);
    doctor_judge(&facts, &options, &report);
    const struct finding *finding = find(&report, change->id);
    enum finding_level want = relay ? change->relay_level : change->level;
    enum finding_level got = finding == NULL ? FINDING_OK : finding->level;
    if (got != want)
        fail_msg("%s (relay %d): got %s, want %s", change->id, relay, finding_level_name(got),
                 finding_level_name(want));
    if (got != FINDING_OK && strstr(finding->remedy, change->remedy) == NULL)
        fail_msg("%s: remedy is \"%s\"", change->id, finding->remedy);
    assert_true(report.worst >= got);
    report_clear(&report);
    source_facts_clear(&facts);
}

TEST(doctor, each_fault_has_its_level_and_remedy)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        check_change(&changes[i], false);
        check_change(&changes[i], true);
    }
    (void)unit_state;
}

TEST(doctor, cascades_that_the_source_logs_are_fine)
{
    struct source_facts facts = good(FLAVOUR_MYSQL);
    struct doctor_options options = { .server_id = 99 };
    struct report report;
    make_cascades(&facts);
    facts.variables.innodb_native_foreign_keys = "0";
    report_init(&report);
    doctor_judge(&facts, &options, &report);
    CHECK(find(&report, "cascades")->level == FINDING_OK);
    report_clear(&report);
    source_facts_clear(&facts);
}

TEST(doctor, many_long_names_are_cut_to_a_few)
{
    static struct source_table tables[2000];
    static char name[256];
    memset(name, 'n', sizeof name - 1);
    struct source_facts facts = good(FLAVOUR_MARIADB);
    struct doctor_options options = { .server_id = 99 };
    struct report report;
    for (size_t i = 0; i < 2000; i++)
        tables[i] = (struct source_table){ .db = "db", .name = name, .engine = "MyISAM" };
    facts.tables = tables;
    facts.table_count = 2000;
    report_init(&report);
    doctor_judge(&facts, &options, &report);
    CHECK(strlen(find(&report, "engines")->sentence) < 2000);
    CHECK(strstr(find(&report, "engines")->sentence, "2000 tables") != NULL);
    report_clear(&report);
    source_facts_clear(&facts);
}

UNIT_MAIN(RUN(doctor, a_good_source_of_either_flavour_is_all_ok),
          RUN(doctor, each_fault_has_its_level_and_remedy),
          RUN(doctor, cascades_that_the_source_logs_are_fine),
          RUN(doctor, many_long_names_are_cut_to_a_few))
