/* SHOW GRANTS lines of both flavours as privileges. */
// SPDX-License-Identifier: Apache-2.0
#include "snapshot/grants.h"
#include <stdlib.h>
#include "unit.h"

static struct privileges of(const char *line)
{
    struct privileges privileges = { .known = false };
    privileges_add(&privileges, bytes_of_str(line));
    return privileges;
}

TEST(grants, all_privileges_everywhere_are_all)
{
    struct privileges p = of("GRANT ALL PRIVILEGES ON *.* TO `lab`@`%` WITH GRANT OPTION");
    CHECK(p.known && p.replication_replica && p.replication_client && p.reload && p.select_all);
    CHECK(p.lock_tables && p.select_some && p.process && p.show_view && p.replica_admin);
}

TEST(grants, all_privileges_of_a_database_are_select_there_only)
{
    struct privileges p = of("GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`");
    CHECK(p.select_some && !p.select_all && !p.replication_replica && !p.lock_tables);
}

TEST(grants, each_flavour_has_its_words)
{
    struct privileges p = of("GRANT SELECT, RELOAD, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO "
                             "`r`@`%` IDENTIFIED BY PASSWORD '*00'");
    CHECK(p.select_all && p.reload && p.replication_replica && p.replication_client);
    CHECK(!p.replica_admin && !p.lock_tables);
    p = of("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `r`@`%`");
    CHECK(p.replication_replica && p.replication_client && !p.reload && !p.select_all);
    p = of("GRANT BACKUP_ADMIN,FLUSH_TABLES ON *.* TO `r`@`%`");
    CHECK(p.backup_admin && p.reload);
    CHECK(of("GRANT REPLICATION MASTER ADMIN ON *.* TO `r`@`%`").replica_admin);
}

TEST(grants, column_lists_and_quoted_names_do_not_confuse)
{
    struct privileges p =
        of("GRANT SELECT (`a`, `RELOAD`), INSERT (`b ON c`) ON `x`.`t` TO `r`@`%`");
    CHECK(p.select_some && !p.select_all && !p.reload);
    CHECK(!of("GRANT USAGE ON *.* TO `RELOAD`@`%`").reload);
    CHECK(!of("GRANT `SELECT`@`%`,`RELOAD`@`%` TO `r`@`%`").reload);
    CHECK(!of("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION").select_all);
}

TEST(grants, a_line_cut_anywhere_or_with_flipped_bits_is_read_without_harm)
{
    static const char line[] = "GRANT SELECT (`a`), RELOAD, REPLICATION SLAVE ON *.* TO `r`@`%`";
    for (size_t len = 0; len < sizeof line; len++) {
        char *cut = malloc(len + 1);
        memcpy(cut, line, len);
        struct privileges p = { .known = false };
        privileges_add(&p, bytes_of(cut, len));
        CHECK(p.known);
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * (sizeof line - 1); bit++) {
        char flipped[sizeof line];
        memcpy(flipped, line, sizeof line);
        flipped[bit / 8] = (char)(flipped[bit / 8] ^ (1 << bit % 8));
        struct privileges p = { .known = false };
        privileges_add(&p, bytes_of(flipped, sizeof line - 1));
        CHECK(p.known);
    }
}

UNIT_MAIN(RUN(grants, all_privileges_everywhere_are_all),
          RUN(grants, all_privileges_of_a_database_are_select_there_only),
          RUN(grants, each_flavour_has_its_words),
          RUN(grants, column_lists_and_quoted_names_do_not_confuse),
          RUN(grants, a_line_cut_anywhere_or_with_flipped_bits_is_read_without_harm))
