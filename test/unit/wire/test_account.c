/* test_account.c - the databases that an account's role holds for. */
// SPDX-License-Identifier: Apache-2.0
#include "wire/account.h"
#include "unit.h"

static bool add(struct account *account, const char *pattern)
{
    struct err err;
    return account_add_database(account, bytes_of_str(pattern), &err);
}

TEST(account, a_role_holds_for_the_databases_it_was_given)
{
    struct account account = { .role = ROLE_write };
    const char *list = account.databases;
    struct bytes pattern;
    CHECK(!account_next_database(&list, &pattern));
    CHECK(add(&account, "shop") && add(&account, "crm_*") && add(&account, "x?"));
    CHECK(account_databases_hold(account.databases, "shop"));
    CHECK(account_databases_hold(account.databases, "crm_1"));
    CHECK(account_databases_hold(account.databases, "xy"));
    CHECK(!account_databases_hold(account.databases, "Shop"));
    CHECK(!account_databases_hold(account.databases, "shop,crm_"));
    CHECK(!account_databases_hold(account.databases, ""));
    CHECK(!account_databases_hold("", "shop") && account_databases_hold(NULL, "shop"));
    for (unsigned i = 0; i < 3; i++)
        CHECK(account_next_database(&list, &pattern));
    CHECK(pattern.len == 2 && !account_next_database(&list, &pattern));
}

TEST(account, what_is_no_database_or_too_much_is_refused)
{
    struct account account = { .role = ROLE_read }, admin = { .role = ROLE_admin },
                   replica = { .role = ROLE_replication };
    char name[ACCOUNT_DATABASE_MAX + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    CHECK(!add(&account, "") && !add(&account, "a,b") && !add(&account, name));
    CHECK(!add(&admin, "shop") && !add(&replica, "shop"));
    CHECK(account.databases[0] == 0);
    name[ACCOUNT_DATABASE_MAX] = 0;
    unsigned taken = 0;
    while (add(&account, name))
        taken++;
    CHECK(taken == ACCOUNT_DATABASES_MAX / (ACCOUNT_DATABASE_MAX + 1));
    CHECK(strlen(account.databases) <= ACCOUNT_DATABASES_MAX);
}

UNIT_MAIN(RUN(account, a_role_holds_for_the_databases_it_was_given),
          RUN(account, what_is_no_database_or_too_much_is_refused))
